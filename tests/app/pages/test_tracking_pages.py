"""What `/t/NUMBER` shows: a word and a day to anybody, the rest to whoever has the link, and nothing in between."""

import pytest
from structlog.testing import capture_logs

from safehand.events.vocabulary import State
from safehand.identity.model import ANONYMOUS, Role
from safehand.kernel.errors import Invalid
from safehand.labels.numbers import new_tracking
from safehand.ledger.receipt import verify_receipt
from safehand.surfaces.errors import NoSuchLink
from safehand.surfaces.views import Name, NameKind, PublicView, RecipientView
from tests.app.pages.scene import RECIPIENT, Scene, Sent
from tests.asvs import asvs


async def opened(scene: Scene, sent: Sent) -> RecipientView:
    """What the link's holder sees."""
    view = await scene.tracking.look(await scene.holder(sent), sent.tracking)
    assert isinstance(view, RecipientView)
    return view


async def test_the_number_alone_shows_a_word_and_a_day(scene: Scene) -> None:
    sent = await scene.sent()

    for number in (sent.tracking, sent.sscc):
        view = await scene.tracking.look(ANONYMOUS, number)
        assert isinstance(view, PublicView)
        assert view.state is State.CREATED
    assert await scene.tracking.look(ANONYMOUS, new_tracking()) is None
    with pytest.raises(Invalid):
        await scene.tracking.look(ANONYMOUS, "nonsense")


@asvs("8.2.3")
async def test_neither_staff_nor_the_link_of_another_parcel_sees_more(scene: Scene) -> None:
    sent, other = await scene.sent("one"), await scene.sent("two")
    dora = await scene.viewer("dora", Role.DISPATCHER)

    for me in (dora.me, await scene.holder(other)):
        assert isinstance(await scene.tracking.look(me, sent.tracking), PublicView)
        with pytest.raises(NoSuchLink):
            await scene.tracking.followed(me, sent.tracking)
    with pytest.raises(NoSuchLink):
        await scene.tracking.receipt(await scene.holder(other), sent.tracking)


async def test_the_link_shows_the_line_by_first_names_and_the_own_address(scene: Scene) -> None:
    sent = await scene.sent()
    await scene.loaded(sent)
    await scene.town.settle()

    view = await opened(scene, sent)

    assert view.names.parties[scene.driver] == Name("Mikko", NameKind.DRIVER)
    assert view.names.parties[scene.merchant] == Name("Kirjakauppa", NameKind.MERCHANT)
    assert view.to_lines == (RECIPIENT["street"], "00130 Helsinki")
    assert (view.head.custodian, len(view.entries), view.log is not None) == (scene.driver, 2, True)
    assert "Virtanen" not in repr(view)


async def test_who_of_the_staff_looks_after_an_exception_is_not_told(scene: Scene) -> None:
    dora = await scene.viewer("dora", Role.DISPATCHER)
    sent = await scene.sent()
    exception = await scene.reported(sent, scene.scanner)
    await scene.site.desk.assign(dora, exception, dora.user)

    view = await opened(scene, sent)

    assert "Dora" not in repr(view)
    assert dora.user not in repr(view.entries)
    assert [line.exception for line in view.entries if line.exception] == [exception]


async def test_the_pin_is_shown_until_it_is_of_no_more_use(scene: Scene) -> None:
    sent = await scene.sent()
    await scene.loaded(sent)

    first, again = await opened(scene, sent), await opened(scene, sent)
    assert first.pin is not None
    await scene.delivered(sent, first.pin)
    after = await opened(scene, sent)

    assert (len(first.pin), again.pin) == (6, first.pin)
    assert (after.head.state, after.pin) == (State.DELIVERED, None)


async def test_a_cancelled_parcel_has_no_pin(scene: Scene) -> None:
    sent = await scene.sent()
    await scene.town.told("POST", f"/v1/parcels/{sent.parcel}/cancel", scene.key, json={})

    view = await opened(scene, sent)

    assert (view.head.state, view.pin) == (State.CANCELLED, None)


async def test_a_link_opens_its_own_parcel_by_any_of_its_numbers_and_no_other(scene: Scene) -> None:
    sent, other = await scene.sent("one"), await scene.sent("two")

    asked = [(sent.tracking, sent.token), (sent.sscc, sent.token), (other.tracking, sent.token)]
    asked += [(sent.tracking, "A" * 22), (new_tracking(), sent.token), ("nonsense", sent.token), (sent.tracking, "")]

    assert [await scene.tracking.opens(number, token) for number, token in asked] == [True, True, *[False] * 5]


async def test_a_revoked_link_opens_nothing(scene: Scene) -> None:
    sent = await scene.sent()
    async with scene.town.here.store.transaction() as tx:
        await scene.town.here.identity.links.revoke(tx, sent.parcel, scene.town.here.clock.now_ms(), by="usr_1")

    assert await scene.tracking.opens(sent.tracking, sent.token) is False


async def test_the_links_holder_follows_the_parcel_and_keeps_its_receipt(scene: Scene) -> None:
    sent = await scene.sent()
    await scene.loaded(sent)
    await scene.town.settle()
    me = await scene.holder(sent)

    file = await scene.tracking.receipt(me, sent.tracking)

    assert await scene.tracking.followed(me, sent.sscc) == sent.parcel
    assert verify_receipt(file.body, scene.town.here.log_key.verifier).authenticated
    for number in (new_tracking(), "nonsense"):
        with pytest.raises(NoSuchLink):
            await scene.tracking.receipt(me, number)


async def test_an_erased_recipients_page_has_no_address_and_no_pin(scene: Scene) -> None:
    sent = await scene.sent()
    await scene.loaded(sent)
    recipient = (await opened(scene, sent)).head.recipient
    async with scene.town.here.store.transaction() as tx:
        await scene.town.here.vault.erase(tx, recipient, scene.town.here.clock.now_ms())

    view = await opened(scene, sent)

    assert (view.to_lines, view.pin, len(view.entries)) == ((), None, 2)


async def test_an_unknown_number_is_judged_like_a_known_one(scene: Scene) -> None:
    sent, other = await scene.sent("one"), await scene.sent("two")
    me = await scene.holder(other)

    judged = []
    for number in (sent.tracking, new_tracking()):
        with capture_logs() as told:
            await scene.tracking.look(me, number)
        judged.append([(line["event"], line["action"], line["allowed"]) for line in told])

    assert judged[0] == judged[1] == [("decided", "tracking.read_private", False)]
