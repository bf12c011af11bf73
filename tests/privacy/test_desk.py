"""The desk: one human found under several persons, exported whole, and their own wishes heard."""

import asyncio
import base64
import importlib
from pathlib import Path
from typing import Any

import pytest

from safehand.privacy import requests
from tests.installations import a_town
from tests.privacy.scenes import CANARY, PICTURE, delivered
from tests.servers import Database, blocked

pypdfium2: Any = importlib.import_module("pypdfium2")  # it has no types


async def test_one_human_is_found_under_all_their_persons_and_family_is_told_apart(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        first = await delivered(town, "one")
        claims = await town.hire("clara", "claims")
        _, key = await town.merchant("Another shop")

        async def sent(order: str, **recipient: str) -> str:
            who = {"street": "x", "city": "y", "postal_code": "00140", "country": "FI"} | recipient
            made = await town.shipment(key, order, recipient=who)
            return str(made["parcels"][0]["tracking"])

        moved = await sent("moved", name=f"{CANARY.upper()} aino", email=f"AINO@{CANARY}.example".upper())
        family = await sent("family", name="Otto Muu", phone="040-7715533")
        stranger = await sent("stranger", name="Otto Muu", email="otto@muu.example")

        async def found(**asked: str) -> dict[str, bool]:
            told = await town.told("POST", "/v1/persons/find", claims, json=asked)
            return {one["tracking"][0]: one["same"] for one in told["persons"]}

        assert await found(number=first.tracking) == {first.tracking: True, moved: True, family: False}
        assert await found(mail=f"aino@{CANARY}.example") == {first.tracking: False, moved: False}
        assert await found(phone="+358407715533") == {first.tracking: False, family: False}
        assert await found(name="muu otto", postal_code="00140") == {family: False, stranger: False}
        assert await found(mail="nobody@nowhere.example") == {}
        nothing = await town.ask("POST", "/v1/persons/find", claims, json={"name": "Otto"})
        assert (nothing.status_code, nothing.json()["code"]) == (422, "privacy.no_clue")


@pytest.mark.parametrize("format", ["json", "pdf"])
async def test_an_export_holds_all_that_is_kept_and_says_who_looked(
    database: Database, tmp_path: Path, format: str
) -> None:
    async with a_town(database, tmp_path) as town:
        one = await delivered(town)
        claims = await town.hire("clara", "claims")
        await town.told("GET", f"/v1/parcels/{one.parcel}", claims)

        answer = await town.ask("POST", f"/v1/persons/export?format={format}", claims, json={"persons": [one.person]})

        assert answer.is_success, answer.text
        if format == "pdf":
            document = pypdfium2.PdfDocument(answer.content)
            text = " ".join(page.get_textpage().get_text_bounded() for page in document)
            for word in (CANARY, one.tracking, "+358 40 771 5533", one.picture[:20], "looked at by"):
                assert word in text, word
            return
        [person] = answer.json()["persons"]
        assert {body["kind"] for body in person["kept"]} == {"recipient", "contents", "reference", "pin", "statement"}
        said = {body["kind"]: body["said"] for body in person["kept"]}
        assert said["recipient"]["street"] == f"{CANARY}polku 7"
        assert said["statement"]["drawing"] == [[601_234_567, 77_155_33]]
        [picture] = person["pictures"]
        assert base64.b64decode(picture["base64"]) == PICTURE
        [shipment] = person["shipments"]
        assert shipment["sender"] == "Kirjakauppa one"
        assert [line["state"] for line in shipment["parcels"][0]["custody"] if "state" in line][-1] == "delivered"
        assert len(shipment["parcels"][0]["statements"]) == 4
        assert len(person["links"]) == 1
        looks = {(look["kind"], look["did"]) for look in person["looked_at_by"]}
        assert ("Device", "parcel.read_private") in looks
        assert ("Staff", "person.export") in looks


async def test_a_recipient_asks_once_and_a_person_decides(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        one, other = await delivered(town, "one"), await delivered(town, "two")
        claims = await town.hire("clara", "claims")
        ask = f"/v1/tracking/{one.tracking}/requests"

        noted = [await town.told("POST", ask, one.link, json={"wish": "erase"}) for _ in range(2)]
        assert noted[0] == noted[1]
        assert (await town.ask("POST", ask, other.link, json={"wish": "erase"})).status_code == 404
        assert (await town.ask("POST", ask, one.link, json={"wish": "a pony"})).status_code == 422
        assert (await town.ask("POST", ask, {}, json={"wish": "erase"})).status_code == 401
        [waiting] = (await town.told("GET", "/v1/privacy/requests", claims))["requests"]
        assert waiting["person"] == one.person
        decide = f"/v1/privacy/requests/{waiting['id']}/decide"
        assert (await town.ask("POST", decide, claims, json={"decision": "granted"})).status_code == 204
        assert (await town.ask("POST", decide, claims, json={"decision": "refused"})).status_code == 404
        assert (await town.told("GET", "/v1/privacy/requests", claims))["requests"] == []


async def test_a_wish_that_meets_its_decision_waits_and_is_a_new_one(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        one, clara = await delivered(town, "one"), await town.hire("clara", "claims")
        target = f"/v1/tracking/{one.tracking}/requests"
        first = await town.told("POST", target, one.link, json={"wish": "erase"})
        async with town.here.store.transaction() as tx:
            await requests.decide(tx, first["id"], requests.Decision.REFUSED, "usr", town.here.clock.now_ms())
            asking = asyncio.ensure_future(town.ask("POST", target, one.link, json={"wish": "erase"}))
            await blocked(town.here.store, 1)
        second = (await asking).json()

        assert second["id"] != first["id"]
        [waiting] = (await town.told("GET", "/v1/privacy/requests", clara))["requests"]
        assert waiting["id"] == second["id"]
