"""One solve: what is asked of the solver in its own words comes back as a plan that keeps every limit."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safehand.planning.checking import check
from safehand.planning.crew import Alone
from safehand.planning.decomposition import Sizes, solve_apart
from safehand.planning.problem import Problem, Vehicles
from safehand.planning.solving import Budget, solve
from tests.planning.problems import a_problem

COLD, KEYS = 1, 2


def skilled(seed: int, count: int, *, keys: int) -> Problem:
    """Every visit may need something; vans can keep cold, the bicycles' riders have keys."""
    fleet = (
        Vehicles(count=count, capacity=(40,), fixed_cost=300, skills=COLD),
        Vehicles(count=keys, capacity=(12,), fixed_cost=30, skills=KEYS),
    )
    problem = a_problem(count, seed, fleet=fleet)
    needs = np.random.default_rng(seed).choice([0, 0, COLD, KEYS], count).astype(np.int64)
    return replace(problem, visits=replace(problem.visits, needs=needs))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(2, 50))
def test_nobody_makes_a_visit_that_needs_what_they_lack(seed: int, count: int) -> None:
    problem = skilled(seed, count, keys=count)
    found = solve_apart(problem, Budget(iterations=200), seed, Alone(), sizes=Sizes(alone=15, first=30, piece=25))
    assert found.feasible
    assert check(problem, found.routes).faults == ()


def test_without_its_needs_a_plan_would_break_them() -> None:
    problem = skilled(7, 40, keys=40)
    blind = replace(problem, visits=replace(problem.visits, needs=np.zeros(40, np.int64)))
    faults = check(problem, solve(blind, Budget(iterations=200), 7).routes).faults
    assert {fault.what for fault in faults} == {"not_allowed"}


def test_a_visit_that_nobody_may_make_is_left_out_and_the_others_are_made() -> None:
    problem = skilled(7, 30, keys=0)
    found = solve_apart(problem, Budget(iterations=300), 7, Alone(), sizes=Sizes(alone=15, first=30, piece=25))
    assert not found.feasible
    faults = check(problem, found.routes).faults
    assert {fault.what for fault in faults} == {"not_visited"}
    assert {fault.visit for fault in faults} == set(np.flatnonzero(problem.visits.needs == KEYS).tolist())


def test_two_at_one_door_may_need_different_skills() -> None:
    problem = skilled(3, 10, keys=10)
    visits = replace(problem.visits, place=np.full(10, 1), needs=np.tile([COLD, KEYS], 5).astype(np.int64))
    together = replace(problem, visits=visits)
    found = solve(together, Budget(iterations=100), 1)
    assert found.feasible
    assert check(together, found.routes).faults == ()
    assert len(found.routes) == 2


def test_seconds_are_kept_to_and_an_empty_problem_is_a_plan() -> None:
    found = solve(a_problem(30), Budget(seconds=0.3), 1)
    assert 0.3 <= found.seconds < 3
    assert solve(a_problem(0), Budget(seconds=9), 1).routes == ()
    assert solve(replace(a_problem(3), fleet=()), Budget(seconds=9), 1).feasible is False


@pytest.mark.parametrize("group", [0, 3])
def test_of_the_ways_of_an_order_the_cheapest_is_taken(group: int) -> None:
    problem = a_problem(2, 1, groups=1)
    visits = replace(problem.visits, group=np.array([group, group]), prize=np.array([100_000, 40_000]))
    ways = replace(problem, visits=visits)
    assert [route.visits for route in solve(ways, Budget(iterations=30), 1).routes] == [(0,)]
    other = replace(ways, visits=replace(visits, prize=np.array([40_000, 100_000])))
    assert [route.visits for route in solve(other, Budget(iterations=30), 1).routes] == [(1,)]
