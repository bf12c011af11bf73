"""The reckoning believes nobody: whatever the system gets wrong about a parcel, it says so."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from safehand.demo.book import Book
from safehand.demo.cast import SHOPS
from safehand.demo.device import DeviceKey, signed
from safehand.demo.line import Line, StaffSession
from safehand.demo.office import Desk
from safehand.demo.phone import Answered
from safehand.demo.plan import ParcelPlan, ShipmentPlan
from safehand.demo.reckoning import Reckoner
from safehand.demo.town import Address
from safehand.demo.world import Box, Consignment
from safehand.events.statement import FIRST_AFTER, Scanned
from safehand.events.vocabulary import ExceptionKind, Reason, State, Way
from safehand.kernel.clock import HandClock
from safehand.kernel.ids import DeviceId, ParcelId, PartyId, PersonId

BOX = ParcelId("pcl_01kbb4xj0000000000000000p1")
SHOP, DEPOT, MIKKO, EVE = (PartyId(f"pty_01kbb4xj0000000000000000{name}1") for name in "sdme")


def told() -> Answered:
    """A statement that the system said it has."""
    said = Scanned(
        device=DeviceId("dev_01kbb4xj0000000000000000d1"),
        sequence=1,
        at_ms=1,
        parcel=BOX,
        party=MIKKO,
        state=State.OUT_FOR_DELIVERY,
    )
    return Answered(signed(DeviceKey.fresh(), said), "stored", 4, (), None)


TOLD = told()


def entry(kind: str, giver: str | None = None, taker: str | None = None, **more: Any) -> dict[str, Any]:
    blank = {"kind": kind, "giver": giver, "taker": taker, "state": None, "verified": True}
    return blank | {"cause": None, "counter_cause": None} | more


@dataclass
class System(httpx.AsyncBaseTransport):
    """Says of one parcel what it is told to say."""

    head: dict[str, Any]
    entries: list[dict[str, Any]]
    exceptions: list[dict[str, str]] = field(default_factory=list)
    lags: list[dict[str, Any]] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/v1/lag":
            caught_up = {"unsequenced": 0, "size": 5, "signed": 5, "projections": [{"behind": 0}]}
            return httpx.Response(200, json=self.lags.pop(0) if self.lags else caught_up)
        if path == "/v1/exceptions":
            first, rest = self.exceptions[:1], self.exceptions[1:]
            if "after" not in request.url.params:
                return httpx.Response(200, json={"exceptions": first, "next": "more" if rest else None})
            return httpx.Response(200, json={"exceptions": rest, "next": None})
        said = {"entries": self.entries} if path.endswith("/custody") else self.head
        return httpx.Response(200, content=json.dumps(said))


def delivered() -> System:
    return System(
        {"state": "delivered", "custodian": EVE},
        [
            entry("created", taker=SHOP),
            entry("handover", SHOP, DEPOT),
            entry("handover", DEPOT, MIKKO),
            entry("reading", state="out_for_delivery", cause=TOLD.sent.hash),
            entry("handover", MIKKO, EVE),
        ],
    )


def brought_back() -> System:
    system = delivered()
    system.head = {"state": "held", "custodian": DEPOT}
    system.entries[-1] = entry("reading", state="attempted")
    system.entries.append(entry("handover", MIKKO, DEPOT))
    return system


def a_box(*, is_delivered: bool) -> Box:
    plan = ParcelPlan(index=0, ware=SHOPS[0].wares[0])
    shipment = ShipmentPlan(
        index=0,
        shop=SHOPS[0],
        recipient="Eve",
        address=Address("Street", "1", "00100", "Town", "FI", 0, 0),
        express=False,
        parcels=(plan,),
        way=Way.PIN if is_delivered else None,
        reason=None if is_delivered else Reason.CONSIGNEE_ABSENT,
    )
    return Box(shipment, plan, BOX, "00364", "T1", "/t/T1?k=x", must_seal=False)


async def reckoned(system: System, *, is_delivered: bool = True, book: Book | None = None) -> Book:
    book = book or Book()
    book.note(TOLD)
    line = Line(httpx.AsyncClient(transport=system, base_url="http://system"))
    session = StaffSession("cookie", "http://system")
    box = a_box(is_delivered=is_delivered)
    shelf = {} if is_delivered else {BOX: Consignment(box, PersonId(EVE), FIRST_AFTER, DEPOT)}
    desk = Desk(line, HandClock(), book, session, session, "password")
    found = await Reckoner(line, desk, book, DEPOT, shelf).reckon([box], {BOX: EVE})
    assert found.delivered + found.attempted <= 1
    return book


async def test_a_parcel_at_its_recipient_is_as_it_should_be() -> None:
    assert (await reckoned(delivered())).disagreements == []


async def test_a_parcel_brought_back_after_an_attempt_is_as_it_should_be() -> None:
    assert (await reckoned(brought_back(), is_delivered=False)).disagreements == []


async def test_a_log_that_lags_is_waited_for() -> None:
    system = delivered()
    behind = {"unsequenced": 0, "size": 5, "signed": 5, "projections": [{"behind": 2}]}
    system.lags = [behind, {**behind, "projections": [], "unsequenced": 1}, {**behind, "projections": [], "signed": 4}]

    assert (await reckoned(system)).disagreements == []
    assert system.lags == []


def other_custodian(system: System) -> None:
    system.head["custodian"] = MIKKO


def other_state(system: System) -> None:
    system.head["state"] = "out_for_delivery"


def stolen_on_the_way(system: System) -> None:
    system.entries[-1] = entry("handover", MIKKO, SHOP)
    system.head["custodian"] = SHOP


def gap_in_the_chain(system: System) -> None:
    del system.entries[2]


def statement_lost(system: System) -> None:
    system.entries[3]["cause"] = "0" * 64


def not_in_the_log(system: System) -> None:
    system.entries[-1]["verified"] = False


def false_alarm(system: System) -> None:
    system.exceptions = [{"parcel": BOX, "kind": "fork"}]


@pytest.mark.parametrize(
    "fault",
    [
        other_custodian,
        other_state,
        stolen_on_the_way,
        gap_in_the_chain,
        statement_lost,
        not_in_the_log,
        false_alarm,
    ],
    ids=lambda fault: fault.__name__.replace("_", " "),
)
async def test_a_fault_of_the_system_is_said(fault: Callable[[System], None]) -> None:
    system = delivered()
    fault(system)

    book = await reckoned(system)

    assert book.disagreements != []
    assert BOX in " ".join(book.disagreements)


async def test_a_parcel_brought_back_without_an_attempt_is_said() -> None:
    system = brought_back()
    system.entries = [one for one in system.entries if one["state"] != "attempted"]

    book = await reckoned(system, is_delivered=False)

    assert book.disagreements == [f"{BOX}: came back, and no attempt is on record"]


async def test_every_page_of_exceptions_is_read_and_held_against_what_was_planted() -> None:
    system = delivered()
    system.exceptions = [{"parcel": BOX, "kind": "fork"}, {"parcel": BOX, "kind": "seal_mismatch"}]
    book = Book()
    book.expect(BOX, ExceptionKind.FORK)
    book.expect(BOX, ExceptionKind.SEAL_MISMATCH)

    assert (await reckoned(system, book=book)).disagreements == []


async def test_a_planted_exception_that_nobody_raised_is_said() -> None:
    book = Book()
    book.expect(BOX, ExceptionKind.PIN_MISMATCH)

    assert len((await reckoned(delivered(), book=book)).disagreements) == 1


async def test_a_forged_statement_that_was_taken_is_said_and_one_set_aside_is_not() -> None:
    taken, aside = Book(), Book()
    taken.to_set_aside.add("f" * 64)
    aside.to_set_aside.add("f" * 64)
    aside.set_aside["f" * 64] = "intake.bad_signature"

    assert len((await reckoned(delivered(), book=taken)).disagreements) == 1
    assert (await reckoned(delivered(), book=aside)).disagreements == []


async def test_an_honest_statement_that_was_set_aside_is_said_with_its_reason() -> None:
    book = Book()
    book.set_aside["e" * 64] = "intake.not_a_statement"

    assert "intake.not_a_statement" in (await reckoned(delivered(), book=book)).disagreements[0]
