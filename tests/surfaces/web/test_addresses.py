"""Pages of doubtful addresses: what they show, and what a correction needs."""

import httpx
import pytest

from safehand.kernel.catalogue import LANGUAGES, load_catalogue
from safehand.places.addresses.doubts import CaseState, Consent, ConsentKind, Doubt
from safehand.places.addresses.model import Reason
from tests.surfaces.addresses import CLOSED, OPEN, RIGHT
from tests.surfaces.fakes import World

HERE = f"/addresses/{OPEN.id}"
FORM = {"street": "Kaivokatu 1", "postal_code": "00100", "city": "Helsinki", "country": "fi"}
AGREED = {"consent": "call", "evidence": "grant-8"}


@pytest.mark.parametrize(
    "path",
    ["/addresses", "/addresses?state=corrected", HERE, f"/addresses/{CLOSED.id}"],
    ids=["open", "corrected", "one", "closed one"],
)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_is_whole_in_every_language(staff: httpx.AsyncClient, path: str, language: str) -> None:
    page = await staff.get(path, headers={"Accept-Language": language})

    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    for table in ("addresses_page.", "address_state.", "doubt.", "consent.", "geocode_reason."):
        assert table not in page.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_an_address_can_be_told(language: str) -> None:
    words = load_catalogue(language).words

    for table, members in (
        ("doubt", Doubt),
        ("geocode_reason", Reason),
        ("address_state", CaseState),
        ("consent", ConsentKind),
    ):
        assert {f"{table}.{one}.word" for one in members} <= words.keys()
    assert {f"doubt.{one}.means" for one in Doubt} <= words.keys()


async def test_the_list_shows_nothing_private_and_the_case_says_that_reading_it_is_on_record(
    staff: httpx.AsyncClient, world: World
) -> None:
    listed, one = (await staff.get("/addresses")).text, (await staff.get(HERE)).text
    nonsense = (await staff.get("/addresses?state=<x>&after='")).text
    world.addresses.by_id.clear()

    assert OPEN.id in listed
    assert OPEN.id in nonsense
    assert "Kaivok" not in listed
    assert "Kaivokaut &lt;1&gt;" in one
    assert "on record" in one
    assert "written otherwise" in one
    assert "No address waits here" in (await staff.get("/addresses")).text


async def test_a_correction_names_the_consent_and_a_half_filled_form_changes_nothing(
    staff: httpx.AsyncClient, world: World
) -> None:
    for missing in ({}, {"consent": "call"}, {"evidence": "x"}, {"consent": "hearsay", "evidence": "x"}):
        refused = await staff.post(f"{HERE}/correct", data=FORM | missing)
        assert refused.status_code == 422
        assert 'value="Kaivokatu 1"' in refused.text
    assert world.addresses.said == []

    done = await staff.post(f"{HERE}/correct", data=FORM | AGREED)
    assert (done.status_code, done.headers["location"]) == (303, HERE)
    assert world.addresses.said == [("correct", OPEN.id, RIGHT, Consent(ConsentKind.CALL, "grant-8"))]


async def test_what_is_closed_is_refused_with_the_case(staff: httpx.AsyncClient, world: World) -> None:
    closed = f"/addresses/{CLOSED.id}"
    for what, form in (("correct", FORM | AGREED), ("dismiss", {})):
        refused = await staff.post(f"{closed}/{what}", data=form)
        assert refused.status_code == 409
        assert "grant-7" in refused.text
    assert (await staff.post(f"{HERE}/dismiss", data={})).status_code == 303
    assert world.addresses.said == [("dismiss", OPEN.id)]
    assert (await staff.get("/addresses/nothing")).status_code == 404
