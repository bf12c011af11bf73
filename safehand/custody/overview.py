"""Many parcels at once, for whoever looks over the day: lists, counts, the latest movements, what each driver has.

Each question is one statement with a bound. Rows bring merchant and custodian along, because the policies ask for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from safehand.custody.head import decode_head
from safehand.custody.timeline import Entry, entries
from safehand.events.vocabulary import ExceptionKind, ExceptionState, Reason, State
from safehand.identity.reach import Reach, Tie
from safehand.kernel.ids import ExceptionId, ParcelId, PartyId, UserId
from safehand.ledger.ledger import Recorded
from safehand.ledger.sequencer import checkpointed_size
from safehand.store.database import Record, Tx

ROWS_MAX = 200
"""Rows of any list."""
SEQ_MAX = 2**63 - 1
DIGITS_MAX = 18
UNRESOLVED = (ExceptionState.OPEN, ExceptionState.ASSIGNED)
LAST_ID = "~"
"""Sorts behind every id."""

_RECORDED = tuple(Recorded.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Page[Row]:
    """Some rows, and where the next page begins."""

    rows: tuple[Row, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One parcel in a list. `exceptions` counts those that nobody has resolved."""

    parcel: ParcelId
    tracking: str
    merchant: PartyId
    custodian: PartyId
    state: State
    reason: Reason | None
    since_ms: int
    promised_on: date
    exceptions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One exception in a list, with the number and the parties of its parcel; of a cage, `tracking` is the SSCC."""

    exception: ExceptionId
    parcel: ParcelId
    tracking: str
    merchant: PartyId
    custodian: PartyId | None
    kind: ExceptionKind
    state: ExceptionState
    owner: UserId | None
    recorded: str | None
    told: str | None
    opened_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One fact among the latest, as a line of its parcel's timeline. `state` is where the parcel stands now."""

    parcel: ParcelId
    tracking: str
    merchant: PartyId
    custodian: PartyId
    state: State
    line: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one driver has on a day: still held, delivered, attempted. No parcel is counted twice."""

    party: PartyId
    holding: int
    delivered: int
    attempted: int


PARCEL_COLUMNS = {
    Tie.ID: "parcel",
    Tie.MERCHANT: "merchant",
    Tie.CUSTODIAN: "custodian",
    Tie.OFFERED_TO: "offered_to",
}
CASE_COLUMNS = {
    Tie.MERCHANT: "coalesce(h.merchant, a.merchant)",
    Tie.CUSTODIAN: "coalesce(h.custodian, a.custodian)",
}


async def latest(
    tx: Tx, reach: Reach, state: State | None, *, after: str | None = None, limit: int = ROWS_MAX
) -> Page[Standing]:
    """A page of the parcels within reach, the latest moved first, all or those in one state.

    `after` is a page's `next`.
    """
    limit = min(limit, ROWS_MAX)
    within = reach.condition(PARCEL_COLUMNS, first=4)
    rows = await tx.fetch(
        "SELECT h.parcel, h.custodian, h.since_ms, h.state, h.merchant, h.seq, p.tracking, s.promised_on,"  # noqa: S608
        " k.state AS head, (SELECT count(*) FROM exceptions e WHERE e.parcel = h.parcel AND e.state <> 'resolved')"
        " AS exceptions FROM (SELECT * FROM holdings WHERE ($1::text IS NULL OR state = $1) AND seq < $2"
        f" AND {within.text} ORDER BY seq DESC LIMIT $3) h"
        " JOIN parcels p ON p.parcel = h.parcel JOIN shipments s USING (shipment)"
        " JOIN heads k ON k.stream = h.parcel ORDER BY h.seq DESC",
        state,
        _number(after, SEQ_MAX),
        limit + 1,
        *within.values,
    )
    more = str(rows[limit - 1]["seq"]) if len(rows) > limit else None
    return Page(tuple(_standing(row) for row in rows[:limit]), more)


async def cases(
    tx: Tx,
    reach: Reach,
    states: Sequence[ExceptionState] = UNRESOLVED,
    *,
    after: str | None = None,
    limit: int = ROWS_MAX,
) -> Page[Case]:
    """A page of the exceptions within reach that are in these states, newest first."""
    limit = min(limit, ROWS_MAX)
    opened_ms, _, last = (after or "").partition(".")
    within = reach.condition(CASE_COLUMNS, first=5)
    rows = await tx.fetch(
        "SELECT e.*, coalesce(p.tracking, g.sscc) AS tracking, coalesce(s.merchant, g.merchant, '') AS merchant,"  # noqa: S608
        " coalesce(h.custodian, a.custodian) AS custodian FROM exceptions e"
        " LEFT JOIN parcels p ON p.parcel = e.parcel LEFT JOIN shipments s USING (shipment)"
        " LEFT JOIN holdings h ON h.parcel = e.parcel LEFT JOIN aggregates g ON g.aggregate = e.parcel"
        " LEFT JOIN aggregate_holdings a ON a.aggregate = e.parcel"
        f" WHERE e.state = ANY($1::text[]) AND {within.text}"
        " AND (e.opened_ms, e.exception) < ($2, $3) ORDER BY e.opened_ms DESC, e.exception DESC LIMIT $4",
        list(states),
        _number(opened_ms, SEQ_MAX),
        last or LAST_ID,
        limit + 1,
        *within.values,
    )
    found = tuple(_case(row) for row in rows[:limit])
    return Page(found, f"{found[-1].opened_ms}.{found[-1].exception}" if len(rows) > limit else None)


async def case_counts(tx: Tx, reach: Reach) -> dict[ExceptionState, int]:
    """How many exceptions within reach there are in each state."""
    within = reach.condition(CASE_COLUMNS, first=1)
    rows = await tx.fetch(
        "SELECT e.state, count(*) AS n FROM exceptions e LEFT JOIN holdings h USING (parcel)"  # noqa: S608
        " LEFT JOIN aggregate_holdings a ON a.aggregate = e.parcel"
        f" WHERE {within.text} GROUP BY e.state",
        *within.values,
    )
    return dict.fromkeys(ExceptionState, 0) | {ExceptionState(row["state"]): row["n"] for row in rows}


async def movements(tx: Tx, limit: int) -> list[Moved]:
    """The facts that reached us last, newest first: read from the ledger itself, so nothing lags."""
    rows = await tx.fetch(
        "SELECT f.*, l.position, p.tracking, s.merchant, k.state AS head"
        " FROM (SELECT * FROM facts WHERE stream LIKE 'pcl\\_%' ORDER BY seq DESC LIMIT $1) f"
        " LEFT JOIN log_positions l ON l.seq = f.seq JOIN parcels p ON p.parcel = f.stream"
        " JOIN shipments s USING (shipment) JOIN heads k ON k.stream = f.stream ORDER BY f.seq DESC",
        min(limit, ROWS_MAX),
    )
    facts = [Recorded(**{name: row[name] for name in _RECORDED}) for row in rows]
    lines = entries(facts, await checkpointed_size(tx))
    return [_moved(row, line) for row, line in zip(rows, lines, strict=True)]


_DELIVERED, _ATTEMPTED = b'"state":"delivered"', b'"state":"attempted"'
"""How a fact's canonical bytes tell these states: looked for before any JSON is read."""

