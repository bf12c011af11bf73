"""Somebody outside who trusts nobody: keeps every checkpoint ever served and some receipts, and compares in the end."""

import asyncio
import base64
import hashlib
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from safehand.demo.installation import command
from safehand.ledger.checkpoint import open_checkpoint
from safehand.ledger.note import VerifierKey
from safehand.ledger.receipt import verify_receipt
from tests.faults.load import Load
from tests.faults.machine import Machine, until
from tests.faults.reckoning import reckon

LOOK_EVERY_S = 0.1
RECEIPT_S = 60.0


@dataclass
class Outsider:
    """Holds what was served, in a folder that the installation knows nothing of."""

    url: str
    folder: Path
    key: VerifierKey
    roots: dict[int, bytes] = field(default_factory=dict)
    """The root of every size that a signed checkpoint named."""
    receipts: list[Path] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)

    @property
    def vkey(self) -> Path:
        return self.folder / "vkey"

    async def watch(self) -> None:
        """Read the checkpoint again and again; a server that is away is no surprise, a log that shrinks is."""
        async with httpx.AsyncClient(base_url=self.url, timeout=30, trust_env=False) as http:
            while True:
                with suppress(httpx.TransportError):
                    answer = await http.get("/log/checkpoint")
                    if answer.status_code == 200:
                        self._keep(answer.content)
                    elif answer.status_code != 503:
                        self.surprises.append(f"/log/checkpoint: {answer.status_code} {answer.text[:200]}")
                await asyncio.sleep(LOOK_EVERY_S)

    def _keep(self, note: bytes) -> None:
        signed = open_checkpoint(note, self.key)
        newest = max(self.roots, default=0)
        if signed.size < newest:
            self.surprises.append(f"the log shrank from {newest} to {signed.size}")
        if self.roots.setdefault(signed.size, signed.root) != signed.root:
            self.surprises.append(f"two roots for size {signed.size}")

    async def fetch_receipt(self, load: Load, chance: random.Random) -> None:
        """Ask for the receipt of some parcel's newest fact, check it alone, and keep it."""
        parcel = chance.choice(load.parcels).parcel
        found: list[bytes] = []

        async def fetched() -> bool:
            with suppress(httpx.TransportError):
                answer = await load.line.http.get(f"/v1/parcels/{parcel}/receipt", auth=load.desk.dispatcher)
                assert answer.status_code in {200, 503}, answer.text
                found.extend([answer.content] if answer.status_code == 200 else [])
            return bool(found)

        await until(fetched, RECEIPT_S, f"the receipt of {parcel}")
        verified = verify_receipt(found[0], self.key)
        assert parcel.encode() in verified.fact
        file = self.folder / f"{len(self.receipts)}.tlog-proof"
        file.write_bytes(found[0])
        self.receipts.append(file)

    async def verify(self, log: str) -> int:
        """`safehand ledger verify` with the key of the first hour and every receipt; the size of the log."""
        named = [word for file in self.receipts for word in ("--receipt", str(file))]
        said = await command("ledger", "verify", log, "--vkey", str(self.vkey), *named, "--json")
        assert said.status == 0, (said.value, said.errors)
        assert said.value["authenticated"] is True
        assert len(said.value["receipts"]) == len(self.receipts)
        return int(said.value["size"])

    async def agrees(self, machine: Machine, load: Load, log: str) -> None:
        """Once all is told: the log there is the database's, and nothing that was ever shown contradicts it."""
        await load.finish()
        entries = await reckon(machine, load)
        size = await self.verify(log)
        assert size == len(entries)
        assert self.surprises == []
        assert self.contradictions(entries) == []

    def contradictions(self, facts: Sequence[tuple[bytes, bytes]]) -> list[str]:
        """The checkpoints seen that are not the beginning of the log of these (salt, fact) pairs."""
        growing = {size: root for size, root in roots(facts) if size in self.roots}
        return [
            f"size {size}: {base64.b64encode(root).decode()}"
            for size, root in self.roots.items()
            if growing.get(size) != root
        ]


@asynccontextmanager
async def watched(url: str, folder: Path) -> AsyncIterator[Outsider]:
    """An outsider who read the log's key before anything happened, and looks until this is left."""
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:

        async def served() -> bool:
            return (await http.get("/log/vkey")).status_code == 200

        await until(served, RECEIPT_S, "the log's key")
        vkey = (await http.get("/log/vkey")).content
    outsider = Outsider(url, folder, VerifierKey.parse(vkey.decode().strip()))
    outsider.vkey.write_bytes(vkey)
    watching = asyncio.create_task(outsider.watch())
    try:
        yield outsider
    finally:
        watching.cancel()
        ended = (await asyncio.gather(watching, return_exceptions=True))[0]
    assert isinstance(ended, asyncio.CancelledError), ended


def roots(facts: Sequence[tuple[bytes, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Every size and its root, computed here from docs/protocol.md's words alone, not by the code under test."""
    yield 0, hashlib.sha256().digest()
    complete: list[tuple[int, bytes]] = []  # the complete subtrees at the right edge: height and hash
    for size, (salt, fact) in enumerate(facts, 1):
        entry = b"safehand/entry/v1\n" + hashlib.sha256(salt + fact).hexdigest().encode() + b"\n"
        height, node = 0, hashlib.sha256(b"\0" + entry).digest()
        while complete and complete[-1][0] == height:
            height, node = height + 1, hashlib.sha256(b"\1" + complete.pop()[1] + node).digest()
        complete.append((height, node))
        root = node
        for _, left in reversed(complete[:-1]):
            root = hashlib.sha256(b"\1" + left + root).digest()
        yield size, root
