"""Arrays out of OSRM's own files: each is a tar archive of plain or bit-packed numbers.

Source
    OSRM 26.10, include/storage/tar.hpp and include/util/packed_vector.hpp: blocks of 64 numbers of one width lie bit
    after bit in little-endian words; one block more than are full. What a customized graph has in it can be read
    nowhere else.
"""

import tarfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from safehand.roads.errors import GraphUnreadable

BLOCK = 64
BITS_MAX = 56
"""A number of up to so many bits lies within eight bytes wherever it begins."""
CHUNK = 1 << 20
MEMBER_BYTES_MAX = 16 * 1024**3

type U64 = npt.NDArray[np.uint64]


class Archive:
    """One file of a graph, read member by member."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def plain(self, name: str, dtype: str) -> npt.NDArray[np.generic]:
        """Numbers as they lie.

        Errors
            GraphUnreadable  the file or the member is missing or broken.
        """
        return np.frombuffer(self._bytes(name), np.dtype(dtype))

    def packed(self, name: str) -> U64:
        """Numbers of a width that follows from their count and their bytes.

        Errors
            GraphUnreadable
        """
        count = int(self.plain(f"{name}/number_of_elements.meta", "<u8")[0])
        return unpacked(self._bytes(f"{name}/packed"), count, self.path)

    def _bytes(self, name: str) -> bytes:
        try:
            with tarfile.open(self.path, "r:") as archive:
                for member in archive:
                    if member.name.lstrip("/") == name and member.size <= MEMBER_BYTES_MAX:
                        found = archive.extractfile(member)
                        if found is not None:
                            return found.read()
        except (OSError, tarfile.TarError) as error:
            raise GraphUnreadable(self.path.name, str(error)) from None
        raise GraphUnreadable(self.path.name, f"it has no {name}")


def unpacked(packed: bytes, count: int, path: Path) -> U64:
    """Numbers of equal width, out of their bits.

    Errors
        GraphUnreadable  bytes and count do not go together.
    """
    if count == 0:
        return np.zeros(0, np.uint64)
    bits, rest = divmod(len(packed) * 8, (count // BLOCK + 1) * BLOCK)
    if rest or not 0 < bits <= BITS_MAX:
        raise GraphUnreadable(path.name, f"{len(packed)} bytes for {count} numbers")
    raw = np.frombuffer(packed + bytes(8), np.uint8)
    windows = np.lib.stride_tricks.sliding_window_view(raw, 8)
    numbers = np.empty(count, np.uint64)
    mask = np.uint64((1 << bits) - 1)
    for begin in range(0, count, CHUNK):
        at = np.arange(begin, min(count, begin + CHUNK), dtype=np.int64) * bits
        words = np.ascontiguousarray(windows[at >> 3]).view("<u8")[:, 0]
        numbers[begin : begin + len(at)] = (words >> (at & 7).astype(np.uint64)) & mask
    return numbers
