"""Failed sign-ins: whose password is being guessed now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from safehand.audit.access import everybody
from safehand.audit.model import FindingKind, Seen, Severity
from safehand.identity.policy import Policies
from safehand.identity.throttle import PER_LOGIN, Charge
from safehand.identity.users import Users
from safehand.store.database import Tx


@dataclass(frozen=True, slots=True)
class SignInCheck:
    """Looks at the counts of failures, which know logins by their hash only."""

    users: Users
    policies: Policies
    kinds: ClassVar[frozenset[FindingKind]] = frozenset({FindingKind.SIGN_IN_GUESSED})

    async def look(self, tx: Tx, now_ms: int) -> Sequence[Seen]:
        """Logins with half of their failures or more used up at this moment."""
        people = {
            Charge.of("login", one.login, PER_LOGIN).subject: one
            async for one in everybody(tx, self.users, self.policies)
        }
        whole_ms = PER_LOGIN.burst * PER_LOGIN.interval_ms
        rows = await tx.fetch(
            "SELECT subject, drained_ms FROM throttles WHERE subject = ANY($1) AND drained_ms >= $2",
            list(people),
            now_ms + whole_ms // 2,
        )
        seen = []
        for row in rows:
            one = people[bytes(row["subject"])]
            failures = (row["drained_ms"] - now_ms) // PER_LOGIN.interval_ms
            severity = Severity.HIGH if failures >= PER_LOGIN.burst - 1 else Severity.MEDIUM
            params: dict[str, str | int] = {"login": one.login, "failures": failures}
            seen.append(Seen(kind=FindingKind.SIGN_IN_GUESSED, about=one.user, severity=severity, params=params))
        return seen
