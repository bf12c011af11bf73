"""`safehand ledger ...`: exits, verdict lines, warnings and JSON."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from safehand.cli.ledger import register
from safehand.ledger.checkpoint import SignedCheckpoint
from safehand.ledger.note import Note, parse_note
from safehand.ledger.places import LOG_FOLDER
from tests.ledger.logs import (
    a_fact,
    a_key,
    a_log,
    a_receipt,
    entries_for,
    plain_log,
    published,
    read_files,
    write_files,
)
from tests.ledger.serving import served
from tests.ledger.witness.scenes import a_cosigner

PROGRAM = """
import typer
from safehand.cli.ledger import register
app = typer.Typer()
register(app)
app()
"""
WARNING = "the signer is not authenticated"


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, object]:
        said = json.loads(self.out.splitlines()[-1])
        assert isinstance(said, dict)
        return said


def run(*arguments: object) -> Done:
    app = typer.Typer()
    register(app)
    done = CliRunner().invoke(app, ["ledger", *map(str, arguments)])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return Done(done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return a_log(tmp_path / "data" / LOG_FOLDER, 300)


@pytest.fixture
def vkey(tmp_path: Path) -> Path:
    (tmp_path / "trusted").write_text(f"{a_key().verifier}\n")
    return tmp_path / "trusted"


@pytest.fixture
def receipt(log: Path, tmp_path: Path) -> Path:
    path = tmp_path / "parcel.tlog-proof"
    path.write_bytes(a_receipt(log, 7))
    return path


def test_a_right_log_exits_0_with_size_and_root(log: Path, vkey: Path, receipt: Path) -> None:
    done = run("verify", log, "--vkey", vkey, "--receipt", receipt)

    root = (log / "checkpoint").read_text().split("\n")[2]
    assert (done.code, done.out, done.err) == (0, f"ok 300 {root}\n", "")


def test_a_process_of_its_own_says_the_same(log: Path, vkey: Path) -> None:
    """Progress would go to standard error, and goes nowhere if nobody looks at it."""
    command = [sys.executable, "-c", PROGRAM, "ledger", "verify", str(log), "--vkey", str(vkey)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert Done(done.returncode, done.stdout, done.stderr) == run("verify", log, "--vkey", vkey)


def test_without_a_trusted_key_it_warns(log: Path) -> None:
    done = run("verify", log)

    assert done.code == 0
    assert WARNING in done.err


def test_a_bad_log_exits_1_and_names_the_entry(log: Path, vkey: Path) -> None:
    bundle = log / "tile" / "entries" / "000"
    bundle.write_bytes(bundle.read_bytes().replace(b"7", b"8", 1))

    done = run("verify", log, "--vkey", vkey, "--json")

    assert done.code == 1
    assert done.out.startswith("bad entry 0: ")
    assert done.json == {
        "ok": False,
        "subject": "entry 0",
        "reason": "it is not the entry that tile/0/000 and the checkpoint vouch for",
        "authenticated": True,
    }


def test_the_last_line_of_json_says_it_all(log: Path, vkey: Path, receipt: Path) -> None:
    done = run("verify", log, "--json", "--vkey", vkey, "--receipt", receipt)

    root = (log / "checkpoint").read_text().split("\n")[2]
    proven = {
        "origin": a_key().name,
        "size": 300,
        "root": root,
        "entry": 7,
        "fact": json.loads(a_fact(7)),
        "authenticated": True,
        "cosigned": [],
    }
    assert done.json == {
        "ok": True,
        "origin": a_key().name,
        "size": 300,
        "root": root,
        "receipts": [proven],
        "authenticated": True,
    }


@pytest.mark.parametrize(
    "form", [("--receipt", "{0}", "--receipt", "{1}"), ("--receipt", "{0}", "{1}"), ("{0}", "{1}")]
)
def test_several_receipts_can_be_given(log: Path, vkey: Path, tmp_path: Path, form: tuple[str, ...]) -> None:
    files = [tmp_path / "one", tmp_path / "two"]
    for index, file in enumerate(files):
        file.write_bytes(a_receipt(log, index))
    given = [part.format(*files) for part in form]

    assert len(run("verify", log, "--vkey", vkey, "--json", *given).json["receipts"]) == 2  # type: ignore[arg-type]
    files[1].write_bytes(b"x")
    assert run("verify", log, "--vkey", vkey, *given).out.startswith(f"bad receipt {files[1]}: ")


def test_a_cut_log_exits_1_against_a_receipt(log: Path, vkey: Path, receipt: Path, tmp_path: Path) -> None:
    shorter = write_files(tmp_path / "shorter", plain_log(entries_for(299), a_key()))

    assert run("verify", shorter, "--vkey", vkey).code == 0
    done = run("verify", shorter, "--vkey", vkey, "--receipt", receipt)
    assert done.code == 1
    assert done.out == f"bad receipt {receipt}: it was given at 300 entries, the log ends at 299: it was cut\n"


def test_a_served_log_is_verified(vkey: Path) -> None:
    with served(plain_log(entries_for(300), a_key())) as site:
        done = run("verify", site.url, "--vkey", vkey)
    assert done.code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify", "{tmp}/nothing"),
        ("verify", "{tmp}"),
        ("verify", "http://127.0.0.1:1/log"),
        ("verify", "{log}", "--vkey", "{tmp}/nothing"),
        ("verify", "{log}", "--vkey", "{log}/checkpoint"),
        ("verify", "{log}", "--receipt", "{tmp}/nothing"),
        ("verify", "{log}", "--receipt", "{tmp}"),
        ("verify", "{log}", "--unknown"),
        ("verify",),
        ("export", "{tmp}/copy"),
        ("export", "{tmp}/copy", "--data", "{tmp}/nothing"),
        ("export", "{tmp}/copy", "--data", "{tmp}/data", "--url", "http://127.0.0.1:1/"),
        ("export", "{log}/checkpoint", "--data", "{tmp}/data"),
        ("export", "{tmp}", "--data", "{tmp}/data"),
        ("receipt", "verify", "{tmp}/nothing"),
        ("receipt", "verify", "{tmp}"),
        ("receipt", "verify"),
    ],
)
def test_unusable_input_exits_2(log: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    before = read_files(tmp_path)

    done = run(*(part.format(tmp=tmp_path, log=log) for part in arguments))

    assert (done.code, done.out) == (2, "")
    assert done.err
    assert read_files(tmp_path) == before


def test_unusable_input_is_said_in_json_too(tmp_path: Path) -> None:
    done = run("verify", tmp_path, "--json")

    assert done.code == 2
    assert done.json["ok"] is None


def test_an_export_of_an_installation_verifies(log: Path, vkey: Path, tmp_path: Path) -> None:
    done = run("export", tmp_path / "copy", "--data", log.parent, "--json")

    assert done.code == 0
    assert done.json["size"] == 300
    assert read_files(tmp_path / "copy") == plain_log(entries_for(300), a_key())
    assert run("verify", tmp_path / "copy", "--vkey", vkey).code == 0


def test_the_installation_may_be_named_by_the_environment(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAFEHAND_DATA", str(log.parent))

    assert run("export", tmp_path / "copy").code == 0
    assert run("export", tmp_path / "other", "--url", "http://127.0.0.1:1/log").code == 2


def test_an_export_into_another_history_exits_1(log: Path, tmp_path: Path) -> None:
    write_files(tmp_path / "copy", plain_log(entries_for(200, seed=9), a_key()))

    done = run("export", tmp_path / "copy", "--data", log.parent, "--json")

    assert done.code == 1
    assert done.out.startswith("bad checkpoint: the earlier export is of another history")
    assert done.json["ok"] is False


def test_a_right_receipt_exits_0_and_says_its_fact(receipt: Path, vkey: Path) -> None:
    done = run("receipt", "verify", receipt, "--vkey", vkey, "--json")

    lines = done.out.splitlines()
    assert done.code == 0
    assert lines[0].startswith("ok 300 ")
    assert lines[1:3] == ["entry 7", f"fact {a_fact(7).decode()}"]
    assert done.json["fact"] == json.loads(a_fact(7))
    assert done.json["authenticated"] is True
    assert done.err == ""


def test_a_receipt_without_a_trusted_key_warns(receipt: Path) -> None:
    done = run("receipt", "verify", receipt, "--json")

    assert done.code == 0
    assert WARNING in done.err
    assert done.json["authenticated"] is False


@pytest.mark.parametrize("trusted", [True, False])
def test_a_bad_receipt_exits_1(receipt: Path, vkey: Path, trusted: bool) -> None:
    receipt.write_bytes(receipt.read_bytes().replace(b"index 7", b"index 8"))

    done = run("receipt", "verify", receipt, "--json", *(["--vkey", vkey] if trusted else []))

    assert done.code == 1
    assert done.out.startswith(f"bad receipt {receipt}: ")
    assert done.json["ok"] is False


def test_help_tells_of_the_exits() -> None:
    said = run("verify", "--help").out

    assert "ok SIZE ROOT" in said
    assert "bad entry N" in said


@pytest.fixture
def cosigned(log: Path, tmp_path: Path) -> Path:
    """A receipt whose checkpoint one witness has cosigned."""
    signed = published(log)
    note = parse_note(signed.note)
    line = a_cosigner().cosign(note.text, 1_790_000_000)
    raw = Note(note.text, (*note.signatures, line)).encode()
    path = tmp_path / "cosigned.tlog-proof"
    path.write_bytes(a_receipt(log, 7, signed=SignedCheckpoint(signed.checkpoint, raw)))
    return path


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy"
    path.write_text(f"log {a_key().verifier}\nwitness w {a_cosigner().public}\nquorum w\n")
    return path


def test_a_receipt_says_who_cosigned_it_and_when(cosigned: Path, policy: Path) -> None:
    done = run("receipt", "verify", cosigned, "--policy", policy, "--json")

    assert done.code == 0
    assert WARNING not in done.err
    assert f"cosigned 2026-09-21T14:13:20Z {a_cosigner().public.name}\n" in done.out
    assert done.json["cosigned"] == [{"witness": a_cosigner().public.name, "at_s": 1_790_000_000}]
    assert done.json["authenticated"] is True


def test_a_receipt_without_its_quorum_exits_1(receipt: Path, policy: Path) -> None:
    done = run("receipt", "verify", receipt, "--policy", policy)

    assert (done.code, done.out) == (
        1,
        f"bad receipt {receipt}: cosigned by nobody, which is not the policy's quorum\n",
    )


def test_a_log_that_the_policy_does_not_name_exits_1(receipt: Path, policy: Path) -> None:
    policy.write_text(f"log {a_key('other.example/log').verifier}\nquorum none\n")
    done = run("receipt", "verify", receipt, "--policy", policy)

    assert done.code == 1
    assert "the policy knows no log" in done.out


def test_a_policy_that_is_none_exits_2(receipt: Path, policy: Path) -> None:
    policy.write_text("quorum\n")
    done = run("receipt", "verify", receipt, "--policy", policy)

    assert done.code == 2
    assert "line 1" in done.err
