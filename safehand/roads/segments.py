"""Segments: every piece of road between two nodes of the map, with what the graph knows of it."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt
import osmium

from safehand.roads.archives import Archive
from safehand.roads.errors import GraphUnreadable
from safehand.roads.graphs import STEM, Graph

DS_MS = 100
"""The graph counts tenths of a second."""
CLOSED = (1 << 22) - 1
"""What stands for a duration and a weight where nobody may go: OSRM's INVALID_SEGMENT_DURATION."""
NODES_MAX = 200_000_000
RULER_STEP_E6 = 50_000
EQUATOR_M, FLATTENING = 6_378_137.0, 1 / 298.257223563

type F64 = npt.NDArray[np.float64]
type I64 = npt.NDArray[np.int64]
type Rows = npt.NDArray[np.void]


class RoadClass(IntEnum):
    """What kind of road a segment is of, as the map tags it."""

    OTHER = 0
    MOTORWAY = 1
    TRUNK = 2
    PRIMARY = 3
    SECONDARY = 4
    TERTIARY = 5
    RESIDENTIAL = 6


CLASSES = {
    "motorway": RoadClass.MOTORWAY,
    "trunk": RoadClass.TRUNK,
    "primary": RoadClass.PRIMARY,
    "secondary": RoadClass.SECONDARY,
    "tertiary": RoadClass.TERTIARY,
    "unclassified": RoadClass.TERTIARY,
    "residential": RoadClass.RESIDENTIAL,
    "living_street": RoadClass.RESIDENTIAL,
}
"""The map's `highway`; a link counts as what it leads to."""

ROW = np.dtype(
    [("from_node", "<i8"), ("to_node", "<i8"), ("way", "<i8"), ("kind", "u1"), ("line", "<u4")]
    + [(f"{end}_{axis}_e7", "<i4") for end in ("from", "to") for axis in ("lat", "lon")]
    + [(f"{way}_{what}", "<u4") for way in ("forward", "backward") for what in ("ds", "weight")]
)


