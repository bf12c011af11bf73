"""What a person at the terminal is told, on standard error. Nobody reading it, or no room for it, ends no work."""

import sys
from contextlib import suppress

from safehand.kernel.catalogue import Catalogue
from safehand.kernel.errors import SafehandError


def tell(line: str) -> None:
    """Say one line."""
    with suppress(OSError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def explained(words: Catalogue, error: SafehandError) -> str:
    """What went wrong, why, and what to do: three lines."""
    parts = (words.say(f"{error.code}.{part}", **error.params) for part in ("title", "detail", "remedy"))
    return "\n  ".join(parts)


def in_one_line(words: Catalogue, error: SafehandError) -> str:
    """What disagrees, as one line for a verdict."""
    return words.say(f"{error.code}.detail", **error.params).replace("\n", " ")
