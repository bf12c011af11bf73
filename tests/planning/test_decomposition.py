"""Problems in pieces: every order once, nothing dearer than before, the same seed the same plan, workers that die."""

import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from multiprocessing import active_children

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from safehand.planning.checking import check
from safehand.planning.crew import Alone, Processes
from safehand.planning.cutting import cut
from safehand.planning.decomposition import Crew, Sizes, Work, solve_apart
from safehand.planning.errors import WorkersLost
from safehand.planning.orders import Orders, halved
from safehand.planning.problem import I64, Problem, Route, Travel, Vehicles
from safehand.planning.sharing import apportioned, shared_out
from safehand.planning.solving import Budget, Solved, solve
from safehand.planning.trimming import trimmed
from tests.planning.problems import a_problem

FEW = Budget(iterations=300)


SMALL = Sizes(alone=15, first=40, piece=30)
"""What is cut at hundreds of visits is cut at dozens here."""


def planned(problem: Problem, seed: int, crew: Crew | None = None, budget: Budget = FEW) -> Solved:
    return solve_apart(problem, budget, seed, crew or Alone(), sizes=SMALL)


def a_fleet(count: int) -> tuple[Vehicles, ...]:
    return (
        Vehicles(count=count, capacity=(20,), fixed_cost=200),
        Vehicles(count=count, capacity=(8,), fixed_cost=20, start=1, end=1),
    )


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 90), groups=st.integers(0, 8))
def test_whatever_is_asked_every_order_is_served_once_and_nothing_breaks_a_limit(
    seed: int, count: int, groups: int
) -> None:
    problem = a_problem(count, seed, fleet=a_fleet(count), depots=2, groups=min(groups, count // 2))
    found = planned(problem, seed)
    checked = check(problem, found.routes)
    assert found.feasible
    assert checked.faults == ()
    assert checked.cost == found.cost
    assert len(Orders.of(problem).left_out(found.routes)) == 0


def test_no_round_makes_the_plan_dearer_and_the_rounds_make_it_cheaper() -> None:
    costs: list[int] = []
    problem = a_problem(90, 5)

    def told(_: float, cost: int) -> bool:
        costs.append(cost)
        return False

    found = solve_apart(problem, Budget(iterations=3_000), 5, Alone(), told, sizes=SMALL)
    seen = [cost for cost in [*costs, found.cost] if cost]
    assert all(after <= before for before, after in pairwise(seen))
    assert seen[-1] < seen[0]


def test_a_crew_that_answers_with_other_plans_is_noticed_by_the_check() -> None:
    class Forgetful:
        def solve(self, works: Sequence[Work]) -> Iterator[tuple[int, Solved]]:
            for at, solved in Alone().solve(works):
                yield at, replace(solved, routes=solved.routes[:-1])

    problem = a_problem(60, 2)
    found = planned(problem, 2, Forgetful())
    assert not found.feasible
    assert {fault.what for fault in check(problem, found.routes).faults} == {"not_visited"}


def test_the_same_seed_and_iterations_give_the_same_plan_whoever_does_the_work() -> None:
    problem = a_problem(70, 9)
    alone = planned(problem, 4)
    assert planned(problem, 4).routes == alone.routes
    with Processes(2) as crew:
        assert planned(problem, 4, crew).routes == alone.routes
    assert planned(problem, 5).routes != alone.routes


def test_with_too_few_vehicles_as_much_as_fits_is_planned_and_what_is_left_out_is_told() -> None:
    problem = a_problem(60, 3, fleet=(Vehicles(count=3, capacity=(30,)),))
    found = planned(problem, 3)
    assert not found.feasible
    faults = check(problem, found.routes).faults
    assert {fault.what for fault in faults} == {"not_visited"}
    aboard = sum(int(problem.visits.delivered[list(route.visits)].sum()) for route in found.routes)
    assert aboard >= 0.9 * 3 * 30


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), iterations=st.integers(1, 30))
def test_however_short_the_time_no_plan_breaks_a_limit(seed: int, iterations: int) -> None:
    problem = a_problem(40, seed, fleet=(Vehicles(count=4, capacity=(20,), shift_s=2_500),))
    found = planned(problem, seed, budget=Budget(iterations=iterations))
    assert {fault.what for fault in check(problem, found.routes).faults} <= {"not_visited"}


def test_what_breaks_a_limit_is_taken_out_and_nothing_else() -> None:
    problem = a_problem(12, 1, fleet=(Vehicles(count=1, capacity=(9,)),))
    broken = Solved((Route(0, (tuple(range(12)),)),), 0, feasible=False, iterations=1, seconds=0.0)
    kept = trimmed(problem, np.arange(12), broken)
    assert {fault.what for fault in check(problem, kept.routes).faults} == {"not_visited"}
    assert kept.cost == check(problem, kept.routes).cost
    assert not kept.feasible
    [route] = kept.routes
    right = replace(broken, routes=kept.routes)
    assert trimmed(problem, np.array(route.visits), right).routes == kept.routes


