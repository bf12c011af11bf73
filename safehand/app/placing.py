"""Places, built: the desk, calendars, sort plans and imports on one database."""

from dataclasses import dataclass

from safehand.app.settings import Settings
from safehand.identity.parties import Parties
from safehand.kernel.clock import Clock
from safehand.places.calendars import Calendars
from safehand.places.commands import PlacesDesk
from safehand.places.importing import Imports
from safehand.places.places import Places
from safehand.places.sorting import SortPlans
from safehand.store.database import Store
from safehand.vault.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTheMap:
    """Where the day happens, and when it is open there."""

    desk: PlacesDesk
    calendars: Calendars
    plans: SortPlans
    imports: Imports


def build_places(settings: Settings, store: Store, parties: Parties, vault: Vault, clock: Clock) -> OnTheMap:
    """Join them. Places without hours are looked at by the carrier's zone."""
    places = Places()
    desk = PlacesDesk(places, parties, vault, clock)
    return OnTheMap(
        desk=desk,
        calendars=Calendars(places, clock),
        plans=SortPlans(places, clock),
        imports=Imports(store, desk, settings.zone),
    )
