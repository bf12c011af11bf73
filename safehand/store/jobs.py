"""Jobs: work promised in the same transaction as the fact that asks for it.

A job is run at least once, by one worker at a time, and its effects count once if it finishes in their
transaction. What fails is tried again, later each time; what keeps failing is dead, visible, and can be run again.
worker.py runs them.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import func, select, update

from safehand.kernel.ids import new_id
from safehand.store.database import Tx
from safehand.store.errors import JobTooLarge, LeaseLost, NoSuchJob
from safehand.store.tables import jobs

PAYLOAD_BYTES_MAX = 16_384
UNIQUE_KEY_MAX = 200
ATTEMPTS_MAX = 10
LEASE_MS = 60_000
BACKOFF_FIRST_MS = 1_000
BACKOFF_MAX_MS = 3_600_000
FAILURE_MAX = 500
LIST_MAX = 200
WORKER_DIED = "the worker ended before the job did"


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of job, by name. Made once as a constant of the domain that asks for it.

    `lease_ms` is how long a silent worker keeps a job; a living one renews it.
    """

    name: str
    attempts_max: int = ATTEMPTS_MAX
    lease_ms: int = LEASE_MS


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands in the queue. The payload names things by id; it holds no personal data."""

    id: str
    kind: str
    payload: Mapping[str, Any]
    state: str
    due_ms: int
    attempts: int
    attempts_max: int
    created_ms: int
    lease: str | None = None
    unique_key: str | None = None
    failed_ms: int | None = None
    failure: str | None = None

    async def finish(self, tx: Tx) -> None:
        """Take the job off the queue in this transaction: its effects in `tx` then count exactly once.

        Errors
            LeaseLost  another worker has the job by now; let the transaction fail.
        """
        if await tx.run("DELETE FROM jobs WHERE id = $1 AND lease = $2", self.id, self.lease) != 1:
            raise LeaseLost(job=self.id)


async def enqueue(
    tx: Tx,
    kind: Kind,
    payload: Mapping[str, Any],
    *,
    now_ms: int,
    due_ms: int | None = None,
    unique_key: str | None = None,
) -> str | None:
    """Promise a job in the caller's transaction; returns its id.

    With a `unique_key`, None is returned where a living job of that kind and key already waits or runs.

    Errors
        JobTooLarge  the payload is more than 16 KiB of JSON.
    """
    body = orjson.dumps(payload)
    if len(body) > PAYLOAD_BYTES_MAX:
        raise JobTooLarge(kind=kind.name, bytes=len(body), limit=PAYLOAD_BYTES_MAX)
    if unique_key is not None and len(unique_key) > UNIQUE_KEY_MAX:
        raise ValueError(f"unique_key of {len(unique_key)} characters, {UNIQUE_KEY_MAX} at most")
    rows = await tx.fetch(
        """
        INSERT INTO jobs (id, kind, payload, unique_key, state, due_ms, attempts_max, created_ms)
        VALUES ($1, $2, $3, $4, 'waiting', $5, $6, $7)
        ON CONFLICT (kind, unique_key) WHERE state <> 'dead' DO NOTHING RETURNING id
        """,
        new_id("job", now_ms),
        kind.name,
        body.decode(),
        unique_key,
        now_ms if due_ms is None else due_ms,
        kind.attempts_max,
        now_ms,
    )
    return str(rows[0]["id"]) if rows else None


async def claim(tx: Tx, kinds: Sequence[Kind], *, now_ms: int, limit: int) -> list[Job]:
    """Take up to `limit` due jobs of these kinds, oldest first. Two workers never get the same one.

    A job whose worker fell silent for a whole lease is due again; one that did so on its last attempt is dead.
    """
    names = [kind.name for kind in kinds]
    await tx.run(
        """
        UPDATE jobs SET state = 'dead', lease = NULL, failed_ms = $1, failure = $2
        WHERE id IN (
            SELECT id FROM jobs
            WHERE state = 'running' AND due_ms <= $1 AND attempts >= attempts_max AND kind = ANY($3)
            FOR UPDATE SKIP LOCKED
        )
        """,
        now_ms,
        WORKER_DIED,
        names,
    )
    rows = await tx.fetch(
        """
        WITH due AS (
            SELECT id FROM jobs WHERE state <> 'dead' AND due_ms <= $1 AND kind = ANY($2)
            ORDER BY due_ms, id LIMIT $3 FOR UPDATE SKIP LOCKED
        )
        UPDATE jobs SET state = 'running', lease = $4, attempts = attempts + 1,
            due_ms = $1 + (SELECT lease_ms FROM unnest($2::text[], $5::bigint[]) AS k (kind, lease_ms)
                           WHERE k.kind = jobs.kind)
        FROM due WHERE jobs.id = due.id RETURNING jobs.*
        """,
        now_ms,
        names,
        limit,
        secrets.token_hex(8),
        [kind.lease_ms for kind in kinds],
    )
    return sorted((_job(row) for row in rows), key=lambda job: job.id)


async def renew(tx: Tx, job: Job, *, until_ms: int) -> bool:
    """Keep a job that takes long; False if it is ours no more."""
    touched = await tx.run("UPDATE jobs SET due_ms = $3 WHERE id = $1 AND lease = $2", job.id, job.lease, until_ms)
    return touched == 1


async def fail(tx: Tx, job: Job, failure: str, *, now_ms: int, jitter: float) -> None:
    """Put a failed job back for later, or declare it dead after its last attempt.

    Shapes
        failure  what happened, without personal data; cut to 500 characters.
        jitter   0.0 .. 1.0: spreads jobs that failed together.
    """
    dead = job.attempts >= job.attempts_max
    await tx.run(
        """
        UPDATE jobs SET state = $3, lease = NULL, due_ms = $4, failed_ms = $5, failure = $6
        WHERE id = $1 AND lease = $2
        """,
        job.id,
        job.lease,
        "dead" if dead else "waiting",
        now_ms + backoff_ms(job.attempts, jitter),
        now_ms,
        failure[:FAILURE_MAX],
    )


def backoff_ms(attempts: int, jitter: float) -> int:
    """How long to wait after that many attempts: doubling from a second to an hour, then 50 to 100 % of it."""
    full = min(BACKOFF_FIRST_MS << min(attempts - 1, 32), BACKOFF_MAX_MS)
    return int(full * (0.5 + 0.5 * jitter))


async def list_jobs(tx: Tx, *, state: str | None = None, after: str = "", limit: int = LIST_MAX) -> list[Job]:
    """Jobs by id, oldest first, from behind `after`: for people who look after the system."""
    query = select(jobs).where(jobs.c.id > after).order_by(jobs.c.id).limit(min(limit, LIST_MAX))
    if state is not None:
        query = query.where(jobs.c.state == state)
    return [_job(row._mapping) for row in await tx.execute(query)]


async def count_jobs(tx: Tx) -> dict[tuple[str, str], int]:
    """How many jobs there are, by kind and state."""
    query = select(jobs.c.kind, jobs.c.state, func.count().label("count")).group_by(jobs.c.kind, jobs.c.state)
    return {(row["kind"], row["state"]): row["count"] for row in (await tx.execute(query)).mappings()}


async def rerun(tx: Tx, id: str, *, now_ms: int) -> None:
    """Give a dead job all its attempts again, now.

    Errors
        NoSuchJob     no dead job has that id.
        AlreadyThere  a living job with its unique key has taken its place.
    """
    again = update(jobs).where(jobs.c.id == id, jobs.c.state == "dead")
    done = await tx.execute(again.values(state="waiting", due_ms=now_ms, attempts=0, lease=None))
    if done.rowcount != 1:
        raise NoSuchJob(job=id[:64])


def _job(row: Mapping[Any, Any]) -> Job:
    return Job(**{field: row[field] for field in Job.__dataclass_fields__})
