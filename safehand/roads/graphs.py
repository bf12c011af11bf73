"""Graphs on the disk: one folder a profile with its pristine graph, its segments, and the graphs made of them.

roads/roads.json                     what there is, and which hours of the week each graph is for
roads/<profile>/segments.npy         every segment: nodes, places, free-flow durations (segments.py)
roads/<profile>/pristine/graph.osrm.*  as partitioned; never customized, never asked
roads/<profile>/<name>/graph.osrm.*    a graph: hard links to the pristine files but those that its weighting changes
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from safehand.roads.errors import GraphUnreadable, NoRoads

ABOUT, STEM, PRISTINE, SEGMENTS, FREE = "roads.json", "graph.osrm", "pristine", "segments.npy", "free"
FORMAT = 1
ABOUT_BYTES_MAX = 64 * 1024
GRAPHS_MAX = 4
"""Car graphs by time of day, free flow among them: each is held in memory by whoever asks it."""
HOURS = 168


class Profile(StrEnum):
    """Who travels."""

    CAR = "car"
    BICYCLE = "bicycle"
    FOOT = "foot"


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What road graphs are there, as `roads.json` says it."""

    format: int
    profiles: dict[Profile, int]
    """How many segments each has. A profile without roads is not in it."""
    hours: tuple[str, ...]
    """The name of the car graph for each of the 168 hours of a week, from Monday 0:00; empty if there is none."""
    week_source: str
    """Where the speeds of the week come from."""

    @property
    def graphs(self) -> tuple[str, ...]:
        """The car graphs by time of day, free flow first."""
        others = sorted(set(self.hours) - {FREE})
        return (FREE, *others) if self.hours else ()


@dataclass(frozen=True, slots=True)
class Graph:
    """One graph that can be asked, or a pristine one that graphs are made of."""

    profile: Profile
    folder: Path

    @property
    def stem(self) -> Path:
        """What all its files begin with."""
        return self.folder / STEM

    @property
    def name(self) -> str:
        """Profile and name, for people."""
        return f"{self.profile}/{self.folder.name}"


@dataclass(frozen=True, slots=True)
class RoadFolder:
    """The road graphs of one map. Whoever reads holds the build that they belong to."""

    path: Path

    def about(self) -> About:
        """What there is.

        Errors
            NoRoads          the build has no road graphs.
            GraphUnreadable  another version wrote them.
        """
        try:
            about = msgspec.json.decode((self.path / ABOUT).read_bytes()[:ABOUT_BYTES_MAX], type=About)
        except FileNotFoundError:
            raise NoRoads("roads") from None
        except msgspec.DecodeError as error:
            raise GraphUnreadable(ABOUT, str(error)) from None
        if about.format != FORMAT:
            raise GraphUnreadable(ABOUT, f"format {about.format}, this version reads {FORMAT}")
        return about

    def graph(self, profile: Profile, name: str = FREE) -> Graph:
        """A graph by its name; `FREE` is the one without traffic.

        Errors
            NoRoads  there is none.
        """
        graph = Graph(profile, self.path / profile / name)
        if not graph.stem.with_name(f"{STEM}.mldgr").is_file():
            raise NoRoads(graph.name)
        return graph

    def car_at(self, hour_of_week: int) -> Graph:
        """The car graph for an hour of the week, 0 being Monday 0:00 to 1:00 by the place's own clock.

        Errors
            NoRoads
        """
        hours = self.about().hours
        if not hours:
            raise NoRoads(Profile.CAR)
        return self.graph(Profile.CAR, hours[hour_of_week % HOURS])

    def pristine(self, profile: Profile) -> Graph:
        """What every graph of a profile is made of.

        Errors
            NoRoads
        """
        graph = Graph(profile, self.path / profile / PRISTINE)
        if not self.segments(profile).is_file():
            raise NoRoads(graph.name)
        return graph

    def segments(self, profile: Profile) -> Path:
        """The file of its segments."""
        return self.path / profile / SEGMENTS
