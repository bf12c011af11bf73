"""What staff pages read: each thing only for whom the policies let see it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from safehand.app.pages.lists import case_ids, case_of, holding_of, movement_ids, movements_within, rows_of
from safehand.app.pages.names import Naming
from safehand.app.pages.parcel_readings import ParcelReading, address_lines, read_parcel
from safehand.app.pages.viewers import Viewers
from safehand.custody import exceptions, holdings, overview
from safehand.custody.errors import NoSuchException
from safehand.custody.reading import CustodyReader, Found
from safehand.events.vocabulary import ExceptionState, State
from safehand.identity.actions import Action
from safehand.identity.grants import note_granted
from safehand.identity.guard import Guard
from safehand.identity.model import PartyKind, Principal, Resource
from safehand.identity.parties import Parties
from safehand.identity.reach import Reach
from safehand.identity.users import Users
from safehand.kernel.clock import Clock
from safehand.kernel.ids import ExceptionId, ParcelId, PartyId, UserId
from safehand.ledger.receipts import Receipts
from safehand.ledger.sequencer import checkpointed_size
from safehand.parcels.commands import Disclosed
from safehand.parcels.errors import NoSuchNumber
from safehand.store.database import Store, Tx
from safehand.surfaces.views import (
    CaseList,
    CaseView,
    ExceptionCase,
    Name,
    Names,
    Overview,
    ParcelFacts,
    ParcelList,
    ParcelView,
    ReceiptFile,
    Staff,
)

CASES, MOVEMENTS, ROUNDS = 8, 12, 40
"""Rows of the overview's lists."""
LIST_ROWS = 50
"""Rows of one page of a list."""
NUMBER_CHARACTERS_MAX = 200
HANDS = (PartyKind.DEPOT, PartyKind.DRIVER, PartyKind.PARTNER)
"""Parties that may hold any parcel for the carrier."""
DECISIONS = (Action.EXCEPTION_ASSIGN, Action.EXCEPTION_RESOLVE, Action.EXCEPTION_OVERRIDE, Action.EXCEPTION_CORRECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffReading:
    """Fills `CustodyPages`."""

    store: Store
    reader: CustodyReader
    receipts: Receipts
    parties: Parties
    users: Users
    naming: Naming
    viewers: Viewers
    guard: Guard
    clock: Clock
    zone: ZoneInfo

    async def overview(self, viewer: Staff) -> Overview:
        """The day so far."""
        day_ms = midnight_ms(self.clock.now_ms(), self.zone)
        async with self.store.transaction(isolation="repeatable_read", readonly=True) as tx:
            cases, counts = await self._waiting(tx, self.guard.reach(viewer.me, Action.EXCEPTION_READ))
            lines = self.guard.reach(viewer.me, Action.CUSTODY_READ)
            moved = movements_within(lines, await overview.movements(tx, MOVEMENTS))
            rounds = await overview.rounds(tx, day_ms, ROUNDS)
            ids = [*case_ids(cases), *movement_ids(moved), *(one.party for one in rounds)]
            names = await self.naming.of(tx, ids)
            return Overview(
                states=await holdings.counts(tx),
                open_exceptions=sum(counts.get(state, 0) for state in overview.UNRESOLVED),
                log_size=await checkpointed_size(tx),
                behind=await overview.uncovered(tx),
                cases=cases,
                movements=moved,
                # By name: on a page that moves, a row that keeps its place can be found again.
                holdings=tuple(
                    holding_of(one) for one in sorted(rounds, key=lambda one: names.parties[one.party].text)
                ),
                names=names,
            )

    async def _waiting(self, tx: Tx, reach: Reach) -> tuple[tuple[ExceptionCase, ...], Mapping[ExceptionState, int]]:
        """The exceptions that wait for a decision, and how many there are of each state."""
        if reach.nothing:
            return (), {}
        page = await overview.cases(tx, reach, limit=CASES)
        return tuple(map(case_of, page.rows)), await overview.case_counts(tx, reach)

    async def parcels(self, viewer: Staff, state: State | None, after: str | None) -> ParcelList:
        """A page of parcels, latest moved first."""
        async with self.store.transaction(isolation="repeatable_read", readonly=True) as tx:
            reach = self.guard.reach(viewer.me, Action.PARCEL_READ)
            page = await overview.latest(tx, reach, state, after=after, limit=LIST_ROWS)
            rows = rows_of(self.guard.reach(viewer.me, Action.EXCEPTION_READ), page.rows)
            names = await self.naming.for_viewer(tx, viewer.me, [row.custodian for row in rows])
        return ParcelList(rows=rows, names=names, more=page.next)

    async def find(self, viewer: Staff, number: str) -> ParcelId:
        """The parcel that answers to this number."""
        async with self.store.transaction(readonly=True) as tx:
            return (await self._found(tx, viewer.me, number, Action.PARCEL_READ)).parcel.parcel

    async def parcel(self, viewer: Staff, parcel: ParcelId) -> ParcelView:
        """One parcel. Who may read what is private of it leaves a row, so this transaction writes."""
        async with self.store.transaction(isolation="repeatable_read") as tx:
            found = await self._found(tx, viewer.me, parcel, Action.CUSTODY_READ)
            about = (found.parcel.recipient, found.parcel.parcel)
            await note_granted(tx, viewer.me, Action.CUSTODY_READ, about, self.clock.now_ms())
            return await self._view(tx, viewer.me, found)

    async def cases(self, viewer: Staff, state: ExceptionState | None, after: str | None) -> CaseList:
        """A page of exceptions, newest first."""
        async with self.store.transaction(isolation="repeatable_read", readonly=True) as tx:
            reach = self.guard.reach(viewer.me, Action.EXCEPTION_READ)
            if reach.nothing:
                return CaseList(rows=(), names=Names(), counts=dict.fromkeys(ExceptionState, 0))
            states = overview.UNRESOLVED if state is None else (state,)
            page = await overview.cases(tx, reach, states, after=after, limit=LIST_ROWS)
            rows = tuple(map(case_of, page.rows))
            return CaseList(
                rows=rows,
                names=await self.naming.for_viewer(tx, viewer.me, case_ids(rows)),
                counts=await overview.case_counts(tx, reach),
                more=page.next,
            )

    async def case(self, viewer: Staff, exception: ExceptionId) -> CaseView:
        """One exception with its parcel."""
        missing, me = NoSuchException(exception), viewer.me
        async with self.store.transaction(isolation="repeatable_read") as tx:
            row = await exceptions.one(tx, exception)
            if row is None:
                raise missing
            found = await self.reader.thing(tx, row.parcel)
            about = Resource.exception(exception, merchant=found.parcel.merchant, custodian=found.head.custodian)
            self.guard.require(me, Action.EXCEPTION_READ, about, missing=missing)
            self.guard.require(me, Action.CUSTODY_READ, found.for_asker(me), missing=missing)
            view = await self._view(tx, me, found)
            case = next((case for case in view.cases if case.exception == exception), None)
            if case is None:
                raise missing
            may = frozenset(action for action in DECISIONS if self.guard.may(me, action, about))
            return CaseView(
                case=case,
                parcel=view,
                parties=await self._hands(tx, view) if Action.EXCEPTION_CORRECT in may else (),
                staff=await self._deciders(tx, about) if Action.EXCEPTION_ASSIGN in may else (),
                may=may,
            )

    async def receipt(self, viewer: Staff, parcel: ParcelId, position: int | None) -> ReceiptFile:
        """The receipt of a log position, or of the newest one that is checkpointed."""
        async with self.store.transaction(readonly=True) as tx:
            found = await self._found(tx, viewer.me, parcel, Action.RECEIPT_READ)
            facts = await self.reader.ledger.read(tx, found.parcel.parcel)
        at, body = await self.receipts.make(found.parcel.parcel, facts, position)
        return ReceiptFile(body, f"{found.parcel.tracking}-{at}.tlog-proof")

    async def _found(self, tx: Tx, me: Principal, number: str, action: Action) -> Found:
        """The parcel, if this viewer may do this to it; otherwise as if there were none."""
        if len(number) > NUMBER_CHARACTERS_MAX:
            raise NoSuchNumber(number[:40])
        found = await self.reader.thing(tx, number)
        self.guard.require(me, action, found.for_asker(me), missing=NoSuchNumber(number))
        return found

    async def _view(self, tx: Tx, me: Principal, found: Found) -> ParcelView:
        reading = await read_parcel(tx, self.reader, found)
        told = None
        if not found.head.aggregate and self.guard.may(me, Action.PARCEL_READ_PRIVATE, found.for_asker(me)):
            told = await self.reader.parcels.disclose(tx, found.parcel, me, Action.PARCEL_READ_PRIVATE)
        known = {found.parcel.recipient: told.recipient.name} if told else {}
        return ParcelView(
            head=reading.head,
            facts=await self._facts(tx, me, found, told),
            entries=reading.lines,
            cases=self._cases(me, found, reading),
            names=await self.naming.for_viewer(tx, me, reading.ids(), known),
            log=reading.log,
        )

    async def _facts(self, tx: Tx, me: Principal, found: Found, told: Disclosed | None) -> ParcelFacts:
        """What the merchant told: weight for everybody who sees the parcel, the rest by its own permission."""
        parcel = found.parcel
        if found.head.aggregate:
            return ParcelFacts(service=parcel.service)
        facts = ParcelFacts(service=parcel.service, weight_g=parcel.weight_g)
        if told is not None:
            lines = address_lines(told.recipient, named=True)
            facts = replace(facts, to_lines=lines, value_cents=told.value_cents)
        shipment = Resource.shipment(parcel.shipment, merchant=parcel.merchant)
        if self.guard.may(me, Action.SHIPMENT_READ, shipment):
            told_of = await self.reader.parcels.shipment(tx, parcel.shipment)
            reference = await self.reader.parcels.reference(tx, told_of, me, Action.SHIPMENT_READ)
            facts = replace(facts, reference=reference)
        return facts

    def _cases(self, me: Principal, found: Found, reading: ParcelReading) -> tuple[ExceptionCase, ...]:
        """The parcel's exceptions: all have the same merchant and custodian, so one question is enough."""
        if not reading.cases:
            return ()
        about = Resource.exception(
            reading.cases[0].exception, merchant=found.parcel.merchant, custodian=found.head.custodian
        )
        return reading.cases if self.guard.may(me, Action.EXCEPTION_READ, about) else ()

    async def _hands(self, tx: Tx, view: ParcelView) -> tuple[tuple[PartyId, Name], ...]:
        """Whom a correction may name: every pair of hands but the present one."""
        head = view.head
        known = [party.id for kind in HANDS for party in await self.parties.listed(tx, kind)]
        names = await self.naming.of(tx, [head.merchant, *known])
        people = {**names.parties, **{id: name for id, name in view.names.parties.items() if id == head.recipient}}
        listed = dict.fromkeys([head.recipient, head.merchant, *known])
        return tuple((id, people[id]) for id in listed if id in people and id != head.custodian)

    async def _deciders(self, tx: Tx, about: Resource) -> tuple[tuple[UserId, str], ...]:
        """Who may look after an exception: whoever is able to close it."""
        able = self.viewers.able(await self.users.listed(tx), Action.EXCEPTION_RESOLVE, about)
        names = await self.users.names(tx, able)
        return tuple(sorted(((id, names[id]) for id in able if id in names), key=lambda pair: pair[1]))


def midnight_ms(now_ms: int, zone: ZoneInfo) -> int:
    """The first moment of the local day, in milliseconds since 1970 UTC."""
    day = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone).date()
    return int(datetime.combine(day, time.min, zone).timestamp() * 1000)
