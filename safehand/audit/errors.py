"""Refusals of the audit."""

from safehand.kernel.errors import Conflict, Invalid, NotFound, SafehandError


class NoSuchFinding(NotFound):
    """There is no finding with that id."""

    code = "audit.no_such_finding"

    def __init__(self, finding: str) -> None:
        super().__init__(finding=finding[:40])


class FindingClosed(Conflict):
    """The finding is not open any more."""

    code = "audit.finding_closed"

    def __init__(self, finding: str, state: str) -> None:
        super().__init__(finding=finding, state=state)


class ReasonMissing(Invalid):
    """Nobody answers for a finding without saying why."""

    code = "audit.reason_missing"

    def __init__(self, at_most: int) -> None:
        super().__init__(at_most=at_most)


class DayImpossible(Invalid):
    """The day lies in the past or too far away."""

    code = "audit.day_impossible"

    def __init__(self, given: str, at_most_days: int) -> None:
        super().__init__(given=given[:40], at_most_days=at_most_days)


class OwnerUnable(Invalid):
    """The owner could not close a finding."""

    code = "audit.owner_unable"


class AdvisoriesUnreadable(SafehandError):
    """The advisory folder, or a file in it, is not what it should be."""

    code = "audit.advisories_unreadable"

    def __init__(self, file: str, why: str) -> None:
        super().__init__(file=file[-200:], why=why[:200])
