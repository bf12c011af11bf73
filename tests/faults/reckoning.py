"""The reckoning: what the database holds, held against what was told and what was acknowledged."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tests.faults.load import RECOVERY_S, Load
from tests.faults.machine import Machine, until

type Fact = dict[str, Any]


async def lost(machine: Machine, acknowledged: Mapping[str, int]) -> list[str]:
    """The acknowledged statements that the database does not hold as the fact that the answer named."""
    rows = await machine.rows("SELECT hash, seq FROM statements")
    return missing({row["hash"].hex(): row["seq"] for row in rows}, acknowledged)


def missing(held: Mapping[str, int], acknowledged: Mapping[str, int]) -> list[str]:
    """What was acknowledged, and is not held as the fact that was named."""
    return [hash for hash, seq in acknowledged.items() if held.get(hash) != seq]


async def caught_up(load: Load) -> int:
    """Wait until every fact has its place, is signed for, and is folded in; how many there are."""
    size = 0

    async def level() -> bool:
        nonlocal size
        lag = await load.line.get("/v1/lag", auth=load.desk.admin)
        size = lag["facts"]
        behind = [one["behind"] for one in lag["projections"]]
        return lag["unsequenced"] == 0 and lag["signed"] == size and not any(behind)

    await until(level, RECOVERY_S, "the log to be signed to its end")
    return size


async def log_of(machine: Machine) -> list[tuple[bytes, bytes]]:
    """Salt and fact of every entry, in the log's order; positions and versions have no gap."""
    rows = await machine.rows(
        "SELECT p.position, f.salt, f.fact FROM facts f LEFT JOIN log_positions p USING (seq) ORDER BY p.position"
    )
    assert [row["position"] for row in rows] == list(range(len(rows)))
    gaps = await machine.rows(
        "SELECT f.stream FROM facts f LEFT JOIN heads h USING (stream) GROUP BY f.stream, h.version"
        " HAVING min(f.version) <> 1 OR max(f.version) <> count(*) OR h.version IS DISTINCT FROM max(f.version)"
    )
    assert gaps == []
    return [(row["salt"], row["fact"]) for row in rows]


def counted_twice(facts: Iterable[Fact]) -> list[object]:
    """What stands in the log a second time: an effect of one statement, a handover, an exception."""
    seen: Counter[object] = Counter()
    for fact in facts:
        seen[fact["name"], fact.get("cause"), fact.get("exception") or fact["parcel"]] += 1
        if fact["name"] == "custody.transferred.v1":
            seen["handover", fact["handover"]] += 1
    return [what for what, times in seen.items() if times > 1]


def broken_chains(facts: Iterable[Fact]) -> list[str]:
    """The parcels whose changes of hands do not each begin where the one before it ended."""
    ends: dict[str, tuple[str, str]] = {}
    broken = []
    for fact in facts:
        if fact["name"] == "custody.transferred.v1":
            before = ends.get(fact["parcel"])
            if before is not None and before != (fact["after"], fact["giver"]):
                broken.append(fact["parcel"])
            ends[fact["parcel"]] = fact["handover"], fact["taker"]
    return broken


async def reckon(machine: Machine, load: Load) -> list[tuple[bytes, bytes]]:
    """Hold everything against everything, once all is told and signed; the log's salts and facts."""
    told, known = load.told, load.known
    size = await caught_up(load)
    entries = await log_of(machine)
    facts = [json.loads(fact) for _, fact in entries]
    kept = {row["hash"].hex() for row in await machine.rows("SELECT hash FROM statements")}
    held_by = {row["parcel"]: row["custodian"] for row in await machine.rows("SELECT parcel, custodian FROM holdings")}

    assert len(entries) == size
    assert known.surprises == []
    assert await lost(machine, known.seq) == []
    assert set(known.seq) == set(told) == kept
    assert {fact["cause"] for fact in facts if "cause" in fact} == set(told)
    assert counted_twice(facts) == []
    assert broken_chains(facts) == []
    assert sum(fact["name"] == "custody.transferred.v1" for fact in facts) == load.handovers
    assert held_by == {parcel.parcel: parcel.holder.party for parcel in load.parcels}
    assert [fact for fact in facts if fact["name"] == "exception.opened.v1"] == []
    return entries
