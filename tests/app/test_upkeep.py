"""Upkeep runs as jobs; dead ones are seen and run again by whoever may."""

from pathlib import Path

from safehand.app.upkeep import EVERY_MS, OVERDUE, Upkeep
from safehand.events.vocabulary import Side
from safehand.kernel.clock import HandClock
from tests.app.test_day import handover
from tests.installations import a_town
from tests.rooms import arrival
from tests.servers import Database

DAY_MS = 86_400_000


async def test_a_handover_whose_predecessor_never_comes_is_an_exception_after_a_day(
    database: Database, tmp_path: Path
) -> None:
    clock = HandClock(1_790_000_000_000)
    async with a_town(database, tmp_path, clock) as town:
        _, key = await town.merchant()
        depot, driver = await town.party("depot", "Kalasatama"), await town.party("driver", "Mikko")
        parcel = (await town.shipment(key))["parcels"][0]["parcel"]
        phone = await town.phone(driver)
        phone.at_ms = clock.now_ms()
        said = handover(phone, parcel, depot, driver, "f" * 64, side=Side.TAKER)
        [answer] = await town.here.custody.record([arrival(said)])
        assert answer.exceptions == ()
        await town.settle()

        upkeep = Upkeep(town.here)
        await upkeep.plan()
        clock.advance(DAY_MS + EVERY_MS[OVERDUE])
        await upkeep.worker().run_due()
        await town.settle()

        async with town.here.store.transaction() as tx:
            rows = await tx.fetch("SELECT kind, told FROM exceptions")
        assert [(row["kind"], row["told"]) for row in rows] == [("unknown_after", "f" * 64)]


async def test_a_dead_job_is_listed_and_runs_again(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        await Upkeep(town.here).plan()
        async with town.here.store.transaction() as tx:
            await tx.run("UPDATE jobs SET state = 'dead', attempts = attempts_max, failure = 'x at y:1', failed_ms = 1")

        dead = (await town.told("GET", "/v1/jobs?state=dead"))["jobs"]
        assert len(dead) == len(EVERY_MS)
        again = await town.ask("POST", f"/v1/jobs/{dead[0]['id']}/rerun")
        assert again.status_code == 204

        assert len((await town.told("GET", "/v1/jobs?state=dead"))["jobs"]) == len(EVERY_MS) - 1
        dispatcher = await town.hire("dora", "dispatcher")
        assert (await town.ask("GET", "/v1/jobs", dispatcher)).status_code == 403
