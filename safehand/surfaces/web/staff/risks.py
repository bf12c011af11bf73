"""Risk: cells with their rates and reasons, contests, what rates did by themselves, areas, and the expected loss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from safehand.identity.actions import Action
from safehand.kernel.errors import SafehandError
from safehand.risk.contests import WORDS_CHARS_MAX
from safehand.risk.errors import OptionInvalid
from safehand.risk.loss import Assumptions, Loss, Parcel, expected_losses
from safehand.risk.rates import BASE_RATE_PPM, CellRisk, Reason, middle_e7
from safehand.surfaces.errors import MissingChoice
from safehand.surfaces.ports import Door
from safehand.surfaces.risks import CellRow, ParcelAtRisk, RiskPages
from safehand.surfaces.views import Staff
from safehand.surfaces.web.forms import read_form
from safehand.surfaces.web.pages import Pages
from safehand.surfaces.web.problems import in_words
from safehand.surfaces.web.staff.decisions import done

CURSOR_CHARS_MAX = 40
DIGITS_MAX = 9
DAYS = (30, 90, 365)
"""Over which areas are compared."""
E7 = 10_000_000
CENTS = 100
DECISIONS = {"upheld": True, "kept": False}
ASKED = {"value": 80, "minutes": 240, "hours": 4, "rate": BASE_RATE_PPM}
"""What the table of expected losses begins with: euros, minutes at the door, hours aboard, lost of a million."""


@dataclass(frozen=True, slots=True)
class RiskRooms:
    """The pages and what they ask."""

    pages: Pages
    risks: RiskPages

    def shown(self, request: Request, template: str, tab: str, viewer: Staff, **values: Any) -> Response:
        """A page under its tab."""
        language = self.pages.reader(request).words.language
        return self.pages.answer(
            request,
            f"staff/{template}",
            viewer=viewer,
            tab=tab,
            shape=shape,
            standing=standing,
            middle=middle,
            grouped=lambda number: grouped(number, language),
            **values,
        )

    async def cell(
        self, request: Request, viewer: Staff, cell: str, error: SafehandError | None = None, words: str = ""
    ) -> Response:
        """One cell; with what was said and refused, if something was."""
        view = await self.risks.cell(viewer, cell)
        return self.shown(
            request,
            "risk_cell.html",
            "cells",
            viewer,
            status=200 if error is None else error.status,
            view=view,
            risk=view.row.assessed.risk,
            words_max=WORDS_CHARS_MAX,
            given=words,
            problem=in_words(self.pages.reader(request), error.status, error) if error else None,
        )

    async def contest(
        self, request: Request, viewer: Staff, id: str, error: SafehandError | None = None, note: str = ""
    ) -> Response:
        """One contest; with what was answered and refused, if something was."""
        view = await self.risks.one(viewer, id)
        return self.shown(
            request,
            "risk_contest.html",
            "contests",
            viewer,
            status=200 if error is None else error.status,
            view=view,
            contest=view.contest,
            words_max=WORDS_CHARS_MAX,
            given=note,
            problem=in_words(self.pages.reader(request), error.status, error) if error else None,
        )

    async def loss(self, request: Request, viewer: Staff, cell: str, parcel: str) -> Response:
        """What a parcel is expected to lose by mode: one on record, or any at a cell's rate or a typed one."""
        about: ParcelAtRisk | None = None
        row: CellRow | None = None
        asked, error = dict(ASKED), None
        losses: Sequence[Loss] = ()
        try:
            about = await self.risks.parcel(viewer, parcel) if parcel else None
            row = about.row if about else (await self.risks.cell(viewer, cell)).row if cell else None
            asked = numbers(request.query_params, about, row)
            losses = expected_losses(
                Parcel(
                    value_cents=asked["value"] * CENTS,
                    area_rate_ppm=asked["rate"],
                    unattended_min=asked["minutes"],
                    hours_aboard=asked["hours"],
                ),
                Assumptions(),
            )
        except SafehandError as refused:
            error = refused
        return self.shown(
            request,
            "risk_loss.html",
            "loss",
            viewer,
            status=200 if error is None else error.status,
            about=about,
            row=row,
            asked=asked,
            losses=losses,
            assumed=Assumptions(),
            problem=in_words(self.pages.reader(request), error.status, error) if error else None,
        )


def router(pages: Pages, risks: RiskPages, door: Door) -> APIRouter:
    """`/risk` and what lies under it."""
    api = APIRouter(prefix="/risk", include_in_schema=False)
    rooms = RiskRooms(pages, risks)
    _reading(api, rooms, Depends(door(Action.RISK_READ)))
    _contesting(api, rooms, Depends(door(Action.RISK_CONTEST)), Depends(door(Action.RISK_DECIDE)))
    return api


