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
        total = sum(len(append.facts) for append in appends)
        if not total:
            return [[] for _ in appends]
        rows = await tx.fetch("SELECT nextval('facts_seq') AS seq FROM generate_series(1, $1::int)", total)
        numbers = iter(sorted(row["seq"] for row in rows))
        given = [[next(numbers) for _ in append.facts] for append in appends]
        await self._move_heads(tx, appends)
        await tx.copy(
            "facts",
            ("seq", "stream", "version", "name", "fact", "salt", "received_ms"),
            [
                (
                    seq,
                    append.stream,
                    version,
                    fact.name,
                    encode(fact),
                    secrets.token_bytes(SALT_BYTES),
                    fact.received_ms,
                )
                for append, seqs in zip(appends, given, strict=True)
                for version, (seq, fact) in enumerate(zip(seqs, append.facts, strict=True), append.version + 1)
            ],
        )
        await tx.copy("facts_to_sequence", ("seq",), [(seq,) for seqs in given for seq in seqs])
        return given

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
        rows = await tx.fetch(
            "SELECT * FROM (SELECT f.*, p.position FROM facts f LEFT JOIN log_positions p USING (seq)"
            " WHERE f.stream = $1 ORDER BY f.version DESC LIMIT $2) newest ORDER BY version",
            stream,
            READ_MAX,
        )
        return [Recorded(**dict(row)) for row in rows]

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
