"""What people decide: who looks after an exception, how it ends, and what is corrected. Always as new facts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from safehand.custody import model
from safehand.custody.commands import gather, in_one_go
from safehand.custody.errors import (
    CustodianUnchanged,
    ExceptionClosed,
    NoSuchException,
    NoSuchParcel,
    NotASealException,
    NotCancellable,
    SealAlreadyUsed,
)
from safehand.custody.exceptions import one
from safehand.custody.head import Head, OpenException, is_aggregate
from safehand.custody.model import Told
from safehand.custody.offers import overdue
from safehand.custody.ports import Announcer
from safehand.custody.sitting import Sitting
from safehand.custody.stages import limits, stalled, standing_still
from safehand.events.custody import CustodyCorrected, ExceptionAssigned, ExceptionResolved, SealOverridden
from safehand.events.event import Event
from safehand.events.parcels import ParcelCancelled
from safehand.events.statement import Reported, handover_id
from safehand.events.vocabulary import ExceptionKind, Reason, Resolution, State
from safehand.kernel.clock import Clock
from safehand.kernel.ids import DeviceId, ExceptionId, ParcelId, PartyId, UserId
from safehand.ledger.ledger import Ledger
from safehand.store.database import Store, Tx

SEAL_KINDS = frozenset(
    {ExceptionKind.SEAL_MISMATCH, ExceptionKind.SEAL_MISSING, ExceptionKind.SEAL_REUSED, ExceptionKind.SEAL_UNISSUED}
)


@dataclass(frozen=True, slots=True)
class DecisionDesk:
    """Records decisions of people in a session; `by` is who decided."""

    store: Store
    ledger: Ledger
    clock: Clock
    announcer: Announcer

    async def cancel(self, parcel: ParcelId, merchant: PartyId, reason: Reason) -> int:
        """The merchant withdraws a parcel that it still holds; the `seq` of the fact.

        Errors
            NoSuchParcel    the parcel is not this merchant's.
            NotCancellable  it has left the merchant's hands, or is cancelled already.
        """
        now_ms = self.clock.now_ms()

        def decide(head: Head) -> list[Event]:
            if head.merchant != merchant:
                raise NoSuchParcel(parcel)
            if head.custodian != merchant or head.state is not State.CREATED:
                raise NotCancellable(parcel, head.state)
            return [ParcelCancelled(at_ms=now_ms, received_ms=now_ms, by=merchant, parcel=parcel, reason=reason)]

        return await self._append(parcel, decide)

    async def assign(self, exception: ExceptionId, owner: UserId, by: UserId) -> int:
        """From now on `owner` looks after the exception."""
        now_ms = self.clock.now_ms()

        def decide(head: Head) -> list[Event]:
            _open(head, exception)
            return [
                ExceptionAssigned(
                    at_ms=now_ms, received_ms=now_ms, by=by, exception=exception, parcel=head.parcel, owner=owner
                )
            ]

        return await self._append(await self._parcel_of(exception), decide)

    async def resolve(self, exception: ExceptionId, resolution: Resolution, by: UserId) -> int:
        """Close an exception that needs no new custodian and no new seal."""
        now_ms = self.clock.now_ms()

        def decide(head: Head) -> list[Event]:
            _open(head, exception)
            return [_resolved(head, exception, resolution, by, now_ms)]

        return await self._append(await self._parcel_of(exception), decide)

    async def override_seal(self, exception: ExceptionId, seal: str, by: UserId) -> int:
        """A supervisor read the seal again: `seal` is on record from now on, and the exception is closed.

        Errors
            NotASealException  the exception is about something else.
            SealAlreadyUsed    the serial belongs to another parcel.
        """
        now_ms = self.clock.now_ms()

        def decide(head: Head) -> list[Event]:
            if (kind := _open(head, exception).kind) not in SEAL_KINDS:
                raise NotASealException(exception, kind)
            override = SealOverridden(
                at_ms=now_ms,
                received_ms=now_ms,
                by=by,
                parcel=head.parcel,
                seal=seal,
                recorded=head.seal,
                exception=exception,
                by_user=by,
            )
            return [override, _resolved(head, exception, Resolution.OVERRIDDEN, by, now_ms)]

        parcel = await self._parcel_of(exception)
        async with self.store.transaction() as tx:
            seq = await self._append_in(tx, parcel, decide)
            await _bind_seal(tx, seal, parcel, by, now_ms)
            return seq

    async def correct(self, exception: ExceptionId, custodian: PartyId, state: State, by: UserId) -> int:
        """A person records who really holds the parcel; nothing earlier is changed.

        Where a waiting handover to `custodian` tells the same, the correction takes its id, so that what
        continues from it can take effect.
        Errors
            CustodianUnchanged  the record names this custodian already.
        """
        now_ms = self.clock.now_ms()

        def decide(head: Head) -> list[Event]:
            _open(head, exception)
            if custodian == head.custodian:
                raise CustodianUnchanged(head.parcel, custodian)
            adopted = next((offer for offer in head.offers.values() if offer.taker == custodian), None)
            derived = handover_id(head.last_handover, head.custodian, head.parcel, custodian)
            correction = CustodyCorrected(
                at_ms=now_ms,
                received_ms=now_ms,
                by=by,
                parcel=head.parcel,
                handover=adopted.handover if adopted else derived,
                after=head.last_handover,
                giver=head.custodian,
                taker=custodian,
                state=state,
                exception=exception,
                by_user=by,
            )
            return [correction, _resolved(head, exception, Resolution.CORRECTED, by, now_ms)]

        return await self._append(await self._parcel_of(exception), decide)

    async def open_overdue(self) -> int:
        """Open an exception for each handover that has waited too long for the one before it; how many."""
        now_ms = self.clock.now_ms()
        async with self.store.transaction() as tx:
            waiting = await overdue(tx, now_ms)
        opened = 0
        for parcel, handover in waiting:
            opened += await self._append(ParcelId(parcel), lambda head, h=handover: _overdue(head, h, now_ms)) > 0  # type: ignore[misc]
        return opened

    async def open_stalled(self) -> int:
        """Open an exception for each parcel that has stood still for longer than its stage allows; how many."""
        now_ms = self.clock.now_ms()
        async with self.store.transaction() as tx:
            allowed = await limits(tx)
            waiting = await standing_still(tx, now_ms)
        opened = 0
        for parcel in waiting:
            opened += await self._append(ParcelId(parcel), lambda head: stalled(head, allowed, now_ms)) > 0
        return opened

    async def _parcel_of(self, exception: ExceptionId) -> ParcelId:
        async with self.store.transaction() as tx:
            row = await one(tx, exception)
        if row is None:
            raise NoSuchException(exception)
        return row.parcel

    async def _append(self, parcel: ParcelId, decide: Callable[[Head], Sequence[Event]]) -> int:
        return await in_one_go(self.store, lambda tx: self._append_in(tx, parcel, decide))

    async def _append_in(self, tx: Tx, parcel: ParcelId, decide: Callable[[Head], Sequence[Event]]) -> int:
        """Load, decide, append, for the contents of a cage too; the `seq` of the first fact, 0 if nothing follows."""
        heads, contents = await gather(tx, self.ledger, [parcel], {parcel} if is_aggregate(parcel) else ())
        if parcel not in heads:
            raise NoSuchParcel(parcel)
        desk = Sitting(heads, contents, self.clock.now_ms())
        desk.decide(parcel, list(decide(heads[parcel])))
        if parcel not in desk.facts:
            return 0
        await desk.append(tx, self.ledger)
        tx.after_commit(lambda: self.announcer.moved(list(desk.facts)))
        return desk.seqs[parcel][0]


def _overdue(head: Head, handover: str, now_ms: int) -> list[Event]:
    offer = head.offers.get(handover)
    if offer is None:
        return []
    half = offer.halves[0]
    said = Reported(
        device=DeviceId(half.device), sequence=half.sequence, at_ms=half.at_ms, parcel=head.parcel, party=offer.giver
    )
    return model.overdue(head, handover, Told(said=said, cause=half.cause, received_ms=now_ms))


def _open(head: Head, exception: ExceptionId) -> OpenException:
    opened = head.exceptions.get(exception)
    if opened is None:  # it is one of this parcel's, and no more among the open ones
        raise ExceptionClosed(exception)
    return opened


def _resolved(head: Head, exception: ExceptionId, how: Resolution, by: UserId, now_ms: int) -> ExceptionResolved:
    return ExceptionResolved(
        at_ms=now_ms,
        received_ms=now_ms,
        by=by,
        exception=exception,
        parcel=head.parcel,
        resolution=how,
        by_user=by,
    )


async def _bind_seal(tx: Tx, seal: str, parcel: ParcelId, by: UserId, now_ms: int) -> None:
    rows = await tx.fetch(
        "INSERT INTO seals (serial, party, issued_ms, parcel) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (serial) DO UPDATE SET parcel = coalesce(seals.parcel, excluded.parcel) RETURNING parcel",
        seal,
        by,
        now_ms,
        parcel,
    )
    if rows[0]["parcel"] != parcel:
        raise SealAlreadyUsed(seal, rows[0]["parcel"])
