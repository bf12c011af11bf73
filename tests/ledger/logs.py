"""Builders of logs, and a second, slow implementation of the published form that shares no code with the first."""

import base64
import hashlib
import shutil
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

from safehand.ledger.checkpoint import SignedCheckpoint
from safehand.ledger.entry import entry_of
from safehand.ledger.publication import LogWriter
from safehand.ledger.receipt import make_receipt
from safehand.ledger.signing import SigningKey
from safehand.ledger.source import FolderSource, read_nodes
from safehand.ledger.verification import NamedReceipt, Verdict, verify_log

ORIGIN = "log.example/helsinki"


def a_key(name: str = ORIGIN, seed: int = 1) -> SigningKey:
    """The same key for the same seed, so that what tests sign is the same each time."""
    return SigningKey(name, hashlib.sha256(b"test key %d" % seed).digest())


def a_salt(index: int, seed: int = 0) -> bytes:
    return hashlib.sha256(b"salt %d %d" % (seed, index)).digest()


def a_fact(index: int, seed: int = 0) -> bytes:
    return b'{"at_ms":%d,"name":"parcel.observed.v1","parcel":"pcl_%d","state":"sorted"}' % (
        1_790_000_000_000 + seed,
        index,
    )


def entries_for(size: int, seed: int = 0) -> list[bytes]:
    return [entry_of(a_salt(index, seed), a_fact(index, seed)) for index in range(size)]


def a_log(folder: Path, size: int, *, key: SigningKey | None = None, seed: int = 0, steps: Sequence[int] = ()) -> Path:
    """A log of `size` entries, published by our writer at each of `steps` and at the end."""
    entries = entries_for(size, seed)
    with LogWriter.open(folder, key or a_key()) as writer:
        for step in (*steps, size):
            writer.extend(writer.size, entries[writer.size : step])
            writer.publish()
    return folder


def published(folder: Path) -> SignedCheckpoint:
    with LogWriter.open(folder, a_key()) as writer:
        assert writer.published is not None
        return writer.published


def a_receipt(folder: Path, index: int, *, seed: int = 0, signed: SignedCheckpoint | None = None) -> bytes:
    """The receipt of an entry of a log that `a_log` made, under its newest checkpoint."""
    signed = signed or published(folder)
    return make_receipt(a_fact(index, seed), a_salt(index, seed), index, signed, read_nodes(folder, signed.size))


def verdict_of(folder: Path, *receipts: bytes, trusted: bool = True) -> Verdict:
    held = [NamedReceipt(f"receipt-{number}", raw) for number, raw in enumerate(receipts)]
    return verify_log(FolderSource(folder), a_key().verifier if trusted else None, held)


# The second implementation: by definition, from the specification, with no thought of speed.


def mth(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, section 2.1, over leaf hashes."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:split]) + mth(leaves[split:])).digest()


def plain_path(level: str, index: int, width: int) -> str:
    digits = f"{index:03d}" if index < 1000 else f"{index:06d}"
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return (
        f"tile/{level}/" + "/".join(["x" + part for part in parts[:-1]] + parts[-1:]) + (f".p/{width}" * (width < 256))
    )


def plain_log(entries: Sequence[bytes], key: SigningKey) -> dict[str, bytes]:
    """The files of a log of these entries, whatever they are; signed by `key`, as its owner could."""
    leaves = [hashlib.sha256(b"\x00" + entry).digest() for entry in entries]
    files = dict(plain_tiles(leaves))
    for start in range(0, len(entries), 256):
        some = entries[start : start + 256]
        bundle = b"".join(struct.pack(">H", len(entry)) + entry for entry in some)
        files[plain_path("entries", start // 256, len(some))] = bundle
    root = base64.b64encode(mth(leaves)).decode()
    files["checkpoint"] = key.sign(f"{key.name}\n{len(entries)}\n{root}\n").encode()
    files["vkey"] = f"{key.verifier}\n".encode()
    return files


def plain_tiles(leaves: Sequence[bytes]) -> Mapping[str, bytes]:
    files: dict[str, bytes] = {}
    level, hashes = 0, list(leaves)
    while hashes:
        for start in range(0, len(hashes), 256):
            some = hashes[start : start + 256]
            files[plain_path(str(level), start // 256, len(some))] = b"".join(some)
        hashes = [mth(hashes[start : start + 256]) for start in range(0, len(hashes) - 255, 256)]
        level += 1
    return files


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    """A folder with exactly these files."""
    shutil.rmtree(folder, ignore_errors=True)
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def read_files(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, but the writer's own lock."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found.pop(".writer", None)
    return found
