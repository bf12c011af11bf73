"""HTTP of a depot's paper: sheets and cards to print, whose a thing without a label may be, and what is keyed in."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from safehand.depot.finding import Candidates
from safehand.depot.keying import Keying, Sayable
from safehand.depot.paper import FoundThing, Papers
from safehand.depot.routes import Asked, DepotDoor
from safehand.identity.actions import Action
from safehand.identity.grants import note_granted
from safehand.identity.guard import Guard
from safehand.identity.model import Principal
from safehand.identity.parties import Parties, Party
from safehand.kernel.answers import answered
from safehand.kernel.catalogue import Catalogue, choose_language, load_catalogue
from safehand.labels.model import CITY_CHARS_MAX, ROUTE_CHARS_MAX, WEIGHT_G_MAX, Format
from safehand.labels.paper.key_in import KEYED_CHARS_MAX
from safehand.labels.paper.model import SEAL_CHARS_MAX, SIDE_MM_MAX, Missed, Whereabouts
from safehand.labels.paper.printing import (
    print_fallback_sheets,
    print_found_label,
    print_missed_card,
    print_run_sheets,
)
from safehand.labels.printing import Printed
from safehand.parcels.errors import NoSuchNumber
from safehand.store.database import Store, Tx

NUMBER_CHARS_MAX = 200

type Grams = Annotated[int, Query(ge=1, le=WEIGHT_G_MAX)]
type Side = Annotated[int | None, Query(ge=1, le=SIDE_MM_MAX)]
type Name = Annotated[str | None, Query(min_length=1, max_length=40)]
type Size = Literal["pdf-a6", "pdf-4x6", "zpl"]


class KeyIn(BaseModel):
    """What was written on sheets of one day, a line a row; today's if none is named."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=KEYED_CHARS_MAX)]
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A line that tells nothing, and why in words."""

    line: int
    text: str
    code: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedOut:
    """Every line that says something: what it would tell, or why it cannot."""

    day: date
    rows: tuple[Sayable, ...]
    refused: list[Unsaid]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperDesks:
    """What these routes ask."""

    store: Store
    parties: Parties
    papers: Papers
    candidates: Candidates
    keying: Keying
    guard: Guard

    async def seen(self, tx: Tx, depot: str, me: Principal, action: Action) -> Party:
        """The depot, if the asker may."""
        return await DepotDoor(self.parties, self.guard).seen(tx, depot, me, action)


def router(desks: PaperDesks) -> APIRouter:
    """The routes under /v1/depots, and the card of a parcel."""
    api = APIRouter(prefix="/v1", tags=["depots"])
    _sheets(api, desks)
    _found(api, desks)
    _card(api, desks)
    _key_in(api, desks)
    return api


def _sheets(api: APIRouter, desks: PaperDesks) -> None:
    guard, store, papers = desks.guard, desks.store, desks.papers

    @api.get("/depots/{depot}/routes/{day}/{route}/run-sheet.pdf", response_class=Response)
    async def run_sheet(
        depot: str,
        day: date,
        route: str,
        request: Request,
        me: Annotated[Principal, Depends(guard.allow(Action.RUN_SHEET_READ))],
    ) -> Response:
        """A route on paper: what its driver has aboard and is to take along, with names and addresses."""
        words = _words(request)
        async with store.transaction() as tx:
            found = await desks.seen(tx, depot, me, Action.RUN_SHEET_READ)
            meant = await papers.days.day(tx, found.id, day)
            sheet = await papers.run_sheet(tx, found, meant, route, me=me, words=words)
        return await _drawn(lambda: print_run_sheets([sheet], words))

    @api.get("/depots/{depot}/fallback-sheets.pdf", response_class=Response)
    async def fallback_sheets(
        *,
        depot: str,
        request: Request,
        me: Annotated[Principal, Depends(guard.allow(Action.FLOOR_READ))],
        day: Asked = None,
        route: Name = None,
    ) -> Response:
        """Sheets to write on while there is no power: numbers, lanes, routes and free rows. Print them each night."""
        words = _words(request)
        async with store.transaction(readonly=True) as tx:
            found = await desks.seen(tx, depot, me, Action.FLOOR_READ)
            meant = await papers.days.day(tx, found.id, day)
            sheets = await papers.fallback(tx, found, meant, route)
        return await _drawn(lambda: print_fallback_sheets(sheets, words))


def _found(api: APIRouter, desks: PaperDesks) -> None:
    guard, store = desks.guard, desks.store

    @api.get("/depots/{depot}/candidates", response_model=None)
    async def candidates(
        *,
        depot: str,
        me: Annotated[Principal, Depends(guard.allow(Action.FLOOR_READ))],
        weight_g: Grams,
        length_mm: Side = None,
        width_mm: Side = None,
        height_mm: Side = None,
    ) -> Response:
        """Which parcels a thing without a label may be: missing or unread here, and about as heavy and as large.

        The sides count if all three are given, in any order.
        """
        async with store.transaction(readonly=True) as tx:
            found = await desks.seen(tx, depot, me, Action.FLOOR_READ)
            sides = _sides(length_mm, width_mm, height_mm)
            likely = await desks.candidates.like(tx, found.id, weight_g, sides)
        return _json({"candidates": likely})

    @api.get("/depots/{depot}/found-label.pdf", response_class=Response)
    async def found_label(
        *,
        depot: str,
        request: Request,
        me: Annotated[Principal, Depends(guard.allow(Action.FLOOR_READ))],
        parcel: Annotated[str, Query(max_length=NUMBER_CHARS_MAX)],
        where: Annotated[str, Query(min_length=1, max_length=CITY_CHARS_MAX)],
        by: Annotated[str, Query(min_length=1, max_length=ROUTE_CHARS_MAX)],
        case: Annotated[str, Query(max_length=SEAL_CHARS_MAX)] = "",
        weight_g: Annotated[int | None, Query(ge=1, le=WEIGHT_G_MAX)] = None,
        format: Size = "pdf-a6",
    ) -> Response:
        """A label for a parcel of this floor that bore none and was recognised, with no name on it."""
        async with store.transaction(readonly=True) as tx:
            at = await desks.seen(tx, depot, me, Action.FLOOR_READ)
            thing = FoundThing(where=where, by=by, case=case, weight_g=weight_g)
            label = await desks.papers.found_label(tx, at, parcel, thing)
        return await _drawn(lambda: print_found_label(label, Format(format), _words(request)))


def _card(api: APIRouter, desks: PaperDesks) -> None:
    guard, reader = desks.guard, desks.papers.reader

    @api.get("/parcels/{number}/missed-card.pdf", response_class=Response)
    async def missed_card(
        *,
        number: str,
        request: Request,
        me: Annotated[Principal, Depends(guard.allow(Action.MISSED_CARD_READ))],
        reason: Missed,
        where: Literal["again", "depot"] = "again",
        format: Size = "pdf-a6",
    ) -> Response:
        """The card for a letterbox: why nothing was handed over, and whether it comes again or waits at the depot."""
        if len(number) > NUMBER_CHARS_MAX:
            raise NoSuchNumber(number[:40])
        async with desks.store.transaction() as tx:
            found = await reader.find(tx, number)
            guard.require(me, Action.MISSED_CARD_READ, found.for_asker(me), missing=NoSuchNumber(number))
            about = (found.parcel.recipient, found.parcel.parcel)
            await note_granted(tx, me, Action.MISSED_CARD_READ, about, guard.authenticator.clock.now_ms())
            card = await desks.papers.missed_card(tx, found, reason, Whereabouts(where))
        return await _drawn(lambda: print_missed_card(card, Format(format), _words(request)))


def _key_in(api: APIRouter, desks: PaperDesks) -> None:
    guard, store = desks.guard, desks.store

    @api.post("/depots/{depot}/key-in", response_class=Response, responses=answered(KeyedOut))
    async def key_in(
        depot: str,
        body: KeyIn,
        request: Request,
        me: Annotated[Principal, Depends(guard.allow(Action.FLOOR_READ))],
    ) -> Response:
        """What was written on fallback sheets, line by line: what each would tell, or why it cannot.

        Nothing is recorded. The tablet adds `device` and `sequence` to each `say`, signs it and tells it like a scan.
        """
        words = _words(request)
        async with store.transaction(readonly=True) as tx:
            found = await desks.seen(tx, depot, me, Action.FLOOR_READ)
            day = await desks.papers.days.day(tx, found.id, body.day)
            keyed = await desks.keying.read(tx, found.id, day, body.text)
        refused = [Unsaid(one.line, one.text, one.error.code, one.told(words)) for one in keyed.refused]
        return _json(KeyedOut(day=day, rows=keyed.rows, refused=refused))


def _words(request: Request) -> Catalogue:
    return load_catalogue(choose_language(request.headers.get("accept-language", "")))


def _sides(*sides: int | None) -> tuple[int, int, int] | None:
    length, width, height = sides
    return None if length is None or width is None or height is None else (length, width, height)


async def _drawn(draw: Callable[[], Printed]) -> Response:
    """Off the event loop: a sheet takes as long as a hundred scans."""
    printed = await asyncio.to_thread(draw)
    return Response(printed.body, media_type=printed.media_type)


def _json(said: object) -> Response:
    return Response(msgspec.json.encode(said), media_type="application/json")
