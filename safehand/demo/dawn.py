"""A dawn in a depot: carriers tell what comes, cages roll in, all is sorted, caged by route and loaded, or named."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched, groupby
from typing import Any

from safehand.demo.book import Book, compared
from safehand.demo.dawn_plan import CARRIERS, Arriving, DawnPlan, Wrong
from safehand.demo.line import Bearer, Line
from safehand.demo.office import Desk
from safehand.demo.phone import BATCH_ITEMS_MAX, Phone
from safehand.demo.reckoning import last_holder, nothing_lost, raised_by, settled
from safehand.events.statement import FIRST_AFTER, Closed, Emptied, Packed, Reported, Scanned, Weighed
from safehand.events.vocabulary import State, Way
from safehand.kernel.clock import Clock
from safehand.kernel.ids import ParcelId, PartyId

ROWS_A_CALL = 10_000
TABLETS = 3
WEIGHT_G = 1_200
TOO_MUCH_G = 3 * WEIGHT_G
LOOKED_AT_MAX = 1_000
"""Timelines that are read in the end; of a larger dawn every so many-th."""
AT_ONCE = 8
HOURS = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
CODE, RAMP = "DAWN", {"point": [601_870_000, 249_730_000]}


@dataclass(slots=True)
class Carried:
    """A parcel that came, with its ids and what the tablets' list says of it."""

    plan: Arriving
    parcel: ParcelId
    lane: str | None = None
    route: str | None = None
    promised_on: str = ""


@dataclass(slots=True)
class DawnOutcome:
    """What became of the dawn."""

    plan: DawnPlan
    book: Book
    seconds: dict[str, float] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    exceptions: Counter[str] = field(default_factory=Counter)
    entries: int = 0
    """How many entries the log has in the end."""

    @property
    def good(self) -> bool:
        """Whether every parcel is where it belongs, or named."""
        return not self.book.disagreements

    def counted(self) -> dict[str, int]:
        """How many came, and what became of them."""
        return {"parcels": len(self.plan.parcels), "carriers": len(CARRIERS), **dict(sorted(self.counts.items()))}

    def summary(self) -> dict[str, object]:
        """The one JSON value that the command ends with."""
        return {
            **self.counted(),
            "exceptions": dict(sorted(self.exceptions.items())),
            "statements": dict(sorted(self.book.outcomes.items())),
            "seconds": {name: round(took, 1) for name, took in self.seconds.items()},
            "seed": self.plan.seed,
            "ok": self.good,
            "disagreements": self.book.disagreements[:20],
        }


