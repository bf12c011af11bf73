"""An installation's identity on a real database, and a desk that looks with the checks a test is about."""

from dataclasses import dataclass, field
from pathlib import Path

from safehand.audit.checks.deployment import Deployment
from safehand.audit.commands import AuditDesk
from safehand.audit.model import DAY_MS, FindingKind, Seen, Severity
from safehand.audit.ports import Check
from safehand.kernel.errors import Invalid
from safehand.store.database import Tx
from tests.identity.office import Office


class CannotLook(Invalid):
    """What a check says that cannot look."""

    code = "app.field_invalid"


@dataclass
class Planted:
    """A check that sees what a test plants; `broken` lets it see nothing at all."""

    seen: list[Seen] = field(default_factory=list)
    broken: bool = False
    kinds = frozenset({FindingKind.KEY_OLD, FindingKind.KEY_UNUSED})

    async def look(self, tx: Tx, now_ms: int) -> list[Seen]:
        """What is planted now."""
        if self.broken:
            raise CannotLook()
        return self.seen


def an_old_key(about: str = "key_1", severity: Severity = Severity.MEDIUM, days: int = 400) -> Seen:
    params: dict[str, str | int] = {"label": "till", "merchant": "Kirjakauppa", "days": days}
    return Seen(kind=FindingKind.KEY_OLD, about=about, severity=severity, params=params)


def a_desk(office: Office, *checks: Check) -> AuditDesk:
    return AuditDesk(office.store, office.clock, checks)


async def seen_by(office: Office, check: Check) -> list[Seen]:
    """What a check sees now."""
    async with office.store.transaction(readonly=True) as tx:
        return list(await check.look(tx, office.clock.now_ms()))


def a_deployment(keys: Path, **changes: object) -> Deployment:
    """Everything as it should be."""
    keys.mkdir(mode=0o700, exist_ok=True)
    asked: dict[str, object] = {
        "origin": "https://parcels.example",
        "in_clear": frozenset(),
        "log_name": "parcels.example/log",
        "company_prefix": "6412345",
        "defaults": frozenset({"safehand.local/log", "6400001"}),
        "keys_folder": keys,
        "witnessed": True,
    }
    return Deployment(**(asked | changes))  # type: ignore[arg-type]  # each is what it is called


__all__ = ["DAY_MS", "Planted", "a_deployment", "a_desk", "an_old_key", "seen_by"]
