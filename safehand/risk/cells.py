"""Rows of the risk room, in the caller's transaction: incidents, exposure, cells, effects, service."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from safehand.identity.pages import Page
from safehand.risk import losses
from safehand.risk.disparity import Served
from safehand.risk.errors import NoSuchCell
from safehand.risk.rates import EXPIRY_DAYS, CellRisk, Known, Reason
from safehand.store.database import Record, Tx

DAY_MS = 86_400_000
EXPIRY_MS = EXPIRY_DAYS * DAY_MS
READ_MAX = 1_000_000
LISTED_MAX = 200
CELLS_MAX = 50
"""Cells of one page: each is looked for on the map."""
NUMBER_MAX, NUMBER_DIGITS_MAX = 2**53, 16
ON_PARCEL_MAX = 20
ROWS_AT_ONCE = 10_000


class Source(StrEnum):
    """Whose record an incident is of."""

    OWN = "own"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Assessed:
    """A cell on record, and until when it counts."""

    risk: CellRisk
    assessed_ms: int
    expires_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a cell's rate did by itself to one parcel: from which mode to which, and why."""

    at_ms: int
    cell: str
    parcel: str
    from_mode: str
    to_mode: str
    reasons: Sequence[Reason]


async def known(tx: Tx, now_ms: int) -> Known:
    """Everything that counts now: nothing older than EXPIRY_DAYS."""
    since = now_ms - EXPIRY_MS
    parts = []
    for source in Source:
        rows = await tx.fetch(
            "SELECT cell, at_ms FROM risk_incidents WHERE source = $1 AND at_ms > $2 AND at_ms <= $3"
            " ORDER BY at_ms DESC LIMIT $4",
            source.value, since, now_ms, READ_MAX,
        )  # fmt: skip
        parts.append([(int(row["cell"], 16), (now_ms - row["at_ms"]) / DAY_MS) for row in rows])
    rows = await tx.fetch(
        "SELECT cell, sum(parcels)::bigint AS parcels FROM risk_exposure WHERE day_ms > $1 GROUP BY cell LIMIT $2",
        since, READ_MAX,
    )  # fmt: skip
    exposure = {int(row["cell"], 16): row["parcels"] for row in rows}
    aside = await tx.fetch(
        "SELECT DISTINCT cell FROM risk_contests WHERE upheld AND decided_ms > $1 LIMIT $2", since, READ_MAX
    )
    own, public = parts
    own += [
        (int(cell, 16), (now_ms - at_ms) / DAY_MS) for cell, at_ms in await losses.lost(tx, since, now_ms, READ_MAX)
    ]
    for cell, parcels in (await losses.left(tx, since, READ_MAX)).items():
        exposure[int(cell, 16)] = exposure.get(int(cell, 16), 0) + parcels
    return Known(own, public, exposure, {int(row["cell"], 16) for row in aside})


async def take(tx: Tx, source: Source, incidents: Sequence[tuple[str, int]], hash: bytes, now_ms: int) -> bool:
    """Keep a record of incidents (cell, time); False if this very record is here already.

    Shapes
        hash  32 bytes, of all that the record says.
    """
    made = await tx.run(
        "INSERT INTO risk_records (hash, source, incidents, taken_ms) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        hash, source.value, len(incidents), now_ms,
    )  # fmt: skip
    for start in range(0, len(incidents) if made else 0, ROWS_AT_ONCE):
        rows = [(source.value, cell, at_ms) for cell, at_ms in incidents[start : start + ROWS_AT_ONCE]]
        await tx.copy("risk_incidents", ("source", "cell", "at_ms"), rows)
    return bool(made)


async def expose(tx: Tx, rows: Iterable[tuple[str, int]], day_ms: int) -> None:
    """Add how many parcels were left unattended in each cell on a day."""
    await tx.copy("risk_exposure", ("day_ms", "cell", "parcels"), [(day_ms, cell, parcels) for cell, parcels in rows])


async def forget(tx: Tx, now_ms: int) -> int:
    """Delete incidents that are too old to count; returns how many."""
    return await losses.forget(tx, now_ms - EXPIRY_MS) + await tx.run(
        "DELETE FROM risk_incidents WHERE at_ms <= $1", now_ms - EXPIRY_MS
    )


