"""The scanners on a whole installation, as each kind of person that it knows: nothing above a low finding."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.attacks.doorman import doorman
from tests.attacks.people import Office, People
from tests.attacks.scanners import Asked, Severity, bandit, missing, schemathesis, wapiti
from tests.attacks.tally import Tally
from tests.faults.machine import Machine, a_machine
from tests.servers import now, scratch_folder

pytestmark = [pytest.mark.faults, pytest.mark.timeout(7_200)]
SAFEHAND = Path(__file__).parents[2] / "safehand"
GUISE = "SAFEHAND_GUISES"
CASES_MIN = 20_000
LINKED_MIN = 2_000
DONE_MIN, KINDLY_MIN = 0.6, 0.05
SLOWED_MAX = 0.05
EXAMPLES = {"recipients": 60, "device-driver": 60, "device-depot": 60, "subcontractor": 40, "merchant": 80, "depot": 60,
            "driver": 40}  # fmt: skip
"""Cases for each operation that the guise may ask for, and so many chains; two guises at a time."""
LAST = {"everything": 80}
"""Who may do everything comes last: others' keys and devices do not survive it."""
EXPLAINED = {
    "Lack of anti CSRF token": "another site's page is refused by where it comes from: tests/identity/test_guard.py",
    "X-XSS-Protection is not set": "no browser of today knows it",
    "Strict-Transport-Security is not set": "asked without TLS, as only this machine may",
    "Secure flag is not set in the cookie": "asked without TLS, as only this machine may",
}
"""What a scanner says that is no way in, and why not."""
HABITS = {
    "B608": "statements joined of our own constants; what was typed is a parameter; each says so to ruff (S608)",
}
"""What bandit rates as medium, and why it may stay."""
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
        yield Inhabited(machine, Office(machine.url, now(machine.setup_token())).open())


@dataclass(frozen=True, slots=True)
class Run:
    """What one guise asked, and what it met."""

    asked: Asked
    tally: Tally

    @classmethod
    def of(cls, people: People, guise: str, examples: int, folder: Path) -> "Run":
        """Ask everything that this guise may."""
        place = folder / guise
        place.mkdir()
        asked = schemathesis(
            f"{people.url}/openapi.json", place, examples=examples, seed=SEED,
            settings=people.settings(place, scenarios=examples), environment=in_guise(people.choose(guise, place)),
        )  # fmt: skip
        return cls(asked, Tally.read(people.tally(guise, place)))


def operations(people: People) -> set[str]:
    """All that the description names."""
    described = httpx.get(f"{people.url}/openapi.json", trust_env=False).json()["paths"]
    return {f"{method.upper()} {path}" for path, methods in described.items() for method in methods}


def test_nothing_that_is_asked_in_anybodys_guise_ends_in_a_server_error(
    installation: Inhabited, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = installation.people
    described = operations(people)
    with ThreadPoolExecutor(2) as two:
        runs = dict(zip(EXAMPLES, two.map(lambda guise: Run.of(people, guise, EXAMPLES[guise], tmp_path), EXAMPLES),
                        strict=True))  # fmt: skip
    runs |= {guise: Run.of(people, guise, examples, tmp_path) for guise, examples in LAST.items()}
    whole = Tally.joined(run.tally for run in runs.values())

    each = [*((guise, run.tally) for guise, run in runs.items()), ("all", whole)]
    lines = [f"{guise:14} {tally.words(described)}" for guise, tally in each]
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *lines, f"never done: {', '.join(sorted(described - whole.done))}", ""]))
    assert whole.broken == []
    assert [one for run in runs.values() for one in run.asked.found] == []
    assert all(run.asked.complete for run in runs.values())
    assert described - whole.reached == set()
    assert whole.cases >= CASES_MIN
    assert whole.linked >= LINKED_MIN
    assert whole.classes["429"] <= SLOWED_MAX * whole.cases
    assert whole.classes["2xx"] >= KINDLY_MIN * whole.cases
    assert len(whole.done) >= DONE_MIN * len(described)


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
    found = bandit(SAFEHAND)

    assert len(found) > len(HABITS), "it read nothing"
    assert [one for one in found if one.severity > Severity.LOW and one.kind not in HABITS] == []
    assert [one for one in found if one.severity is Severity.HIGH] == []
