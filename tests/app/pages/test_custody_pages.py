"""What staff read of parcels and exceptions: consistent, named, and only what they may see."""

import base64
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from safehand.app.pages.custody_pages import LIST_ROWS, midnight_ms
from safehand.custody.errors import NoSuchException
from safehand.custody.timeline import EntryKind
from safehand.events.vocabulary import ExceptionKind, ExceptionState, Resolution, State
from safehand.identity.actions import Action
from safehand.identity.errors import NotPermitted
from safehand.identity.model import Role
from safehand.kernel.errors import Invalid, NotFound, SafehandError
from safehand.kernel.ids import ExceptionId, ParcelId
from safehand.ledger.errors import ReceiptNotReady
from safehand.ledger.receipt import verify_receipt
from safehand.parcels.errors import NoSuchNumber
from safehand.surfaces.views import Name, NameKind
from tests.app.pages.scene import RECIPIENT, Scene
from tests.asvs import asvs

NOWHERE = ParcelId("pcl_00000000000000000000000000")
NO_CASE = ExceptionId("exc_00000000000000000000000000")


async def test_a_parcel_is_told_with_its_line_its_names_and_its_place_in_the_log(scene: Scene) -> None:
    dora = await scene.viewer("dora", Role.DISPATCHER)
    sent = await scene.sent(reference="A-17", parcels=[{"weight_g": 900, "value_cents": 12_050}])
    await scene.loaded(sent)
    await scene.town.settle()

    view = await scene.custody.parcel(dora, sent.parcel)

    assert (view.head.state, view.head.custodian, view.head.numbers.sscc) == (State.LOADED, scene.driver, sent.sscc)
    assert [(line.kind, line.verified) for line in view.entries] == [
        (EntryKind.CREATED, True),
        (EntryKind.HANDOVER, True),
    ]
    named = view.names.parties
    assert named[scene.driver] == Name("Mikko Virtanen", NameKind.DRIVER)
    assert named[scene.merchant] == Name("Kirjakauppa", NameKind.MERCHANT)
    assert named[view.head.recipient] == Name(RECIPIENT["name"], NameKind.RECIPIENT)
    assert named[view.entries[1].by or ""] == Name("Mikko Virtanen", NameKind.DRIVER)  # the phone goes by its party
    assert (view.facts.value_cents, view.facts.reference, view.facts.weight_g) == (12_050, "A-17", 900)
    assert view.facts.to_lines == (RECIPIENT["name"], RECIPIENT["street"], "00130 Helsinki")
    assert view.log is not None
    assert (view.log.position, view.log.size) == (view.entries[1].position, 2)
    assert len(base64.b64decode(view.log.root)) == 32


async def test_a_decision_shows_before_any_projection_has_caught_up(scene: Scene) -> None:
    dora = await scene.viewer("dora", Role.DISPATCHER)
    sent = await scene.sent()
    exception = await scene.reported(sent)

    await scene.town.here.decisions.assign(exception, dora.user, dora.user)
    assigned = await scene.custody.parcel(dora, sent.parcel)
    await scene.town.here.decisions.resolve(exception, Resolution.EXPLAINED, dora.user)
    resolved = await scene.custody.case(dora, exception)

    assert [(case.state, case.owner) for case in assigned.cases] == [(ExceptionState.ASSIGNED, dora.user)]
    assert assigned.names.parties[dora.user] == Name("Dora", NameKind.STAFF)
    assert (resolved.case.state, resolved.case.kind) == (ExceptionState.RESOLVED, ExceptionKind.REPORTED)
    assert assigned.log is not None
    assert assigned.log.position < len(assigned.entries) - 1  # the newest line is not in the log yet


@asvs("8.2.3", "15.3.1")
@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMIN])
async def test_who_may_not_read_private_things_sees_no_name_no_address_and_no_value(scene: Scene, role: Role) -> None:
    viewer = await scene.viewer("anni", role)
    sent = await scene.sent(parcels=[{"weight_g": 900, "value_cents": 12_050}])

    view = await scene.custody.parcel(viewer, sent.parcel)

    assert view.names.parties[view.head.recipient] == Name("", NameKind.RECIPIENT)
    assert (view.facts.to_lines, view.facts.value_cents) == ((), None)
    assert RECIPIENT["name"] not in repr(view)
    assert RECIPIENT["street"] not in repr(view)


