"""A witness is killed at any moment, and asked about two histories of one log all the while: it vouches for one."""

import random
import threading
import time
from collections import defaultdict
from pathlib import Path

import httpx
import pytest

from safehand.ledger.checkpoint import Checkpoint
from safehand.ledger.note import parse_note
from safehand.ledger.witness.cosignature import CosignerKey, cosignatures
from safehand.ledger.witness.request import AddCheckpoint
from safehand.ledger.witness.routes import SIZE_TYPE
from tests.ledger.logs import a_key
from tests.ledger.witness.running import RunningWitness, a_running_witness
from tests.ledger.witness.scenes import Growing

ROUNDS = 25
ANSWERS_MAX = 6
STRIKE_S = 0.05
ANSWERED_S = 60.0
SIZE_MAX = 400


class Asker:
    """Pushes one history forward from wherever the witness says it is, and keeps every cosignature it gets."""

    def __init__(self, history: Growing) -> None:
        self.history = history
        self.seen: dict[int, set[bytes]] = defaultdict(set)
        self.old = 0
        self.answers = 0

    def ask(self, witness: RunningWitness, http: httpx.Client) -> None:
        new = min(self.old + 1, SIZE_MAX)
        body = self.history.body(min(self.old, new), new)
        answer = http.post(f"{witness.url}/add-checkpoint", content=body)
        self.answers += 1
        if answer.status_code == 200:
            self.keep(body, answer.content, witness.key)
            self.old = new
        elif answer.headers.get("content-type") == SIZE_TYPE:
            self.old = int(answer.content)

    def keep(self, body: bytes, line: bytes, key: CosignerKey) -> None:
        note = parse_note(AddCheckpoint.parse(body).note + line)
        [_] = cosignatures(note, [key])
        checkpoint = Checkpoint.parse(note.text)
        self.seen[checkpoint.size].add(checkpoint.root)


def asked_until(stop: threading.Event, asker: Asker, witness: RunningWitness) -> None:
    with httpx.Client(trust_env=False, timeout=5) as http:
        while not stop.is_set():
            try:
                asker.ask(witness, http)
            except httpx.TransportError:  # killed under our hands
                return


def answered(askers: list[Asker], count: int) -> None:
    """Wait until each has been answered so often: the first answer may only say how far the witness is."""
    until = [asker.answers + count for asker in askers]
    deadline = time.monotonic() + ANSWERED_S
    while any(asker.answers < wanted for asker, wanted in zip(askers, until, strict=True)):
        assert time.monotonic() < deadline, "the witness answers nobody"
        time.sleep(0.001)


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_a_witness_that_is_killed_at_any_moment_vouches_for_one_history(tmp_path: Path) -> None:
    chance = random.Random(7)
    askers = [Asker(Growing(tmp_path / f"history-{seed}", seed)) for seed in (0, 1)]
    for _ in range(ROUNDS):
        with a_running_witness(tmp_path / "state", [a_key().verifier]) as witness:
            stop = threading.Event()
            threads = [threading.Thread(target=asked_until, args=(stop, asker, witness)) for asker in askers]
            for thread in threads:
                thread.start()
            answered(askers, chance.randint(2, ANSWERS_MAX))
            time.sleep(chance.uniform(0, STRIKE_S))
            witness.kill()
            stop.set()
            for thread in threads:
                thread.join()

    vouched = [{size: roots for size, roots in asker.seen.items() if roots} for asker in askers]
    assert sum(bool(one) for one in vouched) == 1, "one of the two histories, and only that"
    [history] = [asker for asker, one in zip(askers, vouched, strict=True) if one]
    assert max(history.seen) > ROUNDS, "it went on growing through it all"
    assert all(roots == {history.history.to(size).root} for size, roots in history.seen.items())
