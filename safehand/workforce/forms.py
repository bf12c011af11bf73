"""What machines send to and get from the workforce."""

from datetime import date, time
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from safehand.events.vocabulary import LicenceClass, Skill
from safehand.kernel.days import day_of
from safehand.kernel.ids import PartyId, PlaceId
from safehand.workforce.authority import Authority, Duty, Lack, Level, Why
from safehand.workforce.commands import NUMBER_CHARS_MAX, LicenceDraft
from safehand.workforce.model import VehicleDraft, VehicleKind
from safehand.workforce.record import Record
from safehand.workforce.shifts import Shift, ShiftDraft
from safehand.workforce.vehicles import Vehicle

type Whole = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Body(BaseModel):
    """What somebody sends: nothing beyond what is declared."""

    model_config = ConfigDict(extra="forbid")


class EngagementIn(Body):
    """From which day on somebody works."""

    since: date


class ReleaseIn(Body):
    """The last day of work."""

    last: date


class LicenceIn(Body):
    """A licence as it is read off the card. Number and birth date go to the vault."""

    number: Annotated[str, Field(min_length=1, max_length=NUMBER_CHARS_MAX, pattern=r"^[^\x00-\x1f\x7f]*$")]
    born: date | None = None
    classes: Annotated[list[LicenceClass], Field(min_length=1, max_length=len(LicenceClass))]
    expires: date

    def draft(self) -> LicenceDraft:
        """The licence as the desk takes it."""
        return LicenceDraft(number=self.number, born=self.born, classes=tuple(self.classes), expires=self.expires)


class SkillsIn(Body):
    """All that a driver can do beyond driving."""

    skills: Annotated[list[Skill], Field(max_length=len(Skill))]


class ShiftIn(Body):
    """A shift: a local day of the depot's place, and two times of that clock. An end before the start is tomorrow's."""

    place: Annotated[str, Field(max_length=40)]
    day: date
    starts: time
    ends: time

    def draft(self) -> ShiftDraft:
        """The shift as the desk takes it: to the minute, without an offset."""
        return ShiftDraft(
            place=PlaceId(self.place),
            day=self.day,
            starts=self.starts.replace(second=0, microsecond=0, tzinfo=None),
            ends=self.ends.replace(second=0, microsecond=0, tzinfo=None),
        )


class VehicleIn(Body):
    """A vehicle with its limits and costs."""

    registration: Annotated[str, Field(max_length=40)]
    kind: VehicleKind
    depot: Annotated[str | None, Field(max_length=40)] = None
    carries_g: Whole
    carries_parcels: Whole
    volume_l: Whole | None = None
    height_mm: Whole | None = None
    range_km: Whole | None = None
    dangerous_goods: bool = False
    cents_per_km: Whole = 0
    cents_per_hour: Whole = 0
    cents_per_day: Whole = 0

    def draft(self) -> VehicleDraft:
        """The vehicle as the noun takes it."""
        said = self.model_dump()
        return VehicleDraft(**said | {"depot": PartyId(self.depot) if self.depot else None})


class Made(BaseModel):
    """What was made."""

    id: str


class WhyOut(BaseModel):
    """One thing that is missing."""

    lack: Lack
    what: str
    day: date | None

    @classmethod
    def of(cls, why: Why) -> "WhyOut":
        """As the rule says it."""
        return cls(lack=why.lack, what=why.what, day=why.day)


class EndingOut(BaseModel):
    """What counts until the end of a day and no longer."""

    what: str
    day: date


class AuthorityOut(BaseModel):
    """What a driver may do and carry on a day, and why not more."""

    driver: str
    day: date
    level: Level
    value_cents: int
    duties: list[Duty]
    vehicles: list[VehicleKind]
    next_level: list[WhyOut]
    barred: dict[Duty, list[WhyOut]]
    grounded: dict[VehicleKind, list[WhyOut]]
    ending: list[EndingOut]

    @classmethod
    def of(cls, driver: PartyId, day: date, authority: Authority) -> "AuthorityOut":
        """As the rule says it."""
        return cls(
            driver=driver,
            day=day,
            level=authority.level,
            value_cents=authority.value_cents,
            duties=sorted(authority.duties),
            vehicles=sorted(authority.vehicles),
            next_level=[WhyOut.of(why) for why in authority.next_level],
            barred={duty: [WhyOut.of(why) for why in whys] for duty, whys in authority.barred.items()},
            grounded={kind: [WhyOut.of(why) for why in whys] for kind, whys in authority.grounded.items()},
            ending=[EndingOut(what=one.what, day=one.day) for one in authority.ending],
        )


