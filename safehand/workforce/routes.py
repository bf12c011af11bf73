"""HTTP of the workforce for machines: drivers, what they may do, shifts, training, vehicles."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from pydantic import Field

from safehand.identity.actions import Action
from safehand.identity.errors import NotPermitted
from safehand.identity.guard import Guard
from safehand.identity.model import PartyKind, Principal, Resource
from safehand.identity.parties import Party
from safehand.identity.reads import Read, note_read
from safehand.kernel.catalogue import choose_language
from safehand.kernel.ids import PartyId, UserId
from safehand.store.database import Store, Tx
from safehand.workforce.commands import DriverDesk
from safehand.workforce.errors import NoSuchDriver
from safehand.workforce.forms import (
    AnswersIn,
    AttemptOut,
    AuthorityOut,
    DriversOut,
    EngagementIn,
    LicenceIn,
    Made,
    MarkedOut,
    PapersOut,
    QuestionOut,
    RecordOut,
    ReleaseIn,
    ShiftIn,
    ShiftOut,
    ShiftsOut,
    SkillsIn,
    VehicleIn,
    VehicleOut,
    VehiclesOut,
)
from safehand.workforce.shifts import Shifts
from safehand.workforce.timetable import Span
from safehand.workforce.training import Attempt, Learner, TrainingDesk
from safehand.workforce.vehicles import Vehicles

type Id = Annotated[str, Field(max_length=40)]
SHOWN_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkforceDesks:
    """What the routes ask."""

    store: Store
    drivers: DriverDesk
    training: TrainingDesk
    shifts: Shifts
    vehicles: Vehicles
    guard: Guard

    async def allowed(self, tx: Tx, me: Principal, action: Action, id: str) -> Party:
        """The driver, if the asker may do this to this record.

        Errors
            NoSuchDriver  there is none, or none that the asker may see.
            NotPermitted
        """
        driver = await self.drivers.driver(tx, id)
        self.guard.require(me, action, Resource.of_driver(driver.id), missing=NoSuchDriver(driver=id[:40]))
        return driver

    async def authority(self, tx: Tx, driver: PartyId) -> AuthorityOut:
        """What the driver may do today."""
        return AuthorityOut.of(driver, self.drivers.today(), await self.drivers.authority(tx, driver))


def router(desks: WorkforceDesks) -> APIRouter:
    """The routes under /v1/drivers, /v1/courses and /v1/vehicles."""
    api = APIRouter(prefix="/v1", tags=["workforce"])
    _reading(api, desks)
    _records(api, desks)
    _licences(api, desks)
    _shifts(api, desks)
    _training(api, desks)
    _vehicles(api, desks)
    return api


def _reading(api: APIRouter, desks: WorkforceDesks) -> None:
    guard = desks.guard

    @api.get("/drivers")
    async def list_drivers(
        me: Annotated[Principal, Depends(guard.allow(Action.AUTHORITY_READ))], after: Id | None = None
    ) -> DriversOut:
        """The drivers whom the asker may see, and what each may do today."""
        only = guard.reach(me, Action.AUTHORITY_READ).parties
        async with desks.store.transaction(readonly=True) as tx:
            page = await desks.drivers.parties.page(tx, PartyKind.DRIVER, only=only, after=after)
            records = await desks.drivers.records(tx, [party.id for party in page.rows])
        today = desks.drivers.today()
        shown = [AuthorityOut.of(driver, today, desks.drivers.judged(record)) for driver, record in records.items()]
        return DriversOut(drivers=shown, next=page.next)

    @api.get("/drivers/{driver}")
    async def read_driver(
        driver: Id, me: Annotated[Principal, Depends(guard.allow(Action.DRIVER_READ))]
    ) -> RecordOut:  # fmt: skip
        """A driver's record: since when, trained in what, licensed for what until when."""
        async with desks.store.transaction(readonly=True) as tx:
            party = await desks.allowed(tx, me, Action.DRIVER_READ, driver)
            record = await desks.drivers.record(tx, party.id)
            return RecordOut.of(record, party.employer, await desks.authority(tx, party.id))

    @api.get("/drivers/{driver}/authority")
    async def read_authority(
        driver: Id, me: Annotated[Principal, Depends(guard.allow(Action.AUTHORITY_READ))]
    ) -> AuthorityOut:
        """What a driver may do and carry today: for gates, planning and the driver's own device."""
        async with desks.store.transaction(readonly=True) as tx:
            party = await desks.allowed(tx, me, Action.AUTHORITY_READ, driver)
            return await desks.authority(tx, party.id)

    @api.get("/drivers/{driver}/licences/{licence}")
    async def read_papers(
        driver: Id, licence: Id, me: Annotated[Principal, Depends(guard.allow(Action.DRIVER_READ_PRIVATE))]
    ) -> PapersOut:
        """The number of a licence and the birth date on it. The read is put on record."""
        async with desks.store.transaction() as tx:
            party = await desks.allowed(tx, me, Action.DRIVER_READ_PRIVATE, driver)
            person = await desks.drivers.person(tx, party.id)
            await note_read(tx, Read(me, Action.DRIVER_READ_PRIVATE, person), desks.drivers.clock.now_ms())
            papers = await desks.drivers.papers(tx, party.id, licence)
        born = papers.born if papers else None
        return PapersOut(number=papers.number if papers else None, born=date.fromisoformat(born) if born else None)


