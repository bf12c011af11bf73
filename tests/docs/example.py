"""The example of docs/protocol.md, made anew from its two keys: deterministic to the byte."""

import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from safehand.events.statement import (
    FIRST_AFTER,
    Closed,
    HandedOver,
    Packed,
    Scanned,
    Statement,
    private_body_hash,
    statement_bytes,
)
from safehand.events.vocabulary import Evidence, Side, State, Way
from safehand.identity.wire import b64url_text, request_bytes
from safehand.kernel.ids import AGGREGATE, AggregateId, DeviceId, ParcelId
from tests.world import ANA, BOX, DEPOT, EVE, SHOP, _id, device_of

AT_MS = 1_790_000_000_000
SALT = bytes(range(32))
BODY = b'{"pin":"402913"}'
CODE = "K7QM-2T9X"

DEPOT_KEY = ec.derive_private_key(0x00CA20CDE64A894E876EFAB1411496D9F420FE8088300E27EED7414D355D52B5, ec.SECP256R1())
DRIVER_KEY = ec.derive_private_key(0x00AE0006603D69A86F3EB6033534198CB1538195B74A3199F77A7E7378731B36, ec.SECP256R1())
SCANNER, PHONE = device_of(DEPOT), device_of(ANA)

CAGE = AggregateId(ParcelId(_id(AGGREGATE, "cage")))


def signature(key: ec.EllipticCurvePrivateKey, message: bytes) -> str:
    """Raw r and s in base64url; the nonce follows from the message (RFC 6979), so that the page can be made anew."""
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
    return b64url_text(r.to_bytes(32) + s.to_bytes(32))


def public_key(key: ec.EllipticCurvePrivateKey) -> str:
    """The uncompressed point in base64url."""
    return b64url_text(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def statements() -> tuple[list[Statement], list[Statement]]:
    """What the depot's scanner says, and what the driver's phone says."""
    received = HandedOver(
        **_next(SCANNER, 1),
        after=FIRST_AFTER,
        giver=SHOP,
        taker=DEPOT,
        side=Side.TAKER,
        way=Way.COUNTER,
        state=State.RECEIVED,
    )
    sides: dict[str, Any] = {
        "after": received.handover,
        "giver": DEPOT,
        "taker": ANA,
        "way": Way.DEVICES,
        "state": State.LOADED,
    }
    given = HandedOver(**_next(SCANNER, 2), side=Side.GIVER, **sides)
    taken = HandedOver(**_next(PHONE, 1), side=Side.TAKER, **sides)
    on_the_way = Scanned(**_next(PHONE, 2), party=ANA, state=State.OUT_FOR_DELIVERY)
    delivered = HandedOver(
        **_next(PHONE, 3),
        after=given.handover,
        giver=ANA,
        taker=EVE,
        side=Side.GIVER,
        way=Way.PIN,
        state=State.DELIVERED,
        evidence=(Evidence.PIN,),
        body_hash=private_body_hash(SALT, BODY),
    )
    return [received, given], [taken, on_the_way, delivered]


def cage_statements() -> tuple[list[Statement], list[Statement]]:
    """What the two say of a cage with the box in it, while the depot still has the box."""
    sides: dict[str, Any] = {
        "after": FIRST_AFTER,
        "giver": DEPOT,
        "taker": ANA,
        "way": Way.DEVICES,
        "state": State.LOADED,
    }
    packed = Packed(**_next(SCANNER, 3), party=DEPOT, into=CAGE)
    closed = Closed(**_next(SCANNER, 4) | {"parcel": CAGE}, party=DEPOT, count=1)
    given = HandedOver(**_next(SCANNER, 5) | {"parcel": CAGE}, side=Side.GIVER, **sides)
    taken = HandedOver(**_next(PHONE, 4) | {"parcel": CAGE}, side=Side.TAKER, **sides)
    return [packed, closed, given], [taken]


def _next(device: DeviceId, sequence: int) -> dict[str, Any]:
    return {"device": device, "sequence": sequence, "at_ms": AT_MS + sequence * 60_000, "parcel": BOX}


def batch(key: ec.EllipticCurvePrivateKey, said: list[Statement]) -> bytes:
    """The body of POST /v1/statements, as the page shows it."""
    return json.dumps({"statements": [item(key, one) for one in said]}, indent=1).encode()


def item(key: ec.EllipticCurvePrivateKey, said: Statement) -> dict[str, str]:
    """One item."""
    raw = statement_bytes(said)
    made = {"statement": raw.decode("ascii"), "signature": signature(key, raw)}
    if said.body_hash is not None:
        made |= {"salt": b64url_text(SALT), "body": b64url_text(BODY)}
    return made


def answer(said: list[Statement]) -> str:
    """What the page says is answered; `seq` depends on what else was told."""
    answers: list[dict[str, Any]] = [
        {
            "hash": hashlib.sha256(statement_bytes(one)).hexdigest(),
            "outcome": "stored",
            "seq": 2 + place,
            "exceptions": [],
            "why": None,
        }
        for place, one in enumerate(said)
    ]
    return json.dumps({"answers": answers}, indent=1)


def authorization(key: ec.EllipticCurvePrivateKey, device: str, body: bytes, at_ms: int) -> str:
    """The header of a device's request."""
    made = signature(key, request_bytes("POST", b"/v1/statements", at_ms, body))
    return f"Safehand-Device id={device}, at={at_ms}, signature={made}"


def enrolment() -> str:
    """The body of POST /v1/devices, as the page shows it."""
    point = public_key(DEPOT_KEY)
    proof = signature(DEPOT_KEY, f"safehand/enrol/v1\n{CODE}\n{point}".encode("ascii"))
    return json.dumps({"code": CODE, "public_key": point, "proof": proof}, indent=1)
