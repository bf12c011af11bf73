"""A part of a problem as a problem of its own: small enough to be sent to another process or machine, and back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from safehand.planning.problem import I64, Matrices, Problem, Route, Visits


@dataclass(frozen=True, slots=True)
class Piece:
    """Some visits and some vehicles of a problem.

    `problem` stands alone, with the travel between its places inside; its visit i is visit `rows[i]` of the whole. Its
    depots and kinds of vehicles are all of the whole's, so their indices are the same.
    """

    problem: Problem
    rows: I64

    def inside(self, routes: Sequence[Route]) -> tuple[Route, ...]:
        """Routes of the whole, all of whose visits lie in this piece, in its rows."""
        at = {int(row): here for here, row in enumerate(self.rows)}
        return tuple(_with_visits(route, at) for route in routes)

    def outside(self, routes: Sequence[Route]) -> tuple[Route, ...]:
        """Routes of this piece in the whole's rows."""
        at = dict(enumerate(self.rows.tolist()))
        return tuple(_with_visits(route, at) for route in routes)


def cut(problem: Problem, rows: I64, counts: Sequence[int]) -> Piece:
    """The piece with these visits, and of every kind of vehicles so many."""
    visits = problem.visits
    wanted = np.concatenate([[depot.place for depot in problem.depots], visits.place[rows]])
    here, at = np.unique(wanted, return_inverse=True)
    profiles = sorted({vehicles.profile for vehicles in problem.fleet})
    tables = [problem.travel.between(here, profile) for profile in profiles]
    columns = {name: getattr(visits, name)[rows] for name in Visits.__dataclass_fields__}
    first = len(problem.depots)
    return Piece(
        Problem(
            Matrices(tuple(m for m, _ in tables), tuple(s for _, s in tables), problem.travel.spots()[here]),
            Visits(**columns | {"place": at[first:]}),
            tuple(replace(depot, place=int(at[number])) for number, depot in enumerate(problem.depots)),
            tuple(
                replace(vehicles, count=count, profile=profiles.index(vehicles.profile))
                for vehicles, count in zip(problem.fleet, counts, strict=True)
            ),
        ),
        rows,
    )


def _with_visits(route: Route, at: dict[int, int]) -> Route:
    return replace(route, trips=tuple(tuple(at[visit] for visit in trip) for trip in route.trips))
