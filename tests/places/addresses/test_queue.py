"""The queue of doubtful addresses and the map, over HTTP: who sees what, and what a correction needs."""

import json
import shutil
from pathlib import Path
from typing import Any

from safehand.app.addressing import addresses_of
from safehand.app.upkeep import Upkeep
from safehand.kernel.ids import PartyId, PersonId
from safehand.places.addresses.doubts import Doubt, Fix, Lines
from safehand.places.addresses.ports import Addressed
from tests.installations import RECIPIENT, Town, a_town
from tests.maps import helsinki
from tests.servers import Database

GIVEN = RECIPIENT | {"street": "Kaivokaut 1", "postal_code": "00100"}
RIGHT: dict[str, Any] = {"street": "Kaivokatu 1", "postal_code": "00100", "city": "Helsinki", "country": "FI"}
NOWHERE = RECIPIENT | {"street": "Olemattomankuja 99"}
CONSENT = {"kind": "written", "evidence": "mail-4711"}


async def told_of(town: Town, recipient: dict[str, Any]) -> Any:
    _, key = await town.merchant()
    sent = {"recipient": recipient, "parcels": [{"weight_g": 800}]}
    made = await town.told("POST", "/v1/shipments", key | {"Idempotency-Key": "one"}, json=sent)
    return made["parcels"][0]


def with_map(folder: Path) -> None:
    shutil.copytree(helsinki().path, folder / "map")


