"""Signed notes: a text, and who vouches for it.

Source
    C2SP signed-note. Only signature type 0x01 (Ed25519) is checked here; lines of any other key are read,
    kept and passed over, which is what lets witnesses add theirs.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

NOTE_BYTES_MAX = 512 * 1024
SIGNATURES_MAX = 64
"""The specification asks for at least 16; one post-quantum signature may be 5 kB."""

KEY_NAME_CHARS_MAX = 255
VKEY_BYTES_MAX = 1024
ED25519 = b"\x01"
COSIGNER = b"\x04"
KINDS = {ED25519: "Ed25519", COSIGNER: "Ed25519 cosignatures"}
KEY_ID_BYTES = 4
SIGNATURE_MARK = "— "


class BadNote(ValueError):
    """The bytes are not a signed note, or no key that we trust has signed it."""


class BadKey(ValueError):
    """The text is not a key."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a log's key: a name and 32 bytes of Ed25519."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Read `name+keyid+base64`, without a line end.

        Errors
            BadKey  another form, another signature type, or an id that is not the key's own.
        """
        return cls(*parse_key(vkey, ED25519))

    @property
    def key_id(self) -> bytes:
        """Four bytes that pick this key out among a note's signatures; they identify, they do not protect."""
        return key_id(self.name, self.public)

    def __str__(self) -> str:
        """The verifier-key line, without a line end."""
        return key_line(self.name, self.public, ED25519)

    def at(self, _size: int) -> Self:
        """Who signs a checkpoint of that size: where a log's key never changed, this one always."""
        return self

    def signed(self, text: str, signature: bytes) -> bool:
        """Whether `signature` is this key's over `text`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who is said to have signed, the key's id, and the bytes."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        """The line, without its end."""
        return f"{SIGNATURE_MARK}{self.name} {base64.b64encode(self.key_id + self.value).decode()}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends in a newline, and its signature lines in order."""

    text: str
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """The note as it is stored."""
        lines = "".join(f"{signature}\n" for signature in self.signatures)
        return f"{self.text}\n{lines}".encode()


def parse_note(raw: bytes) -> Note:
    """Take a note apart. Nothing is verified: the text must not be used for anything but diagnosis.

    Errors
        BadNote  too large, not UTF-8, control characters, no signature, or a line in another form.
    """
    if len(raw) > NOTE_BYTES_MAX:
        raise BadNote(f"longer than {NOTE_BYTES_MAX} bytes")
    try:
        said = raw.decode()
    except UnicodeDecodeError:
        raise BadNote("not UTF-8") from None
    if any(char < " " and char != "\n" for char in said):
        raise BadNote("a control character")
    head, gap, tail = said.rpartition("\n\n")
    if not gap or not head or not tail.endswith("\n"):
        raise BadNote("no text with signature lines below it")
    lines = tail[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise BadNote(f"more than {SIGNATURES_MAX} signatures")
    return Note(head + "\n", tuple(map(_parse_signature, lines)))


class Voucher(Protocol):
    """A public key whose signature on a note can be checked."""

    @property
    def name(self) -> str:
        """The name in its signature lines."""
        ...

    @property
    def key_id(self) -> bytes:
        """The id in its signature lines."""
        ...

    def signed(self, text: str, signature: bytes) -> bool:
        """Whether `signature` is this key's for `text`."""
        ...


def open_note(raw: bytes, keys: Sequence[Voucher]) -> Note:
    """The note, if at least one of `keys` signed it and none of them is misquoted.

    Errors
        BadNote  not a note; a signature by a known key is wrong; or there is none by a known key.
    """
    note = parse_note(raw)
    known = {(key.name, key.key_id): key for key in keys}
    vouched = False
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None:  # the specification: unknown signatures are passed over, even if name or id alone is known
            continue
        if not key.signed(note.text, signature.value):
            raise BadNote(f"the signature of {key.name!a} is wrong")
        vouched = True
    if not vouched:
        raise BadNote("not signed by " + " or ".join(ascii(f"{key.name}+{key.key_id.hex()}") for key in keys))
    return note


def key_id(name: str, public: bytes, kind: bytes = ED25519) -> bytes:
    """The first four bytes of SHA-256 over name, newline, type and public key."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:KEY_ID_BYTES]


def key_line(name: str, public: bytes, kind: bytes) -> str:
    """A verifier key of that type as a line, without its end."""
    return f"{name}+{key_id(name, public, kind).hex()}+{base64.b64encode(kind + public).decode()}"


def parse_key(vkey: str, kind: bytes) -> tuple[str, bytes]:
    """Name and 32 public bytes of a verifier-key line of that type.

    Errors
        BadKey  another form, another signature type, or an id that is not the key's own.
    """
    parts = vkey.split("+", 2)
    if len(parts) != 3:
        raise BadKey("a verifier key has three parts with + between them")
    name, said_id, material = parts
    check_key_name(name)
    raw = decode_base64(material, BadKey)
    if raw[:1] != kind or len(raw) != 33:
        raise BadKey(f"the key is not of type {kind[0]}, {KINDS[kind]}")
    if said_id != (own := key_id(name, raw[1:], kind).hex()):
        raise BadKey(f"the key's id is {own}, not what the line says")
    return name, raw[1:]


def check_key_name(name: str) -> None:
    """Refuse a name that cannot stand in a signature line.

    Errors
        BadKey  empty, too long, or with a space, a plus or a control character.
    """
    if not 0 < len(name) <= KEY_NAME_CHARS_MAX:
        raise BadKey(f"a key's name has 1 to {KEY_NAME_CHARS_MAX} characters")
    if any(char.isspace() or char < " " or char == "+" for char in name):
        raise BadKey("a key's name holds a space, a plus or a control character")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise BadKey("a key's name is not UTF-8") from None


def decode_base64(text: str, error: type[ValueError]) -> bytes:
    """Decode standard base 64 of which there is only one spelling: padded, no stray bits, no line ends.

    Errors
        `error`  another spelling, or not base 64 at all.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise error("not base 64") from None
    if base64.b64encode(raw).decode() != text:
        raise error("base 64 that is not in its one canonical spelling")
    return raw


def _parse_signature(line: str) -> Signature:
    name, gap, material = line.removeprefix(SIGNATURE_MARK).partition(" ")
    if not line.startswith(SIGNATURE_MARK) or not gap:
        raise BadNote("a signature line in another form")
    try:
        check_key_name(name)
    except BadKey as error:
        raise BadNote(str(error)) from None
    raw = decode_base64(material, BadNote)
    if len(raw) <= KEY_ID_BYTES:
        raise BadNote("a signature line without a signature")
    return Signature(name, raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:])
