"""Reach: how far somebody sees in a list. The one place where a principal becomes a row filter.

The policies are asked about things that stand to the asker in one way each: sent by the asker's party, held by it,
about to be taken by it, made for it, named by its link. What they answer goes to the database as a condition, so a list
is filtered where its rows are. That these are the rows which the policies permit one by one is a law, held by
tests/app/test_reach.py.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from safehand.identity.actions import KIND_OF, Action, ResourceKind
from safehand.identity.model import Principal, Resource
from safehand.identity.policy import Policies
from safehand.kernel.ids import PartyId

NOBODY = PartyId("nobody")
"""A party that there is not: what stands to the asker in no way is nobody's."""


class Tie(StrEnum):
    """A way in which a thing may stand to somebody: the attribute of `Resource` that names the party, or its own id."""

    ID = "id"
    MERCHANT = "merchant"
    CUSTODIAN = "custodian"
    OFFERED_TO = "offered_to"
    PARTY = "party"


TIES: Mapping[ResourceKind, tuple[Tie, ...]] = {
    ResourceKind.CARRIER: (),
    ResourceKind.PARCEL: (Tie.ID, Tie.MERCHANT, Tie.CUSTODIAN, Tie.OFFERED_TO),
    ResourceKind.SHIPMENT: (Tie.MERCHANT,),
    ResourceKind.EXCEPTION: (Tie.MERCHANT, Tie.CUSTODIAN),
    ResourceKind.PARTY: (Tie.PARTY,),
    ResourceKind.USER: (Tie.PARTY,),
    ResourceKind.KEY: (Tie.PARTY,),
    ResourceKind.DEVICE: (Tie.PARTY,),
    ResourceKind.PLACE: (Tie.PARTY,),
    ResourceKind.DRIVER: (Tie.PARTY,),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition in SQL. Its parameters are lists of ids, numbered from where the statement's own end."""

    text: str
    values: tuple[list[str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """The rows that somebody sees: all of them, or those that one of these ties connects with one of these names."""

    everything: bool = False
    ties: Mapping[Tie, tuple[str, ...]] = field(default_factory=dict)

    @property
    def nothing(self) -> bool:
        """Whether there can be no row at all."""
        return not self.everything and not self.ties

    @property
    def parties(self) -> Collection[str] | None:
        """For lists of what belongs to parties: whose rows, None for everybody's."""
        return None if self.everything else self.ties.get(Tie.PARTY, ())

    def admits(self, thing: Resource) -> bool:
        """Whether one row is among them, as the database would say."""
        named = {
            Tie.ID: thing.id,
            Tie.MERCHANT: thing.merchant,
            Tie.CUSTODIAN: thing.custodian,
            Tie.OFFERED_TO: thing.offered_to,
            Tie.PARTY: thing.party,
        }
        return self.everything or any(named[tie] in names for tie, names in self.ties.items())

    def condition(self, columns: Mapping[Tie, str], first: int) -> Condition:
        """The same for the database.

        Shapes
            columns  the column of each tie that the kind of thing has; that of OFFERED_TO holds an array.
            first    the number of the first parameter.
        """
        if self.everything:
            return Condition("TRUE")
        tests = [
            f"{columns[tie]} {'&&' if tie is Tie.OFFERED_TO else '= ANY'} (${first + n}::text[])"
            for n, tie in enumerate(self.ties)
        ]
        return Condition(f"({' OR '.join(tests) or 'FALSE'})", tuple(list(names) for names in self.ties.values()))


def reach_of(policies: Policies, me: Principal, action: Action) -> Reach:
    """How far the policies let somebody do this.

    Cost
        One decision, and for those who do not see everything one more for each tie.
    """
    kind = KIND_OF[action]
    if not policies.ever(me, action).allowed:
        return Reach()
    nobodys = Resource(kind=kind, id=NOBODY, merchant=NOBODY, custodian=NOBODY, offered_to=NOBODY, party=NOBODY)
    if policies.permits(me, action, nobodys):
        return Reach(everything=True)
    ties: dict[Tie, tuple[str, ...]] = {}
    for tie in TIES[kind]:
        # Those of one group are alike to the policies, so the first is asked for.
        groups = [group for group in _groups(me, tie) if group]
        seen = [
            name for group in groups if policies.permits(me, action, _tied(nobodys, tie, group[0])) for name in group
        ]
        if seen:
            ties[tie] = tuple(seen)
    return Reach(ties=ties)


def _groups(me: Principal, tie: Tie) -> tuple[tuple[str, ...], ...]:
    """Whom or what the asker is tied to in this way: one's own party and, apart from it, its drivers."""
    if tie is Tie.ID:
        return ((me.parcel,) if me.parcel else (), tuple(sorted(me.granted)))
    return ((me.party,) if me.party else (), tuple(sorted(me.crew - {me.party})))


def _tied(thing: Resource, tie: Tie, name: str) -> Resource:
    match tie:
        case Tie.ID:
            return replace(thing, id=name)
        case Tie.MERCHANT:
            return replace(thing, merchant=PartyId(name))
        case Tie.CUSTODIAN:
            return replace(thing, custodian=PartyId(name))
        case Tie.OFFERED_TO:
            return replace(thing, offered_to=PartyId(name))
        case Tie.PARTY:
            return replace(thing, party=PartyId(name))
