"""What machines may ask: the routes of every room, joined to the desks of an installation."""

from fastapi import APIRouter

from safehand.app import job_routes
from safehand.app.addressing import addresses_of
from safehand.app.depot_sorting import usual_days
from safehand.app.identifying import Identity
from safehand.app.installation import Installation
from safehand.app.risking import contests_of
from safehand.audit import routes as audit_routes
from safehand.custody import aggregate_routes, exception_routes
from safehand.custody import routes as parcel_routes
from safehand.depot import paper_routes
from safehand.depot import routes as depot_routes
from safehand.depot.days import Days
from safehand.depot.entrusting import Entrusting
from safehand.depot.finding import Candidates
from safehand.depot.keying import Keying
from safehand.depot.loading import LoadChecks
from safehand.depot.paper import Papers
from safehand.depot.reconciling import Reconciliations
from safehand.depot.worklist import Worklist
from safehand.handover import routes as handover_routes
from safehand.identity import account_routes
from safehand.identity import routes as identity_routes
from safehand.intake import routes as intake_routes
from safehand.ledger import routes as ledger_routes
from safehand.parcels import manifest_routes, service_routes
from safehand.parcels import routes as shipment_routes
from safehand.places import routes as place_routes
from safehand.places.addresses import routes as address_routes
from safehand.places.basemap import routes as map_routes
from safehand.privacy import routes as privacy_routes
from safehand.risk import routes as risk_routes
from safehand.risk.commands import RiskDesk
from safehand.workforce import routes as workforce_routes


def machine_routers(here: Installation) -> list[APIRouter]:
    """Every room's routes, in the order in which they are described."""
    guard, store = here.identity.guard, here.store
    return [
        *_identity_routers(here.identity),
        *_parcel_routers(here),
        _aggregate_router(here),
        *_depot_routers(here),
        *_handover_routers(here),
        ledger_routes.router(store, here.projector, here.receipts, here.witnesses, guard),
        job_routes.router(here),
        _privacy_router(here),
        _places_router(here),
        audit_routes.router(audit_routes.AuditReading(store, here.identity.users, guard)),
        risk_routes.router(risk_routes.RiskDesks(RiskDesk(store, here.clock), contests_of(here), guard)),
        *_map_routers(here),
        _workforce_router(here),
    ]


def _identity_routers(identity: Identity) -> list[APIRouter]:
    """Ways in, colleagues, parties, keys and devices."""
    guard = identity.guard
    return [
        identity_routes.router(identity.sign_in, identity.staff, identity.fleet, guard),
        account_routes.router(identity.ways_in, identity.provider, identity.account, identity.staff, guard),
    ]


def _parcel_routers(here: Installation) -> list[APIRouter]:
    """Shipments told, parcels found, exceptions decided."""
    identity, guard, store = here.identity, here.identity.guard, here.store
    return [
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
        manifest_routes.router(manifest_routes.ManifestDesks(store=store, manifests=here.manifests, guard=guard)),
        service_routes.router(
            service_routes.ServiceDesks(store=store, services=here.parcels.services, clock=here.clock, guard=guard)
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
    ]


def _handover_routers(here: Installation) -> list[APIRouter]:
    """What is told and shown at a handover."""
    guard = here.identity.guard
    return [
        handover_routes.router(
            handover_routes.HandoverDesks(
                store=here.store,
                reader=here.reader,
                evidence=here.evidence,
                pins=here.pins,
                links=here.link_desk,
                guard=guard,
            )
        ),
        intake_routes.router(intake_routes.IntakeDesks(intake=here.intake, fleet=here.identity.fleet, guard=guard)),
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
            aggregates=here.aggregates,
            reader=here.reader,
            parties=here.identity.parties,
            guard=here.identity.guard,
        )
    )


def _depot_routers(here: Installation) -> list[APIRouter]:
    """A depot's day: its floor, its routes, its count at night, its paper."""
    parties, guard, reader = here.identity.parties, here.identity.guard, here.reader
    days, loads = days_of(here), LoadChecks(reader, here.workforce.carrying)
    papers = Papers(
        reader=reader,
        days=days,
        loads=loads,
        clock=here.clock,
        carrier=here.settings.carrier_name,
        origin=here.settings.origin,
    )
    return [
        depot_routes.router(
            depot_routes.DepotDesks(
                store=here.store,
                parties=parties,
                worklist=Worklist(reader, here.clock),
                days=days,
                loads=loads,
                entrusting=Entrusting(here.workforce.carrying),
                reconciliations=Reconciliations(reader),
                guard=guard,
            )
        ),
        paper_routes.router(
            paper_routes.PaperDesks(
                store=here.store,
                parties=parties,
                papers=papers,
                candidates=Candidates(reader),
                keying=Keying(reader, days),
                guard=guard,
            )
        ),
    ]


def days_of(here: Installation) -> Days:
    """The days of depots, for routes and pages."""
    calendars = here.places.calendars
    return Days(here.identity.parties, calendars.places, calendars, here.clock, usual_days(here.settings))


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
