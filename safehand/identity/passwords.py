"""Passwords: which are good enough, and how one is checked without bringing the machine down.

Source
    Length and list: NIST SP 800-63B-4 section 3.1.1, OWASP ASVS 5.0 section 6.2. No rules about character
    classes, no expiry. Argon2id: RFC 9106.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.resources import files

from argon2.exceptions import InvalidHashError, VerificationError

from safehand.identity.errors import PasswordCommon, PasswordTooLong, PasswordTooShort, SignInBusy
from safehand.identity.hashing import Hasher, HashingEnded, a_hasher

PASSWORD_CHARS_MIN = 12
PASSWORD_CHARS_MAX = 256
REPEATED_UNIT_MAX = 4  # `abcabcabcabc` is one short unit, again and again
AROUND_MAX = 4  # `password2026` is a common one with four signs around it
HASHING_AT_ONCE = 2  # 64 MiB and one core each
WAITING_MAX = 32  # behind those; then SignInBusy


def check_new_password(password: str, login: str) -> None:
    """Refuse a password that is guessed first.

    Errors
        PasswordTooShort, PasswordTooLong, PasswordCommon
    """
    plain = unicodedata.normalize("NFKC", password)
    if len(plain) < PASSWORD_CHARS_MIN:
        raise PasswordTooShort(length=len(plain), at_least=PASSWORD_CHARS_MIN)
    if max(len(plain), len(password)) > PASSWORD_CHARS_MAX:
        raise PasswordTooLong(at_most=PASSWORD_CHARS_MAX)
    folded = plain.casefold()
    without_login = folded.replace(login.casefold(), "") if login else folded
    if (
        folded in _common()
        or _repeats(folded)
        or _made_of_common(folded)
        or len(without_login) < PASSWORD_CHARS_MIN // 2
    ):
        raise PasswordCommon()


@dataclass(slots=True)
class Passwords:
    """Hashes and checks passwords, a few at a time, outside the event loop.

    The work takes a fifth of a second and 64 MiB, so a storm of sign-ins is queued up to a bound and then
    turned away. Where others are served, `hasher` does it apart from them (hashing.py).
    """

    hasher: Hasher = field(default_factory=a_hasher)
    _threads: ThreadPoolExecutor = field(default_factory=partial(ThreadPoolExecutor, HASHING_AT_ONCE, "hashing"))
    _slots: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, HASHING_AT_ONCE))
    _waiting: int = 0
    _nobodys_hash: str | None = None

    async def hash(self, password: str) -> str:
        """A new hash with a salt of its own, in the PHC form.

        Errors
            SignInBusy
        """
        return await self._in_turn(partial(self.hasher.hash, _as_stored(password)))

    async def matches(self, password: str, recorded: str | None) -> bool:
        """Whether the password is the one that was hashed.

        With `recorded` None (there is no such login) the same work is done and the answer is no, so that the
        time taken does not tell which logins exist.

        Errors
            SignInBusy
        """
        if len(password) > PASSWORD_CHARS_MAX:
            return False  # decided by the length that was sent, so it tells nothing about any login
        if self._nobodys_hash is None:  # before the two ways part, so that the first caller takes as long on either
            self._nobodys_hash = await self.hash("nobody has this password")
        right = await self._in_turn(partial(self._verify, recorded or self._nobodys_hash, password))
        return right and recorded is not None

    def outdated(self, recorded: str) -> bool:
        """Whether a hash was made with other settings than today's, and should be made anew at sign-in."""
        return self.hasher.check_needs_rehash(recorded)

    def _verify(self, recorded: str, password: str) -> bool:
        try:
            return self.hasher.verify(recorded, _as_stored(password))
        except (VerificationError, InvalidHashError, UnicodeError):
            return False

    async def _in_turn[T](self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING_MAX:
            raise SignInBusy()
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        try:
            running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        except BaseException:
            self._slots.release()
            raise
        # A client that hangs up does not stop the thread: the slot comes free when the work has really ended.
        running.add_done_callback(lambda _: self._slots.release())
        try:
            return await asyncio.shield(running)
        except HashingEnded as error:
            raise SignInBusy() from error


def _as_stored(password: str) -> str:
    """One form for one password, whichever keyboard composed its accents."""
    return unicodedata.normalize("NFKC", password)


def _repeats(text: str) -> bool:
    return any(text == (text[:unit] * len(text))[: len(text)] for unit in range(1, REPEATED_UNIT_MAX + 1))


def _made_of_common(text: str) -> bool:
    """Whether it is one common password with up to AROUND_MAX signs around it, or two of them in a row."""
    parts, length = _listed("common_parts.txt"), len(text)
    around = ((start, length - end) for start in range(AROUND_MAX + 1) for end in range(AROUND_MAX + 1 - start))
    if any(text[start:end] in parts for start, end in around):
        return True
    return any(text[:cut] in parts and text[cut:] in parts for cut in range(1, length))


def _common() -> frozenset[str]:
    return _listed("common_passwords.txt")


@cache
def _listed(name: str) -> frozenset[str]:
    listed = (files("safehand.identity") / name).read_text("utf-8")
    return frozenset(line for line in listed.splitlines() if line and not line.startswith("#"))
