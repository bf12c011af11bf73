"""Recipients' links."""

import pytest

from safehand.identity.errors import LinkUnknown
from safehand.identity.links import LINK_DAYS_MAX, NewLink
from safehand.identity.model import PrincipalKind
from safehand.identity.secret_text import new_link_token
from safehand.kernel.ids import PARCEL, PERSON, ParcelId, PartyId, PersonId, new_id
from tests.identity.office import Office

DAY_MS = 86_400_000


def a_link(office: Office, *, days: int = 30) -> NewLink:
    now_ms = office.clock.now_ms()
    person = PersonId(PartyId(new_id(PERSON, now_ms)))
    return NewLink(ParcelId(new_id(PARCEL, now_ms)), person, now_ms + days * DAY_MS)


async def test_a_link_shows_one_parcel_to_one_person(office: Office) -> None:
    links = [a_link(office) for _ in range(5)]
    async with office.store.transaction() as tx:
        tokens = await office.links.make_many(tx, links, office.clock.now_ms())
        found = [await office.links.find(tx, token, office.clock.now_ms()) for token in tokens]

    assert {me.kind for me in found} == {PrincipalKind.RECIPIENT}
    assert [(me.parcel, me.person) for me in found] == [(link.parcel, link.person) for link in links]
    assert all(len(token) == 22 for token in tokens)


async def test_a_link_runs_out(office: Office) -> None:
    link = a_link(office, days=1)
    async with office.store.transaction() as tx:
        token = await office.links.make(tx, link, office.clock.now_ms())
        assert await office.links.find(tx, token, link.expires_ms - 1)
        with pytest.raises(LinkUnknown):
            await office.links.find(tx, token, link.expires_ms)


async def test_a_revoked_link_is_dead_and_those_of_other_parcels_live(office: Office) -> None:
    one, two = a_link(office), a_link(office)
    async with office.store.transaction() as tx:
        first, again, other = await office.links.make_many(tx, [one, one, two], office.clock.now_ms())
        assert await office.links.revoke(tx, one.parcel, office.clock.now_ms(), by="usr_1") == 2
        for token in (first, again):
            with pytest.raises(LinkUnknown):
                await office.links.find(tx, token, office.clock.now_ms())
        assert (await office.links.find(tx, other, office.clock.now_ms())).parcel == two.parcel


MADE_UP = ["", "x", "a" * 21, "a" * 22, "A" * 23, "é" * 22, "AAAAAAAAAAAAAAAAAAAAA\n", "'; --"]


async def test_made_up_tokens_show_nothing(office: Office) -> None:
    async with office.store.transaction() as tx:
        await office.links.make(tx, a_link(office), office.clock.now_ms())
    for token in MADE_UP:
        for made_up in (token, new_link_token()):
            with pytest.raises(LinkUnknown):
                await office.links.find(tx, made_up, office.clock.now_ms())


async def test_a_link_that_would_live_for_ever_is_a_mistake_of_ours(office: Office) -> None:
    async with office.store.transaction() as tx:
        with pytest.raises(ValueError, match="beyond"):
            await office.links.make(tx, a_link(office, days=LINK_DAYS_MAX + 1), office.clock.now_ms())


async def test_the_database_keeps_no_token(office: Office) -> None:
    async with office.store.transaction() as tx:
        token = await office.links.make(tx, a_link(office), office.clock.now_ms())
        [row] = await tx.fetch("SELECT l::text AS all FROM recipient_links l")
    assert token not in row["all"]
    assert token.encode().hex() not in row["all"]
