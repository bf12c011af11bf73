"""The journal of erasures in the backup folder: never rolled back with a base: who was forgotten stays so.

It is carried off after the WAL, so that it is never older than a database that is restored; the start applies it.
"""

from collections.abc import Sequence
from pathlib import Path

from safehand.app.backup.manifest import ERASURES, WalNote
from safehand.app.backup.place import NOTE_SUFFIX, SEALED_SUFFIX, Place
from safehand.app.backup.sealing import Identity, Recipient, open_part, seal
from safehand.ledger.durable import DurableFolder
from safehand.ledger.note import VerifierKey
from safehand.ledger.signing import SigningKey

JOURNAL = Path("erasures", "erasures.jsonl")
"""Inside a data folder."""


def carry_erasures(data: Path, place: Place, recipients: Sequence[Recipient], key: SigningKey, at_ms: int) -> None:
    """Seal the journal anew, if there is one.

    Errors
        NoRoom
    """
    journal = data / JOURNAL
    if not journal.is_file():
        return
    with journal.open("rb") as file:
        part = seal(ERASURES, file, place.path / f"{ERASURES}{SEALED_SUFFIX}", recipients)
    DurableFolder(place.path).write({f"{ERASURES}{NOTE_SUFFIX}": WalNote(0, at_ms, part).sign(key)})


def lay_erasures(
    data: Path, place: Place, identities: Sequence[Identity], key: VerifierKey, survivor: Path | None
) -> None:
    """Put the journal into a restored data folder: the backup's, or the longer one beside WAL that survived.

    Errors
        NotOurs, Damaged, WrongBackupKey
    """
    found = bytearray()
    note_path = place.path / f"{ERASURES}{NOTE_SUFFIX}"
    if note_path.exists():
        note = WalNote.read(note_path, key)
        open_part(note.part, place.path / f"{ERASURES}{SEALED_SUFFIX}", identities, found.extend)
    beside = survivor.resolve().parents[2] / JOURNAL if survivor is not None else None
    if beside is not None and beside.is_file() and beside.stat().st_size > len(found):
        found = bytearray(beside.read_bytes())
    if found:
        folder = (data / JOURNAL).parent
        folder.mkdir(mode=0o700, exist_ok=True)
        DurableFolder(folder).write({JOURNAL.name: bytes(found)})
        (data / JOURNAL).chmod(0o600)