_ROUNDS = """
    WITH told AS MATERIALIZED (
        SELECT f.stream AS parcel, convert_from(f.fact, 'UTF8')::jsonb AS fact, f.name = 'parcel.observed.v1' AS reading
        FROM log_positions l JOIN facts f USING (seq)
        WHERE l.position >= coalesce(
            (SELECT size FROM checkpoints WHERE signed_ms < $1 ORDER BY size DESC LIMIT 1), 0)
        AND ((f.name = 'custody.transferred.v1' AND position($2::bytea IN f.fact) > 0)
            OR (f.name = 'parcel.observed.v1' AND position($3::bytea IN f.fact) > 0))
    ), noted AS (
        SELECT parcel, fact->>(CASE WHEN reading THEN 'party' ELSE 'giver' END) AS party, reading AS tried, NULL AS held
        FROM told WHERE (fact->>'at_ms')::bigint >= $1
            AND fact->>'state' = CASE WHEN reading THEN 'attempted' ELSE 'delivered' END
        UNION ALL
        SELECT h.parcel, h.custodian, NULL, h.state FROM parties d JOIN holdings h ON h.custodian = d.id
        WHERE d.kind = 'driver'
    ), each AS (
        SELECT parcel, party, coalesce(bool_or(tried), false) AS tried,
            coalesce(bool_or(NOT tried), false) AS delivered, max(held) AS held FROM noted GROUP BY parcel, party
    ), counted AS (
        SELECT party, CASE WHEN held <> 'attempted' OR (held IS NOT NULL AND NOT tried) THEN 'holding'
            WHEN delivered THEN 'delivered' ELSE 'attempted' END AS outcome FROM each
    )
    SELECT party, count(*) FILTER (WHERE outcome = 'holding') AS holding,
        count(*) FILTER (WHERE outcome = 'delivered') AS delivered,
        count(*) FILTER (WHERE outcome = 'attempted') AS attempted
    FROM counted JOIN parties ON parties.id = counted.party AND parties.kind = 'driver'
    GROUP BY party ORDER BY 2 DESC, party LIMIT $4
"""
"""What is known of each parcel and each pair of hands is put into one row first, so that it counts once."""


