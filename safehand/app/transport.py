"""Transport: what may travel in clear text. Beyond this machine nothing does, unless somebody said so."""

import ipaddress
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from safehand.kernel.errors import SafehandError

VERIFIED = "verify-full"
NATS_TLS = "tls"


class ClearText(SafehandError):
    """Something would travel in clear text beyond this machine."""

    code = "app.clear_text"

    def __init__(self, setting: str, why: str) -> None:
        super().__init__(setting=setting, why=why)


def is_local(host: str) -> bool:
    """Whether a host is this machine: loopback, a socket's folder, or nothing at all."""
    return host in {"", "localhost"} or host.startswith("/") or is_loopback(host.strip("[]"))


def is_loopback(address: str) -> bool:
    """Whether an address, not a name, is this machine's own."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def listening_worries(host: str, origin: str, *, tls: bool, proxied: bool) -> Iterator[ClearText]:
    """What would be read along by others of what people and devices send us."""
    parts = urlsplit(origin)
    if not is_local(host) and not tls and not proxied:
        yield ClearText("SAFEHAND_HOST", f"at {host} we would be spoken to without TLS")
    if parts.scheme != "https" and (tls or not is_local(parts.hostname or "")):
        yield ClearText("SAFEHAND_ORIGIN", f"people would be sent to {origin}")


def database_worries(setting: str, url: str, default_host: str = "") -> Iterator[ClearText]:
    """Whether the way to the database is this machine's, or TLS with a certificate that is checked.

    Shapes
        default_host  whom the driver asks where the address names nobody (PGHOST).
    """
    parts, asked = urlsplit(url), parse_qs(urlsplit(url).query)
    hosts = [_host(part) for part in parts.netloc.rpartition("@")[2].split(",")]
    hosts += [host for said in asked.get("host", []) for host in said.split(",")]
    if not any(hosts):
        hosts = default_host.split(",")
    far = [host for host in hosts if not is_local(host)]
    if far and asked.get("sslmode", [""])[-1] != VERIFIED:
        yield ClearText(setting, f"the database at {far[0]} would be asked without sslmode={VERIFIED}")


def stream_worries(setting: str, url: str) -> Iterator[ClearText]:
    """The same for NATS: each of its servers."""
    for part in url.split(","):
        parts = urlsplit(part.strip())
        if not is_local(parts.hostname or "") and parts.scheme != NATS_TLS:
            yield ClearText(setting, f"the stream at {parts.hostname} would be asked without {NATS_TLS}://")


def _host(part: str) -> str:
    """The host of "host", "host:port" and "[::1]:port"."""
    if part.startswith("["):
        return part[1:].partition("]")[0]
    return part.partition(":")[0]
