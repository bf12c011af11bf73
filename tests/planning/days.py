"""Days that tests are about: a town of doors, a depot, a locker and a shop, drawn from a seed."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from safehand.planning.compartments import Sides
from safehand.planning.crew import Alone
from safehand.planning.day import Day, Order, Prices, Shift, Site, Way, Window
from safehand.planning.dayplan import DayPlan
from safehand.planning.planner import Planner
from safehand.planning.problem import Matrices
from safehand.planning.solving import Budget
from safehand.risk.loss import Mode

M_PER_S = 8
LOCKER, SHOP, DOORS = 1, 2, 3
"""Places: 0 is the depot."""
SMALL, LARGE = (100, 300, 400), (400, 400, 600)
SITES = (Site(id="locker", compartments=(SMALL,) * 3 + (LARGE,) * 2), Site(id="shop", room=4))
VAN = Shift(
    id="van-1", depot=0, early_s=7 * 3_600, late_s=15 * 3_600, weight_g=800_000, parcels=120, skills=1,
    millicents_per_km=30_000, millicents_per_h=2_500_000, millicents_a_day=3_000_000, co2_g_per_km=180,
)  # fmt: skip
FEW = Budget(iterations=400)


def a_town(doors: int, seed: int = 1) -> Matrices:
    """Places on a square of four kilometres; roads are half as long again as the way of a bird."""
    xy = np.random.default_rng(seed).uniform(0, 4_000, (DOORS + doors, 2))
    metres = (1.5 * np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))).astype(np.int64)
    return Matrices((metres,), (metres // M_PER_S,), xy)


def an_order(at: int, chance: np.random.Generator) -> Order:
    """One parcel to a door, which may go to the locker or the shop too; each fourth is worth much and lies unsafe."""
    value = 50_000_000 if at % 4 == 0 else 2_000_000  # millicents
    unsafe_ppm = 60_000 if at % 4 == 0 else 500
    window = Window(9 * 3_600, 12 * 3_600) if at % 5 == 0 else Window(7 * 3_600, 15 * 3_600)
    ways = (
        Way(mode=Mode.DOOR, place=DOORS + at, service_s=120, windows=(window,),
            loss_millicents=value * unsafe_ppm // 1_000_000),
        Way(mode=Mode.LOCKER, place=LOCKER, service_s=30, site="locker", trouble_millicents=90_000,
            loss_millicents=value * 25 // 1_000_000),
        Way(mode=Mode.PICKUP_POINT, place=SHOP, service_s=60, site="shop", trouble_millicents=120_000,
            loss_millicents=value * 60 // 1_000_000),
    )  # fmt: skip
    return Order(
        id=f"order-{at}",
        parcels=(f"parcel-{at}",),
        weight_g=int(chance.integers(200, 9_000)),
        volume_ml=4_000,
        ways=ways,
        aboard_millicents_per_h=value * 5 // 1_000_000,
    )


def a_day(orders: int, seed: int = 1, *, shifts: int = 2, loss_permille: int = 1_000) -> Day:
    """A day of the town."""
    chance = np.random.default_rng(seed)
    return Day(
        orders=tuple(an_order(at, chance) for at in range(orders)),
        shifts=tuple(replace(VAN, id=f"van-{number}") for number in range(1, shifts + 1)),
        depots=(0,),
        sites=SITES,
        prices=Prices(loss_permille=loss_permille),
    )


def sides_of(day: Day) -> Mapping[str, Sides]:
    """Every third parcel is large, and of every seventh nobody knows the sides."""
    return {
        parcel: (LARGE if at % 3 == 0 else SMALL)
        for at, order in enumerate(day.orders)
        for parcel in order.parcels
        if at % 7
    }


def planned(day: Day, seed: int = 1, town_seed: int = 1, budget: Budget = FEW) -> DayPlan:
    """The plan of a day in its town."""
    planner = Planner(travel=a_town(len(day.orders), town_seed), crew=Alone())
    return planner.plan(day, budget, seed, sides_of(day))
