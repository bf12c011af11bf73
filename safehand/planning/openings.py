"""Which ways are open to an order while a day runs: no site that is full, none that others have taken. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from safehand.planning.compartments import NO_OTHER_WAY, Sides, Wish, places_held, sides_of
from safehand.planning.day import Order, Way
from safehand.planning.drafts import Draft, Serve
from safehand.planning.modelling import priced
from safehand.planning.running import Running


def open_ways(
    running: Running, drafts: Iterable[Draft], wanting: Sequence[Order], sides: Mapping[str, Sides]
) -> dict[str, tuple[Way, ...]]:
    """Of these orders the ways that all of them can take at once without overbooking any site, by the order's id.

    Whoever is bound for a site, or was left there, keeps its place. A recipient's choice comes first; if its sites are
    full the other ways are looked at.
    """
    by_id = {order.id: order for order in running.day.orders}
    taken = _taken(running, drafts)
    numbers = {order: number for number, order in enumerate(dict.fromkeys([*taken, *(one.id for one in wanting)]))}
    wishes = [
        Wish(numbers[order], site, 2 * NO_OTHER_WAY, sides_of(by_id[order], sides)) for order, site in taken.items()
    ]
    sites = [site for site in running.day.sites if site.id not in running.full]
    for order in wanting:
        prices = [priced(running.day, order, way) for way in order.ways if way.site is None]
        for way in order.ways:
            if way.site is not None and taken.get(order.id) != way.site:
                saved = max(max(prices) - priced(running.day, order, way), 1) if prices else NO_OTHER_WAY
                wishes.append(Wish(numbers[order.id], way.site, saved, sides_of(order, sides)))
    held = places_held(wishes, sites)
    return {
        order.id: _open(running, order, {site for number, site in held if number == numbers[order.id]})
        for order in wanting
    }


def _taken(running: Running, drafts: Iterable[Draft]) -> dict[str, str]:
    """The site of every order that is bound for one or was brought to one."""
    found = {}
    for draft in drafts:
        ways = [(stop.order, stop.way) for stop in running.done(draft.shift.id)]
        ways += [(item.order.id, item.way) for item in draft.items if isinstance(item, Serve)]
        found.update({order: way.site for order, way in ways if way.site is not None})
    return found


def _open(running: Running, order: Order, sites: set[str]) -> tuple[Way, ...]:
    def fits(way: Way) -> bool:
        return way.place not in running.day.off_the_map and (way.site is None or way.site in sites)

    return tuple(filter(fits, order.open_ways)) or tuple(filter(fits, order.ways))
