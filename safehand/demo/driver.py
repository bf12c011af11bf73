"""A driver: signs for a load, goes from door to door, hands over with proof or says why not, brings back the rest."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import batched
from random import Random

from safehand.demo import recipient as door
from safehand.demo import thieves
from safehand.demo.book import Book
from safehand.demo.depot import READ_AT_ONCE, Depot
from safehand.demo.device import SignedStatement
from safehand.demo.hours import Hours
from safehand.demo.line import Line
from safehand.demo.phone import Phone, batches
from safehand.demo.plan import MINUTE_MS, RoutePlan, Trouble
from safehand.demo.story import Story
from safehand.demo.world import Box, Consignment
from safehand.events.vocabulary import Evidence, State, Way
from safehand.kernel.canonical import Canonical
from safehand.kernel.ids import ParcelId, PersonId

LATE_BATCHES = 4
TOLD_EVERY = 10
"""The story tells of every tenth parcel that is delivered; the others would drown it."""
ACCURACY_M = (4, 19)

_EVIDENCE = {
    Way.PIN: (Evidence.PIN,),
    Way.DRAWING: (Evidence.DRAWING,),
    Way.PHOTO: (Evidence.PHOTO,),
    Way.SAFE_PLACE: (Evidence.PHOTO,),
}


@dataclass(slots=True)
class Driver:
    """One driver with a phone; `lost` is another phone of the same driver, revoked in the morning."""

    route: RoutePlan
    phone: Phone
    lost: Phone | None
    line: Line
    hours: Hours
    book: Book
    story: Story
    random: Random
    manifest: dict[ParcelId, Consignment] = field(default_factory=dict)
    """Everything that was loaded in the morning."""
    van: dict[ParcelId, Consignment] = field(default_factory=dict)
    """What of it is still in the van."""
    pictures: list[tuple[ParcelId, door.Photo]] = field(default_factory=list)
    """Taken, and not yet uploaded."""
    delivered: int = 0

    @property
    def name(self) -> str:
        """As the story calls them."""
        return self.route.name

    def load(self, shelf: Sequence[Consignment]) -> None:
        """Sign for the driver's side of a load."""
        for place, held in enumerate(shelf):
            self.phone.hand_over(
                held.box.parcel,
                self.hours.at_ms(self.route.loads_ms) + 1000 * place + 400,
                after=held.after,
                giver=held.holder,
                taker=self.phone.party,
                way=Way.DEVICES,
                state=State.LOADED,
                seal=held.box.seal,
            )
            self.manifest[held.box.parcel] = self.van[held.box.parcel] = held.handed_to(self.phone.party)

    async def look_over(self) -> None:
        """Ask about each parcel in the van: where it goes, and whether the system says the same hands as the van."""
        if self.route.offline:
            return  # the addresses are on paper
        gate = asyncio.Semaphore(READ_AT_ONCE)

        async def one(held: Consignment) -> None:
            async with gate:
                found = await self.line.get(f"/v1/parcels/{held.box.parcel}", auth=self.phone.auth)
            parcel = held.box.parcel
            self.book.check(
                found["custodian"] == self.phone.party, f"{parcel}: in the van, but with {found['custodian']}"
            )
            self.book.check(found["last_handover"] == held.after, f"{parcel}: van and system derive two handovers")
            self.book.check(
                found["seal"] == held.box.seal, f"{parcel}: seal {held.box.seal}, on record {found['seal']}"
            )

        await asyncio.gather(*map(one, self.van.values()))

    async def deliver(self, stops: Sequence[Sequence[Box]]) -> None:
        """Leave the depot and go to every door; each stop holds the boxes of one shipment."""
        leaves_ms = self.route.loads_ms + 8 * MINUTE_MS
        await self.hours.until(leaves_ms)
        for place, parcel in enumerate(self.van):
            self.phone.scan(parcel, self.hours.at_ms(leaves_ms) + 100 * place, State.OUT_FOR_DELIVERY)
        self.story.tell("left", leaves_ms, driver=self.name, count=len(self.van))
        await self._post()
        for boxes in stops:
            at_door_ms = boxes[0].shipment.at_door_ms
            await self.hours.until(at_door_ms)
            for place, box in enumerate(boxes):
                await self._at_door(box, at_door_ms + 20_000 * place)
            await self._post()

    async def come_back(self, depot: Depot) -> None:
        """In the evening: what could not be delivered goes back to the depot; both sides sign."""
        await self.hours.until(self.route.back_ms)
        if self.route.offline:
            await self._post_late()
        left = list(self.van.values())
        for place, held in enumerate(left):
            at_ms, reason = self.hours.at_ms(self.route.back_ms) + 2000 * place, held.box.shipment.reason
            depot.take_back(held, reason, at_ms)
            self.phone.hand_over(
                held.box.parcel,
                at_ms + 400,
                after=held.after,
                giver=self.phone.party,
                taker=depot.party,
                way=Way.DEVICES,
                state=State.HELD,
                reason=reason,
                seal=held.box.seal,
            )
        await depot.ramp.flush()
        await self.phone.flush()
        self.van.clear()
        self.story.advance(len(left))
        self.story.tell("back", self.route.back_ms, driver=self.name, delivered=self.delivered, left=len(left))

    async def _at_door(self, box: Box, of_day_ms: int) -> None:
        held = self.van[box.parcel]
        at_ms = self.hours.at_ms(of_day_ms)
        await self._before(held, of_day_ms)
        if box.shipment.way is None:
            reason = box.shipment.reason
            self.phone.scan(box.parcel, at_ms, State.ATTEMPTED, reason=reason, seal=box.seal)
            why = self.story.words.say(f"reason.{reason}.word")
            self.story.tell("attempted", of_day_ms, driver=self.name, place=box.shipment.address.line, reason=why)
            return
        given = await self._give(held, box.shipment.way, at_ms)
        del self.van[box.parcel]
        self.delivered += 1
        self.story.advance()
        if self.delivered % TOLD_EVERY == 0:
            self.story.tell("delivered", of_day_ms, driver=self.name, count=self.delivered)
        await self._after(held, given, of_day_ms)

    async def _give(self, held: Consignment, way: Way, at_ms: int) -> SignedStatement:
        """Hand the parcel to its recipient, with the evidence that the way asks for."""
        private = await self._evidence(held.box, way)
        if held.box.plan.trouble is Trouble.WRONG_PIN:
            wrong = thieves.mistyped(self.book, held.box, str(private["pin"]))
            self._say_given(held, way, at_ms - 30_000, {**private, "pin": wrong})
            await self.phone.flush()
        return self._say_given(held, way, at_ms, private)

    def _say_given(self, held: Consignment, way: Way, at_ms: int, private: dict[str, Canonical]) -> SignedStatement:
        return self.phone.hand_over(
            held.box.parcel,
            at_ms,
            after=held.after,
            giver=self.phone.party,
            taker=PersonId(held.recipient),
            way=way,
            state=State.DELIVERED,
            evidence=_EVIDENCE[way],
            seal=held.box.seal,
            private=private,
        )

    async def _evidence(self, box: Box, way: Way) -> dict[str, Canonical]:
        """What the other side leaves, and where the phone thinks it is."""
        address = box.shipment.address
        private: dict[str, Canonical] = {
            "lat_e7": address.lat_e7 + self.random.randrange(-900, 900),
            "lon_e7": address.lon_e7 + self.random.randrange(-1800, 1800),
            "accuracy_m": self.random.randint(*ACCURACY_M),
        }
        match way:
            case Way.PIN:
                private["pin"] = await door.read_pin(self.line, box)
            case Way.DRAWING:
                private["drawing"] = door.drawing(self.random)
                private["name"] = box.shipment.recipient
            case _:
                picture = door.photo(self.random)
                self.pictures.append((box.parcel, picture))
                private["photo"] = picture.sha256
        return private

    async def _before(self, held: Consignment, of_day_ms: int) -> None:
        """What thieves did on the way to this door."""
        at_ms = self.hours.at_ms(of_day_ms)
        match held.box.plan.trouble:
            case Trouble.SEAL_SWAPPED:
                thieves.swap_seal(self.book, held.box)
            case Trouble.FORGED:
                await thieves.forge(self.book, self.phone, held, at_ms)
            case Trouble.REVOKED if self.lost is not None:
                await thieves.use_revoked(self.book, self.lost, held, at_ms)
            case _:
                return
        self._tell_trouble(held.box, of_day_ms)

    async def _after(self, held: Consignment, given: SignedStatement, of_day_ms: int) -> None:
        """What thieves do with what was just told; it is posted first, so that they can have copied it."""
        match held.box.plan.trouble:
            case Trouble.REPLAYED:
                await self.phone.flush()
                await thieves.replay(self.book, self.phone, given)
            case Trouble.CLONED:
                await self.phone.flush()
                await thieves.clone(self.book, self.phone, held.box, self.hours.at_ms(of_day_ms) + MINUTE_MS)
            case Trouble.WRONG_PIN:
                pass
            case _:
                return
        self._tell_trouble(held.box, of_day_ms)

    def _tell_trouble(self, box: Box, of_day_ms: int) -> None:
        trouble = box.plan.trouble
        if trouble is not None:
            self.story.tell(trouble.word, of_day_ms, driver=self.name, number=box.tracking)

    async def _post(self) -> None:
        """Pictures first: a statement that names one finds it there. Without a network nothing is posted."""
        if not self.route.offline:
            await self._upload()
            await self.phone.flush()

    async def _upload(self) -> None:
        while self.pictures:
            parcel, picture = self.pictures[0]
            await self.line.ask(
                "PUT",
                f"/v1/evidence/{picture.sha256}",
                auth=self.phone.auth,
                content=picture.body,
                headers={"Content-Type": picture.media_type, "Safehand-Parcel": parcel},
            )
            del self.pictures[0]

    async def _post_late(self) -> None:
        """A whole day at once, shuffled, in several batches: as phones do that come back from nowhere."""
        await self._upload()
        late = list(self.phone.outbox)
        self.random.shuffle(late)
        size = -(-len(late) // LATE_BATCHES)
        for part in batched(late, size):
            for batch in batches(part):
                await self.phone.post(batch)
        self.phone.outbox.clear()
        self.story.tell("late", self.route.back_ms, driver=self.name, count=len(late))
