"""The recipient's link of a parcel: looked at, taken back, made anew.

Whoever had a link has read the PIN. So with the links of a parcel its PIN goes too. A new link is told to the
merchant alone, who told the recipient the first one: the page cannot show it, for a thief may be the one who asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from safehand.custody.reading import Found
from safehand.handover.pins import Pins
from safehand.identity.links import RECIPIENT, Link, Links, NewLink
from safehand.kernel.clock import Clock
from safehand.parcels.commands import ParcelsDesk
from safehand.parcels.model import Parcel
from safehand.store.database import Store, Tx

LINK_DAYS = 90
DAY_MS = 86_400_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LinkDesk:
    """Takes back and makes recipients' links. Whether the asker may is settled before."""

    store: Store
    parcels: ParcelsDesk
    links: Links
    pins: Pins
    clock: Clock
    origin: str

    async def standing(self, tx: Tx, found: Found) -> Sequence[Link]:
        """The links to a parcel, newest first."""
        return await self.links.listed(tx, found.parcel.parcel)

    async def wanted(self, tx: Tx) -> Sequence[Parcel]:
        """Parcels whose recipients wait for a new link, longest first."""
        ids = await self.links.wanted(tx)
        known = await self.parcels.many(tx, list(ids))
        return [known[id] for id in ids if id in known]

    async def revoke(self, tx: Tx, found: Found, by: str) -> int:
        """Make every link to the parcel worthless, and its PIN another; returns how many links were alive.

        Shapes
            by  a user's or key's id, or `RECIPIENT`, who then waits for a new link.
        """
        parcel = found.parcel
        dead = await self.links.revoke(tx, parcel.parcel, self.clock.now_ms(), by=by, wanted=by == RECIPIENT)
        if dead:
            await self.pins.renew(tx, parcel.parcel, parcel.recipient)
        log.info("links_revoked", principal=by, resource=parcel.parcel, links=dead)
        return dead

    async def make(self, tx: Tx, found: Found, by: str) -> str:
        """A new link's address, told this once; those made before are dead."""
        parcel, now_ms = found.parcel, self.clock.now_ms()
        await self.revoke(tx, found, by)
        await self.links.sent_anew(tx, parcel.parcel)
        token = await self.links.make(tx, NewLink(parcel.parcel, parcel.recipient, now_ms + LINK_DAYS * DAY_MS), now_ms)
        log.info("link_made", principal=by, resource=parcel.parcel)
        return f"{self.origin}/t/{parcel.tracking}?k={token}"
