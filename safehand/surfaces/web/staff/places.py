"""Places: the list by kind, one with its versions and days, and files of them in and out."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from markupsafe import Markup

from safehand.identity.actions import Action
from safehand.kernel.errors import SafehandError
from safehand.kernel.ids import PLACE, is_id
from safehand.places.calendars import Day, DayKind
from safehand.places.errors import BadDay
from safehand.places.geojson import MEDIA_TYPE
from safehand.places.importing import Outcome, Report, Row
from safehand.places.model import PlaceKind
from safehand.surfaces.errors import MissingChoice, NoSuchPage
from safehand.surfaces.placing import PlacePages
from safehand.surfaces.ports import Door
from safehand.surfaces.views import Staff
from safehand.surfaces.web.forms import read_form
from safehand.surfaces.web.pages import HEADERS, Pages, Reader
from safehand.surfaces.web.problems import in_words
from safehand.surfaces.web.staff.decisions import done
from safehand.surfaces.words.place_facts import DAY_SHAPES, facts, where

CURSOR_CHARS_MAX = 50
TYPED_BYTES_MAX = 2 * 1024 * 1024
"""A file in a form: a form may write each byte as three. Larger ones go to the API."""
NAME_CHARS_MAX = 80
FAULTS = (Outcome.REFUSED, Outcome.DOUBTED)
SAVED_AS = "places.geojson"


@dataclass(frozen=True, slots=True)
class AtlasPages:
    """The pages and what they ask."""

    pages: Pages
    places: PlacePages

    async def one(self, request: Request, viewer: Staff, id: str, error: SafehandError | None = None) -> Response:
        """One place; with what was refused, if something was."""
        view = await self.places.place(viewer, place_id(id))
        reader = self.pages.reader(request)
        return self.pages.answer(
            request,
            "staff/place.html",
            status=200 if error is None else error.status,
            viewer=viewer,
            view=view,
            place=view.place,
            facts=list(facts(reader.words, view.place)),
            where=lambda shape: where(reader.words, shape),
            shapes=DAY_SHAPES,
            kinds=tuple(DayKind),
            sets_days=Action.PLACE_SET_DAYS in view.may and view.place.retired is False,
            problem=in_words(reader, error.status, error) if error else None,
        )

    async def set_days(self, request: Request, viewer: Staff, id: str) -> Response:
        """The form of one day, or of a calendar's file."""
        form = await read_form(request, TYPED_BYTES_MAX)
        try:
            if form.get("file", "").strip():
                await self.places.set_days_from(viewer, place_id(id), form["file"].encode())
            else:
                await self.places.set_days(viewer, place_id(id), [day_of(form)])
        except SafehandError as error:
            return await self.one(request, viewer, id, error)
        return done(self.pages, f"/places/{id}", "answered")

    def asked(
        self,
        request: Request,
        viewer: Staff,
        *,
        typed: str = "",
        report: Report | None = None,
        error: SafehandError | None = None,
    ) -> Response:
        """The form for a file, and what became of the last one."""
        reader = self.pages.reader(request)
        return self.pages.answer(
            request,
            "staff/place_file.html",
            status=200 if error is None else error.status,
            viewer=viewer,
            typed=typed,
            report=report,
            outcomes=tuple(Outcome),
            faults=[row for row in report.rows if row.outcome in FAULTS] if report else [],
            why=lambda row: why(reader, row),
            problem=in_words(reader, error.status, error) if error else None,
        )

    async def take(self, request: Request, viewer: Staff) -> Response:
        """Take the file in, or show it again with what is wrong."""
        form = await read_form(request, TYPED_BYTES_MAX)
        typed = form.get("file", "")
        try:
            report = await self.places.take(viewer, typed.encode(), sure=form.get("sure") == "yes")
        except SafehandError as error:
            return self.asked(request, viewer, typed=typed, error=error)
        return self.asked(request, viewer, typed="" if report.done else typed, report=report)


def router(shown: AtlasPages, door: Door) -> APIRouter:
    """`/places`, `/places/file`, `/places/take`, `/places/{id}` and its days."""
    api = APIRouter(prefix="/places", include_in_schema=False)
    reading, adding = Depends(door(Action.PLACE_READ)), Depends(door(Action.PLACE_ADD))
    setting = Depends(door(Action.PLACE_SET_DAYS))

    @api.get("")
    async def listed(request: Request, viewer: Annotated[Staff, reading], kind: str = "", after: str = "") -> Response:
        chosen = PlaceKind(kind) if kind in PlaceKind else None
        found = await shown.places.places(viewer, chosen, after[:CURSOR_CHARS_MAX])
        return shown.pages.answer(
            request, "staff/places.html", viewer=viewer, listed=found, chosen=chosen, kinds=tuple(PlaceKind)
        )  # fmt: skip

    @api.get("/file")
    async def file(viewer: Annotated[Staff, reading], kind: str = "") -> Response:
        body = await shown.places.file(viewer, PlaceKind(kind) if kind in PlaceKind else None)
        saved = {"Content-Disposition": f'attachment; filename="{SAVED_AS}"'}
        return Response(body, headers=HEADERS | saved, media_type=MEDIA_TYPE)

    @api.get("/take")
    async def ask(request: Request, viewer: Annotated[Staff, adding]) -> Response:
        return shown.asked(request, viewer)

    @api.post("/take")
    async def take(request: Request, viewer: Annotated[Staff, adding]) -> Response:
        return await shown.take(request, viewer)

    @api.get("/{place}")
    async def one(request: Request, place: str, viewer: Annotated[Staff, reading]) -> Response:
        return await shown.one(request, viewer, place)

    @api.post("/{place}/days")
    async def days(request: Request, place: str, viewer: Annotated[Staff, setting]) -> Response:
        return await shown.set_days(request, viewer, place)

    return api


def day_of(form: dict[str, str]) -> Day:
    """The day of a form.

    Errors
        MissingChoice, BadDay
    """
    kind, told = form.get("kind", ""), form.get("day", "")
    if kind not in DayKind or not told:
        raise MissingChoice
    try:
        return Day(date.fromisoformat(told), DayKind(kind), " ".join(form.get("name", "").split())[:NAME_CHARS_MAX])
    except ValueError:
        raise BadDay(told) from None


def why(reader: Reader, row: Row) -> Markup:
    """What is wrong with a row, in words."""
    if row.error is None:
        return reader.markup(f"doubt.{row.doubt}.detail")
    said = in_words(reader, row.error.status, row.error)
    return Markup("{}. {}").format(said.title, said.detail)


def place_id(text: str) -> str:
    """The id from an address. Errors: NoSuchPage."""
    if not is_id(PLACE, text):
        raise NoSuchPage
    return text
