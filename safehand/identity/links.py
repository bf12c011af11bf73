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


@dataclass(frozen=True, slots=True)
class NewLink:
    """Which parcel is to be shown to which person, and until when."""

    parcel: ParcelId
    person: PersonId
    expires_ms: int


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
                "SELECT id, parcel, person FROM recipient_links"
                " WHERE hash = $1 AND revoked_ms IS NULL AND expires_ms > $2",
                secret_hash("link", token),
                now_ms,
            )
        if not rows:
            raise LinkUnknown()
        [row] = rows
        return Principal(
            kind=PrincipalKind.RECIPIENT,
            id=row["id"],
            person=PersonId(PartyId(row["person"])),
            parcel=ParcelId(row["parcel"]),
        )

    async def revoke(self, tx: Tx, parcel: ParcelId, now_ms: int) -> int:
        """Make every link to a parcel worthless; returns how many were alive."""
        return await tx.run(
            "UPDATE recipient_links SET revoked_ms = $2 WHERE parcel = $1 AND revoked_ms IS NULL AND expires_ms > $2",
            parcel,
            now_ms,
        )
