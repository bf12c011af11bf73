"""Kill -9 under load: whatever was acknowledged is there, once, in a log that never contradicts what it ever showed."""

import asyncio
import random
import time
from pathlib import Path

import pytest

from tests.faults.load import Load, under_load
from tests.faults.machine import Machine, a_machine
from tests.faults.outsider import watched
from tests.faults.reckoning import lost
from tests.servers import scratch_folder

ROUNDS = 50
SEED = 50
ROUND_S = 30
HURTS = (
    Machine.kill_core,
    Machine.kill_postgres,
    Machine.kill_nats,
    Machine.kill_postgres,
    Machine.kill_supervisor,
    Machine.kill_core_between_commit_and_answer,
    Machine.kill_postgres,
    Machine.kill_all_and_restart,
)
"""The order matters little; a role that is killed again and again right after its start would be given up, though."""


@pytest.mark.faults
@pytest.mark.timeout(ROUNDS * ROUND_S)
async def test_kill_9_loses_nothing_that_was_acknowledged_and_counts_nothing_twice(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with scratch_folder(on_disk=True) as folder, a_machine(folder / "data") as machine:
        async with under_load(machine) as load, watched(machine.url, tmp_path) as outsider:
            for round_ in range(ROUNDS):
                await a_round(machine, load, round_, chance)
                await outsider.fetch_receipt(load, chance)
            await outsider.agrees(machine, load, f"{machine.url}/log")

    assert len(outsider.roots) > ROUNDS
    assert load.known.unanswered > ROUNDS // 2, "the load must be under way when the kill comes"
    assert load.known.found_again > 0, "some kills must come after the commit and before the answer"


async def a_round(machine: Machine, load: Load, round_: int, chance: random.Random) -> None:
    """Tell as fast as it goes, kill, and see everybody answered again with nothing lost."""
    hurt = HURTS[round_ % len(HURTS)]
    load.pause_s = 0
    await asyncio.sleep(chance.uniform(0.1, 0.5))
    hurt(machine)
    await load.everybody_answered(time.monotonic())
    load.pause_s = 0.2
    await machine.whole()

    assert load.known.surprises == [], f"round {round_}, {hurt.__name__}"
    assert await lost(machine, load.known.seq.copy()) == [], f"round {round_}, {hurt.__name__}"
