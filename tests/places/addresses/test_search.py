"""Whoever types an address finds it: in any order, with slips, begun or whole."""

import random
import sqlite3
import string
from collections.abc import Iterator

import pytest

from safehand.kernel.geo import metres_between
from safehand.places.addresses.geocode import geocode, where
from safehand.places.addresses.index import read_only
from safehand.places.addresses.model import Kind, Reason
from safehand.places.addresses.search import HITS_MAX, search
from tests.maps import harbour, helsinki

STATION = (601_707_093, 249_408_728)


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    with helsinki().reading() as build, read_only(build.index) as opened:
        yield opened


@pytest.mark.parametrize(
    "text",
    [
        "Kaivokatu 1",
        "kaivokatu 1 helsinki",
        "Helsinki 00100 Kaivokatu 1",
        "1 KAIVOKATU, HELSINKI",
        "Kaivokatu 1, FI-00100 Helsinki",
        "kaivoktau 1",
        "kaivkatu 1",
        "kaivvokatu 1 helsnki",
        "kaivo katu 1",
        "Brunnsgatan 1",
    ],
)
def test_one_door_is_found_however_it_is_asked_for(index: sqlite3.Connection, text: str) -> None:
    first = search(index, text, 5)[0]

    assert (first.kind, first.street, first.number) == (Kind.HOUSE, "Kaivokatu", "1")
    assert metres_between(first.lat_e7, first.lon_e7, *STATION) < 1


def test_a_street_is_offered_while_it_is_typed(index: sqlite3.Connection) -> None:
    for typed in ("alek", "aleks", "aleksanterin", "Aleksanterinkatu"):
        assert "Aleksanterinkatu" in [hit.street for hit in search(index, typed, 5, complete=True)], typed
    assert "Aleksanterinkatu" not in [hit.street for hit in search(index, "alek", 5)]


def test_the_streets_of_the_map_are_found_with_a_slip_planted(index: sqlite3.Connection) -> None:
    chance = random.Random(4)
    doors = index.execute(
        "SELECT name, number || part, postal_code, houses.lat_e7, houses.lon_e7 FROM houses JOIN streets ON id = street"
        " WHERE until = number AND length(name) > 6 ORDER BY name, number, part"
    ).fetchall()
    asked = chance.sample(doors, 120)
    found = 0
    for name, number, code, lat_e7, lon_e7 in asked:
        at = chance.randrange(1, len(name) - 1)
        slipped = name[:at] + chance.choice(string.ascii_lowercase) + name[at + 1 :]
        hits = search(index, f"{slipped} {number} {code}", 3)
        found += any(metres_between(hit.lat_e7, hit.lon_e7, lat_e7, lon_e7) < 50 for hit in hits)

    assert found >= 0.95 * len(asked)


@pytest.mark.parametrize("text", ["", " ", "!?", "\x00", "9" * 5_000, "a " * 3_000, "'; DROP TABLE streets; --", "%_%"])
def test_nothing_that_is_asked_breaks_the_search(index: sqlite3.Connection, text: str) -> None:
    assert len(search(index, text, HITS_MAX, complete=True)) <= HITS_MAX


def test_a_house_is_surer_than_a_street_and_a_street_than_a_town(index: sqlite3.Connection) -> None:
    house, street, town, none = (
        geocode(index, text) for text in ("Kaivokatu 1", "Kaivokatu", "Helsinki", "Zzyzx Road 99")
    )

    assert [found.kind for found in (house, street, town, none)] == [Kind.HOUSE, Kind.STREET, Kind.LOCALITY, Kind.NONE]
    assert house.confidence_pct > street.confidence_pct > town.confidence_pct > none.confidence_pct == 0
    assert house.trusted
    assert not street.trusted
    assert (street.reasons, none.reasons) == ((Reason.NO_NUMBER,), (Reason.NOTHING_FOUND,))
    assert house.hit is not None
    assert street.hit is not None
    assert house.hit.radius_m < street.hit.radius_m


def test_a_number_that_the_map_lacks_lies_between_its_neighbours_and_says_so(index: sqlite3.Connection) -> None:
    gap = index.execute(
        "SELECT name, postal_code, a.number + 2, a.lat_e7, a.lon_e7, b.lat_e7, b.lon_e7 FROM houses a"
        " JOIN houses b ON b.street = a.street AND b.number = a.number + 4 JOIN streets ON id = a.street"
        " WHERE a.until = a.number AND b.until = b.number AND NOT EXISTS (SELECT 1 FROM houses c WHERE"
        " c.street = a.street AND c.number <= a.number + 2 AND c.until >= a.number + 2) ORDER BY name, a.number"
    ).fetchall()[0]
    name, code, number, *ends = gap

    found = geocode(index, f"{name} {number}, {code}")

    assert found.kind is Kind.INTERPOLATED
    assert Reason.NUMBER_BETWEEN in found.reasons
    assert found.hit is not None
    between = metres_between(ends[0], ends[1], found.hit.lat_e7, found.hit.lon_e7)
    beyond = metres_between(found.hit.lat_e7, found.hit.lon_e7, ends[2], ends[3])
    assert between == pytest.approx(beyond, abs=2)
    assert found.hit.radius_m >= between


def test_a_number_far_from_every_neighbour_gives_the_street_only(index: sqlite3.Connection) -> None:
    found = geocode(index, "Kaivokatu 4711")

    assert found.kind is Kind.STREET
    assert Reason.NUMBER_NOT_ON_MAP in found.reasons
    assert not found.trusted


def test_a_number_in_a_range_of_the_map_is_that_house(index: sqlite3.Connection) -> None:
    found = geocode(index, "Aleksanterinkatu 32")

    assert found.kind is Kind.HOUSE
    assert Reason.NUMBER_IN_RANGE in found.reasons


def test_a_letter_that_the_map_lacks_is_told(index: sqlite3.Connection) -> None:
    found = geocode(index, "Kaivokatu 1 x")

    assert found.kind is Kind.HOUSE
    assert Reason.PART_NOT_ON_MAP in found.reasons


def test_no_door_of_the_map_is_given_in_water_or_off_the_map(index: sqlite3.Connection) -> None:
    streets = index.execute("SELECT DISTINCT name FROM streets").fetchall()
    for (name,) in streets:
        for number in (1, 7, 26):
            found = geocode(index, f"{name} {number}")
            assert found.hit is None or where(index, found.hit.lat_e7, found.hit.lon_e7) is None, name


@pytest.mark.parametrize(
    ("lat_e7", "lon_e7", "why"),
    [
        (600_130_000, 240_100_000, None),
        (600_155_000, 240_110_000, Reason.IN_WATER),
        (600_050_000, 240_100_000, Reason.IN_SEA),
        (600_010_000, 240_002_000, Reason.IN_SEA),
        (500_000_000, 0, Reason.OUTSIDE_MAP),
    ],
    ids=["land", "pond", "sea", "corner of the sea", "off the map"],
)
def test_a_point_in_water_or_off_the_map_is_no_address(lat_e7: int, lon_e7: int, why: Reason | None) -> None:
    with harbour().reading() as build, read_only(build.index) as index:
        assert where(index, lat_e7, lon_e7) is why


def test_a_door_that_the_map_puts_into_the_sea_is_no_point() -> None:
    with harbour().reading() as build, read_only(build.index) as index:
        on_land, at_sea = geocode(index, "Quay 4, Harbour"), geocode(index, "Quay 99, Harbour")

    assert on_land.kind is Kind.HOUSE
    assert (at_sea.kind, at_sea.hit, at_sea.reasons) == (Kind.NONE, None, (Reason.IN_SEA,))