@dataclass(slots=True)
class Dawn:
    """Plays one dawn on an installation that is running, through its public API alone."""

    plan: DawnPlan
    desk: Desk
    clock: Clock
    outcome: DawnOutcome
    depot: PartyId = field(init=False)
    tablets: list[Phone] = field(init=False)
    drivers: dict[str, Phone] = field(init=False)
    carriers: list[tuple[PartyId, Bearer]] = field(init=False)
    carried: list[Carried] = field(default_factory=list, init=False)
    cages: dict[str, str] = field(default_factory=dict, init=False)
    """Ids of the cages, by their SSCC."""

    @property
    def line(self) -> Line:
        """The public API."""
        return self.desk.line

    @property
    def book(self) -> Book:
        """What was acknowledged, and what disagrees."""
        return self.outcome.book

    async def play(self) -> DawnOutcome:
        """From an empty depot to loaded vans."""
        await self._bring_in()
        for name, act in (
            ("told", self._tell),
            ("signed", self._settle),
            ("listed", self._list),
            ("received", self._receive),
            ("sorted", self._sort),
            ("loaded", self._load),
            ("covered", self._settle),
            ("reckoned", self._reckon),
        ):
            began = time.monotonic()
            await act()
            self.outcome.seconds[name] = time.monotonic() - began
        return self.outcome

    async def _bring_in(self) -> None:
        """The depot on the map with its lanes and sort plan; carriers, tablets, drivers with phones."""
        self.depot, _ = await self.desk.depot("Dawn")
        lanes = sorted({lane for _, lane, _ in self.plan.routes})
        zone = {"zone": "Europe/Helsinki", "hours": HOURS, "cut_offs": {}}
        depot = {"kind": "depot", "code": CODE, "name": "Dawn", "details": zone, "party": self.depot, "shape": RAMP}
        await self.line.post("/v1/places", depot, auth=self.desk.admin)
        for lane in lanes:
            told = {"kind": "checkpoint", "code": lane, "name": lane, "details": {"role": "lane"}, "within": CODE}
            await self.line.post("/v1/places", told, auth=self.desk.admin)
        rules = [{"prefix": code, "lane": lane, "route": route} for code, lane, route in self.plan.routes]
        await self.line.ask(
            "PUT", f"/v1/places/{CODE}/sort-plan", json={"version": 0, "rules": rules}, auth=self.desk.admin
        )
        self.tablets = [await self.desk.phone(self.depot, f"tablet {number + 1}") for number in range(TABLETS)]
        self.drivers = {}
        for _, _, route in self.plan.routes:
            self.drivers[route] = await self.desk.phone(await self.desk.driver(f"Driver {route}"), route)
        self.carriers = [await self.desk.merchant(name, "linehaul") for name in CARRIERS]

    async def _tell(self) -> None:
        """Each carrier sends its manifests, and sends the first one twice, as after a broken connection."""
        for number, (_, key) in enumerate(self.carriers):
            theirs = [parcel for parcel in self.plan.parcels if parcel.carrier == number]
            for some in _calls(theirs):
                said = {"count": len(some), "shipments": [_shipment(parcel) for parcel in some]}
                report = await self.line.post("/v1/manifests", said, auth=key)
                self.book.check(report["taken"] == len(some), f"{CARRIERS[number]}: {report['taken']} of {len(some)}")
                for parcel, row in zip(some, report["rows"], strict=True):
                    self.carried.append(Carried(parcel, ParcelId(row["parcels"][0]["parcel"])))
                if some[0] is theirs[0]:
                    again = await self.line.post("/v1/manifests", said, auth=key)
                    self.book.check(again == report, f"{CARRIERS[number]}: told twice, it was answered in two ways")

    async def _settle(self) -> None:
        await settled(self.desk, self.book)

    async def _list(self) -> None:
        """A tablet fetches the list by which it judges what it scans."""
        known = {one.parcel: one for one in self.carried}
        cursor, more = "", True
        while more:
            page = await self.line.get(f"/v1/depots/{self.depot}/worklist{cursor}", auth=self.tablets[0].auth)
            for row in page["parcels"]:
                one = known[ParcelId(row["parcel"])]
                one.lane, one.route, one.promised_on = row["lane"], row["route"], row["promised_on"]
            self.cages |= {row["sscc"]: row["aggregate"] for row in page["aggregates"]}
            cursor, more = f"?after={page['next']}", page["more"]
        for one in self.carried:
            planned = (one.plan.lane or None, one.plan.route or None)
            self.book.check((one.lane, one.route) == planned, f"{one.parcel}: led to {one.lane}, {one.route}")

    async def _receive(self) -> None:
        """The cages come over the ramp, one handover each; carriers have no device, so the tablet signs alone."""
        gate = self.tablets[0]
        for sscc, inside in _by_cage(self.carried):
            giver = self.carriers[inside[0].plan.carrier][0]
            gate.hand_over(
                ParcelId(self.cages[sscc]),
                self._now(),
                after=FIRST_AFTER,
                giver=giver,
                taker=self.depot,
                way=Way.COUNTER,
                state=State.RECEIVED,
            )
        await gate.flush()

    async def _sort(self) -> None:
        """Each tablet empties its share of the cages, parcel by parcel."""
        cages = _by_cage(self.carried)
        await asyncio.gather(*(self._empty(tablet, cages[at::TABLETS]) for at, tablet in enumerate(self.tablets)))

    async def _empty(self, tablet: Phone, cages: Sequence[tuple[str, list[Carried]]]) -> None:
        for sscc, inside in cages:
            for one in inside:
                self._judge(tablet, one)
                if len(tablet.outbox) >= BATCH_ITEMS_MAX:
                    await tablet.flush()
            tablet.say(Emptied, ParcelId(self.cages[sscc]), self._now())
            await tablet.flush()

    def _judge(self, tablet: Phone, one: Carried) -> None:
        """What is told of a parcel that somebody takes out of a cage: its lane, or what is wrong with it."""
        wrong = one.plan.wrong
        if wrong is not None and wrong.kind is not None:
            self.book.expect(one.parcel, wrong.kind)
        match wrong:
            case Wrong.SHORT:
                return  # it is not there: whoever empties the cage over the record names it
            case Wrong.OVER | Wrong.UNLABELLED | Wrong.TAMPERED:
                tablet.say(Scanned, one.parcel, self._now(), state=State.HELD)
                tablet.say(Reported, one.parcel, self._now(), problem=wrong.kind)
                return
            case Wrong.OVERWEIGHT:
                tablet.say(Weighed, one.parcel, self._now(), weight_g=TOO_MUCH_G)
            case Wrong.MISSORT:
                thrown = next(lane for _, lane, _ in self.plan.routes if lane != one.plan.lane)
                self.outcome.counts["missorts_caught"] += thrown != one.lane  # red, before anything is told
            case _:
                pass
        tablet.say(Scanned, one.parcel, self._now(), state=State.SORTED)
        self.outcome.counts["sorted"] += 1

    async def _load(self) -> None:
        """Sorted parcels without an exception go into route cages; depot and driver sign for each cage."""
        free = [one for one in self.carried if one.plan.wrong in {None, Wrong.MISSORT}]
        day = max(one.promised_on for one in self.carried)
        driven = [{"route": route, "driver": phone.party} for route, phone in self.drivers.items()]
        path = f"/v1/depots/{self.depot}/routes/{day}"
        await self.line.ask("PUT", path, json={"routes": driven}, auth=self.desk.dispatcher)
        loads = [list(some) for _, some in groupby(sorted(free, key=_route), key=_route)]
        await asyncio.gather(*(self._load_some(tablet, loads[at::TABLETS]) for at, tablet in enumerate(self.tablets)))
        for load in loads:
            route = load[0].plan.route
            check = await self.line.get(f"{path}/{route}/load", auth=self.desk.dispatcher, fresh=True)
            aboard = {line["parcel"] for line in check["aboard"]}
            self.book.check(aboard == {one.parcel for one in load}, f"{route}: {len(aboard)} aboard of {len(load)}")
            self.book.check(check["complete"], f"{route}: the load check is not complete")
            self.outcome.counts["loaded"] += len(aboard)

    async def _load_some(self, tablet: Phone, loads: Sequence[Sequence[Carried]]) -> None:
        for load in loads:
            said = {"kind": "cage", "depot": self.depot}
            cage = ParcelId((await self.line.post("/v1/aggregates", said, auth=tablet.auth))["id"])
            driver = self.drivers[load[0].plan.route]
            for one in load:
                tablet.say(Packed, one.parcel, self._now(), into=cage)
            tablet.say(Closed, cage, self._now(), count=len(load))
            for phone in (tablet, driver):
                phone.hand_over(
                    cage,
                    self._now(),
                    after=FIRST_AFTER,
                    giver=self.depot,
                    taker=driver.party,
                    way=Way.DEVICES,
                    state=State.LOADED,
                )
                await phone.flush()

    async def _reckon(self) -> None:
        """Hold what the depot's count says against the plan, and follow the hands of many parcels."""
        day = max(one.promised_on for one in self.carried)
        found = await self.line.get(f"/v1/depots/{self.depot}/reconciliation?day={day}", auth=self.desk.dispatcher)
        for kind in ("ready", "unsorted", "awaited", "over", "disagreeing"):
            self.book.check(not found[kind]["count"], f"{found[kind]['count']} parcels are {kind}")
        named = sum(count for wrong, count in self.plan.troubled().items() if wrong.kind is not None)
        self.outcome.counts |= Counter(
            {"out": found["out"]["count"], "excepted": found["excepted"]["count"], "held": found["held"]}
        )
        self.book.check(found["excepted"]["count"] == named, f"{found['excepted']['count']} named, {named} planted")
        accounted = found["out"]["count"] + found["excepted"]["count"]
        self.book.check(accounted == len(self.carried), f"{accounted} accounted for of {len(self.carried)}")
        raised = await raised_by(self.desk)
        for words in compared(self.book.expected, raised):
            self.book.disagree(words)
        self.outcome.exceptions = Counter(kind.value for _, kind in raised.elements())
        self.outcome.entries = (await self.line.get("/v1/lag", auth=self.desk.dispatcher))["size"]
        await self._follow(self.carried[:: max(1, len(self.carried) // LOOKED_AT_MAX)])

    async def _follow(self, some: Sequence[Carried]) -> None:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(carried: Carried) -> None:
            async with gate:
                path = f"/v1/parcels/{carried.parcel}"
                entries = (await self.line.get(f"{path}/custody", auth=self.desk.dispatcher))["entries"]
            out = carried.plan.wrong in {None, Wrong.MISSORT}
            expected = self.drivers[carried.plan.route].party if out else self.depot
            holder = last_holder(carried.parcel, entries, self.book)
            self.book.check(holder == expected, f"{carried.parcel}: with {holder}, and should be with {expected}")
            nothing_lost(carried.parcel, entries, self.book)

        await asyncio.gather(*map(one, some))
        self.outcome.counts["timelines_read"] = len(some)

    def _now(self) -> int:
        return self.clock.now_ms()


def _route(one: Carried) -> str:
    return one.plan.route


def _by_cage(carried: Sequence[Carried]) -> list[tuple[str, list[Carried]]]:
    """What lies in each cage, by its number."""
    ordered = sorted(carried, key=lambda one: (one.plan.cage, one.plan.index))
    return [(cage, list(some)) for cage, some in groupby(ordered, key=lambda one: one.plan.cage)]


def _calls(parcels: Sequence[Arriving]) -> list[list[Arriving]]:
    """Parcels in as few calls as there may be, the parcels of one cage in one call."""
    cages = [list(some) for _, some in groupby(parcels, key=lambda parcel: parcel.cage)]
    a_call = ROWS_A_CALL // max(len(cage) for cage in cages)
    return [[parcel for cage in some for parcel in cage] for some in batched(cages, a_call)]


def _shipment(parcel: Arriving) -> Mapping[str, Any]:
    return {
        "reference": parcel.reference,
        "recipient": {
            "name": f"Recipient {parcel.index + 1}",
            "street": f"Aamukatu {parcel.index % 97 + 1}",
            "postal_code": parcel.postal_code,
            "city": "Helsinki",
            "country": "FI",
        },
        "parcels": [{"weight_g": WEIGHT_G, "aggregate": parcel.cage}],
    }
