"""Reconciliation: what came to a depot and left it, held against what is there, parcel by parcel."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from safehand.custody.head import Head
from safehand.custody.reading import CustodyReader
from safehand.events.vocabulary import State
from safehand.kernel.calendar import Calendar
from safehand.kernel.ids import PartyId
from safehand.store.database import Record, Tx

LISTED_MAX = 500
"""Parcels that are named of each kind; how many there are is told in full."""
KINDS = ("ready", "unsorted", "later", "excepted", "awaited", "over", "out", "disagreeing")
LOOKED_AT = 2_000
"""Heads that are read at one time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """How many parcels, and the first of them by id."""

    count: int
    parcels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """A depot's day, counted.

    Shapes
        came, left       changes of hands on that day.
        held             what the depot holds now by the record.
        ready            held, sorted, promised for that day or earlier, without an exception: it should be on a van.
        unsorted         held, received only, without an exception.
        later            promised for a later day.
        excepted         somebody looks after it: it has an open exception.
        awaited          promised for that day or earlier, and not here yet.
        over             held, and meant for another depot or for none.
        out              with somebody who took it from here, and not delivered yet.
        disagreeing      held by the record and not by what came and left, or the other way round. None, ever.
    """

    day: date
    came: int
    left: int
    held: int
    ready: Group
    unsorted: Group
    later: Group
    excepted: Group
    awaited: Group
    over: Group
    out: Group
    disagreeing: Group

    @property
    def settled(self) -> bool:
        """Whether every parcel is where it belongs or has an exception that names it."""
        loose = (self.ready, self.unsorted, self.awaited, self.over, self.out, self.disagreeing)
        return not any(group.count for group in loose)


@dataclass(slots=True)
class _Tally:
    """Parcels counted by kind, with the first of each."""

    depot: PartyId
    day: date
    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, list[str]] = field(default_factory=dict)

    def add(self, row: Record, head: Head) -> None:
        """Count a parcel."""
        held = head.custodian == self.depot
        self.counts["held"] += held
        ours, due = row["depot"] == self.depot, row["promised_on"] <= self.day
        self._add(_kind(head, self.depot, ours=ours, due=due, had=row["had"]), row["parcel"])
        if bool(row["came"]) is not held:
            self._add("disagreeing", row["parcel"])

    def _add(self, kind: str, parcel: str) -> None:
        self.counts[kind] += 1
        if self.counts[kind] <= LISTED_MAX:
            self.first.setdefault(kind, []).append(parcel)

    def group(self, kind: str) -> Group:
        """Those of one kind."""
        return Group(count=self.counts[kind], parcels=tuple(self.first.get(kind, ())))


@dataclass(frozen=True, slots=True)
class Reconciliations:
    """Counts, in the caller's transaction."""

    reader: CustodyReader

    async def of_day(self, tx: Tx, depot: PartyId, day: date, calendar: Calendar) -> Reconciliation:
        """What came and left on that day at the depot, and where everything is now."""
        began_ms, ended_ms = calendar.moment_ms(day, 0), calendar.moment_ms(day + timedelta(days=1), 0)
        [moved] = await tx.fetch(
            "SELECT count(*) FILTER (WHERE came) AS came, count(*) FILTER (WHERE NOT came) AS gone"
            " FROM depot_movements WHERE depot = $1 AND at_ms >= $2 AND at_ms < $3 AND thing LIKE 'pcl_%'",
            depot,
            began_ms,
            ended_ms,
        )
        tally, last = _Tally(depot, day), ""
        while True:
            rows = await self._some(tx, depot, last)
            heads = await self.reader.heads(tx, [row["parcel"] for row in rows])
            for row in rows:
                tally.add(row, heads[row["parcel"]])
            if len(rows) < LOOKED_AT:
                break
            last = rows[-1]["parcel"]
        groups = {kind: tally.group(kind) for kind in KINDS}
        return Reconciliation(day=day, came=moved["came"], left=moved["gone"], held=tally.counts["held"], **groups)

    async def _some(self, tx: Tx, depot: PartyId, last: str) -> Sequence[Record]:
        """Parcels on the floor, by id, with where each was sent and what its last movement here was."""
        return await tx.fetch(
            "SELECT p.parcel, s.depot, s.promised_on, m.came, m.came IS NOT NULL AS had"
            " FROM depot_floor f JOIN parcels p ON p.parcel = f.thing JOIN shipments s USING (shipment)"
            " LEFT JOIN LATERAL (SELECT came FROM depot_movements WHERE thing = f.thing AND depot = $1"
            " ORDER BY seq DESC LIMIT 1) m ON true"
            " WHERE f.depot = $1 AND f.there AND f.thing > $2 ORDER BY f.thing LIMIT $3",
            depot,
            last,
            LOOKED_AT,
        )


def _kind(head: Head, depot: PartyId, *, ours: bool, due: bool, had: bool) -> str:
    """Among which a parcel is counted: each is in exactly one."""
    if head.exceptions:
        return "excepted"
    if head.custodian != depot:
        if had:
            return "out"
        return "awaited" if due else "later"
    if not ours:
        return "over"
    if head.state is State.RECEIVED:
        return "unsorted"
    return "ready" if due else "later"
