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
WHYS = (TOO_LONG, NOT_ASCII, NOT_A_STATEMENT, BAD_SIGNATURE, OTHER_DEVICE, BODY_DIFFERS)


class Item(msgspec.Struct, kw_only=True, frozen=True):
    """One statement as it is sent; binary parts are base64url without padding."""

    statement: str
    signature: str
    salt: str | None = None
    body: str | None = None


class Batch(msgspec.Struct, kw_only=True, frozen=True):
    """What POST /v1/statements takes."""

    statements: list[Item]


@dataclass(frozen=True, slots=True)
class Sender:
    """The device that a batch comes from, and the party it acts for."""

    device: DeviceId
    party: PartyId


@dataclass(frozen=True, slots=True)
class Claim:
    """An item that reads as this device's statement; its signature is not verified yet."""

    raw: bytes
    signature: bytes
    item: Item


_batches = msgspec.json.Decoder(Batch)
_items = msgspec.json.Decoder(Item)


def read_batch(raw: bytes) -> list[Item]:
    """The items of a batch.

    Errors
        BatchTooLarge, TooManyItems, BatchUnreadable
    """
    if len(raw) > BATCH_BYTES_MAX:
        raise BatchTooLarge(len(raw), BATCH_BYTES_MAX)
    try:
        items = _batches.decode(raw).statements
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BatchUnreadable(str(error)[:200]) from None
    if len(items) > ITEMS_MAX:
        raise TooManyItems(len(items), ITEMS_MAX)
    return items


def read_item(raw: bytes) -> Item:
    """The one item of a request.

    Errors
        BatchTooLarge, BatchUnreadable
    """
    if len(raw) > BATCH_BYTES_MAX:
        raise BatchTooLarge(len(raw), BATCH_BYTES_MAX)
    try:
        return _items.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BatchUnreadable(str(error)[:200]) from None


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
