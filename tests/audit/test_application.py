"""The audit in the whole application: who reads, who answers, the daily job, the command."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from safehand.app.upkeep import AUDIT, EVERY_MS, Upkeep
from safehand.audit.commands import AuditDesk
from safehand.cli import audit
from safehand.kernel.clock import HandClock
from tests.asvs import asvs
from tests.audit.scenes import DAY_MS, Planted, a_desk, an_old_key
from tests.identity.office import Office
from tests.installations import a_town
from tests.servers import Database

ROLES = ("admin", "security", "auditor", "dispatcher", "claims")


@asvs("8.2.1")
async def test_auditors_read_security_and_administrators_answer_and_others_see_nothing(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path, pages=True) as town:
        await town.here.audit.look()
        who = {role: await town.hire(f"the.{role}", role) for role in ROLES}
        [finding, *_] = (await town.told("GET", "/v1/audit/findings", who["auditor"]))["findings"]
        seen = {}
        async with town.browser() as browser:
            for role, cookie in who.items():
                listed = await browser.get("/audit", headers=cookie)
                one = await browser.get(f"/audit/{finding['id']}", headers=cookie)
                form = {"owner": (await town.told("GET", "/v1/users"))["users"][0]["user"]}
                asked = await browser.post(f"/audit/{finding['id']}/owner", data=form, headers=cookie)
                machine = await town.ask("GET", "/v1/audit/access", cookie)
                answers = (listed.status_code, one.status_code, asked.status_code, machine.status_code)
                seen[role] = (*answers, "/owner" in one.text)

    assert seen == {
        "admin": (200, 200, 303, 200, True),
        "security": (200, 200, 303, 200, True),
        "auditor": (200, 200, 403, 200, False),
        "dispatcher": (403, 403, 403, 403, False),
        "claims": (403, 403, 403, 403, False),
    }


async def test_who_can_see_what_is_what_the_policies_answer(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        await town.hire("dora", "dispatcher")
        await town.hire("vera", "auditor")
        people = (await town.told("GET", "/v1/audit/access"))["people"]

    told = {one["login"]: (one["administers"], one["reads_private"]) for one in people}
    assert told == {"root": (True, False), "dora": (False, True), "vera": (False, False)}
    assert "parcel.read_private" in people[1]["actions"]


async def test_an_owner_must_be_able_to_close_it(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path, pages=True) as town:
        await town.here.audit.look()
        await town.hire("vera", "auditor")
        [_, vera] = (await town.told("GET", "/v1/users"))["users"]
        [finding, *_] = (await town.told("GET", "/v1/audit/findings"))["findings"]
        async with town.browser(**town.admin) as browser:
            refused = await browser.post(f"/audit/{finding['id']}/owner", data={"owner": vera["user"]})
        after = (await town.told("GET", "/v1/audit/findings"))["findings"][0]

    assert (refused.status_code, after["owner"]) == (422, None)
    assert "The owner cannot close it" in refused.text


async def test_a_job_looks_every_day(database: Database, tmp_path: Path) -> None:
    clock = HandClock(1_790_000_000_000)
    async with a_town(database, tmp_path, clock) as town:
        upkeep = Upkeep(town.here)
        await upkeep.plan()
        clock.advance(EVERY_MS[AUDIT])
        await upkeep.worker().run_due()
        async with town.here.store.transaction() as tx:
            kinds = {row["kind"] for row in await tx.fetch("SELECT kind FROM audit_findings WHERE state = 'open'")}

    assert EVERY_MS[AUDIT] == DAY_MS
    assert {"clear_text", "no_witness", "prefix_example", "advisories_missing"} <= kinds
    assert "keys_open" not in kinds
    assert "log_name_default" not in kinds


def a_command_line(database: Database, check: Planted) -> Typer:
    @asynccontextmanager
    async def opening(data: Path | None) -> AsyncIterator[AuditDesk]:
        store = database.store()
        office = Office(store)
        yield a_desk(office, check)
        await store.close()

    app = Typer()
    app.callback()(lambda: None)
    audit.register(app, opening)
    return app


@pytest.mark.parametrize(("broken", "planted", "code"), [(False, 0, 0), (False, 2, 1), (True, 2, 2)])
def test_a_scheduler_learns_by_the_exit_status(clone: Database, broken: bool, planted: int, code: int) -> None:
    check = Planted([an_old_key(f"key_{number}") for number in range(planted)], broken)
    told = CliRunner().invoke(a_command_line(clone, check), ["audit"])

    assert told.exit_code == code
    found = [line for line in told.stdout.splitlines() if line.startswith("medium")]
    assert len(found) == (0 if broken else planted)
    if broken:
        assert "Planted could not look" in told.stderr


def test_a_program_gets_one_json_value_and_people_get_words(clone: Database) -> None:
    program = a_command_line(clone, Planted([an_old_key()]))
    people = CliRunner().invoke(program, ["audit"])
    machine = CliRunner().invoke(program, ["audit", "--json"])
    late = CliRunner().invoke(program, ["audit", "--overdue", "--json"])

    assert people.stdout.startswith("medium")
    assert "The key till of Kirjakauppa is 400 days old." in people.stdout
    value = json.loads(machine.stdout)
    assert (value["open"], value["new"], value["overdue"], value["failed"]) == (1, 0, 0, [])
    assert [one["kind"] for one in value["findings"]] == ["key_old"]
    assert (late.exit_code, json.loads(late.stdout)["findings"]) == (0, [])
