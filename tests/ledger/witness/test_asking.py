"""The log's side: real witnesses are asked, and what they say, late or wrong, never stops the log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from safehand.ledger.note import parse_note
from safehand.ledger.receipt import BadReceipt, make_receipt, verify_receipt
from safehand.ledger.source import read_nodes
from safehand.ledger.witness.asking import (
    ANSWER_BYTES_MAX,
    COSIGNED_PATH,
    Witnesses,
    a_client,
    acceptable_url,
    newest_checkpoint,
)
from safehand.ledger.witness.cosignature import cosignatures
from safehand.ledger.witness.policy import Policy, parse_policy
from tests.asvs import asvs
from tests.ledger.logs import a_fact, a_key, a_log, a_salt
from tests.ledger.witness.running import ServedWitness, a_served_witness
from tests.ledger.witness.scenes import a_cosigner
from tests.servers import free_port


def policy_of(*witnesses: ServedWitness, needed: str = "all") -> Policy:
    lines = [f"witness w{number} {one.key} {one.url}" for number, one in enumerate(witnesses)]
    names = " ".join(f"w{number}" for number in range(len(witnesses)))
    return parse_policy(
        "\n".join([f"log {a_key().verifier}", *lines, f"group G {needed} {names}", "quorum G"]).encode()
    )


@asynccontextmanager
async def asking(folder: Path, policy: Policy, hold_max_s: float = 60.0) -> AsyncIterator[Witnesses]:
    async with a_client() as client:
        yield Witnesses(folder, a_key().verifier, policy, client, hold_max_s)


def laid_down(folder: Path) -> int | None:
    """The size of the checkpoint that others are shown."""
    found = newest_checkpoint(folder, COSIGNED_PATH, a_key().verifier)
    return None if found is None else found.size


async def test_a_checkpoint_goes_out_with_its_quorum_and_receipts_carry_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        a_served_witness(tmp_path / "1", "one.example/w") as one,
        a_served_witness(tmp_path / "2", "two.example/w") as two,
    ):
        policy = policy_of(one, two)
        async with asking(log, policy) as witnesses:
            for size in (1, 7, 300):
                a_log(log, size)
                assert await witnesses.run_once() == 2
                assert laid_down(log) == size
            assert await witnesses.run_once() == 0
    signed = newest_checkpoint(log, COSIGNED_PATH, a_key().verifier)
    assert signed is not None
    receipt = make_receipt(a_fact(5), a_salt(5), 5, signed, read_nodes(log, signed.size))
    verified = verify_receipt(receipt, None, policy)
    alone = receipt.replace(str(parse_note(signed.note).signatures[1]).encode() + b"\n", b"")

    assert verified.authenticated
    assert {cosigned.witness for cosigned in verified.cosigned} == {one.key, two.key}
    with pytest.raises(BadReceipt, match="quorum"):
        verify_receipt(alone, None, policy)
    assert verify_receipt(alone, a_key().verifier).index == 5


async def test_a_log_that_restarts_learns_where_the_witness_is(tmp_path: Path) -> None:
    log = a_log(tmp_path / "log", 7)
    with a_served_witness(tmp_path / "w") as running:
        async with asking(log, policy_of(running)) as before:
            await before.run_once()
        a_log(log, 300)
        async with asking(log, policy_of(running)) as after:
            assert await after.run_once() == 1
            assert [standing.size for standing in after.standings] == [300]


async def test_a_log_that_was_rolled_back_is_told_of(tmp_path: Path) -> None:
    with a_served_witness(tmp_path / "w") as running:
        async with asking(a_log(tmp_path / "log", 300), policy_of(running)) as whole:
            await whole.run_once()
        for folder, words in (
            (a_log(tmp_path / "older", 7), "it has cosigned 300 entries, and the log has 7"),
            (a_log(tmp_path / "forked", 300, seed=1), "it has cosigned another root at 300 entries"),
            (a_log(tmp_path / "longer", 301, seed=1), "the log does not continue what it cosigned at 300 entries"),
        ):
            async with asking(folder, policy_of(running)) as witnesses:
                assert await witnesses.run_once() == 0
                assert [standing.trouble for standing in witnesses.standings] == [words]
                assert laid_down(folder) is None


@asvs("16.5.2")
async def test_one_that_is_gone_holds_back_no_quorum_of_the_others(tmp_path: Path) -> None:
    log = a_log(tmp_path / "log", 7)
    with (
        a_served_witness(tmp_path / "1", "one.example/w") as one,
        a_served_witness(tmp_path / "2", "two.example/w") as two,
    ):
        two.end()
        async with asking(log, policy_of(one, two, needed="any")) as witnesses:
            assert await witnesses.run_once() == 1
            assert laid_down(log) == 7
            assert [bool(standing.trouble) for standing in witnesses.standings] == [False, True]


async def test_without_its_quorum_a_checkpoint_waits_and_then_goes_out_as_it_is(tmp_path: Path) -> None:
    log = a_log(tmp_path / "log", 7)
    with a_served_witness(tmp_path / "1", "one.example/w") as one:
        nobody = ServedWitness(f"http://127.0.0.1:{free_port()}", a_cosigner("two.example/w", 9).public, one.end)
        policy = policy_of(one, nobody)
        async with asking(log, policy) as patient:
            await patient.run_once()
            assert laid_down(log) is None
        async with asking(log, policy, hold_max_s=0.0) as hasty:
            await hasty.run_once()
    signed = newest_checkpoint(log, COSIGNED_PATH, a_key().verifier)
    assert signed is not None
    found = cosignatures(parse_note(signed.note), policy.keys)

    assert [cosigned.witness for cosigned in found] == [one.key]
    assert not policy.satisfied_by([one.key])


@asynccontextmanager
async def lying(answer: bytes, *, then_hang: bool = False) -> AsyncIterator[str]:
    """A server that gives everybody this answer; its address."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        if then_hang:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def http(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


