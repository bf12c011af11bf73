"""The world outside the system: parcels as things, with a label and perhaps a seal on them."""

from dataclasses import dataclass

from safehand.demo.plan import ParcelPlan, ShipmentPlan
from safehand.events.statement import FIRST_AFTER, handover_id
from safehand.kernel.ids import ParcelId, PartyId, PersonId


@dataclass(slots=True)
class Box:
    """One parcel as it stands on a ramp. `seal` is what can be read on it, whoever put it there."""

    shipment: ShipmentPlan
    plan: ParcelPlan
    parcel: ParcelId
    sscc: str
    tracking: str
    link: str
    must_seal: bool
    seal: str | None = None


@dataclass(frozen=True, slots=True)
class Consignment:
    """One line of a manifest: what a phone must know to hand a parcel on without a network."""

    box: Box
    recipient: PersonId
    after: str
    holder: PartyId

    def handed_to(self, taker: PartyId) -> "Consignment":
        """The line once the parcel is in the taker's hands: both sides derive it, nobody asks."""
        return Consignment(
            self.box, self.recipient, handover_id(self.after, self.holder, self.box.parcel, taker), taker
        )


def at_merchant(box: Box, recipient: PersonId, merchant: PartyId) -> Consignment:
    """The consignment of a parcel that its merchant still holds."""
    return Consignment(box, recipient, FIRST_AFTER, merchant)
