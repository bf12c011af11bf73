"""Settling: what a restored database is asked, and made to do, while it runs and nobody is served yet."""

import asyncio
from dataclasses import dataclass, field

from safehand.app.backup.agreement import Agreement, agree
from safehand.app.backup.manifest import Manifest
from safehand.app.data_folder import DataFolder
from safehand.app.installation import opened
from safehand.app.settings import read_settings
from safehand.bus.notices import LocalBus


@dataclass(slots=True)
class Settling:
    """Opens the restored installation once, with its own keys: what does not fit together shows now."""

    folder: DataFolder
    agreement: Agreement = field(default_factory=lambda: Agreement(0, 0, ""), init=False)

    def settle(self, base: Manifest) -> None:
        """Hold the database against the log.

        Errors
            WrongMasterKey, KeyRefused    the keys are of another installation.
            EntryContradicted, LogForked  database and log tell two histories.
        """
        asyncio.run(self._settle(base))

    async def _settle(self, base: Manifest) -> None:
        settings = read_settings(
            {}, data=self.folder.path, database_url=self.folder.database_url(), log_name=base.log_name
        )
        async with opened(settings, LocalBus()) as here:
            self.agreement = await agree(here.store, here.ledger, settings.log_folder, here.log_key)
