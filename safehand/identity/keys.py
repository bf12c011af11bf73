"""Merchants' keys to the API: they run out, and a successor takes over while both still work."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, or_, select

from safehand.identity.errors import KeyMistyped, KeyNotRotated, KeyUnknown, NotYours, PartyMismatch
from safehand.identity.model import PartyKind, Principal, PrincipalKind, Scope
from safehand.identity.parties import Party
from safehand.identity.secret_text import key_is_whole, new_key, secret_hash
from safehand.identity.tables import api_keys
from safehand.kernel.ids import PartyId, UserId, is_id, new_id
from safehand.store.database import Tx
from safehand.store.errors import AlreadyThere

KEY = "key"
USED_EVERY_MS = 60_000  # how exactly the last use is noted
LISTED_MAX = 100
DAY_MS = 86_400_000
LIFE_DAYS = 365
LIFE_DAYS_MAX = 730
OVERLAP_HOURS = 168
OVERLAP_HOURS_MAX = 720
PROGRAM = re.compile(r"[A-Za-z0-9._-]{1,40}(?:/[A-Za-z0-9.+-]{1,20})?")

# Of many requests that find the note outdated at once, only the first writes.
_USED = """
    UPDATE api_keys SET used_ms = $2, used_from = $4, used_by = $5
    WHERE id = $1 AND (used_ms IS NULL OR used_ms <= $3)
"""

_LINES = "identity.key_lines"

# A key and the successors that it made for itself: whoever stole it must not keep them.
_REVOKE = """
    WITH RECURSIVE line AS (
        SELECT id FROM api_keys WHERE id = $1
        UNION ALL
        SELECT k.id FROM api_keys k JOIN line ON k.predecessor = line.id WHERE k.made_by IS NULL
    )
    UPDATE api_keys SET revoked_ms = $2 WHERE id IN (SELECT id FROM line) AND revoked_ms IS NULL
"""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What may be shown of a key: not the key."""

    id: str
    party: PartyId
    label: str
    scopes: tuple[Scope, ...]
    made_ms: int
    made_by: UserId | None
    """None: its predecessor made it."""
    expires_ms: int | None
    """None: it was made before keys ran out."""
    predecessor: str | None
    used_ms: int | None
    used_from: str | None
    """The network of its last use, as coarse as says nothing about a person."""
    used_by: str | None
    """The program of its last use, by its own word."""
    revoked_ms: int | None


@dataclass(frozen=True, slots=True)
class KeyWish:
    """A key as somebody asks for it."""

    label: str
    scopes: frozenset[Scope]
    life_days: int = LIFE_DAYS


@dataclass(frozen=True, slots=True)
class Whence:
    """From where a key was used: a network and a program, coarse."""

    network: str | None = None
    program: str | None = None

    @classmethod
    def of(cls, network: str | None, agent: str | None) -> "Whence":
        """Only the first product of a User-Agent is kept: nothing that tells one machine from another."""
        product = PROGRAM.match(agent or "")
        return cls(network, product[0] if product else None)


NOWHERE = Whence()