def test_somebody_who_asks_to_stop_gets_the_plan_there_is() -> None:
    problem = a_problem(90, 5)
    found = solve_apart(problem, Budget(iterations=100_000_000), 5, Alone(lambda: True), lambda *_: True, sizes=SMALL)
    assert check(problem, found.routes).faults == ()
    assert found.iterations < 100


@dataclass
class Killed:
    """Kills one of its workers, once, as soon as the first piece is answered."""

    inner: Processes
    killed: bool = False

    def solve(self, works: Sequence[Work]) -> Iterator[tuple[int, Solved]]:
        for at, solved in self.inner.solve(works):
            if not self.killed:
                self.killed = True
                victim = next(child.pid for child in active_children() if child.pid is not None)
                os.kill(victim, signal.SIGKILL)
            yield at, solved


def test_a_dead_workers_piece_is_taken_over_and_no_answer_is_lost_or_counted_twice() -> None:
    problem = a_problem(110, 6)
    with Processes(2) as processes:
        crew = Killed(processes)
        found = planned(problem, 6, crew)
    assert crew.killed
    assert check(problem, found.routes).faults == ()
    assert found.routes == planned(problem, 6).routes


@dataclass(frozen=True)
class Deadly:
    """Travel that kills the process which asks, if that is not the one that made it."""

    inner: Travel
    spared: int

    @property
    def places(self) -> int:
        return self.inner.places

    def spots(self) -> NDArray[np.float64]:
        return self.inner.spots()

    def between(self, places: I64, profile: int) -> tuple[I64, I64]:
        if os.getpid() != self.spared:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.inner.between(places, profile)


def test_a_piece_that_kills_every_worker_is_told_and_not_begun_for_ever() -> None:
    problem = a_problem(3)
    deadly = replace(problem, travel=Deadly(problem.travel, os.getpid()))
    with Processes(1, tries=2) as crew, pytest.raises(WorkersLost):
        list(crew.solve([Work(deadly, FEW, 1)]))
    with pytest.raises(RuntimeError):
        list(Processes(1).solve([Work(problem, FEW, 1)]))


def test_a_piece_stands_alone_and_its_routes_are_the_wholes_again() -> None:
    problem = a_problem(40, 8, fleet=a_fleet(20), depots=2, groups=3)
    rows = np.array([3, 1, 9, 20, 39])
    piece = cut(problem, rows, (4, 4))
    solved = solve(piece.problem, Budget(iterations=50), 1)
    outside = piece.outside(solved.routes)
    assert piece.inside(outside) == solved.routes
    assert {visit for route in outside for visit in route.visits} <= set(rows.tolist())
    whole = _only(problem, rows)
    assert check(whole, outside).metres == check(piece.problem, solved.routes).metres


def _only(problem: Problem, rows: I64) -> Problem:
    required = np.zeros(len(problem.visits), np.bool_)
    required[rows] = problem.visits.required[rows]
    return replace(problem, visits=replace(problem.visits, required=required))


@given(
    weights=st.lists(st.integers(1, 5), min_size=1, max_size=60), most=st.integers(1, 40), seed=st.integers(0, 1_000)
)
def test_parts_are_all_there_is_once_and_none_of_several_is_too_heavy(weights: list[int], most: int, seed: int) -> None:
    spots = np.random.default_rng(seed).uniform(0, 100, (len(weights), 2))
    parts = halved(spots, np.array(weights), most)
    assert sorted(int(at) for part in parts for at in part) == list(range(len(weights)))
    assert all(len(part) == 1 or sum(weights[at] for at in part) <= most for part in parts)


@given(many=st.integers(0, 50), weights=st.lists(st.floats(1e-9, 1e3), min_size=1, max_size=9))
def test_shares_are_whole_and_nothing_is_left_over(many: int, weights: list[float]) -> None:
    shares = apportioned(many, weights)
    assert sum(shares) == many
    assert all(abs(share - many * weight / sum(weights)) < 1 for share, weight in zip(shares, weights, strict=True))


def test_vehicles_go_where_their_depot_and_the_load_are() -> None:
    problem = a_problem(40, 8, fleet=a_fleet(10), depots=2)
    spots = problem.travel.spots()
    near = np.hypot(*(spots[problem.visits.place] - spots[0]).T) < np.hypot(*(spots[problem.visits.place] - spots[1]).T)
    counts = shared_out(problem, [(np.flatnonzero(near), ()), (np.flatnonzero(~near), (Route(1, ((0,),)),))])
    assert counts == [[10, 0], [0, 10]]
