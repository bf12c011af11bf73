"""Timestamps: now and then somebody else's clock says when our checkpoint was there (RFC 3161).

Without one, the time of a checkpoint is our own word. A token is checked before it is kept: over our bytes, for our
question, by the certificate that whoever runs the installation named. `openssl ts -verify` checks it as well.

Source
    RFC 3161; RFC 5816 for the certificate's hash in the token.
"""

import asyncio
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import structlog
from cryptography import x509
from cryptography.x509.oid import NameOID
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from safehand.kernel.clock import Clock
from safehand.kernel.outgoing import asked
from safehand.ledger.checkpoint import SignedCheckpoint, Signers, open_checkpoint
from safehand.ledger.durable import DurableFolder, read_regular
from safehand.ledger.merkle import BadProof, consistency_proof, verify_consistency
from safehand.ledger.note import NOTE_BYTES_MAX
from safehand.ledger.source import FolderSource, Source, SourceUnusable, read_tile
from safehand.ledger.stamp import STAMPED_PATH, TOKEN_BYTES_MAX, TOKEN_PATH
from safehand.ledger.tiles import BadTile, Tile, node_reader

EVERY_S = 3_600.0
AGAIN_S = 300.0
ASK_WITHIN_S = 15.0
CERTIFICATE_BYTES_MAX = 128 * 1024
CERTIFICATES_MAX = 8
SKEW = timedelta(minutes=10)
"""So far its clock and ours may be apart: beyond it, one of them is wrong, and a person should look."""

SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
QUERY_TYPE = "application/timestamp-query"
REPLY_TYPE = "application/timestamp-reply"

log = structlog.get_logger(__name__)


class BadTimestamp(ValueError):
    """The token is none, is of something else, or is not signed by whom we believe."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """A checkpoint of which somebody else says that it was there at a moment."""

    signed: SignedCheckpoint
    at: datetime
    by: str
    """The name in the certificate that signed."""


def parse_certificates(raw: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM file: the authority's own, and those above it.

    Errors
        BadTimestamp  none, too many, or not PEM.
    """
    try:
        found = tuple(x509.load_pem_x509_certificates(raw))
    except ValueError as error:
        raise BadTimestamp(f"not certificates in PEM: {error}") from None
    if not 0 < len(found) <= CERTIFICATES_MAX or len(raw) > CERTIFICATE_BYTES_MAX:
        raise BadTimestamp(f"one certificate is wanted, {CERTIFICATES_MAX} at most")
    return found


def check_timestamp(
    token: bytes, stamped: bytes, trusted: Sequence[x509.Certificate], nonce: int | None = None
) -> tuple[datetime, str]:
    """When somebody trusted saw these bytes, and who.

    Shapes
        trusted  roots, or the authority's own certificate.
        nonce    of the question that it answers; None for a token that was kept.
    Errors
        BadTimestamp  anything else.
    """
    try:
        response = decode_timestamp_response(token)
        verifier = VerifierBuilder(roots=list(trusted), nonce=nonce).build()
        verifier.verify(response, _digest_of(response, stamped))
        return response.tst_info.gen_time, _signer(response, trusted)
    except (VerificationError, ValueError, TypeError) as error:
        raise BadTimestamp(str(error)[:200]) from None


def read_stamped(source: Source, signers: Signers, trusted: Sequence[x509.Certificate]) -> Stamped | None:
    """The newest timestamp beside a log; None where there is none.

    Errors
        BadTimestamp    it is damaged, of another checkpoint, or by nobody who is trusted.
        SourceUnusable  the place cannot be reached.
    """
    try:
        token, stamped = source.read(TOKEN_PATH, TOKEN_BYTES_MAX), source.read(STAMPED_PATH, NOTE_BYTES_MAX)
    except BadTile as error:
        raise BadTimestamp(str(error)) from None
    if token is None or stamped is None:
        return None
    at, by = check_timestamp(token, stamped, trusted)
    try:
        return Stamped(open_checkpoint(stamped, signers), at, by)
    except ValueError as error:
        raise BadTimestamp(f"what is stamped is not a checkpoint of this log: {error}") from None


