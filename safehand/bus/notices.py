"""The port: notices by subject, and the in-process bus for tests and for a single process.

A subject is words joined by dots (`parcel.pcl_01`); a watcher may use `*` for one word and a last `>` for
all that follow.
"""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

NOTICE_BYTES_MAX = 65_536
WAITING_MAX = 1_000  # notices a slow watcher may lag behind before it is told to read again
SUBJECT = re.compile(r"[A-Za-z0-9_-]{1,80}(\.[A-Za-z0-9_-]{1,80}){0,9}")
PATTERN = re.compile(r"([A-Za-z0-9_-]{1,80}|\*)(\.([A-Za-z0-9_-]{1,80}|\*)){0,9}(\.>)?|>")


@dataclass(frozen=True, slots=True)
class Notice:
    """A hint. With `missed`, others may have been lost before it: read again what you show."""

    subject: str
    data: bytes
    missed: bool = False


class Bus(Protocol):
    """Where notices go and come from."""

    @property
    def healthy(self) -> bool:
        """Whether notices get through now."""
        ...

    def publish(self, subject: str, data: bytes = b"") -> None:
        """Tell whoever watches. Never waits and never raises; what cannot be sent is dropped and counted."""
        ...

    def subscribe(self, pattern: str) -> AbstractAsyncContextManager[AsyncIterator[Notice]]:
        """Watch: inside the context, iterate over what is published to matching subjects from now on.

        Errors
            ValueError  the pattern is none.
        """
        ...


@dataclass(slots=True, eq=False)
class Watch:
    """One watcher's queue: bounded, and honest about what it dropped."""

    pattern: str
    waiting_max: int = WAITING_MAX
    _waiting: deque[Notice] = field(default_factory=deque)
    _missed: bool = False
    _filled: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, notice: Notice) -> None:
        """Queue a notice; a watcher that is too slow loses them all and is told so with the next."""
        if len(self._waiting) >= self.waiting_max:
            self._waiting.clear()
            self._missed = True
        self._waiting.append(notice)
        self._filled.set()

    def tell_missed(self) -> None:
        """Say that notices may have been lost, even if no other ever comes."""
        self._missed = True
        self._filled.set()

    async def __aiter__(self) -> AsyncIterator[Notice]:
        """The notices, in order, for as long as one asks."""
        while True:
            if self._missed:  # before anything newer, wherever the watcher had got to
                self._missed = False
                yield Notice("", b"", missed=True)
            elif self._waiting:
                yield self._waiting.popleft()
            else:
                self._filled.clear()
                await self._filled.wait()


@dataclass(slots=True)
class LocalBus:
    """The bus of one process: nothing leaves it, and nothing is lost while the watcher keeps up."""

    dropped: int = 0
    _watches: set[Watch] = field(default_factory=set)

    @property
    def healthy(self) -> bool:
        """Always."""
        return True

    def publish(self, subject: str, data: bytes = b"") -> None:
        """Tell every matching watcher."""
        if not is_sendable(subject, data):
            self.dropped += 1
            return
        for watch in self._watches:
            if matches(watch.pattern, subject):
                watch.offer(Notice(subject, data))

    @asynccontextmanager
    async def subscribe(self, pattern: str) -> AsyncIterator[AsyncIterator[Notice]]:
        """Watch."""
        watch = Watch(checked(pattern))
        self._watches.add(watch)
        try:
            yield aiter(watch)
        finally:
            self._watches.discard(watch)


def is_sendable(subject: str, data: bytes) -> bool:
    """Whether this can be a notice at all."""
    return SUBJECT.fullmatch(subject) is not None and len(data) <= NOTICE_BYTES_MAX


def checked(pattern: str) -> str:
    """The pattern, if it is one.

    Errors
        ValueError  it is none.
    """
    if not PATTERN.fullmatch(pattern):
        raise ValueError(f"no pattern of subjects: {pattern[:100]!r}")
    return pattern


def matches(pattern: str, subject: str) -> bool:
    """Whether a subject falls under a pattern."""
    wanted, words = pattern.split("."), subject.split(".")
    for place, want in enumerate(wanted):
        if want == ">":
            return len(words) > place
        if place >= len(words) or want not in ("*", words[place]):
            return False
    return len(wanted) == len(words)
