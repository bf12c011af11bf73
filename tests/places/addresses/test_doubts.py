"""When an address waits for a person, what is no correction, and where a door is learned to be."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.kernel.geo import metres_between
from safehand.places.addresses.doubts import FIXES_MIN, MOVED_M_MAX, Doubt, Fix, Lines, doubt_of, drop_pin, is_redirect
from safehand.places.addresses.model import Geocode, Hit, Kind, Reason, judged, nowhere

DOOR = Hit(
    kind=Kind.HOUSE, street="Kaivokatu", number="1", postal_code="00100", city="Helsinki", country="FI",
    lat_e7=601_707_000, lon_e7=249_408_000, radius_m=15, score=1.0,
)  # fmt: skip
LINES = Lines(street="Kaivokatu 1", postal_code="00100", city="Helsinki", country="FI")
NORTH_M_E7 = 90
"""A metre to the north."""


def at(hit: Hit) -> Geocode:
    return judged(hit, ambiguous=False)


@pytest.mark.parametrize(
    ("found", "told", "doubt"),
    [
        (at(DOOR), None, None),
        (at(DOOR), Reason.IN_SEA, Doubt.IN_SEA),
        (at(DOOR), Reason.OUTSIDE_MAP, Doubt.IN_SEA),
        (nowhere(Reason.IN_WATER), None, Doubt.IN_SEA),
        (nowhere(Reason.NOTHING_FOUND), None, Doubt.UNDELIVERABLE),
        (at(replace(DOOR, kind=Kind.STREET)), None, Doubt.NO_NUMBER),
        (at(replace(DOOR, kind=Kind.STREET, reasons=(Reason.NUMBER_NOT_ON_MAP,))), None, Doubt.LOW_CONFIDENCE),
        (at(replace(DOOR, kind=Kind.LOCALITY)), None, Doubt.LOW_CONFIDENCE),
    ],
)
def test_an_address_waits_for_a_person_for_a_reason(found: Geocode, told: Reason | None, doubt: Doubt | None) -> None:
    assert doubt_of(found, told) is doubt


def test_a_door_further_away_is_a_redirect_and_no_correction() -> None:
    near = replace(DOOR, lat_e7=DOOR.lat_e7 + 300 * NORTH_M_E7)
    far = replace(DOOR, lat_e7=DOOR.lat_e7 + (MOVED_M_MAX + 60) * NORTH_M_E7)

    assert not is_redirect(LINES, at(DOOR), LINES, at(near))
    assert is_redirect(LINES, at(DOOR), LINES, at(far))


def test_where_the_map_knows_neither_the_postal_code_must_stay() -> None:
    unknown = nowhere(Reason.NOTHING_FOUND)

    assert not is_redirect(LINES, unknown, replace(LINES, street="Kaivokatu 2"), at(DOOR))
    assert is_redirect(LINES, unknown, replace(LINES, postal_code="99999"), at(DOOR))
    assert is_redirect(LINES, at(DOOR), replace(LINES, country="EE"), unknown)


SPREAD = st.integers(-20, 20)


@given(
    st.lists(st.tuples(SPREAD, SPREAD), min_size=FIXES_MIN + 1, max_size=15),
    st.lists(st.tuples(st.integers(-90_000, 90_000), st.integers(-90_000, 90_000)), max_size=3),
)
def test_a_few_false_fixes_do_not_move_the_pin_off_its_door(
    near: list[tuple[int, int]], false: list[tuple[int, int]]
) -> None:
    fixes = [Fix(DOOR.lat_e7 + north * NORTH_M_E7, DOOR.lon_e7 + east * NORTH_M_E7) for north, east in (*near, *false)]

    pin = drop_pin(fixes)

    if len(false) * 2 < len(near):
        assert pin is not None
        assert metres_between(pin.lat_e7, pin.lon_e7, DOOR.lat_e7, DOOR.lon_e7) < 35


def test_too_few_deliveries_or_such_that_disagree_teach_nothing() -> None:
    door = Fix(DOOR.lat_e7, DOOR.lon_e7)

    assert drop_pin([door] * (FIXES_MIN - 1)) is None
    assert drop_pin([Fix(DOOR.lat_e7 + step * 100_000, DOOR.lon_e7) for step in range(5)]) is None
