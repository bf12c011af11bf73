"""Who can see what: each person of the staff with what their roles let them do, as the policies answer."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from safehand.identity.actions import Action
from safehand.identity.model import PARTY_OF_ROLE, Principal, PrincipalKind, Role
from safehand.identity.policy import Policies
from safehand.identity.users import User, Users
from safehand.kernel.ids import PartyId, UserId
from safehand.store.database import Tx

PRIVATE = (Action.PARCEL_READ_PRIVATE, Action.EVIDENCE_READ)
PEOPLE_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Access:
    """One person who may sign in."""

    user: UserId
    login: str
    party: PartyId | None
    roles: frozenset[Role]
    actions: frozenset[Action]
    """Whatever they may do to anything at all."""

    @property
    def administers(self) -> bool:
        """May make accounts and keys."""
        return Action.USER_CREATE in self.actions

    @property
    def reads_private(self) -> bool:
        """May read names, addresses or pictures of some parcel."""
        return any(action in self.actions for action in PRIVATE)


async def everybody(tx: Tx, users: Users, policies: Policies) -> AsyncIterator[Access]:
    """Everybody who may sign in, oldest first, up to PEOPLE_MAX."""
    after: str | None = None
    for _ in range(PEOPLE_MAX):
        page = await users.page(tx, after=after)
        for user in page.rows:
            if not user.disabled:
                yield access(user, policies)
        if page.next is None:
            return
        after = page.next


def access(user: User, policies: Policies) -> Access:
    """What one person may do."""
    kinds = [PARTY_OF_ROLE[role] for role in sorted(user.roles) if role in PARTY_OF_ROLE]
    kind = kinds[0] if user.party is not None and kinds else None
    me = Principal(
        kind=PrincipalKind.STAFF, id=user.id, user=user.id, roles=user.roles, party=user.party, party_kind=kind
    )
    actions = frozenset(action for action in Action if policies.ever(me, action).allowed)
    return Access(user.id, user.login, user.party, user.roles, actions)
