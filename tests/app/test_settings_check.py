"""The settings check finds what a start would stumble over, and changes nothing."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from safehand.app.account import ALLOWED, AS_ROOT
from safehand.app.backup.keys import backup_key
from safehand.app.backup.place import Place
from safehand.app.settings import Settings
from safehand.app.settings_check import SettingsCheck
from safehand.kernel.catalogue import load_catalogue
from tests.certificates import an_authority
from tests.installations import LOG_NAME
from tests.servers import Database


async def troubles(settings: Settings) -> dict[str, str]:
    found = await SettingsCheck(settings, load_catalogue("en")).look()
    return {one.what: one.trouble for one in found if one.trouble}


async def test_an_installation_in_order_has_no_trouble(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = an_authority(tmp_path / "ca").issue(tmp_path / "tls", "parcels.example", valid=timedelta(days=90))
    settings = Settings(
        data=tmp_path,
        database_url=database.app_url,
        origin="https://parcels.example",
        host="0.0.0.0",
        tls_certificate=issued.certificate,
        tls_key=issued.key,
    )
    closed = {"named files"} if os.geteuid() == 0 else set()  # issued to root, and to be read by the account
    assert set(await troubles(settings)) == closed
    monkeypatch.setenv(AS_ROOT, ALLOWED)
    assert await troubles(settings) == {}

    (tmp_path / "keys").mkdir(mode=0o700)
    (tmp_path / "keys" / "vault.key").touch(0o644)
    (tmp_path / "keys" / "vault.key").chmod(0o644)
    wrong = replace(
        settings,
        database_url=database.superuser_url,
        nats_url="nats://127.0.0.1:1",
        origin="https://another.example",
        witness_policy=tmp_path / "missing",
    )
    found = await troubles(wrong)
    assert set(found) == {"private keys", "certificate", "database", "stream", "witness policy"}
    assert "vault.key" in found["private keys"]
    assert "another.example" in found["certificate"]
    assert "superuser" in found["database"]
    issued.key.chmod(0o644)
    assert "lets others at it" in (await troubles(settings))["certificate"]
    assert "without TLS" in (await troubles(replace(settings, tls_certificate=None, tls_key=None)))["clear text"]
    assert not (tmp_path / "ledger").exists()


async def test_a_backup_folder_of_nobodys_or_that_the_account_may_not_write_is_told_of(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "backup"
    (tmp_path / "keys").mkdir(mode=0o700)
    settings = Settings(data=tmp_path, database_url=database.app_url, backup_folder=folder)
    assert "backup folder" in await troubles(settings)  # no key vouches for backups yet

    key = backup_key(tmp_path / "keys", LOG_NAME)
    assert "it says: none" in (await troubles(settings))["backup folder"]
    Place(folder).prepare(key.verifier)
    monkeypatch.setenv(AS_ROOT, ALLOWED)
    assert await troubles(settings) == {}
    monkeypatch.delenv(AS_ROOT)
    closed = f"may not write {folder}" in (await troubles(settings)).get("backup folder", "")
    assert closed == (os.geteuid() == 0)  # whoever is not root serves themselves


async def test_a_certificate_that_ends_soon_is_told_of(database: Database, tmp_path: Path) -> None:
    issued = an_authority(tmp_path / "ca").issue(tmp_path / "tls", "parcels.example", valid=timedelta(days=3))
    settings = Settings(
        data=tmp_path,
        database_url=database.app_url,
        origin="https://parcels.example",
        tls_certificate=issued.certificate,
        tls_key=issued.key,
    )
    assert "it ends in 2 days" in (await troubles(settings))["certificate"]
