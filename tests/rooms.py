"""Desks joined on a real database, as `app/` joins them: for tests that need several rooms at once."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from safehand.app.depot_sorting import DepotSorting
from safehand.custody.aggregates import AggregatesDesk
from safehand.custody.commands import CustodyDesk
from safehand.custody.decisions import DecisionDesk
from safehand.custody.ports import Anybody, Arrival, Carriers
from safehand.events.statement import Statement, statement_bytes, statement_hash
from safehand.handover.bodies import StatementBodies
from safehand.handover.pins import Pins
from safehand.handover.proofs import Proofs
from safehand.identity.passwords import Passwords
from safehand.kernel.calendar import Calendar
from safehand.kernel.clock import HandClock
from safehand.kernel.ids import PartyId
from safehand.ledger.ledger import Append, Ledger
from safehand.parcels.commands import ParcelsDesk
from safehand.parcels.model import Carrier
from safehand.places.calendars import Calendars
from safehand.places.places import Places
from safehand.places.sorting import SortPlans
from safehand.store.database import Store
from safehand.vault.key_folder import HeldKeys
from safehand.vault.master import MasterKey
from safehand.vault.vault import Vault
from tests.world import BOX, EVE, NOON_MS, created_box

HELSINKI = Carrier(company_prefix="6400001", country="FI")
WORKDAYS = Calendar(zone=ZoneInfo("Europe/Helsinki"), weekdays=frozenset(range(6)))


def quick_passwords() -> Passwords:
    """The real thing with the smallest settings: what is tested is what happens around the hashing."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass
class Rooms:
    """Every desk up to custody, on one store."""

    store: Store
    clock: HandClock = field(default_factory=lambda: HandClock(NOON_MS))
    carriers: Carriers = field(default_factory=Anybody)

    def __post_init__(self) -> None:
        self.ledger = Ledger()
        self.vault = Vault.of(HeldKeys.of(MasterKey.of(b"\x07" * 32)), self.clock)
        self.pins = Pins(self.vault)
        self.announced: list[str] = []
        self.custody = CustodyDesk(
            self.store,
            self.ledger,
            self.clock,
            proofs=Proofs(self.pins),
            bodies=StatementBodies(self.vault),
            announcer=self,
            carriers=self.carriers,
        )
        self.decisions = DecisionDesk(self.store, self.ledger, self.clock, self)
        self.aggregates = AggregatesDesk(self.ledger, self.clock, HELSINKI.company_prefix)
        self.parcels = ParcelsDesk(self.ledger, self.vault, self.clock, HELSINKI, self._sorting())

    def _sorting(self) -> DepotSorting:
        places = Places()
        plans, calendars = SortPlans(places, self.clock), Calendars(places, self.clock)
        return DepotSorting(
            plans=plans, calendars=calendars, clock=self.clock, country=HELSINKI.country, usual=WORKDAYS
        )

    def moved(self, parcels: Sequence[str]) -> None:
        """What the desks announce."""
        self.announced += parcels

    async def a_box(self, **changes: Any) -> None:
        """The box, created by the shop for Eve, whose key is in the vault."""
        async with self.store.transaction() as tx:
            await self.vault.check(tx)
            master = await self.vault.masters.current(tx)
            row = (EVE, master.fingerprint, master.wrap(EVE, b"\x08" * 32), NOON_MS)
            await tx.copy("vault_persons", ("person", "master", "wrapped", "made_ms"), [row])
            await self.ledger.append(tx, [Append(BOX, 0, [created_box(**changes)])])


def arrival(said: Statement, body: dict[str, object] | None = None) -> Arrival:
    """The statement as intake hands it on."""
    raw = statement_bytes(said)
    return Arrival(
        raw=raw,
        hash=statement_hash(raw),
        signature=b"\x01" * 64,
        said=said,
        device=said.device,
        party=PartyId(said.teller),
        body=None if body is None else json.dumps(body).encode(),
    )


def es256(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """Raw r and s."""
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


def b64url(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
