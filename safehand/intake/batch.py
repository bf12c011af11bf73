"""A device's batch: bytes in, arrivals and set-asides out. Only the caller stores."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from safehand.custody.ports import Arrival
from safehand.custody.statements import SetAside
from safehand.events.statement import (
    BODY_BYTES_MAX,
    SALT_BYTES,
    STATEMENT_BYTES_MAX,
    BadStatement,
    Statement,
    parse_statement,
    private_body_hash,
    statement_hash,
)
from safehand.identity.wire import b64url_bytes
from safehand.intake.errors import BatchTooLarge, BatchUnreadable, TooManyItems
from safehand.kernel.ids import DeviceId, PartyId

BATCH_BYTES_MAX = 2 * 1024 * 1024
ITEMS_MAX = 200
SIGNATURE_BYTES = 64

TOO_LONG = "intake.too_long"
NOT_ASCII = "intake.not_ascii"
NOT_A_STATEMENT = "intake.not_a_statement"
BAD_SIGNATURE = "intake.bad_signature"
OTHER_DEVICE = "intake.other_device"
BODY_DIFFERS = "intake.body_differs"
AFTER_RETIREMENT = "intake.after_retirement"
WHYS = (TOO_LONG, NOT_ASCII, NOT_A_STATEMENT, BAD_SIGNATURE, OTHER_DEVICE, BODY_DIFFERS, AFTER_RETIREMENT)
SEQUENCE_MAX = 2**53 - 1


class Item(msgspec.Struct, kw_only=True, frozen=True):
    """One statement as it is sent; binary parts are base64url without padding."""

    statement: str
    signature: str
    salt: str | None = None
    body: str | None = None


class Batch(msgspec.Struct, kw_only=True, frozen=True):
    """What POST /v1/statements takes."""

    statements: list[Item]


class Outbox(msgspec.Struct, kw_only=True, frozen=True):
    """What POST /v1/devices/{device}/outbox takes: what a replaced device had queued.

    With `last_sequence` the sender says that this is all of it: what bears a higher number came later.
    """

    statements: list[Item]
    last_sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """The device that signed a batch's statements, and the party it acts for."""

    device: DeviceId
    party: PartyId
    retired_ms: int | None = None
    """When another device took its place."""
    outbox_end: int | None = None
    """The last sequence number that it had used by then, if anybody has said so."""

    def may_have_said(self, said: Statement) -> bool:
        """Whether the device was still in service, by its own clock and count: both are only its word."""
        if self.retired_ms is None:
            return True
        return said.at_ms <= self.retired_ms and (self.outbox_end is None or said.sequence <= self.outbox_end)


@dataclass(frozen=True, slots=True)
class Claim:
    """An item that reads as this device's statement; its signature is not verified yet."""

    raw: bytes
    signature: bytes
    item: Item


_batches = msgspec.json.Decoder(Batch)
_items = msgspec.json.Decoder(Item)
_outboxes = msgspec.json.Decoder(Outbox)


def read_batch(raw: bytes) -> list[Item]:
    """The items of a batch.

    Errors
        BatchTooLarge, TooManyItems, BatchUnreadable
    """
    return _few(_decoded(_batches, raw).statements)


def read_item(raw: bytes) -> Item:
    """The one item of a request.

    Errors
        BatchTooLarge, BatchUnreadable
    """
    return _decoded(_items, raw)


def read_outbox(raw: bytes) -> Outbox:
    """What a replaced device had queued, or a part of it.

    Errors
        BatchTooLarge, TooManyItems, BatchUnreadable
    """
    outbox = _decoded(_outboxes, raw)
    _few(outbox.statements)
    if outbox.last_sequence is not None and not 0 <= outbox.last_sequence <= SEQUENCE_MAX:
        raise BatchUnreadable(f"last_sequence is {outbox.last_sequence}, 0 to {SEQUENCE_MAX} are read")
    return outbox


def _decoded[Read](decoder: msgspec.json.Decoder[Read], raw: bytes) -> Read:
    if len(raw) > BATCH_BYTES_MAX:
        raise BatchTooLarge(len(raw), BATCH_BYTES_MAX)
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BatchUnreadable(str(error)[:200]) from None


def _few(items: list[Item]) -> list[Item]:
    if len(items) > ITEMS_MAX:
        raise TooManyItems(len(items), ITEMS_MAX)
    return items


def claim_of(item: Item, sender: Sender) -> Claim | SetAside:
    """The signed bytes of an item, or why they are set aside before anybody looks at the signature."""
    if len(item.statement) > STATEMENT_BYTES_MAX:
        return _aside(sender, item.statement.encode("utf-8", "replace"), b"", TOO_LONG)
    if not item.statement.isascii():
        return _aside(sender, item.statement.encode("utf-8", "replace"), b"", NOT_ASCII)
    raw = item.statement.encode("ascii")
    signature = decode_base64url(item.signature, SIGNATURE_BYTES)
    if signature is None or len(signature) != SIGNATURE_BYTES:
        return _aside(sender, raw, b"", BAD_SIGNATURE)
    return Claim(raw, signature, item)


def arrival_of(claim: Claim, sender: Sender) -> Arrival | SetAside:
    """The statement of a claim whose signature holds, or why it is set aside."""
    try:
        said = parse_statement(claim.raw)
    except BadStatement:
        return _aside(sender, claim.raw, claim.signature, NOT_A_STATEMENT)
    if said.device != sender.device:
        return _aside(sender, claim.raw, claim.signature, OTHER_DEVICE)
    if not sender.may_have_said(said):
        return _aside(sender, claim.raw, claim.signature, AFTER_RETIREMENT)
    body = _body(claim.item, said.body_hash)
    if isinstance(body, str):
        return _aside(sender, claim.raw, claim.signature, body)
    return Arrival(
        raw=claim.raw,
        hash=statement_hash(claim.raw),
        signature=claim.signature,
        said=said,
        device=sender.device,
        party=sender.party,
        retired_ms=sender.retired_ms,
        body=body,
    )


def unverified(claim: Claim, sender: Sender) -> SetAside:
    """What becomes of a claim whose signature does not hold."""
    return _aside(sender, claim.raw, claim.signature, BAD_SIGNATURE)


def _body(item: Item, named: str | None) -> bytes | str | None:
    """The private body that the statement names by hash; a message id if it is not that body."""
    if item.body is None:
        return None  # the hash alone: whatever it would have proved stays unproved
    salt = decode_base64url(item.salt or "", SALT_BYTES)
    body = decode_base64url(item.body or "", BODY_BYTES_MAX)
    if named is None or salt is None or body is None or len(salt) != SALT_BYTES:
        return BODY_DIFFERS
    return body if private_body_hash(salt, body) == named else BODY_DIFFERS


def decode_base64url(text: str, bytes_max: int) -> bytes | None:
    """Base64url without padding, in its one spelling; None for anything else or anything longer.

    Source
        RFC 4648, section 5, with the strictness of section 3.5.
    """
    return None if len(text) > (bytes_max * 4 + 2) // 3 else b64url_bytes(text)


def _aside(sender: Sender, raw: bytes, signature: bytes, why: str) -> SetAside:
    return SetAside(device=sender.device, raw=raw, signature=signature, why=why)


def split(found: Sequence[Claim | SetAside]) -> list[tuple[int, Claim]]:
    """The claims among what was found, with their places."""
    return [(place, one) for place, one in enumerate(found) if isinstance(one, Claim)]
