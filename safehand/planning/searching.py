"""A warm search over a few running tours: from where each is now, with what is aboard, and nothing driven touched.

Each tour is a kind of vehicle of its own. One that has left begins where it is, at its second, and ends where its trip
does: its goods are aboard, so its deliveries are its own, and only what is yet to be collected may change hands. Tours
that have not left share what lies at their depot. What lies beyond, a meeting and what is before it, or trips after the
next loading, is kept as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from safehand.planning.day import Order, Way, Window
from safehand.planning.drafts import Draft, Item, Meet, Serve, load_of
from safehand.planning.inserting import Goods, Lane, costs_per
from safehand.planning.modelling import priced
from safehand.planning.problem import FOREVER_S, NO_GROUP, Depot, Problem, Route, Vehicles, Visits
from safehand.planning.running import Loading
from safehand.planning.solving import Budget, Solved

SKILLS_MAX = 60
"""Sets of tours that may serve an order, told apart by bits."""
UNKNOWN = 1 << 40
PROMISED = 16
"""An order that has its place loses it for no other: to leave it out costs so many times as much."""

type Solve = Callable[[Problem, Budget, int, Sequence[Route]], Solved]


@dataclass(frozen=True)
class Stretch:
    """The part of a draft that is searched: after `head` and before `tail`, which stay.

    `whole` for a tour that has not left: it may come back to load, and its goods are at its depot.
    """

    lane: Lane
    first: int
    last: int
    whole: bool

    @classmethod
    def of(cls, draft: Draft) -> "Stretch":
        """All of a tour that has not left and meets nobody; else up to its next loading, from its last meeting on."""
        items = draft.items
        if not draft.progress.left and not any(isinstance(item, Meet) for item in items):
            return cls(Lane(draft), 0, len(items), whole=True)
        last = next((at for at, item in enumerate(items) if item is Loading.HERE), len(items))
        first = max((at + 1 for at, item in enumerate(items[:last]) if isinstance(item, Meet)), default=0)
        return cls(Lane(draft), first, last, whole=False)

    @property
    def draft(self) -> Draft:
        """Whose part it is."""
        return self.lane.draft

    @property
    def body(self) -> tuple[Item, ...]:
        """What is searched."""
        return self.draft.items[self.first : self.last]

    @property
    def serves(self) -> list[Serve]:
        """The orders in it."""
        return [item for item in self.body if isinstance(item, Serve)]

    def with_body(self, body: Sequence[Item]) -> Draft:
        """The draft with another such part."""
        items = self.draft.items
        return self.draft.with_items((*items[: self.first], *body, *items[self.last :]))

    def start(self) -> Depot:
        """Where and when it begins: one that drives begins at once."""
        begin_s = int(self.lane.leaves_s[self.first])
        place = self.draft.places[self.first]
        return Depot(place=place) if self.whole else Depot(place=place, early_s=begin_s, late_s=begin_s)

    def vehicles(self, number: int, end: int, skills: int) -> Vehicles:
        """Its kind, which begins at depot `number` and ends at depot `end`."""
        draft, shift = self.draft, self.draft.shift
        per_m, per_s = costs_per(draft)
        aboard = np.array(draft.loads[self.first], np.int64)
        own = [load_of(serve.order) for serve in self.serves if not serve.order.collected]
        kept = 0 if self.whole else aboard - np.array(own, np.int64).reshape(-1, 3).sum(axis=0)
        capacity = [shift.weight_g, shift.parcels, UNKNOWN if shift.volume_ml is None else shift.volume_ml]
        outside_m = draft.metres - sum(leg[0] for leg in draft.legs[self.first : self.last + 1])
        rests_s = sum(when.rest_s for when in draft.earliest[self.first : self.last])
        late_s = int(self.lane.latest_s[self.last]) - rests_s
        early_s = int(self.lane.leaves_s[self.first])
        return Vehicles(
            count=1,
            capacity=tuple(int(room) for room in np.maximum(np.array(capacity) - kept, 0)),
            start=number,
            end=end,
            reload=(end,) if self.whole and shift.trips_max > 1 else (),
            trips_max=shift.trips_max if self.whole else 1,
            early_s=early_s,
            late_s=max(late_s, early_s),
            range_m=FOREVER_S if shift.range_m is None else max(0, shift.range_m - outside_m),
            fixed_cost=0 if draft.progress.left else shift.millicents_a_day,
            cost_per_m=per_m,
            cost_per_s=per_s,
            profile=shift.profile,
            skills=skills,
        )


@dataclass(frozen=True, slots=True)
class Question:
    """What is searched: stretches, orders that no tour has yet, where their goods are, and the ways that are open."""

    stretches: Sequence[Stretch]
    pool: Sequence[Order]
    goods: Mapping[str, str]
    ways: Mapping[str, Sequence[Way]]


@dataclass(frozen=True, slots=True)
class Found:
    """The drafts after the search; orders that none of them has are left out."""

    drafts: tuple[Draft, ...]
    iterations: int


def searched(question: Question, solve: Solve, budget: Budget, seed: int) -> Found | None:
    """Search on from these drafts; None if there is nothing to be searched."""
    asked = _Asked(question)
    if not asked.choices or len(asked.bits) > SKILLS_MAX:
        return None
    solved = solve(asked.problem(), budget, seed, asked.routes())
    return Found(asked.drafts(solved.routes), solved.iterations)


@dataclass(frozen=True, slots=True)
class _Choice:
    """What a visit stands for."""

    serve: Serve
    allowed: frozenset[int]
    promised: bool


class _Asked:
    """A question as a problem, and the way back."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._stretches = list(question.stretches)
        self.choices: list[_Choice] = []
        for kind, stretch in enumerate(self._stretches):
            for serve in stretch.serves:
                self._add(serve.order, self._holders(serve.order, kind), serve)
        for order in question.pool:
            self._add(order, self._homes(order, question.goods.get(order.id)), None)
        sets = dict.fromkeys(choice.allowed for choice in self.choices)
        self.bits = {allowed: 1 << number for number, allowed in enumerate(sets)}

    def _add(self, order: Order, allowed: frozenset[int], now: Serve | None) -> None:
        found = [Serve(order, way, window) for way in self._question.ways[order.id] for window in way.windows]
        if now is not None and now not in found:  # as it is now is always open
            found.append(now)
        if allowed:
            self.choices += [_Choice(serve, allowed, now is not None) for serve in found]

    def _holders(self, order: Order, kind: int) -> frozenset[int]:
        """Who may serve an order that this tour has now."""
        here = self._stretches[kind]
        if order.collected:
            return self._able(order, range(len(self._stretches)))
        if not here.whole:
            return frozenset({kind})
        depot = here.draft.shift.depot
        alike = [at for at, one in enumerate(self._stretches) if one.whole and one.draft.shift.depot == depot]
        return self._able(order, alike) | {kind}

    def _homes(self, order: Order, goods: Goods) -> frozenset[int]:
        """Who may serve an order that no tour has. What a broken vehicle has needs a meeting, which is not searched."""
        if order.collected:
            return self._able(order, range(len(self._stretches)))
        if goods is None:
            return self._able(order, [at for at, one in enumerate(self._stretches) if one.whole])
        return self._able(order, [at for at, one in enumerate(self._stretches) if one.draft.shift.id == goods])

    def _able(self, order: Order, kinds: Sequence[int]) -> frozenset[int]:
        return frozenset(kind for kind in kinds if not order.needs & ~self._stretches[kind].draft.shift.skills)

    def problem(self) -> Problem:
        """Every stretch a kind of vehicle with a depot of its own to begin at, and one to end at."""
        day = self._stretches[0].draft.at.day
        starts = [stretch.start() for stretch in self._stretches]
        ends = [Depot(place=day.depots[stretch.draft.shift.depot]) for stretch in self._stretches]
        fleet = tuple(
            stretch.vehicles(kind, len(starts) + kind, self._skills(kind))
            for kind, stretch in enumerate(self._stretches)
        )
        return Problem(self._stretches[0].draft.at.travel, self._visits(), (*starts, *ends), fleet)

    def _skills(self, kind: int) -> int:
        return sum(bit for allowed, bit in self.bits.items() if kind in allowed)

    def _visits(self) -> Visits:
        day = self._stretches[0].draft.at.day
        serves = [choice.serve for choice in self.choices]
        load = np.array([load_of(serve.order) for serve in serves], np.int64).reshape(-1, 3)
        taken = np.array([serve.order.collected for serve in serves], np.bool_)[:, None]
        numbers = {order: number for number, order in enumerate(dict.fromkeys(serve.order.id for serve in serves))}
        of = np.array([numbers[serve.order.id] for serve in serves], np.int64)
        price = np.array([priced(day, serve.order, serve.way) for serve in serves], np.int64)
        dearest = np.zeros(len(numbers), np.int64)
        np.maximum.at(dearest, of, price)
        missing = np.array(
            [
                day.prices.missing_millicents * choice.serve.order.priority * (PROMISED if choice.promised else 1)
                for choice in self.choices
            ],
            np.int64,
        )
        nothing = np.zeros(len(serves), np.int64)
        return Visits(
            place=np.array([serve.way.place for serve in serves], np.int64),
            delivered=np.where(taken, 0, load),
            collected=np.where(taken, load, 0),
            service_s=np.array([serve.way.service_s for serve in serves], np.int64),
            early_s=np.array([serve.window.early_s for serve in serves], np.int64),
            late_s=np.array([serve.window.late_s for serve in serves], np.int64),
            release_s=nothing,
            prize=missing + dearest[of] - price,
            required=np.zeros(len(serves), np.bool_),
            group=np.where(np.bincount(of)[of] > 1, of, NO_GROUP),
            needs=np.array([self.bits[choice.allowed] for choice in self.choices], np.int64),
        )

    def routes(self) -> list[Route]:
        """The stretches as they are now."""
        at = {_key(choice.serve): visit for visit, choice in enumerate(self.choices)}
        found = []
        for kind, stretch in enumerate(self._stretches):
            trips: list[list[int]] = [[]]
            for item in stretch.body:
                if isinstance(item, Serve):
                    trips[-1].append(at[_key(item)])
                else:
                    trips.append([])
            if stretch.serves:
                end = len(self._stretches) + kind
                found.append(Route(kind, tuple(map(tuple, trips)), (end,) * (len(trips) - 1)))
        return found

    def drafts(self, routes: Sequence[Route]) -> tuple[Draft, ...]:
        """The drafts that routes stand for."""
        bodies: dict[int, list[Item]] = {kind: [] for kind in range(len(self._stretches))}
        for route in routes:
            for number, trip in enumerate(route.trips):
                if number:
                    bodies[route.vehicles].append(Loading.HERE)
                bodies[route.vehicles] += [self.choices[visit].serve for visit in trip]
        return tuple(stretch.with_body(bodies[kind]) for kind, stretch in enumerate(self._stretches))


def _key(serve: Serve) -> tuple[str, Way, Window]:
    return serve.order.id, serve.way, serve.window
