"""Parties and users: names in the right place, roles with the right party."""

import pytest

from safehand.identity.commands import Hired
from safehand.identity.errors import (
    BadLogin,
    BadName,
    LoginTaken,
    NoSuchParty,
    NotYours,
    PartyMismatch,
    PasswordTooShort,
)
from safehand.identity.model import NAME_CHARS_MAX, PartyKind, Role
from safehand.identity.pages import PAGE_MAX, page_of
from safehand.identity.parties import Party
from safehand.kernel.ids import PLACE, PartyId, is_id
from tests.asvs import asvs
from tests.identity.office import GOOD_PASSWORD, Office
from tests.servers import Database

TOO_LONG = "x" * (NAME_CHARS_MAX + 1)
NOBODY = PartyId("pty_00000000000000000000000000")


def hired(login: str = "ben", *roles: Role, party: PartyId | None = None, password: str = GOOD_PASSWORD) -> Hired:
    return Hired(login, password, "Ben Virtanen", frozenset(roles or {Role.CLAIMS}), party)


@pytest.mark.parametrize("kind", list(PartyKind))
async def test_every_kind_of_party_has_a_name_that_pages_can_show(office: Office, kind: PartyKind) -> None:
    party = await office.party(kind, "Käpylä ☂")
    async with office.store.transaction() as tx:
        assert await office.parties.names(tx, [party.id, NOBODY, "nonsense"]) == {party.id: "Käpylä ☂"}
        assert await office.parties.get(tx, party.id) == party
        assert await office.parties.listed(tx, kind) == [party]
    assert (party.place is not None) == (kind in {PartyKind.DEPOT, PartyKind.PARTNER})
    assert party.place is None or is_id(PLACE, party.place)


async def test_names_of_people_are_not_in_clear_in_the_database(office: Office, database: Database) -> None:
    await office.party(PartyKind.DRIVER, "Kanarialintu")
    await office.party(PartyKind.DEPOT, "Tukkutalo")
    await office.hire("ana", name="Viherpeippo")
    store = database.store(database.superuser_url)
    async with store.transaction() as tx:
        everything = ""
        for table in ("parties", "users", "vault_bodies", "vault_persons"):
            for row in await tx.fetch(f"SELECT t::text AS all FROM {table} t"):
                everything += row["all"]
    await store.close()

    assert "Tukkutalo" in everything
    for name in ("Kanarialintu", "Viherpeippo"):
        assert name not in everything
        assert name.encode().hex() not in everything


NAMES = ["Ñandú Öberg-O'Neill", "李小龙", "x", "x" * NAME_CHARS_MAX, "Anna\u00a0Maria"]


async def test_names_of_every_script_are_names(office: Office) -> None:
    for name in NAMES:
        assert (await office.party(PartyKind.DEPOT, name)).name == name


STEERING_NAMES = [
    "",
    " ",
    " x",
    "x ",
    "a\nb",
    "a\x00b",
    "a\x1b[31m",
    "a\x85b",
    "\u202egnp.exe",
    "a\u2028b",
    "\u2066x",
    TOO_LONG,
]


async def test_what_steers_a_page_is_no_name(office: Office) -> None:
    for name in STEERING_NAMES:
        with pytest.raises(BadName):
            await office.party(PartyKind.DEPOT, name)
        with pytest.raises(BadName):
            await office.hire("ana", name=name)


async def test_lists_come_in_pages_without_gap_or_repetition(office: Office) -> None:
    by = await office.hire("ana")
    async with office.store.transaction() as tx:
        for n in range(PAGE_MAX + 3):
            await office.parties.create(tx, PartyKind.PARTNER, f"kiosk {n}", office.clock.now_ms())
            office.clock.advance(1)
    first, names = await office.staff.parties_page(PartyKind.PARTNER)
    second, more = await office.staff.parties_page(PartyKind.PARTNER, after=first.next)
    assert (len(first.rows), len(second.rows), second.next) == (PAGE_MAX, 3, None)
    shown = [{**names, **more}[party.id] for party in [*first.rows, *second.rows]]
    assert shown == [f"kiosk {n}" for n in range(PAGE_MAX + 3)]
    assert (await office.staff.parties_page(PartyKind.DEPOT))[0].rows == []
    assert by


@pytest.mark.parametrize(("rows", "next_is"), [(0, False), (PAGE_MAX, False), (PAGE_MAX + 1, True)])
def test_a_page_names_the_next_only_if_there_is_one(rows: int, next_is: bool) -> None:
    parties = [Party(PartyId(f"pty_{n:026}"), PartyKind.DEPOT, "x", None, None) for n in range(rows)]
    page = page_of(parties)
    assert len(page.rows) == min(rows, PAGE_MAX)
    assert page.next == (parties[PAGE_MAX - 1].id if next_is else None)


