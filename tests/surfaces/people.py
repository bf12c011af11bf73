"""The ports of people and training, filled with three drivers and the courses as they are shipped."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from safehand.events.vocabulary import LicenceClass, Skill
from safehand.kernel.days import day_number
from safehand.kernel.ids import CERTIFICATE, LICENCE, PARTY, PLACE, CertificateId, LicenceId, PartyId, PlaceId
from safehand.surfaces.people import CourseRow, PeopleList, PersonRow, PersonView
from safehand.surfaces.views import Staff
from safehand.workforce.authority import authority_of
from safehand.workforce.commands import LicenceDraft
from safehand.workforce.course import SEED_BYTES, Course, paper, right_count
from safehand.workforce.errors import AttemptOver, NoSuchAttempt, NoSuchDriver
from safehand.workforce.record import Certificate, Licence, Record
from safehand.workforce.shelf import Material, load_shelf
from safehand.workforce.shifts import Shift
from safehand.workforce.training import Attempt, Marked
from tests.surfaces import day
from tests.world import _id

SHELF = load_shelf()
TODAY = datetime.fromtimestamp(day.NOW_MS / 1_000, UTC).astimezone(day.HELSINKI).date()
MIKKO, AINO, ONNI = (PartyId(_id(PARTY, name)) for name in ("mikko", "aino", "onni"))
HOUR_MS = 3_600_000


def certified(course: str, days: int | None) -> Certificate:
    """A certificate that counts for so many days yet."""
    return Certificate(
        certificate=CertificateId(_id(CERTIFICATE, course)),
        course=course,
        edition=1,
        certified_ms=day.NOW_MS - 20 * 24 * HOUR_MS,
        expires=None if days is None else day_number(TODAY + timedelta(days=days)),
    )


SEASONED = Record(
    driver=MIKKO,
    since=day_number(TODAY - timedelta(days=800)),
    licences=(
        Licence(
            licence=LicenceId(_id(LICENCE, "one")),
            classes=(LicenceClass.B, LicenceClass.C1),
            expires=day_number(TODAY + timedelta(days=12)),
        ),
    ),
    certificates=tuple(
        certified(course.name, None if course.name == "communication" else 400) for course in SHELF.current()
    ),
    skills=(Skill.TAIL_LIFT,),
)
RECORDS = {
    MIKKO: ("Mikko", "", SEASONED),
    AINO: ("Aino <1>", "Kuljetus Oy", Record(driver=AINO, since=day_number(TODAY - timedelta(days=9)))),
    ONNI: ("", "", Record(driver=ONNI)),
}


@dataclass
class People:
    """Drivers in memory; what was recorded is noted."""

    said: list[tuple[object, ...]] = field(default_factory=list)
    empty: bool = False
    may_change: bool = True

    def _row(self, driver: PartyId) -> PersonRow:
        name, employer, record = RECORDS[driver]
        return PersonRow(driver=driver, name=name, employer=employer, authority=authority_of(record, TODAY))

    async def people(self, viewer: Staff, after: str) -> PeopleList:
        rows = () if self.empty else tuple(self._row(driver) for driver in RECORDS)
        return PeopleList(rows=rows, more="" if after or self.empty else ONNI)

    async def person(self, viewer: Staff, driver: str) -> PersonView:
        if driver not in RECORDS:
            raise NoSuchDriver(driver=driver)
        known = PartyId(driver)
        shift = Shift(
            id="sft_1", driver=known, place=PlaceId(_id(PLACE, "depot")), day=TODAY, zone="Europe/Helsinki",
            start_ms=day.NOW_MS - 4 * HOUR_MS, end_ms=day.NOW_MS + 4 * HOUR_MS,
        )  # fmt: skip
        return PersonView(
            row=self._row(known),
            record=RECORDS[known][2],
            shifts=(shift,) if known == MIKKO else (),
            places={shift.place: "Depot Helsinki"},
            may_change=self.may_change,
        )

    async def engage(self, viewer: Staff, driver: str, since: date) -> None:
        self.said.append(("engage", driver, since))

    async def licence(self, viewer: Staff, driver: str, draft: LicenceDraft) -> None:
        self.said.append(("licence", driver, draft.number, draft.born, draft.classes, draft.expires))


def laid_out(name: str, id: str) -> Attempt:
    """A quiz that lies before the learner, always in one order."""
    course = SHELF.course(name)
    return Attempt(id=id, course=course, paper=paper(course, b"s" * SEED_BYTES), until_ms=day.NOW_MS + HOUR_MS, left=2)


@dataclass
class Training:
    """One learner's quizzes in memory."""

    begun: dict[str, Attempt] = field(default_factory=lambda: {"handover": laid_out("handover", "atm_0")})

    async def courses(self, viewer: Staff) -> tuple[CourseRow, ...]:
        days = {"privacy": 400, "handover": 12, "security_threats": -3}
        return tuple(
            CourseRow(course=course)
            if course.name not in days
            else CourseRow(
                course=course,
                passed=TODAY + timedelta(days=days[course.name]),
                counts=days[course.name] >= 0,
                ending=days[course.name] < 30,
            )
            for course in SHELF.current()
        )

    def material(self, course: Course, language: str) -> Material:
        return SHELF.material(course, language)

    async def course(self, viewer: Staff, name: str) -> CourseRow:
        return CourseRow(course=SHELF.course(name))

    async def begin(self, viewer: Staff, name: str) -> Attempt:
        self.begun[name] = laid_out(name, "atm_1")
        return self.begun[name]

    async def attempt(self, viewer: Staff, name: str) -> Attempt:
        if name not in self.begun:
            raise NoSuchAttempt()
        return self.begun[name]

    async def answer(self, viewer: Staff, attempt: str, answers: Mapping[int, int]) -> Marked:
        for name, one in self.begun.items():
            if one.id == attempt:
                del self.begun[name]
                right = right_count(one.paper, answers)
                passed = right >= one.course.pass_right
                return Marked(course=one.course, right=right, certificate=CertificateId("crt_1") if passed else None)
        raise AttemptOver(minutes=60)
