"""Merchants' keys to the API."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, update

from safehand.identity.errors import KeyMistyped, KeyUnknown, NotYours, PartyMismatch
from safehand.identity.model import PartyKind, Principal, PrincipalKind, Scope
from safehand.identity.parties import Party
from safehand.identity.secret_text import key_is_whole, new_key, secret_hash
from safehand.identity.tables import api_keys
from safehand.kernel.ids import PartyId, UserId, is_id, new_id
from safehand.store.database import Tx

KEY = "key"
USED_EVERY_MS = 60_000  # how exactly the last use is noted
LISTED_MAX = 100

# Of many requests that find the note outdated at once, only the first writes.
_USED = "UPDATE api_keys SET used_ms = $2 WHERE id = $1 AND (used_ms IS NULL OR used_ms <= $3)"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What may be shown of a key: not the key."""

    id: str
    party: PartyId
    label: str
    scopes: tuple[Scope, ...]
    made_ms: int
    used_ms: int | None
    revoked_ms: int | None


@dataclass(frozen=True, slots=True)
class Keys:
    """Makes, finds and revokes keys."""

    async def create(
        self, tx: Tx, merchant: Party, label: str, scopes: frozenset[Scope], *, by: UserId, now_ms: int
    ) -> tuple[str, str]:
        """A new key for a merchant.

        Shapes
            ->  its id, and the key itself, which is told once and never again.
        Errors
            PartyMismatch  the party is no merchant.
        """
        if merchant.kind is not PartyKind.MERCHANT:
            raise PartyMismatch(wanted=PartyKind.MERCHANT.value, given=merchant.kind.value)
        id, key = new_id(KEY, now_ms), new_key()
        await tx.run(
            "INSERT INTO api_keys (id, hash, party, label, scopes, made_ms, made_by)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            id,
            secret_hash("api-key", key),
            merchant.id,
            label,
            sorted(scopes),
            now_ms,
            by,
        )
        return id, key

    async def find(self, tx: Tx, key: str, now_ms: int) -> Principal:
        """The merchant whose key it is.

        Errors
            KeyMistyped  its check characters do not fit.
            KeyUnknown   not ours, or revoked.
        """
        if not key_is_whole(key):
            raise KeyMistyped()
        rows = await tx.fetch(
            "SELECT id, party, scopes, used_ms FROM api_keys WHERE hash = $1 AND revoked_ms IS NULL",
            secret_hash("api-key", key),
        )
        if not rows:
            raise KeyUnknown()
        [row] = rows
        if row["used_ms"] is None or row["used_ms"] <= now_ms - USED_EVERY_MS:  # asked again in the statement
            await tx.run(_USED, row["id"], now_ms, now_ms - USED_EVERY_MS)
        return Principal(
            kind=PrincipalKind.MERCHANT,
            id=row["id"],
            party=PartyId(row["party"]),
            party_kind=PartyKind.MERCHANT,
            scopes=frozenset(Scope(scope) for scope in row["scopes"] if scope in Scope),
        )

    async def get(self, tx: Tx, id: str) -> ApiKey:
        """What may be shown of one key.

        Errors
            NotYours  there is none.
        """
        found = None
        if is_id(KEY, id):
            found = (await tx.execute(select(api_keys).where(api_keys.c.id == id))).one_or_none()
        if found is None:
            raise NotYours()
        return _key(found)

    async def listed(self, tx: Tx, party: PartyId) -> list[ApiKey]:
        """A merchant's keys, newest first, revoked ones too."""
        statement = select(api_keys).where(api_keys.c.party == party).order_by(api_keys.c.id.desc()).limit(LISTED_MAX)
        return [_key(row) for row in await tx.execute(statement)]

    async def revoke(self, tx: Tx, id: str, now_ms: int) -> None:
        """Make a key worthless, at once and for ever. Twice is the same as once."""
        await tx.execute(
            update(api_keys).where(api_keys.c.id == id, api_keys.c.revoked_ms.is_(None)).values(revoked_ms=now_ms)
        )


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        party=row.party,
        label=row.label,
        scopes=tuple(Scope(scope) for scope in row.scopes if scope in Scope),
        made_ms=row.made_ms,
        used_ms=row.used_ms,
        revoked_ms=row.revoked_ms,
    )
