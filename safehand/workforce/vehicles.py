"""Vehicles on record."""

from dataclasses import dataclass

from safehand.identity.errors import PartyMismatch
from safehand.identity.model import PartyKind
from safehand.identity.parties import Parties
from safehand.kernel.ids import PartyId, new_id
from safehand.store.database import Tx
from safehand.workforce.errors import RegistrationTaken
from safehand.workforce.model import VehicleDraft, VehicleKind

VEHICLE = "veh"
LISTED_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """One vehicle."""

    id: str
    registration: str
    kind: VehicleKind
    depot: PartyId | None
    carries_g: int
    carries_parcels: int


@dataclass(frozen=True, slots=True)
class Vehicles:
    """Adds and lists vehicles, in the caller's transaction."""

    parties: Parties

    async def add(self, tx: Tx, draft: VehicleDraft, now_ms: int) -> str:
        """A vehicle's id.

        Errors
            BadRegistration, BadVehicle, RegistrationTaken, NoSuchParty
            PartyMismatch  it stands at something that is no depot.
        """
        draft.check()
        if draft.depot is not None:
            kind = (await self.parties.get(tx, draft.depot)).kind
            if kind is not PartyKind.DEPOT:
                raise PartyMismatch(wanted=PartyKind.DEPOT.value, given=kind.value)
        id = new_id(VEHICLE, now_ms)
        made = await tx.run(
            "INSERT INTO vehicles (id, registration, kind, depot, carries_g, carries_parcels, made_ms)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (registration) DO NOTHING",
            id,
            draft.registration,
            draft.kind.value,
            draft.depot,
            draft.carries_g,
            draft.carries_parcels,
            now_ms,
        )
        if not made:
            raise RegistrationTaken(registration=draft.registration)
        return id

    async def listed(self, tx: Tx) -> list[Vehicle]:
        """Vehicles by registration, at most LISTED_MAX."""
        rows = await tx.fetch(
            "SELECT id, registration, kind, depot, carries_g, carries_parcels FROM vehicles"
            " ORDER BY registration LIMIT $1",
            LISTED_MAX,
        )
        return [Vehicle(**dict(row.items()) | {"kind": VehicleKind(row["kind"])}) for row in rows]
