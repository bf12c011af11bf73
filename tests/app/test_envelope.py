"""The envelope: every answer of every route carries its headers, and nothing that is typed reaches a log."""

import json
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from safehand.app.envelope import PLAIN_HEADERS, REQUEST_HEADER
from safehand.app.logs import write_logs
from safehand.identity.guard import declared_actions
from safehand.kernel.ids import is_id
from tests.asvs import asvs
from tests.installations import RECIPIENT, Town, a_town
from tests.servers import Database

CANARY = "Kanarialintu"
YEAR_S = 31_536_000
SOURCES = re.compile(r"'(?:unsafe-[a-z-]+|nonce-[^']*)'|https?:|\*")


def unsafe(headers: httpx.Headers) -> list[str]:
    """What is missing or too wide in an answer's headers."""
    missing = [name for name in (*PLAIN_HEADERS, REQUEST_HEADER) if name not in headers]
    policy = headers.get("Content-Security-Policy", "")
    for must in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"):
        if must not in policy:
            missing.append(f"policy without {must}")
    if SOURCES.search(policy):
        missing.append(f"policy: {policy}")
    if headers.get("X-Content-Type-Options") != "nosniff" or "server" in headers:
        missing.append("nosniff or server")
    return missing


@asvs("3.2.1", "3.4.3", "3.4.4", "3.4.5", "3.4.6", "14.2.2", "14.3.2")
async def test_every_answer_of_every_route_carries_its_headers(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path, pages=True) as town:
        routes = sorted(declared_actions(town.app.routes))
        await town.settle()
        async with town.browser() as client:
            for who in ({}, town.admin):
                for route in routes:
                    method, _, path = route.partition(" ")
                    if path.endswith("/live") and who:
                        continue  # it never ends
                    target = re.sub(r"\{[^}]*\}", "pcl_00000000000000000000000000", path)
                    for accept in ("application/json", "text/html"):
                        headers = {**who, "Accept": accept, "Origin": "http://safehand.test"}
                        answer = await client.request(method, target, headers=headers)
                        assert unsafe(answer.headers) == [], (route, who, answer.status_code)
                        cached = answer.headers["Cache-Control"]
                        assert "no-store" in cached or path.startswith(("/look/", "/log/")), (route, cached)
            for target in ("/nothing", "/look/0/none.css", "/log/tile/0/000", "/log/../keys", "/%00", "/parcels/"):
                assert unsafe((await client.get(target)).headers) == [], target


@asvs("3.4.1")
async def test_over_https_every_answer_binds_the_browser_to_https_for_a_year(
    database: Database, tmp_path: Path
) -> None:
    async with (
        a_town(database, tmp_path, origin="https://safehand.test", pages=True) as town,
        town.browser() as client,
    ):
        for route in [*sorted(declared_actions(town.app.routes)), "GET /nothing", "GET /%00"]:
            method, _, path = route.partition(" ")
            answer = await client.request(method, re.sub(r"\{[^}]*\}", "one", path))
            binding = answer.headers["Strict-Transport-Security"]
            assert int(binding.partition("max-age=")[2].partition(";")[0]) >= YEAR_S, route


@asvs("16.3.4")
async def test_a_fault_of_ours_carries_them_too_and_its_request_is_in_the_log(
    database: Database, tmp_path: Path, log: Path
) -> None:
    async with a_town(database, tmp_path) as town:

        async def broken() -> None:
            raise KeyError(f"{CANARY} is not here")

        town.app.add_api_route("/v1/broken", broken)
        async with town.browser(Accept="application/json") as client:
            answer = await client.get("/v1/broken")
            assert answer.status_code == 500
            assert unsafe(answer.headers) == []
            request = answer.headers[REQUEST_HEADER]
            assert is_id("req", request)
            forged = await client.get("/healthz", headers={REQUEST_HEADER: "req_mine"})
            assert forged.headers[REQUEST_HEADER] != "req_mine"

    lines = logged(log)
    faults = [json.loads(line) for line in lines if "app.fault" in line]
    assert [(fault["request"], fault["error"]) for fault in faults] == [(request, "KeyError")]
    assert any("broken" in frame for frame in faults[0]["frames"])
    assert not [line for line in lines if CANARY in line]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Everything that is logged, as the core logs it."""
    handle = os.open(tmp_path / "words", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    write_logs(handle)
    yield tmp_path / "words"
    os.close(handle)


@asvs("14.2.4", "16.2.5")
async def test_a_day_with_canaries_leaves_none_in_any_log(database: Database, tmp_path: Path, log: Path) -> None:
    """Names, addresses, passwords, tokens, notes and nonsense are sent everywhere; none of them is written down."""
    async with a_town(database, tmp_path) as town:
        await _a_day(town)
        logging.getLogger("somebody.elses").error("it failed for %s", CANARY, exc_info=ValueError(CANARY))
    lines = logged(log)
    assert any('"library"' in line for line in lines)
    assert len(lines) >= 4
    for secret in (CANARY, CANARY.lower(), *town.admin.values()):
        assert not [line for line in lines if secret in line]


def logged(log: Path) -> list[str]:
    return log.read_text().splitlines()


async def _a_day(town: Town) -> None:
    recipient = {**RECIPIENT, "name": CANARY, "street": f"{CANARY}katu 1"}
    for wrong in ({"login": CANARY, "password": CANARY}, {"login": CANARY}, {CANARY: CANARY}):
        await town.ask("POST", "/v1/sessions", {}, json=wrong)
    _, shop = await town.merchant(CANARY)
    await town.shipment(shop, recipient=recipient)
    for body in ({"recipient": recipient}, {CANARY: CANARY}, [CANARY]):
        await town.ask("POST", "/v1/shipments", shop, json=body, headers={"Idempotency-Key": CANARY})
    for route in sorted(declared_actions(town.app.routes)):
        method, _, path = route.partition(" ")
        if path.endswith("/live"):
            continue
        target = re.sub(r"\{[^}]*\}", CANARY, path)
        for who in ({}, town.admin, {"Authorization": f"Bearer {CANARY}"}, {"Cookie": f"safehand_session={CANARY}"}):
            answer = await town.ask(method, f"{target}?q={CANARY}", who, json={"name": CANARY, "note": CANARY})
            assert answer.status_code < 500, (route, answer.text)
    await town.settle()
