"""Why an order is served as it is: what the dispatcher and the recipient are told. Pure."""

from collections.abc import Sequence

from safehand.planning.day import Day, Order, Way
from safehand.planning.dayplan import Because
from safehand.planning.modelling import priced


def reasons(day: Day, order: Order, chosen: Way, full: Sequence[Way]) -> tuple[Because, ...]:
    """All reasons that hold: the recipient's word alone, or what the other ways would have had against them.

    `full` are the ways of the order to sites that have no place for it.
    """
    if chosen.mode == order.chosen:
        return (Because.RECIPIENT_CHOSE,)
    others = [way for way in order.open_ways if way != chosen]
    if not others:
        return (Because.ONLY_WAY,)
    mine = priced(day, order, chosen)
    riskier = any(way.loss_millicents > chosen.loss_millicents for way in others if way not in full)
    wished = any(priced(day, order, way) < mine for way in others if way in full)
    found = (Because.SAFER if riskier else Because.CHEAPER, Because.SITE_FULL if wished else None)
    return tuple(reason for reason in found if reason is not None)
