"""Cages over HTTP and on pages, and parcels that stand still: the whole application."""

from pathlib import Path

from safehand.app.upkeep import EVERY_MS, STALLED, Upkeep
from safehand.events.statement import Closed, Packed, Scanned
from safehand.events.vocabulary import Resolution, Side, State, Way
from safehand.identity.model import Role
from safehand.kernel.clock import HandClock
from safehand.kernel.ids import ExceptionId, UserId
from tests.app.pages.scene import a_scene
from tests.app.test_day import handover
from tests.installations import a_town
from tests.rooms import arrival
from tests.servers import Database

HOUR_MS = 3_600_000
NOW_MS = 1_790_000_000_000


async def test_a_depots_cage_is_made_packed_read_and_its_exception_is_on_the_pages(
    database: Database, tmp_path: Path
) -> None:
    async with a_scene(database, tmp_path) as scene:
        gate = await scene.signed_in("gate", Role.DEPOT, party=scene.depot)
        cookie = {"Cookie": f"safehand_session={gate}"}
        made = await scene.town.told("POST", "/v1/aggregates", json={"kind": "cage", "depot": scene.depot})
        sent = await scene.sent()
        await scene.loaded(sent, scene.scanner)
        phone = scene.scanner
        packed = Packed(**phone.next(), parcel=sent.parcel, party=scene.depot, into=made["id"])
        closed = Closed(**phone.next(), parcel=made["id"], party=scene.depot, count=2)
        assert await scene.told(phone, phone.item(packed)) == []
        [opened] = await scene.told(phone, phone.item(closed))
        await scene.town.settle()

        read = await scene.town.told("GET", f"/v1/aggregates/{made['element']}")
        assert (read["custodian"], read["count"], read["closed"]) == (scene.depot, 1, True)
        assert read["contents"] == [{"parcel": sent.parcel, "state": State.LOADED}]
        office = await scene.viewer("rita", Role.DISPATCHER)
        view = await scene.custody.case(office, opened)
        assert view.case.parcel == made["id"]
        assert view.parcel.head.numbers.sscc == made["sscc"]
        assert [case.exception for case in (await scene.custody.overview(office)).cases] == [opened]
        for target in (
            f"/exceptions/{opened}",
            f"/parcels/{made['id']}",
            f"/parcels/{sent.parcel}",
            "/exceptions",
            "/",
        ):
            page = await scene.page(target, cookie)
            assert page.status_code == 200, (target, page.text)
        assert "One too many" in (await scene.page(f"/exceptions/{opened}", cookie)).text


async def test_what_is_wrong_about_a_cage_is_told(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        merchant, key = await town.merchant()
        depot = await town.party("depot", "Kalasatama")
        made = await town.told("POST", "/v1/aggregates", json={"kind": "bag", "depot": depot})

        for said, status, code in (
            ({"kind": "cage", "depot": merchant}, 422, "custody.not_a_depot"),
            ({"kind": "crate", "depot": depot}, 422, "app.field_invalid"),
        ):
            refused = await town.ask("POST", "/v1/aggregates", json=said)
            assert (refused.status_code, refused.json()["code"]) == (status, code)
        wrong = made["sscc"][:-1] + str((int(made["sscc"][-1]) + 1) % 10)
        assert (await town.ask("GET", f"/v1/aggregates/{wrong}")).status_code == 422
        unseen = await town.ask("GET", f"/v1/aggregates/{made['id']}", key)
        assert (unseen.status_code, unseen.json()["code"]) == (404, "custody.no_such_aggregate")


async def test_a_parcel_that_stands_still_too_long_is_one_exception_a_stay(database: Database, tmp_path: Path) -> None:
    clock = HandClock(NOW_MS)
    async with a_town(database, tmp_path, clock) as town:
        _, key = await town.merchant()
        depot = await town.party("depot", "Kalasatama")
        phone = await town.phone(depot)
        parcel = (await town.shipment(key))["parcels"][0]["parcel"]
        limits = {"limits_ms": {"received": 2 * HOUR_MS, "sorted": HOUR_MS, "delivered": HOUR_MS}}
        assert (await town.told("PUT", "/v1/stage-limits", json=limits))["limits_ms"] == {
            "received": 2 * HOUR_MS,
            "sorted": HOUR_MS,
        }
        phone.at_ms = clock.now_ms()
        merchant = (await town.told("GET", f"/v1/parcels/{parcel}"))["merchant"]
        taken = handover(
            phone, parcel, merchant, depot, "0" * 64, side=Side.TAKER, way=Way.COUNTER, state=State.RECEIVED
        )
        await town.here.custody.record([arrival(taken)])
        await town.settle()

        async def looked(by_ms: int) -> list[tuple[str, str, str]]:
            upkeep = Upkeep(town.here)
            await upkeep.plan()
            clock.advance(by_ms + EVERY_MS[STALLED])
            await upkeep.worker().run_due()
            await town.settle()
            async with town.here.store.transaction() as tx:
                rows = await tx.fetch("SELECT exception, kind, recorded FROM exceptions ORDER BY opened_ms")
            return [(row["exception"], row["kind"], row["recorded"]) for row in rows]

        assert await looked(HOUR_MS) == []
        [first] = await looked(HOUR_MS)
        assert first[1:] == ("stalled", depot)
        await town.here.decisions.resolve(ExceptionId(first[0]), Resolution.EXPLAINED, UserId("usr_1"))
        assert await looked(HOUR_MS) == [first]
        phone.at_ms = clock.now_ms()
        again = Scanned(**phone.next(), parcel=parcel, party=depot, state=State.SORTED)
        await town.here.custody.record([arrival(again)])
        await town.settle()
        assert len(await looked(2 * HOUR_MS)) == 2
