"""Signed notes: the specification's own example, Go's key format, and everything that is not quite a note."""

import base64

import pytest

from safehand.ledger.note import (
    NOTE_BYTES_MAX,
    SIGNATURES_MAX,
    BadKey,
    BadNote,
    Note,
    Signature,
    VerifierKey,
    open_note,
    parse_note,
)
from safehand.ledger.signing import SigningKey
from tests.ledger.logs import a_key

SPEC_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
TEXT = "one line\n\nanother\n"


def signed(*keys: SigningKey, text: str = TEXT) -> Note:
    return Note(text, tuple(signature for key in keys for signature in key.sign(text).signatures))


def test_the_example_of_the_specification_is_accepted() -> None:
    key = VerifierKey.parse(SPEC_VKEY)

    assert open_note(SPEC_NOTE, [key]).text == "This is an example message.\n"
    assert str(key) == SPEC_VKEY


def test_a_note_survives_writing_and_reading() -> None:
    note = signed(a_key(), a_key("witness.example"))

    assert parse_note(note.encode()) == note
    assert open_note(note.encode(), [a_key().verifier]) == note


def test_keys_survive_writing_and_reading() -> None:
    assert SigningKey.parse(a_key().encode()) == a_key()
    assert VerifierKey.parse(str(a_key().verifier)) == a_key().verifier


def test_a_secret_is_not_shown_by_accident() -> None:
    assert a_key().seed.hex() not in repr(a_key())
    assert repr(a_key().seed) not in repr(a_key())


def test_signatures_of_unknown_keys_are_passed_over() -> None:
    known, namesake = a_key(), a_key(seed=2)  # the same name, another key
    renamed = SigningKey("other.example", known.seed)  # the same key, another name

    note = signed(namesake, known, renamed)

    assert open_note(note.encode(), [known.verifier]) == note


def test_a_wrong_signature_by_a_known_key_spoils_the_note_whatever_else_it_holds() -> None:
    good, other = a_key(), a_key("witness.example")
    right, wrong = good.sign(TEXT).signatures[0], other.sign("other text\n").signatures[0]

    for signatures in ((right, wrong), (wrong, right)):
        with pytest.raises(BadNote, match="wrong"):
            open_note(Note(TEXT, signatures).encode(), [good.verifier, other.verifier])
    assert open_note(Note(TEXT, (right, wrong)).encode(), [good.verifier]).text == TEXT


def test_a_second_signature_by_the_same_key_is_checked_too() -> None:
    right, wrong = a_key().sign(TEXT).signatures[0], a_key().sign("other\n").signatures[0]

    with pytest.raises(BadNote):
        open_note(Note(TEXT, (right, wrong)).encode(), [a_key().verifier])


def test_nobody_we_know_is_not_enough() -> None:
    with pytest.raises(BadNote, match="not signed by"):
        open_note(signed(a_key()).encode(), [a_key(seed=2).verifier])
    with pytest.raises(BadNote):
        open_note(signed(a_key()).encode(), [])


@pytest.mark.parametrize("count", [16, SIGNATURES_MAX])
def test_many_signatures_are_accepted(count: int) -> None:
    large = Signature("witness.example", b"abcd", bytes(4_900))  # as large as post-quantum ones
    note = Note(TEXT, (*[large] * (count - 1), *a_key().sign(TEXT).signatures))

    assert len(open_note(note.encode(), [a_key().verifier]).signatures) == count


def test_too_many_signatures_and_too_large_notes_are_refused() -> None:
    own = a_key().sign(TEXT).signatures
    with pytest.raises(BadNote, match="signatures"):
        parse_note(Note(TEXT, own * (SIGNATURES_MAX + 1)).encode())
    with pytest.raises(BadNote, match="longer"):
        parse_note(Note("x" * NOTE_BYTES_MAX + "\n", own).encode())


