"""What an import refuses: a file as a whole, or a row with its column."""

from safehand.kernel.errors import Conflict, Invalid, NotFound


class FileUnusable(Invalid):
    """The file is none that is read, or is beyond a limit."""

    code = "app.import_file_unusable"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path=path, reason=reason)


class CellUnusable(Invalid):
    """A cell says something that its column does not take."""

    code = "app.import_cell_unusable"

    def __init__(self, given: str, wanted: str) -> None:
        super().__init__(given=given[:80], wanted=wanted)


class RowRepeated(Conflict):
    """Two rows of the file have one number."""

    code = "app.import_row_repeated"

    def __init__(self, number: str, first: int) -> None:
        super().__init__(number=number[:80], first=first)


class RowDiffers(Conflict):
    """A row with this number was imported before, and said something else."""

    code = "app.import_row_differs"

    def __init__(self, number: str) -> None:
        super().__init__(number=number[:80])


class NotImported(NotFound):
    """The row names something that no file has brought yet."""

    code = "app.import_not_imported"

    def __init__(self, number: str, kind: str) -> None:
        super().__init__(number=number[:80], kind=kind)
