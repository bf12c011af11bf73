"""Outgoing: the one rule for where our server may call, and the client that keeps it.

An address in a setting, a webhook or somebody's answer could lead into our own network (SSRF). So a name is resolved by
us, every address it has is judged, and the connection goes to the very address that was judged: a name that means
something else a moment later (DNS rebinding) leads nowhere. TLS still names, and checks, the host.

Source
    RFC 6890 (special-purpose addresses), RFC 6052 (IPv4 inside IPv6), OWASP SSRF prevention.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

WITHIN_S = 5.0
CONNECTIONS_MAX = 16
RESOLVE_WITHIN_S = 3.0
ADDRESSES_MAX = 16
TRIES_MAX = 3
URL_BYTES_MAX = 2_048
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address
type Network = ipaddress.IPv4Network | ipaddress.IPv6Network
type Resolver = Callable[[str, int], Awaitable[Iterable[str]]]
"""Host and port to the numeric addresses that they have."""


class AddressRefused(httpx.ConnectError):
    """Our server does not call there. The words say why, without the address's path or query."""


class AnswerTooLong(httpx.DecodingError):
    """What was asked answers more than anybody reads."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where calls may go.

    Shapes
        this_machine  whether loopback is allowed, and there clear text: for what the machine's owner set, never for
                      what a merchant or an answer names.
        networks      private networks of our own that may be called over TLS.
    """

    this_machine: bool = False
    networks: tuple[Network, ...] = ()

    def check(self, url: str) -> None:
        """Judge an address before it is asked, or when it is set.

        Errors
            AddressRefused  its scheme, its form or its literal address is not one to call.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise AddressRefused("it is no address") from None
        if not host or len(url) > URL_BYTES_MAX or parts.username is not None or parts.fragment or port == 0:
            raise AddressRefused("it is no plain address of a host")
        if parts.scheme != "https" and not (parts.scheme == "http" and self.this_machine and host in LOOPBACK):
            raise AddressRefused("only https is called" + (", and http on this machine" * self.this_machine))
        if (literal := _address(host)) is not None:
            self.judge(literal, host)

    def judge(self, address: Address, host: str) -> None:
        """Judge a numeric address that a host has.

        Errors
            AddressRefused  it is of this machine, of a private network, or of nobody.
        """
        inner = _inside(address)
        if any(inner.version == network.version and inner in network for network in self.networks):
            return
        if inner.is_loopback and self.this_machine and (host in LOOPBACK or _address(host) is not None):
            return
        local = isinstance(inner, ipaddress.IPv6Address) and inner.is_site_local
        if not inner.is_global or inner.is_multicast or inner.is_reserved or local:
            raise AddressRefused(f"{address} is not an address of the open internet")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def resolved(host: str, port: int) -> list[str]:
    """The numeric addresses of a host, as the system finds them."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise AddressRefused("its name is not known") from None
    return [str(entry[4][0]) for entry in found]


@dataclass(slots=True)
class PinnedTransport(httpx.AsyncBaseTransport):
    """Sends each request to an address that was judged, and to no other.

    No connection is kept for the next request: they are kept by address, and two hosts may share one.
    """

    reach: Reach
    trust: ssl.SSLContext
    connections_max: int = CONNECTIONS_MAX
    resolve: Resolver = resolved
    _inner: httpx.AsyncHTTPTransport = field(init=False)

    def __post_init__(self) -> None:
        limits = httpx.Limits(max_connections=self.connections_max, max_keepalive_connections=0)
        self._inner = httpx.AsyncHTTPTransport(verify=self.trust, trust_env=False, limits=limits)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Judge, resolve, judge again, and send."""
        self.reach.check(str(request.url))
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        request.extensions = {**request.extensions, "sni_hostname": host}
        trouble: httpx.ConnectError = AddressRefused("its name has no addresses")
        for address in (await self._addresses(host, port))[:TRIES_MAX]:
            try:
                return await self._inner.handle_async_request(_pinned(request, address))
            except httpx.ConnectError as error:  # nothing was sent yet
                trouble = error
        raise trouble

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._inner.aclose()

    async def _addresses(self, host: str, port: int) -> list[Address]:
        """All of them are judged: a name that is also of a private network is not called at all."""
        if (literal := _address(host)) is not None:
            return [literal]
        try:
            async with asyncio.timeout(RESOLVE_WITHIN_S):
                said = list(await self.resolve(host, port))
        except TimeoutError:
            raise AddressRefused("its name was not found in time") from None
        found = [address for text in dict.fromkeys(said) if (address := _address(text)) is not None]
        if not found or len(found) != len(set(said)) or len(found) > ADDRESSES_MAX:
            raise AddressRefused("its name has no addresses, or too many")
        for address in found:
            self.reach.judge(address, host)
            if host in LOOPBACK and not address.is_loopback:
                raise AddressRefused(f"{host} is not this machine")
        return found


def a_client(
    reach: Reach,
    *,
    within_s: float = WITHIN_S,
    connections_max: int = CONNECTIONS_MAX,
    trust: ssl.SSLContext | None = None,
    resolve: Resolver = resolved,
) -> httpx.AsyncClient:
    """What our server calls others with. It follows no redirect, and no proxy of the environment.

    Shapes
        within_s  how long connecting, sending and each wait for a part of the answer may take; see `asked`.
        trust     the authorities that are believed; None: the machine's and those of the certifi package.
    """
    transport = PinnedTransport(reach, trust or known_authorities(), connections_max, resolve)
    return httpx.AsyncClient(transport=transport, follow_redirects=False, trust_env=False, timeout=within_s)


async def asked(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    answer_bytes_max: int,
    within_s: float = WITHIN_S,
) -> Answer:
    """Ask, and read the answer whole, within a size and a time. Nothing is unpacked: it could be a bomb.

    Errors
        httpx.HTTPError  AddressRefused and AnswerTooLong among them.
        TimeoutError     it took longer.
    """
    said = {**(headers or {}), "Accept-Encoding": "identity"}
    async with asyncio.timeout(within_s), client.stream(method, url, content=body, headers=said) as response:
        read = bytearray()
        async for part in response.aiter_raw():
            read += part
            if len(read) > answer_bytes_max:
                raise AnswerTooLong(f"its answer is longer than {answer_bytes_max} bytes")
        return Answer(response.status_code, dict(response.headers), bytes(read))


def parse_networks(text: str) -> tuple[Network, ...]:
    """Networks and single addresses, joined by commas: "10.1.0.0/16, fd00:1::/64, 10.2.0.7".

    Errors
        ValueError  one of them is none, or has bits beyond its length.
    """
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def known_authorities() -> ssl.SSLContext:
    """Who is believed to name hosts: the machine's own list and that of the certifi package."""
    trust = httpx.create_ssl_context(trust_env=False)
    trust.load_default_certs()
    return trust


def _pinned(request: httpx.Request, address: Address) -> httpx.Request:
    """The same request, sent to this address: its Host header and its TLS name stay."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=str(address)),
        headers=request.headers,
        stream=request.stream,
        extensions=request.extensions,
    )


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _inside(address: Address) -> Address:
    """The IPv4 address that an IPv6 address carries inside, where it carries one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, address))[1]
