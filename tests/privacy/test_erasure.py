"""Erasure: nothing of a person is left anywhere, the proof stands, and no restored database brings them back."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from safehand.app.installation import build
from safehand.bus.notices import LocalBus
from safehand.kernel.clock import SystemClock
from safehand.kernel.ids import PartyId, PersonId
from safehand.ledger.receipt import verify_receipt
from safehand.privacy.erasure import Erasures
from safehand.privacy.errors import (
    JournalBehind,
    NotARecipient,
    NotYetApplied,
    StillOnTheWay,
)
from safehand.privacy.journal import Journal
from safehand.vault.errors import HeldBack, NoSuchPerson
from tests.installations import Town, a_town
from tests.privacy.scenes import CANARY, delivered, every_row, traces
from tests.servers import Database

NOBODY = PersonId(PartyId("per_00000000000000000000000000"))


def files_below(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


async def all_rows(town: Town, database: Database) -> bytes:
    store = database.store(database.superuser_url)
    async with store.transaction() as tx:
        found = await every_row(tx)
    await store.close()
    return found


async def test_a_desk_forgets_a_person_and_the_receipt_still_verifies(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        one = await delivered(town)
        claims = await town.hire("clara", "claims")
        receipt = (await town.ask("GET", f"/v1/parcels/{one.parcel}/receipt", one.merchant)).content
        assert (await town.told("GET", f"/v1/parcels/{one.parcel}", claims))["to"]["name"].endswith(CANARY)
        assert traces(await all_rows(town, database)) == []  # sealed, before anybody is erased

        told = await town.told("POST", "/v1/persons/erase", claims, json={"persons": [one.person]})

        assert told == {"erased": 1}
        assert traces(await all_rows(town, database) + files_below(tmp_path)) == []
        assert list((tmp_path / "blobs").rglob("*/*/*")) == []
        after = await town.told("GET", f"/v1/parcels/{one.parcel}", claims)
        assert (after["to"], after["state"]) == (None, "delivered")
        assert (await town.ask("GET", f"/v1/tracking/{one.tracking}", one.link)).status_code == 401
        again = await town.ask("GET", f"/v1/parcels/{one.parcel}/receipt", one.merchant)
        for file in (receipt, again.content):
            assert verify_receipt(file, town.here.log_key.verifier).authenticated
        assert await town.told("POST", "/v1/persons/erase", claims, json={"persons": [one.person]}) == {"erased": 0}


async def test_who_is_not_there_works_here_or_waits_for_a_parcel_is_not_erased(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        erasures = town.here.privacy.erasures
        _, key = await town.merchant()
        waiting = (await town.shipment(key))["parcels"][0]["parcel"]
        async with town.here.store.transaction() as tx:
            [user] = await tx.fetch("SELECT person FROM users LIMIT 1")
            parcel = await town.here.parcels.find(tx, waiting)

        with pytest.raises(NoSuchPerson):
            await erasures.erase([NOBODY], "usr")
        with pytest.raises(NotARecipient):
            await erasures.erase([user["person"]], "usr")
        with pytest.raises(StillOnTheWay):
            await erasures.erase([parcel.recipient], "usr")
        assert erasures.journal.read() == []


async def test_a_hold_keeps_a_person_until_it_is_lifted(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        one = await delivered(town)
        claims, dispatcher = await town.hire("clara", "claims"), await town.hire("dora", "dispatcher")
        until_ms = SystemClock().now_ms() + 86_400_000
        asked = {"parcel": one.tracking, "ground": "claim", "reference": "C-2026/7", "until_ms": until_ms}
        assert (await town.ask("POST", "/v1/holds", dispatcher, json=asked)).status_code == 403
        hold = await town.told("POST", "/v1/holds", claims, json=asked)
        assert (hold["person"], hold["parcel"]) == (one.person, one.parcel)

        refused = await town.ask("POST", "/v1/persons/erase", claims, json={"persons": [one.person]})

        assert (refused.status_code, refused.json()["code"]) == (409, "vault.held_back")
        assert "C-2026/7" in refused.json()["detail"]
        assert town.here.privacy.erasures.journal.read() == []
        assert [one["id"] for one in (await town.told("GET", "/v1/holds", claims))["holds"]] == [hold["id"]]
        assert (await town.ask("POST", f"/v1/holds/{hold['id']}/lift", claims)).status_code == 204
        assert (await town.ask("POST", f"/v1/holds/{hold['id']}/lift", claims)).status_code == 404
        assert await town.told("POST", "/v1/persons/erase", claims, json={"persons": [one.person]}) == {"erased": 1}


async def test_a_hold_ends_by_itself(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        one = await delivered(town)
        claims = await town.hire("clara", "claims")
        until_ms = SystemClock().now_ms() + 1_000_000
        hold = {"person": one.person, "ground": "police", "reference": "R-1", "until_ms": until_ms}
        await town.told("POST", "/v1/holds", claims, json=hold)
        erasures = town.here.privacy.erasures

        with pytest.raises(HeldBack):
            await erasures.erase([one.person], "usr")
        later = replace(erasures, clock=LaterClock(until_ms))
        assert await later.erase([one.person], "usr") == 1


class LaterClock:
    """A clock that stands."""

    def __init__(self, at_ms: int) -> None:
        self.at_ms = at_ms

    def now_ms(self) -> int:
        return self.at_ms


@pytest.mark.parametrize(
    "changed",
    [{"reference": "Aino\nK"}, {"reference": "x" * 64 + "!"}, {"until_ms": 1}, {"until_ms": 2**47}, {"ground": "whim"}],
)
async def test_a_hold_without_end_or_with_free_text_is_refused(
    database: Database, tmp_path: Path, changed: dict[str, object]
) -> None:
    async with a_town(database, tmp_path) as town:
        claims = await town.hire("clara", "claims")
        hold = {"person": NOBODY, "ground": "court", "reference": "R-1", "until_ms": SystemClock().now_ms() + 1_000_000}
        assert (await town.ask("POST", "/v1/holds", claims, json=hold)).status_code == 404
        assert (await town.ask("POST", "/v1/holds", claims, json=hold | changed)).status_code == 422


async def test_an_erasure_that_was_interrupted_after_the_journal_happens_at_the_next_start(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        one = await delivered(town)
        erasures = town.here.privacy.erasures
        await erasures.reapply()
        # The line is on the disk, and then the machine stops.
        erasures.journal.append([one.person], "usr", 1, known=0)

        with pytest.raises(NotYetApplied):
            await erasures.refuse_unless_applied()
        assert await erasures.reapply() == 1
        await erasures.refuse_unless_applied()

        assert traces(await all_rows(town, database) + files_below(tmp_path)) == []
        assert await erasures.reapply() == 0


async def test_a_database_from_before_an_erasure_forgets_again_even_under_a_hold(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        one = await delivered(town)
        erasures = town.here.privacy.erasures
        await erasures.reapply()
        before = await kept_rows(town)
        await erasures.erase([one.person], "usr")
        await put_back(database, before)  # as a restored backup would
        claims = await town.hire("clara", "claims")
        hold = {"person": one.person, "ground": "tax", "reference": "T", "until_ms": SystemClock().now_ms() + 10**6}
        await town.told("POST", "/v1/holds", claims, json=hold)
        assert (await town.told("GET", f"/v1/parcels/{one.parcel}", claims))["to"] is not None

        with pytest.raises(NotYetApplied):
            await erasures.refuse_unless_applied()
        assert await erasures.reapply() == 1
        await erasures.refuse_unless_applied()

        assert (await town.told("GET", f"/v1/parcels/{one.parcel}", claims))["to"] is None


async def kept_rows(town: Town) -> dict[str, list[tuple[object, ...]]]:
    async with town.here.store.transaction() as tx:
        return {
            table: [tuple(row.values()) for row in await tx.fetch(f"SELECT * FROM {table}")]
            for table in ("vault_persons", "vault_bodies", "erasure_journal")
        }


async def put_back(database: Database, rows: dict[str, list[tuple[object, ...]]]) -> None:
    store = database.store(database.superuser_url)
    async with store.transaction() as tx:
        await tx.run("SET LOCAL session_replication_role = replica")
        for table, kept in rows.items():
            await tx.run(f"DELETE FROM {table}")
            for row in kept:
                places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
                await tx.run(f"INSERT INTO {table} VALUES ({places})", *row)
    await store.close()


async def test_a_database_with_another_journal_or_a_shortened_one_does_not_serve(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        one = await delivered(town)
        erasures = town.here.privacy.erasures
        await erasures.erase([one.person], "usr")

        with pytest.raises(JournalBehind):
            await replace(erasures, journal=Journal(tmp_path / "empty")).reapply()
        whole = erasures.journal.path.read_bytes()
        erasures.journal.path.write_bytes(whole[: whole.index(b"\n") + 1])
        for ask in (erasures.reapply, erasures.refuse_unless_applied):
            with pytest.raises(JournalBehind):
                await ask()
        erasures.journal.path.write_bytes(whole)
        assert await erasures.reapply() == 0


async def test_two_that_erase_at_once_both_do_and_are_both_journalled(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        first, second = await delivered(town, "one"), await delivered(town, "two")
        other = build(town.here.settings, database.store(), LocalBus(), SystemClock())
        desks: list[Erasures] = [town.here.privacy.erasures, other.privacy.erasures]
        await asyncio.gather(*(desk.reapply() for desk in desks))

        done = await asyncio.gather(
            *(desk.erase([one.person], "usr") for desk, one in zip(desks, (first, second), strict=True))
        )

        assert done == [1, 1]
        assert {line.persons for line in desks[0].journal.read()} == {(first.person,), (second.person,)}
        await other.close()
