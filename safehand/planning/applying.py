"""What a change means for the facts of a running day, before anything is planned anew. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from safehand.planning.changes import Broken, Cancelled, Change, Late, NewOrder, RoadClosed, SiteFull, Why
from safehand.planning.day import LeftOut
from safehand.planning.errors import (
    AlreadyCancelled,
    AlreadyServed,
    ChangeImpossible,
    OrderKnown,
    TourBroken,
    UnknownOrder,
    UnknownSite,
    UnknownTour,
)
from safehand.planning.problem import Travel
from safehand.planning.running import Progress, Running


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The day with the change as a fact; its plan is still the one before.

    `homeless` are orders that have no place in a tour any more, or not yet, and why; `tours` are those it is about.
    """

    running: Running
    homeless: Mapping[str, Why] = field(default_factory=dict)
    tours: frozenset[str] = frozenset()
    cancelled: str | None = None


def applied(running: Running, change: Change) -> Applied:
    """The day with the change.

    Errors
        UnknownOrder, UnknownTour, UnknownSite, OrderKnown, AlreadyServed, AlreadyCancelled, TourBroken
        ChangeImpossible  late by less than a second; travel between fewer places.
    """
    match change:
        case NewOrder(order):
            if any(known.id == order.id for known in running.day.orders):
                raise OrderKnown(order.id)
            for way in order.ways:
                _on_the_map(running.travel, way.place)
            day = replace(running.day, orders=(*running.day.orders, order))
            return Applied(running=replace(running, day=day), homeless={order.id: Why.NEW})
        case Cancelled(order):
            return _cancelled(running, order)
        case Late(tour, seconds):
            if seconds < 1:
                raise ChangeImpossible("seconds", seconds, 1)
            return _with_progress(running, tour, _later(running, tour, seconds))
        case Broken(tour, place):
            return _broken(running, tour, place)
        case RoadClosed(travel):
            if travel.places < running.travel.places:
                raise ChangeImpossible("places", travel.places, running.travel.places)
            return Applied(running=replace(running, travel=travel), tours=frozenset(running.progress))
        case SiteFull(site):
            return _full(running, site)


def _on_the_map(travel: Travel, place: int) -> None:
    if not 0 <= place < travel.places:
        raise ChangeImpossible("places", travel.places, place + 1)


def _progress(running: Running, tour: str) -> Progress:
    if tour not in running.progress:
        raise UnknownTour(tour)
    if running.progress[tour].broken:
        raise TourBroken(tour)
    return running.progress[tour]


def _with_progress(running: Running, tour: str, progress: Progress) -> Applied:
    changed = replace(running, progress={**running.progress, tour: progress})
    return Applied(running=changed, tours=frozenset({tour}))


def _later(running: Running, tour: str, seconds: int) -> Progress:
    progress, planned = _progress(running, tour), running.tour(tour)
    from_s = progress.now_s
    if not progress.left and planned is not None:  # before it leaves, late means that it leaves later than planned
        from_s = max(from_s, planned.start_s)
    return replace(progress, now_s=from_s + seconds)


def _cancelled(running: Running, order: str) -> Applied:
    if not any(known.id == order for known in running.day.orders):
        raise UnknownOrder(order)
    if (order, LeftOut.CANCELLED) in running.plan.left_out:
        raise AlreadyCancelled(order)
    for shift in running.progress:
        if any(stop.order == order for stop in running.done(shift)):
            raise AlreadyServed(order, shift)
    tours = frozenset(tour.shift for tour in running.plan.tours if any(stop.order == order for stop in tour.stops))
    return Applied(running=running, homeless={order: Why.CANCELLED}, tours=tours, cancelled=order)


def _broken(running: Running, tour: str, place: int | None) -> Applied:
    progress, planned = _progress(running, tour), running.tour(tour)
    if place is not None:
        _on_the_map(running.travel, place)
    stops = () if planned is None else planned.stops[progress.stops_done :]
    told = replace(progress, broken=True, place=progress.place if place is None else place)
    found = _with_progress(running, tour, told)
    return replace(found, homeless={stop.order: Why.TAKEN_OVER for stop in stops})


def _full(running: Running, site: str) -> Applied:
    if not any(known.id == site for known in running.day.sites):
        raise UnknownSite(site)
    homeless, tours = {}, set()
    for tour in running.plan.tours:
        for stop in tour.stops[running.progress[tour.shift].stops_done :]:
            if stop.way.site == site:
                homeless[stop.order] = Why.SITE_FULL
                tours.add(tour.shift)
    return Applied(running=replace(running, full=running.full | {site}), homeless=homeless, tours=frozenset(tours))
