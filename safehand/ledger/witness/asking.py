"""The log's side: shows each new checkpoint to the witnesses, and lays down the newest that enough of them cosigned.

Others read what stands in `checkpoint.cosigned`. A checkpoint waits there for its quorum, HOLD_MAX_S at the most: then
it goes out with the cosignatures that it has, and whoever relies on a policy sees that they do not suffice.
"""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import structlog

from safehand.kernel import outgoing
from safehand.kernel.outgoing import Reach
from safehand.ledger.checkpoint import SignedCheckpoint, Signers, open_checkpoint, parse_decimal
from safehand.ledger.durable import DurableFolder, read_regular
from safehand.ledger.merkle import consistency_proof
from safehand.ledger.note import NOTE_BYTES_MAX, BadNote, Note, Signature, parse_note
from safehand.ledger.source import read_nodes
from safehand.ledger.tiles import CHECKPOINT_PATH
from safehand.ledger.witness.cosignature import CosignerKey, cosignatures
from safehand.ledger.witness.policy import KnownWitness, Policy
from safehand.ledger.witness.request import AddCheckpoint

COSIGNED_PATH = "checkpoint.cosigned"
HOLD_MAX_S = 60.0
ASK_WITHIN_S = 5.0
CONNECTIONS_MAX = 16
ANSWER_BYTES_MAX = 16 * 1024
AGAIN_FIRST_S = 1.0
AGAIN_MAX_S = 60.0
REACH = Reach(this_machine=True)

log = structlog.get_logger(__name__)


class WitnessTrouble(ValueError):
    """A witness did not cosign; another time it may."""


class WitnessContradicts(Exception):
    """A witness has cosigned what our log is not: our log was rolled back, or it was shown two histories."""


@dataclass(slots=True)
class Standing:
    """Where one witness stands: the size it cosigned last, and what kept it from more."""

    witness: KnownWitness
    size: int = 0
    trouble: str = ""
    failures: int = 0
    not_before_s: float = 0.0

    def failed(self, why: str, now_s: float) -> None:
        """Leave it alone for a while, longer each time."""
        self.trouble = why
        self.not_before_s = now_s + min(AGAIN_FIRST_S * 2.0**self.failures, AGAIN_MAX_S)
        self.failures = min(self.failures + 1, 30)

    def cosigned(self, size: int) -> None:
        """It is with us again."""
        self.size, self.trouble, self.failures, self.not_before_s = size, "", 0, 0.0


