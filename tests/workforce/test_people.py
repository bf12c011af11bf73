"""Drivers over HTTP: trained, licensed, planned, and what follows, on a real database."""

import json

from safehand.vault.vault import Kind
from tests.workforce.conftest import COURSES, DAY_MS, Carrier

SHIFT = {"day": "2026-11-30", "starts": "07:00", "ends": "15:00"}


async def test_whoever_passes_every_course_and_has_a_licence_may_carry_and_the_log_says_why(carrier: Carrier) -> None:
    await carrier.engage()
    assert (await carrier.authority())["level"] == "none"

    await carrier.licence()
    for course in COURSES:
        assert (await carrier.take(course))["certificate"]

    told = await carrier.authority()
    assert (told["level"], told["value_cents"]) == ("trusted", 1_500_000)
    assert told["vehicles"] == ["bicycle", "car", "van"]
    assert set(told["barred"]) == {"dangerous_goods"}
    async with carrier.town.here.store.transaction() as tx:
        facts = [json.loads(one.fact) for one in await carrier.town.here.ledger.read(tx, carrier.ana)]
    assert [fact["name"] for fact in facts] == [
        "driver.engaged.v1",
        "licence.recorded.v1",
        *["training.certified.v1"] * len(COURSES),
    ]
    assert all(fact["by"].startswith("usr_") for fact in facts)
    assert {fact.get("expires") for fact in facts} == {None, 20270110, 20281127, 20291127}


async def test_the_day_after_a_licence_ends_the_driver_is_down_without_anybody_having_looked(carrier: Carrier) -> None:
    await carrier.engage()
    await carrier.licence(expires="2026-12-20")
    for course in COURSES:
        await carrier.take(course)
    before = await carrier.authority()

    carrier.clock.advance(23 * DAY_MS)
    dispatcher = await carrier.town.sign_in("disp")
    after = await carrier.town.told("GET", f"/v1/drivers/{carrier.ana}/authority", dispatcher)

    assert before["ending"] == [{"what": "B", "day": "2026-12-20"}]
    assert (after["vehicles"], after["value_cents"]) == (["bicycle"], 50_000)
    assert after["grounded"]["van"] == [{"lack": "licence_expired", "what": "B", "day": "2026-12-20"}]


async def test_an_expiry_is_never_edited_and_whoever_told_it_stands_in_the_log(carrier: Carrier) -> None:
    await carrier.engage()
    licence = await carrier.licence(expires="2026-12-20")

    for method in ("PUT", "PATCH", "POST"):
        path = f"/v1/drivers/{carrier.ana}/licences/{licence}"
        assert (await carrier.town.ask(method, path, json={"expires": "2036-12-20"})).status_code == 405
    forged = await carrier.town.ask(
        "POST", f"/v1/drivers/{carrier.ana}/licences", carrier.dispatcher, json={"number": "1"}
    )
    await carrier.licence(expires="2036-12-20")
    await carrier.town.told("DELETE", f"/v1/drivers/{carrier.ana}/licences/{licence}")

    assert forged.status_code == 403
    async with carrier.town.here.store.transaction() as tx:
        facts = [json.loads(one.fact) for one in await carrier.town.here.ledger.read(tx, carrier.ana)]
        [admin] = await tx.fetch("SELECT id FROM users WHERE login = 'root'")
    assert [(fact["name"], fact.get("expires"), fact["by"]) for fact in facts[1:]] == [
        ("licence.recorded.v1", 20261220, admin["id"]),
        ("licence.recorded.v1", 20361220, admin["id"]),
        ("licence.withdrawn.v1", None, admin["id"]),
    ]


async def test_a_change_of_a_record_asks_who_sits_there_once_more(carrier: Carrier) -> None:
    carrier.clock.advance(20 * 60_000)

    answer = await carrier.town.ask("PUT", f"/v1/drivers/{carrier.ana}/engagement", json={"since": "2026-01-01"})

    assert answer.json()["code"] == "identity.step_up_needed"


async def test_a_number_is_one_persons_and_is_read_by_security_only_with_a_trace(carrier: Carrier) -> None:
    await carrier.engage()
    licence = await carrier.licence()
    ben = await carrier.town.party("driver", "Ben")
    path = f"/v1/drivers/{carrier.ana}/licences/{licence}"

    same = {"number": "FI120384-77", "classes": ["B"], "expires": "2030-01-01"}
    lent = await carrier.town.ask("POST", f"/v1/drivers/{ben}/licences", json=same)
    read = await carrier.town.told("GET", path, carrier.security)

    assert lent.json()["code"] == "workforce.licence_elsewhere"
    assert read == {"number": "FI120384-77", "born": "1984-03-12"}
    for who in (carrier.dispatcher, carrier.driver, carrier.town.admin):
        assert (await carrier.town.ask("GET", path, who)).status_code == 403
    async with carrier.town.here.store.transaction() as tx:
        [look] = await tx.fetch("SELECT action FROM reads")
        kinds = {row["kind"] for row in await tx.fetch("SELECT kind FROM vault_bodies")}
        rows = await tx.fetch("SELECT fact, state FROM facts JOIN heads USING (stream)")
    assert look["action"] == "driver.read_private"
    assert Kind.LICENCE.value in kinds
    assert not any(b"120384" in row["fact"] + row["state"] or b"1984" in row["fact"] + row["state"] for row in rows)


