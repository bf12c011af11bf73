"""A database restored behind the log: refused however it grows, and the documented way on to a new log."""

from pathlib import Path

import pytest

from safehand.ledger.errors import LogAhead, LogDeclared, NoGap, SameLogName
from safehand.ledger.ledger import Append
from safehand.ledger.places import log_folder, log_key_file
from safehand.ledger.recovery import Gap, declare, find_gap
from safehand.ledger.sequencer import Sequencer, newest_checkpoint
from safehand.ledger.signing import load_or_create_key
from safehand.ledger.source import FolderSource
from safehand.ledger.verification import verify_log, verify_predecessor
from tests.ledger.test_sequencer import drained
from tests.rooms import Rooms, arrival
from tests.servers import Database
from tests.world import created_box, honest_day

OLD, NEW = "log.example/one", "log.example/two"


def the_sequencer(rooms: Rooms, data: Path, name: str = OLD) -> Sequencer:
    key = load_or_create_key(log_key_file(data, data / "keys", name), name)
    return Sequencer(rooms.store, rooms.ledger, rooms.clock, log_folder(data, name), key)


async def gap_of(rooms: Rooms, data: Path) -> Gap:
    key = load_or_create_key(log_key_file(data, data / "keys", OLD), OLD)
    async with rooms.store.transaction() as tx:
        return await find_gap(tx, rooms.ledger, log_folder(data, OLD), key)


async def a_restored_database(database: Database, data: Path, kept: int) -> Rooms:
    """A log of a day whose database then lost all but the first `kept` entries, as a restore of an older copy does."""
    rooms = Rooms(database.store())
    await rooms.a_box()
    sequencer = the_sequencer(rooms, data)
    await drained(sequencer)
    await rooms.custody.record([arrival(said) for said in honest_day()])
    await drained(sequencer)
    await sequencer.close()
    owner = database.store(database.superuser_url)
    async with owner.transaction() as tx:
        await tx.run("SET LOCAL session_replication_role = replica")
        lost = "(SELECT seq FROM log_positions WHERE position >= $1)"
        for table in ("statements", "device_sequences"):
            await tx.run(f"DELETE FROM {table}")
        await tx.run(f"DELETE FROM facts WHERE seq IN {lost}", kept)
        await tx.run("DELETE FROM log_positions WHERE position >= $1", kept)
        await tx.run("DELETE FROM checkpoints WHERE size > $1", kept)
        await tx.run(
            "UPDATE heads h SET version = (SELECT coalesce(max(version), 0) FROM facts f WHERE f.stream = h.stream)"
        )
    await owner.close()
    return rooms


async def more_facts(rooms: Rooms, count: int) -> None:
    """What is told after the restore: facts that the old log never had."""
    async with rooms.store.transaction() as tx:
        await rooms.ledger.append(tx, [Append(f"pcl_{number}", 0, [created_box()]) for number in range(count)])


async def test_a_restored_database_that_has_grown_past_the_log_signs_nothing_either(
    database: Database, tmp_path: Path
) -> None:
    rooms = await a_restored_database(database, tmp_path, kept=1)
    before = (tmp_path / "ledger/checkpoint").read_bytes()

    size = verify_log(FolderSource(tmp_path / "ledger")).size
    await more_facts(rooms, size + 3)

    for _ in range(2):
        with pytest.raises(LogAhead) as told:
            await drained(the_sequencer(rooms, tmp_path))
        assert told.value.params == {"published": size, "recorded": 1}
    assert (tmp_path / "ledger/checkpoint").read_bytes() == before


async def test_the_gap_is_shown_as_it_is(database: Database, tmp_path: Path) -> None:
    rooms = await a_restored_database(database, tmp_path, kept=1)
    gap = await gap_of(rooms, tmp_path)
    assert (gap.same, gap.held, gap.lost) == (1, 1, gap.signed.size - 1)
    await more_facts(rooms, 40)
    with pytest.raises(LogAhead):
        await drained(the_sequencer(rooms, tmp_path))

    grown = await gap_of(rooms, tmp_path)

    assert grown.held > gap.signed.size
    assert (grown.same, grown.lost) == (gap.same, gap.lost), "facts told since are no entries of the old log"


async def test_without_a_gap_there_is_nothing_to_declare(database: Database, tmp_path: Path) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()
    with pytest.raises(NoGap):
        await gap_of(rooms, tmp_path)
    sequencer = the_sequencer(rooms, tmp_path)
    await drained(sequencer)
    await sequencer.close()

    with pytest.raises(NoGap):
        await gap_of(rooms, tmp_path)


async def test_the_declared_log_repeats_what_is_left_and_the_old_one_stays(database: Database, tmp_path: Path) -> None:
    rooms = await a_restored_database(database, tmp_path, kept=1)
    await more_facts(rooms, 3)
    gap = await gap_of(rooms, tmp_path)
    old_key = load_or_create_key(tmp_path / "keys/log.key", OLD)
    before = {path: path.read_bytes() for path in (tmp_path / "ledger").rglob("*") if path.is_file()}

    said = declare(tmp_path, tmp_path / "keys", gap, old_key, NEW)
    assert declare(tmp_path, tmp_path / "keys", gap, old_key, NEW) == said, "made again it finds what it made"
    sequencer = the_sequencer(rooms, tmp_path, NEW)
    await drained(sequencer)
    await sequencer.close()

    assert {path: path.read_bytes() for path in before} == before
    old, new = FolderSource(tmp_path / "ledger"), FolderSource(log_folder(tmp_path, NEW))
    verdict = verify_log(new, sequencer.key.verifier)
    assert verdict.ok, verdict.line
    assert verdict.predecessor == said
    assert verify_predecessor(new, verdict, old).ok
    async with rooms.store.transaction() as tx:
        for name, size in ((OLD, 1), (NEW, verdict.size)):
            remembered = await newest_checkpoint(tx, name)
            assert remembered is not None
            assert (remembered.origin, remembered.size) == (name, size)
    with pytest.raises(LogAhead):
        await drained(the_sequencer(rooms, tmp_path, OLD))


async def test_a_declaration_is_made_once(database: Database, tmp_path: Path) -> None:
    rooms = await a_restored_database(database, tmp_path, kept=2)
    gap = await gap_of(rooms, tmp_path)
    key = load_or_create_key(tmp_path / "keys/log.key", OLD)
    declare(tmp_path, tmp_path / "keys", gap, key, NEW)

    with pytest.raises(LogDeclared):
        declare(tmp_path, tmp_path / "keys", Gap(gap.signed, 1, 1), key, NEW)
    with pytest.raises(SameLogName):
        declare(tmp_path, tmp_path / "keys", gap, key, OLD)


async def test_a_declaration_that_was_broken_off_is_made_again(database: Database, tmp_path: Path) -> None:
    rooms = await a_restored_database(database, tmp_path, kept=1)
    gap = await gap_of(rooms, tmp_path)
    key = load_or_create_key(tmp_path / "keys/log.key", OLD)
    place = tmp_path / "ledger/declared"
    declare(tmp_path, tmp_path / "keys", gap, key, NEW)
    [made] = place.iterdir()
    made.rename(made.with_name(f".{made.name}"))
    (made.with_name(f".{made.name}") / "vkey").write_bytes(b"half")
    assert log_folder(tmp_path, NEW) == tmp_path / "ledger", "what is half made counts for nothing"

    declare(tmp_path, tmp_path / "keys", gap, key, NEW)

    assert sorted(path.name for path in made.iterdir()) == ["predecessor", "vkey"]
