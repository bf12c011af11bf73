"""Authority: what a driver may do and carry on a day. It follows from the record alone. Pure.

Nobody grants a level: training, tenure and licences give it, and it falls by itself on the day that one of them ends.
Whatever is not allowed names what it lacks, so that planning, an app and a person give the same answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from safehand.events.vocabulary import LicenceClass
from safehand.kernel.days import day_of
from safehand.workforce.model import VehicleKind
from safehand.workforce.record import Record

WARN_DAYS = 30
"""What ends within so many days is told before."""

SECURITY, COMMUNICATION, HANDOVER, PRIVACY = "security_threats", "communication", "handover", "privacy"
"""The courses that authority asks for; `courses.py` has them all."""


class Level(StrEnum):
    """How much a driver is trusted with. A word is added, never renamed."""

    NONE = "none"
    """Carries nothing alone."""
    STARTER = "starter"
    REGULAR = "regular"
    TRUSTED = "trusted"


class Duty(StrEnum):
    """What asks for more than driving. A word is added, never renamed."""

    SEALED = "sealed"
    DANGEROUS_GOODS = "dangerous_goods"
    AGE_CHECK = "age_check"
    CASH = "cash"
    KEYS = "keys"
    """Keys and gate codes of other people's houses."""
    HIGH_RISK = "high_risk"


class Judged(StrEnum):
    """Of whom authority is asked: a setting."""

    NOBODY = "off"
    RECORDED = "recorded"
    """Drivers of whom the workforce knows that they were engaged."""
    EVERYBODY = "all"
    """Drivers without a record too: they may carry nothing."""


class Lack(StrEnum):
    """What keeps a driver from more."""

    NOT_ENGAGED = "not_engaged"
    RELEASED = "released"
    COURSE_MISSING = "course_missing"
    COURSE_EXPIRED = "course_expired"
    LICENCE_MISSING = "licence_missing"
    LICENCE_EXPIRED = "licence_expired"
    TENURE = "tenure"
    LIMIT = "limit"
    """Nothing that could be had: no driver carries it alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """One thing that is missing: a course or licence class by its word, and the day it ended or will be reached."""

    lack: Lack
    what: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A licence class or a course that counts until the end of `day` and no longer."""

    what: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a level or a duty asks for."""

    tenure_days: int = 0
    courses: tuple[str, ...] = ()
    classes: frozenset[LicenceClass] = frozenset()
    """One of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A level, what it asks for, and the dearest parcel that goes with it."""

    level: Level
    needs: Needs
    value_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The carrier's rules: levels from the lowest to the highest, each asking for all that the one below asks for."""

    steps: tuple[Step, ...]
    duties: Mapping[Duty, tuple[Level, Needs]]
    vehicles: Mapping[VehicleKind, frozenset[LicenceClass]]
    """Which licence each kind asks for; none for a bicycle."""
    unmotorised_cents: int
    """Whoever may drive nothing but a bicycle carries no dearer parcel, whatever the level."""


_BASE = (SECURITY, HANDOVER, PRIVACY)
_ALL = (*_BASE, COMMUNICATION)
_HEAVY = frozenset({LicenceClass.C1, LicenceClass.C1E, LicenceClass.C, LicenceClass.CE})
_LIGHT = _HEAVY | {LicenceClass.B, LicenceClass.BE}

