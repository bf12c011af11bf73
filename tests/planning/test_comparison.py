"""What if: a plan against another one of the same day."""

from dataclasses import replace

from safehand.planning.comparison import compared
from tests.planning.days import a_day, planned


def test_a_plan_against_itself_differs_in_nothing() -> None:
    plan = planned(a_day(15))
    found = compared(plan, plan)
    assert found.moved == ()
    assert {figure.more for figure in found.figures} == {0}
    assert next(figure for figure in found.figures if figure.what == "cost").before == plan.costs.whole


def test_what_caution_costs_and_saves_is_told_with_who_is_served_otherwise() -> None:
    day = a_day(30)
    bold, careful = planned(replace(day, prices=replace(day.prices, loss_permille=0))), planned(day)
    found = compared(bold, careful)
    figures = {figure.what: figure for figure in found.figures}
    assert figures["trouble"].more > 0
    assert figures["served"].more == figures["left_out"].more == 0
    to_safety = [one for one in found.moved if one.before and one.after and one.before.way.mode != one.after.way.mode]
    assert to_safety
    assert sum(one.after.way.loss_millicents for one in to_safety if one.after) < sum(
        one.before.way.loss_millicents for one in to_safety if one.before
    )


def test_an_order_that_is_no_longer_served_is_among_the_moved() -> None:
    plan = planned(a_day(10))
    [tour, *others] = plan.tours
    gone = tour.stops[0]
    fewer = replace(plan, tours=(replace(tour, stops=tour.stops[1:]), *others))
    [moved] = compared(plan, fewer).moved
    assert (moved.order, moved.before, moved.after) == (gone.order, gone, None)
