"""Statements: what a device says has happened, as the exact bytes that it signed.

A statement is `STATEMENT_PREFIX` followed by ASCII canonical JSON. The server keeps the received bytes
and never writes them anew; a statement's identity is their SHA-256. docs/protocol.md gives one to the byte.
"""

import dataclasses
import hashlib
import types
import typing
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, cast

from safehand.events.event import reader
from safehand.events.vocabulary import REPORTABLE, Evidence, ExceptionKind, Reason, Side, State, Way
from safehand.kernel.canonical import Canonical, NotCanonical, canonical_bytes, parse_canonical
from safehand.kernel.ids import (
    AGGREGATE,
    DEVICE,
    PARCEL,
    PARTY,
    PERSON,
    PLACE,
    AggregateId,
    DeviceId,
    ParcelId,
    PartyId,
    PlaceId,
    is_id,
)

STATEMENT_PREFIX = b"safehand/statement/v1\n"
HANDOVER_PREFIX = b"safehand/handover/v1\n"
STATEMENT_BYTES_MAX = 4096
BODY_BYTES_MAX = 64 * 1024
SEAL_CHARACTERS_MAX = 40
EVIDENCE_ITEMS_MAX = 4
SALT_BYTES = 32
CONTENTS_MAX = 500
"""Parcels in one cage, bag or pallet."""
WEIGHT_G_MAX = 2_000_000
SIDE_MM_MAX = 10_000
FIRST_AFTER = "0" * 64
"""What the first handover of a parcel continues from."""


class BadStatement(ValueError):
    """The bytes are not a statement; the words say what is wrong with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What every statement says: which device, its place among that device's statements, when, of which parcel.

    `body_hash` is the hex SHA-256 of a 32-byte salt followed by the private body, if there is one.
    """

    kind: ClassVar[str]
    device: DeviceId
    sequence: int
    at_ms: int
    parcel: ParcelId
    body_hash: str | None = None

    @property
    def teller(self) -> PartyId:
        """The party for whom the device speaks."""
        return cast(PartyId, cast(Any, self).party)

    @property
    def sequence_key(self) -> tuple[DeviceId, int]:
        """The device and its sequence number: one statement, if the device is honest."""
        return self.device, self.sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver(Statement):
    """One side tells of a handover. `after` is the handover that it continues from, as far as this side knew.

    `state` is where the parcel stands from then on, `seal` the serial that was read.
    """

    kind = "handover"
    after: str
    giver: PartyId
    taker: PartyId
    side: Side
    way: Way
    state: State
    evidence: tuple[Evidence, ...] = ()
    reason: Reason | None = None
    place: PlaceId | None = None
    seal: str | None = None

    @property
    def teller(self) -> PartyId:
        """The party for whom the device speaks: the side that tells."""
        return self.giver if self.side is Side.GIVER else self.taker

    @property
    def handover(self) -> str:
        """The id that both sides derive."""
        return handover_id(self.after, self.giver, self.parcel, self.taker)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned(Statement):
    """The parcel was read, and stands at `state`; it did not change hands. Of a cage,
    `found_open` says that it stood open.
    """

    kind = "scan"
    party: PartyId
    state: State
    reason: Reason | None = None
    place: PlaceId | None = None
    seal: str | None = None
    found_open: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealPut(Statement):
    """A seal was put on."""

    kind = "seal"
    party: PartyId
    seal: str
    place: PlaceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported(Statement):
    """A person says that something is wrong with the parcel. `problem` is one of REPORTABLE."""

    kind = "report"
    party: PartyId
    state: State | None = None
    reason: Reason | None = None
    place: PlaceId | None = None
    problem: ExceptionKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed(Statement):
    """The parcel was put into a cage or bag."""

    kind = "pack"
    party: PartyId
    into: AggregateId
    place: PlaceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked(Statement):
    """The parcel was taken out of a cage or bag."""

    kind = "unpack"
    party: PartyId
    out_of: AggregateId
    place: PlaceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Statement):
    """A cage or bag was closed over `count` parcels."""

    kind = "close"
    party: PartyId
    count: int
    seal: str | None = None
    place: PlaceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Statement):
    """A cage or bag was opened."""

    kind = "open"
    party: PartyId
    place: PlaceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Emptied(Statement):
    """Nothing is left in a cage or bag: what is still in it by the record, and was not read since it came, is short."""

    kind = "empty"
    party: PartyId
    place: PlaceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed(Statement):
    """The parcel was weighed, and perhaps measured."""

    kind = "weigh"
    party: PartyId
    weight_g: int
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    place: PlaceId | None = None


KINDS: dict[str, type[Statement]] = {
    kind.kind: kind
    for kind in (HandedOver, Scanned, SealPut, Reported, Packed, Unpacked, Closed, Opened, Emptied, Weighed)
}


def statement_hash(raw: bytes) -> bytes:
    """The identity of a statement: the SHA-256 of its bytes (32 bytes)."""
    return hashlib.sha256(raw).digest()


