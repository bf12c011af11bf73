"""The pages of people and training on a real database: a learner with a phone, and a subcontractor who looks."""

import re

from tests.workforce.conftest import LICENCE, Carrier


async def test_a_learner_reads_takes_the_quiz_and_is_certified_without_a_script(carrier: Carrier) -> None:
    await carrier.engage()
    async with carrier.town.browser(**carrier.driver, **{"Accept-Language": "en"}) as phone:
        home = await phone.get("/training")
        course = await phone.get("/training/handover")
        begun = await phone.post("/training/handover/quiz")
        quiz = await phone.get(begun.headers["location"])
        [attempt] = re.findall(r'name="attempt" value="([^"]+)"', quiz.text)
        right = await carrier.right_answers(attempt)
        form = {"attempt": attempt} | {f"q{place}": str(line) for place, line in enumerate(right)}
        passed = await phone.post("/training/handover/answers", data=form)
        again = await phone.post("/training/handover/answers", data=form)
        own = await phone.get(f"/people/{carrier.ana}")

    assert "to be taken" in home.text
    assert "Whose hands" in course.text
    assert "not_passed" not in passed.headers["set-cookie"]
    assert again.status_code == 409
    assert "handover" in {
        one["course"]
        for one in (await carrier.town.told("GET", f"/v1/drivers/{carrier.ana}", carrier.driver))["certificates"]
    }
    assert "Handing over" in own.text
    assert "/licences" not in own.text


async def test_a_fourth_quiz_of_a_day_is_refused_on_the_page_with_its_words(carrier: Carrier) -> None:
    await carrier.engage()
    for _ in range(3):
        await carrier.take("privacy", off_by=1)
    async with carrier.town.browser(**carrier.driver, **{"Accept-Language": "en"}) as phone:
        refused = await phone.post("/training/privacy/quiz")

    assert refused.status_code == 429
    assert "Enough for today" in refused.text


async def test_a_subcontractor_sees_its_own_drivers_and_no_others(carrier: Carrier) -> None:
    town = carrier.town
    boss = await town.party("subcontractor", "Kuljetus Oy")
    mate = (await town.told("POST", f"/v1/subcontractors/{boss}/drivers", json={"name": "Mate"}))["party"]
    async with town.browser(**await town.hire("sub", "subcontractor", party=boss)) as browser:
        listed = await browser.get("/people")
        theirs = await browser.get(f"/people/{mate}")
        strange = await browser.get(f"/people/{carrier.ana}")
        courses = await browser.get("/training/privacy")

    assert (mate in listed.text, carrier.ana in listed.text) == (True, False)
    assert (theirs.status_code, strange.status_code, courses.status_code) == (200, 404, 200)
    assert "/quiz" not in courses.text


async def test_security_records_a_licence_on_the_page_and_the_number_is_not_shown(carrier: Carrier) -> None:
    here = f"/people/{carrier.ana}"
    form = {"number": LICENCE["number"], "class-B": "1", "expires": "2030-01-02"}
    async with carrier.town.browser(**carrier.security, **{"Accept-Language": "en"}) as browser:
        since = await browser.post(f"{here}/engagement", data={"since": "2026-01-01"})
        made = await browser.post(f"{here}/licences", data=form)
        odd = await browser.post(f"{here}/licences", data=form | {"expires": "1999-01-01"})
        page = await browser.get(here)

    assert (since.status_code, made.status_code) == (303, 303)
    assert odd.status_code == 422
    assert "Counts until Wed 2 Jan 2030." in page.text
    assert "120384" not in page.text
