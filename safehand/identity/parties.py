"""Parties: whoever sends parcels or can hold one for the carrier."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, insert, select

from safehand.identity.errors import BadName, CrewFull, NoSuchParty, PartyMismatch
from safehand.identity.model import NAME_SHAPE, PartyKind
from safehand.identity.pages import PAGE_MAX, Page, page_of
from safehand.identity.tables import parties
from safehand.kernel.ids import PARTY, PLACE, PartyId, PlaceId, is_id, new_id
from safehand.store.database import Tx
from safehand.vault.vault import Kind, Vault

NAMES_MAX = 1_000  # looked up in one call
CREW_MAX = 500
"""Drivers of one subcontractor: whoever runs them has them all in mind at each request."""


@dataclass(frozen=True, slots=True)
class Party:
    """A party. A driver's name is not here: ask `Parties.names`."""

    id: PartyId
    kind: PartyKind
    name: str | None
    country: str | None
    place: PlaceId | None
    """Where a depot or a partner stands."""
    employer: PartyId | None = None
    """The subcontractor that a driver works for; None for the carrier's own."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Who there is. Names of organisations are plain; a driver is a natural person, so the name is in the vault."""

    vault: Vault

    async def create(
        self,
        tx: Tx,
        kind: PartyKind,
        name: str,
        now_ms: int,
        *,
        country: str | None = None,
        employer: PartyId | None = None,
    ) -> Party:
        """Add a party.

        Errors
            BadName
        """
        check_name(name)
        id = PartyId(new_id(PARTY, now_ms))
        row: dict[str, str | int | None] = {"id": id, "kind": kind, "country": country, "made_ms": now_ms}
        row["employer"] = employer
        if kind is PartyKind.DRIVER:
            person = await self.vault.new_person(tx, now_ms)
            row["person"] = person
            row["name_body"] = await self.vault.put(tx, person, Kind.PARTY_NAME, name.encode())
        else:
            row["name"] = name
        if kind in {PartyKind.DEPOT, PartyKind.PARTNER}:
            row["place"] = new_id(PLACE, now_ms)
        await tx.execute(insert(parties).values(row))
        return await self.get(tx, id)

    async def create_driver(self, tx: Tx, employer: Party, name: str, now_ms: int) -> Party:
        """Add a driver to a subcontractor's crew.

        Errors
            BadName
            PartyMismatch  the employer is no subcontractor.
            CrewFull
        """
        if employer.kind is not PartyKind.SUBCONTRACTOR:
            raise PartyMismatch(wanted=PartyKind.SUBCONTRACTOR.value, given=employer.kind.value)
        await tx.lock(f"identity.crew.{employer.id}")
        counted = select(func.count()).where(parties.c.employer == employer.id)
        if (await tx.execute(counted)).scalar_one() >= CREW_MAX:
            raise CrewFull(at_most=CREW_MAX)
        return await self.create(tx, PartyKind.DRIVER, name, now_ms, employer=employer.id)

    async def get(self, tx: Tx, id: str) -> Party:
        """The party.

        Errors
            NoSuchParty
        """
        if is_id(PARTY, id):
            found = (await tx.execute(select(parties).where(parties.c.id == id))).one_or_none()
            if found is not None:
                return _party(found)
        raise NoSuchParty(party=id[:40])

    async def names(self, tx: Tx, ids: Iterable[str]) -> dict[PartyId, str]:
        """Names by id, for pages. Unknown ids and erased persons are absent."""
        wanted = [id for id in dict.fromkeys(ids) if is_id(PARTY, id)]
        if len(wanted) > NAMES_MAX:
            raise ValueError(f"{len(wanted)} names in one call, {NAMES_MAX} at most")
        rows = await tx.fetch("SELECT id, name, name_body FROM parties WHERE id = ANY($1)", wanted)
        bodies = await self.vault.get_many(tx, [row["name_body"] for row in rows if row["name_body"]])
        known: dict[PartyId, str] = {}
        for row in rows:
            body = bodies.get(row["name_body"]) if row["name_body"] else row["name"].encode()
            if body is not None:
                known[PartyId(row["id"])] = body.decode()
        return known

    async def listed(self, tx: Tx, kind: PartyKind | None = None) -> list[Party]:
        """Parties, oldest first, for a choice on a page: the first thousand."""
        statement = select(parties).order_by(parties.c.id).limit(NAMES_MAX)
        if kind is not None:
            statement = statement.where(parties.c.kind == kind)
        return [_party(row) for row in await tx.execute(statement)]

    async def page(
        self, tx: Tx, kind: PartyKind | None = None, *, only: Collection[str] | None = None, after: str | None = None
    ) -> Page[Party]:
        """A page of parties, oldest first: all or only these, of every kind or of one."""
        statement = select(parties).where(parties.c.id > (after or "")).order_by(parties.c.id).limit(PAGE_MAX + 1)
        if kind is not None:
            statement = statement.where(parties.c.kind == kind)
        if only is not None:
            statement = statement.where(parties.c.id.in_(only))
        return page_of([_party(row) for row in await tx.execute(statement)])


def _party(row: Row[Any]) -> Party:
    return Party(row.id, PartyKind(row.kind), row.name, row.country, row.place, row.employer)


def check_name(name: str) -> None:
    """Refuse what is no name to show: nothing, endless, or with characters that steer a page.

    Errors
        BadName
    """
    if NAME_SHAPE.fullmatch(name) is None or name != name.strip():
        raise BadName()
