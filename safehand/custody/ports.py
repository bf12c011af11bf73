"""What custody needs others to fill in: the proof policy lives on a higher floor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from safehand.custody.head import Head
from safehand.custody.model import Barred, Proof
from safehand.events.statement import HandedOver, Statement
from safehand.kernel.ids import DeviceId, PartyId
from safehand.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A statement that a known device signed, as it reached us.

    `raw` are the signed bytes, `hash` their SHA-256, `party` whom the device acts for, `body` the private body
    whose hash the statement names. `retired_ms` is when another device took the place of the one that signed.
    """

    raw: bytes
    hash: bytes
    signature: bytes
    said: Statement
    device: DeviceId
    party: PartyId
    retired_ms: int | None = None
    body: bytes | None = None


class ProofPolicy(Protocol):
    """Judges one-sided handovers: is the way allowed, and is its evidence there?"""

    async def judge(self, tx: Tx, cases: Sequence[tuple[Head, HandedOver, bytes | None]]) -> list[Proof]:
        """What the policy says of each handover, given its private body."""
        ...


class Carriers(Protocol):
    """Says who may carry what, by training, tenure and licence."""

    async def bars(self, tx: Tx, cases: Sequence[tuple[str, PartyId]]) -> dict[tuple[str, PartyId], Barred]:
        """What keeps which taker from carrying which parcel; a pair that is not named is in order."""
        ...


class Anybody:
    """Fills `Carriers` where nobody is judged: anybody may carry anything."""

    async def bars(self, tx: Tx, cases: Sequence[tuple[str, PartyId]]) -> dict[tuple[str, PartyId], Barred]:
        """Nothing."""
        return {}


class Bodies(Protocol):
    """Keeps private bodies under the key of the person they are about."""

    async def keep(self, tx: Tx, bodies: Sequence[tuple[PartyId | None, bytes]]) -> list[str]:
        """Keep each body; the ids to find them by. What is said of a cage or bag is about nobody."""
        ...


class Announcer(Protocol):
    """Tells whoever looks at a parcel that it moved: a hint, after the commit, that may get lost."""

    def moved(self, parcels: Sequence[str]) -> None:
        """These parcels have new facts."""
        ...
