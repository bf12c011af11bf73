"""Statements as received: kept to the byte, counted once."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from safehand.custody.ports import Arrival
from safehand.events.statement import STATEMENT_BYTES_MAX, statement_hash
from safehand.kernel.ids import DeviceId
from safehand.store.database import Tx

APPEND_ONLY = ("statements", "device_sequences")
"""Tables that the database itself refuses to change: what a device said is evidence."""


class Outcome(StrEnum):
    """What became of one statement. All are final."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    STORED_WITH_EXCEPTION = "stored_with_exception"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one statement: `seq` of its first fact, the exceptions it opened, why it is set aside."""

    hash: bytes
    outcome: Outcome
    seq: int | None = None
    exceptions: tuple[tuple[str, str], ...] = ()
    """Pairs of id and kind."""
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """What was found when claiming (device, sequence) pairs: answers to repeats, and hashes that came before."""

    repeats: dict[bytes, Answer]
    used: dict[bytes, bytes]


async def claim(tx: Tx, arrivals: Sequence[Arrival]) -> Claimed:
    """Claim each statement's place in its device's sequence, in one order for everybody.

    A second claimer waits here until the first has committed, so that no statement counts twice.
    """
    wanted = sorted({(a.said.device, a.said.sequence): a.hash for a in reversed(arrivals)}.items())
    columns = (
        [device for (device, _), _ in wanted],
        [sequence for (_, sequence), _ in wanted],
        [hash for _, hash in wanted],
    )
    rows = await tx.fetch(
        "INSERT INTO device_sequences (device, sequence, hash)"
        " SELECT * FROM unnest($1::text[], $2::bigint[], $3::bytea[])"
        " ON CONFLICT DO NOTHING RETURNING device, sequence",
        *columns,
    )
    holder = dict(wanted)
    made = {(row["device"], row["sequence"]) for row in rows}
    if len(made) < len(wanted):
        holder.update(await _holders(tx, [pair for pair, _ in wanted if pair not in made]))
    used: dict[bytes, bytes] = {}
    again: list[bytes] = []
    for arrival in arrivals:
        pair = (arrival.said.device, arrival.said.sequence)
        if holder[pair] != arrival.hash:
            used[arrival.hash] = holder[pair]
            again.append(arrival.hash)
        elif pair not in made:
            again.append(arrival.hash)
    return Claimed(await _answers(tx, again), used)


async def _holders(tx: Tx, pairs: Sequence[tuple[DeviceId, int]]) -> dict[tuple[DeviceId, int], bytes]:
    rows = await tx.fetch(
        "SELECT device, sequence, hash FROM device_sequences"
        " JOIN unnest($1::text[], $2::bigint[]) AS said(device, sequence) USING (device, sequence)",
        [device for device, _ in pairs],
        [sequence for _, sequence in pairs],
    )
    return {(row["device"], row["sequence"]): row["hash"] for row in rows}


async def _answers(tx: Tx, hashes: Sequence[bytes]) -> dict[bytes, Answer]:
    if not hashes:
        return {}
    rows = await tx.fetch("SELECT hash, seq FROM statements WHERE hash = ANY($1::bytea[])", list(hashes))
    return {row["hash"]: Answer(hash=row["hash"], outcome=Outcome.DUPLICATE, seq=row["seq"]) for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Bytes that cannot be taken as a statement, and why (a message id)."""

    device: DeviceId
    raw: bytes
    signature: bytes
    why: str


async def set_aside(tx: Tx, what: SetAside, received_ms: int) -> Answer:
    """Keep what cannot be taken as a statement, for people to look at."""
    hash = statement_hash(what.raw)
    await tx.run(
        "INSERT INTO quarantined (hash, signature, device, received_ms, raw, why) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT DO NOTHING",
        hash,
        what.signature,
        what.device,
        received_ms,
        what.raw[:STATEMENT_BYTES_MAX],
        what.why,
    )
    return Answer(hash=hash, outcome=Outcome.QUARANTINED, why=what.why)


QUARANTINED_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """What was set aside: the hash of its bytes, who sent it, why."""

    hash: str
    device: str
    received_ms: int
    why: str


async def quarantined(tx: Tx) -> list[Quarantined]:
    """What was set aside, newest first, at most QUARANTINED_MAX."""
    rows = await tx.fetch(
        "SELECT hash, device, received_ms, why FROM quarantined ORDER BY received_ms DESC, hash LIMIT $1",
        QUARANTINED_MAX,
    )
    return [
        Quarantined(hash=row["hash"].hex(), device=row["device"], received_ms=row["received_ms"], why=row["why"])
        for row in rows
    ]
