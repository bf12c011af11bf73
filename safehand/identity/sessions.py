"""Sessions of the staff: opaque tokens, kept as hashes, revocable at any moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from safehand.identity.errors import NotYours, SignInNeeded
from safehand.identity.model import PartyKind, Principal, PrincipalKind, Role
from safehand.identity.secret_text import SESSION_SHAPE, new_session_token, secret_hash
from safehand.kernel.ids import PartyId, UserId, is_id, new_id
from safehand.store.database import Tx

SESSION = "ses"
IDLE_MS = 2 * 3_600_000  # without any request
ABSOLUTE_MS = 12 * 3_600_000  # a shift; then the password again
SEEN_EVERY_MS = 60_000  # how exactly the last request is noted: not every read should be a write
OUTDATED_REMOVED_AT_ONCE = 50
SHOWN_MAX = 50  # of one person's

_FIND = """
    SELECT s.id, s.user_id, s.seen_ms, s.proved_ms, u.roles, u.party, p.kind AS party_kind,
        CASE WHEN p.kind = 'subcontractor' THEN ARRAY(SELECT c.id FROM parties c WHERE c.employer = p.id) END AS crew,
        CASE WHEN 'call_centre' = ANY(u.roles) THEN ARRAY(SELECT g.parcel FROM call_grants g
            WHERE g.session = s.id AND g.ended_ms IS NULL AND g.expires_ms > $2) END AS granted
    FROM sessions s JOIN users u ON u.id = s.user_id LEFT JOIN parties p ON p.id = u.party
    WHERE s.hash = $1 AND s.revoked_ms IS NULL AND s.expires_ms > $2 AND s.seen_ms > $3 AND u.disabled_ms IS NULL
"""

_ALIVE = """
    SELECT s.id, u.roles FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = ANY($1) AND s.revoked_ms IS NULL AND s.expires_ms > $2 AND u.disabled_ms IS NULL
