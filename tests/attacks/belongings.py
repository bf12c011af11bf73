"""What there is in the scanned installation beside people and parcels: places, vehicles, a route, a cage, quizzes.

Each kind of object has its id in `known`, under the name that paths give it: a scanner that only ever meets "not found"
has looked at nothing.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from safehand.identity.model import PartyKind

type Send = Callable[[str, str, object], Any]
"""Method, path and body, as the administrator; the answer's JSON."""

LAT_E7, LON_E7 = 601_699_000, 249_384_000
HOURS: dict[str, Any] = {"zone": "Europe/Helsinki", "hours": {"mon": ["08:00-18:00"]}}
VEHICLE = {"registration": "ABC-1", "kind": "van", "carries_g": 900_000, "carries_parcels": 200}
SHIFT = {"starts": "07:00", "ends": "15:00"}
LICENCE = {"number": "B-1", "classes": ["B"], "expires": "2040-01-01"}
COURSES = ("communication", "handover")


def belongings(send: Send, parties: Mapping[str, str]) -> dict[str, list[str]]:
    """Make one of each; ids by the name of a path's parameter."""
    depot, driver = parties[PartyKind.DEPOT], parties[PartyKind.DRIVER]
    places = [
        _place(send, kind="depot", code="HEL1", party=depot),
        _place(send, kind="pickup_point", code="KIOSK", party=parties[PartyKind.PARTNER]),
        _place(send, kind="gate", code="G1", party=None),
    ]
    send("PUT", f"/v1/drivers/{driver}/engagement", {"since": "2026-01-01"})
    licence = send("POST", f"/v1/drivers/{driver}/licences", LICENCE)
    day = datetime.now(UTC).date().isoformat()
    shift = send("POST", f"/v1/drivers/{driver}/shifts", SHIFT | {"place": places[0], "day": day})
    send("PUT", f"/v1/depots/{depot}/routes/{day}", {"routes": [{"route": "R1", "driver": driver}]})
    return {
        "depot": [depot],
        "driver": [driver],
        "place": places,
        "licence": [licence["id"]],
        "shift": [shift["shift"]],
        "vehicle": [send("POST", "/v1/vehicles", VEHICLE)["id"]],
        "course": list(COURSES),
        "route": ["R1"],
        "day": [day],
        "number": [send("POST", "/v1/aggregates", {"kind": "cage", "depot": depot})["sscc"]],
    }


def _place(send: Send, *, kind: str, code: str, party: str | None) -> str:
    details = HOURS | ({"capacity": 30} if kind == "pickup_point" else {})
    here = {"shape": {"point": [LAT_E7, LON_E7]}, "details": details}
    return str(send("POST", "/v1/places", {"kind": kind, "code": code, "name": code, "party": party} | here)["id"])
