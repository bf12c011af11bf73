"""What can be done to a published log, or to a receipt, that nobody may get away with.

An edit is drawn from chance and made on the files of a log. Most are made by somebody without the log's key, who may
however put every tile in order behind the change; the last group by the key's owner, who signs anew.
"""

import base64
import dataclasses
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from safehand.kernel.canonical import canonical_bytes
from safehand.ledger.checkpoint import open_checkpoint
from safehand.ledger.entry import entry_of
from safehand.ledger.predecessor import EXTENSION
from safehand.ledger.proof import TlogProof
from safehand.ledger.receipt import make_receipt
from safehand.ledger.succession import KEYS_PATH, Rotation, sign_rotation
from safehand.ledger.tiles import node_reader
from tests.ledger.logs import a_fact, a_key, a_salt, entries_for, plain_log

SIZE = 700
KEY = a_key()
STRANGER = a_key("elsewhere.example", seed=2)
NAMESAKE = a_key(seed=3)

type Files = dict[str, bytes]


@dataclass(frozen=True)
class Shown:
    """What a verifier is shown: a log's files and some receipts. It trusts KEY."""

    files: Files
    receipts: tuple[bytes, ...] = ()


type Edit = Callable[[Random, Shown], Shown]


@cache
def entries() -> list[bytes]:
    return entries_for(SIZE)


@cache
def files_at(size: int) -> Files:
    """The honest log as it was at `size`."""
    return plain_log(entries()[:size], KEY)


@cache
def receipt_at(size: int, index: int) -> bytes:
    """The receipt of an entry, given when the log had `size`."""
    files = files_at(size)
    signed = open_checkpoint(files["checkpoint"], KEY.verifier)
    return make_receipt(a_fact(index), a_salt(index), index, signed, node_reader(size, lambda tile: files[tile.path]))


def honest(chance: Random, size: int = SIZE) -> Shown:
    """The log as it is at `size`, and none, one or some of the receipts that were given on the way."""
    given = [then for then in (1, 3, 100, 255, 256, 257, 512, 513, size) if then <= size]
    then = [chance.choice(given) for _ in range(chance.choice([0, 0, 1, 3]) if size else 0)]
    return Shown(files_at(size), tuple(receipt_at(size, chance.randrange(size)) for size in then))


