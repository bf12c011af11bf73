"""Variants: a graph with a weighting, always made of the pristine one.

OSRM changes the durations of a graph in place, even where its answer goes elsewhere, and running it again without a
weighting brings nothing back. So a variant is a folder of its own: hard links to the pristine files, copies of the few
that are written to.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from safehand.roads.errors import GraphUnsound, RoadsProgramFailed, VariantExists
from safehand.roads.graphs import STEM, Graph
from safehand.roads.programs import THREADS, Limits, run
from safehand.roads.segments import CLOSED, Segments, Taken, taken_in
from safehand.roads.weighting import Weighting, wanted

WRITTEN = frozenset({"geometry", "datasource_names", "turn_weight_penalties", "turn_duration_penalties"})
"""The pristine files that a customization writes to."""
SPEEDS = "speeds.csv"
DIGITS = 12

type Row = tuple[int, int, float, float]
"""From node, to node, km/h and rate, as `osrm-customize --segment-speed-file` reads them."""


def make_variant(
    pristine: Graph, segments: Segments, weighting: Weighting | None, folder: Path, limits: Limits
) -> Graph:
    """Make a graph of a pristine one; with no weighting, the one in free flow. Whole or not at all.

    The folder must not exist; it appears when the graph is whole. What it takes is read back and held against what was
    asked, segment by segment.

    Errors
        VariantExists
        GraphUnsound        it came out otherwise than asked, or the pristine graph was touched.
        RoadsProgramFailed, RoadsTooLarge
        OSError             the folder cannot be written.
    """
    graph = Graph(pristine.profile, folder)
    if folder.exists():
        raise VariantExists(graph.name)
    making = folder.with_name(f"{folder.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    try:
        _customized(pristine, segments, weighting, Graph(pristine.profile, making), limits)
        making.rename(folder)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    return graph


def _customized(pristine: Graph, segments: Segments, weighting: Weighting | None, graph: Graph, limits: Limits) -> None:
    for file in pristine.folder.iterdir():
        _put(file, graph.folder / file.name)
    before = _state(pristine)
    arguments: list[str | Path] = ["--threads", str(THREADS), "--verbosity", "WARNING", graph.stem]
    speeds = graph.folder / SPEEDS
    asked = None if weighting is None else wanted(segments, weighting)
    if weighting is not None and asked is not None:
        with speeds.open("x", encoding="ascii") as lines:
            lines.writelines(
                f"{a},{b},{kmh:.{DIGITS}g},{rate:.{DIGITS}g}\n" for a, b, kmh, rate in _rows(segments, weighting, asked)
            )
        if speeds.stat().st_size:
            arguments += ["--segment-speed-file", speeds]
    failed = run("osrm-customize", arguments, limits)
    if failed is not None:
        raise RoadsProgramFailed("osrm-customize", failed.said or f"exit {failed.code}")
    speeds.unlink(missing_ok=True)
    if _state(pristine) != before:
        raise GraphUnsound(graph.name, "the pristine graph was written to")
    if weighting is not None and asked is not None:
        _check(segments, weighting, asked, graph)


def _put(file: Path, to: Path) -> None:
    if file.name.removeprefix(f"{STEM}.") not in WRITTEN:
        with suppress(OSError):  # another file system, or one without hard links
            os.link(file, to)
            return
    shutil.copyfile(file, to)


def _state(graph: Graph) -> dict[str, tuple[int, int]]:
    found = {file.name: file.stat() for file in graph.folder.iterdir()}
    return {name: (state.st_size, state.st_mtime_ns) for name, state in found.items()}


def _rows(segments: Segments, weighting: Weighting, asked: Taken) -> Iterator[Row]:
    """What changes. A speed alone would be taken for the rate too: both stand in each row."""
    rows, metres = segments.rows, segments.metres
    kmh, rate = (_quotient(metres, taken) for taken in (asked.duration_ds, asked.weight))
    told = _differs(segments, asked) & ((metres > 0) | weighting.closed)[:, None]
    for column, (begin, end) in enumerate((("from_node", "to_node"), ("to_node", "from_node"))):
        at = np.flatnonzero(told[:, column])
        columns = rows[begin][at], rows[end][at], kmh[at, column] * 3.6, rate[at, column]
        yield from zip(*(column.tolist() for column in columns), strict=True)


def _differs(segments: Segments, asked: Taken) -> npt.NDArray[np.bool_]:
    """Which directions take something else than in the pristine graph: n x 2."""
    rows = segments.rows
    before = (np.stack([rows[f"{way}_{what}"] for way in ("forward", "backward")], axis=1) for what in ("ds", "weight"))
    return np.asarray((asked.duration_ds != next(before)) | (asked.weight != next(before)), np.bool_)


def _quotient(metres: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """Metres a second, or a unit of weight; zero is closed."""
    return np.where(taken >= CLOSED, 0.0, metres[:, None] * 10 / np.maximum(taken, 1))


def _check(segments: Segments, weighting: Weighting, asked: Taken, graph: Graph) -> None:
    """Hold what came out against what was asked."""
    made = taken_in(graph)
    ends = np.sort(np.stack([segments.rows["from_node"], segments.rows["to_node"]], axis=1), axis=1)
    _, at, times = np.unique(ends, axis=0, return_index=True, return_counts=True)
    # Where the map draws a road twice, both get what the one was asked; a length of zero cannot be slowed.
    judged = np.zeros(len(segments), np.bool_)
    judged[at[times == 1]] = True
    judged &= (segments.metres > 0) | weighting.closed
    off = (made.duration_ds != asked.duration_ds) | (made.weight != asked.weight)
    if count := int((off & judged[:, None]).sum()):
        raise GraphUnsound(graph.name, f"{count} of {off.size} directions are not what was asked for")