def _reading(api: APIRouter, rooms: RiskRooms, reading: Staff) -> None:
    risks = rooms.risks

    @api.get("")
    async def cells(request: Request, viewer: Annotated[Staff, reading], which: str = "", after: str = "") -> Response:
        every = which == "all"
        listed = await risks.cells(viewer, own=not every, after=after[:CURSOR_CHARS_MAX])
        return rooms.shown(request, "risk_cells.html", "all" if every else "cells", viewer, listed=listed)

    @api.get("/cells/{cell}")
    async def cell(request: Request, cell: str, viewer: Annotated[Staff, reading]) -> Response:
        return await rooms.cell(request, viewer, cell)

    @api.get("/contests")
    async def contests(
        request: Request, viewer: Annotated[Staff, reading], which: str = "", after: str = ""
    ) -> Response:
        every = which == "all"
        listed = await risks.contests(viewer, waiting=not every, after=after[:CURSOR_CHARS_MAX])
        return rooms.shown(request, "risk_contests.html", "contests", viewer, listed=listed, every=every)

    @api.get("/contests/{contest}")
    async def contest(request: Request, contest: str, viewer: Annotated[Staff, reading]) -> Response:
        return await rooms.contest(request, viewer, contest)

    @api.get("/effects")
    async def effects(request: Request, viewer: Annotated[Staff, reading], before: str = "") -> Response:
        listed = await risks.effects(viewer, before[:CURSOR_CHARS_MAX])
        return rooms.shown(request, "risk_effects.html", "effects", viewer, listed=listed)

    @api.get("/areas")
    async def areas(request: Request, viewer: Annotated[Staff, reading], days: str = "") -> Response:
        chosen = next((each for each in DAYS if str(each) == days), DAYS[1])
        rows = await risks.areas(viewer, chosen)
        return rooms.shown(request, "risk_areas.html", "areas", viewer, rows=rows, days=DAYS, chosen=chosen)

    @api.get("/loss")
    async def loss(request: Request, viewer: Annotated[Staff, reading], cell: str = "", parcel: str = "") -> Response:
        return await rooms.loss(request, viewer, cell[:CURSOR_CHARS_MAX], parcel[:CURSOR_CHARS_MAX])


def _contesting(api: APIRouter, rooms: RiskRooms, contesting: Staff, deciding: Staff) -> None:
    pages, risks = rooms.pages, rooms.risks

    @api.post("/cells/{cell}/contests")
    async def contest(request: Request, cell: str, viewer: Annotated[Staff, contesting]) -> Response:
        said = (await read_form(request)).get("words", "")
        try:
            await risks.contest(viewer, cell, spoken(said))
        except SafehandError as error:
            return await rooms.cell(request, viewer, cell, error, said)
        return done(pages, f"/risk/cells/{cell}", "answered")

    @api.post("/contests/{contest}/decision")
    async def decide(request: Request, contest: str, viewer: Annotated[Staff, deciding]) -> Response:
        form = await read_form(request)
        note, decision = form.get("note", ""), form.get("decision", "")
        try:
            if decision not in DECISIONS:
                raise MissingChoice
            await risks.decide(viewer, contest, upheld=DECISIONS[decision], note=spoken(note))
        except SafehandError as error:
            return await rooms.contest(request, viewer, contest, error, note)
        return done(pages, f"/risk/contests/{contest}", "answered")


def spoken(text: str) -> str:
    """What somebody wrote, within its bounds. Errors: MissingChoice."""
    said = text.strip()
    if not 0 < len(said) <= WORDS_CHARS_MAX:
        raise MissingChoice
    return said


def numbers(given: Mapping[str, str], about: ParcelAtRisk | None, row: CellRow | None) -> dict[str, int]:
    """What is worked with: as typed, else as is known of the parcel, else as is usual. Errors: OptionInvalid."""
    usual = dict(ASKED)
    if about is not None and about.value_cents is not None:
        usual["value"] = -(-about.value_cents // CENTS)
    asked = {name: whole(name, given.get(name, str(number))) for name, number in usual.items()}
    return asked | ({} if row is None else {"rate": row.assessed.risk.rate_ppm})


def whole(name: str, text: str) -> int:
    """A whole number of a form. Errors: OptionInvalid."""
    said = text.strip()
    if not (said.isascii() and said.isdecimal() and len(said) <= DIGITS_MAX):
        raise OptionInvalid(name, said, "a whole number")
    return int(said)


def shape(risk: CellRisk) -> str:
    """A cell's data-status."""
    return {"above_mean": "exception", "below_mean": "delivered", "set_aside": "ended"}.get(standing(risk), "waiting")


def standing(risk: CellRisk) -> str:
    """How it stands beside the others, as one word of the reasons; `as_elsewhere` if nothing says more."""
    for reason in (Reason.SET_ASIDE, Reason.ABOVE_MEAN, Reason.BELOW_MEAN):
        if reason in risk.reasons:
            return reason.value
    return "as_elsewhere"


def middle(cell: str) -> str:
    """Where its middle is, for cells by which the map knows no street."""
    lat_e7, lon_e7 = middle_e7(cell)
    return f"{lat_e7 / E7:.4f}, {lon_e7 / E7:.4f}"


def grouped(number: int, language: str) -> str:
    """A number in groups of three, as the language writes it."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}" if language == "fi" else ",")
