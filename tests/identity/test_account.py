"""One's own account: proof before sensitive acts, recovery codes, sessions; and a colleague's reset."""

import asyncio
import json

import pytest

from safehand.identity.actions import Action
from safehand.identity.guard import BROWSER_COOKIE, SESSION_COOKIE
from safehand.identity.model import Role
from safehand.identity.recovery import CODES
from safehand.identity.resets import RESET_MS
from safehand.identity.sessions import IDLE_MS
from safehand.identity.step_up import STEP_UP
from tests.asvs import asvs
from tests.identity.office import GOOD_PASSWORD, Office
from tests.identity.test_passkeys import a_key, asked, registered, sign_in
from tests.identity.test_routes import ROUTES, code

NEW_PASSWORD = "nine purple owls at noon"
WITHIN_MS = STEP_UP[Action.ACCOUNT_CHANGE]
FIREFOX = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@asvs("7.5.1")
async def test_every_sensitive_route_asks_for_a_fresh_proof_and_no_other_does(office: Office) -> None:
    await office.hire("ana")
    async with office.browser("ana") as http:
        office.clock.advance(WITHIN_MS + 1)
        for method, path, body, action in ROUTES:
            if action in {Action.SESSION_OPEN, Action.SESSION_CLOSE, Action.PASSWORD_CHANGE}:
                continue
            answer = await http.request(method, path, json=body)
            stepped = answer.status_code == 403 and code(answer) == "identity.step_up_needed"
            assert stepped == (action in STEP_UP), (method, path, answer.text)
        assert (await http.get("/v1/account")).status_code == 200


