"""The day: opens the office, brings everybody in, plays from six until the last van is back, and reckons."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from safehand.demo import thieves
from safehand.demo.audit import Audited, Auditor
from safehand.demo.book import Book
from safehand.demo.dawn import DawnOutcome
from safehand.demo.depot import Depot
from safehand.demo.driver import Driver
from safehand.demo.hours import OPENS_MS, Hours
from safehand.demo.installation import Installation
from safehand.demo.line import Line
from safehand.demo.merchant import tell_shipments
from safehand.demo.office import DISPATCHER_LOGIN, Desk, Merchant
from safehand.demo.plan import MINUTE_MS, DayPlan, RoutePlan, Trouble
from safehand.demo.reckoning import Reckoner, Reckoning, recipients_of
from safehand.demo.story import Story
from safehand.demo.world import Box, Consignment

REVOKED_AT_MS = OPENS_MS + 57 * MINUTE_MS
SPARE_SEALS = 5


@dataclass(frozen=True, slots=True)
class Watch:
    """Something worth watching: what it is, and the link that shows it."""

    what: str
    link: str


@dataclass(frozen=True, slots=True)
class Doors:
    """How somebody looks in while the day is played."""

    url: str
    login: str
    password: str
    watch: tuple[Watch, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the evening found."""

    day: DayPlan
    dawn: DawnOutcome | None
    reckoning: Reckoning
    audited: Audited
    book: Book

    @property
    def good(self) -> bool:
        """Whether all is as it should be."""
        return not self.book.disagreements and self.audited.verified

    def summary(self) -> dict[str, object]:
        """The one JSON value that the command ends with."""
        return {
            "delivered": self.reckoning.delivered,
            "attempted": self.reckoning.attempted,
            "exceptions_raised": self.reckoning.raised.total(),
            "exceptions_expected": self.book.expected.total(),
            "ledger_size": self.audited.size,
            "ledger_verified": self.audited.verified,
            "receipts_verified": self.audited.receipts,
            "statements": dict(sorted(self.book.outcomes.items())),
            "exceptions": dict(sorted((kind.value, n) for (_, kind), n in self.reckoning.raised.items())),
            "dawn": dict(self.dawn.counted()) if self.dawn is not None else None,
            "seed": self.day.seed,
            "town": self.day.town,
            "ok": self.good,
            "disagreements": self.book.disagreements[:20],
        }


@dataclass(slots=True)
class Cast:
    """Everybody who plays, once they have arrived."""

    desk: Desk
    depot: Depot
    drivers: list[Driver]
    deliveries: list[tuple[Merchant, list[Box]]]

    @property
    def boxes(self) -> list[Box]:
        """Every parcel there is, in the order of the plan."""
        return sorted((box for _, boxes in self.deliveries for box in boxes), key=lambda box: box.plan.index)


