"""Whose account it is: linked by an administrator or by a verified mail, taken away, and what it proves."""

from dataclasses import replace
from typing import Any

import pytest

from safehand.identity.errors import (
    NotCarriersOwn,
    ProviderRefused,
    SubjectTaken,
    SubjectUnknown,
)
from safehand.identity.model import PartyKind, Role
from tests.asvs import asvs
from tests.identity.house import House
from tests.identity.provider import (
    Person,
    a_provider,
)


async def test_an_account_that_nobody_has_linked_opens_nothing(house: House) -> None:
    await house.hire("ana", Role.DISPATCHER)
    house.theirs.person = Person(
        more={"email": "ana@carrier.example", "email_verified": True, "preferred_username": "ana"}
    )
    with pytest.raises(SubjectUnknown) as told:
        await house.entered()
    assert told.value.params == {"subject": "00u4711"}


@asvs("6.8.1")
async def test_the_same_subject_at_another_provider_is_somebody_else(house: House) -> None:
    await house.linked_user()
    with a_provider(house.theirs.now_s) as others:
        house.ours.registration, house.theirs = replace(house.ours.registration, issuer=others.url), others
        with pytest.raises(SubjectUnknown):
            await house.entered()


def by_mail(house: House, mail: object, verified: object = True, subject: str = "00u4711") -> None:
    house.ours.registration = replace(house.ours.registration, mail_domain="carrier.example")
    house.theirs.person = Person(subject, {"email": mail, "email_verified": verified})


async def test_where_the_operator_says_so_a_verified_mail_links_once(house: House) -> None:
    await house.hire("ana", Role.DISPATCHER)
    by_mail(house, "Ana@Carrier.example")
    assert (await house.entered()).user.login == "ana"
    by_mail(house, "eve@carrier.example")  # married, and renamed there: the subject counts
    assert (await house.entered()).user.login == "ana"


@asvs("10.5.2")
async def test_somebody_elses_account_with_anas_mail_is_not_ana(house: House) -> None:
    ana = await house.linked_user()
    by_mail(house, "ana@carrier.example", subject="another")
    with pytest.raises(SubjectUnknown):
        await house.entered()
    await house.by_provider.unlink(ana, ana)  # nor when hers was taken away: an administrator says whose it is now
    with pytest.raises(SubjectUnknown):
        await house.entered()


TOO_LITTLE: tuple[tuple[object, object], ...] = (
    ("ana@carrier.example", False),
    ("ana@carrier.example", None),
    ("ana@carrier.example", "true"),
    ("ana@carrier.example", 1),
    ("ana@evil.example", True),
    ("ana@carrier.example.evil.example", True),
    ("ana@evil.example@carrier.example", True),
    ("ana+x@carrier.example", True),
    ("ana", True),
    (["ana@carrier.example"], True),
    ("root@carrier.example", True),
    ("shop@carrier.example", True),
    ("gone@carrier.example", True),
)


async def test_a_mail_that_shows_too_little_links_nobody(house: House) -> None:
    await house.hire("ana", Role.DISPATCHER)
    await house.hire("root", Role.ADMIN)
    merchant = await house.party(PartyKind.MERCHANT)
    await house.hire("shop", Role.MERCHANT_USER, party=merchant.id)
    gone = await house.hire("gone", Role.DISPATCHER)
    await house.staff.disable(gone, await house.hire("boss"))
    unknown = []
    for mail, verified in TOO_LITTLE:
        by_mail(house, mail, verified)
        unknown += [(mail, verified)] * await house.said_to(SubjectUnknown)
    assert unknown == list(TOO_LITTLE)


async def test_who_was_let_go_is_refused_and_who_is_unlinked_is_out(house: House) -> None:
    ana, boss = await house.linked_user(), await house.hire("boss")
    token = (await house.entered()).token
    await house.by_provider.unlink(ana, boss)
    async with house.store.transaction() as tx:
        assert await house.sessions.find(tx, token, house.clock.now_ms()) is None
    with pytest.raises(SubjectUnknown):
        await house.entered()
    await house.by_provider.link(ana, "00u4711", boss)
    assert (await house.entered()).user.login == "ana"
    await house.staff.disable(ana, boss)
    with pytest.raises(ProviderRefused):
        await house.entered()


async def test_a_reset_takes_the_provider_away_too(house: House) -> None:
    ana, boss = await house.linked_user(), await house.hire("boss")
    await house.ways_in.reset(ana, boss)
    with pytest.raises(SubjectUnknown):
        await house.entered()


async def test_one_account_is_one_colleagues_and_no_partners(house: House) -> None:
    ana, boss = await house.linked_user(), await house.hire("boss")
    with pytest.raises(SubjectTaken):
        await house.by_provider.link(boss, "00u4711", boss)
    with pytest.raises(SubjectTaken):
        await house.by_provider.link(ana, "another", boss)
    merchant = await house.party(PartyKind.MERCHANT)
    shop = await house.hire("shop", Role.MERCHANT_USER, party=merchant.id)
    with pytest.raises(NotCarriersOwn):
        await house.by_provider.link(shop, "theirs", boss)


PROOFS: tuple[tuple[dict[str, Any], int | None, int | None], ...] = (
    ({"amr": ["pwd", "mfa"]}, 60, 60),
    ({"acr": "silver"}, 60, 60),
    ({"amr": ["pwd"]}, 60, None),
    ({"amr": ["mfa"]}, None, None),
    ({"acr": "mfa"}, -3_600, 0),
    ({"acr": ["silver"]}, 60, None),
)
"""What it says of how, how many seconds ago that was, and for how many seconds it counts as proved."""


@asvs("6.8.4")
async def test_the_provider_proves_who_sits_there_only_by_words_that_the_operator_knows(house: House) -> None:
    await house.linked_user()
    house.ours.registration = replace(house.ours.registration, proofs=frozenset({"mfa", "silver"}))
    for more, ago_s, proved_ago_s in PROOFS:
        now_s = house.clock.now_ms() // 1_000
        at = {} if ago_s is None else {"auth_time": now_s - ago_s}
        house.theirs.person = Person(more=more | at)
        token = (await house.entered()).token
        async with house.store.transaction() as tx:
            found = await house.sessions.find(tx, token, house.clock.now_ms())
        assert found is not None
        shown = None if found.proved_ms is None else now_s - found.proved_ms // 1_000
        assert shown == proved_ago_s, more
