"""Why a demo cannot be played."""

from pathlib import Path

from safehand.kernel.errors import Conflict, Invalid, NotFound, SafehandError, Unavailable


class MapMissing(NotFound):
    """The street map is not there."""

    code = "demo.map_missing"

    def __init__(self, path: str) -> None:
        super().__init__(path=path)


class MapUnreadable(Invalid):
    """The file is there and is not an OpenStreetMap extract that can be read."""

    code = "demo.map_unreadable"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path=str(path), reason=reason)


class TooFewAddresses(Invalid):
    """The map has too few addresses with a street and a house number to play a day on."""

    code = "demo.too_few_addresses"

    def __init__(self, path: Path, found: int, needed: int) -> None:
        super().__init__(path=str(path), found=found, needed=needed)


class SizeImpossible(Invalid):
    """No day of this size can be played."""

    code = "demo.size_impossible"

    def __init__(self, what: str, asked: int, least: int, most: int) -> None:
        super().__init__(what=what, asked=asked, least=least, most=most)


class DataInUse(Conflict):
    """The folder given for the data holds something already: a demo starts from nothing."""

    code = "demo.data_in_use"

    def __init__(self, path: Path) -> None:
        super().__init__(path=str(path))


class InstallationFailed(Unavailable):
    """The installation did not start, or stopped while the day was played."""

    code = "demo.installation_failed"

    def __init__(self, what: str, said: str) -> None:
        super().__init__(what=what, said=said)


class Unexpected(SafehandError):
    """The public API answered something else than it should."""

    code = "demo.unexpected"

    def __init__(self, asked: str, answered: int, said: str) -> None:
        super().__init__(asked=asked, answered=answered, said=said)