async def test_a_subcontractor_sees_its_own_drivers_and_plans_their_shifts_and_no_others(carrier: Carrier) -> None:
    town = carrier.town
    boss = await town.party("subcontractor", "Kuljetus Oy")
    mate = (await town.told("POST", f"/v1/subcontractors/{boss}/drivers", json={"name": "Mate"}))["party"]
    subcontractor = await town.hire("sub", "subcontractor", party=boss)
    shift = SHIFT | {"place": carrier.place}

    shown = await town.told("GET", "/v1/drivers", subcontractor)
    planned = await town.ask("POST", f"/v1/drivers/{mate}/shifts", subcontractor, json=shift)
    strange = await town.ask("POST", f"/v1/drivers/{carrier.ana}/shifts", subcontractor, json=shift)
    record = await town.ask("PUT", f"/v1/drivers/{mate}/skills", subcontractor, json={"skills": []})

    assert [one["driver"] for one in shown["drivers"]] == [mate]
    assert planned.status_code == 201
    assert strange.json()["code"] == "workforce.no_such_driver"
    assert record.status_code == 403


async def test_shifts_are_refused_that_overlap_or_leave_too_little_rest_and_a_cancelled_one_makes_room(
    carrier: Carrier,
) -> None:
    path = f"/v1/drivers/{carrier.ana}/shifts"
    first = SHIFT | {"place": carrier.place}
    made = await carrier.town.told("POST", path, carrier.dispatcher, json=first)

    def code(answer: object) -> str:
        return str(answer.json()["code"])  # type: ignore[attr-defined]

    late = first | {"starts": "14:00", "ends": "22:00"}
    tired = first | {"day": "2026-12-01", "starts": "01:00", "ends": "09:00"}
    nowhere = first | {"place": "plc_" + "0" * 26}
    assert code(await carrier.town.ask("POST", path, carrier.dispatcher, json=late)) == "workforce.shifts_overlap"
    assert code(await carrier.town.ask("POST", path, carrier.dispatcher, json=tired)) == "workforce.rest_too_short"
    assert code(await carrier.town.ask("POST", path, carrier.dispatcher, json=nowhere)) == "workforce.no_such_depot"
    assert code(await carrier.town.ask("POST", path, carrier.driver, json=late)) == "identity.not_permitted"

    await carrier.town.told("DELETE", f"{path}/{made['shift']}", carrier.dispatcher)
    await carrier.town.told("POST", path, carrier.dispatcher, json=tired)
    listed = await carrier.town.told("GET", path, carrier.driver)
    assert [(one["day"], one["zone"]) for one in listed["shifts"]] == [("2026-12-01", "Europe/Helsinki")]


async def test_vehicles_have_limits_and_costs_and_planning_may_read_them(carrier: Carrier) -> None:
    van = {"registration": "ABC-123", "kind": "van", "carries_g": 900_000, "carries_parcels": 160}
    more = van | {"volume_l": 9_000, "height_mm": 2_600, "range_km": 210, "dangerous_goods": True, "cents_per_km": 31}
    id = (await carrier.town.told("POST", "/v1/vehicles", carrier.dispatcher, json=van))["id"]

    await carrier.town.told("PUT", f"/v1/vehicles/{id}", carrier.dispatcher, json=more)
    odd = await carrier.town.ask("PUT", f"/v1/vehicles/{id}", carrier.dispatcher, json=more | {"height_mm": 9_000})
    dear = await carrier.town.ask(
        "POST", "/v1/vehicles", carrier.dispatcher, json=van | {"registration": "D-1", "cents_per_hour": 9**9}
    )
    other = await carrier.town.ask("PUT", f"/v1/vehicles/{id}", carrier.dispatcher, json=more | {"kind": "truck"})

    [shown] = (await carrier.town.told("GET", "/v1/vehicles", carrier.dispatcher))["vehicles"]
    assert shown == more | {"vehicle": id, "depot": None, "cents_per_hour": 0, "cents_per_day": 0}
    assert odd.json()["code"] == "workforce.bad_vehicle"
    assert dear.json()["code"] == "workforce.bad_cost"
    assert other.json()["code"] == "workforce.no_such_vehicle"


async def test_a_record_whose_kept_form_was_lost_is_folded_from_its_facts(carrier: Carrier) -> None:
    await carrier.engage()
    await carrier.licence()
    before = await carrier.authority()
    async with carrier.town.here.store.transaction() as tx:
        await tx.run("UPDATE heads SET state = '' WHERE stream = $1", carrier.ana)

    assert await carrier.authority() == before
    await carrier.take("privacy")
    assert len((await carrier.authority())["next_level"]) == len(before["next_level"]) - 1
