"""HTTP of merchants' keys: made, listed, succeeded, revoked."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from safehand.identity.actions import Action
from safehand.identity.commands import StaffDesk
from safehand.identity.errors import NoSuchParty, NotYours, SignInNeeded
from safehand.identity.forms import Body, Id, Label
from safehand.identity.guard import Guard
from safehand.identity.keys import LIFE_DAYS, LIFE_DAYS_MAX, OVERLAP_HOURS, OVERLAP_HOURS_MAX, ApiKey, KeyWish
from safehand.identity.model import Principal, PrincipalKind, Resource, Scope

UNUSED_DAYS = 90
UNUSED_DAYS_MAX = 3_650

type LifeDays = Annotated[int, Field(ge=1, le=LIFE_DAYS_MAX)]


class KeyIn(Body):
    """A key for a merchant's system."""

    label: Label
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))] = Field(
        default_factory=lambda: [Scope.READ, Scope.SHIP]
    )
    life_days: LifeDays = LIFE_DAYS


class RotationIn(Body):
    """A key's successor: for how long both work, and how long the new one lives."""

    overlap_hours: Annotated[int, Field(ge=0, le=OVERLAP_HOURS_MAX)] = OVERLAP_HOURS
    life_days: LifeDays = LIFE_DAYS


class KeyMade(BaseModel):
    """A new key; it is told this once."""

    id: str
    key: str


class KeyOut(BaseModel):
    """What may be shown of a key. `used_from` is a network, `used_by` what the program calls itself."""

    id: str
    merchant: str
    label: str
    scopes: list[Scope]
    made_ms: int
    made_by: str | None
    expires_ms: int | None
    predecessor: str | None
    used_ms: int | None
    used_from: str | None
    used_by: str | None
    revoked_ms: int | None

    @classmethod
    def of(cls, key: ApiKey) -> "KeyOut":
        """What may be shown of this key."""
        return cls(
            id=key.id,
            merchant=key.party,
            label=key.label,
            scopes=list(key.scopes),
            made_ms=key.made_ms,
            made_by=key.made_by,
            expires_ms=key.expires_ms,
            predecessor=key.predecessor,
            used_ms=key.used_ms,
            used_from=key.used_from,
            used_by=key.used_by,
            revoked_ms=key.revoked_ms,
        )


class KeysOut(BaseModel):
    """Keys: of one merchant newest first, of all oldest first."""

    keys: list[KeyOut]


def register(api: APIRouter, desk: StaffDesk, guard: Guard) -> None:
    """Add the routes of keys."""
    _merchants(api, desk, guard)
    _one(api, desk, guard)


def _merchants(api: APIRouter, desk: StaffDesk, guard: Guard) -> None:
    @api.post("/merchants/{merchant}/keys", status_code=201)
    async def make_key(
        merchant: Id, body: KeyIn, me: Annotated[Principal, Depends(guard.allow(Action.KEY_CREATE))]
    ) -> KeyMade:
        """Make a key for a merchant's system. It is shown this once, and runs out by itself."""
        party = await desk.party(merchant)
        guard.require(me, Action.KEY_CREATE, Resource.of_party(party.id), missing=NoSuchParty(party=party.id))
        if me.user is None:  # the policies let only staff come here
            raise SignInNeeded()
        made = await desk.make_key(party, KeyWish(body.label, frozenset(body.scopes), body.life_days), me.user)
        return KeyMade(id=made.id, key=made.key)

    @api.get("/merchants/{merchant}/keys")
    async def list_keys(merchant: Id, me: Annotated[Principal, Depends(guard.allow(Action.KEY_READ))]) -> KeysOut:
        """A merchant's keys: labels and use, never the keys."""
        party = await desk.party(merchant)
        guard.require(me, Action.KEY_READ, Resource.of_party(party.id), missing=NoSuchParty(party=party.id))
        return KeysOut(keys=[KeyOut.of(key) for key in await desk.merchant_keys(party.id)])

    @api.get("/keys/unused")
    async def list_unused_keys(
        me: Annotated[Principal, Depends(guard.allow(Action.KEY_READ))],
        days: Annotated[int, Query(ge=1, le=UNUSED_DAYS_MAX)] = UNUSED_DAYS,
    ) -> KeysOut:
        """Living keys that nobody has used for so many days, those that the asker may see."""
        found = await desk.unused_keys(days, guard.reach(me, Action.KEY_READ).parties)
        return KeysOut(keys=[KeyOut.of(key) for key in found])


def _one(api: APIRouter, desk: StaffDesk, guard: Guard) -> None:
    @api.post("/keys/{key}/rotate", status_code=201)
    async def rotate_key(
        key: Id, body: RotationIn, me: Annotated[Principal, Depends(guard.allow(Action.KEY_ROTATE))]
    ) -> KeyMade:
        """Make a key's successor; a key may do so for itself. Both work for the overlap, then the old one is dead."""
        found = await desk.key(key)
        guard.require(me, Action.KEY_ROTATE, Resource.key(found.id, party=found.party))
        if me.kind is PrincipalKind.MERCHANT and me.id != found.id:  # another key may be good for more
            raise NotYours()
        by = me.user if me.kind is PrincipalKind.STAFF else None
        made = await desk.rotate_key(found, overlap_hours=body.overlap_hours, life_days=body.life_days, by=by)
        return KeyMade(id=made.id, key=made.key)

    @api.post("/keys/{key}/revoke", status_code=204)
    async def revoke_key(key: Id, me: Annotated[Principal, Depends(guard.allow(Action.KEY_REVOKE))]) -> None:
        """Make a key worthless, with every successor that it made for itself."""
        found = await desk.key(key)
        guard.require(me, Action.KEY_REVOKE, Resource.key(found.id, party=found.party))
        if me.user is None:  # the policies let only staff come here
            raise SignInNeeded()
        await desk.revoke_key(found.id, me.user)
