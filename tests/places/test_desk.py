"""What was told of a place stays told: changes are versions, and whoever moves a geofence leaves a trace."""

from dataclasses import replace

import pytest

from safehand.identity.actions import Action
from safehand.identity.errors import PartyMismatch
from safehand.identity.model import PartyKind, Principal, PrincipalKind, Role
from safehand.kernel.errors import SafehandError
from safehand.kernel.ids import PARTY, PLACE, PartyId, PlaceId, UserId, new_id
from safehand.places.commands import INSTRUCTIONS_CHARS_MAX
from safehand.places.errors import (
    BadCode,
    BadDetails,
    BadInstructions,
    CodeTaken,
    DepotPlaced,
    IdTaken,
    InThePast,
    NoInstructions,
    NoSuchPlace,
    PlaceChanged,
    PlaceFixed,
    WrongOwner,
    WrongShape,
)
from safehand.places.geometry import Area, Point
from safehand.places.model import Checkpoint, Geofence, PickupPoint, PlaceKind, ReadPoint, Shunned
from safehand.store.database import Tx
from tests.places.scenes import ANNA, BERT, DAY_MS, HERE, NOON_MS, SQUARE, WEEK, ZONE, Atlas

INSIDE, OUTSIDE = Point(601_200_000, 249_800_000), Point(603_000_000, 249_800_000)
MOVED = Area.of([Point(605_000_000, 249_000_000), Point(605_000_000, 250_000_000), Point(606_000_000, 250_000_000)])
RITVA = Principal(
    kind=PrincipalKind.STAFF, id="usr_ritva", user=UserId("usr_ritva"), roles=frozenset({Role.DISPATCHER})
)
GATE_CODE = "Press 4711, then the green button"


async def test_a_place_of_each_kind_is_kept_as_it_was_told(atlas: Atlas) -> None:
    made = {place.kind: place for place in await atlas.everything()}

    for kind, place in made.items():
        assert (await atlas.get(place.id)).draft == replace(atlas.draft(kind), id=place.id)
        assert (await atlas.get(place.code)) == place
    assert made[PlaceKind.DEPOT].id == atlas.depot.place
    assert made[PlaceKind.CHECKPOINT].party == atlas.depot.id  # it is its depot's
    assert made[PlaceKind.PICKUP_POINT].id == atlas.partner.place
    assert made[PlaceKind.LOCKER_SITE].id != atlas.partner.place  # a partner may have several


async def test_a_geofence_moved_to_hide_a_deviation_leaves_who_when_and_where_it_was(atlas: Atlas) -> None:
    fence = await atlas.add(PlaceKind.GEOFENCE)
    atlas.clock.advance(DAY_MS)
    await atlas.change(fence, shape=MOVED)

    now, then = await atlas.get(fence.id), await atlas.get(fence.id, NOON_MS)
    async with atlas.store.transaction() as tx:
        history = await atlas.places.history(tx, fence.id)
        seen_now = await atlas.places.around(tx, INSIDE, NOON_MS + DAY_MS)
        seen_then = await atlas.places.around(tx, INSIDE, NOON_MS)

    assert (now.shape, then.shape) == (MOVED, SQUARE)
    assert [(one.version, one.told_by, one.told_ms, one.shape) for one in history] == [
        (2, BERT, NOON_MS + DAY_MS, MOVED),
        (1, ANNA, NOON_MS, SQUARE),
    ]
    assert ([one.code for one in seen_now], [one.code for one in seen_then]) == ([], ["GEOFENCE"])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE place_versions SET shape = NULL",
        "DELETE FROM place_versions",
        "UPDATE places SET code = 'X1'",
        "UPDATE place_days SET kind = 'usual'",
        "DELETE FROM place_instructions",
        "UPDATE sort_rules SET route = 'X'",
        "DELETE FROM sort_plans",
        "TRUNCATE place_versions",
    ],
)
async def test_neither_the_application_nor_the_owner_changes_what_was_told(atlas: Atlas, statement: str) -> None:
    await atlas.everything()

    with pytest.raises(Exception, match="permission denied"):
        async with atlas.store.transaction() as tx:
            await tx.run(statement)


