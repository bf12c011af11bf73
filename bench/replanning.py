"""Changes of a running day: how fast a new order is answered, and how much farther all drive for it.

A day of 1,000 stops is drawn and planned; then 30 new orders come one by one, before anybody has left. What all drive
farther is compared with the cheapest insertion alone, each order put into the same plan by both.

A search mends the plan around a new order too. How much of what it saves is that, a twin tells: an order that weighs
nothing, takes no time and goes to a door that is visited anyway. Without what is saved for twins the ratio is told as
"net". Also told only: the same doors as collections at noon, when whoever drives keeps what is aboard.

Seconds are CPU time of the thread that answers, which is all that it needs; on the clock it takes longer where others
use the machine, and that is told beside it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from bench.measure import Measure, percentile
from safehand.planning.changes import Answer, NewOrder
from safehand.planning.crew import Alone
from safehand.planning.day import Day, Order, Shift, Way, Window
from safehand.planning.dayplan import Stop, Tour
from safehand.planning.planner import Planner
from safehand.planning.problem import Matrices
from safehand.planning.replanning import Replanner
from safehand.planning.running import Running, advanced, begun
from safehand.planning.solving import Budget
from safehand.risk.loss import Mode

SEED = 1
STOPS = 1_000
NEW = 30
SIDE_M = 20_000
M_PER_S = 8
VANS = 26
PLANNED_S = 120.0
"""CPU seconds for the plan of the day: a poor one would be mended with every change."""
HOUR = 3_600


@dataclass(frozen=True, slots=True)
class Answered:
    """Answers to all new orders, with the search and without, and to their twins; the clock's seconds of the first."""

    searched: Sequence[Answer]
    inserted: Sequence[Answer]
    twins: Sequence[Answer]
    seconds: Sequence[float]

    @property
    def ratio(self) -> float:
        """What all drive farther, against insertion alone."""
        return _extra_m(self.searched) / _extra_m(self.inserted)

    @property
    def net(self) -> float:
        """The same without what a search saves anyway."""
        return (_extra_m(self.searched) - min(0.0, _extra_m(self.twins))) / _extra_m(self.inserted)


def answers() -> Measure:
    """The slowest of one in a hundred answers."""
    found = _answered()
    clock_s = percentile(found.seconds, 0.99)
    return Measure(
        subject="planning, a change of a running day",
        value=percentile([answer.seconds for answer in found.searched], 0.99),
        unit="CPU s p99",
        must="at most",
        bound=1.0,
        floor=f"{STOPS:,} stops, {NEW} new orders",
        detail=f"{clock_s:.2f} s p99 on the clock; insertion alone {_cpu_ms(found.inserted):.0f} ms on average",
    )


def extra() -> Measure:
    """Metres more for new orders, against the cheapest insertion alone."""
    found, noon = _answered(), _answered(noon=True)
    served = sum(not answer.after.plan.left_out for answer in found.searched)
    return Measure(
        subject="planning, extra metres of a change",
        value=found.ratio,
        unit="x",
        must="at most",
        bound=0.5,
        floor="cheapest insertion alone",
        detail=(
            f"{_extra_m(found.searched):.0f} m against {_extra_m(found.inserted):.0f} m an order, {served} of {NEW} "
            f"served; net {found.net:.2f}; collections at noon {noon.ratio:.2f}, net {noon.net:.2f}"
        ),
    )


def _extra_m(answers: Sequence[Answer]) -> float:
    return sum(answer.extra_m for answer in answers) / len(answers)


def _cpu_ms(answers: Sequence[Answer]) -> float:
    return 1_000 * sum(answer.seconds for answer in answers) / len(answers)


@cache
def _answered(*, noon: bool = False) -> Answered:
    running, orders = _day()
    if noon:
        running = advanced(running, 12 * HOUR)
        orders = tuple(replace(order, collected=True) for order in orders)
    search, insert = Replanner(), Replanner(budget=None)
    searched, inserted, twins, seconds = [], [], [], []
    for order in orders:
        twins.append(search.answer(running, NewOrder(_twin(running, order)), SEED))
        inserted.append(insert.answer(running, NewOrder(order)))
        began_s = time.perf_counter()
        searched.append(search.answer(running, NewOrder(order), SEED))
        seconds.append(time.perf_counter() - began_s)
        running = searched[-1].after
    return Answered(searched, inserted, twins, seconds)


@cache
def _day() -> tuple[Running, tuple[Order, ...]]:
    chance = np.random.default_rng(SEED)
    xy = chance.uniform(0, SIDE_M, (1 + STOPS + NEW, 2))
    xy[0] = SIDE_M / 2
    metres = (1.4 * np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))).astype(np.int64)
    town = Matrices((metres,), (metres // M_PER_S,), xy)
    orders = tuple(_order(at, chance) for at in range(STOPS + NEW))
    vans = tuple(_van(number) for number in range(VANS))
    day = Day(orders=orders[:STOPS], shifts=vans, depots=(0,))
    plan = Planner(travel=town, crew=Alone()).plan(day, Budget(seconds=PLANNED_S), SEED, {})
    return begun(day, plan, town), orders[STOPS:]


def _order(at: int, chance: np.random.Generator) -> Order:
    """A parcel to a door, every third within two hours."""
    begin_s = int(chance.integers(8, 15)) * HOUR
    window = Window(begin_s, begin_s + 2 * HOUR) if at % 3 == 0 else Window(7 * HOUR, 18 * HOUR)
    way = Way(mode=Mode.DOOR, place=1 + at, service_s=180, windows=(window,))
    return Order(id=f"order-{at}", parcels=(f"parcel-{at}",), weight_g=int(chance.integers(200, 9_000)),
                 volume_ml=4_000, ways=(way,))  # fmt: skip


def _twin(running: Running, order: Order) -> Order:
    """An order at the visited door that is nearest, and for nothing."""
    spots = running.travel.spots()
    places = [stop.way.place for tour in running.plan.tours for stop in _ahead(running, tour)]
    gaps = np.hypot(*(spots[places] - spots[order.ways[0].place]).T)
    way = Way(mode=Mode.DOOR, place=places[int(gaps.argmin())], service_s=0)
    return replace(order, id="twin", parcels=(), weight_g=0, volume_ml=0, ways=(way,))


def _ahead(running: Running, tour: Tour) -> Sequence[Stop]:
    """The stops that are not driven yet."""
    return tour.stops[running.progress[tour.shift].stops_done :]


def _van(number: int) -> Shift:
    return Shift(
        id=f"van-{number:02}", depot=0, early_s=7 * HOUR, late_s=17 * HOUR, weight_g=800_000, parcels=60,
        millicents_per_km=30_000, millicents_a_day=3_000_000,
    )  # fmt: skip
