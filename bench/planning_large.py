"""Ten thousand stops, and two processes: each in a process of its own, so that its memory is its own too."""

import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context

import numpy as np

from bench.measure import Measure
from bench.peers import pyvrp_alone
from safehand.planning.checking import check
from safehand.planning.crew import Alone, Processes
from safehand.planning.decomposition import Crew, solve_apart
from safehand.planning.problem import NO_GROUP, Depot, Plane, Problem, Route, Vehicles, Visits
from safehand.planning.solving import Budget

STOPS, SECONDS, SEED = 10_000, 30.0, 11
SIDE_M, TOWN_M, TOWNS = 40_000, 900, 80
CAPACITY = 150
KB_PER_MB = 1_024


def a_region(stops: int, seed: int) -> Problem:
    """Seven of ten stops lie in towns, the others anywhere; one to three parcels each, a depot in the middle."""
    chance = np.random.default_rng(seed)
    towns = chance.uniform(0, SIDE_M, (TOWNS, 2))
    in_town = towns[chance.integers(0, TOWNS, stops)] + chance.normal(0, TOWN_M, (stops, 2))
    xy = np.where(chance.random((stops, 1)) < 0.7, in_town, chance.uniform(0, SIDE_M, (stops, 2))).round()
    nothing = np.zeros(stops, np.int64)
    visits = Visits(
        place=np.arange(1, stops + 1),
        delivered=chance.integers(1, 4, (stops, 1)),
        collected=nothing[:, None],
        service_s=nothing,
        early_s=nothing,
        late_s=np.full(stops, 1 << 40),
        release_s=nothing,
        prize=nothing,
        required=np.ones(stops, np.bool_),
        group=np.full(stops, NO_GROUP),
        needs=nothing,
    )
    plane = Plane(np.vstack([[SIDE_M / 2, SIDE_M / 2], xy]), 1, whole=True)
    return Problem(plane, visits, (Depot(place=0),), (Vehicles(count=stops, capacity=(CAPACITY,), fixed_cost=5_000),))


def large() -> Measure:
    """Our cost over that of PyVRP used directly."""
    (ours, ours_mb, _), (theirs, theirs_mb, _) = _large(), _apart(_plain)
    return Measure(
        subject="planning 10,000 stops",
        value=ours / theirs,
        unit="x",
        must="at most",
        bound=0.95,
        floor=f"PyVRP on the whole, {SECONDS:g} CPU s each",
        detail=f"ours {ours:,} in {ours_mb} MB, PyVRP {theirs:,} in {theirs_mb} MB",
    )


def memory() -> Measure:
    """The most memory that planning ten thousand stops took."""
    return Measure(
        subject="planning 10,000 stops, memory",
        value=_large()[1],
        unit="MB",
        must="at most",
        bound=400,
        floor="none: a promise",
    )


def processes() -> Measure:
    """How much sooner the same plan is there with two processes: the same iterations, by the clock on the wall."""
    one, two = _apart(_one), _apart(_two)
    return Measure(
        subject="planning, two processes",
        value=one[2] / two[2],
        unit="x",
        must="at least",
        bound=1.4,
        floor="one process, the same seed and iterations",
        detail=f"{one[2]:.1f} s and {two[2]:.1f} s, cost {one[0]:,} and {two[0]:,}",
    )


@cache
def _large() -> tuple[int, int, float]:
    return _apart(_ours)


def _apart(work: Callable[[], int]) -> tuple[int, int, float]:
    """Cost, peak of memory in MB, and seconds on the wall, of work in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measured, work).result()


def _measured(work: Callable[[], int]) -> tuple[int, int, float]:
    began_s = time.perf_counter()
    cost = work()
    return cost, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KB_PER_MB, time.perf_counter() - began_s


def _ours() -> int:
    problem = a_region(STOPS, SEED)
    return _right(problem, solve_apart(problem, Budget(SECONDS), SEED, Alone()).routes)


def _plain() -> int:
    problem = a_region(STOPS, SEED)
    return _right(problem, pyvrp_alone(problem, SECONDS))


def _one() -> int:
    return _same(Alone())


def _two() -> int:
    with Processes(2) as crew:
        return _same(crew)


def _same(crew: Crew) -> int:
    problem = a_region(3_000, SEED)
    return _right(problem, solve_apart(problem, Budget(iterations=20_000), SEED, crew).routes)


def _right(problem: Problem, routes: tuple[Route, ...]) -> int:
    found = check(problem, routes)
    if found.faults:
        raise AssertionError(found.faults[:3])
    return found.cost
