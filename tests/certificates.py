"""Certificates for tests: an authority, and what it signs. Made fresh, valid for a day if not told."""

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)
DAYS_OF_AUTHORITY = 365


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs certificates for hosts; `certificate` is the file to believe."""

    certificate: Path
    _key: ec.EllipticCurvePrivateKey
    _own: x509.Certificate

    def issue(self, folder: Path, *hosts: str, valid: timedelta = DAY) -> Issued:
        """A certificate for these names and addresses, in folder/tls.crt and folder/tls.key (0600).

        tls.crt is the chain, the authority at its end, as a server shows it.
        """
        folder.mkdir(parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [_general_name(host) for host in hosts]
        made = (
            _builder(hosts[0], self._own.subject, key, valid)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        issued = Issued(folder / "tls.crt", folder / "tls.key")
        issued.certificate.write_bytes(made.public_bytes(Encoding.PEM) + self._own.public_bytes(Encoding.PEM))
        issued.key.touch(0o600)
        issued.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return issued

    def trust(self) -> ssl.SSLContext:
        """What a client of ours believes: this authority and no other."""
        return ssl.create_default_context(cafile=str(self.certificate))


def an_authority(folder: Path, name: str = "Test authority") -> Authority:
    """An authority of our own."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    itself = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    own = (
        _builder(name, itself, key, DAYS_OF_AUTHORITY * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "authority.crt").write_bytes(own.public_bytes(Encoding.PEM))
    return Authority(folder / "authority.crt", key, own)


def _builder(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, valid: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + valid)
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
