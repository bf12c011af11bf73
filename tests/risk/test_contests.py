"""A recipient sees what a rate did to their own parcel, contests it, and is answered by a person."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from safehand.app.risking import contests_of
from safehand.identity.guard import SESSION_COOKIE
from safehand.identity.model import Principal, PrincipalKind
from safehand.kernel.ids import ParcelId, PartyId, PersonId
from safehand.risk.cells import DAY_MS, Effect, Source
from safehand.risk.commands import RiskDesk
from safehand.risk.contests import PARCEL_MAX
from safehand.risk.rates import Reason, cell_at
from tests.installations import ORIGIN, Town, a_town
from tests.servers import Database

HERE = cell_at(60.17, 24.94)
WORDS = "I am at home <all> day, and my neighbour is the thief."


async def a_parcel(town: Town, key: dict[str, str], name: str) -> dict[str, Any]:
    """A parcel of somebody's, with a link of their own."""
    return dict((await town.shipment(key, name))["parcels"][0])


async def my_own(town: Town) -> tuple[ParcelId, PersonId]:
    """A parcel that a rate has touched, and its recipient."""
    _, key = await town.merchant()
    parcel = ParcelId((await a_parcel(town, key, "one"))["parcel"])
    await touched(town, parcel)
    async with town.here.store.transaction() as tx:
        return parcel, (await town.here.parcels.find(tx, parcel)).recipient


async def touched(town: Town, parcel: str) -> None:
    """A rate sends the parcel to a locker by itself."""
    await RiskDesk(town.here.store, town.here.clock).note(
        Effect(
            at_ms=town.here.clock.now_ms(),
            cell=HERE,
            parcel=parcel,
            from_mode="door",
            to_mode="locker",
            reasons=[Reason.ABOVE_MEAN],
        )
    )


async def holder(town: Town, parcel: dict[str, Any]) -> httpx.AsyncClient:
    """The browser of whoever has the parcel's link."""
    browser = town.browser()
    assert (await browser.get(parcel["recipient_link"].removeprefix(ORIGIN))).status_code == 303
    return browser


def session(who: dict[str, str]) -> dict[str, str]:
    """A colleague's cookie."""
    return {SESSION_COOKIE: who["Cookie"].partition("=")[2]}


async def test_a_recipient_contests_and_reads_the_answer_and_every_reading_by_staff_is_on_record(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path, pages=True) as town:
        _, key = await town.merchant()
        mine, other = await a_parcel(town, key, "one"), await a_parcel(town, key, "two")
        await touched(town, mine["parcel"])
        security, auditor = await town.hire("vera", "security"), await town.hire("ada", "auditor")
        me, stranger = await holder(town, mine), await holder(town, other)
        here, theirs = f"/t/{mine['tracking']}/changed", f"/t/{other['tracking']}/changed"

        assert "changed how this parcel is delivered" in (await me.get(f"/t/{mine['tracking']}")).text
        assert "changed how this parcel" not in (await stranger.get(f"/t/{other['tracking']}")).text
        seen = (await me.get(here)).text
        assert "locker" in seen
        assert HERE not in seen
        for asked in (stranger, town.browser()):
            assert (await asked.get(here)).status_code in {303, 401, 404}
            assert (await asked.post(here, data={"words": "x"})).status_code in {303, 401, 404}
        assert (await stranger.get(theirs)).status_code == 404, "nothing was done to that parcel"
        assert (await stranger.post(theirs, data={"words": "x"})).status_code == 404

        assert (await me.post(here, data={"words": WORDS})).status_code == 303
        assert (await me.post(here, data={"words": WORDS})).status_code == 409, "one waits"
        [listed] = (await town.told("GET", "/v1/risk/contests", auditor))["contests"]
        assert (listed["by"], listed["parcel"], listed["words"], listed["cell"]) == (None, mine["parcel"], "", HERE)
        opened = await town.told("GET", f"/v1/risk/contests/{listed['id']}", auditor)
        assert opened["words"] == WORDS
        office = town.browser()
        office.cookies.update(session(security))
        page = f"/risk/contests/{listed['id']}"
        assert "at home &lt;all&gt; day" in (await office.get(page)).text
        async with town.here.store.transaction() as tx:
            reads = await tx.fetch("SELECT reader FROM reads WHERE why = $1", listed["id"])
            kept = str([dict(row.items()) for row in await tx.fetch("SELECT * FROM risk_contests")])
        assert len(reads) == 2
        assert "neighbour" not in kept

        done = await office.post(f"{page}/decision", data={"decision": "upheld", "note": "You are right."})
        told = (await me.get(here)).text
        async with town.here.store.transaction() as tx:
            kept = str([dict(row.items()) for row in await tx.fetch("SELECT * FROM risk_contests")])

    assert done.status_code == 303
    assert "You are right." in told
    assert "Vera" not in told
    assert "You are right" not in kept


async def test_a_contest_of_a_recipient_sets_the_cell_aside_and_may_be_made_a_few_times_only(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        mine, person = await my_own(town)
        risk, desk = RiskDesk(town.here.store, town.here.clock), contests_of(town.here)
        now_ms, security = town.here.clock.now_ms(), await town.hire("vera", "security")
        await risk.take(Source.OWN, [(HERE, now_ms - day * DAY_MS) for day in range(1, 20)])
        decision = {"upheld": True, "note": "So it is."}

        for _ in range(PARCEL_MAX):
            async with town.here.store.transaction() as tx:
                id = await desk.object(tx, mine, person, "No.")
            await town.told("POST", f"/v1/risk/contests/{id}/decision", security, json=decision)
        with pytest.raises(Exception, match=r"risk\.contested_too_often"):
            async with town.here.store.transaction() as tx:
                await desk.object(tx, mine, person, "No.")
        await risk.assess()

        assert "set_aside" in (await town.told("GET", f"/v1/risk/cells/{HERE}", security))["reasons"]


async def test_what_was_done_and_said_is_part_of_what_a_person_is_told_of_themselves(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        mine, person = await my_own(town)
        async with town.here.store.transaction() as tx:
            await contests_of(town.here).object(tx, mine, person, WORDS)
        reader = Principal(kind=PrincipalKind.STAFF, id="usr_x")
        [told] = (await town.here.privacy.exports.make(reader, [person]))["persons"]

    assert [(one["to_mode"], one["reasons"]) for one in told["changed_by_itself"]] == [("locker", ["above_mean"])]
    assert WORDS in [one["said"] for one in told["kept"]]


async def test_whoever_is_erased_has_said_nothing_and_the_queue_still_empties(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        mine, person = await my_own(town)
        security, desk = await town.hire("vera", "security"), contests_of(town.here)
        async with town.here.store.transaction() as tx:
            id = await desk.object(tx, mine, person, WORDS)
        async with town.here.store.transaction() as tx:
            await town.here.vault.erase(tx, PersonId(PartyId(person)), town.here.clock.now_ms())

        opened = await town.told("GET", f"/v1/risk/contests/{id}", security)
        decision = {"upheld": False, "note": "Nobody is there to read this."}
        await town.told("POST", f"/v1/risk/contests/{id}/decision", security, json=decision)
        closed = await town.told("GET", f"/v1/risk/contests/{id}", security)

    assert (opened["words"], closed["words"], closed["note"], closed["upheld"]) == ("", "", "", False)
