"""The promised day is a local date: it follows the destination's clock, not ours."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.kernel.days import day_number, day_of
from safehand.parcels.model import Service, promised_on

HELSINKI = ZoneInfo("Europe/Helsinki")


def at(text: str, zone: ZoneInfo = HELSINKI) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


@pytest.mark.parametrize(
    ("service", "told", "day"),
    [
        (Service.STANDARD, "2026-11-23T09:00", date(2026, 11, 25)),
        (Service.STANDARD, "2026-11-27T09:00", date(2026, 11, 30)),  # a Friday: Saturday counts, Sunday does not
        (Service.EXPRESS, "2026-11-23T13:59", date(2026, 11, 24)),
        (Service.EXPRESS, "2026-11-23T14:00", date(2026, 11, 25)),
        (Service.EXPRESS, "2026-11-28T09:00", date(2026, 11, 30)),
        (Service.STANDARD, "2026-11-23T00:30", date(2026, 11, 25)),  # still the day before in UTC
        (Service.STANDARD, "2026-12-30T09:00", date(2027, 1, 1)),
    ],
)
def test_the_service_promises_a_day(service: Service, told: str, day: date) -> None:
    assert promised_on(service, at(told), HELSINKI) == day


@given(st.integers(0, 4_000_000_000_000), st.sampled_from(list(Service)))
def test_a_promise_is_never_a_sunday_and_never_past(now_ms: int, service: Service) -> None:
    day = promised_on(service, now_ms, HELSINKI)
    assert day.weekday() != 6
    assert day > datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(HELSINKI).date()


@given(st.dates())
def test_a_day_survives_its_number(day: date) -> None:
    assert day_of(day_number(day)) == day