async def test_a_doubtful_address_is_corrected_with_consent_and_both_stay_in_the_vault(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        with_map(town.here.settings.data)
        dispatcher = await town.hire("dispatch", "dispatcher")
        parcel = await told_of(town, GIVEN)
        doubt = {"number": parcel["tracking"], "doubt": "undeliverable"}

        case = (await town.told("POST", "/v1/addresses/cases", dispatcher, json=doubt))["id"]
        again = (await town.told("POST", "/v1/addresses/cases", dispatcher, json=doubt))["id"]
        listed = await town.told("GET", "/v1/addresses/cases", dispatcher)
        opened = await town.told("GET", f"/v1/addresses/cases/{case}", dispatcher)

        assert case == again
        assert [one["id"] for one in listed["cases"]] == [case]
        assert "Kaivokaut" not in json.dumps(listed)
        assert opened["address"]["street"] == "Kaivokaut 1"
        assert opened["found"]["hit"]["street"] == "Kaivokatu"
        assert "spelling" in opened["found"]["reasons"]

        where = f"/v1/addresses/cases/{case}/correct"
        assert (await town.ask("POST", where, dispatcher, json=RIGHT)).status_code == 422  # no consent
        elsewhere = RIGHT | {"street": "Unioninkatu 45", "consent": CONSENT}
        refused = await town.ask("POST", where, dispatcher, json=elsewhere)
        assert refused.json()["code"] == "addresses.correction_is_redirect"

        corrected = await town.told("POST", where, dispatcher, json=RIGHT | {"consent": CONSENT})
        assert (corrected["kind"], corrected["trusted"]) == ("house", True)
        late = await town.ask("POST", where, dispatcher, json=RIGHT | {"consent": CONSENT})
        assert late.json()["code"] == "addresses.case_closed"

        after = await town.told("GET", f"/v1/addresses/cases/{case}", dispatcher)
        assert (after["address"]["street"], after["corrected"]["street"]) == ("Kaivokaut 1", "Kaivokatu 1")
        assert (after["case"]["consent"], after["case"]["consent_evidence"]) == ("written", "mail-4711")
        async with town.here.store.transaction() as tx:
            rows = await tx.fetch("SELECT * FROM address_cases")
            reads = await tx.fetch("SELECT why FROM reads WHERE action = 'address.read' AND why = $1", case)
            person = PersonId(PartyId(rows[0]["person"]))
            kept = await addresses_of(town.here).corrected(tx, person)
        assert kept == Lines(**RIGHT)
        assert len(reads) >= 2
        assert "Kaivok" not in str([dict(row.items()) for row in rows])

        async with town.here.store.transaction() as tx:
            await town.here.vault.erase(tx, person, town.here.clock.now_ms())
        gone = await town.ask("GET", f"/v1/addresses/cases/{case}", dispatcher)
        assert gone.json()["code"] == "addresses.erased"


async def test_a_new_address_is_looked_at_and_a_point_in_the_sea_waits_for_a_person(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        with_map(town.here.settings.data)
        parcel = await told_of(town, RECIPIENT | RIGHT)
        right, desk = Lines(**RIGHT), addresses_of(town.here)
        async with town.here.store.transaction() as tx:
            found = await town.here.parcels.find(tx, parcel["tracking"])
            about = Addressed(found.parcel, found.recipient, found.body)
            assert await desk.looked_at(tx, about, right) is None
            at_sea = Lines(**RIGHT, lat_e7=500_000_000, lon_e7=100_000_000)
            assert await desk.looked_at(tx, about, at_sea) is not None
            [row] = await tx.fetch("SELECT doubt FROM address_cases")
            assert row["doubt"] == Doubt.IN_SEA.value

            for number in range(3):
                one = Addressed(f"{found.parcel[:-1]}{number}", about.person, about.body)  # type: ignore[arg-type]
                await desk.confirmed(tx, one, Fix(601_707_000 + number, 249_408_000))
                assert (await desk.pin(tx, about.person) is None) is (number < 2)
            assert await desk.pin(tx, about.person) == Fix(601_707_001, 249_408_000)
            fixes = await tx.fetch("SELECT * FROM address_fixes")
            assert "601707" not in str([dict(row.items()) for row in fixes])


async def test_addresses_are_found_by_who_may_and_what_was_typed_stands_in_no_address_line(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        dispatcher = await town.hire("dispatch", "dispatcher")
        none = await town.ask("POST", "/v1/addresses/search", dispatcher, json={"text": "Kaivokatu"})
        assert none.json()["code"] == "map.none"

        with_map(town.here.settings.data)
        found = await town.told("POST", "/v1/addresses/search", dispatcher, json={"text": "kaivokat", "complete": True})
        assert found["hits"][0]["street"] == "Kaivokatu"
        house = await town.told("POST", "/v1/addresses/geocode", dispatcher, json={"text": "Kaivokatu 1, Helsinki"})
        assert (house["kind"], house["trusted"]) == ("house", True)
        assert (await town.ask("GET", "/v1/addresses/search?text=x", dispatcher)).status_code in {404, 405}
        long = await town.ask("POST", "/v1/addresses/search", dispatcher, json={"text": "x" * 1_000})
        assert long.status_code == 422


async def test_the_basemap_is_read_piece_by_piece_by_staff_and_phones(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        with_map(town.here.settings.data)
        whole = (helsinki().path / str(helsinki().current()) / "basemap.pmtiles").read_bytes()
        driver = await town.party("driver", "Ben")
        phone = await town.phone(driver)
        where = "/v1/map/basemap.pmtiles"

        piece = await phone.send("GET", where, Range="bytes=0-126")
        assert (piece.status_code, piece.content) == (206, whole[:127])
        assert piece.headers["content-range"] == f"bytes 0-126/{len(whole)}"
        assert piece.content[:7] == b"PMTiles"
        dispatcher = await town.hire("dispatch", "dispatcher")
        tail = await town.ask("GET", where, dispatcher, headers={"Range": "bytes=-10"})
        assert (tail.status_code, tail.content) == (206, whole[-10:])
        beyond = await town.ask("GET", where, dispatcher, headers={"Range": f"bytes={len(whole)}-"})
        assert beyond.status_code == 416
        all_of_it = await town.ask("GET", where, dispatcher)
        assert (all_of_it.status_code, all_of_it.content) == (200, whole)

        mark = all_of_it.headers["etag"]
        same = await town.ask("GET", where, dispatcher, headers={"If-None-Match": mark})
        assert (same.status_code, same.content) == (304, b"")
        stale = await town.ask("GET", where, dispatcher, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
        assert (stale.status_code, stale.content) == (200, whole)
        assert (await town.ask("GET", where, {})).status_code == 401
        told = await town.told("GET", "/v1/map", dispatcher)
        assert (f'"{told["build"]}"', told["attribution"][:1]) == (mark, "©")


async def test_addresses_of_new_shipments_are_looked_at_by_themselves_and_only_doubtful_ones_wait_for_a_person(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        with_map(town.here.settings.data)
        dispatcher = await town.hire("dispatch", "dispatcher")
        _, shop = await town.merchant()
        sent = [
            {"reference": f"r{number}", "recipient": recipient, "parcels": [{"weight_g": 800}]}
            for number, recipient in enumerate((NOWHERE, RECIPIENT | RIGHT))
        ]
        await town.told("POST", "/v1/manifests", shop, json={"count": 2, "shipments": sent})
        assert (await town.told("GET", "/v1/addresses/cases", dispatcher))["cases"] == []

        worker = Upkeep(town.here).worker()
        await worker.run_due()
        [case] = (await town.told("GET", "/v1/addresses/cases", dispatcher))["cases"]
        opened = await town.told("GET", f"/v1/addresses/cases/{case['id']}", dispatcher)
        assert opened["address"]["street"] == NOWHERE["street"]


async def test_without_a_map_new_addresses_wait_for_nobody(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        await told_of(town, GIVEN)
        await Upkeep(town.here).worker().run_due()
        assert (await town.told("GET", "/v1/jobs?state=dead"))["jobs"] == []
        async with town.here.store.transaction() as tx:
            assert await tx.fetch("SELECT 1 FROM address_cases") == []
