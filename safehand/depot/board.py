"""The board: every route of a depot's day with its driver and how far its load is, in one look over the floor."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from safehand.custody.head import Head
from safehand.custody.reading import CustodyReader
from safehand.depot.days import ROUTES_MAX, Days, RouteOfDay
from safehand.events.vocabulary import AT_REST
from safehand.kernel.ids import PartyId
from safehand.store.database import Tx

LOOKED_AT = 2_000
"""Heads that are read at one time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteLoad:
    """One route of a day, counted as its load check counts; `driver` is None while nobody drives it."""

    route: str
    driver: PartyId | None
    name: str | None
    aboard: int
    left: int
    excepted: int
    awaited: int
    strangers: int

    @property
    def complete(self) -> bool:
        """Whether the driver can go."""
        return bool(self.aboard) and not (self.left or self.strangers)


@dataclass(frozen=True, slots=True)
class Board:
    """Reads it, in the caller's transaction."""

    reader: CustodyReader
    days: Days

    async def of_day(self, tx: Tx, depot: PartyId, day: date) -> list[RouteLoad]:
        """The routes that somebody drives on that day and those that parcels wait for, by name; ROUTES_MAX at most."""
        driven = {one.route: one for one in await self.days.routes(tx, depot, day)}
        here = await self._floor(tx, depot, day, driven)
        vans = await self._vans(tx, depot, driven.values())
        routes = sorted({*driven, *(route for route, _ in here)})[:ROUTES_MAX]
        return [_load(route, driven.get(route), here, vans) for route in routes]

    async def _floor(
        self, tx: Tx, depot: PartyId, day: date, driven: Mapping[str, RouteOfDay]
    ) -> Counter[tuple[str, str]]:
        """Parcels by route and kind, of all that are promised for that day or earlier and not aboard."""
        counted: Counter[tuple[str, str]] = Counter()
        last = ""
        while True:
            rows = await tx.fetch(
                "SELECT p.parcel, s.route FROM depot_floor f JOIN parcels p ON p.parcel = f.thing"
                " JOIN shipments s USING (shipment) WHERE f.depot = $1 AND f.there AND s.depot = $1"
                " AND s.route IS NOT NULL AND s.promised_on <= $2 AND f.thing > $3 ORDER BY f.thing LIMIT $4",
                depot,
                day,
                last,
                LOOKED_AT,
            )
            heads = await self.reader.heads(tx, [row["parcel"] for row in rows])
            for row in rows:
                one = driven.get(row["route"])
                kind = _kind(heads[row["parcel"]], depot, one.driver if one else None)
                counted[row["route"], kind] += 1
            if len(rows) < LOOKED_AT:
                return counted
            last = rows[-1]["parcel"]

    async def _vans(self, tx: Tx, depot: PartyId, driven: Iterable[RouteOfDay]) -> dict[PartyId, Counter[str]]:
        """What each driver has, by route; parcels of other depots under no route."""
        rows = await tx.fetch(
            "SELECT h.custodian, CASE WHEN s.depot = $1 THEN coalesce(s.route, '') ELSE '' END AS route, count(*) AS n"
            " FROM holdings h JOIN parcels p USING (parcel) JOIN shipments s USING (shipment)"
            " WHERE h.custodian = ANY($2::text[]) GROUP BY 1, 2",
            depot,
            sorted({one.driver for one in driven}),
        )
        vans: dict[PartyId, Counter[str]] = {}
        for row in rows:
            vans.setdefault(row["custodian"], Counter())[row["route"]] += row["n"]
        return vans


def _kind(head: Head, depot: PartyId, driver: PartyId | None) -> str:
    if head.custodian == driver:
        return "aboard"
    if head.state in AT_REST:
        return "done"
    if head.exceptions:
        return "excepted"
    return "left" if head.custodian == depot else "awaited"


def _load(
    route: str,
    driven: RouteOfDay | None,
    here: Counter[tuple[str, str]],
    vans: Mapping[PartyId, Counter[str]],
) -> RouteLoad:
    van = vans.get(driven.driver, Counter()) if driven else Counter[str]()
    return RouteLoad(
        route=route,
        driver=driven.driver if driven else None,
        name=driven.name if driven else None,
        aboard=van[route],
        left=here[route, "left"],
        excepted=here[route, "excepted"],
        awaited=here[route, "awaited"],
        strangers=van.total() - van[route],
    )
