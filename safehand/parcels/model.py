"""What a shipment is, and the rules about it. Pure."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from safehand.kernel.ids import ParcelId, PartyId, PersonId, ShipmentId
from safehand.parcels.service import STANDARD
from safehand.vault.clues import Clue, mail_clue, name_clue, phone_clue

PARCELS_MAX = 50
"""Parcels of one shipment."""
SEAL_FROM_CENTS = 20_000
"""A parcel of this value and above is sealed."""
DANGEROUS_MAX = 8
"""UN numbers of one parcel."""
UN_SHAPE = re.compile(r"UN[0-9]{4}")
OTHER_NUMBER_SHAPE = re.compile(r"[0-9A-Z]{4,40}")


class ContentsClass(StrEnum):
    """What kind of thing is inside, as the merchant says. A word is added, never renamed."""

    GENERAL = "general"
    DOCUMENTS = "documents"
    CLOTHES = "clothes"
    ELECTRONICS = "electronics"
    FOOD = "food"
    MEDICINE = "medicine"
    JEWELLERY = "jewellery"
    ALCOHOL_TOBACCO = "alcohol_tobacco"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Who issues the numbers: the GS1 company prefix, and the country of the S10."""

    company_prefix: str
    country: str


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
    other_number: str | None = None
    """The number that another carrier gave it, in the form of `other_number`: it is found by it too."""
    contents_class: ContentsClass = ContentsClass.GENERAL
    dangerous: tuple[str, ...] = ()
    """UN numbers of dangerous goods in it."""
    cover_cents: int = 0
    """What the merchant insured it for."""
    collect_cents: int = 0
    """Cash to be collected on delivery."""
    age_min: int | None = None
    """How old whoever takes it must be."""

    @property
    def sealed(self) -> bool:
        """Whether the policy asks for a seal."""
        return self.value_cents >= SEAL_FROM_CENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentDraft:
    """A shipment as the merchant tells of it."""

    recipient: Recipient
    parcels: tuple[ParcelDraft, ...]
    service: str = STANDARD
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
    service: str
    body: str
    """Id of the vault's body with name and address."""
    contents: str
    """Id of the vault's body with contents and value."""
    other_number: str | None = None
    dangerous: tuple[str, ...] = ()
    age_min: int | None = None
    collects: bool = False
    """Whether cash is to be collected; how much lies in the vault."""
    depot: PartyId | None = None
    lane: str | None = None
    route: str | None = None
    """Where the plan of the depot sent it when it was told of."""


def other_number(said: str) -> str:
    """Another carrier's number as it is compared: capitals and digits, without what stands between them."""
    return "".join(char for char in said.upper() if char.isascii() and char.isalnum())
