"""A depot's dawn: 25,000 parcels of three carriers through the API; and how fast it answers while it is full."""

import asyncio
import time
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from pathlib import Path
from random import Random

from bench.measure import Measure, percentile
from safehand.demo.book import Book
from safehand.demo.dawn import Dawn, DawnOutcome
from safehand.demo.dawn_plan import plan_dawn
from safehand.demo.installation import running
from safehand.demo.line import open_line
from safehand.demo.office import open_office
from safehand.demo.phone import Phone
from safehand.events.vocabulary import State
from safehand.kernel.clock import SystemClock
from safehand.labels.numbers import make_s10, make_sscc, new_tracking
from safehand.store.database import Store
from tests.installations import Town, a_town
from tests.servers import cloned, migrated_template, running_postgres, scratch_folder

PARCELS = 25_000
SCANNERS = 10
SCANS_A_SECOND = 50
SCANS_S = 20
MILLION = 1_000_000
ASKED = 400
ROWS = 50_000


@dataclass(frozen=True)
class Morning:
    """What was measured of one dawn."""

    outcome: DawnOutcome
    scans_ms: list[float]


@cache
def _morning() -> Morning:
    with scratch_folder(on_disk=True) as folder:
        return asyncio.run(_played(folder))


async def _played(folder: Path) -> Morning:
    clock = SystemClock()
    plan = plan_dawn(seed=1, parcels=PARCELS)
    async with running(folder / "data", None, folder / "up.log") as installation, open_line(installation.url) as line:
        desk = await open_office(line, await installation.setup_token(), clock, Book())
        dawn = Dawn(plan, desk, clock, DawnOutcome(plan, desk.book))
        outcome = await dawn.play()
        phones = [await desk.phone(dawn.depot, f"scanner {number}") for number in range(SCANNERS)]
        return Morning(outcome, await _scanned(dawn, phones))


async def _scanned(dawn: Dawn, phones: list[Phone]) -> list[float]:
    """So many scans a second, each posted alone and answered before its scanner reads the next; their times."""
    waits: list[float] = []
    things = cycle(one.parcel for one in dawn.carried if one.plan.wrong is not None)
    began = time.monotonic()

    async def scanner(at: int, phone: Phone) -> None:
        for turn in range(SCANS_S * SCANS_A_SECOND // SCANNERS):
            due = began + (turn * SCANNERS + at) / SCANS_A_SECOND
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            phone.scan(next(things), dawn.clock.now_ms(), State.HELD)
            asked = time.monotonic()
            await phone.flush()
            waits.append((time.monotonic() - asked) * 1000)

    await asyncio.gather(*(scanner(at, phone) for at, phone in enumerate(phones)))
    return waits


def dawn() -> Measure:
    """Every parcel sorted, loaded or named, custody without a gap, and counts that agree."""
    outcome = _morning().outcome
    took = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in outcome.seconds.items())
    counts = ", ".join(f"{count} {name}" for name, count in sorted(outcome.counts.items()))
    return Measure(
        subject="dawn of 25,000: what disagrees",
        value=len(outcome.book.disagreements),
        unit="findings",
        must="at most",
        bound=0,
        floor="none: a promise",
        detail=f"{counts}; {took}",
    )


def imports() -> Measure:
    """25,000 parcels of three carriers told by manifest."""
    return Measure(
        subject="25,000 parcels by manifest",
        value=_morning().outcome.seconds["told"],
        unit="s",
        must="at most",
        bound=60,
        floor="none: a promise",
        detail="three carriers, in cages, the first call of each sent twice",
    )


def scans() -> Measure:
    """The answer to a scan while a full depot scans 50 parcels a second."""
    waits = _morning().scans_ms
    return Measure(
        subject="50 scans a second, p99",
        value=percentile(waits, 0.99),
        unit="ms",
        must="at most",
        bound=100,
        floor="none: a promise",
        detail=f"p50 {percentile(waits, 0.5):.1f} ms, {len(waits)} scans",
    )


def finding() -> Measure:
    """A parcel among a million by its SSCC, S10, tracking number, another carrier's, and id."""
    return asyncio.run(_finding())


async def _finding() -> Measure:
    with running_postgres(on_disk=True) as server, scratch_folder(on_disk=True) as folder:
        template = await asyncio.to_thread(migrated_template, server)
        database = await asyncio.to_thread(cloned, server, template)
        async with a_town(database, folder / "data") as town:
            numbers = await _told(town)
            await _crowd(database.store())
            random, waits = Random(1), list[float]()
            for number in random.choices(numbers, k=ASKED):
                asked = time.perf_counter()
                await town.told("GET", f"/v1/parcels/{number}")
                waits.append((time.perf_counter() - asked) * 1000)
        await database.close()
    return Measure(
        subject="a parcel among a million, p95",
        value=percentile(waits, 0.95),
        unit="ms",
        must="at most",
        bound=100,
        floor="none: a promise",
        detail=f"p50 {percentile(waits, 0.5):.1f} ms, by five kinds of numbers",
    )


async def _told(town: Town) -> list[str]:
    """Parcels that merchants told of, by all of their numbers."""
    _, shop = await town.merchant()
    recipient = {"name": "E", "street": "S 1", "postal_code": "00100", "city": "Helsinki", "country": "FI"}
    told = [
        {"reference": f"r{n}", "recipient": recipient, "parcels": [{"weight_g": 900, "number": f"OTHER{n:08d}X"}]}
        for n in range(200)
    ]
    report = await town.told("POST", "/v1/manifests", shop, json={"count": len(told), "shipments": told})
    made = [row["parcels"][0] for row in report["rows"]]
    return [one[name] for one in made for name in ("sscc", "s10", "tracking", "parcel")] + [
        f"OTHER{n:08d}X" for n in range(len(made))
    ]


async def _crowd(store: Store) -> None:
    """A million other parcels with numbers that hold: copies of one, as rows alone."""
    async with store.transaction() as tx:
        [one] = await tx.fetch("SELECT * FROM parcels LIMIT 1")
    names, drawn = tuple(one.keys()), set[str]()
    while len(drawn) < MILLION:
        drawn.add(new_tracking())
    for first in range(0, MILLION, ROWS):
        rows = []
        for number in range(first, first + ROWS):
            own = {
                "parcel": f"pcl_0{number:025d}",
                "sscc": make_sscc(7, "6400009", number),
                "s10": make_s10("RA", number, "SE"),
                "tracking": drawn.pop(),
                "other_number": f"CROWD{number:08d}",
            }
            rows.append(tuple(own.get(name, one[name]) for name in names))
        async with store.transaction() as tx:
            await tx.copy("parcels", names, rows)
    async with store.transaction() as tx:
        await tx.run("ANALYZE parcels")
    await store.close()
