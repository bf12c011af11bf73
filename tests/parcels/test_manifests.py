"""Manifests over HTTP: what is taken, what is known from before, what is refused and why; and never half of one."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from safehand.events.statement import CONTENTS_MAX
from safehand.kernel.clock import HandClock
from safehand.labels.numbers import make_sscc
from tests.installations import RECIPIENT, Town, a_town
from tests.servers import Database

CSV = {"Content-Type": "text/csv"}
HEADING = "reference,number,name,street,postal_code,city,country,weight_g,service,dangerous,age_min"
SSCC = "106141412345678908"


@pytest.fixture
async def town(database: Database, tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(database, tmp_path) as town:
        yield town


def shipment(reference: str | None = "A-1", **parcel: Any) -> dict[str, Any]:
    return {"reference": reference, "recipient": RECIPIENT, "parcels": [{"weight_g": 900} | parcel]}


def line(reference: str = "A-1", number: str = "", weight_g: str = "900", **more: str) -> str:
    said = {"service": "", "dangerous": "", "age_min": ""} | more
    return (
        f"{reference},{number},Eve Example,Street 1,00100,Helsinki,FI,{weight_g},"
        f"{said['service']},{said['dangerous']},{said['age_min']}"
    )


async def send(town: Town, who: dict[str, str], *shipments: Any, **more: Any) -> Any:
    body = {"count": len(shipments), "shipments": shipments} | more
    return await town.ask("POST", "/v1/manifests", who, json=body)


async def send_csv(town: Town, who: dict[str, str], *lines: str, count: int | None = None) -> Any:
    said = len(lines) if count is None else count
    content = "\n".join((HEADING, *lines)).encode()
    return await town.ask("POST", f"/v1/manifests?count={said}", who, content=content, headers=CSV)


async def shipments_on_record(town: Town) -> int:
    async with town.here.store.transaction() as tx:
        return int((await tx.fetch("SELECT count(*) AS n FROM shipments"))[0]["n"])


async def test_good_rows_are_taken_and_bad_ones_named_by_row_and_field_without_what_was_sent(town: Town) -> None:
    _, shop = await town.merchant()
    bad = shipment("A-2", weight_g=0)
    answer = await send(town, shop, shipment("A-1"), bad, shipment("A-3", number=SSCC), shipment(None), 17)
    said = answer.json()

    assert answer.status_code == 201
    assert [row["outcome"] for row in said["rows"]] == ["taken", "refused", "taken", "refused", "refused"]
    assert (said["taken"], said["refused"], said["parcels"]) == (2, 3, 2)
    assert said["rows"][1]["problems"][0]["field"] == "parcels.0.weight_g"
    assert said["rows"][2]["parcels"][0]["sscc"] == SSCC
    assert said["rows"][3]["problems"][0]["code"] == "parcels.row_without_key"
    assert RECIPIENT["name"] not in answer.text
    found = await town.told("GET", f"/v1/parcels/{SSCC}", shop)
    assert found["parcel"] == said["rows"][2]["parcels"][0]["parcel"]


async def test_the_same_bytes_sent_twice_make_nothing_twice_and_are_answered_alike(town: Town) -> None:
    _, shop = await town.merchant()
    first = await send(town, shop, shipment("A-1"), shipment("A-2"))
    again = await send(town, shop, shipment("A-1"), shipment("A-2"))

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await shipments_on_record(town) == 2


async def test_a_mended_manifest_takes_what_is_new_and_knows_the_rest(town: Town) -> None:
    _, shop = await town.merchant()
    first = (await send(town, shop, shipment("A-1"), shipment("A-2", weight_g=0))).json()
    mended = (await send(town, shop, shipment("A-1"), shipment("A-2"))).json()

    assert [row["outcome"] for row in mended["rows"]] == ["known", "taken"]
    assert mended["rows"][0]["parcels"] == first["rows"][0]["parcels"]
    assert await shipments_on_record(town) == 2


async def test_all_or_nothing_takes_nothing_when_one_row_is_bad(town: Town) -> None:
    _, shop = await town.merchant()
    answer = await send(town, shop, shipment("A-1"), shipment("A-2", weight_g=0), whole=True)

    assert answer.status_code == 422
    assert (answer.json()["manifest"], answer.json()["refused"]) == (None, 1)
    assert await shipments_on_record(town) == 0
    assert (await send(town, shop, shipment("A-1"), shipment("A-2"), whole=True)).status_code == 201


async def test_half_a_manifest_is_refused_as_a_whole(town: Town) -> None:
    _, shop = await town.merchant()
    counted = await send(town, shop, shipment("A-1"), count=2)
    whole = json.dumps({"count": 1, "shipments": [shipment("A-1")]}).encode()
    cut = await town.ask("POST", "/v1/manifests", shop, content=whole[:-9])
    lines = await send_csv(town, shop, line("A-1"), count=2)
    uncounted = await town.ask("POST", "/v1/manifests", shop, content=HEADING.encode(), headers=CSV)

    assert [one.json()["code"] for one in (counted, cut, lines, uncounted)] == [
        "parcels.manifest_incomplete",
        "parcels.manifest_unreadable",
        "parcels.manifest_incomplete",
        "parcels.manifest_uncounted",
    ]
    assert await shipments_on_record(town) == 0


async def test_lines_with_one_reference_are_the_parcels_of_one_shipment(town: Town) -> None:
    _, shop = await town.merchant()
    said = (
        await send_csv(
            town,
            shop,
            line("A-1", dangerous="UN3480 UN1950"),
            line("A-1", weight_g="1200", age_min="18"),
            line("A-2", service="express"),
            line("A-3", service="overnight"),
            line("A-4") + ",one cell too many",
            line("A-5", weight_g="heavy"),
        )
    ).json()

    assert [(row["row"], row["outcome"], len(row["parcels"])) for row in said["rows"]] == [
        (2, "taken", 2),
        (4, "taken", 1),
        (5, "refused", 0),
        (6, "refused", 0),
        (7, "refused", 0),
    ]
    assert said["rows"][2]["problems"][0]["code"] == "parcels.no_such_service"
    async with town.here.store.transaction() as tx:
        rows = await tx.fetch("SELECT parcel, dangerous, age_min FROM parcels")
    kept = {row["parcel"]: (tuple(row["dangerous"]), row["age_min"]) for row in rows}
    parcels = [one["parcel"] for one in said["rows"][0]["parcels"]]
    assert [kept[parcel] for parcel in parcels] == [(("UN3480", "UN1950"), None), ((), 18)]


async def test_a_number_on_two_labels_is_refused_the_second_time_and_never_moves_to_another_merchant(
    town: Town,
) -> None:
    _, shop = await town.merchant()
    _, other = await town.merchant("Toinen")
    said = (await send(town, shop, shipment("A-1", number=SSCC), shipment("A-2", number=SSCC))).json()
    stolen = (await send(town, other, shipment("B-1", number=SSCC))).json()

    assert [row["outcome"] for row in said["rows"]] == ["taken", "refused"]
    assert said["rows"][1]["problems"] == [{"field": "number", "code": "parcels.row_repeated", "wanted": "1"}]
    assert stolen["rows"][0]["problems"][0]["code"] == "parcels.number_taken"
    assert await shipments_on_record(town) == 1


async def test_another_carriers_number_finds_the_parcel_and_a_misread_sscc_is_refused(town: Town) -> None:
    _, shop = await town.merchant()
    said = (
        await send(town, shop, shipment(None, number="1Z 999 AA1 01 2345 6784"), shipment("A", number=f"{SSCC[:-1]}1"))
    ).json()

    assert [row["outcome"] for row in said["rows"]] == ["taken", "refused"]
    assert said["rows"][1]["problems"][0]["field"] == "parcels.0.number"
    found = await town.told("GET", "/v1/parcels/1z999aa10123456784", shop)
    assert found["parcel"] == said["rows"][0]["parcels"][0]["parcel"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (f"{HEADING}\n{line()}".encode("utf-16"), "UTF-16"),
        (f"{HEADING}\n{line().replace('Eve', 'Päivi')}".encode("latin-1"), "line 2, is not UTF-8"),
        (b"PK\x03\x04....", "packed"),
        (f"{HEADING},shoe_size\n{line()},41".encode(), "shoe_size is unknown"),
        (b"", "is missing"),
    ],
)
async def test_a_file_that_cannot_be_read_says_why_and_nothing_is_taken(
    town: Town, content: bytes, reason: str
) -> None:
    _, shop = await town.merchant()
    answer = await town.ask("POST", "/v1/manifests?count=1", shop, content=content, headers=CSV)

    assert answer.json()["code"] == "rows.unusable"
    assert reason in answer.json()["detail"]
    assert await shipments_on_record(town) == 0


async def test_a_merchant_reads_its_own_manifests_and_the_depot_everybodys(town: Town) -> None:
    _, shop = await town.merchant()
    _, other = await town.merchant("Toinen")
    mine = (await send(town, shop, shipment("A-1"))).json()["manifest"]
    theirs = (await send(town, other, shipment("A-1"))).json()["manifest"]
    depot = await town.hire("dee", "depot", party=await town.party("depot", "Etelä"))

    assert [one["manifest"] for one in (await town.told("GET", "/v1/manifests", shop))["manifests"]] == [mine]
    assert (await town.told("GET", f"/v1/manifests/{mine}", shop))["taken"] == 1
    assert (await town.ask("GET", f"/v1/manifests/{theirs}", shop)).json()["code"] == "parcels.no_such_manifest"
    seen = (await town.told("GET", "/v1/manifests", depot))["manifests"]
    assert [one["manifest"] for one in seen] == [theirs, mine]


async def test_services_are_data_an_administrator_changes(town: Town) -> None:
    _, shop = await town.merchant()
    slots = [{"from_minute": 480, "to_minute": 720}]
    await town.told("PUT", "/v1/services/morning", json={"working_days": 1, "slots": slots})
    await town.told("PUT", "/v1/services/express", json={"working_days": 1, "offered": False})
    said = await send(town, shop, shipment("A-1") | {"service": "morning"}, shipment("A-2") | {"service": "express"})
    listed = await town.told("GET", "/v1/services", {})

    assert [row["outcome"] for row in said.json()["rows"]] == ["taken", "refused"]
    assert {one["code"]: one["offered"] for one in listed["services"]} == {
        "express": False,
        "morning": True,
        "standard": True,
    }
    assert (await town.ask("PUT", "/v1/services/x", shop, json={"working_days": 1})).status_code == 403
    assert (await town.ask("PUT", "/v1/services/slow", json={"working_days": 99})).json()["code"] == (
        "parcels.bad_service"
    )


async def test_a_reference_may_be_used_again_after_ninety_days(database: Database, tmp_path: Path) -> None:
    clock = HandClock(1_795_860_000_000)
    async with a_town(database, tmp_path, clock) as town:
        _, shop = await town.merchant()
        outcomes = []
        for days in (0, 89, 2):
            clock.advance(days * 86_400_000)
            async with town.here.store.transaction() as tx:
                await town.here.manifests.forget(tx)
            said = (await send(town, shop, shipment("A-1"), shipment(f"B-{days}"))).json()
            outcomes.append(said["rows"][0]["outcome"])
        assert outcomes == ["taken", "known", "taken"]


async def test_parcels_that_come_in_a_cage_lie_in_it_and_move_with_it(town: Town) -> None:
    _, shop = await town.merchant()
    cage, other = make_sscc(3, "6400001", 1), make_sscc(3, "6400001", 2)
    said = (
        await send(town, shop, shipment("A-1", aggregate=cage), shipment("A-2", aggregate=f"(00){cage}"),
                   shipment("A-3", aggregate=other), shipment("A-4"))
    ).json()  # fmt: skip
    parcels = [row["parcels"][0]["parcel"] for row in said["rows"]]
    found = await town.told("GET", f"/v1/aggregates/{cage}")

    assert [one["parcel"] for one in found["contents"]] == sorted(parcels[:2])
    assert (await town.told("GET", f"/v1/aggregates/{other}"))["count"] == 1


async def test_a_cage_is_told_in_one_call_holds_so_many_and_bears_a_number_of_its_own(town: Town) -> None:
    _, shop = await town.merchant()
    cage, full = make_sscc(3, "6400001", 1), make_sscc(3, "6400001", 2)
    await send(town, shop, shipment("A-1", aggregate=cage), shipment("A-2", number=SSCC))
    many = [shipment(f"F-{n}", aggregate=full) for n in range(CONTENTS_MAX + 1)]
    said = (
        await send(town, shop, shipment("A-3", aggregate=cage), shipment("A-4", aggregate=SSCC),
                   shipment("A-5", aggregate=SSCC[:-1] + "0"), shipment("A-6", aggregate="CAGE 1"), *many)
    ).json()  # fmt: skip

    assert [row["problems"][0]["code"] if row["problems"] else None for row in said["rows"][:5]] == [
        "parcels.cage_taken",
        "parcels.cage_taken",
        "labels.wrong_check_digit",
        "labels.number_unreadable",
        None,
    ]
    borne = (await send(town, shop, shipment("B-1", number=cage))).json()
    assert borne["rows"][0]["problems"][0]["code"] == "parcels.number_taken"
    assert [row["problems"][0]["code"] for row in said["rows"][-1:]] == ["parcels.cage_too_full"]
    assert (await town.told("GET", f"/v1/aggregates/{full}"))["count"] == CONTENTS_MAX
