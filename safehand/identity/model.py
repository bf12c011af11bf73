"""Principals, roles and resources: who the policies speak of, and on what. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from safehand.identity.actions import ResourceKind
from safehand.kernel.ids import DeviceId, ExceptionId, ParcelId, PartyId, PersonId, ShipmentId, UserId

LOGIN_SHAPE = re.compile(r"[a-z0-9](?:[a-z0-9._-]{1,30}[a-z0-9])")
NAME_CHARS_MAX = 120
STEERING = "\\x00-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069"
"""Characters that steer a page or a terminal instead of standing on it: controls, line ends, turns of direction."""
NAME_SHAPE = re.compile(f"[^{STEERING}]{{1,{NAME_CHARS_MAX}}}")
LABEL_CHARS_MAX = 64


class Role(StrEnum):
    """What somebody who signs in does. A word is added, never renamed."""

    DISPATCHER = "dispatcher"
    SECURITY = "security"
    DEPOT = "depot"
    CLAIMS = "claims"
    DRIVER = "driver"
    AUDITOR = "auditor"
    ADMIN = "admin"
    INSPECTOR = "inspector"
    """Examines damage in a depot: what lies there, its pictures, its exceptions."""
    PACKER = "packer"
    """Packs and labels what lies in a depot."""
    CALL_CENTRE = "call_centre"
    """Answers the telephone: of a parcel they see nothing until the caller is verified."""
    LOCKER_OPERATOR = "locker_operator"
    PICKUP_PARTNER = "pickup_partner"
    MERCHANT_USER = "merchant_user"
    MODERATOR = "moderator"
    """Reads what the community writes, and no parcel."""
    POLICE_LIAISON = "police_liaison"
    """Prepares what the police have asked for: opaque facts and proofs, no names."""
    SUBCONTRACTOR = "subcontractor"
    """Runs a subcontractor's drivers."""


class PartyKind(StrEnum):
    """What a party is."""

    MERCHANT = "merchant"
    DEPOT = "depot"
    DRIVER = "driver"
    PARTNER = "partner"
    SUBCONTRACTOR = "subcontractor"


PARTY_OF_ROLE: Mapping[Role, PartyKind] = MappingProxyType(
    {
        Role.DRIVER: PartyKind.DRIVER,
        Role.DEPOT: PartyKind.DEPOT,
        Role.INSPECTOR: PartyKind.DEPOT,
        Role.PACKER: PartyKind.DEPOT,
        Role.LOCKER_OPERATOR: PartyKind.PARTNER,
        Role.PICKUP_PARTNER: PartyKind.PARTNER,
        Role.MERCHANT_USER: PartyKind.MERCHANT,
        Role.SUBCONTRACTOR: PartyKind.SUBCONTRACTOR,
    }
)
"""Roles that mean nothing without a party of their own, and which kind it is."""

OUTSIDE = frozenset({Role.LOCKER_OPERATOR, Role.PICKUP_PARTNER, Role.MERCHANT_USER, Role.SUBCONTRACTOR})
"""Roles of people who work for somebody else than the carrier: nobody has one of them and one of the carrier's."""


class PrincipalKind(StrEnum):
    """Who can ask; the name of the entity in the policies."""

    STAFF = "Staff"
    MERCHANT = "Merchant"
    DEVICE = "Device"
    RECIPIENT = "Recipient"
    ANONYMOUS = "Anonymous"


class Scope(StrEnum):
    """What a merchant's key is good for."""

    READ = "read"
    """What it sent, with names, addresses and evidence."""
    TRACK = "track"
    """Where its parcels stand and their receipts; nothing about people."""
    SHIP = "ship"
    """Tell of shipments, print labels, cancel."""
    ROTATE = "rotate"
    """See the merchant's keys, and make this key's own successor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks, once authenticated. Made by `Authenticator` only; it is never read from a request's body."""

    kind: PrincipalKind
    id: str
    """The user's, key's, device's or link's id; `anonymous` for nobody."""
    party: PartyId | None = None
    party_kind: PartyKind | None = None
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[Scope] = frozenset()
    user: UserId | None = None
    session: str | None = None
    proved_ms: int | None = None
    """When this session last proved who sits there."""
    device: DeviceId | None = None
    retired: bool = False
    """The device was replaced: it may hand in what it queued before, and nothing else."""
    person: PersonId | None = None
    """The recipient whose link it is."""
    parcel: ParcelId | None = None
    """The one parcel that the link is for."""
    crew: frozenset[PartyId] = frozenset()
    """Of a subcontractor: its drivers, and itself."""
    granted: frozenset[ParcelId] = frozenset()
    """Parcels whose caller a call-centre agent has just verified."""

    @property
    def known(self) -> bool:
        """Whether it is anybody in particular."""
        return self.kind is not PrincipalKind.ANONYMOUS

    @property
    def outside(self) -> bool:
        """Whether it is somebody who signs in and works for somebody else than the carrier."""
        return not self.roles.isdisjoint(OUTSIDE)


ANONYMOUS = Principal(kind=PrincipalKind.ANONYMOUS, id="anonymous")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What is asked for, with only what the policies need to know about it."""

    kind: ResourceKind
    id: str
    merchant: PartyId | None = None
    custodian: PartyId | None = None
    offered_to: PartyId | None = None
    party: PartyId | None = None

    @classmethod
    def parcel(
        cls, id: ParcelId, *, merchant: PartyId, custodian: PartyId | None, offered_to: PartyId | None = None
    ) -> "Resource":
        """A parcel; `custodian` is whoever the ledger names, `offered_to` the taker of a handover half signed."""
        return cls(kind=ResourceKind.PARCEL, id=id, merchant=merchant, custodian=custodian, offered_to=offered_to)

    @classmethod
    def shipment(cls, id: ShipmentId, *, merchant: PartyId) -> "Resource":
        """A merchant's shipment."""
        return cls(kind=ResourceKind.SHIPMENT, id=id, merchant=merchant)

    @classmethod
    def exception(cls, id: ExceptionId, *, merchant: PartyId, custodian: PartyId | None) -> "Resource":
        """An exception; merchant and custodian are those of its parcel."""
        return cls(kind=ResourceKind.EXCEPTION, id=id, merchant=merchant, custodian=custodian)

    @classmethod
    def of_party(cls, id: PartyId) -> "Resource":
        """A party, or something made for it."""
        return cls(kind=ResourceKind.PARTY, id=id, party=id)

    @classmethod
    def of_user(cls, id: UserId, *, party: PartyId | None) -> "Resource":
        """A member of the staff."""
        return cls(kind=ResourceKind.USER, id=id, party=party)

    @classmethod
    def key(cls, id: str, *, party: PartyId) -> "Resource":
        """A merchant's key."""
        return cls(kind=ResourceKind.KEY, id=id, party=party)

    @classmethod
    def of_device(cls, id: DeviceId, *, party: PartyId) -> "Resource":
        """An enrolled device."""
        return cls(kind=ResourceKind.DEVICE, id=id, party=party)

    @classmethod
    def of_place(cls, id: str, *, party: PartyId | None) -> "Resource":
        """A place; of the carrier's own the party is None."""
        return cls(kind=ResourceKind.PLACE, id=id, party=party)

    @classmethod
    def of_driver(cls, id: PartyId) -> "Resource":
        """A driver's record. The driver is the party."""
        return cls(kind=ResourceKind.DRIVER, id=id, party=id)


CARRIER = Resource(kind=ResourceKind.CARRIER, id="carrier")
