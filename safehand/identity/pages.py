"""Pages: a list is answered in parts, and each part says where the next begins. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

PAGE_MAX = 200  # rows in one answer


class Listed(Protocol):
    """Whatever stands in a list: it has an id, and ids grow with time."""

    @property
    def id(self) -> str:
        """The id that the next page begins after."""
        ...


@dataclass(frozen=True, slots=True)
class Page[Row]:
    """Part of a list, and after which id the next part begins; None if this was the last."""

    rows: Sequence[Row]
    next: str | None


def page_of[Row: Listed](rows: Sequence[Row]) -> Page[Row]:
    """The page made of up to PAGE_MAX + 1 rows: the one too many tells that there are more."""
    shown = rows[:PAGE_MAX]
    return Page(shown, shown[-1].id if len(rows) > PAGE_MAX else None)
