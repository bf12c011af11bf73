"""The depot: takes parcels over the counter, seals and sorts them, hands them to drivers, takes back what is left."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched

from safehand.demo.book import Book
from safehand.demo.hours import Hours
from safehand.demo.line import Line
from safehand.demo.office import Merchant
from safehand.demo.phone import Phone
from safehand.demo.plan import COUNTER_CLOSES_MS, COUNTER_OPENS_MS, LOADING_MS, MINUTE_MS, SORTING_MS
from safehand.demo.story import Story
from safehand.demo.world import Box, Consignment, at_merchant
from safehand.events.statement import FIRST_AFTER
from safehand.events.vocabulary import Reason, State, Way
from safehand.kernel.ids import ParcelId, PartyId, PersonId

ARMFUL = 25
"""So many parcels are read before the scanner posts."""
READ_AT_ONCE = 8


@dataclass(slots=True)
class Depot:
    """The depot's people with their two scanners, one at the counter and one at the ramp."""

    party: PartyId
    counter: Phone
    ramp: Phone
    line: Line
    hours: Hours
    book: Book
    story: Story
    seals: list[str]
    shelf: dict[ParcelId, Consignment] = field(default_factory=dict)
    """What the depot holds."""

    async def receive(self, deliveries: Sequence[tuple[Merchant, Sequence[Box]]]) -> None:
        """Each merchant's van comes to the counter; the merchant has no device, so ours signs alone."""
        visit_ms = (COUNTER_CLOSES_MS - COUNTER_OPENS_MS) // len(deliveries)
        for visit, (merchant, boxes) in enumerate(deliveries):
            opens_ms = COUNTER_OPENS_MS + visit * visit_ms
            for armful in _spread(boxes, opens_ms, visit_ms - 2 * MINUTE_MS):
                await self._take_in(merchant.party, armful)
            self.story.tell("received", opens_ms + visit_ms, count=len(boxes), merchant=merchant.shop.name)

    async def sort(self, boxes: Sequence[Box]) -> None:
        """Seal what the policy asks for, and read every parcel into its lane."""
        sealed = 0
        for armful in _spread(boxes, SORTING_MS, LOADING_MS - SORTING_MS - 2 * MINUTE_MS):
            for box, at_ms in armful:
                if box.must_seal:
                    box.seal = self.seals.pop()
                    self.ramp.put_seal(box.parcel, self.hours.at_ms(at_ms), box.seal)
                    sealed += 1
                self.ramp.scan(box.parcel, self.hours.at_ms(at_ms) + 1, State.SORTED, seal=box.seal)
            await self.hours.until(armful[-1][1])
            await self.ramp.flush()
        self.story.tell("sorted", LOADING_MS, count=len(boxes), sealed=sealed)

    def give(self, load: Sequence[Consignment], taker: PartyId, from_ms: int) -> None:
        """Sign for the depot's side of a load; it leaves the shelf."""
        for place, held in enumerate(load):
            self.ramp.hand_over(
                held.box.parcel,
                self.hours.at_ms(from_ms) + 1000 * place,
                after=held.after,
                giver=self.party,
                taker=taker,
                way=Way.DEVICES,
                state=State.LOADED,
                seal=held.box.seal,
            )
            del self.shelf[held.box.parcel]

    def take_back(self, held: Consignment, reason: Reason | None, at_ms: int) -> None:
        """Sign for the depot's side of a parcel that a driver brings back."""
        self.ramp.hand_over(
            held.box.parcel,
            at_ms,
            after=held.after,
            giver=held.holder,
            taker=self.party,
            way=Way.DEVICES,
            state=State.HELD,
            reason=reason,
            seal=held.box.seal,
        )
        self.shelf[held.box.parcel] = held.handed_to(self.party)

    async def _take_in(self, merchant: PartyId, armful: Sequence[tuple[Box, int]]) -> None:
        for box, at_ms in armful:
            self.counter.hand_over(
                box.parcel,
                self.hours.at_ms(at_ms),
                after=FIRST_AFTER,
                giver=merchant,
                taker=self.party,
                way=Way.COUNTER,
                state=State.RECEIVED,
            )
        await self.hours.until(armful[-1][1])
        await self.counter.flush()
        gate = asyncio.Semaphore(READ_AT_ONCE)
        await asyncio.gather(*(self._look_up(box, merchant, gate) for box, _ in armful))

    async def _look_up(self, box: Box, merchant: PartyId, gate: asyncio.Semaphore) -> None:
        """Read the label and ask for whom it is. What the scanner derived must be what the system says."""
        async with gate:
            found = await self.line.get(f"/v1/parcels/{box.sscc}", auth=self.counter.auth)
        held = at_merchant(box, PersonId(found["recipient"]), merchant).handed_to(self.party)
        self.book.check(found["parcel"] == box.parcel, f"{box.sscc}: the label leads to {found['parcel']}")
        self.book.check(found["custodian"] == self.party, f"{box.parcel}: received, but with {found['custodian']}")
        self.book.check(found["last_handover"] == held.after, f"{box.parcel}: the two sides derive two handovers")
        self.shelf[box.parcel] = held


def _spread(boxes: Sequence[Box], from_ms: int, during_ms: int) -> Iterator[Sequence[tuple[Box, int]]]:
    """Armfuls of boxes, each box with its moment, evenly over the time there is."""
    each_ms = during_ms // max(1, len(boxes))
    return batched(((box, from_ms + place * each_ms) for place, box in enumerate(boxes)), ARMFUL)
