"""Two API processes serve one installation: what one of them revokes is dead in the other, open streams too.

That it takes less than a second follows from two things which are held here: nothing is remembered between requests,
and open streams are looked after several times a second. How long it took is written into the report of the test
(`record_property`); a busy machine fails none.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from safehand.app.pages.vigil import LOOK_EVERY_S
from safehand.surfaces.web.live import KEEP_ALIVE_S
from tests.app.api_process import an_api_process
from tests.asvs import asvs
from tests.installations import ORIGIN, Phone, Town, a_town
from tests.servers import Database

PATIENCE_S = 10.0
"""Shorter than any other reason for which a stream ends or says something."""


@dataclass
class Pair:
    """An installation, and clients of its two API processes."""

    town: Town
    one: httpx.AsyncClient
    two: httpx.AsyncClient


@pytest.fixture
async def pair(database: Database, tmp_path: Path) -> AsyncIterator[Pair]:
    """Two processes on one database."""
    async with AsyncExitStack() as stack:
        town = await stack.enter_async_context(a_town(database, tmp_path))
        one, two = [await stack.enter_async_context(an_api_process(database, tmp_path)) for _ in range(2)]
        yield Pair(town, one, two)


async def told(client: httpx.AsyncClient, method: str, path: str, who: dict[str, str]) -> None:
    answer = await client.request(method, path, headers={"Origin": ORIGIN} | who)
    assert answer.is_success, answer.text


async def status(client: httpx.AsyncClient, path: str, who: dict[str, str]) -> int:
    return (await client.get(path, headers=who)).status_code


@asvs("7.4.1")
async def test_what_one_process_revokes_is_dead_in_the_other(
    pair: Pair, record_property: Callable[[str, object], None]
) -> None:
    town, one, two = pair.town, pair.one, pair.two
    merchant, key = await town.merchant()
    depot = await town.party("depot", "Kalasatama")
    [parcel] = (await town.shipment(key))["parcels"]
    link = {"Authorization": f"Bearer shl_{parcel['recipient_link'].partition('?k=')[2]}"}
    dora, ben = await town.hire("dora", "dispatcher"), await town.hire("ben", "dispatcher")
    users = {user["login"]: user["user"] for user in (await town.told("GET", "/v1/users"))["users"]}
    [kept] = (await town.told("GET", f"/v1/merchants/{merchant}/keys"))["keys"]
    lost, broken = await town.phone(depot), await town.phone(depot)
    receipt = f"/v1/parcels/{parcel['parcel']}/links"

    async def by_phone(phone: Phone) -> int:
        phone.client = two
        return (await phone.send("GET", f"/v1/parcels/{parcel['parcel']}")).status_code

    before = [await status(two, "/v1/parties", who) for who in (dora, ben)]
    before += [await status(two, receipt, key), await by_phone(lost), await by_phone(broken)]
    before += [len((await two.get(f"/v1/tracking/{parcel['tracking']}", headers=link)).json()["pin"])]
    assert before == [200, 200, 200, 200, 200, 6]

    began = time.monotonic()
    await told(one, "DELETE", "/v1/sessions", dora)
    await told(one, "POST", f"/v1/users/{users['ben']}/disable", town.admin)
    await told(one, "POST", f"/v1/keys/{kept['id']}/revoke", town.admin)
    await told(one, "POST", f"/v1/devices/{lost.device}/revoke", town.admin)
    await town.enrolled((await town.told("POST", f"/v1/devices/{broken.device}/replace"))["code"])
    await told(one, "POST", f"{receipt}/revoke", link)
    after = [await status(two, "/v1/parties", who) for who in (dora, ben)]
    after += [await status(two, receipt, key), await by_phone(lost), await by_phone(broken)]
    after += [await status(two, f"/v1/tracking/{parcel['tracking']}", link)]
    record_property("six_credentials_s", round(time.monotonic() - began, 2))

    assert after == [401, 401, 401, 403, 403, 401]


async def test_open_streams_of_the_other_process_end_when_session_or_link_do(
    pair: Pair, record_property: Callable[[str, object], None]
) -> None:
    town, one, two = pair.town, pair.one, pair.two
    _, key = await town.merchant()
    [parcel] = (await town.shipment(key))["parcels"]
    token = parcel["recipient_link"].partition("?k=")[2]
    link = {"Cookie": f"safehand_link={token}"}
    dora, ben = await town.hire("dora", "dispatcher"), await town.hire("ben", "dispatcher")
    assert 2 * LOOK_EVERY_S < 1
    assert PATIENCE_S < KEEP_ALIVE_S

    async def stream(path: str, who: dict[str, str], begun: asyncio.Event) -> float:
        async with two.stream("GET", path, headers=who) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            async for _ in answer.aiter_bytes():
                begun.set()
        return time.monotonic()

    opened = [asyncio.Event() for _ in range(4)]
    again = {"Cookie": (await town.sign_in("ben"))["Cookie"]}
    who = [("/live", dora), ("/live", ben), (f"/t/{parcel['tracking']}/live", link), ("/live", again)]
    streams = [asyncio.create_task(stream(path, me, begun)) for (path, me), begun in zip(who, opened, strict=True)]
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*(begun.wait() for begun in opened))

    async def ended(index: int, began: float) -> None:
        async with asyncio.timeout(PATIENCE_S):
            at = await streams[index]
        record_property(f"stream_{index}_s", round(at - began, 2))

    began = time.monotonic()
    await told(one, "DELETE", "/v1/sessions", dora)
    await ended(0, began)
    began = time.monotonic()
    await told(one, "POST", f"/v1/parcels/{parcel['tracking']}/links/revoke", {"Authorization": f"Bearer shl_{token}"})
    await ended(2, began)
    assert not streams[1].done()
    began = time.monotonic()
    users = {user["login"]: user["user"] for user in (await town.told("GET", "/v1/users"))["users"]}
    await told(one, "POST", f"/v1/users/{users['ben']}/disable", town.admin)
    await ended(1, began)
    await ended(3, began)
