"""HTTP of the basemap: one file, read piece by piece (Range, 206), the same for whoever may see maps."""

import os
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel
from starlette.background import BackgroundTask

from safehand.identity.actions import Action
from safehand.identity.guard import Guard
from safehand.identity.model import Principal
from safehand.places.basemap.builds import MapFolder
from safehand.places.basemap.tiles import ATTRIBUTION

KEEP = "private, no-cache"
"""Ask each time whether it is still the current one: ranges of two builds do not fit together."""
TYPE = "application/vnd.pmtiles"


class MapOut(BaseModel):
    """The current map. Degrees x 10**7, WGS 84."""

    build: str
    source: str
    made_ms: int
    doors: int
    streets: int
    south_e7: int
    west_e7: int
    north_e7: int
    east_e7: int
    attribution: str = ATTRIBUTION


def router(maps: MapFolder, guard: Guard) -> APIRouter:
    """The routes under /v1/map."""
    api = APIRouter(prefix="/v1/map", tags=["map"])
    read = guard.allow(Action.MAP_READ)

    @api.get("")
    def about(_: Annotated[Principal, Depends(read)]) -> MapOut:
        """Which map is current, of what it was made, and what it covers."""
        with maps.reading() as build:
            told = build.about
        names = MapOut.model_fields.keys() - {"attribution"}
        return MapOut(**{name: getattr(told, name) for name in names})

    @api.get("/basemap.pmtiles", response_class=Response)
    def basemap(
        request: Request,
        _: Annotated[Principal, Depends(read)],
        if_none_match: Annotated[str | None, Header(max_length=200)] = None,
    ) -> Response:
        """The basemap, whole or in ranges (RFC 9110, section 14). Its ETag is the build: a new map is a new one."""
        build, held = maps.held()
        headers = {"ETag": f'"{build.name}"', "Cache-Control": KEEP, "Vary": "Cookie, Authorization"}
        if if_none_match and f'"{build.name}"' in if_none_match:
            os.close(held)
            return Response(status_code=304, headers=headers)
        # The build is held until the last byte is sent.
        return FileResponse(build.basemap, media_type=TYPE, headers=headers, background=BackgroundTask(os.close, held))

    return api
