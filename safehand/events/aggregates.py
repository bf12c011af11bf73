"""Cages, bags and pallets: what they hold, and whether they are closed."""

from dataclasses import dataclass

from safehand.events.event import Event
from safehand.events.vocabulary import AggregateKind
from safehand.kernel.ids import AggregateId, ParcelId, PartyId, PlaceId


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateCreated(Event):
    """A cage, bag or pallet is in use for one trip, under an SSCC of its own; `holder` has it.

    `merchant` is who declared it with what it sends; None for one of ours.
    EPCIS: ObjectEvent, action ADD, bizStep `commissioning` (CBV 2.0).
    """

    name = "aggregate.created.v1"
    parcel: AggregateId
    kind: AggregateKind
    holder: PartyId
    merchant: PartyId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregatePacked(Event):
    """The parcel lies in a cage or bag from now on, and changes hands with it.

    EPCIS: AggregationEvent, action ADD, parentID the SSCC of `into`, bizStep `packing` (CBV 2.0).
    """

    name = "aggregate.packed.v1"
    parcel: ParcelId
    into: AggregateId
    party: PartyId
    place: PlaceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateUnpacked(Event):
    """The parcel is out of the cage or bag: somebody took it out, or what was told of it says so.

    EPCIS: AggregationEvent, action DELETE, parentID the SSCC of `out_of`, bizStep `unpacking` (CBV 2.0).
    """

    name = "aggregate.unpacked.v1"
    parcel: ParcelId
    out_of: AggregateId
    party: PartyId
    place: PlaceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateClosed(Event):
    """A cage or bag was closed over what it holds.

    `count` is how many parcels those are by the record, and `contents` the hex SHA-256 of their sorted ids, joined by
    newlines: whoever keeps the list can show later that it was this one.
    EPCIS: AggregationEvent, action OBSERVE, bizStep `packing` (CBV 2.0).
    """

    name = "aggregate.closed.v1"
    parcel: AggregateId
    party: PartyId
    count: int
    contents: str
    seal: str | None = None
    place: PlaceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateOpened(Event):
    """A cage or bag is open: opened by whoever has it, or found so.

    EPCIS: AggregationEvent, action OBSERVE, bizStep `unpacking` (CBV 2.0).
    """

    name = "aggregate.opened.v1"
    parcel: AggregateId
    party: PartyId
    place: PlaceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateEmptied(Event):
    """Nothing is left in a cage or bag. `taken` parcels had been read since it came, `short` had not.

    EPCIS: AggregationEvent, action DELETE without childEPCs, bizStep `unpacking` (CBV 2.0).
    """

    name = "aggregate.emptied.v1"
    parcel: AggregateId
    party: PartyId
    taken: int
    short: int
    place: PlaceId | None = None