def check_history(source: Source, stamped: Stamped, size: int, root: bytes) -> None:
    """The log in `source`, whose files were verified up to `size`, began as the checkpoint that was stamped.

    Errors
        BadTimestamp    it is of another history, or of more than is there.
        SourceUnusable  the place cannot be reached.
    """

    def tile(wanted: Tile) -> bytes:
        raw = read_tile(source, wanted)
        if raw is None:
            raise BadTimestamp(f"{wanted.path} is missing")
        return raw

    old = stamped.signed
    try:
        proof = consistency_proof(old.size, size, node_reader(size, tile))
        verify_consistency(old.size, size, old.root, root, proof)
    except (BadProof, BadTile, ValueError) as error:
        raise BadTimestamp(f"what was stamped is not the beginning of this log: {error}") from None


@dataclass(slots=True)
class Timestamps:
    """Asks a timestamping authority about the checkpoint that others are shown. Call `run_once` again and again."""

    folder: Path
    shown: str
    signers: Signers
    url: str
    trusted: tuple[x509.Certificate, ...]
    client: httpx.AsyncClient
    clock: Clock
    every_s: float = EVERY_S
    again_s: float = AGAIN_S
    trouble: str = field(default="", init=False)
    newest: Stamped | None = field(default=None, init=False)
    _next_s: float | None = field(default=None, init=False)

    async def run_once(self) -> int:
        """Have a newer checkpoint stamped, if it is time; how many were."""
        now_s = time.monotonic()
        if self._next_s is None:
            self.newest = await asyncio.to_thread(self._kept)
            self._next_s = now_s
        if now_s < self._next_s:
            return 0
        note = await asyncio.to_thread(self._note)
        if note is None or (self.newest is not None and open_checkpoint(note, self.signers) == self.newest.signed):
            return 0
        try:
            self.newest = await self._stamp(note)
        except (BadTimestamp, httpx.HTTPError, TimeoutError) as error:
            self._next_s, self.trouble = now_s + self.again_s, str(error) or type(error).__name__
            log.warning("timestamp.trouble", error=self.trouble)
            return 0
        self._next_s, self.trouble = now_s + self.every_s, ""
        return 1

    async def _stamp(self, note: bytes) -> Stamped:
        """Ask, check the answer, and only then keep it."""
        asking = TimestampRequestBuilder().data(note).hash_algorithm(HashAlgorithm.SHA256).build()
        answer = await asked(
            self.client,
            "POST",
            self.url,
            body=asking.as_bytes(),
            headers={"Content-Type": QUERY_TYPE},
            answer_bytes_max=TOKEN_BYTES_MAX,
            within_s=ASK_WITHIN_S,
        )
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if answer.status != httpx.codes.OK or kind != REPLY_TYPE:
            raise BadTimestamp(f"it answered {answer.status} with {kind[:80]!a}, not a timestamp")
        at, by = check_timestamp(answer.body, note, self.trusted, asking.nonce)
        now = datetime.fromtimestamp(self.clock.now_ms() / 1000, UTC)
        if abs(at - now) > SKEW:
            raise BadTimestamp(f"it says {at:%Y-%m-%d %H:%M}, our clock {now:%Y-%m-%d %H:%M}")
        files = {STAMPED_PATH: note, TOKEN_PATH: answer.body}
        await asyncio.to_thread(DurableFolder(self.folder).write, files)
        return Stamped(open_checkpoint(note, self.signers), at, by)

    def _kept(self) -> Stamped | None:
        """What an earlier start has left; a half-written pair counts as none."""
        if not self.folder.is_dir():
            return None
        try:
            return read_stamped(FolderSource(self.folder), self.signers, self.trusted)
        except (BadTimestamp, SourceUnusable) as error:
            log.warning("timestamp.kept_is_bad", error=str(error))
            return None

    def _note(self) -> bytes | None:
        try:
            return read_regular(self.folder / self.shown, NOTE_BYTES_MAX)
        except FileNotFoundError:
            return None


def _digest_of(response: TimeStampResponse, stamped: bytes) -> bytes:
    """SHA-256 of the bytes: we ask for no other, so a token by another is not for our question."""
    if response.tst_info.message_imprint.hash_algorithm != SHA256:
        raise BadTimestamp("it is over another kind of hash than was asked for")
    return hashlib.sha256(stamped).digest()


def _signer(response: TimeStampResponse, trusted: Sequence[x509.Certificate]) -> str:
    """The common name of who signed, for people to read."""
    [signer] = response.signed_data.signer_infos
    known = [*trusted, *map(x509.load_der_x509_certificate, response.signed_data.certificates)]
    for certificate in known:
        if (certificate.issuer, certificate.serial_number) == (signer.issuer, signer.serial_number):
            names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
            return str(names[0].value) if names else certificate.subject.rfc4514_string()
    raise BadTimestamp("nobody known has signed it")