async def test_a_driver_sees_what_they_hold_and_nothing_else_exists_for_them(scene: Scene) -> None:
    mikko = await scene.viewer("mikko", Role.DRIVER, party=scene.driver)
    held, other = await scene.sent("one"), await scene.sent("two")
    await scene.loaded(held)

    mine = await scene.custody.parcel(mikko, held.parcel)

    assert mine.facts.to_lines[0] == RECIPIENT["name"]
    assert await scene.custody.find(mikko, held.tracking) == held.parcel
    refused = await _refusal(scene.custody.parcel(mikko, other.parcel))
    unknown = await _refusal(scene.custody.parcel(mikko, NOWHERE))
    assert type(refused) is type(unknown) is NoSuchNumber
    assert (await _refusal(scene.custody.find(mikko, other.tracking))).params == {"number": other.tracking}
    await scene.town.settle()
    assert [row.parcel for row in (await scene.custody.parcels(mikko, None, None)).rows] == [held.parcel]


async def _refusal(asked: Any) -> SafehandError:
    with pytest.raises(SafehandError) as refused:
        await asked
    return refused.value


async def test_a_parcel_is_found_by_any_number_however_it_is_typed(scene: Scene) -> None:
    dora = await scene.viewer("dora", Role.DISPATCHER)
    sent = await scene.sent()
    typed = (sent.tracking, f" {sent.tracking.lower()} ", f"(00) {sent.sscc}", sent.sscc, sent.parcel)

    found = [await scene.custody.find(dora, number) for number in typed]

    assert found == [sent.parcel] * len(typed)


async def test_what_is_no_number_is_refused(scene: Scene) -> None:
    dora = await scene.viewer("dora", Role.DISPATCHER)

    for typed, kind in (("nonsense", Invalid), ("x" * 500, NotFound), (NOWHERE, NotFound)):
        with pytest.raises(kind):
            await scene.custody.find(dora, typed)


async def test_the_overview_tells_the_day_and_what_waits(scene: Scene) -> None:
    dora = await scene.viewer("dora", Role.DISPATCHER)
    held, tried = await scene.sent("one"), await scene.sent("two")
    await scene.loaded(held)
    await scene.loaded(tried)
    await scene.read(tried, State.ATTEMPTED)
    exception = await scene.reported(tried)

    view = await scene.custody.overview(dora)

    assert view.states == {State.LOADED: 1, State.ATTEMPTED: 1}
    assert (view.open_exceptions, [case.exception for case in view.cases]) == (1, [exception])
    assert view.cases[0].tracking == tried.tracking
    assert (view.movements[0].parcel, view.movements[0].entry.kind) == (tried.parcel, EntryKind.EXCEPTION)
    assert [(one.party, one.holding, one.attempted) for one in view.holdings] == [(scene.driver, 1, 1)]
    assert view.names.parties[scene.driver].text == "Mikko Virtanen"
    assert (view.log_size, view.behind) == (6, 0)
    assert RECIPIENT["name"] not in repr(view)


async def test_drivers_are_listed_by_name_however_much_they_have(scene: Scene) -> None:
    dora = await scene.viewer("dora", Role.DISPATCHER)
    phones = [await scene.town.phone(await scene.town.party("driver", name)) for name in ("Sanna", "Elias")]
    for count, phone in enumerate([*phones, scene.phone]):
        for at in range(count + 1):
            await scene.loaded(await scene.sent(f"{count}-{at}"), phone)
    await scene.town.settle()

    view = await scene.custody.overview(dora)

    listed = [(view.names.parties[one.party].text, one.holding) for one in view.holdings]
    assert listed == [("Elias", 2), ("Mikko Virtanen", 3), ("Sanna", 1)]


async def test_facts_that_are_not_signed_yet_are_counted(scene: Scene) -> None:
    dora = await scene.viewer("dora", Role.DISPATCHER)
    await scene.sent()

    view = await scene.custody.overview(dora)

    assert (view.log_size, view.behind) == (0, 1)
    assert view.movements[0].entry.verified is False


async def test_a_depot_sees_the_exceptions_of_what_it_holds_and_no_others(scene: Scene) -> None:
    gate = await scene.viewer("gate", Role.DEPOT, party=scene.depot)
    theirs, others = await scene.sent("one"), await scene.sent("two")
    await scene.loaded(theirs, scene.scanner)
    await scene.loaded(others)
    seen, hidden = await scene.reported(theirs, scene.scanner), await scene.reported(others)

    listed, overview = await scene.custody.cases(gate, None, None), await scene.custody.overview(gate)

    assert [case.exception for case in listed.rows] == [case.exception for case in overview.cases] == [seen]
    assert (listed.counts[ExceptionState.OPEN], overview.open_exceptions) == (1, 1)
    assert {row.parcel: row.exceptions for row in (await scene.custody.parcels(gate, None, None)).rows} == {
        theirs.parcel: 1,
        others.parcel: 0,
    }
    assert (await scene.custody.parcel(gate, others.parcel)).cases == ()
    refused = await _refusal(scene.custody.case(gate, hidden))
    unknown = await _refusal(scene.custody.case(gate, NO_CASE))
    assert type(refused) is type(unknown) is NoSuchException


