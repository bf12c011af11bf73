"""The port of risk, filled with three cells, a recipient who contests, and two areas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from safehand.custody.errors import NoSuchParcel
from safehand.kernel.ids import ParcelId, UserId, new_id
from safehand.risk.cells import EXPIRY_MS, Assessed, Effect
from safehand.risk.contests import CONTEST, Contest
from safehand.risk.disparity import AreaService
from safehand.risk.errors import ContestClosed, ContestOpen, NoSuchCell, NoSuchContest
from safehand.risk.rates import CellRisk, Reason, area_of, cell_at
from safehand.surfaces.risks import (
    AreaRow,
    CellList,
    CellRow,
    CellView,
    ChangedView,
    ContestList,
    ContestView,
    EffectList,
    ParcelAtRisk,
)
from safehand.surfaces.views import Staff
from tests.surfaces import day

HOT, CALM, ASIDE = (cell_at(60.170 + step / 100, 24.941) for step in range(3))
NEAR = {HOT: "Kaivokatu <1>, Helsinki", area_of(HOT, 6): "Mannerheimintie, Helsinki"}


def _cell(cell: str, rate_ppm: int, incidents: int, *reasons: Reason) -> Assessed:
    risk = CellRisk(cell, rate_ppm, rate_ppm // 2, rate_ppm * 2, incidents, 12_345, reasons)
    return Assessed(risk, day.at(24, 3, 0), day.at(24, 3, 0) + EXPIRY_MS)


CELLS = {
    HOT: _cell(HOT, 2_345, 17, Reason.ABOVE_MEAN, Reason.OWN_INCIDENTS, Reason.PUBLIC_RECORD),
    CALM: _cell(CALM, 480, 2, Reason.FEW_INCIDENTS),
    ASIDE: _cell(ASIDE, 500, 6, Reason.OWN_INCIDENTS, Reason.SET_ASIDE),
}
EFFECT = Effect(
    at_ms=day.at(24, 5, 30),
    cell=HOT,
    parcel=day.BOX,
    from_mode="door",
    to_mode="pickup_point",
    reasons=(Reason.ABOVE_MEAN, Reason.OWN_INCIDENTS),
)
THEIRS = Contest(
    id=new_id(CONTEST, day.NOW_MS - 9_000),
    cell=HOT,
    at_ms=day.at(24, 11, 2),
    words="I am at home <all> day.",
    parcel=day.CALM,
    person=day.AINO,
    body="bdy_x",
)
OURS = Contest(
    id=new_id(CONTEST, day.NOW_MS - 99_000),
    cell=ASIDE,
    at_ms=day.at(23, 9, 0),
    words="The thief was caught.",
    by=day.KIMMO,
    upheld=True,
    decided_ms=day.at(23, 15, 0),
    decided_by=day.RITVA,
    note="Convicted in May.",
)
AREAS = (
    AreaRow(service=AreaService(area_of(HOT, 6), 1_400, 640, 990, 1_020), near=NEAR[area_of(HOT, 6)]),
    AreaRow(service=AreaService(area_of(cell_at(61.5, 23.76), 6), 12, None, None, None), near=""),
)


@dataclass
class Risks:
    """Cells and contests in memory; what was decided is noted."""

    by_cell: dict[str, Assessed] = field(default_factory=lambda: dict(CELLS))
    by_id: dict[str, Contest] = field(default_factory=lambda: {one.id: one for one in (OURS, THEIRS)})
    done: list[Effect] = field(default_factory=lambda: [EFFECT])
    areas_told: tuple[AreaRow, ...] = AREAS
    may: bool = True

    @property
    def names(self) -> Mapping[UserId, str]:
        return {day.RITVA: "Ritva Salo", day.KIMMO: "Kimmo Ranta"}

    async def cells(self, viewer: Staff, *, own: bool, after: str) -> CellList:
        every = sorted(self.by_cell.values(), key=lambda one: -one.risk.rate_ppm)
        rows = [one for one in every if not own or one.risk.incidents]
        waits = {one.cell for one in self.by_id.values() if one.upheld is None}
        shown = [
            CellRow(assessed=one, near=NEAR.get(one.risk.cell, ""), contested=one.risk.cell in waits) for one in rows
        ]
        return CellList(
            rows=tuple(shown), unplaced=len(rows), waiting=len(waits), more="480.x" if rows and not after else ""
        )

    async def cell(self, viewer: Staff, cell: str) -> CellView:
        if cell not in self.by_cell:
            raise NoSuchCell(cell)
        made = tuple(replace(one, words="") if one.person else one for one in self.by_id.values() if one.cell == cell)
        row = CellRow(assessed=self.by_cell[cell], near=NEAR.get(cell, ""), contested=bool(made))
        return CellView(row=row, contests=made, names=self.names, may_contest=self.may)

    async def parcel(self, viewer: Staff, parcel: str) -> ParcelAtRisk:
        if parcel != day.BOX:
            raise NoSuchParcel(parcel)
        row = CellRow(assessed=self.by_cell[HOT], near=NEAR[HOT]) if self.by_cell else None
        return ParcelAtRisk(parcel=day.BOX, tracking=day.BOX_NUMBERS.tracking, value_cents=18_050, row=row)

    async def contest(self, viewer: Staff, cell: str, words: str) -> None:
        made = Contest(id=new_id(CONTEST, day.NOW_MS), cell=cell, at_ms=day.NOW_MS, words=words, by=viewer.user)
        self.by_id[made.id] = made

    async def contests(self, viewer: Staff, *, waiting: bool, after: str) -> ContestList:
        rows = [replace(one, words="") if one.person else one for one in self.by_id.values()]
        return ContestList(rows=tuple(one for one in rows if not waiting or one.upheld is None), near=NEAR)

    async def one(self, viewer: Staff, id: str) -> ContestView:
        if id not in self.by_id:
            raise NoSuchContest(id)
        found = self.by_id[id]
        effects = (EFFECT,) if found.parcel else ()
        open_yet = found.upheld is None and self.may
        return ContestView(
            contest=found, near=NEAR.get(found.cell, ""), names=self.names, effects=effects, may_decide=open_yet
        )

    async def decide(self, viewer: Staff, id: str, *, upheld: bool, note: str) -> None:
        if self.by_id[id].upheld is not None:
            raise ContestClosed(id)
        self.by_id[id] = replace(
            self.by_id[id], upheld=upheld, note=note, decided_by=viewer.user, decided_ms=day.NOW_MS
        )

    async def effects(self, viewer: Staff, before: str) -> EffectList:
        return EffectList(rows=tuple(enumerate(self.done, 1)), near=NEAR)

    async def areas(self, viewer: Staff, days: int) -> Sequence[AreaRow]:
        return self.areas_told

    def changed(self, parcel: ParcelId) -> ChangedView:
        made = tuple(one for one in self.by_id.values() if one.parcel == parcel)
        effects = tuple(one for one in self.done if one.parcel == parcel)
        return ChangedView(effects=effects, contests=made, open=all(one.upheld is not None for one in made))

    def object(self, parcel: ParcelId, words: str) -> None:
        if not self.changed(parcel).open:
            raise ContestOpen(parcel)
        made = replace(THEIRS, id=new_id(CONTEST, day.NOW_MS), words=words, parcel=parcel)
        self.by_id[made.id] = made
