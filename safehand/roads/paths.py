"""Paths: the way from point to point, with what a driver's list says of it."""

from dataclasses import dataclass
from typing import Any

from safehand.roads.points import PointE7, e7_of

MS = 1_000


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction."""

    turn: str
    """What to do, in OSRM's words: depart, turn, continue, new name, merge, roundabout, arrive and their like."""
    side: str
    """To which side: left, slight right, straight, uturn; empty if there is none."""
    street: str
    """The street that is taken from there; its number if it has no name, empty if neither."""
    at_e7: PointE7
    metres: int
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Leg:
    """From one point to the next."""

    duration_ms: int
    metres: int
    steps: tuple[Step, ...]
    nodes: tuple[int, ...]
    """The nodes of the map along it, if they were asked for."""


@dataclass(frozen=True, slots=True)
class Path:
    """A way through all points, in their order."""

    duration_ms: int
    metres: int
    line_e7: tuple[PointE7, ...]
    legs: tuple[Leg, ...]


def path_of(route: Any) -> Path:
    """What the engine says of a route. It speaks of seconds with one digit and of metres."""
    return Path(
        duration_ms=round(route["duration"] * MS),
        metres=round(route["distance"]),
        line_e7=tuple(e7_of(corner) for corner in route["geometry"]["coordinates"]),
        legs=tuple(_leg(leg) for leg in route["legs"]),
    )


def _leg(leg: Any) -> Leg:
    return Leg(
        duration_ms=round(leg["duration"] * MS),
        metres=round(leg["distance"]),
        steps=tuple(_step(step) for step in leg["steps"]),
        nodes=tuple(int(node) for node in leg["annotation"]["nodes"]) if "annotation" in leg else (),
    )


def _step(step: Any) -> Step:
    maneuver = step["maneuver"]
    return Step(
        turn=str(maneuver["type"]),
        side=_said(maneuver, "modifier"),
        street=str(step["name"] or _said(step, "ref")),
        at_e7=e7_of(list(maneuver["location"])),
        metres=round(step["distance"]),
        duration_ms=round(step["duration"] * MS),
    )


def _said(thing: Any, name: str) -> str:
    """What it has under a name; the engine's objects have no `get`."""
    return str(thing[name]) if name in thing else ""
