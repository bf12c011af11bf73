"""Proxies: whose word about the real asker is believed, and what may come in clear text.

Whoever can write `X-Forwarded-For` can be anybody: it is believed from the addresses that a setting names, and taken
off every request, so that nothing further in can believe it.
"""

import ipaddress
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope

from safehand.app.settings import Settings
from safehand.app.transport import is_local, is_loopback
from safehand.kernel.errors import Forbidden
from safehand.kernel.outgoing import Network

FORWARDED = frozenset(
    {b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port", b"x-real-ip"}
)
HOPS_MAX = 16
HEALTH = frozenset({"/healthz", "/readyz"})
"""What a load balancer asks by itself, in clear text and from its own address."""


class NotByProxy(Forbidden):
    """A request came in clear text, and not by way of the proxy."""

    code = "app.not_by_proxy"

    def __init__(self) -> None:
        super().__init__()


class ClearTextForwarded(Forbidden):
    """The proxy took this request in clear text."""

    code = "app.clear_text_forwarded"

    def __init__(self) -> None:
        super().__init__()


@dataclass(frozen=True, slots=True)
class Proxies:
    """Judges who passes a request on.

    Shapes
        trusted  the proxies' networks; empty where there is none.
        only     whether requests must come by way of them (or from this machine): nobody else is answered.
    """

    trusted: tuple[Network, ...] = ()
    only: bool = False

    def admit(self, scope: Scope, *, secure: bool) -> None:
        """Make the scope's client and scheme those of who really asks, and take the word of proxies off it.

        Errors
            NotByProxy          it came past the proxies.
            ClearTextForwarded  a proxy took it in clear text although people are to come over https.
        """
        headers = Headers(scope=scope)
        peer = scope["client"][0] if scope.get("client") else ""
        chain, proto = ",".join(headers.getlist("x-forwarded-for")), headers.get("x-forwarded-proto", "")
        scope["headers"] = [pair for pair in scope["headers"] if pair[0].lower() not in FORWARDED]
        if not self.trusts(peer):
            if self.only and not is_loopback(peer) and scope["path"] not in HEALTH:
                raise NotByProxy()
            return
        if proto in {"http", "https"}:
            scope["scheme"] = proto
            if secure and proto == "http" and scope["path"] not in HEALTH:
                raise ClearTextForwarded()
        scope["client"] = (self._asker(peer, chain), 0)

    def trusts(self, address: str) -> bool:
        """Whether this is a proxy of ours."""
        try:
            known = ipaddress.ip_address(address)
        except ValueError:
            return False
        known = getattr(known, "ipv4_mapped", None) or known
        return any(known.version == network.version and known in network for network in self.trusted)

    def _asker(self, peer: str, chain: str) -> str:
        """The last in the chain that is no proxy of ours: what stands before it, anybody could have written."""
        for said in reversed(chain.split(",")[-HOPS_MAX:]):
            try:
                hop = str(ipaddress.ip_address(said.strip()))
            except ValueError:
                break
            peer = hop
            if not self.trusts(hop):
                break
        return peer


def proxies_of(settings: Settings) -> Proxies:
    """The proxies of an installation. Where it listens beyond this machine without TLS, all come by way of them."""
    only = not is_local(settings.host) and settings.tls_certificate is None and not settings.clear_text
    return Proxies(settings.trusted_proxies, only=only)
