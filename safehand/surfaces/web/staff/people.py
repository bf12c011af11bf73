"""People: the list of drivers, and one with what follows from the record and until when."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from markupsafe import Markup

from safehand.events.vocabulary import LicenceClass
from safehand.identity.actions import Action
from safehand.kernel.days import day_of
from safehand.kernel.errors import SafehandError
from safehand.kernel.ids import PARTY, is_id
from safehand.surfaces.errors import NoSuchPage
from safehand.surfaces.people import PeoplePages
from safehand.surfaces.ports import Door
from safehand.surfaces.views import Staff
from safehand.surfaces.web.forms import read_form
from safehand.surfaces.web.pages import Pages, Reader
from safehand.surfaces.web.problems import in_words
from safehand.surfaces.web.staff.decisions import done
from safehand.workforce.authority import Duty, Level, Why
from safehand.workforce.commands import NUMBER_CHARS_MAX, LicenceDraft
from safehand.workforce.errors import DayOutOfRange
from safehand.workforce.model import VehicleKind
from safehand.workforce.shelf import load_shelf

HOME = "/people"
CURSOR_CHARACTERS_MAX = 40
SHAPES = {Level.NONE: "ended", Level.STARTER: "waiting", Level.REGULAR: "delivered", Level.TRUSTED: "verified"}

type Act = Callable[[Staff, str, dict[str, str]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class PeopleDesk:
    """The pages and what they ask."""

    pages: Pages
    people: PeoplePages

    async def one(self, request: Request, viewer: Staff, driver: str, error: SafehandError | None = None) -> Response:
        """One driver; with what was refused, if something was."""
        view = await self.people.person(viewer, party_id(driver))
        reader = self.pages.reader(request)
        return self.pages.answer(
            request,
            "staff/person.html",
            status=200 if error is None else error.status,
            viewer=viewer,
            view=view,
            row=view.row,
            duties=tuple(Duty),
            kinds=tuple(VehicleKind),
            classes=tuple(LicenceClass),
            number_max=NUMBER_CHARS_MAX,
            shape=SHAPES[view.row.authority.level],
            day_of=day_of,
            why=lambda one: said(reader, one),
            named=lambda what: named(reader, what),
            problem=in_words(reader, error.status, error) if error else None,
        )

    async def record(self, request: Request, viewer: Staff, driver: str, act: Act) -> Response:
        """Record what somebody saw; what is refused is shown with the record."""
        form = await read_form(request)
        try:
            await act(viewer, party_id(driver), form)
        except SafehandError as error:
            return await self.one(request, viewer, driver, error)
        return done(self.pages, f"{HOME}/{driver}", "answered")

    async def engage(self, viewer: Staff, driver: str, form: dict[str, str]) -> None:
        """The form of the first day."""
        await self.people.engage(viewer, driver, a_day(form.get("since", "")))

    async def licence(self, viewer: Staff, driver: str, form: dict[str, str]) -> None:
        """The form of a licence: a box for each class."""
        born = form.get("born", "")
        draft = LicenceDraft(
            number=form.get("number", ""),
            born=a_day(born) if born else None,
            classes=tuple(one for one in LicenceClass if f"class-{one}" in form),
            expires=a_day(form.get("expires", "")),
        )
        await self.people.licence(viewer, driver, draft)


def router(pages: Pages, people: PeoplePages, door: Door) -> APIRouter:
    """`/people`, `/people/{driver}` and what is recorded there."""
    api = APIRouter(prefix=HOME, include_in_schema=False)
    shown = PeopleDesk(pages, people)
    reading, changing = Depends(door(Action.DRIVER_READ)), Depends(door(Action.DRIVER_CHANGE))

    @api.get("")
    async def listed(request: Request, viewer: Annotated[Staff, reading], after: str = "") -> Response:
        reader = pages.reader(request)
        return pages.answer(
            request,
            "staff/people.html",
            viewer=viewer,
            listed=await people.people(viewer, after[:CURSOR_CHARACTERS_MAX]),
            shapes=SHAPES,
            why=lambda one: said(reader, one),
            named=lambda what: named(reader, what),
        )

    @api.get("/{driver}")
    async def one(request: Request, driver: str, viewer: Annotated[Staff, reading]) -> Response:
        return await shown.one(request, viewer, driver)

    @api.post("/{driver}/engagement")
    async def engage(request: Request, driver: str, viewer: Annotated[Staff, changing]) -> Response:
        return await shown.record(request, viewer, driver, shown.engage)

    @api.post("/{driver}/licences")
    async def licence(request: Request, driver: str, viewer: Annotated[Staff, changing]) -> Response:
        return await shown.record(request, viewer, driver, shown.licence)

    return api


def said(reader: Reader, why: Why) -> Markup:
    """What is missing, in words."""
    day = reader.calendar.full(why.day) if why.day else ""
    return reader.markup(f"lack.{why.lack}.word", what=named(reader, why.what), day=day)


def named(reader: Reader, what: str) -> str:
    """A course by its title; a class of licence as it is."""
    shelf = load_shelf()
    known = {course.name: course for course in shelf.current()}
    return shelf.material(known[what], reader.words.language).title if what in known else what


def a_day(text: str) -> date:
    """A day as a browser writes it. Errors: DayOutOfRange."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DayOutOfRange(day=text[:20]) from None


def party_id(text: str) -> str:
    """The id from an address. Errors: NoSuchPage."""
    if not is_id(PARTY, text):
        raise NoSuchPage
    return text
