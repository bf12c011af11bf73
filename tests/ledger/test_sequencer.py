"""The sequencer on a real database and disk: gap-free positions, checkpoints that verify, restarts that continue."""

import asyncio
from pathlib import Path

import pytest

from safehand.app.backup.horizon import Horizon
from safehand.custody import statements
from safehand.custody.exceptions import EXCEPTIONS
from safehand.custody.holdings import HOLDINGS
from safehand.custody.offers import OFFERS
from safehand.events.event import decode
from safehand.ledger import ledger
from safehand.ledger.entry import entry_of
from safehand.ledger.errors import LogAhead, VersionConflict
from safehand.ledger.ledger import Append
from safehand.ledger.merkle import leaf_hash
from safehand.ledger.projections import Projector
from safehand.ledger.receipt import make_receipt, verify_receipt
from safehand.ledger.sequencer import Sequencer, checkpointed_size
from safehand.ledger.signing import load_or_create_key
from safehand.ledger.source import read_nodes
from tests.rooms import Rooms, arrival
from tests.servers import Database
from tests.world import BOX, created_box, honest_day


def a_sequencer(rooms: Rooms, folder: Path) -> Sequencer:
    key = load_or_create_key(folder / "log.key", "log.example/one")
    return Sequencer(rooms.store, rooms.ledger, rooms.clock, folder / "log", key)


async def drained(sequencer: Sequencer) -> None:
    while await sequencer.run_once():
        pass


async def positions(rooms: Rooms) -> list[int]:
    async with rooms.store.transaction() as tx:
        rows = await tx.fetch("SELECT position FROM log_positions ORDER BY position")
    return [row["position"] for row in rows]


async def test_facts_of_many_processes_get_positions_without_a_gap(database: Database, tmp_path: Path) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()
    others = [Rooms(database.store()) for _ in range(3)]
    first, second = a_sequencer(rooms, tmp_path), a_sequencer(others[0], tmp_path)

    for said in honest_day():
        await asyncio.gather(*(room.custody.record([arrival(said)]) for room in others))
        await first.run_once()
    await drained(first)
    assert await second.run_once() == 0

    found = await positions(rooms)
    assert found == list(range(len(found)))
    async with rooms.store.transaction() as tx:
        assert await checkpointed_size(tx) == len(found)
    await first.close()


async def test_a_restart_continues_where_the_last_checkpoint_ends(database: Database, tmp_path: Path) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()
    one = a_sequencer(rooms, tmp_path)
    await drained(one)
    await one.close()
    await rooms.custody.record([arrival(said) for said in honest_day()])

    two = a_sequencer(rooms, tmp_path)
    await drained(two)

    assert two.published is not None
    assert two.published.size == len(await positions(rooms))
    await two.close()


async def test_a_database_restored_behind_the_log_signs_nothing(database: Database, tmp_path: Path) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()
    one = a_sequencer(rooms, tmp_path)
    await drained(one)
    await one.close()
    owner = database.store(database.superuser_url)
    async with owner.transaction() as tx:  # what a restore from yesterday's copy does
        await tx.run("SET LOCAL session_replication_role = replica")
        for table in ("checkpoints", "log_positions", "facts"):
            await tx.run(f"DELETE FROM {table}")

    with pytest.raises(LogAhead):
        await drained(a_sequencer(rooms, tmp_path))


async def test_a_receipt_of_a_fact_verifies_without_us(database: Database, tmp_path: Path) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()
    await rooms.custody.record([arrival(said) for said in honest_day()])
    sequencer = a_sequencer(rooms, tmp_path)
    await drained(sequencer)
    signed = sequencer.published
    assert signed is not None
    async with rooms.store.transaction() as tx:
        newest = (await rooms.ledger.read(tx, BOX))[-1]

    assert newest.position is not None
    raw = make_receipt(newest.fact, newest.salt, newest.position, signed, read_nodes(tmp_path / "log", signed.size))
    verified = verify_receipt(raw, sequencer.key.verifier)

    assert decode(verified.fact) == decode(newest.fact)
    assert verified.leaf == leaf_hash(entry_of(newest.salt, newest.fact))
    await sequencer.close()


