"""Lists: rows of the overview as pages are given them."""

from collections.abc import Iterable, Iterator, Sequence

from safehand.custody.overview import Case, Moved, Round, Standing
from safehand.identity.model import Resource
from safehand.identity.reach import Reach
from safehand.kernel.ids import ExceptionId
from safehand.surfaces.views import ExceptionCase, Holding, Movement, ParcelRow

ANY_CASE = ExceptionId("any")


def movements_within(reach: Reach, rows: Sequence[Moved]) -> tuple[Movement, ...]:
    """The movements of parcels whose timeline the viewer may read."""
    seen = (Resource.parcel(row.parcel, merchant=row.merchant, custodian=row.custodian) for row in rows)
    return tuple(movement_of(row) for row, about in zip(rows, seen, strict=True) if reach.admits(about))


def rows_of(cases: Reach, rows: Iterable[Standing]) -> tuple[ParcelRow, ...]:
    """Parcels; their exceptions are counted where those are within the viewer's reach too."""
    return tuple(
        row_of(
            row,
            with_cases=cases.admits(Resource.exception(ANY_CASE, merchant=row.merchant, custodian=row.custodian)),
        )
        for row in rows
    )


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