async def test_a_password_proves_for_whoever_has_no_passkey_and_for_a_while(office: Office) -> None:
    await office.hire("ana")
    async with office.browser("ana") as http:
        office.clock.advance(WITHIN_MS + 1)
        refused = await http.post("/v1/recovery-codes")
        assert (refused.status_code, code(refused)) == (403, "identity.step_up_needed")
        assert refused.json()["params"] == {"action": "account.change", "within_min": WITHIN_MS // 60_000}
        wrong = await http.post("/v1/proof/password", json={"password": "wrong"})
        assert code(wrong) == "identity.wrong_password"
        assert (await http.post("/v1/proof/password", json={"password": GOOD_PASSWORD})).status_code == 204
        office.clock.advance(WITHIN_MS)
        assert (await http.post("/v1/recovery-codes")).status_code == 201
        office.clock.advance(1)
        assert code(await http.post("/v1/recovery-codes")) == "identity.step_up_needed"


@asvs("7.2.4")
async def test_a_proof_gives_the_session_a_new_token_and_the_one_before_is_dead(office: Office) -> None:
    await office.hire("ana")
    key = a_key()
    async with office.browser("ana") as http, office.browser() as thief:
        for by_passkey in (False, True):
            before = http.cookies[SESSION_COOKIE]
            if by_passkey:
                await registered(http, key)
                office.clock.advance(1_000)
                signed = {"credential": key.sign(await asked(http, "/v1/proof"))}
                proved = await http.post("/v1/proof", json=signed)
            else:
                proved = await http.post("/v1/proof/password", json={"password": GOOD_PASSWORD})
            assert proved.status_code == 204
            assert http.cookies[SESSION_COOKIE] != before
            assert (await http.get("/v1/account")).status_code == 200
            stolen = {"cookie": f"{SESSION_COOKIE}={before}"}
            assert (await thief.get("/v1/account", headers=stolen)).status_code == 401


@asvs("6.3.4", "7.5.1")
async def test_once_there_is_a_passkey_the_password_opens_no_sensitive_act(office: Office) -> None:
    await office.hire("ana")
    key = a_key()
    async with office.browser("ana") as http:
        await registered(http, key)
    async with office.browser("ana") as thief_who_knows_the_password:
        http = thief_who_knows_the_password
        assert code(await http.post("/v1/recovery-codes")) == "identity.step_up_needed"
        refused = await http.post("/v1/proof/password", json={"password": GOOD_PASSWORD})
        assert (refused.status_code, code(refused)) == (403, "identity.passkey_needed")
        signed = key.sign(await asked(http, "/v1/proof"))
        assert (await http.post("/v1/proof", json={"credential": signed})).status_code == 204
        assert (await http.post("/v1/recovery-codes")).status_code == 201


async def test_proof_is_of_one_session_only(office: Office) -> None:
    await office.hire("ana")
    async with office.browser("ana") as http, office.browser("ana") as other:
        office.clock.advance(WITHIN_MS + 1)
        await http.post("/v1/proof/password", json={"password": GOOD_PASSWORD})
        assert code(await other.post("/v1/recovery-codes")) == "identity.step_up_needed"


async def test_the_password_of_a_session_left_open_is_not_guessed(office: Office) -> None:
    await office.hire("ana")
    async with office.browser("ana") as http:
        for _ in range(10):
            await http.post("/v1/proof/password", json={"password": "wrong"})
        answer = await http.post("/v1/proof/password", json={"password": GOOD_PASSWORD})
        assert (answer.status_code, code(answer)) == (429, "identity.too_many_attempts")


@asvs("6.5.1")
async def test_a_recovery_code_opens_the_door_once_and_says_how_many_are_left(office: Office) -> None:
    ana = await office.hire("ana")
    async with office.browser("ana") as http:
        codes = (await http.post("/v1/recovery-codes")).json()["codes"]
        assert len(set(codes)) == CODES
    async with office.browser() as http:
        typed = codes[3].lower().replace("-", " ")
        answer = await http.post("/v1/sessions/recovery", json={"code": typed})
        assert (answer.status_code, answer.json()["user"], answer.json()["codes_left"]) == (201, ana, CODES - 1)
        account = (await http.get("/v1/account")).json()
        assert account["codes_left"] == CODES - 1
        assert "recovery" in {one["way"] for one in account["sessions"]}  # two that begin at one moment have no order
        again = await http.post("/v1/sessions/recovery", json={"code": codes[3]})
        assert (again.status_code, code(again)) == (401, "identity.recovery_code_wrong")
        assert (await http.post("/v1/recovery-codes")).status_code == 201  # it proves, for whoever lost the passkey
        assert code(await http.post("/v1/sessions/recovery", json={"code": codes[4]})) == "identity.recovery_code_wrong"


@asvs("6.5.1")
async def test_of_many_who_use_one_code_at_once_one_gets_in(office: Office) -> None:
    await office.hire("ana")
    async with office.browser("ana") as http:
        typed = {"code": (await http.post("/v1/recovery-codes")).json()["codes"][0]}
        answers = await asyncio.gather(*(http.post("/v1/sessions/recovery", json=typed) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [401] * 7


@asvs("6.5.2", "6.6.3")
async def test_recovery_codes_are_in_no_row_and_guessing_them_is_slowed(office: Office) -> None:
    await office.hire("ana")
    async with office.browser("ana") as http:
        codes = (await http.post("/v1/recovery-codes")).json()["codes"]
        async with office.store.transaction() as tx:
            kept = str([dict(row) for row in await tx.fetch("SELECT * FROM recovery_codes")])
        assert not any(one in kept or one.replace("-", "") in kept for one in codes)
        for _ in range(10):
            assert code(await http.post("/v1/sessions/recovery", json={"code": "0000-0000-0000-0000-0000-0000"})) == (
                "identity.recovery_code_wrong"
            )
        answer = await http.post("/v1/sessions/recovery", json={"code": codes[0]})
        assert (answer.status_code, code(answer)) == (429, "identity.too_many_attempts")


@asvs("7.5.2")
async def test_sessions_are_listed_in_words_and_ended_one_by_one(office: Office) -> None:
    await office.hire("ana")
    await office.hire("eve")
    async with office.browser("ana") as http, office.browser("eve") as eve:
        async with office.client(headers={"origin": office.origin} | FIREFOX) as other:
            await other.post("/v1/sessions", json={"login": "ana", "password": GOOD_PASSWORD})
            shown = {one["here"]: one for one in (await http.get("/v1/account")).json()["sessions"]}
            assert (shown[False]["agent"], shown[False]["way"]) == ("Firefox, Linux", "password")
            theirs = (await eve.delete(f"/v1/sessions/{shown[False]['session']}")).status_code
            assert theirs == 404
            assert (await other.get("/v1/account")).status_code == 200
            assert (await http.delete(f"/v1/sessions/{shown[False]['session']}")).status_code == 204
            assert (await other.get("/v1/account")).status_code == 401
        assert [one["here"] for one in (await http.get("/v1/account")).json()["sessions"]] == [True]
        office.clock.advance(IDLE_MS)
        assert (await http.get("/v1/account")).status_code == 401


@asvs("6.4.3", "7.4.5")
async def test_a_reset_takes_every_way_in_and_leaves_one_link_and_a_record(office: Office) -> None:
    boss, ana = await office.hire("boss"), await office.hire("ana", Role.CLAIMS)
    key = a_key()
    async with office.browser("ana") as hers, office.browser("boss") as http:
        await registered(hers, key)
        codes = (await hers.post("/v1/recovery-codes")).json()["codes"]
        token = (await http.post(f"/v1/users/{ana}/reset")).json()["token"]

        assert (await hers.get("/v1/account")).status_code == 401
        assert code(await sign_in(hers, key)) == "identity.passkey_refused"
        assert code(await hers.post("/v1/sessions/recovery", json={"code": codes[0]})) == "identity.recovery_code_wrong"
        password = await hers.post("/v1/sessions", json={"login": "ana", "password": GOOD_PASSWORD})
        assert code(password) == "identity.wrong_password"

        weak = await hers.post("/v1/reset", json={"token": token, "password": "short"})
        assert code(weak) == "identity.password_too_short"
        anew = await hers.post("/v1/reset", json={"token": token, "password": NEW_PASSWORD})
        assert (anew.status_code, anew.json()["user"]) == (201, ana)
        assert (await hers.get("/v1/account")).status_code == 200
        again = await hers.post("/v1/reset", json={"token": token, "password": NEW_PASSWORD})
        assert (again.status_code, code(again)) == (401, "identity.reset_link_spent")
    async with office.store.transaction() as tx:
        [row] = await tx.fetch("SELECT user_id, made_by, used_ms FROM reset_links")
    assert (row["user_id"], row["made_by"], row["used_ms"]) == (ana, boss, office.clock.now_ms())


@asvs("6.4.1")
async def test_a_reset_link_runs_out_and_a_newer_one_replaces_it(office: Office) -> None:
    boss, ana = await office.hire("boss"), await office.hire("ana")
    first, second = await office.ways_in.reset(ana, boss), await office.ways_in.reset(ana, boss)
    async with office.client() as http:
        for token, after_ms in ((first, 0), (second, RESET_MS), ("x" * 43, 0), ("", 0)):
            office.clock.advance(after_ms)
            answer = await http.post("/v1/reset", json={"token": token, "password": NEW_PASSWORD})
            assert code(answer) == "identity.reset_link_spent"


@asvs("6.3.1")
async def test_strangers_from_everywhere_lock_nobody_out_and_guess_no_faster(office: Office) -> None:
    """The owner comes in by a browser that knows them, by passkey, by code; a stranger's guesses stay counted."""
    await office.hire("ana")
    key = a_key()
    async with office.browser("ana") as known:
        await registered(known, key)
        codes = (await known.post("/v1/recovery-codes")).json()["codes"]

        def stranger(number: int) -> dict[str, str]:
            return {"login": "ana", "password": f"guess {number}"}

        checked = 0
        for number in range(30):
            async with office.client_from(f"198.51.{number}.1") as http:
                checked += (await http.post("/v1/sessions", json=stranger(number))).status_code == 401
        assert checked == 10

        right = {"login": "ana", "password": GOOD_PASSWORD}
        async with office.client_from("192.0.2.9", headers={"origin": office.origin}) as unknown_browser:
            assert (await unknown_browser.post("/v1/sessions", json=right)).status_code == 429
            assert (await unknown_browser.post("/v1/sessions/recovery", json={"code": codes[0]})).status_code == 201
            assert (await sign_in(unknown_browser, key)).status_code == 201
        known.cookies.delete(SESSION_COOKIE)
        assert (await known.post("/v1/sessions", json=right)).status_code == 201


async def test_a_known_browser_that_was_stolen_has_a_bound_of_its_own_and_is_no_key(office: Office) -> None:
    await office.hire("ana")
    await office.hire("eve")
    async with office.browser("ana") as known:
        stolen = known.cookies[BROWSER_COOKIE]
    async with office.client(cookies={BROWSER_COOKIE: stolen}) as http:
        assert (await http.get("/v1/account")).status_code == 401
        wrong = {"login": "ana", "password": "guess"}
        answers = [(await http.post("/v1/sessions", json=wrong)).status_code for _ in range(12)]
        assert answers == [401] * 10 + [429] * 2
    async with office.browser("ana") as http:  # the owner's other browsers are not concerned
        assert (await http.get("/v1/account")).status_code == 200
    async with office.client(cookies={BROWSER_COOKIE: stolen}) as http:  # nor is it known for a colleague
        wrong = {"login": "eve", "password": "guess"}
        answers = [(await http.post("/v1/sessions", json=wrong)).status_code for _ in range(11)]
        assert answers == [401] * 10 + [429]
        assert (await http.post("/v1/sessions", json=wrong)).status_code == 429


@pytest.mark.parametrize("kept", ["known_browsers", "ceremonies", "reset_links", "sessions"])
async def test_no_secret_of_a_way_in_stands_in_a_row(office: Office, kept: str) -> None:
    boss, ana = await office.hire("boss"), await office.hire("ana")
    async with office.browser("ana") as http:
        await asked(http, "/v1/sessions/passkey")
        secrets = [*http.cookies.values(), await office.ways_in.reset(boss, ana)]
    async with office.store.transaction() as tx:
        rows = await tx.fetch(f"SELECT * FROM {kept}")
    assert rows
    text = json.dumps([{name: str(value) for name, value in dict(row).items()} for row in rows])
    assert not any(secret in text for secret in secrets)
