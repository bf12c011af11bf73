"""One parcel from the merchant to the door, over HTTP, with devices that sign; and what must be refused on the way."""

import json
from pathlib import Path
from typing import Any

import pytest

from safehand.events.statement import FIRST_AFTER, HandedOver, Scanned
from safehand.events.vocabulary import Evidence, Side, State, Way
from safehand.ledger.receipt import verify_receipt
from tests.asvs import asvs
from tests.installations import Phone, Town, a_town
from tests.servers import Database


def handover(phone: Phone, parcel: str, giver: str, taker: str, after: str, **more: Any) -> HandedOver:
    fields: dict[str, Any] = {"parcel": parcel, "giver": giver, "taker": taker, "after": after} | more
    fields.setdefault("way", Way.DEVICES)
    fields.setdefault("state", State.LOADED)
    return HandedOver(**phone.next(), **fields)


async def delivered(town: Town) -> tuple[str, dict[str, str], dict[str, Any]]:
    """A parcel taken from the merchant to the door; its id, the merchant's headers, and the shipment."""
    merchant, key = await town.merchant()
    depot, driver = await town.party("depot", "Kalasatama"), await town.party("driver", "Mikko")
    scanner, phone = await town.phone(depot), await town.phone(driver)
    shipment = await town.shipment(key)
    parcel = shipment["parcels"][0]["parcel"]

    received = handover(
        scanner, parcel, merchant, depot, FIRST_AFTER, side=Side.TAKER, way=Way.COUNTER, state=State.RECEIVED
    )
    given = handover(scanner, parcel, depot, driver, received.handover, side=Side.GIVER)
    taken = handover(phone, parcel, depot, driver, received.handover, side=Side.TAKER)
    assert (await scanner.tell(scanner.item(received), scanner.item(given))).is_success
    assert (await phone.tell(phone.item(taken))).json()["answers"][0]["outcome"] == "stored"

    link = shipment["parcels"][0]["recipient_link"].partition("?k=")[2]
    tracking = shipment["parcels"][0]["tracking"]
    mine = await town.told("GET", f"/v1/tracking/{tracking}", {"Authorization": f"Bearer shl_{link}"})
    known = (await phone.send("GET", f"/v1/parcels/{parcel}")).json()
    body = json.dumps({"pin": mine["pin"]}).encode()
    done = handover(
        phone,
        parcel,
        driver,
        known["recipient"],
        known["last_handover"],
        side=Side.GIVER,
        way=Way.PIN,
        state=State.DELIVERED,
        evidence=(Evidence.PIN,),
        body_hash=phone.body_hash(body),
    )
    answer = await phone.tell(phone.item(done, body))
    assert answer.json()["answers"][0]["outcome"] == "stored", answer.text
    return parcel, key, shipment


