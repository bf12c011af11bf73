"""What happens to a parcel as a thing, whoever holds it."""

from dataclasses import dataclass

from safehand.events.event import Event
from safehand.events.vocabulary import Reason, State
from safehand.kernel.ids import ParcelId, PartyId, PersonId, PlaceId, ShipmentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelCreated(Event):
    """A merchant told us of a parcel that it will hand over; the merchant holds it.

    `recipient` is a person's opaque id. `promised_on` is the service's day at the destination, YYYYMMDD.
    `sealed` says whether the policy asks for a seal.
    EPCIS: ObjectEvent, action ADD, bizStep `commissioning` (CBV 2.0).
    """

    name = "parcel.created.v1"
    parcel: ParcelId
    shipment: ShipmentId
    merchant: PartyId
    recipient: PersonId
    promised_on: int
    sealed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelObserved(Event):
    """Somebody read the parcel and says where it stands; custody does not change.

    EPCIS: ObjectEvent, action OBSERVE; bizStep by state (`sorting`, `loading`, `holding`, ...).
    """

    name = "parcel.observed.v1"
    parcel: ParcelId
    party: PartyId
    state: State
    reason: Reason | None = None
    place: PlaceId | None = None
    seal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelMeasured(Event):
    """Somebody put the parcel on a scale, and may have measured its sides.

    EPCIS: ObjectEvent, action OBSERVE, bizStep `inspecting` (CBV 2.0), with a sensorElementList.
    """

    name = "parcel.measured.v1"
    parcel: ParcelId
    party: PartyId
    weight_g: int
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    place: PlaceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelCancelled(Event):
    """The merchant withdrew the parcel before we had it.

    EPCIS: ObjectEvent, action DELETE, bizStep `decommissioning` (CBV 2.0).
    """

    name = "parcel.cancelled.v1"
    parcel: ParcelId
    reason: Reason
