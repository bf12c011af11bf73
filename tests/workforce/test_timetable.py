"""Shifts by the clocks of their place: days of 23 and 25 hours, hours that are not there or come twice, and rest."""

import itertools
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.workforce.errors import NoSuchHour, RestTooShort, ShiftImpossible, ShiftsOverlap
from safehand.workforce.timetable import HOUR_MS, REST_MS_MIN, SHIFT_MS_MAX, Span, refuse_unfit, span_of

HELSINKI = ZoneInfo("Europe/Helsinki")
FORWARD, BACK = date(2026, 3, 29), date(2026, 10, 25)
NIGHT = timedelta(days=1)


def hours(span: Span) -> float:
    return (span.end_ms - span.start_ms) / HOUR_MS


@pytest.mark.parametrize(
    ("day", "starts", "ends", "lasts"),
    [
        (date(2026, 11, 28), time(7), time(15), 8),
        (FORWARD - NIGHT, time(22), time(6), 7),  # the night of 23 hours
        (BACK - NIGHT, time(22), time(6), 9),  # the night of 25
        (BACK, time(0, 30), time(3, 30), 4),  # ends in the hour that comes twice: at its second time
        (BACK, time(3, 30), time(9), 6.5),  # begins in it: at its first
    ],
)
def test_a_shift_lasts_as_long_as_the_clock_on_the_wall_says(
    day: date, starts: time, ends: time, lasts: float
) -> None:  # fmt: skip
    assert hours(span_of(day, starts, ends, HELSINKI)) == lasts


@pytest.mark.parametrize(("starts", "ends"), [(time(3, 30), time(9)), (time(0), time(3, 15))])
def test_an_hour_that_clocks_skip_is_no_hour_of_a_shift(starts: time, ends: time) -> None:
    with pytest.raises(NoSuchHour) as refused:
        span_of(FORWARD, starts, ends, HELSINKI)
    assert refused.value.params["day"] == "2026-03-29"


@pytest.mark.parametrize(("starts", "ends"), [(time(7), time(7, 20)), (time(7), time(7)), (time(6), time(20))])
def test_no_shift_is_too_short_or_too_long(starts: time, ends: time) -> None:
    with pytest.raises(ShiftImpossible):
        span_of(date(2026, 11, 28), starts, ends, HELSINKI)


def test_thirteen_hours_by_the_wall_are_fourteen_in_the_night_of_25_hours() -> None:
    assert hours(span_of(BACK - 2 * NIGHT, time(17), time(6), HELSINKI)) == 13
    with pytest.raises(ShiftImpossible):
        span_of(BACK - NIGHT, time(17), time(6), HELSINKI)


def test_two_shifts_at_once_are_refused_and_so_is_too_little_rest() -> None:
    day = Span(100 * HOUR_MS, 108 * HOUR_MS)
    with pytest.raises(ShiftsOverlap):
        refuse_unfit([day], Span(day.end_ms - 1, day.end_ms + HOUR_MS))
    with pytest.raises(RestTooShort) as refused:
        refuse_unfit([day], Span(day.end_ms + REST_MS_MIN - 60_000, day.end_ms + 20 * HOUR_MS))
    assert refused.value.params == {"minutes": 659, "least": 660}
    with pytest.raises(RestTooShort):
        refuse_unfit([day], Span(day.start_ms - 15 * HOUR_MS, day.start_ms - 10 * HOUR_MS))
    refuse_unfit([day], Span(day.end_ms + REST_MS_MIN, day.end_ms + 20 * HOUR_MS))


def test_what_would_have_been_eleven_hours_is_ten_when_the_night_is_short() -> None:
    evening = span_of(FORWARD - NIGHT, time(12), time(20), HELSINKI)
    with pytest.raises(RestTooShort) as refused:
        refuse_unfit([evening], span_of(FORWARD, time(7), time(15), HELSINKI))
    assert refused.value.params["minutes"] == 600


spans = st.builds(
    lambda start, long: Span(start, start + long),
    st.integers(0, 200 * HOUR_MS),
    st.integers(HOUR_MS // 2, SHIFT_MS_MAX),
)


@given(st.lists(spans, max_size=12))
def test_in_whatever_order_they_are_planned_those_that_stand_leave_their_rest(wanted: list[Span]) -> None:
    stand: list[Span] = []
    for one in wanted:
        try:
            refuse_unfit(stand, one)
        except (ShiftsOverlap, RestTooShort):
            continue
        stand.append(one)
    stand.sort()
    for before, after in itertools.pairwise(stand):
        assert after.start_ms - before.end_ms >= REST_MS_MIN
