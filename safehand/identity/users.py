"""Users: members of the staff who sign in."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from safehand.identity.errors import BadLogin, LastAdmin, LoginTaken, MixedRoles, NotYours, PartyMismatch
from safehand.identity.model import LOGIN_SHAPE, OUTSIDE, PARTY_OF_ROLE, Role
from safehand.identity.pages import PAGE_MAX, Page, page_of
from safehand.identity.parties import Parties, check_name
from safehand.identity.tables import users
from safehand.kernel.ids import USER, PartyId, UserId, is_id, new_id
from safehand.store.database import Tx
from safehand.store.errors import AlreadyThere
from safehand.vault.vault import Kind, Vault

NAMES_MAX = 1_000  # looked up in one call


@dataclass(frozen=True, slots=True)
class User:
    """A member of the staff. The name is in the vault: ask `Users.names`."""

    id: UserId
    login: str
    roles: frozenset[Role]
    party: PartyId | None
    disabled: bool
    password_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewUser:
    """Whom to add. The password comes hashed: hashing takes long, and no transaction is open meanwhile."""

    login: str
    name: str = field(repr=False)
    password_hash: str = field(repr=False)
    roles: frozenset[Role]
    party: PartyId | None = None
    made_by: UserId | None = None


@dataclass(frozen=True, slots=True)
class Users:
    """Who signs in, and as what."""

    vault: Vault
    parties: Parties

    async def create(self, tx: Tx, new: NewUser, now_ms: int) -> UserId:
        """Add a user.

        Errors
            BadLogin, BadName, LoginTaken, NoSuchParty
            PartyMismatch  a role asks for a party of another kind, or for one at all.
            MixedRoles     one is the carrier's and one is not.
        """
        check_login(new.login)
        check_name(new.name)
        if new.roles & OUTSIDE and new.roles - OUTSIDE:
            raise MixedRoles()
        await self._check_party(tx, new.roles, new.party)
        person = await self.vault.new_person(tx, now_ms)
        body = await self.vault.put(tx, person, Kind.USER_NAME, new.name.encode())
        id = UserId(new_id(USER, now_ms))
        row = insert(users).values(
            id=id,
            login=new.login,
            password_hash=new.password_hash,
            roles=sorted(new.roles),
            party=new.party,
            person=person,
            name_body=body,
            made_ms=now_ms,
            made_by=new.made_by,
        )
        try:
            await tx.execute(row)
        except AlreadyThere:
            raise LoginTaken(login=new.login) from None
        return id

    async def _check_party(self, tx: Tx, roles: frozenset[Role], party: PartyId | None) -> None:
        kind = (await self.parties.get(tx, party)).kind if party is not None else None
        for role in roles:
            if role in PARTY_OF_ROLE and PARTY_OF_ROLE[role] is not kind:
                raise PartyMismatch(wanted=PARTY_OF_ROLE[role].value, given=kind.value if kind else None)

    async def by_login(self, tx: Tx, login: str) -> User | None:
        """The user with that login, disabled or not."""
        if LOGIN_SHAPE.fullmatch(login) is None:
            return None
        return _user((await tx.execute(select(users).where(users.c.login == login))).one_or_none())

    async def get(self, tx: Tx, id: str) -> User:
        """The user.

        Errors
            NotYours  there is none.
        """
        found = None
        if is_id(USER, id):
            found = _user((await tx.execute(select(users).where(users.c.id == id))).one_or_none())
        if found is None:
            raise NotYours()
        return found

    async def listed(self, tx: Tx) -> list[User]:
        """Users, oldest first, for a choice on a page: the first thousand."""
        return _users(await tx.execute(select(users).order_by(users.c.id).limit(NAMES_MAX)))

    async def page(self, tx: Tx, *, only: Collection[str] | None = None, after: str | None = None) -> Page[User]:
        """A page of users, oldest first: all, or only those of these parties."""
        statement = select(users).where(users.c.id > (after or "")).order_by(users.c.id).limit(PAGE_MAX + 1)
        if only is not None:
            statement = statement.where(users.c.party.in_(only))
        return page_of(_users(await tx.execute(statement)))

    async def names(self, tx: Tx, ids: Sequence[str]) -> dict[UserId, str]:
        """Names by id, for pages. Unknown ids and erased persons are absent."""
        rows = await tx.fetch("SELECT id, name_body FROM users WHERE id = ANY($1)", list(ids)[:NAMES_MAX])
        bodies = await self.vault.get_many(tx, [row["name_body"] for row in rows])
        named = ((UserId(row["id"]), bodies.get(row["name_body"])) for row in rows)
        return {id: body.decode() for id, body in named if body is not None}

    async def still(self, tx: Tx, user: User) -> bool:
        """Whether the user may sign in and has the same password as when read; held so until the transaction ends."""
        same = select(users.c.id).where(
            users.c.id == user.id, users.c.password_hash == user.password_hash, users.c.disabled_ms.is_(None)
        )
        return (await tx.execute(same.with_for_update())).one_or_none() is not None

    async def set_password_hash(self, tx: Tx, id: UserId, password_hash: str) -> None:
        """Replace the hash."""
        await tx.execute(update(users).where(users.c.id == id).values(password_hash=password_hash))

    async def disable(self, tx: Tx, id: UserId, now_ms: int) -> None:
        """Let somebody in no more. Their acts stay theirs, so the row stays.

        Errors
            LastAdmin  nobody could let anybody in afterwards.
        """
        await tx.lock("identity.admins")  # two admins who disable each other at once would both succeed
        others = select(func.count()).where(
            users.c.roles.contains([Role.ADMIN.value]), users.c.disabled_ms.is_(None), users.c.id != id
        )
        if (await tx.execute(others)).scalar_one() == 0:
            raise LastAdmin()
        await tx.execute(
            update(users).where(users.c.id == id, users.c.disabled_ms.is_(None)).values(disabled_ms=now_ms)
        )


def check_login(login: str) -> None:
    """Refuse what is no login. A mail address is none: logins are kept in clear, and people are not.

    Errors
        BadLogin
    """
    if LOGIN_SHAPE.fullmatch(login) is None:
        raise BadLogin()


def _users(rows: Iterable[Row[Any]]) -> list[User]:
    return [user for user in map(_user, rows) if user is not None]


def _user(row: Row[Any] | None) -> User | None:
    if row is None:
        return None
    return User(
        id=UserId(row.id),
        login=row.login,
        roles=frozenset(Role(role) for role in row.roles if role in Role),
        party=row.party,
        disabled=row.disabled_ms is not None,
        password_hash=row.password_hash,
    )