async def test_a_version_cannot_be_slipped_in_before_it_is_told(atlas: Atlas) -> None:
    fence = await atlas.add(PlaceKind.GEOFENCE)

    with pytest.raises(InThePast):
        await atlas.change(fence, shape=MOVED, valid_from_ms=NOON_MS - 1)
    with pytest.raises(Exception, match="place_versions_ahead_check"):
        async with atlas.store.transaction() as tx:
            await tx.run(
                "INSERT INTO place_versions SELECT place, 2, $1, told_ms, told_by, name, shape, details, retired"
                " FROM place_versions WHERE place = $2",
                NOON_MS - 1,
                fence.id,
            )


async def test_a_planned_change_happens_on_its_day_and_a_later_word_before_it_too(atlas: Atlas) -> None:
    area = await atlas.add(PlaceKind.AVOID)
    await atlas.change(area, name="From tomorrow", valid_from_ms=NOON_MS + DAY_MS)
    atlas.clock.advance(1)
    await atlas.change(area, name="At once")

    assert [(await atlas.get(area.id, NOON_MS + at)).name for at in (0, 1, DAY_MS - 1, DAY_MS)] == [
        "The avoid",
        "At once",
        "At once",
        "From tomorrow",
    ]


async def test_nothing_new_makes_no_version_and_whoever_saw_an_older_one_is_told(atlas: Atlas) -> None:
    gate = await atlas.add(PlaceKind.GATE)
    assert (await atlas.change(gate)).version == 1
    assert (await atlas.change(gate, name="North gate")).version == 2

    with pytest.raises(PlaceChanged) as refused:
        async with atlas.store.transaction() as tx:
            await atlas.desk.change(tx, gate, replace(gate.draft, name="South gate"), BERT, version=1)
    assert refused.value.params == {"version": 1, "newest": 2}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code": "a"}, BadCode),
        ({"code": "HEL--1"}, BadCode),
        ({"name": " x"}, BadDetails),
        ({"name": "x\u202e"}, BadDetails),
        ({"shape": SQUARE}, WrongShape),
        ({"shape": None}, WrongShape),
        ({"party": None}, WrongOwner),
        ({"within": "DEPOT"}, WrongOwner),
        ({"details": PickupPoint(zone=ZONE, hours=WEEK, capacity=0)}, BadDetails),
    ],
)
async def test_what_can_be_no_place_is_refused(
    atlas: Atlas, changes: dict[str, object], error: type[SafehandError]
) -> None:
    told = replace(atlas.draft(PlaceKind.PICKUP_POINT), **changes)  # type: ignore[arg-type]

    with pytest.raises(error):
        async with atlas.store.transaction() as tx:
            await atlas.desk.add(tx, told, ANNA)


async def _refused(atlas: Atlas, error: type[SafehandError], **changes: object) -> None:
    kind = changes.pop("kind", PlaceKind.PICKUP_POINT)
    assert isinstance(kind, PlaceKind)
    with pytest.raises(error):
        async with atlas.store.transaction() as tx:
            await atlas.desk.add(tx, replace(atlas.draft(kind, "NEW-1"), **changes), ANNA)  # type: ignore[arg-type]


async def test_whose_a_place_is_and_where_it_belongs_is_looked_up(atlas: Atlas) -> None:
    point = await atlas.add(PlaceKind.PICKUP_POINT)
    merchant = await atlas.party(PartyKind.MERCHANT)

    await _refused(atlas, CodeTaken, code=point.code)
    await _refused(atlas, IdTaken, id=point.id)
    await _refused(atlas, NoSuchPlace, id=PlaceId("plc_x"))
    await _refused(atlas, PartyMismatch, party=merchant.id)
    await _refused(atlas, SafehandError, party=PartyId(new_id(PARTY, 1)))
    await _refused(atlas, NoSuchPlace, kind=PlaceKind.CHECKPOINT, within="DEPOT")
    await _refused(atlas, WrongOwner, kind=PlaceKind.CHECKPOINT, within=point.code)
    await atlas.add(PlaceKind.DEPOT)
    await _refused(atlas, DepotPlaced, kind=PlaceKind.DEPOT)


