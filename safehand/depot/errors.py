"""What a depot refuses."""

from safehand.kernel.errors import Conflict, Invalid, NotFound


class BadCursor(Invalid):
    """`after` is not the `next` of an answer."""

    code = "depot.bad_cursor"

    def __init__(self, after: str) -> None:
        super().__init__(after=after)


class BadRoute(Invalid):
    """The name of a route does not fit."""

    code = "depot.bad_route"

    def __init__(self, route: str) -> None:
        super().__init__(route=route)


class NotADriver(Invalid):
    """Routes are driven by drivers."""

    code = "depot.not_a_driver"

    def __init__(self, party: str) -> None:
        super().__init__(party=party)


class RouteUnassigned(NotFound):
    """Nobody drives that route on that day."""

    code = "depot.route_unassigned"

    def __init__(self, route: str, day: str) -> None:
        super().__init__(route=route, day=day)


class DayTooFar(Invalid):
    """The day is further from today than a plan or a look back goes."""

    code = "depot.day_too_far"

    def __init__(self, day: str, days: int) -> None:
        super().__init__(day=day, days=days)


class NothingToPrint(Conflict):
    """A run sheet without a stop would be an empty page."""

    code = "depot.nothing_to_print"

    def __init__(self, route: str, day: str) -> None:
        super().__init__(route=route, day=day)


class TooMuchForPaper(Invalid):
    """More rows than anybody would write on."""

    code = "depot.too_much_for_paper"

    def __init__(self, most: int) -> None:
        super().__init__(most=most)


class NothingMissed(Conflict):
    """The parcel's way has ended: no card is left for it."""

    code = "depot.nothing_missed"

    def __init__(self, number: str) -> None:
        super().__init__(number=number)


class NoCounter(Conflict):
    """Nobody knows at which depot the parcel could be collected."""

    code = "depot.no_counter"

    def __init__(self, number: str) -> None:
        super().__init__(number=number)


class NotOnFloor(NotFound):
    """The depot has nothing to do with that parcel."""

    code = "depot.not_on_floor"

    def __init__(self, number: str) -> None:
        super().__init__(number=number)


class KeyedHere(Conflict):
    """It is written that a parcel came, and by the record it is here."""

    code = "depot.keyed_here"

    def __init__(self, number: str) -> None:
        super().__init__(number=number)


class KeyedElsewhere(Conflict):
    """It is written that something was done with a parcel here, and by the record it is not here."""

    code = "depot.keyed_elsewhere"

    def __init__(self, number: str) -> None:
        super().__init__(number=number)


class KeyedNoRoute(Invalid):
    """It is written that a parcel was loaded, and not onto what."""

    code = "depot.keyed_no_route"

    def __init__(self, number: str) -> None:
        super().__init__(number=number)
