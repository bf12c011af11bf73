"""What the pages of a depot's day read and record: the same desks and policies as everywhere."""

from dataclasses import dataclass
from datetime import date

from safehand.depot.board import Board
from safehand.depot.days import Days
from safehand.depot.reconciling import KINDS, Reconciliation, Reconciliations
from safehand.depot.routes import DepotDoor
from safehand.identity.actions import Action
from safehand.identity.guard import Guard
from safehand.identity.model import PartyKind, Resource
from safehand.identity.parties import Parties
from safehand.kernel.ids import PartyId
from safehand.store.database import Store, Tx
from safehand.surfaces.depots import DepotDay, DepotList, DepotName
from safehand.surfaces.views import Staff

DRIVERS_MAX = 1_000
"""Drivers that are offered for a route."""


@dataclass(frozen=True, slots=True)
class DayReading:
    """Fills `DayPages`."""

    store: Store
    parties: Parties
    days: Days
    board: Board
    reconciliations: Reconciliations
    guard: Guard

    async def depots(self, viewer: Staff, after: str) -> DepotList:
        """A page of the depots whose floor the viewer may see."""
        only = self.guard.reach(viewer.me, Action.FLOOR_READ).parties
        async with self.store.transaction(readonly=True) as tx:
            page = await self.parties.page(tx, PartyKind.DEPOT, only=only, after=after or None)
        return DepotList(rows=tuple(DepotName(party.id, party.name or "") for party in page.rows), more=page.next or "")

    async def depot(self, viewer: Staff, depot: str, day: date | None) -> DepotDay:
        """One depot's day: its routes, its count, and who may drive."""
        door, me = DepotDoor(self.parties, self.guard), viewer.me
        async with self.store.transaction(readonly=True) as tx:
            found = await door.seen(tx, depot, me, Action.FLOOR_READ)
            about = Resource.of_party(found.id)
            assigns = self.guard.may(me, Action.ROUTE_ASSIGN, about)
            calendar = await self.days.calendar(tx, found.id)
            meant = await self.days.day(tx, found.id, day)
            count = await self.reconciliations.of_day(tx, found.id, meant, calendar)
            return DepotDay(
                depot=DepotName(found.id, found.name or ""),
                day=meant,
                today=await self.days.day(tx, found.id),
                routes=tuple(await self.board.of_day(tx, found.id, meant)),
                count=count,
                drivers=await self._drivers(tx) if assigns else (),
                tracking=await _tracking(tx, count),
                assigns=assigns,
                prints=self.guard.may(me, Action.RUN_SHEET_READ, about),
            )

    async def assign(self, viewer: Staff, depot: str, day: date, route: str, driver: str | None) -> None:
        """Say who drives a route on that day."""
        door = DepotDoor(self.parties, self.guard)
        async with self.store.transaction() as tx:
            found = await door.seen(tx, depot, viewer.me, Action.ROUTE_ASSIGN)
            meant = await self.days.day(tx, found.id, day)
            told = [(route, PartyId(driver) if driver else None)]
            await self.days.assign(tx, found.id, meant, told, viewer.user)

    async def _drivers(self, tx: Tx) -> tuple[DepotName, ...]:
        """By name; those who were forgotten are offered no more."""
        ids: list[PartyId] = []
        after: str | None = None
        while len(ids) < DRIVERS_MAX:
            page = await self.parties.page(tx, PartyKind.DRIVER, after=after)
            ids += [party.id for party in page.rows]
            if (after := page.next) is None:
                break
        names = await self.parties.names(tx, ids[:DRIVERS_MAX])
        return tuple(sorted((DepotName(*one) for one in names.items()), key=lambda one: (one.name, one.party)))


async def _tracking(tx: Tx, count: Reconciliation) -> dict[str, str]:
    named = [parcel for kind in KINDS for parcel in getattr(count, kind).parcels]
    rows = await tx.fetch("SELECT parcel, tracking FROM parcels WHERE parcel = ANY($1::text[])", named)
    return {row["parcel"]: row["tracking"] for row in rows}
