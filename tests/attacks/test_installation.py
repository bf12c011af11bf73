"""The scanners on a whole installation, as each kind of person that it knows: nothing above a low finding."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.attacks.doorman import doorman
from tests.attacks.people import Office, People
from tests.attacks.scanners import Asked, Severity, bandit, missing, schemathesis, wapiti
from tests.faults.machine import Machine, a_machine
from tests.servers import now, scratch_folder

pytestmark = [pytest.mark.faults, pytest.mark.timeout(2_400)]
SAFEHAND = Path(__file__).parents[2] / "safehand"
GUISE = "SAFEHAND_GUISES"
CASES_MIN = 20_000
EXAMPLES = {"device-driver": 40, "device-depot": 60, "merchant": 90, "depot": 60, "everything": 90}
"""Cases for each operation. Who may do everything comes last: others' keys and devices do not survive it."""
EXPLAINED = {
    "Lack of anti CSRF token": "another site's page is refused by where it comes from: tests/identity/test_guard.py",
    "X-Frame-Options is not set": "the content security policy says frame-ancestors 'none'",
    "X-XSS-Protection is not set": "no browser of today knows it",
    "Strict-Transport-Security is not set": "asked without TLS, as only this machine may",
    "Secure flag is not set in the cookie": "asked without TLS, as only this machine may",
}
"""What a scanner says that is no way in, and why not."""
SIGN_IN = ("--exclude-path", "/v1/sessions", "--exclude-path", "/v1/setup", "--exclude-path", "/v1/password")
WITHOUT = {"everything": SIGN_IN}
"""Whose guesses at passwords would only shut themselves out; others ask for these."""
SEED = 20_261_127


def in_guise(file: Path) -> dict[str, str]:
    """What has schemathesis ask as somebody."""
    return {"SCHEMATHESIS_HOOKS": "tests.attacks.guises", GUISE: str(file)}


@dataclass(frozen=True, slots=True)
class Inhabited:
    """A running installation with people in it."""

    machine: Machine
    people: People


@pytest.fixture(scope="module")
def installation() -> Iterator[Inhabited]:
    """One for all of these."""
    with scratch_folder() as folder, a_machine(folder / "data") as machine:
        now(machine.whole())
        yield Inhabited(machine, Office(machine.url, _token(machine)).open())


def _token(machine: Machine) -> str:
    command = [sys.executable, "-m", "safehand.cli.main", "admin", "link", "--data", str(machine.data), "--json"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return str(json.loads(said.stdout.splitlines()[-1])["link"]).rpartition("/")[2]


def test_nothing_that_is_asked_in_anybodys_guise_ends_in_a_server_error(
    installation: Inhabited, tmp_path: Path
) -> None:
    people = installation.people
    asked: dict[str, Asked] = {}
    for guise, examples in EXAMPLES.items():
        asked[guise] = schemathesis(
            f"{people.url}/openapi.json", tmp_path, *WITHOUT.get(guise, ()), examples=examples, seed=SEED,
            settings=people.dictionary(tmp_path), environment=in_guise(people.choose(guise, tmp_path)),
        )  # fmt: skip

    assert [one for answer in asked.values() for one in answer.found] == []
    assert all(answer.complete for answer in asked.values())
    assert sum(answer.cases for answer in asked.values()) >= CASES_MIN


@pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}")
def test_a_stranger_who_follows_every_link_and_fills_in_every_form_finds_no_way_in(
    installation: Inhabited, tmp_path: Path
) -> None:
    people = installation.people

    found = wapiti(f"{people.url}/", tmp_path, "-s", people.link, "-s", f"{people.url}/sign-in")

    assert [one for one in found if not one.words.startswith(tuple(EXPLAINED))] == []


@pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}")
def test_staff_who_follow_every_link_and_fill_in_every_form_find_no_way_in(
    installation: Inhabited, tmp_path: Path
) -> None:
    people = installation.people
    with doorman(people.url, **people.guises["everything"]) as url:
        found = wapiti(f"{url}/", tmp_path)

    assert [one for one in found if not one.words.startswith(tuple(EXPLAINED))] == []


def test_the_code_has_no_habit_that_ends_in_an_advisory() -> None:
    assert [one for one in bandit(SAFEHAND) if one.severity is Severity.HIGH] == []
