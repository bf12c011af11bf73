"""What `/t/NUMBER` reads: a word and a day for anybody, the rest for whoever brings the parcel's link.

A number that no parcel bears is looked up and judged like any other: the time that an answer takes does not tell which
numbers exist. Only the right link makes it longer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from safehand.app.pages.names import Naming
from safehand.app.pages.parcel_readings import address_lines, read_parcel
from safehand.custody.glance import Glance, glance
from safehand.custody.reading import CustodyReader, Found
from safehand.custody.timeline import EntryKind
from safehand.events.vocabulary import AT_REST, State
from safehand.handover.links import LinkDesk
from safehand.handover.pins import Pins
from safehand.identity.actions import Action
from safehand.identity.errors import LinkUnknown
from safehand.identity.guard import Guard
from safehand.identity.links import RECIPIENT, Links
from safehand.identity.model import Principal, Resource
from safehand.kernel.clock import Clock
from safehand.kernel.errors import Invalid, Malformed
from safehand.kernel.ids import ParcelId, PartyId
from safehand.labels.numbers import read_number
from safehand.ledger.receipts import Receipts
from safehand.privacy import requests
from safehand.risk import cells
from safehand.risk.contests import PARCEL_MAX, ContestDesk
from safehand.store.database import Store, Tx
from safehand.surfaces.errors import NoSuchLink
from safehand.surfaces.risks import ChangedView
from safehand.surfaces.views import DataWish, PublicView, ReceiptFile, RecipientView

"""Here a PIN is of no more use."""
NO_PARCEL = Glance(
    parcel=ParcelId("none"),
    merchant=PartyId(""),
    custodian=PartyId(""),
    state=State.CREATED,
    promised_on=date.min,
)
"""Stands in for a number that no parcel bears when the policies are asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkReading:
    """Fills `TrackingPages`."""

    store: Store
    reader: CustodyReader
    receipts: Receipts
    links: Links
    pins: Pins
    desk: LinkDesk
    naming: Naming
    guard: Guard
    clock: Clock
    heard: ContestDesk

    async def look(self, me: Principal, number: str) -> RecipientView | PublicView | None:
        """What this asker may see of the parcel. Errors: those of `read_number`."""
        read = read_number(number)
        async with self.store.transaction(isolation="repeatable_read", readonly=True) as tx:
            seen = await glance(tx, read)
            if self._may(me, Action.TRACKING_READ_PRIVATE, seen) and seen is not None:
                found = await self.reader.find(tx, seen.parcel)
                view = await self._theirs(tx, me, found)
            else:
                return None if seen is None else PublicView(state=seen.state, promised_on=seen.promised_on)
        return replace(view, pin=await self._pin(found))

    async def opens(self, number: str, token: str) -> bool:
        """Whether this link's token opens this parcel."""
        try:
            read = read_number(number)
        except (Malformed, Invalid):
            return False
        async with self.store.transaction() as tx:
            seen = await glance(tx, read)
            try:
                holder = await self.links.find(tx, token, self.clock.now_ms())
            except LinkUnknown:
                return False
        return self._may(holder, Action.TRACKING_READ_PRIVATE, seen)

    async def followed(self, me: Principal, number: str) -> ParcelId:
        """The parcel that the asker's link lets them follow. Errors: NoSuchLink."""
        async with self.store.transaction(readonly=True) as tx:
            return (await self._theirs_only(tx, me, Action.TRACKING_READ_PRIVATE, number)).parcel

    async def receipt(self, me: Principal, number: str) -> ReceiptFile:
        """The newest receipt.

        Errors
            NoSuchLink       the link does not open it, or there is no such number.
            ReceiptNotReady  none is checkpointed yet.
        """
        async with self.store.transaction(readonly=True) as tx:
            seen = await self._theirs_only(tx, me, Action.RECEIPT_READ, number)
            found = await self.reader.find(tx, seen.parcel)
            facts = await self.reader.ledger.read(tx, seen.parcel)
        at, body = await self.receipts.make(seen.parcel, facts, None)
        return ReceiptFile(body, f"{found.parcel.tracking}-{at}.tlog-proof")

    async def leaked(self, me: Principal, number: str) -> None:
        """Every link to the parcel dies, its PIN too, and a new one is wanted. Errors: NoSuchLink."""
        async with self.store.transaction() as tx:
            seen = await self._theirs_only(tx, me, Action.LINK_REVOKE, number)
            await self.desk.revoke(tx, await self.reader.find(tx, seen.parcel), RECIPIENT)

    async def wishes(self, me: Principal, number: str) -> Mapping[DataWish, int]:
        """What the asker wants done with their data and nobody has decided yet. Errors: NoSuchLink."""
        async with self.store.transaction(readonly=True) as tx:
            seen = await self._theirs_only(tx, me, Action.PRIVACY_ASK, number)
            found = await self.reader.find(tx, seen.parcel)
            waiting = await requests.open_of(tx, found.parcel.recipient)
        return {DataWish(one.wish.value): one.asked_ms for one in waiting}

    async def wish(self, me: Principal, number: str, wish: DataWish) -> None:
        """Note it; a person decides. Errors: NoSuchLink."""
        async with self.store.transaction() as tx:
            seen = await self._theirs_only(tx, me, Action.PRIVACY_ASK, number)
            found = await self.reader.find(tx, seen.parcel)
            asked = requests.Wish(wish.value)
            await requests.ask(tx, found.parcel.recipient, seen.parcel, asked, self.clock.now_ms())

    async def changed(self, me: Principal, number: str) -> ChangedView:
        """What rates did to the asker's own parcel, and what was said of it. Errors: NoSuchLink."""
        async with self.store.transaction(readonly=True) as tx:
            seen = await self._theirs_only(tx, me, Action.RISK_OBJECT, number)
            effects = await cells.effects_on(tx, seen.parcel)
            made = await self.heard.theirs(tx, seen.parcel)
        waits = any(one.upheld is None for one in made)
        return ChangedView(
            effects=tuple(effects),
            contests=tuple(made),
            open=bool(effects) and not waits and len(made) < PARCEL_MAX,
        )

    async def object(self, me: Principal, number: str, words: str) -> None:
        """Contest it; a person decides. Errors: NoSuchLink, NoEffect, ContestOpen, ContestedTooOften."""
        async with self.store.transaction() as tx:
            seen = await self._theirs_only(tx, me, Action.RISK_OBJECT, number)
            found = await self.reader.find(tx, seen.parcel)
            await self.heard.object(tx, seen.parcel, found.parcel.recipient, words)

    async def _theirs_only(self, tx: Tx, me: Principal, action: Action, number: str) -> Glance:
        """The parcel, if the asker's link lets them do this; what is no number of ours is as any other."""
        try:
            seen = await glance(tx, read_number(number))
        except (Malformed, Invalid):
            raise NoSuchLink from None
        if not self._may(me, action, seen) or seen is None:
            raise NoSuchLink
        return seen

    def _may(self, me: Principal, action: Action, seen: Glance | None) -> bool:
        """Whether the policies allow it. A number that no parcel bears is asked about like any other."""
        about = NO_PARCEL if seen is None else seen
        resource = Resource.parcel(about.parcel, merchant=about.merchant, custodian=about.custodian)
        return self.guard.may(me, action, resource) and seen is not None

    async def _theirs(self, tx: Tx, me: Principal, found: Found) -> RecipientView:
        reading = await read_parcel(tx, self.reader, found)
        known = await self.reader.parcels.disclose(tx, found.parcel, me, Action.TRACKING_READ_PRIVATE)
        return RecipientView(
            head=reading.head,
            # Who of the staff looks after what is not the recipient's business.
            entries=tuple(line for line in reading.lines if line.kind is not EntryKind.ASSIGNMENT),
            names=await self.naming.for_recipient(tx, reading.ids()),
            to_lines=address_lines(known.recipient, named=False) if known else (),
            pin=None,
            log=reading.log,
            changed=bool(await cells.effects_on(tx, found.parcel.parcel)),
        )

    async def _pin(self, found: Found) -> str | None:
        """The PIN while it is of use. It is made when first asked for, so this transaction writes."""
        parcel, head = found.parcel, found.head
        if head.state in AT_REST or head.custodian == parcel.recipient:
            return None
        async with self.store.transaction() as tx:
            return await self.pins.of(tx, parcel.parcel, parcel.recipient)
