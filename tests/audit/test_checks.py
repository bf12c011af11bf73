"""Each check finds the bad state that is planted for it, and says nothing about a good one."""

from dataclasses import astuple
from pathlib import Path

import pytest

from safehand.audit.checks.backups import HOUR_MS, BackupCheck, Standing
from safehand.audit.checks.credentials import DevicesCheck, KeysCheck
from safehand.audit.checks.deployment import DeploymentCheck
from safehand.audit.checks.jobs import JobsCheck
from safehand.audit.checks.people import ADMINS_MAX, IDLE_DAYS, IdleCheck, PeopleCheck
from safehand.audit.checks.sign_ins import SignInCheck
from safehand.audit.checks.witnesses import BEHIND_MS, LogCheck
from safehand.audit.model import DAY_MS, FindingKind, Severity
from safehand.identity.errors import WrongPassword
from safehand.identity.keys import LIFE_DAYS_MAX, KeyWish
from safehand.identity.model import PartyKind, Role, Scope
from safehand.identity.sign_in import Password
from safehand.ledger.ledger import Append, Ledger
from safehand.store.jobs import Kind, enqueue
from tests.asvs import asvs
from tests.audit.scenes import a_deployment, seen_by
from tests.identity.office import ADDRESS, Office, Phone
from tests.world import BOX, created_box


async def test_more_administrators_than_are_needed(office: Office) -> None:
    check = PeopleCheck(office.users, office.guard.policies)
    for number in range(ADMINS_MAX):
        await office.hire(f"admin{number}")
    assert await seen_by(office, check) == []

    await office.hire("one.more")
    [seen] = await seen_by(office, check)

    assert (seen.kind, seen.params) == (FindingKind.MANY_ADMINS, {"admins": 4, "at_most": 3})


async def test_one_person_in_roles_that_watch_each_other(office: Office) -> None:
    check = PeopleCheck(office.users, office.guard.policies)
    await office.hire("dora", Role.DISPATCHER, Role.CLAIMS)
    await office.hire("vera", Role.AUDITOR)
    boss = await office.hire("boss", Role.ADMIN, Role.DISPATCHER)
    judge = await office.hire("judge", Role.AUDITOR, Role.SECURITY)
    seen = await seen_by(office, check)

    assert {(one.kind, one.about) for one in seen} == {
        (FindingKind.MIXED_ROLES, boss),
        (FindingKind.MIXED_ROLES, judge),
    }
    assert {"login": "boss", "roles": "admin, dispatcher"} in [one.params for one in seen]


async def test_an_account_in_which_nobody_signs_in(office: Office) -> None:
    for login in ("ana", "bea", "cyd"):
        await office.hire(login)
    async with office.store.transaction() as tx:
        [row] = await tx.fetch("SELECT id FROM users WHERE login = 'cyd'")
        await office.users.disable(tx, row["id"], office.clock.now_ms())
    office.clock.advance(IDLE_DAYS * DAY_MS - 1)
    async with office.browser("bea"):
        pass
    assert await seen_by(office, IdleCheck()) == []

    office.clock.advance(2 * DAY_MS)
    async with office.store.transaction() as tx:
        await tx.run("DELETE FROM sessions")  # as they are a day after they ended
    [seen] = await seen_by(office, IdleCheck())

    assert (seen.kind, seen.params) == (FindingKind.ACCOUNT_IDLE, {"login": "ana", "days": 91})


async def test_a_key_in_use_that_ends_soon_and_none_that_has_ended(office: Office) -> None:
    by, shop = await office.hire(), await office.party(PartyKind.MERCHANT, "Kirjakauppa")
    key = (await office.staff.make_key(shop, KeyWish("till", frozenset(Scope), 60), by)).key
    office.clock.advance(45 * DAY_MS)
    assert await seen_by(office, KeysCheck()) == []

    office.clock.advance(2 * DAY_MS)
    async with office.store.transaction() as tx:
        await office.keys.find(tx, key, office.clock.now_ms())
    [seen] = await seen_by(office, KeysCheck())
    assert (seen.kind, seen.params) == (
        FindingKind.KEY_EXPIRING,
        {"label": "till", "merchant": "Kirjakauppa", "days": 13},
    )
    office.clock.advance(400 * DAY_MS)
    assert await seen_by(office, KeysCheck()) == []


