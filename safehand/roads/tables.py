"""Tables: how long and how far it is from each of many points to each of many, as arrays of whole numbers."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

UNREACHABLE = 1_000_000_000
"""Milliseconds, or metres, where no way leads. So long that nobody plans with it, and two still add up in an int32."""
ASK_CELLS = 1_000_000
"""Cells of one block of rows: each takes some 250 bytes until it is read."""
POINTS_MAX = 50_000
CELLS_MAX = 100_000_000
"""800 MB of answer: a fleet of ten thousand stops."""
MS, M = 1_000, 1

type I32 = npt.NDArray[np.int32]
type F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Table:
    """From each origin (a row) to each destination (a column).

    Shapes
        durations_ms, metres            n x m; `UNREACHABLE` where no way leads, or an end is off the network.
        off_origins, off_destinations   indices of points farther than SNAP_M_MAX from any road.
    """

    durations_ms: I32
    metres: I32
    off_origins: tuple[int, ...]
    off_destinations: tuple[int, ...]


def numbers_of(told: Any, rows: int, columns: int) -> F64:
    """The engine's lists of lists as an array; nan where it says nothing.

    Cost
        45 ns a cell, of which 36 are the engine's own making of Python floats. Row by row by its number: going through
        all rows copies the table first, and takes 85. numpy.fromiter takes 55, a list of lists 94, the engine's text
        read again 230. It has no buffer to offer, and its flatbuffers do not reach Python.
    """
    line = struct.Struct(f"{columns}d")
    packed = bytearray(rows * line.size)
    for row in range(rows):
        try:
            line.pack_into(packed, row * line.size, *told[row])
        except struct.error:  # a cell is None
            packed[row * line.size : (row + 1) * line.size] = np.array(list(told[row]), np.float64).tobytes()
    return np.frombuffer(packed, np.float64).reshape(rows, columns)


def whole(numbers: F64, unit: int, to: I32) -> None:
    """Write numbers in whole units, `UNREACHABLE` for nan. The numbers are used up."""
    numbers *= unit
    np.rint(numbers, out=numbers)
    np.nan_to_num(numbers, copy=False, nan=UNREACHABLE)
    np.minimum(numbers, UNREACHABLE, out=numbers)
    to[:] = numbers
