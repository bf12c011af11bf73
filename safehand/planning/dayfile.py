"""A day as a file: for whoever keeps orders elsewhere, and for trying a plan out. Everything in it is hostile.

The file is JSON: `places` as pairs of lat_e7 and lon_e7, `day` with orders, shifts, depots, sites and prices, and the
`sides_mm` of parcels where they are known. What it leaves out is as in `day.py`.
"""

from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec

from safehand.planning import day as limits
from safehand.planning.compartments import Sides
from safehand.planning.day import Day, Order, Shift, Way
from safehand.planning.dayplan import DayPlan
from safehand.planning.errors import DayUnusable
from safehand.planning.problem import ALL_SKILLS

FILE_BYTES_MAX = 256 * 1024 * 1024
PROFILES = 3
"""Car, bicycle, foot: a shift names one by its number."""
AMOUNT_MAX = 10**9
MONEY_MAX = 10**12


class DayFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What such a file holds."""

    places: tuple[tuple[int, int], ...]
    day: Day
    sides_mm: dict[str, Sides] = {}


def read_day(path: Path) -> DayFile:
    """Read a day.

    Errors
        DayUnusable  naming the order, shift or field.
    """
    file = _decoded(path, DayFile)
    for wrong in _wrong(file):
        raise DayUnusable(str(path), wrong)
    return file


def read_plan(path: Path) -> DayPlan:
    """Read a plan that `safehand plan day` wrote.

    Errors
        DayUnusable
    """
    return _decoded(path, DayPlan)


def _decoded[T](path: Path, kind: type[T]) -> T:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise DayUnusable(str(path), f"it is larger than {FILE_BYTES_MAX} bytes")
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as refused:
        raise DayUnusable(str(path), refused.strerror or "it cannot be read") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as refused:
        raise DayUnusable(str(path), str(refused)) from None


def _wrong(file: DayFile) -> Iterator[str]:
    """What cannot be meant, the first of it first."""
    day, places = file.day, len(file.places)
    for what, found, most in (
        ("places", places, limits.ORDERS_MAX), ("orders", len(day.orders), limits.ORDERS_MAX),
        ("shifts", len(day.shifts), limits.SHIFTS_MAX), ("depots", len(day.depots), limits.SHIFTS_MAX),
    ):  # fmt: skip
        if found > most:
            yield f"{found} {what}, at most {most}"
    if not day.depots:
        yield "it has no depot"
    for depot in day.depots:
        if not 0 <= depot < places:
            yield f"the depot at place {depot}: there are {places} places"
    for names, what in (([one.id for one in day.orders], "order"), ([one.id for one in day.shifts], "shift")):
        if len(set(names)) < len(names):
            yield f"two of one name: {what} {max(names, key=names.count)[:40]}"
    for order in day.orders:
        yield from (f"order {order.id[:40]}: {wrong}" for wrong in _wrong_with_order(order, day, places))
    for shift in day.shifts:
        yield from (f"shift {shift.id[:40]}: {wrong}" for wrong in _wrong_with_shift(shift, len(day.depots)))


def _wrong_with_order(order: Order, day: Day, places: int) -> Iterator[str]:
    sites = {site.id for site in day.sites}
    if not 1 <= len(order.ways) <= limits.WAYS_MAX:
        yield f"{len(order.ways)} ways, 1 to {limits.WAYS_MAX}"
    if not order.parcels:
        yield "no parcels"
    if not 1 <= order.priority <= limits.PRIORITY_MAX:
        yield f"priority {order.priority}, 1 to {limits.PRIORITY_MAX}"
    if not (0 <= order.weight_g <= AMOUNT_MAX and 0 <= order.volume_ml <= AMOUNT_MAX):
        yield "a weight or volume that no parcel has"
    if not 0 <= order.aboard_millicents_per_h <= MONEY_MAX:
        yield "a loss aboard that cannot be"
    if not 0 <= order.needs <= ALL_SKILLS:
        yield f"needs {order.needs}: bits, from 0 to {ALL_SKILLS}"
    for way in order.ways:
        yield from _wrong_with_way(way, sites, places)


def _wrong_with_way(way: Way, sites: Collection[str], places: int) -> Iterator[str]:
    if not 0 <= way.place < places:
        yield f"a way to place {way.place}: there are {places} places"
    if way.site is not None and way.site not in sites:
        yield f"a way to site {way.site[:40]}, which is not told of"
    if not 1 <= len(way.windows) <= limits.WINDOWS_MAX:
        yield f"{len(way.windows)} windows, 1 to {limits.WINDOWS_MAX}"
    if any(not 0 <= window.early_s <= window.late_s <= limits.DAY_S for window in way.windows):
        yield f"a window that ends before it begins, or is not within 0 to {limits.DAY_S} s"
    if not 0 <= way.service_s <= limits.DAY_S:
        yield f"service_s {way.service_s}, 0 to {limits.DAY_S}"
    if not (0 <= way.loss_millicents <= MONEY_MAX and 0 <= way.trouble_millicents <= MONEY_MAX):
        yield "money beyond what is counted"


def _wrong_with_shift(shift: Shift, depots: int) -> Iterator[str]:
    if not 0 <= shift.depot < depots:
        yield f"depot {shift.depot}: there are {depots}"
    if not 0 <= shift.early_s <= shift.late_s <= limits.DAY_S:
        yield f"it ends before it begins, or is not within 0 to {limits.DAY_S} s"
    if not 0 <= shift.profile < PROFILES:
        yield f"profile {shift.profile}: 0 is car, 1 bicycle, 2 foot"
    if shift.trips_max < 1:
        yield f"trips_max {shift.trips_max}: at least 1"
    if not 0 <= shift.skills <= ALL_SKILLS:
        yield f"skills {shift.skills}: bits, from 0 to {ALL_SKILLS}"
    amounts = (shift.weight_g, shift.parcels, shift.volume_ml or 0, shift.range_m or 0, shift.co2_g_per_km)
    money = (shift.millicents_per_km, shift.millicents_per_h, shift.millicents_a_day)
    if any(not 0 <= amount <= AMOUNT_MAX for amount in amounts) or any(not 0 <= one <= MONEY_MAX for one in money):
        yield "an amount that no vehicle has"
