"""Goods: rows of vehicles, and of parcels that are on their way at the change."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import ClassVar

from safehand.app.cutover.errors import CellUnusable
from safehand.app.cutover.nouns import NUMBER_CHARS_MAX, Cells, Earlier, Kind, Names
from safehand.custody.takeover import TakenOver, take_over
from safehand.events.vocabulary import State
from safehand.identity.users import Users
from safehand.kernel.clock import Clock
from safehand.kernel.errors import SafehandError
from safehand.kernel.ids import USER, PartyId, is_id
from safehand.kernel.rows import Columns, Row
from safehand.labels.errors import NumberUnreadable, WrongLength
from safehand.labels.numbers import Kind as NumberKind
from safehand.labels.numbers import Number, read_number
from safehand.ledger.ledger import Ledger
from safehand.parcels.commands import ParcelsDesk
from safehand.parcels.errors import NoSuchNumber, NumberTaken
from safehand.parcels.model import ParcelDraft, Recipient, ShipmentDraft
from safehand.parcels.service import STANDARD
from safehand.store.database import Tx
from safehand.workforce.errors import RegistrationTaken
from safehand.workforce.model import CARRIES_G_MAX, CARRIES_PARCELS_MAX, VehicleDraft, VehicleKind, registration_of
from safehand.workforce.vehicles import Vehicles

REFERENCE_CHARS_MAX = 35
WEIGHT_G_MAX = 1_000_000
CENTS_MAX = 10**11
PROMISED_DAYS = 60
"""How far a promised day may lie before or after the import."""
OPEN = frozenset(
    {
        State.RECEIVED,
        State.SORTED,
        State.LOADED,
        State.OUT_FOR_DELIVERY,
        State.ATTEMPTED,
        State.HELD,
        State.AWAITING_COLLECTION,
    }
)
"""Where a parcel may stand that somebody of ours holds. What has ended is not imported."""


@dataclass(frozen=True, slots=True)
class VehicleFile:
    """Vehicles."""

    vehicles: Vehicles
    columns: ClassVar[Columns] = Columns(("registration", "kind", "carries_g", "carries_parcels"), ("depot",))
    number: ClassVar[str] = "registration"
    names: ClassVar[Names] = MappingProxyType({"depot": (Kind.PARTIES,)})

    async def read(self, tx: Tx, cells: Cells, earlier: Earlier) -> object:
        """A vehicle that nobody has yet."""
        depot = PartyId(earlier.find(cells, "depot", Kind.PARTIES)) if cells.optional("depot") else None
        draft = VehicleDraft(
            kind=cells.choice("kind", VehicleKind),
            carries_g=cells.whole("carries_g", at_most=CARRIES_G_MAX),
            carries_parcels=cells.whole("carries_parcels", at_most=CARRIES_PARCELS_MAX),
            depot=depot,
            registration=registration_of(cells.text("registration")),
        )
        draft.check()
        if await tx.fetch("SELECT 1 FROM vehicles WHERE registration = $1", draft.registration):
            raise RegistrationTaken(registration=draft.registration)
        return draft

    async def write(self, tx: Tx, thing: object, _: Row, now_ms: int) -> str:
        """The vehicle."""
        assert isinstance(thing, VehicleDraft)  # noqa: S101 - made by read
        return await self.vehicles.add(tx, thing, now_ms)


@dataclass(frozen=True, slots=True)
class OpenParcel:
    """A parcel on its way, as a row tells of it."""

    merchant: PartyId
    draft: ShipmentDraft
    custodian: PartyId | None
    """Who has it; None: the merchant still has."""
    state: State
    since_ms: int


@dataclass(frozen=True, slots=True)
class ParcelFile:
    """Parcels on their way. SSCC and S10 numbers stay on the parcel; any other number becomes its reference."""

    parcels: ParcelsDesk
    users: Users
    ledger: Ledger
    clock: Clock
    columns: ClassVar[Columns] = Columns(
        ("number", "merchant", "name", "street", "postal_code", "city", "country", "weight_g"),
        ("custodian", "state", "since", "promised_on", "service", "value_cents", "contents", "phone", "email"),
    )
    number: ClassVar[str] = "number"
    names: ClassVar[Names] = MappingProxyType({"merchant": (Kind.MERCHANTS,), "custodian": (Kind.PARTIES, Kind.STAFF)})

    async def read(self, tx: Tx, cells: Cells, earlier: Earlier) -> object:
        """The parcel, with the number that it bears already and whoever has it now."""
        merchant = PartyId(earlier.find(cells, "merchant", Kind.MERCHANTS))
        custodian = await self._custodian(tx, cells, earlier)
        recipient = Recipient(
            name=cells.text("name", at_most=80),
            street=cells.text("street", at_most=100),
            postal_code=cells.text("postal_code", at_most=12),
            city=cells.text("city", at_most=60),
            country=self._country(cells),
            phone=cells.optional("phone", at_most=40),
            email=cells.optional("email", at_most=254),
        )
        service = (await self.parcels.services.get(tx, cells.optional("service", at_most=24) or STANDARD)).code
        promised = self._promised(cells)
        state, since_ms = self._stands(cells, custodian)
        number = await self._number(tx, cells)
        box = ParcelDraft(
            weight_g=max(1, cells.whole("weight_g", at_most=WEIGHT_G_MAX)),
            value_cents=cells.whole("value_cents", at_most=CENTS_MAX, default=0),
            contents=cells.optional("contents", at_most=200),
            sscc=number.text if isinstance(number, Number) and number.kind is NumberKind.SSCC else None,
            s10=number.text if isinstance(number, Number) and number.kind is NumberKind.S10 else None,
        )
        reference = number if isinstance(number, str) else None
        draft = ShipmentDraft(
            recipient=recipient, parcels=(box,), service=service, reference=reference, promised_on=promised
        )
        return OpenParcel(merchant, draft, custodian, state, since_ms)

    async def write(self, tx: Tx, thing: object, row: Row, now_ms: int) -> str:
        """The parcel with its first fact; and a second one, where somebody of ours has it."""
        assert isinstance(thing, OpenParcel)  # noqa: S101 - made by read
        [made] = (await self.parcels.create(tx, thing.merchant, thing.draft)).parcels
        if thing.custodian is not None:
            taken = TakenOver(
                parcel=made.parcel,
                custodian=thing.custodian,
                state=thing.state,
                since_ms=thing.since_ms,
                row_hash=row.hash.hex(),
            )
            await take_over(tx, self.ledger, [taken], now_ms)
        return made.parcel

    async def _custodian(self, tx: Tx, cells: Cells, earlier: Earlier) -> PartyId | None:
        """The party that the row names: a depot or partner by number, a driver by login."""
        if cells.optional("custodian") is None:
            return None
        found = earlier.find(cells, "custodian", *self.names["custodian"])
        if not is_id(USER, found):
            return PartyId(found)
        party = (await self.users.get(tx, found)).party
        if party is None:
            raise CellUnusable(cells.row.cells["custodian"], "somebody who can hold a parcel: a depot, partner, driver")
        return party

    async def _number(self, tx: Tx, cells: Cells) -> Number | str:
        said = cells.text("number", at_most=NUMBER_CHARS_MAX)
        try:
            number = read_number(said)
        except (NumberUnreadable, WrongLength):
            number = None
        if number is None or number.kind is NumberKind.TRACKING:
            return cells.text("number", at_most=REFERENCE_CHARS_MAX)
        try:
            await self.parcels.find(tx, number.text)
        except NoSuchNumber:
            return number
        raise NumberTaken(number.text)

    def _country(self, cells: Cells) -> str:
        said = cells.text("country")
        if not (len(said) == 2 and said.isascii() and said.isalpha() and said.isupper()):
            raise CellUnusable(said, "two capital letters, as in ISO 3166-1")
        return said

    def _promised(self, cells: Cells) -> date | None:
        said = cells.optional("promised_on")
        if said is None:
            return None
        try:
            day = date.fromisoformat(said)
        except ValueError:
            day = date.min
        today = datetime.fromtimestamp(self.clock.now_ms() / 1_000, UTC).date()
        if abs((day - today).days) > PROMISED_DAYS:
            raise CellUnusable(said, f"a day like 2026-11-30, within {PROMISED_DAYS} days of today")
        return day

    def _stands(self, cells: Cells, custodian: PartyId | None) -> tuple[State, int]:
        if custodian is None:
            return State.CREATED, 0
        state = cells.choice("state", State)
        if state not in OPEN:
            raise CellUnusable(state, ", ".join(sorted(OPEN)))
        said = cells.text("since")
        try:
            since = datetime.fromisoformat(said)
        except ValueError:
            since = None
        if since is None or since.tzinfo is None or since.timestamp() * 1_000 > self.clock.now_ms():
            raise CellUnusable(said, "a past moment with its zone, like 2026-11-27T08:15:00+02:00")
        return state, int(since.timestamp() * 1_000)


def explains(error: SafehandError) -> bool:
    """Whether a refusal is about what the row says, rather than about us: only such are faults of a row."""
    return error.status in {400, 404, 409, 422}
