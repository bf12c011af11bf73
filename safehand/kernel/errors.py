"""Errors: a code for the machine, the facts that disagree, and a status. Words are looked up at the edge.

A class says what went wrong in one sentence and has a `code`; the message catalogue holds its title,
detail and remedy in every language (`kernel/messages/<language>/`). docs/errors.md lists them all.
"""

from typing import ClassVar

type Param = str | int | None

SHOWN_CHARS_MAX = 60  # of somebody's input, in an error


def shown(text: str, most: int = SHOWN_CHARS_MAX) -> str:
    """Hostile text, short and printable, for an error message."""
    plain = "".join(char if char.isprintable() else "?" for char in text[:most])
    return plain + ("…" if len(text) > most else "")


class SafehandError(Exception):
    """What every refusal is. `params` holds the facts that disagree, by name."""

    code: ClassVar[str]
    status: ClassVar[int] = 500
    retry_after_s: int | None = None

    def __init__(self, **params: Param) -> None:
        super().__init__(self.code, params)
        self.params = params

    def __str__(self) -> str:
        said = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code} ({said})" if said else self.code


class Malformed(SafehandError):
    """The request cannot be read."""

    status = 400


class Unauthenticated(SafehandError):
    """Nobody we know asked."""

    status = 401


class Forbidden(SafehandError):
    """Who asked is known, and may not."""

    status = 403


class NotFound(SafehandError):
    """No such thing, or none that the asker may see."""

    status = 404


class Conflict(SafehandError):
    """The request contradicts what is on record."""

    status = 409


class TooLarge(SafehandError):
    """A size is beyond its limit."""

    status = 413


class Invalid(SafehandError):
    """The request can be read and says something impossible."""

    status = 422


class TooMany(SafehandError):
    """Too often, too fast."""

    status = 429
    retry_after_s = 1


class Unavailable(SafehandError):
    """A part we need is down; nothing was stored, and trying again is right."""

    status = 503
    retry_after_s = 2
