"""Declared: what merchants said of their parcels, for whoever holds a scale or a tape against it."""

from collections.abc import Iterable

from safehand.custody.model import Declared
from safehand.store.database import Record, Tx


async def declared(tx: Tx, parcels: Iterable[str]) -> dict[str, Declared]:
    """What the merchants said of these parcels."""
    rows = await tx.fetch(
        "SELECT parcel, weight_g, length_mm, width_mm, height_mm FROM parcels WHERE parcel = ANY($1::text[])",
        list(parcels),
    )
    return {row["parcel"]: Declared(row["weight_g"], sides_of(row)) for row in rows}


def sides_of(row: Record) -> tuple[int, int, int] | None:
    """The three sides of a parcel's row; None if not all of them were declared."""
    length, width, height = row["length_mm"], row["width_mm"], row["height_mm"]
    return None if None in {length, width, height} else (length, width, height)
