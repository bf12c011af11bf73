"""What waits beside the database is carried off so that no moment of a crash spoils what lies there already."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pyrage
import pytest

from safehand.app.backup.place import Place
from safehand.app.backup.sealing import Identity, open_part
from safehand.app.backup.spool import SEGMENTS_A_ROUND, Spool
from tests.app.backup.striking import STRUCK, nothing
from tests.app.backup.test_manifest import KEY

STRIKING = Path(__file__).with_name("striking.py")
STRIKES_MAX = 40
FIRST, SECOND = "000000010000000000000001", "000000010000000000000002"


@dataclass
class Carried:
    """A spool, and the folder that it is carried to."""

    folder: Path
    place: Place
    identity: Identity
    spool: Spool

    def write(self, name: str, content: bytes, age_s: float = 60.0) -> None:
        path = self.folder / name
        path.write_bytes(content)
        changed_ns = time.time_ns() - int(age_s * 1e9)
        os.utime(path, ns=(changed_ns, changed_ns))

    def lying(self) -> dict[str, tuple[bytes, int]]:
        """What would be restored: each file's bytes, and until when it says that is."""
        found = {}
        for note in self.place.wal_notes(KEY.verifier):
            content = bytearray()
            open_part(note.part, self.place.wal_path(note), [self.identity], content.extend)
            found[note.part.name] = bytes(content), note.at_ms
        return found


@pytest.fixture
def carried(tmp_path: Path) -> Carried:
    folder, place, identity = tmp_path / "spool", Place(tmp_path / "backup"), pyrage.x25519.Identity.generate()
    folder.mkdir()
    place.prepare(KEY.verifier)
    return Carried(folder, place, identity, Spool(folder, place, [identity.to_public()], KEY, 7, nothing))


def test_the_segment_being_written_is_put_away_again_as_it_grows_and_only_once(carried: Carried) -> None:
    carried.write(f"{FIRST}.partial", b"one")
    carried.spool.carry(10)
    carried.write(f"{FIRST}.partial", b"one two", age_s=30)
    carried.spool.carry(20)

    assert carried.lying() == {f"{FIRST}.partial": (b"one two", 20)}
    assert len(list(carried.place.wal.iterdir())) == 2, "the file and its note"


def test_only_the_note_of_the_newest_file_says_how_far_everything_goes(carried: Carried) -> None:
    carried.write(f"{FIRST}.partial", b"one")
    carried.spool.carry(10)
    (carried.folder / f"{FIRST}.partial").unlink()
    carried.write(FIRST, b"one, full")
    carried.write(f"{SECOND}.partial", b"two")

    assert carried.spool.carry(20) == 1
    assert carried.lying() == {FIRST: (b"one, full", 10), f"{SECOND}.partial": (b"two", 20)}


def test_what_did_not_fit_into_a_round_is_not_said_to_be_there(carried: Carried) -> None:
    for number in range(SEGMENTS_A_ROUND + 1):
        carried.write(f"0000000100000000{number:08X}", b"full")

    assert carried.spool.carry(10) == SEGMENTS_A_ROUND
    assert carried.spool.until_ms == 0
    assert {at_ms for _, at_ms in carried.lying().values()} == {0}
    assert carried.spool.carry(20) == 1
    assert carried.spool.until_ms == 20


def test_a_quiet_hour_is_told_by_the_note_alone(carried: Carried) -> None:
    carried.write(f"{FIRST}.partial", b"one")
    carried.spool.carry(10)
    sealed = next(carried.place.wal.glob("*.age")).stat().st_mtime_ns
    carried.spool.carry(3_600_010)

    assert carried.lying() == {f"{FIRST}.partial": (b"one", 3_600_010)}
    assert next(carried.place.wal.glob("*.age")).stat().st_mtime_ns == sealed


def test_a_change_within_one_tick_of_the_clock_is_not_overlooked(carried: Carried) -> None:
    carried.write(f"{FIRST}.partial", b"one", age_s=0)
    changed_ns = (carried.folder / f"{FIRST}.partial").stat().st_mtime_ns
    carried.spool.carry(10)
    carried.write(f"{FIRST}.partial", b"two", age_s=0)
    os.utime(carried.folder / f"{FIRST}.partial", ns=(changed_ns, changed_ns))
    carried.spool.carry(20)

    assert carried.lying() == {f"{FIRST}.partial": (b"two", 20)}


@pytest.mark.parametrize("grown", [f"{FIRST}.partial", FIRST])
def test_whenever_it_is_killed_what_lies_there_opens_and_the_next_round_goes_on(carried: Carried, grown: str) -> None:
    carried.write(f"{FIRST}.partial", b"one")
    carried.spool.carry(10)
    (carried.folder / f"{FIRST}.partial").unlink()
    seen: list[bytes] = []
    for strike in range(1, STRIKES_MAX):
        carried.write(grown, b"one two", age_s=30)
        if not struck(carried, strike):
            break
        found = carried.lying()
        seen.append(found.get(grown, found.get(f"{FIRST}.partial", (b"", 0)))[0])
    else:
        pytest.fail("it never came to its end")

    assert len(seen) >= 4, "it must have been struck"
    assert seen == sorted(seen), "what was there first, then what came after it, and nothing else"
    assert set(seen) == {b"one", b"one two"}
    carried.spool.carry(30)
    assert {content for content, _ in carried.lying().values()} == {b"one two"}


def struck(carried: Carried, strike: int) -> bool:
    """Carry in another process, which dies before its change of that number; False if it made fewer."""
    key = carried.folder.parent / "key"
    key.write_text(KEY.encode())
    words = [str(STRIKING), str(carried.folder), str(carried.place.path), str(carried.identity.to_public()), str(key)]
    ended = subprocess.run([sys.executable, *words, str(strike)], check=False)
    assert ended.returncode in {0, STRUCK}
    return ended.returncode == STRUCK
