"""Doubtful addresses as pages see them: what they are given, and what they need others to fill."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from safehand.places.addresses.commands import Opened
from safehand.places.addresses.doubts import Case, CaseState, Consent, Lines
from safehand.surfaces.views import Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressList:
    """A page of cases, oldest first. `more` is the cursor of the next page."""

    rows: tuple[Case, ...]
    counts: Mapping[CaseState, int]
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressView:
    """One case with its address, and whether the viewer may close it."""

    opened: Opened
    correctable: bool


class AddressPages(Protocol):
    """What the pages of addresses read and record. Errors: NotFound, Conflict (closed by now, or a redirect)."""

    async def cases(self, viewer: Staff, state: CaseState, after: str) -> AddressList:
        """A page of cases in one state."""
        ...

    async def case(self, viewer: Staff, id: str) -> AddressView:
        """One case. That it was read is on record."""
        ...

    async def correct(self, viewer: Staff, id: str, after: Lines, consent: Consent) -> None:
        """Correct the address."""
        ...

    async def dismiss(self, viewer: Staff, id: str) -> None:
        """Leave it as it is."""
        ...
