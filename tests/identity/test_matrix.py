"""The authorisation matrix: every action for everybody on every object, written by hand, held against Cedar.

A new action, role, kind of party or kind of principal without its row or column fails here.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safehand.identity.actions import KIND_OF, Action, ResourceKind
from safehand.identity.model import (
    ANONYMOUS,
    CARRIER,
    PARTY_OF_ROLE,
    PartyKind,
    Principal,
    PrincipalKind,
    Resource,
    Role,
    Scope,
)
from safehand.identity.policy import Policies, load_policies, policies_text
from safehand.kernel.ids import ParcelId, PartyId, UserId
from tests.asvs import asvs
from tests.identity.matrix import COLUMNS, HOUSE, OTHERS, TABLE, rows

MINE, MATE, OTHER = PartyId("pty_mine"), PartyId("pty_mate"), PartyId("pty_other")
CREW = frozenset({MINE, MATE})
LINKED, CALLED, OTHERS_PARCEL = ParcelId("pcl_linked"), ParcelId("pcl_called"), ParcelId("pcl_other")
PARTIES = (MINE, OTHER)
POLICIES = load_policies()


PERMITS = re.findall(r'@id\("([^"]+)"\)\s*permit \((.*?)\)(?: when \{(.*?)\})?;', policies_text(), re.DOTALL)


def asker(column: str) -> Principal:
    """Somebody of that column, whose own party is MINE."""
    kind, _, part = column.partition(".")
    if column == "anonymous":
        return ANONYMOUS
    if column == "recipient":
        return Principal(kind=PrincipalKind.RECIPIENT, id="lnk_1", parcel=LINKED)
    if kind == "key":
        made = Principal(kind=PrincipalKind.MERCHANT, id="key_1", party=MINE, party_kind=PartyKind.MERCHANT)
        return replace(made, scopes=frozenset({Scope(part)}))
    if kind == "device":
        return Principal(kind=PrincipalKind.DEVICE, id="dev_1", party=MINE, party_kind=PartyKind(part))
    role = Role(column)
    return Principal(
        kind=PrincipalKind.STAFF,
        id="usr_1",
        user=UserId("usr_1"),
        party=MINE,
        party_kind=PARTY_OF_ROLE.get(role),
        roles=frozenset({role}),
        crew=CREW if role is Role.SUBCONTRACTOR else frozenset(),
        granted=frozenset({CALLED}) if role is Role.CALL_CENTRE else frozenset(),
    )


def objects(kind: ResourceKind) -> list[Resource]:
    """Every way in which a thing of that kind may stand to somebody of MINE."""
    match kind:
        case ResourceKind.CARRIER:
            return [CARRIER]
        case ResourceKind.PARCEL:
            ways = itertools.product((LINKED, CALLED, OTHERS_PARCEL), PARTIES, (*PARTIES, MATE, None), (*PARTIES, None))
            return [Resource.parcel(id, merchant=sent, custodian=held, offered_to=to) for id, sent, held, to in ways]
        case ResourceKind.EXCEPTION:
            pairs = itertools.product(PARTIES, (*PARTIES, MATE, None))
            return [Resource(kind=kind, id="exc_1", merchant=sent, custodian=held) for sent, held in pairs]
        case ResourceKind.SHIPMENT:
            return [Resource(kind=kind, id="shp_1", merchant=party) for party in PARTIES]
        case ResourceKind.PLACE:
            return [Resource(kind=kind, id="plc_1", party=party) for party in (*PARTIES, None)]
        case _:
            return [Resource(kind=kind, id="x_1", party=party) for party in (*PARTIES, MATE)]


def expected(cell: str, thing: Resource) -> bool:
    """What the table says, by hand and without Cedar."""
    stands = {
        "-": False,
        "all": True,
        "held": thing.custodian == MINE,
        "offered": thing.offered_to == MINE,
        "sent": thing.merchant == MINE,
        "own": thing.party == MINE,
        "linked": thing.id == LINKED,
        "granted": thing.id == CALLED,
        "crew": thing.custodian in CREW or thing.party in CREW,
    }
    return any(stands[word] for word in cell.split("|"))


def cells(actions: Iterable[Action] = Action) -> Iterator[tuple[str, Action, Resource, bool]]:
    for action in actions:
        for column, cell in zip(COLUMNS.split(), TABLE[action], strict=True):
            for thing in objects(KIND_OF[action]):
                yield column, action, thing, expected(cell, thing)


def answered(policies: Policies, principal: Principal, action: Action, thing: Resource) -> bool:
    return policies.decide(principal, action, thing).allowed


def test_every_action_has_a_row_and_everybody_a_column() -> None:
    assert sorted(rows(HOUSE)) == sorted(rows(OTHERS)) == sorted(Action)
    assert {len(row) for row in TABLE.values()} == {len(COLUMNS.split())}
    askers = [asker(column) for column in COLUMNS.split()]
    assert {role for me in askers for role in me.roles} == set(Role)
    assert {scope for me in askers for scope in me.scopes} == set(Scope)
    assert {me.kind for me in askers} == set(PrincipalKind)
    assert {me.party_kind for me in askers if me.kind is PrincipalKind.DEVICE} == set(PartyKind)
    assert set(KIND_OF.values()) == set(ResourceKind)


@asvs("8.2.1", "8.2.2")
@pytest.mark.parametrize("action", list(Action))
def test_cedar_answers_as_the_table(action: Action) -> None:
    for column, _, thing, right in cells([action]):
        assert answered(POLICIES, asker(column), action, thing) is right, (column, thing)


@pytest.mark.parametrize("action", list(Action))
def test_the_coarse_answer_is_whether_anything_at_all_is_permitted(action: Action) -> None:
    for column, cell in zip(COLUMNS.split(), TABLE[action], strict=True):
        assert POLICIES.ever(asker(column), action).allowed == (cell != "-"), column


def test_each_policy_is_needed() -> None:
    """For each there is a question that it alone permits: without it, the table would be wrong."""
    alone: set[str] = set()
    for column, action, thing, right in cells():
        if right:
            policies = POLICIES.decide(asker(column), action, thing).policies
            alone.update(policies if len(policies) == 1 else ())
    assert len(PERMITS) == policies_text().count("permit (")
    assert alone == {id for id, _, _ in PERMITS}


STAFF_ACTIONS = [action for action in Action if KIND_OF[action] is not ResourceKind.CARRIER]


@settings(max_examples=60)
@given(st.sets(st.sampled_from(list(Role)), max_size=4), st.sampled_from(STAFF_ACTIONS), st.data())
def test_roles_add_up_to_what_each_permits(roles: set[Role], action: Action, data: st.DataObject) -> None:
    thing = data.draw(st.sampled_from(objects(KIND_OF[action])))
    me = replace(asker("driver"), roles=frozenset(roles), crew=CREW, granted=frozenset({CALLED}))
    columns = COLUMNS.split()
    right = any(expected(TABLE[action][columns.index(role)], thing) for role in roles)
    if action is Action.TRACKING_READ:
        right = True
    assert answered(POLICIES, me, action, thing) is right


@pytest.mark.parametrize("role", list(Role))
def test_without_a_party_nothing_is_ones_own(role: Role) -> None:
    """Also not what has no custodian."""
    nobodys = replace(asker(role), party=None, crew=frozenset())
    columns = COLUMNS.split()
    for action in Action:
        cell = TABLE[action][columns.index(role)]
        if set(cell.split("|")) <= {"held", "offered", "sent", "own", "crew"}:
            assert not any(answered(POLICIES, nobodys, action, thing) for thing in objects(KIND_OF[action]))
            assert not POLICIES.ever(nobodys, action).allowed
