"""The audit's port, filled with a few findings."""

from dataclasses import dataclass, field, replace

from safehand.audit.access import Access
from safehand.audit.errors import FindingClosed, NoSuchFinding
from safehand.audit.model import DAY_MS, Finding, FindingKind, FindingState, Seen, Severity, Step, StepKind, seen_now
from safehand.identity.actions import Action
from safehand.identity.model import Role
from safehand.kernel.ids import UserId
from safehand.surfaces.findings import FindingList, FindingView
from safehand.surfaces.views import Staff
from tests.surfaces import day

NAMES = {day.RITVA: "Ritva Salo"}


def _found(kind: FindingKind, about: str, severity: Severity, days_ago: int, **params: str | int) -> Finding:
    then_ms = day.NOW_MS - days_ago * DAY_MS
    seen = Seen(kind=kind, about=about, severity=severity, since_ms=then_ms, params=params)
    return seen_now(None, seen, then_ms)[0]


KEY = _found(FindingKind.KEY_UNUSED, "key_1", Severity.MEDIUM, 3, label="till <1>", merchant="Kirjakauppa", days=120)
FAULT = _found(
    FindingKind.COMPONENT_FAULTY, "x", Severity.HIGH, 9, component="jinja2", version="3.1.4", advisory="GHSA-aaaa",
    mended="3.1.5",
)  # fmt: skip
QUIET = replace(
    _found(FindingKind.DEVICE_STALE, "dev_1", Severity.MEDIUM, 20, label="scanner", days=80),
    state=FindingState.ACCEPTED,
    accepted_until_ms=day.NOW_MS + 30 * DAY_MS,
    closed_ms=day.NOW_MS,
    closed_by=day.RITVA,
    note="in repair",
)
OPEN_KEY, CLOSED_DEVICE = KEY.id, QUIET.id


@dataclass
class Findings:
    """Findings in memory; what was decided is noted."""

    by_id: dict[str, Finding] = field(default_factory=lambda: {one.id: one for one in (KEY, FAULT, QUIET)})
    said: list[tuple[object, ...]] = field(default_factory=list)
    reads_only: bool = False

    async def findings(self, viewer: Staff, state: FindingState | None, late: bool, after: str) -> FindingList:
        wanted = state or FindingState.OPEN
        rows = [one for one in self.by_id.values() if one.state is wanted and (not late or one.overdue(day.NOW_MS))]
        counts = {state: sum(one.state is state for one in self.by_id.values()) for state in FindingState}
        rows.sort(key=lambda one: one.due_ms)
        return FindingList(rows=tuple(rows), names=NAMES, counts=counts, more="1-x" if rows and not after else "")

    async def finding(self, viewer: Staff, id: str) -> FindingView:
        if id not in self.by_id:
            raise NoSuchFinding(id)
        steps = (
            Step(finding=id, kind=StepKind.OWNED, at_ms=day.NOW_MS, by=day.RITVA, note=day.RITVA),
            Step(finding=id, kind=StepKind.DUE, at_ms=day.NOW_MS, by=day.RITVA, note=str(day.NOW_MS + DAY_MS)),
            Step(finding=id, kind=StepKind.OPENED, at_ms=day.NOW_MS - DAY_MS),
        )
        owners = () if self.reads_only else ((day.RITVA, "Ritva Salo"),)
        return FindingView(finding=self.by_id[id], steps=steps, names=NAMES, owners=owners)

    async def access(self, viewer: Staff) -> tuple[Access, ...]:
        both = frozenset({Action.USER_CREATE, Action.PARCEL_READ_PRIVATE})
        return (
            Access(day.RITVA, "ritva", None, frozenset({Role.SECURITY}), frozenset({Action.PARCEL_READ_PRIVATE})),
            Access(day.RITVA, "boss", None, frozenset({Role.ADMIN, Role.CLAIMS}), both),
        )

    async def own(self, viewer: Staff, id: str, owner: UserId) -> None:
        self._decide("own", id, owner)

    async def due(self, viewer: Staff, id: str, day_ms: int) -> None:
        self._decide("due", id, day_ms)

    async def accept(self, viewer: Staff, id: str, reason: str, day_ms: int) -> None:
        self._decide("accept", id, reason, day_ms)

    async def fixed(self, viewer: Staff, id: str, how: str) -> None:
        self._decide("fixed", id, how)

    def _decide(self, what: str, id: str, *said: object) -> None:
        if self.by_id[id].state is not FindingState.OPEN:
            raise FindingClosed(id, self.by_id[id].state.value)
        self.said.append((what, id, *said))
