"""An older copy of the database is put back for real: nothing is signed, and the way of docs/operations.md leads on.

Witnesses look at both logs all the while, and vouch for one history of each.
"""

import html
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from safehand.demo.book import Book
from safehand.demo.installation import command
from safehand.demo.line import Line, open_line
from safehand.demo.office import Desk, Merchant, open_office
from safehand.kernel.clock import SystemClock
from safehand.ledger.checkpoint import SignedCheckpoint, open_checkpoint
from safehand.ledger.merkle import consistency_proof
from safehand.ledger.note import VerifierKey
from safehand.ledger.places import log_folder
from safehand.ledger.receipt import Verified, verify_receipt
from safehand.ledger.signing import load_or_create_key
from safehand.ledger.source import read_nodes
from safehand.ledger.witness.policy import parse_policy
from safehand.ledger.witness.request import AddCheckpoint
from tests.faults.machine import Machine, a_machine, until
from tests.installations import RECIPIENT
from tests.ledger.logs import a_log
from tests.ledger.witness.running import RunningWitness, a_running_witness
from tests.servers import scratch_folder

OLD, NEW = "safehand.local/log", "safehand.local/log-2026"
PATIENCE_S = 90.0


@dataclass
class Carrier:
    """A machine that ships parcels, and what a customer of it keeps."""

    machine: Machine
    desk: Desk
    merchant: Merchant
    folder: Path
    shipped: int = 0
    receipts: list[Path] = field(default_factory=list)

    async def ship(self, count: int) -> list[str]:
        """So many shipments of one parcel each; their parcels."""
        parcels = []
        for _ in range(count):
            self.shipped += 1
            body = {"service": "standard", "recipient": RECIPIENT, "parcels": [{"weight_g": 900}]}
            name = f"shipment-{self.shipped}"
            made = await self.desk.line.post("/v1/shipments", body, auth=self.merchant.key, idempotency_key=name)
            parcels.append(made["parcels"][0]["parcel"])
        return parcels

    async def keep(self, parcel: str) -> Path:
        """Wait for the parcel's receipt, and keep it."""
        found: list[bytes] = []

        async def fetched() -> bool:
            with suppress(httpx.TransportError):
                answer = await self.desk.line.http.get(f"/v1/parcels/{parcel}/receipt", auth=self.desk.dispatcher)
                assert answer.status_code in {200, 503}, answer.text
                found.extend([answer.content] if answer.status_code == 200 else [])
            return bool(found)

        await until(fetched, PATIENCE_S, f"the receipt of {parcel}")
        path = self.folder / f"{len(self.receipts)}.tlog-proof"
        path.write_bytes(found[0])
        self.receipts.append(path)
        return path

    async def restart(self, **settings: str) -> None:
        """Down, and up again, with more in its environment."""
        self.machine.down()
        self.machine.settings |= settings
        self.machine.up()
        await self.machine.whole()


@asynccontextmanager
async def a_carrier(folder: Path) -> AsyncIterator[Carrier]:
    with a_machine(folder / "data") as machine:
        await machine.whole()
        line: Line
        async with open_line(machine.url) as line:
            desk = await open_office(line, await machine.setup_token(), SystemClock(), Book())
            yield Carrier(machine, desk, (await desk.merchants())[0], folder)


def a_policy(path: Path, witness: RunningWitness) -> str:
    path.write_text(f"witness w {witness.key} {witness.url}\nquorum w\n")
    return str(path)


async def served_key(machine: Machine) -> VerifierKey:
    async with httpx.AsyncClient(base_url=machine.url, trust_env=False) as http:

        async def there() -> bool:
            return (await http.get("/log/vkey")).status_code == 200

        await until(there, PATIENCE_S, "the log's key")
        return VerifierKey.parse((await http.get("/log/vkey")).text.strip())


def signed_in(folder: Path, key: VerifierKey) -> SignedCheckpoint:
    return open_checkpoint((folder / "checkpoint").read_bytes(), key)


def cosigned(receipt: Path, key: VerifierKey, policy: str) -> Verified:
    return verify_receipt(receipt.read_bytes(), key, parse_policy(Path(policy).read_bytes()))


def copied(cluster: Path, copy: Path) -> None:
    """A backup of the database, taken while nothing runs, so that it is whole; owners and modes with it."""
    subprocess.run(["cp", "-a", str(cluster), str(copy)], check=True)


def status_of(witness: RunningWitness, body: bytes) -> int:
    return httpx.post(f"{witness.url}/add-checkpoint", content=body, trust_env=False).status_code


