"""Timestamps by an authority that really signs: kept where they are right, and a lie is never kept."""

import hashlib
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from safehand.cli.main import build
from safehand.kernel.clock import HandClock, SystemClock
from safehand.ledger.source import FolderSource
from safehand.ledger.stamp import STAMPED_PATH, TOKEN_BYTES_MAX, TOKEN_PATH
from safehand.ledger.succession import Succession
from safehand.ledger.timestamps import (
    BadTimestamp,
    Timestamps,
    check_history,
    check_timestamp,
    parse_certificates,
    read_stamped,
)
from safehand.ledger.witness.asking import a_client
from tests.ledger.authority import NAME, Authority, a_served_authority, an_authority
from tests.ledger.logs import a_key, a_log, published

KEYS = Succession(a_key().verifier)


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    with a_served_authority(tmp_path / "authority") as running:
        yield running


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return a_log(tmp_path / "log", 300)


@asynccontextmanager
async def stamping(authority: Authority, log: Path, **changes: object) -> AsyncIterator[Timestamps]:
    given: dict[str, object] = {"clock": SystemClock(), "every_s": 0.0, "again_s": 0.0} | changes
    async with a_client() as client:
        yield Timestamps(log, "checkpoint", KEYS, authority.url, (authority.root,), client, **given)  # type: ignore[arg-type]


async def test_a_checkpoint_is_stamped_checked_and_kept_once(authority: Authority, log: Path) -> None:
    async with stamping(authority, log) as stamps:
        assert [await stamps.run_once() for _ in range(3)] == [1, 0, 0]
        assert stamps.trouble == ""
        a_log(log, 310)
        assert await stamps.run_once() == 1

    stamped = read_stamped(FolderSource(log), KEYS, [authority.root])
    assert stamped is not None
    assert (stamped.signed.size, stamped.by) == (310, NAME)
    assert abs(stamped.at - datetime.now(UTC)) < timedelta(minutes=2)
    assert len(authority.questions) == 2
    assert authority.questions[0] != authority.questions[1]


async def test_other_peoples_tools_check_it_too(authority: Authority, log: Path) -> None:
    async with stamping(authority, log) as stamps:
        await stamps.run_once()
    words = [
        "-in",
        str(log / TOKEN_PATH),
        "-data",
        str(log / STAMPED_PATH),
        "-CAfile",
        str(authority.folder / "root.pem"),
    ]

    said = subprocess.run(["openssl", "ts", "-verify", *words], capture_output=True, text=True, check=False)  # noqa: ASYNC221

    assert (said.returncode, said.stdout.strip()) == (0, "Verification: OK"), said.stderr


async def test_it_waits_between_two_and_goes_on_after_a_restart(authority: Authority, log: Path) -> None:
    async with stamping(authority, log, every_s=3600.0) as stamps:
        assert await stamps.run_once() == 1
        a_log(log, 310)
        assert await stamps.run_once() == 0
    async with stamping(authority, log) as again:
        assert again.newest is None
        assert await again.run_once() == 1


async def test_nothing_signed_is_nothing_to_stamp(authority: Authority, tmp_path: Path) -> None:
    async with stamping(authority, tmp_path / "nothing") as stamps:
        assert await stamps.run_once() == 0
    assert authority.questions == []


def lies(log: Path, authority: Authority, other: Authority) -> dict[str, tuple[object, str]]:
    """What an authority may answer instead, and what is said of it."""
    old = authority.stamp(b"something else")
    digest = hashlib.sha256((log / "checkpoint").read_bytes()).digest()
    kind = "application/timestamp-reply"
    return {
        "an answer to another question": (lambda _: (200, kind, old), "Nonce mismatch"),
        "another authority's": (other.honest, "verifying certificates"),
        "other bytes": (lambda question: authority.honest(question.replace(digest, bytes(32))), "Mismatch"),
        "a bit": (lambda question: (200, kind, authority.honest(question)[2][:-1] + b"\x00"), "certificates"),
        "a refusal": (lambda _: (200, kind, bytes.fromhex("30053003020102")), ""),
        "half of it": (lambda question: (200, kind, authority.honest(question)[2][:200]), ""),
        "a page": (lambda _: (200, "text/html", b"<h1>hello</h1>"), "not a timestamp"),
        "an error": (lambda _: (500, kind, b""), "it answered 500"),
        "another address": (lambda _: (302, "text/plain", b"http://127.0.0.1:9/"), "it answered 302"),
        "without end": (lambda _: (200, kind, b"0" * (2 * TOKEN_BYTES_MAX)), "longer than"),
    }