@dataclass(slots=True)
class Witnesses:
    """Asks the witnesses of a policy that have an address. Call `run_once` again and again, in one process."""

    folder: Path
    verifier: Signers
    policy: Policy
    client: httpx.AsyncClient
    hold_max_s: float = HOLD_MAX_S
    standings: list[Standing] = field(init=False)
    _shown: SignedCheckpoint | None = field(default=None, init=False)
    _lines: dict[CosignerKey, Signature] = field(default_factory=dict, init=False)
    _laid: bytes = field(default=b"", init=False)
    _quorum_s: float = field(default_factory=time.monotonic, init=False)

    def __post_init__(self) -> None:
        self.standings = [Standing(witness) for witness in self.policy.witnesses if witness.url is not None]

    async def run_once(self) -> int:
        """Show the newest checkpoint to whoever has not cosigned it; how many did now."""
        signed = await asyncio.to_thread(newest_checkpoint, self.folder, CHECKPOINT_PATH, self.verifier)
        if signed is None or signed.size == 0:
            return 0
        if self._shown is None or signed.note != self._shown.note:
            self._shown, self._lines = signed, {}
        now_s = time.monotonic()
        waiting = [one for one in self.standings if one.witness.key not in self._lines and now_s >= one.not_before_s]
        before = len(self._lines)
        await asyncio.gather(*(self._ask(one, signed) for one in waiting))
        await self._lay_down(signed)
        return len(self._lines) - before

    async def _ask(self, standing: Standing, signed: SignedCheckpoint) -> None:
        try:
            async with asyncio.timeout(ASK_WITHIN_S):
                line = await self._cosignature(standing, signed)
        except WitnessContradicts as error:
            standing.failed(str(error), time.monotonic())
            log.error("witness.contradicts", resource=standing.witness.name, error=str(error))
        except (WitnessTrouble, httpx.HTTPError, TimeoutError) as error:
            standing.failed(str(error) or type(error).__name__, time.monotonic())
            log.warning("witness.trouble", resource=standing.witness.name, error=standing.trouble)
        else:
            standing.cosigned(signed.size)
            self._lines[standing.witness.key] = line

    async def _cosignature(self, standing: Standing, signed: SignedCheckpoint) -> Signature:
        """Its cosignature; asked once more where it stands at another size than we remember."""
        status, answer = await self._post(standing.witness, signed, standing.size)
        if status == httpx.codes.CONFLICT:
            standing.size = _size_said(answer, asked=standing.size, ours=signed.size)
            status, answer = await self._post(standing.witness, signed, standing.size)
        if status == httpx.codes.CONFLICT:
            said = _size_said(answer, asked=standing.size, ours=signed.size)
            raise WitnessTrouble(f"it moved from {standing.size} to {said} while it was asked")
        if status == httpx.codes.UNPROCESSABLE_ENTITY and standing.size == signed.size:
            raise WitnessContradicts(f"it has cosigned another root at {signed.size} entries")
        if status == httpx.codes.UNPROCESSABLE_ENTITY:
            raise WitnessContradicts(f"the log does not continue what it cosigned at {standing.size} entries")
        if status != httpx.codes.OK:
            raise WitnessTrouble(f"status {status}")
        try:
            note = parse_note(signed.note + answer)
        except BadNote as error:
            raise WitnessTrouble(str(error)) from None
        for found in cosignatures(note, [standing.witness.key]):
            return found.signature
        raise WitnessTrouble("its answer holds no cosignature of its own")

    async def _post(self, witness: KnownWitness, signed: SignedCheckpoint, old: int) -> tuple[int, bytes]:
        body = await asyncio.to_thread(_request, self.folder, signed, old)
        address = f"{(witness.url or '').rstrip('/')}/add-checkpoint"
        async with self.client.stream("POST", address, content=body, headers={"Accept-Encoding": "identity"}) as said:
            answer = bytearray()
            async for part in said.aiter_raw():
                answer += part
                if len(answer) > ANSWER_BYTES_MAX:
                    raise WitnessTrouble(f"its answer is longer than {ANSWER_BYTES_MAX} bytes")
        return said.status_code, bytes(answer)

    async def _lay_down(self, signed: SignedCheckpoint) -> None:
        """Put the checkpoint where others read it, once it has its quorum or has waited long enough."""
        now_s = time.monotonic()
        if self.policy.satisfied_by(self._lines.keys()):
            self._quorum_s = now_s
        elif now_s - self._quorum_s < self.hold_max_s:
            return
        note = parse_note(signed.note)
        laid = Note(note.text, (*note.signatures, *self._lines.values())).encode()
        if laid != self._laid:
            await asyncio.to_thread(DurableFolder(self.folder).write, {COSIGNED_PATH: laid})
            self._laid = laid


def a_client(reach: Reach = REACH) -> httpx.AsyncClient:
    """What witnesses are asked with. It follows no redirect: an answer must not lead us elsewhere."""
    return outgoing.a_client(reach, within_s=ASK_WITHIN_S, connections_max=CONNECTIONS_MAX)


def newest_checkpoint(folder: Path, path: str, key: Signers) -> SignedCheckpoint | None:
    """Our own checkpoint in that file; None where there is none yet."""
    try:
        raw = read_regular(folder / path, NOTE_BYTES_MAX)
    except FileNotFoundError:
        return None
    return open_checkpoint(raw, key)


def acceptable_url(url: str, reach: Reach = REACH) -> bool:
    """Whether a witness may be asked there: over TLS, or on this machine."""
    try:
        reach.check(url)
    except outgoing.AddressRefused:
        return False
    return True


def _request(folder: Path, signed: SignedCheckpoint, old: int) -> bytes:
    proof = consistency_proof(old, signed.size, read_nodes(folder, signed.size))
    return AddCheckpoint(old, tuple(proof), signed.note).encode()


def _size_said(answer: bytes, *, asked: int, ours: int) -> int:
    """The size that a witness says it stands at.

    Errors
        WitnessTrouble      it says no size.
        WitnessContradicts  it has cosigned more than we have published, or another root at the same size.
    """
    try:
        said = parse_decimal(answer.decode("ascii").removesuffix("\n"), WitnessTrouble)
    except (UnicodeDecodeError, ValueError):
        raise WitnessTrouble("a conflict without a size") from None
    if said > ours:
        raise WitnessContradicts(f"it has cosigned {said} entries, and the log has {ours}")
    if said == asked:
        raise WitnessContradicts(f"it has cosigned another root at {said} entries")
    return said
