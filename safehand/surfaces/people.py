"""People and training as pages see them: what they are given, and what they need others to fill."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from safehand.kernel.ids import PartyId
from safehand.surfaces.views import Staff
from safehand.workforce.authority import Authority
from safehand.workforce.commands import LicenceDraft
from safehand.workforce.course import Course
from safehand.workforce.record import Record
from safehand.workforce.shelf import Material
from safehand.workforce.shifts import Shift
from safehand.workforce.training import Attempt, Marked


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A driver in the list, and what follows from the record today. `employer` is a subcontractor's name, or empty."""

    driver: PartyId
    name: str
    employer: str
    authority: Authority


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleList:
    """A page of drivers. `more` is the cursor of the next page."""

    rows: tuple[PersonRow, ...]
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """One driver with the whole record. `may_change` says whether the viewer keeps records."""

    row: PersonRow
    record: Record
    shifts: tuple[Shift, ...]
    places: Mapping[str, str]
    may_change: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRow:
    """A course and, for a driver, until when it counts: `passed` is None if it was never passed."""

    course: Course
    passed: date | None = None
    forever: bool = False
    counts: bool = False
    ending: bool = False


class PeoplePages(Protocol):
    """What the pages of people read and record. Errors: NotFound, Conflict, Invalid."""

    async def people(self, viewer: Staff, after: str) -> PeopleList:
        """A page of the drivers whom the viewer may see."""
        ...

    async def person(self, viewer: Staff, driver: str) -> PersonView:
        """One driver."""
        ...

    async def engage(self, viewer: Staff, driver: str, since: date) -> None:
        """The driver works from that day on."""
        ...

    async def licence(self, viewer: Staff, driver: str, draft: LicenceDraft) -> None:
        """A licence that the viewer saw."""
        ...


class TrainingPages(Protocol):
    """What a learner reads and answers. Errors: NotFound, Conflict, TooMany."""

    async def courses(self, viewer: Staff) -> tuple[CourseRow, ...]:
        """Every course."""
        ...

    def material(self, course: Course, language: str) -> Material:
        """A course's words."""
        ...

    async def course(self, viewer: Staff, name: str) -> CourseRow:
        """One course. Errors: NotFound."""
        ...

    async def begin(self, viewer: Staff, name: str) -> Attempt:
        """Lay a quiz before the viewer. Errors: TooMany (enough for today), Conflict (never engaged)."""
        ...

    async def attempt(self, viewer: Staff, name: str) -> Attempt:
        """The quiz that lies before the viewer. Errors: NotFound."""
        ...

    async def answer(self, viewer: Staff, attempt: str, answers: Mapping[int, int]) -> Marked:
        """Hand it in. Errors: NotFound, Conflict (handed in, or too late)."""
        ...
