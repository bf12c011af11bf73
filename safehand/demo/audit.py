"""The audit: the log is taken out of the system and verified with the key that was published before the day began."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from safehand.demo.book import Book
from safehand.demo.installation import Said, command
from safehand.demo.office import Desk
from safehand.demo.world import Box

RECEIPTS = 8


@dataclass(frozen=True, slots=True)
class Audited:
    """What an auditor found."""

    size: int
    verified: bool
    receipts: int


@dataclass(frozen=True, slots=True)
class Auditor:
    """Somebody who does not trust us: keeps the log's key, receipts and a copy of the log in folders of their own."""

    desk: Desk
    book: Book
    url: str
    folder: Path
    log: Path

    @property
    def vkey(self) -> Path:
        """The key as it was before anything had happened."""
        return self.folder / "vkey"

    async def pin_key(self) -> None:
        """Write the log's verifier key down."""
        self.vkey.write_bytes((await self.desk.line.ask("GET", "/log/vkey")).content)

    async def audit(self, boxes: Sequence[Box]) -> Audited:
        """Export the log, and verify it and the receipts of some boxes without asking the system any more."""
        exported = await command("ledger", "export", str(self.log), "--url", f"{self.url}/log", "--json")
        if not self._good("safehand ledger export", exported):
            return Audited(0, verified=False, receipts=0)
        files = [await self._receipt(box) for box in boxes[:RECEIPTS]]
        named = [word for file in files for word in ("--receipt", str(file))]
        verified = await command("ledger", "verify", str(self.log), "--vkey", str(self.vkey), *named, "--json")
        good = self._good("safehand ledger verify", verified)
        for file in files[:1]:  # as its holder would, with nothing but the file and the key
            alone = await command("ledger", "receipt", "verify", str(file), "--vkey", str(self.vkey), "--json")
            good &= self._good(f"safehand ledger receipt verify {file.name}", alone)
        size = verified.value.get("size", 0) if isinstance(verified.value, dict) else 0
        return Audited(int(size), verified=good, receipts=len(files))

    async def _receipt(self, box: Box) -> Path:
        receipt = await self.desk.line.ask("GET", f"/v1/parcels/{box.parcel}/receipt", auth=self.desk.dispatcher)
        file = self.folder / f"{box.tracking}.tlog-proof"
        file.write_bytes(receipt.content)
        return file

    def _good(self, what: str, said: Said) -> bool:
        self.book.check(said.status == 0, f"{what}: exit {said.status}, {said.value or said.errors}")
        return said.status == 0
