"""`/depot`: the screens of a depot's tablet. The page is a frame; what fills it is built from web/src/depot.

The frame names the viewer's depot and nobody else: the tablet keeps it, and opens it without the server.
"""

import hashlib
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from safehand.identity.actions import Action
from safehand.identity.model import Principal
from safehand.surfaces.errors import NoSuchPage
from safehand.surfaces.ports import DepotPages, Door, Gate
from safehand.surfaces.views import Staff
from safehand.surfaces.web.built import Built, served
from safehand.surfaces.web.pages import CONTENT_SECURITY_POLICY, Pages

MAIN, WORKER = "src/depot/main.ts", "src/depot/worker.ts"
WORKER_PATH = "/depot/worker.js"
LOOKS = ("depot.css", "favicon.svg")
DIGEST_CHARACTERS = 16
HEADERS = {
    # Only here: the reader of barcodes is compiled by the browser, and the camera is opened.
    "Content-Security-Policy": "; ".join(
        (
            CONTENT_SECURITY_POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'"),
            "worker-src 'self'",
        )
    ),
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}


@dataclass(frozen=True, slots=True)
class DepotScreens:
    """The frame and the files that go with it."""

    pages: Pages
    built: Built
    depots: DepotPages

    @property
    def files(self) -> list[str]:
        """Everything that the screens open with."""
        return [*self.built.shell[MAIN], *(self.pages.look.url(name) for name in LOOKS)]

    @property
    def worker(self) -> str:
        """The address of the script that keeps them: another one when any of them is another."""
        named = "\n".join([self.built.entries[WORKER], *self.files])
        return f"{WORKER_PATH}?v={hashlib.sha256(named.encode()).hexdigest()[:DIGEST_CHARACTERS]}"


def router(screens: DepotScreens, gate: Gate, door: Door) -> APIRouter:
    """The page, its list of files, and the script that keeps them on the tablet."""
    api = APIRouter(prefix="/depot", include_in_schema=False)
    working, public = Depends(door(Action.DEPOT_READ)), Depends(gate(Action.PUBLIC_READ))
    pages, built = screens.pages, screens.built

    @api.get("")
    async def depot(request: Request, viewer: Annotated[Staff, working]) -> Response:
        if MAIN not in built.entries:
            return pages.answer(request, "depot/missing.html", status=503, viewer=viewer)
        own = await screens.depots.own(viewer)
        return pages.answer(
            request,
            "depot/frame.html",
            headers=HEADERS,
            main=built.entries[MAIN],
            worker=screens.worker,
            own=own,
        )

    @api.get("/files")
    async def files(_: Annotated[Principal, public]) -> Response:
        return JSONResponse(screens.files if MAIN in built.entries else [])

    @api.get("/worker.js")
    async def worker(request: Request, _: Annotated[Principal, public]) -> Response:
        found = built.assets.get(built.entries.get(WORKER, ""))
        if found is None:
            raise NoSuchPage
        answer = served(request, found, "no-store")
        answer.headers["Service-Worker-Allowed"] = "/depot"  # it lies below the page that it keeps
        return answer

    return api