async def test_a_parcel_goes_from_the_merchant_to_the_door(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        parcel, key, _ = await delivered(town)
        await town.settle()

        line = await town.told("GET", f"/v1/parcels/{parcel}/custody", key)
        hands = [(e["signed"], e["state"]) for e in line["entries"] if e["kind"] == "handover"]
        assert hands == [("taker", "received"), ("both", "loaded"), ("evidence", "delivered")]
        assert all(e["verified"] for e in line["entries"])

        receipt = await town.ask("GET", f"/v1/parcels/{parcel}/receipt", key)
        verified = verify_receipt(receipt.content, town.here.log_key.verifier)
        assert json.loads(verified.fact)["name"] == "custody.transferred.v1"
        assert verified.authenticated


@asvs("8.2.3", "15.3.1")
async def test_the_number_alone_shows_a_word_and_a_day(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        _, _, shipment = await delivered(town)

        shown = await town.told("GET", f"/v1/tracking/{shipment['parcels'][0]['tracking']}", {})

        assert {key for key, value in shown.items() if value is not None} == {"tracking", "state", "promised_on"}


async def test_a_receipt_is_not_there_before_a_checkpoint_covers_the_fact(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        _, key = await town.merchant()
        parcel = (await town.shipment(key))["parcels"][0]["parcel"]

        answer = await town.ask("GET", f"/v1/parcels/{parcel}/receipt", key)

        assert (answer.status_code, answer.json()["code"]) == (503, "ledger.receipt_not_ready")
        assert int(answer.headers["retry-after"]) > 0


@asvs("8.2.2", "8.4.1")
async def test_another_merchant_finds_nothing(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        parcel, _, shipment = await delivered(town)
        _, other = await town.merchant("Somebody else")

        for path in (f"/v1/parcels/{parcel}", f"/v1/parcels/{parcel}/custody", f"/v1/shipments/{shipment['shipment']}"):
            answer = await town.ask("GET", path, other)
            assert answer.status_code == 404, path
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["title"]
            assert answer.json()["remedy"]


async def test_the_same_shipment_told_twice_is_made_once(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        _, key = await town.merchant()

        first = await town.shipment(key, "k-1")
        again = await town.shipment(key, "k-1")
        other = await town.ask(
            "POST",
            "/v1/shipments",
            key,
            json={"recipient": {}, "parcels": []},
            headers={"Idempotency-Key": "k-1"},
        )

        assert first == again
        assert other.status_code == 422
        kept = await _column(town, "SELECT body FROM remembered_requests")
        assert b"?k=" not in kept[0]


async def _column(town: Town, sql: str) -> list[bytes]:
    async with town.here.store.transaction() as tx:
        return [bytes(row[0]) for row in await tx.fetch(sql)]


@asvs("2.2.1")
@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        ("SH000000000001", 422, "labels.wrong_check_digit"),
        ("nonsense", 422, "labels.number_unreadable"),
        ("pcl_00000000000000000000000000", 404, "parcels.no_such_number"),
        ("x" * 300, 404, "parcels.no_such_number"),
    ],
)
async def test_a_wrong_number_is_told_what_is_wrong(
    database: Database, tmp_path: Path, number: str, status: int, code: str
) -> None:
    async with a_town(database, tmp_path) as town:
        _, key = await town.merchant()

        answer = await town.ask("GET", f"/v1/parcels/{number}", key)

        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_what_a_device_tells_is_answered_item_by_item(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        _, key = await town.merchant()
        depot = await town.party("depot", "Kalasatama")
        scanner, other = await town.phone(depot), await town.phone(depot)
        parcel = (await town.shipment(key))["parcels"][0]["parcel"]
        good = scanner.item(Scanned(**scanner.next(), parcel=parcel, party=depot, state=State.SORTED))
        forged = {
            **good,
            "signature": other.item(Scanned(**scanner.next(), parcel=parcel, party=depot, state=State.HELD))[
                "signature"
            ],
        }
        alien = scanner.item(Scanned(**other.next(), parcel=parcel, party=depot, state=State.SORTED))
        noise = {"statement": "not a statement", "signature": good["signature"]}

        answer = await scanner.tell(good, good, forged, alien, noise)

        outcomes = [(a["outcome"], a["why"]) for a in answer.json()["answers"]]
        assert outcomes == [
            ("stored", None),
            ("duplicate", None),
            ("quarantined", "intake.bad_signature"),
            ("quarantined", "intake.other_device"),
            ("quarantined", "intake.bad_signature"),
        ]
        listed = await town.told("GET", "/v1/quarantine")
        assert len(listed["statements"]) == 3


async def test_an_unknown_and_a_revoked_device_are_turned_away_as_a_whole(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        depot = await town.party("depot", "Kalasatama")
        phone = await town.phone(depot)
        await town.told("POST", f"/v1/devices/{phone.device}/revoke")

        revoked = await phone.tell()
        phone.device = type(phone.device)(phone.device[:-1] + ("0" if phone.device[-1] != "0" else "1"))
        unknown = await phone.tell()

        assert (revoked.status_code, unknown.status_code) == (403, 401)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"statements": 7}', b'{"statements": [{}]}', b"\xff\xfe"])
async def test_an_unreadable_batch_is_refused_as_a_whole(database: Database, tmp_path: Path, body: bytes) -> None:
    async with a_town(database, tmp_path) as town:
        phone = await town.phone(await town.party("depot", "Kalasatama"))

        answer = await phone.send("POST", "/v1/statements", body)

        assert (answer.status_code, answer.json()["code"]) == (400, "intake.batch_unreadable")


@asvs("5.2.1")
async def test_a_body_without_end_is_cut_off(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        answer = await town.ask("POST", "/v1/sessions", {}, content=b" " * (4 * 1024 * 1024))

        assert (answer.status_code, answer.json()["code"]) == (413, "app.request_too_large")


async def test_a_request_is_refused_where_a_statement_would_open_an_exception(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        merchant, key = await town.merchant()
        depot, driver = await town.party("depot", "Kalasatama"), await town.party("driver", "Mikko")
        phone = await town.phone(driver)
        parcel = (await town.shipment(key))["parcels"][0]["parcel"]
        wrong = handover(phone, parcel, depot, driver, FIRST_AFTER, side=Side.TAKER)
        right = handover(phone, parcel, merchant, driver, FIRST_AFTER, side=Side.TAKER, way=Way.COUNTER)

        refused = await phone.send("POST", "/v1/handovers", json.dumps(phone.item(wrong)).encode())
        stored = await phone.send("POST", "/v1/handovers", json.dumps(phone.item(right)).encode())

        assert (refused.status_code, refused.json()["code"]) == (409, "custody.contradiction")
        assert stored.status_code == 201


async def test_a_person_corrects_a_fork_as_a_new_fact(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        merchant, key = await town.merchant()
        ana, ben = await town.party("driver", "Ana"), await town.party("driver", "Ben")
        hers, his = await town.phone(ana), await town.phone(ben)
        dispatcher = await town.hire("dora", "dispatcher")
        parcel = (await town.shipment(key))["parcels"][0]["parcel"]
        way = {"side": Side.TAKER, "way": Way.COUNTER}
        await hers.tell(hers.item(handover(hers, parcel, merchant, ana, FIRST_AFTER, **way)))
        fork = await his.tell(his.item(handover(his, parcel, merchant, ben, FIRST_AFTER, **way)))
        await town.settle()
        [opened] = fork.json()["answers"][0]["exceptions"]
        queue = await town.told("GET", "/v1/exceptions", dispatcher)
        assert [(e["id"], e["kind"]) for e in queue["exceptions"]] == [(opened["id"], "fork")]

        await town.told(
            "POST", f"/v1/exceptions/{opened['id']}/correct", dispatcher, json={"custodian": ben, "state": "loaded"}
        )
        await town.settle()

        line = await town.told("GET", f"/v1/parcels/{parcel}/custody", key)
        assert line["custodian"] == ben
        assert [e["kind"] for e in line["entries"]][-2:] == ["correction", "resolution"]
        assert (await town.told("GET", "/v1/exceptions", dispatcher))["exceptions"] == []


@asvs("5.3.2")
async def test_the_public_log_serves_what_its_checkpoint_promises(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        await delivered(town)
        await town.settle()

        checkpoint = await town.ask("GET", "/log/checkpoint", {})
        size = int(checkpoint.text.split("\n")[1])
        bundle = await town.ask("GET", f"/log/tile/entries/000.p/{size}", {})
        outside = await town.ask("GET", "/log/tile/../../keys/log.key", {})
        elsewhere = await town.ask("GET", "/log/tile/%2e%2e/%2e%2e/keys/log.key", {})

        assert len(bundle.content) == size * (2 + 83)
        assert b"Eeva" not in bundle.content
        assert {outside.status_code, elsewhere.status_code} == {404}
