"""GeoJSON: out, in and out again is the same bytes; what a file has wrong is named; a bomb is put out."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safehand.identity.reach import Reach
from safehand.kernel.errors import SafehandError
from safehand.kernel.ids import PlaceId
from safehand.places import errors
from safehand.places.geojson import FEATURES_MAX, Feature, read_features, write_features
from safehand.places.geometry import Area, Point
from safehand.places.importing import Doubt, Outcome, Report
from safehand.places.model import Draft, Gate, Place, PlaceKind
from safehand.places.places import Which
from tests.places.scenes import ANNA, BERT, HERE, WEEK, ZONE, Atlas
from tests.places.test_geometry import HOLE, SQUARE, comb

EVERYTHING = Reach(everything=True)
GATE = {"kind": "gate", "code": "G1", "name": "North gate", "zone": ZONE, "hours": {"mon": ["08:00-18:00"]}}


def feature(geometry: object = None, **properties: object) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [24.9384, 60.1699]}
    return {"type": "Feature", "geometry": geometry or point, "properties": GATE | properties}


def a_file(*features: object, **members: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features} | members).encode()


def no_go(*rings: object) -> dict[str, Any]:
    """A no-go area with these rings."""
    made = feature({"type": "Polygon", "coordinates": rings})
    made["properties"] = {"kind": "no_go", "code": "N1", "name": "Tram street", "reason": "tram only"}
    return made


def told(draft: Draft) -> Place:
    """A place of that draft, as the desk would keep it."""
    return Place(
        id=draft.id or PlaceId("plc_1"), kind=draft.kind, code=draft.code, party=draft.party, within=None,
        within_code=draft.within, version=1, valid_from_ms=1, told_ms=1, told_by=ANNA, name=draft.name,
        shape=draft.shape, details=draft.details, retired=draft.retired,
    )  # fmt: skip


async def exported(atlas: Atlas) -> bytes:
    async with atlas.store.transaction(readonly=True) as tx:
        page = await atlas.places.page(
            tx, EVERYTHING, Which(retired=True), atlas.clock.now_ms(), rows_max=FEATURES_MAX
        )  # fmt: skip
    return write_features(page.rows)


async def taken(atlas: Atlas, raw: bytes, **how: bool) -> Report:
    return await atlas.imports.take(read_features(raw), BERT, **how)


async def test_what_is_exported_imported_and_exported_again_is_the_same_bytes(atlas: Atlas) -> None:
    await atlas.everything()
    await atlas.change(await atlas.add(PlaceKind.NO_GO, "OLD-1"), shape=Area.of(SQUARE, [HOLE]), retired=True)
    first = await exported(atlas)

    report = await taken(atlas, first)

    assert report.done
    assert report.count(Outcome.SAME) == len(report.rows) == 9
    assert await exported(atlas) == first


async def test_a_file_of_places_makes_the_same_places_where_there_were_none(atlas: Atlas) -> None:
    drafts = [atlas.draft(kind) for kind in PlaceKind]
    at_home = {PlaceKind.DEPOT: atlas.depot.place, PlaceKind.PICKUP_POINT: atlas.partner.place}
    ids = {kind: at_home.get(kind) or PlaceId(f"plc_0{n}{'0' * 24}") for n, kind in enumerate(PlaceKind)}
    first = write_features([told(replace(draft, id=ids[draft.kind])) for draft in drafts])

    report = await taken(atlas, first)

    assert [row.outcome for row in report.rows] == [Outcome.ADDED] * len(PlaceKind)
    assert await exported(atlas) == first


POINTS = st.builds(Point, st.integers(-900_000_000, 900_000_000), st.integers(-1_800_000_000, 1_800_000_000))
SHIFTED = st.builds(
    lambda lat, lon: Area.of(
        [Point(p.lat_e7 + lat, p.lon_e7 + lon) for p in SQUARE], [[Point(p.lat_e7 + lat, p.lon_e7 + lon) for p in HOLE]]
    ),
    st.integers(-1_400_000_000, 250_000_000),
    st.integers(-1_500_000_000, 1_500_000_000),
)


def same_again(write: Callable[[list[Place]], bytes], place: Place) -> bool:
    """Written, read and written again is the same, and so is what was read."""
    raw = write([place])
    [read] = read_features(raw)
    return read.draft == place.draft and write([told(read.draft)]) == raw


@settings(max_examples=50)
@given(POINTS, st.text(min_size=1, max_size=20))
def test_every_point_and_name_survives(point: Point, name: str) -> None:
    draft = Draft(kind=PlaceKind.GATE, code="G1", name=name, shape=point, details=Gate(zone=ZONE, hours=WEEK))
    try:
        place = told(draft.checked())
    except errors.BadDetails:
        return  # no name
    assert same_again(write_features, place)


@settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.data())
def test_every_area_survives(data: st.DataObject) -> None:
    try:
        shape = data.draw(SHIFTED)
    except SafehandError:
        return  # not on this earth, or larger there than it is here
    [one] = read_features(a_file(no_go([[24, 60], [25, 60], [25, 61], [24, 60]])))
    assert one.draft is not None
    assert same_again(write_features, told(replace(one.draft, shape=shape)))


def rounds_to_five_places(places: list[Place]) -> bytes:
    file = orjson.loads(write_features(places))
    for one in file["features"]:
        one["geometry"]["coordinates"] = [round(x, 5) for x in one["geometry"]["coordinates"]]
    return orjson.dumps(file)


def writes_latitude_first(places: list[Place]) -> bytes:
    file = orjson.loads(write_features(places))
    for one in file["features"]:
        one["geometry"]["coordinates"].reverse()
    return orjson.dumps(file)


@pytest.mark.parametrize("mutant", [rounds_to_five_places, writes_latitude_first])
def test_the_law_notices_its_planted_fault(mutant: Callable[[list[Place]], bytes]) -> None:
    [one] = read_features(a_file(feature()))
    assert one.draft is not None
    place = told(replace(one.draft, shape=Point(601_699_001, 249_384_001)))

    assert same_again(write_features, place)
    assert not same_again(mutant, place)


def test_rings_are_taken_either_way_and_written_right() -> None:
    ring = [[24.0, 60.0], [25.0, 60.0], [25.0, 61.0], [24.0, 61.0], [24.0, 60.0]]
    hole = [[24.4, 60.4], [24.6, 60.4], [24.6, 60.6], [24.4, 60.4]]
    written = []
    for outer, inner in ((ring, hole), (ring[::-1], hole), (ring, hole[::-1]), (ring[::-1], hole[::-1])):
        [one] = read_features(a_file(no_go(outer, inner)))
        assert one.draft is not None
        written.append(orjson.loads(write_features([told(one.draft)]))["features"][0]["geometry"]["coordinates"])

    assert all(one == [ring, hole[::-1]] for one in written)


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (a_file(feature()).decode().encode("utf-16"), errors.WrongEncoding),
        (a_file(feature(name="Käpylä")).decode("unicode_escape").encode("latin-1"), errors.WrongEncoding),
        (a_file(feature())[:-9], errors.HalfFile),
        (a_file(feature())[:-2], errors.HalfFile),
        (b'{"type":"FeatureCollection","features":[', errors.HalfFile),
        (b"", errors.FileUnreadable),
        (b"code;name", errors.FileUnreadable),
        (b"[]", errors.FileUnreadable),
        (b'{"type":"Topology"}', errors.FileUnreadable),
        (b'{"type":"FeatureCollection","features":{}}', errors.FileUnreadable),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, errors.FileUnreadable),
        (a_file(*[{}] * (FEATURES_MAX + 1)), errors.FileTooLarge),
        (a_file(crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3067"}}), errors.ForeignGrid),
        (a_file(crs="x"), errors.ForeignGrid),
    ],
)
def test_a_file_that_is_none_is_named_for_what_it_is(raw: bytes, error: type[SafehandError]) -> None:
    with pytest.raises(error):
        read_features(raw)


LINE = {"type": "LineString", "coordinates": [[24, 60], [25, 61]]}


@pytest.mark.parametrize(
    ("one", "error"),
    [
        ("x", errors.FileUnreadable),
        ({"type": "Feature", "properties": None}, errors.FileUnreadable),
        (feature(kind="castle"), errors.BadDetails),
        (feature(kind=["gate"]), errors.BadDetails),
        (feature(code=7), errors.BadDetails),
        (feature(fid=7), errors.BadDetails),
        (feature(code="g1"), errors.BadCode),
        (feature(zone="Mars/Olympus"), errors.BadZone),
        (feature(hours={"mon": ["9-5"]}), errors.BadHours),
        (feature(hours="always"), errors.BadDetails),
        (feature(LINE), errors.WrongShape),
        (feature({"type": "MultiPolygon", "coordinates": []}), errors.WrongShape),
        (feature({"type": "Point", "coordinates": [24]}), errors.WrongShape),
        (feature({"type": "Point", "coordinates": ["24", "60"]}), errors.WrongShape),
        (feature({"type": "Point", "coordinates": [True, False]}), errors.WrongShape),
        (feature({"type": "Point", "coordinates": [24.9, 95]}), errors.OutsideEarth),
        (feature({"type": "Point", "coordinates": [385_000.5, 6_672_000]}), errors.OutsideEarth),
        (feature({"type": "Point", "coordinates": [1e300, 1e300]}), errors.OutsideEarth),
        (no_go([[24, 60], [25, 60], [25, 61]]), errors.AreaOpen),
        (no_go([[24, 60], [25, 60], [25, 61], [24.1, 60]]), errors.AreaOpen),
        (no_go([[24, 60], [25, 61], [25, 60], [24, 61], [24, 60]]), errors.AreaCrosses),
        (no_go([[179, 60], [-179, 60], [-179, 61], [179, 60]]), errors.CrossesAntimeridian),
        (no_go(*[[[24, 60], [25, 60], [25, 61], [24, 60]]] * 30), errors.AreaTooDetailed),
    ],
)
def test_what_is_wrong_with_one_place_is_told_with_its_row(one: object, error: type[SafehandError]) -> None:
    good, bad = read_features(a_file(feature(), one))

    assert good.draft is not None
    assert (bad.row, type(bad.error)) == (2, error)


def test_corners_that_fall_together_are_one_and_a_height_is_passed_over() -> None:
    ring = [[24, 60, 12.5], [25, 60], [25.000_000_001, 60], [25, 61], [24, 60]]
    [one] = read_features(a_file(no_go(ring)))

    assert one.draft is not None
    assert isinstance(one.draft.shape, Area)
    assert len(one.draft.shape.outer) == 3


def test_a_bomb_of_outlines_is_put_out_after_a_bounded_effort() -> None:
    ring = [[p.lon_e7 / 1e7, p.lat_e7 / 1e7] for p in comb(499)]
    bombs = read_features(a_file(*[no_go([*ring, ring[0]])] * 40))

    assert isinstance(bombs[-1].error, errors.AreaTooTangled)
    assert sum(one.draft is not None for one in bombs) < 10


async def test_nothing_is_taken_in_if_one_row_is_refused(atlas: Atlas) -> None:
    report = await taken(atlas, a_file(feature(), feature(code="g2"), feature(), feature(code="G4", party="pty_x")))

    assert [(row.outcome, row.error and row.error.code) for row in report.rows] == [
        (Outcome.ADDED, None),
        (Outcome.REFUSED, "places.bad_code"),
        (Outcome.REFUSED, "places.code_twice"),
        (Outcome.REFUSED, "places.wrong_owner"),
    ]
    assert not report.done
    assert await exported(atlas) == write_features([])


async def test_a_depot_may_come_after_what_is_in_it(atlas: Atlas) -> None:
    lane = {"kind": "checkpoint", "code": "LANE-A", "name": "Lane A", "within": "DEPOT", "role": "lane"}
    depot = GATE | {"kind": "depot", "code": "DEPOT", "party": atlas.depot.id}
    before, after = feature(), feature()
    before |= {"properties": lane, "geometry": None}
    after |= {"properties": depot}

    assert (await taken(atlas, a_file(before, after))).done


SWAPPED = {"type": "Point", "coordinates": [60.1699, 24.9384]}


async def test_coordinates_that_changed_places_are_doubted_and_taken_only_if_somebody_is_sure(atlas: Atlas) -> None:
    raw = a_file(feature(), feature(SWAPPED, code="G2"))

    first = await taken(atlas, raw)
    dry = await taken(atlas, raw, sure=True, dry=True)
    nothing = await exported(atlas)
    sure = await taken(atlas, raw, sure=True)

    assert [(row.outcome, row.doubt) for row in first.rows] == [
        (Outcome.ADDED, None),
        (Outcome.DOUBTED, Doubt.SWAPPED),
    ]
    assert (first.done, dry.done, sure.done) == (False, False, True)
    assert nothing == write_features([])
    assert (await atlas.get("G2")).shape == Point(HERE.lon_e7, HERE.lat_e7)


async def test_a_change_by_file_is_a_version_by_who_sent_it(atlas: Atlas) -> None:
    await taken(atlas, a_file(feature()))
    report = await taken(atlas, a_file(feature(name="South gate")))

    assert [row.outcome for row in report.rows] == [Outcome.CHANGED]
    assert ((await atlas.get("G1")).version, (await atlas.get("G1")).told_by) == (2, BERT)


def test_an_empty_file_is_a_file() -> None:
    assert read_features(write_features([])) == list[Feature]()
