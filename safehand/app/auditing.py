"""The audit of an installation: every check, built from what it looks at."""

from functools import partial

from safehand.app.backup.standing import standing
from safehand.app.data_folder import DataFolder
from safehand.app.identifying import Identity
from safehand.app.settings import VARIABLES, Settings, transport_worries
from safehand.audit.checks.backups import BackupCheck
from safehand.audit.checks.calls import CallsCheck
from safehand.audit.checks.components import ComponentsCheck, installed_components
from safehand.audit.checks.credentials import DevicesCheck, KeysCheck
from safehand.audit.checks.deployment import Deployment, DeploymentCheck
from safehand.audit.checks.jobs import JobsCheck
from safehand.audit.checks.people import IdleCheck, PeopleCheck
from safehand.audit.checks.sign_ins import SignInCheck
from safehand.audit.checks.witnesses import LogCheck, WitnessCheck
from safehand.audit.commands import AuditDesk
from safehand.audit.model import FindingKind
from safehand.audit.ports import Check
from safehand.kernel.clock import Clock
from safehand.ledger.note import VerifierKey
from safehand.ledger.witness.asking import Witnesses
from safehand.privacy.overdue import OverdueCheck
from safehand.privacy.retention import Retention
from safehand.store.database import Store

NEVER_CHOSEN = ("log_name", "company_prefix")


def build_audit(
    settings: Settings,
    store: Store,
    clock: Clock,
    *,
    identity: Identity,
    verifier: VerifierKey,
    witnesses: Witnesses | None,
    retention: Retention,
) -> AuditDesk:
    """The desk with all its checks."""
    users, policies = identity.users, identity.guard.policies
    checks: list[Check] = [
        PeopleCheck(users, policies),
        IdleCheck(),
        KeysCheck(),
        DevicesCheck(),
        DeploymentCheck(deployment(settings)),
        SignInCheck(users, policies),
        CallsCheck(users, policies),
        JobsCheck(),
        OverdueCheck(retention),
        LogCheck(),
        ComponentsCheck(settings.advisories, installed_components),
    ]
    if (DataFolder(settings.data).postgres / "cluster").is_dir():  # another database is backed up by means of its own
        checks.append(BackupCheck(partial(standing, settings)))
    if witnesses is not None:
        checks.append(WitnessCheck(settings.log_folder, verifier, witnesses.policy))
    return AuditDesk(store, clock, checks)


IN_CLEAR = {
    "SAFEHAND_HOST": FindingKind.CLEAR_TEXT,
    "SAFEHAND_ORIGIN": FindingKind.CLEAR_TEXT,
    VARIABLES["database_url"]: FindingKind.DATABASE_CLEAR_TEXT,
    VARIABLES["nats_url"]: FindingKind.STREAM_CLEAR_TEXT,
}
"""What is found where a setting lets something leave this machine in clear text."""


def deployment(settings: Settings) -> Deployment:
    """What of the settings can be unsafe."""
    return Deployment(
        origin=settings.origin,
        in_clear=frozenset(IN_CLEAR[str(worry.params["setting"])] for worry in transport_worries(settings)),
        log_name=settings.log_name,
        company_prefix=settings.company_prefix,
        defaults=frozenset(str(Settings.__dataclass_fields__[name].default) for name in NEVER_CHOSEN),
        keys_folder=settings.keys_folder,
        witnessed=settings.witness_policy is not None,
    )
