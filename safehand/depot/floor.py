"""Floors: what each depot has to do with, and what came to it and left. Folded from the facts."""

from safehand.custody.clocks import happened_ms
from safehand.custody.head import Head, decode_head, is_aggregate
from safehand.events.aggregates import AggregateCreated, AggregatePacked, AggregateUnpacked
from safehand.events.custody import CustodyCorrected, CustodyTakenOver, CustodyTransferred
from safehand.events.event import Event
from safehand.events.parcels import ParcelCreated
from safehand.events.vocabulary import State
from safehand.ledger.projections import Projection
from safehand.store.database import Tx

DONE = frozenset({State.DELIVERED, State.RETURNED, State.CANCELLED})
"""Nobody at a depot has anything to do with it any more, unless the depot holds it."""

type Move = CustodyTransferred | CustodyCorrected | CustodyTakenOver


async def apply(tx: Tx, seq: int, event: Event) -> None:
    """Fold one fact in. Idempotent; told again it only gives a thing a later turn."""
    thing = getattr(event, "parcel", "")
    if not thing:
        return
    hands = _hands(event)
    await _touch(tx, thing, hands, event)
    if isinstance(event, AggregatePacked | AggregateUnpacked):
        await _touch_around(tx, thing, event)
    if isinstance(event, Move.__value__):
        await _move(tx, seq, event)


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


async def _touch(tx: Tx, thing: str, hands: tuple[str, ...], event: Event) -> None:
    """Give the thing a new turn at each depot that has to do with it."""
    rows = await tx.fetch("SELECT state FROM heads WHERE stream = $1", thing)
    head = decode_head(rows[0]["state"]) if rows and rows[0]["state"] else None
    custodian = head.custodian if head is not None else hands[0] if hands else ""
    aims = (
        "SELECT DISTINCT s.depot FROM aggregate_contents c JOIN parcels p USING (parcel) JOIN shipments s USING"
        " (shipment) WHERE c.aggregate = $1"
        if is_aggregate(thing)
        else "SELECT s.depot FROM parcels p JOIN shipments s USING (shipment) WHERE p.parcel = $1"
    )
    await tx.run(
        f"WITH aims AS ({aims})"  # noqa: S608 - one of two questions of our own
        " INSERT INTO depot_floor (depot, thing, turn, there, at_ms)"
        " SELECT depot, $1, nextval('depot_turns'),"
        "  depot = $2 OR ($3 AND depot IN (SELECT depot FROM aims WHERE depot IS NOT NULL)), $4 FROM ("
        "   SELECT depot FROM aims WHERE depot IS NOT NULL"
        "   UNION SELECT id FROM parties WHERE id = ANY($5::text[]) AND kind = 'depot'"
        "   UNION SELECT depot FROM depot_floor WHERE thing = $1"
        " ) touched ON CONFLICT (depot, thing) DO UPDATE SET turn = excluded.turn, there = excluded.there,"
        " at_ms = excluded.at_ms",
        thing,
        custodian,
        _under_way(head),
        event.received_ms,
        [custodian, *hands],
    )


def _under_way(head: Head | None) -> bool:
    return head is None or head.state not in DONE


async def _touch_around(tx: Tx, parcel: str, event: AggregatePacked | AggregateUnpacked) -> None:
    """What lies in a cage is news of the cage; a depot that awaits the parcel awaits the cage."""
    packed = isinstance(event, AggregatePacked)
    await tx.run(
        "INSERT INTO depot_floor (depot, thing, turn, there, at_ms)"
        " SELECT depot, $2, nextval('depot_turns'), $3, $4 FROM ("
        "   SELECT s.depot FROM parcels p JOIN shipments s USING (shipment)"
        "   WHERE p.parcel = $1 AND s.depot IS NOT NULL AND $3"
        "   UNION SELECT depot FROM depot_floor WHERE thing = $2"
        " ) touched ON CONFLICT (depot, thing) DO UPDATE SET turn = excluded.turn,"
        " there = depot_floor.there OR excluded.there, at_ms = excluded.at_ms",
        parcel,
        event.into if isinstance(event, AggregatePacked) else event.out_of,
        packed,
        event.received_ms,
    )


async def _move(tx: Tx, seq: int, event: Move) -> None:
    if event.giver == event.taker:
        return
    await tx.run(
        "INSERT INTO depot_movements (depot, seq, thing, came, other, at_ms)"
        " SELECT id, $1, $2, id = $4, CASE WHEN id = $4 THEN $3 ELSE $4 END, $5 FROM parties"
        " WHERE id IN ($3, $4) AND kind = 'depot' ON CONFLICT DO NOTHING",
        seq,
        event.parcel,
        event.giver,
        event.taker,
        happened_ms(event),
    )


FLOORS = Projection("floors", apply, ("depot_floor", "depot_movements"))
