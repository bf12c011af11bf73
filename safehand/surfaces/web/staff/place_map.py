"""`/places/map`: places on a map, and the same places as a list beside it. What draws it is built from web/src/places.

The page says in words what each sign means and what could not be drawn; the script only switches between those words.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from safehand.identity.actions import Action
from safehand.kernel.ids import PLACE, is_id
from safehand.places.basemap.tiles import ATTRIBUTION
from safehand.places.geojson import MEDIA_TYPE
from safehand.places.model import PlaceKind
from safehand.surfaces.placing import PlacePages
from safehand.surfaces.ports import Door
from safehand.surfaces.views import Staff
from safehand.surfaces.web.built import Built
from safehand.surfaces.web.pages import CONTENT_SECURITY_POLICY, HEADERS, Pages

MAIN = "src/places/main.ts"
CURSOR_CHARS_MAX = 50
NEXT_HEADER = "Safehand-Next"
"""Where the drawn places go on: the value of `after` for the next file."""
YEAR_MIN, YEAR_MAX = 2000, 2100
MAP_HEADERS = {
    # Only here: the map is cut into shapes by a script beside the page, which is one of our files.
    "Content-Security-Policy": f"{CONTENT_SECURITY_POLICY}; worker-src 'self'",
}
SIGNS: Mapping[PlaceKind, str] = MappingProxyType(
    {
        PlaceKind.DEPOT: "M3 21V10l9-6 9 6v11h-5v-8H8v8z",
        PlaceKind.CHECKPOINT: "M4 4h5v3H7v2H4zm11 0h5v5h-3V7h-2zM4 15h3v2h2v3H4zm13 0h3v5h-5v-3h2zM6 11h12v2H6z",
        PlaceKind.PICKUP_POINT: "M3 8l2-5h14l2 5v2h-1v11H4V10H3zm4 4v6h10v-6z",
        PlaceKind.LOCKER_SITE: "M3 3h8v8H3zm10 0h8v8h-8zM3 13h8v8H3zm10 0h8v8h-8z",
        PlaceKind.GATE: "M3 3h4v3h10V3h4v18h-4v-3H7v3H3zm4 6v2h10V9zm0 4v2h10v-2z",
        PlaceKind.GEOFENCE: "M12 2l9 5v10l-9 5-9-5V7zm0 4L6.5 9v6l5.5 3 5.5-3V9z",
        PlaceKind.NO_GO: "M12 2a10 10 0 1 1 0 20 10 10 0 0 1 0-20zM6 10v4h12v-4z",
        PlaceKind.AVOID: "M12 2l11 19H1zm-1.5 6v7h3V8zm0 8.5v2.5h3v-2.5z",
    }
)
"""The sign of each kind, on a grid of 24: what tells kinds apart without colour."""


@dataclass(frozen=True, slots=True)
class PlaceMap:
    """The page and what it asks."""

    pages: Pages
    built: Built
    places: PlacePages

    async def show(self, request: Request, viewer: Staff, at: str, on: date | None) -> Response:
        """The page, at one place if one is asked for.

        Errors
            NoSuchPlace  it is not there, or not theirs to see.
        """
        chosen = (await self.places.place(viewer, at)).place.id if is_id(PLACE, at) else ""
        return self.pages.answer(
            request,
            "staff/place_map.html",
            headers=MAP_HEADERS,
            viewer=viewer,
            main=self.built.entries.get(MAIN, ""),
            ground=await self.places.ground(viewer),
            at=chosen,
            on=on,
            signs=SIGNS,
            attribution=ATTRIBUTION,
        )


def router(shown: PlaceMap, door: Door) -> APIRouter:
    """`/places/map` and what it draws."""
    api = APIRouter(prefix="/places/map", include_in_schema=False)
    reading = Depends(door(Action.PLACE_READ))

    @api.get("")
    async def page(request: Request, viewer: Annotated[Staff, reading], at: str = "", on: str = "") -> Response:
        return await shown.show(request, viewer, at, day_of(on))

    @api.get("/data")
    async def data(viewer: Annotated[Staff, reading], on: str = "", after: str = "") -> Response:
        drawn = await shown.places.drawn(viewer, day_of(on), after[:CURSOR_CHARS_MAX])
        headers = HEADERS | ({NEXT_HEADER: drawn.more} if drawn.more else {})
        return Response(drawn.body, headers=headers, media_type=MEDIA_TYPE)

    return api


def day_of(text: str) -> date | None:
    """The day of an address; None, which is now, for what is no day of ours."""
    with suppress(ValueError):
        day = date.fromisoformat(text)
        return day if YEAR_MIN <= day.year <= YEAR_MAX else None
    return None
