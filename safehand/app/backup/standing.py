"""How the backup folder stands, for the audit: where it lies, and how old what lies in it is."""

from safehand.app.backup.keys import signer_of
from safehand.app.backup.manifest import SEGMENT, WalNote
from safehand.app.backup.place import NOTE_SUFFIX, Place
from safehand.app.settings import Settings
from safehand.audit.checks.backups import Standing


def standing(settings: Settings) -> Standing | None:
    """How it stands; None where no folder is set.

    Errors
        NotPrepared       its disk is not there.
        NotOurs, Damaged  what lies in it is not what we put there.
        BadBackupKey      it was never prepared.
    """
    if settings.backup_folder is None:
        return None
    place, key = Place(settings.backup_folder), signer_of(settings.keys_folder).verifier
    place.require(key)
    bases = place.manifests(key)
    notes = sorted(path for path in place.wal.glob(f"*{NOTE_SUFFIX}") if SEGMENT.match(path.name))
    return Standing(
        near=place.path.stat().st_dev == settings.data.stat().st_dev,
        base_ms=max((base.ended_ms for base in bases), default=None),
        archived_ms=WalNote.read(notes[-1], key).at_ms if notes else None,
    )
