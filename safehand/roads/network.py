"""The network: one graph, opened to be asked. Its files are mapped, read only; processes that ask the same share them.

The engine answers one question at a time and lets no other thread run meanwhile: plan in a process of your own. Whoever
opens a graph of a build holds the build; a graph that is removed meanwhile can be asked until it is closed.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import osrm

from safehand.roads.engine import Engine
from safehand.roads.errors import GraphUnreadable, NoWay, OffNetwork, PointsUnusable, TooManyPoints
from safehand.roads.graphs import Graph
from safehand.roads.matching import (
    CONFIDENCE_MIN,
    FIXES_MAX,
    Fix,
    Matched,
    matched_of,
    nothing,
    radiuses_of,
    seconds_of,
)
from safehand.roads.paths import Path, path_of
from safehand.roads.points import SNAP_M_MAX, Degrees, PointE7, Points, degrees_of, e7_of
from safehand.roads.tables import ASK_CELLS, CELLS_MAX, MS, POINTS_MAX, UNREACHABLE, M, Table, numbers_of, whole

ROUTE_POINTS_MAX = 500
NO_WAY, NO_SEGMENT, NO_MATCH = "NoRoute", "NoSegment", "NoMatch"
INDEX = re.compile(r"coordinate (\d+)")

type Tell = Callable[[int, int], None]
"""How many rows of how many are done."""


@dataclass(frozen=True, slots=True)
class Snapped:
    """Where the nearest road is."""

    at_e7: PointE7
    off_m: int
    street: str


@dataclass(frozen=True, slots=True)
class Network:
    """A graph that can be asked."""

    graph: Graph
    _engine: Engine
    ask_cells: int = ASK_CELLS
    """Cells of one block of rows."""

    def table(self, origins: Points, destinations: Points, tell: Tell | None = None) -> Table:
        """How long and how far it is from each origin to each destination.

        Asked in blocks of rows of at most ASK_CELLS cells, so that memory is bounded whatever is asked.

        Shapes
            origins, destinations  n and m points (lat_e7, lon_e7).
            ->                     n x m, int32: milliseconds and metres.
        Errors
            PointsUnusable, TooManyPoints  none, beyond POINTS_MAX or CELLS_MAX, or not on the earth.
        Cost
            Liechtenstein, 1000 x 1000: 0.65 to 0.8 s of the engine's own, and 1.15 to 1.2 times that in all.
            Each block costs a search from every destination again.
        """
        rows, columns = (degrees_of(points, 1, POINTS_MAX) for points in (origins, destinations))
        same = rows == columns  # then each is laid onto its road once
        if len(rows) * len(columns) > CELLS_MAX:
            raise TooManyPoints(len(rows) * len(columns), CELLS_MAX)
        durations, metres = (np.empty((len(rows), len(columns)), np.int32) for _ in range(2))
        off_rows, off_columns = set[int](), set[int]()
        size = max(1, self.ask_cells // len(columns))
        for begin in range(0, len(rows), size):
            block = rows[begin : begin + size]
            answer = self._block(range(begin, begin + len(block)) if same else block, columns)
            for kind, unit, to in (("durations", MS, durations), ("distances", M, metres)):
                whole(numbers_of(answer[kind], len(block), len(columns)), unit, to[begin : begin + len(block)])
            off_rows.update(begin + at for at in _off(answer["sources"]))
            if not begin:
                off_columns.update(_off(answer["destinations"]))
            if tell:
                tell(begin + len(block), len(rows))
        for answered in (durations, metres):
            answered[sorted(off_rows), :] = UNREACHABLE
            answered[:, sorted(off_columns)] = UNREACHABLE
        return Table(durations, metres, tuple(sorted(off_rows)), tuple(sorted(off_columns)))

    def route(self, points: Points, *, traced: bool = False) -> Path:
        """The quickest way through points in their order, as the table counts it: at each of them one may turn round.

        Shapes
            points  2..ROUTE_POINTS_MAX.
            traced  whether the legs name the nodes of the map along them.
        Errors
            PointsUnusable, TooManyPoints
            OffNetwork  a point is farther than SNAP_M_MAX from any road.
            NoWay       no way leads through them.
        """
        asked = osrm.RouteParameters(
            coordinates=degrees_of(points, 2, ROUTE_POINTS_MAX),
            steps=True,
            annotations=["nodes"] if traced else [],
            geometries="geojson",
            overview="full",
            continue_straight=False,
            generate_hints=False,
        )
        answer = _answered(self._engine, "Route", asked, len(points))
        for index in _off(answer["waypoints"]):
            raise OffNetwork(index, SNAP_M_MAX)
        return path_of(answer["routes"][0])

    def match(self, fixes: Sequence[Fix], gate: float = CONFIDENCE_MIN) -> Matched:
        """Lay fixes onto the roads. What is less sure than the gate is not matched, and said so.

        Shapes
            fixes  2..FIXES_MAX, in the order of time.
        Errors
            PointsUnusable, TooManyPoints
        """
        asked = osrm.MatchParameters(
            coordinates=degrees_of([(fix.lat_e7, fix.lon_e7) for fix in fixes], 2, FIXES_MAX),
            timestamps=seconds_of(fixes),
            radiuses=radiuses_of(fixes),
            geometries="geojson",
            overview="full",
            gaps="split",
            generate_hints=False,
        )
        try:
            return matched_of(_answered(self._engine, "Match", asked, len(fixes)), gate)
        except (NoWay, OffNetwork):
            return nothing(len(fixes))

    def nearest(self, point: PointE7) -> Snapped:
        """The nearest place on a road.

        Errors
            PointsUnusable
            OffNetwork  it is farther than SNAP_M_MAX.
        """
        asked = osrm.NearestParameters(coordinates=degrees_of([point], 1, 1), generate_hints=False)
        found = _answered(self._engine, "Nearest", asked, 1)["waypoints"][0]
        if found["distance"] > SNAP_M_MAX:
            raise OffNetwork(0, SNAP_M_MAX)
        return Snapped(e7_of(list(found["location"])), round(found["distance"]), str(found["name"]))

    def _block(self, rows: Degrees | range, columns: Degrees) -> Any:
        """Ask for some rows: points of their own, or some of the destinations."""
        own = [] if isinstance(rows, range) else rows
        asked = osrm.TableParameters(
            coordinates=[*own, *columns],
            sources=list(rows) if isinstance(rows, range) else list(range(len(own))),
            destinations=list(range(len(own), len(own) + len(columns))),
            annotations=["duration", "distance"],
            generate_hints=False,
        )
        return _answered(self._engine, "Table", asked, len(own) + len(columns))


@contextmanager
def opened(graph: Graph) -> Iterator[Network]:
    """Open a graph and hold it until the end. From then on the process keeps some of the memory it frees (memory.py).

    Errors
        GraphUnreadable  its files are not whole.
    """
    engine = Engine(graph)
    try:
        yield Network(graph, engine)
    finally:
        engine.close()


def _off(waypoints: Any) -> list[int]:
    """Indices of points that are too far from the road that was found for them."""
    return [index for index, point in enumerate(waypoints) if point["distance"] > SNAP_M_MAX]


def _answered(engine: Engine, service: str, asked: Any, points: int) -> Any:
    """What the engine answers; what it refuses, in our words."""
    try:
        return engine.ask(service, asked)
    except RuntimeError as error:
        said = str(error)
    code = said.partition(" ")[0]
    if code in {NO_WAY, NO_MATCH}:
        raise NoWay(points)
    if code == NO_SEGMENT:
        found = INDEX.search(said)
        raise OffNetwork(int(found.group(1)) if found else 0, SNAP_M_MAX)
    if code.startswith("Invalid"):
        raise PointsUnusable(said)
    raise GraphUnreadable(engine.graph.name, said)