def test_one_flipped_bit_anywhere_is_refused() -> None:
    raw = signed(a_key()).encode()

    for at in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[at // 8] ^= 1 << at % 8
        with pytest.raises(BadNote):
            open_note(bytes(changed), [a_key().verifier])


GOOD_LINE = str(a_key().sign(TEXT).signatures[0])
MATERIAL = GOOD_LINE.split(" ")[2]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"\n\n",
        b"text\n",
        b"text\n\n",
        b"\n\n" + GOOD_LINE.encode() + b"\n",
        f"text\n\n{GOOD_LINE}".encode(),
        f"text\n\n{GOOD_LINE}\n\n".encode(),
        f"text\n\n{GOOD_LINE}\r\n".encode(),
        f"text\n\n{GOOD_LINE} \n".encode(),
        f"text\n\n {GOOD_LINE}\n".encode(),
        f"text\n\n-{GOOD_LINE[1:]}\n".encode(),
        f"text\n\n— {MATERIAL}\n".encode(),
        f"text\n\n—  {MATERIAL}\n".encode(),
        f"text\n\n— a+b {MATERIAL}\n".encode(),
        f"text\n\n— a\u2003b {MATERIAL}\n".encode(),
        f"text\n\n— name {MATERIAL[:-1]}\n".encode(),
        f"text\n\n— name {MATERIAL} more\n".encode(),
        f"text\n\n— name {MATERIAL.rstrip('=')}\n".encode(),
        b"text\n\n\xe2\x80\x94 name AAAA\n",
        b"text\n\n\xe2\x80\x94 name AAAAAB==\n",
        b"text\n\n\xe2\x80\x94 name YWJjZA==\n",
        f"te\x00xt\n\n{GOOD_LINE}\n".encode(),
        f"te\txt\n\n{GOOD_LINE}\n".encode(),
        b"te\xffxt\n\n" + GOOD_LINE.encode() + b"\n",
    ],
)
def test_anything_else_is_not_a_note(raw: bytes) -> None:
    with pytest.raises(BadNote):
        parse_note(raw)


def test_base_64_has_one_spelling() -> None:
    """The last character of a signature of 68 bytes has bits to spare; only zeros are accepted there."""
    assert MATERIAL.endswith("=")
    last = MATERIAL[-2]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = alphabet[alphabet.index(last) ^ 1]
    bent = MATERIAL[:-2] + other + "="
    assert base64.b64decode(bent) == base64.b64decode(MATERIAL)

    with pytest.raises(BadNote, match="canonical"):
        parse_note(f"{TEXT}\n— name {bent}\n".encode())


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "+",
        "name+00000000",
        SPEC_VKEY + "\n",
        SPEC_VKEY + "+",
        SPEC_VKEY.replace("530d903a", "530D903A"),
        SPEC_VKEY.replace("530d903a", "530d903b"),
        SPEC_VKEY.replace("example.com/foo", ""),
        SPEC_VKEY.replace("example.com", "example com"),
        SPEC_VKEY.replace("+AekyeRrm", "+BOkyeRrm"),
        SPEC_VKEY[:-4],
        "x" * 300 + SPEC_VKEY,
        "\ud800+00000000+AAAA",
    ],
)
def test_anything_else_is_not_a_verifier_key(vkey: str) -> None:
    with pytest.raises(BadKey):
        VerifierKey.parse(vkey)


@pytest.mark.parametrize("mark", ["", "PRIVATE+KEY", "private+key+", "PRIVATE+KEY+PRIVATE+KEY+"])
def test_anything_else_is_not_a_signing_key(mark: str) -> None:
    rest = a_key().encode().removeprefix("PRIVATE+KEY+")
    with pytest.raises(BadKey):
        SigningKey.parse(mark + rest)
    with pytest.raises(BadKey):
        SigningKey.parse("PRIVATE+KEY+" + rest.replace(a_key().verifier.key_id.hex(), "00000000"))
