"""What the planning room refuses."""

from safehand.kernel.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable, shown


class InstanceUnusable(Invalid):
    """A file with a routing problem cannot be read as a whole."""

    code = "planning.instance_unusable"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path=shown(path, 200), reason=shown(reason, 200))


class InstanceLineUnreadable(Invalid):
    """A line of a routing problem is not what its section asks for."""

    code = "planning.instance_line"

    def __init__(self, path: str, line: int, given: str, expected: str) -> None:
        super().__init__(path=shown(path, 200), line=line, given=shown(given), expected=expected)


class InstanceUnsupported(Invalid):
    """A routing problem asks for something that is not solved here: leaving it away would solve another problem."""

    code = "planning.instance_unsupported"

    def __init__(self, path: str, what: str) -> None:
        super().__init__(path=shown(path, 200), what=shown(what))


class InstanceTooLarge(TooLarge):
    """A routing problem is larger than is read."""

    code = "planning.instance_too_large"

    def __init__(self, path: str, what: str, most: int) -> None:
        super().__init__(path=shown(path, 200), what=what, most=most)


class SolutionUnreadable(Invalid):
    """A line of a solution cannot be read."""

    code = "planning.solution_line"

    def __init__(self, path: str, line: int, given: str, expected: str) -> None:
        super().__init__(path=shown(path, 200), line=line, given=shown(given), expected=expected)


class SolveOptionInvalid(Invalid):
    """An option of the solver is out of its range."""

    code = "planning.option"

    def __init__(self, option: str, given: str, expected: str) -> None:
        super().__init__(option=option, given=shown(given), expected=expected)


class NothingFound(Invalid):
    """No plan that keeps every limit was found in the time given."""

    code = "planning.nothing_found"

    def __init__(self, path: str, seconds: str) -> None:
        super().__init__(path=shown(path, 200), seconds=seconds)


class WorkersLost(Unavailable):
    """Processes that plan died again and again."""

    code = "planning.workers_lost"

    def __init__(self, pieces: int) -> None:
        super().__init__(pieces=pieces)


class DayUnusable(Invalid):
    """A file with a day to be planned cannot be used."""

    code = "planning.day_unusable"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path=shown(path, 200), reason=shown(reason, 300))


class PlanBroken(Invalid):
    """A plan of ours did not pass our own check: it is not given out."""

    code = "planning.plan_broken"

    def __init__(self, fault: str, what: str) -> None:
        super().__init__(fault=fault, what=shown(what))


class UnknownOrder(NotFound):
    """No such order is in that day."""

    code = "planning.unknown_order"

    def __init__(self, order: str) -> None:
        super().__init__(order=shown(order))


class UnknownTour(NotFound):
    """Nobody of that name drives that day."""

    code = "planning.unknown_tour"

    def __init__(self, tour: str) -> None:
        super().__init__(tour=shown(tour))


class UnknownSite(NotFound):
    """No such locker site or pickup point is in that day."""

    code = "planning.unknown_site"

    def __init__(self, site: str) -> None:
        super().__init__(site=shown(site))


class OrderKnown(Conflict):
    """A new order has the name of one that is in the day already."""

    code = "planning.order_known"

    def __init__(self, order: str) -> None:
        super().__init__(order=shown(order))


class AlreadyServed(Conflict):
    """An order is served already, so that nothing about it can be changed."""

    code = "planning.already_served"

    def __init__(self, order: str, tour: str) -> None:
        super().__init__(order=shown(order), tour=shown(tour))


class AlreadyCancelled(Conflict):
    """An order is called off already."""

    code = "planning.already_cancelled"

    def __init__(self, order: str) -> None:
        super().__init__(order=shown(order))


class TourBroken(Conflict):
    """A tour drives no more, so that nothing can happen to it."""

    code = "planning.tour_broken"

    def __init__(self, tour: str) -> None:
        super().__init__(tour=shown(tour))


class ProgressImpossible(Invalid):
    """What is told of a tour's progress is less than was told before, or more than it has to drive."""

    code = "planning.progress"

    def __init__(self, tour: str, what: str, given: int, least: int, most: int) -> None:
        super().__init__(tour=shown(tour), what=what, given=given, least=least, most=most)


class ChangeImpossible(Invalid):
    """A change says something that cannot be."""

    code = "planning.change"

    def __init__(self, what: str, given: int, least: int) -> None:
        super().__init__(what=what, given=given, least=least)


class UndoSuperseded(Conflict):
    """Another change came since: to undo the one before would lose it."""

    code = "planning.undo_superseded"


class UndoContradicted(Conflict):
    """A tour has driven what the plan before does not have."""

    code = "planning.undo_contradicted"

    def __init__(self, tour: str, order: str) -> None:
        super().__init__(tour=shown(tour), order=shown(order))
