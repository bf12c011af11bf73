"""Routing problems of files: what is read, and that a broken one is refused by its line, whatever is in it."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.kernel.errors import SafehandError
from safehand.planning.errors import (
    InstanceLineUnreadable,
    InstanceTooLarge,
    InstanceUnsupported,
    InstanceUnusable,
    SolutionUnreadable,
)
from safehand.planning.instances import read_instance
from safehand.planning.problem import Route
from safehand.planning.solutions import read_solution, write_solution
from tests.planning.problems import SOLOMON, VRP

EXPLICIT = VRP.replace("EUC_2D", "EXPLICIT\nEDGE_WEIGHT_FORMAT : LOWER_ROW").replace(
    "DEMAND_SECTION", "EDGE_WEIGHT_SECTION\n7\n8 9\n1.4 2.6 3\n4 5 6 7\nDEMAND_SECTION"
)
RELOADING = (
    VRP.replace("CAPACITY", "VEHICLES : 1\nCAPACITY")
    + "VEHICLES_RELOAD_DEPOT_SECTION\n1 1\nRELEASE_TIME_SECTION\n1 0\n2 30\n3 0\n4 0\n5 0\n"
).replace("EOF\n", "")


def a_file(folder: Path, text: str, name: str = "case.vrp") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_plain_instance_is_read_with_lengths_rounded(tmp_path: Path) -> None:
    instance = read_instance(a_file(tmp_path, VRP))
    metres, _ = instance.problem.travel.between(np.array([0, 1, 2]), 0)
    assert metres.tolist() == [[0, 10, 14], [10, 0, 10], [14, 10, 0]]
    assert (instance.name, instance.scale, instance.told(40)) == ("case", 1, "40")
    assert instance.problem.fleet[0].count == 4


def test_a_solomon_instance_is_read_with_lengths_cut_after_one_decimal(tmp_path: Path) -> None:
    instance = read_instance(a_file(tmp_path, SOLOMON, "S.txt"))
    metres, _ = instance.problem.travel.between(np.array([0, 1, 2]), 0)
    assert metres.tolist() == [[0, 50, 50], [50, 0, 31], [50, 31, 0]]
    visits = instance.problem.visits
    assert visits.early_s.tolist() == [0, 500, 0]
    assert visits.service_s.tolist() == [100, 100, 100]
    assert (instance.problem.fleet[0].count, instance.told(8273)) == (3, "827.3")


def test_lengths_that_are_written_down_are_taken_as_they_are(tmp_path: Path) -> None:
    metres, _ = read_instance(a_file(tmp_path, EXPLICIT)).problem.travel.between(np.arange(5), 0)
    assert metres[1:, 0].tolist() == [7, 8, 1, 4]
    assert metres[3].tolist() == [1, 3, 3, 0, 7]


def test_reloads_and_releases_are_read_and_make_it_timed(tmp_path: Path) -> None:
    instance = read_instance(a_file(tmp_path, RELOADING))
    assert instance.problem.fleet[0].reload == (0,)
    assert instance.problem.visits.release_s.tolist() == [300, 0, 0, 0]
    assert instance.scale == 10


@pytest.mark.parametrize(
    ("found", "put", "error", "line"),
    [
        ("2 10 0\n", "2 10 east\n", InstanceLineUnreadable, 8),
        ("2 10 0\n", "2 10\n", InstanceLineUnreadable, 8),
        ("2 10 0\n", "3 10 0\n", InstanceLineUnreadable, 8),
        ("2 10 0\n", "2 nan 0\n", InstanceLineUnreadable, 8),
        ("2 10 0\n", "2 1e300 0\n", InstanceLineUnreadable, 8),
        ("CAPACITY : 10", "CAPACITY : ten", InstanceLineUnreadable, 5),
        ("CAPACITY : 10", "CAPACITY : -1", InstanceLineUnreadable, 5),
        ("2 10 0\n", "", InstanceUnusable, None),
        ("CAPACITY : 10\n", "", InstanceUnusable, None),
        ("DIMENSION : 5\n", "", InstanceUnusable, None),
        ("DIMENSION : 5", "DIMENSION : 70000", InstanceTooLarge, None),
        ("EUC_2D", "GEO", InstanceUnsupported, None),
        ("DEPOT_SECTION\n1\n", "DEPOT_SECTION\n1\n2\n", InstanceUnsupported, None),
        ("DEPOT_SECTION", "BACKHAUL_SECTION", InstanceUnsupported, None),
        ("TYPE : CVRP", "VEHICLES_MAX_DISTANCE : 9", InstanceUnsupported, None),
        ("TYPE : CVRP", "once upon a time", InstanceLineUnreadable, 2),
    ],
    ids=str,
)
def test_what_cannot_be_solved_as_it_is_told_is_refused_by_name_or_line(
    tmp_path: Path, found: str, put: str, error: type[SafehandError], line: int | None
) -> None:
    assert found in VRP
    with pytest.raises(error) as refused:
        read_instance(a_file(tmp_path, VRP.replace(found, put, 1)))
    assert refused.value.params.get("line") == line


@given(
    cut=st.integers(0, len(VRP)),
    at=st.integers(0, len(VRP) - 1),
    put=st.sampled_from(["", "-", "9" * 30, "NaN", "_SECTION", ":", "\x00", "\u0664", "1e999", "\n\n"]),
    base=st.sampled_from([VRP, SOLOMON, EXPLICIT, RELOADING]),
)
def test_whatever_is_in_a_file_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, cut: int, at: int, put: str, base: str
) -> None:
    text = (base[:at] + put + base[at + 1 :])[: max(cut, at + 2)]
    path = a_file(tmp_path_factory.getbasetemp(), text, "hostile.vrp")
    with suppress(InstanceLineUnreadable, InstanceTooLarge, InstanceUnsupported, InstanceUnusable):
        instance = read_instance(path)
        assert instance.problem.travel.places == len(instance.problem.visits) + 1


def test_a_solution_is_the_same_after_it_was_written_and_read(tmp_path: Path) -> None:
    instance = read_instance(a_file(tmp_path, RELOADING))
    routes = (Route(0, ((0, 2), (3, 1)), (0,)),)
    write_solution(tmp_path / "a.sol", instance, routes, 1234)
    assert (tmp_path / "a.sol").read_text() == "Route #1: 1 3 0 4 2\nCost 123.4\n"
    assert read_solution(tmp_path / "a.sol", instance) == routes
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.sol", "case.vrp"]


@pytest.mark.parametrize("told", ["Route #1: 1 9", "Route #1: one", "Route #1: -1", "Route #1 1 2", "Route #1: 1 ٢"])
def test_a_line_of_a_solution_that_cannot_be_meant_is_named(tmp_path: Path, told: str) -> None:
    instance = read_instance(a_file(tmp_path, VRP))
    with pytest.raises(SolutionUnreadable) as refused:
        read_solution(a_file(tmp_path, f"Route #1: 2\n{told}\n", "b.sol"), instance)
    assert refused.value.params["line"] == 2


def test_a_file_without_routes_is_no_solution(tmp_path: Path) -> None:
    with pytest.raises(InstanceUnusable):
        read_solution(a_file(tmp_path, "Cost 17\n", "c.sol"), read_instance(a_file(tmp_path, VRP)))
    with pytest.raises(InstanceUnusable):
        read_instance(tmp_path / "nowhere.vrp")
