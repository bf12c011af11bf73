"""Closures make detours; risk changes the way and never its duration; nothing is left of the variant before."""

from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256

import numpy as np
import pytest

from safehand.roads.errors import GraphUnsound, NoWay, OffNetwork, VariantExists, WeightingUnusable
from safehand.roads.graphs import Graph, Profile
from safehand.roads.network import opened
from safehand.roads.segments import F64, Segments, taken_in
from safehand.roads.variants import make_variant
from safehand.roads.weighting import Area, Pieces, Ways, Weighting, inside, slowness_of, wanted, weighting
from tests.roads.scenes import (
    LIMITS,
    a_folder,
    baltimore,
    corner,
    helsinki,
    islands,
    pairs_of,
    place,
    segments,
    some_points,
    variant,
)

ACROSS = [place(0, 0), place(4, 0)]
"""Along the southern street."""
SOUTH = frozenset(((corner(1, 0), corner(2, 0)),))


def test_a_closed_street_makes_a_detour_in_both_directions_and_is_open_again_in_the_next_variant() -> None:
    shut = variant(islands(), weighting(segments(islands()), closed=[Pieces(SOUTH)]))

    for points in (ACROSS, ACROSS[::-1]):
        with opened(islands().graph(Profile.CAR)) as network:
            free = network.route(points, traced=True)
        with opened(shut) as network:
            round_about = network.route(points, traced=True)
        with opened(variant(islands(), None)) as network:
            again = network.route(points, traced=True)
        assert pairs_of(free.legs[0].nodes) >= SOUTH
        assert not SOUTH & pairs_of(round_about.legs[0].nodes)
        assert round_about.metres > free.metres + 100
        assert again == free


def test_what_is_shut_in_is_not_reached() -> None:
    west = Area((place_by(-1, -1), place_by(-1, 9), place_by(0.5, 9), place_by(0.5, -1)))
    shut = variant(islands(), weighting(segments(islands()), closed=[west]))

    with opened(shut) as network, pytest.raises(NoWay):
        network.route([place(1, 0), place(0, 50)])
    with opened(shut) as network:
        assert network.route([place(1, 0), place(4, 0)]).metres > 0


def place_by(column: float, row: float) -> tuple[int, int]:
    """A corner of an outline."""
    (south, west), (north, east) = place(0, 0), place(1, 1)
    return round(south + row * (north - south)), round(west + column * (east - west))


def test_a_bicycle_and_a_foot_obey_closures_too() -> None:
    for profile in (Profile.BICYCLE, Profile.FOOT):
        weights = weighting(
            segments(islands(), profile),
            closed=[Pieces(SOUTH)],
            slowness=np.full(len(segments(islands(), profile)), 1.3),
        )
        with opened(variant(islands(), weights, profile)) as network:
            assert not SOUTH & pairs_of(network.route(ACROSS, traced=True).legs[0].nodes)


type Weigh = Callable[[Segments, F64], Weighting]


def averted(of: Segments, risk: F64) -> Weighting:
    return weighting(of, risk=risk)


def slowed(of: Segments, risk: F64) -> Weighting:
    return weighting(of, slowness=risk)


def durations_are_honest(weigh: Weigh) -> bool:
    """Where the way is the same, so is its duration to the millisecond; and some ways are not the same."""
    of, points, changed, same = segments(helsinki()), some_points(helsinki(), 14), 0, list[bool]()
    risk = np.where(np.arange(len(of)) % 5 == 0, 4.0, 1.0)
    with opened(helsinki().graph(Profile.CAR)) as free, opened(variant(helsinki(), weigh(of, risk))) as wary:
        for pair in zip(points[:7], points[7:], strict=True):
            before, after = free.route(pair, traced=True), wary.route(pair, traced=True)
            if before.legs[0].nodes == after.legs[0].nodes:
                same.append(before.duration_ms == after.duration_ms)
            else:
                changed += 1
    return all(same) and len(same) > 0 and changed > 0


def test_risk_changes_ways_and_no_duration_and_the_law_notices_its_planted_fault() -> None:
    assert durations_are_honest(averted)
    assert not durations_are_honest(slowed)


def test_risk_leads_round_a_street_and_the_way_that_nobody_averts_takes_as_long() -> None:
    def wary(factor: float) -> Graph:
        factors = {pair: factor for one in SOUTH for pair in (one, one[::-1])}
        return variant(islands(), weighting(segments(islands()), risk=factors))

    with opened(islands().graph(Profile.CAR)) as free, opened(wary(8.0)) as very, opened(wary(1.5)) as little:
        assert not SOUTH & pairs_of(very.route(ACROSS, traced=True).legs[0].nodes)
        for points in ([place(2, 0), place(4, 0)], [place(0, 3), place(4, 3)]):
            assert very.route(points, traced=True) == free.route(points, traced=True)
        along = [place(1, 0), place(2, 0)]
        assert little.route(along, traced=True) == free.route(along, traced=True)
        assert pairs_of(little.route(along, traced=True).legs[0].nodes) >= SOUTH


def as_they_are(of: Segments) -> Segments:
    return of


def all_one_line(of: Segments) -> Segments:
    rows = np.array(of.rows)
    rows["line"] = 0
    return Segments(rows)