@pytest.mark.parametrize(
    "told",
    [{"code": "OTHER"}, {"kind": PlaceKind.NO_GO, "details": Shunned(reason="x")}, {"party": PartyId("pty_x")}],
)
async def test_what_a_place_is_never_changes(atlas: Atlas, told: dict[str, object]) -> None:
    fence = await atlas.add(PlaceKind.GEOFENCE)

    with pytest.raises(PlaceFixed):
        await atlas.change(fence, **told)  # type: ignore[arg-type]


async def test_a_circle_contains_what_is_near_its_middle(atlas: Atlas) -> None:
    circle = await atlas.add(PlaceKind.DEPOT)
    async with atlas.store.transaction() as tx:
        fence = replace(atlas.draft(PlaceKind.GEOFENCE), shape=HERE, details=Geofence(radius_m=500))
        circle = await atlas.desk.add(tx, fence, ANNA)

    assert circle.contains(Point(HERE.lat_e7 + 40_000, HERE.lon_e7))  # 440 m
    assert not circle.contains(Point(HERE.lat_e7 + 50_000, HERE.lon_e7))  # 560 m
    assert not (await atlas.add(PlaceKind.GATE)).contains(HERE)


async def _look(atlas: Atlas, tx: Tx, gate: str) -> str:
    return await atlas.desk.instructions(tx, await atlas.places.get(tx, gate, atlas.clock.now_ms()), RITVA)


async def test_how_a_gate_opens_is_sealed_and_each_look_is_on_record(atlas: Atlas) -> None:
    gate = await atlas.add(PlaceKind.GATE)
    async with atlas.store.transaction() as tx:
        await atlas.desk.instruct(tx, gate, "old words", ANNA)
        await atlas.desk.instruct(tx, gate, GATE_CODE, BERT)
    async with atlas.store.transaction() as tx:
        assert await _look(atlas, tx, gate.code) == GATE_CODE

    async with atlas.store.transaction() as tx:
        [read] = await tx.fetch("SELECT reader, action, why, at_ms FROM reads")
        everything = [str(dict(row)) for row in await tx.fetch("SELECT * FROM vault_bodies")]
        everything += [str(dict(row)) for row in await tx.fetch("SELECT * FROM place_instructions")]
    assert dict(read) == {
        "reader": "usr_ritva",
        "action": Action.PLACE_READ_PRIVATE,
        "why": gate.id,
        "at_ms": atlas.clock.now_ms(),
    }
    assert not any("4711" in row for row in everything)


async def test_without_a_record_of_the_look_nothing_is_shown(atlas: Atlas) -> None:
    gate = await atlas.add(PlaceKind.GATE)
    async with atlas.store.transaction() as tx:
        await atlas.desk.instruct(tx, gate, GATE_CODE, ANNA)

    with pytest.raises(Exception, match="25006"):  # a read-only transaction
        async with atlas.store.transaction(readonly=True) as tx:
            await _look(atlas, tx, gate.code)


async def test_instructions_are_a_gates_and_of_a_size(atlas: Atlas) -> None:
    gate, depot = await atlas.add(PlaceKind.GATE), await atlas.add(PlaceKind.DEPOT)

    async with atlas.store.transaction() as tx:
        with pytest.raises(NoInstructions):
            await _look(atlas, tx, gate.code)
        for text in ("", "x" * (INSTRUCTIONS_CHARS_MAX + 1)):
            with pytest.raises(BadInstructions):
                await atlas.desk.instruct(tx, gate, text, ANNA)
        with pytest.raises(WrongOwner):
            await atlas.desk.instruct(tx, depot, "x", ANNA)


async def test_a_place_that_is_nowhere_is_not_found(atlas: Atlas) -> None:
    for asked in (new_id(PLACE, 1), "NOWHERE", "no code", "", "x" * 1_000):
        with pytest.raises(NoSuchPlace):
            await atlas.get(asked)


async def test_a_checkpoint_may_move_within_the_building(atlas: Atlas) -> None:
    await atlas.add(PlaceKind.DEPOT)
    dock = await atlas.add(PlaceKind.CHECKPOINT, "HEL1-DOCK-3", Checkpoint(role=ReadPoint.DOCK))

    moved = await atlas.change(dock, shape=HERE, retired=True)

    assert (moved.shape, moved.retired, moved.within_code) == (HERE, True, "DEPOT")
