"""Connections: over real sockets, slow, greedy and oversized requests are ended and harm nobody else."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from safehand.app.connections import Gate, Patience, bounded
from safehand.app.envelope import HEAD_BYTES_MAX, HEADERS_MAX, PLAIN_HEADERS, TARGET_BYTES_MAX, Envelope, EnvelopeRules
from safehand.app.limits import BODY_BYTES_MAX, BodyLimit
from safehand.app.proxies import Proxies
from safehand.app.server_certificate import CertificateUnusable, ServerCertificate
from safehand.kernel.outgoing import parse_networks
from tests.asvs import asvs
from tests.certificates import an_authority

HASTY = Patience(head_s=0.4, body_s=0.4, reader_s=0.4, per_address=8, in_all=64)
HELLO = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Says who asked and how much came; /long answers without end."""
    if scope["type"] != "http":
        return
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    if scope["path"] == "/long":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(10_000):
            await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
        return
    await PlainTextResponse(f"{scope['client'][0]} {scope['scheme']} {size}")(scope, receive, send)


@asynccontextmanager
async def served(
    gate: Gate, certificate: ServerCertificate | None = None, rules: EnvelopeRules | None = None
) -> AsyncIterator[int]:
    """Our connections and envelope around `echo`, as the core serves; yields the port."""
    app = Envelope(BodyLimit(echo), rules or EnvelopeRules(secure=certificate is not None, proxies=gate.proxies))
    tls = certificate.context if certificate is not None else None
    config = uvicorn.Config(
        app, port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=1, **bounded(gate, tls)
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())
    await until(lambda: server.started)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await running


async def until(question: Callable[[], bool]) -> None:
    """Ask until the answer is yes."""
    async with asyncio.timeout(10):
        while not question():  # noqa: ASYNC110 - what is asked has no event to wait for
            await asyncio.sleep(0.01)


