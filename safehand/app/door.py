"""The door that people come in by: who is counted there, and the certificate by which they know us."""

from dataclasses import dataclass, field

from safehand.app.connections import Gate
from safehand.app.server_certificate import ServerCertificate


@dataclass(frozen=True, slots=True)
class Door:
    """One for each listening process. Without a `certificate` it speaks in clear text: to a proxy, or this machine."""

    gate: Gate = field(default_factory=Gate)
    certificate: ServerCertificate | None = None
