"""A weighting: which segments are slower, averted or closed. Pure; risks, speeds and closures are passed in.

Slower changes how long a segment takes. Averted changes which way is taken and never how long it takes. Closed means
nobody goes there, in either direction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from safehand.kernel.geo import DEGREE_E7
from safehand.roads.errors import WeightingUnusable
from safehand.roads.segments import CLOSED, F64, Rows, Segments, Taken

FACTOR_MIN, FACTOR_MAX = 0.05, 100.0
"""How much quicker or slower than the map says, and how much averted, a segment may be."""
AREAS_MAX = 10_000
CORNERS_MAX = 1_000
PAIRS_MAX = 5_000_000
TENTHS_MIN = 2

type Bools = npt.NDArray[np.bool_]
type Pair = tuple[int, int]
"""A segment by its nodes of the map, in the direction of travel."""


@dataclass(frozen=True, slots=True)
class Area:
    """What lies inside an outline, and what crosses it. Corners (lat_e7, lon_e7), WGS 84."""

    corners_e7: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Ways:
    """Whole ways of the map, by their ids."""

    ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Pieces:
    """Single segments, by their pairs of nodes; both directions are meant."""

    pairs: frozenset[Pair]


type Where = Area | Ways | Pieces


@dataclass(frozen=True, slots=True)
class Weighting:
    """What a variant changes.

    Shapes
        slowness  n x 2, durations are multiplied by it; columns are forward and backward.
        aversion  n x 2, weights are multiplied by it beside that.
        closed    n.
    """

    slowness: F64
    aversion: F64
    closed: Bools


def weighting(
    segments: Segments,
    *,
    slowness: F64 | None = None,
    risk: Mapping[Pair, float] | F64 | None = None,
    avoided: Sequence[tuple[Where, float]] = (),
    closed: Sequence[Where] = (),
) -> Weighting:
    """Put together what is known of the roads of a map.

    Shapes
        slowness  n or n x 2 factors on durations, such as a period of the week has.
        risk      a factor for directed pairs of nodes, or n or n x 2 factors.
        avoided   places with a factor; where several meet, the greatest counts. It multiplies with the risk.
        closed    places.
    Errors
        WeightingUnusable  a pair is no segment, an outline is none, a factor lies beyond its limits. A risk below 1
                           is none: it would attract.
    """
    if len(avoided) + len(closed) > AREAS_MAX:
        raise WeightingUnusable(f"more than {AREAS_MAX} places")
    averted = _risks(segments, risk)
    by_hand = np.ones(len(segments))
    for where, factor in avoided:
        _checked(np.array([factor]), 1.0, "a place to avoid")
        by_hand = np.maximum(by_hand, np.where(inside(segments, where), factor, 1.0))
    shut = np.zeros(len(segments), np.bool_)
    for where in closed:
        shut |= inside(segments, where)
    averted = np.minimum(averted * by_hand[:, None], FACTOR_MAX)
    slow = np.ones((len(segments), 2)) if slowness is None else _spread(segments, slowness)
    return Weighting(_checked(slow, FACTOR_MIN, "a speed"), averted, shut)


def slowness_of(segments: Segments, speeds_kmh: Mapping[Pair, float]) -> F64:
    """Factors on durations out of speeds that were measured on single segments; all others stay as they are.

    Shapes
        -> n x 2, within FACTOR_MIN..FACTOR_MAX.
    Errors
        WeightingUnusable  a pair is no segment, or a speed is not above zero: what is shut is closed, not slow.
    """
    factors = np.ones((len(segments), 2))
    at, direction = _placed(segments, speeds_kmh)
    speeds = np.fromiter(speeds_kmh.values(), np.float64)
    if len(speeds) and not (np.isfinite(speeds).all() and speeds.min() > 0):
        raise WeightingUnusable("a speed is not above zero")
    taken_s = np.stack([segments.rows["forward_ds"], segments.rows["backward_ds"]], axis=1)[at, direction] / 10
    factors[at, direction] = np.clip(
        segments.metres[at] * 3.6 / speeds / np.maximum(taken_s, 0.1), FACTOR_MIN, FACTOR_MAX
    )
    return factors


def inside(segments: Segments, where: Where) -> Bools:
    """Which segments a place means.

    Errors
        WeightingUnusable
    """
    match where:
        case Ways(ids=ids):
            return segments.of_ways(ids)
        case Pieces(pairs=pairs):
            meant = np.zeros(len(segments), np.bool_)
            meant[_placed(segments, pairs)[0]] = True
            return meant
        case Area(corners_e7=corners):
            return _touched(segments.rows, corners)


def wanted(segments: Segments, weighting: Weighting) -> Taken:
    """What every segment should take in the variant, in tenths of a second and in weight.

    Shapes
        -> n x 2; `CLOSED` where nobody may go. What is not changed, or on a line too short to be, is as it was.
    """
    rows = segments.rows
    duration = np.stack([rows["forward_ds"], rows["backward_ds"]], axis=1)
    weight = np.stack([rows["forward_weight"], rows["backward_weight"]], axis=1)
    slow = _scaled(duration, weighting.slowness)
    heavy = _scaled(weight, weighting.slowness * weighting.aversion)
    short = _too_short(rows["line"], slow)
    slow, heavy = np.where(short, duration, slow), np.where(short, weight, heavy)
    shut = weighting.closed[:, None]
    return Taken(*(np.where(shut, CLOSED, taken).astype(np.uint32) for taken in (slow, heavy)))


def _scaled(taken: npt.NDArray[np.uint32], factors: F64) -> F64:
    """Multiplied, in whole tenths. What a factor leaves alone keeps its tenth; what is closed stays closed.

    Rounded along the rows, which follow each road: many pieces take two or three tenths, and rounding each by itself
    would lose most of a factor of 1.1.
    """
    scaled = taken.astype(np.float64)
    for column in range(scaled.shape[1]):
        at = np.flatnonzero((factors[:, column] != 1) & (taken[:, column] < CLOSED))
        ends = np.rint(np.cumsum(scaled[at, column] * factors[at, column]))
        scaled[at, column] = np.clip(np.diff(ends, prepend=0.0), 1, CLOSED - 1)
    return scaled


def _too_short(line: npt.NDArray[np.uint32], slow: F64) -> Bools:
    """Pieces of lines that take less than two tenths a piece: a turn, the rim of a roundabout. They are left alone.

    OSRM 26.10 rounds such a line up to a tenth for each of its nodes once a piece of it is changed, in the shortcuts
    that tables use and nowhere else: tables would say more than routes.
    """
    pieces = np.bincount(line)
    sums = np.stack([np.bincount(line, slow[:, column]) for column in (0, 1)], axis=1)
    return np.asarray((sums < TENTHS_MIN * pieces[:, None])[line], np.bool_)


def _risks(segments: Segments, risk: Mapping[Pair, float] | F64 | None) -> F64:
    if risk is None:
        return np.ones((len(segments), 2))
    if isinstance(risk, np.ndarray):
        return _checked(_spread(segments, risk), 1.0, "a risk")
    factors = np.ones((len(segments), 2))
    at, direction = _placed(segments, risk)
    factors[at, direction] = np.fromiter(risk.values(), np.float64)
    return _checked(factors, 1.0, "a risk")


def _spread(segments: Segments, factors: F64) -> F64:
    """A column for each direction."""
    if factors.shape == (len(segments),):
        factors = np.stack([factors, factors], axis=1)
    if factors.shape != (len(segments), 2):
        raise WeightingUnusable(f"{factors.shape} factors for {len(segments)} segments")
    return factors.astype(np.float64)


def _checked(factors: F64, least: float, what: str) -> F64:
    if factors.size and not (np.isfinite(factors).all() and least <= factors.min() and factors.max() <= FACTOR_MAX):
        raise WeightingUnusable(f"{what} has a factor outside {least:g} to {FACTOR_MAX:g}")
    return factors


def _placed(segments: Segments, pairs: Iterable[Pair]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    asked = list(pairs)
    if len(asked) > PAIRS_MAX:
        raise WeightingUnusable(f"more than {PAIRS_MAX} segments")
    try:
        at, direction = segments.of_pairs(np.array(asked, np.int64).reshape(-1, 2))
    except (OverflowError, ValueError):
        raise WeightingUnusable("a node has no number") from None
    if (at < 0).any():
        begin, end = asked[int(np.argmin(at))]
        raise WeightingUnusable(f"{begin} to {end} is no segment of this map")
    return at, direction


def _touched(rows: Rows, corners_e7: Sequence[Pair]) -> Bools:
    if not 3 <= len(corners_e7) <= CORNERS_MAX:
        raise WeightingUnusable(f"an outline has 3 to {CORNERS_MAX} corners")
    outline = shapely.polygons([(lon_e7 / DEGREE_E7, lat_e7 / DEGREE_E7) for lat_e7, lon_e7 in corners_e7])
    if not shapely.is_valid(outline):
        raise WeightingUnusable("an outline crosses itself")
    west, south, east, north = shapely.bounds(outline) * DEGREE_E7
    lat, lon = ([rows[f"{end}_{axis}_e7"] for end in ("from", "to")] for axis in ("lat", "lon"))
    near = (np.minimum(*lat) <= north) & (np.maximum(*lat) >= south)
    near &= (np.minimum(*lon) <= east) & (np.maximum(*lon) >= west)
    touched = np.zeros(len(rows), np.bool_)
    at = np.flatnonzero(near)
    ends = [np.stack([lon[end][at], lat[end][at]], axis=1) / DEGREE_E7 for end in (0, 1)]
    shapely.prepare(outline)
    touched[at] = shapely.intersects(outline, shapely.linestrings(np.stack(ends, axis=1)))
    return touched
