"""A receipt: how long somebody waits who checks one offline, from the command to its end."""

import subprocess
import sys
import tempfile
from pathlib import Path

from bench.measure import Measure, best_s
from safehand.ledger.entry import entry_of
from safehand.ledger.publication import LogWriter
from safehand.ledger.receipt import make_receipt
from safehand.ledger.signing import load_or_create_key
from safehand.ledger.source import read_nodes

ENTRIES = 5_000
WHOLE_MS_MAX = 200
FACT = b'{"at_ms":1790000000000,"name":"parcel.observed.v1","parcel":"pcl_bench","state":"sorted"}'


def checking() -> Measure:
    """`safehand ledger receipt verify` as a whole process, against a Python that only loads the signature's library."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = load_or_create_key(folder / "key", "bench.example/log")
        entries = [entry_of(number.to_bytes(32), FACT) for number in range(ENTRIES)]
        with LogWriter.open(folder / "log", key) as writer:
            writer.extend(0, entries)
            signed = writer.publish()
        index = ENTRIES // 2
        receipt = make_receipt(FACT, index.to_bytes(32), index, signed, read_nodes(folder / "log", ENTRIES))
        (folder / "receipt").write_bytes(receipt)
        (folder / "vkey").write_text(f"{key.verifier}\n")
        command = ["-m", "safehand.cli.main", "ledger", "receipt", "verify", str(folder / "receipt")]

        def run(*words: str) -> None:
            subprocess.run([sys.executable, *words], check=True, capture_output=True)

        bare = best_s(lambda: run("-c", "import cryptography.hazmat.primitives.asymmetric.ed25519"), 15)
        whole = best_s(lambda: run(*command, "--vkey", str(folder / "vkey")), 15)
    return Measure(
        subject="checking a receipt, whole process",
        value=whole * 1000,
        unit="ms",
        must="at most",
        bound=WHOLE_MS_MAX,
        floor="Python that loads Ed25519 and ends",
        detail=f"{bare * 1000:.0f} ms bare, {whole / bare:.1f} times that",
    )
