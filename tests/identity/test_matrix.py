"""The authorisation matrix: every action for everybody on every object, written by hand, held against Cedar.

A new action, role, kind of party or kind of principal without its row or column fails here. The words:

    -         never
    all       anything of that kind
    held      what the asker's party holds          offered   what its party is about to take
    sent      what its party sent                   own       what belongs to its party
    linked    the parcel of the recipient's link
    granted   the parcel of a caller whom the agent has just verified
    crew      what belongs to it or to its drivers, and what they hold
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

# Office, depot and road by role, then merchants' keys by scope, devices by kind of party, recipient, anonymous.
HOUSE_COLUMNS = (
    "dispatcher security depot claims driver auditor admin"
    " key.read key.ship device.merchant device.depot device.driver device.partner recipient anonymous"
)
HOUSE = """
public.read            all  all  all  all  all  all  all   all  all  all  all  all  all   all  all
session.open           all  all  all  all  all  all  all   all  all  all  all  all  all   all  all
session.close          all  all  all  all  all  all  all   -    -    -    -    -    -     -    -
session.prove          all  all  all  all  all  all  all   -    -    -    -    -    -     -    -
setup.use              all  all  all  all  all  all  all   all  all  all  all  all  all   all  all
user.create            -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
user.read              -    -    -    -    -    all  all   -    -    -    -    -    -     -    -
user.disable           -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
user.reset             -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
user.link              -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
password.change        all  all  all  all  all  all  all   -    -    -    -    -    -     -    -
account.change         all  all  all  all  all  all  all   -    -    -    -    -    -     -    -
account.read           all  all  all  all  all  all  all   -    -    -    -    -    -     -    -
party.create           -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
party.read             all  all  own  all  -    all  all   -    -    -    -    -    -     -    -
driver.add             -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
key.create             -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
key.read               -    -    -    -    -    all  all   -    -    -    -    -    -     -    -
key.rotate             -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
key.revoke             -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
device.invite          all  -    own  -    -    -    all   -    -    -    -    -    -     -    -
device.enrol           all  all  all  all  all  all  all   all  all  all  all  all  all   all  all
device.read            all  all  own  all  -    all  all   -    -    -    -    -    -     -    -
device.replace         all  -    own  -    -    -    all   -    -    -    -    -    -     -    -
device.revoke          all  all  own  -    -    -    all   -    -    -    -    -    -     -    -
outbox.tell            all  -    own  -    -    -    -     -    -    own  own  own  own   -    -
shipment.create        -    -    -    -    -    -    -     -    all  -    -    -    -     -    -
shipment.read          all  all  -    all  -    all  all   sent -    -    -    -    -     -    -
manifest.read          all  -    all  -    -    all  all   all  all  -    -    -    -     -    -
service.set            -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
home.read              all  all  all  all  all  all  all   -    -    -    -    -    -     -    -
overview.read          all  all  all  all  -    all  all   -    -    -    -    -    -     -    -
depot.read             -    -    all  -    -    -    -     -    -    -    -    -    -     -    -
parcel.find            all  all  all  all  all  all  all   -    -    -    -    -    -     -    -
parcel.read            all  all  all  all  held all  all   sent -    held|offered|sent all held|offered held|offered - -
parcel.read_private    all  all  held all  held -    -     sent -    held held held held  -    -
parcel.cancel          -    -    -    -    -    -    -     -    sent -    -    -    -     -    -
custody.read           all  all  all  all  held all  all   sent -    held|offered|sent all held|offered held|offered - -
receipt.read           all  all  all  all  -    all  all   sent -    -    -    -    -     linked -
label.read             all  -    held -    -    -    -     -    sent -    -    -    -     -    -
statement.tell         -    -    -    -    -    -    -     -    -    all  all  all  all   -    -
handover.request       -    -    -    -    -    -    -     -    -    all  all  all  all   -    -
evidence.add           -    -    -    -    -    -    -     -    -    all  all  all  all   -    -
evidence.read          all  all  -    all  -    -    -     sent -    -    -    -    -     -    -
seal.issue             all  -    -    -    -    -    all   -    -    -    -    -    -     -    -
aggregate.create       all  -    own  -    -    -    all  -    -    own  own  own  own  -    -
aggregate.read         all  all  all  all  all  all  all  all  -    all  all  all  all  -    -
stage.set              all  -    -    -    -    -    all  -    -    -    -    -    -    -    -
link.read              all  all  -    -    -    -    -     -    sent -    -    -    -     -    -
link.make              -    -    -    -    -    -    -     -    sent -    -    -    -     -    -
link.revoke            all  all  -    -    -    -    -     -    sent -    -    -    -     linked -
tracking.read          all  all  all  all  all  all  all   all  all  all  all  all  all   all  all
tracking.read_private  -    -    -    -    -    -    -     -    -    -    -    -    -     linked -
exception.read         all  all  held all  -    all  all   -    -    -    -    -    -     -    -
exception.assign       all  all  -    all  -    -    -     -    -    -    -    -    -     -    -
exception.resolve      all  all  -    all  -    -    -     -    -    -    -    -    -     -    -
exception.override     all  all  -    -    -    -    -     -    -    -    -    -    -     -    -
exception.correct      all  all  -    -    -    -    -     -    -    -    -    -    -     -    -
live.follow            all  all  all  -    -    -    all   -    -    -    -    -    -     -    -
lag.read               all  all  -    all  -    all  all   -    -    -    -    -    -     -    -
metrics.read           -    -    -    -    -    all  all   -    -    -    -    -    -     -    -
job.read               -    -    -    -    -    all  all   -    -    -    -    -    -     -    -
job.retry              -    -    -    -    -    -    all   -    -    -    -    -    -     -    -
person.find            -    all  -    all  -    -    -    -    -    -    -    -    -    -    -
person.export          -    all  -    all  -    -    -    -    -    -    -    -    -    -    -
person.erase           -    all  -    all  -    -    -    -    -    -    -    -    -    -    -
reads.read             -    all  -    all  -    all  -    -    -    -    -    -    -    -    -
hold.read              -    all  -    all  -    all  -    -    -    -    -    -    -    -    -
hold.set               -    all  -    all  -    -    -    -    -    -    -    -    -    -    -
retention.read         -    all  -    all  -    all  all  -    -    -    -    -    -    -    -
retention.set          -    -    -    -    -    -    all  -    -    -    -    -    -    -    -
privacy.ask            -    -    -    -    -    -    -    -    -    -    -    -    -    linked -
privacy.read           -    all  -    all  -    -    -    -    -    -    -    -    -    -    -
privacy.decide         -    all  -    all  -    -    -    -    -    -    -    -    -    -    -
audit.read             -    all  -    -    -    all  all  -    -    -    -    -    -    -    -
audit.answer           -    all  -    -    -    -    all  -    -    -    -    -    -    -    -
risk.read              all  all  -    all  -    all  all   -    -    -    -    -    -    -    -
risk.contest           all  all  -    all  -    -    -     -    -    -    -    -    -    -    -
risk.decide            -    all  -    -    -    -    -     -    -    -    -    -    -    -    -
call.verify            -    -    -    -    -    -    -    -    -    -    -    -    -     -    -
place.add              all  -    -    -    -    -    all   -    -    -    -    -    -     -    -
place.read             all  all  own  all  -    all  all   -    -    -    -    -    -     -    -
place.change           all  -    -    -    -    -    all   -    -    -    -    -    -     -    -
place.set_days         all  -    own  -    -    -    all   -    -    -    -    -    -     -    -
place.read_private     all  all  -    -    -    -    -     -    -    -    -    -    -     -    -
map.read               all  all  all  all  all  -    all   -    -    all  all  all  all   -    -
address.find           all  all  all  all  -    -    -     -    -    -    -    -    -     -    -
address.read           all  -    -    all  -    -    -     -    -    -    -    -    -     -    -
address.correct        all  -    -    all  -    -    -     -    -    -    -    -    -     -    -
driver.read            all  all  -    -    own  all  all   -    -    -    -    -    -     -    -
driver.read_private    -    all  -    -    -    -    -     -    -    -    -    -    -     -    -
driver.change          -    all  -    -    -    -    all   -    -    -    -    -    -     -    -
authority.read         all  all  all  -    own  all  all   -    -    -    -    own  -     -    -
shift.read             all  all  all  -    own  all  all   -    -    -    -    -    -     -    -
shift.set              all  -    -    -    -    -    all   -    -    -    -    -    -     -    -
training.read          all  all  -    -    all  all  all   -    -    -    -    -    -     -    -
training.take          -    -    -    -    all  -    -     -    -    -    -    -    -     -    -
vehicle.read           all  all  all  -    -    all  all   -    -    -    -    -    -     -    -
vehicle.change         all  -    -    -    -    -    all   -    -    -    -    -    -     -    -
"""
# Specialists, those who sign in for somebody else than the carrier, and their devices.
OTHERS_COLUMNS = (
    "inspector packer call_centre locker_operator pickup_partner merchant_user moderator police_liaison subcontractor"
    " device.subcontractor key.track key.rotate"
)
OTHERS = """
public.read            all  all  all  all          all          all  all all all  all          all  all
session.open           all  all  all  all          all          all  all all all  all          all  all
session.close          all  all  all  all          all          all  all all all  -            -    -
session.prove          all  all  all  all          all          all  all all all  -            -    -
setup.use              all  all  all  all          all          all  all all all  all          all  all
user.create            -    -    -    -            -            -    -   -   -    -            -    -
user.read              -    -    -    -            -            -    -   -   -    -            -    -
user.disable           -    -    -    -            -            -    -   -   -    -            -    -
user.reset             -    -    -    -            -            -    -   -   -    -            -    -
user.link              -    -    -    -            -            -    -   -   -    -            -    -
password.change        all  all  all  all          all          all  all all all  -            -    -
account.change         all  all  all  all          all          all  all all all  -            -    -
account.read           all  all  all  all          all          all  all all all  -            -    -
party.create           -    -    -    -            -            -    -   -   -    -            -    -
party.read             -    -    -    own          own          own  -   -   crew -            -    -
driver.add             -    -    -    -            -            -    -   -   own  -            -    -
key.create             -    -    -    -            -            -    -   -   -    -            -    -
key.read               -    -    -    -            -            own  -   -   -    -            -    own
key.rotate             -    -    -    -            -            own  -   -   -    -            -    own
key.revoke             -    -    -    -            -            own  -   -   -    -            -    -
device.invite          -    -    -    own          -            -    -   -   crew -            -    -
device.enrol           all  all  all  all          all          all  all all all  all          all  all
device.read            -    -    -    own          own          -    -   -   crew -            -    -
device.replace         -    -    -    own          -            -    -   -   crew -            -    -
device.revoke          -    -    -    own          own          -    -   -   crew -            -    -
outbox.tell            -    -    -    own          -            -    -   -   crew own          -    -
shipment.create        -    -    -    -            -            -    -   -   -    -            -    -
shipment.read          -    -    -    -            -            sent -   -   -    -            sent -
manifest.read          -    -    -    -            -            all  -   -   -    -            -    -
service.set            -    -    -    -            -            -    -   -   -    -            -    -
home.read              all  all  all  all          all          all  all all all  -            -    -
overview.read          -    -    -    -            -            -    -   -   -    -            -    -
depot.read             -    -    -    -            -            -    -   -   -    -            -    -
parcel.find            all  all  -    all          all          all  -   all all  -            -    -
parcel.read            held held granted held|offered held|offered sent - all crew held|offered sent -
parcel.read_private    -    -    -    -            held         sent -   -   -    held         -    -
parcel.cancel          -    -    -    -            -            -    -   -   -    -            -    -
custody.read           held -    granted held|offered held|offered sent - all crew held|offered sent -
receipt.read           -    -    -    -            -            sent -   all -    -            sent -
label.read             -    held -    -            -            sent -   -   -    -            -    -
statement.tell         -    -    -    -            -            -    -   -   -    all          -    -
handover.request       -    -    -    -            -            -    -   -   -    all          -    -
evidence.add           -    -    -    -            -            -    -   -   -    all          -    -
evidence.read          held -    -    -            -            sent -   -   -    -            -    -
seal.issue             -    -    -    -            -            -    -   -   -    -            -    -
aggregate.create       - - - - - - - - - own - -
aggregate.read         - - - - - - - - all all all -
stage.set              - - - - - - - - - - - -
link.read              -    -    -    -            -            sent -   -   -    -            -    -
link.make              -    -    -    -            -            -    -   -   -    -            -    -
link.revoke            -    -    -    -            -            sent -   -   -    -            -    -
tracking.read          all  all  all  all          all          all  all all all  all          all  all
tracking.read_private  -    -    -    -            -            -    -   -   -    -            -    -
exception.read         held -    -    held         held         -    -   all crew -            -    -
exception.assign       -    -    -    -            -            -    -   -   -    -            -    -
exception.resolve      -    -    -    -            -            -    -   -   -    -            -    -
exception.override     -    -    -    -            -            -    -   -   -    -            -    -
exception.correct      -    -    -    -            -            -    -   -   -    -            -    -
live.follow            -    -    -    -            -            -    -   -   -    -            -    -
lag.read               -    -    -    -            -            -    -   -   -    -            -    -
metrics.read           -    -    -    -            -            -    -   -   -    -            -    -
job.read               -    -    -    -            -            -    -   -   -    -            -    -
job.retry              -    -    -    -            -            -    -   -   -    -            -    -
audit.read             -    -    -    -            -            -    -   -   -    -            -    -
audit.answer           -    -    -    -            -            -    -   -   -    -            -    -
risk.read              -    -    -    -            -            -    -   -   -    -            -    -
risk.contest           -    -    all  -            -            -    -   -   -    -            -    -
risk.decide            -    -    -    -            -            -    -   -   -    -            -    -
call.verify            -    -    all  -            -            -    -   -   -    -            -    -
person.find            -    -    -    -            -            -    -   -   -    -            -    -
person.export          -    -    -    -            -            -    -   -   -    -            -    -
person.erase           -    -    -    -            -            -    -   -   -    -            -    -
reads.read             -    -    -    -            -            -    -   -   -    -            -    -
hold.read              -    -    -    -            -            -    -   -   -    -            -    -
hold.set               -    -    -    -            -            -    -   -   -    -            -    -
retention.read         -    -    -    -            -            -    -   -   -    -            -    -
retention.set          -    -    -    -            -            -    -   -   -    -            -    -
privacy.ask            -    -    -    -            -            -    -   -   -    -            -    -
privacy.read           -    -    -    -            -            -    -   -   -    -            -    -
privacy.decide         -    -    -    -            -            -    -   -   -    -            -    -
place.add              -    -    -    -            -            -    -   -   -    -            -    -
place.read             -    -    -    own          own          -    -   -   -    -            -    -
place.change           -    -    -    -            -            -    -   -   -    -            -    -
place.set_days         -    -    -    own          own          -    -   -   -    -            -    -
place.read_private     -    -    -    -            -            -    -   -   -    -            -    -
map.read               -    -    -    -            -            -    -   -   all  all          -    -
address.find           -    -    -    -            -            -    -   -   -    -            -    -
address.read           -    -    -    -            -            -    -   -   -    -            -    -
address.correct        -    -    -    -            -            -    -   -   -    -            -    -
driver.read            -    -    -    -            -            -    -   -   crew -            -    -
driver.read_private    -    -    -    -            -            -    -   -   -    -            -    -
driver.change          -    -    -    -            -            -    -   -   -    -            -    -
authority.read         -    -    -    -            -            -    -   -   crew -            -    -
shift.read             -    -    -    -            -            -    -   -   crew -            -    -
shift.set              -    -    -    -            -            -    -   -   crew -            -    -
training.read          -    -    -    -            -            -    -   -   all  -            -    -
training.take          -    -    -    -            -            -    -   -   -    -            -    -
vehicle.read           -    -    -    -            -            -    -   -   -    -            -    -
vehicle.change         -    -    -    -            -            -    -   -   -    -            -    -
"""
COLUMNS = f"{HOUSE_COLUMNS} {OTHERS_COLUMNS}"

MINE, MATE, OTHER = PartyId("pty_mine"), PartyId("pty_mate"), PartyId("pty_other")
CREW = frozenset({MINE, MATE})
LINKED, CALLED, OTHERS_PARCEL = ParcelId("pcl_linked"), ParcelId("pcl_called"), ParcelId("pcl_other")
PARTIES = (MINE, OTHER)
POLICIES = load_policies()


def rows(table: str) -> dict[str, list[str]]:
    return {row.split()[0]: row.split()[1:] for row in table.strip().splitlines()}


TABLE = {action: [*cells, *rows(OTHERS)[action]] for action, cells in rows(HOUSE).items()}
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
