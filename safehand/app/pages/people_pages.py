"""What the pages of people and of training read and record: the same desks and policies as everywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from safehand.app.workforce import Workforce
from safehand.identity.actions import Action
from safehand.identity.guard import Guard
from safehand.identity.model import PartyKind, Principal, Resource
from safehand.identity.parties import Parties, Party
from safehand.kernel.days import day_of
from safehand.store.database import Store, Tx
from safehand.surfaces.people import CourseRow, PeopleList, PersonRow, PersonView
from safehand.surfaces.views import Staff
from safehand.workforce.authority import WARN_DAYS
from safehand.workforce.commands import LicenceDraft
from safehand.workforce.course import Course
from safehand.workforce.errors import NoSuchDriver
from safehand.workforce.record import Record
from safehand.workforce.shelf import Material
from safehand.workforce.timetable import Span
from safehand.workforce.training import Attempt, Learner, Marked

SHIFT_DAYS = 14


@dataclass(frozen=True, slots=True)
class PeopleReading:
    """Fills `PeoplePages`."""

    store: Store
    parties: Parties
    workforce: Workforce
    guard: Guard

    async def people(self, viewer: Staff, after: str) -> PeopleList:
        """A page of the drivers whom the viewer may see."""
        only = self.guard.reach(viewer.me, Action.DRIVER_READ).parties
        async with self.store.transaction(readonly=True) as tx:
            page = await self.parties.page(tx, PartyKind.DRIVER, only=only, after=after or None)
            records = await self.workforce.drivers.records(tx, [party.id for party in page.rows])
            rows = await self._rows(tx, page.rows, [records[party.id] for party in page.rows])
        return PeopleList(rows=tuple(rows), more=page.next or "")

    async def person(self, viewer: Staff, driver: str) -> PersonView:
        """One driver with the whole record and two weeks of shifts."""
        async with self.store.transaction(readonly=True) as tx:
            party = await self._allowed(tx, viewer.me, Action.DRIVER_READ, driver)
            record = await self.workforce.drivers.record(tx, party.id)
            [row] = await self._rows(tx, [party], [record])
            shifts = await self.workforce.shifts.of_drivers(tx, [party.id], self._ahead())
            places = await tx.fetch(
                "SELECT place, name FROM parties WHERE place = ANY($1::text[])", [shift.place for shift in shifts]
            )
        return PersonView(
            row=row,
            record=record,
            shifts=tuple(shifts),
            places={place["place"]: place["name"] or "" for place in places},
            may_change=self.guard.may(viewer.me, Action.DRIVER_CHANGE, Resource.of_driver(party.id)),
        )

    async def engage(self, viewer: Staff, driver: str, since: date) -> None:
        """The driver works from that day on."""
        async with self.store.transaction() as tx:
            party = await self._allowed(tx, viewer.me, Action.DRIVER_CHANGE, driver)
            await self.workforce.drivers.engage(tx, party.id, since, viewer.user)

    async def licence(self, viewer: Staff, driver: str, draft: LicenceDraft) -> None:
        """A licence that the viewer saw."""
        async with self.store.transaction() as tx:
            party = await self._allowed(tx, viewer.me, Action.DRIVER_CHANGE, driver)
            await self.workforce.drivers.record_licence(tx, party.id, draft, viewer.user)

    async def _allowed(self, tx: Tx, me: Principal, action: Action, driver: str) -> Party:
        party = await self.workforce.drivers.driver(tx, driver)
        self.guard.require(me, action, Resource.of_driver(party.id), missing=NoSuchDriver(driver=driver[:40]))
        return party

    async def _rows(self, tx: Tx, parties: Sequence[Party], records: Sequence[Record]) -> list[PersonRow]:
        named = await self.parties.names(
            tx, [id for party in parties for id in (party.id, party.employer) if id is not None]
        )
        return [
            PersonRow(
                driver=party.id,
                name=named.get(party.id, ""),
                employer=named.get(party.employer, "") if party.employer else "",
                authority=self.workforce.drivers.judged(record),
            )
            for party, record in zip(parties, records, strict=True)
        ]

    def _ahead(self) -> Span:
        drivers = self.workforce.drivers
        midnight = datetime.combine(drivers.today(), time(), drivers.zone).astimezone(UTC)
        start_ms = int(midnight.timestamp()) * 1_000
        return Span(start_ms, start_ms + SHIFT_DAYS * 86_400_000)


@dataclass(frozen=True, slots=True)
class Learning:
    """Fills `TrainingPages`."""

    store: Store
    workforce: Workforce

    async def courses(self, viewer: Staff) -> tuple[CourseRow, ...]:
        """Every course; for a driver with how far it counts."""
        record = await self._record(viewer)
        return tuple(self._row(course, record) for course in self.workforce.training.shelf.current())

    def material(self, course: Course, language: str) -> Material:
        """A course's words."""
        return self.workforce.training.shelf.material(course, language)

    async def course(self, viewer: Staff, name: str) -> CourseRow:
        """One course."""
        return self._row(self.workforce.training.shelf.course(name), await self._record(viewer))

    async def begin(self, viewer: Staff, name: str) -> Attempt:
        """Lay a quiz before the viewer."""
        async with self.store.transaction() as tx:
            return await self.workforce.training.begin(tx, Learner.of(viewer.me), name)

    async def attempt(self, viewer: Staff, name: str) -> Attempt:
        """The quiz that lies before the viewer."""
        async with self.store.transaction(readonly=True) as tx:
            return await self.workforce.training.lying(tx, Learner.of(viewer.me), name)

    async def answer(self, viewer: Staff, attempt: str, answers: Mapping[int, int]) -> Marked:
        """Hand it in."""
        async with self.store.transaction() as tx:
            return await self.workforce.training.answer(tx, Learner.of(viewer.me), attempt, answers)

    async def _record(self, viewer: Staff) -> Record | None:
        if viewer.me.party is None or "training" not in viewer.sees:
            return None
        async with self.store.transaction(readonly=True) as tx:
            return await self.workforce.drivers.record(tx, viewer.me.party)

    def _row(self, course: Course, record: Record | None) -> CourseRow:
        passed = [one for one in record.certificates if one.course == course.name] if record else []
        if not passed:
            return CourseRow(course=course)
        if any(one.expires is None for one in passed):
            return CourseRow(course=course, forever=True, counts=True)
        until = max(day_of(one.expires) for one in passed if one.expires is not None)
        today = self.workforce.drivers.today()
        return CourseRow(
            course=course, passed=until, counts=until >= today, ending=until <= today + timedelta(days=WARN_DAYS)
        )
