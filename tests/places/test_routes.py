"""Places over HTTP: a carrier puts itself on the map, and each sees what is theirs."""

from pathlib import Path
from typing import Any

from safehand.identity.step_up import STEP_UP
from safehand.kernel.clock import HandClock
from tests.installations import Town, a_town
from tests.places.test_desk import GATE_CODE
from tests.places.test_geojson import a_file, feature
from tests.places.test_holidays import event
from tests.servers import Database

HOURS = {"zone": "Europe/Helsinki", "hours": {day: ["08:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}}
HERE = {"point": [601_699_000, 249_384_000]}
NOON_MS = 1_795_860_000_000


async def put(town: Town, kind: str, code: str, **told: Any) -> Any:
    """A place, told by the administrator."""
    asked = {"kind": kind, "code": code, "name": code.title(), "shape": HERE, "details": HOURS} | told
    return await town.told("POST", "/v1/places", json=asked)


async def test_a_carrier_puts_itself_on_the_map_and_sorts_by_it(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path, HandClock(NOON_MS)) as town:
        depot = await town.party("depot", "Vallila")
        made = await put(town, "depot", "HEL1", party=depot, details=HOURS | {"cut_offs": {"express": "14:00"}})
        await put(town, "checkpoint", "HEL1-A", shape=None, within="HEL1", details={"role": "lane"})
        rules = [{"prefix": "", "lane": "HEL1-A", "route": "REST"}, {"prefix": "001", "lane": "HEL1-A", "route": "R7"}]
        await town.told("PUT", "/v1/places/HEL1/sort-plan", json={"version": 0, "rules": rules})
        told = await town.told("POST", "/v1/places/HEL1/days", content=event("DTSTART;VALUE=DATE:20261225"))

        assert told == {"set": 1, "same": 0, "past": 0}
        assert (await town.told("GET", "/v1/places/HEL1/opening?after=2026-12-24"))["day"] == "2026-12-28"
        assert (await town.told("GET", "/v1/places/HEL1/lane?postal_code=00130"))["route"] == "R7"
        assert (await town.told("GET", "/v1/places/HEL1/lane?postal_code=33100"))["route"] == "REST"
        assert (await town.told("GET", f"/v1/places/{made['id']}"))["details"]["cut_offs"] == {"express": "14:00"}
        changed = {key: made[key] for key in ("kind", "code", "party", "shape", "details", "version")}
        await town.told("PUT", "/v1/places/HEL1", json=changed | {"name": "Vallila 2"})
        history = (await town.told("GET", "/v1/places/HEL1/history"))["places"]
        assert [(one["version"], one["name"]) for one in history] == [(2, "Vallila 2"), (1, "Hel1")]
        late = await town.ask("PUT", "/v1/places/HEL1", json=changed | {"name": "Vallila 3"})
        assert (late.status_code, late.json()["code"]) == (409, "places.changed")


async def test_a_partner_sees_and_exports_its_own_and_sets_its_days(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path, HandClock(NOON_MS)) as town:
        mine, theirs = await town.party("partner", "R-kioski"), await town.party("partner", "Lockers")
        await put(town, "pickup_point", "KIOSK-1", party=mine, details=HOURS | {"capacity": 30})
        await put(town, "pickup_point", "KIOSK-2", party=theirs, details=HOURS | {"capacity": 30})
        await put(town, "gate", "GATE-1")
        partner = await town.hire("pia", "pickup_partner", party=mine)

        listed = (await town.told("GET", "/v1/places", partner))["places"]
        exported = (await town.ask("GET", "/v1/places/geojson", partner)).text
        days = await town.told("POST", "/v1/places/KIOSK-1/days", partner, json=[{"day": "2026-12-24"}])
        foreign = await town.ask("GET", "/v1/places/KIOSK-2", partner)
        nowhere = await town.ask("GET", "/v1/places/KIOSK-9", partner)

        assert [one["code"] for one in listed] == ["KIOSK-1"]
        assert ("KIOSK-1" in exported, "KIOSK-2" in exported, "GATE-1" in exported) == (True, False, False)
        assert days["set"] == 1
        assert foreign.status_code == nowhere.status_code == 404
        assert foreign.json()["code"] == nowhere.json()["code"]


async def test_a_bored_insider_reads_no_gate_code_without_being_asked_and_noted(
    database: Database, tmp_path: Path
) -> None:
    clock = HandClock(NOON_MS)
    async with a_town(database, tmp_path, clock) as town:
        await put(town, "gate", "GATE-1")
        await town.told("PUT", "/v1/places/GATE-1/instructions", json={"text": GATE_CODE})
        dispatcher, depot = await town.hire("dora", "dispatcher"), await town.party("depot", "Vallila")
        others = [await town.hire("clara", "claims"), await town.hire("dan", "depot", party=depot), town.admin]

        seen = await town.told("GET", "/v1/places/GATE-1/instructions", dispatcher)
        refused = [await town.ask("GET", "/v1/places/GATE-1/instructions", who) for who in others]
        paths = ("/v1/places", "/v1/places/geojson", "/v1/places/GATE-1", "/v1/places/GATE-1/history")
        everywhere = "".join([(await town.ask("GET", path, dispatcher)).text for path in paths])
        clock.advance(max(STEP_UP.values()) + 1)
        stale = await town.ask("GET", "/v1/places/GATE-1/instructions", dispatcher)
        again = await town.told("GET", "/v1/places/GATE-1/instructions", await town.sign_in("dora"))
        async with town.here.store.transaction() as tx:
            rows = await tx.fetch("SELECT action FROM reads")

        assert seen == again == {"text": GATE_CODE}
        assert {answer.status_code for answer in refused} == {403}
        assert "4711" not in everywhere
        assert (stale.status_code, stale.json()["code"]) == (403, "identity.step_up_needed")
        assert [row["action"] for row in rows] == ["place.read_private"] * 2


async def test_a_file_is_reported_on_row_by_row(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path, HandClock(NOON_MS)) as town:
        raw = a_file(
            feature(), feature({"type": "Point", "coordinates": [60.17, 24.94]}, code="G2"), feature(code="g3")
        )

        report = await town.told("POST", "/v1/places/geojson", content=raw)
        half = await town.ask("POST", "/v1/places/geojson", content=raw[:-4])
        taken = await town.told("POST", "/v1/places/geojson?sure=true", content=a_file(feature()))

        assert [(row["outcome"], row["doubt"], row["error"]) for row in report["rows"]] == [
            ("added", None, None),
            ("doubted", "swapped", None),
            ("refused", None, "places.bad_code"),
        ]
        assert (report["done"], taken["done"]) == (False, True)
        assert half.json()["code"] == "places.half_file"
