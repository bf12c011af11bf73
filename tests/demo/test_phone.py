"""A phone forgets nothing that was not answered, and says nothing twice in two ways."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import pytest

from safehand.demo.device import DeviceAuth, DeviceKey, SignedStatement
from safehand.demo.errors import Unexpected
from safehand.demo.line import Line, open_line, retry_after_s
from safehand.demo.phone import BATCH_ITEMS_MAX, Answered, Phone, batches
from safehand.events.statement import FIRST_AFTER, parse_statement
from safehand.events.vocabulary import Side, State, Way
from safehand.intake.batch import BATCH_BYTES_MAX, ITEMS_MAX
from safehand.kernel.clock import HandClock
from safehand.kernel.ids import DeviceId, ParcelId, PartyId

PARCEL = ParcelId("pcl_01kbb4xj0000000000000000p1")
DEVICE = DeviceId("dev_01kbb4xj0000000000000000d1")
DEPOT = PartyId("pty_01kbb4xj0000000000000000d1")
MIKKO = PartyId("pty_01kbb4xj0000000000000000m1")

type Trouble = httpx.Response | Exception


@dataclass
class Stand(httpx.AsyncBaseTransport):
    """Answers batches as the system does: once each hash is new, later a duplicate. First come the troubles."""

    troubles: list[Trouble] = field(default_factory=list)
    spoil: Callable[[list[dict[str, object]]], object] | None = None
    stored: list[str] = field(default_factory=list)
    posts: list[bytes] = field(default_factory=list)
    seen: list[str | None] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read() if not isinstance(request.stream, httpx.AsyncByteStream) else await request.aread()
        self.posts.append(body)
        self.seen.append(request.headers.get("safehand-seen"))
        if self.troubles:
            trouble = self.troubles.pop(0)
            if isinstance(trouble, Exception):
                raise trouble
            return trouble
        answers = [self.answer(item["statement"]) for item in json.loads(body)["statements"]]
        return httpx.Response(200, json={"answers": self.spoil(answers) if self.spoil else answers})

    def answer(self, statement: str) -> dict[str, object]:
        hash = hashlib.sha256(statement.encode()).hexdigest()
        outcome = "duplicate" if hash in self.stored else "stored"
        if outcome == "stored":
            self.stored.append(hash)
        seq = self.stored.index(hash) + 1
        return {"hash": hash, "outcome": outcome, "seq": seq, "exceptions": [], "why": None}


def a_phone(stand: Stand, journal: Callable[[Answered], None] = lambda _: None) -> Phone:
    line = Line(httpx.AsyncClient(transport=stand, base_url="http://system"))
    key = DeviceKey.fresh()
    return Phone(key, DEVICE, MIKKO, line, DeviceAuth(DEVICE, key, HandClock()), journal)


def busy(wait: str = "0") -> httpx.Response:
    return httpx.Response(503, headers={"Retry-After": wait}, json={"code": "store.unavailable"})


async def test_what_is_answered_leaves_the_outbox_and_enters_the_journal() -> None:
    journal: list[Answered] = []
    phone = a_phone(Stand(), journal.append)
    sent = [phone.scan(PARCEL, at_ms, State.OUT_FOR_DELIVERY) for at_ms in (1, 2, 3)]

    answers = await phone.flush()

    assert phone.outbox == []
    assert [answered.sent for answered in answers] == sent
    assert journal == answers
    assert {answered.outcome for answered in answers} == {"stored"}


async def test_while_the_system_is_away_the_same_bytes_are_offered_again() -> None:
    stand = Stand(troubles=[busy(), httpx.ConnectError("refused"), busy(), httpx.ReadTimeout("no answer")])
    phone = a_phone(stand)
    phone.scan(PARCEL, 1, State.ATTEMPTED)

    answers = await phone.flush()

    assert len(stand.posts) == 5
    assert len(set(stand.posts)) == 1
    assert [answered.outcome for answered in answers] == ["stored"]


async def test_an_answer_that_got_lost_comes_back_as_a_duplicate_and_counts_once() -> None:
    stand = Stand()
    phone = a_phone(stand)
    sent = phone.scan(PARCEL, 1, State.ATTEMPTED)
    await phone.post([sent])

    answers = await phone.flush()

    assert [answered.outcome for answered in answers] == ["duplicate"]
    assert stand.stored == [sent.hash]


@pytest.mark.parametrize("status", [400, 401, 403, 413, 500])
async def test_a_refusal_keeps_the_outbox(status: int) -> None:
    phone = a_phone(Stand(troubles=[httpx.Response(status, json={})]))
    sent = phone.scan(PARCEL, 1, State.ATTEMPTED)

    with pytest.raises(Unexpected) as refused:
        await phone.flush()

    assert refused.value.params["answered"] == status
    assert phone.outbox == [sent]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda answers: [],
        lambda answers: answers[:-1],
        lambda answers: answers[::-1],
        lambda answers: [*answers, answers[0]],
        lambda answers: [{**answers[0], "hash": "0" * 64}, answers[1]],
    ],
    ids=["none", "one missing", "in another order", "one too many", "another statement's"],
)
async def test_answers_to_something_else_are_not_taken(
    spoil: Callable[[list[dict[str, object]]], object],
) -> None:
    phone = a_phone(Stand(spoil=spoil))
    sent = [phone.scan(PARCEL, at_ms, State.ATTEMPTED) for at_ms in (1, 2)]

    with pytest.raises(Unexpected):
        await phone.flush()

    assert phone.outbox == sent


async def test_sequence_numbers_rise_by_one_through_every_kind_of_statement() -> None:
    phone = a_phone(Stand())
    phone.scan(PARCEL, 1, State.SORTED)
    phone.put_seal(PARCEL, 2, "S1")
    phone.hand_over(PARCEL, 3, after=FIRST_AFTER, giver=DEPOT, taker=MIKKO, way=Way.DEVICES, state=State.LOADED)

    assert [parse_statement(sent.raw).sequence for sent in phone.outbox] == [1, 2, 3]


@pytest.mark.parametrize(("giver", "taker", "side"), [(DEPOT, MIKKO, Side.TAKER), (MIKKO, DEPOT, Side.GIVER)])
async def test_a_phone_signs_for_its_own_side(giver: PartyId, taker: PartyId, side: Side) -> None:
    phone = a_phone(Stand())

    sent = phone.hand_over(PARCEL, 3, after=FIRST_AFTER, giver=giver, taker=taker, way=Way.DEVICES, state=State.HELD)

    assert sent.said.side is side  # type: ignore[attr-defined]


async def test_a_list_is_asked_for_as_of_the_newest_fact_that_was_acknowledged() -> None:
    stand = Stand()
    phone = a_phone(stand)
    for at_ms in (1, 2):
        phone.scan(PARCEL, at_ms, State.SORTED)
        await phone.flush()
    stand.troubles = [httpx.Response(200, json={}), httpx.Response(200, json={})]
    await phone.line.get("/v1/exceptions", fresh=True)
    await phone.line.get("/v1/parcels/x")

    assert stand.seen == [None, None, "2", None]


def sent_with(body_bytes: int) -> SignedStatement:
    phone = a_phone(Stand())
    scan = phone.scan(PARCEL, 1, State.SORTED)
    return SignedStatement(scan.said, scan.raw, scan.signature, b"\0" * 32, b"x" * body_bytes)


@pytest.mark.parametrize(("count", "body_bytes"), [(1, 0), (200, 0), (201, 0), (777, 0), (100, 60_000), (3, 1_600_000)])
def test_batches_are_never_larger_than_the_system_reads_and_lose_nothing(count: int, body_bytes: int) -> None:
    outbox = [sent_with(body_bytes)] * count

    cut = list(batches(outbox))

    assert sum(map(len, cut)) == count
    assert all(0 < len(batch) <= BATCH_ITEMS_MAX <= ITEMS_MAX for batch in cut)
    for batch in cut:
        written = json.dumps({"statements": [sent.item() for sent in batch]})
        assert len(written) <= BATCH_BYTES_MAX or len(batch) == 1


@pytest.mark.parametrize(
    ("said", "wait_s"), [("3", 3.0), ("0", 0.0), ("3600", 10.0), ("soon", 1.0), ("", 1.0), ("-5", 1.0), ("²", 1.0)]
)
def test_the_wait_that_is_asked_for_is_kept_within_reason(said: str, wait_s: float) -> None:
    answer = httpx.Response(503, headers=httpx.Headers({"Retry-After": said}, encoding="utf-8"))

    assert retry_after_s(answer) == wait_s


async def test_a_line_keeps_nobodys_cookie() -> None:
    async with open_line("http://127.0.0.1:9") as line:
        answer = httpx.Response(200, headers={"Set-Cookie": "safehand_session=abc; Path=/"})
        answer.request = httpx.Request("GET", "http://127.0.0.1:9/")
        line.http.cookies.extract_cookies(answer)

        assert list(line.http.cookies.jar) == []
