"""Decisions: how a refusal is told, what is logged, and policies that must not be loaded."""

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from safehand.identity.actions import Action
from safehand.identity.errors import NotPermitted, NotYours, PolicyBroken, SignInNeeded
from safehand.identity.model import ANONYMOUS, CARRIER, PartyKind, Principal, PrincipalKind, Resource, Role, Scope
from safehand.identity.policy import ATTRIBUTE_CHARS_MAX, Policies, load_policies, policies_text, schema_text
from safehand.kernel.errors import NotFound, SafehandError
from safehand.kernel.ids import ParcelId, PartyId
from tests.asvs import asvs

SHOP, OTHER_SHOP = PartyId("pty_shop"), PartyId("pty_other")
BOX = Resource.parcel(ParcelId("pcl_box"), merchant=SHOP, custodian=SHOP)
POLICIES = load_policies()


class NoSuchParcel(NotFound):
    """A domain's own words."""

    code = "test.no_such_parcel"


def a_key(party: PartyId = SHOP, *scopes: Scope) -> Principal:
    return Principal(kind=PrincipalKind.MERCHANT, id="key_1", party=party, scopes=frozenset(scopes or set(Scope)))


def staff(*roles: Role, party: PartyId | None = None) -> Principal:
    return Principal(kind=PrincipalKind.STAFF, id="usr_1", party=party, roles=frozenset(roles))


def refusal(
    me: Principal, action: Action, thing: Resource, missing: SafehandError | None = None
) -> SafehandError | None:
    try:
        POLICIES.require(me, action, thing, missing=missing)
    except SafehandError as error:
        return error
    return None


def test_nobody_is_asked_to_sign_in_and_somebody_is_forbidden() -> None:
    assert isinstance(refusal(ANONYMOUS, Action.USER_CREATE, CARRIER), SignInNeeded)
    error = refusal(staff(Role.CLAIMS), Action.USER_CREATE, CARRIER)
    assert isinstance(error, NotPermitted)
    assert error.params == {"action": "user.create"}
    assert refusal(staff(Role.ADMIN), Action.USER_CREATE, CARRIER) is None


def test_another_merchants_parcel_is_told_in_the_words_of_a_parcel_that_is_not_there() -> None:
    absent = NoSuchParcel(number="123")
    assert refusal(a_key(OTHER_SHOP), Action.PARCEL_READ, BOX, absent) is absent
    assert isinstance(refusal(a_key(OTHER_SHOP), Action.PARCEL_READ, BOX), NotYours)
    assert refusal(a_key(SHOP), Action.PARCEL_READ, BOX) is None


def test_who_may_see_a_thing_is_told_that_they_may_not_do_that_to_it() -> None:
    guard_at_the_gate = staff(Role.DEPOT, party=PartyId("pty_depot"))
    error = refusal(guard_at_the_gate, Action.PARCEL_READ_PRIVATE, BOX, NoSuchParcel())
    assert isinstance(error, NotPermitted)


@asvs("16.3.2")
def test_the_deciding_policies_are_logged_and_nothing_private_is() -> None:
    with capture_logs() as told:
        POLICIES.decide(a_key(), Action.PARCEL_READ, BOX)
        POLICIES.decide(a_key(OTHER_SHOP), Action.PARCEL_READ, BOX)

    allowed, denied = told
    assert allowed == {
        "event": "decided",
        "log_level": "debug",
        "allowed": True,
        "action": "parcel.read",
        "principal": "key_1",
        "principal_kind": "Merchant",
        "resource": "pcl_box",
        "policies": ("merchant.read", "merchant.track"),
    }
    assert (denied["allowed"], denied["policies"], denied["log_level"]) == (False, (), "info")


def test_a_decision_names_every_policy_that_permits_it() -> None:
    me = staff(Role.DISPATCHER, Role.DEPOT, party=SHOP)
    assert POLICIES.decide(me, Action.PARCEL_READ_PRIVATE, BOX).policies == ("depot.held", "office.private")


