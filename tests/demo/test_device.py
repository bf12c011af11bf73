"""A device signs exactly the bytes that the protocol says, and the system reads them."""

import hashlib
import json
from collections.abc import Iterator

import httpx
import pytest

from safehand.demo.device import DeviceAuth, DeviceKey, SignedStatement, b64url, enrolment, request_bytes, signed
from safehand.events.statement import (
    FIRST_AFTER,
    HandedOver,
    Scanned,
    handover_id,
    parse_statement,
    private_body_hash,
    statement_bytes,
)
from safehand.events.vocabulary import Evidence, Side, State, Way
from safehand.handover.proofs import read_body
from safehand.identity.devices import HEADER, Enrolment
from safehand.identity.signatures import verify_es256
from safehand.identity.wire import b64url_bytes
from safehand.identity.wire import request_bytes as expected_request_bytes
from safehand.intake.batch import Sender, arrival_of, claim_of, read_batch
from safehand.kernel.clock import HandClock
from safehand.kernel.ids import DeviceId, ParcelId, PartyId

PARCEL = ParcelId("pcl_01kbb4xj0000000000000000p1")
DEVICE = DeviceId("dev_01kbb4xj0000000000000000d1")
DEPOT = PartyId("pty_01kbb4xj0000000000000000d1")
MIKKO = PartyId("pty_01kbb4xj0000000000000000m1")
EVE = PartyId("per_01kbb4xj0000000000000000e1")

A_HANDOVER = (
    b"safehand/statement/v1\n"
    b'{"after":"%(after)s","at_ms":1795320120000,"device":"dev_01kbb4xj0000000000000000d1",'
    b'"giver":"pty_01kbb4xj0000000000000000d1","kind":"handover","parcel":"pcl_01kbb4xj0000000000000000p1",'
    b'"seal":"S1234567895","sequence":7,"side":"giver","state":"loaded","taker":"pty_01kbb4xj0000000000000000m1",'
    b'"way":"devices"}'
) % {b"after": b"0" * 64}


def a_handover() -> HandedOver:
    return HandedOver(
        device=DEVICE,
        sequence=7,
        at_ms=1_795_320_120_000,
        parcel=PARCEL,
        after=FIRST_AFTER,
        giver=DEPOT,
        taker=MIKKO,
        side=Side.GIVER,
        way=Way.DEVICES,
        state=State.LOADED,
        seal="S1234567895",
    )


def a_delivery() -> HandedOver:
    after = handover_id(FIRST_AFTER, DEPOT, PARCEL, MIKKO)
    return HandedOver(
        device=DEVICE,
        sequence=8,
        at_ms=1_795_330_000_000,
        parcel=PARCEL,
        after=after,
        giver=MIKKO,
        taker=EVE,
        side=Side.GIVER,
        way=Way.PIN,
        state=State.DELIVERED,
        evidence=(Evidence.PIN,),
    )


def point(key: DeviceKey) -> bytes:
    raw = b64url_bytes(key.public)
    assert raw is not None
    return raw


def test_a_statement_is_these_bytes() -> None:
    sent = signed(DeviceKey.fresh(), a_handover())

    assert sent.raw == A_HANDOVER
    assert sent.item()["statement"].encode() == A_HANDOVER
    assert set(sent.item()) == {"statement", "signature"}


def test_both_sides_derive_one_handover() -> None:
    said = f'{{"after":"{FIRST_AFTER}","giver":"{DEPOT}","parcel":"{PARCEL}","taker":"{MIKKO}"}}'

    expected = hashlib.sha256(b"safehand/handover/v1\n" + said.encode()).hexdigest()

    assert a_handover().handover == expected


def test_a_signature_is_64_bytes_and_the_system_accepts_it() -> None:
    key = DeviceKey.fresh()

    for _ in range(20):  # r or s is short of 32 bytes once in 128
        sent = signed(key, a_handover())
        assert len(sent.signature) == 64
        assert verify_es256(point(key), sent.raw, sent.signature)
    assert not verify_es256(point(key), sent.raw + b" ", sent.signature)


def test_a_private_body_travels_beside_the_statement_which_names_only_its_salted_hash() -> None:
    sent = signed(DeviceKey.fresh(), a_delivery(), {"pin": "482913"})

    assert b"482913" not in sent.raw
    assert sent.body == b'{"pin":"482913"}'
    assert sent.salt is not None
    assert parse_statement(sent.raw).body_hash == private_body_hash(sent.salt, sent.body)


def test_a_name_in_a_private_body_may_have_any_letters() -> None:
    sent = signed(DeviceKey.fresh(), a_delivery(), {"name": "Väinö Räsänen", "drawing": [[1, 2, 3, 4]]})

    body = read_body(sent.body)
    assert body.name == "Väinö Räsänen"
    assert body.drawing == [[1, 2, 3, 4]]


