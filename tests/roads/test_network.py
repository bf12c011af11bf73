"""A network answers in whole numbers, the same however it is asked, and says what it cannot reach."""

import random
from typing import Any

import numpy as np
import pytest

from safehand.roads.errors import NoWay, OffNetwork, PointsUnusable, TooManyPoints
from safehand.roads.graphs import Profile
from safehand.roads.matching import Fix
from safehand.roads.network import ROUTE_POINTS_MAX, Network, opened
from safehand.roads.points import Degrees, PointE7
from safehand.roads.tables import UNREACHABLE, Table
from tests.roads.scenes import WIDE, e7, helsinki, islands, place, some_points

AT_SEA = (595_000_000, 249_000_000)


def asked_in_blocks(network: Network, points: list[PointE7], cells: int) -> Table:
    return type(network)(network.graph, network._engine, cells).table(points, points)


def test_a_table_says_what_routes_say() -> None:
    points = some_points(helsinki(), 12)

    with opened(helsinki().graph(Profile.CAR)) as network:
        table = network.table(points[:6], points[6:])
        routes = [[network.route([a, b]) for b in points[6:]] for a in points[:6]]

    assert table.durations_ms.dtype == table.metres.dtype == np.int32
    assert table.durations_ms.tolist() == [[route.duration_ms for route in row] for row in routes]
    assert table.metres.tolist() == [[route.metres for route in row] for row in routes]
    assert table.durations_ms.min() > 0


def blocks_equal_whole(network: Network, points: list[PointE7]) -> bool:
    whole = network.table(points, points)
    others = [asked_in_blocks(network, points, cells) for cells in (1, 70, 233)]
    return all(
        np.array_equal(whole.durations_ms, other.durations_ms)
        and np.array_equal(whole.metres, other.metres)
        and whole.off_origins == other.off_origins
        for other in others
    )


class ForgetsWhereTheBlockBegins(Network):
    """A planted fault."""

    def _block(self, rows: Degrees | range, columns: Degrees) -> Any:
        return super()._block(range(len(rows)), columns)


def test_blocks_of_rows_are_the_whole_and_the_law_notices_its_planted_fault() -> None:
    points = [*some_points(helsinki(), 20), AT_SEA, *some_points(helsinki(), 3, seed=8)]

    with opened(helsinki().graph(Profile.CAR)) as network:
        assert blocks_equal_whole(network, points)
        assert network.table(points, points).off_origins == (20,)
        assert not blocks_equal_whole(ForgetsWhereTheBlockBegins(network.graph, network._engine), points)


def test_asking_from_others_to_the_same_is_asking_from_the_same() -> None:
    points = some_points(helsinki(), 10)

    with opened(helsinki().graph(Profile.BICYCLE)) as network:
        same, part = network.table(points, points), network.table(points[:4], points)

    assert np.array_equal(same.metres[:4], part.metres)
    assert np.array_equal(same.durations_ms[:4], part.durations_ms)
    assert (np.diag(same.durations_ms) == 0).all()


def test_told_how_far_it_is() -> None:
    said = list[tuple[int, int]]()
    with opened(islands().graph(Profile.FOOT)) as network:
        few = Network(network.graph, network._engine, 6)
        few.table([place(column, 0) for column in range(5)], [place(0, 1), place(1, 1)], lambda *at: said.append(at))

    assert said == [(3, 5), (5, 5)]


def test_what_no_way_leads_to_is_unreachable_and_the_rest_is_answered() -> None:
    points = [place(0, 0), place(WIDE - 1, 2), place(0, 50), place(1, 50)]

    with opened(islands().graph(Profile.CAR)) as network:
        table = network.table(points, e7(points))
        with pytest.raises(NoWay):
            network.route([points[0], points[2]])

    apart = table.durations_ms == UNREACHABLE
    assert apart.tolist() == [[False, False, True, True]] * 2 + [[True, True, False, False]] * 2
    assert np.array_equal(apart, table.metres == UNREACHABLE)
    assert 0 < table.durations_ms[0, 1] < 10 * 60_000
    assert table.off_origins == ()


def test_two_unreachable_cells_still_add_up() -> None:
    assert np.iinfo(np.int32).max > UNREACHABLE + UNREACHABLE


