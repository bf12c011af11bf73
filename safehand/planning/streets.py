"""Travel on real streets: the road network asked for just the places that a piece needs."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safehand.kernel.geo import DEGREE_E7
from safehand.planning.problem import I64
from safehand.roads.graphs import Profile, RoadFolder
from safehand.roads.network import Network, opened
from safehand.roads.points import PointE7

M_PER_DEGREE = 111_320
MS_PER_S = 1_000


@dataclass(frozen=True, slots=True)
class Streets:
    """Travel between points of a map; `networks[p]` is the network of profile p.

    What cannot be reached is as far as `roads.UNREACHABLE` says: no shift is so long, so nobody is sent there.
    """

    points: tuple[PointE7, ...]
    networks: tuple[Network, ...]

    @property
    def places(self) -> int:
        """How many there are."""
        return len(self.points)

    def between(self, places: I64, profile: int) -> tuple[I64, I64]:
        """See `Travel`. Seconds are rounded up: a stop is never promised before it can be reached."""
        points = [self.points[at] for at in places.tolist()]
        table = self.networks[profile].table(points, points)
        return table.metres.astype(np.int64), -(-table.durations_ms.astype(np.int64) // MS_PER_S)

    def spots(self) -> NDArray[np.float64]:
        """See `Travel`. Metres on a plane that touches the earth amid the points."""
        at = np.array(self.points, np.float64) / DEGREE_E7
        narrowed = np.cos(np.radians(at[:, 0].mean())) if len(at) else 1.0
        return np.column_stack([at[:, 1] * narrowed, at[:, 0]]) * M_PER_DEGREE


def off_the_map(points: Sequence[PointE7], networks: Sequence[Network], depot: int) -> frozenset[int]:
    """Places that no road of any profile is near."""
    off = [set(network.table(points, [points[depot]]).off_origins) for network in networks]
    return frozenset(set.intersection(*off)) if off else frozenset(range(len(points)))


@contextmanager
def streets_of(roads: RoadFolder, points: tuple[PointE7, ...], profiles: int) -> Iterator[Streets]:
    """The streets of a map for the first so many profiles (car, bicycle, foot), open until the end.

    Errors
        NoRoads, GraphUnreadable  a profile that is asked for has no graph.
    """
    with ExitStack() as stack:
        networks = [stack.enter_context(opened(roads.graph(profile))) for profile in tuple(Profile)[:profiles]]
        yield Streets(points, tuple(networks))