async def rounds(tx: Tx, since_ms: int, limit: int = ROWS_MAX) -> list[Round]:
    """What drivers have held, delivered and attempted since the day began, whoever has most left first.

    A parcel that was attempted and is on its way again counts as held; one delivered after all as delivered.

    Shapes
        since_ms  the day's first moment.
    Cost
        Looks through the log from the last checkpoint of the day before: under 10 microseconds a fact of this day.
    """
    rows = await tx.fetch(_ROUNDS, since_ms, _DELIVERED, _ATTEMPTED, min(limit, ROWS_MAX))
    return [
        Round(party=row["party"], holding=row["holding"], delivered=row["delivered"], attempted=row["attempted"])
        for row in rows
    ]


async def uncovered(tx: Tx) -> int:
    """How many facts no signed checkpoint covers yet."""
    rows = await tx.fetch(
        "SELECT (SELECT count(*) FROM facts_to_sequence) + coalesce((SELECT max(position) + 1 FROM log_positions), 0)"
        " - coalesce((SELECT max(size) FROM checkpoints), 0) AS n"
    )
    return max(0, int(rows[0]["n"]))


def _standing(row: Record) -> Standing:
    head = decode_head(row["head"]) if row["head"] else None
    state = State(row["state"])
    return Standing(
        parcel=row["parcel"],
        tracking=row["tracking"],
        merchant=row["merchant"],
        custodian=row["custodian"],
        state=state,
        reason=head.reason if head and head.state is state else None,
        since_ms=row["since_ms"],
        promised_on=row["promised_on"],
        exceptions=row["exceptions"],
    )


def _case(row: Record) -> Case:
    return Case(
        exception=row["exception"],
        parcel=row["parcel"],
        tracking=row["tracking"],
        merchant=row["merchant"],
        custodian=row["custodian"],
        kind=ExceptionKind(row["kind"]),
        state=ExceptionState(row["state"]),
        owner=row["owner"],
        recorded=row["recorded"],
        told=row["told"],
        opened_ms=row["opened_ms"],
    )


def _moved(row: Record, line: Entry) -> Moved:
    head = decode_head(row["head"]) if row["head"] else None
    return Moved(
        parcel=row["stream"],
        tracking=row["tracking"],
        merchant=row["merchant"],
        custodian=head.custodian if head else row["merchant"],
        state=head.state if head else State.CREATED,
        line=line,
    )


def _number(text: str | None, otherwise: int) -> int:
    """A number from a cursor; one that was never ours begins at the first page."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX else otherwise
