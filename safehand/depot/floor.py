"""Floors: what each depot has to do with, and what came to it and left. Folded from the facts."""

from collections.abc import Collection, Mapping, Sequence

from safehand.custody.clocks import happened_ms
from safehand.custody.head import decode_head
from safehand.events.aggregates import AggregateCreated, AggregatePacked, AggregateUnpacked
from safehand.events.custody import CustodyCorrected, CustodyTakenOver, CustodyTransferred
from safehand.events.event import Event
from safehand.events.parcels import ParcelCreated
from safehand.events.vocabulary import AT_REST
from safehand.ledger.projections import Projection, Told
from safehand.store.database import Tx

Move = CustodyTransferred | CustodyCorrected | CustodyTakenOver
Packing = AggregatePacked | AggregateUnpacked


async def apply(tx: Tx, told: Sequence[Told]) -> None:
    """Fold facts in. Idempotent; told again they only give things later turns."""
    hands: dict[str, set[str]] = {}
    for _, event in told:
        if thing := getattr(event, "parcel", ""):
            hands.setdefault(thing, set()).update(_hands(event))
    now_ms = max((event.received_ms for _, event in told), default=0)
    await _touch(tx, hands, now_ms)
    await _touch_around(tx, [event for _, event in told if isinstance(event, Packing)], now_ms)
    await _move(tx, [(seq, event) for seq, event in told if isinstance(event, Move) and event.giver != event.taker])


def _hands(event: Event) -> tuple[str, ...]:
    """Whose hands the thing is in by this fact, and was in before."""
    match event:
        case CustodyTransferred() | CustodyCorrected() | CustodyTakenOver():
            return (event.taker, event.giver)
        case AggregateCreated():
            return (event.holder,)
        case ParcelCreated():
            return (event.merchant,)
        case _:
            return ()


async def _touch(tx: Tx, hands: Mapping[str, Collection[str]], now_ms: int) -> None:
    """Give each thing a new turn at every depot that has to do with it."""
    rows = await tx.fetch("SELECT stream, state FROM heads WHERE stream = ANY($1::text[])", list(hands))
    heads = {row["stream"]: decode_head(row["state"]) for row in rows if row["state"]}
    said = []
    for thing, theirs in hands.items():
        head = heads.get(thing)
        custodian = head.custodian if head is not None else next(iter(theirs), "")
        under_way = head is None or head.state not in AT_REST
        said.append((thing, custodian, under_way, " ".join({custodian, *theirs})))
    if not said:
        return
    await tx.run(
        "WITH said AS (SELECT * FROM unnest($1::text[], $2::text[], $3::bool[], $4::text[])"
        "   AS said (thing, custodian, under_way, hands)),"
        " aims AS (SELECT s.thing, m.depot FROM said s JOIN parcels p ON p.parcel = s.thing"
        "   JOIN shipments m USING (shipment) WHERE m.depot IS NOT NULL"
        "  UNION SELECT s.thing, m.depot FROM said s JOIN aggregate_contents c ON c.aggregate = s.thing"
        "   JOIN parcels p USING (parcel) JOIN shipments m USING (shipment) WHERE m.depot IS NOT NULL),"
        " touched AS (SELECT thing, depot FROM aims"
        "  UNION SELECT s.thing, d.id FROM said s JOIN parties d"
        "   ON d.id = ANY(string_to_array(s.hands, ' ')) AND d.kind = 'depot'"
        "  UNION SELECT f.thing, f.depot FROM said s JOIN depot_floor f USING (thing))"
        " INSERT INTO depot_floor (depot, thing, turn, there, at_ms)"
        " SELECT t.depot, t.thing, nextval('depot_turns'), t.depot = s.custodian OR (s.under_way AND a.depot IS NOT"
        " NULL), $5 FROM touched t JOIN said s USING (thing) LEFT JOIN aims a USING (thing, depot)"
        " ON CONFLICT (depot, thing) DO UPDATE SET turn = excluded.turn, there = excluded.there,"
        " at_ms = excluded.at_ms",
        *([row[column] for row in said] for column in range(4)),
        now_ms,
    )


async def _touch_around(tx: Tx, packing: Sequence[Packing], now_ms: int) -> None:
    """What lies in a cage is news of the cage; a depot that awaits the parcel awaits the cage."""
    if not packing:
        return
    cages = {event.into if isinstance(event, AggregatePacked) else event.out_of for event in packing}
    into = [(event.parcel, event.into) for event in packing if isinstance(event, AggregatePacked)]
    await tx.run(
        "WITH aims AS (SELECT DISTINCT i.cage, s.depot FROM unnest($1::text[], $2::text[]) AS i (parcel, cage)"
        "   JOIN parcels p USING (parcel) JOIN shipments s USING (shipment) WHERE s.depot IS NOT NULL),"
        " touched AS (SELECT cage AS thing, depot FROM aims"
        "  UNION SELECT thing, depot FROM depot_floor WHERE thing = ANY($3::text[]))"
        " INSERT INTO depot_floor (depot, thing, turn, there, at_ms)"
        " SELECT t.depot, t.thing, nextval('depot_turns'), a.depot IS NOT NULL, $4"
        " FROM touched t LEFT JOIN aims a ON a.cage = t.thing AND a.depot = t.depot"
        " ON CONFLICT (depot, thing) DO UPDATE SET turn = excluded.turn,"
        " there = depot_floor.there OR excluded.there, at_ms = excluded.at_ms",
        [parcel for parcel, _ in into],
        [cage for _, cage in into],
        sorted(cages),
        now_ms,
    )


async def _move(tx: Tx, moves: Sequence[tuple[int, Move]]) -> None:
    if not moves:
        return
    await tx.run(
        "INSERT INTO depot_movements (depot, seq, thing, came, other, at_ms)"
        " SELECT d.id, m.seq, m.thing, d.id = m.taker, CASE WHEN d.id = m.taker THEN m.giver ELSE m.taker END, m.at_ms"
        " FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[])"
        " AS m (seq, thing, giver, taker, at_ms)"
        " JOIN parties d ON d.id IN (m.giver, m.taker) AND d.kind = 'depot' ON CONFLICT DO NOTHING",
        [seq for seq, _ in moves],
        [event.parcel for _, event in moves],
        [event.giver for _, event in moves],
        [event.taker for _, event in moves],
        [happened_ms(event) for _, event in moves],
    )


FLOORS = Projection("floors", apply, ("depot_floor", "depot_movements"))
