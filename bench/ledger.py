"""The ledger: verifying a whole log, appending in groups, and the time until a fact is signed for."""

import asyncio
import hashlib
import tempfile
import time
from pathlib import Path

import uvloop

from bench.measure import Measure, best_s, percentile
from bench.town import Told, a_ledger
from safehand.custody.ports import Arrival
from safehand.ledger.entry import entry_of, new_salt
from safehand.ledger.publication import LogWriter
from safehand.ledger.signing import load_or_create_key
from safehand.ledger.source import FolderSource
from safehand.ledger.verification import verify_log

ENTRIES = 30_000
PRODUCERS = 512
EACH = 4
ALONE = 400
OPEN_LOOP_PER_S = 200
OPEN_LOOP_S = 3
OPEN_LOOP_ROUNDS = 7
"""The floor and the desk take turns: a pause of the disk decides one round of either, and not the measure."""
SIGNED_STATEMENTS = 300


def verification() -> Measure:
    """Full verification of a log against hashing its entries, bare."""
    entries = [entry_of(new_salt(), str(number).encode()) for number in range(ENTRIES)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = load_or_create_key(folder / "key", "bench.example/log")
        with LogWriter.open(folder / "log", key) as writer:
            writer.extend(0, entries)
            writer.publish()

        def bare() -> None:
            for entry in entries:
                hashlib.sha256(b"\x00" + entry).digest()

        def full() -> None:
            verdict = verify_log(FolderSource(folder / "log"), key.verifier)
            assert verdict.ok, verdict.line

        hashing, verifying = best_s(bare, 15), best_s(full, 10)
    return Measure(
        subject="full verification",
        value=verifying / hashing,
        unit="x",
        must="at most",
        bound=3,
        floor="one SHA-256 an entry",
        detail=f"{ENTRIES / verifying:,.0f} entries a second",
    )


def appends() -> Measure:
    """Statements from 512 producers through the desk, against the identical work at one statement a commit."""
    return uvloop.run(_appends())


async def _appends() -> Measure:
    async with a_ledger(PRODUCERS) as told:
        grouped = told.scans(EACH)
        start = time.perf_counter()
        await asyncio.gather(*(_produce(told, mine) for mine in grouped))
        together = PRODUCERS * EACH / (time.perf_counter() - start)

        alone = [arrival for mine in told.scans(1) for arrival in mine][:ALONE]
        start = time.perf_counter()
        for arrival in alone:
            await told.desk.record_together([arrival])
        one_by_one = ALONE / (time.perf_counter() - start)
    return Measure(
        subject="appends at 512 producers",
        value=together / one_by_one,
        unit="x",
        must="at least",
        bound=5,
        floor="the same desk at one statement a commit",
        detail=f"{together:,.0f} against {one_by_one:,.0f} a second",
    )


async def _produce(told: Told, mine: list[Arrival]) -> None:
    for arrival in mine:
        await told.desk.record([arrival])


def accepting() -> Measure:
    """p99 of accepting a statement at 200 a second, open loop, against a bare durable insert at the same rate."""
    return uvloop.run(_accepting())


async def _accepting() -> Measure:
    count = OPEN_LOOP_PER_S * OPEN_LOOP_S
    async with a_ledger(count * OPEN_LOOP_ROUNDS) as told:
        arrivals = [mine[0] for mine in told.scans(1)]
        rounds = []
        for first in range(0, len(arrivals), count):
            bare = await _open_loop([_insert(told, number) for number in range(first, first + count)])
            ours = await _open_loop([_accept(told, arrival) for arrival in arrivals[first : first + count]])
            rounds.append((bare, ours))
    ratios = sorted(percentile(ours, 0.99) / percentile(bare, 0.99) for bare, ours in rounds)
    bare, ours = ([wait for one in rounds for wait in one[which]] for which in (0, 1))
    return Measure(
        subject="accept p99 at 200 a second",
        value=ratios[len(ratios) // 2],
        unit="x",
        must="at most",
        bound=4,
        floor="p99 of a bare durable insert, same rate, in turns",
        detail=f"rounds {', '.join(f'{ratio:.1f}' for ratio in ratios)}; in all {percentile(ours, 0.99) * 1000:.1f} ms"
        f" against {percentile(bare, 0.99) * 1000:.1f} ms; medians "
        f"{percentile(ours, 0.5) * 1000:.1f} and {percentile(bare, 0.5) * 1000:.1f}",
    )


async def _insert(told: Told, number: int) -> None:
    async with told.store.transaction() as tx:
        await tx.run("INSERT INTO facts_to_sequence (seq) VALUES ($1)", 10**12 + number)


async def _accept(told: Told, arrival: Arrival) -> None:
    await told.desk.record([arrival])


async def _open_loop(work: list) -> list[float]:  # type: ignore[type-arg]  # coroutines of any result
    """Start each piece at its due time, whether or not the ones before have ended; the time each took from then."""
    took: list[float] = []
    begin = time.perf_counter() + 0.1

    async def one(place: int, piece) -> None:  # type: ignore[no-untyped-def]
        due = begin + place / OPEN_LOOP_PER_S
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await piece
        took.append(time.perf_counter() - due)

    await asyncio.gather(*(one(place, piece) for place, piece in enumerate(work)))
    return took


def signing() -> Measure:
    """From telling an event until a signed checkpoint covers it, with the loops of the core role."""
    return uvloop.run(_signing())


async def _signing() -> Measure:
    async with a_ledger(SIGNED_STATEMENTS) as told:
        loop = asyncio.create_task(told.sequencing())
        arrivals = [mine[0] for mine in told.scans(1)]
        waits = await asyncio.gather(*(_signed(told, place / 100, one) for place, one in enumerate(arrivals)))
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        await told.sequencer.close()
    return Measure(
        subject="event to signed checkpoint, p99",
        value=percentile(waits, 0.99),
        unit="s",
        must="at most",
        bound=5,
        floor="none: a promise",
        detail=f"median {percentile(waits, 0.5):.2f} s",
    )


async def _signed(told: Told, after_s: float, arrival: Arrival) -> float:
    await asyncio.sleep(after_s)
    start = time.perf_counter()
    [answer] = await told.desk.record([arrival])
    assert answer.seq is not None
    while not await told.covers(answer.seq):  # noqa: ASYNC110 - the database tells nobody
        await asyncio.sleep(0.02)
    return time.perf_counter() - start
