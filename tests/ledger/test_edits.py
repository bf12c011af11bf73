"""The law of edits: whatever is done to a log or a receipt is refused, and what is right is not.

Beside it stand verifiers that leave one check out. Each of them lets at least one edit through that the whole
verifier refuses: so every check is needed, and the law can fail.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.ledger.checkpoint import SignedCheckpoint, Signers, read_unverified
from safehand.ledger.note import VerifierKey
from safehand.ledger.predecessor import Predecessor
from safehand.ledger.receipt import Verified, verify_receipt
from safehand.ledger.refusals import Refused
from safehand.ledger.source import FolderSource
from safehand.ledger.succession import Succession
from safehand.ledger.tiles import Tile, tiles_as_filled
from safehand.ledger.verification import LogVerifier, NamedReceipt, Verdict
from tests.ledger.edits import EDITS, KEY, Edit, Shown, files_at, flip, honest
from tests.ledger.logs import a_log, read_files, write_files

EDITS_MIN = 1_000
ROUNDS = -(-EDITS_MIN // len(EDITS))


class Desk:
    """Lays out what is shown in a real folder, changing only the files that differ, and has it verified."""

    def __init__(self, folder: Path, files: dict[str, bytes]) -> None:
        self.folder = write_files(folder, files)
        self.there = dict(files)

    def verdict(self, shown: Shown, verifier: type[LogVerifier] = LogVerifier) -> Verdict:
        for path in self.there.keys() - shown.files.keys():
            (self.folder / path).unlink()
        for path, raw in shown.files.items():
            if self.there.get(path) != raw:
                (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / path).write_bytes(raw)
        self.there = dict(shown.files)
        held = [NamedReceipt(f"receipt-{number}", raw) for number, raw in enumerate(shown.receipts)]
        return verifier(FolderSource(self.folder), KEY.verifier, held, lambda _done: None).run()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("edits") / "log", files_at(1))


def edited(name: str, seed: int) -> Shown:
    chance = Random(f"{name} {seed}")
    return EDITS[name](chance, honest(chance))


def test_a_thousand_edits_are_refused_and_what_is_right_is_not(desk: Desk) -> None:
    let_through: list[str] = []
    subjects: Counter[str] = Counter()
    for seed in range(ROUNDS):
        for name in EDITS:
            verdict = desk.verdict(edited(name, seed))
            if verdict.refused is None:
                let_through.append(f"{name}, seed {seed}: {verdict.line}")
            else:
                subjects[verdict.refused.subject.split(" ")[0]] += 1
        right = desk.verdict(honest(Random(seed)))
        assert right.ok, f"false alarm, seed {seed}: {right.line}"

    assert let_through == []
    assert subjects.total() >= EDITS_MIN
    assert subjects.keys() == {"entry", "tile", "checkpoint", "receipt", "keys", "predecessor"}


@given(st.sampled_from(sorted(EDITS)), st.integers(0, 2**64))
def test_whatever_is_done_to_a_log_or_a_receipt_is_refused(desk: Desk, name: str, seed: int) -> None:
    assert not desk.verdict(edited(name, seed)).ok


@given(st.sampled_from([0, 1, 2, 255, 256, 257, 511, 512, 513, 700]) | st.integers(0, 700), st.randoms())
def test_no_false_alarm_at_any_size_with_any_receipt(desk: Desk, size: int, chance: Random) -> None:
    verdict = desk.verdict(honest(chance, size))

    assert verdict.ok, verdict.line


def test_a_bit_anywhere_in_a_log_of_three_levels(tmp_path: Path) -> None:
    files = read_files(a_log(tmp_path / "made", 65_536 + 300))
    shutil.rmtree(tmp_path / "made")
    large = Desk(tmp_path / "log", files)
    paths = sorted(path for path in files if path.startswith(("tile/1/", "tile/2/", "checkpoint")))
    chance = Random(3)
    assert len(paths) == 4
    for path in [*paths, *chance.sample(sorted(files), 4)]:
        if path != "vkey":
            verdict = large.verdict(Shown(files | {path: flip(chance, files[path])}))
            assert not verdict.ok, path
    assert large.verdict(Shown(files)).ok


# Verifiers with one check left out


class NoSignature(LogVerifier):
    def check_signature(self, raw: bytes, key: Signers) -> SignedCheckpoint:
        try:
            return read_unverified(raw)
        except ValueError as error:
            raise Refused("checkpoint", str(error)) from error


class NoForm(LogVerifier):
    def check_form(self, tile: Tile, raw: bytes) -> None:
        if len(raw) != tile.width * 85:  # it could not be hashed at all
            super().check_form(tile, raw)


class NoLeafTile(LogVerifier):
    def check_leaf_tile(self, tile: Tile, raw: bytes, expected: bytes) -> None:
        pass


class NoUpperTile(LogVerifier):
    def check_upper_tile(self, tile: Tile, raw: bytes, expected: bytes) -> None:
        pass


class NoRoot(LogVerifier):
    def check_root(self, signed: SignedCheckpoint) -> None:
        pass


class NoTiles(LogVerifier):
    def check_tiles(self) -> None:
        pass


class NoMissingFile(LogVerifier):
    def read_tiles(self, size: int) -> None:
        for tile, raw in self.source.read_tiles(tiles_as_filled(size)):
            if raw is not None:
                self._fold(tile, raw)


class NoDuplicates(LogVerifier):
    def check_duplicates(self) -> None:
        pass


class NoReceipts(LogVerifier):
    def __init__(self, *given: object) -> None:
        source, trusted, _, progress = given
        super().__init__(source, trusted, (), progress)  # type: ignore[arg-type]


class NoReceiptSignature(LogVerifier):
    def check_receipt(self, receipt: NamedReceipt, key: Signers, signed: SignedCheckpoint) -> Verified:
        try:
            verified = verify_receipt(receipt.raw, None)
        except ValueError as error:
            raise Refused(f"receipt {receipt.name}", str(error)) from error
        self.check_reach(receipt, verified, signed)
        return verified


class NoKeys(LogVerifier):
    def check_keys(self, trusted: VerifierKey | Succession) -> Succession:
        return trusted if isinstance(trusted, Succession) else Succession(trusted)


class NoPredecessor(LogVerifier):
    def check_predecessor(self, signed: SignedCheckpoint, key: Signers) -> Predecessor | None:
        return None


class NoReach(LogVerifier):
    def check_reach(self, receipt: NamedReceipt, verified: Verified, signed: SignedCheckpoint) -> None:
        pass


class NoReceiptRoot(LogVerifier):
    def check_receipt_root(self, receipt: NamedReceipt, verified: Verified, root: bytes) -> None:
        pass


class NoReceiptRootNorEntry(NoReceiptRoot):
    def check_receipt_entry(self, receipt: NamedReceipt, verified: Verified, leaf: bytes) -> None:
        pass


MUTANTS: dict[type[LogVerifier], str] = {
    NoSignature: "a flipped bit in the signature",
    NoForm: "a signed oddity",
    NoLeafTile: "a flipped bit in a leaf tile",
    NoUpperTile: "a flipped bit in an upper tile",
    NoRoot: "an entry swapped",
    NoTiles: "a flipped bit in a leaf tile",
    NoMissingFile: "a file missing",
    NoDuplicates: "a signed duplicate",
    NoReceipts: "a receipt's time changed",
    NoReceiptSignature: "a flipped bit in a receipt's signature",
    NoReach: "an older log",
    NoKeys: "a forged change of keys",
    NoPredecessor: "a predecessor that nobody shows",
    NoReceiptRoot: "a re-signed fork",
    NoReceiptRootNorEntry: "a re-signed fork of the receipt's entry",
}


@pytest.mark.parametrize(("mutant", "name"), MUTANTS.items())
def test_a_verifier_that_leaves_one_check_out_lets_something_through(
    desk: Desk, mutant: type[LogVerifier], name: str
) -> None:
    survived = [seed for seed in range(ROUNDS) if desk.verdict(edited(name, seed), mutant).ok]

    assert survived
    assert all(not desk.verdict(edited(name, seed)).ok for seed in survived)


def test_the_receipts_entry_is_noticed_even_where_the_roots_are_not_compared(desk: Desk) -> None:
    """Two checks stand behind a receipt. With the roots left out, the entry alone still tells of its own exchange."""
    name = "a re-signed fork of the receipt's entry"

    assert not any(desk.verdict(edited(name, seed), NoReceiptRoot).ok for seed in range(ROUNDS))


def checks_of(verifier: type[LogVerifier]) -> Iterator[str]:
    return (name for name in vars(verifier) if name.startswith("check_") and name != "check_receipts_here")


def test_every_check_has_its_mutant() -> None:
    left_out = {name for mutant in MUTANTS for name in vars(mutant)}

    assert set(checks_of(LogVerifier)) <= left_out


def test_every_edit_is_an_edit() -> None:
    """None of them leaves everything as it was."""
    for name in EDITS:
        edit: Edit = EDITS[name]
        for seed in range(5):
            before = honest(Random(f"{name} {seed}"))
            assert edit(Random(seed), before) != before, name
