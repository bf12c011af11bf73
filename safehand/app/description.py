"""The machines' description (OpenAPI 3.1): every route with whom it wants to know, as its declared action says."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI

from safehand.identity.actions import Action
from safehand.identity.guard import SESSION_COOKIE, Guard, declared_actions
from safehand.identity.model import ANONYMOUS, PartyKind, Principal, PrincipalKind, Role, Scope
from safehand.kernel.ids import ParcelId, PartyId

SCHEMES: Mapping[str, Mapping[str, str]] = {
    "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE, "description": "Staff, once signed in."},
    "key": {"type": "http", "scheme": "bearer", "description": "A merchant's key, `shk_…`, or a recipient's, `shl_…`."},
    "device": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "An enrolled device: `Safehand-Device id=…, at=…, signature=…`, see docs/protocol.md.",
    },
}

_CONVERTER = re.compile(r":\w+\}")  # `{path:path}` of a route is `{path}` in the description
_PARTY = PartyId("any")
_STAFF = Principal(kind=PrincipalKind.STAFF, id="any", party=_PARTY, roles=frozenset(Role))
_MERCHANT = Principal(
    kind=PrincipalKind.MERCHANT, id="any", party=_PARTY, party_kind=PartyKind.MERCHANT, scopes=frozenset(Scope)
)
_RECIPIENT = Principal(kind=PrincipalKind.RECIPIENT, id="any", parcel=ParcelId("any"))
_DEVICES = tuple(Principal(kind=PrincipalKind.DEVICE, id="any", party=_PARTY, party_kind=kind) for kind in PartyKind)
WHO: Mapping[str, Sequence[Principal]] = {"session": (_STAFF,), "key": (_MERCHANT, _RECIPIENT), "device": _DEVICES}


def describe(app: FastAPI, guard: Guard) -> dict[str, Any]:
    """The description of every route that machines may ask, with the ways in that its action leaves open."""
    described = app.openapi()
    described.setdefault("components", {})["securitySchemes"] = SCHEMES
    for route, actions in declared_actions(app.routes).items():
        method, _, path = route.partition(" ")
        operation = described["paths"].get(_CONVERTER.sub("}", path), {}).get(method.lower())
        if operation is not None:
            [action] = actions
            operation["security"] = _ways_in(guard, action)
    return described


def _ways_in(guard: Guard, action: Action) -> list[dict[str, list[str]]]:
    """Any one of these opens it; none is needed for what is open to everybody."""
    if guard.policies.ever(ANONYMOUS, action).allowed:
        return []
    return [{scheme: []} for scheme, them in WHO.items() if any(guard.policies.ever(me, action).allowed for me in them)]
