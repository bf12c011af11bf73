"""Decisions: one question to the Cedar policies, one answer with the policy that gave it.

Source
    Cedar policy language, cedarpolicy.com; policies.cedar beside this file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import cedarpy
import msgspec
import structlog

from safehand.identity.actions import KIND_OF, SEEING, Action, ResourceKind
from safehand.identity.errors import NotPermitted, NotYours, PolicyBroken, SignInNeeded
from safehand.identity.model import Principal, PrincipalKind, Resource
from safehand.kernel.errors import SafehandError
from safehand.kernel.ids import ParcelId, PartyId

ATTRIBUTE_CHARS_MAX = 64  # every attribute is an id or a word of ours
SHAPES_REMEMBERED_MAX = 4_096

log = structlog.get_logger(__name__)

_ANYBODY, _YOURS, _THAT = "anybody", PartyId("yours"), ParcelId("that")


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes or no, and the ids of the policies that said yes."""

    allowed: bool
    policies: tuple[str, ...] = ()


@dataclass(slots=True)
class Policies:
    """The parsed policies. `decide` is the only place where somebody is permitted something."""

    _parsed: Any = field(repr=False)
    _ever: dict[tuple[object, ...], Decision] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, text: str) -> "Policies":
        """Parse and check them.

        Errors
            PolicyBroken
        """
        try:
            checked = cedarpy.validate_policies(text, schema_text())
            if not checked.validation_passed:
                raise PolicyBroken(why="; ".join(str(error) for error in checked.errors)[:500])
            return cls(cedarpy.PolicySet.from_str(text))
        except ValueError as error:
            raise PolicyBroken(why=str(error)[:500]) from None

    def decide(self, principal: Principal, action: Action, resource: Resource) -> Decision:
        """Whether this principal may do this to this thing.

        Errors
            ValueError  the action is about another kind of thing, or an attribute is too long: the caller is broken.
        Cost
            About 0.15 ms.
        """
        decision = self._asked(principal, action, resource)
        tell = log.debug if decision.allowed else log.info
        tell(
            "decided",
            allowed=decision.allowed,
            action=action.value,
            principal=principal.id,
            principal_kind=principal.kind.value,
            resource=resource.id,
            policies=decision.policies,
        )
        return decision

    def permits(self, principal: Principal, action: Action, resource: Resource) -> bool:
        """The bare answer, which is not logged: for questions about things that there need not be."""
        return self._asked(principal, action, resource).allowed

    def ever(self, principal: Principal, action: Action) -> Decision:
        """Whether such a principal may do this to anything at all, its own things included: asked before a look-up.

        A stand-in is asked for, who is everything that the policies are told of the principal and nobody in
        particular; the answer follows from that, and is remembered by it.
        """
        stand_in = _anybody_like(principal)
        key = (stand_in.kind, action, msgspec.json.encode(_of_principal(stand_in)))
        known = self._ever.get(key)
        if known is None:
            if len(self._ever) >= SHAPES_REMEMBERED_MAX:
                self._ever.clear()
            known = self._ever[key] = self._asked(stand_in, action, _its_own(stand_in, action))
        return known

    def may(self, principal: Principal, action: Action, resource: Resource) -> bool:
        """Whether it is permitted; for pages that show more to some than to others."""
        return self.decide(principal, action, resource).allowed

    def require_ever(self, principal: Principal, action: Action) -> None:
        """Refuse whoever could never do this.

        Errors
            SignInNeeded  nobody in particular asks.
            NotPermitted  somebody known does.
        """
        if not self.ever(principal, action).allowed:
            tell = log.info if principal.known else log.debug  # strangers knock all day
            tell("refused", action=action.value, principal=principal.id, principal_kind=principal.kind.value)
            raise NotPermitted(action=action.value) if principal.known else SignInNeeded()

    def require(
        self, principal: Principal, action: Action, resource: Resource, *, missing: SafehandError | None = None
    ) -> Decision:
        """Refuse unless it is permitted.

        Shapes
            missing  the domain's own `not found`, raised where the asker may not even know that the thing exists:
                     then the answer is word for word that of a thing that does not.
        Errors
            SignInNeeded, NotPermitted
            NotYours  or `missing`.
        """
        self.require_ever(principal, action)
        decision = self.decide(principal, action, resource)
        if not decision.allowed:
            seeing = SEEING.get(resource.kind, action)
            if seeing is not action and self.decide(principal, seeing, resource).allowed:
                raise NotPermitted(action=action.value)
            raise missing or NotYours()
        return decision

    def _asked(self, principal: Principal, action: Action, resource: Resource) -> Decision:
        if KIND_OF[action] is not resource.kind:
            raise ValueError(f"{action} is about {KIND_OF[action]}, not {resource.kind}")
        answer = cedarpy.is_authorized(
            {
                "principal": {"type": principal.kind.value, "id": principal.id},
                "action": {"type": "Action", "id": action.value},
                "resource": {"type": resource.kind.value, "id": resource.id},
            },
            self._parsed,
            _entities(principal, resource),
        )
        found = answer.diagnostics
        if found.errors:  # a policy that fails to evaluate permits nothing; it should not go unnoticed
            log.error("policy_failed", action=action.value, errors=len(found.errors))
        return Decision(answer.allowed, tuple(sorted(found.id_annotations_by_reason.values())))


