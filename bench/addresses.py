"""Addresses: how long a search takes for whoever types with slips, and how long a map takes to be built."""

import random
import string
import tempfile
import time
from functools import partial
from pathlib import Path

from bench.measure import Measure, best_s, percentile
from safehand.demo.town import default_map
from safehand.kernel.geo import metres_between
from safehand.places.addresses.index import read_only
from safehand.places.addresses.model import Hit
from safehand.places.addresses.search import search
from safehand.places.basemap.building import Stage, build_map
from safehand.places.basemap.builds import MapFolder

SEARCH_MS_MAX = 50
BUILD_S_MAX = 60
ASKED = 300
REPEATS = 3
"""Of each question, the quickest counts: what the machine can do when nothing else disturbs it."""
NEAR_M = 50
SEED = 4
COUNTRY = Path(__file__).resolve().parents[2] / "shared" / "data" / "maps" / "liechtenstein-latest.osm.pbf"


def searching() -> Measure:
    """Real doors, each asked for with a letter wrong, its parts in any order; against the same row found by its key."""
    with tempfile.TemporaryDirectory() as name:
        folder, _ = _built(Path(name))
        chance, times, floor, found = random.Random(SEED), [], [], 0
        with folder.reading() as build:
            with read_only(build.index) as index:
                doors = index.execute(
                    "SELECT name, number || part, postal_code, city, houses.lat_e7, houses.lon_e7, id FROM houses"
                    " JOIN streets ON id = street WHERE until = number ORDER BY id, number, part"
                ).fetchall()
            asked = [chance.choice(doors) for _ in range(ASKED)]
            for street, number, code, city, lat_e7, lon_e7, id in asked:
                parts = [f"{_slipped(street, chance)} {number}", code, city]
                chance.shuffle(parts)
                question = " ".join(parts)
                times.append(best_s(partial(_search, build.index, question), REPEATS))
                found += any(
                    metres_between(hit.lat_e7, hit.lon_e7, lat_e7, lon_e7) <= NEAR_M
                    for hit in _search(build.index, question)
                )
                floor.append(best_s(partial(_read, build.index, id), REPEATS))
    p95, least = percentile(times, 0.95) * 1000, percentile(floor, 0.95) * 1000
    return Measure(
        subject="address search p95, with slips",
        value=p95,
        unit="ms",
        must="at most",
        bound=SEARCH_MS_MAX,
        floor="opening the index and reading one street by its key",
        detail=f"{least:.2f} ms the floor; median {percentile(times, 0.5) * 1000:.1f} ms; {found / ASKED:.1%} among the"
        f" first three of {len(doors)} doors",
    )


def building() -> Measure:
    """An extract becomes the current build; against reading the file's addresses alone."""
    with tempfile.TemporaryDirectory() as name:
        folder, took = _built(Path(name))
        with folder.reading() as build:
            about = build.about
    reading = took[Stage.INDEX]
    return Measure(
        subject="map build",
        value=took[Stage.PLACE],
        unit="s",
        must="at most",
        bound=BUILD_S_MAX,
        floor="reading its addresses",
        detail=f"{reading:.1f} s the floor; {about.source}, {about.source_bytes:,} bytes, {about.features:,} things",
    )


def _search(index: Path, text: str) -> list[Hit]:
    with read_only(index) as opened:
        return search(opened, text, 3)


def _read(index: Path, street: int) -> list[object]:
    with read_only(index) as opened:
        return opened.execute("SELECT * FROM houses WHERE street = ?", (street,)).fetchall()


def _built(folder: Path) -> tuple[MapFolder, dict[Stage, float]]:
    """A fresh build, and after how many seconds each stage began."""
    maps, took, began = MapFolder(folder / "map"), dict[Stage, float](), time.perf_counter()

    def tell(stage: Stage, _done: int, _of: int) -> None:
        if stage is Stage.PLACE or stage not in took:
            took[stage] = time.perf_counter() - began

    build_map(maps, COUNTRY if COUNTRY.is_file() else default_map(), 1_790_000_000_000, tell)
    return maps, took


def _slipped(name: str, chance: random.Random) -> str:
    """The name with one letter left out, put in, changed or exchanged with the next."""
    at = chance.randrange(max(1, len(name) - 1))
    letter = chance.choice(string.ascii_lowercase)
    return chance.choice(
        [
            name[:at] + name[at + 1 :],
            name[:at] + letter + name[at:],
            name[:at] + letter + name[at + 1 :],
            name[:at] + name[at : at + 2][::-1] + name[at + 2 :],
        ]
    )
