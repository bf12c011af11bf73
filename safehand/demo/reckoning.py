"""The reckoning in the evening: what the public API says of the day, held against what was planned and planted."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from safehand.demo.book import Book, compared
from safehand.demo.driver import Driver
from safehand.demo.line import Line
from safehand.demo.office import Desk
from safehand.demo.world import Box, Consignment
from safehand.events.vocabulary import ExceptionKind, State
from safehand.kernel.ids import ParcelId, PartyId

AT_ONCE = 8
SETTLE_S = 120.0
ASK_AGAIN_S = 0.3
PAGES_MAX = 1_000

type Json = Mapping[str, Any]


@dataclass(slots=True)
class Reckoning:
    """What was counted. `entries` are all lines of all timelines: the log holds exactly these."""

    delivered: int = 0
    attempted: int = 0
    entries: int = 0
    raised: Counter[tuple[ParcelId, ExceptionKind]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Reckoner:
    """Asks as the dispatcher, and writes what disagrees into the book."""

    line: Line
    desk: Desk
    book: Book
    depot: PartyId
    shelf: Mapping[ParcelId, Consignment]
    """What the depot must hold by now."""

    async def reckon(self, boxes: Sequence[Box], recipients: Mapping[ParcelId, PartyId]) -> Reckoning:
        """Look at every parcel and at the list of exceptions."""
        await settled(self.desk, self.book)
        found = Reckoning()
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(box: Box) -> None:
            async with gate:
                await self._parcel(found, box, recipients[box.parcel])

        await asyncio.gather(*map(one, boxes))
        found.raised = await raised_by(self.desk)
        for words in compared(self.book.expected, found.raised):
            self.book.disagree(words)
        for hash, why in self.book.set_aside.items():
            self.book.check(hash in self.book.to_set_aside, f"statement {hash} was set aside: {why}")
        for hash in self.book.to_set_aside - self.book.set_aside.keys():
            self.book.disagree(f"statement {hash} was forged and is not set aside")
        return found

    async def _parcel(self, found: Reckoning, box: Box, recipient: PartyId) -> None:
        path = f"/v1/parcels/{box.parcel}"
        head: Json = await self.line.get(path, auth=self.desk.dispatcher)
        entries: Sequence[Json] = (await self.line.get(f"{path}/custody", auth=self.desk.dispatcher))["entries"]
        self.book.check(
            all(entry["verified"] for entry in entries), f"{box.parcel}: not all of it is in the signed log"
        )
        delivered = box.shipment.delivered
        self._hands(box.parcel, head, entries, recipient if delivered else self.depot)
        state = State.DELIVERED if delivered else State.HELD
        self.book.check(head["state"] == state, f"{box.parcel}: {head['state']}, and should be {state}")
        self.book.check(delivered == (box.parcel not in self.shelf), f"{box.parcel}: the depot's shelf says otherwise")
        tried = any(entry["state"] == State.ATTEMPTED for entry in entries)
        self.book.check(delivered or tried, f"{box.parcel}: came back, and no attempt is on record")
        nothing_lost(box.parcel, entries, self.book)
        found.entries += len(entries)
        found.delivered += head["state"] == State.DELIVERED
        found.attempted += tried and head["state"] != State.DELIVERED

    def _hands(self, parcel: ParcelId, head: Json, entries: Sequence[Json], expected: PartyId) -> None:
        """One custodian, and a chain of hands without a gap that ends with that one."""
        holder = last_holder(parcel, entries, self.book)
        self.book.check(
            holder == head["custodian"], f"{parcel}: the timeline ends with {holder}, not {head['custodian']}"
        )
        self.book.check(
            head["custodian"] == expected, f"{parcel}: with {head['custodian']}, and should be with {expected}"
        )


def recipients_of(drivers: Sequence[Driver]) -> dict[ParcelId, PartyId]:
    """To whom each parcel goes, as the drivers' manifests say."""
    return {parcel: PartyId(held.recipient) for driver in drivers for parcel, held in driver.manifest.items()}


async def settled(desk: Desk, book: Book) -> None:
    """Wait until every fact has its place in the log, a signed checkpoint covers it, and all lists tell of it."""
    until = asyncio.get_running_loop().time() + SETTLE_S
    while True:
        lag: Json = await desk.line.get("/v1/lag", auth=desk.dispatcher)
        behind = sum(one["behind"] for one in lag["projections"])
        if lag["unsequenced"] == behind == 0 and lag["signed"] == lag["size"]:
            return
        if asyncio.get_running_loop().time() > until:
            book.disagree(f"after {SETTLE_S:.0f} s the log has not caught up: {lag}")
            return
        await asyncio.sleep(ASK_AGAIN_S)


async def raised_by(desk: Desk) -> Counter[tuple[ParcelId, ExceptionKind]]:
    """The exceptions that are open, by parcel and kind."""
    raised: Counter[tuple[ParcelId, ExceptionKind]] = Counter()
    cursor = ""
    for _ in range(PAGES_MAX):
        page = await desk.line.get(f"/v1/exceptions{cursor}", auth=desk.dispatcher, fresh=True)
        raised.update((ParcelId(one["parcel"]), ExceptionKind(one["kind"])) for one in page["exceptions"])
        if not page.get("next"):
            break
        cursor = f"?after={page['next']}"
    return raised


def last_holder(parcel: ParcelId, entries: Sequence[Json], book: Book) -> str | None:
    """Who holds it by its timeline; a gap in the chain of hands is written into the book."""
    holder = None
    for entry in entries:
        if entry["kind"] in {"created", "handover", "correction"}:
            book.check(
                holder == entry["giver"] or entry["kind"] == "created",
                f"{parcel}: {holder} held it, and {entry['giver']} gave it",
            )
            holder = entry["taker"]
    return holder


def nothing_lost(parcel: ParcelId, entries: Sequence[Json], book: Book) -> None:
    """Write into the book what was acknowledged and is not on the timeline."""
    told = {entry[name] for entry in entries for name in ("cause", "counter_cause")}
    for lost in book.acknowledged.get(parcel, set()) - told:
        book.disagree(f"{parcel}: statement {lost} was acknowledged and is not on record")
