"""Every word that a page can ask for is there, in every language."""

import re
from enum import StrEnum
from importlib.resources import files

import pytest

from safehand.audit.model import FindingKind, FindingState, Severity, StepKind
from safehand.events.vocabulary import (
    Evidence,
    ExceptionKind,
    ExceptionState,
    Reason,
    ReasonFamily,
    Resolution,
    Side,
    Skill,
    State,
    Way,
)
from safehand.identity.model import Role
from safehand.kernel.catalogue import LANGUAGES, load_catalogue
from safehand.places.calendars import DayKind
from safehand.places.importing import Doubt, Outcome
from safehand.places.model import PlaceKind, ReadPoint
from safehand.surfaces import errors
from safehand.surfaces.views import NameKind
from safehand.surfaces.words.rows import STATUS
from safehand.workforce.authority import Duty, Lack, Level
from safehand.workforce.model import VehicleKind

GROUPS: dict[str, tuple[type[StrEnum], tuple[str, ...]]] = {
    "state": (State, ("word", "told", "next")),
    "reason": (Reason, ("word",)),
    "reason_family": (ReasonFamily, ("word",)),
    "way": (Way, ("word",)),
    "evidence": (Evidence, ("word",)),
    "side": (Side, ("word",)),
    "exception_kind": (ExceptionKind, ("word", "detail", "todo", "told")),
    "exception_state": (ExceptionState, ("word",)),
    "resolution": (Resolution, ("word", "means")),
    "party": (NameKind, ("named", "word")),
    "role": (Role, ("word",)),
    "finding": (FindingKind, ("word", "detail", "todo")),
    "finding_state": (FindingState, ("word",)),
    "finding_step": (StepKind, ("word",)),
    "severity": (Severity, ("word",)),
    "place_kind": (PlaceKind, ("word", "many")),
    "read_point": (ReadPoint, ("word",)),
    "day_kind": (DayKind, ("word",)),
    "outcome": (Outcome, ("word",)),
    "doubt": (Doubt, ("detail",)),
    "level": (Level, ("word",)),
    "duty": (Duty, ("word",)),
    "lack": (Lack, ("word",)),
    "skill": (Skill, ("word",)),
    "vehicle_kind": (VehicleKind, ("word",)),
}
ASKED = re.compile(
    r"""(?:\bt|words\.say|say|count)\(\s*(?:reader\.words,\s*|self\.words,\s*)?"([a-z_]+\.[a-z_]+)"(?=[,)\s])"""
)


def asked() -> set[str]:
    """Ids that templates and code name in full."""
    room = files("safehand.surfaces")
    texts = []
    waiting = [room]
    while waiting:
        for entry in waiting.pop().iterdir():
            if entry.is_dir():
                waiting.append(entry)
            elif entry.name.endswith((".html", ".py")):
                texts.append(entry.read_text("utf-8"))
    return {id for text in texts for id in ASKED.findall(text)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_vocabulary_is_there(language: str) -> None:
    words = load_catalogue(language).words
    wanted = {
        f"{group}.{member.value}.{part}"
        for group, (members, parts) in GROUPS.items()
        for member in members
        for part in parts
    }

    wanted |= {"service.standard.word", "service.express.word"}  # those that an installation begins with

    assert wanted - set(words) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_that_a_page_names_is_there(language: str) -> None:
    words = load_catalogue(language).words
    whole = {id for id in asked() if not id.endswith("_")}
    begun = asked() - whole  # completed by a state, a kind, a place in the menu

    assert len(whole) > 150
    assert {id for id in whole if id not in words and f"{id}_many" not in words} == set()
    assert {id for id in begun if not any(known.startswith(id) for known in words)} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_of_the_pages_has_its_three_sentences(language: str) -> None:
    words = load_catalogue(language).words
    codes = {vars(kind)["code"] for kind in vars(errors).values() if isinstance(kind, type) and "code" in vars(kind)}

    assert codes
    assert {f"{code}.{part}" for code in codes for part in ("title", "detail", "remedy")} <= set(words)


def test_every_state_has_a_shape() -> None:
    assert set(STATUS) == set(State)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tone_is_calm(language: str) -> None:
    pages = ("audit.toml", "pages.toml", "people.toml", "place_pages.toml", "vocabulary.toml", "errors_common.toml")
    folder = files("safehand.kernel") / "messages" / language
    for page in pages:
        text = (folder / page).read_text("utf-8")
        assert not re.search(
            r"!|\bplease\b|\boops\b|\bsorry\b|ole hyvä|valitettavasti|pahoittelemme", text, re.IGNORECASE
        )
