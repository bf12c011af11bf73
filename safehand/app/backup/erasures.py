"""The journal of erasures in the backup folder: never rolled back with a base: who was forgotten stays so.

It is carried off after the WAL was read and before that is put away, so that it is never older than a database that is
restored; the start applies it.
"""

from collections.abc import Sequence
from pathlib import Path

from safehand.app.backup.manifest import ERASURES, WalNote
from safehand.app.backup.place import NOTE_SUFFIX, SEALED_SUFFIX, Place
from safehand.app.backup.sealing import Identity, Recipient, open_part, seal
from safehand.ledger.durable import DurableFolder
from safehand.ledger.note import VerifierKey
from safehand.ledger.signing import SigningKey

FRESH_SUFFIX = ".carried"
JOURNAL = Path("erasures", "erasures.jsonl")
"""Inside a data folder, where nobody sets another place for it."""


def carry_erasures(journal: Path, place: Place, recipients: Sequence[Recipient], key: SigningKey, at_ms: int) -> None:
    """Seal the journal anew, if there is one.

    Errors
        NoRoom
    """
    if not journal.is_file():
        return
    fresh = place.path / f"{ERASURES}{FRESH_SUFFIX}"
    with journal.open("rb") as file:
        note = WalNote(0, at_ms, seal(ERASURES, file, fresh, recipients))
    target = place.journal_path(note)
    fresh.replace(target)
    DurableFolder(place.path).write({f"{ERASURES}{NOTE_SUFFIX}": note.sign(key)})
    for older in place.path.glob(f"{ERASURES}.*{SEALED_SUFFIX}"):
        if older != target:
            older.unlink()


def lay_erasures(
    journal: Path, place: Place, identities: Sequence[Identity], key: VerifierKey, survivors: Sequence[Path]
) -> None:
    """Put the journal where a restored installation looks for it: the longest of the backup's and those that survived.

    Errors
        NotOurs, Damaged, WrongBackupKey
    """
    found = bytearray()
    note_path = place.path / f"{ERASURES}{NOTE_SUFFIX}"
    if note_path.exists():
        note = WalNote.read(note_path, key)
        open_part(note.part, place.journal_path(note), identities, found.extend)
    for survivor in (*survivors, journal):
        if survivor.is_file() and survivor.stat().st_size > len(found):
            found = bytearray(survivor.read_bytes())
    if found and not (journal.is_file() and journal.stat().st_size == len(found)):
        journal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        DurableFolder(journal.parent).write({journal.name: bytes(found)})
        journal.chmod(0o600)