async def spoken(port: int, *parts: bytes, pause_s: float = 0.0) -> bytes:
    """Send these and read until the other side closes (or answers nothing for long)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause_s)
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionError:
        return b""
    finally:
        writer.close()


def status(said: bytes) -> int:
    return int(said.split(b" ", 2)[1])


async def test_who_sends_a_head_byte_by_byte_is_ended_in_time() -> None:
    gate = Gate(HASTY)
    async with served(gate) as port:
        said = await spoken(port, b"GET / HTTP/1.1\r\n")
        assert status(said) == 408
        assert json.loads(said.partition(b"\r\n\r\n")[2])["code"] == "app.request_too_slow"
        drip = [bytes([byte]) for byte in HELLO[:-1]]
        said = await spoken(port, *drip, pause_s=0.05)
        assert said == b"" or status(said) == 408
        assert status(await spoken(port)) == 408  # connected, and silent
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://127.0.0.1:{port}/")).text == "127.0.0.1 http 0"
    assert gate.ended == 3


@pytest.mark.parametrize("declared", [True, False])
async def test_who_sends_too_much_reads_why_and_the_connection_serves_again(declared: bool) -> None:
    body = b"x" * (4 * BODY_BYTES_MAX)
    length = b"Content-Length: %d" % len(body) if declared else b"Transfer-Encoding: chunked"
    sent = body if declared else b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    async with served(Gate()) as port:
        last = HELLO.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        said = await spoken(port, b"POST / HTTP/1.1\r\nHost: here\r\n" + length + b"\r\n\r\n" + sent, last)
        refused, _, served_again = said.partition(b"HTTP/1.1 200")
        assert status(refused) == 413
        assert b"app.request_too_large" in refused
        assert served_again.endswith(b"127.0.0.1 http 0")


async def test_who_promises_a_body_and_sends_none_is_ended_in_time() -> None:
    gate = Gate(HASTY)
    async with served(gate) as port:
        said = await spoken(port, b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\n123")
        assert said == b""
        quick = await spoken(
            port, b"POST / HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: 3\r\n\r\n123"
        )
        assert quick.endswith(b" 3")
    assert gate.ended == 1


async def test_who_reads_nothing_is_ended_in_time() -> None:
    gate = Gate(HASTY)
    async with served(gate) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(b"GET /long HTTP/1.1\r\nHost: here\r\n\r\n")
        await until(lambda: gate.ended > 0)
        writer.close()


async def test_a_connection_that_is_kept_alive_serves_again_after_the_limit_of_a_head() -> None:
    async with served(Gate(HASTY)) as port, httpx.AsyncClient() as client:
        for _ in range(2):
            assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 200
            await asyncio.sleep(0.6)


@asvs("15.2.2")
async def test_one_address_has_so_many_connections_and_the_next_is_let_in_when_one_ends() -> None:
    gate = Gate(Patience(per_address=3))
    async with served(gate) as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        for _, writer in held:
            writer.write(b"GET /")
            await writer.drain()
        await until(lambda: gate._here["127.0.0.1"] == 3)
        assert await spoken(port, HELLO) == b""
        assert gate.turned_away == 1
        held[0][1].close()
        await until(lambda: gate._here["127.0.0.1"] < 3)
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 200
        for _, writer in held:
            writer.close()


@asvs("4.2.1")
@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (b"GET / HTTP/1.1\r\nHost: here\r\nX: " + b"a" * (HEAD_BYTES_MAX + 1) + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: here\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: here\r\n" + b"X: a\r\n" * (HEADERS_MAX + 1) + b"\r\n", 431),
        (b"GET /" + b"a" * TARGET_BYTES_MAX + b" HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: here\r\n broken\x00: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    ],
    ids=["long", "very-long", "many", "target", "broken", "no-host", "smuggled", "tls-to-clear"],
)
async def test_what_is_oversized_or_broken_is_refused_with_every_header_and_harms_nobody(
    raw: bytes, wanted: int
) -> None:
    async with served(Gate()) as port:
        said = await spoken(port, raw)
        if said:  # a reset may overtake the words where much was sent in vain
            assert status(said) == wanted
            for name in PLAIN_HEADERS:
                assert name.lower().encode() + b":" in said.lower()
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 200


@asvs("4.1.3", "15.3.4")
async def test_only_a_proxy_of_ours_says_who_asks() -> None:
    forged = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9", "X-Forwarded-Proto": "https", "X-Real-IP": "198.51.100.7"}
    ours = Proxies(parse_networks("127.0.0.1, 10.0.0.0/8"))
    async with served(Gate()) as port, httpx.AsyncClient() as client:
        assert (await client.get(f"http://127.0.0.1:{port}/", headers=forged)).text == "127.0.0.1 http 0"
    async with served(Gate(proxies=ours)) as port, httpx.AsyncClient() as client:
        assert (await client.get(f"http://127.0.0.1:{port}/", headers=forged)).text == "203.0.113.9 https 0"
        through_two = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9, 10.0.0.3"}
        assert (await client.get(f"http://127.0.0.1:{port}/", headers=through_two)).text == "203.0.113.9 http 0"
        nonsense = {"X-Forwarded-For": "203.0.113.9, <script>"}
        assert (await client.get(f"http://127.0.0.1:{port}/", headers=nonsense)).text == "127.0.0.1 http 0"


@asvs("4.1.2", "12.2.1")
async def test_what_a_proxy_took_in_clear_text_is_refused_where_people_come_over_https() -> None:
    proxies = Proxies(parse_networks("127.0.0.1"))
    async with (
        served(Gate(), rules=EnvelopeRules(secure=True, proxies=proxies)) as port,
        httpx.AsyncClient() as client,
    ):
        refused = await client.get(f"http://127.0.0.1:{port}/", headers={"X-Forwarded-Proto": "http"})
        assert (refused.status_code, refused.json()["code"]) == (403, "app.clear_text_forwarded")
        answered = await client.get(f"http://127.0.0.1:{port}/", headers={"X-Forwarded-Proto": "https"})
        assert answered.headers["Strict-Transport-Security"].startswith("max-age=31536000")


async def test_who_comes_past_the_proxy_is_refused() -> None:
    scope = {
        "type": "http",
        "client": ("192.0.2.7", 1),
        "headers": [],
        "path": "/",
        "query_string": b"",
        "method": "GET",
    }
    said: list[dict[str, object]] = []

    async def note(message: dict[str, object]) -> None:
        said.append(message)

    async def nothing() -> dict[str, object]:
        return {"type": "http.request"}

    rules = EnvelopeRules(secure=True, proxies=Proxies(parse_networks("10.0.0.1"), only=True))
    await Envelope(echo, rules)(scope, nothing, note)  # type: ignore[arg-type] # plain dictionaries do
    assert said[0]["status"] == 403


async def test_a_renewed_certificate_is_taken_up_and_a_broken_one_is_not(tmp_path: Path) -> None:
    authority = an_authority(tmp_path / "ca")
    issued = authority.issue(tmp_path / "tls", "localhost", "127.0.0.1")
    certificate = ServerCertificate(issued.certificate, issued.key)
    async with served(Gate(), certificate) as port:
        async with httpx.AsyncClient(verify=authority.trust()) as client:
            assert (await client.get(f"https://localhost:{port}/")).text.endswith("https 0")
        assert await certificate.run_once() == 0
        before = await serial(port, authority.trust())
        authority.issue(tmp_path / "tls", "localhost", "127.0.0.1", valid=timedelta(days=5))
        assert await certificate.run_once() == 1
        after = await serial(port, authority.trust())
        assert after != before

        issued.key.write_text("not a key")
        assert await certificate.run_once() == 0
        assert await serial(port, authority.trust()) == after
        other = authority.issue(tmp_path / "other", "localhost")
        issued.key.write_bytes(other.key.read_bytes())  # a key of another certificate
        assert await certificate.run_once() == 0
        assert await serial(port, authority.trust()) == after


@asvs("12.1.1", "12.1.2")
async def test_old_protocols_and_weak_ciphers_are_refused(tmp_path: Path) -> None:
    authority = an_authority(tmp_path / "ca")
    issued = authority.issue(tmp_path / "tls", "localhost")
    async with served(Gate(), ServerCertificate(issued.certificate, issued.key)) as port:
        for version, ciphers, accepted in (
            (ssl.TLSVersion.TLSv1_3, None, True),
            (ssl.TLSVersion.TLSv1_2, "ECDHE+AESGCM", True),
            (ssl.TLSVersion.TLSv1_2, "AES128-SHA:AES256-SHA256:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0", False),
            (ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0", False),
        ):
            context = authority.trust()
            if ciphers is not None:
                context.set_ciphers(ciphers)
            context.minimum_version = min(version, ssl.TLSVersion.TLSv1_2)
            context.maximum_version = version
            if accepted:
                assert await serial(port, context)
            else:
                with pytest.raises((ssl.SSLError, ConnectionError)):
                    await serial(port, context)


def test_a_key_that_others_may_read_and_a_certificate_that_ran_out_are_refused(tmp_path: Path) -> None:
    authority = an_authority(tmp_path / "ca")
    issued = authority.issue(tmp_path / "tls", "localhost")
    for mode in (0o644, 0o660, 0o604):
        issued.key.chmod(mode)
        with pytest.raises(CertificateUnusable, match="lets others at it"):
            ServerCertificate(issued.certificate, issued.key)
    issued.key.chmod(0o640)
    ServerCertificate(issued.certificate, issued.key)
    old = authority.issue(tmp_path / "old", "localhost", valid=timedelta(hours=-1))
    with pytest.raises(CertificateUnusable, match="expired"):
        ServerCertificate(old.certificate, old.key)
    with pytest.raises(CertificateUnusable, match="No such file"):
        ServerCertificate(tmp_path / "none", issued.key)


async def serial(port: int, context: ssl.SSLContext) -> str:
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
    number = str(writer.get_extra_info("peercert")["serialNumber"])
    writer.close()
    return number