async def test_somebody_who_sees_no_exceptions_is_shown_an_empty_list(scene: Scene) -> None:
    mikko = await scene.viewer("mikko", Role.DRIVER, party=scene.driver)
    sent = await scene.sent()
    await scene.loaded(sent)
    await scene.reported(sent)

    listed = await scene.custody.cases(mikko, None, None)

    assert (listed.rows, sum(listed.counts.values())) == ((), 0)
    assert (await scene.custody.overview(mikko)).open_exceptions == 0


async def test_a_case_names_who_may_decide_and_whom_a_correction_may_name(scene: Scene) -> None:
    dora = await scene.viewer("dora", Role.DISPATCHER)
    await scene.viewer("anni", Role.AUDITOR)
    clara = await scene.viewer("clara", Role.CLAIMS)
    sent = await scene.sent()
    await scene.loaded(sent)
    exception = await scene.reported(sent)

    hers, theirs = await scene.custody.case(dora, exception), await scene.custody.case(clara, exception)

    assert hers.staff == ((clara.user, "Clara"), (dora.user, "Dora"))
    assert dict(hers.parties) == {
        hers.parcel.head.recipient: Name(RECIPIENT["name"], NameKind.RECIPIENT),
        scene.merchant: Name("Kirjakauppa", NameKind.MERCHANT),
        scene.depot: Name("Kalasatama", NameKind.DEPOT),
    }
    assert (Action.EXCEPTION_CORRECT in hers.may, Action.EXCEPTION_CORRECT in theirs.may) == (True, False)
    assert theirs.parties == ()


async def test_who_only_reads_exceptions_is_told_of_no_colleagues(scene: Scene) -> None:
    anni = await scene.viewer("anni", Role.AUDITOR)
    exception = await scene.reported(await scene.sent(), scene.scanner)

    view = await scene.custody.case(anni, exception)

    assert (view.may, view.staff, view.parties) == (frozenset(), (), ())


async def test_parcels_come_page_by_page(scene: Scene) -> None:
    dora = await scene.viewer("dora", Role.DISPATCHER)
    for start in range(2):
        await scene.sent(f"{start}", parcels=[{"weight_g": 100}] * (LIST_ROWS - 10))
    await scene.town.settle()

    first = await scene.custody.parcels(dora, None, None)
    rest = await scene.custody.parcels(dora, None, first.more)

    assert (len(first.rows), len(rest.rows), rest.more) == (LIST_ROWS, LIST_ROWS - 20, None)
    assert len({row.parcel for row in (*first.rows, *rest.rows)}) == 2 * (LIST_ROWS - 10)
    assert first.names.parties == {scene.merchant: Name("Kirjakauppa", NameKind.MERCHANT)}
    assert (await scene.custody.parcels(dora, State.DELIVERED, None)).rows == ()


async def test_a_receipt_verifies_and_there_is_none_before_a_checkpoint(scene: Scene) -> None:
    dora = await scene.viewer("dora", Role.DISPATCHER)
    sent = await scene.sent()

    early = await _refusal(scene.custody.receipt(dora, sent.parcel, None))
    await scene.loaded(sent)
    await scene.town.settle()
    newest, first = [await scene.custody.receipt(dora, sent.parcel, at) for at in (None, 0)]

    assert isinstance(early, ReceiptNotReady)
    key = scene.town.here.log_key.verifier
    assert [verify_receipt(file.body, key).index for file in (newest, first)] == [1, 0]
    assert newest.file_name == f"{sent.tracking}-1.tlog-proof"
    with pytest.raises(NotFound):
        await scene.custody.receipt(dora, sent.parcel, 2)


async def test_a_driver_may_see_a_parcel_and_still_have_no_receipt_of_it(scene: Scene) -> None:
    mikko = await scene.viewer("mikko", Role.DRIVER, party=scene.driver)
    sent = await scene.sent()
    await scene.loaded(sent)

    with pytest.raises(NotPermitted):
        await scene.custody.receipt(mikko, sent.parcel, None)


@pytest.mark.parametrize(
    ("now", "hours"),
    [(1_795_615_200_000, 16), (1_774_753_200_000, 5), (1_792_890_000_000, 4)],  # 2026: a day, spring, autumn
)
def test_the_day_begins_at_local_midnight_also_when_clocks_change(now: int, hours: int) -> None:
    begun = midnight_ms(now, ZoneInfo("Europe/Helsinki"))

    assert now - begun == hours * 3_600_000
