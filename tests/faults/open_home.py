"""A home folder that others may not enter, opened for one process: as if Python lay where everybody reads it."""

import os
import shlex
import stat
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


def opened_homes() -> list[str]:
    """What a command is begun with so that it, and only it, sees our Python and this checkout open to every account.

    Closed folders above them are laid anew, in a view of the disks of the process's own, with nothing else in them.
    """
    needed = {Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), CHECKOUT.resolve()}
    steps = ["set -e", "was=$(umask)", "umask 022", "view=$(mktemp -d)", 'mount -t tmpfs tmpfs "$view"']
    for closed in sorted({folder for path in needed if (folder := _closed_above(path)) is not None}):
        inside = [path for path in sorted(needed) if path.is_relative_to(closed)]
        kept = [f'mkdir -p "$view"{path} && mount --bind {shlex.quote(str(path))} "$view"{path}' for path in inside]
        laid = [f'mkdir -p {path} && mount --bind "$view"{path} {shlex.quote(str(path))}' for path in inside]
        steps += [*kept, f"mount -t tmpfs -o mode=0755 tmpfs {shlex.quote(str(closed))}", *laid]
    return ["unshare", "--mount", "sh", "-c", "\n".join([*steps, 'umask "$was"', 'exec "$@"']), "sh"]


def may_open() -> bool:
    """Whether this system lets us: root with the right to mount."""
    return os.geteuid() == 0 and os.system("unshare --mount true 2>/dev/null") == 0


def _closed_above(path: Path) -> Path | None:
    """The outermost folder on the way to `path` that not everybody may enter."""
    for folder in (*reversed(path.parents), path):
        if not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None
