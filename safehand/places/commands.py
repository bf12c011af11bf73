"""The places desk: places are added, changed from now on or later, and their gates' instructions put away."""

from dataclasses import astuple, dataclass, replace

import orjson

from safehand.identity.actions import Action
from safehand.identity.errors import PartyMismatch
from safehand.identity.model import Principal
from safehand.identity.parties import Parties, Party
from safehand.identity.reads import Read, note_read
from safehand.kernel.clock import Clock
from safehand.kernel.ids import PLACE, PersonId, PlaceId, is_id, new_id
from safehand.places.errors import (
    BadInstructions,
    CodeTaken,
    DepotPlaced,
    IdTaken,
    InThePast,
    LaneInUse,
    NoInstructions,
    NoSuchPlace,
    PlaceChanged,
    PlaceFixed,
    TooManyVersions,
    WrongOwner,
)
from safehand.places.model import OWNER, Draft, Place, PlaceKind, plain
from safehand.places.places import VERSIONS_MAX, Places, shape_columns
from safehand.store.database import Tx
from safehand.vault.vault import Kind, Vault

INSTRUCTIONS_CHARS_MAX = 2_000


@dataclass(frozen=True, slots=True)
class _Version:
    place: PlaceId
    version: int
    valid_from_ms: int
    told_ms: int
    told_by: str


@dataclass(frozen=True, slots=True)
class PlacesDesk:
    """Adds and changes places, in the caller's transaction."""

    places: Places
    parties: Parties
    vault: Vault
    clock: Clock

    async def add(self, tx: Tx, told: Draft, by: str) -> Place:
        """A new place, which stands from now on.

        Errors
            Invalid  its kinds: it can be no place.
            NoSuchParty, PartyMismatch, NoSuchPlace  whose it is, or what it is part of, is not what it should be.
            CodeTaken, IdTaken, DepotPlaced
        """
        draft, now_ms = told.checked(), self.clock.now_ms()
        party = await self._owner(tx, draft)
        within = await self._within(tx, draft, now_ms)
        id = await self._id(tx, draft, party, now_ms)
        person = await self.vault.new_person(tx, now_ms) if draft.kind is PlaceKind.GATE else None
        owner = within.party if within is not None else draft.party
        made = await tx.run(
            "INSERT INTO places (id, code, kind, party, within, person, made_ms, made_by)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
            id,
            draft.code,
            draft.kind.value,
            owner,
            within.id if within is not None else None,
            person,
            now_ms,
            by,
        )
        if not made:
            raise CodeTaken(draft.code)
        await _keep(tx, _Version(id, 1, now_ms, now_ms, by), draft)
        return await self.places.get(tx, id, now_ms)

    async def change(
        self, tx: Tx, place: Place, told: Draft, by: str, *, version: int, valid_from_ms: int | None = None
    ) -> Place:
        """The place as it stands once more is known of it; nothing new makes no version.

        Shapes
            version        the newest version that whoever changes it has seen.
            valid_from_ms  when it begins to hold; now if None.
        Errors
            Invalid  its kinds.
            PlaceFixed    another code, kind or owner.
            PlaceChanged  there is a newer version.
            InThePast, LaneInUse, TooManyVersions
        """
        _check_fixed(place, told)
        draft = replace(told, id=place.id).checked()
        await tx.lock(f"places.{place.id}")
        now_ms = self.clock.now_ms()
        [newest, *_] = await self.places.history(tx, place.id)
        if version != newest.version:
            raise PlaceChanged(version, newest.version)
        if newest.version >= VERSIONS_MAX:
            raise TooManyVersions(VERSIONS_MAX)
        begins_ms = now_ms if valid_from_ms is None else valid_from_ms
        if begins_ms < now_ms:
            raise InThePast(begins_ms, now_ms)
        standing = await self.places.get(tx, place.id, now_ms)
        if standing.version == newest.version and standing.draft == draft and valid_from_ms is None:
            return standing
        if draft.retired and place.kind is PlaceKind.CHECKPOINT:
            await _refuse_lane_in_use(tx, place)
        await _keep(tx, _Version(place.id, newest.version + 1, begins_ms, now_ms, by), draft)
        return await self.places.get(tx, place.id, max(now_ms, begins_ms))

    async def instruct(self, tx: Tx, place: Place, text: str, by: str) -> None:
        """Put away how a gate is opened. What was put away before is kept sealed and shown to nobody.

        Errors
            BadInstructions, WrongOwner
        """
        if not 0 < len(text) <= INSTRUCTIONS_CHARS_MAX:
            raise BadInstructions(len(text), INSTRUCTIONS_CHARS_MAX)
        person = await _person(tx, place)
        body = await self.vault.put(tx, person, Kind.INSTRUCTIONS, text.encode())
        await tx.run(
            "INSERT INTO place_instructions (place, body, told_ms, told_by) VALUES ($1, $2, $3, $4)",
            place.id,
            body,
            self.clock.now_ms(),
            by,
        )

    async def instructions(self, tx: Tx, place: Place, to: Principal) -> str:
        """How a gate is opened, once it is on record who reads it.

        Errors
            NoInstructions
        """
        rows = await tx.fetch(
            "SELECT body FROM place_instructions WHERE place = $1 ORDER BY number DESC LIMIT 1", place.id
        )
        if not rows:
            raise NoInstructions(place.code)
        person = await _person(tx, place)
        await note_read(tx, Read(to, Action.PLACE_READ_PRIVATE, person, why=place.id), self.clock.now_ms())
        text = await self.vault.get(tx, rows[0]["body"])
        if text is None:
            raise NoInstructions(place.code)
        return text.decode()

    async def _owner(self, tx: Tx, draft: Draft) -> Party | None:
        if draft.party is None:
            return None
        party = await self.parties.get(tx, draft.party)
        if party.kind is not OWNER[draft.kind]:
            raise PartyMismatch(wanted=OWNER[draft.kind].value, given=party.kind.value)
        return party

    async def _within(self, tx: Tx, draft: Draft, now_ms: int) -> Place | None:
        if draft.within is None:
            return None
        depot = await self.places.get(tx, draft.within, now_ms)
        if depot.kind is not PlaceKind.DEPOT:
            raise WrongOwner(draft.kind, PlaceKind.DEPOT)
        return depot

    async def _id(self, tx: Tx, draft: Draft, party: Party | None, now_ms: int) -> PlaceId:
        """A depot and a partner's first place are where identity says that the party stands."""
        if draft.id is not None and not is_id(PLACE, draft.id):
            raise NoSuchPlace(draft.id)
        home = party.place if party is not None else None
        wanted = [id for id in (draft.id, home) if id is not None]
        taken = {
            row["id"]: row["code"]
            for row in await tx.fetch("SELECT id, code FROM places WHERE id = ANY($1::text[])", wanted)
        }
        if draft.id in taken:
            raise IdTaken(str(draft.id), taken[draft.id])
        if draft.kind is PlaceKind.DEPOT and home is not None:
            if home in taken:
                raise DepotPlaced(taken[home])
            return home
        if draft.id is not None:
            return draft.id
        return home if home is not None and home not in taken else PlaceId(new_id(PLACE, now_ms))


