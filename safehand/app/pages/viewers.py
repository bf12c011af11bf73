"""Viewers: who looks at a staff page, and what the policies let them see."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Depends, Request

from safehand.identity.errors import NotPermitted, SignInNeeded
from safehand.identity.guard import Allowed, Guard
from safehand.identity.model import ANONYMOUS, Action, PartyKind, Principal, PrincipalKind, Resource
from safehand.identity.parties import Parties
from safehand.identity.users import User, Users
from safehand.store.database import Store, Tx
from safehand.surfaces.views import Staff


@dataclass(frozen=True, slots=True)
class Viewers:
    """Stands at the staff pages."""

    store: Store
    users: Users
    parties: Parties
    guard: Guard

    def door(self, action: Action) -> Callable[[Request], Awaitable[Staff]]:
        """The dependency that lets in who may do this; it declares the route's action.

        Errors
            SignInNeeded  nobody is signed in.
            NotPermitted  the policies do not allow it, or who asks is not one of the staff.
        """
        admitted: Principal = Depends(self.guard.allow(action))

        async def staff(_: Request, me: Principal = admitted) -> Staff:
            if me.kind is not PrincipalKind.STAFF or me.user is None:
                raise NotPermitted(action=action.value) if me.known else SignInNeeded()
            async with self.store.transaction(readonly=True) as tx:
                names = await self.users.names(tx, [me.user])
            return Staff(
                user=me.user, name=names.get(me.user, ""), roles=tuple(sorted(me.roles)), may=self._may_ever(me)
            )

        return staff

    async def principal(self, tx: Tx, viewer: Staff) -> Principal:
        """The viewer as the policies know them at this moment: the door told who it is, the database what they are.

        Errors
            SignInNeeded  they were disabled meanwhile.
        """
        user = await self.users.get(tx, viewer.user)
        if user.disabled:
            raise SignInNeeded()
        party = await self.parties.get(tx, user.party) if user.party else None
        return _principal(user, party.kind if party else None)

    def is_able(self, user: User, action: Action, about: Resource) -> bool:
        """Whether a colleague may do this to this thing."""
        return not user.disabled and self.guard.may(_principal(user), action, about)

    def _may_ever(self, me: Principal) -> frozenset[Action]:
        return frozenset(action for action in Action if self.guard.policies.ever(me, action).allowed)


def _principal(user: User, party_kind: PartyKind | None = None) -> Principal:
    return Principal(
        kind=PrincipalKind.STAFF, id=user.id, user=user.id, roles=user.roles, party=user.party, party_kind=party_kind
    )


@dataclass(frozen=True, slots=True)
class Anybody(Allowed):
    """Declares what the policies leave open to everybody, without asking who it is.

    So the look, the sign-in form and the problem page come up with the database gone.
    """

    async def __call__(self, request: Request) -> Principal:
        """Nobody in particular; refused if the policies do not leave it open after all."""
        self.guard.policies.require_ever(ANONYMOUS, self.action)
        return ANONYMOUS
