"""The cut-over's desk on an installation."""

from safehand.app.cutover.desk import CutoverDesk
from safehand.app.cutover.goods import ParcelFile, VehicleFile
from safehand.app.cutover.nouns import Kind, MerchantFile, PartyFile, StaffFile
from safehand.app.installation import Installation
from safehand.identity.keys import Keys
from safehand.identity.resets import ResetLinks
from safehand.workforce.vehicles import Vehicles


def cutover_desk(here: Installation) -> CutoverDesk:
    """What `safehand import` asks."""
    parties, users = here.identity.parties, here.identity.users
    return CutoverDesk(
        here.store,
        here.clock,
        {
            Kind.PARTIES: PartyFile(parties),
            Kind.MERCHANTS: MerchantFile(parties, Keys()),
            Kind.STAFF: StaffFile(users, parties, ResetLinks(), here.settings.origin),
            Kind.VEHICLES: VehicleFile(Vehicles(parties)),
            Kind.PARCELS: ParcelFile(here.parcels, users, here.ledger, here.clock),
        },
    )
