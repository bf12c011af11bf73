"""A calendar never promises a day on which the place is shut, and knows days of 23 and 25 hours.

Beside each law stands the planted fault that it must notice.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.kernel.calendar import DAY_MINUTES, DAYS_MAX, Calendar, NeverOpen

HELSINKI = ZoneInfo("Europe/Helsinki")
ZONES = [HELSINKI, ZoneInfo("America/St_Johns"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")]
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
SOME_DAYS = st.frozensets(DAYS, max_size=6) | st.builds(
    lambda first, count: frozenset(first + timedelta(days=n) for n in range(count)), DAYS, st.integers(1, 40)
)
WEEKDAYS = Calendar(zone=HELSINKI, weekdays=frozenset(range(5)))
SATURDAY = date(2026, 12, 12)
type Next = Callable[[Calendar, date, int], date]


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Any weekdays, none perhaps, with holidays and extra days that may be the same."""
    return Calendar(
        zone=draw(st.sampled_from(ZONES)),
        weekdays=draw(st.frozensets(st.integers(0, 6))),
        closed=draw(SOME_DAYS),
        opened=draw(SOME_DAYS),
    )


QUESTIONS = st.tuples(calendars(), DAYS, st.integers(1, 12))
type Question = tuple[Calendar, date, int]


def shut(calendar: Calendar, day: date) -> bool:
    """Whether the place is shut, told once more and differently."""
    if day in calendar.closed:
        return True
    return day.weekday() not in calendar.weekdays and day not in calendar.opened


def promises_only_open_days(next_open: Next, asked: Question) -> bool:
    """The day promised is open, lies ahead, and exactly count - 1 open days lie between."""
    calendar, day, count = asked
    try:
        promised = next_open(calendar, day, count)
    except NeverOpen:
        ahead = [day + timedelta(days=n) for n in range(1, DAYS_MAX + 1)]
        return sum(not shut(calendar, one) for one in ahead) < count
    between = [day + timedelta(days=n) for n in range(1, (promised - day).days)]
    return promised > day and not shut(calendar, promised) and sum(not shut(calendar, d) for d in between) == count - 1


@given(QUESTIONS)
def test_a_calendar_never_promises_a_day_that_the_depot_is_shut(asked: Question) -> None:
    assert promises_only_open_days(Calendar.opening_after, asked)


@given(calendars(), DAYS)
def test_a_day_that_is_open_is_its_own_first_opening(calendar: Calendar, day: date) -> None:
    try:
        found = calendar.opening_from(day)
    except NeverOpen:
        assert not calendar.open_on(day)
    else:
        assert calendar.open_on(found)
        assert (found == day) == calendar.open_on(day)


def test_a_day_both_closed_and_opened_is_closed() -> None:
    christmas = date(2026, 12, 25)
    both = Calendar(
        zone=HELSINKI, weekdays=frozenset({4}), closed=frozenset({christmas}), opened=frozenset({christmas})
    )

    assert not both.open_on(christmas)


def test_a_place_that_never_opens_is_said_so_and_one_that_opens_once_a_year_is_found() -> None:
    never = Calendar(zone=HELSINKI, weekdays=frozenset())
    yearly = replace(never, opened=frozenset({date(2027, 12, 6)}))

    with pytest.raises(NeverOpen) as refused:
        never.opening_after(date(2026, 12, 6), 2)
    assert refused.value.params == {"after": "2026-12-06", "count": 2, "days": DAYS_MAX}
    assert yearly.opening_after(date(2026, 12, 6)) == date(2027, 12, 6)
    with pytest.raises(NeverOpen):
        Calendar(zone=HELSINKI, weekdays=frozenset(range(7))).opening_after(date.max)
    with pytest.raises(ValueError, match="0th"):
        yearly.opening_after(date(2026, 12, 6), 0)


def at(text: str, zone: ZoneInfo = HELSINKI, fold: int = 0) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp() * 1000)


@pytest.mark.parametrize(
    ("told", "fold", "day"),
    [
        ("2026-11-23T13:59", 0, date(2026, 11, 23)),
        ("2026-11-23T14:00", 0, date(2026, 11, 24)),
        ("2026-11-23T00:30", 0, date(2026, 11, 23)),  # still the day before in UTC
        ("2026-03-29T13:59", 0, date(2026, 3, 29)),  # a day of 23 hours
        ("2026-03-29T14:00", 0, date(2026, 3, 30)),
        ("2026-10-25T03:30", 1, date(2026, 10, 25)),  # half past three, for the second time
        ("2026-10-25T13:59", 0, date(2026, 10, 25)),  # a day of 25 hours
        ("2026-10-25T14:00", 0, date(2026, 10, 26)),
    ],
)
def test_the_cut_off_goes_by_the_clock_on_the_wall(told: str, fold: int, day: date) -> None:
    calendar = Calendar(zone=HELSINKI, weekdays=frozenset())

    assert calendar.counts_from(at(told, fold=fold), 14 * 60) == day


