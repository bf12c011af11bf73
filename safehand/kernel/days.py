"""Calendar days as the ledger writes them: one integer, YYYYMMDD, without a zone."""

from datetime import date


def day_number(day: date) -> int:
    """A day as the ledger writes it: YYYYMMDD."""
    return day.year * 10_000 + day.month * 100 + day.day


def day_of(number: int) -> date:
    """The day from YYYYMMDD.

    Errors
        ValueError  there is no such day.
    """
    return date(number // 10_000, number // 100 % 100, number % 100)
