"""A driver's record: what the facts of the driver's stream leave. Pure; folded from facts, kept beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from safehand.events.event import Event
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
from safehand.kernel.ids import CertificateId, LicenceId, PartyId

LICENCES_MAX = 16
"""Licences in force of one driver; the one that expires first makes room."""
CERTIFICATES_MAX = 4
"""Certificates of one course that are kept, the newest; so one that is taken back leaves the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """A licence that somebody saw. `expires` is its last day, YYYYMMDD."""

    licence: LicenceId
    classes: tuple[LicenceClass, ...]
    expires: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A course that was passed. `expires` is the last day on which it counts; None: for good."""

    certificate: CertificateId
    course: str
    edition: int
    certified_ms: int
    expires: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One driver as the facts leave him or her. Without a `since` the driver was never engaged."""

    driver: PartyId
    version: int = 0
    since: int | None = None
    last: int | None = None
    """The last day of work, once that is known."""
    licences: tuple[Licence, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    skills: tuple[Skill, ...] = ()

    def licence(self, id: str) -> Licence | None:
        """The licence of that id, if it counts."""
        return next((one for one in self.licences if one.licence == id), None)

    def certificate(self, id: str) -> Certificate | None:
        """The certificate of that id, if nobody took it back."""
        return next((one for one in self.certificates if one.certificate == id), None)


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Record)


def encode_record(record: Record) -> bytes:
    """The record as it is kept beside the facts: a cache of `fold`, never a source."""
    return _encoder.encode(record)


def decode_record(raw: bytes) -> Record:
    """The record from its kept form."""
    return _decoder.decode(raw)


def fold(driver: PartyId, facts: Sequence[Event]) -> Record:
    """The record that facts leave, from the first on."""
    record = Record(driver=driver)
    for fact in facts:
        record = folded(record, fact)
    return record


def folded(record: Record, fact: Event) -> Record:
    """The record after one more fact."""
    record = replace(record, version=record.version + 1)
    match fact:
        case DriverEngaged(since=since):
            return replace(record, since=since, last=None)
        case DriverReleased(last=last):
            return replace(record, last=last)
        case LicenceRecorded():
            seen = Licence(licence=fact.licence, classes=fact.classes, expires=fact.expires)
            kept = sorted((*record.licences, seen), key=lambda one: one.expires)[-LICENCES_MAX:]
            return replace(record, licences=tuple(kept))
        case LicenceWithdrawn(licence=gone):
            return replace(record, licences=tuple(one for one in record.licences if one.licence != gone))
        case SkillsRecorded(skills=skills):
            return replace(record, skills=skills)
        case TrainingCertified():
            return replace(record, certificates=_with(record.certificates, fact))
        case TrainingRevoked(certificate=revoked):
            left = tuple(one for one in record.certificates if one.certificate != revoked)
            return replace(record, certificates=left)
    return record


def _with(certificates: tuple[Certificate, ...], fact: TrainingCertified) -> tuple[Certificate, ...]:
    passed = Certificate(
        certificate=fact.certificate,
        course=fact.course,
        edition=fact.edition,
        certified_ms=fact.received_ms,
        expires=fact.expires,
    )
    of_course = [one for one in certificates if one.course == fact.course][1 - CERTIFICATES_MAX :]
    return (*(one for one in certificates if one.course != fact.course), *of_course, passed)
