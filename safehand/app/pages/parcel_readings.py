"""One parcel as pages are given it: head, timeline, exceptions and log mark, all of one moment."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from safehand.custody.reading import CustodyReader, Found
from safehand.custody.timeline import Entry, EntryKind
from safehand.events.vocabulary import ExceptionState
from safehand.kernel.ids import UserId
from safehand.ledger.sequencer import newest_checkpoint
from safehand.parcels.model import Recipient
from safehand.store.database import Tx
from safehand.surfaces.views import ExceptionCase, LogMark, Numbers, ParcelHead


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelReading:
    """What the ledger says of one parcel."""

    head: ParcelHead
    lines: tuple[Entry, ...]
    cases: tuple[ExceptionCase, ...]
    log: LogMark | None

    def ids(self) -> Iterator[str | None]:
        """Every id and word that a page may want a name for."""
        yield from (self.head.merchant, self.head.custodian, self.head.recipient)
        yield from (case.owner for case in self.cases)
        for line in self.lines:
            yield from (line.giver, line.taker, line.by, line.place, line.recorded, line.told)


async def read_parcel(tx: Tx, reader: CustodyReader, found: Found) -> ParcelReading:
    """Read one parcel; of one moment if the transaction is (`repeatable_read`)."""
    lines = tuple(await reader.timeline(tx, found.parcel.parcel))
    return ParcelReading(head=head_of(found), lines=lines, cases=cases_of(found, lines), log=await _mark(tx, lines))


def head_of(found: Found) -> ParcelHead:
    """Where the parcel stands, with its numbers."""
    parcel, head = found.parcel, found.head
    return ParcelHead(
        parcel=parcel.parcel,
        shipment=parcel.shipment,
        merchant=parcel.merchant,
        recipient=parcel.recipient,
        promised_on=parcel.promised_on,
        state=head.state,
        reason=head.reason,
        custodian=head.custodian,
        seal=head.seal,
        sealed=head.sealed,
        since_ms=head.since_ms,
        numbers=Numbers(sscc=parcel.sscc, s10=parcel.s10, tracking=parcel.tracking),
    )


def cases_of(found: Found, lines: Sequence[Entry]) -> tuple[ExceptionCase, ...]:
    """The exceptions that the timeline tells of, oldest first: a decision shows in them as soon as it is recorded."""
    owners = {line.exception: line.told for line in lines if line.kind is EntryKind.ASSIGNMENT}
    closed = {line.exception for line in lines if line.kind is EntryKind.RESOLUTION}
    return tuple(
        ExceptionCase(
            exception=line.exception,
            parcel=found.parcel.parcel,
            tracking=found.parcel.tracking,
            kind=line.exception_kind,
            state=_state(line.exception in closed, line.exception in owners),
            opened_ms=line.received_ms,
            owner=UserId(owner) if (owner := owners.get(line.exception)) else None,
            recorded=line.recorded,
            told=line.told,
        )
        for line in lines
        if line.kind is EntryKind.EXCEPTION and line.exception is not None and line.exception_kind is not None
    )


def address_lines(to: Recipient, *, named: bool) -> tuple[str, ...]:
    """An address as it is written on paper; with the recipient's name if `named`."""
    address = (to.street, f"{to.postal_code} {to.city}")
    return (to.name, *address) if named else address


def _state(closed: bool, owned: bool) -> ExceptionState:
    if closed:
        return ExceptionState.RESOLVED
    return ExceptionState.ASSIGNED if owned else ExceptionState.OPEN


async def _mark(tx: Tx, lines: Sequence[Entry]) -> LogMark | None:
    covered = [line.position for line in lines if line.verified and line.position is not None]
    checkpoint = await newest_checkpoint(tx, None) if covered else None
    if checkpoint is None:
        return None
    root = base64.b64encode(checkpoint.root).decode("ascii")
    return LogMark(position=max(covered), size=checkpoint.size, root=root)
