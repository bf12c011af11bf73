"""Plans of benchmark instances as files: one route a line, as CVRPLIB keeps them. Everything in one is hostile."""

import os
from collections.abc import Sequence
from pathlib import Path

from safehand.planning.errors import InstanceUnusable, SolutionUnreadable
from safehand.planning.instances import FILE_BYTES_MAX, Instance
from safehand.planning.problem import Route

DEPOT = "0"
"""In the middle of a route: it comes back to load again."""


def write_solution(path: Path, instance: Instance, routes: Sequence[Route], cost: int) -> None:
    """Write a plan, in one step: whoever reads meanwhile finds the one before or this one."""
    lines = []
    for number, route in enumerate(routes, 1):
        trips = (" ".join(str(visit + 1) for visit in trip) for trip in route.trips)
        lines.append(f"Route #{number}: {f' {DEPOT} '.join(trips)}")
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_text("\n".join([*lines, f"Cost {instance.told(cost)}", ""]), "ascii")
    half.replace(path)


def read_solution(path: Path, instance: Instance) -> tuple[Route, ...]:
    """Read a plan. What it says of its cost is not believed, and not read.

    Errors
        InstanceUnusable, SolutionUnreadable
    """
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise InstanceUnusable(str(path), f"it is larger than {FILE_BYTES_MAX} bytes")
        text = path.read_text("utf-8", errors="replace")
    except OSError as refused:
        raise InstanceUnusable(str(path), refused.strerror or "it cannot be read") from None
    routes = []
    for number, line in enumerate(text.splitlines(), 1):
        head, colon, told = line.partition(":")
        if not head.strip().lower().startswith("route"):
            continue
        if not colon:
            raise SolutionUnreadable(str(path), number, line, "Route #N: customers")
        if told.split():
            routes.append(_route(path, number, told.split(), len(instance.problem.visits)))
    if not routes:
        raise InstanceUnusable(str(path), "it has no routes")
    return tuple(routes)


def _route(path: Path, line: int, words: Sequence[str], customers: int) -> Route:
    trips: list[list[int]] = [[]]
    for word in words:
        if word == DEPOT:
            trips.append([])
        elif word.isascii() and word.isdigit() and len(word) < 12 and 1 <= int(word) <= customers:
            trips[-1].append(int(word) - 1)
        else:
            raise SolutionUnreadable(str(path), line, word, f"a customer from 1 to {customers}")
    kept = tuple(tuple(trip) for trip in trips if trip)
    return Route(0, kept, (0,) * max(0, len(kept) - 1))
