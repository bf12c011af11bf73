"""Quizzes over HTTP: taken by oneself, marked once, limited, and forgotten in time."""

import json

from safehand.workforce.course import ATTEMPTS_MAX, QUIZ_MS
from tests.workforce.conftest import DAY_MS, Carrier

PRIVACY = "/v1/courses/privacy/attempts"


async def test_a_quiz_that_goes_wrong_certifies_nobody_and_three_a_day_are_enough(carrier: Carrier) -> None:
    await carrier.engage()
    for _ in range(ATTEMPTS_MAX):
        assert await carrier.take("privacy", off_by=1) == {
            "course": "privacy",
            "right": 0,
            "asked": 5,
            "pass_right": 4,
            "certificate": None,
        }

    answer = await carrier.town.ask("POST", PRIVACY, carrier.driver)

    assert answer.json()["code"] == "workforce.attempts_used"
    assert 0 < int(answer.headers["retry-after"]) <= DAY_MS // 1_000
    assert {why["lack"] for why in (await carrier.authority())["next_level"]} == {"course_missing"}
    carrier.clock.advance(DAY_MS)
    assert (await carrier.take("privacy", await carrier.town.sign_in("ana")))["certificate"]


async def test_a_quiz_is_handed_in_once_by_whoever_began_it_and_in_time(carrier: Carrier) -> None:
    await carrier.engage()
    begun = await carrier.town.told("POST", PRIVACY, carrier.driver)
    again = await carrier.town.told("POST", PRIVACY, carrier.driver)
    assert again["attempt"] == begun["attempt"]
    assert again["questions"] == begun["questions"]
    ben = await carrier.town.party("driver", "Ben")
    friend = await carrier.town.hire("ben", "driver", party=ben)
    path = f"/v1/courses/attempts/{begun['attempt']}/answers"
    said = {"answers": await carrier.right_answers(begun["attempt"])}

    lent = await carrier.town.ask("POST", path, friend, json=said)
    carrier.clock.advance(QUIZ_MS)
    late = await carrier.town.ask("POST", path, carrier.driver, json=said)
    fresh = await carrier.town.told("POST", PRIVACY, carrier.driver)
    path = f"/v1/courses/attempts/{fresh['attempt']}/answers"
    said = {"answers": await carrier.right_answers(fresh["attempt"])}
    first = await carrier.town.ask("POST", path, carrier.driver, json=said)
    twice = await carrier.town.ask("POST", path, carrier.driver, json=said)

    assert lent.json()["code"] == "workforce.no_such_attempt"
    assert late.json()["code"] == "workforce.attempt_over"
    assert first.json()["certificate"]
    assert twice.json()["code"] == "workforce.attempt_over"


async def test_nobody_takes_a_quiz_in_a_session_that_was_left_open(carrier: Carrier) -> None:
    await carrier.engage()
    carrier.clock.advance(76 * 60_000)

    answer = await carrier.town.ask("POST", PRIVACY, carrier.driver)

    assert answer.json()["code"] == "identity.step_up_needed"


async def test_a_quiz_that_somebody_else_took_is_taken_back_and_trust_falls(carrier: Carrier) -> None:
    await carrier.engage()
    certificate = (await carrier.take("privacy"))["certificate"]
    path = f"/v1/drivers/{carrier.ana}/certificates/{certificate}"

    await carrier.town.told("DELETE", path, carrier.security)
    again = await carrier.town.ask("DELETE", path, carrier.security)

    assert again.json()["code"] == "workforce.no_such_certificate"
    assert "privacy" in {why["what"] for why in (await carrier.authority())["next_level"]}


async def test_answers_are_private_and_what_went_wrong_is_forgotten_in_time(carrier: Carrier) -> None:
    await carrier.engage()
    await carrier.take("privacy", off_by=1)
    here = carrier.town.here
    async with here.store.transaction() as tx:
        [row] = await tx.fetch("SELECT body FROM quiz_attempts")
        kept = await here.vault.get(tx, row["body"])
    assert kept is not None
    assert len(json.loads(kept)) == 5

    carrier.clock.advance(31 * DAY_MS)
    await here.privacy.retention.run()
    async with here.store.transaction() as tx:
        assert await here.workforce.training.forget(tx, 30 * DAY_MS) == 1
        [body] = await tx.fetch("SELECT sealed FROM vault_bodies WHERE kind = 'quiz'")
        assert body["sealed"] is None
        assert [fact.name for fact in await here.ledger.read(tx, carrier.ana)] == ["driver.engaged.v1"]


async def test_questions_come_in_the_askers_language_and_never_with_their_answers(carrier: Carrier) -> None:
    await carrier.engage()
    finnish = await carrier.town.told("POST", PRIVACY, carrier.driver, headers={"Accept-Language": "fi"})
    english = await carrier.town.told("POST", PRIVACY, carrier.driver, headers={"Accept-Language": "en"})

    assert {"Whom", "What", "Where", "Your", "Somebody", "When"} >= {
        one["ask"].split()[0] for one in english["questions"]
    }
    assert not {one["ask"] for one in finnish["questions"]} & {one["ask"] for one in english["questions"]}
    assert set(english["questions"][0]) == {"ask", "options"}
