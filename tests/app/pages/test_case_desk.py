"""What staff decide on pages is recorded as theirs, and only if the policies let them."""

from typing import Any

import pytest

from safehand.app.pages.errors import OwnerCannotDecide
from safehand.custody.errors import ExceptionClosed, NoSuchException, NotASealException
from safehand.custody.timeline import EntryKind
from safehand.events.vocabulary import ExceptionState, Resolution, State
from safehand.identity.errors import NoSuchParty, NotPermitted, NotYours
from safehand.identity.model import Role
from safehand.kernel.errors import SafehandError
from safehand.kernel.ids import ExceptionId, PartyId, UserId
from safehand.surfaces.views import Staff
from tests.app.pages.scene import Scene, Sent

NO_CASE = ExceptionId("exc_00000000000000000000000000")
NOBODY = PartyId("pty_00000000000000000000000000")


async def a_case(scene: Scene) -> tuple[Sent, ExceptionId]:
    """A parcel that the driver holds and calls damaged."""
    sent = await scene.sent()
    await scene.loaded(sent)
    return sent, await scene.reported(sent)


async def refusal(asked: Any) -> type[SafehandError]:
    with pytest.raises(SafehandError) as refused:
        await asked
    return type(refused.value)


async def test_an_owner_is_given_and_the_decision_is_told_as_the_viewers(scene: Scene) -> None:
    dora, clara = await scene.viewer("dora", Role.DISPATCHER), await scene.viewer("clara", Role.CLAIMS)
    sent, exception = await a_case(scene)

    await scene.site.desk.assign(dora, exception, clara.user)
    await scene.site.desk.resolve(clara, exception, Resolution.CONFIRMED)

    view = await scene.custody.parcel(dora, sent.parcel)
    assert (view.cases[0].owner, view.cases[0].state) == (clara.user, ExceptionState.RESOLVED)
    assert [(line.kind, line.by) for line in view.entries[-2:]] == [
        (EntryKind.ASSIGNMENT, dora.user),
        (EntryKind.RESOLUTION, clara.user),
    ]


async def test_a_correction_moves_the_parcel_to_the_recipient_or_to_a_party_there_is(scene: Scene) -> None:
    dora = await scene.viewer("dora", Role.DISPATCHER)
    sent, exception = await a_case(scene)
    recipient = PartyId((await scene.custody.parcel(dora, sent.parcel)).head.recipient)

    assert await refusal(scene.site.desk.correct(dora, exception, NOBODY, State.HELD)) is NoSuchParty
    await scene.site.desk.correct(dora, exception, recipient, State.DELIVERED)

    head = (await scene.custody.parcel(dora, sent.parcel)).head
    assert (head.custodian, head.state) == (recipient, State.DELIVERED)


async def test_another_parcels_recipient_holds_nothing(scene: Scene) -> None:
    dora = await scene.viewer("dora", Role.DISPATCHER)
    _, exception = await a_case(scene)
    other = await scene.sent("two")
    stranger = PartyId((await scene.custody.parcel(dora, other.parcel)).head.recipient)

    assert await refusal(scene.site.desk.correct(dora, exception, stranger, State.DELIVERED)) is NoSuchParty


async def test_only_an_exception_about_a_seal_is_overridden_with_a_seal(scene: Scene) -> None:
    dora = await scene.viewer("dora", Role.DISPATCHER)
    _, exception = await a_case(scene)

    assert await refusal(scene.site.desk.override(dora, exception, "S-1")) is NotASealException


async def test_nobody_is_made_owner_who_could_not_close_it(scene: Scene) -> None:
    dora, anni = await scene.viewer("dora", Role.DISPATCHER), await scene.viewer("anni", Role.AUDITOR)
    _, exception = await a_case(scene)

    assert await refusal(scene.site.desk.assign(dora, exception, anni.user)) is OwnerCannotDecide
    assert await refusal(scene.site.desk.assign(dora, exception, UserId("usr_nobody"))) is NotYours


async def test_a_disabled_colleague_is_not_made_owner(scene: Scene) -> None:
    dora, clara = await scene.viewer("dora", Role.DISPATCHER), await scene.viewer("clara", Role.CLAIMS)
    _, exception = await a_case(scene)
    async with scene.town.here.store.transaction() as tx:
        await scene.town.here.identity.users.disable(tx, clara.user, 1)

    assert await refusal(scene.site.desk.assign(dora, exception, clara.user)) is OwnerCannotDecide
    assert clara.user not in dict((await scene.custody.case(dora, exception)).staff)


async def refusals(scene: Scene, viewer: Staff, exception: ExceptionId) -> dict[str, type[SafehandError]]:
    """How each decision is refused to somebody."""
    desk = scene.site.desk
    return {
        "assign": await refusal(desk.assign(viewer, exception, viewer.user)),
        "resolve": await refusal(desk.resolve(viewer, exception, Resolution.EXPLAINED)),
        "override": await refusal(desk.override(viewer, exception, "S-1")),
        "correct": await refusal(desk.correct(viewer, exception, scene.depot, State.HELD)),
    }


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.DEPOT, Role.DRIVER])
async def test_who_decides_nothing_learns_nothing_of_which_exceptions_there_are(scene: Scene, role: Role) -> None:
    party = {Role.DEPOT: scene.depot, Role.DRIVER: scene.driver}.get(role)
    viewer = await scene.viewer("anni", role, party=party)
    sent, exception = await a_case(scene)

    known, unknown = [await refusals(scene, viewer, named) for named in (exception, NO_CASE)]

    assert set(known.values()) == {NotPermitted}
    assert unknown.keys() == known.keys()
    assert set(unknown.values()) <= {NotPermitted, NoSuchException}
    dora = await scene.viewer("dora", Role.DISPATCHER)
    assert (await scene.custody.parcel(dora, sent.parcel)).cases[0].state is ExceptionState.OPEN


async def test_claims_close_an_exception_but_do_not_change_the_record(scene: Scene) -> None:
    clara = await scene.viewer("clara", Role.CLAIMS)
    _, exception = await a_case(scene)
    desk = scene.site.desk

    assert await refusal(desk.override(clara, exception, "S-1")) is NotPermitted
    assert await refusal(desk.correct(clara, exception, scene.depot, State.HELD)) is NotPermitted
    await desk.resolve(clara, exception, Resolution.EXPLAINED)
    assert (await scene.custody.case(clara, exception)).case.state is ExceptionState.RESOLVED


async def test_what_is_decided_already_is_not_decided_again(scene: Scene) -> None:
    dora = await scene.viewer("dora", Role.DISPATCHER)
    _, exception = await a_case(scene)
    await scene.site.desk.resolve(dora, exception, Resolution.EXPLAINED)

    again = await refusals(scene, dora, exception)

    assert set(again.values()) == {ExceptionClosed}
