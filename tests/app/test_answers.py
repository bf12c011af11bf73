"""What is true of every answer of the whole application, whoever asks for whatever."""

import json
from collections.abc import MutableMapping
from pathlib import Path

from safehand.identity.actions import Action
from safehand.identity.guard import SESSION_COOKIE, declared_actions
from tests.asvs import asvs
from tests.installations import PASSWORD, a_town
from tests.servers import Database

CHANGING = {action for action in Action if not action.value.endswith((".read", ".read_private", ".find", ".follow"))}
AS_OPENID_SAYS = {"GET /sign-in/provider", "GET /sign-in/provider/back"}
"""A provider sends browsers back by GET, and `form-action 'self'` refuses a form that leads away to one. Neither does
anything without the cookie of the browser that asked: tests/identity/test_provider.py."""
HOSTILE = ["x' OR '1'='1", "'; DROP TABLE parcels; --", '"><script>', "%s%n{0}${7*7}", "a\\'", "\u2028</script>"]


@asvs("3.5.3")
async def test_what_changes_something_is_asked_by_a_method_that_says_so(database: Database, tmp_path: Path) -> None:
    """Reading may show the form of an act, at the address that the form is then sent to; nothing else."""
    async with a_town(database, tmp_path, pages=True) as town:
        declared = declared_actions(town.app.routes)
    reading = {route: actions & CHANGING for route, actions in declared.items() if route.startswith(("GET ", "HEAD "))}

    assert len(reading) > 20
    assert set(reading) >= AS_OPENID_SAYS
    for route, actions in reading.items():
        if route in AS_OPENID_SAYS:
            continue
        assert not actions or declared[route.replace("GET ", "POST ")] == actions, route


@asvs("4.4.1", "4.4.2")
async def test_no_web_socket_can_be_opened(database: Database, tmp_path: Path) -> None:
    said: list[str] = []

    async def connecting() -> dict[str, object]:
        return {"type": "websocket.connect"}

    async def answered(message: MutableMapping[str, object]) -> None:
        said.append(str(message["type"]))

    async with a_town(database, tmp_path, pages=True) as town:
        app = town.app
        for route in declared_actions(app.routes):
            socket = {"type": "websocket", "path": route.partition(" ")[2], "headers": [], "query_string": b""}
            await app(socket, connecting, answered)

    assert set(said) == {"websocket.close"}


@asvs("3.4.2", "4.1.1")
async def test_no_other_origin_reads_an_answer_and_every_body_says_what_it_is(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        await town.settle()
        for path in ("/", "/sign-in", "/healthz", "/readyz", "/log/vkey", "/log/checkpoint", "/v1/lag", "/x"):
            answer = await town.ask("GET", path, headers={"Origin": "https://evil.example"})

            assert not [name for name in answer.headers if name.startswith("access-control-")], path
            kind = answer.headers["content-type"]
            assert kind.endswith(("json", "; charset=utf-8")), (path, kind)


@asvs("13.4.1", "13.4.3", "5.3.1")
async def test_no_folder_is_listed_and_nothing_beside_the_pages_is_served(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        for path in (
            "/.git/config",
            "/.svn/entries",
            "/look/",
            "/log/",
            "/log/tile/",
            "/static/",
            "/%2e%2e/keys/log.key",
        ):
            assert (await town.ask("GET", path)).status_code == 404, path


@asvs("13.4.4")
async def test_a_method_that_echoes_is_refused(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        for method in ("TRACE", "TRACK", "CONNECT"):
            answer = await town.ask(method, "/healthz", headers={"X-Secret": "sesame"})
            assert answer.status_code == 405, method
            assert "sesame" not in answer.text


@asvs("1.2.3", "1.2.4", "1.2.9", "1.3.10")
async def test_hostile_words_are_words_in_every_answer_and_in_the_database(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        names = [word for word in HOSTILE if word.isprintable()]
        for word in names:
            await town.told("POST", "/v1/merchants", json={"name": word, "country": "FI"})
        merchants = (await town.told("GET", "/v1/parties"))["parties"]
        for word in HOSTILE:
            found = await town.ask("GET", f"/v1/tracking/{word}", {})
            assert found.status_code in {404, 422}, word
            assert json.loads(found.text)["status"] == found.status_code
            jobs = await town.ask("GET", "/v1/jobs", params={"after": word})
            assert jobs.json() == {"jobs": []}
            wrong = await town.ask("POST", "/v1/sessions", {}, json={"login": word, "password": word})
            assert wrong.status_code in {401, 422}

    assert {party["name"] for party in merchants} >= set(names)


@asvs("15.3.7")
async def test_what_is_said_twice_or_in_another_place_is_no_more_than_once_in_its_own(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        typed = {"login": "root", "password": PASSWORD}
        carried = typed | {"Cookie": f"login=root; password={PASSWORD}"}
        beside = await town.ask("POST", "/v1/sessions", {}, params=typed, headers=carried)
        assert beside.status_code == 422
        twice = await town.ask(
            "POST", "/v1/sessions", {}, content=b'{"login":"root","password":"a wrong one","password":"another"}'
        )
        assert twice.status_code in {401, 422}
        anni = await town.hire("anni", "auditor")
        assert (await town.ask("GET", "/v1/persons/x/reads?after=0&after=x", anni)).status_code == 422
        made_up = {"Cookie": f"{SESSION_COOKIE}={'a' * 43}; {SESSION_COOKIE}={'b' * 43}"}
        assert (await town.ask("GET", "/v1/account", made_up)).status_code == 401


async def test_a_nul_in_any_list_is_the_askers_fault_and_not_ours(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        described = (await town.ask("GET", "/openapi.json")).json()["paths"]
        paged = [
            path
            for path, methods in described.items()
            if any(one["name"] == "after" for one in methods.get("get", {}).get("parameters", ()))
        ]
        assert {"/v1/users", "/v1/parties", "/v1/devices"} <= set(paged)
        for path in paged:
            answer = await town.ask("GET", path.replace("{", "").replace("}", "") + "?after=a%00b")
            assert answer.status_code in {200, 403, 404, 422}, (path, answer.text)


@asvs("13.4.2", "16.5.1")
async def test_debugging_is_off_and_an_answer_tells_nothing_of_our_insides(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        assert not town.app.debug
        for answer in (await town.ask("GET", "/v1/nowhere"), await town.ask("GET", "/healthz")):
            said = {name.lower() for name in answer.headers}
            assert not said & {"server", "x-powered-by", "via"}
            assert "Traceback" not in answer.text


@asvs("6.3.2")
async def test_a_fresh_installation_has_no_account_no_key_and_no_device(database: Database) -> None:
    async with database.store().transaction() as tx:
        for table in ("users", "api_keys", "devices", "sessions", "setup_links", "recipient_links"):
            [row] = await tx.fetch(f"SELECT count(*) AS n FROM {table}")
            assert row["n"] == 0, table
