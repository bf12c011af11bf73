"""A timestamping authority of our own: OpenSSL signs, a small server answers, and it can be told to lie."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CONFIGURATION = """
[tsa]
default_tsa = us
[us]
dir = {folder}
serial = $dir/serial
crypto_device = builtin
signer_cert = $dir/tsa.pem
signer_key = $dir/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
NAME = "Clock Office"

type Answer = tuple[int, str, bytes]


@dataclass
class Authority:
    """Keys and certificate of one authority, and what its server does with a question."""

    folder: Path
    questions: list[bytes] = field(default_factory=list)
    answers: Callable[[bytes], Answer] | None = None
    url: str = ""

    @property
    def root(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate((self.folder / "root.pem").read_bytes())

    def honest(self, question: bytes, *more: str) -> Answer:
        """What OpenSSL answers."""
        asked, told = self.folder / "question.tsq", self.folder / "answer.tsr"
        asked.write_bytes(question)
        words = ["-queryfile", str(asked), "-config", str(self.folder / "tsa.cnf"), "-out", str(told), *more]
        subprocess.run(["openssl", "ts", "-reply", *words], check=True, capture_output=True)
        return 200, "application/timestamp-reply", told.read_bytes()

    def stamp(self, data: bytes) -> bytes:
        """A token over these bytes, without a question of ours."""
        (self.folder / "data").write_bytes(data)
        query = self.folder / "own.tsq"
        words = ["-data", str(self.folder / "data"), "-sha256", "-cert", "-out", str(query)]
        subprocess.run(["openssl", "ts", "-query", *words], check=True, capture_output=True)
        return self.honest(query.read_bytes())[2]


def an_authority(folder: Path, name: str = NAME, *, for_time: bool = True) -> Authority:
    """A fresh one, with a root that vouches for its certificate."""
    folder.mkdir(parents=True)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate(f"{name} Root", root_key, f"{name} Root", root_key, authority=True)
    own = _certificate(name, key, f"{name} Root", root_key, for_time=for_time)
    pem = serialization.Encoding.PEM
    (folder / "root.pem").write_bytes(root.public_bytes(pem))
    (folder / "tsa.pem").write_bytes(own.public_bytes(pem))
    plain = serialization.NoEncryption()
    (folder / "tsa.key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))
    return Authority(folder)


@contextmanager
def a_served_authority(folder: Path) -> Iterator[Authority]:
    """One that answers over HTTP on this machine until the end of the block."""
    authority = an_authority(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = self.rfile.read(int(self.headers["Content-Length"]))
            authority.questions.append(question)
            status, kind, body = (authority.answers or authority.honest)(question)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if status == 302:
                self.send_header("Location", body.decode())
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    authority.url = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield authority
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    by: str,
    by_key: ec.EllipticCurvePrivateKey,
    *,
    authority: bool = False,
    for_time: bool = False,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, by)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if for_time:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(by_key, hashes.SHA256())
