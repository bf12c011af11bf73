"""What if: two plans of one day side by side, on what they cost, lose, emit and leave out. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from safehand.planning.day import Way
from safehand.planning.dayplan import DayPlan, Stop


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of both plans; `what` is a message id below `planning.figure`."""

    what: str
    before: int
    after: int

    @property
    def more(self) -> int:
        """How much more the second plan has."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Moved:
    """An order that the plans serve otherwise: by which shift, in which mode and when; None is left out."""

    order: str
    before: Stop | None
    after: Stop | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two plans, the first being what the second is held against."""

    figures: tuple[Figure, ...]
    moved: tuple[Moved, ...]


def compared(before: DayPlan, after: DayPlan) -> Comparison:
    """The second plan against the first."""
    pairs = zip(_figures(before), _figures(after), strict=True)
    figures = tuple(Figure(what, had, has) for (what, had), (_, has) in pairs)
    old, new = _served(before), _served(after)
    moved = [
        Moved(order, had[1] if had else None, has[1] if has else None)
        for order in sorted(old.keys() | new.keys())
        if _how(had := old.get(order)) != _how(has := new.get(order))
    ]
    return Comparison(figures, tuple(moved))


def _served(plan: DayPlan) -> dict[str, tuple[str, Stop]]:
    return {stop.order: (tour.shift, stop) for tour in plan.tours for stop in tour.stops}


def _how(served: tuple[str, Stop] | None) -> tuple[str, Way] | None:
    """By whom and in which way; the hour is not looked at."""
    return None if served is None else (served[0], served[1].way)


def _figures(plan: DayPlan) -> Iterator[tuple[str, int]]:
    """Money in millicents, ways in metres, time in seconds."""
    costs = plan.costs
    yield "cost", costs.whole
    yield "loss", costs.loss
    yield "trouble", costs.trouble
    yield "co2_g", costs.co2_g
    yield "metres", sum(tour.metres for tour in plan.tours)
    yield "seconds", sum(tour.end_s - tour.start_s for tour in plan.tours)
    yield "tours", len(plan.tours)
    yield "served", sum(len(tour.stops) for tour in plan.tours)
    yield "left_out", len(plan.left_out)