def test_points_off_the_network_are_named_by_their_index() -> None:
    points = [place(0, 0), AT_SEA, place(1, 1)]

    with opened(islands().graph(Profile.CAR)) as network:
        table = network.table(points, points[:2])
        with pytest.raises(OffNetwork) as route:
            network.route(points)
        with pytest.raises(OffNetwork):
            network.nearest(AT_SEA)

    assert (table.off_origins, table.off_destinations) == ((1,), (1,))
    assert (table.durations_ms == UNREACHABLE).tolist() == [[False, True], [True, True], [False, True]]
    assert route.value.params["index"] == 1


@pytest.mark.parametrize(
    "points",
    [[(0, 0)], [(0, 0), (910_000_000, 0)], [(0, 0), (0, -1_800_000_001)], [(0, 0), (10**30, 0)], [(0, 0), (1, 2, 3)]],
)
def test_points_that_are_none_are_refused(points: Any) -> None:
    with opened(islands().graph(Profile.CAR)) as network, pytest.raises(PointsUnusable):
        network.route(points)


def test_more_points_than_a_route_may_have_are_refused() -> None:
    with opened(islands().graph(Profile.CAR)) as network:
        with pytest.raises(TooManyPoints):
            network.route([place(0, 0)] * (ROUTE_POINTS_MAX + 1))
        with pytest.raises(PointsUnusable):
            network.table([], [place(0, 0)])


def test_a_route_is_a_list_that_a_driver_can_follow() -> None:
    with opened(islands().graph(Profile.CAR)) as network:
        path = network.route([place(0, 0), place(2, 3), place(4, 0)], traced=True)

    first, second = path.legs
    assert (first.steps[0].turn, first.steps[-1].turn) == ("depart", "arrive")
    assert any(step.side in {"left", "right"} for step in first.steps)
    assert all(step.street.startswith("Street ") for step in first.steps)
    assert first.nodes[0] == 1
    assert abs(sum(step.metres for step in first.steps) - first.metres) <= len(first.steps)
    assert first.duration_ms + second.duration_ms == path.duration_ms
    assert path.line_e7[0] == place(0, 0)
    assert path.line_e7[-1] == place(4, 0)


def test_bicycles_and_feet_are_slower_than_cars_and_never_lost() -> None:
    points = [place(0, 0), place(4, 3)]
    took = []
    for profile in Profile:
        with opened(islands().graph(profile)) as network:
            took.append(network.route(points).duration_ms)

    assert took == sorted(took)
    assert took[0] < took[1] < took[2]


def test_the_nearest_place_on_a_road_is_on_its_street() -> None:
    lat_e7, lon_e7 = place(1, 0)

    with opened(islands().graph(Profile.CAR)) as network:
        found = network.nearest((lat_e7 - 2_000, lon_e7 + 3_000))

    assert found.at_e7[0] == lat_e7
    assert (found.street, found.off_m) == ("Street 1", 22)


def driven(line_e7: tuple[PointE7, ...], noise_m: float, chance: random.Random) -> list[Fix]:
    def off() -> int:
        return round(chance.gauss(0, noise_m) * 90)

    return [
        Fix(lat + off(), lon + 2 * off(), 1_790_000_000_000 + 5_000 * at, 10) for at, (lat, lon) in enumerate(line_e7)
    ]


def test_fixes_of_a_drive_are_laid_onto_its_streets_if_that_is_sure() -> None:
    with opened(helsinki().graph(Profile.CAR)) as network:
        points = some_points(helsinki(), 6, seed=3)
        path = max(
            (network.route([a, b]) for a, b in zip(points, points[3:], strict=False)), key=lambda path: path.metres
        )
        fixes = driven(path.line_e7[:60], 4, random.Random(1))
        sure, gated = network.match(fixes), network.match(fixes, gate=1.01)

    assert sum(point is not None for point in sure.points) > 0.8 * len(fixes)
    assert all(trace.confidence >= 0.5 for trace in sure.traces)
    assert set(gated.points) == {None}
    assert gated.traces == ()
    assert set(gated.unsure) >= {at for at, point in enumerate(sure.points) if point is not None}


def test_fixes_where_there_is_no_road_or_out_of_order_are_on_none() -> None:
    at_sea = [Fix(AT_SEA[0] + step, AT_SEA[1], 1_000 * step, 10) for step in range(5)]

    with opened(islands().graph(Profile.CAR)) as network:
        assert network.match(at_sea).points == (None,) * 5
        with pytest.raises(PointsUnusable):
            network.match(at_sea[::-1])
        with pytest.raises(PointsUnusable):
            network.match(at_sea[:1])
