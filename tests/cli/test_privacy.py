"""`safehand admin find|export|erase|rotate-keys` beside a running installation's database."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from safehand.app.installation import Installation, build
from safehand.app.settings import Settings
from safehand.bus.notices import LocalBus
from safehand.cli import privacy, rotation
from safehand.kernel.clock import SystemClock
from safehand.parcels.model import ParcelDraft, Recipient, ShipmentDraft
from tests.servers import Database, now
from tests.world import SHOP

AINO = Recipient(
    name="Aino K", street="Kuusitie 7", postal_code="00130", city="Helsinki", country="FI", email="aino@example.org"
)


def opening(database: Database, folder: Path) -> privacy.Opening:
    @asynccontextmanager
    async def opened(_: Path | None) -> AsyncIterator[Installation]:
        store = database.store()
        settings = Settings(data=folder, database_url=database.app_url)
        here = build(settings, store, LocalBus(), SystemClock())
        async with store.transaction() as tx:
            await here.vault.check(tx)
        yield here
        await here.close()
        await store.close()

    return opened


@pytest.fixture
def office(clone: Database, tmp_path: Path) -> Typer:
    """The commands, on an installation with one shipment whose parcel was delivered."""
    opened = opening(clone, tmp_path)

    async def prepare() -> None:
        async with opened(None) as here, here.store.transaction() as tx:
            made = await here.parcels.create(
                tx, SHOP, ShipmentDraft(recipient=AINO, parcels=(ParcelDraft(weight_g=900),))
            )
            [parcel] = made.parcels
            await tx.run(
                "INSERT INTO holdings (parcel, custodian, since_ms, state, state_ms, merchant, recipient, seq)"
                " VALUES ($1, $2, 1, 'delivered', 1, $3, $2, 1)",
                parcel.parcel,
                parcel.recipient,
                SHOP,
            )

    now(prepare())
    app = Typer()
    privacy.register(app, opened)
    rotation.register(app, opened)
    return app


def said(app: Typer, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--json"])


def value(told: Result) -> Any:
    """The JSON value that the output ends with."""
    return json.loads(told.stdout.splitlines()[-1])


def test_a_person_is_found_exported_and_erased(office: Typer, tmp_path: Path) -> None:
    found = said(office, "find", "--mail", "AINO@example.org")
    [one] = value(found)["persons"]
    assert (found.exit_code, one["agrees"]) == (0, ["mail"])

    for name in ("aino.json", "aino.pdf"):
        told = value(said(office, "export", one["person"], "--to", str(tmp_path / name)))
        assert told["bytes"] == (tmp_path / name).stat().st_size > 500
        assert (tmp_path / name).stat().st_mode & 0o077 == 0
    assert "Kuusitie 7" in (tmp_path / "aino.json").read_text()
    assert said(office, "export", one["person"], "--to", str(tmp_path / "aino.json")).exit_code == 2

    assert said(office, "erase", one["person"]).exit_code == 2  # nobody is there to be asked
    assert value(said(office, "erase", one["person"], "--yes")) == {"erased": 1}
    assert said(office, "find", "--mail", "aino@example.org").exit_code == 1
    journal = (tmp_path / "erasures" / "erasures.jsonl").read_text()
    assert one["person"] in journal
    assert "Aino" not in journal


def test_the_master_key_is_changed_and_the_old_one_removed(office: Typer, tmp_path: Path) -> None:
    told = said(office, "rotate-keys", "vault")
    keys = value(told)["keys"]
    assert told.exit_code == 0
    assert "safehand admin backup keys" in told.stderr
    [old] = [key["fingerprint"] for key in keys if not key["current"]]
    assert {key["persons"] for key in keys} == {0, 1}

    assert value(said(office, "rotate-keys", "vault", "--remove", old)) == {"removed": old}

    assert not (tmp_path / "keys" / "vault.key").exists()
    assert said(office, "find", "--mail", "aino@example.org").exit_code == 0
