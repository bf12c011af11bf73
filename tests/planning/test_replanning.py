"""Changes of a running day: what is driven stays, no limit breaks, and every order is served once or named."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from safehand.kernel.errors import SafehandError
from safehand.planning.changes import (
    Answer,
    Broken,
    Cancelled,
    Change,
    Late,
    NewOrder,
    RoadClosed,
    SiteFull,
    Why,
)
from safehand.planning.day import LeftOut, Window
from safehand.planning.drafts import Circumstances, Draft, Limit, drafts_of
from safehand.planning.problem import Problem, Route
from safehand.planning.replanning import Replanner
from safehand.planning.running import Running, advanced, driven
from safehand.planning.solving import Budget, Solved
from safehand.planning.timing import Rest, empty_roads
from safehand.planning.undoing import undone
from tests.planning.running_days import (
    HOUR,
    a_new_order,
    a_replanner,
    a_running_day,
    ahead,
    at,
    everybody_left,
    first_left,
    left_out,
    replanned,
    served_by,
    slower,
    with_trips,
    wrong_with,
)

type Step = tuple[str, int, int]
"""What happens, to whom, and how much."""

KINDS = ("hour", "new", "collect", "cancel", "late", "broken", "closed", "full")
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 40), st.integers(1, 9_000)), min_size=1, max_size=7
)  # fmt: skip


def change_of(step: Step, number: int, running: Running) -> Change:
    """The change that a step stands for."""
    kind, whom, much = step
    van = f"van-{1 + whom % 3}"
    match kind:
        case "new" | "collect":
            return NewOrder(a_new_order(number, collected=kind == "collect"))
        case "cancel":
            return Cancelled(running.day.orders[whom % len(running.day.orders)].id)
        case "late":
            return Late(van, much)
        case "broken":
            return Broken(van)
        case "closed":
            return RoadClosed(slower(running.travel, much))
        case _:
            return SiteFull(("locker", "shop")[whom % 2])


def lived(seed: int, steps: Sequence[Step], replanner: Callable[[Running], Replanner] = a_replanner) -> list[Answer]:
    """All answers of a day in which these things happen; what is refused does not."""
    running, answers, now_s = a_running_day(seed), list[Answer](), 6 * HOUR
    for number, step in enumerate(steps):
        if step[0] == "hour":
            now_s += step[2] // 2
            running = advanced(running, now_s)
            continue
        try:
            answers.append(replanner(running).answer(running, change_of(step, number, running)))
        except SafehandError:
            continue
        running = answers[-1].after
    return answers


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(1, 4), steps=STEPS)
def test_whatever_happens_no_limit_breaks_what_is_driven_stays_and_every_order_is_once_or_named(
    seed: int, steps: list[Step]
) -> None:
    for answer in lived(seed, steps):
        assert wrong_with(answer) == set()


SOME_DAY: list[Step] = [
    ("hour", 0, 9_000), ("late", 0, 5_000), ("hour", 0, 9_000), ("hour", 0, 5_000),
    ("late", 1, 9_000), ("late", 2, 9_000), ("new", 0, 1),
]  # fmt: skip


def all_wrong(replanner: Callable[[Running], Replanner]) -> set[str]:
    return {one for answer in lived(1, SOME_DAY, replanner) for one in wrong_with(answer)}


def test_a_replanner_that_mends_nothing_breaks_limits() -> None:
    def lazy(draft: Draft) -> tuple[Draft, list[str]]:
        return draft, []

    assert "a window is missed" in all_wrong(lambda running: replace(a_replanner(running), mend=lazy))


def test_a_replanner_that_does_not_say_what_it_takes_out_loses_orders() -> None:
    def silent(draft: Draft) -> tuple[Draft, list[str]]:
        return draft.with_items(()), []

    assert "an order is lost or doubled" in all_wrong(lambda running: replace(a_replanner(running), mend=silent))


def test_a_replanner_that_forgets_how_far_everybody_is_alters_what_is_driven() -> None:
    def forgetful(at: Circumstances, running: Running) -> dict[str, Draft]:
        fresh = {shift: replace(told, stops_done=0, loads_done=0) for shift, told in running.progress.items()}
        return drafts_of(at, replace(running, progress=fresh))

    found = all_wrong(lambda running: replace(a_replanner(running), read=forgetful))
    assert "what is driven was altered" in found


def test_a_search_that_leaves_orders_out_or_breaks_windows_is_not_listened_to() -> None:
    def backwards(problem: Problem, budget: Budget, seed: int, start: Sequence[Route]) -> Solved:
        turned = [replace(route, trips=tuple(trip[::-1] for trip in route.trips)) for route in start]
        return Solved(tuple(turned), 0, feasible=True, iterations=1, seconds=0.0)

    def nothing(problem: Problem, budget: Budget, seed: int, start: Sequence[Route]) -> Solved:
        return Solved((), 0, feasible=True, iterations=1, seconds=0.0)

    assert all_wrong(lambda running: replace(a_replanner(running), search=backwards)) == set()
    assert all_wrong(lambda running: replace(a_replanner(running), search=nothing)) == set()


def test_a_tour_that_delivers_what_another_has_aboard_breaks_a_limit() -> None:
    running = everybody_left()
    drafts = drafts_of(Circumstances.of(running, Rest(), empty_roads), running)
    mine, other, *_ = drafts.values()
    serve = next(serve for serve in other.serves if not serve.order.collected)
    breach = mine.with_items((serve,)).breach()
    assert breach is not None
    assert breach.limit is Limit.GOODS


def test_nobody_loses_a_place_even_if_it_cost_nothing_to_leave_orders_out() -> None:
    def nothing(problem: Problem, budget: Budget, seed: int, start: Sequence[Route]) -> Solved:
        return Solved((), 0, feasible=True, iterations=1, seconds=0.0)

    running = at(6)
    free = replace(running, day=replace(running.day, prices=replace(running.day.prices, missing_millicents=0)))
    answer = replace(a_replanner(free), search=nothing).answer(free, NewOrder(a_new_order(1)))
    assert answer.after.plan.left_out == ()


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(1, 4), steps=STEPS)
def test_the_search_is_never_worse_than_the_insertion_alone(seed: int, steps: list[Step]) -> None:
    for answer in lived(seed, steps):
        alone = a_replanner(answer.before, None).answer(answer.before, answer.change)
        assert weight(answer) <= weight(alone)


def test_a_replanner_that_turns_tours_round_is_worse_than_the_insertion_alone() -> None:
    def turned(at: Circumstances, running: Running) -> dict[str, Draft]:
        return {shift: draft.with_items(draft.items[::-1]) for shift, draft in drafts_of(at, running).items()}

    answers = lived(1, SOME_DAY, lambda running: replace(a_replanner(running, None), read=turned))
    alone = [a_replanner(answer.before, None).answer(answer.before, answer.change) for answer in answers]
    assert any(weight(answer) > weight(other) for answer, other in zip(answers, alone, strict=True))


def weight(answer: Answer) -> int:
    day = answer.after.day
    priority = {order.id: order.priority for order in day.orders}
    missing = sum(priority[order] for order, _ in answer.after.plan.left_out)
    return answer.after.plan.costs.whole + missing * day.prices.missing_millicents


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(1, 4), steps=STEPS)
def test_a_change_that_is_undone_at_once_never_was(seed: int, steps: list[Step]) -> None:
    for answer in lived(seed, steps):
        assert undone(answer.after, answer) == answer.before


def test_an_undo_that_only_takes_the_plan_back_is_none_and_moves_that_are_not_told_are_missed() -> None:
    answers = lived(1, SOME_DAY)
    assert any(replace(answer.after, plan=answer.before.plan) != answer.before for answer in answers)
    assert any("a move is not told" in wrong_with(replace(answer, moves=())) for answer in answers)


def test_the_same_day_change_and_seed_are_the_same_answer() -> None:
    first, second = (lived(2, SOME_DAY) for _ in range(2))
    assert [answer.after.plan.tours for answer in first] == [answer.after.plan.tours for answer in second]


def test_a_new_delivery_goes_to_a_tour_that_has_not_left_and_is_told() -> None:
    answer = replanned(at(6), NewOrder(a_new_order(1)))
    [move] = [move for move in answer.moves if move.order == "new-1"]
    assert (move.why, move.from_tour, move.to_tour) == (Why.NEW, None, served_by(answer.after, "new-1"))
    assert move.to_tour is not None
    metres = [sum(tour.metres for tour in running.plan.tours) for running in (answer.before, answer.after)]
    assert answer.extra_m == metres[1] - metres[0]
    assert answer.extra_millicents == answer.after.plan.costs.whole - answer.before.plan.costs.whole


def test_once_everybody_left_a_delivery_waits_for_who_comes_back_to_load_and_else_is_named() -> None:
    again = replanned(with_trips(everybody_left(), 3), NewOrder(a_new_order(1)))
    tour = again.after.tour(served_by(again.after, "new-1") or "")
    assert tour is not None
    assert tour.loads_before
    never = replanned(everybody_left(), NewOrder(a_new_order(1)))
    assert left_out(never.after)["new-1"] is LeftOut.ALL_LEFT


def test_a_collection_is_taken_along_by_a_tour_that_is_on_its_way() -> None:
    answer = replanned(everybody_left(), NewOrder(a_new_order(1, collected=True)))
    assert served_by(answer.after, "new-1") is not None


def test_a_new_order_that_nobody_can_serve_is_named() -> None:
    answer = replanned(at(6), NewOrder(a_new_order(1, window=Window(0, HOUR))))
    assert left_out(answer.after)["new-1"] is LeftOut.WINDOW


def test_a_cancelled_stop_is_not_driven_and_its_goods_come_back() -> None:
    running = everybody_left()
    shift = first_left(running)
    order = next(one for one in ahead(running, shift) if one in running.progress[shift].aboard)
    answer = replanned(running, Cancelled(order))
    assert served_by(answer.after, order) is None
    assert left_out(answer.after)[order] is LeftOut.CANCELLED
    assert order in answer.after.progress[shift].aboard
    assert answer.extra_m <= 0


def test_a_late_tour_hands_on_or_names_what_it_can_no_longer_do() -> None:
    running = everybody_left()
    shift = first_left(running)
    answer = replanned(running, Late(shift, 7 * HOUR))
    moved = [move for move in answer.moves if move.why is Why.NO_LONGER_FITS]
    assert moved
    # What its second trip was to fetch lies at the depot, and everybody has left.
    assert {move.left_out for move in moved} <= {LeftOut.WINDOW, LeftOut.NO_ROOM, LeftOut.ALL_LEFT, None}
    assert answer.after.progress[shift].now_s == running.progress[shift].now_s + 7 * HOUR


def test_a_broken_vehicle_is_met_and_its_orders_are_served_after_the_meeting() -> None:
    running = everybody_left()
    giver = first_left(running)
    waiting = set(ahead(running, giver)) & running.progress[giver].aboard
    collected = {order.id for order in running.day.orders if order.collected}
    answer = replanned(running, Broken(giver))
    met = [(tour, meeting) for tour in answer.after.plan.tours for meeting in tour.meetings]
    assert met
    for tour, meeting in met:
        assert meeting.giver == giver
        assert meeting.place == running.progress[giver].place
        later = [stop.order for stop in tour.stops[meeting.before :]]
        assert set(meeting.orders) - collected <= set(later)
        for stop in tour.stops[meeting.before :]:
            assert stop.begin_s > meeting.leave_s
    taken = {order for _, meeting in met for order in meeting.orders}
    assert waiting == (taken - collected) | {
        order for order, why in left_out(answer.after).items() if why is LeftOut.STRANDED
    }


def test_after_a_meeting_is_driven_the_goods_are_with_who_took_them() -> None:
    running = everybody_left()
    giver = first_left(running)
    after = replanned(running, Broken(giver)).after
    tour, meeting = next((tour, tour.meetings[0]) for tour in after.plan.tours if tour.meetings)
    stop = tour.stops[meeting.before]
    later = driven(after, tour.shift, meeting.before + 1, stop.way.place, stop.leave_s)
    assert set(meeting.orders) - {stop.order} <= later.progress[tour.shift].aboard
    assert not set(meeting.orders) & later.progress[giver].aboard


def test_a_broken_vehicle_that_nobody_can_meet_keeps_its_goods_and_they_are_named() -> None:
    running = everybody_left()
    for shift in list(running.progress):
        running = replanned(running, Broken(shift)).after
    aboard = frozenset[str]().union(*(told.aboard for told in running.progress.values()))
    collected = {order.id for order in running.day.orders if order.collected}
    assert all(left_out(running)[order] is LeftOut.STRANDED for order in aboard - collected)


def test_what_a_broken_vehicle_had_collected_is_taken_over_or_told() -> None:
    running = everybody_left()
    giver = first_left(running)
    told = replace(running.progress[giver], aboard=frozenset({"new-1"}))
    order = a_new_order(1, collected=True)
    day = replace(running.day, orders=(*running.day.orders, order))
    tour = running.tour(giver)
    assert tour is not None
    one = replace(tour, stops=(replace(tour.stops[0], order="new-1", parcels=order.parcels, way=order.ways[0],
                                       window=order.ways[0].windows[0]),))  # fmt: skip
    gone = {stop.order for stop in tour.stops}
    day = replace(day, orders=tuple(known for known in day.orders if known.id not in gone))
    tours = tuple(one if known.shift == giver else known for known in running.plan.tours)
    running = replace(running, day=day, plan=replace(running.plan, tours=tours),
                      progress={**running.progress, giver: told})  # fmt: skip
    answer = replanned(running, Broken(giver))
    met = {order for tour in answer.after.plan.tours for meeting in tour.meetings for order in meeting.orders}
    assert met == {"new-1"}
    assert answer.goods_left == ()


def test_a_closed_road_is_driven_round_and_times_are_of_the_new_roads() -> None:
    running = at(6)
    answer = replanned(running, RoadClosed(slower(running.travel, 3)))
    assert answer.after.travel is not running.travel
    assert {move.why for move in answer.moves} & {Why.RETIMED, Why.CHEAPER, Why.NO_LONGER_FITS}


def test_orders_bound_for_a_full_locker_are_served_in_another_way() -> None:
    running = at(6)
    bound = [stop.order for tour in running.plan.tours for stop in tour.stops if stop.way.site == "locker"]
    assert bound
    answer = replanned(running, SiteFull("locker"))
    assert {move.order for move in answer.moves if move.why is Why.SITE_FULL} == set(bound)
    assert not [stop for tour in answer.after.plan.tours for stop in tour.stops if stop.way.site == "locker"]


def test_who_has_no_other_way_than_a_full_site_is_named() -> None:
    running = at(6)
    order = next(stop.order for tour in running.plan.tours for stop in tour.stops if stop.way.site == "locker")
    orders = tuple(
        replace(one, ways=tuple(way for way in one.ways if way.site == "locker")) if one.id == order else one
        for one in running.day.orders
    )
    answer = replanned(replace(running, day=replace(running.day, orders=orders)), SiteFull("locker"))
    assert left_out(answer.after)[order] is LeftOut.SITE_FULL


def test_what_was_left_out_is_tried_again_when_there_is_room() -> None:
    everybody = everybody_left()
    never = replanned(everybody, NewOrder(a_new_order(1))).after
    again = replanned(with_trips(never, 3), SiteFull("shop"))
    assert [move.why for move in again.moves if move.order == "new-1"] == [Why.FITS_AGAIN]


def test_a_rest_that_was_taken_counts_and_one_that_was_not_is_still_due() -> None:
    running = everybody_left()
    shift = first_left(running)
    hurried = replace(a_replanner(running), rest=Rest(work_s=90 * 60))
    tour = hurried.answer(running, Late(shift, 60)).after.tour(shift)
    assert tour is not None
    rests = [stop for stop in tour.stops[1:] if stop.rest_s]
    assert rests
    assert rests[0].leave_s - rests[0].rest_s - tour.start_s <= 90 * 60
