"""Seals: serials are issued before they are used, and each belongs to one parcel for ever."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from safehand.events.statement import SealPut
from safehand.kernel.ids import ParcelId, PartyId
from safehand.store.database import Tx

ISSUE_MAX = 1000
SERIAL_DIGITS = 9


@dataclass(frozen=True, slots=True)
class SealNote:
    """What the register says of a serial that is being put on a parcel."""

    elsewhere: ParcelId | None = None
    unknown: bool = False


def check_digit(digits: str) -> str:
    """The GS1 check digit of a number: catches every single wrong digit.

    Source
        GS1 General Specifications, section 7.9.1.
    """
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-weighted % 10)


async def issue_seals(tx: Tx, party: PartyId, count: int, now_ms: int) -> list[str]:
    """Issue `count` serials (at most ISSUE_MAX) to a party: S, nine digits that say nothing, a check digit."""
    issued: list[str] = []
    while len(issued) < count:
        bodies = {f"{secrets.randbelow(10**SERIAL_DIGITS):0{SERIAL_DIGITS}d}" for _ in range(count - len(issued))}
        rows = await tx.fetch(
            "INSERT INTO seals (serial, party, issued_ms) SELECT serial, $2, $3 FROM unnest($1::text[]) AS said(serial)"
            " ON CONFLICT DO NOTHING RETURNING serial",
            [f"S{body}{check_digit(body)}" for body in bodies],
            party,
            now_ms,
        )
        issued += [row["serial"] for row in rows]
    return issued


async def note_seals(tx: Tx, puts: Sequence[SealPut]) -> dict[tuple[str, int], SealNote]:
    """Bind serials to parcels, in one order for everybody; what was wrong with each, by (device, sequence).

    A serial that was never issued is entered now, so that it cannot be used twice either.
    """
    notes: dict[tuple[str, int], SealNote] = {}
    for put in sorted(puts, key=lambda put: (put.seal, put.device, put.sequence)):
        made = await tx.fetch(
            "INSERT INTO seals (serial, party, issued_ms, parcel) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT DO NOTHING RETURNING serial",
            put.seal,
            put.party,
            put.at_ms,
            put.parcel,
        )
        if made:
            notes[put.sequence_key] = SealNote(unknown=True)
            continue
        rows = await tx.fetch("SELECT parcel FROM seals WHERE serial = $1 FOR UPDATE", put.seal)
        holder = rows[0]["parcel"]
        if holder is None:
            await tx.run("UPDATE seals SET parcel = $2 WHERE serial = $1", put.seal, put.parcel)
        elif holder != put.parcel:
            notes[put.sequence_key] = SealNote(elsewhere=ParcelId(holder))
    return notes
