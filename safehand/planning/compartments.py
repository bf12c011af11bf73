"""Who may count on a compartment of a locker, or on room at a pickup point, before routes are made. Pure.

The solver knows no limit of a place. So an order may be sent to a site only if it holds a place there: whatever the
solver then chooses, no site is overbooked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from safehand.planning.day import Order, Site

NO_OTHER_WAY = 1 << 60

type Sides = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Wish:
    """An order that could go to a site, and what that saves, in millicents. Without `sides_mm` it needs mere room."""

    order: int
    site: str
    saved: int
    sides_mm: Sides | None = None


def fits(sides: Sides | None, compartment: Sides) -> bool:
    """Whether a parcel goes in, turned as it may be. Of one whose sides nobody knows that is never sure."""
    if sides is None:
        return False
    return all(side <= room for side, room in zip(sorted(sides), sorted(compartment), strict=True))


def places_held(wishes: Sequence[Wish], sites: Sequence[Site]) -> set[tuple[int, str]]:
    """Pairs of order and site that hold a place, as many as there is room for, those that save most first.

    An order may hold a place at several sites; it will take one of them at most.

    Source
        Augmenting paths (Kuhn 1955) in the order of what is saved. The sets of orders that can be placed together are a
        transversal matroid (Edmonds and Fulkerson 1965), so taking them greedily saves the most that can be saved.
    """
    held: set[tuple[int, str]] = set()
    for site in sites:
        here = [wish for wish in wishes if wish.site == site.id and wish.saved > 0]
        here.sort(key=lambda wish: (-wish.saved, wish.order))
        placed = _in_compartments(here, site.compartments) if site.compartments else here[: site.room]
        held |= {(wish.order, site.id) for wish in placed}
    return held


def _in_compartments(wishes: Sequence[Wish], compartments: Sequence[Sides]) -> Iterable[Wish]:
    taken: dict[int, Wish] = {}
    for wish in wishes:
        _placed(wish, compartments, taken, set())
    return taken.values()


def _placed(wish: Wish, compartments: Sequence[Sides], taken: dict[int, Wish], tried: set[int]) -> bool:
    """Give this wish a compartment, moving others to other ones that fit them where that helps."""
    for number, compartment in enumerate(compartments):
        if number in tried or not fits(wish.sides_mm, compartment):
            continue
        tried.add(number)
        if number not in taken or _placed(taken[number], compartments, taken, tried):
            taken[number] = wish
            return True
    return False


def wishes_of(orders: Sequence[Order], price: Mapping[tuple[int, int], int], sides: Mapping[str, Sides]) -> list[Wish]:
    """Of every order and site what that saves against its dearest way that needs no site.

    Shapes
        price  of (order, number of its way): what that way costs, without the driving.
        sides  of a parcel, in millimetres, where they are known.
    An order that has no other way wishes most of all: without a place it is in no route.
    """
    found = []
    for at, order in enumerate(orders):
        others = [price[at, number] for number, way in enumerate(order.open_ways) if way.site is None]
        for number, way in enumerate(order.open_ways):
            if way.site is not None:
                saved = max(others) - price[at, number] if others else NO_OTHER_WAY
                found.append(Wish(at, way.site, saved, sides_of(order, sides)))
    return found


def sides_of(order: Order, sides: Mapping[str, Sides]) -> Sides | None:
    """The sides of all its parcels as one: of several, stacked on the shortest side."""
    known = [sides.get(parcel) for parcel in order.parcels]
    if not known or any(one is None for one in known):
        return None
    shapes = [sorted(one) for one in known if one is not None]
    return (sum(shape[0] for shape in shapes), max(shape[1] for shape in shapes), max(shape[2] for shape in shapes))
