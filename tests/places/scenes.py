"""Places of a small carrier in Helsinki, and the desks that keep them."""

from dataclasses import dataclass, field, replace

from safehand.identity.model import PartyKind
from safehand.identity.parties import Parties, Party
from safehand.kernel.clock import HandClock
from safehand.places.calendars import Calendars
from safehand.places.commands import PlacesDesk
from safehand.places.geometry import Area, Point
from safehand.places.importing import Imports
from safehand.places.model import (
    Checkpoint,
    Compartment,
    Depot,
    Details,
    Draft,
    Gate,
    Geofence,
    LockerSite,
    PickupPoint,
    Place,
    PlaceKind,
    ReadPoint,
    Shunned,
    Takes,
)
from safehand.places.places import Places
from safehand.places.sorting import SortPlans
from safehand.store.database import Store
from safehand.vault.key_folder import HeldKeys
from safehand.vault.master import MasterKey
from safehand.vault.vault import Vault

ANNA, BERT = "usr_anna", "usr_bert"
NOON_MS = 1_795_860_000_000
"""2026-11-28 10:00 UTC, a Saturday: noon in Helsinki."""
DAY_MS = 86_400_000
ZONE = "Europe/Helsinki"
WEEK: dict[str, tuple[str, ...]] = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-18:00",))
HERE = Point(601_699_000, 249_384_000)
SQUARE = Area.of([Point(601_000_000, 249_000_000), Point(601_000_000, 250_000_000), Point(602_000_000, 250_000_000)])
COMPARTMENTS = (
    Compartment(label="S1", length_mm=400, width_mm=300, height_mm=100),
    Compartment(label="M1", length_mm=600, width_mm=400, height_mm=300),
    Compartment(label="M2", length_mm=600, width_mm=400, height_mm=300),
)
DEPOT = Depot(zone=ZONE, hours=WEEK, cut_offs={"express": "14:00"})


@dataclass
class Atlas:
    """Every desk of places on one store, and a clock that moves when told."""

    store: Store
    clock: HandClock = field(default_factory=lambda: HandClock(NOON_MS))

    def __post_init__(self) -> None:
        self.vault = Vault.of(HeldKeys.of(MasterKey.of(b"\x07" * 32)), self.clock)
        self.parties = Parties(self.vault)
        self.places = Places()
        self.desk = PlacesDesk(self.places, self.parties, self.vault, self.clock)
        self.calendars = Calendars(self.places, self.clock)
        self.plans = SortPlans(self.places, self.clock)
        self.imports = Imports(self.store, self.desk, ZONE)

    async def begin(self) -> None:
        """The vault, a depot's party and a partner's."""
        async with self.store.transaction() as tx:
            await self.vault.check(tx)
        self.depot, self.partner = await self.party(PartyKind.DEPOT), await self.party(PartyKind.PARTNER)

    async def party(self, kind: PartyKind) -> Party:
        """A new party."""
        async with self.store.transaction() as tx:
            return await self.parties.create(tx, kind, f"The {kind}", self.clock.now_ms())

    def draft(self, kind: PlaceKind, code: str = "", details: Details | None = None) -> Draft:
        """A place of that kind that nothing is wrong with."""
        told = {
            PlaceKind.DEPOT: DEPOT,
            PlaceKind.CHECKPOINT: Checkpoint(role=ReadPoint.LANE),
            PlaceKind.PICKUP_POINT: PickupPoint(zone=ZONE, hours=WEEK, capacity=40, takes=Takes(cash=True)),
            PlaceKind.LOCKER_SITE: LockerSite(zone=ZONE, hours=WEEK, compartments=COMPARTMENTS),
            PlaceKind.GATE: Gate(zone=ZONE, hours=WEEK),
            PlaceKind.GEOFENCE: Geofence(),
            PlaceKind.NO_GO: Shunned(reason="tram only"),
            PlaceKind.AVOID: Shunned(reason="school"),
        }
        shape = SQUARE if kind in {PlaceKind.GEOFENCE, PlaceKind.NO_GO, PlaceKind.AVOID} else HERE
        party = {PlaceKind.DEPOT: self.depot, PlaceKind.PICKUP_POINT: self.partner, PlaceKind.LOCKER_SITE: self.partner}
        owner = party.get(kind)
        return Draft(
            kind=kind,
            code=code or kind.upper().replace("_", "-"),
            name=f"The {kind}",
            shape=None if kind is PlaceKind.CHECKPOINT else shape,
            details=details or told[kind],
            party=owner.id if owner else None,
            within="DEPOT" if kind is PlaceKind.CHECKPOINT else None,
        )

    async def add(self, kind: PlaceKind, code: str = "", details: Details | None = None) -> Place:
        """A place, told by Anna."""
        async with self.store.transaction() as tx:
            return await self.desk.add(tx, self.draft(kind, code, details), ANNA)

    async def change(self, place: Place, by: str = BERT, valid_from_ms: int | None = None, **told: object) -> Place:
        """The place told anew, from what is newest."""
        async with self.store.transaction() as tx:
            [newest, *_] = await self.places.history(tx, place.id)
            draft = replace(newest.draft, **told)  # type: ignore[arg-type]
            return await self.desk.change(
                tx, place, draft, by, version=newest.version, valid_from_ms=valid_from_ms
            )  # fmt: skip

    async def everything(self) -> list[Place]:
        """One place of each kind."""
        return [await self.add(kind) for kind in PlaceKind]

    async def get(self, place: str, at_ms: int | None = None) -> Place:
        """The place at a moment, now if none is said."""
        async with self.store.transaction(readonly=True) as tx:
            return await self.places.get(tx, place, self.clock.now_ms() if at_ms is None else at_ms)
