"""Reads: whoever looks at private data is on record, or sees nothing."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from safehand.events.statement import Scanned
from safehand.events.vocabulary import Side, State
from safehand.identity.actions import Action
from safehand.identity.guard import declared_actions
from safehand.kernel.ids import ParcelId
from tests.app.test_day import handover
from tests.asvs import asvs
from tests.installations import ORIGIN, Town, a_town
from tests.privacy.scenes import CANARY, PICTURE, Delivered, delivered
from tests.servers import Database

SHOWS = {
    "GET /v1/parcels/{number}",
    "GET /v1/parcels/{number}/label",
    "GET /v1/evidence/{sha256}",
    "POST /v1/persons/find",
    "POST /v1/persons/export",
    "GET /v1/shipments/{shipment}",
    "GET /parcels/{parcel}",
    "GET /exceptions/{exception}",
}
"""Every route that shows somebody else's private data. One that is new and missing here fails the test."""
UNASKED = {Action.PERSON_ERASE, Action.SESSION_CLOSE, Action.SESSION_OPEN, Action.PASSWORD_CHANGE, Action.LIVE_FOLLOW}
"""They would take away what the test looks for, or whom it asks as; live streams tell ids only and have no end."""


async def a_fork(town: Town, one: Delivered) -> str:
    """An exception of the parcel."""
    story = handover(one.phone, one.parcel, one.phone.party, one.phone.party, "f" * 64, side=Side.TAKER)
    await one.phone.tell(one.phone.item(story))
    scan = Scanned(**one.phone.next(), parcel=ParcelId(one.parcel), party=one.phone.party, state=State.DAMAGED)
    await one.phone.tell(one.phone.item(scan))
    await town.settle()
    async with town.here.store.transaction() as tx:
        [row] = await tx.fetch("SELECT exception FROM exceptions LIMIT 1")
    return str(row["exception"])


def filled(path: str, one: Delivered, case: str) -> str:
    values = {"sha256": one.picture, "shipment": one.shipment, "person": one.person, "party": "pty_0"}
    values["exception"] = case
    known = re.sub(
        r"\{(\w+)(?::\w+)?\}", lambda m: values.get(m[1], one.tracking if m[1] == "number" else one.parcel), path
    )
    return f"{known}?parcel={one.parcel}&format=zpl" if "label" in path else f"{known}?parcel={one.parcel}"


def questions(routes: list[str], one: Delivered, case: str) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    for route in sorted(routes):
        method, _, path = route.partition(" ")
        body: dict[str, Any] = {}
        if route == "POST /v1/persons/find":
            body = {"number": one.tracking}
        elif route == "POST /v1/persons/export":
            body = {"persons": [one.person]}
        yield route, method, filled(path, one, case), body


async def shown(
    client: httpx.AsyncClient, routes: list[str], one: Delivered, case: str, who: dict[str, str]
) -> dict[str, str]:
    """Which routes show the canary, or the picture, to somebody."""
    found = {}
    for route, method, target, body in questions(routes, one, case):
        said = body if method != "GET" else None
        client.cookies.clear()  # who asks is said with each request, never remembered
        async with client.stream(method, target, headers={"Origin": ORIGIN} | who, json=said) as answer:
            if "event-stream" in answer.headers.get("content-type", ""):
                continue
            raw = await answer.aread()
        if CANARY.encode() in raw or PICTURE in raw:
            found[route] = answer.headers["content-type"]
    return found


async def looked(town: Town) -> list[Any]:
    async with town.here.store.transaction() as tx:
        return await tx.fetch("SELECT reader, action, person, parcel FROM reads ORDER BY read")


@asvs("14.2.4")
async def test_without_its_row_no_route_shows_anything_private(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path, pages=True) as town:
        one = await delivered(town)
        who = await town.hire("clara", "claims", "dispatcher", "security")
        declared = declared_actions(town.app.routes)
        routes = [
            route
            for route, actions in declared.items()
            if not actions & UNASKED and not re.search("/live|/sign-", route)
        ]
        case = await a_fork(town, one)
        async with town.browser() as client:
            before = len(await looked(town))
            open_to = await shown(client, routes, one, case, who)
            rows = (await looked(town))[before:]

            assert set(open_to) == SHOWS
            assert {row["action"] for row in rows} == {
                "parcel.read_private",
                "label.read",
                "shipment.read",
                "evidence.read",
                "person.find",
                "person.export",
            }
            assert {row["person"] for row in rows} == {one.person}

            owner = database.store(database.superuser_url)
            async with owner.transaction() as tx:
                await tx.run("REVOKE INSERT ON reads FROM safehand_app")
            await owner.close()
            assert await shown(client, sorted(SHOWS), one, case, who) == {}


@asvs("16.3.3")
async def test_the_row_says_who_and_the_recipients_own_look_leaves_none(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        one = await delivered(town)
        claims = await town.hire("clara", "claims")
        auditor = await town.hire("aila", "auditor")
        me = (await town.told("GET", "/v1/users"))["users"]
        before = len(await looked(town))

        await town.told("GET", f"/v1/tracking/{one.tracking}", one.link)
        assert len(await looked(town)) == before
        await town.told("GET", f"/v1/parcels/{one.parcel}", claims)
        await town.told("GET", f"/v1/parcels/{one.parcel}", one.merchant)
        await town.told("GET", f"/v1/parcels/{one.parcel}", auditor)  # sees no name: no row

        told = await town.told("GET", f"/v1/persons/{one.person}/reads?after=0", auditor)
        mine = told["reads"][before:]
        clara = next(user["user"] for user in me if user["login"] == "clara")
        assert [(row["reader_kind"], row["action"], row["parcel"]) for row in mine] == [
            ("Staff", "parcel.read_private", one.parcel),
            ("Merchant", "parcel.read_private", one.parcel),
        ]
        assert mine[0]["reader"] == clara
        assert (await town.ask("GET", f"/v1/persons/{one.person}/reads", one.link)).status_code == 403


async def test_a_read_is_never_taken_back(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        await delivered(town)
        for sql in ("UPDATE reads SET reader = 'x'", "DELETE FROM reads", "TRUNCATE reads"):
            with pytest.raises(Exception, match="permission denied"):
                async with town.here.store.transaction() as tx:
                    await tx.run(sql)
        owner = database.store(database.superuser_url)
        for sql in ("UPDATE reads SET reader = 'x'", "DELETE FROM reads", "TRUNCATE reads"):
            with pytest.raises(Exception, match=r"append-only|refuse|may not|never"):
                async with owner.transaction() as tx:
                    await tx.run(sql)
        await owner.close()
