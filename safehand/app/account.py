"""The unprivileged account that everything but the supervisor runs as when Safehand is started by root."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

OWN_ACCOUNT = "safehand"
AS_ROOT, ALLOWED = "SAFEHAND_AS_ROOT", "allowed"
LAST_RESORT = "nobody"
TRY_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class Account:
    """An account of this machine."""

    name: str
    user: int
    group: int
    home: str = "/nonexistent"

    @property
    def surroundings(self) -> dict[str, str]:
        """What its processes find in their environment in place of ours: libraries look into a home folder unasked."""
        return {"HOME": self.home, "USER": self.name, "LOGNAME": self.name}

    @property
    def ids(self) -> tuple[int, int]:
        """User and group, as numbers."""
        return self.user, self.group

    def may(self, how: str, path: Path) -> bool:
        """Whether this account may read ("r") or enter and run ("x") a path: asked of the system, as that account."""
        asked = subprocess.run(
            ["test", f"-{how}", str(path)],
            cwd="/",
            user=self.user,
            group=self.group,
            extra_groups=[],
            timeout=TRY_TIMEOUT_S,
            check=False,
        )
        return asked.returncode == 0


def give(folder: Path, account: Account) -> None:
    """Make a folder and all that is in it the account's, unless it is already. Links are not followed.

    Only the folder itself is looked at: whoever put something of root's in later mends that by hand.
    """
    if folder.lstat().st_uid == account.user:
        return
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(place) / name, *account.ids, follow_symlinks=False)
    os.chown(folder, *account.ids, follow_symlinks=False)


def server_account(*, make: bool = True) -> Account | None:
    """Who runs the servers: None (we do ourselves) unless we are root, which PostgreSQL refuses to run as.

    An account of our own where it exists or can be made, else `nobody`.
    """
    if os.geteuid() != 0:
        return None
    return _account(OWN_ACCOUNT) or (_made(OWN_ACCOUNT) if make else None) or _account(LAST_RESORT)


def roles_account(environment: Mapping[str, str], *, make: bool = True) -> Account | None:
    """Who serves, and writes what is kept: None (we do) unless we are root and nobody said that root may."""
    return None if environment.get(AS_ROOT) == ALLOWED else server_account(make=make)


def _account(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name, entry.pw_uid, entry.pw_gid, entry.pw_dir) if entry.pw_uid != 0 else None


def _made(name: str) -> Account | None:
    program = shutil.which("useradd", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if program is None:
        return None
    subprocess.run(
        [
            program,
            *("--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"),
            *("--shell", "/usr/sbin/nologin", name),
        ],
        capture_output=True,
        timeout=TRY_TIMEOUT_S,
        check=False,
    )
    return _account(name)
