"""Outgoing: our server calls nobody whom it should not, whatever a name means a moment later."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from safehand.kernel.outgoing import (
    AddressRefused,
    AnswerTooLong,
    Reach,
    a_client,
    asked,
    parse_networks,
)
from tests.asvs import asvs
from tests.certificates import Authority, an_authority

STRANGER = Reach()
OWNER = Reach(this_machine=True)
HERE = Reach(networks=parse_networks("127.0.0.0/8"))


@dataclass
class Names:
    """A name server of ours: each question takes the next answer, the last one stays."""

    answers: list[list[str]]
    questions: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> Iterable[str]:
        self.questions.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@dataclass
class Served:
    """A server on this machine, and what reached it."""

    port: int
    heard: list[bytes]


@asynccontextmanager
async def serving(answer: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[Served]:
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield Served(server.sockets[0].getsockname()[1], heard)


def ok(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body


def tls_of(authority: Authority, folder: Path, host: str) -> ssl.SSLContext:
    issued = authority.issue(folder, host)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued.certificate, issued.key)
    return context


@asvs("1.3.6", "13.2.4")
@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.7/",
        "https://100.64.1.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://[::1]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://[fec0::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "http://example.org/",
        "http://127.0.0.1/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://user:pass@example.org/",
        "https:///nothing",
        "https://[/",
        "https://example.org:0/",
        "https://example.org/" + "a" * 2048,
    ],
)
def test_a_stranger_leads_us_nowhere_inside(url: str) -> None:
    with pytest.raises(AddressRefused):
        STRANGER.check(url)


def test_the_machines_owner_may_name_this_machine_and_networks_of_our_own() -> None:
    OWNER.check("http://127.0.0.1:8090/")
    OWNER.check("http://localhost:8090/")
    Reach(networks=parse_networks("10.1.0.0/16, fd00::7")).check("https://10.1.2.3/")
    Reach(networks=parse_networks("10.1.0.0/16, fd00::7")).check("https://[fd00::7]/")
    STRANGER.check("https://8.8.8.8/")
    for url in ("http://10.1.2.3/", "http://witness.example/", "https://10.2.0.1/"):
        with pytest.raises(AddressRefused):
            OWNER.check(url)
    with pytest.raises(ValueError):
        parse_networks("10.1.0.1/16")


@pytest.mark.parametrize(
    "said", [["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], [], ["not an address"], ["9.9.9.9"] * 1 + ["::1"]]
)
async def test_a_name_is_called_only_if_every_address_of_it_may_be(said: list[str]) -> None:
    async with a_client(STRANGER, resolve=Names([said])) as client:
        with pytest.raises(AddressRefused):
            await asked(client, "GET", "https://hook.example/", answer_bytes_max=100)


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "localhost.", "017700000001"])
async def test_an_address_in_disguise_is_seen_through(host: str) -> None:
    async with a_client(STRANGER) as client:
        with pytest.raises(AddressRefused):
            await asked(client, "GET", f"https://{host}/", answer_bytes_max=100)


@asvs("1.3.6")
async def test_a_name_that_means_something_else_a_moment_later_leads_nowhere(tmp_path: Path) -> None:
    authority = an_authority(tmp_path)
    names = Names([["127.0.0.2"], ["127.0.0.1"]])
    only_two = Reach(networks=parse_networks("127.0.0.2"))
    async with (
        serving(ok(b"secret"), tls_of(authority, tmp_path / "s", "hook.example")) as here,
        a_client(only_two, trust=authority.trust(), resolve=names) as client,
    ):
        with pytest.raises(httpx.ConnectError):  # it went to 127.0.0.2, where nobody listens
            await asked(client, "GET", f"https://hook.example:{here.port}/", answer_bytes_max=100)
        assert (names.questions, here.heard) == (["hook.example"], [])
        with pytest.raises(AddressRefused):  # asked anew, it is judged anew
            await asked(client, "GET", f"https://hook.example:{here.port}/", answer_bytes_max=100)
        assert here.heard == []


async def test_the_pinned_connection_keeps_the_name_for_tls_and_for_the_host(tmp_path: Path) -> None:
    authority, other = an_authority(tmp_path / "1"), an_authority(tmp_path / "2")
    tls = tls_of(authority, tmp_path / "s", "hook.example")
    async with serving(ok(b"hello"), tls) as here:
        address = f"https://hook.example:{here.port}/path?q=1"
        async with a_client(HERE, trust=authority.trust(), resolve=Names([["127.0.0.1"]])) as client:
            said = await asked(client, "GET", address, answer_bytes_max=100)
            assert (said.status, said.body) == (200, b"hello")
            assert here.heard[0].startswith(b"GET /path?q=1 HTTP/1.1\r\n")
            assert f"\r\nhost: hook.example:{here.port}\r\n".encode() in here.heard[0].lower()
            with pytest.raises(httpx.ConnectError):  # another's certificate
                await asked(client, "GET", f"https://another.example:{here.port}/", answer_bytes_max=100)
        async with a_client(HERE, trust=other.trust(), resolve=Names([["127.0.0.1"]])) as client:
            with pytest.raises(httpx.ConnectError):
                await asked(client, "GET", address, answer_bytes_max=100)
        assert len(here.heard) == 1


@asvs("15.3.2")
async def test_an_answer_is_bounded_in_size_and_no_redirect_is_followed() -> None:
    async with a_client(OWNER) as client:
        async with serving(ok(b"x" * 5000)) as here:
            with pytest.raises(AnswerTooLong):
                await asked(client, "GET", f"http://127.0.0.1:{here.port}/", answer_bytes_max=4999)
            said = await asked(client, "GET", f"http://127.0.0.1:{here.port}/", answer_bytes_max=5000)
            assert len(said.body) == 5000
        moved = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:%d/\r\ncontent-length: 0\r\n\r\n" % here.port
        async with serving(moved) as elsewhere:
            said = await asked(client, "GET", f"http://127.0.0.1:{elsewhere.port}/", answer_bytes_max=10)
            assert said.status == 302


async def test_an_answer_that_does_not_come_is_given_up() -> None:
    async with a_client(OWNER) as client, serving(b"") as here:
        with pytest.raises((httpx.HTTPError, TimeoutError)):
            await asked(client, "GET", f"http://127.0.0.1:{here.port}/", answer_bytes_max=10, within_s=0.5)
