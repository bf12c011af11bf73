"""The first page: the day in figures, what waits for a decision, and what moved last.

Whoever does not look after the carrier's whole day is shown the ways to the pages that there are for them.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from safehand.events.vocabulary import State
from safehand.identity.actions import Action
from safehand.surfaces.ports import CustodyPages, Door, Feed
from safehand.surfaces.views import Holding, Movement, Overview, Staff
from safehand.surfaces.web.live import Listeners
from safehand.surfaces.web.pages import Pages, Reader
from safehand.surfaces.words.people import People
from safehand.surfaces.words.rows import Disagreements, Row, count
from safehand.surfaces.words.scale import Bar, route_bars
from safehand.surfaces.words.staff_line import StaffLine

GROUPS = {
    "sender": (State.CREATED,),
    "depot": (State.RECEIVED, State.SORTED, State.HELD, State.DAMAGED, State.FOUND),
    "road": (State.LOADED, State.OUT_FOR_DELIVERY, State.OFFERED, State.AWAITING_COLLECTION),
    "attempted": (State.ATTEMPTED, State.REFUSED),
    "delivered": (State.DELIVERED,),
}
"""The figures at the head of the page; what is in none of them (returned, cancelled, lost) counts in the sum only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A movement in words."""

    movement: Movement
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One pair of hands with its scale."""

    holding: Holding
    name: str
    bars: tuple[Bar, ...]


def page_values(reader: Reader, view: Overview) -> dict[str, Any]:
    """What the template needs."""
    people = People(reader.words, view.names)
    line = StaffLine(reader.words, reader.calendar, people)
    figures = {name: sum(view.states.get(state, 0) for state in states) for name, states in GROUPS.items()}
    return {
        "view": view,
        "figures": figures,
        "total": sum(view.states.values()),
        "behind": _behind(reader, view.behind),
        "moved": [Moved(movement=movement, row=line.row(movement.entry)) for movement in view.movements],
        "rounds": [
            Round(
                holding=holding,
                name=people.of(holding.party).text,
                bars=route_bars(holding.delivered, holding.attempted, holding.holding),
            )
            for holding in view.holdings
        ],
        "people": people,
        "disagree": Disagreements(reader.words, people).say,
    }


def router(pages: Pages, custody: CustodyPages, feed: Feed, listeners: Listeners, door: Door) -> APIRouter:
    """`/` and the staff's live events."""
    api = APIRouter(include_in_schema=False)
    arriving, follow = Depends(door(Action.HOME_READ)), Depends(door(Action.LIVE_FOLLOW))

    @api.get("/")
    async def overview(request: Request, viewer: Annotated[Staff, arriving]) -> Response:
        if "now" not in viewer.sees:
            return pages.answer(request, "staff/home.html", viewer=viewer)
        view = await custody.overview(viewer)
        values = page_values(pages.reader(request), view)
        return pages.answer(request, "staff/overview.html", viewer=viewer, **values)

    @api.get("/live")
    @api.get("/v1/live")
    async def live(viewer: Annotated[Staff, follow]) -> Response:
        return listeners.open(f"staff {viewer.user}", viewer.me, feed.moved(None))

    return api


def _behind(reader: Reader, facts: int) -> str:
    return count(reader.words, "overview.behind", facts) if facts else reader.words.say("overview.behind_none")
