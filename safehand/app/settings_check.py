"""The settings check: everything that an installation's settings name, looked at before it is started, or beside it."""

import os
import shutil
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from safehand.app.account import roles_account
from safehand.app.backup.keys import signer_of
from safehand.app.backup.place import Place
from safehand.app.provider import build_provider
from safehand.app.readiness import DISK_FREE_BYTES_MIN
from safehand.app.schema_versions import refuse_if_unfit
from safehand.app.server_certificate import CertificateUnusable, ServerCertificate, expiry, named_hosts
from safehand.app.settings import Settings, transport_worries
from safehand.app.telling import explained
from safehand.bus.stream import NatsBus
from safehand.custody import statements
from safehand.kernel.catalogue import Catalogue
from safehand.kernel.clock import SystemClock
from safehand.kernel.errors import SafehandError
from safehand.ledger import ledger
from safehand.store.database import Store
from safehand.store.safety import refuse_if_unsafe

EXPIRES_SOON = timedelta(days=14)
STREAM_WITHIN_S = 3.0
OTHERS = 0o077
KEYS_MAX = 1_000
NAMED = (
    "tls_certificate",
    "tls_key",
    "nats_authority",
    "witness_policy",
    "tsa_certificate",
    "kms_token_file",
    "oidc_secret_file",
)
"""Settings that name a file which the roles read."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was looked at. `trouble` is empty where it is in order."""

    what: str
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class SettingsCheck:
    """Looks at what the settings name. It changes nothing."""

    settings: Settings
    words: Catalogue

    async def look(self) -> list[Checked]:
        """Everything, in the order in which a start would need it."""
        looks: list[tuple[str, Callable[[], Awaitable[str]]]] = [
            ("data folder", self._folder),
            ("private keys", self._keys),
            ("clear text", self._transport),
            ("certificate", self._certificate),
            ("database", self._database),
            ("stream", self._stream),
            ("witness policy", self._policy),
            ("provider", self._provider),
            ("backup folder", self._backup),
            ("named files", self._named),
        ]
        found = []
        for what, look in looks:
            try:
                found.append(Checked(what, await look()))
            except SafehandError as error:
                found.append(Checked(what, explained(self.words, error).replace("\n ", "")))
            except OSError as error:
                found.append(Checked(what, f"{error.filename or 'the system'}: {error.strerror}"))
        return found

    async def _folder(self) -> str:
        folder = self.settings.data
        if folder.stat().st_mode & stat.S_IWOTH:
            return f"{folder} can be written by everybody"
        free = shutil.disk_usage(folder).free
        return f"{folder} has {free} bytes left" if free < DISK_FREE_BYTES_MIN else ""

    async def _keys(self) -> str:
        folder = self.settings.keys_folder
        if not folder.exists():
            return ""  # the first start makes it
        paths = [folder, *sorted(folder.rglob("*"))[:KEYS_MAX]]
        open_to_others = [str(path) for path in paths if path.suffix != ".vkey" and path.stat().st_mode & OTHERS]
        return f"others may reach {', '.join(open_to_others[:3])}" if open_to_others else ""

    async def _transport(self) -> str:
        return "; ".join(str(worry.params["why"]) for worry in transport_worries(self.settings))

    async def _certificate(self) -> str:
        settings = self.settings
        if settings.tls_certificate is None or settings.tls_key is None:
            return ""
        ServerCertificate(settings.tls_certificate, settings.tls_key)
        left = expiry(settings.tls_certificate) - datetime.now(UTC)
        if left < EXPIRES_SOON:
            return f"it ends in {left.days} days"
        host = urlsplit(settings.origin).hostname or ""
        names = named_hosts(settings.tls_certificate)
        if host not in names and f"*.{host.partition('.')[2]}" not in names:
            raise CertificateUnusable(str(settings.tls_certificate), f"it is not for {host}")
        return ""

    async def _database(self) -> str:
        store = Store(self.settings.database_url, name="safehand check", pool_max=1)
        try:
            await refuse_if_unfit(store)
            await refuse_if_unsafe(store, (*ledger.APPEND_ONLY, *statements.APPEND_ONLY))
        finally:
            await store.close()
        return ""

    async def _stream(self) -> str:
        if self.settings.nats_url is None:
            return ""
        async with NatsBus(self.settings.nats_url, self.settings.nats_authority) as bus:
            if await bus.wait_healthy(STREAM_WITHIN_S):
                return ""
            return f"it does not answer as the settings say{f' ({bus.trouble})' if bus.trouble else ''}"

    async def _provider(self) -> str:
        provider = build_provider(self.settings, SystemClock())
        if provider is not None:
            async with provider.client:
                await provider.description()
        return ""

    async def _backup(self) -> str:
        folder = self.settings.backup_folder
        if folder is None:
            return ""
        Place(folder).require(signer_of(self.settings.keys_folder).verifier)
        account = roles_account(os.environ, make=False)
        return f"the account {account.name} may not write {folder}" if account and not account.may("w", folder) else ""

    async def _named(self) -> str:
        account = roles_account(os.environ, make=False)
        paths = [path for name in NAMED if (path := getattr(self.settings, name)) is not None and path.exists()]
        closed = [str(path) for path in paths if account is not None and not account.may("r", path)]
        return f"the account {account.name} may not read {', '.join(closed)}" if account and closed else ""

    async def _policy(self) -> str:
        if self.settings.witness_policy is None:
            return ""
        with self.settings.witness_policy.open("rb") as file:
            return "" if file.read(1) else f"{self.settings.witness_policy} is empty"
