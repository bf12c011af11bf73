"""Viewers: who looks at a page, and what colleagues are able to do."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from fastapi import Depends, Request

from safehand.identity.actions import Action
from safehand.identity.errors import NotPermitted
from safehand.identity.guard import SAFE_METHODS, Allowed, Guard
from safehand.identity.model import ANONYMOUS, Principal, PrincipalKind, Resource, Role
from safehand.identity.users import User, Users
from safehand.kernel.ids import PartyId, UserId
from safehand.store.database import Store
from safehand.surfaces.views import Staff

PAGES = {
    "now": Action.OVERVIEW_READ,
    "depot": Action.DEPOT_READ,
    "depots": Action.FLOOR_READ,
    "parcels": Action.PARCEL_FIND,
    "cases": Action.EXCEPTION_READ,
    "places": Action.PLACE_READ,
    "risk": Action.RISK_READ,
    "audit": Action.AUDIT_READ,
    "addresses": Action.ADDRESS_READ,
    "people": Action.DRIVER_READ,
    "training": Action.TRAINING_TAKE,
    "call": Action.CALL_VERIFY,
}
"""The pages in the head of each page, and what whoever is shown the way to one must be permitted."""


@dataclass(frozen=True, slots=True)
class Viewers:
    """Stands at the pages."""

    store: Store
    users: Users
    guard: Guard

    def door(self, action: Action) -> Callable[..., Awaitable[Staff]]:
        """The dependency of a staff page: declares its action and answers who is signed in.

        Errors
            SignInNeeded  nobody is.
            NotPermitted  the policies do not allow it, or who asks is not one of the staff.
        """
        admitted: Principal = Depends(self.guard.allow(action))

        async def staff(me: Principal = admitted) -> Staff:
            if me.kind is not PrincipalKind.STAFF or me.user is None:
                raise NotPermitted(action=action.value)
            async with self.store.transaction(readonly=True) as tx:
                names = await self.users.names(tx, [me.user])
            return Staff(
                me=me,
                user=me.user,
                name=names.get(me.user, ""),
                roles=tuple(sorted(me.roles)),
                follows=self.guard.policies.ever(me, Action.LIVE_FOLLOW).allowed,
                sees=frozenset(name for name, of in PAGES.items() if self.guard.policies.ever(me, of).allowed),
            )

        return staff

    def gate(self, action: Action) -> Allowed:
        """The dependency of every other page: declares its action and answers who asks."""
        return Anybody(self.guard, action) if action is Action.PUBLIC_READ else self.guard.allow(action)

    def able(self, users: Sequence[User], action: Action, about: Resource) -> list[UserId]:
        """Those among colleagues who may do this to this thing. Of equals one is asked for."""
        known: dict[tuple[frozenset[Role], PartyId | None], bool] = {}
        for user in users:
            equals = (user.roles, user.party)
            if equals not in known:
                one = Principal(kind=PrincipalKind.STAFF, id=user.id, user=user.id, roles=user.roles, party=user.party)
                known[equals] = self.guard.may(one, action, about)
        return [user.id for user in users if not user.disabled and known[user.roles, user.party]]


@dataclass(frozen=True, slots=True)
class Anybody(Allowed):
    """What the policies leave open to everybody is read without asking who it is.

    So the look, the sign-in form and the page of a refusal come up with the database gone.
    """

    async def __call__(self, request: Request) -> Principal:
        """Nobody in particular; whatever changes something goes through the guard all the same."""
        if request.method not in SAFE_METHODS:
            return await self.guard.admit(request, self.action)
        self.guard.policies.require_ever(ANONYMOUS, self.action)
        return ANONYMOUS