@dataclass(frozen=True, slots=True)
class Segments:
    """The segments of one profile.

    Shapes
        rows  n rows of `ROW`: the nodes of the map at both ends, the way of the map that it is of (0 if none is known),
              its class, the line between two crossings that it is a piece of, where its ends are (degrees x 10^7), and
              what it takes forward and backward: tenths of a second, and the weight that the profile gives it. What may
              not be driven has values too: they are never asked.
    """

    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def metres(self) -> F64:
        """How long each is, as the graph measures it."""
        return ruler_m(*(self.rows[f"{end}_{axis}_e7"] // 10 for end in ("from", "to") for axis in ("lat", "lon")))

    def of_pairs(self, pairs: I64) -> tuple[I64, I64]:
        """Where directed pairs of nodes stand.

        Shapes
            pairs  m x 2, nodes of the map.
            ->     m rows, -1 for a pair that is no segment; and m directions, 0 forward and 1 backward.
        """
        nodes, keys = np.unique(np.concatenate([self.rows["from_node"], self.rows["to_node"]])), len(self.rows)
        if not keys:
            return np.full(len(pairs), -1), np.zeros(len(pairs), np.int64)
        forward = _key(nodes, self.rows["from_node"], self.rows["to_node"])
        backward = _key(nodes, self.rows["to_node"], self.rows["from_node"])
        both = np.concatenate([forward, backward])
        order = np.argsort(both, kind="stable")
        asked = _key(nodes, pairs[:, 0], pairs[:, 1])
        at = np.minimum(np.searchsorted(both[order], asked), 2 * keys - 1)
        found = order[at]
        missing = (both[found] != asked) | (asked < 0)
        return np.where(missing, -1, found % keys), np.where(missing, 0, found // keys)

    def of_ways(self, ways: Iterable[int]) -> npt.NDArray[np.bool_]:
        """Which segments belong to one of those ways of the map."""
        return np.isin(self.rows["way"], np.fromiter(ways, np.int64))

    def save(self, path: Path) -> None:
        """Write them. Not durable yet."""
        with path.open("xb") as file:
            np.save(file, self.rows, allow_pickle=False)

    @classmethod
    def load(cls, path: Path) -> "Segments":
        """Read them, mapped: only what is asked comes into memory.

        Errors
            GraphUnreadable
        """
        try:
            rows = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise GraphUnreadable(path.name, str(error)) from None
        if rows.dtype != ROW:
            raise GraphUnreadable(path.name, "another version wrote it")
        return cls(rows)


@dataclass(frozen=True, slots=True)
class Taken:
    """What each segment takes in one graph, forward and backward: n x 2."""

    duration_ds: npt.NDArray[np.uint32]
    weight: npt.NDArray[np.uint32]


def taken_in(graph: Graph) -> Taken:
    """What every segment takes in a graph, in the order of its `Segments`.

    Errors
        GraphUnreadable
    """
    geometry = Archive(graph.folder / f"{STEM}.geometry")
    at, _ = _pieces(geometry, graph)
    said = {name: geometry.packed(f"common/segment_data/{name}") for name in _PACKED}
    return Taken(
        *(
            np.stack([said[f"forward_{what}"][at + 1], said[f"reverse_{what}"][at]], axis=1).astype(np.uint32)
            for what in ("durations", "weights")
        )
    )


_PACKED = [f"{way}_{what}" for way in ("forward", "reverse") for what in ("weights", "durations")]


def read_segments(pristine: Graph, source: Path) -> Segments:
    """The segments of a graph that was just partitioned, with classes and ways out of the map.

    The durations come from the graph: how fast a profile takes a road follows from dozens of tags, and is written down
    nowhere else.

    Errors
        GraphUnreadable
        RuntimeError  osmium cannot read the map.
    """
    geometry = Archive(pristine.folder / f"{STEM}.geometry")
    at, nodes = _pieces(geometry, pristine)
    taken = taken_in(pristine)
    positions = Archive(pristine.folder / f"{STEM}.nbg_nodes")
    places_e6 = positions.plain("common/nbn_data/coordinates", "<i4").reshape(-1, 2)
    names = positions.packed("common/nbn_data/osm_node_ids").astype(np.int64)
    rows = np.zeros(len(at), ROW)
    for end, index in (("from", nodes[at]), ("to", nodes[at + 1])):
        rows[f"{end}_node"] = names[index]
        rows[f"{end}_lon_e7"], rows[f"{end}_lat_e7"] = (places_e6[index, axis].astype(np.int32) * 10 for axis in (0, 1))
    for column, way in enumerate(("forward", "backward")):
        rows[f"{way}_ds"], rows[f"{way}_weight"] = taken.duration_ds[:, column], taken.weight[:, column]
    rows["line"] = np.searchsorted(geometry.plain("common/segment_data/index", "<u4"), at, "right") - 1
    _classify(rows, source)
    return Segments(rows)


def _pieces(geometry: Archive, graph: Graph) -> tuple[I64, npt.NDArray[np.uint32]]:
    """Where segments begin in the list of nodes, and that list. Zero-length loops (lights, barriers) are left out."""
    index = geometry.plain("common/segment_data/index", "<u4").astype(np.int64)
    nodes = geometry.plain("common/segment_data/nodes", "<u4").astype(np.uint32)
    if len(nodes) > NODES_MAX or not len(index) or index[-1] != len(nodes):
        raise GraphUnreadable(graph.name, f"{len(nodes)} nodes in {len(index)} lines")
    last = np.zeros(len(nodes), np.bool_)
    last[index[1:] - 1] = True
    at = np.flatnonzero(~last)
    return at[nodes[at] != nodes[at + 1]], nodes


def _classify(rows: Rows, source: Path) -> None:
    """Write way and class of each segment."""
    refs, ways, kinds = array("q"), array("q"), array("B")
    first = array("b")
    for way in osmium.FileProcessor(str(source), osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("highway")):
        kind = CLASSES.get(way.tags["highway"].removesuffix("_link"), RoadClass.OTHER)
        along = [node.ref for node in way.nodes] if isinstance(way, osmium.osm.Way) else []
        if len(refs) + len(along) > NODES_MAX:
            raise GraphUnreadable(source.name, f"more than {NODES_MAX} nodes of roads")
        refs.extend(along)
        ways.extend([way.id] * len(along))
        kinds.extend([kind] * len(along))
        first.extend([1] + [0] * (len(along) - 1) if along else [])
    nodes = np.frombuffer(refs, np.int64) if refs else np.zeros(0, np.int64)
    if len(nodes) < 2 or not len(rows):
        return
    within = np.frombuffer(first, np.int8)[1:] == 0
    pairs = np.stack([nodes[:-1][within], nodes[1:][within]], axis=1)
    at, _ = Segments(rows).of_pairs(pairs)
    known = at >= 0
    rows["way"][at[known]] = np.frombuffer(ways, np.int64)[1:][within][known]
    rows["kind"][at[known]] = np.frombuffer(kinds, np.uint8)[1:][within][known]


def _key(nodes: I64, begin: I64, end: I64) -> I64:
    """One number for a directed pair; -1 where a node is unknown."""
    parts = []
    for asked in (begin, end):
        at = np.minimum(np.searchsorted(nodes, asked), len(nodes) - 1)
        parts.append(np.where(nodes[at] == asked, at, -1))
    return np.where((parts[0] < 0) | (parts[1] < 0), -1, parts[0] * len(nodes) + parts[1])


def ruler_m(lat_e6: I64, lon_e6: I64, to_lat_e6: I64, to_lon_e6: I64) -> F64:
    """Lengths as the graph measures segments, so that a duration asked for is the duration that comes out.

    Shapes
        n coordinates each, degrees x 10^6.
        -> n metres.
    Accuracy
        To the tenth of a second of every segment of a real map (`tests/roads/test_variants.py`).
    Source
        OSRM 26.10, src/util/coordinate_calculation.cpp: mapbox's cheap ruler on the ellipsoid of WGS 84, one for every
        twentieth of a degree.
    """
    middle = (np.asarray(lat_e6, np.int64) + np.asarray(to_lat_e6, np.int64)) / 2
    step = np.maximum(np.abs(middle.astype(np.int64)) - 1, 0) // RULER_STEP_E6
    cos = np.cos(np.radians(RULER_STEP_E6 * (step + 0.5) / 1e6))
    eccentric = FLATTENING * (2 - FLATTENING)
    w2 = 1 / (1 - eccentric * (1 - cos * cos))
    unit = np.radians(1) * EQUATOR_M
    x = (np.asarray(to_lon_e6, np.float64) - lon_e6) / 1e6 * unit * np.sqrt(w2) * cos
    y = (np.asarray(to_lat_e6, np.float64) - lat_e6) / 1e6 * unit * w2 * np.sqrt(w2) * (1 - eccentric)
    return np.asarray(np.hypot(x, y), np.float64)