STRANGERS_LINE = f"{a_cosigner('stranger.example/w', 11).cosign('x', 1)}\n".encode()


@asvs("15.3.2")
@pytest.mark.parametrize(
    "answer",
    {
        "nothing": b"",
        "garbage": b"\x00\xff" * 300,
        "an empty success": http("200 OK", b""),
        "no note": http("200 OK", b"hello\n"),
        "control characters": http("200 OK", b"\x1b[2J\n"),
        "a stranger's line": http("200 OK", STRANGERS_LINE),
        "too much": http("200 OK", STRANGERS_LINE * (ANSWER_BYTES_MAX // len(STRANGERS_LINE) + 2)),
        "a redirect": http("302 Found", b"", "Location: http://127.0.0.1:1/secret"),
        "a conflict without a size": http("409 Conflict", b"later\n"),
        "a conflict with a huge size": http("409 Conflict", b"9" * 400 + b"\n"),
        "a conflict for ever": http("409 Conflict", b"3\n"),
        "an error": http("500 Oh no", b""),
    }.items(),
    ids=lambda item: item[0],
)
async def test_a_witness_that_lies_is_noted_and_nothing_is_taken_from_it(
    tmp_path: Path, answer: tuple[str, bytes]
) -> None:
    log = a_log(tmp_path / "log", 7)
    async with lying(answer[1]) as url:
        policy = parse_policy(f"witness w {a_cosigner().public} {url}\nquorum w".encode())
        async with asking(log, policy) as witnesses:
            assert await witnesses.run_once() == 0
            [standing] = witnesses.standings
            assert standing.trouble
            assert standing.not_before_s > 0
            assert await witnesses.run_once() == 0
    assert laid_down(log) is None


@asvs("12.3.1")
@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://witness.example/w", True),
        ("http://127.0.0.1:8090", True),
        ("http://localhost:8090/x", True),
        ("http://witness.example", False),
        ("http://127.0.0.1.example", False),
        ("file:///etc/passwd", False),
        ("https://", False),
        ("//witness.example", False),
        ("", False),
    ],
)
def test_witnesses_are_asked_over_tls_or_on_this_machine(url: str, fine: bool) -> None:
    assert acceptable_url(url) is fine
