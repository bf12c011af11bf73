"""The depot's paper, filled in: run sheets, fallback sheets, missed-you cards and labels for the found.

The room of labels draws them. Names and addresses are on a run sheet alone, each on record as read.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import batched, groupby

from safehand.custody.head import Head
from safehand.custody.reading import CustodyReader, Found
from safehand.depot.days import Days
from safehand.depot.errors import NoCounter, NothingMissed, NothingToPrint, NotOnFloor, TooMuchForPaper
from safehand.depot.loading import LoadChecks
from safehand.events.vocabulary import AT_REST
from safehand.identity.actions import Action
from safehand.identity.model import Principal
from safehand.identity.parties import Party
from safehand.kernel.catalogue import Catalogue
from safehand.kernel.clock import Clock
from safehand.kernel.ids import ParcelId, PartyId
from safehand.labels.errors import FieldInvalid
from safehand.labels.model import ROUTE_CHARS_MAX, Address, clean
from safehand.labels.paper.model import (
    SEAL_CHARS_MAX,
    STOP_PARCELS_MAX,
    Care,
    Expected,
    FallbackSheet,
    FoundLabel,
    Missed,
    MissedCard,
    RunParcel,
    RunSheet,
    Spot,
    Stop,
    Whereabouts,
)
from safehand.parcels.commands import Disclosed
from safehand.parcels.model import Parcel
from safehand.store.database import Tx

FALLBACK_ROWS_MAX = 3_000
"""Expected parcels on the fallback sheets of one call: 250 pages."""
SHEET_ROWS = 500
"""Of one fallback sheet: two people share a pile."""
BLANK_ROWS = 20
"""For what nobody expected, on the last sheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundThing:
    """What somebody has in his hands, as he tells it."""

    where: str
    by: str
    case: str = ""
    weight_g: int | None = None
    sides_mm: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """Fills paper in, in the caller's transaction."""

    reader: CustodyReader
    days: Days
    loads: LoadChecks
    clock: Clock
    carrier: str
    origin: str
    rows_max: int = FALLBACK_ROWS_MAX

    async def run_sheet(
        self, tx: Tx, depot: Party, day: date, route: str, *, me: Principal, words: Catalogue
    ) -> RunSheet:
        """What the driver of a route has aboard and is to take along, one stop an address, by postal code and street.

        Errors
            BadRoute, RouteUnassigned
            NothingToPrint  there is no parcel for it.
            FieldInvalid    more stops or parcels than one sheet takes.
        """
        driven = await self.days.route(tx, depot.id, day, route)
        check = await self.loads.check(tx, depot.id, route, driven.driver, day)
        ids: list[str] = [line.parcel for line in (*check.aboard, *check.left)]
        if not ids:
            raise NothingToPrint(route, day.isoformat())
        parcels = await self.reader.parcels.many(tx, ids)
        heads = await self.reader.heads(tx, ids)
        known = await self.reader.parcels.disclose_many(tx, list(parcels.values()), me, Action.RUN_SHEET_READ)
        return RunSheet(
            depot=_name(depot),
            route=short(route),
            driver=driven.name or driven.driver,
            day=day,
            printed_at=await self._now(tx, depot.id),
            stops=_stops(parcels.values(), heads, known, words),
            carrier=self.carrier,
        )

    async def fallback(self, tx: Tx, depot: Party, day: date, route: str | None) -> list[FallbackSheet]:
        """Rows for what the depot expects and has until that day, a sheet a route: numbers, lanes and routes alone.

        Errors
            TooMuchForPaper
        """
        rows = await tx.fetch(
            "SELECT p.tracking, s.lane, s.route FROM depot_floor f JOIN parcels p ON p.parcel = f.thing"
            " JOIN shipments s USING (shipment) WHERE f.depot = $1 AND f.there AND s.depot = $1"
            " AND s.promised_on <= $2 AND ($3::text IS NULL OR s.route = $3)"
            " ORDER BY s.route NULLS LAST, s.lane, p.tracking LIMIT $4",
            depot.id,
            day,
            route,
            self.rows_max + 1,
        )
        if len(rows) > self.rows_max:
            raise TooMuchForPaper(self.rows_max)
        piles: list[tuple[str, Sequence[Expected]]] = []
        for of, found in groupby(rows, key=lambda row: row["route"] or ""):
            expected = (
                Expected(number=row["tracking"], lane=short(row["lane"] or ""), route=short(of)) for row in found
            )
            piles += [(of, pile) for pile in batched(expected, SHEET_ROWS)]
        piles = piles or [(route or "", ())]
        at = await self._now(tx, depot.id)
        return [
            FallbackSheet(
                depot=_name(depot),
                day=day,
                printed_at=at,
                title=of,
                expected=tuple(pile),
                blank_rows=BLANK_ROWS if place == len(piles) else 0,
                carrier=self.carrier,
            )
            for place, (of, pile) in enumerate(piles, 1)
        ]

    async def missed_card(self, tx: Tx, found: Found, missed: Missed, where: Whereabouts) -> MissedCard:
        """The card for a letterbox: no name, no sender, and no way to get the parcel out.

        Shapes
            where  AGAIN: it comes on the next open day; DEPOT: it waits at the counter for as long as its service says.
        Errors
            NothingMissed  the parcel's way has ended.
            NoCounter      no depot serves its address.
            NeverOpen
        """
        parcel = found.parcel
        if found.head.state in AT_REST:
            raise NothingMissed(parcel.tracking)
        depot = parcel.depot or PartyId("")
        calendar = await self.days.calendar(tx, depot)
        at = datetime.fromtimestamp(self.clock.now_ms() / 1000, calendar.zone)
        comes = calendar.opening_after(at.date())
        card = MissedCard(
            number=parcel.tracking,
            origin=self.origin,
            at=at,
            missed=missed,
            where=Whereabouts.AGAIN,
            again_on=comes,
            carrier=self.carrier,
        )
        if where is Whereabouts.AGAIN:
            return card
        name = (await self.days.parties.names(tx, [depot])).get(depot)
        if name is None:
            raise NoCounter(parcel.tracking)
        services = await self.reader.parcels.services.many(tx, [parcel.service])
        service = services.get(parcel.service)
        until = service.held_until(calendar, comes) if service else comes
        return replace(card, where=Whereabouts.DEPOT, spot=Spot(name=name), held_until=until, again_on=None)

    async def found_label(self, tx: Tx, depot: Party, number: str, thing: FoundThing) -> FoundLabel:
        """A new label for a parcel that bore none and was recognised: its own number, and where it was found.

        Errors
            NotOnFloor, those of `find`
        """
        parcel = (await self.reader.find(tx, number)).parcel
        rows = await tx.fetch(
            "SELECT 1 FROM depot_floor WHERE depot = $1 AND thing = $2 AND there", depot.id, parcel.parcel
        )
        if not rows:
            raise NotOnFloor(parcel.tracking)
        return FoundLabel(
            sscc=parcel.sscc,
            depot=_name(depot),
            found_at=await self._now(tx, depot.id),
            where=thing.where,
            by=thing.by,
            case=thing.case,
            weight_g=thing.weight_g,
            sides_mm=thing.sides_mm,
            carrier=self.carrier,
        )

    async def _now(self, tx: Tx, depot: PartyId) -> datetime:
        zone = (await self.days.calendar(tx, depot)).zone
        return datetime.fromtimestamp(self.clock.now_ms() / 1000, zone)


