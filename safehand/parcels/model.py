"""What a shipment is, and the rules about it. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from safehand.kernel.ids import ParcelId, PartyId, PersonId, ShipmentId
from safehand.vault.clues import Clue, mail_clue, name_clue, phone_clue

PARCELS_MAX = 50
"""Parcels of one shipment."""
SEAL_FROM_CENTS = 20_000
"""A parcel of this value and above is sealed."""
SUNDAY = 6


class Service(StrEnum):
    """What the merchant bought."""

    STANDARD = "standard"
    EXPRESS = "express"


WORKING_DAYS = {Service.STANDARD: 2, Service.EXPRESS: 1}
LAST_HOUR = {Service.STANDARD: 24, Service.EXPRESS: 14}
"""Told after this local hour, a shipment counts from the next day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom it goes to: personal data, kept in the vault only. Coordinates are degrees x 10**7, WGS 84."""

    name: str
    street: str
    postal_code: str
    city: str
    country: str
    phone: str | None = None
    email: str | None = None
    note: str | None = None
    lat_e7: int | None = None
    lon_e7: int | None = None

    def clues(self) -> list[Clue]:
        """By what this person can be found again."""
        found = [
            mail_clue(self.email) if self.email else None,
            phone_clue(self.phone, self.country) if self.phone else None,
            name_clue(self.name, self.postal_code),
        ]
        return [clue for clue in found if clue is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelDraft:
    """One parcel as the merchant tells of it. `contents` is kept in the vault."""

    weight_g: int
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    value_cents: int = 0
    contents: str | None = None
    sscc: str | None = None
    """The number that it bears already, where another system gave it one; else it gets one of ours."""
    s10: str | None = None

    @property
    def sealed(self) -> bool:
        """Whether the policy asks for a seal."""
        return self.value_cents >= SEAL_FROM_CENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentDraft:
    """A shipment as the merchant tells of it."""

    recipient: Recipient
    parcels: tuple[ParcelDraft, ...]
    service: Service = Service.STANDARD
    reference: str | None = None
    promised_on: date | None = None
    """The day that was promised already; else the service's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One parcel on record."""

    parcel: ParcelId
    shipment: ShipmentId
    merchant: PartyId
    recipient: PersonId
    sscc: str
    s10: str
    tracking: str
    sealed: bool
    weight_g: int
    promised_on: date
    service: Service
    body: str
    """Id of the vault's body with name and address."""
    contents: str
    """Id of the vault's body with contents and value."""


def promised_on(service: Service, now_ms: int, zone: ZoneInfo) -> date:
    """The local day that the service promises: so many working days after the day that counts; no Sundays."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone)
    day = now.date() + timedelta(days=1 if now.hour >= LAST_HOUR[service] else 0)
    left = WORKING_DAYS[service]
    while left:
        day += timedelta(days=1)
        left -= day.weekday() != SUNDAY
    return day
