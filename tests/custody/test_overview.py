"""The overview's lists and counts on a real database: bounded, in order, no parcel twice."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from safehand.custody import overview
from safehand.custody.exceptions import EXCEPTIONS
from safehand.custody.holdings import HOLDINGS
from safehand.custody.overview import Round
from safehand.custody.timeline import EntryKind
from safehand.events.statement import FIRST_AFTER, Reported
from safehand.events.vocabulary import Evidence, ExceptionKind, ExceptionState, Reason, Resolution, Side, State, Way
from safehand.identity.reach import Reach, Tie
from safehand.kernel.ids import USER, ParcelId, PartyId, UserId, derived_id
from safehand.ledger.projections import Projector
from safehand.ledger.sequencer import Sequencer
from safehand.ledger.signing import load_or_create_key
from safehand.parcels.model import Parcel, ParcelDraft, Recipient, ShipmentDraft
from tests.rooms import Rooms, arrival
from tests.servers import Database
from tests.world import ANA, BEN, DEPOT, NOON_MS, SHOP, Phones, handed_over, scanned

EEVA = Recipient(name="Eeva", street="Fabianinkatu 3", postal_code="00130", city="Helsinki", country="FI")
DAY_MS = 24 * 60 * 60 * 1000
RITVA = UserId(derived_id(USER, b"ritva-the-dispatcher"))


@dataclass
class Day:
    """A depot, two drivers and what their devices tell."""

    rooms: Rooms
    sequencer: Sequencer
    projector: Projector
    phones: Phones = field(default_factory=Phones)

    async def sent(self, count: int) -> list[Parcel]:
        """Parcels that the shop has told of."""
        draft = ShipmentDraft(recipient=EEVA, parcels=tuple(ParcelDraft(weight_g=500) for _ in range(count)))
        async with self.rooms.store.transaction() as tx:
            return (await self.rooms.parcels.create(tx, SHOP, draft)).parcels

    async def taken(self, parcel: Parcel, taker: PartyId, giver: PartyId = SHOP, after: str = FIRST_AFTER) -> str:
        """Somebody takes the parcel over the counter; the handover."""
        said = handed_over(
            self.phones, giver, taker, Side.TAKER, after, way=Way.COUNTER, state=State.LOADED, parcel=parcel.parcel
        )
        await self.rooms.custody.record([arrival(said)])
        return said.handover

    async def scanned(self, parcel: Parcel, party: PartyId, state: State, **more: Any) -> None:
        """A reading."""
        await self.rooms.custody.record([arrival(scanned(self.phones, party, state, parcel=parcel.parcel, **more))])

    async def delivered(self, parcel: Parcel, driver: PartyId, after: str) -> None:
        """At the door, with the PIN."""
        async with self.rooms.store.transaction() as tx:
            pin = await self.rooms.pins.of(tx, parcel.parcel, parcel.recipient)
        fields = {"way": Way.PIN, "state": State.DELIVERED, "evidence": (Evidence.PIN,), "parcel": parcel.parcel}
        said = handed_over(self.phones, driver, parcel.recipient, Side.GIVER, after, **fields)
        await self.rooms.custody.record([arrival(said, {"pin": pin})])

    async def reported(self, parcel: Parcel, party: PartyId) -> str:
        """Somebody says that something is wrong; the exception."""
        said = Reported(**{**self.phones.next(party), "parcel": parcel.parcel}, party=party, state=State.DAMAGED)
        [answer] = await self.rooms.custody.record([arrival(said)])
        [(exception, kind)] = answer.exceptions
        assert kind == ExceptionKind.REPORTED
        return exception

    async def settle(self) -> None:
        """Sequence, sign and project."""
        while await self.sequencer.run_once():
            pass
        await self.projector.run_once()
        while await self.projector.run_once():
            pass


@pytest.fixture
async def day(database: Database, tmp_path: Path) -> Day:
    rooms = Rooms(database.store())
    key = load_or_create_key(tmp_path / "log.key", "log.example/one")
    async with rooms.store.transaction() as tx:
        await rooms.vault.check(tx)
        people = [(ANA, "driver", "Ana", 1), (BEN, "driver", "Ben", 2), (DEPOT, "depot", "Pasila", 3)]
        await tx.copy("parties", ("id", "kind", "name", "made_ms"), people)
    projector = Projector(rooms.store, rooms.ledger, (HOLDINGS, EXCEPTIONS))
    return Day(rooms, Sequencer(rooms.store, rooms.ledger, rooms.clock, tmp_path / "log", key), projector)


ALL = Reach(everything=True)
ANAS = Reach(ties={Tie.CUSTODIAN: (ANA,)})


async def rounds(day: Day, since_ms: int = NOON_MS) -> dict[str, Round]:
    await day.settle()
    await day.sequencer.close()
    async with day.rooms.store.transaction() as tx:
        return {found.party: found for found in await overview.rounds(tx, since_ms)}


async def test_pages_of_parcels_hold_each_once_the_latest_moved_first(day: Day) -> None:
    parcels = await day.sent(5)
    for parcel in parcels:
        await day.taken(parcel, ANA)
    await day.settle()

    seen: list[ParcelId] = []
    after: str | None = None
    async with day.rooms.store.transaction() as tx:
        while True:
            page = await overview.latest(tx, ALL, None, after=after, limit=2)
            seen += [row.parcel for row in page.rows]
            after = page.next
            if after is None:
                break

    assert seen == [parcel.parcel for parcel in reversed(parcels)]
    await day.sequencer.close()


async def test_a_list_of_one_state_holds_that_state_with_its_reason(day: Day) -> None:
    first, second = await day.sent(2)
    await day.taken(first, ANA)
    await day.taken(second, BEN)
    await day.scanned(second, BEN, State.ATTEMPTED, reason=Reason.CONSIGNEE_ABSENT)
    await day.settle()

    async with day.rooms.store.transaction() as tx:
        [row] = (await overview.latest(tx, ALL, State.ATTEMPTED)).rows

    assert (row.parcel, row.tracking, row.custodian) == (second.parcel, second.tracking, BEN)
    assert (row.reason, row.promised_on) == (Reason.CONSIGNEE_ABSENT, second.promised_on)
    await day.sequencer.close()


@pytest.mark.parametrize("cursor", ["", "x", "-1", "9" * 40, "²", "1; DROP TABLE holdings", "\x00"])
async def test_a_cursor_that_was_never_ours_begins_at_the_first_page(day: Day, cursor: str) -> None:
    [parcel] = await day.sent(1)
    exception = await day.reported(parcel, DEPOT)
    await day.settle()

    async with day.rooms.store.transaction() as tx:
        parcels = await overview.latest(tx, ALL, None, after=cursor)
        cases = await overview.cases(tx, ALL, after=cursor.replace("\x00", ""))

    assert [row.parcel for row in parcels.rows] == [parcel.parcel]
    assert [row.exception for row in cases.rows] == [exception]
    await day.sequencer.close()


async def test_exceptions_come_newest_first_and_page_by_page(day: Day) -> None:
    [parcel] = await day.sent(1)
    opened = []
    for _ in range(3):
        opened.append(await day.reported(parcel, DEPOT))
        day.rooms.clock.advance(1_000)
    await day.settle()

    async with day.rooms.store.transaction() as tx:
        first = await overview.cases(tx, ALL, limit=2)
        rest = await overview.cases(tx, ALL, limit=2, after=first.next)

    assert [row.exception for row in (*first.rows, *rest.rows)] == opened[::-1]
    assert rest.next is None
    await day.sequencer.close()


async def test_exceptions_are_counted_by_state_and_by_who_holds_the_parcel(day: Day) -> None:
    hers, his = await day.sent(2)
    await day.taken(hers, ANA)
    await day.taken(his, BEN)
    one, _ = await day.reported(hers, ANA), await day.reported(his, BEN)
    await day.settle()
    await day.rooms.decisions.resolve(one, Resolution.EXPLAINED, RITVA)  # type: ignore[arg-type]
    await day.settle()

    async with day.rooms.store.transaction() as tx:
        every, hers_only = await overview.case_counts(tx, ALL), await overview.case_counts(tx, ANAS)
        waiting = await overview.cases(tx, ANAS)

    assert every == {ExceptionState.OPEN: 1, ExceptionState.ASSIGNED: 0, ExceptionState.RESOLVED: 1}
    assert hers_only == {ExceptionState.OPEN: 0, ExceptionState.ASSIGNED: 0, ExceptionState.RESOLVED: 1}
    assert waiting.rows == ()
    await day.sequencer.close()


async def test_the_latest_movements_are_there_before_they_are_in_the_log(day: Day) -> None:
    [parcel] = await day.sent(1)
    await day.settle()
    await day.taken(parcel, ANA)

    async with day.rooms.store.transaction() as tx:
        newest, oldest = await overview.movements(tx, 10)

    assert (newest.line.kind, newest.line.taker, newest.line.position) == (EntryKind.HANDOVER, ANA, None)
    assert (oldest.line.kind, oldest.line.verified) == (EntryKind.CREATED, True)
    assert {newest.tracking, oldest.tracking} == {parcel.tracking}
    assert (newest.state, newest.custodian) == (State.LOADED, ANA)
    await day.sequencer.close()


async def test_facts_count_as_uncovered_until_a_checkpoint_is_signed(day: Day) -> None:
    await day.sent(3)

    async with day.rooms.store.transaction() as tx:
        before = await overview.uncovered(tx)
    await day.settle()
    async with day.rooms.store.transaction() as tx:
        after = await overview.uncovered(tx)

    assert (before, after) == (3, 0)
    await day.sequencer.close()


async def test_a_drivers_round_counts_no_parcel_twice(day: Day) -> None:
    held, tried, again, late, done = await day.sent(5)
    for parcel in (held, tried, again):
        await day.taken(parcel, ANA)
    for parcel in (tried, again, late):
        if parcel is late:
            handover = await day.taken(late, ANA)
        await day.scanned(parcel, ANA, State.ATTEMPTED, reason=Reason.CONSIGNEE_ABSENT)
    await day.scanned(again, ANA, State.OUT_FOR_DELIVERY)
    await day.delivered(late, ANA, handover)
    await day.delivered(done, ANA, await day.taken(done, ANA))

    found = await rounds(day)

    assert found == {ANA: Round(party=ANA, holding=2, delivered=2, attempted=1)}


async def test_an_attempt_still_counts_when_the_parcel_is_back_at_the_depot(day: Day) -> None:
    [parcel] = await day.sent(1)
    handover = await day.taken(parcel, ANA)
    await day.scanned(parcel, ANA, State.ATTEMPTED, reason=Reason.CONSIGNEE_ABSENT)
    await day.taken(parcel, DEPOT, ANA, handover)

    found = await rounds(day)

    assert found == {ANA: Round(party=ANA, holding=0, delivered=0, attempted=1)}


async def test_what_a_driver_did_before_the_day_began_counts_no_more(day: Day) -> None:
    done, tried = await day.sent(2)
    await day.delivered(done, ANA, await day.taken(done, ANA))
    await day.taken(tried, ANA)
    await day.scanned(tried, ANA, State.ATTEMPTED, reason=Reason.CONSIGNEE_ABSENT)
    await day.settle()
    day.rooms.clock.advance(DAY_MS)
    day.phones.at_ms += DAY_MS
    [today] = await day.sent(1)
    await day.delivered(today, BEN, await day.taken(today, BEN))

    found = await rounds(day, since_ms=NOON_MS + DAY_MS)

    assert found == {
        ANA: Round(party=ANA, holding=1, delivered=0, attempted=0),
        BEN: Round(party=BEN, holding=0, delivered=1, attempted=0),
    }


async def test_what_was_done_yesterday_and_told_today_is_yesterdays(day: Day) -> None:
    done, tried = await day.sent(2)
    day.rooms.clock.advance(DAY_MS)
    await day.delivered(done, ANA, await day.taken(done, ANA))
    await day.taken(tried, ANA)
    await day.scanned(tried, ANA, State.ATTEMPTED, reason=Reason.CONSIGNEE_ABSENT)

    found = await rounds(day, since_ms=NOON_MS + DAY_MS)

    assert found == {ANA: Round(party=ANA, holding=1, delivered=0, attempted=0)}
