"""What became of our own parcels, as far as risk is concerned: left unattended, lost, and in which cell.

Of where a parcel went, the cell is kept and nothing else. Whoever is erased goes out of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from safehand.kernel.ids import ParcelId
from safehand.store.database import Tx

PLACED_AT_ONCE = 200
ASK_AGAIN_MS = 86_400_000
"""An address that nobody could place may be on tomorrow's map."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """Since when a parcel was left unattended at its door, and since when it is lost, if either is so."""

    parcel: ParcelId
    left_ms: int | None
    lost_ms: int | None


async def watched(tx: Tx, parcels: Sequence[str]) -> set[ParcelId]:
    """Which of these parcels something is known of."""
    rows = await tx.fetch("SELECT parcel FROM risk_parcels WHERE parcel = ANY($1::text[])", list(parcels))
    return {row["parcel"] for row in rows}


async def keep(tx: Tx, fates: Sequence[Fate]) -> None:
    """Put these in the place of what was known of the same parcels. One parcel, one row: nothing counts twice."""
    if fates:
        await tx.run(
            "INSERT INTO risk_parcels (parcel, left_ms, lost_ms)"
            " SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[])"
            " ON CONFLICT (parcel) DO UPDATE SET left_ms = excluded.left_ms, lost_ms = excluded.lost_ms",
            [fate.parcel for fate in fates],
            [fate.left_ms for fate in fates],
            [fate.lost_ms for fate in fates],
        )


async def unplaced(tx: Tx, now_ms: int) -> list[ParcelId]:
    """Parcels that count and whose cell is not known, those asked longest ago first; at most PLACED_AT_ONCE."""
    rows = await tx.fetch(
        "SELECT parcel FROM risk_parcels WHERE cell IS NULL AND coalesce(lost_ms, left_ms) IS NOT NULL"
        " AND asked_ms <= $1 ORDER BY asked_ms, parcel LIMIT $2",
        now_ms - ASK_AGAIN_MS,
        PLACED_AT_ONCE,
    )
    return [row["parcel"] for row in rows]


async def place(tx: Tx, asked: Sequence[str], cells: Mapping[str, str], now_ms: int) -> int:
    """Write down in which cells parcels are, and that the others were asked for; returns how many have one now."""
    await tx.run("UPDATE risk_parcels SET asked_ms = $2 WHERE parcel = ANY($1::text[])", list(asked), now_ms)
    return await tx.run(
        "UPDATE risk_parcels p SET cell = said.cell FROM unnest($1::text[], $2::text[]) AS said (parcel, cell)"
        " WHERE p.parcel = said.parcel",
        list(cells),
        list(cells.values()),
    )


async def lost(tx: Tx, since_ms: int, now_ms: int, limit: int) -> list[tuple[str, int]]:
    """Cell and time of each parcel of ours that is lost, the latest first."""
    rows = await tx.fetch(
        "SELECT cell, lost_ms FROM risk_parcels WHERE cell IS NOT NULL AND lost_ms > $1 AND lost_ms <= $2"
        " ORDER BY lost_ms DESC LIMIT $3",
        since_ms,
        now_ms,
        limit,
    )
    return [(row["cell"], row["lost_ms"]) for row in rows]


async def left(tx: Tx, since_ms: int, limit: int) -> dict[str, int]:
    """How many parcels of ours were left unattended, by cell."""
    rows = await tx.fetch(
        "SELECT cell, count(*) AS parcels FROM risk_parcels WHERE cell IS NOT NULL AND left_ms > $1"
        " GROUP BY cell LIMIT $2",
        since_ms,
        limit,
    )
    return {row["cell"]: row["parcels"] for row in rows}


async def forget(tx: Tx, before_ms: int) -> int:
    """Delete what is too old to count; returns how many."""
    return await tx.run("DELETE FROM risk_parcels WHERE greatest(left_ms, lost_ms) <= $1", before_ms)


async def unplaced_count(tx: Tx) -> int:
    """How many lost parcels count nowhere, for nobody knows their cell."""
    [row] = await tx.fetch("SELECT count(*) AS n FROM risk_parcels WHERE cell IS NULL AND lost_ms IS NOT NULL")
    return int(row["n"])
