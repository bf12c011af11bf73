"""The database goes away under a running application: told so, nothing acknowledged, and well again by itself."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from safehand.events.statement import FIRST_AFTER, HandedOver
from safehand.events.vocabulary import Side, State, Way
from tests.faults.load import what_is_wrong_with
from tests.installations import RECIPIENT, Phone, Town, a_town
from tests.servers import Database, Postgres, cloned, migrated_template, running_postgres

A_BODY = {"recipient": RECIPIENT, "parcels": [{"weight_g": 900}]}


@dataclass
class Scene:
    """A town with a parcel, on a database server of its own."""

    server: Postgres
    town: Town
    depot: Phone
    merchant: dict[str, str]
    parcel: str
    tracking: str
    pages: httpx.AsyncClient

    async def take_in(self) -> dict[str, Any]:
        """What the depot's phone says when it takes the parcel in."""
        merchant = (await self.town.told("GET", f"/v1/parcels/{self.parcel}"))["merchant"]
        said = HandedOver(
            parcel=self.parcel,  # type: ignore[arg-type]
            after=FIRST_AFTER,
            giver=merchant,
            taker=self.depot.party,
            side=Side.TAKER,
            way=Way.COUNTER,
            state=State.RECEIVED,
            **self.depot.next(),
        )
        return self.depot.item(said)


@pytest.fixture
def own_database() -> Iterator[Database]:
    with running_postgres() as server:
        yield cloned(server, migrated_template(server))


@pytest.fixture
async def scene(own_database: Database, tmp_path: Path) -> AsyncIterator[Scene]:
    async with a_town(own_database, tmp_path, pages=True) as town:
        depot = await town.phone(await town.party("depot", "Pasila"))
        _, merchant = await town.merchant()
        made = (await town.shipment(merchant))["parcels"][0]
        await town.settle()
        async with town.browser() as pages:
            scene = Scene(own_database.server, town, depot, merchant, made["parcel"], made["tracking"], pages)
            yield scene
    await own_database.close()


async def test_a_batch_told_while_it_is_away_is_not_acknowledged_and_is_new_afterwards(scene: Scene) -> None:
    item = await scene.take_in()

    scene.server.kill()
    refused = await scene.depot.tell(item)
    again = await scene.depot.tell(item)
    scene.server.start()
    stored = await scene.depot.tell(item)
    repeated = await scene.depot.tell(item)

    assert refused.status_code == again.status_code == 503
    assert what_is_wrong_with(refused) is None
    assert "answers" not in refused.json()
    assert [one["outcome"] for one in stored.json()["answers"]] == ["stored"]
    assert [one["outcome"] for one in repeated.json()["answers"]] == ["duplicate"]


async def test_every_question_that_needs_it_is_a_problem_with_a_time_to_come_back(scene: Scene) -> None:
    town, parcel = scene.town, scene.parcel
    signed = await scene.take_in()
    seen = {"headers": {"Safehand-Seen": "1"}}
    login = {"json": {"login": "root", "password": "not asked about"}}
    questions: list[tuple[str, str, dict[str, str] | None, dict[str, Any]]] = [
        ("GET", "/readyz", {}, {}),
        ("GET", "/v1/lag", None, {}),
        ("GET", f"/v1/parcels/{parcel}", None, {}),
        ("GET", f"/v1/parcels/{parcel}", None, seen),
        ("GET", f"/v1/parcels/{parcel}/custody", None, {}),
        ("GET", f"/v1/parcels/{parcel}/receipt", None, {}),
        ("GET", f"/v1/parcels/{parcel}/label?format=zpl", scene.merchant, {}),
        ("POST", f"/v1/parcels/{parcel}/cancel", scene.merchant, {"json": {}}),
        ("GET", "/v1/exceptions", None, {}),
        ("GET", f"/v1/tracking/{scene.tracking}", {}, {}),
        ("POST", "/v1/shipments", scene.merchant, {"json": A_BODY, "headers": {"Idempotency-Key": "two"}}),
        ("POST", "/v1/sessions", {}, login),
        ("POST", "/v1/parties", None, {"json": {"kind": "driver", "name": "Ana"}}),
    ]

    scene.server.kill()
    answers = [(target, await town.ask(method, target, who, **more)) for method, target, who, more in questions]
    answers.append(("handovers", await scene.depot.send("POST", "/v1/handovers", str(signed).encode())))
    alive = await town.ask("GET", "/healthz", {})
    log = [await town.ask("GET", f"/log/{name}", {}) for name in ("checkpoint", "vkey")]
    scene.server.start()

    wrong = {target: what_is_wrong_with(answer) for target, answer in answers if answer.status_code == 503}
    assert [(target, answer.status_code) for target, answer in answers if answer.status_code != 503] == []
    assert [problem for problem in wrong.items() if problem[1] is not None] == []
    assert alive.status_code == 200
    assert [answer.status_code for answer in log] == [200, 200]  # files: the log stays open to everybody
    assert (await town.ask("GET", "/readyz", {})).status_code == 200
    assert (await town.ask("GET", f"/v1/parcels/{parcel}")).status_code == 200


@pytest.mark.faults
async def test_a_person_gets_a_page_that_says_so(scene: Scene) -> None:
    address = f"/t/{scene.tracking}"
    before = await scene.pages.get(address)

    scene.server.kill()
    away = await scene.pages.get(address)
    scene.server.start()
    after = await scene.pages.get(address)

    assert (before.status_code, away.status_code, after.status_code) == (200, 503, 200)
    assert away.headers["content-type"].startswith("text/html")
    assert away.headers["retry-after"].isdigit()


@pytest.mark.faults
async def test_sequencing_and_signing_go_on_where_they_stopped(scene: Scene) -> None:
    town = scene.town
    before = await town.told("GET", "/v1/lag")
    await scene.depot.tell(await scene.take_in())

    scene.server.kill()
    with pytest.raises(Exception, match=r"store\.unavailable"):
        await town.here.sequencer.run_once()
    scene.server.start()
    await town.settle()
    after = await town.told("GET", "/v1/lag")

    assert after["signed"] == after["size"] == after["facts"] == before["facts"] + 1