RULES = Rules(
    steps=(
        Step(level=Level.STARTER, needs=Needs(courses=_BASE), value_cents=50_000),
        Step(level=Level.REGULAR, needs=Needs(tenure_days=90, courses=_ALL), value_cents=250_000),
        Step(level=Level.TRUSTED, needs=Needs(tenure_days=365, courses=_ALL), value_cents=1_500_000),
    ),
    duties=MappingProxyType(
        {
            Duty.SEALED: (Level.STARTER, Needs()),
            Duty.AGE_CHECK: (Level.STARTER, Needs()),
            Duty.DANGEROUS_GOODS: (Level.STARTER, Needs(classes=frozenset({LicenceClass.ADR}))),
            Duty.CASH: (Level.REGULAR, Needs()),
            Duty.KEYS: (Level.REGULAR, Needs()),
            Duty.HIGH_RISK: (Level.REGULAR, Needs()),
        }
    ),
    vehicles=MappingProxyType(
        {
            VehicleKind.BICYCLE: frozenset(),
            VehicleKind.CAR: _LIGHT,
            VehicleKind.VAN: _LIGHT,
            VehicleKind.TRUCK: _HEAVY,
        }
    ),
    unmotorised_cents=50_000,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """What a driver may do and carry on one day, why not more, and what ends soon."""

    level: Level
    value_cents: int
    """The declared value of the dearest parcel; 0: none alone."""
    duties: frozenset[Duty]
    vehicles: frozenset[VehicleKind]
    next_level: tuple[Why, ...]
    """What the next level still asks for; empty at the highest."""
    barred: Mapping[Duty, tuple[Why, ...]]
    """What each duty that is not allowed still asks for."""
    grounded: Mapping[VehicleKind, tuple[Why, ...]]
    ending: tuple[Ending, ...]
    """What ends within WARN_DAYS, the first first."""

    def allows(self, value_cents: int, duties: Iterable[Duty] = ()) -> bool:
        """Whether a parcel of this value that asks for these duties may be taken."""
        return self.level is not Level.NONE and value_cents <= self.value_cents and self.duties.issuperset(duties)


def authority_of(record: Record, today: date, rules: Rules = RULES) -> Authority:
    """What follows from a record on a local day.

    What expires on a day counts until that day's end; the day after, authority is down before anybody has looked.
    """
    level, value_cents, missing = _climbed(record, today, rules)
    grounded: dict[VehicleKind, tuple[Why, ...]] = {}
    for kind, classes in rules.vehicles.items():
        lacks = (*_working(record, today), *_lacking(record, today, Needs(classes=classes)))
        if lacks:
            grounded[kind] = lacks
    vehicles = frozenset(rules.vehicles.keys() - grounded.keys())
    barred: dict[Duty, tuple[Why, ...]] = {}
    for duty, (least, needs) in rules.duties.items():
        lacks = (*_to_reach(record, today, rules, least), *_lacking(record, today, needs))
        if lacks:
            barred[duty] = tuple(dict.fromkeys(lacks))
    return Authority(
        level=level,
        value_cents=value_cents if vehicles - {VehicleKind.BICYCLE} else min(value_cents, rules.unmotorised_cents),
        duties=frozenset(rules.duties.keys() - barred.keys()),
        vehicles=vehicles,
        next_level=missing,
        barred=MappingProxyType(barred),
        grounded=MappingProxyType(grounded),
        ending=_ending(record, today),
    )


def _climbed(record: Record, today: date, rules: Rules) -> tuple[Level, int, tuple[Why, ...]]:
    """The highest level below which nothing is missing, its value, and what the one above it lacks."""
    level, value_cents = Level.NONE, 0
    for step in rules.steps:
        lacks = (*_working(record, today), *_lacking(record, today, step.needs))
        if lacks:
            return level, value_cents, lacks
        level, value_cents = step.level, step.value_cents
    return level, value_cents, ()


def _to_reach(record: Record, today: date, rules: Rules, level: Level) -> tuple[Why, ...]:
    needed = next(step.needs for step in rules.steps if step.level is level)
    return (*_working(record, today), *_lacking(record, today, needed))


def _working(record: Record, today: date) -> tuple[Why, ...]:
    if record.since is None or day_of(record.since) > today:
        return (Why(lack=Lack.NOT_ENGAGED, day=day_of(record.since) if record.since else None),)
    if record.last is not None and day_of(record.last) < today:
        return (Why(lack=Lack.RELEASED, day=day_of(record.last)),)
    return ()


def _lacking(record: Record, today: date, needs: Needs) -> tuple[Why, ...]:
    found: list[Why] = []
    for course in needs.courses:
        until = _course_until(record, course)
        if until is None:
            found.append(Why(lack=Lack.COURSE_MISSING, what=course))
        elif until < today:
            found.append(Why(lack=Lack.COURSE_EXPIRED, what=course, day=until))
    if needs.classes:
        until = max((_class_until(record, one) or date.min for one in needs.classes), default=date.min)
        if until < today:
            lack = Lack.LICENCE_MISSING if until == date.min else Lack.LICENCE_EXPIRED
            found.append(Why(lack=lack, what=_plainest(needs.classes), day=None if until == date.min else until))
    if needs.tenure_days and record.since is not None:
        reached = day_of(record.since) + timedelta(days=needs.tenure_days)
        if reached > today:
            found.append(Why(lack=Lack.TENURE, day=reached))
    return tuple(found)


def _plainest(classes: frozenset[LicenceClass]) -> LicenceClass:
    """The least of the classes that would do: what somebody has to get."""
    order = list(LicenceClass)
    return min(classes, key=lambda one: (one is not LicenceClass.B, order.index(one)))


def _course_until(record: Record, course: str) -> date | None:
    """The last day on which the course counts; `date.max` for good; None if it was never passed."""
    days = [
        date.max if one.expires is None else day_of(one.expires) for one in record.certificates if one.course == course
    ]
    return max(days, default=None)


def _class_until(record: Record, wanted: LicenceClass) -> date | None:
    return max((day_of(one.expires) for one in record.licences if wanted in one.classes), default=None)


def _ending(record: Record, today: date) -> tuple[Ending, ...]:
    courses = {one.course: _course_until(record, one.course) for one in record.certificates}
    classes = {one.value: _class_until(record, one) for licence in record.licences for one in licence.classes}
    soon = today + timedelta(days=WARN_DAYS)
    found = [
        Ending(what=what, day=day)
        for what, day in (courses | classes).items()
        if day is not None and today <= day <= soon
    ]
    return tuple(sorted(found, key=lambda one: (one.day, one.what)))
