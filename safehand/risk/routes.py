"""HTTP of risk for machines: cells with their reasons, contests, what rates did by themselves, who is served worse."""

from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from safehand.identity.actions import Action
from safehand.identity.guard import Guard
from safehand.identity.model import Principal
from safehand.risk import cells, contests
from safehand.risk.commands import RiskDesk
from safehand.risk.contests import WORDS_CHARS_MAX, Contest, ContestDesk
from safehand.risk.errors import NoSuchCell
from safehand.risk.rates import Reason, is_cell

DAYS_MAX = 730

type Words = Annotated[str, Field(min_length=1, max_length=WORDS_CHARS_MAX)]


class Body(BaseModel):
    """What somebody sends: nothing beyond what is declared."""

    model_config = ConfigDict(extra="forbid")


class Objection(Body):
    """Why the cell's rate is wrong."""

    words: Words


class Decision(Body):
    """What a person decided, and why."""

    upheld: bool
    note: Words


class CellOut(BaseModel):
    """One cell: lost of a million parcels left unattended, with a 90 % interval, from how much, why, until when."""

    cell: str
    rate_ppm: int
    low_ppm: int
    high_ppm: int
    incidents: int
    parcels: int
    reasons: list[Reason]
    assessed_ms: int
    expires_ms: int


class AssessmentOut(BaseModel):
    """How many cells were assessed."""

    cells: int


class ContestOut(BaseModel):
    """One contest. A recipient's has no `by` but a `parcel`; its words and note are told one by one, and empty here."""

    id: str
    cell: str
    words: str
    at_ms: int
    by: str | None
    parcel: str | None
    upheld: bool | None
    decided_ms: int | None
    decided_by: str | None
    note: str


class ContestsOut(BaseModel):
    """Contests, oldest first; `next` is what the following page begins after."""

    contests: list[ContestOut]
    next: str | None


class MadeOut(BaseModel):
    """The id of what was made."""

    id: str


class EffectOut(BaseModel):
    """What a rate did by itself to one parcel."""

    number: int
    at_ms: int
    cell: str
    parcel: str
    from_mode: str
    to_mode: str
    reasons: list[Reason]


class EffectsOut(BaseModel):
    """Effects, newest first; `next` is what the following page ends before."""

    effects: list[EffectOut]
    next: int | None


class AreaOut(BaseModel):
    """One area beside all others, in thousandths of what they get; an alert below 800."""

    area: str
    parcels: int
    home_permille: int | None
    price_permille: int | None
    time_permille: int | None
    alert: bool


class DisparityOut(BaseModel):
    """Every area, those that a person has to look at first."""

    areas: list[AreaOut]


@dataclass(frozen=True, slots=True)
class RiskDesks:
    """What the routes ask."""

    desk: RiskDesk
    heard: ContestDesk
    guard: Guard


def router(desks: RiskDesks) -> APIRouter:
    """The routes under /v1/risk."""
    api = APIRouter(prefix="/v1/risk", tags=["risk"])
    desk = desks.desk
    reading = Depends(desks.guard.allow(Action.RISK_READ))

    @api.get("/cells/{cell}")
    async def read_cell(cell: str, _: Annotated[Principal, reading]) -> CellOut:
        """One cell's rate."""
        if not is_cell(cell):
            raise NoSuchCell(cell)
        async with desk.store.transaction(readonly=True) as tx:
            found = await cells.cell(tx, cell, desk.clock.now_ms())
        return CellOut(**asdict(found.risk), assessed_ms=found.assessed_ms, expires_ms=found.expires_ms)

    @api.post("/assessments", status_code=201)
    async def assess(_: Annotated[Principal, Depends(desks.guard.allow(Action.RISK_DECIDE))]) -> AssessmentOut:
        """Assess every cell anew."""
        return AssessmentOut(cells=await desk.assess())

    @api.get("/effects")
    async def list_effects(
        _: Annotated[Principal, reading], before: Annotated[int, Query(ge=1, le=cells.NUMBER_MAX)] = cells.NUMBER_MAX
    ) -> EffectsOut:
        """What rates did by themselves."""
        async with desk.store.transaction(readonly=True) as tx:
            found = await cells.effects(tx, before)
        shown = [EffectOut(number=number, **asdict(effect)) for number, effect in found]
        return EffectsOut(effects=shown, next=shown[-1].number if len(shown) == cells.LISTED_MAX else None)

    @api.get("/disparity")
    async def read_disparity(
        _: Annotated[Principal, reading], days: Annotated[int, Query(ge=1, le=DAYS_MAX)] = 90
    ) -> DisparityOut:
        """Whether people of one area are served worse than all others."""
        areas = await desk.disparity(days)
        return DisparityOut(areas=[AreaOut(**asdict(area), alert=area.alert) for area in areas])

    _contests(api, desks)
    return api


def _contests(api: APIRouter, desks: RiskDesks) -> None:
    desk = desks.heard

    @api.post("/cells/{cell}/contests", status_code=201)
    async def contest(
        cell: str, body: Objection, me: Annotated[Principal, Depends(desks.guard.allow(Action.RISK_CONTEST))]
    ) -> MadeOut:
        """Say that a cell's rate is wrong, for oneself or for a recipient."""
        if not is_cell(cell) or me.user is None:
            raise NoSuchCell(cell)
        return MadeOut(id=await desk.contest(cell, body.words, me.user))

    @api.get("/contests")
    async def list_contests(
        _: Annotated[Principal, Depends(desks.guard.allow(Action.RISK_READ))],
        after: Annotated[str, Query(max_length=30)] = "",
    ) -> ContestsOut:
        """What was contested, and what became of it."""
        async with desk.store.transaction(readonly=True) as tx:
            found = await contests.listed(tx, after)
        shown = [_told(one) for one in found]
        return ContestsOut(contests=shown, next=shown[-1].id if len(shown) == contests.LISTED_MAX else None)

    @api.get("/contests/{id}")
    async def read_contest(
        id: str, me: Annotated[Principal, Depends(desks.guard.allow(Action.RISK_READ))]
    ) -> ContestOut:
        """One contest with its words; that a recipient's are read is on record."""
        async with desk.store.transaction() as tx:
            return _told(await desk.open(tx, id, me))

    @api.post("/contests/{id}/decision", status_code=204)
    async def decide(
        id: str, body: Decision, me: Annotated[Principal, Depends(desks.guard.allow(Action.RISK_DECIDE))]
    ) -> None:
        """Uphold a contest or not; a person does, never a program."""
        if me.user is not None:
            await desk.decide(id, upheld=body.upheld, note=body.note, by=me.user)


def _told(contest: Contest) -> ContestOut:
    said = asdict(contest)
    return ContestOut(**{name: said[name] for name in ContestOut.model_fields})
