"""A carrier with a depot, a driver who signs in, and whoever keeps the records, by HTTP."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from safehand.kernel.clock import HandClock
from safehand.kernel.ids import PartyId
from safehand.workforce.course import paper
from safehand.workforce.shelf import load_shelf
from tests.installations import Town, a_town
from tests.servers import Database

DAY_MS = 86_400_000
NOON_MS = 1_795_860_000_000  # 2026-11-28, noon in Helsinki
LICENCE = {"number": "fi 120384-77", "born": "1984-03-12", "classes": ["B"], "expires": "2027-01-10"}
COURSES = tuple(course.name for course in load_shelf().current())


@dataclass
class Carrier:
    """Who is there, as headers, and the driver's party."""

    town: Town
    clock: HandClock
    ana: PartyId
    driver: dict[str, str]
    security: dict[str, str]
    dispatcher: dict[str, str]
    place: str

    async def right_answers(self, attempt: str, off_by: int = 0) -> list[int]:
        """The right lines of a quiz that lies there, as the server knows them."""
        async with self.town.here.store.transaction() as tx:
            [row] = await tx.fetch("SELECT course, edition, seed FROM quiz_attempts WHERE id = $1", attempt)
        asked = paper(load_shelf().course(row["course"], row["edition"]), row["seed"])
        return [(one.right + off_by) % len(one.options) for one in asked]

    async def take(self, course: str, who: dict[str, str] | None = None, off_by: int = 0) -> Any:
        """Take a quiz, right or wrong throughout; how it went."""
        begun = await self.town.told("POST", f"/v1/courses/{course}/attempts", who or self.driver)
        answers = await self.right_answers(begun["attempt"], off_by)
        path = f"/v1/courses/attempts/{begun['attempt']}/answers"
        return await self.town.told("POST", path, who or self.driver, json={"answers": answers})

    async def authority(self) -> Any:
        """What the driver may do now, as the gate reads it."""
        return await self.town.told("GET", f"/v1/drivers/{self.ana}/authority", self.dispatcher)

    async def engage(self, since: str = "2025-01-01") -> None:
        """Ana works since then."""
        await self.town.told("PUT", f"/v1/drivers/{self.ana}/engagement", json={"since": since})

    async def licence(self, driver: str | None = None, **changes: Any) -> str:
        """Record a licence; its id."""
        path = f"/v1/drivers/{driver or self.ana}/licences"
        made = await self.town.told("POST", path, json=LICENCE | changes)
        return str(made["id"])


@pytest.fixture
async def carrier(database: Database, tmp_path: Path) -> AsyncIterator[Carrier]:
    clock = HandClock(NOON_MS)
    async with a_town(database, tmp_path, clock=clock, pages=True) as town:
        ana = await town.party("driver", "Ana")
        depot = await town.told("POST", "/v1/parties", json={"kind": "depot", "name": "Depot"})
        yield Carrier(
            town,
            clock,
            ana,
            driver=await town.hire("ana", "driver", party=ana),
            security=await town.hire("sec", "security"),
            dispatcher=await town.hire("disp", "dispatcher"),
            place=depot["place"],
        )
