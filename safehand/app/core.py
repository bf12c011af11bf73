"""`python -m safehand.app.core`: the core role's own process. Its settings come from the environment."""

import os
import sys
from contextlib import nullcontext

import structlog
import uvloop

from safehand.app.logs import write_logs
from safehand.app.roles import run_core
from safehand.app.schema_versions import SchemaNewer, SchemaOlder
from safehand.app.server_certificate import CertificateUnusable
from safehand.app.settings import BadSetting, Settings, read_settings
from safehand.app.supervisor import UNUSABLE
from safehand.app.telling import explained, tell
from safehand.app.transport import ClearText
from safehand.bus.notices import LocalBus
from safehand.bus.stream import NatsBus
from safehand.kernel.catalogue import DEFAULT_LANGUAGE, load_catalogue
from safehand.kernel.errors import SafehandError
from safehand.ledger.errors import KeyRefused
from safehand.privacy.errors import JournalBehind, JournalUnusable
from safehand.store.errors import StartRefused, UnsafeStore
from safehand.vault.errors import KeyServiceRefused, MasterKeyExposed, MasterKeyUnusable, WrongMasterKey

HOPELESS = (
    BadSetting,
    CertificateUnusable,
    ClearText,
    KeyRefused,
    SchemaNewer,
    SchemaOlder,
    WrongMasterKey,
    MasterKeyExposed,
    MasterKeyUnusable,
    KeyServiceRefused,
    JournalBehind,
    JournalUnusable,
    StartRefused,
    UnsafeStore,
)
"""What starting again will not mend."""


def main() -> int:
    """Serve until told to stop; the exit status."""
    write_logs()
    try:
        uvloop.run(_serve(read_settings(os.environ)))
    except HOPELESS as error:
        tell(explained(load_catalogue(DEFAULT_LANGUAGE), error))
        return UNUSABLE
    except SafehandError as error:
        structlog.get_logger().error("core.ended", code=error.code, error=str(error))
        return 1
    return 0


async def _serve(settings: Settings) -> None:
    bus = NatsBus(settings.nats_url, settings.nats_authority) if settings.nats_url else LocalBus()
    async with bus if isinstance(bus, NatsBus) else nullcontext():
        await run_core(settings, bus)


if __name__ == "__main__":
    sys.exit(main())
