"""What may happen to a running day, and what an answer to it says."""

from dataclasses import dataclass, field
from enum import StrEnum

from safehand.planning.day import LeftOut, Order
from safehand.planning.problem import Travel
from safehand.planning.running import Running


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order comes in: to be collected somewhere, or a delivery whose goods are at the depot."""

    order: Order


@dataclass(frozen=True, slots=True)
class Cancelled:
    """An order is called off. Goods that are aboard come back with their vehicle."""

    order: str


@dataclass(frozen=True, slots=True)
class Late:
    """A tour is later by so many seconds than was known."""

    tour: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Broken:
    """A vehicle drives no more, or its driver is sick. Its goods wait at `place`, or where it was known to be last."""

    tour: str
    place: int | None = None


@dataclass(frozen=True, slots=True)
class RoadClosed:
    """The travel is another from now on, between the same places."""

    travel: Travel = field(repr=False)


@dataclass(frozen=True, slots=True)
class SiteFull:
    """A locker site or a pickup point takes nothing more."""

    site: str


type Change = NewOrder | Cancelled | Late | Broken | RoadClosed | SiteFull


class Why(StrEnum):
    """Why an order is served elsewhere, at another time, or not. A word is added, never renamed."""

    NEW = "new"
    CANCELLED = "cancelled"
    TAKEN_OVER = "taken_over"
    """Its vehicle drives no more."""
    SITE_FULL = "site_full"
    NO_LONGER_FITS = "no_longer_fits"
    """With the change a limit would break."""
    FITS_AGAIN = "fits_again"
    """It was left out before."""
    CHEAPER = "cheaper"
    """All is cheaper so."""
    RETIMED = "retimed"
    """On the same tour in the same way, and at another time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What became of one order; without a tour it is not served, and `left_out` says why."""

    order: str
    from_tour: str | None
    from_s: int | None
    to_tour: str | None
    to_s: int | None
    why: Why
    left_out: LeftOut | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The day after a change, and what that means.

    `extra_m` and `extra_millicents` are against the plan before; orders that are left out are priced in neither.
    `over` are tours that end after their shift or beyond their range though nothing more can be taken from them;
    `goods_left` are orders that were collected, or called off, and whose goods stay in a vehicle that drives no more:
    a person decides on both. `seconds` is CPU time of this thread.
    """

    change: Change
    before: Running
    after: Running
    moves: tuple[Move, ...]
    extra_m: int
    extra_millicents: int
    over: tuple[str, ...]
    goods_left: tuple[str, ...]
    searched: bool
    """Whether the search found better than the cheapest insertion."""
    seconds: float
    iterations: int
