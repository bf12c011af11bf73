"""Who can see what: too many who may do everything, and roles that should watch each other in one person."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from safehand.audit.access import Access, everybody
from safehand.audit.model import FindingKind, Seen, Severity
from safehand.identity.model import Role
from safehand.identity.policy import Policies
from safehand.identity.users import Users
from safehand.store.database import Tx

ADMINS_MAX = 3


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
