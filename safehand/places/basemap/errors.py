"""What building a map refuses, and what is said where there is none."""

from pathlib import Path

from safehand.kernel.errors import Conflict, Invalid, NotFound


class MapFileMissing(NotFound):
    """There is no such extract."""

    code = "map.file_missing"

    def __init__(self, path: Path) -> None:
        super().__init__(path=str(path))


class MapFileUnusable(Invalid):
    """The file is too large, cut, or no OpenStreetMap extract."""

    code = "map.file_unusable"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path=str(path), reason=reason)


class MapWithoutAddresses(Invalid):
    """The extract has no door with a street and a number: nothing could be found on it."""

    code = "map.without_addresses"

    def __init__(self, path: Path) -> None:
        super().__init__(path=str(path))


class MapUnwritable(Conflict):
    """The build cannot be written: the disk is full, or the folder is somebody else's."""

    code = "map.unwritable"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path=str(path), reason=reason)


class MapBuildRunning(Conflict):
    """Another build writes into the same folder."""

    code = "map.build_running"

    def __init__(self, path: Path) -> None:
        super().__init__(path=str(path))


class NoMap(NotFound):
    """No map was built yet, or what is there cannot be read by this version."""

    code = "map.none"
