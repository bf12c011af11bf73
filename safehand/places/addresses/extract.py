"""What an OpenStreetMap extract says of addresses: doors, streets, places and the areas around them."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import osmium
import shapely

TEXT_CHARACTERS_MAX = 60
NUMBER_CHARACTERS_MAX = 16
POSTAL_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z -]{1,11}")
ALIASES_MAX = 8
STREETS_MAX = 5_000_000
BATCH = 10_000  # things between two words about progress

LOCALITIES = {
    "city": 8_000,
    "town": 3_000,
    "village": 1_500,
    "suburb": 1_500,
    "quarter": 1_000,
    "neighbourhood": 800,
    "hamlet": 600,
}
"""Kinds of places that an address may name, and how far one usually reaches, in metres."""
TOWNS = frozenset({"city", "town", "village", "hamlet"})
"""Kinds that stand as the city of an address."""

_NAMES = re.compile(r"name:[a-z]{2,3}|alt_name|old_name|short_name|official_name|loc_name")

type Tick = Callable[[int], None]
"""Told how many things were read since it was told last."""


def _silent(_: int) -> None:
    return


@dataclass(frozen=True, slots=True)
class Door:
    """An address as the map has it; what is not tagged is empty. Degrees x 10^7, WGS 84."""

    street: str
    place: str
    """What the number belongs to where there is no street: a hamlet, a farm."""
    number: str
    postal_code: str
    city: str
    country: str
    lat_e7: int
    lon_e7: int


@dataclass(frozen=True, slots=True)
class Way:
    """A piece of a street that has a name."""

    name: str
    aliases: tuple[str, ...]
    lat_e7: int
    lon_e7: int


@dataclass(frozen=True, slots=True)
class Place:
    """A town, a village, a quarter."""

    name: str
    aliases: tuple[str, ...]
    kind: str
    postal_code: str
    lat_e7: int
    lon_e7: int


@dataclass(frozen=True, slots=True)
class Area:
    """What a border encloses: a municipality, or the doors of one postal code."""

    name: str
    postal_code: str
    level: int
    """The higher, the smaller (admin_level of OpenStreetMap); 0 for a postal code."""
    shape: shapely.Geometry


@dataclass(slots=True)
class Extract:
    """Everything that an address index is made of."""

    box_e7: tuple[int, int, int, int]
    """South, west, north, east."""
    doors: list[Door] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)


def read_doors(path: Path, most: int, tick: Tick = _silent, *, multipolygons: bool = True) -> Iterator[Door]:
    """Every door with a house number, and a street or a place that it belongs to.

    Shapes
        multipolygons  also houses drawn in several rings; the file is then read twice.
    Errors
        RuntimeError  it is no extract, or it is cut.
        ValueError    more than `most` doors.
    """
    wanted = osmium.filter.KeyFilter("addr:housenumber")
    reading = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations()
    if multipolygons:
        reading = osmium.FileProcessor(str(path)).with_areas(wanted)
    found = 0
    for thing in reading.with_filter(wanted):
        number = said(thing.tags, "addr:housenumber")
        street, place = said(thing.tags, "addr:street"), said(thing.tags, "addr:place")
        where = _where(thing)
        if not (street or place) or not 0 < len(number) <= NUMBER_CHARACTERS_MAX or where is None:
            continue
        found += 1
        if found > most:
            raise ValueError(f"more than {most} addresses")
        if found % BATCH == 0:
            tick(BATCH)
        country, code = said(thing.tags, "addr:country").upper(), said(thing.tags, "addr:postcode")
        yield Door(
            street=street,
            place=place,
            number=number,
            postal_code=code if POSTAL_CODE.fullmatch(code) else "",
            city=said(thing.tags, "addr:city"),
            country=country if len(country) == 2 and country.isascii() and country.isalpha() else "",
            lat_e7=where[0],
            lon_e7=where[1],
        )


def read_extract(path: Path, most: int, tick: Tick = _silent) -> Extract:
    """Doors, named streets, places and borders.

    Errors
        RuntimeError, ValueError  as `read_doors`.
    """
    found = Extract(box_of(path), list(read_doors(path, most, tick)))
    _read_names(path, found, tick)
    return found


def box_of(path: Path) -> tuple[int, int, int, int]:
    """What the extract says that it covers: south, west, north, east; all the world where it does not say.

    Errors
        RuntimeError  it is no extract.
    """
    reader = osmium.io.Reader(str(path))
    try:
        box = reader.header().box()
    finally:
        reader.close()
    if not box.valid():
        return -900_000_000, -1_800_000_000, 900_000_000, 1_800_000_000
    return box.bottom_left.y, box.bottom_left.x, box.top_right.y, box.top_right.x


def said(tags: osmium.osm.TagList | Mapping[str, str], key: str) -> str:
    """A tag's words on one line; nothing if it is longer or stranger than an envelope takes."""
    text = " ".join(str(tags.get(key, "")).split())
    return text if len(text) <= TEXT_CHARACTERS_MAX and text.isprintable() else ""


