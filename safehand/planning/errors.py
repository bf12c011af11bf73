"""What the planning room refuses."""

from safehand.kernel.errors import Invalid, TooLarge, Unavailable, shown


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
