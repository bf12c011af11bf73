"""Our own losses become incidents by themselves: once each, by the cell alone, and never of somebody who was erased."""

import shutil
from pathlib import Path
from typing import Any

from safehand.app.risking import losses_of
from safehand.app.upkeep import Upkeep
from safehand.custody.losses import LOSSES
from safehand.events.statement import FIRST_AFTER, Scanned
from safehand.events.vocabulary import Side, State, Way
from safehand.kernel.ids import ParcelId, PartyId, PersonId
from safehand.risk import cells, losses
from safehand.risk.rates import cell_at
from tests.app.test_day import handover
from tests.installations import RECIPIENT, Phone, Town, a_town
from tests.maps import helsinki
from tests.servers import Database

KAIVOKATU = cell_at(60.1707, 24.9408)
DOOR = RECIPIENT | {"street": "Kaivokatu 1", "postal_code": "00100"}


async def out(town: Town, recipient: dict[str, str]) -> tuple[str, Phone]:
    """A parcel in a driver's van, out for delivery, and the driver's phone."""
    merchant, key = await town.merchant()
    depot, driver = await town.party("depot", "Kalasatama"), await town.party("driver", "Mikko")
    scanner, phone = await town.phone(depot), await town.phone(driver)
    scanner.at_ms = phone.at_ms = phone.at_ms - 60_000
    parcel = (await town.shipment(key, recipient=recipient))["parcels"][0]["parcel"]
    received = handover(
        scanner, parcel, merchant, depot, FIRST_AFTER, side=Side.TAKER, way=Way.COUNTER, state=State.RECEIVED
    )
    given = handover(scanner, parcel, depot, driver, received.handover, side=Side.GIVER)
    await scanner.tell(scanner.item(received), scanner.item(given))
    await phone.tell(phone.item(handover(phone, parcel, depot, driver, received.handover, side=Side.TAKER)))
    await scan(phone, parcel, State.OUT_FOR_DELIVERY)
    return parcel, phone


async def scan(phone: Phone, parcel: str, state: State) -> None:
    """The driver says where it stands."""
    answer = await phone.tell(
        phone.item(Scanned(**phone.next(), parcel=ParcelId(parcel), party=phone.party, state=state))
    )
    assert answer.is_success, answer.text


async def incidents(town: Town) -> list[int]:
    """What the model would be told of our own losses: their cells."""
    await town.settle()
    await losses_of(town.here).place()
    async with town.here.store.transaction() as tx:
        return [cell for cell, _ in (await cells.known(tx, town.here.clock.now_ms())).own]


async def rows(town: Town) -> list[dict[str, Any]]:
    async with town.here.store.transaction() as tx:
        return [dict(row.items()) for row in await tx.fetch("SELECT * FROM risk_parcels")]


async def test_a_loss_counts_once_in_its_cell_and_no_longer_when_it_is_found(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        shutil.copytree(helsinki().path, town.here.settings.data / "map")
        parcel, phone = await out(town, DOOR)
        assert await incidents(town) == []

        await scan(phone, parcel, State.LOST)
        assert await incidents(town) == [int(KAIVOKATU, 16)]
        assert "Kaivokatu" not in str(await rows(town))

        await town.here.projector.rebuild(LOSSES.name)
        assert await incidents(town) == [int(KAIVOKATU, 16)], "told again, it is one loss"

        await scan(phone, parcel, State.FOUND)
        assert await incidents(town) == []


async def test_whoever_is_erased_goes_out_of_it_also_while_their_address_is_looked_for(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        shutil.copytree(helsinki().path, town.here.settings.data / "map")
        parcel, phone = await out(town, DOOR)
        await scan(phone, parcel, State.LOST)
        assert len(await incidents(town)) == 1
        async with town.here.store.transaction() as tx:
            [row] = await tx.fetch("SELECT recipient FROM shipments")
        person = PersonId(PartyId(row["recipient"]))
        asked = losses_of(town.here).addresses
        found = await asked.cells([parcel])

        await town.here.privacy.erasures.erase([person], "tests")

        assert found == {parcel: KAIVOKATU}
        async with town.here.store.transaction() as tx:
            assert await asked.kept(tx, [parcel]) == set()
        assert await rows(town) == []
        await town.here.projector.rebuild(LOSSES.name)
        assert await incidents(town) == [], "the facts stay, where it was to go does not"


async def test_a_loss_at_an_address_that_no_map_knows_is_told_and_counts_nowhere(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        parcel, phone = await out(town, RECIPIENT)
        await scan(phone, parcel, State.LOST)

        assert await incidents(town) == []
        async with town.here.store.transaction() as tx:
            assert await losses.unplaced_count(tx) == 1
            assert await losses.unplaced(tx, town.here.clock.now_ms()) == [], "not asked again before tomorrow"


async def test_upkeep_places_losses_and_assesses_cells_by_itself(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        shutil.copytree(helsinki().path, town.here.settings.data / "map")
        parcel, phone = await out(town, DOOR)
        await scan(phone, parcel, State.LOST)
        await town.settle()
        await Upkeep(town.here).plan()
        async with town.here.store.transaction() as tx:
            await tx.run("UPDATE jobs SET due_ms = 0 WHERE kind = 'risk.place'")
        await Upkeep(town.here).worker().run_due()
        async with town.here.store.transaction() as tx:
            await tx.run("UPDATE jobs SET due_ms = 0 WHERE kind = 'risk.assess'")
        await Upkeep(town.here).worker().run_due()

        security = await town.hire("vera", "security")
        told = await town.told("GET", f"/v1/risk/cells/{KAIVOKATU}", security)

    assert (told["incidents"], told["reasons"].count("few_incidents")) == (1, 1)