def _read_names(path: Path, found: Extract, tick: Tick) -> None:
    borders = osmium.filter.KeyFilter("boundary")
    keys = osmium.filter.KeyFilter("highway", "place", "boundary")
    shapes = osmium.geom.WKBFactory()
    reading = osmium.FileProcessor(str(path)).with_areas(borders).with_filter(keys)
    for seen, thing in enumerate(reading, 1):
        if seen % BATCH == 0:
            tick(BATCH)
        if isinstance(thing, osmium.osm.Area):
            _take_area(found, thing, shapes)
        elif isinstance(thing, osmium.osm.Way):
            _take_way(found, thing)
        elif isinstance(thing, osmium.osm.Node):
            _take_place(found, thing)


def _take_way(found: Extract, way: osmium.osm.Way) -> None:
    name, where = said(way.tags, "name"), _where(way)
    if "highway" not in way.tags or not name or where is None:
        return
    if len(found.ways) >= STREETS_MAX:
        raise ValueError(f"more than {STREETS_MAX} pieces of streets")
    found.ways.append(Way(name, _aliases(way.tags, name), *where))


def _take_place(found: Extract, node: osmium.osm.Node) -> None:
    name, kind, where = said(node.tags, "name"), str(node.tags.get("place", "")), _where(node)
    if kind not in LOCALITIES or not name or where is None:
        return
    code = said(node.tags, "postal_code")
    found.places.append(
        Place(name, _aliases(node.tags, name), kind, code if POSTAL_CODE.fullmatch(code) else "", *where)
    )


def _take_area(found: Extract, area: osmium.osm.Area, shapes: osmium.geom.WKBFactory) -> None:
    kind, level = area.tags.get("boundary", ""), str(area.tags.get("admin_level", ""))
    code = said(area.tags, "postal_code")
    code = code if POSTAL_CODE.fullmatch(code) else ""
    if not (kind == "postal_code" and code) and not (kind == "administrative" and level in {"7", "8"}):
        return
    try:
        shape = shapely.from_wkb(shapes.create_multipolygon(area))
    except (RuntimeError, osmium.InvalidLocationError):  # a border that does not close
        return
    name = said(area.tags, "name") if kind == "administrative" else ""
    found.areas.append(Area(name, code, int(level) if kind == "administrative" else 0, shape))


def _aliases(tags: osmium.osm.TagList, name: str) -> tuple[str, ...]:
    """Other names of the same thing: in other languages, in short, of old."""
    others = {text for tag in tags if _NAMES.fullmatch(tag.k) and (text := said(tags, tag.k)) and text != name}
    return tuple(sorted(others)[:ALIASES_MAX])


def _where(thing: object) -> tuple[int, int] | None:
    """A node's place, or the middle of a building's corners; None if the extract does not hold it."""
    corners = [thing] if isinstance(thing, osmium.osm.Node) else getattr(thing, "nodes", ())
    if isinstance(thing, osmium.osm.Area):
        if thing.from_way():
            return None  # the way itself was seen already
        corners = [corner for ring in thing.outer_rings() for corner in ring]
    locations = [corner.location for corner in corners if corner.location.valid()]
    if not locations:
        return None
    # pyosmium's x and y are integers: degrees x 10^7
    return sum(place.y for place in locations) // len(locations), sum(place.x for place in locations) // len(locations)