def tables_say_what_routes_say(kept: Callable[[Segments], Segments], factor: float) -> bool:
    of, points = kept(segments(baltimore())), some_points(baltimore(), 160)
    starts, ends = points[:80], points[80:]
    pristine, same = baltimore().pristine(Profile.CAR), list[bool]()
    made = make_variant(pristine, of, weighting(of, risk=np.full(len(of), factor)), a_folder() / "one", LIMITS)
    with opened(made) as network:
        table = np.diag(network.table(starts, ends).durations_ms)
        for pair, told in zip(zip(starts, ends, strict=True), table, strict=True):
            with suppress(NoWay, OffNetwork):
                same.append(network.route(pair).duration_ms == told)
    return all(same) and len(same) > 70


def test_tables_of_a_variant_say_what_its_routes_say_and_the_law_notices_its_planted_fault() -> None:
    assert tables_say_what_routes_say(as_they_are, 1.3)
    assert tables_say_what_routes_say(as_they_are, 4.0)
    assert not tables_say_what_routes_say(all_one_line, 4.0)


def test_every_segment_of_a_town_keeps_its_duration_whatever_the_risk() -> None:
    of = segments(helsinki())
    before = taken_in(helsinki().pristine(Profile.CAR))

    after = taken_in(variant(helsinki(), weighting(of, risk=np.full(len(of), 2.5))))

    assert np.array_equal(before.duration_ds, after.duration_ds)
    assert (after.weight > before.weight).mean() > 0.9


class Spherical(Segments):
    """Measured on a ball, as most programs do: a planted fault."""

    @property
    def metres(self) -> F64:
        lat, lon = (
            [np.radians(self.rows[f"{end}_{axis}_e7"] / 1e7) for end in ("from", "to")] for axis in ("lat", "lon")
        )
        half = np.sin((lat[1] - lat[0]) / 2) ** 2 + np.cos(lat[0]) * np.cos(lat[1]) * np.sin((lon[1] - lon[0]) / 2) ** 2
        return np.asarray(2 * 6_371_008.8 * np.arcsin(np.sqrt(half)), np.float64)


def test_a_graph_that_comes_out_otherwise_than_asked_is_thrown_away() -> None:
    of, folder = segments(helsinki()), a_folder()

    with pytest.raises(GraphUnsound):
        make_variant(
            helsinki().pristine(Profile.CAR), Spherical(of.rows), weighting(of, risk=np.full(len(of), 2.0)),
            folder / "off", LIMITS,
        )  # fmt: skip
    assert list(folder.iterdir()) == []


def test_a_variant_touches_no_byte_of_the_pristine_graph_and_takes_no_name_that_is_taken() -> None:
    def sums(graph: Graph) -> dict[str, str]:
        return {file.name: sha256(file.read_bytes()).hexdigest() for file in graph.folder.iterdir()}

    of, pristine = segments(islands()), islands().pristine(Profile.CAR)
    before = sums(pristine)

    made = make_variant(
        pristine,
        of,
        weighting(of, slowness=np.full(len(of), 1.7), closed=[Ways(frozenset({3}))]),
        a_folder() / "one",
        LIMITS,
    )

    assert sums(pristine) == before
    with pytest.raises(VariantExists):
        make_variant(pristine, of, None, made.folder, LIMITS)


def test_an_area_to_avoid_means_what_lies_in_it_and_what_crosses_it() -> None:
    of = segments(islands())
    small = Area((place_by(1.4, -0.2), place_by(1.4, 0.2), place_by(1.6, 0.2), place_by(1.6, -0.2)))

    meant = np.flatnonzero(inside(of, small))

    assert {tuple(sorted((int(of.rows["from_node"][at]), int(of.rows["to_node"][at])))) for at in meant} == SOUTH
    with opened(variant(islands(), weighting(of, avoided=[(small, 20.0)]))) as network:
        assert not SOUTH & pairs_of(network.route(ACROSS, traced=True).legs[0].nodes)


def test_a_measured_speed_is_the_speed_that_is_driven() -> None:
    of = segments(islands())
    pair = (corner(1, 0), corner(2, 0))
    slow = variant(islands(), weighting(of, slowness=slowness_of(of, {pair: 12.0})))

    with opened(slow) as network:
        there, back = (network.route(points) for points in ([place(1, 0), place(2, 0)], [place(2, 0), place(1, 0)]))

    assert there.duration_ms == pytest.approx(there.metres / (12.0 / 3.6) * 1_000, rel=0.02)
    assert back.duration_ms < there.duration_ms / 1.5


def test_a_small_factor_is_not_lost_among_short_pieces() -> None:
    of = segments(helsinki())
    taken = wanted(of, weighting(of, slowness=np.full(len(of), 1.1))).duration_ds[:, 0]

    assert taken.sum() / of.rows["forward_ds"].sum() == pytest.approx(1.1, abs=0.01)


BOW = Area((place(0, 0), place(1, 1), place(1, 0), place(0, 1)))


@pytest.mark.parametrize(
    "asked",
    [
        {"closed": [Pieces(frozenset({(1, 777)}))]},
        {"closed": [Pieces(frozenset({(1, 2**70)}))]},
        {"closed": [BOW]},
        {"closed": [Area(BOW.corners_e7[:2])]},
        {"avoided": [(Pieces(SOUTH), 0.5)]},
        {"avoided": [(Pieces(SOUTH), float("nan"))]},
        {"risk": {(1, 2): 1e9}},
        {"risk": np.ones(3)},
        {"slowness": np.zeros(10_000)},
    ],
)
def test_a_weighting_that_means_nothing_is_refused(asked: dict[str, object]) -> None:
    with pytest.raises(WeightingUnusable):
        weighting(segments(islands()), **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    with pytest.raises(WeightingUnusable):
        slowness_of(segments(islands()), {(1, 2): speed})
