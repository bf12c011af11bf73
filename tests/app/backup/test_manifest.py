"""What we restore is what we signed."""

from pathlib import Path

import pytest

from safehand.app.backup.errors import Damaged, NoBackup, NotOurs, NotPrepared, WalGap
from safehand.app.backup.manifest import Manifest, WalNote
from safehand.app.backup.place import Place
from safehand.app.backup.pruning import superfluous
from safehand.app.backup.restoring import require_unbroken
from safehand.app.backup.sealing import Part
from safehand.ledger.signing import SigningKey

KEY = SigningKey.generate("log.example/one/backup")
DAY_MS = 86_400_000
SEGMENT = "000000010000000000000003"


def a_part(name: str) -> Part:
    return Part(name, 10, "ab" * 32, 20, "cd" * 32)


def a_manifest(id: str = "20261127T215500.000Z", ended_ms: int = 2, wal: str = SEGMENT) -> Manifest:
    parts = {name: a_part(name) for name in ("base", "passwords", "blobs")}
    return Manifest(
        id=id,
        log_name="log.example/one",
        system=2**63 + 5,
        major=18,
        schema="0007",
        began_ms=1,
        ended_ms=ended_ms,
        wal=wal,
        log_size=3,
        log_root="ef" * 32,
        blob_count=0,
        parts=parts,
    )


def put(place: Place, manifest: Manifest, key: SigningKey = KEY) -> Path:
    path = place.bases / manifest.id / "manifest"
    path.parent.mkdir(parents=True)
    path.write_bytes(manifest.sign(key))
    return path


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path / "backup")
    made.prepare(KEY.verifier)
    return made


def test_a_manifest_is_read_as_it_was_signed(place: Place) -> None:
    put(place, a_manifest())

    assert place.manifests(KEY.verifier) == [a_manifest()]


@pytest.mark.parametrize(
    "change", [(b'"major": 18', b'"major": 17'), (b"ab" * 32, b"ba" * 32), (b"base/v1", b"base/v2")]
)
def test_a_changed_manifest_is_not_ours(place: Place, change: tuple[bytes, bytes]) -> None:
    path = put(place, a_manifest())
    changed = path.read_bytes().replace(*change)
    assert changed != path.read_bytes()
    path.write_bytes(changed)

    with pytest.raises(NotOurs):
        place.manifests(KEY.verifier)


def test_a_manifest_that_somebody_else_signed_is_not_ours(place: Place) -> None:
    put(place, a_manifest(), SigningKey.generate(KEY.name))

    with pytest.raises(NotOurs):
        place.manifests(KEY.verifier)


def test_a_manifest_moved_to_another_base_is_damaged(place: Place) -> None:
    path = put(place, a_manifest())
    path.parent.rename(place.bases / "20270101T000000.000Z")

    with pytest.raises(Damaged):
        place.manifests(KEY.verifier)


def test_a_note_of_wal_vouches_for_its_own_file_only(place: Place) -> None:
    note = WalNote(5, 77, a_part(SEGMENT))
    (place.wal / f"{SEGMENT}.note").write_bytes(note.sign(KEY))
    assert place.wal_notes(KEY.verifier) == [note]

    (place.wal / "000000010000000000000004.note").write_bytes(note.sign(KEY))
    with pytest.raises(Damaged):
        place.wal_notes(KEY.verifier)


def test_a_manifest_is_no_note_of_wal(place: Place) -> None:
    (place.wal / f"{SEGMENT}.note").write_bytes(a_manifest().sign(KEY))

    with pytest.raises(NotOurs):
        place.wal_notes(KEY.verifier)


def test_the_base_to_begin_with_had_ended_by_then(place: Place) -> None:
    for day in (1, 2, 3):
        put(place, a_manifest(f"2026112{day}T000000.000Z", ended_ms=day * DAY_MS))

    assert place.base_before(KEY.verifier, None).ended_ms == 3 * DAY_MS
    assert place.base_before(KEY.verifier, 3 * DAY_MS - 1).ended_ms == 2 * DAY_MS
    with pytest.raises(NoBackup):
        place.base_before(KEY.verifier, DAY_MS - 1)


def test_a_folder_of_another_installation_or_an_empty_mount_point_is_refused(place: Place, tmp_path: Path) -> None:
    other = SigningKey.generate("log.example/two/backup").verifier

    with pytest.raises(NotPrepared):
        place.require(other)
    with pytest.raises(NotPrepared):
        place.prepare(other)
    with pytest.raises(NotPrepared):
        Place(tmp_path).require(KEY.verifier)


def test_a_missing_segment_is_named() -> None:
    whole = [
        "0000000100000000000000FE",
        "0000000100000000000000FF",
        "000000020000000100000000",
        "000000020000000100000001",
    ]
    require_unbroken(whole)

    with pytest.raises(WalGap) as gap:
        require_unbroken([whole[0], whole[2], whole[3]])
    assert gap.value.params["missing"] == "00000000000000FF"


def test_the_newest_two_bases_stay_whatever_their_age() -> None:
    bases = [a_manifest(str(day), ended_ms=day * DAY_MS) for day in (1, 5, 20, 21, 22)]

    assert [base.id for base in superfluous(bases, 30 * DAY_MS, 14)] == ["1", "5"]
    assert [base.id for base in superfluous(bases, 900 * DAY_MS, 14)] == ["1", "5", "20"]
    assert superfluous(bases, 2 * DAY_MS, 14) == []
