"""Exceptions: the queue, and one case with what can be decided about it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from safehand.custody.decisions import SEAL_KINDS
from safehand.events.vocabulary import ExceptionState
from safehand.identity.actions import Action
from safehand.kernel.errors import SafehandError
from safehand.kernel.ids import UserId
from safehand.surfaces.ports import CaseDesk, CustodyPages, Door
from safehand.surfaces.views import CaseView, Staff
from safehand.surfaces.web.forms import read_form
from safehand.surfaces.web.pages import Pages
from safehand.surfaces.web.problems import in_words
from safehand.surfaces.web.staff.decisions import done, exception_id
from safehand.surfaces.web.staff.parcels import CURSOR_CHARACTERS_MAX, page_values
from safehand.surfaces.words.people import People
from safehand.surfaces.words.rows import Disagreements


def router(pages: Pages, custody: CustodyPages, desk: CaseDesk, door: Door) -> APIRouter:
    """`/exceptions`, `/exceptions/{id}` and giving one an owner."""
    api = APIRouter(prefix="/exceptions", include_in_schema=False)
    reading = Depends(door(Action.EXCEPTION_READ))

    @api.get("")
    async def queue(
        request: Request, viewer: Annotated[Staff, reading], state: str = "", after: str = ""
    ) -> Response:  # fmt: skip
        reader = pages.reader(request)
        chosen = ExceptionState(state) if state in ExceptionState else None
        listed = await custody.cases(viewer, chosen, after[:CURSOR_CHARACTERS_MAX] or None)
        people = People(reader.words, listed.names)
        return pages.answer(
            request,
            "staff/cases.html",
            viewer=viewer,
            listed=listed,
            chosen=chosen,
            states=tuple(ExceptionState),
            people=people,
            disagree=Disagreements(reader.words, people).say,
        )

    @api.get("/{exception}")
    async def case(request: Request, exception: str, viewer: Annotated[Staff, reading]) -> Response:
        view = await custody.case(viewer, exception_id(exception))
        return case_page(pages, request, viewer, view)

    @api.post("/{exception}/assign")
    async def assign(
        request: Request, exception: str, viewer: Annotated[Staff, Depends(door(Action.EXCEPTION_ASSIGN))]
    ) -> Response:
        form = await read_form(request)
        id = exception_id(exception)
        owner = UserId(form.get("owner") or viewer.user)
        try:
            await desk.assign(viewer, id, owner)
        except SafehandError as error:
            view = await custody.case(viewer, id)
            return case_page(pages, request, viewer, view, error)
        return done(pages, f"/exceptions/{id}", "taken" if owner == viewer.user else "assigned")

    return api


def case_page(
    pages: Pages, request: Request, viewer: Staff, view: CaseView, error: SafehandError | None = None
) -> Response:
    """One case; with what was refused, if something was."""
    reader = pages.reader(request)
    return pages.answer(
        request,
        "staff/case.html",
        status=200 if error is None else error.status,
        viewer=viewer,
        case=view.case,
        case_view=view,
        about_seal=view.case.kind in SEAL_KINDS,
        problem=in_words(reader, error.status, error) if error else None,
        **page_values(reader, view.parcel),
    )
