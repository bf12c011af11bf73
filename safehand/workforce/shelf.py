"""The shelf: the courses that are shipped, in every edition that was ever released, with their words.

A course is a folder `courses/NAME/EDITION/` with `course.toml` (what is asked and what is right) and one file of words
a language. Material and questions are words, not code: whoever knows the trade writes them.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from safehand.kernel.catalogue import LANGUAGES
from safehand.workforce.course import Course, Question
from safehand.workforce.errors import NoSuchCourse


@dataclass(frozen=True, slots=True)
class Section:
    """One piece of the material."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Wording:
    """A question in words, and its options by their ids."""

    ask: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Material:
    """A course in one language."""

    title: str
    about: str
    sections: Mapping[str, Section]
    questions: Mapping[str, Wording]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Every course in every edition."""

    courses: Mapping[tuple[str, int], Course]
    materials: Mapping[tuple[str, int, str], Material]

    def current(self) -> tuple[Course, ...]:
        """Each course in its newest edition, by name."""
        newest: dict[str, Course] = {}
        for (name, _), course in sorted(self.courses.items()):
            newest[name] = course
        return tuple(newest.values())

    def course(self, name: str, edition: int | None = None) -> Course:
        """A course, in its newest edition if none is named.

        Errors
            NoSuchCourse
        """
        found = [course for course in self.courses.values() if course.name == name]
        if edition is not None:
            found = [course for course in found if course.edition == edition]
        if not found:
            raise NoSuchCourse(course=name[:40])
        return max(found, key=lambda course: course.edition)

    def material(self, course: Course, language: str) -> Material:
        """The words of a course."""
        return self.materials[course.name, course.edition, language]


@cache
def load_shelf() -> Shelf:
    """Read every course once.

    Errors
        ValueError  a course's files are broken, or a language lacks words: the package is not whole.
    """
    courses: dict[tuple[str, int], Course] = {}
    materials: dict[tuple[str, int, str], Material] = {}
    for folder in sorted((files("safehand.workforce") / "courses").iterdir(), key=lambda entry: entry.name):
        for edition in folder.iterdir() if folder.is_dir() else ():
            if edition.name.isdigit():
                course = _course(folder.name, int(edition.name), _read(edition / "course.toml"))
                courses[course.name, course.edition] = course
                for language in LANGUAGES:
                    words = _material(course, _read(edition / f"{language}.toml"))
                    materials[course.name, course.edition, language] = words
    return Shelf(MappingProxyType(courses), MappingProxyType(materials))


def _read(page: Traversable) -> dict[str, Any]:
    return tomllib.loads(page.read_text("utf-8"))


def _course(name: str, edition: int, said: Mapping[str, Any]) -> Course:
    course = Course(
        name=name,
        edition=edition,
        months=said["months"],
        asks=said["asks"],
        pass_right=said["pass_right"],
        sections=tuple(said["sections"]),
        questions=tuple(
            Question(id=id, options=tuple(one["options"]), right=one["right"]) for id, one in said["questions"].items()
        ),
    )
    course.check()
    return course


def _material(course: Course, said: Mapping[str, Any]) -> Material:
    material = Material(
        title=said["title"],
        about=said["about"],
        sections={id: Section(one["title"], one["text"]) for id, one in said["sections"].items()},
        questions={id: Wording(one["ask"], one["options"]) for id, one in said["questions"].items()},
    )
    worded = {id: set(one.options) for id, one in material.questions.items()}
    if set(material.sections) != set(course.sections) or worded != {
        question.id: set(question.options) for question in course.questions
    }:
        raise ValueError(f"{course.name} {course.edition}: words and questions are not those of the course")
    return material
