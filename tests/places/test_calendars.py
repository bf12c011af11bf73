"""A calendar made of hours, holidays and planned changes never promises a day on which the depot is shut.

Beside the law stand the planted faults that it must notice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safehand.kernel.calendar import Calendar, NeverOpen
from safehand.kernel.ids import PlaceId
from safehand.places.calendars import SET_AT_ONCE_MAX, Day, DayKind, DaysTold, calendar_of
from safehand.places.errors import BadDay, BadHours, BadZone, FileTooLarge, NoHours
from safehand.places.hours import WEEKDAYS, Week, open_at, zone_of
from safehand.places.model import Depot, Place, PlaceKind
from tests.places.scenes import ANNA, BERT, DAY_MS, DEPOT, NOON_MS, WEEK, ZONE, Atlas

TODAY = date(2026, 11, 28)
CHRISTMAS = Day(date(2026, 12, 25), DayKind.CLOSED, "Christmas Day")
HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Told:
    """A depot's versions (weekdays, or none if it is no more) with the hours from now on which they begin, and days."""

    versions: tuple[tuple[frozenset[int], int], ...]
    days: tuple[Day, ...]


def version(n: int, weekdays: frozenset[int], begins_ms: int) -> Place:
    hours: dict[str, tuple[str, ...]] = {WEEKDAYS[day]: ("08:00-18:00",) for day in sorted(weekdays)}
    return Place(
        id=PlaceId("plc_1"), kind=PlaceKind.DEPOT, code="DEPOT", party=None, within=None, within_code=None, version=n,
        valid_from_ms=begins_ms, told_ms=NOON_MS, told_by=ANNA, name="x", shape=None,
        details=Depot(zone=ZONE, hours=hours), retired=not weekdays,
    )  # fmt: skip


def versions_of(told: Told) -> list[Place]:
    first, *planned = told.versions
    later = sorted(planned, key=lambda one: one[1])
    made = [version(1, first[0], NOON_MS - DAY_MS)]
    return made + [version(n, weekdays, NOON_MS + at * HOUR_MS) for n, (weekdays, at) in enumerate(later, 2)]


