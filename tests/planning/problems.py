"""Problems and instances that tests are about: drawn by chance from a seed, or written down."""

import numpy as np

from safehand.planning.problem import NO_GROUP, Depot, Plane, Problem, Vehicles, Visits

SIDE = 1_000
DAY_S = 20_000


def a_problem(
    count: int, seed: int = 1, *, fleet: tuple[Vehicles, ...] = (), depots: int = 1, groups: int = 0
) -> Problem:
    """Visits on a square around its depots; every third has a window, and the first `groups` pairs are alternatives."""
    chance = np.random.default_rng(seed)
    xy = chance.integers(0, SIDE, (depots + count, 2)).astype(float)
    early = np.where(np.arange(count) % 3 == 0, chance.integers(0, DAY_S // 2, count), 0)
    group = np.full(count, NO_GROUP)
    group[: 2 * groups] = np.repeat(np.arange(groups), 2)
    nothing = np.zeros(count, np.int64)
    grouped = group != NO_GROUP
    visits = Visits(
        place=np.arange(depots, depots + count),
        delivered=chance.integers(1, 4, (count, 1)),
        collected=nothing[:, None],
        service_s=chance.integers(10, 60, count),
        early_s=early,
        late_s=np.where(early > 0, early + 4_000, DAY_S),
        release_s=nothing,
        prize=np.where(grouped, 100_000 - chance.integers(0, 500, count), 0),
        required=~grouped,
        group=group,
        needs=nothing,
    )
    places = tuple(Depot(place=at, late_s=2 * DAY_S) for at in range(depots))
    return Problem(Plane(xy, 1, whole=True), visits, places, fleet or (Vehicles(count=count, capacity=(30,)),))


VRP = """NAME : small
TYPE : CVRP
DIMENSION : 5
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 10
NODE_COORD_SECTION
1 0 0
2 10 0
3 10 10
4 0 10
5 -10 0
DEMAND_SECTION
1 0
2 4
3 4
4 4
5 4
DEPOT_SECTION
1
-1
EOF
"""
"""Two routes; the best is 34 and 34: with at most two customers each, lengths rounded."""

SOLOMON = """SMALL

VEHICLE
NUMBER     CAPACITY
  3         10

CUSTOMER
CUST NO.  XCOORD.  YCOORD.  DEMAND  READY TIME  DUE DATE  SERVICE TIME

    0      0   0   0    0   200   0
    1      3   4   5    0   100  10
    2      0   5   5   50    60  10
    3     -7   0   5    0   100  10
"""