@dataclass(frozen=True, slots=True)
class Director:
    """Plays one day on one installation."""

    day: DayPlan
    installation: Installation
    desk: Desk
    hours: Hours
    story: Story
    dawn: DawnOutcome | None = None

    @property
    def line(self) -> Line:
        """The public API."""
        return self.desk.line

    @property
    def book(self) -> Book:
        """What was acknowledged, and what disagrees."""
        return self.desk.book

    async def bring_in(self) -> Cast:
        """Before six: parties, people, phones, keys, and everything that merchants have told of."""
        desk = self.desk
        await desk.let_stand()
        merchants = await desk.merchants()
        depot = await self._depot(desk)
        drivers = [await self._driver(desk, route) for route in self.day.routes]
        told = await asyncio.gather(*(tell_shipments(self.line, self.book, one, self.day) for one in merchants))
        cast = Cast(desk, depot, drivers, list(zip(merchants, told, strict=True)))
        depot.seals += await desk.seals(depot.party, sum(box.must_seal for box in cast.boxes) + SPARE_SEALS)
        self.story.tell("told", count=len(cast.boxes), merchants=len(merchants))
        return cast

    async def play(self, cast: Cast) -> None:
        """From six o'clock until the last van is back."""
        self.hours.open()
        with self.story.counting(len(cast.boxes)):
            await cast.depot.receive(cast.deliveries)
            await self._revoke(cast)
            await cast.depot.sort(cast.boxes)
            try:
                async with asyncio.TaskGroup() as on_the_road:
                    for driver in cast.drivers:
                        await self._load(cast, driver)
                        on_the_road.create_task(self._drive(cast, driver))
            except ExceptionGroup as several:
                raise several.exceptions[0] from None  # the first fault ended the day for everybody

    async def reckon(self, cast: Cast, auditor: Auditor) -> Outcome:
        """In the evening: hold everything against the plan, and verify the log outside the system."""
        self.story.tell("reckoning")
        reckoner = Reckoner(self.line, cast.desk, self.book, cast.depot.party, cast.depot.shelf)
        reckoning = await reckoner.reckon(cast.boxes, recipients_of(cast.drivers))
        shown = [box for box in cast.boxes if box.plan.trouble is not None]
        shown += [box for box in cast.boxes if not box.shipment.delivered]
        audited = await auditor.audit(shown)
        before = self.dawn.entries if self.dawn is not None else 0
        self.book.check(
            audited.size == reckoning.entries + before,
            f"the log holds {audited.size} entries, the timelines {reckoning.entries}, the dawn {before}",
        )
        for name, found, planned in (
            ("delivered", reckoning.delivered, self.day.delivered),
            ("attempted", reckoning.attempted, self.day.attempted),
        ):
            self.book.check(found == planned, f"{name}: {found}, and {planned} were planned")
        return Outcome(self.day, self.dawn, reckoning, audited, self.book)

    def doors(self, cast: Cast) -> Doors:
        """The links of a few parcels whose day is worth watching, and how to sign in."""
        chosen: list[tuple[str, Box]] = []
        boxes = cast.boxes
        for what, box in (
            ("delivered", next(box for box in boxes if box.shipment.delivered and box.plan.trouble is None)),
            ("attempted", next(box for box in boxes if not box.shipment.delivered)),
            *((trouble.word, _troubled(boxes, trouble)) for trouble in (Trouble.SEAL_SWAPPED, Trouble.TWO_CLAIMS)),
        ):
            chosen.append((what, box))
        watch = tuple(Watch(what, _absolute(self.installation.url, box.link)) for what, box in chosen)
        return Doors(self.installation.url, DISPATCHER_LOGIN, cast.desk.password, watch)

    async def _depot(self, desk: Desk) -> Depot:
        party, place = await desk.depot(self.day.town)
        counter, ramp = await desk.phone(party, "counter"), await desk.phone(party, "ramp")
        counter.place = ramp.place = place
        return Depot(party, counter, ramp, self.line, self.hours, self.book, self.story, seals=[])

    async def _driver(self, desk: Desk, route: RoutePlan) -> Driver:
        party = await desk.driver(route.name)
        loses = self.day.troubled(Trouble.REVOKED)[0].driver == route.driver
        return Driver(
            route=route,
            phone=await desk.phone(party, f"{route.name} 1"),
            lost=await desk.phone(party, f"{route.name} 2") if loses else None,
            line=self.line,
            hours=self.hours,
            book=self.book,
            story=self.story,
            random=Random(f"{self.day.seed} {route.driver}"),
        )

    async def _revoke(self, cast: Cast) -> None:
        for driver in cast.drivers:
            if driver.lost is not None:
                await self.hours.until(REVOKED_AT_MS)
                await cast.desk.revoke(driver.lost.device)
                self.story.tell("lost_phone", REVOKED_AT_MS, driver=driver.name)

    async def _load(self, cast: Cast, driver: Driver) -> None:
        """Depot and driver sign for the same parcels, each with their own device, at the same time."""
        loads_ms = driver.route.loads_ms
        await self.hours.until(loads_ms)
        load = [cast.depot.shelf[box.parcel] for boxes in _stops(cast.boxes, driver) for box in boxes]
        cast.depot.give(load, driver.phone.party, loads_ms)
        driver.load(load)
        if driver.route.offline:
            await cast.depot.ramp.flush()
        else:
            await asyncio.gather(cast.depot.ramp.flush(), driver.phone.flush())
        self.story.tell("loaded", loads_ms, driver=driver.name, count=len(load))
        await driver.look_over()
        await self._claim_too(cast, load, loads_ms)

    async def _claim_too(self, cast: Cast, load: Sequence[Consignment], loads_ms: int) -> None:
        for held in load:
            if held.box.plan.trouble is Trouble.TWO_CLAIMS:
                online = [driver for driver in cast.drivers if not driver.route.offline]
                rival = online[(held.box.shipment.driver + 1) % len(online)]
                await thieves.claim_too(self.book, rival.phone, held, self.hours.at_ms(loads_ms + MINUTE_MS))
                number = held.box.tracking
                self.story.tell(Trouble.TWO_CLAIMS.word, loads_ms + MINUTE_MS, driver=rival.name, number=number)

    async def _drive(self, cast: Cast, driver: Driver) -> None:
        await driver.deliver(_stops(cast.boxes, driver))
        await driver.come_back(cast.depot)


def _stops(boxes: Sequence[Box], driver: Driver) -> list[list[Box]]:
    """The driver's boxes, door by door."""
    by_shipment: dict[int, list[Box]] = {}
    for box in boxes:
        by_shipment.setdefault(box.shipment.index, []).append(box)
    return [by_shipment[index] for index in driver.route.shipments if index in by_shipment]


def _troubled(boxes: Sequence[Box], trouble: Trouble) -> Box:
    return next(box for box in boxes if box.plan.trouble is trouble)


def _absolute(url: str, link: str) -> str:
    """The link as somebody can open it."""
    return link if link.startswith("http") else url + link
