"""Canonical bytes and device signatures: what every statement costs before a database is asked."""

import hashlib

import rfc8785
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench.measure import Measure, best_s
from safehand.events.event import encode
from safehand.identity.signatures import verify_es256
from safehand.kernel.canonical import canonical_bytes, parse_canonical
from tests.world import Bench, honest_day

ROUNDS = 20
SIGNATURES = 60


def canonical() -> Measure:
    """Our canonical bytes of real facts, against rfc8785's."""
    bench = Bench()
    for said in honest_day(sealed=True):
        bench.tell(said)
    values = [parse_canonical(encode(fact)) for fact in bench.facts]

    ours = best_s(lambda: [canonical_bytes(value) for _ in range(ROUNDS) for value in values])
    theirs = best_s(lambda: [rfc8785.dumps(value) for _ in range(ROUNDS // 10) for value in values]) * 10
    return Measure(
        subject="canonical bytes",
        value=theirs / ours,
        unit="x",
        must="at least",
        bound=10,
        floor="rfc8785.dumps of the same facts",
        detail=f"{ROUNDS * len(values) / ours:,.0f} facts a second",
    )


def signatures() -> Measure:
    """Device signatures verified on one core."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(20)]
    points = [key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) for key in keys]
    signed = []
    for number in range(SIGNATURES):
        message = hashlib.sha256(str(number).encode()).digest() * 12
        r, s = decode_dss_signature(keys[number % 20].sign(message, ec.ECDSA(hashes.SHA256())))
        signed.append((points[number % 20], message, r.to_bytes(32) + s.to_bytes(32)))

    took = best_s(lambda: [verify_es256(*one) for one in signed])
    return Measure(
        subject="device signatures",
        value=SIGNATURES / took,
        unit="a second and core",
        must="at least",
        bound=5_000,
        floor="none: a rate of its own",
    )