def private_body_hash(salt: bytes, body: bytes) -> str:
    """What a statement says of its private body: hex SHA-256 of the 32-byte salt followed by the body.

    Errors
        ValueError  the salt is not 32 bytes.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"salt {len(salt)} B")
    return hashlib.sha256(salt + body).hexdigest()


def handover_id(after: str, giver: str, parcel: str, taker: str) -> str:
    """The id of a handover, which both sides derive without asking each other: 64 hex digits."""
    said = canonical_bytes({"after": after, "giver": giver, "parcel": parcel, "taker": taker})
    return hashlib.sha256(HANDOVER_PREFIX + said).hexdigest()


def statement_bytes(statement: Statement) -> bytes:
    """The bytes that a device signs. Fields that are None or empty are left out."""
    said: dict[str, Canonical] = {"kind": statement.kind}
    for field in dataclasses.fields(statement):
        value = getattr(statement, field.name)
        if value is not None and value != ():
            said[field.name] = list(value) if isinstance(value, tuple) else value
    return STATEMENT_PREFIX + canonical_bytes(said)


def parse_statement(raw: bytes) -> Statement:
    """Read a statement from the bytes a device signed.

    Errors
        BadStatement  too long, not canonical, an unknown kind or field, a value out of range.
    """
    if len(raw) > STATEMENT_BYTES_MAX:
        raise BadStatement(f"{len(raw)} bytes, at most {STATEMENT_BYTES_MAX}")
    if not raw.startswith(STATEMENT_PREFIX):
        raise BadStatement("the first line is not safehand/statement/v1")
    try:
        said = parse_canonical(raw[len(STATEMENT_PREFIX) :])
    except NotCanonical as error:
        raise BadStatement(str(error)) from None
    kind = KINDS.get(str(said.pop("kind", "")))
    if kind is None:
        raise BadStatement("no statement of that kind")
    readers = _readers(cast(Any, kind))
    try:
        statement = cast(Any, kind)(**{name: readers[name](value) for name, value in said.items()})
    except KeyError as error:
        raise BadStatement(f"no field {error}") from None
    except (TypeError, ValueError) as error:
        raise BadStatement(str(error)) from None
    _check(statement)
    return cast(Statement, statement)


def _check(said: Statement) -> None:
    """The ranges that types alone do not say."""
    if said.sequence < 1 or said.at_ms < 0:
        raise BadStatement("sequence is below 1, or at_ms below 0")
    aggregate = is_id(AGGREGATE, said.parcel)
    if not is_id(DEVICE, said.device) or not (aggregate or is_id(PARCEL, said.parcel)):
        raise BadStatement("device or parcel is not an id")
    if said.body_hash is not None and not _is_hash(said.body_hash):
        raise BadStatement("body_hash is not 64 hex digits")
    for name in ("party", "giver", "taker"):
        party = getattr(said, name, None)
        if party is not None and not (is_id(PARTY, party) or is_id(PERSON, party)):
            raise BadStatement(f"{name} is not an id")
    place = getattr(said, "place", None)
    if place is not None and not is_id(PLACE, place):
        raise BadStatement("place is not an id")
    seal = getattr(said, "seal", None)
    if seal is not None and not 0 < len(seal) <= SEAL_CHARACTERS_MAX:
        raise BadStatement(f"seal has {len(seal)} characters, 1 to {SEAL_CHARACTERS_MAX} are read")
    _check_kind(said, aggregate)


def _check_kind(said: Statement, aggregate: bool) -> None:
    match said:
        case HandedOver():
            _check_handover(said)
        case Reported() if said.problem is not None and said.problem not in REPORTABLE:
            raise BadStatement(f"{said.problem} is not for people to report")
        case Closed() | Opened() | Emptied() if not aggregate:
            raise BadStatement("parcel is no cage or bag")
        case Closed() if not 0 <= said.count <= CONTENTS_MAX:
            raise BadStatement(f"count is {said.count}, 0 to {CONTENTS_MAX} are read")
        case Packed(into=named) | Unpacked(out_of=named) if not is_id(AGGREGATE, named):
            raise BadStatement("into or out_of is not the id of a cage or bag")
        case Weighed():
            _check_weight(said)


def _check_handover(said: HandedOver) -> None:
    if not _is_hash(said.after):
        raise BadStatement("after is not 64 hex digits")
    if said.giver == said.taker:
        raise BadStatement("giver and taker are the same")
    if len(said.evidence) > EVIDENCE_ITEMS_MAX or len(set(said.evidence)) != len(said.evidence):
        raise BadStatement(f"evidence: at most {EVIDENCE_ITEMS_MAX} kinds, each once")


def _check_weight(said: Weighed) -> None:
    if not 1 <= said.weight_g <= WEIGHT_G_MAX:
        raise BadStatement(f"weight_g is {said.weight_g}, 1 to {WEIGHT_G_MAX} are read")
    sides = [side for side in (said.length_mm, said.width_mm, said.height_mm) if side is not None]
    if not all(1 <= side <= SIDE_MM_MAX for side in sides):
        raise BadStatement(f"a side has 1 to {SIDE_MM_MAX} mm")


def _is_hash(text: str) -> bool:
    return len(text) == 64 and all(digit in "0123456789abcdef" for digit in text)


@cache
def _readers(kind: Any) -> types.MappingProxyType[str, Any]:
    hints = typing.get_type_hints(kind)
    return types.MappingProxyType({field.name: reader(hints[field.name]) for field in dataclasses.fields(kind)})
