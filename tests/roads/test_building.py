"""Road graphs come to be whole or not at all, out of maps that strangers wrote."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import osmium
import pytest

from safehand.demo.town import default_map
from safehand.roads.building import build_roads
from safehand.roads.errors import GraphUnreadable, NoRoads, RoadsFileUnusable, RoadsTooLarge
from safehand.roads.graphs import FREE, GRAPHS_MAX, HOURS, STEM, Profile, RoadFolder
from safehand.roads.network import opened
from safehand.roads.programs import Limits, profile_file, run
from safehand.roads.segments import RoadClass, Segments, taken_in
from safehand.roads.speeds import read_week
from safehand.roads.weighting import weighting
from tests.roads.scenes import a_folder, baltimore, helsinki, quiet, segments, variant

SLEEPER = Limits(seconds=0, memory_bytes=4 * 1024**3)
ROOT = Path(__file__).parents[2]
POOR = Limits(seconds=60, memory_bytes=64 * 1024**2)


@pytest.mark.parametrize("content", [None, b"", b"no map", b"\xff" * 4_096], ids=["half", "empty", "text", "noise"])
def test_a_map_that_is_cut_or_none_is_refused_with_the_reason(tmp_path: Path, content: bytes | None) -> None:
    bad = tmp_path / "bad.osm.pbf"
    bad.write_bytes(default_map().read_bytes()[: default_map().stat().st_size // 2] if content is None else content)

    with pytest.raises(RoadsFileUnusable) as refused:
        build_roads(bad, tmp_path / "roads", read_week(), quiet)

    assert refused.value.params["path"] == str(bad)
    assert refused.value.params["reason"]


def test_a_map_without_roads_builds_and_says_that_it_has_none(tmp_path: Path) -> None:
    bare = tmp_path / "bare.osm.pbf"
    with osmium.SimpleWriter(str(bare)) as writer:
        writer.add_node(osmium.osm.mutable.Node(id=1, location=(24.9, 60.1), tags={"place": "town"}))

    about = build_roads(bare, tmp_path / "roads", read_week(), quiet)

    assert (about.profiles, about.graphs) == ({}, ())
    with pytest.raises(NoRoads):
        RoadFolder(tmp_path / "roads").graph(Profile.CAR)
    with pytest.raises(NoRoads):
        RoadFolder(tmp_path / "roads").car_at(9)


def test_a_build_without_road_graphs_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoRoads):
        RoadFolder(tmp_path).about()


def test_a_town_has_its_profiles_and_a_car_graph_for_every_hour_of_the_week() -> None:
    about = helsinki().about()

    assert set(about.profiles) == set(Profile)
    assert len(about.hours) == HOURS
    assert about.graphs[0] == FREE
    assert 1 < len(about.graphs) <= GRAPHS_MAX
    assert about.hours[3] == FREE
    assert helsinki().car_at(17).folder.name == about.graphs[-1]
    assert all(helsinki().graph(Profile.CAR, name).stem.with_name(f"{STEM}.mldgr").is_file() for name in about.graphs)


def test_the_segments_know_their_class_their_way_and_their_place() -> None:
    rows = segments(helsinki()).rows

    assert (rows["way"] > 0).all()
    assert {RoadClass.PRIMARY, RoadClass.RESIDENTIAL} <= {RoadClass(kind) for kind in set(rows["kind"].tolist())}
    assert ((rows["from_lat_e7"] > 601_000_000) & (rows["from_lat_e7"] < 603_000_000)).all()


def test_the_files_that_no_weighting_changes_are_the_same_files() -> None:
    roads = helsinki()
    shared = f"{STEM}.ebg"
    paths = [roads.pristine(Profile.CAR).folder, *(roads.path / "car" / name for name in roads.about().graphs)]

    assert len({(folder / shared).stat().st_ino for folder in paths}) == 1
    assert len({(folder / f"{STEM}.geometry").stat().st_ino for folder in paths}) == len(paths)


def test_a_program_that_takes_too_long_or_too_much_is_stopped(tmp_path: Path) -> None:
    asked: list[str | Path] = ["--profile", profile_file("car"), "--output", tmp_path / STEM, default_map()]

    with pytest.raises(RoadsTooLarge):
        run("osrm-extract", asked, SLEEPER)
    with pytest.raises(RoadsTooLarge) as refused:
        build_roads(default_map(), tmp_path / "roads", read_week(), quiet, POOR)
    assert refused.value.params["limit"] == "memory"


def test_a_program_ends_with_who_started_it() -> None:
    serving = ["--algorithm", "MLD", "--ip", "127.0.0.1", "--port", "0", str(variant(helsinki(), None).stem)]
    code = f"from safehand.roads.programs import Limits, run; run('osrm-routed', {serving}, Limits(60, 8 << 30))"
    starter = subprocess.Popen([sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT)})
    until(lambda: any("osrm-routed" in command(child) for child in children(starter.pid)))
    [child] = children(starter.pid)
    time.sleep(0.3)
    assert command(child).endswith(f"{STEM}\0"), "it serves until it is ended"

    starter.kill()
    starter.wait()

    until(lambda: not command(child))
    assert not Path(f"/proc/{child}/exe").exists()


def children(pid: int) -> list[int]:
    return [int(found) for found in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def command(pid: int) -> str:
    """Empty if it is gone, or waits to be buried."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def until(so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_graph_whose_files_are_gone_or_cut_is_not_read() -> None:
    graph = variant(helsinki(), None)
    (graph.folder / f"{STEM}.mldgr").unlink()

    with pytest.raises(GraphUnreadable), opened(graph):
        pass
    cut = a_folder() / "segments.npy"
    cut.write_bytes(helsinki().segments(Profile.CAR).read_bytes()[:1_000])
    with pytest.raises(GraphUnreadable):
        Segments.load(cut)


def test_a_town_elsewhere_takes_what_was_asked_to_the_tenth_of_a_second() -> None:
    roads = baltimore()
    of = segments(roads)

    after = taken_in(variant(roads, weighting(of, risk=np.full(len(of), 1.5))))

    assert np.array_equal(after.duration_ds[:, 0], of.rows["forward_ds"])
