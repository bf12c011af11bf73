"""What the pages of risk read and record: the same desks as for machines, and the map for the names of places."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from safehand.custody.errors import NoSuchParcel
from safehand.custody.reading import CustodyReader
from safehand.identity.actions import Action
from safehand.identity.guard import Guard
from safehand.identity.model import CARRIER
from safehand.identity.users import Users
from safehand.kernel.ids import UserId
from safehand.places.addresses.atlas import Atlas
from safehand.risk import cells, contests, losses
from safehand.risk.commands import RiskDesk
from safehand.risk.contests import Contest, ContestDesk
from safehand.risk.errors import NoSuchCell
from safehand.risk.ports import Addresses
from safehand.risk.rates import is_cell, middle_e7
from safehand.store.database import Tx
from safehand.surfaces.risks import (
    AreaRow,
    CellList,
    CellRow,
    CellView,
    ContestList,
    ContestView,
    EffectList,
    ParcelAtRisk,
)
from safehand.surfaces.views import Staff


@dataclass(frozen=True, slots=True)
class RiskReading:
    """Fills `RiskPages`. The doors of the pages have seen to the rights."""

    desk: RiskDesk
    heard: ContestDesk
    atlas: Atlas
    users: Users
    guard: Guard
    reader: CustodyReader
    addresses: Addresses

    async def cells(self, viewer: Staff, *, own: bool, after: str) -> CellList:
        """A page of the cells that count now."""
        async with self.desk.store.transaction(readonly=True) as tx:
            page = await cells.listed(tx, self.desk.clock.now_ms(), own=own, after=after)
            disputed = await contests.waiting_in(tx, [one.risk.cell for one in page.rows])
            unplaced, waiting = await losses.unplaced_count(tx), await contests.waiting_count(tx)
        near = await self._near(one.risk.cell for one in page.rows)
        rows = [
            CellRow(assessed=one, near=near.get(one.risk.cell, ""), contested=one.risk.cell in disputed)
            for one in page.rows
        ]
        return CellList(rows=tuple(rows), unplaced=unplaced, waiting=waiting, more=page.next or "")

    async def cell(self, viewer: Staff, cell: str) -> CellView:
        """One cell."""
        if not is_cell(cell):
            raise NoSuchCell(cell)
        async with self.desk.store.transaction(readonly=True) as tx:
            found = await cells.cell(tx, cell, self.desk.clock.now_ms())
            made = await contests.listed(tx, cell=cell)
            names = await self._names(tx, made)
        near = await self._near([cell])
        disputed = any(one.upheld is None for one in made)
        return CellView(
            row=CellRow(assessed=found, near=near.get(cell, ""), contested=disputed),
            contests=tuple(reversed(made)),
            names=names,
            may_contest=self.guard.may(viewer.me, Action.RISK_CONTEST, CARRIER),
        )

    async def parcel(self, viewer: Staff, parcel: str) -> ParcelAtRisk:
        """What a parcel is worth, and its cell; that both were read is on record."""
        async with self.desk.store.transaction() as tx:
            found = await self.reader.find(tx, parcel)
            about = found.for_asker(viewer.me)
            missing = NoSuchParcel(parcel[:40])
            self.guard.require(viewer.me, Action.PARCEL_READ_PRIVATE, about, missing=missing)
            told = await self.reader.parcels.disclose(tx, found.parcel, viewer.me, Action.PARCEL_READ_PRIVATE)
        cell = (await self.addresses.cells([found.parcel.parcel])).get(found.parcel.parcel)
        return ParcelAtRisk(
            parcel=found.parcel.parcel,
            tracking=found.parcel.tracking,
            value_cents=told.value_cents if told else None,
            row=await self._assessed(cell) if cell else None,
        )

    async def _assessed(self, cell: str) -> CellRow | None:
        """A cell as it is assessed; None if it never was."""
        async with self.desk.store.transaction(readonly=True) as tx:
            try:
                found = await cells.cell(tx, cell, self.desk.clock.now_ms())
            except NoSuchCell:
                return None
            disputed = await contests.waiting_in(tx, [cell])
        near = await self._near([cell])
        return CellRow(assessed=found, near=near.get(cell, ""), contested=bool(disputed))

    async def contest(self, viewer: Staff, cell: str, words: str) -> None:
        """Say that its rate is wrong."""
        if not is_cell(cell):
            raise NoSuchCell(cell)
        await self.heard.contest(cell, words, viewer.user)

    async def contests(self, viewer: Staff, *, waiting: bool, after: str) -> ContestList:
        """Contests that wait, or all."""
        async with self.desk.store.transaction(readonly=True) as tx:
            rows = await contests.listed(tx, after, waiting=waiting)
        more = rows[-1].id if len(rows) == contests.LISTED_MAX else ""
        return ContestList(rows=tuple(rows), near=await self._near(one.cell for one in rows), more=more)

    async def one(self, viewer: Staff, id: str) -> ContestView:
        """One contest. That a recipient's words were read is on record."""
        async with self.desk.store.transaction() as tx:
            found = await self.heard.open(tx, id, viewer.me)
            effects = await cells.effects_on(tx, found.parcel) if found.parcel else []
            names = await self._names(tx, [found])
        near = await self._near([found.cell])
        may = self.guard.may(viewer.me, Action.RISK_DECIDE, CARRIER)
        return ContestView(
            contest=found,
            near=near.get(found.cell, ""),
            names=names,
            effects=tuple(effects),
            may_decide=may and found.upheld is None,
        )

    async def decide(self, viewer: Staff, id: str, *, upheld: bool, note: str) -> None:
        """Uphold it or not, and say why."""
        await self.heard.decide(id, upheld=upheld, note=note, by=viewer.user)

    async def effects(self, viewer: Staff, before: str) -> EffectList:
        """What rates did by themselves."""
        beginning = int(before) if before.isdecimal() and len(before) < cells.NUMBER_DIGITS_MAX else cells.NUMBER_MAX
        async with self.desk.store.transaction(readonly=True) as tx:
            rows = await cells.effects(tx, beginning)
        more = str(rows[-1][0]) if len(rows) == cells.LISTED_MAX else ""
        return EffectList(rows=tuple(rows), near=await self._near(one.cell for _, one in rows), more=more)

    async def areas(self, viewer: Staff, days: int) -> Sequence[AreaRow]:
        """Every area beside all others."""
        found = await self.desk.disparity(days)
        near = await self._near(one.area for one in found)
        return [AreaRow(service=one, near=near.get(one.area, "")) for one in found]

    async def _near(self, wanted: Iterable[str]) -> dict[str, str]:
        """The street by the middle of each cell, where the map knows one."""
        every = list(dict.fromkeys(wanted))
        found = await self.atlas.near([middle_e7(cell) for cell in every])
        return {cell: street for cell, street in zip(every, found, strict=True) if street}

    async def _names(self, tx: Tx, made: Sequence[Contest]) -> dict[UserId, str]:
        wanted = {user for one in made for user in (one.by, one.decided_by) if user is not None}
        return await self.users.names(tx, sorted(wanted))
