"""The load check: the parcels of a route held against what its driver has."""

from dataclasses import dataclass
from datetime import date

from safehand.custody.head import Head
from safehand.custody.reading import CustodyReader
from safehand.depot.ports import Carriers
from safehand.events.vocabulary import AT_REST, State
from safehand.kernel.ids import ParcelId, PartyId
from safehand.store.database import Tx

PARCELS_MAX = 2_000
"""Parcels of one route that are looked at; a van carries a tenth of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One parcel in a load check."""

    parcel: ParcelId
    tracking: str
    lane: str | None
    route: str | None
    state: State
    custodian: PartyId
    exceptions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCheck:
    """What a route has and lacks.

    Shapes
        aboard     of this route, with its driver.
        left       of this route and in the depot, without an exception.
        excepted   of this route, not aboard, and somebody looks after it: it has an open exception.
        awaited    of this route, and not in the depot yet.
        strangers  with the driver, and of another route or depot.
        barred     aboard or left, and this driver may not carry it; told a second time beside those.
        cut        whether there are more than PARCELS_MAX, so that the rest is not told.
    """

    aboard: tuple[Line, ...]
    left: tuple[Line, ...]
    excepted: tuple[Line, ...]
    awaited: tuple[Line, ...]
    strangers: tuple[Line, ...]
    barred: tuple[Line, ...]
    cut: bool

    @property
    def complete(self) -> bool:
        """Whether the driver can go: all that is here and free is aboard, and nothing else."""
        return not (self.left or self.strangers or self.barred or self.cut)


@dataclass(frozen=True, slots=True)
class LoadChecks:
    """Makes load checks, in the caller's transaction."""

    reader: CustodyReader
    carriers: Carriers

    async def check(self, tx: Tx, depot: PartyId, route: str, driver: PartyId, day: date) -> LoadCheck:
        """Of all parcels that are promised for that day or earlier, and have not ended."""
        rows = await tx.fetch(
            "SELECT p.parcel, p.tracking, s.lane, s.route, s.depot FROM depot_floor f JOIN parcels p ON p.parcel ="
            " f.thing JOIN shipments s USING (shipment) WHERE f.depot = $1 AND f.there AND s.depot = $1"
            " AND s.route = $2 AND s.promised_on <= $3 UNION"
            " SELECT p.parcel, p.tracking, s.lane, s.route, s.depot FROM holdings h JOIN parcels p USING (parcel)"
            " JOIN shipments s USING (shipment) WHERE h.custodian = $4 ORDER BY parcel LIMIT $5",
            depot,
            route,
            day,
            driver,
            PARCELS_MAX + 1,
        )
        cut, rows = len(rows) > PARCELS_MAX, rows[:PARCELS_MAX]
        heads = await self.reader.heads(tx, [row["parcel"] for row in rows])
        sorted_out: dict[str, list[Line]] = {}
        for row in rows:
            head = heads[row["parcel"]]
            ours = row["depot"] == depot and row["route"] == route
            if (where := _where(head, depot, driver, ours=ours)) is not None:
                line = _line(head, row["tracking"], row["lane"], row["route"])
                sorted_out.setdefault(where, []).append(line)
        told = ("aboard", "left", "excepted", "awaited", "strangers")
        lines = {name: tuple(sorted_out.get(name, ())) for name in told}
        going = (*lines["aboard"], *lines["left"], *lines["strangers"])
        barred = await self.carriers.bars(tx, [(line.parcel, driver) for line in going])
        return LoadCheck(cut=cut, barred=tuple(one for one in going if (one.parcel, driver) in barred), **lines)


def _where(head: Head, depot: PartyId, driver: PartyId, *, ours: bool) -> str | None:
    """Among which a parcel is counted; None: it is nobody's business here."""
    if head.custodian == driver:
        return "aboard" if ours else "strangers"
    if not ours or head.state in AT_REST:
        return None
    if head.exceptions:
        return "excepted"
    return "left" if head.custodian == depot else "awaited"


def _line(head: Head, tracking: str, lane: str | None, route: str | None) -> Line:
    return Line(
        parcel=head.parcel,
        tracking=tracking,
        lane=lane,
        route=route,
        state=head.state,
        custodian=head.custodian,
        exceptions=len(head.exceptions),
    )
