"""Risk as pages see it: what they are given, and what they need others to fill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from safehand.kernel.ids import ParcelId, UserId
from safehand.risk.cells import Assessed, Effect
from safehand.risk.contests import Contest
from safehand.risk.disparity import AreaService
from safehand.surfaces.views import Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRow:
    """One cell: `near` is a street by its middle that the map knows, or empty; `contested` that a contest waits."""

    assessed: Assessed
    near: str
    contested: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CellList:
    """A page of cells, the highest rate first. `unplaced` losses count nowhere; `waiting` contests wait."""

    rows: tuple[CellRow, ...]
    unplaced: int
    waiting: int
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellView:
    """One cell with what was contested of it; of recipients' contests no words. What the viewer may."""

    row: CellRow
    contests: tuple[Contest, ...]
    names: Mapping[UserId, str]
    may_contest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelAtRisk:
    """A parcel with what it is worth, and the cell that it goes to if both are known. That it was read is on record."""

    parcel: ParcelId
    tracking: str
    value_cents: int | None
    row: CellRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestList:
    """A page of contests, oldest first."""

    rows: tuple[Contest, ...]
    near: Mapping[str, str]
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestView:
    """One contest with its words; `effects` is what was done to the parcel that it is about."""

    contest: Contest
    near: str
    names: Mapping[UserId, str]
    effects: tuple[Effect, ...]
    may_decide: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectList:
    """What rates did by themselves, newest first, with the number of each."""

    rows: tuple[tuple[int, Effect], ...]
    near: Mapping[str, str]
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaRow:
    """One area beside all others; `near` is a street by its middle, or empty."""

    service: AreaService
    near: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedView:
    """What rates did to one parcel by themselves and what its recipient said of that; no rate, no cell.

    `open` says whether something may be contested now.
    """

    effects: tuple[Effect, ...]
    contests: tuple[Contest, ...]
    open: bool


class RiskPages(Protocol):
    """What the pages of risk read and record. Errors: NotFound, Conflict (decided by now)."""

    async def cells(self, viewer: Staff, *, own: bool, after: str) -> CellList:
        """A page of the cells that count now: of those with losses of ours, or of all."""
        ...

    async def cell(self, viewer: Staff, cell: str) -> CellView:
        """One cell."""
        ...

    async def parcel(self, viewer: Staff, parcel: str) -> ParcelAtRisk:
        """What a parcel is worth, and its cell. Errors: NotFound, also for whoever may not read its value."""
        ...

    async def contest(self, viewer: Staff, cell: str, words: str) -> None:
        """Say that its rate is wrong."""
        ...

    async def contests(self, viewer: Staff, *, waiting: bool, after: str) -> ContestList:
        """Contests that wait, or all."""
        ...

    async def one(self, viewer: Staff, id: str) -> ContestView:
        """One contest. That a recipient's words were read is on record."""
        ...

    async def decide(self, viewer: Staff, id: str, *, upheld: bool, note: str) -> None:
        """Uphold it or not, and say why."""
        ...

    async def effects(self, viewer: Staff, before: str) -> EffectList:
        """What rates did by themselves."""
        ...

    async def areas(self, viewer: Staff, days: int) -> Sequence[AreaRow]:
        """Every area beside all others over the last days, those that a person has to look at first."""
        ...
