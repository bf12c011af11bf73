"""What a service promises is a local day on which the depot is open, whatever clock asks."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.kernel.calendar import Calendar
from safehand.kernel.days import day_number, day_of
from safehand.parcels.errors import BadService, NoSuchService
from safehand.parcels.service import Service, Slot
from safehand.parcels.services import Services
from tests.rooms import WORKDAYS, Rooms
from tests.servers import Database

HELSINKI = ZoneInfo("Europe/Helsinki")
STANDARD = Service(code="standard", working_days=2)
EXPRESS = Service(code="express", working_days=1, cut_off=14 * 60)


def at(text: str, zone: ZoneInfo = HELSINKI) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


@pytest.mark.parametrize(
    ("service", "told", "day"),
    [
        (STANDARD, "2026-11-23T09:00", date(2026, 11, 25)),
        (STANDARD, "2026-11-27T09:00", date(2026, 11, 30)),  # a Friday: Saturday counts, Sunday does not
        (EXPRESS, "2026-11-23T13:59", date(2026, 11, 24)),
        (EXPRESS, "2026-11-23T14:00", date(2026, 11, 25)),
        (EXPRESS, "2026-11-28T09:00", date(2026, 11, 30)),
        (STANDARD, "2026-11-23T00:30", date(2026, 11, 25)),  # still the day before in UTC
        (STANDARD, "2026-12-30T09:00", date(2027, 1, 1)),
    ],
)
def test_the_service_promises_a_day(service: Service, told: str, day: date) -> None:
    assert service.promise(WORKDAYS, at(told)) == day


def test_a_holiday_of_the_depot_moves_the_promise() -> None:
    shut = replace(WORKDAYS, closed=frozenset({date(2027, 1, 1), date(2027, 1, 2)}))

    assert STANDARD.promise(shut, at("2026-12-30T09:00")) == date(2027, 1, 4)


@given(
    st.integers(0, 4_000_000_000_000),
    st.integers(1, 9),
    st.integers(0, 1_440),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.frozensets(st.integers(0, 20), max_size=8),
)
def test_a_promise_is_never_a_day_on_which_the_depot_is_shut_and_never_past(
    now_ms: int, working_days: int, cut_off: int, weekdays: frozenset[int], shut: frozenset[int]
) -> None:
    plain = Calendar(zone=HELSINKI, weekdays=weekdays)
    today = plain.local_day(now_ms)
    calendar = replace(plain, closed=frozenset(date.fromordinal(today.toordinal() + ahead) for ahead in shut))
    day = Service(code="any", working_days=working_days, cut_off=cut_off).promise(calendar, now_ms)

    assert calendar.open_on(day)
    assert day > today
    assert sum(calendar.open_on(date.fromordinal(n)) for n in range(today.toordinal() + 1, day.toordinal() + 1)) >= (
        working_days
    )


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(0, 60))
def test_a_parcel_waits_so_many_open_days_and_can_be_collected_on_the_last(first: date, held_days: int) -> None:
    last = Service(code="any", working_days=1, held_days=held_days).held_until(WORKDAYS, first)

    assert WORKDAYS.open_on(last)
    after = range(first.toordinal() + 1, last.toordinal() + 1)
    assert sum(WORKDAYS.open_on(date.fromordinal(day)) for day in after) == held_days or held_days == 0


@given(st.dates())
def test_a_day_survives_its_number(day: date) -> None:
    assert day_of(day_number(day)) == day


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "Standard"}, "code"),
        ({"working_days": 0}, "working_days"),
        ({"cut_off": 1_441}, "cut_off"),
        ({"attempts": 0}, "attempts"),
        ({"held_days": 61}, "held_days"),
        ({"slots": (Slot(from_minute=600, to_minute=600),)}, "to_minute"),
    ],
)
def test_what_can_be_no_service_is_refused_by_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(BadService) as refused:
        replace(STANDARD, **changes).check()  # type: ignore[arg-type]
    assert refused.value.params["field"] == field


async def test_a_new_version_binds_what_is_sent_from_now_on(database: Database) -> None:
    rooms, services = Rooms(database.store()), Services()
    async with rooms.store.transaction() as tx:
        assert await services.get(tx, "standard") == STANDARD
        await services.put(tx, replace(STANDARD, working_days=3), by=None, now_ms=1)
        assert (await services.get(tx, "standard")).working_days == 3
        assert [one.code for one in await services.listed(tx)] == ["express", "standard"]
        with pytest.raises(NoSuchService):
            await services.get(tx, "overnight")
