"""Risk in the whole application: incidents in, cells out, a contest that a person decides, effects that stay."""

from pathlib import Path

import pytest

from safehand.risk.cells import DAY_MS, EXPIRY_MS, Effect, Source
from safehand.risk.commands import RiskDesk
from safehand.risk.disparity import Served
from safehand.risk.rates import Reason, cell_at
from tests.installations import a_town
from tests.servers import Database

HERE = cell_at(60.17, 24.94)
EVERYWHERE = [cell_at(60.1 + step / 100, 24.9 + step / 100) for step in range(12)]


async def test_losses_become_a_rate_that_a_contest_sets_aside_once_a_person_upheld_it(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        desk = RiskDesk(town.here.store, town.here.clock)
        now_ms = town.here.clock.now_ms()
        losses = [(HERE, now_ms - day * DAY_MS) for day in range(1, 40)]
        assert await desk.take(Source.OWN, losses)
        assert not await desk.take(Source.OWN, losses), "the same record twice"
        await desk.take(Source.OWN, [(EVERYWHERE[1], now_ms - EXPIRY_MS - DAY_MS)])
        await desk.expose([(cell, 2_000) for cell in (HERE, *EVERYWHERE)], now_ms)
        security = await town.hire("vera", "security")
        caller = await town.hire("cal", "call_centre")

        assert (await town.ask("GET", f"/v1/risk/cells/{HERE}", security)).status_code == 404
        await town.told("POST", "/v1/risk/assessments", security)
        before = await town.told("GET", f"/v1/risk/cells/{HERE}", security)
        old = await town.told("GET", f"/v1/risk/cells/{EVERYWHERE[1]}", security)

        contest = await town.told(
            "POST", f"/v1/risk/cells/{HERE}/contests", caller, json={"words": "A thief is caught."}
        )
        decision = {"upheld": True, "note": "Convicted in May."}
        assert (
            await town.ask("POST", f"/v1/risk/contests/{contest['id']}/decision", caller, json=decision)
        ).status_code == 403
        await town.told("POST", f"/v1/risk/contests/{contest['id']}/decision", security, json=decision)
        again = await town.ask("POST", f"/v1/risk/contests/{contest['id']}/decision", security, json=decision)
        await town.told("POST", "/v1/risk/assessments", security)
        after = await town.told("GET", f"/v1/risk/cells/{HERE}", security)
        [listed] = (await town.told("GET", "/v1/risk/contests", security))["contests"]

    assert (before["incidents"], old["incidents"]) == (39, 0)
    assert before["low_ppm"] < before["rate_ppm"] < before["high_ppm"]
    assert before["expires_ms"] - before["assessed_ms"] == EXPIRY_MS
    assert (again.status_code, again.json()["code"]) == (409, "risk.contest_closed")
    assert "set_aside" in after["reasons"]
    assert after["rate_ppm"] < before["rate_ppm"]
    assert (listed["upheld"], listed["note"]) == (True, "Convicted in May.")


async def test_what_a_rate_did_by_itself_stays_and_who_is_served_worse_is_told(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        desk = RiskDesk(town.here.store, town.here.clock)
        now_ms = town.here.clock.now_ms()
        effect = Effect(
            at_ms=now_ms, cell=HERE, parcel="pcl_1", from_mode="door", to_mode="locker", reasons=[Reason.ABOVE_MEAN]
        )
        await desk.note(effect)
        for sql in ("UPDATE risk_effects SET to_mode = 'door'", "DELETE FROM risk_effects"):
            with pytest.raises(Exception, match=r"permission denied|append-only"):
                async with town.here.store.transaction() as tx:
                    await tx.run(sql)
        rows = [
            Served(cell=cell, parcels=100, home_wanted=100, home_kept=kept, price_cents=50_000, minutes=500)
            for cell, kept in ((HERE, 50), (cell_at(61.5, 23.76), 90))
        ]
        await desk.note_served(rows, now_ms)
        auditor = await town.hire("ada", "auditor")

        effects = (await town.told("GET", "/v1/risk/effects", auditor))["effects"]
        areas = (await town.told("GET", "/v1/risk/disparity?days=30", auditor))["areas"]

    assert [(one["from_mode"], one["to_mode"], one["reasons"]) for one in effects] == [
        ("door", "locker", ["above_mean"])
    ]
    assert [one["alert"] for one in areas] == [True, False]
