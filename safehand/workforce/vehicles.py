"""Vehicles on record."""

from dataclasses import dataclass, fields

from safehand.identity.errors import PartyMismatch
from safehand.identity.model import PartyKind
from safehand.identity.parties import Parties
from safehand.kernel.ids import is_id, new_id
from safehand.store.database import Record, Tx
from safehand.workforce.errors import NoSuchVehicle, RegistrationTaken
from safehand.workforce.model import VehicleDraft, VehicleKind

VEHICLE = "veh"
LISTED_MAX = 1_000
COLUMNS = tuple(field.name for field in fields(VehicleDraft))
KEPT = tuple(column for column in COLUMNS if column not in {"registration", "kind"})
"""What may change: a plate and a kind are what the vehicle is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle(VehicleDraft):
    """One vehicle."""

    id: str


@dataclass(frozen=True, slots=True)
class Vehicles:
    """Adds, changes and lists vehicles, in the caller's transaction."""

    parties: Parties

    async def add(self, tx: Tx, draft: VehicleDraft, now_ms: int) -> str:
        """A vehicle's id.

        Errors
            BadRegistration, BadVehicle, BadCost, RegistrationTaken, NoSuchParty
            PartyMismatch  it stands at something that is no depot.
        """
        await self._check(tx, draft)
        id = new_id(VEHICLE, now_ms)
        places = ", ".join(f"${n}" for n in range(3, len(COLUMNS) + 3))
        made = await tx.run(
            f"INSERT INTO vehicles (id, made_ms, {', '.join(COLUMNS)}) VALUES ($1, $2, {places})"  # noqa: S608 - our own names
            " ON CONFLICT (registration) DO NOTHING",
            id,
            now_ms,
            *(getattr(draft, column) for column in COLUMNS),
        )
        if not made:
            raise RegistrationTaken(registration=draft.registration)
        return id

    async def change(self, tx: Tx, id: str, draft: VehicleDraft) -> None:
        """Set depot, limits and costs anew; plate and kind must be those on record.

        Errors
            NoSuchVehicle  none has the id, the plate and the kind; and what `add` raises.
        """
        await self._check(tx, draft)
        sets = ", ".join(f"{column} = ${n}" for n, column in enumerate(KEPT, 4))
        done = 0
        if is_id(VEHICLE, id):
            done = await tx.run(
                f"UPDATE vehicles SET {sets} WHERE id = $1 AND registration = $2 AND kind = $3",  # noqa: S608 - our own names
                id,
                draft.registration,
                draft.kind.value,
                *(getattr(draft, column) for column in KEPT),
            )
        if not done:
            raise NoSuchVehicle(vehicle=id[:40])

    async def _check(self, tx: Tx, draft: VehicleDraft) -> None:
        draft.check()
        if draft.depot is not None:
            kind = (await self.parties.get(tx, draft.depot)).kind
            if kind is not PartyKind.DEPOT:
                raise PartyMismatch(wanted=PartyKind.DEPOT.value, given=kind.value)

    async def listed(self, tx: Tx) -> list[Vehicle]:
        """Vehicles by registration, at most LISTED_MAX."""
        rows = await tx.fetch(
            f"SELECT id, {', '.join(COLUMNS)} FROM vehicles ORDER BY registration LIMIT $1",  # noqa: S608 - our own names
            LISTED_MAX,
        )
        return [_vehicle(row) for row in rows]


def _vehicle(row: Record) -> Vehicle:
    return Vehicle(**dict(row.items()) | {"kind": VehicleKind(row["kind"])})
