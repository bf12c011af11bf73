"""Builds of the map: made in a folder of their own, put in their place in one step, removed when nobody reads them.

DATA/map/current            one line: the build that is read from now on
DATA/map/<build>/           addresses.sqlite, basemap.pmtiles, roads/, build.json, reading (the readers' lock)
DATA/map/building-<build>/  one that is not done; the next build removes it
DATA/map/lock               held by whoever builds
"""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from safehand.kernel.files import belong, make_folder, sync_folder
from safehand.places.addresses.index import FORMAT
from safehand.places.basemap.errors import MapBuildRunning, NoMap
from safehand.roads.graphs import RoadFolder

INDEX, BASEMAP, ROADS, ABOUT, READING = "addresses.sqlite", "basemap.pmtiles", "roads", "build.json", "reading"
BUILD_SHAPE = re.compile(r"[0-9]{13}-[0-9a-f]{12}")
TRIES = 5
"""A build may be removed between reading its name and opening it; then there is a newer one."""
ABOUT_BYTES_MAX = 16 * 1024


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a build is made of, as `build.json` says it."""

    build: str
    format: int
    source: str
    source_sha256: str
    source_bytes: int
    made_ms: int
    doors: int
    streets: int
    localities: int
    features: int
    tiles: int
    south_e7: int
    west_e7: int
    north_e7: int
    east_e7: int
    roads: dict[str, int] = {}
    """How many pieces of road each profile has; empty if the map has none, or was built before there were roads."""


@dataclass(frozen=True, slots=True)
class Build:
    """A build that somebody reads: it stays while this is held."""

    name: str
    folder: Path

    @property
    def index(self) -> Path:
        """The address index."""
        return self.folder / INDEX

    @property
    def basemap(self) -> Path:
        """The tiles."""
        return self.folder / BASEMAP

    @property
    def roads(self) -> RoadFolder:
        """The road graphs. A map without roads has none, and a graph that is asked for says so."""
        return RoadFolder(self.folder / ROADS)

    @property
    def about(self) -> About:
        """What it is made of."""
        return msgspec.json.decode((self.folder / ABOUT).read_bytes()[:ABOUT_BYTES_MAX], type=About)


@dataclass(frozen=True, slots=True)
class MapFolder:
    """The folder with the builds. Any number of processes may read while one builds."""

    path: Path

    @contextmanager
    def reading(self) -> Iterator[Build]:
        """The current build, held until the end.

        Errors
            NoMap  none was built, or another version of Safehand built it.
        """
        build, held = self.held()
        try:
            yield build
        finally:
            os.close(held)

    def held(self) -> tuple[Build, int]:
        """The current build and the handle that holds it: whoever is done closes that.

        Errors
            NoMap
        """
        for _ in range(TRIES):
            name = self.current()
            if name is None:
                break
            build = Build(name, self.path / name)
            with suppress(FileNotFoundError):
                held = os.open(build.folder / READING, os.O_RDONLY | os.O_CLOEXEC)
                fcntl.flock(held, fcntl.LOCK_SH)
                if build.index.is_file() and build.about.format == FORMAT:
                    return build, held
                os.close(held)
                if self.current() == name:
                    break
        raise NoMap

    def current(self) -> str | None:
        """The name of the build that is read from now on; None if there is none."""
        try:
            name = (self.path / "current").read_text("ascii").strip()
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        return name if BUILD_SHAPE.fullmatch(name) else None

    @contextmanager
    def building(self) -> Iterator[None]:
        """Be the only one that builds here; what an earlier one left half-done is removed.

        Errors
            MapBuildRunning
            OSError  the folder cannot be written.
        """
        make_folder(self.path, 0o755)
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            belong(lock, self.path)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise MapBuildRunning(self.path) from None
            for left in self.path.glob("building-*"):
                shutil.rmtree(left)
            yield
        finally:
            os.close(lock)

    def unfinished(self, name: str) -> Path:
        """A new folder for a build that is being made."""
        folder = self.path / f"building-{name}"
        make_folder(folder, 0o755)
        return folder

    def put_in_place(self, unfinished: Path, name: str) -> None:
        """Make a finished build the current one. Killed anywhere in here, the one before it stays.

        Every file is on the disk before the folder gets its name, and the folder before `current` says it.
        """
        (unfinished / READING).touch()
        for entry in sorted(unfinished.rglob("*"), reverse=True):  # what is in a folder before the folder
            _make_durable(entry)
        sync_folder(unfinished)
        unfinished.rename(self.path / name)
        sync_folder(self.path)
        fresh = self.path / "current.new"
        fresh.write_text(f"{name}\n", "ascii")
        _make_durable(fresh)
        fresh.rename(self.path / "current")
        sync_folder(self.path)

    def remove_unread(self) -> int:
        """Remove builds that are not current and that nobody reads. How many are still read."""
        current, kept = self.current(), 0
        for folder in self.path.iterdir():
            if not BUILD_SHAPE.fullmatch(folder.name) or folder.name == current or not folder.is_dir():
                continue
            kept += 0 if self._removed(folder) else 1
        return kept

    def _removed(self, folder: Path) -> bool:
        try:
            held = os.open(folder / READING, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            shutil.rmtree(folder)
            return True
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # First its name: whoever asks from now on finds no half of it.
            leaving = folder.with_name(f"building-{folder.name}")
            folder.rename(leaving)
            shutil.rmtree(leaving)
        except BlockingIOError:
            return False
        finally:
            os.close(held)
        return True


def _make_durable(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        belong(handle, path.parent)
        os.fsync(handle)
    finally:
        os.close(handle)