"""

# Of many requests that find the note outdated at once, only the first writes.
_SEEN = "UPDATE sessions SET seen_ms = $2 WHERE id = $1 AND seen_ms <= $3"


class Way(StrEnum):
    """By what somebody came in."""

    PASSWORD = "password"  # noqa: S105 - a way in
    PASSKEY = "passkey"
    RECOVERY = "recovery"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Opening:
    """How a session begins: by which way, in which browser, and whether that proved who sits there.

    `proved_ms` is when it was proved, where that was not at this moment.
    """

    way: Way = Way.PASSWORD
    agent: str = ""
    proves: bool = True
    proved_ms: int | None = None


@dataclass(frozen=True, slots=True)
class OpenSession:
    """What its owner may see of a session. `way` and `agent` are empty for one of an older version."""

    id: str
    way: str
    agent: str
    made_ms: int
    seen_ms: int


@dataclass(frozen=True, slots=True)
class Sessions:
    """Opens, finds and ends sessions. A session is looked up at each request: ended, it is dead at once."""

    async def open(self, tx: Tx, user: UserId, opening: Opening, now_ms: int) -> str:
        """A new session; always with a new token, whatever the browser brought along.

        Shapes
            ->  43 characters, told to the browser once.
        """
        # Whatever ended or ran out a day ago answers no question any more.
        await tx.run(
            "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_ms < $1 LIMIT $2)",
            now_ms - ABSOLUTE_MS,
            OUTDATED_REMOVED_AT_ONCE,
        )
        token = new_session_token()
        await tx.run(
            """
            INSERT INTO sessions (id, hash, user_id, made_ms, seen_ms, expires_ms, way, agent, proved_ms)
            VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8)
            """,
            new_id(SESSION, now_ms),
            secret_hash("session", token),
            user,
            now_ms,
            now_ms + ABSOLUTE_MS,
            opening.way,
            opening.agent,
            now_ms if opening.proves else opening.proved_ms,
        )
        return token

    async def find(self, tx: Tx, token: str, now_ms: int) -> Principal | None:
        """Who a token stands for, with the roles of this moment; None if it is dead or never was."""
        if SESSION_SHAPE.fullmatch(token) is None:
            return None
        rows = await tx.fetch(_FIND, secret_hash("session", token), now_ms, now_ms - IDLE_MS)
        if not rows:
            return None
        [row] = rows
        if row["seen_ms"] <= now_ms - SEEN_EVERY_MS:
            await tx.run(_SEEN, row["id"], now_ms, now_ms - SEEN_EVERY_MS)
        return Principal(
            kind=PrincipalKind.STAFF,
            id=row["user_id"],
            user=UserId(row["user_id"]),
            session=row["id"],
            proved_ms=row["proved_ms"],
            # A role that this version does not know, say after a step back, permits nothing.
            roles=frozenset(Role(role) for role in row["roles"] if role in Role),
            party=PartyId(row["party"]) if row["party"] else None,
            party_kind=PartyKind(row["party_kind"]) if row["party_kind"] else None,
            crew=frozenset() if row["crew"] is None else frozenset([*row["crew"], row["party"]]),
            granted=frozenset(row["granted"] or ()),
        )

    async def alive(self, tx: Tx, ids: Sequence[str], now_ms: int) -> dict[str, frozenset[Role]]:
        """Those of these sessions that have not ended, by id, with the roles of this moment."""
        if not ids:
            return {}
        rows = await tx.fetch(_ALIVE, list(ids), now_ms)
        return {row["id"]: frozenset(Role(role) for role in row["roles"] if role in Role) for row in rows}

    async def hold(self, tx: Tx, id: str) -> None:
        """Nobody ends this session before the transaction ends: what it does to its owner's ways in, a reset undoes.

        Errors
            SignInNeeded  it has ended meanwhile.
        """
        if not await tx.fetch("SELECT 1 FROM sessions WHERE id = $1 AND revoked_ms IS NULL FOR SHARE", id):
            raise SignInNeeded()

    async def proved(self, tx: Tx, id: str, now_ms: int) -> str:
        """Note that this session has just proved who sits there; its new token, for the one before is dead.

        Whoever had copied the token before the proof is not let in by it.

        Errors
            SignInNeeded  it has ended meanwhile.
        """
        token = new_session_token()
        proved = await tx.run(
            "UPDATE sessions SET hash = $2, proved_ms = $3 WHERE id = $1 AND revoked_ms IS NULL",
            id,
            secret_hash("session", token),
            now_ms,
        )
        if proved != 1:
            raise SignInNeeded()
        return token

    async def listed(self, tx: Tx, user: UserId, now_ms: int) -> list[OpenSession]:
        """Somebody's sessions that are alive, last seen first."""
        rows = await tx.fetch(
            """
            SELECT id, coalesce(way, '') AS way, coalesce(agent, '') AS agent, made_ms, seen_ms FROM sessions
            WHERE user_id = $1 AND revoked_ms IS NULL AND expires_ms > $2 AND seen_ms > $3
            ORDER BY seen_ms DESC, id DESC LIMIT $4
            """,
            user,
            now_ms,
            now_ms - IDLE_MS,
            SHOWN_MAX,
        )
        return [OpenSession(**row) for row in rows]

    async def end_one(self, tx: Tx, user: UserId, id: str, now_ms: int) -> None:
        """End one of a user's sessions.

        Errors
            NotYours  it is none of theirs, or dead already.
        """
        ended = 0
        if is_id(SESSION, id):
            ended = await tx.run(
                "UPDATE sessions SET revoked_ms = $3 WHERE id = $1 AND user_id = $2 AND revoked_ms IS NULL",
                id,
                user,
                now_ms,
            )
        if ended != 1:
            raise NotYours()

    async def end(self, tx: Tx, token: str, now_ms: int) -> None:
        """End the session of this token, if there is one."""
        if SESSION_SHAPE.fullmatch(token):
            await tx.run(
                "UPDATE sessions SET revoked_ms = $2 WHERE hash = $1 AND revoked_ms IS NULL",
                secret_hash("session", token),
                now_ms,
            )

    async def end_all(self, tx: Tx, user: UserId, now_ms: int, *, but: str | None = None) -> int:
        """End every session of a user, but one if its id is named; returns how many were alive."""
        return await tx.run(
            """
            UPDATE sessions SET revoked_ms = $2
            WHERE user_id = $1 AND revoked_ms IS NULL AND expires_ms > $2 AND id IS DISTINCT FROM $3
            """,
            user,
            now_ms,
            but,
        )
