"""`safehand admin link`: the way in for the first administrator."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from typer import Typer
from typer.testing import CliRunner

from safehand.cli import admin
from safehand.cli.log import OpenedLog
from safehand.identity.sign_in import NewAdmin, Password
from tests.identity.office import ADDRESS, GOOD_PASSWORD, ORIGIN, Office
from tests.servers import Database, now


def a_command_line(database: Database, asked_for: list[Path | None]) -> Typer:
    @asynccontextmanager
    async def opening(data: Path | None) -> AsyncIterator[admin.Opened]:
        asked_for.append(data)
        store = database.store()
        yield admin.Opened(Office(store).sign_in, ORIGIN)
        await store.close()

    @asynccontextmanager
    async def no_log(data: Path | None) -> AsyncIterator[OpenedLog]:
        raise AssertionError("the link needs no log")
        yield

    app = Typer()
    admin.register(app, opening, no_log)
    return app


def test_the_link_is_the_last_line_and_lets_one_administrator_in(clone: Database, tmp_path: Path) -> None:
    asked_for: list[Path | None] = []
    told = CliRunner().invoke(a_command_line(clone, asked_for), ["admin", "link", "--data", str(tmp_path)])

    assert told.exit_code == 0
    assert told.stdout.startswith(f"{ORIGIN}/setup/")
    assert len(told.stdout.splitlines()) == 1
    assert "60 minutes" in told.stderr
    assert asked_for == [tmp_path]
    token = told.stdout.strip().rpartition("/")[2]

    async def use() -> str:
        store = clone.store()
        id = await Office(store).sign_in.set_up(NewAdmin(token, Password("ana", GOOD_PASSWORD, ADDRESS), "Ana"))
        await store.close()
        return id

    assert now(use()).startswith("usr_")


def test_a_program_gets_one_json_value(clone: Database) -> None:
    told = CliRunner().invoke(a_command_line(clone, []), ["admin", "link", "--json"])

    said = json.loads(told.stdout.splitlines()[-1])
    assert said["link"].startswith(f"{ORIGIN}/setup/")
    assert said["minutes"] == 60
