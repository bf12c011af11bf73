"""A day on real streets: from a file to a plan, and what is wrong with a file."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from typer import Typer
from typer.testing import CliRunner

from safehand.cli import plan
from safehand.demo.town import default_map
from safehand.places.basemap.building import build_map
from safehand.places.basemap.builds import MapFolder
from safehand.planning.day import Prices
from safehand.planning.dayfile import DayFile, read_day
from safehand.planning.errors import DayUnusable
from safehand.planning.streets import off_the_map, streets_of
from tests.planning.days import DOORS, a_day, sides_of
from tests.roads.scenes import helsinki, some_points

AT_SEA = (595_000_000, 249_000_000)
ORDERS = 12


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    build_map(MapFolder(folder / "map"), default_map(), 1, lambda *_: None)
    return folder


def a_file(folder: Path, **change: Any) -> Path:
    """A day in central Helsinki."""
    day = a_day(ORDERS)
    told = DayFile(places=tuple(some_points(helsinki(), DOORS + ORDERS)), day=day, sides_mm=dict(sides_of(day)))
    file = folder / "day.json"
    file.write_bytes(msgspec.json.encode(msgspec.structs.replace(told, **change)))
    return file


def run(*said: str | Path, command: str = "day") -> tuple[int, str, str]:
    app = Typer()
    plan.register(app)
    told = CliRunner().invoke(app, ["plan", command, *map(str, said)])
    return told.exit_code, told.stdout, told.stderr


def test_a_day_is_planned_on_streets_and_written_with_its_reasons(data: Path, tmp_path: Path) -> None:
    code, out, _ = run(a_file(tmp_path), "--data", data, "--iterations", "200", "--json")
    said = json.loads(out.splitlines()[-1])
    assert (code, said["served"], said["left_out"]) == (0, ORDERS, 0)
    written = json.loads((tmp_path / "day.plan.json").read_text())
    stops = [stop for tour in written["tours"] for stop in tour["stops"]]
    assert sorted(stop["order"] for stop in stops) == sorted(f"order-{at}" for at in range(ORDERS))
    assert all(stop["because"] for stop in stops)
    assert "because other ways cost more" in out
    assert said["costs"]["whole"] == sum(
        said["costs"][name] for name in ("driving", "time", "shifts", "loss", "trouble", "co2")
    )


def test_two_plans_are_compared_and_what_is_no_plan_is_told(data: Path, tmp_path: Path) -> None:
    file = a_file(tmp_path)
    bold = replace(a_day(ORDERS), prices=Prices(loss_permille=0))
    for name in ("careful", "bold"):
        run(file, "--data", data, "--iterations", "200", "--out", tmp_path / name)
        file = a_file(tmp_path, day=bold)
    code, out, _ = run(tmp_path / "careful", tmp_path / "bold", "--json", command="compare")
    said = json.loads(out.splitlines()[-1])
    assert code == 1
    assert said["figures"]["trouble"]["more"] < 0
    assert said["moved"]
    assert run(tmp_path / "bold", tmp_path / "bold", command="compare")[0] == 0
    assert run(tmp_path / "bold", file, command="compare")[0] == 2


def test_a_place_in_the_sea_is_named_and_the_rest_is_planned(data: Path, tmp_path: Path) -> None:
    points = some_points(helsinki(), DOORS + ORDERS)
    points[DOORS + 4] = AT_SEA
    day = a_day(ORDERS)
    orders = tuple(replace(order, ways=order.ways[:1]) for order in day.orders)
    file = a_file(tmp_path, places=tuple(points), day=replace(day, orders=orders))
    code, out, _ = run(file, "--data", data, "--iterations", "100")
    assert code == 1
    assert "left out: order-4: no road is near it" in out
    assert f"{ORDERS - 1} of {ORDERS} orders" in out


@pytest.mark.parametrize("said", [("--seed", "-1"), ("--iterations", "0"), ("--seconds", "0")], ids=" ".join)
def test_an_option_out_of_its_range_is_told_and_nothing_is_written(tmp_path: Path, said: tuple[str, ...]) -> None:
    code, _, err = run(a_file(tmp_path), "--data", tmp_path / "nothing", *said)
    assert code == 2
    assert said[0] in err
    assert not (tmp_path / "day.plan.json").exists()


def test_without_a_map_a_person_is_told_what_to_do(tmp_path: Path) -> None:
    code, _, err = run(a_file(tmp_path), "--data", tmp_path / "nothing")
    assert code == 2
    assert "safehand map build" in err


def test_streets_say_what_the_network_says_in_whole_seconds_rounded_up() -> None:
    points = tuple(some_points(helsinki(), 5))
    with streets_of(helsinki(), points, 1) as streets:
        metres, seconds = streets.between(np.array([3, 1]), 0)
        table = streets.networks[0].table([points[3], points[1]], [points[3], points[1]])
        assert off_the_map((*points, AT_SEA), streets.networks, 0) == {5}
    assert metres.tolist() == table.metres.tolist()
    assert (seconds * 1_000 >= table.durations_ms).all()
    assert (seconds * 1_000 - table.durations_ms < 1_000).all()


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("day", "orders", 2, "ways", 0, "place"), 99, "order order-2: a way to place 99"),
        (("day", "orders", 2, "ways", 1, "site"), "bank", "a way to site bank"),
        (("day", "orders", 2, "ways"), [], "0 ways"),
        (("day", "orders", 2, "parcels"), [], "no parcels"),
        (("day", "orders", 2, "priority"), 0, "priority 0"),
        (("day", "orders", 2, "needs"), -1, "needs -1"),
        (("day", "orders", 2, "weight_g"), -5, "a weight"),
        (("day", "orders", 2, "id"), "order-3", "two of one name: order order-3"),
        (("day", "orders", 2, "ways", 0, "windows", 0, "late_s"), -1, "a window that ends"),
        (("day", "orders", 2, "ways", 0, "loss_millicents"), 10**15, "money"),
        (("day", "orders", 2, "ways", 0, "mode"), "catapult", "Invalid enum value"),
        (("day", "shifts", 0, "late_s"), 1, "shift van-1: it ends"),
        (("day", "shifts", 0, "depot"), 4, "depot 4"),
        (("day", "shifts", 0, "profile"), 3, "profile 3"),
        (("day", "shifts", 0, "trips_max"), 0, "trips_max 0"),
        (("day", "shifts", 0, "millicents_per_h"), -1, "an amount that no vehicle has"),
        (("day", "depots"), [], "it has no depot"),
        (("day", "depots"), [77], "the depot at place 77"),
        (("surprise",), 1, "unknown field"),
    ],
    ids=lambda value: "/".join(map(str, value)) if isinstance(value, tuple) else None,
)
def test_what_cannot_be_meant_is_told_by_its_order_or_shift(
    tmp_path: Path, path: tuple[Any, ...], value: object, said: str
) -> None:
    file = a_file(tmp_path)
    told = json.loads(file.read_text())
    at = told
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    file.write_text(json.dumps(told))
    with pytest.raises(DayUnusable) as refused:
        read_day(file)
    assert said in str(refused.value.params["reason"])


def test_the_day_that_the_operations_guide_shows_can_be_read(tmp_path: Path) -> None:
    shown = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
    [example] = [block for block in re.findall(r"```json\n(.*?)```", shown, re.DOTALL) if '"orders"' in block]
    (tmp_path / "shown.json").write_text(example)
    assert [order.id for order in read_day(tmp_path / "shown.json").day.orders] == ["O-1"]


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff\xfe", b'{"places": [[1, 2]], "day": {}}', b"[" * 5_000])
def test_what_is_no_day_is_told(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "day.json").write_bytes(raw)
    with pytest.raises(DayUnusable):
        read_day(tmp_path / "day.json")
    with pytest.raises(DayUnusable):
        read_day(tmp_path / "none.json")
