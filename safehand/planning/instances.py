"""Routing problems as researchers keep them: VRPLIB and Solomon files, read line by line. Everything in one is hostile.

What a file asks for and we do not solve is refused by name: leaving it away would solve another problem.

Source
    VRPLIB: Uchoa et al. 2017 and the sets of CVRPLIB. Windows: Solomon 1987, Gehring and Homberger 1999; reloads and
    releases: Yang 2023. Distances are rounded to integers, or cut after one decimal where times count (DIMACS 2021).
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from safehand.planning.errors import InstanceLineUnreadable, InstanceTooLarge, InstanceUnsupported, InstanceUnusable
from safehand.planning.problem import (
    FOREVER_S,
    I64,
    NO_GROUP,
    Depot,
    Matrices,
    Plane,
    Problem,
    Travel,
    Vehicles,
    Visits,
)

type F64 = NDArray[np.float64]
type Line = tuple[int, list[str]]
"""A line that is not empty: its number in the file, from 1, and its words."""

PLACES_MAX = 50_000
MATRIX_PLACES_MAX = 5_000
FILE_BYTES_MAX = 256 * 1024 * 1024
NUMBER_MAX = 1e9
"""Larger numbers, times 10 and summed over a route of all places, would no longer be exact."""
TIMED_SCALE = 10

HEADER = frozenset({"NAME", "COMMENT", "TYPE", "DIMENSION", "VEHICLES", "CAPACITY", "SERVICE_TIME", "EDGE_WEIGHT_TYPE",
                    "EDGE_WEIGHT_FORMAT", "NODE_COORD_TYPE", "DISPLAY_DATA_TYPE"})  # fmt: skip
TABLES = {"NODE_COORD": 2, "DEMAND": 1, "TIME_WINDOW": 2, "SERVICE_TIME": 1, "RELEASE_TIME": 1}
"""Sections with a row for each place, and how many numbers follow its index."""
LISTS = frozenset({"EDGE_WEIGHT", "DEPOT", "VEHICLES_RELOAD_DEPOT"})
SOLOMON_HEAD = ("VEHICLE", "NUMBER", "CUSTOMER", "CUST")
"""The first words of its lines two, three, five and six."""
SOLOMON_COLUMNS = 7


@dataclass(frozen=True, slots=True)
class Instance:
    """A routing problem of a file.

    Its problem's visit i is what the file calls customer i + 1; lengths and times are in units of 1 / `scale`.
    """

    name: str
    problem: Problem
    scale: int

    def told(self, cost: int) -> str:
        """A cost as the field writes it: whole, or with one decimal where times count."""
        return str(cost) if self.scale == 1 else f"{cost // self.scale}.{cost % self.scale}"


@dataclass(slots=True)
class _File:
    """A VRPLIB file, taken apart."""

    path: str
    header: dict[str, Line] = field(default_factory=dict)
    sections: dict[str, list[Line]] = field(default_factory=dict)

    def number(self, key: str, least: float, most: float) -> int:
        """A whole number of the header."""
        if key not in self.header:
            raise InstanceUnusable(self.path, f"{key} is missing")
        line, words = self.header[key]
        return int(_numbers(self.path, (line, words), 1, (least, most))[0])

    def word(self, key: str) -> str:
        """A word of the header, empty if it is not there."""
        return " ".join(self.header.get(key, (0, []))[1])

    def table(self, name: str, places: int) -> F64 | None:
        """A section with a row for each place, in the order of the places; None if it is not there."""
        if name not in self.sections:
            return None
        rows, width = self.sections[name], TABLES[name]
        if len(rows) != places:
            raise InstanceUnusable(self.path, f"{name}_SECTION has {len(rows)} rows, DIMENSION is {places}")
        values = np.array([_numbers(self.path, row, width + 1, (-NUMBER_MAX, NUMBER_MAX)) for row in rows])
        if not np.array_equal(values[:, 0], np.arange(1, places + 1)):
            at = int(np.argmax(values[:, 0] != np.arange(1, places + 1)))
            raise InstanceLineUnreadable(self.path, rows[at][0], rows[at][1][0], f"place {at + 1}, in order")
        return values[:, 1:]


def read_instance(path: Path) -> Instance:
    """Read a file, whichever of the two forms it has.

    Errors
        InstanceUnusable, InstanceLineUnreadable, InstanceUnsupported, InstanceTooLarge
    """
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise InstanceTooLarge(str(path), "bytes", FILE_BYTES_MAX)
        text = path.read_text("utf-8", errors="replace")
    except OSError as refused:
        raise InstanceUnusable(str(path), refused.strerror or "it cannot be read") from None
    lines = [(number, words) for number, told in enumerate(text.splitlines(), 1) if (words := told.split())]
    if tuple(line[1][0].upper() for line in lines[1:6] if not line[1][0].isdigit()) == SOLOMON_HEAD:
        return _of_solomon(path, lines)
    return _of_vrplib(path, _taken_apart(str(path), lines))


def _taken_apart(path: str, lines: list[Line]) -> _File:
    file, rows = _File(path), None
    for number, words in lines:
        key, _, rest = " ".join(words).partition(":")
        key = key.strip().upper()
        if key == "EOF":
            break
        if key.endswith("_SECTION"):
            name = key.removesuffix("_SECTION")
            if name not in TABLES and name not in LISTS:
                raise InstanceUnsupported(path, key)
            rows = file.sections[name] = []
        elif rows is not None:
            rows.append((number, words))
        elif key in HEADER:
            file.header[key] = number, rest.split()
        elif rest or ":" in words[-1]:
            raise InstanceUnsupported(path, key)
        else:
            raise InstanceLineUnreadable(path, number, " ".join(words), "KEY : VALUE, a section or EOF")
    return file


def _of_vrplib(path: Path, file: _File) -> Instance:
    places = file.number("DIMENSION", 2, NUMBER_MAX)
    if places > PLACES_MAX:
        raise InstanceTooLarge(file.path, "places", PLACES_MAX)
    depots = [int(number) for row in file.sections.get("DEPOT", [(0, ["1"])])
              for number in _numbers(file.path, row, len(row[1]), (-1, places)) if number != -1]  # fmt: skip
    if depots != [1]:
        raise InstanceUnsupported(file.path, f"depots {depots[:5]}: one depot, the first place")
    demand = file.table("DEMAND", places)
    if demand is None:
        raise InstanceUnusable(file.path, "DEMAND_SECTION is missing")
    windows, release = file.table("TIME_WINDOW", places), file.table("RELEASE_TIME", places)
    scale = TIMED_SCALE if windows is not None or release is not None else 1
    count = file.number("VEHICLES", 1, PLACES_MAX) if "VEHICLES" in file.header else places - 1
    capacity = file.number("CAPACITY", 0, NUMBER_MAX)
    service = file.table("SERVICE_TIME", places)
    if service is None:
        everywhere = file.number("SERVICE_TIME", 0, NUMBER_MAX) if "SERVICE_TIME" in file.header else 0
        service = np.full((places, 1), everywhere)
    vehicles = Vehicles(count=count, capacity=(capacity,))
    problem = _problem(
        _travel(file, places, scale),
        np.hstack([demand, service * scale, np.zeros((places, 1)) if release is None else release * scale]),
        None if windows is None else windows * scale,
        replace(vehicles, reload=(0,), trips_max=PLACES_MAX) if _reloading(file, count) else vehicles,
    )
    return Instance(path.stem, problem, scale)


def _reloading(file: _File, count: int) -> bool:
    """Whether vehicles come back to load again: all of them at the depot, or none."""
    rows = file.sections.get("VEHICLES_RELOAD_DEPOT")
    if rows is not None and (len(rows) != count or any(row[1][1:] != ["1"] for row in rows)):
        raise InstanceUnsupported(file.path, "vehicles that reload elsewhere than the first place, or not at all")
    return rows is not None


def _travel(file: _File, places: int, scale: int) -> Travel:
    xy = file.table("NODE_COORD", places)
    kind, form = file.word("EDGE_WEIGHT_TYPE"), file.word("EDGE_WEIGHT_FORMAT")
    if kind == "EUC_2D" and xy is not None:
        return Plane(xy, scale, whole=scale == 1)
    if kind != "EXPLICIT" or form not in {"FULL_MATRIX", "LOWER_ROW"}:
        raise InstanceUnsupported(file.path, f"EDGE_WEIGHT_TYPE {kind} {form}".strip())
    if places > MATRIX_PLACES_MAX:
        raise InstanceTooLarge(file.path, "places with a matrix", MATRIX_PLACES_MAX)
    told = np.array([number for row in file.sections.get("EDGE_WEIGHT", [])
                     for number in _numbers(file.path, row, len(row[1]), (0, NUMBER_MAX))])  # fmt: skip
    weights = np.zeros((places, places))
    if form == "FULL_MATRIX" and told.size == places * places:
        weights[:] = told.reshape(places, places)
    elif form == "LOWER_ROW" and told.size == places * (places - 1) // 2:
        weights[np.tril_indices(places, -1)] = told
        weights += weights.T
    else:
        raise InstanceUnusable(file.path, f"EDGE_WEIGHT_SECTION has {told.size} numbers for {places} places, {form}")
    whole = np.floor(weights * scale + (0.5 if scale == 1 else 0)).astype(np.int64)
    return Matrices((whole,), (whole,), np.zeros((places, 2)) if xy is None else xy)


def _of_solomon(path: Path, lines: list[Line]) -> Instance:
    file = str(path)
    rows = lines[6 if lines[3][1][0].isdigit() else 5 :]
    count, capacity = _numbers(file, lines[3], 2, (0, NUMBER_MAX))
    if len(rows) > PLACES_MAX:
        raise InstanceTooLarge(file, "places", PLACES_MAX)
    if len(rows) < 2:
        raise InstanceUnusable(file, "it has no customers")
    table = np.array([_numbers(file, row, SOLOMON_COLUMNS, (-NUMBER_MAX, NUMBER_MAX)) for row in rows])
    if not np.array_equal(table[:, 0], np.arange(len(rows))):
        at = int(np.argmax(table[:, 0] != np.arange(len(rows))))
        raise InstanceLineUnreadable(file, rows[at][0], rows[at][1][0], f"customer {at}, in order")
    problem = _problem(
        Plane(table[:, 1:3], TIMED_SCALE, whole=False),
        np.column_stack([table[:, 3], table[:, 6] * TIMED_SCALE, np.zeros(len(rows))]),
        table[:, 4:6] * TIMED_SCALE,
        Vehicles(count=int(count), capacity=(int(capacity),)),
    )
    return Instance(path.stem, problem, TIMED_SCALE)


def _problem(travel: Travel, goods: F64, windows: F64 | None, vehicles: Vehicles) -> Problem:
    """The depot is place 0, the customers are the others.

    Shapes
        goods    places x 3: demand, service, release.  windows  places x 2, or None.
    """
    customers = travel.places - 1
    demand, service, release = goods[1:].astype(np.int64).T
    open_s = np.tile([0, FOREVER_S], (travel.places, 1)) if windows is None else windows.astype(np.int64)
    depot = Depot(place=0, early_s=int(open_s[0, 0]), late_s=int(open_s[0, 1]))
    nothing: I64 = np.zeros(customers, np.int64)
    visits = Visits(
        place=np.arange(1, travel.places),
        delivered=demand[:, None],
        collected=nothing[:, None],
        service_s=service,
        early_s=open_s[1:, 0],
        late_s=open_s[1:, 1],
        release_s=release,
        prize=nothing,
        required=np.ones(customers, np.bool_),
        group=np.full(customers, NO_GROUP),
        needs=nothing,
    )
    return Problem(travel, visits, (depot,), (vehicles,))


def _numbers(path: str, row: Line, count: int, bounds: tuple[float, float]) -> list[float]:
    """The numbers of a line, all of them within bounds."""
    line, words = row
    if len(words) != count:
        raise InstanceLineUnreadable(path, line, " ".join(words), f"{count} numbers")
    found = []
    for word in words:
        try:
            number = float(word)
        except ValueError:
            number = float("nan")
        if not bounds[0] <= number <= bounds[1]:
            raise InstanceLineUnreadable(path, line, word, f"a number from {bounds[0]:g} to {bounds[1]:g}")
        found.append(number)
    return found
