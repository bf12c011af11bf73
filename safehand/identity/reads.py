"""Reads: who looked at whose private data. A row is written in the transaction of the read, or nothing is shown.

The table is append-only: neither the application nor whoever holds its password takes a row back. A recipient who opens
their own parcel looks at what is theirs and leaves no row.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from safehand.identity.actions import Action
from safehand.identity.model import Principal, PrincipalKind
from safehand.identity.pages import PAGE_MAX
from safehand.kernel.ids import ParcelId, PersonId
from safehand.store.database import Tx

APPEND_ONLY = ("reads",)
WHY_CHARS_MAX = 64


@dataclass(frozen=True, slots=True)
class Read:
    """Who reads, what the policies let them do, and whose data it is; `why` names a grant or a request by its id."""

    reader: Principal
    action: Action
    person: PersonId
    parcel: ParcelId | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One row, as it is shown to whom it concerns."""

    read: int
    at_ms: int
    reader: str
    reader_kind: PrincipalKind
    party: str | None
    action: str
    person: str
    parcel: str | None
    why: str | None


async def note_read(tx: Tx, read: Read, now_ms: int) -> None:
    """Put on record that this is read. If it cannot be, this raises, and the caller shows nothing."""
    await note_reads(tx, [read], now_ms)


async def note_reads(tx: Tx, reads: Sequence[Read], now_ms: int) -> None:
    """The same for many at once."""
    rows = [
        (
            now_ms,
            read.reader.id,
            read.reader.kind.value,
            read.reader.party,
            read.action.value,
            read.person,
            read.parcel,
            read.why[:WHY_CHARS_MAX] if read.why else None,
        )
        for read in reads
        if not (read.reader.kind is PrincipalKind.RECIPIENT and read.reader.person == read.person)
    ]
    if rows:
        columns = ("at_ms", "reader", "reader_kind", "party", "action", "person", "parcel", "why")
        await tx.copy("reads", columns, rows)


async def looks_at(tx: Tx, persons: Sequence[PersonId], after: int = 0) -> list[Look]:
    """Who looked at these persons' data, oldest first, from behind `after`; PAGE_MAX at most."""
    rows = await tx.fetch(
        "SELECT * FROM reads WHERE person = ANY($1) AND read > $2 ORDER BY read LIMIT $3",
        list(persons),
        after,
        PAGE_MAX,
    )
    return [Look(**{**dict(row.items()), "reader_kind": PrincipalKind(row["reader_kind"])}) for row in rows]
