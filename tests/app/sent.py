"""What is sent to each route of the matrix, so that nothing but the policies can say no before they are asked."""

from collections.abc import Mapping
from typing import Any

ZEROS = "0" * 26
BODIES: Mapping[str, Any] = {
    "POST /v1/device-codes": {"party": "{id}", "label": "x"},
    "POST /v1/aggregates": {"kind": "cage", "depot": "{id}"},
    "PUT /v1/depots/{depot}/routes/{day}": {"routes": []},
    "POST /v1/depots/{depot}/key-in": {"text": ""},
    "POST /depots/{depot}/routes/{day}": {"route": "R1", "driver": ""},
    "PUT /v1/stage-limits": {"limits_ms": {"sorted": 86400000}},
    "PUT /v1/users/{user}/provider": {"subject": "x"},
    "POST /v1/merchants/{merchant}/keys": {"label": "x"},
    "POST /v1/subcontractors/{subcontractor}/drivers": {"name": "Ben"},
    "PUT /v1/drivers/{driver}/engagement": {"since": "2026-01-01"},
    "POST /v1/drivers/{driver}/release": {"last": "2026-01-01"},
    "PUT /v1/drivers/{driver}/skills": {"skills": []},
    "POST /v1/drivers/{driver}/licences": {"number": "{id}", "classes": ["B"], "expires": "2040-01-01"},
    "POST /v1/drivers/{driver}/shifts": {"place": "x", "day": "2026-01-01", "starts": "07:00", "ends": "15:00"},
    "POST /v1/courses/attempts/{attempt}/answers": {"answers": []},
    "POST /v1/vehicles": {"registration": "ABC-1", "kind": "van", "carries_g": 1, "carries_parcels": 1},
    "PUT /v1/vehicles/{vehicle}": {"registration": "ABC-1", "kind": "van", "carries_g": 1, "carries_parcels": 1},
    "POST /v1/parcels/{number}/cancel": {},
    "POST /v1/devices/{device}/outbox": {"statements": [{"statement": "x", "signature": "A" * 86}]},
    "POST /v1/tracking/{number}/requests": {"wish": "export"},
    "POST /t/{number}/data": {"wish": "export"},
    "POST /t/{number}/changed": {"words": "x"},
    "POST /v1/exceptions/{exception}/assign": {"owner": f"usr_{ZEROS}"},
    "POST /v1/exceptions/{exception}/resolve": {"resolution": "explained"},
    "POST /v1/exceptions/{exception}/override": {"seal": "S1"},
    "POST /v1/exceptions/{exception}/correct": {"custodian": f"pty_{ZEROS}", "state": "received"},
    "POST /exceptions/{exception}/assign": {"owner": "{owner}"},
    "POST /exceptions/{exception}/override": {"seal": "S1"},
    "POST /places/{place}/days": {"day": "2026-12-24", "kind": "closed"},
    "PUT /v1/places/{place}": {"kind": "gate", "code": "G9", "name": "x", "details": {}, "version": 1},
    "PUT /v1/places/{place}/sort-plan": {"version": 0, "rules": []},
    "PUT /v1/places/{place}/instructions": {"text": "x"},
    "POST /exceptions/{exception}/correct": {"custodian": f"pty_{ZEROS}", "state": "received"},
}
"""What must be sent so that nothing but the policies can say no before they are asked.

`{id}` is the object's; `{owner}` is somebody's who may own an exception.
"""
QUERIES: Mapping[str, str] = {
    "GET /v1/evidence/{sha256}": "?parcel={id}",
    "GET /v1/depots/{depot}/candidates": "?weight_g=900",
    "GET /v1/depots/{depot}/found-label.pdf": "?parcel=x&where=lane&by=VV",
    "GET /v1/parcels/{number}/missed-card.pdf": "?reason=nobody_home",
    "GET /places/map": "?at={id}",
    "GET /v1/places/{place}/opening": "?after=2026-12-24",
    "GET /v1/places/{place}/lane": "?postal_code=00130",
}
"""What must be asked behind the path."""
