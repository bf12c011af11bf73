"""Names: what ids are called on a page. Drivers and users are people, so their names come from the vault."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import or_, select

from safehand.identity.devices import Devices
from safehand.identity.model import Principal
from safehand.identity.parties import NAMES_MAX, Parties
from safehand.identity.tables import parties as party_rows
from safehand.identity.users import Users
from safehand.kernel.ids import AGGREGATE, DEVICE, PARTY, PERSON, PLACE, USER, PartyId, PersonId, is_id
from safehand.store.database import Tx
from safehand.surfaces.views import Name, NameKind, Names, PlaceName

UNNAMED = Name("", NameKind.RECIPIENT)
"""A recipient whom the viewer may not know by name."""


@dataclass(frozen=True, slots=True)
class Naming:
    """Looks names up, a page's ids at once. `zone` is the clock of every place until places have their own."""

    parties: Parties
    users: Users
    devices: Devices
    zone: str

    async def of(self, tx: Tx, ids: Iterable[str | None], recipients: Mapping[PersonId, str] | None = None) -> Names:
        """The names of parties, places, users and devices (a device goes by its party); NAMES_MAX ids at most.

        Shapes
            ids         of any kind, and other words among them, which are passed over.
            recipients  names of the recipients that the viewer may know, by id; the others stay unnamed.
        """
        wanted = _by_kind(ids)
        devices = await self.devices.find_many(tx, wanted[DEVICE]) if wanted[DEVICE] else {}
        about = list(dict.fromkeys([*wanted[PARTY], *(device.party for device in devices.values())]))[:NAMES_MAX]
        named, places = await self._parties(tx, about, wanted[PLACE])
        named |= {id: named[device.party] for id, device in devices.items() if device.party in named}
        if wanted[USER]:
            users = await self.users.names(tx, wanted[USER])
            named |= {id: Name(text, NameKind.STAFF) for id, text in users.items()}
        if wanted[AGGREGATE]:
            named |= await _aggregates(tx, wanted[AGGREGATE])
        known = recipients or {}
        named |= {id: replace(UNNAMED, text=known.get(PersonId(PartyId(id)), "")) for id in wanted[PERSON]}
        return Names(parties=named, places=places)

    async def for_viewer(
        self, tx: Tx, me: Principal, ids: Iterable[str | None], recipients: Mapping[PersonId, str] | None = None
    ) -> Names:
        """The same for whoever is signed in. Somebody from outside does not learn the names of our staff, and of
        drivers, but for those of the own crew, the first names.
        """
        names = await self.of(tx, ids, recipients)
        if not me.outside:
            return names
        return replace(
            names, parties={id: name if id in me.crew else _outside(name) for id, name in names.parties.items()}
        )

    async def for_recipient(self, tx: Tx, ids: Iterable[str | None]) -> Names:
        """The same for a parcel's recipient: drivers by their first names, our staff and other people not at all."""
        names = await self.of(tx, ids)  # other people stay unnamed
        return replace(names, parties={id: _outside(name) for id, name in names.parties.items()})

    async def _parties(
        self, tx: Tx, about: list[str], places: list[str]
    ) -> tuple[dict[str, Name], dict[str, PlaceName]]:
        if not about and not places:
            return {}, {}
        found = await tx.execute(
            select(party_rows.c.id, party_rows.c.kind, party_rows.c.name, party_rows.c.place).where(
                or_(party_rows.c.id.in_(about), party_rows.c.place.in_(places))
            )
        )
        rows = found.all()
        texts = await self.parties.names(tx, about)
        named = {row.id: Name(texts.get(row.id, ""), NameKind(row.kind)) for row in rows if row.id in set(about)}
        placed = {row.place: PlaceName(row.name or "", self.zone) for row in rows if row.place in set(places)}
        return named, placed


async def _aggregates(tx: Tx, ids: list[str]) -> dict[str, Name]:
    """Cages and bags go by what they are and their SSCC."""
    rows = await tx.fetch("SELECT aggregate, kind, sscc FROM aggregates WHERE aggregate = ANY($1::text[])", ids)
    return {row["aggregate"]: Name(row["sscc"], NameKind(row["kind"])) for row in rows}


def _by_kind(ids: Iterable[str | None]) -> dict[str, list[str]]:
    """The ids of each kind, each once, in the order in which they came."""
    kinds: dict[str, list[str]] = {kind: [] for kind in (PARTY, PLACE, USER, DEVICE, PERSON, AGGREGATE)}
    for id in list(dict.fromkeys(ids))[: NAMES_MAX * len(kinds)]:
        if id and id[:3] in kinds and is_id(id[:3], id) and len(kinds[id[:3]]) < NAMES_MAX:
            kinds[id[:3]].append(id)
    return kinds


def _outside(name: Name) -> Name:
    match name.kind:
        case NameKind.DRIVER:
            return replace(name, text=name.text.partition(" ")[0])
        case NameKind.STAFF:
            return replace(name, text="")
    return name
