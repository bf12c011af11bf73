"""Started by root, everything runs as an account without rights; and root's commands beside it harm nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from safehand.app.account import AS_ROOT, server_account
from tests.faults.machine import Machine, a_machine, until
from tests.faults.open_home import may_open, opened_homes
from tests.installations import Asked
from tests.privacy.scenes import brought
from tests.servers import scratch_folder

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not may_open(), reason="only root, and where it may mount, starts Safehand for another account"),
]
ARCHIVED_S = 60.0


def asked(*words: str | Path) -> Any:
    """What a command of root's answers, which must succeed."""
    plain = {name: value for name, value in os.environ.items() if name != AS_ROOT}
    command = [sys.executable, "-m", "safehand.cli.main", *map(str, words)]
    said = subprocess.run(command, env=plain, capture_output=True, text=True, timeout=120, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout


def not_the_accounts(*folders: Path) -> list[str]:
    """What lies there and belongs to anybody else."""
    account = server_account()
    assert account is not None
    found = [path for folder in folders for path in (folder, *folder.rglob("*"))]
    return [str(path) for path in found if path.lstat().st_uid != account.user]


async def archived(machine: Machine, backup: Path) -> None:
    """Wait until something was carried off by whoever serves."""

    async def there() -> bool:
        return any((backup / "wal").iterdir())

    await until(there, ARCHIVED_S, f"the archive; it said {machine.words[-400:]}")


async def test_what_root_does_beside_a_running_installation_is_open_to_the_account_that_serves() -> None:
    with scratch_folder(on_disk=True) as folder:
        folder.chmod(0o711)
        data, backup = folder / "data", folder / "backup"
        prepare = ("admin", "backup", "prepare", backup, "--identity", folder / "identity", "--data", data, "--json")
        made = json.loads(asked(*prepare).splitlines()[-1])
        settings = {AS_ROOT: "", "SAFEHAND_BACKUP_FOLDER": str(backup), "SAFEHAND_BACKUP_RECIPIENTS": made["recipient"]}
        with a_machine(data, folder / "words", settings=settings, before=opened_homes()) as machine:
            await machine.whole()
            [core] = machine.children("safehand.app.core")
            assert os.stat(f"/proc/{core}").st_uid != 0
            async with httpx.AsyncClient(base_url=machine.url, timeout=30, trust_env=False) as client:
                town = Asked(client)
                await town.set_up(await machine.setup_token())
                one, other = await brought(town, "one"), await brought(town, "two")
                claims = await town.hire("clara", "claims")

                asked("admin", "rotate-keys", "vault", "--data", data)
                asked("admin", "erase", one.person, "--yes", "--data", data)
                asked("admin", "backup", "--data", data)

                kept = await town.told("GET", f"/v1/parcels/{other.parcel}", claims)
                assert kept["to"]["name"].startswith("Aino")
                assert (await town.told("GET", f"/v1/parcels/{one.parcel}", claims))["to"] is None
                erased = await town.told("POST", "/v1/persons/erase", claims, json={"persons": [other.person]})
                assert erased == {"erased": 1}
                await archived(machine, backup)
        assert "loop.trouble" not in (folder / "words").read_text()
        assert not_the_accounts(backup, *(data / name for name in ("keys", "blobs", "ledger", "erasures"))) == []
