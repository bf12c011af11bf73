"""What staff decide on pages is recorded as theirs, and only if the policies let them."""

from typing import Any

import pytest

from safehand.app.pages.errors import OwnerCannotDecide
from safehand.custody.errors import NoSuchException, NotASealException
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


def decisions(scene: Scene, viewer: Staff, exception: ExceptionId) -> list[Any]:
    """Everything that can be decided, as things to await."""
    desk = scene.site.desk
    return [
        desk.assign(viewer, exception, viewer.user),
        desk.resolve(viewer, exception, Resolution.EXPLAINED),
        desk.override(viewer, exception, "S-1"),
        desk.correct(viewer, exception, scene.depot, State.HELD),
    ]


async def test_who_sees_an_exception_but_may_not_decide_is_told_so(scene: Scene) -> None:
    anni, clara = await scene.viewer("anni", Role.AUDITOR), await scene.viewer("clara", Role.CLAIMS)
    sent, exception = await a_case(scene)

    auditors = [await refusal(asked) for asked in decisions(scene, anni, exception)]
    claims = [await refusal(asked) for asked in decisions(scene, clara, exception)[2:]]

    assert (set(auditors), set(claims)) == ({NotPermitted}, {NotPermitted})
    assert (await scene.custody.parcel(anni, sent.parcel)).cases[0].state is ExceptionState.OPEN


async def test_a_depot_decides_nothing_and_does_not_learn_of_others_exceptions(scene: Scene) -> None:
    gate = await scene.viewer("gate", Role.DEPOT, party=scene.depot)
    _, exception = await a_case(scene)

    for named in (exception, NO_CASE):
        assert {await refusal(asked) for asked in decisions(scene, gate, named)} <= {NotPermitted, NoSuchException}
    refused = [await refusal(asked) for asked in decisions(scene, gate, exception)]
    unknown = [await refusal(asked) for asked in decisions(scene, gate, NO_CASE)]
    assert refused == unknown or set(refused) == {NotPermitted}


async def test_what_is_decided_already_is_not_decided_again(scene: Scene) -> None:
    dora = await scene.viewer("dora", Role.DISPATCHER)
    _, exception = await a_case(scene)
    await scene.site.desk.resolve(dora, exception, Resolution.EXPLAINED)

    again = [await refusal(asked) for asked in decisions(scene, dora, exception)]

    assert set(again) == {NoSuchException}
