"""Other people's solvers on our problems, with what one thread can do: what our plans are measured against.

Each answers with routes, which our own check then counts; none is asked for what it cannot do.
"""

import math
from datetime import timedelta

import numpy as np
import vroom
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from safehand.planning.problem import FOREVER_S, Problem, Route
from safehand.planning.solving import Budget, solve

SPARE_VEHICLES = 1.25
"""Peers that slow down with every vehicle get a quarter more than the load asks for, not one for each customer."""
VROOM_LEVEL = 5
"""VROOM explores as far as it can, and then stops by itself."""
DAY_S = 10_000_000


def pyvrp_alone(problem: Problem, seconds: float) -> tuple[Route, ...]:
    """PyVRP as it comes, on the whole problem."""
    return solve(problem, Budget(seconds), 1).routes


def or_tools(problem: Problem, seconds: float) -> tuple[Route, ...]:
    """OR-Tools' routing library with guided local search. Empty if it found nothing."""
    size = problem.travel.places
    count = _vehicles(problem)
    manager = pywrapcp.RoutingIndexManager(size, count, 0)
    model = pywrapcp.RoutingModel(manager)
    metres, _ = problem.travel.between(np.arange(size), 0)
    visits = problem.visits
    way = model.RegisterTransitMatrix(metres.tolist())
    model.SetArcCostEvaluatorOfAllVehicles(way)
    loads = model.RegisterUnaryTransitVector([0, *visits.delivered[:, 0].tolist()])
    model.AddDimension(loads, 0, problem.fleet[0].capacity[0], True, "load")
    if (visits.late_s < FOREVER_S).any():
        service = np.concatenate([[0], visits.service_s])
        time = model.RegisterTransitMatrix((metres + service[:, None]).tolist())
        end_s = min(problem.depots[0].late_s, DAY_S)
        model.AddDimension(time, end_s, end_s, False, "time")
        dimension = model.GetDimensionOrDie("time")
        for row in range(len(visits)):
            window = int(visits.early_s[row]), int(min(visits.late_s[row], end_s))
            dimension.CumulVar(manager.NodeToIndex(row + 1)).SetRange(*window)
    asked = pywrapcp.DefaultRoutingSearchParameters()
    asked.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    asked.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    asked.time_limit.FromTimedelta(timedelta(seconds=seconds))
    found = model.SolveWithParameters(asked)
    return () if found is None else tuple(_driven(model, manager, found, count))


def _driven(
    model: pywrapcp.RoutingModel, manager: pywrapcp.RoutingIndexManager, found: pywrapcp.Assignment, count: int
) -> list[Route]:
    routes = []
    for vehicle in range(count):
        at, trip = found.Value(model.NextVar(model.Start(vehicle))), []
        while not model.IsEnd(at):
            trip.append(manager.IndexToNode(at) - 1)
            at = found.Value(model.NextVar(at))
        if trip:
            routes.append(Route(0, (tuple(trip),)))
    return routes


def vroom_alone(problem: Problem, seconds: float) -> tuple[Route, ...]:
    """VROOM at its highest level, at most so long. Empty if it left somebody out."""
    size, visits = problem.travel.places, problem.visits
    metres, _ = problem.travel.between(np.arange(size), 0)
    asked = vroom.Input()
    asked.set_durations_matrix("car", metres.astype(np.uint32))
    end_s = min(problem.depots[0].late_s, DAY_S)
    for vehicle in range(_vehicles(problem)):
        asked.add_vehicle(
            vroom.Vehicle(
                vehicle, start=0, end=0, capacity=[problem.fleet[0].capacity[0]], time_window=vroom.TimeWindow(0, end_s)
            )
        )
    for row in range(len(visits)):
        window = vroom.TimeWindow(int(visits.early_s[row]), int(min(visits.late_s[row], end_s)))
        asked.add_job(
            vroom.Job(
                row,
                row + 1,
                default_service=int(visits.service_s[row]),
                delivery=[int(visits.delivered[row, 0])],
                time_windows=[window],
            )
        )
    found = asked.solve(exploration_level=VROOM_LEVEL, nb_threads=1, timeout=timedelta(seconds=seconds))
    steps = found.routes
    trips: dict[int, list[int]] = {}
    for vehicle, kind, row in zip(steps["vehicle_id"], steps["type"], steps["id"], strict=True):
        if kind == "job":
            trips.setdefault(int(vehicle), []).append(int(row))
    return tuple(Route(0, (tuple(trip),)) for trip in trips.values())


def _vehicles(problem: Problem) -> int:
    needed = math.ceil(int(problem.visits.delivered.sum()) / problem.fleet[0].capacity[0])
    return min(problem.fleet[0].count, math.ceil(SPARE_VEHICLES * needed) + 2)
