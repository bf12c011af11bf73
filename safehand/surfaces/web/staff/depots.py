"""Depots: the list, and one depot's day at dawn and at night: its routes with who drives them, and what is loose."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from safehand.depot.board import RouteLoad
from safehand.identity.actions import Action
from safehand.kernel.errors import SafehandError
from safehand.surfaces.depots import DayPages
from safehand.surfaces.errors import NoSuchPage
from safehand.surfaces.ports import Door
from safehand.surfaces.views import Staff
from safehand.surfaces.web.forms import read_form
from safehand.surfaces.web.pages import Pages
from safehand.surfaces.web.problems import in_words
from safehand.surfaces.web.staff.decisions import done
from safehand.surfaces.web.staff.people import CURSOR_CHARACTERS_MAX, party_id

HOME = "/depots"
LOOSE = ("ready", "unsorted", "awaited", "over", "out", "disagreeing")
"""What must be nothing at night, in the order in which it is looked for."""
FIGURES = ("awaited", "unsorted", "ready", "out", "excepted")
NAMED_MAX = 30
"""Parcels of one kind that are named on the page; how many there are is told in full."""


@dataclass(frozen=True, slots=True)
class DayDesk:
    """The pages and what they ask."""

    pages: Pages
    days: DayPages

    async def one(
        self, request: Request, viewer: Staff, depot: str, day: date | None, error: SafehandError | None = None
    ) -> Response:
        """One depot's day; with what was refused, if something was."""
        view = await self.days.depot(viewer, party_id(depot), day)
        return self.pages.answer(
            request,
            "staff/depot_day.html",
            status=200 if error is None else error.status,
            viewer=viewer,
            view=view,
            figures=FIGURES,
            loose=LOOSE,
            named_max=NAMED_MAX,
            shape=shape,
            near=[view.day + timedelta(days=off) for off in (-1, 1)],
            problem=in_words(self.pages.reader(request), error.status, error) if error else None,
        )

    async def assign(self, request: Request, viewer: Staff, depot: str, day: date) -> Response:
        """The form of who drives what; no driver takes whoever drives off the route."""
        form = await read_form(request)
        try:
            await self.days.assign(viewer, party_id(depot), day, form.get("route", ""), form.get("driver") or None)
        except SafehandError as error:
            return await self.one(request, viewer, depot, day, error)
        return done(self.pages, f"{HOME}/{depot}?day={day.isoformat()}", "answered")


def router(pages: Pages, days: DayPages, door: Door) -> APIRouter:
    """`/depots`, `/depots/{depot}` and who drives there."""
    api = APIRouter(prefix=HOME, include_in_schema=False)
    shown = DayDesk(pages, days)
    reading, assigning = Depends(door(Action.FLOOR_READ)), Depends(door(Action.ROUTE_ASSIGN))

    @api.get("")
    async def listed(request: Request, viewer: Annotated[Staff, reading], after: str = "") -> Response:
        found = await days.depots(viewer, after[:CURSOR_CHARACTERS_MAX])
        return pages.answer(request, "staff/depots.html", viewer=viewer, listed=found)

    @api.get("/{depot}")
    async def one(request: Request, depot: str, viewer: Annotated[Staff, reading], day: str = "") -> Response:
        return await shown.one(request, viewer, depot, a_day(day) if day else None)

    @api.post("/{depot}/routes/{day}")
    async def assign(request: Request, depot: str, day: str, viewer: Annotated[Staff, assigning]) -> Response:
        return await shown.assign(request, viewer, depot, a_day(day))

    return api


def shape(load: RouteLoad) -> tuple[str, str]:
    """How a route stands, as a status and its word: what asks for somebody first."""
    if load.driver is None:
        return "waiting", "nobody"
    if load.strangers:
        return "exception", "strangers"
    if load.complete:
        return "delivered", "complete"
    return ("held", "loading") if load.aboard else ("waiting", "empty")


def a_day(text: str) -> date:
    """The day from an address. Errors: NoSuchPage."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NoSuchPage from None
