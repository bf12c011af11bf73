"""Judges one-sided handovers by the policy and by what their private bodies hold. Fills custody's port."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from safehand.custody.head import Head
from safehand.custody.model import BOTH_MUST_SIGN, Proof
from safehand.events.statement import HandedOver
from safehand.events.vocabulary import Evidence, ExceptionKind, Way
from safehand.handover.pins import Pins
from safehand.handover.policy import rule_for
from safehand.store.database import Tx

STROKES_MAX = 200
POINTS_MAX = 2000


class Body(msgspec.Struct, kw_only=True, frozen=True):
    """The private body of a handover: what the other side left, and where the device thought it was.

    `drawing` is a list of strokes, each a list of x, y in turn, in thousandths of the field's width.
    `photo` is the hex SHA-256 of a file that comes by PUT /v1/evidence.
    """

    pin: str | None = None
    drawing: list[list[int]] | None = None
    photo: str | None = None
    lat_e7: int | None = None
    lon_e7: int | None = None
    accuracy_m: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Proofs:
    """The proof policy with its PINs."""

    pins: Pins

    async def judge(self, tx: Tx, cases: Sequence[tuple[Head, HandedOver, bytes | None]]) -> list[Proof]:
        """What the policy says of each handover, given its private body."""
        return [await self._one(tx, head, said, body) for head, said, body in cases]

    async def _one(self, tx: Tx, head: Head, said: HandedOver, raw: bytes | None) -> Proof:
        if said.way is Way.DEVICES or said.handover in head.chain:
            return BOTH_MUST_SIGN
        rule = rule_for(head, said)
        if rule is None:
            return Proof(accepted=False, problem=ExceptionKind.EVIDENCE_MISSING, recorded=Way.DEVICES)
        body = read_body(raw)
        missing = [kind for kind in sorted(rule.evidence) if kind not in said.evidence or not _holds(body, kind)]
        if missing:
            return Proof(accepted=False, problem=ExceptionKind.EVIDENCE_MISSING, recorded=missing[0])
        if Evidence.PIN in rule.evidence and not await self.pins.matches(tx, head.parcel, body.pin or ""):
            return Proof(accepted=False, problem=ExceptionKind.PIN_MISMATCH)
        return Proof(accepted=True)


def read_body(raw: bytes | None) -> Body:
    """The private body; an empty one if it is absent or cannot be read: then it proves nothing."""
    try:
        return msgspec.json.decode(raw or b"{}", type=Body)
    except msgspec.DecodeError:
        return Body()


def _holds(body: Body, kind: Evidence) -> bool:
    match kind:
        case Evidence.PIN:
            return bool(body.pin)
        case Evidence.DRAWING:
            strokes = body.drawing or []
            return 0 < len(strokes) <= STROKES_MAX and 4 <= sum(map(len, strokes)) <= POINTS_MAX
        case Evidence.PHOTO:
            return body.photo is not None and len(body.photo) == 64
