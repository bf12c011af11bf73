"""What a solver is asked: places with travel between them, visits to make, vehicles to make them with.

A problem is columns of integers, whatever it came from: a day's orders or a benchmark's instance. Whoever makes it says
what its units are; here they are called metres, seconds and units of money.
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

type I64 = NDArray[np.int64]
type Flags = NDArray[np.bool_]

NO_GROUP = -1
ALL_SKILLS = (1 << 62) - 1
FOREVER_S = 1 << 40
"""An end that never comes, and a limit that nobody reaches: far beyond any day, far below what would overflow."""


class Travel(Protocol):
    """Distances and durations between places. Asked for a few hundred at a time, so that nobody holds them all."""

    @property
    def places(self) -> int:
        """How many there are."""
        ...

    def between(self, places: I64, profile: int) -> tuple[I64, I64]:
        """From each of these places to each.

        Shapes
            places   k indices of places; profile, an index of a way to travel (car, bicycle, foot).
            ->       metres (k, k) and seconds (k, k).
        """
        ...

    def spots(self) -> NDArray[np.float64]:
        """Where the places lie on a plane, (places, 2): for grouping what is near, never for distances."""
        ...


@dataclass(frozen=True, slots=True)
class Visits:
    """What may be visited, a row each.

    Shapes
        place, service_s, early_s, late_s, release_s, prize, group, needs  n.
        delivered, collected  (n, dimensions): what is brought there and what is taken away, in units of the capacities.
        required              n; a visit that is not may be left out.

    A visit that is not made costs its prize. Of one group's visits (not NO_GROUP) at most one is made: the ways in
    which one order can be served. The dearer a way is, the smaller its prize. Goods are at the depot from `release_s`.
    `needs` is a set of bits: whoever makes the visit has all of them among its `skills`.
    """

    place: I64
    delivered: I64
    collected: I64
    service_s: I64
    early_s: I64
    late_s: I64
    release_s: I64
    prize: I64
    required: Flags
    group: I64
    needs: I64

    def __len__(self) -> int:
        return len(self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Depot:
    """Where routes begin, reload and end."""

    place: int
    early_s: int = 0
    late_s: int = FOREVER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicles:
    """Vehicles that are alike in everything a plan asks.

    `start`, `end` and `reload` are indices of depots; with `trips_max` above one a route may come back to load again.
    """

    count: int
    capacity: tuple[int, ...]
    start: int = 0
    end: int = 0
    reload: tuple[int, ...] = ()
    trips_max: int = 1
    early_s: int = 0
    late_s: int = FOREVER_S
    shift_s: int = FOREVER_S
    range_m: int = FOREVER_S
    fixed_cost: int = 0
    cost_per_m: int = 1
    cost_per_s: int = 0
    profile: int = 0
    skills: int = ALL_SKILLS


@dataclass(frozen=True, slots=True)
class Problem:
    """All of it."""

    travel: Travel
    visits: Visits
    depots: tuple[Depot, ...]
    fleet: tuple[Vehicles, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """What one vehicle does: trips of visits, in order. Between two trips it is at its reload depot."""

    vehicles: int
    trips: tuple[tuple[int, ...], ...]
    reloads: tuple[int, ...] = ()

    @property
    def visits(self) -> tuple[int, ...]:
        """All its visits, in order."""
        return tuple(visit for trip in self.trips for visit in trip)


@dataclass(frozen=True, slots=True)
class Plane:
    """Places on a plane, as benchmarks have them: distance and duration are one number.

    `scale` 1 with `whole` True rounds to the nearest integer (CVRP); `scale` 10 with `whole` False cuts after the first
    decimal (VRPTW, DIMACS 2021).
    """

    xy: NDArray[np.float64]
    scale: int
    whole: bool

    @property
    def places(self) -> int:
        """How many there are."""
        return len(self.xy)

    def between(self, places: I64, profile: int = 0) -> tuple[I64, I64]:
        """See `Travel`."""
        at = self.xy[places]
        exact = np.hypot(at[:, None, 0] - at[None, :, 0], at[:, None, 1] - at[None, :, 1])
        measured = (np.floor(exact + 0.5) if self.whole else np.floor(exact * self.scale)).astype(np.int64)
        return measured, measured

    def spots(self) -> NDArray[np.float64]:
        """See `Travel`."""
        return self.xy


@dataclass(frozen=True, slots=True)
class Matrices:
    """Travel that is known between all places: one matrix of metres and one of seconds a profile, each (k, k)."""

    metres: tuple[I64, ...]
    seconds: tuple[I64, ...]
    xy: NDArray[np.float64] = field(repr=False)

    @property
    def places(self) -> int:
        """How many there are."""
        return len(self.metres[0])

    def between(self, places: I64, profile: int) -> tuple[I64, I64]:
        """See `Travel`."""
        rows = np.ix_(places, places)
        return self.metres[profile][rows], self.seconds[profile][rows]

    def spots(self) -> NDArray[np.float64]:
        """See `Travel`."""
        return self.xy
