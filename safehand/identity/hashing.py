"""How passwords are hashed, and where: apart from the process that serves, in some of its own that give way.

Threads would not do. One that gives way gets the interpreter's lock back at the end of its work, is put aside
again while it holds it, and everybody to whom it gave way waits for it; and 64 MiB taken and given back at each
hash stop a whole process for a moment.
"""

import json
import select
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

SETTINGS = ("time_cost", "memory_cost", "parallelism")
ANSWER_S = 30
COMMAND = (sys.executable, "-m", "safehand.identity.hashing_process")


class HashingEnded(Exception):
    """The process that should hash was ended, or does not answer."""


class Hasher(Protocol):
    """What argon2's `PasswordHasher` does. May be asked by several threads at once."""

    def hash(self, password: str) -> str:
        """A new hash, in the PHC form."""
        ...

    def verify(self, hash: str, password: str) -> bool:
        """True; raises `VerificationError` or `InvalidHashError` otherwise."""
        ...

    def check_needs_rehash(self, hash: str) -> bool:
        """Whether it was made with other settings."""
        ...


def a_hasher() -> PasswordHasher:
    """One of RFC 9106's second recommended memory size (64 MiB)."""
    return PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)


@dataclass(slots=True)
class HashingApart:
    """Asks processes of its own, as many as it is asked by threads at once; one is started when first needed."""

    here: PasswordHasher = field(default_factory=a_hasher)
    command: Sequence[str] = COMMAND
    answer_s: float = ANSWER_S
    _idle: "SimpleQueue[subprocess.Popen[bytes]]" = field(default_factory=SimpleQueue)

    def hash(self, password: str) -> str:
        """As the protocol says.

        Errors
            HashingEnded
        """
        return str(self._ask({"password": password})["hash"])

    def verify(self, hash: str, password: str) -> bool:
        """As the protocol says.

        Errors
            VerifyMismatchError  also for what is no hash.
            HashingEnded
        """
        if self._ask({"password": password, "recorded": hash})["right"] is not True:
            raise VerifyMismatchError("another password, or no hash")
        return True

    def check_needs_rehash(self, hash: str) -> bool:
        """As the protocol says; that takes no work."""
        return self.here.check_needs_rehash(hash)

    def close(self) -> None:
        """End those that are idle: all, when nobody asks any more."""
        with suppress(Empty):
            while True:
                _end(self._idle.get_nowait())

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        sent = (json.dumps(question | {"settings": self._settings()}, ensure_ascii=False) + "\n").encode()
        with suppress(Empty, HashingEnded):  # one that has idled may have been ended meanwhile, for its memory
            return self._answered(self._idle.get_nowait(), sent)
        return self._answered(subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE), sent)

    def _settings(self) -> dict[str, int]:
        return {name: getattr(self.here, name) for name in SETTINGS}

    def _answered(self, child: "subprocess.Popen[bytes]", sent: bytes) -> dict[str, Any]:
        try:
            line = _exchange(child, sent, self.answer_s)
        except BaseException:
            _end(child)
            raise
        self._idle.put(child)
        said: dict[str, Any] = json.loads(line)
        return said


def _exchange(child: "subprocess.Popen[bytes]", sent: bytes, within_s: float) -> bytes:
    asked, answered = child.stdin, child.stdout
    assert asked is not None  # noqa: S101 - a pipe
    assert answered is not None  # noqa: S101 - a pipe
    try:
        asked.write(sent)
        asked.flush()
    except OSError as error:
        raise HashingEnded(str(error)) from None
    waiting = select.poll()
    waiting.register(answered, select.POLLIN)
    line = answered.readline() if waiting.poll(within_s * 1_000) else b""
    if not line.endswith(b"\n"):
        raise HashingEnded("it ended" if child.poll() is not None else "no answer")
    return line


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.kill()
    with suppress(OSError):  # what it was told and never read
        child.communicate()
