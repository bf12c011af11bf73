"""The map of places over a real installation: what it shows of when, to whom, and what it never tells."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from safehand.identity.model import Role
from tests.app.pages.scene import Scene

DATA = "/places/map/data"
SECRET = "the key hangs under the third flowerpot"
HOURS = {"zone": "Europe/Helsinki", "hours": {"mon": ["08:00-18:00"]}}
GATE: dict[str, Any] = {
    "kind": "gate",
    "code": "GATE-1",
    "name": "Yard gate",
    "shape": {"point": [601_699_000, 249_384_000]},
    "details": HOURS,
}


async def shown(scene: Scene, cookie: dict[str, str], on: str = "") -> dict[str, str]:
    answer = await scene.page(f"{DATA}?on={on}", cookie)
    assert answer.status_code == 200
    assert SECRET not in answer.text
    return {one["properties"]["code"]: one["properties"]["name"] for one in json.loads(answer.text)["features"]}


async def test_a_map_shows_places_of_any_day_to_each_their_own_and_never_how_a_gate_opens(scene: Scene) -> None:
    town = scene.town
    partner = await town.party("partner", "R-kioski")
    point = GATE | {"kind": "pickup_point", "code": "KIOSK-7", "name": "Kiosk", "party": partner}
    await town.told("POST", "/v1/places", json=point | {"details": HOURS | {"capacity": 40}})
    await town.told("POST", "/v1/places", json=GATE)
    await town.told("PUT", "/v1/places/GATE-1/instructions", json={"text": SECRET})
    now = datetime.fromtimestamp(town.here.clock.now_ms() / 1000, UTC)
    later, far = now + timedelta(days=3), (now + timedelta(days=5)).date().isoformat()
    planned = GATE | {"name": "New gate", "version": 1, "valid_from_ms": int(later.timestamp() * 1000)}
    await town.told("PUT", "/v1/places/GATE-1", json=planned)
    office = {"Cookie": f"safehand_session={await scene.signed_in('the.office', Role.DISPATCHER)}"}
    kiosk = await scene.signed_in("the.kiosk", Role.PICKUP_PARTNER, party=partner)
    theirs = {"Cookie": f"safehand_session={kiosk}"}

    assert await shown(scene, office) == {"GATE-1": "Yard gate", "KIOSK-7": "Kiosk"}
    assert await shown(scene, office, far) == {"GATE-1": "New gate", "KIOSK-7": "Kiosk"}
    assert await shown(scene, office, "2020-01-01") == {}
    assert await shown(scene, theirs) == {"KIOSK-7": "Kiosk"}
