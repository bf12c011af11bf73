"""Nouns: what a row of each kind of file means, and how it is written. A row is read first, written much later."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Protocol, runtime_checkable

from safehand.app.cutover.errors import CellUnusable, NotImported
from safehand.identity.errors import LoginTaken, PartyMismatch
from safehand.identity.keys import Keys, KeyWish
from safehand.identity.model import PARTY_OF_ROLE, PartyKind, Role, Scope
from safehand.identity.parties import Parties, check_name
from safehand.identity.resets import FIRST_MS, ResetLinks
from safehand.identity.users import NewUser, Users, check_login
from safehand.kernel.ids import PartyId, UserId
from safehand.kernel.rows import Columns, Row
from safehand.store.database import Tx

NUMBER_CHARS_MAX = 80
NO_PASSWORD = "!"  # noqa: S105 - no hash: nobody signs in with it
MADE_PARTIES = {kind.value for kind in PartyKind} - {PartyKind.MERCHANT, PartyKind.DRIVER}


class Kind(StrEnum):
    """What a file holds; in the order in which files are imported."""

    PARTIES = "parties"
    MERCHANTS = "merchants"
    STAFF = "staff"
    VEHICLES = "vehicles"
    PARCELS = "parcels"


type Names = Mapping[str, tuple[Kind, ...]]


@dataclass(slots=True)
class Cells:
    """The cells of one row, read as what they should be. `column` is the one read last: where a fault lies."""

    row: Row
    column: str | None = None

    def text(self, name: str, *, at_most: int = 120) -> str:
        """A cell that must say something."""
        self.column = name
        said = self.row.cells.get(name, "")
        if not 0 < len(said) <= at_most or not said.isprintable():
            raise CellUnusable(said, f"1 to {at_most} printable characters")
        return said

    def optional(self, name: str, *, at_most: int = 120) -> str | None:
        """A cell that may be empty."""
        self.column = name
        return self.text(name, at_most=at_most) if self.row.cells.get(name) else None

    def choice[Word: StrEnum](self, name: str, words: type[Word]) -> Word:
        """One of a closed list of words."""
        said = self.text(name)
        try:
            return words(said.lower())
        except ValueError:
            raise CellUnusable(said, ", ".join(words)) from None

    def whole(self, name: str, *, at_most: int, default: int | None = None) -> int:
        """A whole number from 0."""
        said = self.optional(name)
        if said is None and default is not None:
            return default
        if said is None or not (said.isascii() and said.isdigit()) or len(said) > 15 or int(said) > at_most:
            raise CellUnusable(said or "", f"a whole number up to {at_most}")
        return int(said)


@dataclass(frozen=True, slots=True)
class Earlier:
    """Ids of what was imported, by kind and the earlier system's number."""

    ids: Mapping[tuple[Kind, str], str]

    def find(self, cells: Cells, name: str, *kinds: Kind) -> str:
        """The id of what a cell names. Errors: NotImported."""
        number = cells.text(name, at_most=NUMBER_CHARS_MAX)
        for kind in kinds:
            if (kind, number) in self.ids:
                return self.ids[kind, number]
        raise NotImported(number, " or ".join(kinds))


class Noun(Protocol):
    """One kind of file."""

    @property
    def columns(self) -> Columns:
        """What its files have for columns."""
        ...

    @property
    def number(self) -> str:
        """The column with the earlier system's number."""
        ...

    @property
    def names(self) -> Names:
        """Columns that name what other files brought, and which files."""
        ...

    async def read(self, tx: Tx, cells: Cells, earlier: Earlier) -> object:
        """The thing that a row tells of. Errors: whatever its room refuses, and CellUnusable, NotImported."""
        ...

    async def write(self, tx: Tx, thing: object, row: Row, now_ms: int) -> str:
        """Its id."""
        ...


@runtime_checkable
class Secretive(Noun, Protocol):
    """One whose things come with a secret."""

    async def secret(self, tx: Tx, thing: object, id: str, now_ms: int) -> str | None:
        """What its owner is told this once; None where there is nothing to tell."""
        ...


@dataclass(frozen=True, slots=True)
class PartyFile:
    """Depots, partners, subcontractors."""

    parties: Parties
    columns: ClassVar[Columns] = Columns(("number", "kind", "name"))
    number: ClassVar[str] = "number"
    names: ClassVar[Names] = MappingProxyType({})

    async def read(self, _: Tx, cells: Cells, __: Earlier) -> object:
        """Kind and name."""
        kind = cells.choice("kind", PartyKind)
        if kind.value not in MADE_PARTIES:
            raise CellUnusable(kind, ", ".join(sorted(MADE_PARTIES)))
        name = cells.text("name")
        check_name(name)
        return kind, name

    async def write(self, tx: Tx, thing: object, _: Row, now_ms: int) -> str:
        """The party."""
        assert isinstance(thing, tuple)  # noqa: S101 - made by read
        return (await self.parties.create(tx, thing[0], thing[1], now_ms)).id


