"""Idempotency: a request that is sent twice is done once, and answered twice with the same words.

The key, the request's hash and the answer are written in the transaction of the request's effects: there is no
moment at which one exists without the other.
"""

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from safehand.store.database import Tx
from safehand.store.errors import BadKey, OtherRequest, StillRunning, StoreBusy

KEY_SHAPE = re.compile(r"[\x21-\x7e]{1,128}")
KEPT_MS = 7 * 24 * 3_600_000
WAIT_MS = 3_000  # for the first request with the same key to end
ANSWER_BYTES_MAX = 1_048_576
SWEEP_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered. `body` is kept as it is: seal it first if it holds a secret or a person's data."""

    status: int
    body: bytes
    repeated: bool = False


async def once(
    tx: Tx, *, scope: str, key: str, request: bytes, now_ms: int, work: Callable[[], Awaitable[Answer]]
) -> Answer:
    """Do `work` in this transaction unless it has been done under this key; then give its first answer.

    Shapes
        scope    who asks and for what: two scopes never share a key.
        request  what makes the request this one: method, path and body.
    Errors
        BadKey        not 1 to 128 visible ASCII characters.
        OtherRequest  the key was used for a different request.
        StillRunning  the first request with the key has not ended after 3 s.
    """
    if not KEY_SHAPE.fullmatch(key):
        raise BadKey()
    digest = hashlib.sha256(request).digest()
    if not await _is_first(tx, scope, key, digest, now_ms):
        rows = await tx.fetch(
            "SELECT request_hash, status, body FROM remembered_requests WHERE scope = $1 AND key = $2", scope, key
        )
        if not rows:  # swept between two statements: as good as still running, the next try is the first
            raise StillRunning()
        if not hmac.compare_digest(rows[0]["request_hash"], digest):
            raise OtherRequest()
        return Answer(rows[0]["status"], rows[0]["body"], repeated=True)
    answer = await work()
    if len(answer.body) > ANSWER_BYTES_MAX:
        raise ValueError(f"an answer of {len(answer.body)} bytes, {ANSWER_BYTES_MAX} at most")
    await tx.run(
        "UPDATE remembered_requests SET status = $3, body = $4 WHERE scope = $1 AND key = $2",
        scope,
        key,
        answer.status,
        answer.body,
    )
    return answer


async def _is_first(tx: Tx, scope: str, key: str, digest: bytes, now_ms: int) -> bool:
    """Reserve the key; PostgreSQL makes the second wait here until the first has committed or failed."""
    await tx.run(f"SET LOCAL lock_timeout = {WAIT_MS}")
    try:
        rows = await tx.fetch(
            """
            INSERT INTO remembered_requests AS kept (scope, key, request_hash, expires_ms) VALUES ($1, $2, $3, $4)
            ON CONFLICT (scope, key) DO UPDATE
                SET request_hash = $3, status = NULL, body = NULL, expires_ms = $4 WHERE kept.expires_ms <= $5
            RETURNING true
            """,
            scope,
            key,
            digest,
            now_ms + KEPT_MS,
            now_ms,
        )
    except StoreBusy as error:
        if error.params.get("reason") == "55P03":
            raise StillRunning() from error
        raise
    await tx.run("SET LOCAL lock_timeout TO DEFAULT")
    return bool(rows)


async def sweep(tx: Tx, *, now_ms: int, limit: int = SWEEP_MAX) -> int:
    """Forget answers older than seven days, a limited number at a time; returns how many."""
    return await tx.run(
        """
        DELETE FROM remembered_requests WHERE (scope, key) IN (
            SELECT scope, key FROM remembered_requests WHERE expires_ms <= $1
            ORDER BY expires_ms LIMIT $2 FOR UPDATE SKIP LOCKED)
        """,
        now_ms,
        min(limit, SWEEP_MAX),
    )
