"""A build is in its place whole or not at all, and stays as long as somebody reads it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from safehand.demo.town import default_map
from safehand.kernel.errors import SafehandError
from safehand.places.basemap.building import build_map
from safehand.places.basemap.builds import MapFolder
from safehand.places.basemap.errors import (
    MapBuildRunning,
    MapFileMissing,
    MapFileUnusable,
    MapWithoutAddresses,
    NoMap,
)
from safehand.roads.errors import NoRoads
from safehand.roads.graphs import Profile
from tests.maps import harbour, helsinki, quiet

NEWER = "1790000000001-0123456789ab"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> MapFolder:
    """One with a build in its place."""
    shutil.copytree(helsinki().path, tmp_path / "map")
    return MapFolder(tmp_path / "map")


def another(folder: MapFolder) -> None:
    """Put another build in its place."""
    with folder.reading() as build, folder.building():
        unfinished = folder.unfinished(NEWER)
        shutil.copytree(build.folder, unfinished, dirs_exist_ok=True)
        folder.put_in_place(unfinished, NEWER)


def names(folder: MapFolder) -> set[str]:
    return {entry.name for entry in folder.path.iterdir() if entry.is_dir()}


def test_a_folder_without_a_build_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoMap), MapFolder(tmp_path / "map").reading():
        pass


def test_who_reads_keeps_the_old_build_until_they_are_done(folder: MapFolder) -> None:
    with folder.reading() as old:
        another(folder)
        assert folder.remove_unread() == 1
        assert old.index.is_file()
        with folder.reading() as new:
            assert new.name == NEWER != old.name

    assert folder.remove_unread() == 0
    assert names(folder) == {NEWER}


def test_two_builds_at_once_are_refused(folder: MapFolder) -> None:
    with folder.building(), pytest.raises(MapBuildRunning):
        build_map(folder, default_map(), 1, quiet)


def test_a_build_of_another_version_is_not_read(folder: MapFolder) -> None:
    with folder.reading() as build:
        about = build.folder / "build.json"
    about.write_text(about.read_text().replace('"format": 1', '"format": 999'))

    with pytest.raises(NoMap), folder.reading():
        pass


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", MapFileUnusable),
        (b"not a map", MapFileUnusable),
        (b"\xff" * 4_096, MapFileUnusable),
        (None, MapFileUnusable),
    ],
    ids=["empty", "text", "noise", "half"],
)
def test_what_is_no_map_is_refused_and_nothing_is_changed(
    folder: MapFolder, tmp_path: Path, content: bytes | None, refusal: type[SafehandError]
) -> None:
    bad = tmp_path / "bad.osm.pbf"
    bad.write_bytes(default_map().read_bytes()[: default_map().stat().st_size // 2] if content is None else content)
    before = names(folder), folder.current()

    with pytest.raises(refusal):
        build_map(folder, bad, 2, quiet)

    assert (names(folder), folder.current()) == before


def test_a_map_that_is_not_there_is_named(folder: MapFolder, tmp_path: Path) -> None:
    with pytest.raises(MapFileMissing):
        build_map(folder, tmp_path / "atlantis.osm.pbf", 2, quiet)


def test_a_map_without_doors_is_refused(folder: MapFolder, tmp_path: Path) -> None:
    import osmium

    bare = tmp_path / "bare.osm.pbf"
    with osmium.SimpleWriter(str(bare)) as writer:
        writer.add_node(osmium.osm.mutable.Node(id=1, location=(24.9, 60.1), tags={"place": "town", "name": "Nowhere"}))

    with pytest.raises(MapWithoutAddresses):
        build_map(folder, bare, 2, quiet)
    assert len(names(folder)) == 1


def test_roads_come_and_go_with_their_build(folder: MapFolder) -> None:
    with folder.reading() as build:
        assert set(build.about.roads) == {"car", "bicycle", "foot"}
        assert build.roads.graph(Profile.CAR).folder.is_relative_to(build.folder)
        another(folder)
        assert build.roads.about().profiles[Profile.CAR] == build.about.roads["car"]
    folder.remove_unread()
    assert not build.roads.path.exists()


def test_a_map_without_roads_is_a_map() -> None:
    with harbour().reading() as build:
        assert build.about.roads == {}
        assert build.about.doors > 0
        with pytest.raises(NoRoads):
            build.roads.graph(Profile.CAR)


def test_a_build_from_before_there_were_roads_is_still_read(folder: MapFolder) -> None:
    with folder.reading() as build:
        shutil.rmtree(build.roads.path)
        about = json.loads((build.folder / "build.json").read_text())
        del about["roads"]
        (build.folder / "build.json").write_text(json.dumps(about))

    with folder.reading() as build, pytest.raises(NoRoads):
        build.roads.about()


def test_a_file_that_is_not_what_its_publisher_says_is_refused(folder: MapFolder, tmp_path: Path) -> None:
    copy = tmp_path / "town.osm.pbf"
    shutil.copy(default_map(), copy)
    copy.with_name("town.osm.pbf.sha256").write_text(f"{'0' * 64}  town.osm.pbf\n")

    with pytest.raises(MapFileUnusable) as refused:
        build_map(folder, copy, 2, quiet)

    assert "town.osm.pbf.sha256" in str(refused.value)


CHILD = """
import os, shutil, sys
from pathlib import Path
from safehand.places.basemap.builds import MapFolder

WATCHED = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree", "os.listdir", "os.scandir"}
source, work, name = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
step, struck = 0, -1
few = shutil.ignore_patterns("bicycle", "foot", "pristine", "busy-*", "graph.osrm.[!mp]*")  # a moment is a moment

def watch(event, args):
    global step
    if struck >= 0 and event in WATCHED:
        if step == struck:
            os._exit(9)
        step += 1

sys.addaudithook(watch)
moment = 0
while True:
    folder = MapFolder(work / str(moment) / "map")
    shutil.copytree(source, folder.path, ignore=few)
    child = os.fork()
    if child == 0:
        struck = moment
        with folder.building():
            unfinished = folder.unfinished(name)
            shutil.copytree(folder.path / folder.current(), unfinished, dirs_exist_ok=True)
            folder.put_in_place(unfinished, name)
        folder.remove_unread()
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
    moment += 1
print(moment)
"""


def test_killed_at_any_moment_one_whole_build_is_current_and_the_next_removes_the_rest(tmp_path: Path) -> None:
    source = helsinki().path
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(source), str(tmp_path), NEWER],
        capture_output=True, text=True, check=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    moments = int(done.stdout)
    old, seen = helsinki().current(), set()

    assert moments >= 20
    for moment in range(moments):
        folder = MapFolder(tmp_path / str(moment) / "map")
        with folder.reading() as build:
            seen.add(build.name)
            assert build.basemap.stat().st_size == (source / str(old) / "basemap.pmtiles").stat().st_size
        with folder.building():
            pass
        folder.remove_unread()
        assert names(folder) == {folder.current()}
    assert seen == {old, NEWER}
