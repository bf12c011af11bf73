"""What a driver may do follows from these: who works since when, with which licences, skills and certificates.

A driver is a party, and the facts are in the stream of that party. Numbers of licences, birth dates and the answers in
a quiz are in the vault; of them nothing is here.
"""

from dataclasses import dataclass

from safehand.events.event import Event
from safehand.events.vocabulary import LicenceClass, Skill
from safehand.kernel.ids import CertificateId, LicenceId, PartyId


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverEngaged(Event):
    """A driver works for the carrier, or for one of its subcontractors, from the day `since` on (YYYYMMDD).

    Told again it corrects the day. EPCIS: none; it is no event of a parcel.
    """

    name = "driver.engaged.v1"
    driver: PartyId
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverReleased(Event):
    """The driver works no more; `last` is the last day (YYYYMMDD). EPCIS: none."""

    name = "driver.released.v1"
    driver: PartyId
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceRecorded(Event):
    """Somebody saw the driver's licence. It is good for `classes` until the end of the day `expires` (YYYYMMDD).

    A renewed licence is another one: what was recorded is never edited. EPCIS: none.
    """

    name = "licence.recorded.v1"
    driver: PartyId
    licence: LicenceId
    classes: tuple[LicenceClass, ...]
    expires: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceWithdrawn(Event):
    """The licence counts no more: taken by the authorities, lost, or recorded wrongly. EPCIS: none."""

    name = "licence.withdrawn.v1"
    driver: PartyId
    licence: LicenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillsRecorded(Event):
    """What the driver can do beyond driving, all of it: what was there before and is not named is gone. EPCIS: none."""

    name = "skills.recorded.v1"
    driver: PartyId
    skills: tuple[Skill, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingCertified(Event):
    """The driver passed a course's quiz: `right` of `asked` questions of that `edition`.

    `expires` is the last day on which the certificate counts (YYYYMMDD); absent if it counts for good. `by` is the user
    in whose session it was taken. EPCIS: none.
    """

    name = "training.certified.v1"
    driver: PartyId
    certificate: CertificateId
    course: str
    edition: int
    right: int
    asked: int
    expires: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRevoked(Event):
    """A person took the certificate back: somebody else had sat there, or the driver acts as if untaught.

    EPCIS: none.
    """

    name = "training.revoked.v1"
    driver: PartyId
    certificate: CertificateId
