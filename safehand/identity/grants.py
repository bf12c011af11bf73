"""Grants: a call-centre agent sees the one parcel of a caller who was verified, for a quarter of an hour.

A grant belongs to the session in which the caller was verified and ends with it. Attempts are counted for each agent
and what they asked about, right or wrong, whether there is such a parcel or not; the count is the record as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from safehand.identity.actions import Action
from safehand.identity.errors import CallerLocked, NotYours
from safehand.identity.model import Principal
from safehand.identity.reads import Read, note_read
from safehand.kernel.ids import ParcelId, PersonId, UserId, is_id, new_id
from safehand.store.database import Tx

GRANT = "cgr"
GRANT_MS = 15 * 60_000
WRONG_MAX = 10  # of one agent about one parcel
WRONG_OF_AGENT_MAX = 40  # about all parcels together
WRONG_WITHIN_MS = 24 * 3_600_000
SHOWN_MAX = 20


class CallReason(StrEnum):
    """Why somebody calls. A word is added, never renamed."""

    WHERE_IS_IT = "where_is_it"
    NOT_RECEIVED = "not_received"
    DAMAGED = "damaged"
    PROMISED_DAY = "promised_day"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Whom an agent has verified, in which session, about which parcel, and why they call."""

    agent: UserId
    session: str
    parcel: ParcelId
    person: PersonId
    reason: CallReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A grant that is alive."""

    id: str
    parcel: ParcelId
    reason: CallReason
    made_ms: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Grants:
    """Counts attempts, gives grants and ends them. A grant is looked up at each request: ended, it is dead at once."""

    async def attempt(self, tx: Tx, agent: UserId, about: str, now_ms: int) -> int:
        """Count an attempt, as wrong until it was right; its number. In a transaction of its own, before it is judged.

        Shapes
            about  the parcel's id, or one that no parcel has where the number is nobody's: both count alike.
        Errors
            CallerLocked  too many were wrong, about this or altogether.
        """
        await tx.lock(f"call.{agent}")
        rows = await tx.fetch(
            """
            SELECT at_ms, about = $2 AS here FROM call_attempts
            WHERE agent = $1 AND at_ms > $3 AND fits IS NOT TRUE ORDER BY at_ms
            """,
            agent,
            about,
            now_ms - WRONG_WITHIN_MS,
        )
        here = [row["at_ms"] for row in rows if row["here"]]
        for wrong, at_most in ((here, WRONG_MAX), ([row["at_ms"] for row in rows], WRONG_OF_AGENT_MAX)):
            if len(wrong) >= at_most:
                raise CallerLocked(wait_s=-(-(wrong[-at_most] + WRONG_WITHIN_MS - now_ms) // 1_000))
        [made] = await tx.fetch(
            "INSERT INTO call_attempts (agent, about, at_ms) VALUES ($1, $2, $3) RETURNING attempt",
            agent,
            about,
            now_ms,
        )
        return int(made["attempt"])

    async def give(self, tx: Tx, attempt: int, verified: Verified, now_ms: int) -> str:
        """The attempt was right: the parcel is open to the agent in this session. The grant's id."""
        await tx.run("UPDATE call_attempts SET fits = true WHERE attempt = $1", attempt)
        id = new_id(GRANT, now_ms)
        await tx.run(
            """
            INSERT INTO call_grants (id, agent, session, parcel, person, reason, attempt, made_ms, expires_ms)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            id,
            verified.agent,
            verified.session,
            verified.parcel,
            verified.person,
            verified.reason,
            attempt,
            now_ms,
            now_ms + GRANT_MS,
        )
        return id

    async def of_session(self, tx: Tx, session: str, now_ms: int) -> Sequence[Grant]:
        """The session's grants that are alive, newest first."""
        rows = await tx.fetch(
            """
            SELECT id, parcel, reason, made_ms, expires_ms FROM call_grants
            WHERE session = $1 AND ended_ms IS NULL AND expires_ms > $2 ORDER BY id DESC LIMIT $3
            """,
            session,
            now_ms,
            SHOWN_MAX,
        )
        return [Grant(**{**dict(row.items()), "reason": CallReason(row["reason"])}) for row in rows]

    async def end(self, tx: Tx, agent: UserId, id: str, now_ms: int) -> None:
        """The call is over.

        Errors
            NotYours  it is another's, or over already.
        """
        ended = 0
        if is_id(GRANT, id):
            ended = await tx.run(
                "UPDATE call_grants SET ended_ms = $3 WHERE id = $1 AND agent = $2 AND ended_ms IS NULL",
                id,
                agent,
                now_ms,
            )
        if ended != 1:
            raise NotYours()


async def note_granted(tx: Tx, me: Principal, action: Action, about: tuple[PersonId, ParcelId], now_ms: int) -> None:
    """Put on record what an agent does with a caller's parcel, under which grant; of all others nothing.

    Errors
        NotYours  the grant ended at this moment.
    """
    person, parcel = about
    if parcel not in me.granted or me.session is None:
        return
    grants = await tx.fetch(
        """
        SELECT id FROM call_grants
        WHERE session = $1 AND parcel = $2 AND ended_ms IS NULL ORDER BY id DESC LIMIT 1
        """,
        me.session,
        parcel,
    )
    if not grants:
        raise NotYours()
    await note_read(tx, Read(me, action, person, parcel, grants[0]["id"]), now_ms)
