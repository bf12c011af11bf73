"""Legal holds: why a person may not be forgotten yet, who says so, and until when. They end by themselves.

The ground is a word of ours and the reference a case number: it outlives the person's data and says nothing of them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from safehand.kernel.ids import ParcelId, PersonId, new_id
from safehand.store.database import Record, Tx
from safehand.vault.errors import HeldBack, HoldMalformed, NoSuchHold, NoSuchPerson

HOLD = "hld"
HOLD_MS_MAX = 3 * 366 * 86_400_000
"""Longer needs a person who looks again and places another."""
REFERENCE_SHAPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./_-]{0,63}")
LIST_MAX = 200


class Ground(StrEnum):
    """Why something must be kept. A word is added, never renamed."""

    CLAIM = "claim"
    COURT = "court"
    POLICE = "police"
    TAX = "tax"
    SAFETY = "safety"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One hold. With a parcel it is about that one; either way nothing of the person is removed while it lasts."""

    id: str
    person: PersonId
    parcel: ParcelId | None
    ground: Ground
    reference: str
    placed_by: str
    placed_ms: int
    until_ms: int
    lifted_by: str | None = None
    lifted_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHold:
    """What somebody asks to be kept, and why."""

    person: PersonId
    ground: Ground
    reference: str
    until_ms: int
    parcel: ParcelId | None = None


async def place(tx: Tx, new: NewHold, by: str, now_ms: int) -> Hold:
    """Hold a person's data back from erasure and retention. It waits for an erasure under way, and then finds nobody.

    Errors
        HoldMalformed  a reference of another shape, or an end that is past or too far away.
        NoSuchPerson   none, or erased.
    """
    if not REFERENCE_SHAPE.fullmatch(new.reference) or not now_ms < new.until_ms <= now_ms + HOLD_MS_MAX:
        raise HoldMalformed(reference=new.reference[:64], days_max=HOLD_MS_MAX // 86_400_000)
    if not await tx.fetch(
        "SELECT 1 FROM vault_persons WHERE person = $1 AND erased_ms IS NULL FOR KEY SHARE", new.person
    ):
        raise NoSuchPerson(person=new.person)
    hold = Hold(
        id=new_id(HOLD, now_ms),
        person=new.person,
        parcel=new.parcel,
        ground=new.ground,
        reference=new.reference,
        placed_by=by,
        placed_ms=now_ms,
        until_ms=new.until_ms,
    )
    await tx.run(
        "INSERT INTO vault_holds (id, person, parcel, ground, reference, placed_by, placed_ms, until_ms)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        hold.id,
        hold.person,
        hold.parcel,
        str(hold.ground),
        hold.reference,
        by,
        now_ms,
        hold.until_ms,
    )
    return hold


async def lift(tx: Tx, id: str, by: str, now_ms: int) -> None:
    """End a hold before its time.

    Errors
        NoSuchHold  none, or one that has ended.
    """
    done = await tx.run(
        "UPDATE vault_holds SET lifted_by = $2, lifted_ms = $3 WHERE id = $1 AND lifted_ms IS NULL AND until_ms > $3",
        id,
        by,
        now_ms,
    )
    if done != 1:
        raise NoSuchHold(id=id[:64])


async def in_force(tx: Tx, now_ms: int, persons: Sequence[PersonId] | None = None, after: str = "") -> Sequence[Hold]:
    """The holds that keep something now, oldest first: of these persons, or all of them from behind `after`."""
    rows = await tx.fetch(
        "SELECT * FROM vault_holds WHERE lifted_ms IS NULL AND until_ms > $1 AND id > $2"
        " AND ($3::text[] IS NULL OR person = ANY($3)) ORDER BY id LIMIT $4",
        now_ms,
        after,
        None if persons is None else list(persons),
        LIST_MAX,
    )
    return [_hold(row) for row in rows]


async def refuse_if_held(tx: Tx, persons: Sequence[PersonId], now_ms: int) -> None:
    """Return if nothing keeps these persons.

    Errors
        HeldBack  names the first hold, its ground and its end.
    """
    for hold in await in_force(tx, now_ms, persons):
        raise HeldBack(
            person=hold.person,
            hold=hold.id,
            ground=hold.ground.value,
            reference=hold.reference,
            until_ms=hold.until_ms,
        )


def _hold(row: Record) -> Hold:
    return Hold(**{**dict(row.items()), "ground": Ground(row["ground"])})
