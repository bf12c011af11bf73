"""A person who is erased is nowhere in what a whole installation keeps: database files and their logs, the stream,
what every process wrote; and the receipt that names their parcel still verifies."""

import base64
from pathlib import Path

import httpx
import pytest

from safehand.ledger.note import VerifierKey
from safehand.ledger.receipt import verify_receipt
from tests.faults.machine import a_machine, until
from tests.installations import Asked
from tests.privacy.scenes import CANARY, PICTURE, WHO, Delivered, brought, traces
from tests.servers import scratch_folder

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]
RECEIPT_S = 60.0


def traced(*places: Path) -> list[str]:
    """In which files, or files below these folders, a word of the person is left."""
    files = [file for place in places for file in (place, *place.rglob("*")) if file.is_file()]
    assert files
    return [str(file) for file in sorted(files) if traces(file.read_bytes())]


def kept_as(word: bytes, *places: Path) -> set[str]:
    """The folders, two deep, in which a word that is no secret stands: what the search really reads."""
    return {
        "/".join(file.relative_to(place).parts[:2])
        for place in places
        for file in place.rglob("*")
        if file.is_file() and word in file.read_bytes()
    }


async def receipt(town: Asked, one: Delivered) -> bytes:
    answer = httpx.Response(404)

    async def fetched() -> bool:
        nonlocal answer
        answer = await town.ask("GET", f"/v1/parcels/{one.parcel}/receipt", one.merchant)
        return answer.is_success

    await until(fetched, RECEIPT_S, "a receipt")
    return answer.content


async def a_persons_life(town: Asked) -> tuple[Delivered, bytes, bytes]:
    """They get a parcel, are looked for, read, mistyped, exported and erased: with a receipt before and one after."""
    one = await brought(town)
    claims = await town.hire("clara", "claims")
    for target in (f"/v1/parcels/{one.parcel}", f"/v1/parcels/{one.parcel}/label", f"/v1/tracking/{one.tracking}"):
        assert (await town.ask("GET", target, one.merchant)).is_success
    await town.told("POST", "/v1/persons/find", claims, json={"mail": WHO["email"]})
    for mistyped in (f"/parcels?number={CANARY}", f"/v1/parcels/{CANARY}", f"/v1/persons/{CANARY}", f"/{CANARY}"):
        assert (await town.ask("GET", mistyped, claims)).status_code < 500
    for wrong in ({"recipient": WHO | {"country": CANARY}}, {"recipient": CANARY}, {CANARY: 1}):
        assert (await town.ask("POST", "/v1/shipments", one.merchant, json=wrong)).is_client_error
    failed = await town.ask("POST", "/v1/sessions", {}, json={"login": CANARY, "password": f"{CANARY} is my name"})
    assert failed.status_code == 401
    assert (await town.ask("POST", "/v1/persons/export", claims, json={"persons": [one.person]})).is_success
    before = await receipt(town, one)
    assert await town.told("POST", "/v1/persons/erase", claims, json={"persons": [one.person]}) == {"erased": 1}
    return one, before, await receipt(town, one)


async def test_an_erased_person_is_in_no_file_of_a_whole_installation() -> None:
    with scratch_folder(on_disk=True) as folder:
        data, words = folder / "data", folder / "words"
        with a_machine(data, words) as machine:
            await machine.whole()
            async with httpx.AsyncClient(base_url=machine.url, timeout=30, trust_env=False) as client:
                town = Asked(client)
                await town.set_up(await machine.setup_token())
                one, before, after = await a_persons_life(town)
                key = VerifierKey.parse((await client.get("/log/vkey")).text.strip())
        assert all(verify_receipt(file, key).authenticated for file in (before, after))

        assert traced(data, words) == []
        assert "postgres/cluster" in kept_as(one.parcel.encode(), data)  # what is no secret is found there
        assert b"erasure.done" in words.read_bytes()


def test_the_search_finds_what_is_there_in_any_form(tmp_path: Path) -> None:
    for number, form in enumerate((CANARY.encode(), CANARY.encode().hex().encode(), base64.b64encode(b"xy" + PICTURE))):
        (tmp_path / "deep").mkdir(exist_ok=True)
        (tmp_path / "deep" / str(number)).write_bytes(b"before" + form + b"behind")
    (tmp_path / "innocent").write_bytes(b"nobody's")

    assert traced(tmp_path) == sorted(str(tmp_path / "deep" / str(number)) for number in range(3))
