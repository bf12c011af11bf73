"""Courses as they are shipped, and the quiz that follows from a seed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.kernel.catalogue import LANGUAGES
from safehand.workforce.authority import RULES
from safehand.workforce.course import SEED_BYTES, Course, Question, months_after, paper, right_count
from safehand.workforce.errors import NoSuchCourse
from safehand.workforce.shelf import load_shelf

SHELF = load_shelf()
SEEDS = st.binary(min_size=SEED_BYTES, max_size=SEED_BYTES)
SECURITY = SHELF.course("security_threats")


def test_every_course_that_authority_asks_for_is_there_in_every_language() -> None:
    asked_for = {course for step in RULES.steps for course in step.needs.courses}
    assert asked_for == {course.name for course in SHELF.current()}
    for course in SHELF.current():
        for language in LANGUAGES:
            words = SHELF.material(course, language)
            assert words.title
            assert all(words.sections[section].text for section in course.sections)


def test_threat_awareness_is_renewed_every_two_years() -> None:
    assert SECURITY.expires(date(2026, 11, 28)) == date(2028, 11, 27)


def test_a_course_that_nobody_knows_is_refused() -> None:
    with pytest.raises(NoSuchCourse):
        SHELF.course("juggling")
    with pytest.raises(NoSuchCourse):
        SHELF.course("privacy", 99)


@given(SEEDS)
def test_one_seed_is_one_paper_and_the_right_lines_pass(seed: bytes) -> None:
    for course in SHELF.current():
        asked = paper(course, seed)
        assert asked == paper(course, seed)
        assert len({one.question for one in asked}) == course.asks
        right = {place: one.right for place, one in enumerate(asked)}
        assert right_count(asked, right) == course.asks
        assert right_count(asked, {place: line + 1 for place, line in right.items()}) == 0
        assert right_count(asked, {}) == 0


def test_the_same_line_is_not_always_right() -> None:
    lines = {tuple(one.right for one in paper(SECURITY, bytes([n]) * SEED_BYTES)) for n in range(40)}
    assert len(lines) > 20


@pytest.mark.parametrize(
    "broken",
    [
        {"pass_right": 0},
        {"pass_right": 3},
        {"asks": 3},
        {"questions": (Question(id="a", options=("x", "y"), right="z"), Question(id="b", options=("x",), right="x"))},
        {"sections": ()},
        {"months": -1},
    ],
)
def test_a_course_that_nobody_could_pass_or_everybody_is_no_course(broken: dict[str, object]) -> None:
    whole = {
        "name": "x",
        "edition": 1,
        "months": 1,
        "asks": 2,
        "pass_right": 2,
        "sections": ("one",),
        "questions": tuple(Question(id=id, options=("x", "y"), right="x") for id in "ab"),
    }
    Course(**whole).check()  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="x: "):
        Course(**whole | broken).check()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 1, 31), 24, date(2028, 1, 31)),
    ],
)
def test_a_month_that_has_no_such_day_ends_on_its_last(day: date, months: int, then: date) -> None:
    assert months_after(day, months) == then
