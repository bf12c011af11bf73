"""The pages of risk on a whole installation: what is on record is what they show, page by page, to whom it is for."""

import re
import shutil
from pathlib import Path

import h3.api.basic_int as grid

from safehand.places.addresses.index import read_only
from safehand.places.addresses.nearby import near
from safehand.risk.cells import CELLS_MAX, DAY_MS, Effect, Source
from safehand.risk.commands import RiskDesk
from safehand.risk.disparity import Served
from safehand.risk.rates import Reason, cell_at, middle_e7
from tests.installations import RECIPIENT, Town, a_town
from tests.maps import helsinki
from tests.risk.test_contests import session
from tests.servers import Database

HERE = cell_at(60.1707, 24.9408)
FAR = cell_at(61.5, 23.76)
LINK = re.compile(r"/risk/cells/([0-9a-f]{15})\"")


async def told(town: Town) -> None:
    """Losses in every cell of a few streets, an effect, and how two towns were served."""
    desk, now_ms = RiskDesk(town.here.store, town.here.clock), town.here.clock.now_ms()
    around = [f"{cell:x}" for cell in grid.grid_disk(int(HERE, 16), 5)]
    losses = [(cell, now_ms - day * DAY_MS) for day, cell in enumerate(around, 1)]
    await desk.take(Source.OWN, losses + [(HERE, now_ms - day * DAY_MS) for day in range(1, 90)])
    await desk.expose([(cell, 1_000) for cell in around], now_ms)
    await desk.assess()
    await desk.note(
        Effect(at_ms=now_ms, cell=HERE, parcel="pcl_x", from_mode="door", to_mode="locker", reasons=[Reason.ABOVE_MEAN])
    )
    rows = [
        Served(cell=cell, parcels=100, home_wanted=100, home_kept=kept, price_cents=50_000, minutes=500)
        for cell, kept in ((HERE, 50), (FAR, 90))
    ]
    await desk.note_served(rows, now_ms)


async def test_cells_are_listed_once_each_by_their_rate_and_told_by_a_street(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path, pages=True) as town:
        shutil.copytree(helsinki().path, town.here.settings.data / "map")
        await told(town)
        office, caller = town.browser(), town.browser()
        office.cookies.update(session(await town.hire("vera", "security")))
        caller.cookies.update(session(await town.hire("cal", "call_centre")))

        first = (await office.get("/risk")).text
        after = re.search(r"after=([0-9a-f.]+)\"", first)
        assert after is not None
        second = (await office.get(f"/risk?after={after[1]}")).text
        nonsense = await office.get("/risk?after=%27.x%27&which=%00")
        one = (await office.get(f"/risk/cells/{HERE}")).text
        effects, areas = (await office.get("/risk/effects")).text, (await office.get("/risk/areas?days=30")).text
        loss = (await office.get(f"/risk/loss?cell={HERE}")).text
        for path in ("/risk", f"/risk/cells/{HERE}", "/risk/effects", "/risk/areas", "/risk/loss", "/risk/contests"):
            assert (await caller.get(path)).status_code == 403, path
        unknown = [(await office.get(f"/risk/cells/{cell}")).status_code for cell in (FAR, "x", "0" * 15)]

    pages = [LINK.findall(first), LINK.findall(second)]
    assert pages[0][0] == HERE
    assert (len(pages[0]), len(set(pages[0] + pages[1]))) == (CELLS_MAX, 91)
    assert nonsense.status_code == 200
    assert "Near " in one
    assert "more than elsewhere" in one
    assert "Planned: left at the door. Now: locker" in effects
    assert ("served worse" in areas, "56 %" in areas) == (True, True)
    assert "At a rate of" in loss
    assert unknown == [404, 404, 404]


async def test_the_table_of_a_parcel_rests_on_its_own_value_and_cell_and_reading_it_is_on_record(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path, pages=True) as town:
        shutil.copytree(helsinki().path, town.here.settings.data / "map")
        await told(town)
        _, key = await town.merchant()
        door = RECIPIENT | {"street": "Kaivokatu 1", "postal_code": "00100"}
        sent = [{"weight_g": 900, "value_cents": 45_000}]
        made = (await town.shipment(key, recipient=door, parcels=sent))["parcels"][0]
        office, auditor = town.browser(), town.browser()
        office.cookies.update(session(await town.hire("vera", "security")))
        auditor.cookies.update(session(await town.hire("ada", "auditor")))
        here = f"/risk/loss?parcel={made['parcel']}"

        page, refused = await office.get(here), await auditor.get(here)
        async with town.here.store.transaction() as tx:
            reads = await tx.fetch("SELECT 1 FROM reads WHERE parcel = $1", made["parcel"])

    assert page.status_code == 200
    assert 'value="450"' in page.text
    assert f"/risk/cells/{HERE}" in page.text
    assert "Near " in page.text
    assert refused.status_code in {403, 404}
    assert made["tracking"] not in refused.text
    assert len(reads) == 1


def test_a_street_names_what_lies_around_it_and_nothing_far_away() -> None:
    with helsinki().reading() as build, read_only(build.index) as index:
        here, there = near(index, [(601_707_000, 249_408_000), middle_e7(FAR)])

    assert here.endswith("Helsinki") or here
    assert there == ""
