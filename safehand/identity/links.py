"""Recipients' links: whoever has the link sees the one parcel that it is for."""

from collections.abc import Sequence
from dataclasses import dataclass

from safehand.identity.errors import LinkUnknown
from safehand.identity.model import Principal, PrincipalKind
from safehand.identity.secret_text import LINK_SHAPE, new_link_token, secret_hash
from safehand.kernel.ids import ParcelId, PartyId, PersonId, new_id
from safehand.store.database import Tx

LINK = "lnk"
LINK_DAYS_MAX = 400
BATCH_MAX = 10_000
LISTED_MAX = 100
WANTED_MAX = 1_000
USED_EVERY_MS = 60_000  # how exactly the last use is noted
RECIPIENT = "recipient"
"""Who revoked a link, where the recipient did."""

# Of many requests that find the note outdated at once, only the first writes.
_USED = "UPDATE recipient_links SET used_ms = $2 WHERE id = $1 AND (used_ms IS NULL OR used_ms <= $3)"


@dataclass(frozen=True, slots=True)
class NewLink:
    """Which parcel is to be shown to which person, and until when."""

    parcel: ParcelId
    person: PersonId
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Link:
    """What may be shown of a link: not its token."""

    id: str
    parcel: ParcelId
    made_ms: int
    expires_ms: int
    used_ms: int | None
    revoked_ms: int | None
    revoked_by: str | None
    """A user's or key's id, or `recipient`."""
    wanted_ms: int | None
    """Since when the recipient waits for a new link in its place."""


@dataclass(frozen=True, slots=True)
class Links:
    """Makes, finds and revokes recipients' links."""

    async def make(self, tx: Tx, new: NewLink, now_ms: int) -> str:
        """A link's token: 22 characters, 128 bits, told once."""
        [token] = await self.make_many(tx, [new], now_ms)
        return token

    async def make_many(self, tx: Tx, new: Sequence[NewLink], now_ms: int) -> list[str]:
        """Tokens of many links at the price of one round trip, in order.

        Errors
            ValueError  too many, or one that would live longer than 400 days: the caller lacks a limit.
        """
        if len(new) > BATCH_MAX or any(link.expires_ms > now_ms + LINK_DAYS_MAX * 86_400_000 for link in new):
            raise ValueError(f"{len(new)} links, or one beyond {LINK_DAYS_MAX} days")
        tokens = [new_link_token() for _ in new]
        rows = [
            (new_id(LINK, now_ms), secret_hash("link", token), link.parcel, link.person, now_ms, link.expires_ms)
            for token, link in zip(tokens, new, strict=True)
        ]
        await tx.copy("recipient_links", ("id", "hash", "parcel", "person", "made_ms", "expires_ms"), rows)
        return tokens

    async def find(self, tx: Tx, token: str, now_ms: int) -> Principal:
        """The recipient whose link it is.

        Errors
            LinkUnknown  not ours, run out, or revoked.
        """
        rows = []
        if LINK_SHAPE.fullmatch(token):
            rows = await tx.fetch(
                "SELECT id, parcel, person, used_ms FROM recipient_links"
                " WHERE hash = $1 AND revoked_ms IS NULL AND expires_ms > $2",
                secret_hash("link", token),
                now_ms,
            )
        if not rows:
            raise LinkUnknown()
        [row] = rows
        if row["used_ms"] is None or row["used_ms"] <= now_ms - USED_EVERY_MS:
            await tx.run(_USED, row["id"], now_ms, now_ms - USED_EVERY_MS)
        return Principal(
            kind=PrincipalKind.RECIPIENT,
            id=row["id"],
            person=PersonId(PartyId(row["person"])),
            parcel=ParcelId(row["parcel"]),
        )

    async def alive(self, tx: Tx, ids: Sequence[str], now_ms: int) -> set[str]:
        """Those of these links that still open something, by id."""
        if not ids:
            return set()
        rows = await tx.fetch(
            "SELECT id FROM recipient_links WHERE id = ANY($1) AND revoked_ms IS NULL AND expires_ms > $2",
            list(ids),
            now_ms,
        )
        return {row["id"] for row in rows}

    async def revoke(self, tx: Tx, parcel: ParcelId, now_ms: int, *, by: str, wanted: bool = False) -> int:
        """Make every link to a parcel worthless; returns how many were alive.

        Shapes
            by      a user's or key's id, or RECIPIENT.
            wanted  whether the recipient waits for a new one.
        """
        return await tx.run(
            "UPDATE recipient_links SET revoked_ms = $2, revoked_by = $3, wanted_ms = CASE WHEN $4 THEN $2 END"
            " WHERE parcel = $1 AND revoked_ms IS NULL AND expires_ms > $2",
            parcel,
            now_ms,
            by,
            wanted,
        )

    async def sent_anew(self, tx: Tx, parcel: ParcelId) -> None:
        """Nobody waits for a link to this parcel any more."""
        await tx.run("UPDATE recipient_links SET wanted_ms = NULL WHERE parcel = $1 AND wanted_ms IS NOT NULL", parcel)

    async def listed(self, tx: Tx, parcel: ParcelId) -> list[Link]:
        """The links to a parcel, newest first, dead ones too."""
        rows = await tx.fetch(
            "SELECT id, parcel, made_ms, expires_ms, used_ms, revoked_ms, revoked_by, wanted_ms FROM recipient_links"
            " WHERE parcel = $1 ORDER BY id DESC LIMIT $2",
            parcel,
            LISTED_MAX,
        )
        return [Link(**dict(row.items())) for row in rows]

    async def wanted(self, tx: Tx) -> list[ParcelId]:
        """Parcels whose recipients wait for a new link, longest first, at most WANTED_MAX."""
        rows = await tx.fetch(
            "SELECT parcel FROM recipient_links WHERE wanted_ms IS NOT NULL"
            " GROUP BY parcel ORDER BY min(wanted_ms) LIMIT $1",
            WANTED_MAX,
        )
        return [ParcelId(row["parcel"]) for row in rows]