@cache
def load_policies() -> Policies:
    """The policies that come with this version; what they remember follows from them alone."""
    return Policies.of(policies_text())


def policies_text() -> str:
    """The text of policies.cedar."""
    return (files("safehand.identity") / "policies.cedar").read_text("utf-8")


@lru_cache(1)
def schema_text() -> str:
    """What the policies may speak of: the entities, and every action with the one kind of thing that it is about."""
    entities = (files("safehand.identity") / "schema.cedarschema").read_text("utf-8")
    principals = ", ".join(kind.value for kind in PrincipalKind)
    actions = (
        f'action "{action.value}" appliesTo {{ principal: [{principals}], resource: [{KIND_OF[action].value}] }};'
        for action in Action
    )
    return entities + "\n" + "\n".join(actions) + "\n"


def _anybody_like(principal: Principal) -> Principal:
    """Somebody who may do the same, without a name: what they own is one thing of each kind."""
    return replace(
        principal,
        id=_ANYBODY,
        party=_YOURS if principal.party is not None else None,
        crew=frozenset([_YOURS]) if principal.crew else frozenset(),
        granted=frozenset([_THAT]) if principal.granted else frozenset(),
        parcel=_THAT if principal.parcel is not None else None,
    )


def _its_own(principal: Principal, action: Action) -> Resource:
    """The thing that this principal has the most to do with: sent by it, held by it, offered to it, made for it."""
    own = principal.party or _YOURS
    kind = KIND_OF[action]
    return Resource(kind=kind, id=_THAT, merchant=own, custodian=own, offered_to=own, party=own)


def _entities(principal: Principal, resource: Resource) -> list[dict[str, object]]:
    return [
        _entity(principal.kind.value, principal.id, _of_principal(principal)),
        _entity(resource.kind.value, resource.id, _of_resource(resource)),
    ]


def _of_principal(principal: Principal) -> dict[str, object]:
    match principal.kind:
        case PrincipalKind.STAFF:
            said: dict[str, object] = {"roles": sorted(principal.roles)}
            if principal.crew:
                said["crew"] = sorted(principal.crew)
            if principal.granted:
                said["granted"] = [{"__entity": {"type": "Parcel", "id": id}} for id in sorted(principal.granted)]
            return said | _if_any(party=principal.party)
        case PrincipalKind.MERCHANT:
            return {"party": _party(principal), "scopes": sorted(principal.scopes)}
        case PrincipalKind.DEVICE:
            return {"party": _party(principal), "party_kind": _party_kind(principal)}
        case PrincipalKind.RECIPIENT:
            return {"parcel": {"__entity": {"type": "Parcel", "id": principal.parcel or ""}}}
        case PrincipalKind.ANONYMOUS:
            return {}


def _of_resource(resource: Resource) -> dict[str, object]:
    match resource.kind:
        case ResourceKind.PARCEL:
            return {"merchant": resource.merchant or ""} | _if_any(
                custodian=resource.custodian, offered_to=resource.offered_to
            )
        case ResourceKind.EXCEPTION:
            return {"merchant": resource.merchant or ""} | _if_any(custodian=resource.custodian)
        case ResourceKind.SHIPMENT:
            return {"merchant": resource.merchant or ""}
        case ResourceKind.PARTY | ResourceKind.KEY | ResourceKind.DEVICE | ResourceKind.DRIVER:
            return {"party": resource.party or ""}
        case ResourceKind.USER | ResourceKind.PLACE:
            return _if_any(party=resource.party)
        case ResourceKind.CARRIER:
            return {}


def _entity(kind: str, id: str, attributes: Mapping[str, object]) -> dict[str, object]:
    texts = [id, *(value for value in attributes.values() if isinstance(value, str))]
    if any(len(text) > ATTRIBUTE_CHARS_MAX for text in texts):
        raise ValueError(f"an attribute of a {kind} is longer than {ATTRIBUTE_CHARS_MAX}")
    return {"uid": {"type": kind, "id": id}, "attrs": attributes, "parents": []}


def _if_any(**attributes: str | None) -> dict[str, object]:
    return {name: value for name, value in attributes.items() if value is not None}


def _party_kind(principal: Principal) -> str:
    if principal.party_kind is None:
        raise ValueError(f"a {principal.kind} whose party is of no kind")
    return principal.party_kind


def _party(principal: Principal) -> str:
    if principal.party is None:
        raise ValueError(f"a {principal.kind} without a party")
    return principal.party
