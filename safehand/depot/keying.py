"""Keying in: what was written on fallback sheets, held against the record, as words that a tablet can sign.

Nothing is recorded here. A line that agrees with the record becomes what is to be told; one that does not says why. The
tablet signs each as a statement of its own, so that the record names who typed it in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from safehand.custody.head import Head
from safehand.custody.reading import CustodyReader
from safehand.depot.days import Days
from safehand.depot.errors import KeyedElsewhere, KeyedHere, KeyedNoRoute, RouteUnassigned
from safehand.depot.paper import short
from safehand.events.statement import FIRST_AFTER, handover_id
from safehand.events.vocabulary import Side, State, Way
from safehand.kernel.errors import SafehandError, shown
from safehand.kernel.ids import ParcelId, PartyId
from safehand.labels.paper.codes import Step, Wrong
from safehand.labels.paper.key_in import KeyedRow, RefusedRow, Sheetday, read_keyed
from safehand.parcels.errors import NoSuchNumber
from safehand.store.database import Tx

FROM_THE_ROAD = frozenset(
    {State.LOADED, State.OUT_FOR_DELIVERY, State.ATTEMPTED, State.REFUSED, State.AWAITING_COLLECTION}
)
"""What comes back into the building in one of these is held there."""

type Said = dict[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sayable:
    """One line as it can be told: `say` are the fields of the statement, but for whose device it is and which one.

    Shapes
        does  the word of what was done or found (`labels.paper.codes`).
    """

    line: int
    parcel: ParcelId
    tracking: str
    does: str
    initials: str
    where: str
    say: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedIn:
    """All lines that say something, in order: each is in one of the two."""

    rows: tuple[Sayable, ...]
    refused: tuple[RefusedRow, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a parcel stands once the lines before have been told."""

    parcel: ParcelId
    tracking: str
    custodian: PartyId
    state: State
    after: str


@dataclass(frozen=True, slots=True)
class Keying:
    """Reads what was keyed in, in the caller's transaction."""

    reader: CustodyReader
    days: Days

    async def read(self, tx: Tx, depot: PartyId, day: date, text: str) -> KeyedIn:
        """Every line, held against the record in the order of the hours that were written.

        Errors
            KeyedTooLong  nothing of it is read. All else that is wrong is told by line.
        """
        zone = (await self.days.calendar(tx, depot)).zone
        keyed = read_keyed(text, Sheetday(day=day, zone=zone, now_ms=self.days.clock.now_ms()))
        standing = await self._standing(tx, [row.number.text for row in keyed.rows])
        drivers = {short(one.route): one.driver for one in await self.days.routes(tx, depot, day)}
        given, lines = _Hand(depot, day, drivers), text.splitlines()
        rows: list[Sayable] = []
        refused = list(keyed.refused)
        for row in sorted(keyed.rows, key=lambda row: (row.at_ms, row.line)):
            try:
                now = standing.get(row.number.text)
                if now is None:
                    raise NoSuchNumber(row.number.text)
                say, then = given.told(row, now)
            except SafehandError as error:
                refused.append(RefusedRow(row.line, shown(lines[row.line - 1].strip()), error))
                continue
            standing |= dict.fromkeys((key for key, one in standing.items() if one.parcel == now.parcel), then)
            rows.append(_sayable(row, now, say))
        return KeyedIn(
            rows=tuple(sorted(rows, key=lambda row: row.line)),
            refused=tuple(sorted(refused, key=lambda row: row.line)),
        )

    async def _standing(self, tx: Tx, numbers: Sequence[str]) -> dict[str, Standing]:
        """Where each parcel stands, by the number that was written."""
        found = await tx.fetch(
            "SELECT parcel, tracking, ARRAY[sscc, s10, tracking] AS bears FROM parcels WHERE sscc = ANY($1::text[])"
            " OR s10 = ANY($1::text[]) OR tracking = ANY($1::text[])",
            list(numbers),
        )
        heads = await self.reader.heads(tx, [row["parcel"] for row in found])
        return {number: _stands(heads[row["parcel"]], row["tracking"]) for row in found for number in row["bears"]}


@dataclass(frozen=True, slots=True)
class _Hand:
    """The depot at which it was written, and who drove what that day."""

    depot: PartyId
    day: date
    drivers: Mapping[str, PartyId]

    def told(self, row: KeyedRow, now: Standing) -> tuple[Said, Standing]:
        """What a line says of a parcel, and how it stands then.

        Errors
            KeyedHere, KeyedElsewhere, KeyedNoRoute, RouteUnassigned
        """
        match row.does:
            case Step.RECEIVED | Step.UNLOADED:
                if now.custodian == self.depot:
                    raise KeyedHere(now.tracking)
                state = State.HELD if now.state in FROM_THE_ROAD else State.RECEIVED
                way = Way.COUNTER if now.after == FIRST_AFTER else Way.DEVICES
                return _handed(now, self.depot, Side.TAKER, way, state)
            case Step.LOADED:
                self._check_here(now)
                return _handed(now, self._driver(row, now), Side.GIVER, Way.DEVICES, State.LOADED)
            case Step.SORTED:
                self._check_here(now)
                said: Said = {"kind": "scan", "party": self.depot, "state": State.SORTED.value}
                return said, replace(now, state=State.SORTED)
            case Wrong.REPORTED:
                return {"kind": "report", "party": self.depot}, now
            case problem:
                return {"kind": "report", "party": self.depot, "problem": problem.value}, now

    def _check_here(self, now: Standing) -> None:
        if now.custodian != self.depot:
            raise KeyedElsewhere(now.tracking)

    def _driver(self, row: KeyedRow, now: Standing) -> PartyId:
        if not row.where:
            raise KeyedNoRoute(now.tracking)
        driver = self.drivers.get(short(row.where))
        if driver is None:
            raise RouteUnassigned(row.where, self.day.isoformat())
        return driver


def _handed(now: Standing, taker: PartyId, side: Side, way: Way, state: State) -> tuple[Said, Standing]:
    said: Said = {
        "kind": "handover",
        "after": now.after,
        "giver": now.custodian,
        "taker": taker,
        "side": side.value,
        "way": way.value,
        "state": state.value,
    }
    after = handover_id(now.after, now.custodian, now.parcel, taker)
    return said, replace(now, custodian=taker, state=state, after=after)


def _stands(head: Head, tracking: str) -> Standing:
    return Standing(head.parcel, tracking, head.custodian, head.state, head.last_handover)


def _sayable(row: KeyedRow, now: Standing, say: Said) -> Sayable:
    return Sayable(
        line=row.line,
        parcel=now.parcel,
        tracking=now.tracking,
        does=row.does.value,
        initials=row.initials,
        where=row.where,
        say={"parcel": now.parcel, "at_ms": row.at_ms, **say},
    )
