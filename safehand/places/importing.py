"""A file of places taken in: all of it or nothing, with a report row by row."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from safehand.kernel.errors import SafehandError
from safehand.kernel.ids import PlaceId
from safehand.places.commands import PlacesDesk
from safehand.places.errors import CodeTwice
from safehand.places.geojson import Feature
from safehand.places.model import Draft, Open, PlaceKind
from safehand.places.swapped import seems_swapped
from safehand.store.database import Store, Tx


class Outcome(StrEnum):
    """What became, or would become, of one row."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"
    DOUBTED = "doubted"
    """It can be a place, and something about it looks wrong; `sure` takes it in."""
    REFUSED = "refused"


class Doubt(StrEnum):
    """What looks wrong."""

    SWAPPED = "swapped"
    """Latitude and longitude seem to have changed places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the report."""

    row: int
    code: str
    outcome: Outcome
    place: PlaceId | None = None
    doubt: Doubt | None = None
    error: SafehandError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Every row, in the order of the file, and whether they were taken in."""

    rows: tuple[Row, ...]
    done: bool

    def count(self, outcome: Outcome) -> int:
        """How many rows came out so."""
        return sum(row.outcome is outcome for row in self.rows)


class _Undone(Exception):
    """Takes everything back."""


@dataclass(frozen=True, slots=True)
class Imports:
    """Takes files in, each in a transaction of its own."""

    store: Store
    desk: PlacesDesk
    zone: str
    """The carrier's zone, by which places without hours are looked at."""

    async def take(self, features: Sequence[Feature], by: str, *, sure: bool = False, dry: bool = False) -> Report:
        """Add what is new and change what is known by its code; nothing at all if any row is refused or doubted.

        Shapes
            sure  doubts are taken in.
            dry   only say what would become of each row.
        """
        rows: list[Row] = []
        try:
            async with self.store.transaction() as tx:
                rows = await self._rows(tx, features, by, sure)
                if dry or any(row.outcome in {Outcome.REFUSED, Outcome.DOUBTED} for row in rows):
                    raise _Undone
        except _Undone:
            return Report(rows=tuple(rows), done=False)
        return Report(rows=tuple(rows), done=True)

    async def _rows(self, tx: Tx, features: Sequence[Feature], by: str, sure: bool) -> list[Row]:
        """Depots before what is within them, whatever the order of the file."""
        codes: dict[str, int] = {}
        rows: list[Row] = []
        for feature in sorted(features, key=_order):
            first = codes.setdefault(feature.code, feature.row)
            twice = feature.code and first != feature.row
            rows.append(await self._row(tx, _repeated(feature, first) if twice else feature, by, sure))
        return sorted(rows, key=lambda row: row.row)

    async def _row(self, tx: Tx, feature: Feature, by: str, sure: bool) -> Row:
        if feature.draft is None:
            return Row(row=feature.row, code=feature.code, outcome=Outcome.REFUSED, error=feature.error)
        doubt = self._doubt(feature.draft)
        try:
            async with tx.savepoint():
                outcome, place = await self._taken(tx, feature.draft, by)
        except SafehandError as error:
            return Row(row=feature.row, code=feature.code, outcome=Outcome.REFUSED, error=error)
        if doubt is not None and not sure:
            outcome = Outcome.DOUBTED
        return Row(row=feature.row, code=feature.code, outcome=outcome, place=place, doubt=doubt)

    async def _taken(self, tx: Tx, draft: Draft, by: str) -> tuple[Outcome, PlaceId]:
        now_ms = self.desk.clock.now_ms()
        known = (await self.desk.places.by_code(tx, [draft.code], now_ms)).get(draft.code)
        if known is None:
            return Outcome.ADDED, (await self.desk.add(tx, draft, by)).id
        [newest, *_] = await self.desk.places.history(tx, known.id)
        changed = await self.desk.change(tx, known, draft, by, version=newest.version)
        same = changed.version == newest.version
        return (Outcome.SAME if same else Outcome.CHANGED), known.id

    def _doubt(self, draft: Draft) -> Doubt | None:
        zone = draft.details.zone if isinstance(draft.details, Open) else self.zone
        inside = draft.kind is not PlaceKind.CHECKPOINT
        return Doubt.SWAPPED if inside and seems_swapped(draft.shape, zone) else None


def _order(feature: Feature) -> tuple[bool, int]:
    return feature.draft is not None and feature.draft.within is not None, feature.row


def _repeated(feature: Feature, first: int) -> Feature:
    return Feature(row=feature.row, code=feature.code, error=CodeTwice(feature.code, first))