def _records(api: APIRouter, desks: WorkforceDesks) -> None:
    changing = Depends(desks.guard.allow(Action.DRIVER_CHANGE))

    @api.put("/drivers/{driver}/engagement", status_code=204)
    async def engage(driver: Id, said: EngagementIn, me: Annotated[Principal, changing]) -> None:
        """The driver works from that day on. Told again it corrects the day."""
        async with desks.store.transaction() as tx:
            party = await desks.allowed(tx, me, Action.DRIVER_CHANGE, driver)
            await desks.drivers.engage(tx, party.id, said.since, _user(me))

    @api.post("/drivers/{driver}/release", status_code=204)
    async def release(driver: Id, said: ReleaseIn, me: Annotated[Principal, changing]) -> None:
        """The driver works no more after that day."""
        async with desks.store.transaction() as tx:
            party = await desks.allowed(tx, me, Action.DRIVER_CHANGE, driver)
            await desks.drivers.release(tx, party.id, said.last, _user(me))

    @api.put("/drivers/{driver}/skills", status_code=204)
    async def record_skills(driver: Id, said: SkillsIn, me: Annotated[Principal, changing]) -> None:
        """All that the driver can do beyond driving."""
        async with desks.store.transaction() as tx:
            party = await desks.allowed(tx, me, Action.DRIVER_CHANGE, driver)
            await desks.drivers.record_skills(tx, party.id, said.skills, _user(me))

    @api.delete("/drivers/{driver}/certificates/{certificate}", status_code=204)
    async def revoke_certificate(driver: Id, certificate: Id, me: Annotated[Principal, changing]) -> None:
        """Take a certificate back: authority falls at once."""
        async with desks.store.transaction() as tx:
            party = await desks.allowed(tx, me, Action.DRIVER_CHANGE, driver)
            await desks.drivers.revoke(tx, party.id, certificate, _user(me))


def _licences(api: APIRouter, desks: WorkforceDesks) -> None:
    changing = Depends(desks.guard.allow(Action.DRIVER_CHANGE))

    @api.post("/drivers/{driver}/licences", status_code=201)
    async def record_licence(driver: Id, said: LicenceIn, me: Annotated[Principal, changing]) -> Made:
        """A licence that somebody saw. A renewed one is another: no expiry is ever edited."""
        async with desks.store.transaction() as tx:
            party = await desks.allowed(tx, me, Action.DRIVER_CHANGE, driver)
            return Made(id=await desks.drivers.record_licence(tx, party.id, said.draft(), _user(me)))

    @api.delete("/drivers/{driver}/licences/{licence}", status_code=204)
    async def withdraw_licence(driver: Id, licence: Id, me: Annotated[Principal, changing]) -> None:
        """The licence counts no more, from this moment."""
        async with desks.store.transaction() as tx:
            party = await desks.allowed(tx, me, Action.DRIVER_CHANGE, driver)
            await desks.drivers.withdraw_licence(tx, party.id, licence, _user(me))


