"""A course and its quiz: which questions are asked in which order, and what counts as right. Pure.

The order of questions and answers follows from a seed that stays on the server. The form says only which line was
chosen, so that yesterday's answers written on a hand are of no use today.
"""

import calendar
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

SEED_BYTES = 16
ATTEMPTS_MAX = 3
"""Quizzes of one course that a driver may begin within ATTEMPTS_WITHIN_MS; then reading is the better use of time."""
ATTEMPTS_WITHIN_MS = 24 * 3_600_000
QUIZ_MS = 60 * 60_000
"""From the first look at the questions to the answers."""
QUESTIONS_MAX = 12
OPTIONS_MAX = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question: its options by their words' ids, and the right one."""

    id: str
    options: tuple[str, ...]
    right: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One edition of a course."""

    name: str
    edition: int
    months: int
    """How long a certificate counts; 0: for good."""
    asks: int
    """How many of the questions one quiz has."""
    pass_right: int
    sections: tuple[str, ...]
    questions: tuple[Question, ...]

    def check(self) -> None:
        """Refuse a course that nobody could pass, or everybody.

        Errors
            ValueError  the files of the course are broken.
        """
        if not 0 < self.pass_right <= self.asks <= len(self.questions) <= QUESTIONS_MAX:
            raise ValueError(f"{self.name}: {self.pass_right} of {self.asks} of {len(self.questions)} questions")
        for question in self.questions:
            if question.right not in question.options or not 1 < len(set(question.options)) <= OPTIONS_MAX:
                raise ValueError(f"{self.name}: {question.id} has no right answer, or no wrong one")
        if self.months < 0 or not self.sections:
            raise ValueError(f"{self.name}: {self.months} months, {len(self.sections)} sections")

    def expires(self, passed: date) -> date | None:
        """The last day on which a certificate counts; None for good."""
        return day_before(months_after(passed, self.months)) if self.months else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as it stands on one paper: the options in the order of that paper."""

    question: str
    options: tuple[str, ...]
    right: int
    """The place of the right option."""


def paper(course: Course, seed: bytes) -> tuple[Asked, ...]:
    """The quiz that follows from a seed.

    Shapes
        seed  SEED_BYTES of chance.
    """
    drawn = _shuffled(seed, [question.id for question in course.questions])[: course.asks]
    known = {question.id: question for question in course.questions}
    asked = []
    for id in drawn:
        options = tuple(_shuffled(seed + id.encode(), known[id].options))
        asked.append(Asked(question=id, options=options, right=options.index(known[id].right)))
    return tuple(asked)


def right_count(asked: Sequence[Asked], answers: Mapping[int, int]) -> int:
    """How many were right. An answer that is missing, or that is no line of the question, is wrong.

    Shapes
        answers  from the question's place on the paper to the option's place.
    """
    return sum(answers.get(place) == question.right for place, question in enumerate(asked))


def _shuffled(seed: bytes, words: Sequence[str]) -> list[str]:
    return sorted(words, key=lambda word: hashlib.sha256(seed + b"\n" + word.encode()).digest())


def months_after(day: date, months: int) -> date:
    """The same day so many months on, or the month's last if it has no such day."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def day_before(day: date) -> date:
    """Yesterday, seen from there."""
    return day - timedelta(days=1)
