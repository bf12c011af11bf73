"""A day as planning is told of it: orders with the ways in which each may be served, shifts, depots, sites. Pure.

Whoever fills it in has asked the recipient's choice, the places' hours, the drivers' authority and the area's risk;
here they are windows, needs and prices. Times are seconds since a midnight that the day names; money is millicents.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from safehand.risk.loss import Mode

DAY_S = 48 * 3_600
"""Shifts that end after midnight fit in."""
M_PER_KM, S_PER_H, PERMILLE = 1_000, 3_600, 1_000
PRIORITY_MAX = 9
ORDERS_MAX = 50_000
SHIFTS_MAX = 2_000
WAYS_MAX = 8
WINDOWS_MAX = 6


class LeftOut(StrEnum):
    """Why an order is in no route. A word is added, never renamed."""

    OFF_THE_MAP = "off_the_map"
    """No road is near it."""
    NO_SHIFT = "no_shift"
    """Nobody drives that day."""
    TOO_LARGE = "too_large"
    """No vehicle that may go there takes so much."""
    NOT_ALLOWED = "not_allowed"
    """No driver of that day may carry it, or serve it so."""
    OUT_OF_REACH = "out_of_reach"
    """Nobody gets there and back within a shift or on one charge."""
    WINDOW = "window"
    """Nobody is there in its windows."""
    NO_ROOM = "no_room"
    """It could be served alone, and not with everything else."""
    CANCELLED = "cancelled"
    """Somebody called it off."""
    ALL_LEFT = "all_left"
    """Its goods are at the depot, and whoever could take them has left without coming back to load."""
    SITE_FULL = "site_full"
    """The sites that it could go to are full, and it has no other way."""
    STRANDED = "stranded"
    """Its goods are aboard a vehicle that drives no more, and nobody can take them over in time."""


@dataclass(frozen=True, slots=True)
class Window:
    """From the one second to the other."""

    early_s: int
    late_s: int


ALL_DAY = Window(0, DAY_S)
WHOLE_DAY = Window(0, 1 << 40)
"""Of what may be done at any time, as loading at the depot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way in which an order can be served.

    `loss_millicents` is what is expected to be lost at the handover, `trouble_millicents` what it costs the recipient
    (a way to a locker), `site` the locker site or pickup point. Windows may be several slots of one day.
    """

    mode: Mode
    place: int
    service_s: int
    windows: tuple[Window, ...] = (ALL_DAY,)
    loss_millicents: int = 0
    trouble_millicents: int = 0
    site: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is brought to one recipient, or taken from one: all its parcels in one stop.

    `chosen` is the recipient's own choice of a mode: where it is among the ways, no other is looked at. `needs` are
    bits that a shift's `skills` must have. `collected` is taken away instead of brought.
    """

    id: str
    parcels: tuple[str, ...]
    weight_g: int
    volume_ml: int
    ways: tuple[Way, ...]
    chosen: Mode | None = None
    needs: int = 0
    priority: int = 1
    aboard_millicents_per_h: int = 0
    collected: bool = False

    @property
    def open_ways(self) -> tuple[Way, ...]:
        """The ways that are looked at: the recipient's choice comes first."""
        chosen = tuple(way for way in self.ways if way.mode == self.chosen)
        return chosen or self.ways


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A driver with a vehicle. A capacity of None is not known, and then nothing is refused for it."""

    id: str
    depot: int
    early_s: int
    late_s: int
    weight_g: int
    parcels: int
    volume_ml: int | None = None
    range_m: int | None = None
    skills: int = 0
    profile: int = 0
    trips_max: int = 1
    millicents_per_km: int = 0
    millicents_per_h: int = 0
    millicents_a_day: int = 0
    co2_g_per_km: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A locker site or a pickup point.

    `compartments` are the sides of those that are free, in millimetres; a site without any takes `room` orders.
    """

    id: str
    compartments: tuple[tuple[int, int, int], ...] = ()
    room: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What a plan is weighed with, all of it in one unit. Recorded with the plan.

    `loss_permille` weighs expected loss: 1,000 is as it is, 0 plans as if nothing were ever lost. Leaving an order out
    costs `missing_millicents` times its priority.
    """

    loss_permille: int = 1_000
    co2_millicents_per_kg: int = 10_000
    missing_millicents: int = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """All that is known of a day. Places are rows of the travel that is planned with; the first ones are the depots."""

    orders: tuple[Order, ...]
    shifts: tuple[Shift, ...]
    depots: tuple[int, ...]
    sites: tuple[Site, ...] = ()
    prices: Prices = field(default_factory=Prices)
    off_the_map: frozenset[int] = frozenset()
    """Places that no road is near."""