def short(name: str) -> str:
    """A route or lane as it fits on paper."""
    return name if len(name) <= ROUTE_CHARS_MAX else f"{name[: ROUTE_CHARS_MAX - 1]}…"


def _name(depot: Party) -> str:
    return depot.name or depot.id


def _stops(
    parcels: Iterable[Parcel],
    heads: Mapping[str, Head],
    known: Mapping[ParcelId, Disclosed | None],
    words: Catalogue,
) -> tuple[Stop, ...]:
    """One for each address; a door to which more goes than a stop takes has several."""
    nowhere = Address(name=words.say("depot.paper.no_address"))
    doors: defaultdict[Address, list[RunParcel]] = defaultdict(list)
    for parcel in parcels:
        doors[_address(known[parcel.parcel]) or nowhere].append(_run_parcel(parcel, heads[parcel.parcel].seal or ""))
    in_order = sorted(doors, key=lambda to: (to is nowhere, to.postal_code, to.city, to.street, to.name))
    return tuple(Stop(address=to, parcels=some) for to in in_order for some in batched(doors[to], STOP_PARCELS_MAX))


def _address(known: Disclosed | None) -> Address | None:
    """None: the person was erased, or what a merchant wrote cannot stand on paper. One bad name stops no route."""
    if known is None:
        return None
    to = known.recipient
    try:
        return Address(name=to.name, street=to.street, postal_code=to.postal_code, city=to.city, country=to.country)
    except FieldInvalid:
        return None


def _run_parcel(parcel: Parcel, seal: str) -> RunParcel:
    asked = {
        Care.AGE_CHECK: parcel.age_min is not None,
        Care.CASH: parcel.collects,
        Care.DANGEROUS_GOODS: bool(parcel.dangerous),
    }
    read = clean(seal)
    return RunParcel(
        number=parcel.tracking,
        seal=read if len(read) <= SEAL_CHARS_MAX else f"{read[: SEAL_CHARS_MAX - 1]}…",
        cares=frozenset(care for care, needed in asked.items() if needed),
    )
