"""A depot's paper over HTTP: who gets names on paper, what stands on it, and what comes back from it by hand."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from safehand.app.routers import days_of
from safehand.depot.errors import TooMuchForPaper
from safehand.depot.loading import LoadChecks
from safehand.depot.paper import Papers
from safehand.events.statement import KINDS, Statement
from safehand.events.vocabulary import ExceptionKind
from safehand.identity.model import Role
from safehand.labels.paper.key_in import KEYED_CHARS_MAX, KEYED_LINES_MAX
from tests.depot.scenes import Day, a_depots_day
from tests.installations import RECIPIENT, Phone
from tests.labels.paper.sheets import codes, pictures, texts
from tests.places.scenes import ZONE
from tests.servers import Database


@pytest.fixture
async def day(database: Database, tmp_path: Path) -> AsyncIterator[Day]:
    async with a_depots_day(database, tmp_path) as day:
        yield day


async def assigned(day: Day) -> str:
    """R1 is driven on the promised day, which this returns."""
    promised: str = (await day.asked("worklist"))["parcels"][0]["promised_on"]
    told = {"routes": [{"route": "R1", "driver": day.driver}]}
    await day.town.told("PUT", f"/v1/depots/{day.depot}/routes/{promised}", json=told)
    return promised


async def trackings(day: Day, *parcels: str) -> list[str]:
    return [(await day.tablet.send("GET", f"/v1/parcels/{one}")).json()["tracking"] for one in parcels]


async def printed(phone: Phone, target: str) -> list[str]:
    """The words of each page."""
    answer = await phone.send("GET", target)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text
    return texts(answer.content)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_run_sheet_has_what_is_aboard_and_left_a_stop_an_address_and_each_name_is_on_record_as_read(
    day: Day,
) -> None:
    aboard, left, broken, _awaited = await day.sent("00100", "00100", "00101", "00102")
    await day.received(aboard, left, broken)
    await day.sorted(aboard, left)
    await day.reported(broken, ExceptionKind.TAMPERED)
    promised = await assigned(day)
    await day.loaded(await day.town.phone(day.driver), aboard)

    answer = await day.tablet.send("GET", f"/v1/depots/{day.depot}/routes/{promised}/R1/run-sheet.pdf")
    [page] = texts(answer.content)
    assert set(codes(pictures(answer.content)[0])) == set(await trackings(day, aboard, left))
    assert page.count(RECIPIENT["name"]) == 1  # one door, two parcels
    assert RECIPIENT["street"] in page
    assert "Ben" in page
    async with day.town.here.store.transaction(readonly=True) as tx:
        rows = await tx.fetch("SELECT reader, parcel FROM reads WHERE action = 'run_sheet.read' ORDER BY parcel")
    assert [tuple(row) for row in rows] == [(day.tablet.device, parcel) for parcel in sorted((aboard, left))]


async def test_names_on_paper_are_for_the_depot_and_the_dispatcher_not_for_a_drivers_phone(day: Day) -> None:
    [parcel] = await day.sent("00100")
    promised = await assigned(day)
    sheet = f"/v1/depots/{day.depot}/routes/{promised}/R1/run-sheet.pdf"
    assert refusal(await day.tablet.send("GET", sheet)) == (409, "depot.nothing_to_print")
    await day.received(parcel)

    dispatcher = await day.town.hire("dora", Role.DISPATCHER)
    assert (await day.town.ask("GET", sheet, dispatcher)).status_code == 200
    finnish = await day.town.ask("GET", sheet, dispatcher, headers={"Accept-Language": "fi"})
    assert texts(finnish.content) != texts((await day.town.ask("GET", sheet, dispatcher)).content)
    phone = await day.town.phone(day.driver)
    for depot in (day.depot, day.driver):
        asked = sheet.replace(day.depot, depot)
        assert refusal(await phone.send("GET", asked)) == (403, "identity.not_permitted")
    hand = await day.town.hire("hanna", Role.DEPOT, party=await day.town.party("depot", "Vallila"))
    assert (await day.town.ask("GET", sheet, hand)).status_code == 404


async def test_a_forgotten_recipients_parcel_stands_on_the_sheet_without_a_name(day: Day) -> None:
    [parcel] = await day.sent("00100")
    await day.received(parcel)
    promised = await assigned(day)
    async with day.town.here.store.transaction() as tx:
        person = (await day.town.here.reader.head(tx, parcel)).recipient
        await day.town.here.vault.erase(tx, person, 1)
    [page] = await printed(day.tablet, f"/v1/depots/{day.depot}/routes/{promised}/R1/run-sheet.pdf")
    assert RECIPIENT["name"] not in page
    assert "No address on paper" in page


async def test_fallback_sheets_are_numbers_lanes_and_routes_and_a_route_can_be_printed_alone(day: Day) -> None:
    first, second = await day.sent("00100", "00200")
    promised = await assigned(day)
    all_of_it = await printed(day.tablet, f"/v1/depots/{day.depot}/fallback-sheets.pdf?day={promised}")
    one, two = await trackings(day, first, second)
    said = " ".join("".join(all_of_it).split())
    assert all(number[2:6] in said for number in (one, two))
    assert RECIPIENT["name"] not in said
    assert RECIPIENT["street"] not in said

    answer = await day.tablet.send("GET", f"/v1/depots/{day.depot}/fallback-sheets.pdf?day={promised}&route=R2")
    assert codes(pictures(answer.content)[0]) == [two]
    empty = await printed(day.tablet, f"/v1/depots/{day.depot}/fallback-sheets.pdf?day={promised}&route=R9")
    assert "R9" in empty[0]  # rows to write on


async def test_more_rows_than_anybody_writes_on_are_refused_with_what_to_do(day: Day) -> None:
    await day.sent("00100", "00200")
    promised = date.fromisoformat(await assigned(day))
    here = day.town.here
    papers = Papers(
        reader=here.reader, days=days_of(here), loads=LoadChecks(here.reader, here.workforce.carrying),
        clock=here.clock, carrier="x", origin="http://x.test", rows_max=1,
    )  # fmt: skip
    async with here.store.transaction(readonly=True) as tx:
        depot = await here.identity.parties.get(tx, day.depot)
        with pytest.raises(TooMuchForPaper):
            await papers.fallback(tx, depot, promised, None)
        [sheet] = await papers.fallback(tx, depot, promised, "R1")
    assert len(sheet.expected) == 1


async def test_a_missed_card_is_for_whoever_has_the_parcel_and_names_nobody(day: Day) -> None:
    [parcel] = await day.sent("00100")
    await day.received(parcel)
    phone = await day.town.phone(day.driver)
    [number] = await trackings(day, parcel)
    card = f"/v1/parcels/{number}/missed-card.pdf?reason=nobody_home"
    assert refusal(await phone.send("GET", card)) == (404, "parcels.no_such_number")
    await day.loaded(phone, parcel)

    [again] = await printed(phone, card)
    [waits] = await printed(phone, f"{card}&where=depot")
    assert "Kalasatama" in waits
    assert "Kalasatama" not in again
    assert RECIPIENT["name"] not in again + waits
    assert refusal(await day.tablet.send("GET", card)) == (403, "identity.not_permitted")  # it sees it, has it no more
    assert (await phone.send("GET", card.replace("nobody_home", "bored"))).status_code == 422

    dispatcher = await day.town.hire("dora", Role.DISPATCHER)
    assert (await day.town.ask("GET", card, dispatcher)).status_code == 200
    [elsewhere] = await day.sent("90100", name="n")
    counter = f"/v1/parcels/{elsewhere}/missed-card.pdf?reason=nobody_home&where=depot"
    assert refusal(await day.town.ask("GET", counter, dispatcher)) == (409, "depot.no_counter")
    await day.town.told("POST", f"/v1/parcels/{elsewhere}/cancel", day.key, json={})
    await day.town.settle()
    assert refusal(await day.town.ask("GET", counter, dispatcher)) == (409, "depot.nothing_missed")


async def candidates(day: Day, **asked: int) -> dict[str, str]:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return {one["parcel"]: one["why"] for one in (await day.asked(f"candidates?{query}"))["candidates"]}


async def test_a_thing_without_a_label_is_found_among_what_is_missing_and_gets_its_own_number_again(day: Day) -> None:
    awaited, unread, read = await day.sent("00100", "00100", "00200")
    [short] = await day.sent("00200", name="s", length_mm=300, width_mm=200, height_mm=100)
    await day.received(unread, read, short)
    await day.sorted(read, short)
    await day.reported(short, ExceptionKind.SHORT)

    assert await candidates(day, weight_g=950) == {awaited: "awaited", unread: "unread", short: "short"}
    assert await candidates(day, weight_g=1_200) == {}
    assert short in await candidates(day, weight_g=900, length_mm=105, width_mm=290, height_mm=210)
    assert set(await candidates(day, weight_g=900, length_mm=105, width_mm=290, height_mm=400)) == {awaited, unread}
    assert RECIPIENT["name"] not in str(await day.asked("candidates?weight_g=900"))

    label = f"/v1/depots/{day.depot}/found-label.pdf?where=LANE-B&by=VV&weight_g=950&parcel="
    answer = await day.tablet.send("GET", label + short)
    sscc = (await day.tablet.send("GET", f"/v1/parcels/{short}")).json()["sscc"]
    assert codes(pictures(answer.content)[0]) == [sscc]
    assert RECIPIENT["name"] not in texts(answer.content)[0]
    [elsewhere] = await day.sent("90100", name="n")
    assert refusal(await day.tablet.send("GET", label + elsewhere)) == (404, "depot.not_on_floor")


async def keyed(day: Day, text: str) -> Any:
    answer = await day.town.ask(
        "POST", f"/v1/depots/{day.depot}/key-in", json={"text": text}, headers={"Accept-Language": "en"}
    )
    assert answer.is_success, answer.text
    return answer.json()


def said(phone: Phone, row: dict[str, Any]) -> Statement:
    """The row as the tablet signs it."""
    fields = dict(row["say"])
    kind = KINDS[fields.pop("kind")]
    return kind(**phone.next() | fields)


async def facts(day: Day) -> int:
    async with day.town.here.store.transaction(readonly=True) as tx:
        return int((await tx.fetch("SELECT count(*) AS n FROM facts"))[0]["n"])


async def test_what_was_written_by_hand_is_told_by_the_tablet_line_by_line_and_the_record_agrees(day: Day) -> None:
    one, two = await day.sent("00100", "00200")
    number, other = await trackings(day, one, two)
    today = (await day.asked("routes"))["day"]
    routes = {"routes": [{"route": "R1", "driver": day.driver}]}
    await day.town.told("PUT", f"/v1/depots/{day.depot}/routes/{today}", json=routes)
    before = await facts(day)

    told = await keyed(day, f"{number}; L; 0:00; VV; R1\n{other}, R, 0:00, vv")
    assert [(row["line"], row["does"]) for row in told["rows"]] == [(2, "received")]
    assert [(row["line"], row["code"]) for row in told["refused"]] == [(1, "depot.keyed_elsewhere")]

    text = f"{number}; R; 0:00; VV\n{number}; S; 0:00; VV\n{number}; L; 0:00; VV; R1\n{other}, XS, 0:00, VV"
    told = await keyed(day, text)
    assert (told["refused"], await facts(day)) == ([], before)  # nothing is recorded here
    assert [row["say"]["kind"] for row in told["rows"]] == ["handover", "scan", "handover", "report"]
    midnight = datetime.fromisoformat(today).replace(tzinfo=ZoneInfo(ZONE))
    assert {row["say"]["at_ms"] for row in told["rows"]} == {int(midnight.timestamp() * 1000)}

    answers = await day.told(day.tablet, *(said(day.tablet, row) for row in told["rows"]))
    assert [len(answer.get("exceptions") or []) for answer in answers] == [0, 0, 0, 1]
    async with day.town.here.store.transaction(readonly=True) as tx:
        head = await day.town.here.reader.head(tx, one)
    assert (head.custodian, head.state) == (day.depot, "sorted")
    assert [offer.taker for offer in head.offers.values()] == [day.driver]  # until the driver signs too


async def test_a_hostile_sheet_changes_nothing_and_each_line_of_it_says_why(day: Day) -> None:
    [parcel] = await day.sent("00100")
    [number] = await trackings(day, parcel)
    before = await facts(day)
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    text = (
        f"{wrong}; R; 0:00; VV\n<script>alert(1)</script>\nSH000000000000; R; 0:00; VV\n"
        f"{number}; Q; 0:00; VV\n{number}; R; 23:59:59; VV\n\x00{number}; R; 0:00; '; DROP TABLE facts\n"
        f"{number}; R; 0:00; VV\n{number}; R; 0:00; VV\n{number}; U; 0:00; VV\n"
    )
    told = await keyed(day, text)
    assert [row["line"] for row in told["rows"]] == [7]
    assert sorted(row["line"] for row in told["refused"]) == [1, 2, 3, 4, 5, 6, 8, 9]
    assert {row["code"] for row in told["refused"]} >= {"labels.keyed_twice", "depot.keyed_here"}
    assert all(row["why"] and "\x00" not in row["text"] for row in told["refused"])
    assert await facts(day) == before
    for long, status in (("\n" * (KEYED_LINES_MAX + 1), 413), ("x" * (KEYED_CHARS_MAX + 1), 422)):
        answer = await day.town.ask("POST", f"/v1/depots/{day.depot}/key-in", json={"text": long})
        assert answer.status_code == status