@dataclass(frozen=True, slots=True)
class MerchantFile:
    """Merchants, each with its first key where the row names one."""

    parties: Parties
    keys: Keys
    columns: ClassVar[Columns] = Columns(("number", "name", "country"), ("key",))
    number: ClassVar[str] = "number"
    names: ClassVar[Names] = MappingProxyType({})

    async def read(self, _: Tx, cells: Cells, __: Earlier) -> object:
        """Name, country, and the label of the first key."""
        name = cells.text("name")
        check_name(name)
        country = cells.text("country")
        if not (len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()):
            raise CellUnusable(country, "two capital letters, as in ISO 3166-1")
        return name, country, cells.optional("key", at_most=64)

    async def write(self, tx: Tx, thing: object, _: Row, now_ms: int) -> str:
        """The merchant."""
        assert isinstance(thing, tuple)  # noqa: S101 - made by read
        name, country, _label = thing
        return (await self.parties.create(tx, PartyKind.MERCHANT, name, now_ms, country=country)).id

    async def secret(self, tx: Tx, thing: object, id: str, now_ms: int) -> str | None:
        """Its first key, where the row named one."""
        assert isinstance(thing, tuple)  # noqa: S101 - made by read
        if thing[2] is None:
            return None
        wish = KeyWish(thing[2], frozenset({Scope.READ, Scope.SHIP}))
        party = await self.parties.get(tx, PartyId(id))
        return (await self.keys.create(tx, party, wish, by=None, now_ms=now_ms))[1]


@dataclass(frozen=True, slots=True)
class StaffFile:
    """Staff. Nobody gets a password here: each is given a one-time link to set one. A driver is a party too."""

    users: Users
    parties: Parties
    resets: ResetLinks
    origin: str
    columns: ClassVar[Columns] = Columns(("login", "name", "roles"), ("party",))
    number: ClassVar[str] = "login"
    names: ClassVar[Names] = MappingProxyType({"party": (Kind.PARTIES, Kind.MERCHANTS)})

    async def read(self, tx: Tx, cells: Cells, earlier: Earlier) -> object:
        """Login, name, roles and party."""
        login = cells.text("login").casefold()
        check_login(login)
        if await self.users.by_login(tx, login) is not None:
            raise LoginTaken(login=login)
        name = cells.text("name")
        check_name(name)
        roles = self._roles(cells)
        party = PartyId(earlier.find(cells, "party", *self.names["party"])) if cells.optional("party") else None
        if Role.DRIVER not in roles:
            kind = (await self.parties.get(tx, party)).kind if party else None
            for role in roles:
                if role in PARTY_OF_ROLE and PARTY_OF_ROLE[role] is not kind:
                    raise PartyMismatch(wanted=PARTY_OF_ROLE[role].value, given=kind.value if kind else None)
        elif party is not None:
            raise CellUnusable(cells.row.cells["party"], "nothing: a driver is a party of their own")
        return NewUser(login=login, name=name, password_hash=NO_PASSWORD, roles=roles, party=party)

    def _roles(self, cells: Cells) -> frozenset[Role]:
        said = cells.text("roles").lower().replace(",", " ").split()
        unknown = [word for word in said if word not in Role]
        if unknown or not said:
            raise CellUnusable(unknown[0] if unknown else "", ", ".join(Role))
        roles = frozenset(Role(word) for word in said)
        if Role.DRIVER in roles and any(
            PARTY_OF_ROLE.get(role, PartyKind.DRIVER) is not PartyKind.DRIVER for role in roles
        ):
            raise CellUnusable(" ".join(said), "driver with roles that need no other party")
        return roles

    async def write(self, tx: Tx, thing: object, _: Row, now_ms: int) -> str:
        """The user; of a driver also the party."""
        assert isinstance(thing, NewUser)  # noqa: S101 - made by read
        new = thing
        if Role.DRIVER in new.roles:
            new = replace(new, party=(await self.parties.create(tx, PartyKind.DRIVER, new.name, now_ms)).id)
        return await self.users.create(tx, new, now_ms)

    async def secret(self, tx: Tx, _: object, id: str, now_ms: int) -> str | None:
        """The link by which they come in for the first time."""
        token = await self.resets.make(tx, UserId(id), None, now_ms, within_ms=FIRST_MS)
        return f"{self.origin}/reset/{token}"
