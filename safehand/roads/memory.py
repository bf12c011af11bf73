"""Memory that is kept between questions: a table of a million cells comes and goes as 120 MB in small pieces."""

import ctypes
from contextlib import suppress

KEPT_BYTES = 256 * 1024 * 1024
"""What a process that asks roads may keep of what it freed. A block of rows (`ASK_CELLS`) needs no more."""
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


def keep_memory() -> None:
    """Have the C library keep freed memory up to KEPT_BYTES, for this process.

    By default it gives it back after each answer, and the kernel clears every page anew for the next: 7 % of the
    time that a table takes. A C library other than glibc decides for itself.

    Source
        mallopt(3).
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        library.mallopt(M_MMAP_THRESHOLD, KEPT_BYTES // 4)
