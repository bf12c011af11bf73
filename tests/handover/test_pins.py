"""PINs on a real database: bound to one parcel, five tries, nothing in clear."""

from safehand.handover.pins import FAILURES_MAX, PIN_DIGITS
from tests.rooms import Rooms
from tests.servers import Database
from tests.world import BOX, EVE


async def test_a_pin_is_made_once_and_matches_itself_only(database: Database) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()
    async with rooms.store.transaction() as tx:
        pin = await rooms.pins.of(tx, BOX, EVE)
        again = await rooms.pins.of(tx, BOX, EVE)
        assert pin is not None
        assert pin == again
        assert len(pin) == PIN_DIGITS
        assert await rooms.pins.matches(tx, BOX, pin)
        for wrong in ("", pin[:-1], pin + "0", pin[::-1] + "x", "\x00"):
            assert not await rooms.pins.matches(tx, BOX, wrong)


async def test_after_five_wrong_tries_not_even_the_right_pin_opens(database: Database) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()
    async with rooms.store.transaction() as tx:
        pin = await rooms.pins.of(tx, BOX, EVE)
        assert pin is not None
        for _ in range(FAILURES_MAX):
            assert not await rooms.pins.matches(tx, BOX, "wrong")
        assert not await rooms.pins.matches(tx, BOX, pin)


async def test_a_parcel_without_a_pin_matches_nothing(database: Database) -> None:
    rooms = Rooms(database.store())
    await rooms.a_box()
    async with rooms.store.transaction() as tx:
        assert not await rooms.pins.matches(tx, BOX, "000000")
