"""`/verify`: anybody checks a receipt, without signing in, and is told in plain words what it proves and what not."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from safehand.events.event import Event, UnknownEvent, decode
from safehand.identity.actions import Action
from safehand.identity.model import Principal
from safehand.ledger.checkpoint import open_checkpoint
from safehand.ledger.errors import LogBroken
from safehand.ledger.merkle import BadProof, inclusion_proof, root_from_inclusion
from safehand.ledger.note import parse_note
from safehand.ledger.predecessor import Predecessor
from safehand.ledger.receipt import BadReceipt, Verified, parse_receipt, verify_receipt
from safehand.ledger.source import read_nodes
from safehand.ledger.succession import Succession
from safehand.ledger.timestamps import Stamped, Timestamps
from safehand.ledger.witness.cosignature import Cosigned, cosignatures
from safehand.ledger.witness.policy import Policy
from safehand.surfaces.ports import Gate
from safehand.surfaces.web.forms import read_form
from safehand.surfaces.web.pages import LINK_REFERRER, Pages

TYPED_BYTES_MAX = 192 * 1024
"""A receipt has one or two thousand bytes; a form may write each as three."""


class Verdict(StrEnum):
    """What became of a receipt."""

    HOLDS = "holds"
    UNREADABLE = "unreadable"
    STRANGER = "stranger"
    ALTERED = "altered"


@dataclass(frozen=True, slots=True)
class Trust:
    """What this carrier's receipts are held against: every key that its log had, and the witnesses that it asks."""

    keys: Succession
    policy: Policy | None
    timestamps: Timestamps | None = None
    before: Predecessor | None = None
    """The log before this one, which was declared over: its receipts are ours too."""
    keys_before: Succession | None = None
    """Every key that it had; None where the one that declared it over is all that is known."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A receipt with what was found out; everything below the verdict is of one that holds.

    `event` is None for a fact of a kind that this version does not know. `enough` says whether the witnesses are the
    quorum; None where this carrier asks none.
    """

    verdict: Verdict
    verified: Verified | None = None
    event: Event | None = None
    cosigned: tuple[Cosigned, ...] = ()
    enough: bool | None = None
    stamped: Stamped | None = None
    """When a clock that is not ours saw the log with this fact in it."""
    ended: Predecessor | None = None
    """How the log ended that signed it, where that is the one before today's."""

    @property
    def repeated(self) -> bool:
        """Whether today's log begins with this fact too."""
        return self.ended is not None and self.verified is not None and self.verified.index < self.ended.same

    @property
    def fact_lines(self) -> str:
        """The fact itself, laid out to be read."""
        return json.dumps(json.loads(self.verified.fact), indent=1) if self.verified else ""


def judge(raw: bytes, trust: Trust) -> Judged:
    """Check a receipt as somebody pasted it: line ends of any kind, space around it."""
    proof = b"\n".join(raw.strip().splitlines()) + b"\n"
    try:
        receipt = parse_receipt(proof)
    except BadReceipt:
        return Judged(Verdict.UNREADABLE)
    if (keys := _whose(receipt.proof.note, trust)) is None:
        return Judged(Verdict.STRANGER)
    try:
        verified = verify_receipt(proof, keys)
    except BadReceipt:
        return Judged(Verdict.ALTERED)
    try:
        event: Event | None = decode(verified.fact)
    except UnknownEvent:
        event = None
    ended = trust.before if keys is not trust.keys else None
    stamped = _stamped(verified, trust) if ended is None else None
    if trust.policy is None:
        return Judged(Verdict.HOLDS, verified, event, stamped=stamped, ended=ended)
    cosigned = tuple(cosignatures(parse_note(receipt.proof.note), trust.policy.keys))
    enough = trust.policy.satisfied_by([one.witness for one in cosigned])
    return Judged(Verdict.HOLDS, verified, event, cosigned, enough, stamped, ended)


def _whose(note: bytes, trust: Trust) -> Succession | None:
    """The keys of our log that signed this checkpoint: today's, or those of the one before, as far as it went."""
    with suppress(ValueError):
        open_checkpoint(note, trust.keys)
        return trust.keys
    if (before := trust.before) is None:
        return None
    with suppress(ValueError):
        keys = trust.keys_before or Succession(before.key)
        signed = open_checkpoint(note, keys)
        if signed.size < before.size or (signed.size, signed.root) == (before.size, before.root):
            return keys
    return None


def _stamped(verified: Verified, trust: Trust) -> Stamped | None:
    """The newest timestamp, if the fact is in the log that was stamped."""
    newest = trust.timestamps.newest if trust.timestamps is not None else None
    if trust.timestamps is None or newest is None or verified.index >= newest.signed.size:
        return None
    size = newest.signed.size
    try:
        hashes = inclusion_proof(verified.index, size, read_nodes(trust.timestamps.folder, size))
        same = root_from_inclusion(verified.index, size, verified.leaf, hashes) == newest.signed.root
    except (BadProof, LogBroken):
        return None
    return newest if same else None


def router(pages: Pages, trust: Trust, gate: Gate) -> APIRouter:
    """The form and its answer, on one page. Nothing that is sent here is kept."""
    api = APIRouter(prefix="/verify", include_in_schema=False)
    public = Depends(gate(Action.PUBLIC_READ))

    def answered(request: Request, judged: Judged | None, typed: str) -> Response:
        return pages.answer(
            request,
            "recipient/verify.html",
            referrer=LINK_REFERRER,
            judged=judged,
            typed=typed,
            key=str(trust.keys.newest),
        )

    @api.get("")
    async def ask(request: Request, _: Annotated[Principal, public]) -> Response:
        return answered(request, None, "")

    @api.post("")
    async def check(request: Request, _: Annotated[Principal, public]) -> Response:
        typed = (await read_form(request, TYPED_BYTES_MAX)).get("receipt", "")
        judged = await asyncio.to_thread(judge, typed.encode("utf-8", "replace"), trust)
        return answered(request, judged, "" if judged.verdict is Verdict.HOLDS else typed)

    return api