async def test_a_lie_is_noted_and_never_kept(authority: Authority, log: Path, tmp_path: Path) -> None:
    for name, (answers, words) in lies(log, authority, an_authority(tmp_path / "other")).items():
        authority.answers = answers  # type: ignore[assignment]
        async with stamping(authority, log) as stamps:
            assert await stamps.run_once() == 0, name
            assert stamps.trouble, name
            assert words in stamps.trouble, (name, stamps.trouble)
        assert not (log / TOKEN_PATH).exists(), name
    authority.answers = None
    async with stamping(authority, log) as stamps:
        assert await stamps.run_once() == 1, "and the truth is taken again"


async def test_a_clock_that_is_far_from_ours_is_not_believed(authority: Authority, log: Path) -> None:
    async with stamping(authority, log, clock=HandClock(1_790_000_000_000)) as stamps:
        assert await stamps.run_once() == 0
        assert "our clock 2026-09-21" in stamps.trouble
    assert not (log / TOKEN_PATH).exists()


async def test_an_address_inside_our_network_is_not_asked(authority: Authority, log: Path) -> None:
    for url in ("http://10.0.0.1/", "https://169.254.169.254/latest", "ftp://127.0.0.1/", "http://example.com/"):
        async with stamping(authority, log) as stamps:
            stamps.url = url
            assert await stamps.run_once() == 0
            assert stamps.trouble


def test_a_certificate_that_is_not_for_time_stamps_nothing(tmp_path: Path) -> None:
    useless = an_authority(tmp_path / "useless", for_time=False)

    with pytest.raises((subprocess.CalledProcessError, BadTimestamp)):
        check_timestamp(useless.stamp(b"data"), b"data", [useless.root])


@pytest.mark.parametrize("raw", [b"", b"hello", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_is_told(raw: bytes) -> None:
    with pytest.raises(BadTimestamp):
        parse_certificates(raw)


def test_a_stamp_of_another_history_is_told(tmp_path: Path, log: Path) -> None:
    authority = an_authority(tmp_path / "authority-2")
    signed = published(log)
    for number, folder in enumerate((a_log(tmp_path / "fork", 250, seed=4), a_log(tmp_path / "longer", 400))):
        note = (folder / "checkpoint").read_bytes()
        (log / STAMPED_PATH).write_bytes(note)
        (log / TOKEN_PATH).write_bytes(authority.stamp(note))
        stamped = read_stamped(FolderSource(log), KEYS, [authority.root])
        assert stamped is not None, number
        with pytest.raises(BadTimestamp, match="not the beginning"):
            check_history(FolderSource(log), stamped, signed.size, signed.root)


async def test_verify_tells_the_time_and_who_says_so(authority: Authority, log: Path, tmp_path: Path) -> None:
    root, vkey = authority.folder / "root.pem", tmp_path / "log.vkey"
    vkey.write_text(f"{a_key().verifier}\n")
    words = ["ledger", "verify", str(log), "--vkey", str(vkey), "--tsa", str(root)]
    none = CliRunner().invoke(build(), words)
    async with stamping(authority, log) as stamps:
        await stamps.run_once()

    right = CliRunner().invoke(build(), words)
    stranger = CliRunner().invoke(build(), [*words[:-1], str(an_authority(tmp_path / "x").folder / "root.pem")])
    copy = tmp_path / "copy"
    exported = CliRunner().invoke(build(), ["ledger", "export", str(copy), "--url", str(log)])
    kept = CliRunner().invoke(build(), ["ledger", "verify", str(copy), *words[3:]])

    assert (none.exit_code, none.stdout.strip()) == (1, "bad timestamp: there is none")
    assert right.exit_code == 0
    assert right.stdout.splitlines()[1].startswith("timestamp 20")
    assert right.stdout.splitlines()[1].endswith(f"Z 300 {NAME}")
    assert (stranger.exit_code, stranger.stdout[:15]) == (1, "bad timestamp: ")
    assert exported.exit_code == 0, exported.output
    assert (kept.exit_code, kept.stdout) == (right.exit_code, right.stdout)
