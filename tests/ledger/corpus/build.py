"""Builds the corpus of known-bad logs and receipts: `python -m tests.ledger.corpus.build`. The same bytes every time.

One JSON file a case: what is shown (files of a log in base 64, receipts, the key that is trusted), why it is bad, and
the verdict that must be given. It is made without the code that it tests: tiles, entries and notes are put together
here and in `tests/ledger/logs.py` by definition.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from safehand.ledger.signing import SigningKey
from tests.ledger.logs import ORIGIN, a_fact, a_key, a_salt, entries_for, mth, plain_log

FOLDER = Path(__file__).parent
KEY, OTHER = a_key(), a_key(seed=2)
ENTRIES = entries_for(5)
GOOD = plain_log(ENTRIES, KEY)
BUNDLE, TILE = "tile/entries/000.p/5", "tile/0/000.p/5"
FORM = "not in the form of an entry: mark, 64 hex digits, newline"


@dataclass(frozen=True)
class Case:
    """One thing that must be refused, or that looks bad and is right."""

    name: str
    why: str
    line: str
    files: Mapping[str, bytes]
    receipts: Mapping[str, bytes] = field(default_factory=dict)


def leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def flip(raw: bytes, at: int, bit: int = 0) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]


def checkpoint(lines: str, key: SigningKey = KEY) -> bytes:
    return key.sign(lines).encode()


def receipt(size: int = 5, index: int = 2, *, key: SigningKey = KEY, fact: bytes | None = None) -> bytes:
    """A receipt put together by hand; `fact` is told in the place of the right one."""
    leaves = [leaf(entry) for entry in ENTRIES[:size]]
    told = a_fact(index) if fact is None else fact
    extra = json.dumps({"fact": told.decode(), "salt": a_salt(index).hex()}, separators=(",", ":"))
    hashes = "".join(f"{b64(hash)}\n" for hash in path(index, leaves))
    head = f"c2sp.org/tlog-proof@v1\nextra {b64(extra.encode())}\nindex {index}\n{hashes}\n"
    return head.encode() + plain_log(ENTRIES[:size], key)["checkpoint"]


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962, section 2.1.1, by definition."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*path(index, leaves[:split]), mth(leaves[split:])]
    return [*path(index - split, leaves[split:]), mth(leaves[:split])]


def cases() -> Iterator[Case]:
    yield Case("right", "nothing is wrong with it", f"ok 5 {b64(root(5))}", GOOD, {"right": receipt()})
    yield Case("empty", "a log of nothing is a log", f"ok 0 {b64(root(0))}", plain_log([], KEY))
    yield from bad_entries()
    yield from bad_tiles()
    yield from bad_checkpoints()
    yield from bad_receipts()
    yield from bad_histories()


def root(size: int) -> bytes:
    return mth([leaf(entry) for entry in ENTRIES[:size]])


def bad_entries() -> Iterator[Case]:
    raw = GOOD[BUNDLE]
    bit = flip(raw, 85 * 3 + 2 + 40)
    vouched = f"it is not the entry that {TILE} and the checkpoint vouch for"
    yield Case("entry-bit", "one bit of entry 3", f"bad entry 3: {vouched}", GOOD | {BUNDLE: bit})
    yield Case(
        "entry-length-bit", "one bit of a length", f"bad entry 2: {FORM}", GOOD | {BUNDLE: flip(raw, 85 * 2 + 1)}
    )
    swapped = plain_log([ENTRIES[0], ENTRIES[2], ENTRIES[1], *ENTRIES[3:]], KEY)[BUNDLE]
    yield Case("entries-swapped", "1 and 2 changed places", f"bad entry 1: {vouched}", GOOD | {BUNDLE: swapped})
    short = f"{BUNDLE} ends before it does"
    yield Case("entry-dropped", "the last record is gone", f"bad entry 4: {short}", GOOD | {BUNDLE: raw[:-85]})
    yield Case("entry-cut", "the last byte is gone", f"bad entry 4: {short}", GOOD | {BUNDLE: raw[:-1]})
    yield Case("length-cut", "half a length", f"bad entry 4: {short}", GOOD | {BUNDLE: raw[: 85 * 4 + 1]})
    more = f"bad entry 5: {BUNDLE} goes on behind its 5 entries"
    yield Case("entry-inserted-behind", "a sixth record", more, GOOD | {BUNDLE: raw + raw[:85]})
    yield Case("bytes-behind", "one byte too many", more, GOOD | {BUNDLE: raw + b"\x00"})
    gone = {path: content for path, content in GOOD.items() if path != BUNDLE}
    yield Case("bundle-missing", "no entries at all", f"bad entry 0: {BUNDLE} is missing", gone)
    yield Case(
        "bundle-huge", "a bundle beyond any entry", "bad entry 0: more than 5130 bytes", GOOD | {BUNDLE: raw * 20}
    )
    for name, entry in {
        "signed-upper-case": ENTRIES[1][:18] + ENTRIES[1][18:].upper(),
        "signed-version-2": ENTRIES[1].replace(b"v1", b"v2"),
        "signed-without-newline": ENTRIES[1][:-1],
        "signed-fact-in-the-open": a_fact(1),
    }.items():
        signed = plain_log([ENTRIES[0], entry, *ENTRIES[2:]], KEY)
        yield Case(name, "the key's owner signed something that is no entry", f"bad entry 1: {FORM}", signed)
    twice = plain_log([*ENTRIES, ENTRIES[1]], KEY)
    yield Case("signed-duplicate", "one fact counted twice", "bad entry 5: it is entry 1 once more", twice)


def bad_tiles() -> Iterator[Case]:
    raw = GOOD[TILE]
    wrong = f"bad tile {TILE}: its hash 4 is not that of the entries"
    yield Case("tile-bit", "one bit of a leaf hash", wrong, GOOD | {TILE: flip(raw, 4 * 32)})
    yield Case("tile-cut", "a hash is gone", f"bad tile {TILE}: 128 bytes, not 5 hashes", GOOD | {TILE: raw[:-32]})
    yield Case("tile-longer", "a hash too many", f"bad tile {TILE}: more than 160 bytes", GOOD | {TILE: raw + raw[:32]})
    gone = {path: content for path, content in GOOD.items() if path != TILE}
    yield Case("tile-missing", "no hashes at all", f"bad tile {TILE}: {TILE} is missing", gone)
    nodes = plain_log(ENTRIES[:2], KEY)
    forged = hashlib.sha256(b"\x01" + nodes["tile/0/000.p/2"]).digest()
    yield Case(
        "node-as-leaf",
        "an inner node is shown as the only leaf: 0x00 and 0x01 in front keep them apart",
        "bad entry 0: tile/entries/000.p/1 ends before it does",
        {
            "checkpoint": checkpoint(f"{ORIGIN}\n1\n{b64(forged)}\n"),
            "vkey": GOOD["vkey"],
            "tile/0/000.p/1": forged,
            "tile/entries/000.p/1": b"\x00\x40" + nodes["tile/0/000.p/2"][:-1],
        },
    )


def bad_checkpoints() -> Iterator[Case]:
    text, hash = f"{ORIGIN}\n5\n{b64(root(5))}\n", b64(root(5))
    note = GOOD["checkpoint"]
    wrong = f"bad checkpoint: the signature of '{ORIGIN}' is wrong"
    nobody = f"bad checkpoint: not signed by '{ORIGIN}+{KEY.verifier.key_id.hex()}'"
    spelling = "is not a number in its one spelling"
    yield Case("size-bit", "5 became 4", wrong, GOOD | {"checkpoint": note.replace(b"\n5\n", b"\n4\n")})
    yield Case("signature-bit", "one bit of the signature", wrong, GOOD | {"checkpoint": bent_signature(note)})
    yield Case("unsigned", "the signature line is gone", "bad checkpoint: no text with signature lines below it",
               GOOD | {"checkpoint": note.partition(b"\n\n")[0] + b"\n\n"})  # fmt: skip
    yield Case("namesake", "another key of the same name", nobody, GOOD | {"checkpoint": checkpoint(text, OTHER)})
    yield Case("whole-other-log", "right in itself, not ours", nobody, plain_log(ENTRIES, OTHER))
    stray = checkpoint(text.replace(ORIGIN, "other.example"))
    theirs = f"bad checkpoint: it is of the log 'other.example', not of '{ORIGIN}'"
    yield Case("other-origin", "our key signed for another log", theirs, GOOD | {"checkpoint": stray})
    for name, size in {
        "size-leading-zero": "05",
        "size-plus": "+5",
        "size-space": " 5",
        "size-huge": str(2**63),
    }.items():
        odd = checkpoint(text.replace("\n5\n", f"\n{size}\n"))
        yield Case(
            name, "a size in another spelling", f"bad checkpoint: {size!r} {spelling}", GOOD | {"checkpoint": odd}
        )
    loose = checkpoint(text.replace(hash, hash[:-2] + chr(ord(hash[-2]) + 1) + "="))
    twin = "bad checkpoint: base 64 that is not in its one canonical spelling"
    yield Case("root-stray-bits", "base 64 that decodes to the same root", twin, GOOD | {"checkpoint": loose})
    other = b64(mth([leaf(entry) for entry in [*ENTRIES[:4], ENTRIES[3]]]))
    yield Case("other-root", "signed over another tree",
               f"bad checkpoint: the entries give the root {hash}, which is not the one signed",
               GOOD | {"checkpoint": checkpoint(text.replace(hash, other))})  # fmt: skip
    yield Case("root-of-more", "the size says 5, the root is that of 4",
               f"bad checkpoint: the entries give the root {hash}, which is not the one signed",
               GOOD | {"checkpoint": checkpoint(text.replace(hash, b64(root(4))))})  # fmt: skip
    yield Case("control-character", "a note holds no carriage return", "bad checkpoint: a control character",
               GOOD | {"checkpoint": note.replace(b"\n5\n", b"\r\n5\n")})  # fmt: skip


def bent_signature(note: bytes) -> bytes:
    head, _, material = note[:-1].rpartition(b" ")
    return head + b" " + base64.b64encode(flip(base64.b64decode(material), 20)) + b"\n"


def bad_receipts() -> Iterator[Case]:
    good = receipt()

    def bad(name: str, why: str, reason: str, raw: bytes) -> Case:
        return Case(name, why, f"bad receipt {name}: {reason}", GOOD, {name: raw})

    unproven = "its fact is not the entry that the checkpoint vouches for"
    yield bad(
        "receipt-time", "a minute later", unproven, receipt(fact=a_fact(2).replace(b"1790000000000", b"1790000060000"))
    )
    yield bad("receipt-fact", "another parcel", unproven, receipt(fact=a_fact(3)))
    yield bad(
        "receipt-index", "the proof of one place, told for another", unproven, good.replace(b"index 2", b"index 3")
    )
    yield bad("receipt-index-spelling", "a zero in front", "'02' is not a number in its one spelling",
              good.replace(b"index 2", b"index 02"))  # fmt: skip
    yield bad(
        "receipt-outside",
        "an entry beyond the tree",
        "entry 5 is not in a tree of 5",
        good.replace(b"index 2", b"index 5"),
    )
    lines = good.split(b"\n")
    yield bad(
        "receipt-hash-missing", "one hash less", "the inclusion proof is too short", b"\n".join(lines[:5] + lines[6:])
    )
    yield bad(
        "receipt-hash-more", "one hash more", "the inclusion proof is too long", b"\n".join(lines[:5] + lines[4:])
    )
    yield bad("receipt-other-key", "signed by a namesake",
              f"not signed by '{ORIGIN}+{KEY.verifier.key_id.hex()}'", receipt(key=OTHER))  # fmt: skip
    yield bad("receipt-fact-not-canonical", "the same fact with a space",
              "its fact is not in canonical form: sort the keys, leave out spaces, use plain ASCII",
              receipt(fact=a_fact(2).replace(b":", b": ", 1)))  # fmt: skip
    yield bad("receipt-version", "another version of the format", "the first line is not c2sp.org/tlog-proof@v1",
              good.replace(b"@v1", b"@v2"))  # fmt: skip
    yield bad("receipt-empty", "no file at all", "no checkpoint below an empty line", b"")


def bad_histories() -> Iterator[Case]:
    """Right in themselves and signed by the right key: only a receipt tells."""
    held = {"kept": receipt()}
    cut = "it was given at 5 entries, the log ends at {}: it was cut"
    yield Case("cut-tail", "an older log", f"bad receipt kept: {cut.format(4)}", plain_log(ENTRIES[:4], KEY), held)
    yield Case("all-gone", "a log begun anew", f"bad receipt kept: {cut.format(0)}", plain_log([], KEY), held)
    new = entries_for(1, seed=9)[0]
    forked = plain_log([new, *ENTRIES[1:]], KEY)
    two = "bad receipt kept: at 5 entries the log had another root: two histories were signed"
    yield Case("fork", "entry 0 was exchanged and all signed anew", two, forked, held)
    grown = plain_log([ENTRIES[0], new, *ENTRIES[2:], *entries_for(300, seed=8)], KEY)
    yield Case("fork-grown", "the same, and 300 entries later", two, grown, held)
    exchanged = plain_log([*ENTRIES[:2], new, *ENTRIES[3:]], KEY)
    yield Case("receipts-entry", "the receipt's own entry was exchanged",
               "bad receipt kept: entry 2 of the log is another one", exchanged, held)  # fmt: skip


def text_of(case: Case) -> str:
    """The file of one case."""
    packed = {name: {path: b64(raw) for path, raw in sorted(files.items())} for name, files in
              (("files", case.files), ("receipts", case.receipts))}  # fmt: skip
    said = {"why": case.why, "line": case.line, "vkey": str(KEY.verifier), **packed}
    return json.dumps(said, indent=1) + "\n"


def main() -> None:
    """Write every case, and remove what is none any more."""
    built = {f"{case.name}.json": text_of(case) for case in cases()}
    for old in FOLDER.glob("*.json"):
        if old.name not in built:
            old.unlink()
    for name, text in built.items():
        (FOLDER / name).write_text(text, "ascii")


if __name__ == "__main__":
    main()
