"""Callers are verified by telephone: what an agent sees of whom, how long, and what a bored one gets by guessing."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from safehand.audit.checks.calls import CallsCheck
from safehand.identity.grants import GRANT_MS, WRONG_MAX, WRONG_OF_AGENT_MAX, WRONG_WITHIN_MS
from safehand.identity.guard import SESSION_COOKIE
from safehand.identity.model import Role
from safehand.identity.sessions import Opening
from safehand.identity.users import NewUser
from safehand.kernel.clock import HandClock, SystemClock
from safehand.labels.numbers import new_tracking
from tests.installations import RECIPIENT, Town, a_town
from tests.servers import Database

EEVA = RECIPIENT | {"phone": "040 123 4567", "email": "eeva@example.org"}
SAID = {"name": "eeva aijala", "postal_code": "00130", "contact": "+358 40 123 4567", "reason": "where_is_it"}
PRIVATE = re.compile("Äijälä|Fabianinkatu|eeva@|123 ?4567|00130", re.IGNORECASE)


@dataclass
class Centre:
    """A town with an agent who answers the telephone, and Eeva's parcel beside another's."""

    town: Town
    clock: HandClock
    pages: httpx.AsyncClient
    agent: dict[str, str] = field(default_factory=dict)
    eevas: Any = None
    others: Any = None

    async def hired(self, login: str, role: Role) -> dict[str, str]:
        """Somebody signed in: no password is hashed, for none is what these tests are about."""
        here = self.town.here
        async with here.store.transaction() as tx:
            by_login = await here.identity.users.by_login(tx, login)
            new = NewUser(login=login, name=login, password_hash="none", roles=frozenset({role}))
            user = by_login.id if by_login else await here.identity.users.create(tx, new, self.clock.now_ms())
            token = await here.identity.sessions.open(tx, user, Opening(), self.clock.now_ms())
        return {"Cookie": f"{SESSION_COOKIE}={token}"}

    async def call(self, parcel: Any = None, who: dict[str, str] | None = None, **changes: str) -> httpx.Response:
        """Somebody calls about a parcel, and the agent types what they say."""
        said = {"number": (parcel or self.eevas)["tracking"]} | SAID | changes
        return await self.pages.post("/call", data=said, headers=who or self.agent)

    async def sees(self, parcel: Any, who: dict[str, str] | None = None) -> bool:
        """Whether the agent sees a parcel: on the page and by the API, and never one without the other."""
        headers = who or self.agent
        answers = [
            (await self.pages.get(f"/parcels/{parcel['parcel']}", headers=headers)).status_code,
            (await self.pages.get(f"/v1/parcels/{parcel['tracking']}/custody", headers=headers)).status_code,
            (await self.pages.get(f"/v1/parcels/{parcel['parcel']}", headers=headers)).status_code,
        ]
        assert answers in ([200] * 3, [404] * 3, [403] * 3), answers
        return answers[0] == 200

    async def rows(self, statement: str) -> list[dict[str, Any]]:
        """What the database holds."""
        async with self.town.here.store.transaction(readonly=True) as tx:
            return [dict(row.items()) for row in await tx.fetch(statement)]


@asynccontextmanager
async def a_centre(database: Database, folder: Path) -> AsyncIterator[Centre]:
    clock = HandClock(SystemClock().now_ms())
    async with a_town(database, folder, clock=clock, pages=True) as town, town.browser() as pages:
        centre = Centre(town, clock, pages)
        centre.agent = await centre.hired("ilona", Role.CALL_CENTRE)
        _, key = await town.merchant()
        [centre.eevas] = (await town.shipment(key, "one", recipient=EEVA))["parcels"]
        other = EEVA | {"name": "Ville Virta", "phone": "050 765 4321", "email": "ville@example.org"}
        [centre.others] = (await town.shipment(key, "two", recipient=other))["parcels"]
        await town.settle()
        yield centre


@pytest.fixture
async def centre(database: Database, tmp_path: Path) -> AsyncIterator[Centre]:
    async with a_centre(database, tmp_path) as made:
        yield made


async def test_a_caller_whom_everything_fits_opens_their_one_parcel_for_a_while(centre: Centre) -> None:
    assert not await centre.sees(centre.eevas)
    entered = await centre.call()
    assert (entered.status_code, entered.headers["location"]) == (303, f"/parcels/{centre.eevas['parcel']}")
    assert await centre.sees(centre.eevas)
    assert not await centre.sees(centre.others)
    page = await centre.pages.get(entered.headers["location"], headers=centre.agent)
    assert PRIVATE.search(page.text) is None  # the caller said it; nobody needs to read it
    assert centre.eevas["tracking"] in (await centre.pages.get("/call", headers=centre.agent)).text
    assert (await centre.call(contact=" EEVA@example.org ")).status_code == 303
    assert (await centre.call(number=centre.eevas["sscc"], contact="0401234567")).status_code == 303
    centre.clock.advance(GRANT_MS)
    assert not await centre.sees(centre.eevas)
    assert centre.eevas["tracking"] not in (await centre.pages.get("/call", headers=centre.agent)).text


async def test_every_grant_and_every_act_under_it_is_on_record(centre: Centre) -> None:
    await centre.call()
    await centre.pages.get(f"/parcels/{centre.eevas['parcel']}", headers=centre.agent)
    await centre.pages.get(f"/v1/parcels/{centre.eevas['parcel']}/custody", headers=centre.agent)
    [grant] = await centre.rows("SELECT id, agent, person, parcel, reason FROM call_grants")
    assert (grant["parcel"], grant["reason"]) == (centre.eevas["parcel"], "where_is_it")
    reads = await centre.rows("SELECT reader, action, person, parcel, why FROM reads ORDER BY read")
    noted = {"reader": grant["agent"], "person": grant["person"], "parcel": grant["parcel"], "why": grant["id"]}
    assert reads == [noted | {"action": action} for action in ("call.verify", "custody.read", "custody.read")]
    auditor = await centre.hired("aino", Role.AUDITOR)
    told = await centre.town.told("GET", f"/v1/persons/{grant['person']}/reads", auditor)
    assert [look["why"] for look in told["reads"]] == [grant["id"]] * 3


WRONG: dict[str, dict[str, Any]] = {
    "another name": {"name": "Ville Virta"},
    "another postcode": {"postal_code": "00140"},
    "another phone": {"contact": "050 765 4321"},
    "a mail of another": {"contact": "ville@example.org"},
    "no phone at all": {"contact": "?"},
    "no name at all": {"name": "?"},
}


async def test_whatever_is_wrong_the_answer_is_one_and_says_nothing(centre: Centre) -> None:
    answers = [await centre.call(**change) for change in WRONG.values()]
    answers.append(await centre.call(centre.others))
    answers.append(await centre.call(number=new_tracking()))
    shown = {re.sub(r' value="[^"]*"', "", answer.text) for answer in answers}
    assert {answer.status_code for answer in answers} == {422}
    assert len(shown) == 1
    assert not await centre.sees(centre.eevas)


async def test_ten_wrong_guesses_lock_that_parcel_for_that_agent_and_raise_a_finding(centre: Centre) -> None:
    for _ in range(WRONG_MAX):
        assert (await centre.call(postal_code="00140")).status_code == 422
    assert (await centre.call()).status_code == 429  # right, and too late
    assert not await centre.sees(centre.eevas)
    here = centre.town.here
    check = CallsCheck(here.identity.users, here.identity.guard.policies)
    async with here.store.transaction(readonly=True) as tx:
        [seen] = await check.look(tx, centre.clock.now_ms())
    assert (seen.kind, seen.params) == ("caller_guessed", {"login": "ilona", "wrong": WRONG_MAX, "parcels": 1})
    colleague = await centre.hired("kaisa", Role.CALL_CENTRE)
    assert (await centre.call(who=colleague)).status_code == 303  # the caller is not locked out
    centre.clock.advance(WRONG_WITHIN_MS)
    agent = await centre.hired("ilona", Role.CALL_CENTRE)
    assert (await centre.call(who=agent)).status_code == 303


async def test_guessing_at_a_number_that_nobody_has_and_at_many_ends_too(centre: Centre) -> None:
    nobodys = new_tracking()
    for n in range(WRONG_MAX):
        spelt = nobodys if n % 2 else f"{nobodys[:6]} {nobodys[6:]}".lower()
        assert (await centre.call(number=spelt)).status_code == 422
    assert (await centre.call(number=nobodys)).status_code == 429
    for _ in range(WRONG_OF_AGENT_MAX - WRONG_MAX):
        assert (await centre.call(number=new_tracking())).status_code == 422
    assert (await centre.call()).status_code == 429


async def test_a_grant_ends_by_hand_with_the_session_and_is_no_colleagues(centre: Centre) -> None:
    colleague = await centre.hired("kaisa", Role.CALL_CENTRE)
    await centre.call()
    assert not await centre.sees(centre.eevas, colleague)
    [grant] = await centre.rows("SELECT id FROM call_grants")
    assert (await centre.pages.post(f"/call/{grant['id']}/end", headers=colleague)).status_code == 404
    assert (await centre.pages.post(f"/call/{grant['id']}/end", headers=centre.agent)).status_code == 303
    assert not await centre.sees(centre.eevas)
    await centre.call()
    again = await centre.hired("ilona", Role.CALL_CENTRE)  # another session of the same agent
    assert not await centre.sees(centre.eevas, again)
    assert await centre.sees(centre.eevas)


async def test_the_page_is_the_agents_alone_and_asks_for_everything(centre: Centre) -> None:
    dispatcher = await centre.hired("ritva", Role.DISPATCHER)
    assert (await centre.pages.get("/call", headers=dispatcher)).status_code == 403
    empty = await centre.pages.get("/call", headers=centre.agent | {"Accept-Language": "fi"})
    assert "Kenenkään paketti ei ole auki" in empty.text
    assert (await centre.call(reason="")).status_code == 422
    assert (await centre.call(contact="")).status_code == 422
    assert await centre.rows("SELECT 1 FROM call_attempts") == []