def test_the_coarse_answer_is_remembered_by_what_it_depends_on() -> None:
    policies = load_policies()
    assert policies.ever(a_key(SHOP, Scope.READ), Action.SHIPMENT_CREATE).allowed is False
    assert policies.ever(a_key(SHOP, Scope.SHIP), Action.SHIPMENT_CREATE).allowed is True
    assert policies.ever(a_key(OTHER_SHOP, Scope.SHIP), Action.SHIPMENT_CREATE).allowed is True
    device = Principal(kind=PrincipalKind.DEVICE, id="dev_1", party=SHOP, party_kind=PartyKind.DRIVER)
    assert policies.ever(device, Action.STATEMENT_TELL).allowed is True
    assert policies.ever(device, Action.SHIPMENT_CREATE).allowed is False


def test_the_coarse_answer_differs_by_the_kind_of_party() -> None:
    text = """permit (principal is Device, action == Action::"statement.tell", resource is Carrier)
              when { principal.party_kind == "depot" };"""
    policies = Policies.of(text)
    for kind in PartyKind:
        me = Principal(kind=PrincipalKind.DEVICE, id="dev_1", party=SHOP, party_kind=kind)
        assert policies.ever(me, Action.STATEMENT_TELL).allowed is (kind is PartyKind.DEPOT)


def test_a_question_about_the_wrong_kind_of_thing_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="is about"):
        POLICIES.decide(a_key(), Action.PARCEL_READ, CARRIER)
    with pytest.raises(ValueError, match="is about"):
        POLICIES.decide(a_key(), Action.SHIPMENT_CREATE, BOX)


@pytest.mark.parametrize(
    ("me", "thing"),
    [
        (a_key(PartyId("x" * (ATTRIBUTE_CHARS_MAX + 1))), BOX),
        (a_key(), replace(BOX, id="x" * (ATTRIBUTE_CHARS_MAX + 1))),
        (a_key(), replace(BOX, custodian=PartyId("x" * (ATTRIBUTE_CHARS_MAX + 1)))),
        (Principal(kind=PrincipalKind.MERCHANT, id="key_1"), BOX),
        (Principal(kind=PrincipalKind.DEVICE, id="dev_1", party=SHOP), BOX),
    ],
)
def test_attributes_that_cannot_be_ours_are_a_mistake_of_ours(me: Principal, thing: Resource) -> None:
    with pytest.raises(ValueError, match=r"attribute|without a party|of no kind"):
        POLICIES.decide(me, Action.PARCEL_READ, thing)


@asvs("1.3.7")
@pytest.mark.parametrize("id", ['x"y', "x\\", "x\ny", "ÿ", "Parcel::x", '") permit(principal,action,resource);//'])
def test_no_id_can_be_read_as_policy(id: str) -> None:
    thing = replace(BOX, id=id, merchant=PartyId(id))
    assert POLICIES.decide(a_key(), Action.PARCEL_READ, thing).allowed is False
    assert POLICIES.decide(a_key(PartyId(id)), Action.PARCEL_READ, thing).allowed is True


@pytest.mark.parametrize(
    "text",
    [
        "permit (principal, action, resource",
        "permit (principal is Pirate, action, resource);",
        'permit (principal, action == Action::"parcel.steal", resource);',
        'permit (principal is Staff, action, resource is Parcel) when { resource.secret == "x" };',
        'permit (principal is Staff, action, resource) when { principal.party == "x" };',
        "permit (principal, action, resource) when { 1 };",
    ],
)
def test_policies_that_do_not_fit_the_schema_are_not_loaded(text: str) -> None:
    with pytest.raises(PolicyBroken):
        Policies.of(text)


def test_the_schema_knows_every_action() -> None:
    assert all(f'action "{action.value}" ' in schema_text() for action in Action)


@asvs("8.2.1")
def test_without_policies_nothing_is_permitted() -> None:
    nothing = Policies.of("")
    assert not any(nothing.ever(staff(*Role, party=SHOP), action).allowed for action in Action)


def test_a_later_prohibition_wins() -> None:
    """A place for rules that come later: what is forbidden stays so whoever permits it."""
    forbidding = Policies.of(policies_text() + '@id("x") forbid (principal, action, resource is Parcel);')
    assert not forbidding.decide(a_key(), Action.PARCEL_READ, BOX).allowed
