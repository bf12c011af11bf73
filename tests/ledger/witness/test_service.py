"""`safehand ledger witness` over HTTP: each status as C2SP tlog-witness has it, limits, and what a restart keeps."""

import hashlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from safehand.ledger.note import Note, parse_note
from safehand.ledger.witness.cosignature import cosignatures
from safehand.ledger.witness.request import REQUEST_BYTES_MAX, AddCheckpoint
from tests.ledger.logs import a_key
from tests.ledger.witness.running import RunningWitness, a_running_witness
from tests.ledger.witness.scenes import Growing


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Growing:
    return Growing(tmp_path_factory.mktemp("log"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Growing:
    return Growing(tmp_path_factory.mktemp("other"), seed=1)


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[RunningWitness]:
    with a_running_witness(tmp_path / "state", [a_key().verifier]) as running:
        yield running


def asked(witness: RunningWitness, body: bytes) -> httpx.Response:
    return httpx.post(f"{witness.url}/add-checkpoint", content=body, trust_env=False)


def test_each_answer_is_the_specifications(witness: RunningWitness, log: Growing, other: Growing) -> None:
    stranger = a_key("stranger.example/log", 3)
    unknown = stranger.sign(log.to(7).checkpoint.text.replace(a_key().name, stranger.name)).encode()
    empty = f"{a_key().name}\n0\n{log.to(7).checkpoint.text.split()[2]}\n"
    right = parse_note(log.to(13).note)
    wrong = replace(right.signatures[0], value=bytes(64))
    misquoted = Note(right.text, (*right.signatures, wrong)).encode()
    unsigned = a_key(seed=3).sign(log.to(7).checkpoint.text).encode()
    answers = [
        asked(witness, body)
        for body in (
            log.body(0, 7),
            log.body(0, 9),
            other.body(7, 7),
            other.body(7, 9),
            log.body(7, 9),
            AddCheckpoint(0, (), unknown).encode(),
            AddCheckpoint(9, (), unsigned).encode(),
            b"hello",
            log.body(300, 9),
            AddCheckpoint(9, (), a_key().sign(empty).encode()).encode(),
            AddCheckpoint(0, log.request(7, 9).proof, a_key().sign(empty).encode()).encode(),
            AddCheckpoint(9, log.request(9, 13).proof, misquoted).encode(),
            AddCheckpoint(9, (), log.to(13).note).encode(),
        )
    ]
    first, forgot, *_ = answers

    statuses = [answer.status_code for answer in answers]
    assert statuses == [200, 409, 422, 422, 200, 404, 403, 400, 400, 422, 422, 403, 422]
    assert (forgot.headers["content-type"], forgot.content) == ("text/x.tlog.size", b"7\n")
    [cosigned] = cosignatures(parse_note(log.to(7).note + first.content), [witness.key])
    assert cosigned.at_s > 1_700_000_000


def test_it_tells_its_key_and_where_it_is(witness: RunningWitness, log: Growing) -> None:
    asked(witness, log.body(0, 7))
    told = httpx.get(witness.url, trust_env=False).text

    assert told == f"{witness.key}\n{a_key().name} 7\n"


def test_a_monitor_reads_what_was_cosigned_last(witness: RunningWitness, log: Growing) -> None:
    place = f"{witness.url}/{hashlib.sha256(a_key().name.encode()).hexdigest()}/checkpoint"
    before = httpx.get(place, trust_env=False)
    line = asked(witness, log.body(0, 7)).content
    after = httpx.get(place, trust_env=False)
    astray = [httpx.get(f"{witness.url}/{name}/checkpoint", trust_env=False) for name in ("0" * 64, "..%2f..", "x")]

    assert before.status_code == 404
    assert after.content == log.to(7).note + line, "the log's signature and ours"
    assert after.headers["content-type"] == "text/plain; charset=utf-8"
    assert [answer.status_code for answer in astray] == [404, 404, 404]


def test_a_body_without_end_and_other_methods_are_turned_away(witness: RunningWitness) -> None:
    huge = asked(witness, b"old 0\n" + b"A" * (4 * REQUEST_BYTES_MAX))
    get = httpx.get(f"{witness.url}/add-checkpoint", trust_env=False)
    elsewhere = httpx.get(f"{witness.url}/../state/witness.key", trust_env=False)

    assert (huge.status_code, get.status_code, elsewhere.status_code) == (400, 405, 404)


def test_headers_without_end_are_cut_off(witness: RunningWitness) -> None:
    at = urlsplit(witness.url)
    with socket.create_connection((at.hostname, at.port), timeout=10) as line:
        line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000)
        answer = line.recv(1_000)

    assert b" 400 " in answer.partition(b"\r\n")[0] + b" "


def test_a_second_witness_over_the_same_folder_says_why_it_does_not_start(
    witness: RunningWitness, tmp_path: Path
) -> None:
    vkey = tmp_path / "state" / "log-0.vkey"
    words = ["--state", str(tmp_path / "state"), "--name", "witness.example/w1", "--log", str(vkey)]
    second = subprocess.run(
        [sys.executable, "-m", "safehand.cli.main", "ledger", "witness", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert witness.process.poll() is None
    assert second.returncode == 2
    assert "in use by another witness" in second.stderr


def test_a_killed_witness_goes_on_where_it_was(tmp_path: Path, log: Growing, other: Growing) -> None:
    with a_running_witness(tmp_path, [a_key().verifier]) as first:
        assert asked(first, log.body(0, 7)).status_code == 200
        first.kill()
    with a_running_witness(tmp_path, [a_key().verifier]) as again:
        answers = [asked(again, body).status_code for body in (other.body(0, 9), other.body(7, 9), log.body(7, 9))]

    assert again.key == first.key
    assert answers == [409, 422, 200]