def flip(chance: Random, raw: bytes, start: int = 0, end: int | None = None) -> bytes:
    at = chance.randrange(start * 8, (len(raw) if end is None else end) * 8)
    return raw[: at // 8] + bytes([raw[at // 8] ^ 1 << at % 8]) + raw[at // 8 + 1 :]


def flipped(*prefixes: str) -> Edit:
    """One bit of one of the files whose path begins so."""

    def edit(chance: Random, shown: Shown) -> Shown:
        path = chance.choice(sorted(path for path in shown.files if path.startswith(prefixes)))
        return dataclasses.replace(shown, files=shown.files | {path: flip(chance, shown.files[path])})

    return edit


def flipped_signature(chance: Random, shown: Shown) -> Shown:
    """One bit of the signature itself; the note stays a note."""
    text, _, line = shown.files["checkpoint"].decode().partition("\n\n")
    mark, name, material = line[:-1].split(" ")
    raw = base64.b64decode(material)
    bent = base64.b64encode(flip(chance, raw, start=4)).decode()
    return dataclasses.replace(shown, files=shown.files | {"checkpoint": f"{text}\n\n{mark} {name} {bent}\n".encode()})


def dropped(chance: Random, given: list[bytes]) -> list[bytes]:
    at = chance.randrange(len(given))
    return [*given[:at], *given[at + 1 :]]


def swapped(chance: Random, given: list[bytes]) -> list[bytes]:
    one, other = chance.sample(range(len(given)), 2)
    changed = list(given)
    changed[one], changed[other] = changed[other], changed[one]
    return changed


def doubled(chance: Random, given: list[bytes]) -> list[bytes]:
    at = chance.randrange(len(given) + 1)
    return [*given[:at], chance.choice(given), *given[at:]]


def inserted(chance: Random, given: list[bytes]) -> list[bytes]:
    at = chance.randrange(len(given) + 1)
    return [*given[:at], entry_of(chance.randbytes(32), b"{}"), *given[at:]]


def replaced(chance: Random, given: list[bytes]) -> list[bytes]:
    at = chance.randrange(len(given))
    return [*given[:at], entry_of(chance.randbytes(32), b"{}"), *given[at + 1 :]]


CHANGES = (dropped, swapped, doubled, inserted, replaced)


def by_a_stranger(change: Callable[[Random, list[bytes]], list[bytes]]) -> Edit:
    """The entries are changed; of the rest, what the stranger can make fit is made to fit, or not."""

    def edit(chance: Random, shown: Shown) -> Shown:
        changed = change(chance, entries())
        fitted = [*changed, entry_of(chance.randbytes(32), b"{}")][:SIZE]
        if fitted != entries() and chance.random() < 0.5:  # the number of entries is that of the checkpoint again
            changed = fitted
        made = plain_log(changed, KEY)
        # Under the names that the checkpoint asks for, whatever number of entries is in there.
        named = {
            old: made[new] for old in shown.files for new in made if old.partition(".p/")[0] == new.partition(".p/")[0]
        }
        prefixes = chance.choice([("tile/entries/",), ("tile/entries/", "tile/0/"), ("tile/",)])
        return dataclasses.replace(
            shown, files=shown.files | {path: raw for path, raw in named.items() if path.startswith(prefixes)}
        )

    return edit


def missing(chance: Random, shown: Shown) -> Shown:
    path = chance.choice(sorted(path for path in shown.files if path.startswith("tile/")))
    return dataclasses.replace(shown, files={name: raw for name, raw in shown.files.items() if name != path})


def resized(chance: Random, shown: Shown) -> Shown:
    """A file that ends early or goes on."""
    path = chance.choice(sorted(path for path in shown.files if path != "vkey"))
    raw = shown.files[path]
    bent = chance.choice([raw[: chance.randrange(len(raw))], raw + chance.randbytes(1 + chance.randrange(100))])
    return dataclasses.replace(shown, files=shown.files | {path: bent})


def exchanged_tiles(chance: Random, shown: Shown) -> Shown:
    """Two files of one kind stand in each other's place."""
    kind = chance.choice(["tile/0/", "tile/entries/"])
    one, other = chance.sample(sorted(path for path in shown.files if path.startswith(kind)), 2)
    return dataclasses.replace(shown, files=shown.files | {one: shown.files[other], other: shown.files[one]})


def another_checkpoint(chance: Random, shown: Shown) -> Shown:
    """The checkpoint of another log: of somebody else, of somebody of the same name, or of the same key's other log."""
    key, seed = chance.choice([(STRANGER, 0), (NAMESAKE, 0), (KEY, 9)])
    other = plain_log(entries_for(chance.choice([SIZE, 256]), seed), key)
    names = chance.choice([("checkpoint",), ("checkpoint", "vkey")])
    return dataclasses.replace(shown, files=shown.files | {name: other[name] for name in names})


def another_log(chance: Random, shown: Shown) -> Shown:
    """A whole other log, right in itself, by somebody else."""
    return dataclasses.replace(shown, files=plain_log(entries(), chance.choice([STRANGER, NAMESAKE])))


# Receipts


def with_receipt(chance: Random, shown: Shown, change: Callable[[Random, bytes], bytes]) -> Shown:
    size = chance.choice([100, 256, SIZE])
    receipt = receipt_at(size, chance.randrange(size))
    return dataclasses.replace(shown, receipts=(*shown.receipts, change(chance, receipt)))


def told_otherwise(chance: Random, receipt: bytes, changes: Sequence[tuple[str, object]]) -> bytes:
    proof = TlogProof.parse(receipt)
    said = json.loads(proof.extra or b"")
    fact = json.loads(said["fact"]) | dict([chance.choice(changes)])
    said["fact"] = canonical_bytes(fact).decode()
    return dataclasses.replace(proof, extra=canonical_bytes(said)).encode()


def changed_fact(chance: Random, shown: Shown) -> Shown:
    changes = [
        ("parcel", "pcl_x"),
        ("state", "delivered"),
        ("name", "custody.offered.v1"),
        ("more", chance.randrange(99)),
    ]
    return with_receipt(chance, shown, lambda chance, receipt: told_otherwise(chance, receipt, changes))


def changed_time(chance: Random, shown: Shown) -> Shown:
    changes = [("at_ms", 1_790_000_000_001 + chance.randrange(10**9))]
    return with_receipt(chance, shown, lambda chance, receipt: told_otherwise(chance, receipt, changes))


def changed_receipt(chance: Random, shown: Shown) -> Shown:
    return with_receipt(chance, shown, flip)


def changed_receipt_signature(chance: Random, shown: Shown) -> Shown:
    def change(chance: Random, receipt: bytes) -> bytes:
        proof = TlogProof.parse(receipt)
        note = flipped_signature(chance, Shown({"checkpoint": proof.note})).files["checkpoint"]
        return dataclasses.replace(proof, note=note).encode()

    return with_receipt(chance, shown, change)


def foreign_receipt(chance: Random, shown: Shown) -> Shown:
    """A right receipt for the right entry in a log like ours, signed by somebody else."""
    key = chance.choice([STRANGER, NAMESAKE])
    files = plain_log(entries(), key)
    signed = open_checkpoint(files["checkpoint"], key.verifier)
    index = chance.randrange(SIZE)
    read = node_reader(SIZE, lambda tile: files[tile.path])
    receipt = make_receipt(a_fact(index), a_salt(index), index, signed, read)
    return dataclasses.replace(shown, receipts=(*shown.receipts, receipt))


# By the owner of the key


def older_log(chance: Random, shown: Shown) -> Shown:
    """The log as it honestly was, shown to somebody who has a later receipt."""
    size = chance.randrange(100, SIZE + 1)
    return Shown(files_at(chance.randrange(size)), (receipt_at(size, chance.randrange(size)),))


def cut_tail(chance: Random, shown: Shown) -> Shown:
    """The last entries are gone, and the rest is signed anew; they may even have been replaced by fewer others."""
    left = chance.randrange(SIZE - 1)
    more = [entry_of(chance.randbytes(32), b"{}") for _ in range(chance.choice([0, 0, SIZE - left - 1]))]
    return Shown(plain_log([*entries()[:left], *more], KEY), (receipt_at(SIZE, chance.randrange(SIZE)),))


def fork(chance: Random, shown: Shown) -> Shown:
    """The past was changed and signed anew, and the log may have grown since."""
    size = chance.choice([100, 256, 257, 512, SIZE])
    past = entries()[:size]
    while past[:size] == entries()[:size]:  # something added behind what the receipt covers would be no fork
        past = chance.choice([swapped, replaced, inserted, dropped])(chance, entries()[:size])
    more = [entry_of(chance.randbytes(32), b"{}") for _ in range(chance.randrange(2, 300))]
    return Shown(plain_log([*past, *more], KEY), (receipt_at(size, chance.randrange(size)),))


def fork_of_the_receipts_entry(chance: Random, shown: Shown) -> Shown:
    """The very entry that the receipt is for was exchanged."""
    index = chance.randrange(SIZE)
    past = [*entries()[:index], entry_of(chance.randbytes(32), b"{}"), *entries()[index + 1 :]]
    return Shown(plain_log(past, KEY), (receipt_at(SIZE, index),))


def signed_duplicate(chance: Random, shown: Shown) -> Shown:
    return Shown(plain_log(doubled(chance, entries()), KEY))


def signed_oddity(chance: Random, shown: Shown) -> Shown:
    """Something that is no entry, signed into the log."""
    at, good = chance.randrange(SIZE), entries()[0]
    mark, digits = good[:18], good[18:82]
    odd = chance.choice(
        [
            mark + digits.upper().replace(b"0", b"A") + b"\n",
            mark.replace(b"v1", b"v2") + digits + b"\n",
            mark.replace(b"a", b"e") + digits + b"\n",
            mark + digits + b" ",
            mark + b"g" + digits[1:] + b"\n",
            mark + digits[1:] + b"\n",
            good + b"\n",
            chance.randbytes(chance.randrange(1, 200)),
        ]
    )
    return Shown(plain_log([*entries()[:at], odd, *entries()[at + 1 :]], KEY))


def forged_change_of_keys(chance: Random, shown: Shown) -> Shown:
    """Somebody lays down a note that gives the log another key, which the log's own never signed."""
    rotation = Rotation(KEY.verifier, NAMESAKE.verifier, chance.randrange(1, SIZE))
    return Shown(shown.files | {KEYS_PATH: sign_rotation(rotation, STRANGER, NAMESAKE)}, shown.receipts)


def predecessor_that_nobody_shows(chance: Random, shown: Shown) -> Shown:
    """The owner of the key signs that there was a log before, and hides what it was."""
    text = open_checkpoint(shown.files["checkpoint"], KEY.verifier).checkpoint.text
    named = f"{text}{EXTENSION}{base64.b64encode(chance.randbytes(32)).decode()}\n"
    return Shown(shown.files | {"checkpoint": KEY.sign(named).encode()}, shown.receipts)


EDITS: dict[str, Edit] = {
    "a forged change of keys": forged_change_of_keys,
    "a predecessor that nobody shows": predecessor_that_nobody_shows,
    "a flipped bit in an entry": flipped("tile/entries/"),
    "a flipped bit in a leaf tile": flipped("tile/0/"),
    "a flipped bit in an upper tile": flipped("tile/1/"),
    "a flipped bit in the checkpoint": flipped("checkpoint"),
    "a flipped bit in the signature": flipped_signature,
    **{f"an entry {change.__name__}": by_a_stranger(change) for change in CHANGES},
    "a file missing": missing,
    "a file cut short or longer": resized,
    "tiles exchanged": exchanged_tiles,
    "another log's checkpoint": another_checkpoint,
    "another log": another_log,
    "a receipt's fact changed": changed_fact,
    "a receipt's time changed": changed_time,
    "a flipped bit in a receipt": changed_receipt,
    "a flipped bit in a receipt's signature": changed_receipt_signature,
    "a receipt signed by others": foreign_receipt,
    "an older log": older_log,
    "a cut tail": cut_tail,
    "a re-signed fork": fork,
    "a re-signed fork of the receipt's entry": fork_of_the_receipts_entry,
    "a signed duplicate": signed_duplicate,
    "a signed oddity": signed_oddity,
}
