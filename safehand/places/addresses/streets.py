"""From an extract to streets with their doors: what the map leaves out is taken from what lies around."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import shapely

from safehand.kernel.geo import metres_between
from safehand.places.addresses.extract import LOCALITIES, TOWNS, Door, Extract, Place, Way
from safehand.places.addresses.numbers import HouseNumber, read_numbers
from safehand.places.addresses.words import commonest, fold

NEAR_DEG = 0.03
"""How far the nearest door or place may be that lends its postal code or name: some three kilometres."""
APART_M = 2_500
"""Pieces of one name further apart than this, in one town and postal code, are two streets."""
RADIUS_M_MIN = 30


@dataclass(slots=True)
class House:
    """A numbered door of a street."""

    number: HouseNumber
    lat_e7: int
    lon_e7: int


@dataclass(slots=True)
class Street:
    """A street, or a town or quarter without one. Degrees x 10^7."""

    name: str
    aliases: set[str]
    postal_code: str
    city: str
    country: str
    locality: bool
    lat_e7: int
    lon_e7: int
    radius_m: int
    houses: list[House] = field(default_factory=list)


def streets_of(extract: Extract) -> list[Street]:
    """Every street and locality, the ones with most doors first."""
    doors = [door for door in extract.doors if _inside(extract.box_e7, door.lat_e7, door.lon_e7)]
    ways = [way for way in extract.ways if _inside(extract.box_e7, way.lat_e7, way.lon_e7)]
    places = [place for place in extract.places if _inside(extract.box_e7, place.lat_e7, place.lon_e7)]
    around = Surroundings.of(extract, places)
    doors = around.completed(doors)
    country = commonest(door.country for door in doors)
    aliases = _aliases(ways)
    found = [*_with_doors(doors, aliases, country)]
    found += _without_doors(found, doors, ways, around, country)
    found += _localities(found, places, around, country)
    return sorted(found, key=lambda street: (-len(street.houses), street.name, street.city, street.postal_code))


@dataclass(slots=True)
class Surroundings:
    """What lies where: borders, towns, and the doors that say their postal code."""

    areas: list[tuple[str, str, int]]
    tree: shapely.STRtree
    towns: list[Place]
    town_tree: shapely.STRtree

    @classmethod
    def of(cls, extract: Extract, places: Sequence[Place]) -> "Surroundings":
        """What an extract holds of it."""
        towns = [place for place in places if place.kind in TOWNS]
        return cls(
            [(area.name, area.postal_code, area.level) for area in extract.areas],
            shapely.STRtree([area.shape for area in extract.areas]),
            towns,
            shapely.STRtree(_points([(town.lat_e7, town.lon_e7) for town in towns])),
        )

    def at(self, where: Sequence[tuple[int, int]]) -> list[tuple[str, str]]:
        """Town and postal code at each point, empty where nothing tells: the smallest border, else the nearest town."""
        told: list[tuple[str, str, int]] = [("", "", -1)] * len(where)
        points = _points(where)
        if self.areas and where:
            for at, area in zip(*self.tree.query(points, predicate="within"), strict=True):
                name, code, level = self.areas[area]
                old_name, old_code, old_level = told[at]
                smaller = name and level > old_level
                told[at] = (name if smaller else old_name, code or old_code, level if smaller else old_level)
        bare = [at for at, (name, _, _) in enumerate(told) if not name]
        if self.towns and bare:
            near = self.town_tree.query_nearest(points[bare], max_distance=NEAR_DEG, all_matches=False)
            for at, town in zip(*near, strict=True):
                told[bare[at]] = (self.towns[town].name, told[bare[at]][1] or self.towns[town].postal_code, 0)
        return [(name, code) for name, code, _ in told]

    def completed(self, doors: list[Door]) -> list[Door]:
        """The doors with town and postal code, where something tells them."""
        here = self.at([(door.lat_e7, door.lon_e7) for door in doors])
        full = [
            _filled(door, door.city or city, door.postal_code or code)
            for door, (city, code) in zip(doors, here, strict=True)
        ]
        sure = [door for door in full if door.postal_code]
        bare = [at for at, door in enumerate(full) if not door.postal_code]
        if sure and bare:
            tree = shapely.STRtree(_points([(door.lat_e7, door.lon_e7) for door in sure]))
            points = _points([(full[at].lat_e7, full[at].lon_e7) for at in bare])
            for one, near in zip(*tree.query_nearest(points, max_distance=NEAR_DEG, all_matches=False), strict=True):
                door = full[bare[one]]
                full[bare[one]] = _filled(door, door.city or sure[near].city, sure[near].postal_code)
        return full


def _with_doors(doors: Iterable[Door], aliases: dict[str, set[str]], country: str) -> list[Street]:
    grouped: dict[tuple[str, str, str], list[Door]] = {}
    for door in doors:
        key = (fold(door.street or door.place), fold(door.city), door.postal_code)
        grouped.setdefault(key, []).append(door)
    found: list[Street] = []
    for (folded, _, _), group in grouped.items():
        for along in _clusters(group):
            lat, lon, radius = _middle([(door.lat_e7, door.lon_e7) for door in along])
            found.append(
                Street(
                    name=commonest(door.street or door.place for door in along),
                    aliases=aliases.get(folded, set()),
                    postal_code=along[0].postal_code,
                    city=commonest(door.city for door in along),
                    country=commonest(door.country for door in along) or country,
                    locality=False,
                    lat_e7=lat,
                    lon_e7=lon,
                    radius_m=radius,
                    houses=_houses(along),
                )
            )
    return found


def _houses(along: Iterable[Door]) -> list[House]:
    """The doors by number, each number once; a door whose number is a word is known by its street."""
    houses: dict[HouseNumber, House] = {}
    for door in along:
        for number in read_numbers(door.number):
            houses.setdefault(number, House(number, door.lat_e7, door.lon_e7))
    return sorted(houses.values(), key=lambda house: house.number)


def _clusters(group: list[Door]) -> list[list[Door]]:
    """One street of a name, unless a wide gap says that there are two."""
    ordered = sorted(group, key=lambda door: (door.lat_e7, door.lon_e7))
    if metres_between(ordered[0].lat_e7, ordered[0].lon_e7, ordered[-1].lat_e7, ordered[-1].lon_e7) <= APART_M:
        return [ordered]
    found = [[ordered[0]]]
    for door, after in pairwise(ordered):
        if metres_between(door.lat_e7, 0, after.lat_e7, 0) > APART_M:
            found.append([])
        found[-1].append(after)
    return found


def _without_doors(
    found: Sequence[Street], doors: Sequence[Door], ways: list[Way], around: Surroundings, country: str
) -> list[Street]:
    """Named streets that no door names, each once a town."""
    named = {(fold(street.name), fold(street.city)) for street in found}
    here = around.completed([Door("", "", "", "", "", "", way.lat_e7, way.lon_e7) for way in ways])
    if doors and ways:
        sure = [door for door in doors if door.postal_code]
        if sure:
            tree = shapely.STRtree(_points([(door.lat_e7, door.lon_e7) for door in sure]))
            points = _points([(way.lat_e7, way.lon_e7) for way in ways])
            for at, near in zip(*tree.query_nearest(points, max_distance=NEAR_DEG, all_matches=False), strict=True):
                here[at] = _filled(
                    here[at], here[at].city or sure[near].city, here[at].postal_code or sure[near].postal_code
                )
    grouped: dict[tuple[str, str], list[tuple[Way, Door]]] = {}
    for way, spot in zip(ways, here, strict=True):
        key = (fold(way.name), fold(spot.city))
        if key not in named:
            grouped.setdefault(key, []).append((way, spot))
    made: list[Street] = []
    for pieces in grouped.values():
        lat, lon, radius = _middle([(way.lat_e7, way.lon_e7) for way, _ in pieces])
        made.append(
            Street(
                name=commonest(way.name for way, _ in pieces),
                aliases={alias for way, _ in pieces for alias in way.aliases},
                postal_code=commonest(spot.postal_code for _, spot in pieces),
                city=commonest(spot.city for _, spot in pieces),
                country=country,
                locality=False,
                lat_e7=lat,
                lon_e7=lon,
                radius_m=radius,
            )
        )
    return made


def _localities(found: Sequence[Street], places: list[Place], around: Surroundings, country: str) -> list[Street]:
    """Towns and quarters: those that the map marks, and those that only doors name."""
    spots = around.at([(place.lat_e7, place.lon_e7) for place in places])
    codes: dict[str, list[Street]] = {}
    for street in found:
        if street.city:
            codes.setdefault(fold(street.city), []).append(street)
    made: list[Street] = []
    for place, (city, code) in zip(places, spots, strict=True):
        town = place.kind in TOWNS
        streets = codes.get(fold(place.name), []) if town else []
        made.append(
            Street(
                name=place.name,
                aliases=set(place.aliases),
                postal_code=place.postal_code or code or commonest(street.postal_code for street in streets),
                city=place.name if town else city,
                country=country,
                locality=True,
                lat_e7=place.lat_e7,
                lon_e7=place.lon_e7,
                radius_m=LOCALITIES[place.kind],
            )
        )
    marked = {fold(place.name) for place in places}
    for folded, streets in codes.items():
        if folded not in marked:
            lat, lon, radius = _middle([(street.lat_e7, street.lon_e7) for street in streets])
            city, code = streets[0].city, commonest(street.postal_code for street in streets)
            made.append(Street(city, set(), code, city, country, True, lat, lon, radius))
    return made


def _aliases(ways: Iterable[Way]) -> dict[str, set[str]]:
    """Other names of streets, by the folded one that doors use, whichever of them that is."""
    found: dict[str, set[str]] = {}
    for way in ways:
        every = {way.name, *way.aliases}
        if len(every) > 1:
            for name in every:
                found.setdefault(fold(name), set()).update(every - {name})
    return found


def _middle(where: Sequence[tuple[int, int]]) -> tuple[int, int, int]:
    """The point of the group that lies nearest to its middle, and how far the group reaches from there."""
    points = np.array(where, dtype=np.int64)
    nearest = points[np.abs(points - np.median(points, axis=0)).sum(axis=1).argmin()]
    lat, lon = int(nearest[0]), int(nearest[1])
    reach = max(metres_between(lat, lon, int(other[0]), int(other[1])) for other in points)
    return lat, lon, max(RADIUS_M_MIN, math.ceil(reach))


def _points(where: Sequence[tuple[int, int]]) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    lat_lon = np.array(where, dtype=np.float64).reshape(-1, 2) / 1e7
    return np.asarray(shapely.points(lat_lon[:, 1], lat_lon[:, 0]), dtype=object)


def _filled(door: Door, city: str, postal_code: str) -> Door:
    return Door(door.street, door.place, door.number, postal_code, city, door.country, door.lat_e7, door.lon_e7)


def _inside(box_e7: tuple[int, int, int, int], lat_e7: int, lon_e7: int) -> bool:
    south, west, north, east = box_e7
    return south <= lat_e7 <= north and west <= lon_e7 <= east
