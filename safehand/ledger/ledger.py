"""The append-only log in the database: streams with heads, facts with versions, one transaction for all of it."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from safehand.events.event import Event, encode
from safehand.ledger.errors import VersionConflict
from safehand.store.database import Tx

SALT_BYTES = 32
READ_MAX = 10_000
APPEND_ONLY = ("facts", "log_positions", "checkpoints")
"""Tables that the database itself refuses to change; the start makes sure that it does."""

_APPEND = """
WITH told AS (
    INSERT INTO facts (seq, stream, version, name, fact, salt, received_ms)
    SELECT nextval('facts_seq'), stream, version, name, fact, salt, received_ms
    FROM (
        SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::bytea[], $5::bytea[], $6::bigint[])
            WITH ORDINALITY AS said(stream, version, name, fact, salt, received_ms, place)
        ORDER BY place
    ) in_order
    RETURNING seq
), queued AS (
    INSERT INTO facts_to_sequence (seq) SELECT seq FROM told
)
SELECT seq FROM told
"""


@dataclass(frozen=True, slots=True)
class StoredHead:
    """A stream's version, and what its domain keeps beside the facts (empty: fold the facts)."""

    version: int
    state: bytes


@dataclass(frozen=True, slots=True)
class Append:
    """Facts to add to one stream after `version` (0: the stream is new), and the state they leave."""

    stream: str
    version: int
    facts: Sequence[Event]
    state: bytes = b""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One fact as it is stored. `position` is its place in the public log, once it has one."""

    seq: int
    position: int | None
    stream: str
    version: int
    name: str
    fact: bytes
    salt: bytes
    received_ms: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """Appends and reads facts, always inside the caller's transaction."""

    async def heads(self, tx: Tx, streams: Iterable[str]) -> dict[str, StoredHead]:
        """Lock the heads of these streams, in one order for everybody, and read them; unknown ones are left out."""
        rows = await tx.fetch(
            "SELECT stream, version, state FROM heads WHERE stream = ANY($1::text[]) ORDER BY stream FOR UPDATE",
            sorted(set(streams)),
        )
        return {row["stream"]: StoredHead(row["version"], row["state"]) for row in rows}

    async def append(self, tx: Tx, appends: Sequence[Append]) -> list[list[int]]:
        """Add facts to their streams; the heads and versions move in the same transaction.

        Shapes
            appends  each stream at most once.
            ->       for each append, the `seq` of each of its facts.
        Errors
            VersionConflict  a stream is not at the version that the caller read.
        """
        told = [
            (append.stream, version, fact)
            for append in appends
            for version, fact in enumerate(append.facts, append.version + 1)
        ]
        if not told:
            return [[] for _ in appends]
        await self._move_heads(tx, appends)
        rows = await tx.fetch(
            _APPEND,
            [stream for stream, _, _ in told],
            [version for _, version, _ in told],
            [fact.name for _, _, fact in told],
            [encode(fact) for _, _, fact in told],
            [secrets.token_bytes(SALT_BYTES) for _ in told],
            [fact.received_ms for _, _, fact in told],
        )
        numbers = iter(sorted(row["seq"] for row in rows))
        return [[next(numbers) for _ in append.facts] for append in appends]

    async def _move_heads(self, tx: Tx, appends: Sequence[Append]) -> None:
        new = [append for append in appends if append.version == 0]
        if new:
            made = await tx.fetch(
                "INSERT INTO heads (stream, version, state) SELECT * FROM unnest($1::text[], $2::int[], $3::bytea[])"
                " ON CONFLICT DO NOTHING RETURNING stream",
                [append.stream for append in new],
                [len(append.facts) for append in new],
                [append.state for append in new],
            )
            _all_moved(new, {row["stream"] for row in made})
        old = [append for append in appends if append.version > 0]
        if old:
            moved = await tx.fetch(
                "UPDATE heads SET version = said.next, state = said.state"
                " FROM unnest($1::text[], $2::int[], $3::int[], $4::bytea[]) AS said(stream, version, next, state)"
                " WHERE heads.stream = said.stream AND heads.version = said.version RETURNING heads.stream",
                [append.stream for append in old],
                [append.version for append in old],
                [append.version + len(append.facts) for append in old],
                [append.state for append in old],
            )
            _all_moved(old, {row["stream"] for row in moved})

    async def read(self, tx: Tx, stream: str) -> list[Recorded]:
        """The facts of one stream, oldest first; the newest READ_MAX of them."""
        return (await self.read_streams(tx, [stream]))[stream]

    async def read_streams(self, tx: Tx, streams: Sequence[str]) -> dict[str, list[Recorded]]:
        """The same of several streams, at once; a stream without facts has an empty list."""
        facts: dict[str, list[Recorded]] = {stream: [] for stream in streams}
        rows = await tx.fetch(
            "SELECT newest.* FROM unnest($1::text[]) AS wanted(stream) CROSS JOIN LATERAL"
            " (SELECT f.*, p.position FROM facts f LEFT JOIN log_positions p USING (seq)"
            " WHERE f.stream = wanted.stream ORDER BY f.version DESC LIMIT $2) newest ORDER BY stream, version",
            list(facts),  # each once: asked for twice, a stream's facts would come twice
            READ_MAX,
        )
        for row in rows:
            facts[row["stream"]].append(Recorded(**dict(row)))
        return facts

    async def read_log(self, tx: Tx, start: int, limit: int) -> list[Recorded]:
        """Facts by their place in the log: positions `start` .. `start + limit - 1`, as far as they are given."""
        rows = await tx.fetch(
            "SELECT f.*, p.position FROM log_positions p JOIN facts f USING (seq)"
            " WHERE p.position >= $1 AND p.position < $2 ORDER BY p.position",
            start,
            start + limit,
        )
        return [Recorded(**dict(row)) for row in rows]

    async def size(self, tx: Tx) -> int:
        """How many facts have a place in the log."""
        rows = await tx.fetch("SELECT coalesce(max(position) + 1, 0) AS size FROM log_positions")
        return int(rows[0]["size"])


def _all_moved(appends: Sequence[Append], moved: set[str]) -> None:
    for append in appends:
        if append.stream not in moved:
            raise VersionConflict(append.stream, append.version)
