"""`safehand up`: an installation on this machine, from nothing to serving."""

import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from safehand.app.data_folder import DataFolder
from safehand.app.settings import FILES, VARIABLES, read_settings
from safehand.app.telling import tell
from safehand.app.up import command_line
from safehand.cli.admin import Opened
from safehand.cli.log import OpenedLog

if TYPE_CHECKING:
    from safehand.app.cutover.desk import CutoverDesk
    from safehand.app.installation import Installation
    from safehand.audit.commands import AuditDesk

DATA_DEFAULT = Path("safehand-data")
NOTED = ("log_name", "backup_folder", "backup_recipients", "erasures", "witness_policy", "company_prefix", "advisories")
"""Settings that the `admin` commands must share with the running installation, which are run elsewhere."""
CHECKED_LATER = "postgresql:///our-own?host=/made-at-the-start"
CORE = (sys.executable, "-m", "safehand.app.core")


def register(app: typer.Typer) -> None:
    """Add `up`."""
    app.command()(up)


def up(
    data: Annotated[Path, typer.Option(help="Its folder; made if it is not there.")] = DATA_DEFAULT,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8080,
    origin: Annotated[str | None, typer.Option(help="How people reach it, such as https://parcels.example.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value first: where it will answer.")] = False,
) -> None:
    """Run an installation: its own PostgreSQL and NATS, the log, the API and the pages. Ctrl-C stops it in order."""
    scheme = "https" if os.environ.get("SAFEHAND_TLS_CERTIFICATE") else "http"
    where = origin or os.environ.get("SAFEHAND_ORIGIN") or f"{scheme}://{host}:{port}"
    environment = {**os.environ, "SAFEHAND_ORIGIN": where, "SAFEHAND_HOST": host, "SAFEHAND_PORT": str(port)}
    read_settings(environment, data=data, database_url=os.environ.get("SAFEHAND_DATABASE_URL") or CHECKED_LATER)
    folder = DataFolder(data.resolve())
    folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    noted = {field: _elsewhere(field, said) for field in NOTED if (said := environment.get(VARIABLES[field]))}
    _note(running_file(folder), json.dumps({"origin": where} | noted))
    if as_json:
        typer.echo(json.dumps({"origin": where, "data": str(folder.path)}))
    else:
        tell(f"{where}\nThe first administrator: safehand admin link --data {data}")
    command = command_line(folder.path, CORE)
    sys.stdout.flush()
    os.execve(command[0], command, environment)  # noqa: S606 - what stays in memory is the supervisor and nothing else


def _elsewhere(field: str, said: str) -> str:
    """What a setting says, so that it says the same to a command that is run in another folder."""
    return str(Path(said).resolve()) if field in FILES else said


def _note(path: Path, text: str) -> None:
    """Write it whole or not at all; what stands there already needs no room on the disk."""
    if path.exists() and path.read_text() == text:
        return
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(path)


@asynccontextmanager
async def opened_installation(data: Path | None) -> AsyncIterator[Opened]:
    """A running installation as `admin link` needs it."""
    async with whole_installation(data) as here:
        yield Opened(here.identity.sign_in, here.settings.origin)


@asynccontextmanager
async def opened_log(data: Path | None) -> AsyncIterator[OpenedLog]:
    """The same, for the commands about its log."""
    async with whole_installation(data) as here:
        settings = here.settings
        yield OpenedLog(settings.data, settings.keys_folder, settings.log_folder, here.log_key, here.store, here.ledger)


@asynccontextmanager
async def opened_audit(data: Path | None) -> AsyncIterator["AuditDesk"]:
    """The same, for its audit."""
    async with whole_installation(data) as here:
        yield here.audit


@asynccontextmanager
async def opened_cutover(data: Path | None) -> "AsyncIterator[CutoverDesk]":
    """A running installation as `import` needs it."""
    from safehand.app.cutover.joined import cutover_desk

    async with whole_installation(data) as here:
        yield cutover_desk(here)


@asynccontextmanager
async def whole_installation(data: Path | None) -> AsyncIterator["Installation"]:
    """A running installation as the `admin` commands need it: its database and keys, beside the running roles."""
    from safehand.app.installation import opened  # every room there is: no other command should wait for them
    from safehand.bus.notices import LocalBus

    folder = DataFolder((data or Path(os.environ.get("SAFEHAND_DATA", DATA_DEFAULT))).resolve())
    told = json.loads(running_file(folder).read_text()) if running_file(folder).exists() else {}
    url = os.environ.get("SAFEHAND_DATABASE_URL") or folder.running_database_url()
    asked = {field: os.environ.get(VARIABLES[field]) or told.get(field) for field in ("origin", *NOTED)}
    settings = read_settings(os.environ, data=folder.path, database_url=url, **asked)
    async with opened(settings, LocalBus()) as here:
        yield here


def running_file(folder: DataFolder) -> Path:
    """Where `up` notes how people reach the installation."""
    return folder.path / "running.json"