def _shifts(api: APIRouter, desks: WorkforceDesks) -> None:
    guard = desks.guard

    @api.get("/drivers/{driver}/shifts")
    async def list_shifts(
        driver: Id, me: Annotated[Principal, Depends(guard.allow(Action.SHIFT_READ))], day: date | None = None
    ) -> ShiftsOut:
        """A driver's shifts of two weeks, from a day on; from today if none is named."""
        async with desks.store.transaction(readonly=True) as tx:
            party = await desks.allowed(tx, me, Action.SHIFT_READ, driver)
            shown = await desks.shifts.of_drivers(tx, [party.id], _weeks(desks, day or desks.drivers.today()))
        return ShiftsOut(shifts=[ShiftOut.of(shift) for shift in shown])

    @api.post("/drivers/{driver}/shifts", status_code=201)
    async def plan_shift(
        driver: Id, said: ShiftIn, me: Annotated[Principal, Depends(guard.allow(Action.SHIFT_SET))]
    ) -> ShiftOut:
        """Plan a shift. One that overlaps another, or leaves too little rest, is refused."""
        async with desks.store.transaction() as tx:
            party = await desks.allowed(tx, me, Action.SHIFT_SET, driver)
            return ShiftOut.of(
                await desks.shifts.plan(tx, party.id, said.draft(), desks.drivers.today(), _user(me))
            )  # fmt: skip

    @api.delete("/drivers/{driver}/shifts/{shift}", status_code=204)
    async def cancel_shift(
        driver: Id, shift: Id, me: Annotated[Principal, Depends(guard.allow(Action.SHIFT_SET))]
    ) -> None:
        """Take a shift back."""
        async with desks.store.transaction() as tx:
            party = await desks.allowed(tx, me, Action.SHIFT_SET, driver)
            await desks.shifts.cancel(tx, party.id, shift, _user(me))


def _training(api: APIRouter, desks: WorkforceDesks) -> None:
    taking = Depends(desks.guard.allow(Action.TRAINING_TAKE))

    @api.post("/courses/{course}/attempts", status_code=201)
    async def begin_quiz(
        course: Id, me: Annotated[Principal, taking], accept_language: Annotated[str, Header(max_length=200)] = ""
    ) -> AttemptOut:
        """Begin a course's quiz, or get the one that is begun. The words are in the asker's language."""
        async with desks.store.transaction() as tx:
            attempt = await desks.training.begin(tx, Learner.of(me), course)
        return _laid_out(desks, attempt, choose_language(accept_language))

    @api.post("/courses/attempts/{attempt}/answers")
    async def answer_quiz(attempt: Id, said: AnswersIn, me: Annotated[Principal, taking]) -> MarkedOut:
        """Hand a quiz in, once. Whoever passes is certified."""
        async with desks.store.transaction() as tx:
            marked = await desks.training.answer(tx, Learner.of(me), attempt, dict(enumerate(said.answers)))
        return MarkedOut(
            course=marked.course.name,
            right=marked.right,
            asked=marked.course.asks,
            pass_right=marked.course.pass_right,
            certificate=marked.certificate,
        )


def _vehicles(api: APIRouter, desks: WorkforceDesks) -> None:
    guard = desks.guard
    changing = Depends(guard.allow(Action.VEHICLE_CHANGE))

    @api.get("/vehicles")
    async def list_vehicles(_: Annotated[Principal, Depends(guard.allow(Action.VEHICLE_READ))]) -> VehiclesOut:
        """Vehicles with their limits and costs."""
        async with desks.store.transaction(readonly=True) as tx:
            return VehiclesOut(vehicles=[VehicleOut.of(one) for one in await desks.vehicles.listed(tx)])

    @api.post("/vehicles", status_code=201)
    async def add_vehicle(said: VehicleIn, _: Annotated[Principal, changing]) -> Made:
        """Add a vehicle."""
        async with desks.store.transaction() as tx:
            return Made(id=await desks.vehicles.add(tx, said.draft(), desks.drivers.clock.now_ms()))

    @api.put("/vehicles/{vehicle}", status_code=204)
    async def change_vehicle(vehicle: Id, said: VehicleIn, _: Annotated[Principal, changing]) -> None:
        """Set a vehicle's depot, limits and costs anew."""
        async with desks.store.transaction() as tx:
            await desks.vehicles.change(tx, vehicle, said.draft())


def _laid_out(desks: WorkforceDesks, attempt: Attempt, language: str) -> AttemptOut:
    words = desks.training.shelf.material(attempt.course, language).questions
    return AttemptOut(
        attempt=attempt.id,
        course=attempt.course.name,
        edition=attempt.course.edition,
        until_ms=attempt.until_ms,
        left=attempt.left,
        pass_right=attempt.course.pass_right,
        questions=[
            QuestionOut(
                ask=words[one.question].ask,
                options=[words[one.question].options[option] for option in one.options],
            )
            for one in attempt.paper
        ],
    )


def _weeks(desks: WorkforceDesks, day: date) -> Span:
    first = datetime.combine(day, time(), desks.drivers.zone).astimezone(UTC)
    start_ms = int(first.timestamp()) * 1_000
    return Span(start_ms, start_ms + int(timedelta(days=SHOWN_DAYS) / timedelta(milliseconds=1)))


def _user(me: Principal) -> UserId:
    if me.user is None:
        raise NotPermitted(action="driver.change")
    return me.user
