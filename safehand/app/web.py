"""The web application: every route of every room, the limits around them, and the pages."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from safehand import __version__
from safehand.app import job_routes, problems
from safehand.app.addressing import addresses_of
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
from safehand.audit import routes as audit_routes
from safehand.custody import aggregate_routes, exception_routes
from safehand.custody import routes as parcel_routes
from safehand.custody.aggregates import AggregatesDesk
from safehand.handover import routes as handover_routes
from safehand.identity import account_routes
from safehand.identity import routes as identity_routes
from safehand.identity.guard import Guard
from safehand.identity.model import Action, Principal
from safehand.intake import routes as intake_routes
from safehand.ledger import routes as ledger_routes
from safehand.parcels import routes as shipment_routes
from safehand.places import routes as place_routes
from safehand.places.addresses import routes as address_routes
from safehand.places.basemap import routes as map_routes
from safehand.privacy import routes as privacy_routes
from safehand.risk import routes as risk_routes
from safehand.risk.commands import RiskDesk
from safehand.surfaces.web.site import Site
from safehand.workforce import routes as workforce_routes


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
    for router in _machine_routers(here):
        app.include_router(router)
    if pages is not None:
        refusals.install(app, here)
        for router in pages.routers():
            app.include_router(router)
    app.include_router(_running(app, here, door or Door()))
    app.add_middleware(SeenWait, projector=here.projector)
    app.add_middleware(BodyLimit)
    if here.settings.origin.startswith("https://"):
        app.add_middleware(PrefixedCookies)
    app.add_middleware(AddressPace, pacer=here.identity.guard.pacer)
    return app


def _machine_routers(here: Installation) -> list[APIRouter]:
    identity, guard, store = here.identity, here.identity.guard, here.store
    return [
        identity_routes.router(identity.sign_in, identity.staff, identity.fleet, guard),
        account_routes.router(identity.ways_in, identity.provider, identity.account, identity.staff, guard),
        shipment_routes.router(
            shipment_routes.ShipmentDesks(
                store=store,
                parcels=here.parcels,
                links=identity.links,
                vault=here.vault,
                clock=here.clock,
                guard=guard,
                origin=here.settings.origin,
            )
        ),
        parcel_routes.router(
            parcel_routes.ParcelDesks(
                store=store,
                reader=here.reader,
                decisions=here.decisions,
                receipts=here.receipts,
                labelling=here.labelling,
                guard=guard,
            )
        ),
        exception_routes.router(
            exception_routes.ExceptionDesks(
                store=store,
                reader=here.reader,
                decisions=here.decisions,
                parties=identity.parties,
                users=identity.users,
                guard=guard,
            )
        ),
        _aggregate_router(here),
        handover_routes.router(
            handover_routes.HandoverDesks(
                store=store,
                reader=here.reader,
                evidence=here.evidence,
                pins=here.pins,
                links=here.link_desk,
                guard=guard,
            )
        ),
        intake_routes.router(intake_routes.IntakeDesks(intake=here.intake, fleet=identity.fleet, guard=guard)),
        ledger_routes.router(store, here.projector, here.receipts, here.witnesses, guard),
        job_routes.router(here),
        _privacy_router(here),
        _places_router(here),
        audit_routes.router(audit_routes.AuditReading(store, identity.users, guard)),
        risk_routes.router(risk_routes.RiskDesks(RiskDesk(store, here.clock), guard)),
        *_map_routers(here),
        _workforce_router(here),
    ]


def _map_routers(here: Installation) -> list[APIRouter]:
    """What the map shows, and what it knows of addresses."""
    desk, guard = addresses_of(here), here.identity.guard
    return [
        map_routes.router(desk.atlas.maps, guard),
        address_routes.router(address_routes.AddressDesks(desk=desk, guard=guard)),
    ]


def _workforce_router(here: Installation) -> APIRouter:
    """Drivers, what they may do, shifts, training, vehicles."""
    return workforce_routes.router(
        workforce_routes.WorkforceDesks(
            store=here.store,
            drivers=here.workforce.drivers,
            training=here.workforce.training,
            shifts=here.workforce.shifts,
            vehicles=here.workforce.vehicles,
            guard=here.identity.guard,
        )
    )


def _aggregate_router(here: Installation) -> APIRouter:
    """Cages, bags and pallets, and how long a parcel may stand still."""
    return aggregate_routes.router(
        aggregate_routes.AggregateDesks(
            store=here.store,
            aggregates=AggregatesDesk(here.ledger, here.clock, here.settings.company_prefix),
            reader=here.reader,
            parties=here.identity.parties,
            guard=here.identity.guard,
        )
    )


def _privacy_router(here: Installation) -> APIRouter:
    """What is held of people: found, exported, forgotten."""
    return privacy_routes.router(
        privacy_routes.PrivacyDesks(
            store=here.store,
            reader=here.reader,
            subjects=here.privacy.subjects,
            exports=here.privacy.exports,
            erasures=here.privacy.erasures,
            retention=here.privacy.retention,
            guard=here.identity.guard,
            clock=here.clock,
        )
    )


def _places_router(here: Installation) -> APIRouter:
    """Where the day happens."""
    return place_routes.router(
        place_routes.PlaceDesks(
            store=here.store,
            desk=here.places.desk,
            calendars=here.places.calendars,
            plans=here.places.plans,
            imports=here.places.imports,
            guard=here.identity.guard,
        )
    )


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
