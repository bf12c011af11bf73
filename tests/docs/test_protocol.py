"""docs/protocol.md is run: its bytes are made anew, compared, posted, and answered as it says."""

import json
import re
from pathlib import Path
from typing import Any

from safehand.events.aggregates import AggregateCreated
from safehand.events.statement import HandedOver, handover_id, parse_statement, statement_hash
from safehand.events.vocabulary import AggregateKind
from safehand.identity.signatures import verify_es256
from safehand.identity.wire import b64url_bytes
from safehand.kernel.clock import HandClock
from safehand.ledger.ledger import Append
from tests.docs import example
from tests.installations import Town, a_town
from tests.rooms import arrival
from tests.servers import Database
from tests.world import ANA, BOX, DEPOT, EVE, SHOP, created_box

PAGE = Path("docs/protocol.md").read_text("utf-8")


def block(name: str) -> str:
    """The code block after the comment that names it."""
    found = re.search(rf"<!-- {name} -->\n```[a-z]*\n(.*?)\n```", PAGE, re.S)
    assert found, f"the page has no block {name}"
    return found[1]


def test_the_page_shows_the_bytes_that_its_keys_make() -> None:
    depot, driver = example.statements()
    assert block("scanner batch") == example.batch(example.DEPOT_KEY, depot).decode()
    assert block("phone batch") == example.batch(example.DRIVER_KEY, driver).decode()
    for name, key, said in zip(
        ("scanner cage", "phone cage"), (example.DEPOT_KEY, example.DRIVER_KEY), example.cage_statements(), strict=True
    ):
        assert block(name) == example.batch(key, said).decode()
    assert block("scanner answer") == example.answer(depot)
    assert block("enrolment") == example.enrolment()
    body = block("scanner batch").encode()
    assert block("authorization") == example.authorization(example.DEPOT_KEY, example.SCANNER, body, example.AT_MS)


def test_every_statement_on_the_page_verifies_with_the_key_beside_it() -> None:
    for name, key in (("scanner", example.DEPOT_KEY), ("phone", example.DRIVER_KEY)):
        point = b64url_bytes(example.public_key(key))
        assert example.public_key(key) in PAGE
        for item in json.loads(block(f"{name} batch"))["statements"]:
            signed = b64url_bytes(item["signature"])
            assert point is not None
            assert signed is not None
            assert verify_es256(point, item["statement"].encode(), signed)


def test_the_two_sides_of_the_handover_derive_one_id() -> None:
    given = parse_statement(json.loads(block("scanner batch"))["statements"][1]["statement"].encode())
    taken = parse_statement(json.loads(block("phone batch"))["statements"][0]["statement"].encode())
    assert isinstance(given, HandedOver)
    assert isinstance(taken, HandedOver)
    assert given.handover == taken.handover
    assert given.handover in PAGE


async def test_the_batches_on_the_page_are_answered_as_it_says(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path, HandClock(example.AT_MS)) as town:
        await people_of_the_page(town)

        told = [
            ("scanner", example.DEPOT_KEY, example.SCANNER),
            ("phone", example.DRIVER_KEY, example.PHONE),
        ]
        for name, key, device in told:
            body = block(f"{name} batch").encode()
            signed = example.authorization(key, device, body, example.AT_MS)
            answer = await town.client.post("/v1/statements", content=body, headers={"Authorization": signed})
            assert {a["outcome"] for a in answer.json()["answers"]} == {"stored"}, answer.text
            for item, got in zip(json.loads(body)["statements"], answer.json()["answers"], strict=True):
                assert got["hash"] == statement_hash(item["statement"].encode()).hex()
        held = await head_of_the_box(town)
        assert (held["custodian"], held["state"]) == (EVE, "delivered")


async def test_the_cage_on_the_page_takes_the_box_along(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path, HandClock(example.AT_MS)) as town:
        await people_of_the_page(town)
        cage = AggregateCreated(
            at_ms=example.AT_MS,
            received_ms=example.AT_MS,
            parcel=example.CAGE,
            kind=AggregateKind.CAGE,
            holder=DEPOT,
        )
        async with town.here.store.transaction() as tx:
            await town.here.ledger.append(tx, [Append(example.CAGE, 0, [cage])])
        await town.here.custody.record([arrival(example.statements()[0][0])])

        for name, key, device in (
            ("scanner cage", example.DEPOT_KEY, example.SCANNER),
            ("phone cage", example.DRIVER_KEY, example.PHONE),
        ):
            body = block(name).encode()
            signed = example.authorization(key, device, body, example.AT_MS)
            answer = await town.client.post("/v1/statements", content=body, headers={"Authorization": signed})
            assert {a["outcome"] for a in answer.json()["answers"]} == {"stored"}, answer.text
        held = await head_of_the_box(town)
        assert (held["custodian"], held["state"]) == (ANA, "loaded")
        async with town.here.store.transaction() as tx:
            chain = (await town.here.reader.head(tx, BOX)).chain
        received = example.statements()[0][0]
        assert isinstance(received, HandedOver)
        assert chain[-1] == handover_id(received.handover, DEPOT, BOX, ANA)
        assert chain[-1] in PAGE


async def people_of_the_page(town: Town) -> None:
    """The parties, devices and the parcel that the page speaks of, under its ids."""
    here = town.here
    async with here.store.transaction() as tx:
        user = (await here.identity.users.listed(tx))[0].id
        for party, kind in ((SHOP, "merchant"), (DEPOT, "depot"), (ANA, "driver")):
            await tx.run("INSERT INTO parties (id, kind, name, made_ms) VALUES ($1, $2, $2, 1)", party, kind)
        for device, party, key in (
            (example.SCANNER, DEPOT, example.DEPOT_KEY),
            (example.PHONE, ANA, example.DRIVER_KEY),
        ):
            await tx.run(
                "INSERT INTO devices (id, party, label, public_key, enrolled_by, enrolled_ms)"
                " VALUES ($1, $2, 'example', $3, $4, 1)",
                device,
                party,
                b64url_bytes(example.public_key(key)),
                user,
            )
        master = await here.vault.masters.current(tx)
        row = (EVE, master.fingerprint, master.wrap(EVE, b"\x08" * 32), 1)
        await tx.copy("vault_persons", ("person", "master", "wrapped", "made_ms"), [row])
        await here.ledger.append(tx, [Append(BOX, 0, [created_box()])])
    async with here.store.transaction() as tx:
        await here.pins.of(tx, BOX, EVE)
        rows = await tx.fetch("SELECT body FROM pins WHERE parcel = $1", BOX)
        pin = json.loads(example.BODY)["pin"].encode()
        from safehand.vault.vault import Kind

        body = await here.vault.put(tx, EVE, Kind.PIN, pin)
        await tx.run("UPDATE pins SET body = $2 WHERE body = $1", rows[0]["body"], body)


async def head_of_the_box(town: Town) -> dict[str, Any]:
    async with town.here.store.transaction() as tx:
        head = await town.here.reader.head(tx, BOX)
    return {"custodian": head.custodian, "state": head.state}
