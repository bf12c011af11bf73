"""Two graphs that one process asks never mix."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from safehand.roads.engine import Engine
from safehand.roads.errors import GraphUnreadable, NoWay, OffNetwork
from safehand.roads.graphs import Graph, Profile
from safehand.roads.network import Network, opened
from safehand.roads.weighting import weighting
from tests.roads.scenes import baltimore, islands, place, segments, some_points, variant


class AskedFromOneThread(Engine):
    """A planted fault."""

    def _run(self, work: Callable[[], Any]) -> Any:
        return work()


def routes_say_what_tables_say(engine: type[Engine], graphs: list[Graph]) -> bool:
    points = some_points(baltimore(), 160)
    starts, ends = points[:80], points[80:]
    said, told = list[int](), list[int]()
    for graph in graphs:
        network = Network(graph, engine(graph))
        table = np.diag(network.table(starts, ends).durations_ms).tolist()
        for at, pair in enumerate(zip(starts, ends, strict=True)):
            try:
                said.append(network.route(pair).duration_ms)
            except (NoWay, OffNetwork):
                continue
            told.append(table[at])
    return said == told


def test_two_graphs_asked_by_one_process_do_not_mix_and_the_law_notices_its_planted_fault() -> None:
    of = segments(baltimore())
    graphs = [baltimore().graph(Profile.CAR), variant(baltimore(), weighting(of, risk=np.full(len(of), 4.0)))]

    assert routes_say_what_tables_say(Engine, graphs)
    assert not routes_say_what_tables_say(AskedFromOneThread, graphs)


def test_a_closed_graph_is_not_asked() -> None:
    with opened(islands().graph(Profile.CAR)) as network:
        assert network.nearest(place(0, 0)).off_m == 0

    with pytest.raises(GraphUnreadable):
        network.nearest(place(0, 0))