def test_without_a_cut_off_a_moment_counts_on_its_own_day() -> None:
    calendar = Calendar(zone=HELSINKI, weekdays=frozenset())

    assert calendar.counts_from(at("2026-11-23T23:59"), DAY_MINUTES) == date(2026, 11, 23)


@given(calendars(), DAYS, st.integers(0, DAY_MINUTES - 1))
def test_a_minute_on_the_wall_has_its_moment_unless_the_clock_leaps_over_it(
    calendar: Calendar, day: date, minute: int
) -> None:
    moment_ms = calendar.moment_ms(day, minute)

    shown = calendar.local(moment_ms)
    if (calendar.local_day(moment_ms), calendar.local_minute(moment_ms)) == (day, minute):
        assert shown.fold == 0  # the first time, where it is shown twice
    else:
        assert shown.utcoffset() != calendar.local(moment_ms - 25 * 3_600_000).utcoffset()


def test_the_end_of_a_day_is_the_next_ones_midnight_though_the_day_has_23_hours() -> None:
    calendar = Calendar(zone=HELSINKI, weekdays=frozenset())
    leaping = date(2026, 3, 29)

    begins, ends = calendar.moment_ms(leaping, 0), calendar.moment_ms(leaping, DAY_MINUTES)

    assert ends == calendar.moment_ms(date(2026, 3, 30), 0)
    assert ends - begins == 23 * 60 * 60 * 1000
    assert calendar.moment_ms(leaping, 3 * 60 + 30) == at("2026-03-29T04:30")  # half past three is leapt over
    with pytest.raises(ValueError, match="1441"):
        calendar.moment_ms(leaping, DAY_MINUTES + 1)


# The planted faults: the law must fail on each.


def forgets_holidays(calendar: Calendar, day: date, count: int) -> date:
    """A calendar that goes by weekdays and extra days alone."""
    return replace(calendar, closed=frozenset()).opening_after(day, count)


def opens_over_a_holiday(calendar: Calendar, day: date, count: int) -> date:
    """A calendar that believes the extra day, not the holiday."""
    return replace(calendar, closed=calendar.closed - calendar.opened).opening_after(day, count)


def counts_days_not_openings(calendar: Calendar, day: date, count: int) -> date:
    """A calendar that counts days first and then looks whether the last one is open."""
    return calendar.opening_from(day + timedelta(days=count))


def takes_today(calendar: Calendar, day: date, count: int) -> date:
    """A calendar that counts the day itself."""
    return calendar.opening_after(day - timedelta(days=1), count)


def moves_the_holiday_by_a_day(calendar: Calendar, day: date, count: int) -> date:
    """A calendar that reads its days by another zone's midnight."""
    moved = frozenset(closed + timedelta(days=1) for closed in calendar.closed)
    return replace(calendar, closed=moved).opening_after(day, count)


def gives_up_early(calendar: Calendar, day: date, count: int) -> date:
    """A calendar that looks two weeks ahead and says that there is no more."""
    found = calendar.opening_after(day, count)
    if (found - day).days > 14:
        raise NeverOpen(day, count)
    return found


MUTANTS: list[Next] = [
    forgets_holidays,
    opens_over_a_holiday,
    counts_days_not_openings,
    takes_today,
    moves_the_holiday_by_a_day,
    gives_up_early,
]


TELLING: list[Question] = [
    (replace(WEEKDAYS, closed=frozenset({date(2026, 12, 7)})), date(2026, 12, 6), 1),
    (replace(WEEKDAYS, closed=frozenset({date(2026, 12, 8)})), date(2026, 12, 6), 2),
    (replace(WEEKDAYS, closed=frozenset({SATURDAY}), opened=frozenset({SATURDAY})), date(2026, 12, 11), 1),
    (replace(WEEKDAYS, weekdays=frozenset({0})), date(2026, 12, 6), 3),
]
"""A holiday on an open day, a day both closed and opened, a place with one day a week."""


@given(st.sampled_from(TELLING))
def test_the_law_holds_for_what_the_faults_are_shown_by(asked: Question) -> None:
    assert promises_only_open_days(Calendar.opening_after, asked)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_law_notices_its_planted_fault(mutant: Next) -> None:
    assert not all(promises_only_open_days(mutant, asked) for asked in TELLING)
