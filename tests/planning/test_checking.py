"""The independent check: every way in which a plan can be wrong is found, and a right one costs what it costs."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safehand.planning.checking import Checked, check
from safehand.planning.problem import Depot, Problem, Route, Vehicles
from safehand.planning.solving import Budget, solve
from tests.planning.problems import a_problem

VAN = Vehicles(count=3, capacity=(6,), cost_per_m=2, cost_per_s=3, fixed_cost=100)


def line(**more: object) -> Problem:
    """Four visits 100 m apart on a line that begins at the depot."""
    problem = a_problem(4, fleet=(replace(VAN, **more),))  # type: ignore[arg-type]
    xy = np.array([[100.0 * at, 0.0] for at in range(5)])
    visits = replace(
        problem.visits,
        delivered=np.full((4, 1), 2),
        service_s=np.full(4, 10),
        early_s=np.zeros(4, np.int64),
        late_s=np.full(4, 10_000),
    )
    return replace(problem, travel=replace(problem.travel, xy=xy), visits=visits)  # type: ignore[type-var]


def faults(problem: Problem, *routes: Route) -> list[str]:
    return [fault.what for fault in check(problem, routes).faults]


type Count = Callable[[Problem, Sequence[Route]], Checked]

ROUND, BACK = Route(0, ((0, 1),)), Route(0, ((2, 3),))


def test_a_right_plan_costs_its_way_its_time_and_its_vehicles() -> None:
    found = check(line(), (ROUND, BACK))
    assert found.faults == ()
    assert found.metres == 400 + 800
    assert found.cost == 2 * 1_200 + 3 * (1_200 + 40) + 2 * 100


@pytest.mark.parametrize(
    ("routes", "said"),
    [
        ((ROUND,), ["not_visited", "not_visited"]),
        ((ROUND, ROUND, BACK), ["visited_twice", "visited_twice"]),
        ((Route(0, ((0, 1, 2, 3),)),), ["too_much_aboard"]),
        ((Route(0, ((0,),)), Route(0, ((1,),)), Route(0, ((2,),)), Route(0, ((3,),))), ["too_many_vehicles"]),
        ((Route(0, ((0, 1), (2, 3)), (0,)),), ["too_many_trips"]),
        ((Route(7, ((0, 1),)), BACK), ["unknown_vehicle"]),
        ((Route(0, ((0, 9),)), BACK, Route(0, ((1,),))), ["unknown_visit"]),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "routes",
)
def test_what_a_plan_must_not_do_is_named(routes: tuple[Route, ...], said: list[str]) -> None:
    assert faults(line(), *routes) == said


def test_limits_of_a_vehicle_hold_to_the_last_metre_and_second() -> None:
    assert faults(line(range_m=800, shift_s=820), ROUND, BACK) == []
    assert faults(line(range_m=799), ROUND, BACK) == ["beyond_range"]
    assert faults(line(shift_s=819), ROUND, BACK) == ["shift_too_long"]
    assert faults(line(reload=(0,), trips_max=2), Route(0, ((0, 1), (2, 3)), (0,))) == []
    assert faults(line(reload=(), trips_max=2), Route(0, ((0, 1), (2, 3)), (0,))) == ["reload_elsewhere"]


def test_a_window_a_release_and_a_depots_hours_hold_to_the_second() -> None:
    problem = line()

    def timed(late_s: int, release_s: int = 0, depot_s: int = 10_000) -> list[str]:
        visits = replace(problem.visits, late_s=np.array([10_000, late_s, 10_000, 10_000]),
                         release_s=np.array([release_s, 0, 0, 0]))  # fmt: skip
        return faults(replace(problem, visits=visits, depots=(Depot(place=0, late_s=depot_s),)), ROUND, BACK)

    assert timed(210) == []
    assert timed(209) == ["late"]
    assert timed(210 + 50, release_s=50) == []
    assert timed(210 + 49, release_s=50) == ["late"]
    assert timed(10_000, depot_s=820) == []
    assert timed(10_000, depot_s=819) == ["late"]


def test_who_waits_for_a_window_may_leave_later_and_is_paid_for_less() -> None:
    problem = line(shift_s=820)
    late = replace(problem.visits, early_s=np.array([5_000, 0, 5_000, 0]))
    found = check(replace(problem, visits=late), (ROUND, BACK))
    assert found.faults == ()
    assert found.cost == check(problem, (ROUND, BACK)).cost


def test_what_is_collected_needs_the_room_that_what_is_delivered_left() -> None:
    problem = line()
    visits = replace(problem.visits, collected=np.array([[4], [0], [0], [0]]))
    assert faults(replace(problem, visits=visits), ROUND, BACK) == []
    visits = replace(problem.visits, collected=np.array([[5], [0], [0], [0]]))
    assert faults(replace(problem, visits=visits), ROUND, BACK) == ["too_much_aboard"]


def test_two_ways_of_one_order_are_one_too_many_and_the_way_not_taken_costs_its_prize() -> None:
    problem = line()
    visits = replace(problem.visits, group=np.array([7, 7, -1, -1]), required=np.array([False, False, True, True]),
                     prize=np.array([50, 30, 0, 0]))  # fmt: skip
    grouped = replace(problem, visits=visits)
    assert faults(grouped, ROUND, BACK) == ["two_ways"]
    one, other = check(grouped, (Route(0, ((0,),)), BACK)), check(grouped, (Route(0, ((1,),)), BACK))
    assert one.faults == other.faults == ()
    assert one.cost == check(problem, (Route(0, ((0,),)), BACK)).cost + 30
    assert other.cost == check(problem, (Route(0, ((1,),)), BACK)).cost + 50


@settings(max_examples=12)
@given(seed=st.integers(0, 10_000), trips=st.integers(1, 3), per_s=st.integers(0, 3))
def test_what_a_solver_counts_and_what_is_counted_anew_agree(seed: int, trips: int, per_s: int) -> None:
    assert agree(seed, check, trips, per_s)


def agree(seed: int, count: Count, trips: int = 2, per_s: int = 2) -> bool:
    vehicles = Vehicles(count=25, capacity=(9,), reload=(0,), trips_max=trips, cost_per_s=per_s, fixed_cost=500)
    problem = a_problem(25, seed, fleet=(vehicles,), groups=4)
    solved = solve(problem, Budget(iterations=40), seed)
    found = count(problem, solved.routes)
    return solved.feasible == (not found.faults) and (not solved.feasible or solved.cost == found.cost)


def without_prizes(problem: Problem, routes: Sequence[Route]) -> Checked:
    visits = replace(problem.visits, prize=np.zeros(len(problem.visits), np.int64))
    return check(replace(problem, visits=visits), routes)


def without_service(problem: Problem, routes: Sequence[Route]) -> Checked:
    visits = replace(problem.visits, service_s=np.zeros(len(problem.visits), np.int64))
    return check(replace(problem, visits=visits), routes)


def without_the_way_back(problem: Problem, routes: Sequence[Route]) -> Checked:
    found = check(problem, routes)
    back = sum(_way(problem, int(problem.visits.place[route.visits[-1]])) for route in routes)
    return replace(found, cost=found.cost - back)


def _way(problem: Problem, place: int) -> int:
    metres, _ = problem.travel.between(np.array([problem.depots[0].place, place]), 0)
    return int(metres[1, 0])


@pytest.mark.parametrize("count", [without_prizes, without_service, without_the_way_back])
def test_a_count_that_forgets_something_is_noticed(count: Count) -> None:
    assert not any(agree(seed, count) for seed in range(3))