@dataclass(frozen=True, slots=True)
class Keys:
    """Makes, finds, succeeds and revokes keys."""

    async def create(
        self, tx: Tx, merchant: Party, wish: KeyWish, *, by: UserId | None, now_ms: int
    ) -> tuple[str, str]:
        """A new key for a merchant.

        Shapes
            by  who asks; None if whoever runs the machine does.
            ->  its id, and the key itself, which is told once and never again.
        Errors
            PartyMismatch  the party is no merchant.
        """
        if merchant.kind is not PartyKind.MERCHANT:
            raise PartyMismatch(wanted=PartyKind.MERCHANT.value, given=merchant.kind.value)
        return await _insert(tx, merchant.id, wish, made_by=by, predecessor=None, now_ms=now_ms)

    async def rotate(
        self, tx: Tx, old: ApiKey, *, overlap_hours: int, life_days: int, by: UserId | None, now_ms: int
    ) -> tuple[str, str]:
        """A successor with the same scopes. Both work for `overlap_hours`; then the old one is dead by itself.

        Shapes
            by  who asks; None if the key itself does.
        Errors
            KeyNotRotated  it is dead, or has a successor already.
        """
        ends_ms = now_ms + overlap_hours * 3_600_000
        await tx.lock(_LINES)
        alive = await tx.run(
            "UPDATE api_keys SET expires_ms = least(coalesce(expires_ms, $2), $2)"
            " WHERE id = $1 AND revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > $3)",
            old.id,
            ends_ms,
            now_ms,
        )
        if not alive:
            raise KeyNotRotated(key=old.id)
        wish = KeyWish(old.label, frozenset(old.scopes), life_days)
        try:
            return await _insert(tx, old.party, wish, made_by=by, predecessor=old.id, now_ms=now_ms)
        except AlreadyThere:
            raise KeyNotRotated(key=old.id) from None

    async def find(self, tx: Tx, key: str, now_ms: int, whence: Whence = NOWHERE) -> Principal:
        """The merchant whose key it is.

        Errors
            KeyMistyped  its check characters do not fit.
            KeyUnknown   not ours, run out, or revoked.
        """
        if not key_is_whole(key):
            raise KeyMistyped()
        rows = await tx.fetch(
            "SELECT id, party, scopes, used_ms FROM api_keys"
            " WHERE hash = $1 AND revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > $2)",
            secret_hash("api-key", key),
            now_ms,
        )
        if not rows:
            raise KeyUnknown()
        [row] = rows
        if row["used_ms"] is None or row["used_ms"] <= now_ms - USED_EVERY_MS:  # asked again in the statement
            await tx.run(_USED, row["id"], now_ms, now_ms - USED_EVERY_MS, whence.network, whence.program)
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

    async def unused(self, tx: Tx, *, since_ms: int, now_ms: int, only: Collection[str] | None = None) -> list[ApiKey]:
        """Living keys that nobody has used since then, oldest first: they open a door that nobody needs.

        Shapes
            since_ms  a key made after it is not told of: it had no time to be used.
            only      whose keys; None for everybody's.
        """
        k = api_keys.c
        statement = select(api_keys).where(
            k.revoked_ms.is_(None),
            or_(k.expires_ms.is_(None), k.expires_ms > now_ms),
            func.coalesce(k.used_ms, k.made_ms) < since_ms,
        )
        if only is not None:
            statement = statement.where(k.party.in_(only))
        return [_key(row) for row in await tx.execute(statement.order_by(k.id).limit(LISTED_MAX))]

    async def revoke(self, tx: Tx, id: str, now_ms: int) -> None:
        """Make a key worthless, at once and for ever, with what it made for itself. Twice is the same as once.

        It waits for a successor that is being made: else that one would be born into a line already looked through.
        """
        await tx.lock(_LINES)
        await tx.run(_REVOKE, id, now_ms)


async def _insert(
    tx: Tx, party: PartyId, wish: KeyWish, *, made_by: UserId | None, predecessor: str | None, now_ms: int
) -> tuple[str, str]:
    id, key = new_id(KEY, now_ms), new_key()
    await tx.run(
        "INSERT INTO api_keys (id, hash, party, label, scopes, made_ms, made_by, expires_ms, predecessor)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id,
        secret_hash("api-key", key),
        party,
        wish.label,
        sorted(wish.scopes),
        now_ms,
        made_by,
        now_ms + wish.life_days * DAY_MS,
        predecessor,
    )
    return id, key


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        party=row.party,
        label=row.label,
        scopes=tuple(Scope(scope) for scope in row.scopes if scope in Scope),
        made_ms=row.made_ms,
        made_by=row.made_by,
        expires_ms=row.expires_ms,
        predecessor=row.predecessor,
        used_ms=row.used_ms,
        used_from=row.used_from,
        used_by=row.used_by,
        revoked_ms=row.revoked_ms,
    )
