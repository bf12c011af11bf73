"""Stage limits: how long a parcel may stand still in one state before a person looks for it. The limits are data."""

import hashlib
from collections.abc import Mapping, Sequence

from safehand.custody.head import Head
from safehand.custody.model import moment
from safehand.events.custody import ExceptionOpened
from safehand.events.event import Event
from safehand.events.vocabulary import ExceptionKind, State
from safehand.kernel.ids import EXCEPTION, ExceptionId, derived_id
from safehand.store.database import Tx

LIMIT_MS_MAX = 90 * 24 * 60 * 60 * 1000
STALLED_BATCH = 500
"""Parcels that one look opens an exception for; the next look finds the rest."""
LIMITED = frozenset(State) - {State.CREATED, State.DELIVERED, State.RETURNED, State.CANCELLED}
"""States in which a parcel is on its way, so that there is something to wait for."""


async def limits(tx: Tx) -> dict[State, int]:
    """How long a parcel may stand still in each state, in milliseconds; states without a limit are left out."""
    rows = await tx.fetch("SELECT state, limit_ms FROM stage_limits ORDER BY state")
    return {State(row["state"]): row["limit_ms"] for row in rows}


async def set_limits(tx: Tx, wanted: Mapping[State, int]) -> None:
    """Put these limits in the place of those that there are."""
    await tx.run("DELETE FROM stage_limits")
    await tx.run(
        "INSERT INTO stage_limits (state, limit_ms) SELECT * FROM unnest($1::text[], $2::bigint[])",
        list(wanted),
        list(wanted.values()),
    )


async def standing_still(tx: Tx, now_ms: int) -> Sequence[str]:
    """Parcels that have stood still beyond their limit and of which nobody was told, longest first."""
    rows = await tx.fetch(
        "SELECT h.parcel FROM stage_limits l JOIN holdings h ON h.state = l.state"
        " AND greatest(h.since_ms, h.state_ms) < $1 - l.limit_ms"
        " AND h.stalled_ms IS DISTINCT FROM greatest(h.since_ms, h.state_ms)"
        " ORDER BY greatest(h.since_ms, h.state_ms) LIMIT $2",
        now_ms,
        STALLED_BATCH,
    )
    return [row["parcel"] for row in rows]


def stalled(head: Head, allowed: Mapping[State, int], now_ms: int) -> list[Event]:
    """The one exception about a stay that is too long: who has the parcel, where, since when. None if it was told."""
    limit_ms = allowed.get(head.state)
    if limit_ms is None or head.stalled_ms == head.moved_ms or now_ms - head.moved_ms <= limit_ms:
        return []
    about = "\n".join((ExceptionKind.STALLED, head.parcel, head.last_handover, str(head.moved_ms)))
    return [
        ExceptionOpened(
            at_ms=now_ms,
            received_ms=now_ms,
            exception=ExceptionId(derived_id(EXCEPTION, hashlib.sha256(about.encode("ascii")).digest())),
            parcel=head.parcel,
            kind=ExceptionKind.STALLED,
            recorded=head.custodian,
            told=moment(head.moved_ms),
            place=head.place,
        )
    ]
