"""A depot on the map with two lanes and a sort plan, a merchant who sends to both, and drivers, over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safehand.events.statement import FIRST_AFTER, Reported, Scanned, Statement
from safehand.events.vocabulary import ExceptionKind, Side, State, Way
from safehand.identity.model import PartyKind
from safehand.kernel.clock import Clock
from safehand.kernel.ids import ParcelId, PartyId
from safehand.places.model import Checkpoint, Depot, Draft, PlaceKind, ReadPoint
from safehand.places.sorting import SortRule
from tests.app.test_day import handover
from tests.installations import RECIPIENT, Phone, Town, a_town
from tests.places.scenes import HERE, WEEK, ZONE
from tests.servers import Database

EVERY_DAY = WEEK | dict.fromkeys(("sat", "sun"), ("08:00-18:00",))
RULES = [SortRule("001", "LANE-A", "R1"), SortRule("002", "LANE-B", "R2")]


@dataclass
class Day:
    """One depot, and who comes and goes."""

    town: Town
    depot: PartyId
    merchant: PartyId
    key: dict[str, str]
    tablet: Phone
    driver: PartyId

    async def sent(self, *postal_codes: str, name: str = "m", **parcel: Any) -> list[ParcelId]:
        """A parcel to each postal code, told in one manifest."""
        shipments = [
            {
                "reference": f"{name}-{place}",
                "recipient": RECIPIENT | {"postal_code": code},
                "parcels": [{"weight_g": 900} | parcel],
            }
            for place, code in enumerate(postal_codes)
        ]
        said = {"count": len(shipments), "shipments": shipments}
        report = await self.town.told("POST", "/v1/manifests", self.key, json=said)
        await self.town.settle()
        return [row["parcels"][0]["parcel"] for row in report["rows"]]

    async def after(self, parcel: str) -> str:
        """What the next handover of it continues from."""
        async with self.town.here.store.transaction() as tx:
            head = await self.town.here.reader.head(tx, parcel)
        return head.last_handover

    async def told(self, phone: Phone, *said: Statement) -> list[Any]:
        """What these statements became, once everything has seen them."""
        answer = await phone.tell(*(phone.item(one) for one in said))
        assert answer.is_success, answer.text
        await self.town.settle()
        answers = list(answer.json()["answers"])
        assert all(one["outcome"].startswith("stored") for one in answers), answers
        return answers

    async def received(self, *parcels: ParcelId) -> None:
        """From the merchant, over the ramp."""
        ramp = {"side": Side.TAKER, "way": Way.COUNTER, "state": State.RECEIVED}
        told = [handover(self.tablet, one, self.merchant, self.depot, FIRST_AFTER, **ramp) for one in parcels]
        await self.told(self.tablet, *told)

    async def sorted(self, *parcels: ParcelId) -> None:
        """On their lanes."""
        for parcel in parcels:
            said = Scanned(**self.tablet.next(), parcel=parcel, party=self.depot, state=State.SORTED)
            await self.told(self.tablet, said)

    async def reported(self, parcel: ParcelId, problem: ExceptionKind) -> None:
        """Something is wrong with it."""
        said = Reported(**self.tablet.next(), parcel=parcel, party=self.depot, problem=problem)
        await self.told(self.tablet, said)

    async def loaded(self, phone: Phone, *parcels: ParcelId) -> None:
        """Given to the driver with that phone: both sign."""
        for parcel in parcels:
            after = await self.after(parcel)
            for one, side in ((self.tablet, Side.GIVER), (phone, Side.TAKER)):
                await self.told(one, handover(one, parcel, self.depot, phone.party, after, side=side))

    async def asked(self, target: str) -> Any:
        """What the tablet is told."""
        answer = await self.tablet.send("GET", f"/v1/depots/{self.depot}/{target}")
        assert answer.is_success, answer.text
        return answer.json()


@asynccontextmanager
async def a_depots_day(
    database: Database, folder: Path, clock: Clock | None = None, *, pages: bool = False
) -> AsyncIterator[Day]:
    """The depot with its tablet, a driver, and a merchant."""
    async with a_town(database, folder, clock, pages=pages) as town:
        depot = await town.party(PartyKind.DEPOT, "Kalasatama")
        here = town.here
        async with here.store.transaction() as tx:
            desk = here.places.desk
            said = Draft(
                kind=PlaceKind.DEPOT,
                code="KALASATAMA",
                name="Kalasatama",
                shape=HERE,
                details=Depot(zone=ZONE, hours=EVERY_DAY, cut_offs={}),
                party=depot,
            )
            place = await desk.add(tx, said, "usr_anna")
            for lane in ("LANE-A", "LANE-B"):
                of_lane = Draft(
                    kind=PlaceKind.CHECKPOINT,
                    code=lane,
                    name=lane.title(),
                    shape=None,
                    details=Checkpoint(role=ReadPoint.LANE),
                    party=None,
                    within="KALASATAMA",
                )
                await desk.add(tx, of_lane, "usr_anna")
            await here.places.plans.tell(tx, place, RULES, "usr_anna", version=0)
        merchant, key = await town.merchant()
        driver = await town.party(PartyKind.DRIVER, "Ben")
        yield Day(town, depot, merchant, key, await town.phone(depot), driver)
