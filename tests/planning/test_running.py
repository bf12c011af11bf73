"""How far a running day is, what cannot happen to it, and changes that are undone."""

from collections.abc import Callable, Mapping

import pytest

from safehand.kernel.errors import SafehandError
from safehand.planning.changes import Broken, Cancelled, Change, Late, NewOrder, SiteFull
from safehand.planning.dayplan import Tour
from safehand.planning.errors import (
    AlreadyCancelled,
    AlreadyServed,
    ChangeImpossible,
    OrderKnown,
    ProgressImpossible,
    TourBroken,
    UndoContradicted,
    UndoSuperseded,
    UnknownOrder,
    UnknownSite,
    UnknownTour,
)
from safehand.planning.running import Running, advanced, driven
from safehand.planning.undoing import undone
from tests.planning.running_days import HOUR, a_new_order, a_replanner, ahead, at, everybody_left, first_left, replanned


def two_trips() -> tuple[Running, Tour]:
    """A day with a tour of two trips, which collects something on the first."""
    for running in (at(6, seed) for seed in range(1, 9)):
        collected = {order.id for order in running.day.orders if order.collected}
        for tour in running.plan.tours:
            if tour.loads_before and collected & {stop.order for stop in tour.stops[: tour.loads_before[0]]}:
                return running, tour
    raise AssertionError


def test_what_a_trip_collected_is_unloaded_before_the_next_one() -> None:
    running, tour = two_trips()
    collected = {order.id for order in running.day.orders if order.collected}
    first, last = tour.loads_before[0], len(tour.stops)
    before = driven(running, tour.shift, first, 0, 12 * HOUR).progress[tour.shift]
    assert before.aboard == collected & {stop.order for stop in tour.stops[:first]}
    assert before.aboard
    after = driven(running, tour.shift, first + 1, 0, 12 * HOUR).progress[tour.shift]
    loaded = {stop.order for stop in tour.stops[first:last]} - collected
    done = tour.stops[first].order
    assert after.aboard == (loaded - {done}) | ({done} & collected)
    assert after.loads_done == 1


def test_a_change_is_undone_while_nothing_driven_contradicts_it() -> None:
    running = at(6)
    answer = replanned(running, SiteFull("locker"))
    tour = answer.after.plan.tours[0]
    same = driven(answer.after, tour.shift, 0, 0, answer.after.progress[tour.shift].now_s + 60)
    if {stop.order for stop in tour.stops} == set(ahead(running, tour.shift)):
        assert undone(same, answer).plan == running.plan
    gone = advanced(answer.after, 12 * HOUR)
    with pytest.raises(UndoContradicted):
        undone(gone, answer)
    later = replanned(answer.after, NewOrder(a_new_order(1)))
    with pytest.raises(UndoSuperseded):
        undone(later.after, answer)


def test_what_was_driven_since_and_alike_in_both_plans_is_kept_when_a_change_is_undone() -> None:
    running = everybody_left()
    first, second, *_ = [tour for tour in running.plan.tours if len(tour.stops) > 3]
    answer = replanned(running, Cancelled(first.stops[-1].order))
    tour = answer.after.tour(second.shift)
    assert tour is not None
    stop = tour.stops[1]
    since = driven(answer.after, second.shift, 2, stop.way.place, stop.leave_s)
    back = undone(since, answer)
    assert back.plan == running.plan
    assert back.progress[second.shift].stops_done == 2
    assert back.done(second.shift) == since.done(second.shift)


REFUSED: Mapping[str, tuple[Callable[[Running], Change], type[SafehandError]]] = {
    "no such order": (lambda _: Cancelled("nobody"), UnknownOrder),
    "no such tour": (lambda _: Late("nobody", 60), UnknownTour),
    "no such site": (lambda _: SiteFull("nowhere"), UnknownSite),
    "known": (lambda day: NewOrder(day.day.orders[0]), OrderKnown),
    "served": (lambda day: Cancelled(day.done(first_left(day))[0].order), AlreadyServed),
    "not late": (lambda day: Late(first_left(day), 0), ChangeImpossible),
    "off the map": (lambda day: Broken(first_left(day), 10_000), ChangeImpossible),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_happen_is_refused_in_words(name: str) -> None:
    change, refusal = REFUSED[name]
    running = everybody_left()
    with pytest.raises(refusal):
        a_replanner(running).answer(running, change(running))


def test_what_happened_already_is_refused() -> None:
    running = at(6)
    order = running.day.orders[0].id
    after = replanned(running, Cancelled(order)).after
    with pytest.raises(AlreadyCancelled):
        a_replanner(after).answer(after, Cancelled(order))
    after = replanned(running, Broken("van-1")).after
    with pytest.raises(TourBroken):
        a_replanner(after).answer(after, Late("van-1", 60))
    with pytest.raises(TourBroken):
        driven(after, "van-1", 0, 0, 15 * HOUR)


def test_progress_never_goes_back_and_never_beyond_the_tour() -> None:
    running = everybody_left()
    shift = first_left(running)
    now_s = running.progress[shift].now_s
    for stops, place, second in ((0, 0, now_s), (99, 0, now_s), (1, 0, now_s - 1), (1, -1, now_s)):
        with pytest.raises(ProgressImpossible):
            driven(running, shift, stops, place, second)
    with pytest.raises(UnknownTour):
        driven(running, "nobody", 0, 0, 0)