def shut(told: Told, day: date) -> bool:
    """Whether the depot is shut on any minute's word of that day, told once more and minute by minute."""
    told_of = {one.day: one.kind for one in told.days}
    versions = versions_of(told)
    begins = Calendar(zone=zone_of(ZONE), weekdays=frozenset())
    first, last = begins.moment_ms(day, 0), begins.moment_ms(day, 1_439)
    in_force = [
        max((one for one in versions if one.valid_from_ms <= at), key=lambda one: (one.valid_from_ms, one.version))
        for at in range(max(first, NOON_MS), last + 1, HOUR_MS // 2)
    ]
    if any(one.retired for one in in_force) or told_of.get(day) is DayKind.CLOSED:
        return True
    if told_of.get(day) is DayKind.OPENED:
        return False
    return any(day.weekday() not in one.details.week.weekdays for one in in_force)  # type: ignore[attr-defined]


WEEKDAY_SETS = st.frozensets(st.integers(0, 6), min_size=1)
HOURS_AHEAD = st.integers(1, 24 * 40)
TELLINGS = st.builds(
    Told,
    versions=st.builds(
        lambda first, planned: ((first, 0), *planned),
        WEEKDAY_SETS,
        st.lists(
            st.tuples(WEEKDAY_SETS | st.just(frozenset[int]()), HOURS_AHEAD), max_size=3, unique_by=lambda one: one[1]
        ),
    ),
    days=st.lists(
        st.builds(Day, st.dates(TODAY, TODAY + timedelta(days=45)), st.sampled_from([DayKind.CLOSED, DayKind.OPENED])),
        max_size=10,
        unique_by=lambda one: one.day,
    ).map(tuple),
)
type Maker = Callable[[Sequence[Place], Sequence[Day], int], Calendar]


def promises_only_open_days(make: Maker, told: Told, after: int, count: int) -> bool:
    """The day that is promised is one on which the depot is not shut."""
    calendar = make(versions_of(told), told.days, NOON_MS)
    try:
        promised = calendar.opening_after(TODAY + timedelta(days=after), count)
    except NeverOpen:
        return True
    return not shut(told, promised)


@given(TELLINGS, st.integers(-1, 40), st.integers(1, 3))
def test_a_calendar_never_promises_a_day_that_the_depot_is_shut(told: Told, after: int, count: int) -> None:
    assert promises_only_open_days(calendar_of, told, after, count)


@settings(max_examples=40)
@given(TELLINGS)
def test_and_it_knows_every_day_that_the_depot_is_open(told: Told) -> None:
    calendar = calendar_of(versions_of(told), told.days, NOON_MS)

    for ahead in range(45):
        day = TODAY + timedelta(days=ahead)
        assert calendar.open_on(day) is not shut(told, day)


def forgets_what_is_planned(versions: Sequence[Place], days: Sequence[Day], now_ms: int) -> Calendar:
    return calendar_of(versions[:1], days, now_ms)


def believes_the_last_word_at_once(versions: Sequence[Place], days: Sequence[Day], now_ms: int) -> Calendar:
    return calendar_of(versions[-1:], days, now_ms)


def forgets_holidays(versions: Sequence[Place], days: Sequence[Day], now_ms: int) -> Calendar:
    return calendar_of(versions, [one for one in days if one.kind is not DayKind.CLOSED], now_ms)


def opens_the_first_day_by_the_new_hours(versions: Sequence[Place], days: Sequence[Day], now_ms: int) -> Calendar:
    early = [replace(one, valid_from_ms=one.valid_from_ms - DAY_MS) for one in versions]
    return calendar_of(early, days, now_ms)


def does_not_see_that_it_is_no_more(versions: Sequence[Place], days: Sequence[Day], now_ms: int) -> Calendar:
    return calendar_of([replace(one, retired=False) for one in versions if not one.retired], days, now_ms)


MONDAYS, WEEKDAYS_ONLY, ALL_WEEK = frozenset({0}), frozenset(range(5)), frozenset(range(7))
TELLING = (
    Told(((ALL_WEEK, 0), (MONDAYS, 48)), ()),
    Told(((MONDAYS, 0), (ALL_WEEK, 24 * 5)), ()),
    Told(((ALL_WEEK, 0),), (Day(TODAY + timedelta(days=1), DayKind.CLOSED),)),
    Told(((WEEKDAYS_ONLY, 0), (frozenset(), 24 * 5)), ()),
)
MUTANTS: list[Maker] = [
    forgets_what_is_planned,
    believes_the_last_word_at_once,
    forgets_holidays,
    opens_the_first_day_by_the_new_hours,
    does_not_see_that_it_is_no_more,
]


def holds(make: Maker) -> bool:
    return all(promises_only_open_days(make, told, after, 1) for told in TELLING for after in range(10))


def test_the_law_holds_for_what_the_faults_are_shown_by() -> None:
    assert holds(calendar_of)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_law_notices_its_planted_fault(mutant: Maker) -> None:
    assert not holds(mutant)


async def test_days_are_set_kept_and_taken_back_with_who_did_it(atlas: Atlas) -> None:
    depot = await atlas.add(PlaceKind.DEPOT)
    saturday = Day(date(2026, 12, 19), DayKind.OPENED, "before Christmas")
    over = Day(date(2026, 11, 27), DayKind.CLOSED)
    async with atlas.store.transaction() as tx:
        first = await atlas.calendars.set(tx, depot, [CHRISTMAS, saturday, over], ANNA)
        again = await atlas.calendars.set(tx, depot, [CHRISTMAS, saturday], ANNA)
        calendar = await atlas.calendars.of(tx, depot)
        await atlas.calendars.set(tx, depot, [Day(CHRISTMAS.day, DayKind.USUAL)], BERT)
        without = await atlas.calendars.of_depot(tx, atlas.depot.id)
        told = await atlas.calendars.told(tx, depot)
        days = await atlas.calendars.days(tx, depot)

    assert (first, again) == (DaysTold(set=2, same=0, past=1), DaysTold(set=0, same=2, past=0))
    assert calendar.opening_after(date(2026, 12, 24)) == date(2026, 12, 28)
    assert calendar.opening_after(date(2026, 12, 18)) == saturday.day
    assert without is not None
    assert without.opening_after(date(2026, 12, 24)) == CHRISTMAS.day
    assert [(one.day.kind, one.told_by) for one in told] == [
        (DayKind.USUAL, BERT),
        (DayKind.CLOSED, ANNA),
        (DayKind.OPENED, ANNA),
    ]
    assert days == [saturday]


async def test_a_depot_without_a_place_has_no_calendar_and_a_retired_one_is_never_open(atlas: Atlas) -> None:
    async with atlas.store.transaction() as tx:
        assert await atlas.calendars.of_depot(tx, atlas.depot.id) is None
    depot = await atlas.add(PlaceKind.DEPOT)
    gone = await atlas.change(depot, retired=True)

    async with atlas.store.transaction() as tx:
        calendar = await atlas.calendars.of(tx, gone)
    with pytest.raises(NeverOpen):
        calendar.opening_after(TODAY)


async def test_what_is_no_day_of_a_place_is_refused(atlas: Atlas) -> None:
    fence, depot = await atlas.add(PlaceKind.GEOFENCE), await atlas.add(PlaceKind.DEPOT)
    async with atlas.store.transaction() as tx:
        with pytest.raises(NoHours):
            await atlas.calendars.set(tx, fence, [CHRISTMAS], ANNA)
        for wrong in (Day(date(2326, 1, 1), DayKind.CLOSED), replace(CHRISTMAS, name="x\x00")):
            with pytest.raises(BadDay):
                await atlas.calendars.set(tx, depot, [wrong], ANNA)
        with pytest.raises(FileTooLarge):
            await atlas.calendars.set(tx, depot, [CHRISTMAS] * (SET_AT_ONCE_MAX + 1), ANNA)


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"monday": ("08:00-18:00",)}, BadHours),
        ({"mon": ("18:00-08:00",)}, BadHours),
        ({"mon": ("08:00-24:01",)}, BadHours),
        ({"mon": ("8-18",)}, BadHours),
        ({"mon": ("08:00-12:00", "11:00-18:00")}, BadHours),
        ({"mon": ("00:00-01:00", "02:00-03:00", "04:00-05:00", "06:00-07:00", "08:00-09:00")}, BadHours),
    ],
)
def test_hours_that_no_day_has_are_refused(told: dict[str, tuple[str, ...]], error: type[Exception]) -> None:
    with pytest.raises(error):
        Week.of(told)


