"""The index of a map that leaves much out: what is missing is taken from what lies around."""

from pathlib import Path

from safehand.places.addresses.extract import read_extract
from safehand.places.addresses.geocode import geocode
from safehand.places.addresses.index import read_only, write_index
from safehand.places.addresses.model import Kind
from safehand.places.addresses.search import search
from safehand.places.addresses.streets import streets_of
from tests.maps import shared_map


def test_doors_without_town_and_postal_code_get_them_from_borders_and_neighbours(tmp_path: Path) -> None:
    extract = read_extract(shared_map("liechtenstein-latest.osm.pbf"), 10_000)
    bare = sum(not door.city for door in extract.doors)
    streets = streets_of(extract)

    assert bare > len(extract.doors) / 2
    named = [street for street in streets if street.houses]
    assert all(street.city for street in named)
    assert sum(bool(street.postal_code) for street in named) > 0.95 * len(named)
    assert {"Vaduz", "Schaan", "Balzers", "Triesen"} <= {street.city for street in named}

    write_index(tmp_path / "index", streets, extract.box_e7)
    with read_only(tmp_path / "index") as index:
        first = search(index, "9490 vadutz landstr", 3)[0]
        assert (first.street, first.city, first.postal_code) == ("Landstrasse", "Vaduz", "9490")
        assert geocode(index, "Staedtle, Vaduz").kind is Kind.STREET


def test_the_same_extract_gives_the_same_index(tmp_path: Path) -> None:
    extract = read_extract(shared_map("liechtenstein-latest.osm.pbf"), 10_000)
    for name in ("one", "other"):
        write_index(tmp_path / name, streets_of(extract), extract.box_e7)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
