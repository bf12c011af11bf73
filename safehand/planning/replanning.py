"""A running day after a change: what is driven stays, what is ahead is planned anew around the change. Pure.

First every order that lost its place, or never had one, is put in where it costs least, over all tours. Then the tours
nearest to the change are searched together for a moment, and the search counts only if it is better. What fits nowhere
is left out and named, never lost.

Source
    Cheapest insertion, then a warm search of the nearest tours: `make bench T="planning_changes planning_extra"`.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from safehand.planning.applying import Applied, applied
from safehand.planning.changes import Answer, Change, Why
from safehand.planning.compartments import Sides
from safehand.planning.day import LeftOut, Order, Way
from safehand.planning.dayplan import Because, DayPlan, Tour, costed
from safehand.planning.drafts import Circumstances, Draft, Meet, Serve, drafts_of
from safehand.planning.explaining import moves_of, why_not
from safehand.planning.inserting import insert_all, keeps_all
from safehand.planning.itineraries import tour_of
from safehand.planning.meeting import Stranded, taken_over
from safehand.planning.mending import mended
from safehand.planning.openings import open_ways
from safehand.planning.reasons import reasons
from safehand.planning.running import Running
from safehand.planning.searching import Question, Solve, Stretch, searched
from safehand.planning.solving import Budget, solve
from safehand.planning.timing import Rest, Traffic, empty_roads

RETRIED_MAX = 20
"""Orders that were left out before and are tried again with every change."""
TOURS_NEAR = 6

type Read = Callable[[Circumstances, Running], dict[str, Draft]]
type Mend = Callable[[Draft], tuple[Draft, list[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replanner:
    """Answers changes of running days.

    `sides` are those of parcels where they are known; without any `budget` there is no search. How a day is read, a
    tour mended and a search made are dependencies, so that a law can be tried on wrong ones.
    """

    sides: Mapping[str, Sides] = field(default_factory=dict)
    rest: Rest = field(default_factory=Rest)
    traffic: Traffic = empty_roads
    budget: Budget | None = field(default_factory=lambda: Budget(seconds=0.4))
    tours_near: int = TOURS_NEAR
    read: Read = drafts_of
    mend: Mend = mended
    search: Solve = solve

    def answer(self, running: Running, change: Change, seed: int = 1) -> Answer:
        """The day after a change.

        With a budget in iterations the same day, change and seed are the same answer everywhere. The driven part of
        every tour is as it was; every order of the day is in the plan once, or left out with a reason.

        Errors
            As `applied`.
        """
        began_s = time.thread_time()
        work = _Work(self, running, applied(running, change))
        work.mend()
        work.insert()
        iterations = 0 if self.budget is None else work.search(self.budget, seed)
        plan = work.plan(time.thread_time() - began_s, iterations or 0)
        after = replace(work.running, plan=plan)
        return Answer(
            change=change,
            before=running,
            after=after,
            moves=moves_of(running.plan, plan, work.whys),
            extra_m=_metres(plan) - _metres(running.plan),
            extra_millicents=plan.costs.whole - running.plan.costs.whole,
            over=tuple(shift for shift, draft in work.drafts.items() if draft.breach() is not None),
            goods_left=work.goods_left(),
            searched=iterations is not None and iterations > 0,
            seconds=plan.seconds,
            iterations=iterations or 0,
        )


class _Work:
    """One change on its way to an answer: drafts of all tours, and the orders that have no place in any."""

    def __init__(self, replanner: Replanner, before: Running, change: Applied) -> None:
        self._by, self._before, self._change = replanner, before, change
        self.running = change.running
        self.at = Circumstances.of(self.running, replanner.rest, replanner.traffic)
        read = replanner.read(self.at, self.running)
        self._read = read
        self.drafts = {shift: self._without(draft) for shift, draft in read.items()}
        self.whys: dict[str, Why] = dict(change.homeless)
        retried = [order for order, why in self.running.plan.left_out if why is not LeftOut.CANCELLED]
        self._retried = frozenset(retried[:RETRIED_MAX])
        self._reasons = dict(self.running.plan.left_out)
        wanting = [order for order in change.homeless if order != change.cancelled]
        self.left: list[str] = list(dict.fromkeys([*wanting, *self._retried]))
        self._kept_back = [order for order in retried[RETRIED_MAX:] if order != change.cancelled]
        if change.cancelled in self.left:
            self.left.remove(change.cancelled)
        self._ways: dict[str, tuple[Way, ...]] = {}

    def _without(self, draft: Draft) -> Draft:
        """The draft without the orders that lost their place."""
        if draft.progress.broken:
            return draft.with_items(())
        lost = self._change.homeless
        kept = [item for item in draft.items if not (isinstance(item, Serve) and item.order.id in lost)]
        return draft if len(kept) == len(draft.items) else draft.with_items(kept)

    def mend(self) -> None:
        """Take out of every tour what it cannot do any more."""
        for shift, draft in self.drafts.items():
            if draft.breach() is not None:
                self.drafts[shift], dropped = self._by.mend(draft)
                self.left += dropped
                self.whys.update(dict.fromkeys(dropped, Why.NO_LONGER_FITS))

    def insert(self) -> None:
        """Put in what has no place, where it costs least; what a broken vehicle has by way of a meeting."""
        orders = [self.at.orders[order] for order in self.left]
        self._ways = open_ways(self.running, self.drafts.values(), orders, self._by.sides)
        stranded = [order for order in orders if self._broken(order)]
        others = [order for order in orders if not self._broken(order)]
        self.drafts, left = insert_all(self.drafts, others, self._ways, self.at.aboard)
        for giver, progress in self.running.progress.items():
            if progress.broken and progress.aboard:
                mine = [order for order in stranded if self.at.aboard[order.id] == giver]
                at_giver = {order.id: giver for order in mine}
                self.drafts, mine = insert_all(self.drafts, mine, self._ways, at_giver)  # at a meeting there is already
                ask = Stranded(giver, mine, tuple(sorted(self._waiting(giver))), self._ways)
                self.drafts, still = taken_over(self.running, self.drafts, ask)
                left += still
        self.left = [order.id for order in left]

    def _broken(self, order: Order) -> bool:
        shift = self.at.aboard.get(order.id)
        return shift is not None and self.running.progress[shift].broken

    def _waiting(self, giver: str) -> list[str]:
        """What a broken vehicle had collected, and nobody is to take over yet."""
        met = {
            order
            for draft in self.drafts.values()
            for item in draft.items
            if isinstance(item, Meet) and item.giver == giver
            for order in item.orders
        }
        aboard = self.running.progress[giver].aboard
        return [order for order in aboard if self.at.orders[order].collected and order not in met]

    def search(self, budget: Budget, seed: int) -> int | None:
        """Search the nearest tours together; None if what was found is no better."""
        chosen = self._nearest()
        if not chosen:
            return None
        stretches = [Stretch.of(self.drafts[shift]) for shift in chosen]
        bodies = [serve.order for stretch in stretches for serve in stretch.serves]
        pool = [self.at.orders[order] for order in self.left if not self._broken(self.at.orders[order])]
        ways = open_ways(self.running, self.drafts.values(), [*bodies, *pool], self._by.sides)
        found = searched(Question(stretches, pool, self.at.aboard, ways), self._by.search, budget, seed)
        if found is None or not all(keeps_all(draft) for draft in found.drafts):
            return None
        served = {serve.order.id for draft in found.drafts for serve in draft.serves}
        lost = [order.id for order in [*bodies, *pool] if order.id not in served]
        still = [order for order in self.left if self._broken(self.at.orders[order])]
        now = [self.drafts[shift] for shift in chosen]
        if not set(lost) <= set(self.left):  # nobody who has a place loses it to another
            return None
        if self._weight(found.drafts, [*lost, *still]) >= self._weight(now, self.left):
            return None
        self.drafts |= {draft.shift.id: draft for draft in found.drafts}
        self.left = [*lost, *still]
        self._ways |= ways
        return found.iterations

    def _weight(self, drafts: Sequence[Draft], left: Sequence[str]) -> int:
        """What these tours cost, and what it costs to leave these orders out."""
        day = self.running.day
        tours = [tour for draft in drafts if (tour := tour_of(draft, self._because)) is not None]
        return costed(day, tours).whole + self._missing(left) * day.prices.missing_millicents

    def _missing(self, left: Sequence[str]) -> int:
        """Orders that are left out, each as often as its priority says."""
        return sum(self.at.orders[order].priority for order in left)

    def _nearest(self) -> list[str]:
        """The tours that changed, then those that come nearest to where something changed; and one that is spare."""
        spots = self.running.travel.spots()
        places = [way.place for order in self.whys for way in self.at.orders[order].ways if way.site is None]
        places += [self.running.progress[tour].place for tour in self._change.tours]
        if not places:
            return []
        there = spots[np.unique(places)]
        able = {shift: draft for shift, draft in self.drafts.items() if keeps_all(draft)}
        away = {}
        for shift, draft in able.items():
            if draft.progress.broken or not (draft.items or draft.progress.left):
                continue
            here = spots[draft.places]
            gaps = np.hypot(here[:, None, 0] - there[None, :, 0], here[:, None, 1] - there[None, :, 1])
            away[shift] = (draft.items == self._read[shift].items, float(gaps.min()))
        found = sorted(away, key=lambda shift: (*away[shift], shift))[: self._by.tours_near]
        spare = [shift for shift, draft in able.items() if not draft.progress.left and not draft.items]
        return found + [shift for shift in spare if not able[shift].progress.broken][:1]

    def _because(self, order: Order, way: Way) -> tuple[Because, ...]:
        open_to = self._ways.get(order.id)
        if open_to is None:
            return reasons(self.running.day, order, way, [w for w in order.ways if w.site in self.running.full])
        return reasons(self.running.day, order, way, [w for w in order.ways if w.site and w not in open_to])

    def goods_left(self) -> tuple[str, ...]:
        """Goods in broken vehicles that nobody is to take over, of orders that were collected or called off."""
        cancelled = {order for order, why in self._left_out() if why is LeftOut.CANCELLED}
        found = []
        for giver, progress in self.running.progress.items():
            if progress.broken:
                found += [*self._waiting(giver), *(order for order in progress.aboard if order in cancelled)]
        return tuple(sorted(set(found)))

    def plan(self, seconds: float, iterations: int) -> DayPlan:
        """The plan of all drafts."""
        tours = [tour for shift in self.drafts if (tour := self._tour(shift)) is not None]
        return DayPlan(
            tours=tuple(sorted(tours, key=lambda tour: tour.shift)),
            left_out=self._left_out(),
            costs=costed(self.running.day, tours),
            seconds=seconds,
            iterations=iterations,
        )

    def _tour(self, shift: str) -> Tour | None:
        """The tour of a shift: as it was where nothing about it changed."""
        draft, was = self.drafts[shift], self._read[shift]
        same = draft.items == was.items and self.running.travel is self._before.travel
        same = same and shift not in self._change.tours and not draft.progress.left
        if same and was.tour is not None and was.tour.start_s >= draft.least_s:
            return was.tour
        return tour_of(draft, self._because)

    def _left_out(self) -> tuple[tuple[str, LeftOut], ...]:
        found: dict[str, LeftOut] = {}
        cancelled = {order for order, why in self._reasons.items() if why is LeftOut.CANCELLED}
        for order in [*cancelled, *([self._change.cancelled] if self._change.cancelled else [])]:
            found[order] = LeftOut.CANCELLED
        for order in self._kept_back:
            found[order] = self._reasons[order]
        for order in self.left:
            goods = self.at.aboard.get(order)
            found[order] = why_not(self.running, self.at.orders[order], self._ways.get(order, ()), goods)
        return tuple(sorted(found.items()))


def _metres(plan: DayPlan) -> int:
    return sum(tour.metres for tour in plan.tours)
