"""A stream over TLS: a real NATS, the right authority, another one, a wrong name, and no TLS at all."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from safehand.app.account import server_account
from safehand.app.servers import nats_program
from safehand.bus.embedded import NatsServer
from safehand.bus.stream import NatsBus
from tests.asvs import asvs
from tests.certificates import Authority, Issued, an_authority
from tests.servers import Nats, running_nats, scratch_folder


@dataclass(frozen=True, slots=True)
class TlsServer(NatsServer):
    """NATS that speaks TLS to everybody."""

    issued: Issued | None = None

    def command(self) -> list[str]:
        assert self.issued is not None
        tls = ["--tls", "--tlscert", str(self.issued.certificate), "--tlskey", str(self.issued.key)]
        return [*NatsServer.command(self), *tls]


@dataclass
class Secured:
    nats: Nats
    authority: Authority
    folder: Path

    @property
    def url(self) -> str:
        return self.nats.url.replace("nats://", "tls://")


def secured(folder: Path, host: str) -> Secured:
    account = server_account()
    home = folder / "nats"
    home.mkdir(mode=0o711)
    authority = an_authority(folder / "ca")
    issued = authority.issue(home / "tls", host)
    if account is not None:
        for path in (home / "tls", issued.certificate, issued.key):
            os.chown(path, *account.ids)
    ids = account.ids if account else None
    server = TlsServer(home, nats_program(folder, account), ids, issued)
    return Secured(Nats(server, account, folder / "nats.log"), authority, folder)


@pytest.fixture
def tls() -> Iterator[Secured]:
    with scratch_folder() as folder:
        server = secured(folder, "127.0.0.1")
        server.nats.start()
        yield server
        server.nats.stop()


async def connects(url: str, authority: Path | None, trouble: str = "") -> bool:
    """Whether it does; if not, `trouble` is among the words for it."""
    async with NatsBus(url, authority) as bus:
        healthy = await bus.wait_healthy(2)
    assert trouble in bus.trouble
    return healthy


@asvs("12.3.2", "12.3.4")
async def test_a_stream_is_trusted_by_its_authority_and_by_no_other(tls: Secured) -> None:
    another = an_authority(tls.folder / "another")
    assert await connects(tls.url, tls.authority.certificate)
    assert not await connects(tls.url, another.certificate, "its certificate: ")
    assert not await connects(tls.url, None)


async def test_a_certificate_of_another_name_is_not_trusted() -> None:
    with scratch_folder() as folder:
        other = secured(folder, "bus.example")
        other.nats.start()
        assert not await connects(other.url, other.authority.certificate, "127.0.0.1")
        other.nats.stop()


@asvs("12.3.1")
async def test_a_stream_without_tls_is_told_no_token_where_tls_was_asked_for(tmp_path: Path) -> None:
    authority = an_authority(tmp_path)
    with running_nats() as plain:
        assert await connects(plain.url, None)
        assert not await connects(plain.url.replace("nats://", "tls://"), authority.certificate, "asks for no TLS")