async def _keep(tx: Tx, version: _Version, draft: Draft) -> None:
    shape = shape_columns(draft.shape)
    await tx.run(
        "INSERT INTO place_versions (place, version, valid_from_ms, told_ms, told_by, name, shape, details, retired)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb, $9)",
        *astuple(version),
        draft.name,
        None if shape is None else orjson.dumps(shape).decode(),
        orjson.dumps(plain(draft.details)).decode(),
        draft.retired,
    )


def _check_fixed(place: Place, told: Draft) -> None:
    now = place.draft
    for what in ("kind", "code", "party", "within"):
        if getattr(now, what) != getattr(told, what):
            raise PlaceFixed(place.code, what)


async def _refuse_lane_in_use(tx: Tx, lane: Place) -> None:
    """A lane that the depot's newest plan leads to stays: parcels would be sorted to nowhere."""
    rows = await tx.fetch(
        "SELECT r.prefix FROM sort_rules r WHERE r.lane = $1 AND r.version ="
        " (SELECT max(version) FROM sort_plans s WHERE s.depot = r.depot) ORDER BY r.prefix LIMIT 1",
        lane.id,
    )
    if rows:
        raise LaneInUse(lane.code, rows[0]["prefix"])


async def _person(tx: Tx, place: Place) -> PersonId:
    """Under whose key a gate's instructions lie."""
    rows = await tx.fetch("SELECT person FROM places WHERE id = $1 AND person IS NOT NULL", place.id)
    if not rows:
        raise WrongOwner(place.kind, PlaceKind.GATE)
    return PersonId(rows[0]["person"])
