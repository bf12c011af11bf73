"""A restore is whole, or the folder is as empty as it was. No server is needed to find out what does not fit."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pyrage
import pytest

from safehand.app.backup.erasures import JOURNAL, carry_erasures, lay_erasures
from safehand.app.backup.errors import Damaged, Doubted, NotEmpty, NotOurs, NotPrepared, WalGap, WrongBackupKey
from safehand.app.backup.keys import backup_key, open_keys, seal_keys
from safehand.app.backup.manifest import Manifest, WalNote
from safehand.app.backup.packing import packed
from safehand.app.backup.place import Place
from safehand.app.backup.restoring import Restorer, folder_beside
from safehand.app.backup.sealing import Identity, Report, seal, unheard
from safehand.app.backup.standing import standing
from safehand.app.data_folder import DataFolder
from safehand.app.settings import Settings
from safehand.audit.checks.backups import Standing
from safehand.kernel.errors import SafehandError
from safehand.ledger.signing import SigningKey
from safehand.store.binaries import find_binaries
from safehand.store.errors import OtherVersion
from tests.app.backup.test_manifest import SEGMENT, a_manifest
from tests.servers import scratch_folder

LOG_NAME = "log.example/one"
NEXT = "000000010000000000000004"


@dataclass
class Kept:
    """A backup that is whole in all its parts, though no server would start on it."""

    folder: Path
    place: Place
    key: SigningKey
    identity: Identity
    base: Manifest

    @property
    def bundle(self) -> Path:
        return self.folder / "keys.age"

    def restorer(self, target: Path, identity: Identity | None = None) -> Restorer:
        return Restorer(DataFolder(target), self.place, self.bundle, [identity or self.identity])

    def sign(self, base: Manifest) -> None:
        (self.place.bases / base.id / "manifest").write_bytes(base.sign(self.key))

    def archive(self, segment: str) -> Path:
        path = self.place.wal / f"{segment}.age"
        part = seal(segment, io.BytesIO(os.urandom(100)), path, [self.identity.to_public()])
        (self.place.wal / f"{segment}.note").write_bytes(WalNote(self.base.system, 9, part).sign(self.key))
        return path


@pytest.fixture
def kept() -> Iterator[Kept]:
    with scratch_folder() as folder:
        data, place, identity = DataFolder(folder / "data"), Place(folder / "backup"), pyrage.x25519.Identity.generate()
        (data.path / "keys").mkdir(parents=True)
        (data.path / "keys" / "vault.key").write_bytes(b"k" * 32)
        key = backup_key(data.path / "keys", LOG_NAME)
        place.prepare(key.verifier)
        to = [identity.to_public()]
        seal_keys(data, folder / "keys.age", to)
        base = replace(a_manifest(), log_name=LOG_NAME, major=find_binaries().major)
        home = place.bases / base.id
        home.mkdir()
        contents = {"base": packed({"PG_VERSION": b"18\n"}), "passwords": packed({"postgres": b"secret"}), "blobs": b""}
        parts = {name: seal(name, io.BytesIO(raw), home / f"{name}.age", to) for name, raw in contents.items()}
        made = Kept(folder, place, key, identity, replace(base, parts=parts))
        made.sign(made.base)
        made.archive(SEGMENT)
        yield made


def cut(kept: Kept) -> None:
    path = kept.place.part_path(kept.base, "base")
    path.write_bytes(path.read_bytes()[:-20])


def exchange(kept: Kept) -> None:
    path = kept.place.part_path(kept.base, "passwords")
    path.write_bytes(kept.place.part_path(kept.base, "base").read_bytes())


def take_away_wal(kept: Kept) -> None:
    kept.archive(NEXT).unlink()


def take_away_a_segment(kept: Kept) -> None:
    kept.archive("000000010000000000000006")


def take_away_evidence(kept: Kept) -> None:
    raw = io.BytesIO(b"ab" * 32 + b"\n")
    part = seal("blobs", raw, kept.place.part_path(kept.base, "blobs"), [kept.identity.to_public()])
    kept.sign(replace(kept.base, parts={**kept.base.parts, "blobs": part}))


def sign_as_somebody_else(kept: Kept) -> None:
    kept.key = SigningKey.generate(kept.key.name)
    kept.sign(kept.base)


def lead_elsewhere(kept: Kept) -> None:
    raw = io.BytesIO(packed({"../../out": b"x"}))
    part = seal("base", raw, kept.place.part_path(kept.base, "base"), [kept.identity.to_public()])
    kept.sign(replace(kept.base, parts={**kept.base.parts, "base": part}))


def come_from_another_major(kept: Kept) -> None:
    kept.sign(replace(kept.base, major=9))


SPOILT: list[tuple[Callable[[Kept], None], type[SafehandError]]] = [
    (cut, Damaged),
    (exchange, Damaged),
    (take_away_wal, Damaged),
    (take_away_a_segment, WalGap),
    (take_away_evidence, Damaged),
    (sign_as_somebody_else, NotOurs),
    (lead_elsewhere, Damaged),
    (come_from_another_major, OtherVersion),
]


@pytest.mark.parametrize(("spoil", "refusal"), SPOILT, ids=[spoil.__name__ for spoil, _ in SPOILT])
def test_a_backup_that_is_not_whole_leaves_the_folder_empty(
    kept: Kept, spoil: Callable[[Kept], None], refusal: type[SafehandError]
) -> None:
    spoil(kept)
    target = kept.folder / "target"

    with pytest.raises(refusal):
        kept.restorer(target).run(quiet, never)
    assert [path.name for path in target.rglob("*")] == ["lock"]
    assert not (kept.folder / "out").exists()


def test_another_identity_restores_nothing(kept: Kept) -> None:
    target = kept.folder / "target"

    with pytest.raises(WrongBackupKey):
        kept.restorer(target, pyrage.x25519.Identity.generate()).run(quiet, never)
    assert [path.name for path in target.rglob("*")] == ["lock"]


def test_a_folder_with_something_in_it_is_not_touched(kept: Kept) -> None:
    mine = kept.folder / "target" / "mine"
    mine.parent.mkdir()
    mine.write_text("precious")

    with pytest.raises(NotEmpty):
        kept.restorer(mine.parent).run(quiet, never)
    assert mine.read_text() == "precious"


def test_a_restore_that_was_killed_is_begun_anew(kept: Kept) -> None:
    target = kept.folder / "target"
    (target / "postgres" / "cluster").mkdir(parents=True)
    (target / "restoring").touch()
    cut(kept)

    with pytest.raises(Doubted):
        kept.restorer(target).run(quiet, never)
    assert [path.name for path in target.rglob("*")] == ["lock"]


def test_the_keys_are_in_the_bundle_and_open_for_their_owner_only(kept: Kept) -> None:
    keys = kept.folder / "keys"

    assert b"k" * 32 not in kept.bundle.read_bytes()
    open_keys(kept.bundle, [kept.identity], keys)
    assert (keys / "vault.key").read_bytes() == b"k" * 32
    assert {path.name for path in keys.iterdir()} == {"vault.key", "backup.key"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in [keys, *keys.iterdir()])


def test_the_journal_of_erasures_comes_along_and_the_longer_one_counts(kept: Kept) -> None:
    data, target = kept.folder / "data", kept.folder / "target"
    journal = data / "erasures" / "erasures.jsonl"
    journal.parent.mkdir()
    target.mkdir()
    journal.write_bytes(b"one\n")
    carry_erasures(journal, kept.place, [kept.identity.to_public()], kept.key, 9)
    journal.write_bytes(b"one\ntwo\n")
    beside = folder_beside(data / "postgres" / "cluster" / "pg_wal").path / JOURNAL

    lay_erasures(target / "erasures.jsonl", kept.place, [kept.identity], kept.key.verifier, [])
    assert (target / "erasures.jsonl").read_bytes() == b"one\n"
    lay_erasures(target / "erasures.jsonl", kept.place, [kept.identity], kept.key.verifier, [beside])
    assert (target / "erasures.jsonl").read_bytes() == b"one\ntwo\n"
    lay_erasures(target / "erasures.jsonl", kept.place, [kept.identity], kept.key.verifier, [])
    assert (target / "erasures.jsonl").read_bytes() == b"one\ntwo\n", "one that is longer stays"


def test_no_key_of_the_installation_lies_in_the_backup_folder(kept: Kept) -> None:
    secret = (kept.folder / "data" / "keys" / "backup.key").read_bytes()
    lying = b"".join(path.read_bytes() for path in kept.place.path.rglob("*") if path.is_file())

    assert secret not in lying
    assert b"k" * 32 not in lying
    with pytest.raises(NotEmpty):
        seal_keys(DataFolder(kept.folder / "data"), kept.bundle, [kept.identity.to_public()])


@contextmanager
def quiet(_: str) -> Iterator[Report]:
    """Nobody looks."""
    yield unheard


def never(_: Manifest) -> None:
    """It does not come that far."""
    raise AssertionError


def test_the_audit_is_told_how_old_a_backup_is_and_that_it_lies_near(kept: Kept) -> None:
    settings = Settings(data=kept.folder / "data", database_url="", backup_folder=kept.place.path)
    away = kept.folder / "not-mounted"
    away.mkdir()

    assert standing(settings) == Standing(near=True, base_ms=kept.base.ended_ms, archived_ms=9)
    assert standing(replace(settings, backup_folder=None)) is None
    with pytest.raises(NotPrepared):
        standing(replace(settings, backup_folder=away))