async def test_an_alarm_about_a_device_that_nobody_has_closed(office: Office) -> None:
    by, depot = await office.hire(), await office.party()
    device = (await office.enrolled(Phone(), depot, by)).id
    async with office.store.transaction() as tx:
        for number, (closed_ms, times) in enumerate([(None, 2), (None, 3), (7, 9)]):
            await tx.run(
                "INSERT INTO device_alarms VALUES ($1, $2, $3, 5, 6, $4, $5, NULL)",
                f"alm_{number}",
                device,
                f"kind {number}",
                times,
                closed_ms,
            )
    [seen] = await seen_by(office, DevicesCheck())

    assert (seen.kind, seen.about, seen.severity, seen.params) == (
        FindingKind.DEVICE_ALARM,
        device,
        Severity.HIGH,
        {"label": "scanner", "times": 5},
    )
    async with office.store.transaction() as tx:
        await tx.run("UPDATE device_alarms SET closed_ms = 8")
    assert await seen_by(office, DevicesCheck()) == []


async def test_a_key_unused_and_a_key_too_old(office: Office) -> None:
    by, shop = await office.hire(), await office.party(PartyKind.MERCHANT, "Kirjakauppa")
    wish = KeyWish("shop system", frozenset(Scope), LIFE_DAYS_MAX)
    key = (await office.staff.make_key(shop, wish, by)).key
    assert await seen_by(office, KeysCheck()) == []

    office.clock.advance(91 * DAY_MS)
    [unused] = await seen_by(office, KeysCheck())
    assert (unused.kind, unused.params) == (
        FindingKind.KEY_UNUSED,
        {"label": "shop system", "merchant": "Kirjakauppa", "days": 91},
    )
    for _ in range(4):
        async with office.store.transaction() as tx:
            await office.keys.find(tx, key, office.clock.now_ms())
        assert [one.kind for one in await seen_by(office, KeysCheck())] == []
        office.clock.advance(80 * DAY_MS)
    async with office.store.transaction() as tx:
        await office.keys.find(tx, key, office.clock.now_ms())
    [old] = await seen_by(office, KeysCheck())
    assert (old.kind, old.about) == (FindingKind.KEY_OLD, unused.about)
    async with office.store.transaction() as tx:
        await office.keys.revoke(tx, old.about, office.clock.now_ms())
    assert await seen_by(office, KeysCheck()) == []


async def test_a_device_that_tells_nothing_any_more(office: Office) -> None:
    by, depot = await office.hire(), await office.party()
    quiet, busy = [await office.enrolled(Phone(), depot, by) for _ in range(2)]
    office.clock.advance(59 * DAY_MS)
    async with office.store.transaction() as tx:
        for sequence, days_ago in ((1, 70), (2, 0)):
            told_ms = office.clock.now_ms() - days_ago * DAY_MS
            await tx.run(
                "INSERT INTO statements (hash, device, sequence, parcel, received_ms, raw, signature, seq)"
                " VALUES ($1, $2, $3, 'pcl', $4, '', '', $3)",
                bytes([sequence]) * 32,
                busy.id,
                sequence,
                told_ms,
            )
            await tx.run("INSERT INTO device_sequences VALUES ($1, $2, $3)", busy.id, sequence, bytes([sequence]) * 32)
    assert await seen_by(office, DevicesCheck()) == []

    office.clock.advance(2 * DAY_MS)
    [seen] = await seen_by(office, DevicesCheck())

    assert (seen.kind, seen.about, seen.params) == (
        FindingKind.DEVICE_STALE,
        quiet.id,
        {"label": "scanner", "days": 61},
    )


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"in_clear": frozenset({FindingKind.STREAM_CLEAR_TEXT})}, [("stream_clear_text", "high")]),
        ({"log_name": "safehand.local/log"}, [("log_name_default", "medium")]),
        ({"company_prefix": "6400001"}, [("prefix_example", "low")]),
        ({"witnessed": False}, [("no_witness", "low")]),
    ],
)
async def test_settings_that_are_unsafe(
    office: Office, tmp_path: Path, changes: dict[str, object], found: list[tuple[str, str]]
) -> None:
    seen = await seen_by(office, DeploymentCheck(a_deployment(tmp_path / "keys", **changes)))

    assert [(one.kind.value, one.severity.value) for one in seen] == found