def test_the_same_body_is_never_hashed_alike_twice() -> None:
    key = DeviceKey.fresh()

    hashes = {signed(key, a_delivery(), {"pin": "482913"}).said.body_hash for _ in range(5)}

    assert len(hashes) == 5


def test_the_system_reads_what_the_device_posts() -> None:
    key = DeviceKey.fresh()
    sent = [signed(key, a_handover()), signed(key, a_delivery(), {"pin": "482913"})]
    raw = json.dumps({"statements": [one.item() for one in sent]}).encode()
    sender = Sender(DEVICE, MIKKO)

    arrivals = [arrival_of(claim_of(item, sender), sender) for item in read_batch(raw)]  # type: ignore[arg-type]

    assert [arrival.raw for arrival in arrivals] == [one.raw for one in sent]
    assert [arrival.hash.hex() for arrival in arrivals] == [one.hash for one in sent]  # type: ignore[union-attr]
    assert arrivals[1].body == b'{"pin":"482913"}'  # type: ignore[union-attr]


def test_a_scan_is_read_back_as_it_was_said() -> None:
    said = Scanned(device=DEVICE, sequence=1, at_ms=5, parcel=PARCEL, party=DEPOT, state=State.SORTED)

    sent = signed(DeviceKey.fresh(), said)

    assert parse_statement(sent.raw) == said
    assert sent.raw == statement_bytes(said)


def test_an_enrolment_proves_that_the_device_holds_the_key() -> None:
    key = DeviceKey.fresh()
    said = enrolment(key, "A1B2-C3D4")
    proof = b64url_bytes(said["proof"])
    assert proof is not None

    assert Enrolment("A1B2-C3D4", point(key), proof).proven
    assert not Enrolment("A1B2-C3D5", point(key), proof).proven
    assert len(point(key)) == 65


def test_a_request_is_signed_as_the_system_reads_it() -> None:
    said = ("PUT", "/v1/evidence/ab?x=1", 1_795_320_120_000, b"\xff\x00")

    assert request_bytes(*said) == expected_request_bytes(said[0], said[1].encode(), said[2], said[3])


class Answers(httpx.AsyncBaseTransport):
    """A system that gives these answers in turn, and keeps what it was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers: Iterator[httpx.Response] = iter(answers)
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(httpx.Request(request.method, request.url, headers=request.headers, content=request.content))
        return next(self.answers)


async def test_every_request_carries_a_fresh_signature_over_path_query_and_body() -> None:
    key, clock = DeviceKey.fresh(), HandClock(1_795_320_120_000)
    system = Answers(httpx.Response(200))
    async with httpx.AsyncClient(transport=system, base_url="http://system") as http:
        await http.post("/v1/statements?x=%C3%A4&y=1", content=b"{}", auth=DeviceAuth(DEVICE, key, clock))

    scheme, _, credential = system.asked[0].headers["authorization"].partition(" ")
    found = HEADER.fullmatch(credential)
    assert scheme == "Safehand-Device"
    assert found is not None
    assert found[1] == DEVICE
    assert int(found[2]) == clock.at_ms
    signature = b64url_bytes(found[3])
    assert signature is not None
    said = expected_request_bytes("POST", b"/v1/statements?x=%C3%A4&y=1", clock.at_ms, b"{}")
    assert verify_es256(point(key), said, signature)


async def test_a_device_whose_clock_is_wrong_goes_by_the_systems_clock_from_then_on() -> None:
    clock = HandClock(1_000_000)
    skewed = httpx.Response(401, json={"code": "identity.clock_skewed", "params": {"server_ms": 9_000_000}})
    system = Answers(skewed, httpx.Response(200), httpx.Response(200))
    auth = DeviceAuth(DEVICE, DeviceKey.fresh(), clock)
    async with httpx.AsyncClient(transport=system, base_url="http://system") as http:
        first = await http.get("/v1/parcels/x", auth=auth)
        clock.advance(500)
        second = await http.get("/v1/parcels/x", auth=auth)

    times = [int(HEADER.findall(asked.headers["authorization"])[0][1]) for asked in system.asked]
    assert (first.status_code, second.status_code) == (200, 200)
    assert times == [1_000_000, 9_000_000, 9_000_500]


@pytest.mark.parametrize("said", [b"", b"{}", b"[]", b'{"params":{"server_ms":"soon"}}', b'{"params":null}'])
async def test_another_refusal_is_not_tried_again(said: bytes) -> None:
    system = Answers(httpx.Response(401, content=said))
    async with httpx.AsyncClient(transport=system, base_url="http://system") as http:
        answer = await http.get("/", auth=DeviceAuth(DEVICE, DeviceKey.fresh(), HandClock()))

    assert answer.status_code == 401
    assert len(system.asked) == 1


def test_base64url_has_no_padding() -> None:
    assert b64url(b"\xfb\xff") == "-_8"


def test_a_statement_without_a_body_has_no_salt() -> None:
    sent = signed(DeviceKey.fresh(), a_handover())

    assert sent == SignedStatement(a_handover(), A_HANDOVER, sent.signature)
