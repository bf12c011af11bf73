"""Builders with defaults: a test names only what it is about."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from safehand.custody import model
from safehand.custody.head import Head, created, folded
from safehand.custody.model import Proof, Told
from safehand.events.event import Event
from safehand.events.parcels import ParcelCreated
from safehand.events.statement import (
    FIRST_AFTER,
    HandedOver,
    Scanned,
    SealPut,
    Statement,
    statement_bytes,
    statement_hash,
)
from safehand.events.vocabulary import Side, State, Way
from safehand.kernel.ids import (
    DEVICE,
    PARCEL,
    PARTY,
    PERSON,
    SHIPMENT,
    DeviceId,
    ParcelId,
    PartyId,
    PersonId,
    ShipmentId,
    derived_id,
)

NOON_MS = 1_790_000_000_000


def _id(prefix: str, name: str) -> str:
    return derived_id(prefix, b"\x01" + hashlib.sha256(f"{prefix} {name}".encode()).digest()[:15])


BOX = ParcelId(_id(PARCEL, "box"))
SHIPMENT_ONE = ShipmentId(_id(SHIPMENT, "one"))
SHOP = PartyId(_id(PARTY, "shop"))
DEPOT = PartyId(_id(PARTY, "depot"))
ANA = PartyId(_id(PARTY, "ana"))
BEN = PartyId(_id(PARTY, "ben"))
EVE = PersonId(PartyId(_id(PERSON, "eve")))


def device_of(party: str) -> DeviceId:
    """The one device that acts for a party."""
    return DeviceId(_id(DEVICE, party))


def created_box(**changes: Any) -> ParcelCreated:
    """The first fact of a parcel that the shop sends to Eve."""
    fields: dict[str, Any] = {
        "at_ms": NOON_MS,
        "received_ms": NOON_MS,
        "parcel": BOX,
        "shipment": SHIPMENT_ONE,
        "merchant": SHOP,
        "recipient": EVE,
        "promised_on": 20261124,
        "sealed": False,
    }
    return ParcelCreated(**(fields | changes))


@dataclass
class Phones:
    """Gives each device its next sequence number, and each statement a later time."""

    used: dict[str, int] = field(default_factory=dict)
    at_ms: int = NOON_MS

    def next(self, party: str) -> dict[str, Any]:
        """Device, sequence and time of the next statement for `party`."""
        device = device_of(party)
        self.used[device] = self.used.get(device, 0) + 1
        self.at_ms += 60_000
        return {"device": device, "sequence": self.used[device], "at_ms": self.at_ms, "parcel": BOX}


def handed_over(phones: Phones, giver: PartyId, taker: PartyId, side: Side, after: str, **changes: Any) -> HandedOver:
    """One side's word about a handover."""
    teller = giver if side is Side.GIVER else taker
    fields: dict[str, Any] = {
        **phones.next(teller),
        "after": after,
        "giver": giver,
        "taker": taker,
        "side": side,
        "way": Way.DEVICES,
        "state": State.LOADED,
    }
    return HandedOver(**(fields | changes))


def scanned(phones: Phones, party: PartyId, state: State, **changes: Any) -> Scanned:
    """One reading."""
    return Scanned(**({**phones.next(party), "party": party, "state": state} | changes))


def seal_put(phones: Phones, party: PartyId, seal: str, **changes: Any) -> SealPut:
    """A seal put on."""
    return SealPut(**({**phones.next(party), "party": party, "seal": seal} | changes))


def told(said: Statement, **changes: Any) -> Told:
    """The statement as it reached us; one-sided ways are accepted, as with the right evidence."""
    one_sided = isinstance(said, HandedOver) and said.way is not Way.DEVICES
    fields: dict[str, Any] = {
        "said": said,
        "cause": statement_hash(statement_bytes(said)).hex(),
        "received_ms": NOON_MS,
        "proof": Proof(accepted=one_sided),
    }
    return Told(**(fields | changes))


@dataclass
class Bench:
    """A parcel on the bench: tell it things, look at its head and facts."""

    head: Head = field(default_factory=lambda: created(created_box()))
    facts: list[Event] = field(default_factory=lambda: [created_box()])
    seen: set[str] = field(default_factory=set)

    def tell(self, said: Statement, **changes: Any) -> list[Event]:
        """What the desk does with one statement, repeats included."""
        what = told(said, **changes)
        if what.cause in self.seen:
            return []
        self.seen.add(what.cause)
        facts = model.told(self.head, what)
        for fact in facts:
            self.head = folded(self.head, fact)
        self.facts += facts
        return facts


def honest_day(sealed: bool = False) -> list[Statement]:
    """What honest devices say of one parcel from the shop to Eve's door."""
    phones = Phones()
    seal = "S1" if sealed else None
    first = handed_over(phones, SHOP, DEPOT, Side.TAKER, FIRST_AFTER, way=Way.COUNTER, state=State.RECEIVED)
    said: list[Statement] = [first]
    if sealed:
        said.append(seal_put(phones, DEPOT, "S1"))
    said.append(scanned(phones, DEPOT, State.SORTED))
    given = handed_over(phones, DEPOT, ANA, Side.GIVER, first.handover, seal=seal)
    said += [given, handed_over(phones, DEPOT, ANA, Side.TAKER, first.handover, seal=seal)]
    said.append(scanned(phones, ANA, State.OUT_FOR_DELIVERY))
    said.append(scanned(phones, ANA, State.ATTEMPTED))
    said.append(
        handed_over(phones, ANA, EVE, Side.GIVER, given.handover, way=Way.PIN, state=State.DELIVERED, seal=seal)
    )
    return said