async def test_an_erased_drivers_name_is_gone_and_the_party_stays(office: Office) -> None:
    driver = await office.party(PartyKind.DRIVER, "Ben")
    async with office.store.transaction() as tx:
        [row] = await tx.fetch("SELECT person FROM parties")
        await office.vault.erase(tx, row["person"], office.clock.now_ms())
    async with office.store.transaction() as tx:
        assert await office.parties.names(tx, [driver.id]) == {}
        assert (await office.parties.get(tx, driver.id)).kind is PartyKind.DRIVER


UNKNOWN_PARTIES = ["", "pty_", NOBODY, "per_00000000000000000000000000", "'; --", "x" * 10_000]


async def test_an_unknown_party_is_not_found(office: Office) -> None:
    for id in UNKNOWN_PARTIES:
        with pytest.raises(NoSuchParty):
            await office.staff.party(id)


@asvs("2.2.3")
@pytest.mark.parametrize(
    ("role", "kind", "fits"),
    [
        (Role.DRIVER, PartyKind.DRIVER, True),
        (Role.DRIVER, PartyKind.DEPOT, False),
        (Role.DRIVER, None, False),
        (Role.DEPOT, PartyKind.DEPOT, True),
        (Role.DEPOT, PartyKind.DRIVER, False),
        (Role.DEPOT, None, False),
        (Role.DISPATCHER, None, True),
        (Role.AUDITOR, None, True),
    ],
)
async def test_a_role_goes_with_its_kind_of_party(
    office: Office, role: Role, kind: PartyKind | None, fits: bool
) -> None:
    by = await office.hire()
    party = (await office.party(kind)).id if kind else None
    if fits:
        assert await office.staff.hire(hired("ben", role, party=party), by)
    else:
        with pytest.raises(PartyMismatch):
            await office.staff.hire(hired("ben", role, party=party), by)


PLAIN_LOGINS = ["ben", "b.n", "b-n", "b_n", "007", "x" * 32, "CAROL"]


async def test_plain_logins_are_accepted(office: Office) -> None:
    by = await office.hire()
    for login in PLAIN_LOGINS:
        assert await office.staff.hire(hired(login), by)
    assert sorted(await office.logins()) == sorted(["ana", *(login.lower() for login in PLAIN_LOGINS)])


OTHER_LOGINS = [
    "",
    "be",
    "x" * 33,
    "ben@example.com",
    ".ben",
    "ben.",
    "be n",
    "bén",
    "ben\n",
    "ben\x00",
    "b/..",
    "İben",
]


async def test_others_are_refused(office: Office) -> None:
    by = await office.hire()
    for login in OTHER_LOGINS:
        with pytest.raises(BadLogin):
            await office.staff.hire(hired(login), by)


async def test_a_login_is_one_persons(office: Office) -> None:
    by = await office.hire("ana")
    with pytest.raises(LoginTaken):
        await office.staff.hire(hired("Ana"), by)
    async with office.store.transaction() as tx:
        [row] = await tx.fetch("SELECT count(*) AS n FROM vault_persons")
    assert row["n"] == 1  # nothing of the refused user was kept


async def test_a_bad_password_hires_nobody(office: Office) -> None:
    with pytest.raises(PasswordTooShort):
        await office.staff.hire(hired(password="short"), await office.hire())


async def test_a_party_that_is_not_there_hires_nobody(office: Office) -> None:
    with pytest.raises(NoSuchParty):
        await office.staff.hire(hired(party=NOBODY), await office.hire())


async def test_the_staff_is_listed_with_names(office: Office) -> None:
    ana = await office.hire("ana", name="Ana Lehtonen")
    office.clock.advance(1)
    await office.staff.hire(hired(), ana)
    page, names = await office.staff.staff()
    assert [(user.login, names[user.id]) for user in page.rows] == [("ana", "Ana Lehtonen"), ("ben", "Ben Virtanen")]
    assert page.next is None


UNKNOWN_USERS = ["", "usr_", "usr_00000000000000000000000000", "pty_00000000000000000000000000"]


async def test_an_unknown_user_is_not_found(office: Office) -> None:
    for id in UNKNOWN_USERS:
        with pytest.raises(NotYours):
            await office.staff.user(id)


async def test_what_names_people_does_not_show_in_a_trace(office: Office) -> None:
    assert "Virtanen" not in repr(hired())
    assert GOOD_PASSWORD not in repr(hired())
    assert "Virtanen" in hired().name
