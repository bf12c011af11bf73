"""`safehand admin check`: what a start would stumble over, told before it does."""

import asyncio
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from safehand.app.data_folder import DataFolder
from safehand.app.settings import read_settings
from safehand.kernel.catalogue import DEFAULT_LANGUAGE, load_catalogue

IN_ORDER, NOT_IN_ORDER = 0, 1
DATA_DEFAULT = Path("safehand-data")


def register(admin: typer.Typer) -> None:
    """Add `check` to the administrator's commands."""

    @admin.command()
    def check(
        data: Annotated[Path | None, typer.Option(help="The data folder of the installation.")] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value.")] = False,
    ) -> None:
        """Look at all settings, files, modes and connections; exit 0 if all is in order, 1 if not."""
        from safehand.app.settings_check import SettingsCheck  # it knows the database, which takes its time to load

        folder = DataFolder((data or Path(os.environ.get("SAFEHAND_DATA", DATA_DEFAULT))).resolve())
        database = os.environ.get("SAFEHAND_DATABASE_URL") or folder.database_url()
        stream = os.environ.get("SAFEHAND_NATS_URL") or folder.bus_url()
        settings = read_settings(os.environ, data=folder.path, database_url=database, nats_url=stream)
        found = asyncio.run(SettingsCheck(settings, load_catalogue(DEFAULT_LANGUAGE)).look())
        for one in found:
            typer.echo(
                f"{'no' if one.trouble else 'ok':4}{one.what}{': ' if one.trouble else ''}{one.trouble}", err=True
            )
        if as_json:
            typer.echo(json.dumps([asdict(one) for one in found]))
        raise typer.Exit(NOT_IN_ORDER if any(one.trouble for one in found) else IN_ORDER)
