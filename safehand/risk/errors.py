"""What the risk room refuses."""

from safehand.kernel.errors import Conflict, Invalid, NotFound, TooLarge, shown


class RecordUnusable(Invalid):
    """A record of incidents cannot be read as a whole."""

    code = "risk.record_unusable"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path=shown(path, 200), reason=shown(reason, 200))


class ColumnMissing(Invalid):
    """A record of incidents lacks a column."""

    code = "risk.column_missing"

    def __init__(self, path: str, column: str, found: str) -> None:
        super().__init__(path=shown(path, 200), column=column, found=shown(found, 200))


class RowUnreadable(Invalid):
    """A row's time or place cannot be read, or lies outside the earth."""

    code = "risk.row_unreadable"

    def __init__(self, path: str, row: int, column: str, given: str, expected: str) -> None:
        super().__init__(path=shown(path, 200), row=row, column=column, given=shown(given), expected=expected)


class TypeUnknown(Invalid):
    """No incident of the record is of a type that was asked for."""

    code = "risk.type_unknown"

    def __init__(self, given: str, found: str) -> None:
        super().__init__(given=shown(given), found=shown(found, 400))


class RecordTooLarge(TooLarge):
    """A record has more rows, cells or periods than are looked at."""

    code = "risk.record_too_large"

    def __init__(self, what: str, most: int, remedy: str) -> None:
        super().__init__(what=what, most=most, remedy=remedy)


class OptionInvalid(Invalid):
    """An option of the backtest is out of its range."""

    code = "risk.option_invalid"

    def __init__(self, option: str, given: str, expected: str) -> None:
        super().__init__(option=option, given=shown(given), expected=expected)


class AssumptionsUnusable(Invalid):
    """The assumptions of an expected loss cannot be read, or one is out of range."""

    code = "risk.assumptions_unusable"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=shown(reason, 200))


class NoSuchCell(NotFound):
    """The text is no cell of this size, or nothing is known of it."""

    code = "risk.no_such_cell"

    def __init__(self, cell: str) -> None:
        super().__init__(cell=shown(cell))


class NoSuchContest(NotFound):
    """No contest has the id."""

    code = "risk.no_such_contest"

    def __init__(self, contest: str) -> None:
        super().__init__(contest=shown(contest))


class ContestClosed(Conflict):
    """The contest was decided already."""

    code = "risk.contest_closed"

    def __init__(self, contest: str) -> None:
        super().__init__(contest=contest)


class NoEffect(NotFound):
    """Nothing was done to the parcel by itself, so there is nothing to contest."""

    code = "risk.no_effect"

    def __init__(self, parcel: str) -> None:
        super().__init__(parcel=parcel)


class ContestOpen(Conflict):
    """The recipient has contested it, and waits for the answer."""

    code = "risk.contest_open"

    def __init__(self, parcel: str) -> None:
        super().__init__(parcel=parcel)


class ContestedTooOften(Conflict):
    """The recipient has contested it as often as is answered."""

    code = "risk.contested_too_often"

    def __init__(self, parcel: str, most: int) -> None:
        super().__init__(parcel=parcel, most=most)
