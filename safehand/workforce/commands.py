"""The desk of drivers: load the record, decide, append. The one writer of what a driver is trained and licensed for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TypedDict
from zoneinfo import ZoneInfo

import msgspec

from safehand.events.event import Event, decode
from safehand.events.vocabulary import LicenceClass, Skill
from safehand.events.workforce import (
    DriverEngaged,
    DriverReleased,
    LicenceRecorded,
    LicenceWithdrawn,
    SkillsRecorded,
    TrainingCertified,
    TrainingRevoked,
)
from safehand.identity.errors import NoSuchParty
from safehand.identity.model import PartyKind
from safehand.identity.parties import Parties, Party
from safehand.kernel.clock import Clock
from safehand.kernel.days import day_number
from safehand.kernel.ids import CERTIFICATE, LICENCE, CertificateId, LicenceId, PartyId, PersonId, UserId, new_id
from safehand.ledger.ledger import Append, Ledger
from safehand.store.database import Tx
from safehand.vault.vault import Kind, Vault
from safehand.workforce.authority import Authority, authority_of
from safehand.workforce.course import Course
from safehand.workforce.errors import (
    DayOutOfRange,
    LicenceElsewhere,
    LicenceEmpty,
    NoSuchCertificate,
    NoSuchDriver,
    NoSuchLicence,
    NotEngaged,
)
from safehand.workforce.record import Record, decode_record, encode_record, fold, folded

NUMBER_CHARS_MAX = 32
YEARS_BACK_MAX, YEARS_AHEAD_MAX = 60, 30
"""Days of work lie within so many years before, last days of licences within so many years after today."""
ENGAGED_AHEAD_DAYS = 366
LICENCE_NUMBER = "workforce.licence"


class Origin(TypedDict):
    """When it was told, and by whom."""

    at_ms: int
    received_ms: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceDraft:
    """A licence as somebody reads it off the card: number and birth date are private."""

    number: str = field(repr=False)
    born: date | None = field(default=None, repr=False)
    classes: tuple[LicenceClass, ...]
    expires: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """What stands on a licence and nowhere else."""

    number: str = field(repr=False)
    born: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DriverDesk:
    """Its fields are all it depends on. `zone` is where a day begins: a driver's authority falls at its midnight."""

    ledger: Ledger
    parties: Parties
    vault: Vault
    clock: Clock
    zone: ZoneInfo

    def today(self) -> date:
        """The local day."""
        return datetime.fromtimestamp(self.clock.now_ms() / 1_000, UTC).astimezone(self.zone).date()

    async def driver(self, tx: Tx, id: str) -> Party:
        """The driver's party.

        Errors
            NoSuchDriver  there is no such party, or it is none.
        """
        try:
            party = await self.parties.get(tx, id)
        except NoSuchParty:
            raise NoSuchDriver(driver=id[:40]) from None
        if party.kind is not PartyKind.DRIVER:
            raise NoSuchDriver(driver=id[:40])
        return party

    async def record(self, tx: Tx, driver: PartyId) -> Record:
        """One driver's record."""
        return (await self.records(tx, [driver]))[driver]

    async def records(self, tx: Tx, drivers: Sequence[PartyId]) -> dict[PartyId, Record]:
        """The records of these drivers, one for each: of whom nothing was ever told, an empty one."""
        rows = await tx.fetch("SELECT stream, version, state FROM heads WHERE stream = ANY($1::text[])", list(drivers))
        unkept = [row["stream"] for row in rows if not row["state"]]
        facts = await self.ledger.read_streams(tx, unkept) if unkept else {}
        found = {driver: Record(driver=driver) for driver in drivers}
        for row in rows:
            driver = PartyId(row["stream"])
            kept = (
                decode_record(row["state"])
                if row["state"]
                else fold(driver, [decode(one.fact) for one in facts[driver]])
            )
            found[driver] = replace(kept, version=row["version"])
        return found

    async def authority(self, tx: Tx, driver: PartyId) -> Authority:
        """What the driver may do and carry today."""
        return self.judged(await self.record(tx, driver))

    def judged(self, record: Record) -> Authority:
        """What follows from a record today."""
        return authority_of(record, self.today())

    async def engage(self, tx: Tx, driver: PartyId, since: date, by: UserId) -> None:
        """The driver works from that day on.

        Errors
            DayOutOfRange
        """
        self._within(since, ahead=timedelta(days=ENGAGED_AHEAD_DAYS))
        await self._tell(tx, driver, lambda _: DriverEngaged(**self._by(by), driver=driver, since=day_number(since)))

    async def release(self, tx: Tx, driver: PartyId, last: date, by: UserId) -> None:
        """The driver works no more after that day.

        Errors
            DayOutOfRange, NotEngaged
        """
        self._within(last, ahead=timedelta(days=ENGAGED_AHEAD_DAYS))

        def fact(record: Record) -> Event:
            if record.since is None or day_number(last) < record.since:
                raise NotEngaged(day=last.isoformat())
            return DriverReleased(**self._by(by), driver=driver, last=day_number(last))

        await self._tell(tx, driver, fact)

    async def record_licence(self, tx: Tx, driver: PartyId, draft: LicenceDraft, by: UserId) -> LicenceId:
        """A licence that somebody saw; its id.

        Errors
            LicenceEmpty      no number, or good for nothing.
            LicenceElsewhere  another driver's record has the same number.
            DayOutOfRange     it is over already, or lasts for longer than any.
        """
        number = "".join(draft.number.upper().split())
        if not number or len(number) > NUMBER_CHARS_MAX or not number.isprintable() or not draft.classes:
            raise LicenceEmpty(at_most=NUMBER_CHARS_MAX)
        today = self.today()
        if not today <= draft.expires <= today.replace(year=today.year + YEARS_AHEAD_MAX, day=1):
            raise DayOutOfRange(day=draft.expires.isoformat())
        id = LicenceId(new_id(LICENCE, self.clock.now_ms()))
        await self._keep_papers(tx, driver, id, Papers(number=number, born=_iso(draft.born)), by)
        classes = tuple(one for one in LicenceClass if one in draft.classes)
        expires = day_number(draft.expires)
        await self._tell(
            tx,
            driver,
            lambda _: LicenceRecorded(**self._by(by), driver=driver, licence=id, classes=classes, expires=expires),
        )
        return id

    async def _keep_papers(self, tx: Tx, driver: PartyId, id: LicenceId, papers: Papers, by: UserId) -> None:
        """Put the private part away. One number is one person's: it is compared as a hash that a dump cannot make."""
        number_hash = await self.vault.keyed_hash(tx, LICENCE_NUMBER, papers.number.encode())
        await tx.lock(f"workforce.licence.{number_hash.hex()}")
        others = await tx.fetch(
            "SELECT 1 FROM licence_papers WHERE number_hash = $1 AND driver <> $2 LIMIT 1", number_hash, driver
        )
        if others:
            raise LicenceElsewhere()
        person = await self.person(tx, driver)
        body = await self.vault.put(tx, person, Kind.LICENCE, msgspec.json.encode(papers))
        await tx.run(
            "INSERT INTO licence_papers (licence, driver, body, number_hash, made_ms, made_by)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            id,
            driver,
            body,
            number_hash,
            self.clock.now_ms(),
            by,
        )

    async def papers(self, tx: Tx, driver: PartyId, licence: str) -> Papers | None:
        """What stands on a licence; None once the driver is erased. Whoever asks has noted the read.

        Errors
            NoSuchLicence
        """
        rows = await tx.fetch("SELECT body FROM licence_papers WHERE licence = $1 AND driver = $2", licence, driver)
        if not rows:
            raise NoSuchLicence(licence=licence[:40])
        body = await self.vault.get(tx, rows[0]["body"])
        return None if body is None else msgspec.json.decode(body, type=Papers)

    async def person(self, tx: Tx, driver: PartyId) -> PersonId:
        """The person under whose key the driver's private bodies are."""
        [row] = await tx.fetch("SELECT person FROM parties WHERE id = $1", driver)
        return PersonId(PartyId(row["person"]))

    async def withdraw_licence(self, tx: Tx, driver: PartyId, licence: str, by: UserId) -> None:
        """The licence counts no more, from this moment.

        Errors
            NoSuchLicence
        """

        def fact(record: Record) -> Event:
            if record.licence(licence) is None:
                raise NoSuchLicence(licence=licence[:40])
            return LicenceWithdrawn(**self._by(by), driver=driver, licence=LicenceId(licence))

        await self._tell(tx, driver, fact)
        await tx.run("UPDATE licence_papers SET number_hash = NULL WHERE licence = $1", licence)

    async def record_skills(self, tx: Tx, driver: PartyId, skills: Sequence[Skill], by: UserId) -> None:
        """All that the driver can do beyond driving."""
        kept = tuple(one for one in Skill if one in skills)
        await self._tell(tx, driver, lambda _: SkillsRecorded(**self._by(by), driver=driver, skills=kept))

    async def certify(self, tx: Tx, driver: PartyId, course: Course, right: int, by: UserId) -> CertificateId:
        """The driver passed a course; the certificate's id."""
        id = CertificateId(new_id(CERTIFICATE, self.clock.now_ms()))
        expires = course.expires(self.today())
        passed = TrainingCertified(
            **self._by(by),
            driver=driver,
            certificate=id,
            course=course.name,
            edition=course.edition,
            right=right,
            asked=course.asks,
            expires=None if expires is None else day_number(expires),
        )
        await self._tell(tx, driver, lambda _: passed)
        return id

    async def revoke(self, tx: Tx, driver: PartyId, certificate: str, by: UserId) -> None:
        """Take a certificate back.

        Errors
            NoSuchCertificate
        """

        def fact(record: Record) -> Event:
            if record.certificate(certificate) is None:
                raise NoSuchCertificate(certificate=certificate[:40])
            return TrainingRevoked(**self._by(by), driver=driver, certificate=CertificateId(certificate))

        await self._tell(tx, driver, fact)

    async def _tell(self, tx: Tx, driver: PartyId, fact: Callable[[Record], Event]) -> None:
        """Append one fact to the driver's stream; whoever else tells of the same driver waits."""
        await tx.lock(f"workforce.driver.{driver}")
        record = await self.record(tx, driver)
        told = fact(record)
        await self.ledger.append(
            tx, [Append(driver, record.version, [told], encode_record(folded(record, told)))]
        )  # fmt: skip

    def _by(self, by: UserId) -> Origin:
        now_ms = self.clock.now_ms()
        return {"at_ms": now_ms, "received_ms": now_ms, "by": by}

    def _within(self, day: date, *, ahead: timedelta) -> None:
        today = self.today()
        if not date(today.year - YEARS_BACK_MAX, 1, 1) <= day <= today + ahead:
            raise DayOutOfRange(day=day.isoformat())


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