def test_hours_are_kept_in_one_way_and_a_zone_is_one_of_iana() -> None:
    week = Week.of({"tue": ("13:00-18:00", "08:00-12:00"), "mon": (), "sun": ("00:00-24:00",)})

    assert week.told() == {"tue": ("08:00-12:00", "13:00-18:00"), "sun": ("00:00-24:00",)}
    for name in ("Mars/Olympus", "../etc/passwd", "", "/etc/passwd"):
        with pytest.raises(BadZone):
            zone_of(name)


@pytest.mark.parametrize(
    ("at_ms", "is_open"),
    [
        (NOON_MS, False),  # a Saturday
        (NOON_MS + 2 * DAY_MS - 4 * HOUR_MS, True),  # Monday at eight
        (NOON_MS + 2 * DAY_MS - 4 * HOUR_MS - 1, False),
        (NOON_MS + 2 * DAY_MS + 6 * HOUR_MS - 1, True),
        (NOON_MS + 2 * DAY_MS + 6 * HOUR_MS, False),
        (NOON_MS + 27 * DAY_MS, False),  # Christmas Day, a Friday
    ],
)
def test_whether_it_is_open_goes_by_its_own_clock_and_its_days(at_ms: int, is_open: bool) -> None:
    calendar = calendar_of([version(1, frozenset(range(5)), NOON_MS)], [CHRISTMAS], NOON_MS)

    assert open_at(Week.of(WEEK), calendar, at_ms) is is_open
    assert DEPOT.week == Week.of(WEEK)
