"""What `/t/NUMBER` reads: a word and a day for anybody, the rest for whoever brings the parcel's link.

Every question asks for the number and for the link, whether or not the first is there: the time that an answer takes
does not tell which numbers exist. Only the right link makes it longer.
"""

from dataclasses import dataclass

from safehand.app.pages.names import Naming
from safehand.app.pages.parcel_readings import address_lines, read_parcel
from safehand.custody.glance import glance
from safehand.custody.reading import CustodyReader, Found
from safehand.events.vocabulary import State
from safehand.handover.pins import Pins
from safehand.identity.errors import LinkUnknown
from safehand.identity.guard import Guard
from safehand.identity.links import Links
from safehand.identity.model import Action
from safehand.kernel.clock import Clock
from safehand.kernel.errors import Invalid, Malformed
from safehand.kernel.ids import ParcelId
from safehand.labels.numbers import read_number
from safehand.ledger.receipts import Receipts
from safehand.store.database import Store, Tx
from safehand.surfaces.errors import NoSuchLink
from safehand.surfaces.views import EntryKind, PublicView, ReceiptFile, RecipientView

ENDED = frozenset({State.DELIVERED, State.CANCELLED, State.RETURNED})
"""Here a PIN is of no more use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkReading:
    """Fills `TrackingPages`."""

    store: Store
    reader: CustodyReader
    receipts: Receipts
    links: Links
    pins: Pins
    naming: Naming
    guard: Guard
    clock: Clock

    async def public(self, number: str) -> PublicView | None:
        """What the number alone shows. Errors: those of `read_number`."""
        read = read_number(number)
        async with self.store.transaction(readonly=True) as tx:
            found = await glance(tx, read)
        if found is None:
            return None
        return PublicView(tracking=found.tracking, state=found.state, promised_on=found.promised_on)

    async def opens(self, number: str, token: str) -> bool:
        """Whether this link's token opens this parcel."""
        return await self.parcel_of(number, token) is not None

    async def parcel_of(self, number: str, token: str) -> ParcelId | None:
        """The parcel that a link opens; None if it opens none, or another."""
        async with self.store.transaction(readonly=True) as tx:
            found = await self._opened(tx, number, token, Action.TRACKING_READ_PRIVATE)
        return found.parcel.parcel if found else None

    async def recipient(self, number: str, token: str) -> RecipientView | None:
        """The recipient's view."""
        async with self.store.transaction(isolation="repeatable_read", readonly=True) as tx:
            found = await self._opened(tx, number, token, Action.TRACKING_READ_PRIVATE)
            if found is None:
                return None
            reading = await read_parcel(tx, self.reader, found)
            to = await self.reader.parcels.recipient(tx, found.parcel)
            names = await self.naming.for_recipient(tx, reading.ids())
        return RecipientView(
            head=reading.head,
            # Who of the staff looks after what is not the recipient's business.
            entries=tuple(line for line in reading.lines if line.kind is not EntryKind.ASSIGNMENT),
            names=names,
            to_lines=address_lines(to, named=False) if to else (),
            pin=await self._pin(found),
            log=reading.log,
        )

    async def receipt(self, number: str, token: str) -> ReceiptFile:
        """The newest receipt.

        Errors
            NoSuchLink       the link does not open it, or there is no such number.
            ReceiptNotReady  none is checkpointed yet.
        """
        async with self.store.transaction(readonly=True) as tx:
            found = await self._opened(tx, number, token, Action.RECEIPT_READ)
            if found is None:
                raise NoSuchLink
            facts = await self.reader.ledger.read(tx, found.parcel.parcel)
        at, body = await self.receipts.make(found.parcel.parcel, facts, None)
        return ReceiptFile(body, f"{found.parcel.tracking}-{at}.tlog-proof")

    async def _opened(self, tx: Tx, number: str, token: str, action: Action) -> Found | None:
        """The parcel, if the number is its and the link lets its holder do this."""
        try:
            read = read_number(number)
        except (Malformed, Invalid):
            return None
        seen = await glance(tx, read)
        try:
            holder = await self.links.find(tx, token, self.clock.now_ms())
        except LinkUnknown:
            return None
        if seen is None or holder.parcel != seen.parcel:
            return None
        found = await self.reader.find(tx, seen.parcel)
        return found if self.guard.may(holder, action, found.for_asker(holder)) else None

    async def _pin(self, found: Found) -> str | None:
        """The PIN while it is of use. It is made when first asked for, so this transaction writes."""
        parcel, head = found.parcel, found.head
        if head.state in ENDED or head.custodian == parcel.recipient:
            return None
        async with self.store.transaction() as tx:
            return await self.pins.of(tx, parcel.parcel, parcel.recipient)
