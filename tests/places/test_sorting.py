"""Sort plans: the longest prefix wins, a plan is told whole, and lanes that it leads to stay."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.kernel.ids import PlaceId
from safehand.places.errors import BadSortRule, InThePast, LaneInUse, NoLane, PlaceChanged, WrongOwner
from safehand.places.model import Checkpoint, Place, PlaceKind, ReadPoint
from safehand.places.sorting import SortPlan, SortRule, plain_code
from tests.places.scenes import ANNA, BERT, DAY_MS, NOON_MS, Atlas

CODES = st.text("012A", max_size=6)
RULES = st.lists(st.builds(SortRule, st.text("012A", max_size=4), st.just("LANE"), st.just("R1")), max_size=20)
type Find = Callable[[SortPlan, str], SortRule | None]


def a_plan(rules: list[SortRule]) -> SortPlan:
    return SortPlan(
        depot=PlaceId("plc_1"), version=1, valid_from_ms=1, told_ms=1, told_by=ANNA,
        rules={rule.prefix: rule for rule in rules},
    )  # fmt: skip


def found(plan: SortPlan, code: str) -> SortRule | None:
    try:
        return plan.rule_for(code)
    except NoLane:
        return None


def longest_wins(find: Find, plan: SortPlan, code: str) -> bool:
    """No rule that fits has a longer prefix than the one found, and one is found if any fits."""
    fitting = [rule for rule in plan.rules.values() if code.startswith(rule.prefix)]
    return find(plan, code) == max(fitting, key=lambda rule: len(rule.prefix), default=None)


@given(RULES, CODES)
def test_the_longest_prefix_wins(rules: list[SortRule], code: str) -> None:
    assert longest_wins(found, a_plan(rules), code)


def first_wins(plan: SortPlan, code: str) -> SortRule | None:
    return next((rule for prefix, rule in sorted(plan.rules.items()) if code.startswith(prefix)), None)


def whole_codes_only(plan: SortPlan, code: str) -> SortRule | None:
    return plan.rules.get(code)


def forgets_the_rest(plan: SortPlan, code: str) -> SortRule | None:
    return (rule := found(plan, code)) and (rule if rule.prefix else None)


@pytest.mark.parametrize("mutant", [first_wins, whole_codes_only, forgets_the_rest])
def test_the_law_notices_its_planted_fault(mutant: Find) -> None:
    plan = a_plan([SortRule(prefix, "LANE", "R1") for prefix in ("", "0", "00", "001")])
    codes = ("00100", "00200", "9")

    assert all(longest_wins(found, plan, code) for code in codes)
    assert not all(longest_wins(mutant, plan, code) for code in codes)


@pytest.mark.parametrize(("typed", "plain"), [("00 130", "00130"), ("sw1a-1aa", "SW1A1AA"), ("٣", ""), ("", "")])
def test_a_postal_code_is_compared_without_what_stands_between(typed: str, plain: str) -> None:
    assert plain_code(typed) == plain


async def lanes(atlas: Atlas) -> tuple[Place, Place]:
    """A depot and a lane in it."""
    depot = await atlas.add(PlaceKind.DEPOT)
    return depot, await atlas.add(PlaceKind.CHECKPOINT, "LANE-A")


async def test_a_plan_is_told_whole_and_what_it_was_is_kept(atlas: Atlas) -> None:
    depot, lane = await lanes(atlas)
    async with atlas.store.transaction() as tx:
        assert await atlas.plans.plan(tx, depot, NOON_MS) is None
        first = await atlas.plans.tell(tx, depot, [SortRule("001", lane.code, "R1")], ANNA, version=0)
        rules = [SortRule("", lane.code, "REST"), SortRule("00", lane.code, "R2")]
        planned = await atlas.plans.tell(tx, depot, rules, BERT, version=1, valid_from_ms=NOON_MS + DAY_MS)
        now = await atlas.plans.plan(tx, depot, NOON_MS)
        then = await atlas.plans.plan(tx, depot, NOON_MS + DAY_MS)
        told = await atlas.plans.told(tx, depot)

    assert (now, then) == (first, planned)
    assert now is not None
    assert now.rule_for("00 130").route == "R1"
    assert then is not None
    assert [then.rule_for(code).route for code in ("00 130", "33100")] == ["R2", "REST"]
    assert [(plan.version, plan.told_by) for plan in told] == [(2, BERT), (1, ANNA)]


async def test_a_lane_that_the_plan_leads_to_cannot_be_retired(atlas: Atlas) -> None:
    depot, lane = await lanes(atlas)
    async with atlas.store.transaction() as tx:
        await atlas.plans.tell(tx, depot, [SortRule("001", lane.code, "R1")], ANNA, version=0)
    with pytest.raises(LaneInUse):
        await atlas.change(lane, retired=True)

    async with atlas.store.transaction() as tx:
        await atlas.plans.tell(tx, depot, [], ANNA, version=1)
    assert (await atlas.change(lane, retired=True)).retired


@pytest.mark.parametrize(
    "rule",
    [
        SortRule("00 1", "LANE-A", "R1"),
        SortRule("0" * 11, "LANE-A", "R1"),
        SortRule("2", "LANE-A", "R1"),
        SortRule("1", "LANE-A", ""),
        SortRule("1", "LANE-A", "R\n1"),
        SortRule("1", "NOWHERE", "R1"),
        SortRule("1", "DOCK", "R1"),
        SortRule("1", "DEPOT", "R1"),
        SortRule("1", "x" * 900, "R1"),
    ],
)
async def test_a_rule_that_leads_nowhere_or_twice_is_named_by_its_row(atlas: Atlas, rule: SortRule) -> None:
    depot, lane = await lanes(atlas)
    await atlas.add(PlaceKind.CHECKPOINT, "DOCK", Checkpoint(role=ReadPoint.DOCK))

    with pytest.raises(BadSortRule) as refused:
        async with atlas.store.transaction() as tx:
            await atlas.plans.tell(tx, depot, [SortRule("2", lane.code, "R1"), rule], ANNA, version=0)
    assert refused.value.params["row"] == 2


async def test_who_saw_an_older_plan_or_tells_of_the_past_is_refused(atlas: Atlas) -> None:
    depot, lane = await lanes(atlas)
    async with atlas.store.transaction() as tx:
        for error, place, version, begins_ms in (
            (PlaceChanged, depot, 1, None),
            (InThePast, depot, 0, NOON_MS - 1),
            (WrongOwner, lane, 0, None),
        ):
            with pytest.raises(error):
                await atlas.plans.tell(tx, place, [], ANNA, version=version, valid_from_ms=begins_ms)
