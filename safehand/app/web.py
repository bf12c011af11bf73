"""The web application: every route of every room, the limits around them, and the pages."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from safehand import __version__
from safehand.app import problems
from safehand.app.cookies import PrefixedCookies
from safehand.app.description import describe
from safehand.app.door import Door
from safehand.app.envelope import Application, EnvelopeRules
from safehand.app.installation import Installation
from safehand.app.limits import AddressPace, BodyLimit, SeenWait
from safehand.app.metrics import told
from safehand.app.pages import refusals
from safehand.app.proxies import proxies_of
from safehand.app.readiness import Readiness
from safehand.app.readings import readings_of
from safehand.app.routers import machine_routers
from safehand.identity.actions import Action
from safehand.identity.guard import Guard
from safehand.identity.model import Principal
from safehand.parcels import manifest_routes
from safehand.surfaces.web.site import Site


def create_app(here: Installation, pages: Site | None = None, door: Door | None = None) -> Application:
    """The application of one installation, with its pages if they are wanted. Of its `door`, metrics tell."""
    app = Application(
        title="Safehand",
        version=__version__,
        description="The last mile, every parcel in known hands.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.envelope = EnvelopeRules(here.settings.secure, proxies_of(here.settings))
    problems.install(app)
    for router in machine_routers(here):
        app.include_router(router)
    if pages is not None:
        refusals.install(app, here)
        for router in pages.routers():
            app.include_router(router)
    app.include_router(_running(app, here, door or Door()))
    app.add_middleware(SeenWait, projector=here.projector)
    app.add_middleware(BodyLimit, longer={"/v1/manifests": manifest_routes.BYTES_MAX})
    if here.settings.origin.startswith("https://"):
        app.add_middleware(PrefixedCookies)
    app.add_middleware(AddressPace, pacer=here.identity.guard.pacer)
    return app


def _running(app: Application, here: Installation, door: Door) -> APIRouter:
    """Whether it runs, how it runs, and what it offers."""
    api = APIRouter(tags=["running"])
    guard: Guard = here.identity.guard
    public = guard.allow(Action.PUBLIC_READ)
    readiness = Readiness(here, door.certificate)

    @api.get("/healthz", response_class=Response)
    async def healthz(_: Annotated[Principal, Depends(public)]) -> Response:
        """The process answers."""
        return PlainTextResponse("ok\n")

    @api.get("/readyz", response_class=Response)
    async def readyz(_: Annotated[Principal, Depends(public)]) -> Response:
        """Each part, and whether it is there. 503 without the database, its migrations or its master key."""
        return JSONResponse({**await readiness.look(), "version": __version__})

    @api.get("/openapi.json", include_in_schema=False, response_class=Response)
    async def openapi(_: Annotated[Principal, Depends(public)]) -> Response:
        """What machines may ask (OpenAPI 3.1)."""
        return JSONResponse(describe(app, guard))

    @api.get("/metrics", include_in_schema=False, response_class=Response)
    async def metrics(_: Annotated[Principal, Depends(guard.allow(Action.METRICS_READ))]) -> Response:
        """Counts and times, for Prometheus."""
        body = await told(app.envelope.counts, readings_of(here, door))
        return Response(body, media_type=CONTENT_TYPE_LATEST)

    return api
