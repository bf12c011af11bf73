"""What a depot refuses."""

from safehand.kernel.errors import Invalid, NotFound


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
