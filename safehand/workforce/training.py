"""Training: a driver begins a quiz, answers it once, and is certified or reads on.

What was answered lies in the vault and goes with its term. The attempts themselves are forgotten after it as well:
nobody is to be followed for years by a quiz that went wrong. What stays is the certificate.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from safehand.identity.errors import NotYours
from safehand.identity.model import PartyKind, Principal
from safehand.kernel.ids import CertificateId, PartyId, UserId, is_id, new_id
from safehand.store.database import Record, Tx
from safehand.vault.vault import Kind
from safehand.workforce.commands import DriverDesk
from safehand.workforce.course import (
    ATTEMPTS_MAX,
    ATTEMPTS_WITHIN_MS,
    QUIZ_MS,
    SEED_BYTES,
    Asked,
    Course,
    paper,
    right_count,
)
from safehand.workforce.errors import AttemptOver, AttemptsUsed, NoSuchAttempt, NotEngaged
from safehand.workforce.shelf import Shelf

ATTEMPT = "atm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A quiz that lies before somebody. `left` is how many more may be begun today."""

    id: str
    course: Course
    paper: tuple[Asked, ...]
    until_ms: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """How a quiz went."""

    course: Course
    right: int
    certificate: CertificateId | None
    """None if it was not passed."""


@dataclass(frozen=True, slots=True)
class Learner:
    """Who sits there: a user, and the driver whom he or she is."""

    user: UserId
    driver: PartyId

    @classmethod
    def of(cls, me: Principal) -> "Learner":
        """From whoever signed in.

        Errors
            NotYours  not a driver.
        """
        if me.user is None or me.party is None or me.party_kind not in {None, PartyKind.DRIVER}:
            raise NotYours()
        return cls(me.user, me.party)


@dataclass(frozen=True, slots=True)
class TrainingDesk:
    """Its fields are all it depends on."""

    drivers: DriverDesk
    shelf: Shelf

    async def begin(self, tx: Tx, who: Learner, name: str) -> Attempt:
        """Lay a quiz before somebody; one that is begun and not answered is laid out again.

        Errors
            NoSuchCourse, NoSuchDriver
            NotEngaged    nobody is certified who was never engaged.
            AttemptsUsed  too many within a day; it says how long to wait.
        """
        course = self.shelf.course(name)
        driver = (await self.drivers.driver(tx, who.driver)).id
        if (await self.drivers.record(tx, driver)).since is None:
            raise NotEngaged(day=self.drivers.today().isoformat())
        await tx.lock(f"workforce.quiz.{driver}.{course.name}")
        now_ms = self.drivers.clock.now_ms()
        rows = await tx.fetch(
            "SELECT id, edition, seed, begun_ms, ended_ms FROM quiz_attempts"
            " WHERE driver = $1 AND course = $2 AND begun_ms > $3 ORDER BY begun_ms",
            driver,
            course.name,
            now_ms - ATTEMPTS_WITHIN_MS,
        )
        left = max(0, ATTEMPTS_MAX - len(rows))
        if rows and rows[-1]["ended_ms"] is None and now_ms < rows[-1]["begun_ms"] + QUIZ_MS:
            return self._laid_out(rows[-1], course.name, left)
        if not left:
            wait_ms = rows[-ATTEMPTS_MAX]["begun_ms"] + ATTEMPTS_WITHIN_MS - now_ms
            raise AttemptsUsed(course=course.name, at_most=ATTEMPTS_MAX, wait_s=-(-wait_ms // 1_000))
        id, seed = new_id(ATTEMPT, now_ms), secrets.token_bytes(SEED_BYTES)
        await tx.run(
            "INSERT INTO quiz_attempts (id, driver, user_id, course, edition, seed, begun_ms)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            id,
            driver,
            who.user,
            course.name,
            course.edition,
            seed,
            now_ms,
        )
        return _attempt(id, course, seed, now_ms, left - 1)

    async def lying(self, tx: Tx, who: Learner, name: str) -> Attempt:
        """The quiz that lies before somebody.

        Errors
            NoSuchCourse, NoSuchAttempt
        """
        course = self.shelf.course(name)
        rows = await tx.fetch(
            "SELECT id, edition, seed, begun_ms FROM quiz_attempts WHERE driver = $1 AND user_id = $2"
            " AND course = $3 AND ended_ms IS NULL AND begun_ms > $4 ORDER BY begun_ms DESC LIMIT 1",
            who.driver,
            who.user,
            course.name,
            self.drivers.clock.now_ms() - QUIZ_MS,
        )
        if not rows:
            raise NoSuchAttempt()
        return self._laid_out(rows[0], course.name, 0)

    def _laid_out(self, row: Record, name: str, left: int) -> Attempt:
        return _attempt(row["id"], self.shelf.course(name, row["edition"]), row["seed"], row["begun_ms"], left)

    async def answer(self, tx: Tx, who: Learner, id: str, answers: Mapping[int, int]) -> Marked:
        """Mark a quiz, once; whoever passes is certified in the same transaction.

        Shapes
            answers  from a question's place on the paper to the chosen line's.
        Errors
            NoSuchAttempt  not this person's.
            AttemptOver    handed in before, or too late.
        """
        rows = await tx.fetch(
            "SELECT course, edition, seed, begun_ms, ended_ms FROM quiz_attempts"
            " WHERE id = $1 AND driver = $2 AND user_id = $3 FOR UPDATE",
            id if is_id(ATTEMPT, id) else "",
            who.driver,
            who.user,
        )
        if not rows:
            raise NoSuchAttempt()
        [row] = rows
        now_ms = self.drivers.clock.now_ms()
        if row["ended_ms"] is not None or now_ms >= row["begun_ms"] + QUIZ_MS:
            raise AttemptOver(minutes=QUIZ_MS // 60_000)
        course = self.shelf.course(row["course"], row["edition"])
        asked = paper(course, row["seed"])
        right = right_count(asked, answers)
        passed = right >= course.pass_right
        said = {
            question.question: question.options[answers[place]]
            for place, question in enumerate(asked)
            if 0 <= answers.get(place, -1) < len(question.options)
        }
        await self._keep(tx, who, id, said, passed)
        certificate = await self.drivers.certify(tx, who.driver, course, right, who.user) if passed else None
        return Marked(course=course, right=right, certificate=certificate)

    async def _keep(self, tx: Tx, who: Learner, id: str, said: Mapping[str, str], passed: bool) -> None:
        """What was answered goes into the vault, by question and option."""
        person = await self.drivers.person(tx, who.driver)
        body = await self.drivers.vault.put(tx, person, Kind.QUIZ, msgspec.json.encode(said))
        await tx.run(
            "UPDATE quiz_attempts SET ended_ms = $2, passed = $3, body = $4 WHERE id = $1",
            id,
            self.drivers.clock.now_ms(),
            passed,
            body,
        )

    async def forget(self, tx: Tx, kept_ms: int) -> int:
        """Forget attempts that began longer ago than that; how many."""
        before_ms = self.drivers.clock.now_ms() - max(kept_ms, ATTEMPTS_WITHIN_MS)
        return await tx.run("DELETE FROM quiz_attempts WHERE begun_ms < $1", before_ms)


def _attempt(id: str, course: Course, seed: bytes, begun_ms: int, left: int) -> Attempt:
    return Attempt(id=id, course=course, paper=paper(course, seed), until_ms=begun_ms + QUIZ_MS, left=left)
