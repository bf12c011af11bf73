"""The ground: the cells of a study area, who lies near whom, and averages over neighbours."""

import math
from dataclasses import dataclass, field
from functools import cached_property

import h3
import h3.api.numpy_int as grid
import numpy as np
import numpy.typing as npt

from safehand.kernel.geo import EARTH_RADIUS_M
from safehand.risk.errors import RecordTooLarge

type F64 = npt.NDArray[np.float64]
type I64 = npt.NDArray[np.int64]
type U64 = npt.NDArray[np.uint64]

AREA_RESOLUTION = 8
"""Whether a place is looked at at all is decided in cells of this size (0.74 km2)."""
CELLS_MAX = 300_000
REACH = 3
"""A kernel ends at so many bandwidths."""
FINE = 0.8
"""A bandwidth is averaged on cells whose spacing is at most this part of it, or on the finest there are."""


def cells_of(lat: F64, lon: F64, resolution: int) -> U64:
    """The cell of each place."""
    pairs = zip(lat.tolist(), lon.tolist(), strict=True)
    return np.fromiter((grid.latlng_to_cell(a, b, resolution) for a, b in pairs), np.uint64, len(lat))


def parents_of(cells: U64, resolution: int) -> U64:
    """The larger cell that each cell lies in."""
    distinct, back = np.unique(cells, return_inverse=True)
    above = np.fromiter((grid.cell_to_parent(cell, resolution) for cell in distinct.tolist()), np.uint64, len(distinct))
    return above[back]


def spacing_m(resolution: int) -> float:
    """From one cell's middle to the next, on average."""
    return math.sqrt(3) * float(h3.average_hexagon_edge_length(resolution, unit="m"))


@dataclass(frozen=True, slots=True)
class Averaged:
    """A sum over neighbours, and how much of it each cell gave to itself."""

    near: F64
    own: F64


@dataclass(frozen=True)
class Mesh:
    """Cells of one size, in order."""

    cells: U64
    resolution: int
    _kernels: dict[int, "Kernel"] = field(default_factory=dict)

    @cached_property
    def middles(self) -> F64:
        """Shape n x 3, metres from the middle of the earth: no seam at any meridian, none at a pole."""
        degrees = np.array([grid.cell_to_latlng(cell) for cell in self.cells.tolist()], np.float64).reshape(-1, 2)
        lat, lon = np.radians(degrees).T
        return EARTH_RADIUS_M * np.stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)), axis=1)

    def index(self, cells: U64) -> I64:
        """Where each cell stands here; -1 for those that are not."""
        if not len(self.cells):
            return np.full(len(cells), -1, np.int64)
        found = np.minimum(np.searchsorted(self.cells, cells), len(self.cells) - 1)
        return np.where(self.cells[found] == cells, found, -1).astype(np.int64)

    def kernel(self, bandwidth_m: int) -> "Kernel":
        """Gaussian weights between neighbours, made once."""
        if bandwidth_m not in self._kernels:
            self._kernels[bandwidth_m] = self._made(bandwidth_m)
        return self._kernels[bandwidth_m]

    def _made(self, bandwidth_m: int) -> "Kernel":
        rings = max(1, math.ceil(REACH * bandwidth_m / spacing_m(self.resolution)))
        found = [self.index(grid.grid_disk(cell, rings)) for cell in self.cells.tolist()]
        rows = np.repeat(np.arange(len(self.cells)), [len(one) for one in found])
        columns = np.concatenate(found) if found else np.zeros(0, np.int64)
        rows, columns = rows[columns >= 0], columns[columns >= 0]
        away = self.middles[rows] - self.middles[columns]
        squared = np.einsum("ij,ij->i", away, away)
        kept = squared <= (REACH * bandwidth_m) ** 2
        weights = np.exp(squared[kept] / (-2 * bandwidth_m**2))
        return Kernel(len(self.cells), rows[kept].astype(np.int32), columns[kept].astype(np.int32), weights)


@dataclass(frozen=True, slots=True)
class Kernel:
    """Weights between neighbours; one's own is 1."""

    size: int
    rows: npt.NDArray[np.int32]
    columns: npt.NDArray[np.int32]
    weights: F64

    def sum(self, values: F64) -> F64:
        """Each cell's weighted sum over its neighbours and itself."""
        return np.bincount(self.rows, self.weights * values[self.columns], self.size)


@dataclass(frozen=True)
class Ground:
    """The cells of the largest study area, with the larger cells above them."""

    mesh: Mesh
    _above: dict[int, tuple[Mesh, I64]] = field(default_factory=dict)

    @staticmethod
    def around(cells: U64, resolution: int) -> "Ground":
        """Every cell of this resolution whose parent at AREA_RESOLUTION holds one of these.

        Cells larger than that parent are looked at where they hold one themselves.

        Errors
            RecordTooLarge  more than CELLS_MAX cells.
        """
        if resolution <= AREA_RESOLUTION:
            return Ground(Mesh(np.unique(cells), resolution))
        parents = np.unique(parents_of(cells, AREA_RESOLUTION))
        if len(parents) * 7 ** (resolution - AREA_RESOLUTION) > CELLS_MAX:
            raise RecordTooLarge("cells", CELLS_MAX, "take larger cells (a smaller --cell), or one town at a time")
        below = [grid.cell_to_children(parent, resolution) for parent in parents.tolist()]
        return Ground(Mesh(np.sort(np.concatenate(below)) if below else parents, resolution))

    def __len__(self) -> int:
        return len(self.mesh.cells)

    def area(self, places: I64) -> F64:
        """1 for each cell that is looked at once incidents at these places are known, 0 for the others."""
        resolution = min(self.mesh.resolution, AREA_RESOLUTION)
        parents, up = self.above(resolution)
        known = np.zeros(len(parents.cells))
        known[up[places]] = 1
        return known[up]

    def above(self, resolution: int) -> tuple[Mesh, I64]:
        """The larger cells, and in which of them each cell lies."""
        if resolution not in self._above:
            if resolution == self.mesh.resolution:
                self._above[resolution] = (self.mesh, np.arange(len(self)))
            else:
                cells, up = np.unique(parents_of(self.mesh.cells, resolution), return_inverse=True)
                self._above[resolution] = (Mesh(cells, resolution), up.astype(np.int64))
        return self._above[resolution]

    def averaged(self, values: F64, exposure: F64, bandwidth_m: int) -> Averaged:
        """Values per exposure in the neighbourhood of each cell, times its own exposure.

        Shapes
            values, exposure  n, >= 0; no value where there is no exposure.
            ->                n.
        """
        resolution = self.mesh.resolution
        while resolution > 0 and spacing_m(resolution - 1) <= FINE * bandwidth_m:
            resolution -= 1
        mesh, up = self.above(resolution)
        kernel = mesh.kernel(bandwidth_m)
        around = kernel.sum(np.bincount(up, exposure, len(mesh.cells)))
        share = np.divide(1.0, around, out=np.zeros_like(around), where=around > 0)
        summed = kernel.sum(np.bincount(up, values, len(mesh.cells)))
        return Averaged((summed * share)[up] * exposure, share[up] * exposure)