@asvs("13.3.2")
async def test_keys_that_others_can_read(office: Office, tmp_path: Path) -> None:
    check = DeploymentCheck(a_deployment(tmp_path / "keys"))
    key = tmp_path / "keys" / "vault.key"
    key.touch(mode=0o600)
    assert await seen_by(office, check) == []

    key.chmod(0o640)
    (tmp_path / "keys").chmod(0o755)
    seen = await seen_by(office, check)

    assert [(one.about, one.params["mode"]) for one in seen] == [("keys", "755"), ("vault.key", "640")]
    assert {(one.kind, one.severity) for one in seen} == {(FindingKind.KEYS_OPEN, Severity.HIGH)}


@asvs("6.3.1")
async def test_a_password_that_is_being_guessed(office: Office) -> None:
    check, ana = SignInCheck(office.users, office.guard.policies), await office.hire()
    await office.hire("eve")
    for wrong, found in ((4, []), (2, [(ana, 6, "medium")]), (4, [(ana, 10, "high")])):
        for _ in range(wrong):
            with pytest.raises(WrongPassword):
                await office.sign_in.sign_in(Password("ana", "not hers at all", ADDRESS))
        seen = await seen_by(office, check)
        assert [(one.about, one.params["failures"], one.severity.value) for one in seen] == found
    office.clock.advance(600_000)
    assert await seen_by(office, check) == []


async def test_jobs_that_were_given_up(office: Office) -> None:
    kind, now_ms = Kind("custody.overdue"), office.clock.now_ms()
    async with office.store.transaction() as tx:
        for _ in range(2):
            await enqueue(tx, kind, {}, now_ms=now_ms)
    assert await seen_by(office, JobsCheck()) == []

    async with office.store.transaction() as tx:
        await tx.run("UPDATE jobs SET state = 'dead', failed_ms = $1, failure = 'x at y:1'", now_ms - 5)
    [seen] = await seen_by(office, JobsCheck())

    assert (seen.kind, seen.about, seen.since_ms) == (FindingKind.JOB_DEAD, "custody.overdue", now_ms - 5)
    assert seen.params == {"job": "custody.overdue", "dead": 2}


async def test_facts_that_wait_too_long_for_the_log(office: Office) -> None:
    async with office.store.transaction() as tx:
        await Ledger().append(tx, [Append(BOX, 0, [created_box()])])
        [row] = await tx.fetch("SELECT received_ms FROM facts")
    office.clock.advance(row["received_ms"] + BEHIND_MS - office.clock.now_ms())
    assert await seen_by(office, LogCheck()) == []

    office.clock.advance(1)
    [seen] = await seen_by(office, LogCheck())

    assert (seen.kind, seen.params, seen.since_ms) == (FindingKind.LOG_BEHIND, {"facts": 1}, row["received_ms"])


@pytest.mark.parametrize(
    ("standing", "found"),
    [
        (None, [("no_backup", {})]),
        (Standing(near=False, base_ms=-DAY_MS, archived_ms=-60_000), []),
        (Standing(near=True, base_ms=-DAY_MS, archived_ms=-60_000), [("backup_near", {})]),
        (Standing(near=False, base_ms=-3 * DAY_MS, archived_ms=-60_000), [("backup_old", {"days": 3})]),
        (Standing(near=False, base_ms=-DAY_MS, archived_ms=-5 * HOUR_MS), [("archive_old", {"hours": 5})]),
        (
            Standing(near=False, base_ms=None, archived_ms=None),
            [("backup_old", {"days": 0}), ("archive_old", {"hours": 0})],
        ),
    ],
)
async def test_a_backup_that_is_missing_near_or_old(
    office: Office, standing: Standing | None, found: list[tuple[str, dict[str, int]]]
) -> None:
    """Times are told from now on."""
    now_ms = office.clock.now_ms()
    if standing is not None:
        base_ms, archived_ms = (now_ms + ms if ms is not None else None for ms in astuple(standing)[1:])
        standing = Standing(standing.near, base_ms, archived_ms)
    seen = await seen_by(office, BackupCheck(lambda: standing))

    assert [(one.kind, dict(one.params)) for one in seen] == found
