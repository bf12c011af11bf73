"""Parcels: find one by any number, look through them, and read one's line of custody."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from safehand.custody.timeline import EntryKind
from safehand.events.vocabulary import ExceptionState, State
from safehand.identity.actions import Action
from safehand.kernel.errors import Invalid, Malformed, NotFound
from safehand.kernel.ids import AGGREGATE, PARCEL, ParcelId, is_id
from safehand.surfaces.ports import CustodyPages, Door
from safehand.surfaces.views import ParcelView, Staff
from safehand.surfaces.web.files import saved
from safehand.surfaces.web.pages import Pages, Reader
from safehand.surfaces.web.problems import Problem, in_words
from safehand.surfaces.words.calendar import sentence
from safehand.surfaces.words.people import People
from safehand.surfaces.words.rows import Disagreements, changes_hands, count
from safehand.surfaces.words.staff_line import StaffLine

NUMBER_CHARACTERS_MAX = 80
CURSOR_CHARACTERS_MAX = 200


def page_values(reader: Reader, view: ParcelView) -> dict[str, Any]:
    """What the templates need to show a parcel."""
    people = People(reader.words, view.names)
    return {
        "view": view,
        "rows": StaffLine(reader.words, reader.calendar, people).rows(view),
        "people": people,
        "promised": sentence(reader.calendar.day(view.head.promised_on)),
        "since": reader.calendar.moment(view.head.since_ms),
        "summary": _summary(reader, view),
        "waiting": [case for case in view.cases if case.state is not ExceptionState.RESOLVED],
        "disagree": Disagreements.along(reader.words, people, view.entries).say,
    }


def router(pages: Pages, custody: CustodyPages, door: Door) -> APIRouter:
    """`/parcels`, `/parcels/{id}` and receipts."""
    api = APIRouter(prefix="/parcels", include_in_schema=False)

    @api.get("")
    async def parcels(
        request: Request,
        viewer: Annotated[Staff, Depends(door(Action.PARCEL_FIND))],
        q: str = "",
        state: str = "",
        after: str = "",
    ) -> Response:
        problem: Problem | None = None
        status = 200
        if q.strip():
            try:
                found = await custody.find(viewer, q.strip()[:NUMBER_CHARACTERS_MAX])
                return RedirectResponse(f"/parcels/{found}", 303, headers={"Cache-Control": "no-store"})
            except (Malformed, Invalid, NotFound) as error:
                status, problem = error.status, in_words(pages.reader(request), error.status, error)
        chosen = State(state) if state in State else None
        listed = await custody.parcels(viewer, chosen, after[:CURSOR_CHARACTERS_MAX] or None)
        return pages.answer(
            request,
            "staff/parcels.html",
            status=status,
            viewer=viewer,
            asked=q.strip()[:NUMBER_CHARACTERS_MAX],
            problem=problem,
            chosen=chosen,
            states=tuple(State),
            listed=listed,
            people=People(pages.reader(request).words, listed.names),
        )

    @api.get("/{parcel}")
    async def parcel(
        request: Request, parcel: str, viewer: Annotated[Staff, Depends(door(Action.CUSTODY_READ))]
    ) -> Response:
        if not is_id(PARCEL, parcel) and not is_id(AGGREGATE, parcel):
            found = await custody.find(viewer, parcel[:NUMBER_CHARACTERS_MAX])
            return RedirectResponse(f"/parcels/{found}", 303, headers={"Cache-Control": "no-store"})
        view = await custody.parcel(viewer, ParcelId(parcel))
        values = page_values(pages.reader(request), view)
        return pages.answer(request, "staff/parcel.html", viewer=viewer, **values)

    @api.get("/{parcel}/receipt")
    async def receipt(
        parcel: str, viewer: Annotated[Staff, Depends(door(Action.RECEIPT_READ))], entry: int | None = None
    ) -> Response:
        file = await custody.receipt(viewer, ParcelId(parcel), entry)
        return saved(file)

    return api


def _summary(reader: Reader, view: ParcelView) -> str:
    """How much there is to read: facts, pairs of hands, exceptions."""
    holders = {view.head.merchant} | {entry.taker for entry in view.entries if changes_hands(entry)}
    exceptions = sum(entry.kind is EntryKind.EXCEPTION for entry in view.entries)
    parts = [
        count(reader.words, "line.facts", len(view.entries)),
        count(reader.words, "line.pairs", len(holders)),
    ]
    if exceptions:
        parts.append(count(reader.words, "line.exceptions", exceptions))
    return ", ".join(parts)
