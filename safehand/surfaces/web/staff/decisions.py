"""Decisions about an exception: each is a page with its question, its consequence, and two ways out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from safehand.events.vocabulary import Resolution, State
from safehand.identity.actions import Action
from safehand.kernel.errors import SafehandError
from safehand.kernel.ids import EXCEPTION, ExceptionId, PartyId, is_id
from safehand.surfaces.errors import MissingChoice, NoSuchPage, ReadingsDiffer
from safehand.surfaces.ports import CaseDesk, CustodyPages, Door
from safehand.surfaces.views import CaseView, Staff
from safehand.surfaces.web.forms import read_form
from safehand.surfaces.web.pages import DONE_COOKIE, Pages
from safehand.surfaces.web.problems import in_words
from safehand.surfaces.web.staff.parcels import page_values

SEAL_CHARACTERS_MAX = 40
DONE_S = 30
"""The word about what was done waits so long for the page that shows it."""
CHOOSABLE = (Resolution.EXPLAINED, Resolution.CONFIRMED)
"""How a person may close an exception by a word alone; the others follow from a correction or an override."""
STATES = (
    State.RECEIVED, State.SORTED, State.LOADED, State.OUT_FOR_DELIVERY, State.HELD, State.DELIVERED, State.RETURNED,
    State.LOST, State.FOUND,
)  # fmt: skip
"""Where a person may say that a parcel stands."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """The pages of the decisions."""

    pages: Pages
    custody: CustodyPages
    desk: CaseDesk

    async def ask(
        self,
        request: Request,
        viewer: Staff,
        exception: str,
        what: str,
        *,
        given: dict[str, str] | None = None,
        error: SafehandError | None = None,
    ) -> Response:
        """The question; with what was given and refused, if it was sent before."""
        view = await self.custody.case(viewer, exception_id(exception))
        reader = self.pages.reader(request)
        return self.pages.answer(
            request,
            f"staff/{what}.html",
            status=200 if error is None else error.status,
            viewer=viewer,
            case=view.case,
            case_view=view,
            given=given or {},
            problem=in_words(reader, error.status, error) if error else None,
            wrong=getattr(error, "field", None),
            resolutions=CHOOSABLE,
            states=STATES,
            **page_values(reader, view.parcel),
        )

    async def decide(
        self,
        request: Request,
        viewer: Staff,
        exception: str,
        what: str,
        *,
        act: Callable[[ExceptionId, dict[str, str], CaseView], Awaitable[None]],
    ) -> Response:
        """Record the decision and go back to the parcel; what is refused is asked again, with the words why."""
        form = await read_form(request)
        id = exception_id(exception)
        view = await self.custody.case(viewer, id)
        try:
            await act(id, form, view)
        except SafehandError as error:
            return await self.ask(request, viewer, exception, what, given=form, error=error)
        return done(self.pages, f"/parcels/{view.case.parcel}", what)


def router(decisions: Decisions, door: Door) -> APIRouter:
    """`/exceptions/{id}/resolve`, `/override` and `/correct`: ask by GET, record by POST."""
    api = APIRouter(prefix="/exceptions/{exception}", include_in_schema=False)
    resolving = Depends(door(Action.EXCEPTION_RESOLVE))
    overriding = Depends(door(Action.EXCEPTION_OVERRIDE))
    correcting = Depends(door(Action.EXCEPTION_CORRECT))

    @api.get("/resolve")
    async def ask_resolve(request: Request, exception: str, viewer: Annotated[Staff, resolving]) -> Response:
        return await decisions.ask(request, viewer, exception, "resolve")

    @api.post("/resolve")
    async def resolve(request: Request, exception: str, viewer: Annotated[Staff, resolving]) -> Response:
        async def act(id: ExceptionId, form: dict[str, str], _: CaseView) -> None:
            if form.get("resolution") not in CHOOSABLE:
                raise MissingChoice
            await decisions.desk.resolve(viewer, id, Resolution(form["resolution"]))

        return await decisions.decide(request, viewer, exception, "resolve", act=act)

    @api.get("/override")
    async def ask_override(request: Request, exception: str, viewer: Annotated[Staff, overriding]) -> Response:
        return await decisions.ask(request, viewer, exception, "override")

    @api.post("/override")
    async def override(request: Request, exception: str, viewer: Annotated[Staff, overriding]) -> Response:
        async def act(id: ExceptionId, form: dict[str, str], _: CaseView) -> None:
            await decisions.desk.override(viewer, id, seal_read_twice(form))

        return await decisions.decide(request, viewer, exception, "override", act=act)

    @api.get("/correct")
    async def ask_correct(request: Request, exception: str, viewer: Annotated[Staff, correcting]) -> Response:
        return await decisions.ask(request, viewer, exception, "correct")

    @api.post("/correct")
    async def correct(request: Request, exception: str, viewer: Annotated[Staff, correcting]) -> Response:
        async def act(id: ExceptionId, form: dict[str, str], view: CaseView) -> None:
            known = {party for party, _ in view.parties}
            if form.get("custodian") not in known or form.get("state") not in STATES:
                raise MissingChoice
            await decisions.desk.correct(viewer, id, PartyId(form["custodian"]), State(form["state"]))

        return await decisions.decide(request, viewer, exception, "correct", act=act)

    return api


def seal_read_twice(form: dict[str, str]) -> str:
    """The serial that two people read.

    Errors
        MissingChoice   none was typed.
        ReadingsDiffer  the two are not the same.
    """
    first, second = ("".join(form.get(name, "").split()).upper() for name in ("seal", "again"))
    if not first or len(first) > SEAL_CHARACTERS_MAX:
        raise MissingChoice
    if first != second:
        raise ReadingsDiffer(first, second[:SEAL_CHARACTERS_MAX])
    return first


def done(pages: Pages, to: str, what: str) -> Response:
    """On to a page that says what was done."""
    answer = RedirectResponse(to, 303, headers={"Cache-Control": "no-store"})
    pages.keep(answer, DONE_COOKIE, what, max_age_s=DONE_S)
    return answer


def exception_id(text: str) -> ExceptionId:
    """The id from an address. Errors: NoSuchPage."""
    if not is_id(EXCEPTION, text):
        raise NoSuchPage
    return ExceptionId(text)
