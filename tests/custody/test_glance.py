"""A glance at a number: one word and one day, by any number of the parcel."""

import pytest

from safehand.custody.glance import glance
from safehand.events.statement import FIRST_AFTER
from safehand.events.vocabulary import Side, State, Way
from safehand.labels.numbers import make_sscc, make_tracking, read_number
from safehand.parcels.model import Parcel, ParcelDraft, Recipient, ShipmentDraft
from tests.rooms import Rooms, arrival
from tests.servers import Database
from tests.world import DEPOT, SHOP, Phones, handed_over

EEVA = Recipient(name="Eeva", street="Fabianinkatu 3", postal_code="00130", city="Helsinki", country="FI")


async def a_parcel(rooms: Rooms) -> Parcel:
    async with rooms.store.transaction() as tx:
        await rooms.vault.check(tx)
        made = await rooms.parcels.create(tx, SHOP, ShipmentDraft(recipient=EEVA, parcels=(ParcelDraft(weight_g=500),)))
    return made.parcels[0]


@pytest.mark.parametrize("which", ["sscc", "s10", "tracking"])
async def test_a_parcel_that_nobody_has_touched_is_seen_by_each_of_its_numbers(database: Database, which: str) -> None:
    rooms = Rooms(database.store())
    parcel = await a_parcel(rooms)

    async with rooms.store.transaction() as tx:
        seen = await glance(tx, read_number(getattr(parcel, which)))

    assert seen is not None
    assert (seen.parcel, seen.state, seen.promised_on) == (parcel.parcel, State.CREATED, parcel.promised_on)
    assert (seen.merchant, seen.custodian) == (SHOP, SHOP)


async def test_a_glance_does_not_wait_for_any_projection(database: Database) -> None:
    rooms = Rooms(database.store())
    parcel = await a_parcel(rooms)
    said = handed_over(
        Phones(), SHOP, DEPOT, Side.TAKER, FIRST_AFTER, way=Way.COUNTER, state=State.RECEIVED, parcel=parcel.parcel
    )
    await rooms.custody.record([arrival(said)])

    async with rooms.store.transaction() as tx:
        seen = await glance(tx, read_number(parcel.tracking))

    assert seen is not None
    assert (seen.state, seen.custodian) == (State.RECEIVED, DEPOT)


@pytest.mark.parametrize("number", [make_sscc(0, "6400001", 999_999), make_tracking(1)])
async def test_a_number_that_no_parcel_bears_shows_nothing(database: Database, number: str) -> None:
    rooms = Rooms(database.store())
    await a_parcel(rooms)

    async with rooms.store.transaction() as tx:
        assert await glance(tx, read_number(number)) is None
