"""The server's certificate: loaded with settings of today, and taken up anew when its file is.

Source
    Mozilla's server-side TLS guideline, "intermediate": TLS 1.2 and 1.3, forward secrecy, authenticated encryption.
"""

import os
import ssl
import stat
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog
from cryptography import x509

from safehand.kernel.errors import SafehandError

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
KEY_MODE_REFUSED = 0o037
"""Bits that a key file must not have: others may do nothing with it, its group may read it at most."""
FILE_BYTES_MAX = 256 * 1024

log = structlog.get_logger(__name__)

type Seen = tuple[tuple[int, int, int], ...]


class CertificateUnusable(SafehandError):
    """The files of the server's certificate cannot be used."""

    code = "app.certificate_unusable"

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(file=file, reason=reason)


@dataclass(slots=True)
class ServerCertificate:
    """The certificate and key in two files, and the context that connections are made with."""

    certificate: Path
    key: Path
    context: ssl.SSLContext = field(init=False)
    _seen: Seen = field(init=False)
    _expires: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._seen = self._look()
        self.context = self._loaded()
        self._expires = expiry(self.certificate)

    @property
    def expires_s(self) -> float:
        """When it ends, in seconds since 1970 UTC."""
        return self._expires.timestamp()

    async def run_once(self) -> int:
        """Take a renewed certificate up; 1 if there was one. New connections get it, the open ones go on.

        One that cannot be used changes nothing: it is told of, and the one before stays.
        """
        try:
            seen = self._look()
            if seen == self._seen:
                return 0
            self._loaded()  # in a context of its own: only a pair that fits may touch the living one
            self.context.load_cert_chain(self.certificate, self.key)
            self._expires, self._seen = expiry(self.certificate), seen
        except (CertificateUnusable, OSError, ssl.SSLError) as error:
            log.error("certificate.not_taken_up", error=type(error).__name__)
            return 0
        log.info("certificate.taken_up")
        return 1

    def _look(self) -> Seen:
        """What the files are now; a renewal changes at least one of these numbers."""
        try:
            found = [os.stat(path) for path in (self.certificate, self.key)]
        except OSError as error:
            raise CertificateUnusable(str(error.filename), error.strerror or "it cannot be read") from None
        return tuple((one.st_ino, one.st_mtime_ns, one.st_size) for one in found)

    def _loaded(self) -> ssl.SSLContext:
        check_key_file(self.key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(CIPHERS)
        context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
        context.set_alpn_protocols(["http/1.1"])
        try:
            context.load_cert_chain(self.certificate, self.key)
        except (ssl.SSLError, OSError) as error:
            raise CertificateUnusable(
                str(self.certificate), f"it does not load with its key ({_words(error)})"
            ) from None
        if expiry(self.certificate) <= datetime.now(UTC):
            raise CertificateUnusable(str(self.certificate), "it has expired")
        return context


def check_key_file(path: Path) -> None:
    """Refuse a key that others could read.

    Errors
        CertificateUnusable  it is no file, or its mode lets others at it.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise CertificateUnusable(str(path), error.strerror or "it cannot be read") from None
    if not stat.S_ISREG(mode):
        raise CertificateUnusable(str(path), "it is no file")
    if mode & KEY_MODE_REFUSED:
        raise CertificateUnusable(str(path), f"its mode {stat.S_IMODE(mode):04o} lets others at it: 0600, or 0640")


def expiry(path: Path) -> datetime:
    """When the first certificate of a file ends.

    Errors
        CertificateUnusable  there is none in it.
    """
    try:
        with path.open("rb") as file:
            first = x509.load_pem_x509_certificates(file.read(FILE_BYTES_MAX))[0]
    except (OSError, ValueError) as error:
        raise CertificateUnusable(str(path), f"it holds no certificate ({_words(error)})") from None
    return first.not_valid_after_utc


def named_hosts(path: Path) -> tuple[str, ...]:
    """The names and addresses that a certificate is for."""
    with path.open("rb") as file:
        first = x509.load_pem_x509_certificates(file.read(FILE_BYTES_MAX))[0]
    try:
        names = first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = (str(address) for address in names.get_values_for_type(x509.IPAddress))
    return (*names.get_values_for_type(x509.DNSName), *addresses)


def _words(error: Exception) -> str:
    """What is wrong with a file, without what is in it."""
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
