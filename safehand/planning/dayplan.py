"""A day's plan: who drives where and when, how each order is served and why, what is left out and why. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from safehand.planning.day import M_PER_KM, PERMILLE, S_PER_H, Day, LeftOut, Way, Window


class Because(StrEnum):
    """Why an order is served as it is. A word is added, never renamed."""

    RECIPIENT_CHOSE = "recipient_chose"
    ONLY_WAY = "only_way"
    SAFER = "safer"
    """Another way that was open to it loses more."""
    CHEAPER = "cheaper"
    SITE_FULL = "site_full"
    """A better site had no place left for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One stop of a tour. `loss_millicents` is what is expected to be lost there and on the way there."""

    order: str
    parcels: tuple[str, ...]
    way: Way
    window: Window
    arrive_s: int
    begin_s: int
    leave_s: int
    rest_s: int
    metres: int
    because: tuple[Because, ...]
    loss_millicents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A stop of its own kind: goods go from one vehicle to another.

    It comes before the tour's stop of index `before`, and after a loading of the same index. `orders` are those whose
    goods are taken over from the tour of the shift `giver`.
    """

    before: int
    giver: str
    orders: tuple[str, ...]
    place: int
    arrive_s: int
    begin_s: int
    leave_s: int
    metres: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tour:
    """What one shift drives. `metres` includes the way back.

    It is back at the depot to load before each of the stops in `loads_before`, and rests there for `load_rests_s`.
    """

    shift: str
    start_s: int
    end_s: int
    metres: int
    stops: tuple[Stop, ...]
    loads_before: tuple[int, ...] = ()
    load_rests_s: tuple[int, ...] = ()
    meetings: tuple[Meeting, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What a plan costs, in millicents, by what it is for; and grams of CO2."""

    driving: int
    time: int
    shifts: int
    loss: int
    trouble: int
    co2: int
    co2_g: int

    @property
    def whole(self) -> int:
        """All of it."""
        return self.driving + self.time + self.shifts + self.loss + self.trouble + self.co2


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlan:
    """The plan of a day."""

    tours: tuple[Tour, ...]
    left_out: tuple[tuple[str, LeftOut], ...]
    costs: Costs
    seconds: float
    iterations: int


def costed(day: Day, tours: Sequence[Tour]) -> Costs:
    """What tours cost, counted from their own figures."""
    by_id = {shift.id: shift for shift in day.shifts}
    driving = time = shifts = co2_g = 0
    for tour in tours:
        shift = by_id[tour.shift]
        driving += tour.metres * shift.millicents_per_km // M_PER_KM
        time += (tour.end_s - tour.start_s) * shift.millicents_per_h // S_PER_H
        shifts += shift.millicents_a_day
        co2_g += tour.metres * shift.co2_g_per_km // M_PER_KM
    stops = [stop for tour in tours for stop in tour.stops]
    return Costs(
        driving=driving,
        time=time,
        shifts=shifts,
        loss=sum(stop.loss_millicents for stop in stops) * day.prices.loss_permille // PERMILLE,
        trouble=sum(stop.way.trouble_millicents for stop in stops),
        co2=co2_g * day.prices.co2_millicents_per_kg // 1_000,
        co2_g=co2_g,
    )
