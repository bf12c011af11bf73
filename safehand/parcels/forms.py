"""Forms: what a merchant sends of a shipment, and its bounds."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from safehand.parcels.model import (
    DANGEROUS_MAX,
    PARCELS_MAX,
    UN_SHAPE,
    ContentsClass,
    ParcelDraft,
    Recipient,
    ShipmentDraft,
)
from safehand.parcels.service import CODE_SHAPE, STANDARD

DEGREES_E7 = 10_000_000
CENTS_MAX = 10**11
COLLECT_CENTS_MAX = 10**7


def _whole(said: object) -> object:
    """A number in a CSV is text."""
    return int(said) if isinstance(said, str) and said.isdigit() and len(said) < 4 else said


type Line = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
type UnNumber = Annotated[str, Field(pattern=f"^{UN_SHAPE.pattern}$")]
type Millimetres = Annotated[int, Field(ge=1, le=5_000)]


class Body(BaseModel):
    """What somebody sends: nothing beyond what is declared."""

    model_config = ConfigDict(extra="forbid")


class RecipientIn(Body):
    """Whom it goes to. Coordinates are degrees x 10**7, WGS 84."""

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]
    street: Line
    postal_code: Annotated[str, Field(min_length=1, max_length=12, pattern=r"^[0-9A-Za-z][0-9A-Za-z -]*$")]
    city: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    phone: Annotated[str | None, Field(max_length=40)] = None
    email: Annotated[str | None, Field(max_length=254)] = None
    note: Annotated[str | None, Field(max_length=500)] = None
    lat_e7: Annotated[int | None, Field(ge=-90 * DEGREES_E7, le=90 * DEGREES_E7)] = None
    lon_e7: Annotated[int | None, Field(ge=-180 * DEGREES_E7, le=180 * DEGREES_E7)] = None


class ParcelIn(Body):
    """One parcel."""

    weight_g: Annotated[int, Field(ge=1, le=1_000_000)]
    length_mm: Millimetres | None = None
    width_mm: Millimetres | None = None
    height_mm: Millimetres | None = None
    value_cents: Annotated[int, Field(ge=0, le=CENTS_MAX)] = 0
    contents: Annotated[str | None, Field(max_length=200)] = None
    contents_class: ContentsClass = ContentsClass.GENERAL
    dangerous: Annotated[list[UnNumber], Field(max_length=DANGEROUS_MAX)] = []
    """UN numbers."""
    cover_cents: Annotated[int, Field(ge=0, le=CENTS_MAX)] = 0
    collect_cents: Annotated[int, Field(ge=0, le=COLLECT_CENTS_MAX)] = 0
    age_min: Annotated[Literal[16, 18, 21] | None, BeforeValidator(_whole)] = None

    def draft(self) -> ParcelDraft:
        """The parcel as the desk takes it."""
        said = self.model_dump(include=_DRAFTED)
        return ParcelDraft(**said | {"dangerous": tuple(self.dangerous)})


_DRAFTED = set(ParcelIn.model_fields)


class ShipmentIn(Body):
    """A shipment to one recipient."""

    recipient: RecipientIn
    parcels: Annotated[list[ParcelIn], Field(min_length=1, max_length=PARCELS_MAX)]
    service: Annotated[str, Field(pattern=f"^{CODE_SHAPE.pattern}$")] = STANDARD
    reference: Annotated[str | None, Field(max_length=35)] = None

    def draft(self) -> ShipmentDraft:
        """The shipment as the desk takes it."""
        return ShipmentDraft(
            recipient=Recipient(**self.recipient.model_dump()),
            parcels=tuple(parcel.draft() for parcel in self.parcels),
            service=self.service,
            reference=self.reference,
        )
