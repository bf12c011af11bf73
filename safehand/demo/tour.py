"""Tours: who goes where, in which order. Straight lines are good enough for a day that nobody drives.

Planning over streets, with times and loads, is a flow of the product; the demo only needs an order that a
driver would not laugh at.
"""

import math
from collections.abc import Sequence

from safehand.demo.town import Address
from safehand.kernel.geo import metres_between

ROUNDS_MAX = 60


def apart_m(one: Address, other: Address) -> float:
    """Metres between two doors, as the crow flies."""
    return metres_between(one.lat_e7, one.lon_e7, other.lat_e7, other.lon_e7)


def length_m(depot: Address, stops: Sequence[Address]) -> float:
    """Metres from the depot through the stops in this order and back."""
    path = [depot, *stops, depot]
    return sum(apart_m(path[i], path[i + 1]) for i in range(len(path) - 1))


def shared_out(depot: Address, stops: Sequence[Address], tours: int) -> list[list[Address]]:
    """Cut the town into `tours` wedges around the depot, with equally many stops in each (to one).

    Errors
        ValueError  no tour to share out to.
    """
    if tours < 1:
        raise ValueError(f"{tours} tours")
    middle = math.cos(math.radians(depot.lat_e7 / 1e7))

    def bearing(stop: Address) -> float:
        return math.atan2((stop.lon_e7 - depot.lon_e7) * middle, stop.lat_e7 - depot.lat_e7)

    around = sorted(stops, key=lambda stop: (bearing(stop), stop))
    cuts = [round(len(around) * tour / tours) for tour in range(tours + 1)]
    return [around[cuts[tour] : cuts[tour + 1]] for tour in range(tours)]


def ordered(depot: Address, stops: Sequence[Address]) -> list[Address]:
    """A good round from the depot and back: nearest neighbour, then 2-opt until no swap helps.

    Cost
        n^2 distances a round, at most ROUNDS_MAX rounds.
    """
    return _uncrossed(depot, nearest_first(depot, stops))


def nearest_first(depot: Address, stops: Sequence[Address]) -> list[Address]:
    """Always on to the nearest door that is left."""
    left, here, round_trip = list(stops), depot, list[Address]()
    while left:
        here = min(left, key=lambda stop: (apart_m(here, stop), stop))
        left.remove(here)
        round_trip.append(here)
    return round_trip


def _uncrossed(depot: Address, stops: list[Address]) -> list[Address]:
    """2-opt: turn a piece of the round wherever that makes it shorter."""
    path = [depot, *stops, depot]
    for _ in range(ROUNDS_MAX):
        better = False
        for i in range(len(path) - 3):
            for j in range(i + 2, len(path) - 1):
                now = apart_m(path[i], path[i + 1]) + apart_m(path[j], path[j + 1])
                turned = apart_m(path[i], path[j]) + apart_m(path[i + 1], path[j + 1])
                if turned < now - 1e-6:
                    path[i + 1 : j + 1] = path[i + 1 : j + 1][::-1]
                    better = True
        if not better:
            break
    return path[1:-1]
