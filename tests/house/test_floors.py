"""The floors hold: a small house with every room, and one forbidden door at a time."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
FLOORS = """
    kernel store bus roads events devices labels documents vault identity ledger parcels packaging places recipients
    workforce risk custody depot tracking handover planning watch claims returns notify epcis audit surfaces intake
    locker app demo cli
"""
DOORS = {  # what every floor may do
    "parcels/model.py": "from safehand.events import custody\n",
    "parcels/routes.py": "import fastapi\n",
    "parcels/manifest_routes.py": "import fastapi\n",
    "parcels/service_routes.py": "import fastapi\n",
    "depot/paper_routes.py": "import fastapi\n",
    "custody/exception_routes.py": "import fastapi\n",
    "custody/aggregate_routes.py": "import fastapi\n",
    "identity/account_routes.py": "import fastapi\n",
    "identity/key_routes.py": "import fastapi\n",
    "identity/guard.py": "import starlette.requests\n",
    "surfaces/web/pages.py": "import fastapi\nfrom safehand.handover import commands\n",
    "handover/commands.py": "from safehand.custody import desk\nimport sqlalchemy\n",
    "custody/desk.py": "from safehand.parcels import model\nfrom safehand.kernel import clock\n",
    "kernel/clock.py": "import time\n",
    "store/database.py": "import asyncpg\nimport sqlalchemy\n",
    "bus/stream.py": "import nats\n",
    "roads/network.py": "import osrm\n",
    "app/serving.py": "import uvicorn\nimport fastapi\n",
    "events/custody.py": "import enum\n",
    "surfaces/web/__init__.py": "",
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Every room of the design, with doors that are allowed, under the project's own rules."""
    top = tmp_path / "safehand"
    for room in FLOORS.split():
        (top / room).mkdir(parents=True)
        (top / room / "__init__.py").touch()
    (top / "__init__.py").touch()
    for path, text in DOORS.items():
        (top / path).parent.mkdir(exist_ok=True)
        (top / path).write_text(text)
    shutil.copy(PROJECT, tmp_path)
    return tmp_path


def walk(house: Path) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=house, capture_output=True, text=True, check=False, timeout=60)


def test_doors_that_lead_down_are_open(house: Path) -> None:
    done = walk(house)

    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("path", "door", "broken"),
    [
        ("kernel/ids.py", "from safehand.events import custody", "Floors"),
        ("custody/facts.py", "import safehand.handover.commands", "Floors"),
        ("parcels/kinds.py", "from safehand import risk", "Floors"),
        ("handover/pin.py", "from safehand.claims import __doc__", "Floors"),
        ("app/main.py", "from safehand import demo", "Floors"),
        ("attic/dust.py", "", "Floors"),
        ("parcels/model.py", "from safehand.store import database", "no database, stream"),
        ("parcels/model.py", "import asyncio", "no database, stream"),
        (
            "custody/model.py",
            "from safehand.custody import desk\nfrom safehand.bus import stream",
            "no database, stream",
        ),
        ("parcels/model.py", "import time", "no clock, chance"),
        ("parcels/model.py", "from random import random", "no clock, chance"),
        ("custody/pages.py", "import fastapi", "the web framework"),
        ("custody/desk.py", "from starlette.responses import Response", "the web framework"),
        ("ledger/heads.py", "import asyncpg", "the database driver"),
        ("ledger/live.py", "from nats.aio.client import Client", "Only bus knows NATS"),
        ("demo/detour.py", "import osrm", "Only roads knows OSRM"),
    ],
)
def test_a_forbidden_door_is_found(house: Path, path: str, door: str, broken: str) -> None:
    page = house / "safehand" / path
    page.parent.mkdir(exist_ok=True)
    (page.parent / "__init__.py").touch()
    page.write_text(door + "\n")

    done = walk(house)

    assert done.returncode == 1, done.stdout + done.stderr
    assert any(broken in line and "BROKEN" in line for line in done.stdout.splitlines()), done.stdout
