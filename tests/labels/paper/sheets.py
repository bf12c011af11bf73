"""Sheets and cards that a test needs no more of than what it is about, and eyes to read them back with."""

import importlib
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import zxingcpp
from PIL import Image

from safehand.labels.numbers import make_s10, make_sscc, make_tracking
from safehand.labels.paper.model import (
    Care,
    Expected,
    FallbackSheet,
    FoundLabel,
    Missed,
    MissedCard,
    RunParcel,
    RunSheet,
    Spot,
    Stop,
    Whereabouts,
)
from tests.labels.samples import SSCC, TRACKING, an_address

pypdfium2: Any = importlib.import_module("pypdfium2")  # it has no types

HELSINKI = ZoneInfo("Europe/Helsinki")
DAY = date(2026, 11, 28)
PRINTED_AT = datetime(2026, 11, 28, 5, 40, tzinfo=HELSINKI)
ORIGIN = "https://parcels.example"
OFFICE_DPI = 300


def number(at: int) -> str:
    """The at-th number of a day; every third is of the same kind."""
    tracking, sscc = make_tracking(48_291_057_334 + at), make_sscc(3, "6414141", 123_456_789 + at)
    return (tracking, sscc, make_s10("CE", 12_345_678 + at, "FI"))[at % 3]


def a_run(*parcels_of_stops: int, **changes: Any) -> RunSheet:
    """A run with so many parcels at each stop."""
    stops: list[Stop] = []
    first = 0
    for place, count in enumerate(parcels_of_stops or (1, 2)):
        parcels = tuple(
            RunParcel(number=number(at), seal=f"F{at:05}" if at % 2 else "", cares=frozenset(list(Care)[: at % 4]))
            for at in range(first, first + count)
        )
        hours = (time(9), time(12)) if place % 2 else None
        stops.append(Stop(address=an_address(street=f"Mannerheimintie {place + 1}"), parcels=parcels, promised=hours))
        first += count
    run = RunSheet(
        depot="Helsinki Ilmala",
        route="HEL 3",
        driver="Veera Virtanen",
        day=DAY,
        printed_at=PRINTED_AT,
        stops=tuple(stops),
    )
    return replace(run, **changes)


def a_card(**changes: Any) -> MissedCard:
    """A card for what waits at a pickup point."""
    card = MissedCard(
        number=TRACKING,
        origin=ORIGIN,
        at=PRINTED_AT,
        missed=Missed.NOBODY_HOME,
        where=Whereabouts.PICKUP_POINT,
        recipient="Päivi Åström",
        spot=Spot(name="Kioski Töölö", street="Runeberginkatu 5", town="00100 Helsinki", hours="7-21"),
        held_until=date(2026, 12, 5),
    )
    return replace(card, **changes)


def a_fallback(count: int, **changes: Any) -> FallbackSheet:
    """A sheet for so many parcels that are expected."""
    expected = tuple(Expected(number=number(at), lane=f"L{at % 7}", route=f"HEL {at % 5}") for at in range(count))
    sheet = FallbackSheet(
        depot="Helsinki Ilmala", day=DAY, printed_at=PRINTED_AT, title="Turku 04:15", expected=expected, blank_rows=5
    )
    return replace(sheet, **changes)


def a_found(**changes: Any) -> FoundLabel:
    """A parcel that lay in a lane without a label."""
    found = FoundLabel(sscc=SSCC, depot="Helsinki Ilmala", found_at=PRINTED_AT, where="Lane L3", by="VV")
    return replace(found, **changes)


def pictures(body: bytes, dpi: float = OFFICE_DPI) -> list[Image.Image]:
    """Each page as a printer of so many dots puts it on paper."""
    document = pypdfium2.PdfDocument(body)
    return [document[at].render(scale=dpi / 72).to_pil() for at in range(len(document))]


def texts(body: bytes) -> list[str]:
    """The words of each page."""
    document = pypdfium2.PdfDocument(body)
    return [document[at].get_textpage().get_text_bounded().replace("\r\n", "\n") for at in range(len(document))]


def codes(picture: Image.Image) -> list[str]:
    """What a reader finds on a page, from the top down; an SSCC without its (00)."""
    read = zxingcpp.read_barcodes(picture)
    ordered = sorted(read, key=lambda code: (code.position.top_left.y, code.position.top_left.x))
    return [code.text.removeprefix("(00)") for code in ordered]
