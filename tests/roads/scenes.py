"""Roads built once for whoever needs them: central Helsinki, and two islands with a grid of streets, made up."""

import random
import tempfile
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import osmium

from safehand.demo.town import default_map
from safehand.roads.building import build_roads
from safehand.roads.graphs import Graph, Profile, RoadFolder
from safehand.roads.points import PointE7
from safehand.roads.programs import Limits
from safehand.roads.segments import Segments
from safehand.roads.speeds import read_week
from safehand.roads.variants import make_variant
from safehand.roads.weighting import Weighting
from tests.maps import shared_map

LIMITS = Limits(seconds=60, memory_bytes=4 * 1024**3)
_KEPT: list[tempfile.TemporaryDirectory[str]] = []
STEP_DEGREES = 0.002
WIDE, HIGH = 5, 4
ISLAND = (60.2, 24.9)
"""The south-west corner of the large island; the small one is north of it."""


def quiet(_done: int, _of: int) -> None:
    """Nobody watches."""


def a_folder() -> Path:
    """A folder that goes with the process."""
    kept = tempfile.TemporaryDirectory(prefix="safehand-roads-")
    _KEPT.append(kept)
    return Path(kept.name)


def built(source: Path) -> RoadFolder:
    """The roads of a map."""
    folder = a_folder() / "roads"
    build_roads(source, folder, read_week(), quiet)
    return RoadFolder(folder)


@cache
def helsinki() -> RoadFolder:
    """A real town."""
    return built(default_map())


@cache
def baltimore() -> RoadFolder:
    """A town with one-way streets and a tunnel; skips where the shared maps are missing."""
    return built(shared_map("baltimore.osm.pbf"))


@cache
def islands() -> RoadFolder:
    """A grid of WIDE x HIGH streets, and one street on an island without a bridge."""
    source = a_folder() / "islands.osm.pbf"
    with osmium.SimpleWriter(str(source)) as writer:
        for column in range(WIDE):
            for row in range(HIGH):
                writer.add_node(_node(corner(column, row), place(column, row)))
        for column, id in enumerate(SMALL):
            writer.add_node(_node(id, place(column, 50)))
        ways = [[corner(column, row) for column in range(WIDE)] for row in range(HIGH)]
        ways += [[corner(column, row) for row in range(HIGH)] for column in range(WIDE)]
        for id, nodes in enumerate([*ways, list(SMALL)], 1):
            tags = {"highway": "residential", "name": f"Street {id}"}
            writer.add_way(osmium.osm.mutable.Way(id=id, nodes=nodes, tags=tags))
    return built(source)


SMALL = (901, 902)
"""The nodes of the small island's street."""


def corner(column: int, row: int) -> int:
    """The node where two streets cross."""
    return 1 + column + row * WIDE


def place(column: int, row: int) -> PointE7:
    """Where that is."""
    south, west = ISLAND
    return round((south + row * STEP_DEGREES / 2) * 1e7), round((west + column * STEP_DEGREES) * 1e7)


def _node(id: int, at_e7: PointE7) -> osmium.osm.mutable.Node:
    lat_e7, lon_e7 = at_e7
    return osmium.osm.mutable.Node(id=id, location=(lon_e7 / 1e7, lat_e7 / 1e7))


def segments(roads: RoadFolder, profile: Profile = Profile.CAR) -> Segments:
    """What its segments are."""
    return Segments.load(roads.segments(profile))


def some_points(roads: RoadFolder, count: int, seed: int = 7) -> list[PointE7]:
    """Points on roads that cars use."""
    rows = segments(roads).rows
    drawn = random.Random(seed).sample(range(len(rows)), count)
    return [(int(rows["from_lat_e7"][at]), int(rows["from_lon_e7"][at])) for at in drawn]


def variant(roads: RoadFolder, weights: Weighting | None, profile: Profile = Profile.CAR) -> Graph:
    """A graph with that weighting."""
    return make_variant(roads.pristine(profile), segments(roads, profile), weights, a_folder() / "variant", LIMITS)


def pairs_of(nodes: tuple[int, ...]) -> set[tuple[int, int]]:
    """The segments of a path, in no direction."""
    return {(min(pair), max(pair)) for pair in pairwise(nodes)}


def e7(points: list[PointE7]) -> np.ndarray:
    """As an array."""
    return np.array(points, np.int64)
