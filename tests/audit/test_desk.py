"""What becomes of a finding: seen again, seen no more, answered for."""

import pytest

from safehand.audit import findings
from safehand.audit.errors import DayImpossible, FindingClosed, NoSuchFinding, ReasonMissing
from safehand.audit.findings import Filter
from safehand.audit.model import DAY_MS, Finding, FindingState, Severity, StepKind
from safehand.audit.tables import audit_findings, audit_steps
from tests.audit.scenes import Planted, a_desk, an_old_key
from tests.identity.office import Office
from tests.servers import Database
from tests.vault.twin import differences


async def on_record(office: Office, id: str) -> Finding:
    async with office.store.transaction() as tx:
        return await findings.one(tx, id)


async def history(office: Office, id: str) -> list[StepKind]:
    async with office.store.transaction() as tx:
        return [step.kind for step in reversed(await findings.steps(tx, id))]


async def test_the_migration_makes_the_tables_that_the_code_declares(clone: Database) -> None:
    assert await differences(clone, [audit_findings, audit_steps]) == []


async def test_the_same_fault_is_one_finding_with_one_due_date(office: Office) -> None:
    check = Planted([an_old_key()])
    desk = a_desk(office, check)

    first = await desk.look()
    office.clock.advance(DAY_MS)
    check.seen = [an_old_key(days=401)]
    second = await desk.look()

    assert (first.opened, second.opened) == (1, 0)
    [before], [after] = first.open, second.open
    assert (after.id, after.due_ms, after.since_ms) == (before.id, before.due_ms, before.since_ms)
    assert after.params["days"] == 401
    assert await history(office, after.id) == [StepKind.OPENED]


async def test_what_is_seen_no_more_is_gone_and_comes_back_as_the_same_finding(office: Office) -> None:
    check = Planted([an_old_key()])
    desk = a_desk(office, check)
    [found] = (await desk.look()).open

    check.seen = []
    assert (await desk.look()).open == ()
    assert (await on_record(office, found.id)).state is FindingState.GONE
    check.seen = [an_old_key()]
    office.clock.advance(DAY_MS)
    again = await desk.look()

    assert ([one.id for one in again.open], again.opened) == ([found.id], 1)
    assert again.open[0].due_ms == found.due_ms + DAY_MS
    assert await history(office, found.id) == [StepKind.OPENED, StepKind.GONE, StepKind.REOPENED]


async def test_a_check_that_cannot_look_closes_nothing_and_is_named(office: Office) -> None:
    check = Planted([an_old_key()])
    desk = a_desk(office, check)
    await desk.look()

    check.broken = True
    looked = await desk.look()

    assert len(looked.open) == 1
    assert [name for name, _ in looked.failed] == ["Planted"]


async def test_one_is_overdue_after_its_day_and_the_severe_first(office: Office) -> None:
    check = Planted([an_old_key("key_1", Severity.LOW), an_old_key("key_2", Severity.HIGH)])
    desk = a_desk(office, check)
    assert (await desk.look()).overdue == ()

    office.clock.advance(8 * DAY_MS)
    looked = await desk.look()

    assert [one.about for one in looked.open] == ["key_2", "key_1"]
    assert [one.about for one in looked.overdue] == ["key_2"]


async def test_what_gets_worse_is_due_sooner_and_never_later(office: Office) -> None:
    check = Planted([an_old_key(severity=Severity.LOW)])
    desk = a_desk(office, check)
    [mild] = (await desk.look()).open
    check.seen = [an_old_key(severity=Severity.HIGH)]
    [severe] = (await desk.look()).open
    check.seen = [an_old_key(severity=Severity.LOW)]
    [milder] = (await desk.look()).open

    assert severe.due_ms == mild.due_ms - 83 * DAY_MS
    assert milder.due_ms == severe.due_ms


async def test_somebody_answers_for_one_until_a_day_and_no_longer(office: Office) -> None:
    ana = await office.hire()
    desk = a_desk(office, Planted([an_old_key()]))
    [found] = (await desk.look()).open
    until_ms = office.clock.now_ms() + 20 * DAY_MS
    async with office.store.transaction() as tx:
        await desk.accept(tx, found.id, "  the till is\n replaced in spring ", until_ms, ana)

    assert (await desk.look()).open == ()
    kept = await on_record(office, found.id)
    assert (kept.state, kept.closed_by, kept.note) == (FindingState.ACCEPTED, ana, "the till is replaced in spring")
    office.clock.advance(21 * DAY_MS)
    [again] = (await desk.look()).open

    assert (again.id, again.note, again.closed_by) == (found.id, "", None)
    assert await history(office, found.id) == [StepKind.OPENED, StepKind.ACCEPTED, StepKind.REOPENED]


