"""A parcel's label: what the labels floor draws, from what the merchant told."""

import asyncio
from dataclasses import dataclass

from safehand.identity.actions import Action
from safehand.identity.model import Principal
from safehand.identity.parties import Parties
from safehand.kernel.catalogue import Catalogue
from safehand.labels.model import Address, Format, Label
from safehand.labels.printing import Printed, print_label
from safehand.parcels.commands import ParcelsDesk
from safehand.parcels.errors import RecipientErased
from safehand.parcels.model import Parcel
from safehand.store.database import Tx

ROUTE_CHARACTERS = 5


@dataclass(frozen=True, slots=True)
class Labelling:
    """Fills labels in and has them drawn."""

    parcels: ParcelsDesk
    parties: Parties
    origin: str
    carrier: str

    async def label(self, tx: Tx, parcel: Parcel, me: Principal) -> Label:
        """Everything that is known about a parcel, as a label; it is put on record who read it.

        Errors
            RecipientErased  nobody knows any more where it goes.
        """
        known = await self.parcels.disclose(tx, parcel, me, Action.LABEL_READ)
        if known is None:
            raise RecipientErased(parcel.tracking)
        to = known.recipient
        shipment = await self.parcels.shipment(tx, parcel.shipment)
        names = await self.parties.names(tx, [parcel.merchant])
        places = [one.parcel for one in shipment.parcels]
        return Label(
            sscc=parcel.sscc,
            origin=self.origin,
            recipient=Address(
                name=to.name, street=to.street, postal_code=to.postal_code, city=to.city, country=to.country
            ),
            tracking=parcel.tracking,
            s10=parcel.s10,
            carrier=self.carrier,
            service=parcel.service,
            route=to.postal_code[:ROUTE_CHARACTERS],
            piece=places.index(parcel.parcel) + 1,
            pieces=len(places),
            weight_g=parcel.weight_g,
            sender=Address(name=names.get(parcel.merchant, parcel.merchant)),
            reference=await self.parcels.reference(tx, shipment, me, Action.LABEL_READ) or "",
            contents=known.contents or "",
            value_cents=known.value_cents,
        )

    async def print(self, label: Label, format: str, words: Catalogue, *, discreet: bool) -> Printed:
        """The label as a file, drawn off the event loop."""
        return await asyncio.to_thread(print_label, label, Format(format), words, discreet)
