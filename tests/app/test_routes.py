"""Every route of the whole application: what it declares, and what strangers get from it."""

import re
from pathlib import Path

from safehand.identity.actions import Action
from safehand.identity.guard import declared_actions
from tests.asvs import asvs
from tests.installations import a_town
from tests.servers import Database

OPEN = {
    Action.PUBLIC_READ,
    Action.SESSION_OPEN,
    Action.SESSION_CLOSE,
    Action.SETUP_USE,
    Action.DEVICE_ENROL,
    Action.TRACKING_READ,
}
"""What somebody who shows nothing may ask for."""


@asvs("8.2.1")
async def test_every_route_declares_exactly_one_action(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path, pages=True) as town:
        declared = declared_actions(town.app.routes)

        assert len(declared) > 50
        assert {route: actions for route, actions in declared.items() if len(actions) != 1} == {}


@asvs("8.2.1", "8.3.1")
async def test_who_shows_nothing_is_refused_everything_that_is_not_open(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        closed = [route for route, actions in declared_actions(town.app.routes).items() if not actions & OPEN]

        assert len(closed) > 20
        for route in closed:
            method, _, path = route.partition(" ")
            answer = await town.ask(method, re.sub(r"\{[^}]*\}", "pcl_00000000000000000000000000", path), {}, json={})
            assert answer.status_code == 401, (route, answer.text)
            assert answer.json()["code"] == "identity.sign_in_needed", route


@asvs("13.4.5")
async def test_the_machines_description_is_openapi_3_1_and_names_every_machine_route(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        described = (await town.ask("GET", "/openapi.json", {})).json()

        assert described["openapi"].startswith("3.1")
        for path in (
            "/v1/shipments",
            "/v1/statements",
            "/v1/parcels/{number}/receipt",
            "/v1/exceptions",
            "/log/checkpoint",
        ):
            assert path in described["paths"]


async def test_the_machines_description_says_who_may_come_in_and_how(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        described = (await town.ask("GET", "/openapi.json", {})).json()

        def ways(method: str, path: str) -> set[str]:
            return {name for way in described["paths"][path][method]["security"] for name in way}

        assert ways("get", "/healthz") == set()
        assert ways("post", "/v1/shipments") == {"key"}
        assert ways("post", "/v1/statements") == {"device"}
        assert ways("post", "/v1/users") == {"session"}
        assert ways("get", "/v1/parcels/{number}/receipt") == {"session", "key"}
        assert ways("get", "/v1/parcels/{number}/custody") == {"session", "key", "device"}
        assert set(described["components"]["securitySchemes"]) == {"session", "key", "device"}
        for path, operations in described["paths"].items():
            for method, operation in operations.items():
                assert isinstance(operation["security"], list), (method, path)
