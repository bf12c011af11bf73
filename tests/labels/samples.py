"""Labels that a test needs no more of than what it is about."""

from dataclasses import replace
from typing import Any

from safehand.kernel.catalogue import Catalogue, load_catalogue
from safehand.labels.model import Address, Label
from safehand.labels.numbers import make_s10, make_sscc, make_tracking

SSCC = make_sscc(3, "6414141", 123456789)
TRACKING = make_tracking(48291057334)
S10 = make_s10("CE", 12345678, "FI")
LINK = f"https://parcels.example/00/{SSCC}"


def an_address(**changes: str) -> Address:
    """Somebody in Helsinki."""
    known = {
        "name": "Päivi Åström",
        "street": "Mechelininkatu 34 B 12",
        "postal_code": "00260",
        "city": "Helsinki",
        "country": "FI",
    }
    return Address(**(known | changes))


def a_label(**changes: Any) -> Label:
    """A label with everything on it."""
    whole = Label(
        sscc=SSCC,
        origin="https://parcels.example",
        recipient=an_address(),
        tracking=TRACKING,
        s10=S10,
        service="Express",
        route="HEL 3",
        weight_g=2350,
        sender=an_address(name="Nordic Jewels Oy", street="Aleksanterinkatu 21"),
        reference="NJ-118842",
        contents="Gold ring",
        value_cents=129_000,
    )
    return replace(whole, **changes)


def english() -> Catalogue:
    """The words on the labels of these tests."""
    return load_catalogue("en")