@pytest.mark.faults
@pytest.mark.timeout(900)
async def test_a_database_put_back_signs_nothing_and_the_documented_way_leads_on(tmp_path: Path) -> None:
    with scratch_folder(on_disk=True) as folder:
        async with a_carrier(folder) as carrier:
            machine, data = carrier.machine, carrier.machine.data
            cluster, copy, state = data / "postgres" / "cluster", folder / "older", tmp_path / "witness"
            old_key = await served_key(machine)
            (tmp_path / "old.vkey").write_text(f"{old_key}\n")
            with a_running_witness(state, [old_key]) as witness:
                old_policy = a_policy(tmp_path / "old.policy", witness)
                await carrier.restart(SAFEHAND_WITNESS_POLICY=old_policy)
                kept = await carrier.ship(3)
                early = await carrier.keep(kept[-1])

                machine.down()
                copied(cluster, copy)
                machine.up()
                await machine.whole()
                lost = await carrier.ship(4)
                late = await carrier.keep(lost[-1])

                machine.down()
                ended = signed_in(data / "ledger", old_key)
                shutil.rmtree(cluster)
                copy.rename(cluster)
                machine.up()
                await machine.whole()
                gone = await carrier.desk.line.http.get(f"/v1/parcels/{lost[-1]}", auth=carrier.desk.dispatcher)
                assert gone.status_code == 404, "the older copy must not know it"

                await carrier.ship(12)  # custody goes on, and the database soon has more than the log

                async def refused() -> bool:
                    return machine.words.count("ledger.log_ahead") > 0

                await until(refused, PATIENCE_S, "the refusal")
                await carrier.restart()
                assert signed_in(data / "ledger", old_key) == ended, "nothing was signed"

                await declared(data, ended)
                machine.down()
                witness.process.terminate()
                witness.process.wait()

            new_key = VerifierKey.parse((log_folder(data, NEW) / "vkey").read_text().strip())
            (tmp_path / "new.vkey").write_text(f"{new_key}\n")
            with a_running_witness(state, [old_key, new_key]) as witness:
                new_policy = a_policy(tmp_path / "new.policy", witness)
                machine.up()  # as it was started before: the old name still refuses
                await machine.whole()
                assert signed_in(data / "ledger", old_key) == ended
                await carrier.restart(SAFEHAND_LOG_NAME=NEW, SAFEHAND_WITNESS_POLICY=new_policy)
                fresh = await carrier.keep((await carrier.ship(1))[0])
                again = await carrier.keep(kept[-1])

                assert cosigned(fresh, new_key, new_policy).checkpoint.origin == NEW
                assert cosigned(again, new_key, new_policy).fact == cosigned(early, old_key, old_policy).fact
                assert cosigned(late, old_key, old_policy).checkpoint.origin == OLD
                await both_logs_verify(machine, tmp_path, [early, late], [fresh, again])
                await the_page_knows_both_logs(machine, early, late, fresh)
                another_history_is_never_cosigned(tmp_path, data, witness, ended)


async def declared(data: Path, ended: SignedCheckpoint) -> None:
    """Look at the gap, and declare the next log; twice, as somebody does who is not sure."""
    gap = await command("admin", "log", "gap", "--data", str(data), "--json")
    assert gap.status == 0, gap.errors
    assert gap.value["size"] == ended.size
    assert 0 < gap.value["same"] < ended.size
    for _ in range(2):
        said = await command("admin", "log", "declare", NEW, "--data", str(data), "--json")
        assert said.status == 0, said.errors
        assert said.value == {"name": NEW, "after": OLD, "size": ended.size, "same": gap.value["same"]}


async def both_logs_verify(machine: Machine, folder: Path, old: list[Path], new: list[Path]) -> None:
    """Each with its own key and receipts, and the new one against the old one's kept files."""
    kept = str(machine.data / "ledger")
    after = ("--predecessor", kept)
    for place, vkey, receipts, more in (
        (kept, "old.vkey", old, ()),
        (f"{machine.url}/log", "new.vkey", new, after),
    ):
        held = [word for receipt in receipts for word in ("--receipt", str(receipt))]
        said = await command("ledger", "verify", place, "--vkey", str(folder / vkey), *held, *more, "--json")
        assert said.status == 0, (said.value, said.errors)
        assert len(said.value["receipts"]) == len(receipts)
    assert said.value["predecessor"]["origin"] == OLD


def another_history_is_never_cosigned(
    folder: Path, data: Path, witness: RunningWitness, ended: SignedCheckpoint
) -> None:
    """What a carrier in a hurry would do: go on under the old name, by the old key, with other entries."""
    key = load_or_create_key(data / "keys" / "log.key", OLD)
    other = a_log(folder / "forged", ended.size + 5, key=key)
    forged = signed_in(other, key.verifier)
    proof = consistency_proof(ended.size, forged.size, read_nodes(other, forged.size))

    asked = AddCheckpoint(ended.size, tuple(proof), forged.note).encode()
    from_nothing = AddCheckpoint(0, (), forged.note).encode()

    assert [status_of(witness, body) for body in (asked, from_nothing)] == [422, 409]


async def the_page_knows_both_logs(machine: Machine, repeated: Path, lost: Path, fresh: Path) -> None:
    """Whoever holds a receipt of the log that is over is told what became of it, and is no stranger."""
    async with httpx.AsyncClient(base_url=machine.url, trust_env=False, headers={"Accept-Language": "en"}) as http:
        pages = [
            html.unescape((await http.post("/verify", data={"receipt": receipt.read_text()})).text)
            for receipt in (repeated, lost, fresh)
        ]
    assert all("The receipt holds" in page for page in pages)
    assert ["declared over" in page for page in pages] == [True, True, False]
    assert "this one among them" in pages[0]
    assert "does not repeat this entry" in pages[1]