async def test_facts_of_several_streams_are_numbered_as_they_were_given(database: Database) -> None:
    rooms = Rooms(database.store())
    appends = [
        Append(stream, 0, [created_box()] * count) for stream, count in (("pcl_z", 2), ("pcl_a", 1), ("pcl_m", 3))
    ]
    async with rooms.store.transaction() as tx:
        given = await rooms.ledger.append(tx, appends)
        read = await rooms.ledger.read_streams(tx, ["pcl_a", "pcl_m", "pcl_z", "pcl_a", "pcl_none"])

    numbers = [seq for seqs in given for seq in seqs]
    assert numbers == sorted(set(numbers))
    assert [[fact.seq for fact in read[append.stream]] for append in appends] == given
    assert [[fact.version for fact in read[append.stream]] for append in appends] == [[1, 2], [1], [1, 2, 3]]
    assert read["pcl_none"] == []


async def test_two_writers_of_one_stream_cannot_both_win(database: Database) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()
    append = Append(BOX, 1, [created_box()])
    async with rooms.store.transaction() as tx:
        await rooms.ledger.append(tx, [append])

    with pytest.raises(VersionConflict):
        async with rooms.store.transaction() as tx:
            await rooms.ledger.append(tx, [append])


@pytest.mark.parametrize("table", [*ledger.APPEND_ONLY, *statements.APPEND_ONLY])
@pytest.mark.parametrize("change", ["UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {}"])
async def test_the_application_cannot_change_the_ledger(database: Database, table: str, change: str) -> None:
    column = {"facts": "version = 0", "checkpoints": "signed_ms = 0", "device_sequences": "sequence = 0"}.get(
        table, "seq = 0"
    )
    rooms = Rooms(database.store())
    await rooms.a_box()

    with pytest.raises(Exception, match=r"permission denied|append-only"):
        async with rooms.store.transaction() as tx:
            await tx.run(change.format(table, column))


async def test_projections_follow_tell_their_lag_and_can_be_rebuilt(database: Database, tmp_path: Path) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()
    await rooms.custody.record([arrival(said) for said in honest_day()])
    sequencer = a_sequencer(rooms, tmp_path)
    await drained(sequencer)
    projector = Projector(rooms.store, rooms.ledger, (HOLDINGS, EXCEPTIONS, OFFERS))
    await projector.run_once()
    assert {lag.behind for lag in await projector.lags()} == {len(await positions(rooms))}

    while await projector.run_once():
        pass
    before = await table_rows(rooms, "holdings")
    await projector.rebuild("holdings")
    assert await table_rows(rooms, "holdings") == []
    while await projector.run_once():
        pass

    assert {lag.behind for lag in await projector.lags()} == {0}
    assert await table_rows(rooms, "holdings") == before != []
    await sequencer.close()


async def table_rows(rooms: Rooms, table: str) -> list[dict[str, object]]:
    async with rooms.store.transaction() as tx:
        return [dict(row) for row in await tx.fetch(f"SELECT * FROM {table}")]


async def test_the_world_is_shown_what_the_keeper_has_and_no_more(database: Database, tmp_path: Path) -> None:
    rooms, horizon = Rooms(database.store()), Horizon()
    await rooms.a_box()
    one = a_sequencer(rooms, tmp_path)
    one.keeper = horizon
    await drained(one)
    size = len(await positions(rooms))

    assert one.published is not None
    assert one.published.size == 0, "an empty log is nobody's loss"
    horizon.end(horizon.begin())
    await drained(one)
    assert one.published.size == size
    await rooms.custody.record([arrival(said) for said in honest_day()])
    await drained(one)
    assert one.published.size == size < len(await positions(rooms))
    await one.close()

    two = a_sequencer(rooms, tmp_path)
    two.keeper = Horizon()
    await drained(two)
    assert two.published is not None
    assert two.published.size == size, "a restart begins to wait anew"
    await two.close()
