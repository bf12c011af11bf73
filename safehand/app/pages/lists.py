"""Lists: rows of the overview as pages are given them, without those that the viewer may not see."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from safehand.custody.overview import Case, Moved, Round, Standing
from safehand.identity.guard import Guard
from safehand.identity.model import Action, Principal, Resource
from safehand.kernel.ids import ExceptionId, PartyId
from safehand.surfaces.views import ExceptionCase, Holding, Movement, ParcelRow

NOBODYS = PartyId("")
ANY_CASE = ExceptionId("any")


@dataclass(slots=True)
class Reach:
    """How far one viewer sees. Rows are judged one by one; equal questions are asked once."""

    guard: Guard
    me: Principal
    _asked: dict[tuple[Action, PartyId, PartyId | None], bool] = field(default_factory=dict)

    @property
    def held_by(self) -> PartyId | None:
        """The party to whose parcels the viewer's exceptions are confined; None if they are not."""
        return None if self._case(NOBODYS, None) else self.me.party

    @property
    def has_cases(self) -> bool:
        """Whether there can be any exception that the viewer sees."""
        return self._case(NOBODYS, None) or (self.me.party is not None and self._case(NOBODYS, self.me.party))

    def cases(self, rows: Iterable[Case]) -> tuple[ExceptionCase, ...]:
        """The exceptions that the viewer may see."""
        return tuple(case_of(row) for row in rows if self._case(row.merchant, row.custodian))

    def movements(self, rows: Iterable[Moved]) -> tuple[Movement, ...]:
        """The movements of parcels whose timeline the viewer may read."""
        return tuple(movement_of(row) for row in rows if self._parcel(Action.CUSTODY_READ, row))

    def parcels(self, rows: Iterable[Standing]) -> tuple[ParcelRow, ...]:
        """The parcels that the viewer may see; exceptions are counted where those may be seen too."""
        return tuple(
            row_of(row, with_cases=self._case(row.merchant, row.custodian))
            for row in rows
            if self._parcel(Action.PARCEL_READ, row)
        )

    def _parcel(self, action: Action, row: Moved | Standing) -> bool:
        about = Resource.parcel(row.parcel, merchant=row.merchant, custodian=row.custodian)
        return self._may(action, about)

    def _case(self, merchant: PartyId, custodian: PartyId | None) -> bool:
        return self._may(Action.EXCEPTION_READ, Resource.exception(ANY_CASE, merchant=merchant, custodian=custodian))

    def _may(self, action: Action, about: Resource) -> bool:
        """No policy about staff names one parcel or exception: what counts is its merchant and its custodian."""
        question = (action, about.merchant or NOBODYS, about.custodian)
        if question not in self._asked:
            self._asked[question] = self.guard.may(self.me, action, about)
        return self._asked[question]


def case_of(row: Case) -> ExceptionCase:
    """An exception in a list."""
    return ExceptionCase(
        exception=row.exception,
        parcel=row.parcel,
        tracking=row.tracking,
        kind=row.kind,
        state=row.state,
        opened_ms=row.opened_ms,
        owner=row.owner,
        recorded=row.recorded,
        told=row.told,
    )


def movement_of(row: Moved) -> Movement:
    """A movement: its own state, or where the parcel stands if it tells none."""
    return Movement(parcel=row.parcel, tracking=row.tracking, state=row.line.state or row.state, entry=row.line)


def row_of(row: Standing, *, with_cases: bool) -> ParcelRow:
    """A parcel in a list."""
    return ParcelRow(
        parcel=row.parcel,
        tracking=row.tracking,
        state=row.state,
        reason=row.reason,
        custodian=row.custodian,
        since_ms=row.since_ms,
        promised_on=row.promised_on,
        exceptions=row.exceptions if with_cases else 0,
    )


def holding_of(row: Round) -> Holding:
    """What one driver has."""
    return Holding(party=row.party, holding=row.holding, delivered=row.delivered, attempted=row.attempted)


def case_ids(rows: Iterable[ExceptionCase]) -> Iterator[str | None]:
    """What may want a name in a list of exceptions."""
    for row in rows:
        yield from (row.owner, row.recorded, row.told)


def movement_ids(rows: Iterable[Movement]) -> Iterator[str | None]:
    """What may want a name in a list of movements."""
    for row in rows:
        line = row.entry
        yield from (line.giver, line.taker, line.by, line.place, line.recorded, line.told)
