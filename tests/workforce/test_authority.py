"""What a driver may do follows from the record, and falls on the day that something ends."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.events.event import Event
from safehand.events.vocabulary import LicenceClass
from safehand.events.workforce import (
    DriverEngaged,
    DriverReleased,
    LicenceRecorded,
    LicenceWithdrawn,
    TrainingCertified,
    TrainingRevoked,
)
from safehand.kernel.days import day_number, day_of
from safehand.kernel.ids import CERTIFICATE, LICENCE, CertificateId, LicenceId, derived_id
from safehand.workforce.authority import (
    COMMUNICATION,
    HANDOVER,
    PRIVACY,
    RULES,
    SECURITY,
    WARN_DAYS,
    Authority,
    Duty,
    Lack,
    Level,
    Rules,
    authority_of,
)
from safehand.workforce.model import VehicleKind
from safehand.workforce.record import Record, decode_record, encode_record, fold, folded
from tests.world import ANA

TODAY = date(2026, 11, 28)
COURSES = (SECURITY, HANDOVER, PRIVACY, COMMUNICATION)
DAY = timedelta(days=1)


def at(day: date) -> dict[str, Any]:
    moment = day.toordinal() * 86_400_000
    return {"at_ms": moment, "received_ms": moment}


def engaged(since: date) -> Event:
    return DriverEngaged(**at(since), driver=ANA, since=day_number(since))


def licence(expires: date, *classes: LicenceClass, id: str = "one") -> LicenceRecorded:
    found = LicenceId(derived_id(LICENCE, id.encode().ljust(16)))
    return LicenceRecorded(**at(TODAY), driver=ANA, licence=found, classes=classes, expires=day_number(expires))


def passed(course: str, expires: date | None, id: str = "") -> TrainingCertified:
    return TrainingCertified(
        **at(TODAY),
        driver=ANA,
        certificate=CertificateId(derived_id(CERTIFICATE, sha256((course + id).encode()).digest())),
        course=course,
        edition=1,
        right=5,
        asked=5,
        expires=None if expires is None else day_number(expires),
    )


def seasoned(
    days: int = 400, security: date = TODAY + 200 * DAY, licensed: date = TODAY + 900 * DAY, *more: Event
) -> Record:
    """A driver with every course and a car licence."""
    facts = [
        engaged(TODAY - days * DAY),
        licence(licensed, LicenceClass.B),
        passed(SECURITY, security),
        *(passed(course, None) for course in COURSES[1:]),
    ]
    return fold(ANA, [*facts, *more])


def test_tenure_and_courses_lift_a_driver_step_by_step() -> None:
    steps = {days: authority_of(seasoned(days), TODAY) for days in (0, 89, 90, 364, 365)}

    assert [one.level for one in steps.values()] == [
        Level.STARTER,
        Level.STARTER,
        Level.REGULAR,
        Level.REGULAR,
        Level.TRUSTED,
    ]
    assert [one.value_cents for one in steps.values()] == [50_000, 50_000, 250_000, 250_000, 1_500_000]
    assert steps[89].next_level[0].lack is Lack.TENURE
    assert steps[89].next_level[0].day == TODAY + DAY


def test_without_a_record_nobody_carries_anything() -> None:
    nobody = authority_of(Record(driver=ANA), TODAY)

    assert nobody.level is Level.NONE
    assert not nobody.allows(0)
    assert nobody.vehicles == frozenset()
    assert nobody.duties == frozenset()
    assert {why.lack for why in nobody.next_level} >= {Lack.NOT_ENGAGED, Lack.COURSE_MISSING}


def test_an_expired_licence_grounds_the_driver_the_same_day() -> None:
    record = seasoned(licensed=TODAY)

    last, after = authority_of(record, TODAY), authority_of(record, TODAY + DAY)

    assert VehicleKind.VAN in last.vehicles
    assert last.value_cents == 1_500_000
    assert after.vehicles == {VehicleKind.BICYCLE}
    assert after.value_cents == RULES.unmotorised_cents
    assert [(why.lack, why.what, why.day) for why in after.grounded[VehicleKind.VAN]] == [
        (Lack.LICENCE_EXPIRED, "B", TODAY)
    ]


def test_what_ends_is_told_thirty_days_before_and_not_earlier() -> None:
    record = seasoned(security=TODAY + WARN_DAYS * DAY)

    assert authority_of(record, TODAY - DAY).ending == ()
    assert [(one.what, one.day) for one in authority_of(record, TODAY).ending] == [(SECURITY, TODAY + WARN_DAYS * DAY)]


def test_threat_awareness_that_was_not_renewed_takes_all_trust_away() -> None:
    record = seasoned(security=TODAY)

    after = authority_of(record, TODAY + DAY)

    assert after.level is Level.NONE
    assert [(why.lack, why.what) for why in after.next_level] == [(Lack.COURSE_EXPIRED, SECURITY)]
    assert Duty.SEALED in after.barred


def test_dangerous_goods_ask_for_their_own_certificate() -> None:
    assert Duty.DANGEROUS_GOODS not in authority_of(seasoned(), TODAY).duties

    trained = folded(seasoned(), licence(TODAY + 10 * DAY, LicenceClass.ADR, id="adr"))

    assert Duty.DANGEROUS_GOODS in authority_of(trained, TODAY).duties
    assert authority_of(trained, TODAY + 11 * DAY).barred[Duty.DANGEROUS_GOODS][0].what == "ADR"


def test_who_was_released_may_nothing_from_the_day_after_on() -> None:
    record = folded(seasoned(), DriverReleased(**at(TODAY), driver=ANA, last=day_number(TODAY)))

    assert authority_of(record, TODAY).level is Level.TRUSTED
    assert authority_of(record, TODAY + DAY).level is Level.NONE
    assert authority_of(record, TODAY + DAY).vehicles == frozenset()


def test_a_certificate_taken_back_leaves_the_one_before() -> None:
    newer = passed(SECURITY, TODAY + 700 * DAY, id="again")
    record = folded(seasoned(), newer)

    back = folded(record, TrainingRevoked(**at(TODAY), driver=ANA, certificate=newer.certificate))

    assert authority_of(back, TODAY).level is Level.TRUSTED
    assert authority_of(back, TODAY + 201 * DAY).level is Level.NONE


def test_a_licence_withdrawn_counts_no_more_and_another_still_does() -> None:
    two = folded(seasoned(), licence(TODAY + 5 * DAY, LicenceClass.B, LicenceClass.C1, id="two"))
    [one, _] = sorted(two.licences, key=lambda licence: -licence.expires)

    left = folded(two, LicenceWithdrawn(**at(TODAY), driver=ANA, licence=one.licence))

    assert authority_of(left, TODAY).vehicles == set(VehicleKind)
    assert authority_of(left, TODAY + 6 * DAY).vehicles == {VehicleKind.BICYCLE}


def days() -> st.SearchStrategy[date]:
    return st.integers(-500, 900).map(lambda n: TODAY + n * DAY)


@st.composite
def records(draw: st.DrawFn) -> list[Event]:
    facts: list[Event] = [engaged(draw(days()))] if draw(st.booleans()) else []
    for course in draw(st.lists(st.sampled_from(COURSES), max_size=6)):
        facts.append(passed(course, draw(st.none() | days()), id=str(len(facts))))
    for classes in draw(st.lists(st.sets(st.sampled_from(list(LicenceClass)), min_size=1), max_size=3)):
        facts.append(licence(draw(days()), *sorted(classes), id=str(len(facts))))
    if draw(st.booleans()):
        facts.append(DriverReleased(**at(TODAY), driver=ANA, last=day_number(draw(days()))))
    return facts


def more_than(one: Authority, other: Authority) -> list[str]:
    """What the one may and the other may not."""
    order = list(Level)
    wrong = [str(duty) for duty in one.duties - other.duties] + [str(kind) for kind in one.vehicles - other.vehicles]
    wrong += ["level"] if order.index(one.level) > order.index(other.level) else []
    return wrong + (["value"] if one.value_cents > other.value_cents else [])


@given(records(), days(), st.sampled_from(COURSES))
def test_taking_anything_away_never_lets_a_driver_do_more(facts: list[Event], day: date, course: str) -> None:
    whole = authority_of(fold(ANA, facts), day)
    without = [fact for fact in facts if not (isinstance(fact, TrainingCertified) and fact.course == course)]
    unlicensed = [fact for fact in facts if not isinstance(fact, LicenceRecorded)]

    assert more_than(authority_of(fold(ANA, without), day), whole) == []
    assert more_than(authority_of(fold(ANA, unlicensed), day), whole) == []


def unexplained(facts: Sequence[Event], day: date, rules: Rules = RULES) -> list[str]:
    """What is not allowed without a reason, or allowed with one."""
    found = authority_of(fold(ANA, facts), day, rules)
    wrong = [str(duty) for duty in Duty if (duty in found.duties) is bool(found.barred.get(duty))]
    wrong += [str(kind) for kind in VehicleKind if (kind in found.vehicles) is bool(found.grounded.get(kind))]
    wrong += [] if (found.level is Level.TRUSTED) is (not found.next_level) else ["level"]
    ended = [why.what for why in found.next_level if why.lack is Lack.COURSE_EXPIRED and (why.day or day) >= day]
    return wrong + ended


@given(records(), days())
def test_whatever_is_not_allowed_says_why(facts: list[Event], day: date) -> None:
    assert unexplained(facts, day) == []


@given(records())
def test_a_record_survives_its_bytes_and_the_way_it_was_folded(facts: list[Event]) -> None:
    record = fold(ANA, facts)
    assert decode_record(encode_record(record)) == record
    assert json.loads(encode_record(record))["version"] == len(facts)
    for n in range(len(facts)):
        again = fold(ANA, facts[:n])
        for fact in facts[n:]:
            again = folded(again, fact)
        assert again == record


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2026, 12, 31), date(2027, 1, 1)])
def test_a_day_survives_its_number(day: date) -> None:
    assert day_of(day_number(day)) == day


def test_a_fifth_certificate_of_one_course_pushes_out_no_other_course() -> None:
    record = seasoned()
    for n in range(9):
        record = folded(record, passed(SECURITY, TODAY + n * DAY, id=str(n)))

    assert {one.course for one in record.certificates} == set(COURSES)
    assert len(record.certificates) == 4 + 3
    assert replace(record, certificates=()) == replace(seasoned(), version=record.version, certificates=())
