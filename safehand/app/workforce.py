"""The workforce of an installation, joined."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from safehand.app.carrying import Carrying
from safehand.app.depot_clocks import DepotClocks
from safehand.app.settings import Settings
from safehand.identity.parties import Parties
from safehand.kernel.clock import Clock
from safehand.ledger.ledger import Ledger
from safehand.parcels.commands import ParcelsDesk
from safehand.places.calendars import Calendars
from safehand.places.places import Places
from safehand.workforce.commands import DriverDesk
from safehand.workforce.shelf import load_shelf
from safehand.workforce.shifts import Shifts
from safehand.workforce.training import TrainingDesk
from safehand.workforce.vehicles import Vehicles


@dataclass(frozen=True, slots=True, kw_only=True)
class Workforce:
    """Who drives, what they may do, and with what."""

    drivers: DriverDesk
    training: TrainingDesk
    shifts: Shifts
    vehicles: Vehicles
    carrying: Carrying


def build_workforce(
    settings: Settings, ledger: Ledger, parties: Parties, parcels: ParcelsDesk, clock: Clock
) -> Workforce:
    """Join the room."""
    carrier = ZoneInfo(settings.zone)
    drivers = DriverDesk(ledger, parties, parcels.vault, clock, carrier)
    return Workforce(
        drivers=drivers,
        training=TrainingDesk(drivers, load_shelf()),
        shifts=Shifts(DepotClocks(Calendars(Places(), clock), carrier), clock),
        vehicles=Vehicles(parties),
        carrying=Carrying(drivers, parcels, settings.authority),
    )
