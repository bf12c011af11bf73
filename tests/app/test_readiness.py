"""What /readyz says of the log: whether this machine's folder has what was signed, its own or a shared one."""

from pathlib import Path

from safehand.app.readiness import LOG_WAITS_MS_MAX
from safehand.kernel.clock import HandClock, SystemClock
from safehand.ledger.tiles import CHECKPOINT_PATH
from tests.installations import Town, a_town
from tests.servers import Database


async def _log(town: Town) -> object:
    return (await town.told("GET", "/readyz"))["log"]


async def test_a_folder_that_is_behind_what_was_signed_is_told_after_a_minute(
    database: Database, tmp_path: Path
) -> None:
    clock = HandClock(SystemClock().now_ms())
    async with a_town(database, tmp_path, clock) as town:
        _, shop = await town.merchant()
        await town.shipment(shop, "one")
        await town.settle()
        checkpoint = town.here.settings.log_folder / CHECKPOINT_PATH
        earlier = checkpoint.read_bytes()
        await town.shipment(shop, "two")
        await town.settle()
        clock.advance(LOG_WAITS_MS_MAX + 1)
        assert await _log(town) is True

        checkpoint.write_bytes(earlier)
        assert await _log(town) is False

        checkpoint.unlink()
        assert await _log(town) is False


async def test_what_was_signed_a_moment_ago_may_be_on_its_way_to_a_shared_folder(
    database: Database, tmp_path: Path
) -> None:
    clock = HandClock(SystemClock().now_ms())
    async with a_town(database, tmp_path, clock) as town:
        await town.shipment((await town.merchant())[1], "one")
        await town.settle()
        (town.here.settings.log_folder / CHECKPOINT_PATH).unlink()

        assert await _log(town) is True
        clock.advance(LOG_WAITS_MS_MAX + 1)
        assert await _log(town) is False
