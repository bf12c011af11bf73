"""The keys of an installation as one sealed file, kept apart from the backups: only both together open anything."""

import io
import re
from collections.abc import Sequence
from pathlib import Path

from safehand.app.backup.errors import BadBackupKey, NotEmpty
from safehand.app.backup.packing import packed, unpacked
from safehand.app.backup.sealing import Identity, Recipient, open_small, seal
from safehand.app.data_folder import DataFolder
from safehand.ledger.durable import DurableFolder, read_regular
from safehand.ledger.signing import KEY_FILE_BYTES_MAX, SigningKey, load_or_create_key

BACKUP_KEY = "backup.key"
KEY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")
KEY_FILES_MAX = 1_000
KEY_BYTES_MAX = 64 * 1024
BUNDLE_BYTES_MAX = 64 * 1024 * 1024


def backup_key(keys: Path, log_name: str) -> SigningKey:
    """The key that vouches for backups; made where there is none yet. It signs nothing else."""
    if (keys / BACKUP_KEY).exists():  # it outlives the log that it is named after
        return signer_of(keys)
    return load_or_create_key(keys / BACKUP_KEY, f"{log_name}/backup")


def seal_keys(folder: DataFolder, target: Path, recipients: Sequence[Recipient]) -> int:
    """Seal every key file of the installation into one; how many there are.

    Errors
        BadBackupKey  there are none, or more than there can be.
        NotEmpty      something stands at the target.
    """
    if target.exists():
        raise NotEmpty(folder=str(target))
    keys = folder.path / "keys"
    found = [path for path in sorted(keys.rglob("*")) if path.is_file() and KEY_NAME.fullmatch(path.name)]
    if not 0 < len(found) <= KEY_FILES_MAX:
        raise BadBackupKey(what=str(keys), why=f"{len(found)} files")
    files = {str(path.relative_to(keys)): path.read_bytes() for path in found}
    seal("keys", io.BytesIO(packed(files)), target, recipients)
    return len(files)


def open_keys(bundle: Path, identities: Sequence[Identity], keys: Path) -> None:
    """Open a bundle into the new folder `keys`, readable by us alone.

    Errors
        WrongBackupKey, Damaged
    """
    raw = open_small("keys", bundle, identities, BUNDLE_BYTES_MAX)
    files = unpacked("keys", raw, KEY_FILES_MAX, KEY_BYTES_MAX)
    keys.mkdir(mode=0o700)
    DurableFolder(keys).write(files)
    for path in keys.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)


def signer_of(keys: Path) -> SigningKey:
    """The key among opened ones that vouches for the backups.

    Errors
        BadBackupKey  there is none, or it is damaged.
    """
    path = keys / BACKUP_KEY
    try:
        return SigningKey.parse(read_regular(path, KEY_FILE_BYTES_MAX).decode("ascii").removesuffix("\n"))
    except (OSError, ValueError) as error:
        raise BadBackupKey(what=str(path), why=str(error)) from None
