"""What is sealed opens for one key, whole and in order, or not at all."""

import hashlib
import io
import os
import zlib
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from safehand.app.backup.errors import BadBackupKey, Damaged, NoRoom, WrongBackupKey
from safehand.app.backup.sealing import (
    Identity,
    Part,
    check_sealed,
    new_identity,
    open_part,
    open_small,
    parse_recipients,
    read_identities,
    seal,
)

CHUNK_BYTES = 64 * 1024 + 16
"""Of age: a piece of 64 KiB and its tag."""


@pytest.fixture(scope="module")
def identity() -> Identity:
    return pyrage.x25519.Identity.generate()


def sealed(folder: Path, identity: Identity, plain: bytes) -> tuple[Part, Path]:
    path = folder / "it.age"
    return seal("it", io.BytesIO(plain), path, [identity.to_public()]), path


def opened(part: Part, path: Path, identity: Identity) -> bytes:
    found = bytearray()
    open_part(part, path, [identity], found.extend)
    return bytes(found)


def known_again(path: Path, part: Part) -> Part:
    """The part as somebody would describe it who could sign for what lies there now."""
    raw = path.read_bytes()
    return replace(part, bytes=len(raw), sha256=hashlib.sha256(raw).hexdigest())


@pytest.mark.parametrize("size", [0, 1, 65_536, 300_000])
def test_what_was_sealed_is_what_opens(tmp_path: Path, identity: Identity, size: int) -> None:
    plain = os.urandom(size)
    part, path = sealed(tmp_path, identity, plain)

    assert opened(part, path, identity) == plain
    assert (part.plain_bytes, part.plain_sha256) == (size, hashlib.sha256(plain).hexdigest())
    assert [entry.name for entry in tmp_path.iterdir()] == ["it.age"]
    check_sealed(part, path)


def test_what_is_sealed_shows_nothing_of_what_it_is(tmp_path: Path, identity: Identity) -> None:
    _, path = sealed(tmp_path, identity, b"Fabianinkatu" * 1000)

    assert b"Fabianinkatu" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


def test_another_key_opens_nothing(tmp_path: Path, identity: Identity) -> None:
    part, path = sealed(tmp_path, identity, b"secret")

    with pytest.raises(WrongBackupKey):
        opened(part, path, pyrage.x25519.Identity.generate())


@pytest.mark.parametrize("left", [0, 10, 200, CHUNK_BYTES, -1, -CHUNK_BYTES])
def test_a_file_that_was_cut_short_is_damaged_even_to_who_could_sign_for_it(
    tmp_path: Path, identity: Identity, left: int
) -> None:
    part, path = sealed(tmp_path, identity, os.urandom(300_000))
    path.write_bytes(path.read_bytes()[:left])

    for described in (part, known_again(path, part)):
        with pytest.raises(Damaged):
            opened(described, path, identity)
    with pytest.raises(Damaged):
        check_sealed(part, path)


def test_chunks_that_changed_places_are_damaged(tmp_path: Path, identity: Identity) -> None:
    part, path = sealed(tmp_path, identity, os.urandom(300_000))
    raw = path.read_bytes()
    begin = len(raw) % CHUNK_BYTES  # the last chunk is shorter: count from a place inside the first
    body = raw[-4 * CHUNK_BYTES :]
    path.write_bytes(
        raw[: -4 * CHUNK_BYTES] + body[CHUNK_BYTES : 2 * CHUNK_BYTES] + body[:CHUNK_BYTES] + body[2 * CHUNK_BYTES :]
    )

    assert begin
    assert len(path.read_bytes()) == len(raw)
    with pytest.raises(Damaged):
        opened(known_again(path, part), path, identity)


def test_another_file_in_its_place_is_damaged(tmp_path: Path, identity: Identity) -> None:
    part, path = sealed(tmp_path, identity, b"the one")
    seal("it", io.BytesIO(b"another"), path, [identity.to_public()])

    for described in (part, known_again(path, part)):
        with pytest.raises(Damaged):
            opened(described, path, identity)


def test_a_bomb_gives_no_more_than_was_promised(tmp_path: Path, identity: Identity) -> None:
    part, path = sealed(tmp_path, identity, bytes(50_000_000))
    given = 0

    def sink(some: bytes) -> None:
        nonlocal given
        given += len(some)

    with pytest.raises(Damaged):
        open_part(replace(part, plain_bytes=1_000), path, [identity], sink)
    assert given <= 1_000
    with pytest.raises(Damaged):
        open_small("it", path, [identity], 1_000_000)


def test_what_follows_the_end_is_damaged(tmp_path: Path, identity: Identity) -> None:
    twice = zlib.compress(b"one") + zlib.compress(b"two")
    path = tmp_path / "it.age"
    path.write_bytes(pyrage.encrypt(twice, [identity.to_public()]))
    part = known_again(path, Part("it", 0, "", 3, hashlib.sha256(b"one").hexdigest()))

    with pytest.raises(Damaged):
        opened(part, path, identity)
    with pytest.raises(Damaged):
        open_small("it", path, [identity], 100)


def test_a_disk_that_takes_nothing_more_leaves_nothing_half_sealed(tmp_path: Path, identity: Identity) -> None:
    folder = tmp_path / "gone"

    with pytest.raises(NoRoom):
        seal("it", io.BytesIO(b"x"), folder / "it.age", [identity.to_public()])
    part, path = sealed(tmp_path, identity, b"x" * 1000)
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(NoRoom):
        open_part(part, path, [identity], full.write)


def test_an_identity_is_made_once_and_read_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "identity"
    recipient = new_identity(path)

    assert str(read_identities(path)[0].to_public()) == str(recipient)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BadBackupKey):
        new_identity(path)


@pytest.mark.parametrize("text", ["", "age1xyz", "ssh-rsa AAAA", "age1" * 3])
def test_what_is_no_recipient_is_refused(text: str) -> None:
    with pytest.raises(BadBackupKey):
        parse_recipients(text)


@pytest.mark.parametrize("content", [b"", b"# only words\n", b"AGE-SECRET-KEY-1NOTONE\n", b"\xff\xfe"])
def test_what_is_no_identity_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "identity"
    path.write_bytes(content)

    with pytest.raises(BadBackupKey):
        read_identities(path)
