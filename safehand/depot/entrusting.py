"""Entrusting: which parcels on the floor the drivers of the day may not carry, said before a van is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass

from safehand.depot.days import RouteOfDay
from safehand.depot.ports import Carriers
from safehand.events.vocabulary import Demand
from safehand.kernel.ids import ParcelId, PartyId
from safehand.store.database import Tx

DEMANDING_MAX = 5_000
"""Parcels on a floor that ask for more than driving; beyond it the handover tells, and not the tablet before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BarredOut:
    """A parcel that stays here, and the first thing that it asks for and the driver may not do."""

    parcel: ParcelId
    demand: Demand


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteOut:
    """A route, who drives it, and what he may not take along: nothing at all where `idle`, else `barred`."""

    route: str
    driver: PartyId
    name: str | None
    idle: bool
    barred: tuple[BarredOut, ...]


@dataclass(frozen=True, slots=True)
class Entrusting:
    """Looks at a floor, in the caller's transaction."""

    carriers: Carriers

    async def of_routes(self, tx: Tx, depot: PartyId, routes: Sequence[RouteOfDay]) -> list[RouteOut]:
        """The same routes, each with what its driver may not carry of what waits for it here."""
        driver_of = {one.route: one.driver for one in routes}
        idle = await self.carriers.idle(tx, driver_of.values())
        rows = await tx.fetch(
            "SELECT p.parcel, s.route FROM depot_floor f JOIN parcels p ON p.parcel = f.thing"
            " JOIN shipments s USING (shipment) WHERE f.depot = $1 AND f.there AND s.depot = $1"
            " AND s.route = ANY($2::text[])"
            " AND (p.sealed OR p.collects OR p.age_min IS NOT NULL OR p.dangerous <> '{}')"
            " ORDER BY p.parcel LIMIT $3",
            depot,
            [route for route, driver in driver_of.items() if driver not in idle],
            DEMANDING_MAX,
        )
        cases = [(row["parcel"], driver_of[row["route"]]) for row in rows]
        barred: dict[str, list[BarredOut]] = {}
        for (parcel, driver), why in (await self.carriers.bars(tx, cases)).items():
            barred.setdefault(driver, []).append(BarredOut(parcel=ParcelId(parcel), demand=why.asks))
        return [
            RouteOut(
                route=one.route,
                driver=one.driver,
                name=one.name,
                idle=one.driver in idle,
                barred=tuple(barred.get(one.driver, ())),
            )
            for one in routes
        ]
