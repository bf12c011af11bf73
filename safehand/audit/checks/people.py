"""Who can see what: too many who may do everything, roles that should watch each other in one person, idle accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from safehand.audit.access import Access, everybody
from safehand.audit.model import DAY_MS, FindingKind, Seen, Severity
from safehand.identity.browsers import KNOWN_MS
from safehand.identity.model import Role
from safehand.identity.policy import Policies
from safehand.identity.users import Users
from safehand.store.database import Tx

ADMINS_MAX = 3
IDLE_DAYS = 90
ROWS_MAX = 5_000

# A browser is remembered at each sign-in for KNOWN_MS from then on.
_IDLE = """
    SELECT u.id, u.login, l.last_ms FROM users u CROSS JOIN LATERAL (
        SELECT greatest(
            u.made_ms,
            (SELECT max(b.expires_ms) - $2 FROM known_browsers b WHERE b.user_id = u.id),
            (SELECT max(k.used_ms) FROM passkeys k WHERE k.user_id = u.id),
            (SELECT max(s.seen_ms) FROM sessions s WHERE s.user_id = u.id)) AS last_ms) l
    WHERE u.disabled_ms IS NULL AND l.last_ms < $1 ORDER BY u.id LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class PeopleCheck:
    """Looks at roles."""

    users: Users
    policies: Policies
    kinds: ClassVar[frozenset[FindingKind]] = frozenset({FindingKind.MANY_ADMINS, FindingKind.MIXED_ROLES})

    async def look(self, tx: Tx, now_ms: int) -> Sequence[Seen]:
        """Administrators beyond ADMINS_MAX; an administrator who reads private things; an auditor who acts."""
        people = [one async for one in everybody(tx, self.users, self.policies)]
        admins = [one for one in people if Role.ADMIN in one.roles]
        seen = [_mixed(one) for one in people if _watches_oneself(one)]
        if len(admins) > ADMINS_MAX:
            params: dict[str, str | int] = {"admins": len(admins), "at_most": ADMINS_MAX}
            seen.append(
                Seen(kind=FindingKind.MANY_ADMINS, about="installation", severity=Severity.MEDIUM, params=params)
            )
        return seen


def _watches_oneself(one: Access) -> bool:
    return len(one.roles) > 1 and (Role.AUDITOR in one.roles or (Role.ADMIN in one.roles and one.reads_private))


def _mixed(one: Access) -> Seen:
    roles = ", ".join(sorted(one.roles))
    return Seen(
        kind=FindingKind.MIXED_ROLES,
        about=one.user,
        severity=Severity.MEDIUM,
        params={"login": one.login, "roles": roles},
    )


@dataclass(frozen=True, slots=True)
class IdleCheck:
    """Looks at when people were last here."""

    kinds: ClassVar[frozenset[FindingKind]] = frozenset({FindingKind.ACCOUNT_IDLE})

    async def look(self, tx: Tx, now_ms: int) -> Sequence[Seen]:
        """Accounts that may sign in and have not for IDLE_DAYS."""
        rows = await tx.fetch(_IDLE, now_ms - IDLE_DAYS * DAY_MS, KNOWN_MS, ROWS_MAX)
        return [
            Seen(
                kind=FindingKind.ACCOUNT_IDLE,
                about=row["id"],
                severity=Severity.MEDIUM,
                since_ms=row["last_ms"],
                params={"login": row["login"], "days": (now_ms - row["last_ms"]) // DAY_MS},
            )
            for row in rows
        ]