class DriversOut(BaseModel):
    """A page of drivers with what they may do today; `next` is the cursor of the page after it."""

    drivers: list[AuthorityOut]
    next: str | None


class LicenceOut(BaseModel):
    """A licence without what is private on it."""

    licence: str
    classes: list[LicenceClass]
    expires: date


class CertificateOut(BaseModel):
    """A course that was passed."""

    certificate: str
    course: str
    edition: int
    certified_ms: int
    expires: date | None


class RecordOut(BaseModel):
    """A driver's record, and what follows from it today."""

    driver: str
    employer: str | None
    since: date | None
    last: date | None
    licences: list[LicenceOut]
    certificates: list[CertificateOut]
    skills: list[Skill]
    authority: AuthorityOut

    @classmethod
    def of(cls, record: Record, employer: PartyId | None, authority: AuthorityOut) -> "RecordOut":
        """As the facts leave it."""
        return cls(
            driver=record.driver,
            employer=employer,
            since=_day(record.since),
            last=_day(record.last),
            licences=[
                LicenceOut(licence=one.licence, classes=list(one.classes), expires=day_of(one.expires))
                for one in record.licences
            ],
            certificates=[
                CertificateOut(
                    certificate=one.certificate,
                    course=one.course,
                    edition=one.edition,
                    certified_ms=one.certified_ms,
                    expires=_day(one.expires),
                )
                for one in record.certificates
            ],
            skills=list(record.skills),
            authority=authority,
        )


class PapersOut(BaseModel):
    """What stands on a licence and nowhere else; empty once the driver is erased."""

    number: str | None
    born: date | None


class ShiftOut(BaseModel):
    """One shift."""

    shift: str
    driver: str
    place: str
    day: date
    zone: str
    start_ms: int
    end_ms: int

    @classmethod
    def of(cls, shift: Shift) -> "ShiftOut":
        """A shift on record."""
        return cls(
            shift=shift.id,
            driver=shift.driver,
            place=shift.place,
            day=shift.day,
            zone=shift.zone,
            start_ms=shift.start_ms,
            end_ms=shift.end_ms,
        )


class ShiftsOut(BaseModel):
    """Shifts, the earliest first."""

    shifts: list[ShiftOut]


class VehicleOut(BaseModel):
    """One vehicle."""

    vehicle: str
    registration: str
    kind: VehicleKind
    depot: str | None
    carries_g: int
    carries_parcels: int
    volume_l: int | None
    height_mm: int | None
    range_km: int | None
    dangerous_goods: bool
    cents_per_km: int
    cents_per_hour: int
    cents_per_day: int

    @classmethod
    def of(cls, one: Vehicle) -> "VehicleOut":
        """A vehicle on record."""
        return cls(
            vehicle=one.id,
            registration=one.registration,
            kind=one.kind,
            depot=one.depot,
            carries_g=one.carries_g,
            carries_parcels=one.carries_parcels,
            volume_l=one.volume_l,
            height_mm=one.height_mm,
            range_km=one.range_km,
            dangerous_goods=one.dangerous_goods,
            cents_per_km=one.cents_per_km,
            cents_per_hour=one.cents_per_hour,
            cents_per_day=one.cents_per_day,
        )


class VehiclesOut(BaseModel):
    """Vehicles by registration."""

    vehicles: list[VehicleOut]


class QuestionOut(BaseModel):
    """A question with its lines, in the order of this paper."""

    ask: str
    options: list[str]


class AttemptOut(BaseModel):
    """A quiz that was laid out, in one language."""

    attempt: str
    course: str
    edition: int
    until_ms: int
    left: int
    pass_right: int
    questions: list[QuestionOut]


class AnswersIn(Body):
    """The chosen line of each question, by its place; -1 for none."""

    answers: Annotated[list[Annotated[int, Field(ge=-1, le=9)]], Field(max_length=12)]


class MarkedOut(BaseModel):
    """How a quiz went; `certificate` is empty if it was not passed."""

    course: str
    right: int
    asked: int
    pass_right: int
    certificate: str | None


def _day(number: int | None) -> date | None:
    return None if number is None else day_of(number)
