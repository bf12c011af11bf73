"""Maps built once for whoever needs one: central Helsinki, and a harbour that is made up."""

import tempfile
from functools import cache
from itertools import count
from pathlib import Path

import osmium
import pytest

from safehand.demo.town import default_map
from safehand.places.basemap.building import Stage, build_map
from safehand.places.basemap.builds import MapFolder

SHARED_MAPS = Path(__file__).resolve().parents[2] / "shared" / "data" / "maps"
MADE_MS = 1_790_000_000_000


def quiet(_stage: Stage, _done: int, _of: int) -> None:
    """Nobody watches."""


@cache
def helsinki() -> MapFolder:
    """Its folder; it goes with the process."""
    kept = tempfile.TemporaryDirectory(prefix="safehand-map-")
    _KEPT.append(kept)
    folder = MapFolder(Path(kept.name) / "map")
    build_map(folder, default_map(), MADE_MS, quiet)
    return folder


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def shared_map(name: str) -> Path:
    """A map of the shared data; skips where that folder is missing."""
    if not SHARED_MAPS.is_dir():
        pytest.skip("the shared data folder with more maps is missing")
    return SHARED_MAPS / name


@cache
def harbour() -> MapFolder:
    """A made-up harbour: a shore from west to east, land north of it, a pond, one street with a quay house."""
    kept = tempfile.TemporaryDirectory(prefix="safehand-harbour-")
    _KEPT.append(kept)
    source = Path(kept.name) / "harbour.osm.pbf"
    header = osmium.io.Header()
    header.add_box(osmium.osm.Box(24.0, 60.0, 24.02, 60.02))
    ids = count(1)
    with osmium.SimpleWriter(str(source), header=header) as writer:

        def spot(lon: float, lat: float, **tags: str) -> int:
            id = next(ids)
            told = {key.replace("__", ":"): text for key, text in tags.items()}
            writer.add_node(osmium.osm.mutable.Node(id=id, location=(lon, lat), tags=told))
            return id

        shore = [spot(24.001 + step * 0.002, 60.01 + (step % 2) * 0.0002) for step in range(10)]
        pond = [spot(24.010, 60.015), spot(24.012, 60.015), spot(24.012, 60.016), spot(24.010, 60.016)]
        quay = {"addr__street": "Quay", "addr__city": "Harbour", "addr__postcode": "00001"}
        for number in (2, 4, 12):
            spot(24.002 + number * 0.0005, 60.0108, addr__housenumber=str(number), **quay)
        spot(24.0042, 60.006, addr__housenumber="99", **quay)  # a slip of somebody's pen: far out at sea
        spot(24.006, 60.018, addr__housenumber="1", addr__street="Pond Lane", addr__city="Harbour")
        spot(24.016, 60.013, addr__housenumber="11", addr__street="Pond Lane", addr__city="Harbour")
        for nodes, tags in ((shore, {"natural": "coastline"}), ([*pond, pond[0]], {"natural": "water"})):
            writer.add_way(osmium.osm.mutable.Way(id=next(ids), nodes=nodes, tags=tags))
    folder = MapFolder(Path(kept.name) / "map")
    build_map(folder, source, MADE_MS, quiet)
    return folder
