"""What a driver may not carry is told before the van leaves, and once more at the handover; custody follows hands."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from safehand.app.carrying import Carrying
from safehand.events.event import Event
from safehand.events.statement import FIRST_AFTER, Packed
from safehand.events.vocabulary import LicenceClass, Side, State, Way
from safehand.events.workforce import DriverEngaged, LicenceRecorded, TrainingCertified
from safehand.kernel.days import day_number
from safehand.kernel.ids import CERTIFICATE, LICENCE, CertificateId, LicenceId, ParcelId, new_id
from safehand.ledger.ledger import Append
from safehand.workforce.authority import HANDOVER, PRIVACY, SECURITY, Judged
from tests.app.test_day import handover
from tests.depot.scenes import Day, a_depots_day
from tests.installations import Phone
from tests.servers import Database

COURSES = (SECURITY, HANDOVER, PRIVACY)
DEAR, DANGEROUS, PLAIN = {"value_cents": 60_000}, {"dangerous": ["UN3481"]}, dict[str, Any]()


@pytest.fixture
async def day(database: Database, tmp_path: Path) -> AsyncIterator[Day]:
    async with a_depots_day(database, tmp_path) as day:
        today = (await day.asked("routes"))["day"]
        routes = {"routes": [{"route": "R1", "driver": day.driver}]}
        await day.town.told("PUT", f"/v1/depots/{day.depot}/routes/{today}", json=routes)
        yield day


async def engaged(day: Day, *courses: str, days: int = 10) -> None:
    """The driver works here since then, with a car licence and these courses."""
    here = day.town.here
    now_ms, today = here.clock.now_ms(), here.workforce.drivers.today()
    at: dict[str, Any] = {"at_ms": now_ms, "received_ms": now_ms, "driver": day.driver}
    facts: list[Event] = [
        DriverEngaged(**at, since=day_number(today - timedelta(days=days))),
        LicenceRecorded(
            **at,
            licence=LicenceId(new_id(LICENCE, now_ms)),
            classes=(LicenceClass.B,),
            expires=day_number(date(2099, 1, 1)),
        ),
        *(
            TrainingCertified(
                **at,
                certificate=CertificateId(new_id(CERTIFICATE, now_ms)),
                course=course,
                edition=1,
                right=5,
                asked=5,
                expires=day_number(date(2099, 1, 1)),
            )
            for course in courses
        ),
    ]
    async with here.store.transaction() as tx:
        await here.ledger.append(tx, [Append(day.driver, 0, facts)])


async def parcels(day: Day, *kinds: dict[str, Any]) -> list[ParcelId]:
    """One of each kind, received and on its lane."""
    made = [(await day.sent("00100", name=f"p{n}", **kind))[0] for n, kind in enumerate(kinds)]
    await day.received(*made)
    await day.sorted(*made)
    return made


async def raised(day: Day, parcel: ParcelId) -> list[tuple[str, str]]:
    """The open exceptions of a parcel, with what they say."""
    async with day.town.here.store.transaction(readonly=True) as tx:
        rows = await tx.fetch("SELECT kind, recorded, told FROM exceptions WHERE parcel = $1", parcel)
    return [(row["recorded"], row["told"]) for row in rows if row["kind"] == "unauthorised"]


async def load(day: Day) -> dict[str, Any]:
    today = (await day.asked("routes"))["day"]
    found: dict[str, Any] = await day.asked(f"routes/{today}/R1/load")
    return found


async def phone_of(day: Day) -> Phone:
    return await day.town.phone(day.driver)


async def test_a_starter_is_barred_from_what_asks_for_more_and_custody_follows_hands_all_the_same(day: Day) -> None:
    await engaged(day, *COURSES)
    dear, dangerous, plain = await parcels(day, DEAR, DANGEROUS, PLAIN)

    [route] = (await day.asked("worklist"))["routes"]
    asked = {one["parcel"]: one["demand"] for one in route["barred"]}
    assert (route["idle"], asked) == (False, {dear: "value", dangerous: "dangerous_goods"})

    phone = await phone_of(day)
    await day.loaded(phone, dear, dangerous, plain)

    assert await raised(day, dear) == [("value", "course_missing")]
    assert await raised(day, dangerous) == [("dangerous_goods", "licence_missing")]
    assert await raised(day, plain) == []
    async with day.town.here.store.transaction() as tx:
        heads = await day.town.here.reader.heads(tx, [dear, dangerous, plain])
    assert {head.custodian for head in heads.values()} == {day.driver}
    check = await load(day)
    assert {line["parcel"] for line in check["aboard"]} == {dear, dangerous, plain}
    assert ({line["parcel"] for line in check["barred"]}, check["complete"]) == ({dear, dangerous}, False)


async def test_whoever_lacks_a_course_carries_nothing_and_the_day_after_it_is_passed_everything_plain(day: Day) -> None:
    await engaged(day, *COURSES[:2])
    plain, other = await parcels(day, PLAIN, PLAIN)
    [route] = (await day.asked("worklist"))["routes"]
    assert (route["idle"], route["barred"]) == (True, [])

    phone = await phone_of(day)
    await day.loaded(phone, plain)
    assert await raised(day, plain) == [("carry", "course_missing")]

    here = day.town.here
    async with here.store.transaction() as tx:
        version = (await here.workforce.drivers.record(tx, day.driver)).version
        now_ms = here.clock.now_ms()
        passed = TrainingCertified(
            at_ms=now_ms,
            received_ms=now_ms,
            driver=day.driver,
            certificate=CertificateId(new_id(CERTIFICATE, now_ms)),
            course=PRIVACY,
            edition=1,
            right=5,
            asked=5,
            expires=day_number(date(2099, 1, 1)),
        )
        await here.ledger.append(tx, [Append(day.driver, version, [passed])])
    assert not (await day.asked("worklist"))["routes"][0]["idle"]
    await day.loaded(phone, other)
    assert await raised(day, other) == []


async def test_of_a_cage_those_parcels_are_named_that_ask_for_more(day: Day) -> None:
    await engaged(day, *COURSES)
    dear, plain = await parcels(day, DEAR, PLAIN)
    made = await day.town.told("POST", "/v1/aggregates", json={"kind": "cage", "depot": day.depot})
    for parcel in (dear, plain):
        await day.told(day.tablet, Packed(**day.tablet.next(), parcel=parcel, party=day.depot, into=made["id"]))
    phone, after = await phone_of(day), await day.after(made["id"])
    for one, side in ((day.tablet, Side.GIVER), (phone, Side.TAKER)):
        await day.told(one, handover(one, made["id"], day.depot, day.driver, after, side=side))

    assert await raised(day, dear) == [("value", "course_missing")]
    assert await raised(day, plain) == []


@pytest.mark.parametrize(
    ("judged", "idle"), [(Judged.NOBODY, False), (Judged.RECORDED, False), (Judged.EVERYBODY, True)]
)
async def test_a_driver_without_a_record_is_judged_where_the_carrier_says_so(
    day: Day, judged: Judged, idle: bool
) -> None:
    here = day.town.here
    [dear] = await parcels(day, DEAR)
    carrying = Carrying(here.workforce.drivers, here.parcels, judged)
    async with here.store.transaction(readonly=True) as tx:
        assert (day.driver in await carrying.idle(tx, [day.driver, day.depot])) is idle
        assert day.depot not in await carrying.idle(tx, [day.depot])
        assert bool(await carrying.bars(tx, [(dear, day.driver)])) is idle


async def test_the_order_in_which_hands_are_told_hides_no_driver_who_may_not_carry_it(day: Day) -> None:
    await engaged(day, *COURSES)
    [dear] = await day.sent("00100", value_cents=60_000)
    phone = await phone_of(day)
    ramp = {"side": Side.TAKER, "way": Way.COUNTER, "state": State.RECEIVED}
    first = handover(day.tablet, dear, day.merchant, day.depot, FIRST_AFTER, **ramp)
    for one, side in ((phone, Side.TAKER), (day.tablet, Side.GIVER)):
        await day.told(one, handover(one, dear, day.depot, day.driver, first.handover, side=side))
    assert await raised(day, dear) == []

    await day.told(day.tablet, first)

    assert await raised(day, dear) == [("value", "course_missing")]


async def test_no_fact_and_no_exception_says_what_a_parcel_is_worth(day: Day) -> None:
    await engaged(day, *COURSES)
    [dear] = await parcels(day, {"value_cents": 61_728})
    await day.loaded(await phone_of(day), dear)

    async with day.town.here.store.transaction() as tx:
        facts = b"".join(bytes(fact.fact) for fact in (await day.town.here.ledger.read_streams(tx, [dear]))[dear])
    assert b"unauthorised" in facts
    assert not any(said in facts for said in (b"617.28", b"61728"))


async def test_a_value_that_somebody_altered_in_the_vault_stands_in_no_handovers_way(
    day: Day, database: Database
) -> None:
    await engaged(day, *COURSES)
    altered, whole = await parcels(day, DEAR, DEAR)
    async with database.store(database.superuser_url).transaction() as tx:
        await tx.run(
            "UPDATE vault_bodies SET sealed = sealed || 'x'::bytea WHERE id = (SELECT contents FROM parcels WHERE"
            " parcel = $1)",
            altered,
        )
    here = day.town.here
    async with here.store.transaction(readonly=True) as tx:
        found = await here.workforce.carrying.bars(tx, [(parcel, day.driver) for parcel in (altered, whole)])
    assert set(found) == {(whole, day.driver)}

    await day.loaded(await phone_of(day), altered, whole)
