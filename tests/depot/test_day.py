"""A depot's day over HTTP: who drives, whether a van is full, and whether at night everything is accounted for."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from safehand.events.vocabulary import ExceptionKind
from safehand.identity.model import Role
from tests.depot.scenes import Day, a_depots_day
from tests.servers import Database

GROUPS = ("ready", "unsorted", "later", "excepted", "awaited", "over", "out", "disagreeing")


@pytest.fixture
async def day(database: Database, tmp_path: Path) -> AsyncIterator[Day]:
    async with a_depots_day(database, tmp_path) as day:
        yield day


async def assigned(day: Day, when: str, **routes: str | None) -> Any:
    told = {"routes": [{"route": route, "driver": driver} for route, driver in routes.items()]}
    return await day.town.told("PUT", f"/v1/depots/{day.depot}/routes/{when}", json=told)


async def counted(day: Day, when: str) -> dict[str, Any]:
    found = await day.asked(f"reconciliation?day={when}")
    return {group: set(found[group]["parcels"]) for group in GROUPS if found[group]["count"]} | {
        name: found[name] for name in ("came", "left", "held", "settled")
    }


async def test_a_route_is_given_to_a_driver_and_to_another_and_taken_back(day: Day) -> None:
    today = (await day.asked("routes"))["day"]
    other = await day.town.party("driver", "Aino")

    await assigned(day, today, R1=day.driver, R2=other)
    said = await assigned(day, today, R1=other, R2=None)

    assert said["routes"] == [{"route": "R1", "driver": other, "name": "Aino"}]
    assert (await day.asked("worklist"))["routes"] == [said["routes"][0] | {"idle": False, "barred": []}]
    tomorrow = (date.fromisoformat(today) + timedelta(days=1)).isoformat()
    assert (await day.asked(f"routes?day={tomorrow}"))["routes"] == []


async def test_what_can_be_no_route_of_a_day_is_refused_by_name(day: Day) -> None:
    today = (await day.asked("routes"))["day"]
    far = (date.fromisoformat(today) + timedelta(days=93)).isoformat()
    put = f"/v1/depots/{day.depot}/routes/"
    for target, routes, code in (
        (put + today, [{"route": "R1", "driver": day.merchant}], "depot.not_a_driver"),
        (put + today, [{"route": "R1", "driver": "somebody"}], "depot.not_a_driver"),
        (put + today, [{"route": " R1", "driver": day.driver}], "depot.bad_route"),
        (put + far, [], "depot.day_too_far"),
    ):
        answer = await day.town.ask("PUT", target, json={"routes": routes})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    hand = await day.town.hire("hanna", Role.DEPOT, party=await day.town.party("depot", "Vallila"))
    assert (await day.town.ask("PUT", put + today, hand, json={"routes": []})).status_code == 404


async def test_a_load_check_names_what_is_left_what_is_excused_and_what_is_a_strangers(day: Day) -> None:
    aboard, left, broken, awaited, stranger = await day.sent("00100", "00101", "00102", "00103", "00200")
    await day.received(aboard, left, broken, stranger)
    await day.sorted(aboard, left, stranger)
    await day.reported(broken, ExceptionKind.TAMPERED)
    promised = (await day.asked("worklist"))["parcels"][0]["promised_on"]
    await assigned(day, promised, R1=day.driver)
    phone = await day.town.phone(day.driver)
    await day.loaded(phone, aboard, stranger)

    check = await day.asked(f"routes/{promised}/R1/load")
    names = ("aboard", "left", "excepted", "awaited", "strangers")
    assert {name: [line["parcel"] for line in check[name]] for name in names} == {
        "aboard": [aboard],
        "left": [left],
        "excepted": [broken],
        "awaited": [awaited],
        "strangers": [stranger],
    }
    assert (check["complete"], check["driver"]) == (False, day.driver)
    unknown = await day.tablet.send("GET", f"/v1/depots/{day.depot}/routes/{promised}/R9/load")
    assert unknown.json()["code"] == "depot.route_unassigned"


async def test_at_night_every_parcel_is_on_its_way_or_has_a_name_for_what_is_wrong(day: Day) -> None:
    loaded, left, broken, short, over = await day.sent("00100", "00101", "00102", "00103", "90100")
    promised = (await day.asked("worklist"))["parcels"][0]["promised_on"]
    today = (await day.asked("routes"))["day"]
    await day.received(loaded, left, broken, over)
    await day.sorted(loaded)
    await day.reported(broken, ExceptionKind.TAMPERED)

    assert await counted(day, promised) | {"came": 4} == {
        "ready": {loaded}, "unsorted": {left}, "excepted": {broken}, "awaited": {short}, "over": {over},
        "came": 4, "left": 0, "held": 4, "settled": False,
    }  # fmt: skip

    phone = await day.town.phone(day.driver)
    await day.loaded(phone, loaded)
    for parcel, problem in ((left, ExceptionKind.UNLABELLED), (short, ExceptionKind.SHORT), (over, ExceptionKind.OVER)):
        await day.reported(parcel, problem)
    night = await counted(day, promised)
    assert {group: night[group] for group in night if group in GROUPS} == {
        "out": {loaded},
        "excepted": {left, broken, short, over},
    }
    assert (night["held"], (await day.asked(f"reconciliation?day={today}"))["came"]) == (3, 4)

    await day.reported(loaded, ExceptionKind.TAMPERED)
    assert (await day.asked(f"reconciliation?day={promised}"))["settled"] is True


async def test_a_parcel_that_the_record_holds_and_no_movement_brought_is_named(day: Day) -> None:
    [parcel] = await day.sent("00100")
    await day.received(parcel)
    assert (await day.asked("reconciliation"))["disagreeing"]["count"] == 0
    async with day.town.here.store.transaction() as tx:
        await tx.run("DELETE FROM depot_movements")
    found = await day.asked("reconciliation")
    assert found["disagreeing"] == {"count": 1, "parcels": [parcel]}


async def test_floors_rebuilt_from_the_facts_say_the_same(day: Day) -> None:
    first, second = await day.sent("00100", "00200")
    await day.received(first)
    before = await day.asked("worklist")
    await day.town.here.projector.rebuild("floors")
    await day.town.settle()
    after = await day.asked(f"worklist?after={before['next']}")

    assert sorted(row["parcel"] for row in after["parcels"]) == sorted([first, second])
    assert {row["parcel"]: row for row in after["parcels"]} == {row["parcel"]: row for row in before["parcels"]}
    assert (await day.asked("reconciliation"))["disagreeing"]["count"] == 0