async def keep(tx: Tx, cells: Sequence[CellRisk], now_ms: int) -> None:
    """Put an assessment in the place of the one before."""
    await tx.run("DELETE FROM risk_cells")
    columns = (
        "cell",
        "rate_ppm",
        "low_ppm",
        "high_ppm",
        "incidents",
        "parcels",
        "reasons",
        "assessed_ms",
        "expires_ms",
    )
    for start in range(0, len(cells), ROWS_AT_ONCE):
        rows = [
            (c.cell, c.rate_ppm, c.low_ppm, c.high_ppm, c.incidents, c.parcels, [r.value for r in c.reasons], now_ms,
             now_ms + EXPIRY_MS)
            for c in cells[start : start + ROWS_AT_ONCE]
        ]  # fmt: skip
        await tx.copy("risk_cells", columns, rows)


async def cell(tx: Tx, id: str, now_ms: int) -> Assessed:
    """One cell that still counts.

    Errors
        NoSuchCell
    """
    rows = await tx.fetch("SELECT * FROM risk_cells WHERE cell = $1 AND expires_ms > $2", id, now_ms)
    if not rows:
        raise NoSuchCell(id)
    return _assessed(rows[0])


async def listed(tx: Tx, now_ms: int, *, own: bool, after: str = "") -> Page[Assessed]:
    """Cells that still count, the highest rate first; at most CELLS_MAX, of those with losses of ours or of all.

    Shapes
        after  a page's `next`.
    """
    rate, _, cell = after.partition(".")
    begins = int(rate) if rate.isdecimal() and len(rate) < NUMBER_DIGITS_MAX else NUMBER_MAX
    rows = await tx.fetch(
        "SELECT * FROM risk_cells WHERE expires_ms > $1 AND (NOT $2 OR incidents > 0) AND (rate_ppm, cell) < ($3, $4)"
        " ORDER BY rate_ppm DESC, cell DESC LIMIT $5",
        now_ms, own, begins, cell, CELLS_MAX + 1,
    )  # fmt: skip
    found = [_assessed(row) for row in rows[:CELLS_MAX]]
    more = len(rows) > len(found)
    return Page(found, f"{found[-1].risk.rate_ppm}.{found[-1].risk.cell}" if more else None)


def _assessed(row: Record) -> Assessed:
    said = dict(row.items()) | {"reasons": [Reason(word) for word in row["reasons"]]}
    assessed_ms, expires_ms = said.pop("assessed_ms"), said.pop("expires_ms")
    return Assessed(CellRisk(**said), assessed_ms, expires_ms)


async def note_effect(tx: Tx, effect: Effect) -> None:
    """Write down what a rate did by itself. There is no other way for it to do anything."""
    await tx.run(
        "INSERT INTO risk_effects (at_ms, cell, parcel, from_mode, to_mode, reasons) VALUES ($1, $2, $3, $4, $5, $6)",
        effect.at_ms, effect.cell, effect.parcel, effect.from_mode, effect.to_mode,
        [reason.value for reason in effect.reasons],
    )  # fmt: skip


async def effects(tx: Tx, before: int) -> list[tuple[int, Effect]]:
    """Effects with their numbers, newest first, below `before`; at most LISTED_MAX."""
    rows = await tx.fetch(
        "SELECT * FROM risk_effects WHERE number < $1 ORDER BY number DESC LIMIT $2", before, LISTED_MAX
    )
    return [(row["number"], _effect(row)) for row in rows]


async def effects_on(tx: Tx, parcel: str) -> list[Effect]:
    """What rates did to one parcel by themselves, newest first."""
    rows = await tx.fetch(
        "SELECT * FROM risk_effects WHERE parcel = $1 ORDER BY number DESC LIMIT $2", parcel, ON_PARCEL_MAX
    )
    return [_effect(row) for row in rows]


def _effect(row: Record) -> Effect:
    said = dict(row.items()) | {"reasons": [Reason(word) for word in row["reasons"]]}
    del said["number"]
    return Effect(**said)


async def note_served(tx: Tx, rows: Iterable[Served], day_ms: int) -> None:
    """Add how parcels were served on a day."""
    columns = ("day_ms", "cell", "parcels", "home_wanted", "home_kept", "price_cents", "minutes")
    values = [(day_ms, r.cell, r.parcels, r.home_wanted, r.home_kept, r.price_cents, r.minutes) for r in rows]
    await tx.copy("risk_served", columns, values)


async def served(tx: Tx, since_ms: int) -> list[Served]:
    """How parcels were served since then, a row a cell."""
    names = ("parcels", "home_wanted", "home_kept", "price_cents", "minutes")
    sums = ", ".join(f"sum({name})::bigint AS {name}" for name in names)
    rows = await tx.fetch(
        f"SELECT cell, {sums} FROM risk_served WHERE day_ms >= $1 GROUP BY cell LIMIT $2",  # noqa: S608 - our names
        since_ms, READ_MAX,
    )  # fmt: skip
    return [Served(**dict(row.items())) for row in rows]
