"""Visits as orders: the ways in which one order can be served belong together, wherever a problem is cut."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safehand.planning.problem import I64, NO_GROUP, Problem, Route


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders of a problem.

    Shapes
        of_visit  n visits: the order of each.  spots  orders x 2.  weights  how many visits an order has.
    """

    of_visit: I64
    spots: NDArray[np.float64]
    weights: I64

    @classmethod
    def of(cls, problem: Problem) -> "Orders":
        """A group is an order, and so is a visit without one. An order lies amid its visits."""
        visits = problem.visits
        alone = visits.group == NO_GROUP
        key = np.where(alone, -1 - np.arange(len(visits)), visits.group)
        _, of_visit = np.unique(key, return_inverse=True)
        weights = np.bincount(of_visit)
        at = problem.travel.spots()[visits.place]
        spots = np.column_stack([np.bincount(of_visit, weights=at[:, axis]) for axis in (0, 1)])
        return cls(of_visit, spots / weights[:, None], weights)

    def rows(self, orders: I64) -> I64:
        """All visits of these orders."""
        return np.flatnonzero(np.isin(self.of_visit, orders))

    def left_out(self, routes: Sequence[Route]) -> I64:
        """All visits of orders that no route serves."""
        served = self.of_visit[[visit for route in routes for visit in route.visits]]
        return np.flatnonzero(~np.isin(self.of_visit, served))


def halved(spots: NDArray[np.float64], weights: I64, most: int) -> list[I64]:
    """Indices in parts of neighbours: the longer side is halved by weight until no part of several is heavier."""
    parts, left = [], [np.arange(len(spots))]
    while left:
        part = left.pop()
        if len(part) < 2 or weights[part].sum() <= most:
            parts.append(part)
            continue
        side = int(np.argmax(np.ptp(spots[part], axis=0)))
        ordered = part[np.argsort(spots[part, side], kind="stable")]
        reached = np.cumsum(weights[ordered])
        half = min(max(int(np.searchsorted(reached, reached[-1] / 2)) + 1, 1), len(part) - 1)
        left += [ordered[:half], ordered[half:]]
    return parts
