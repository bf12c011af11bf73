"""A database over TLS: the right authority, another one, a wrong name, and no TLS at all.

The wheel's PostgreSQL is built without TLS, so a front speaks it, as a connection pooler does: PostgreSQL's own
SSLRequest, then what is said goes to a real server.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from safehand.store.database import Store
from safehand.store.embedded import APP, PORT
from safehand.store.errors import StoreUnavailable
from tests.asvs import asvs
from tests.certificates import Authority, an_authority
from tests.servers import Database

SSL_REQUEST = bytes.fromhex("0000000804d2162f")


@dataclass
class Front:
    """Speaks TLS (or refuses it) before a database, and notes what reached it in clear text."""

    database: Database
    tls: ssl.SSLContext | None
    port: int = 0
    in_clear: list[bytes] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            first = await reader.readexactly(8)
            if first == SSL_REQUEST:
                writer.write(b"S" if self.tls else b"N")
                first = b""
                if self.tls is not None:
                    await writer.start_tls(self.tls)
            if self.tls is None:
                first += await reader.read(1000)
                self.in_clear.append(first)
            socket = self.database.server.cluster.socket_folder() / f".s.PGSQL.{PORT}"
            back_reader, back_writer = await asyncio.open_unix_connection(str(socket))
            back_writer.write(first)
            await asyncio.gather(_pipe(reader, back_writer), _pipe(back_reader, writer))
        writer.close()

    def url(self, authority: Path, host: str = "127.0.0.1") -> str:
        password = (self.database.server.cluster.folder / "passwords" / APP).read_text().strip()
        tls = f"sslmode=verify-full&sslrootcert={authority}"
        return f"postgresql://{APP}:{password}@{host}:{self.port}/{self.database.name}?{tls}"


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def front(database: Database, folder: Path, authority: Authority | None, name: str) -> AsyncIterator[Front]:
    context = None
    if authority is not None:
        issued = authority.issue(folder, name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(issued.certificate, issued.key)
    served = Front(database, context)
    server = await asyncio.start_server(served.talk, "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()


async def answers(url: str) -> bool:
    store = Store(url, pool_max=1)
    try:
        async with store.transaction() as tx:
            return str((await tx.fetch("SELECT current_user AS who"))[0]["who"]) == APP
    finally:
        await store.close()


@asvs("12.3.2", "12.3.4")
async def test_a_database_is_trusted_by_its_authority_and_by_no_other(database: Database, tmp_path: Path) -> None:
    authority, another = an_authority(tmp_path / "one"), an_authority(tmp_path / "another")
    async with front(database, tmp_path, authority, "127.0.0.1") as served:
        assert await answers(served.url(authority.certificate))
        with pytest.raises(StoreUnavailable):
            await answers(served.url(another.certificate))
        assert served.in_clear == []


async def test_a_certificate_of_another_name_is_not_trusted(database: Database, tmp_path: Path) -> None:
    authority = an_authority(tmp_path / "one")
    async with front(database, tmp_path, authority, "db.example") as served:
        with pytest.raises(StoreUnavailable):
            await answers(served.url(authority.certificate))


@asvs("12.3.1")
async def test_a_database_without_tls_is_not_asked_where_tls_was_asked_for(database: Database, tmp_path: Path) -> None:
    authority = an_authority(tmp_path / "one")
    async with front(database, tmp_path, None, "127.0.0.1") as served:
        with pytest.raises(StoreUnavailable):
            await answers(served.url(authority.certificate))
        assert [said for said in served.in_clear if said] == []
        plain = served.url(authority.certificate).partition("?")[0] + "?sslmode=disable"
        assert await answers(plain)  # it serves: only the missing TLS kept us away
