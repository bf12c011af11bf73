"""The page of calls: what is asked, what is shown again, and what stands there while nobody calls."""

import httpx

from tests.surfaces import day
from tests.surfaces.fakes import World

SAID = {"number": "SH1", "name": "<i>Eva</i>", "postal_code": "00130", "contact": "040 1", "reason": "damaged"}


async def test_what_does_not_fit_is_shown_again_to_be_corrected(staff: httpx.AsyncClient) -> None:
    answer = await staff.post("/call", data=SAID)

    assert answer.status_code == 422
    assert "Something does not fit" in answer.text
    assert "&lt;i&gt;Eva&lt;/i&gt;" in answer.text
    assert '<option value="damaged" selected>' in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_what_fits_leads_to_the_parcel(staff: httpx.AsyncClient) -> None:
    answer = await staff.post("/call", data=SAID | {"name": "Eeva"})

    assert (answer.status_code, answer.headers["location"]) == (303, f"/parcels/{day.BOX}")


async def test_a_call_that_is_over_leaves_an_empty_page(world: World, staff: httpx.AsyncClient) -> None:
    assert day.BOX_NUMBERS.tracking in (await staff.get("/call")).text

    assert (await staff.post("/call/cgr_1/end")).status_code == 303
    assert "Nobody's parcel is open" in (await staff.get("/call")).text.replace("&#39;", "'")