async def test_what_was_accepted_and_got_worse_is_open_again(office: Office) -> None:
    ana, check = await office.hire(), Planted([an_old_key(severity=Severity.LOW)])
    desk = a_desk(office, check)
    [found] = (await desk.look()).open
    async with office.store.transaction() as tx:
        await desk.accept(tx, found.id, "small", office.clock.now_ms() + 20 * DAY_MS, ana)
    check.seen = [an_old_key(severity=Severity.HIGH)]

    assert [one.severity for one in (await desk.look()).open] == [Severity.HIGH]


async def test_who_says_it_is_mended_is_held_to_it(office: Office) -> None:
    ana, check = await office.hire(), Planted([an_old_key("key_1"), an_old_key("key_2")])
    desk = a_desk(office, check)
    ids = {one.about: one.id for one in (await desk.look()).open}
    for id in ids.values():
        async with office.store.transaction() as tx:
            await desk.fixed(tx, id, "revoked", ana)
    check.seen = [an_old_key("key_1")]
    looked = await desk.look()

    assert [one.about for one in looked.open] == ["key_1"]
    mended = await on_record(office, ids["key_2"])
    assert (mended.state, mended.closed_by, mended.note) == (FindingState.GONE, ana, "revoked")


async def test_an_owner_and_a_day_are_given_and_kept(office: Office) -> None:
    ana = await office.hire()
    desk = a_desk(office, Planted([an_old_key()]))
    [found] = (await desk.look()).open
    day_ms = office.clock.now_ms() + 3 * DAY_MS
    async with office.store.transaction() as tx:
        await desk.own(tx, found.id, ana, ana)
        await desk.due(tx, found.id, day_ms, ana)
    [after] = (await desk.look()).open

    assert (after.owner, after.due_ms) == (ana, day_ms)
    assert await history(office, found.id) == [StepKind.OPENED, StepKind.OWNED, StepKind.DUE]


async def test_what_cannot_be_is_refused_and_changes_nothing(office: Office) -> None:
    ana = await office.hire()
    desk = a_desk(office, Planted([an_old_key()]))
    [found] = (await desk.look()).open
    now_ms = office.clock.now_ms()
    for reason in ("", "   ", "x" * 301, "a\u202eb"):
        with pytest.raises(ReasonMissing):
            async with office.store.transaction() as tx:
                await desk.accept(tx, found.id, reason, now_ms + DAY_MS, ana)
    for day_ms in (now_ms, now_ms - DAY_MS, now_ms + 367 * DAY_MS):
        with pytest.raises(DayImpossible):
            async with office.store.transaction() as tx:
                await desk.accept(tx, found.id, "later", day_ms, ana)
    for id in ("", "fnd_", "'; --", "fnd_" + "0" * 26):
        with pytest.raises(NoSuchFinding):
            async with office.store.transaction() as tx:
                await desk.fixed(tx, id, "done", ana)
    async with office.store.transaction() as tx:
        await desk.fixed(tx, found.id, "done", ana)
    with pytest.raises(FindingClosed):
        async with office.store.transaction() as tx:
            await desk.own(tx, found.id, ana, ana)
    assert await history(office, found.id) == [StepKind.OPENED, StepKind.FIXED]


async def test_a_list_comes_page_by_page_in_the_order_of_its_days(office: Office) -> None:
    severities = [Severity.LOW, Severity.HIGH, Severity.MEDIUM] * 70
    await a_desk(office, Planted([an_old_key(f"key_{n}", one) for n, one in enumerate(severities)])).look()
    async with office.store.transaction() as tx:
        first, cursor = await findings.listed(tx, Filter())
        second, end = await findings.listed(tx, Filter(), cursor)
        nonsense, _ = await findings.listed(tx, Filter(), "9-x")

    assert (len(first), len(second), end) == (200, 10, "")
    assert [one.due_ms for one in first + second] == sorted(one.due_ms for one in first + second)
    assert len({one.id for one in first + second}) == 210
    assert nonsense == first


async def test_a_step_stays_as_it_was_taken(clone: Database) -> None:
    store = clone.store()
    for sql in ("UPDATE audit_steps SET note = 'x'", "DELETE FROM audit_steps", "DELETE FROM audit_findings"):
        with pytest.raises(Exception, match="permission denied"):
            async with store.transaction() as tx:
                await tx.run(sql)
    await store.close()
