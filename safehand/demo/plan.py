"""The plan of one day: who sends what to whom, in which order it is driven, how each stop ends, what goes wrong.

Pure: the same town, seed and size give the same plan. What is planned here is what the reckoning expects.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from random import Random

from safehand.demo.cast import SHOPS, Shop, Ware, driver_name, person_name
from safehand.demo.errors import SizeImpossible
from safehand.demo.tour import apart_m, ordered, shared_out
from safehand.demo.town import Address, Town
from safehand.events.vocabulary import ExceptionKind, Reason, Way

DRIVERS_MIN, DRIVERS_MAX = 3, 24
PARCELS_MIN, PARCELS_MAX = 12, 20_000
PARCELS_PER_DRIVER_MIN = 2
FAILING_SHARE = 0.09
DEAR_SHARE = 0.12

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
COUNTER_OPENS_MS = 6 * HOUR_MS + 5 * MINUTE_MS
COUNTER_CLOSES_MS = 6 * HOUR_MS + 55 * MINUTE_MS
SORTING_MS = 7 * HOUR_MS
LOADING_MS = 7 * HOUR_MS + 30 * MINUTE_MS
LOADING_ENDS_MS = 8 * HOUR_MS + 20 * MINUTE_MS
LUNCH_FROM_MS = 11 * HOUR_MS
LUNCH_MS = 30 * MINUTE_MS
BACK_BY_MS = 17 * HOUR_MS + 30 * MINUTE_MS

AT_DOOR_MS = 5 * MINUTE_MS
MORE_PARCELS_MS = 40_000
METRES_PER_S = 3.0
"""Through a city centre along straight lines: 11 km/h."""

SINGLES_MIN = 16
"""So many shipments have one parcel, so that even a small day has room for every trouble."""

_WAYS, _WAY_SHARES = (Way.PIN, Way.DRAWING, Way.PHOTO, Way.SAFE_PLACE), (50, 22, 16, 12)
_REASONS = (
    Reason.CONSIGNEE_ABSENT,
    Reason.CONSIGNEE_NO_ACCESS,
    Reason.CONSIGNEE_REFUSED,
    Reason.CONSIGNEE_WRONG_ADDRESS,
)
_REASON_SHARES = (60, 20, 10, 10)


class Trouble(Enum):
    """What is planted in the day. `kind` is the exception that it must open; None where it must open none."""

    SEAL_SWAPPED = ("seal_swapped", ExceptionKind.SEAL_MISMATCH)
    """Somebody opened the parcel and put another seal on; the driver reads it at the door."""
    WRONG_PIN = ("wrong_pin", ExceptionKind.PIN_MISMATCH)
    """The PIN typed first is wrong, the second right."""
    TWO_CLAIMS = ("two_claims", ExceptionKind.FORK)
    """Two drivers sign that they took the same parcel from the depot."""
    CLONED = ("cloned", ExceptionKind.SEQUENCE_REUSED)
    """A copy of a phone tells another story under a sequence number that is used."""
    REPLAYED = ("replayed", None)
    """A copied statement is posted once more: counted once."""
    FORGED = ("forged", None)
    """A statement that another key signed: set aside."""
    REVOKED = ("revoked", None)
    """A phone that was revoked tells of a delivery: turned away."""

    def __init__(self, word: str, kind: ExceptionKind | None) -> None:
        self.word = word
        self.kind = kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelPlan:
    """One parcel, and what is planted on it."""

    index: int
    ware: Ware
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentPlan:
    """What one person is sent, and how the stop at that door ends: a way of handing over, or a reason why not."""

    index: int
    shop: Shop
    recipient: str
    address: Address
    express: bool
    parcels: tuple[ParcelPlan, ...]
    driver: int = 0
    at_door_ms: int = 0
    way: Way | None = None
    reason: Reason | None = None

    @property
    def delivered(self) -> bool:
        """Whether it changes hands at the door."""
        return self.way is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutePlan:
    """One driver's day; shipments in the order of the doors. An offline driver posts everything in the evening."""

    driver: int
    name: str
    loads_ms: int
    back_ms: int
    offline: bool
    shipments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DayPlan:
    """The whole day. Times are milliseconds after local midnight."""

    seed: int
    town: str
    depot: Address
    shipments: tuple[ShipmentPlan, ...]
    routes: tuple[RoutePlan, ...]

    @property
    def parcels(self) -> Iterator[tuple[ShipmentPlan, ParcelPlan]]:
        """Every parcel with its shipment."""
        return ((shipment, parcel) for shipment in self.shipments for parcel in shipment.parcels)

    def troubled(self, trouble: Trouble) -> tuple[ShipmentPlan, ParcelPlan]:
        """The parcel on which this is planted."""
        return next((shipment, parcel) for shipment, parcel in self.parcels if parcel.trouble is trouble)

    @property
    def delivered(self) -> int:
        """How many parcels change hands at a door."""
        return sum(shipment.delivered for shipment, _ in self.parcels)

    @property
    def attempted(self) -> int:
        """How many come back in the evening."""
        return sum(not shipment.delivered for shipment, _ in self.parcels)


def plan_day(town: Town, *, seed: int, parcels: int, drivers: int) -> DayPlan:
    """The day that follows from a town, a seed and a size.

    Errors
        SizeImpossible  too few or too many drivers or parcels.
    """
    if not DRIVERS_MIN <= drivers <= DRIVERS_MAX:
        raise SizeImpossible("drivers", drivers, DRIVERS_MIN, DRIVERS_MAX)
    fewest = max(PARCELS_MIN, PARCELS_PER_DRIVER_MIN * drivers)
    if not fewest <= parcels <= PARCELS_MAX:
        raise SizeImpossible("parcels", parcels, fewest, PARCELS_MAX)
    random = Random(seed)
    depot = _farthest_out(town.addresses)
    doors = [address for address in town.addresses if address != depot]
    shipments = _ordered_goods(random, doors, parcels)
    routes: list[RoutePlan] = []
    for driver, tour in enumerate(_tours(depot, shipments, drivers)):
        routes.append(_driven(depot, driver, drivers, tour, shipments))
    _plant(random, shipments, offline=drivers - 1)
    _decide(random, shipments)
    return DayPlan(seed, town.name, depot, tuple(shipments), tuple(routes))


def _farthest_out(addresses: Sequence[Address]) -> Address:
    """A depot stands at the edge of a town."""
    lat_e7 = sum(address.lat_e7 for address in addresses) // len(addresses)
    lon_e7 = sum(address.lon_e7 for address in addresses) // len(addresses)
    middle = replace(addresses[0], lat_e7=lat_e7, lon_e7=lon_e7)
    return max(addresses, key=lambda address: (apart_m(middle, address), address))


def _ordered_goods(random: Random, doors: Sequence[Address], parcels: int) -> list[ShipmentPlan]:
    """Shipments of one to three parcels, each to another door as long as there are doors."""
    shipments: list[ShipmentPlan] = []
    turn = itertools.cycle(random.sample(doors, len(doors)))
    made = 0
    while made < parcels:
        several = random.choices((1, 2, 3), (80, 15, 5))[0]
        size = min(several, parcels - made) if len(shipments) >= SINGLES_MIN else 1
        shop = random.choice(SHOPS)
        wares = [shop.wares[2] if random.random() < DEAR_SHARE else random.choice(shop.wares[:2]) for _ in range(size)]
        shipments.append(
            ShipmentPlan(
                index=len(shipments),
                shop=shop,
                recipient=person_name(random),
                address=next(turn),
                express=random.random() < 0.4,
                parcels=tuple(ParcelPlan(index=made + i, ware=ware) for i, ware in enumerate(wares)),
            )
        )
        made += size
    return shipments


def _tours(depot: Address, shipments: Sequence[ShipmentPlan], drivers: int) -> Iterator[list[ShipmentPlan]]:
    """Each driver's shipments in the order of the doors; those for one door are handed over together."""
    by_door: dict[Address, list[ShipmentPlan]] = {}
    for shipment in shipments:
        by_door.setdefault(shipment.address, []).append(shipment)
    for wedge in shared_out(depot, list(by_door), drivers):
        yield [shipment for door in ordered(depot, wedge) for shipment in by_door[door]]


def _driven(
    depot: Address, driver: int, drivers: int, tour: Sequence[ShipmentPlan], shipments: list[ShipmentPlan]
) -> RoutePlan:
    """When the driver is where; a round too long for the day is driven faster."""
    loads_ms = LOADING_MS + (LOADING_ENDS_MS - LOADING_MS) * driver // drivers
    here, now_ms, lunched = depot, loads_ms + 10 * MINUTE_MS, False
    doors: list[tuple[ShipmentPlan, int]] = []
    for shipment in tour:
        now_ms += round(apart_m(here, shipment.address) / METRES_PER_S * 1000)
        if now_ms > LUNCH_FROM_MS and not lunched:
            now_ms, lunched = now_ms + LUNCH_MS, True
        doors.append((shipment, now_ms))
        now_ms += AT_DOOR_MS + MORE_PARCELS_MS * (len(shipment.parcels) - 1)
        here = shipment.address
    now_ms += round(apart_m(here, depot) / METRES_PER_S * 1000)
    pace = min(1.0, (BACK_BY_MS - loads_ms) / (now_ms - loads_ms))
    for shipment, at_ms in doors:
        at_door_ms = loads_ms + round((at_ms - loads_ms) * pace)
        shipments[shipment.index] = replace(shipment, driver=driver, at_door_ms=at_door_ms)
    return RoutePlan(
        driver=driver,
        name=driver_name(driver),
        loads_ms=loads_ms,
        back_ms=loads_ms + round((now_ms - loads_ms) * pace),
        offline=driver == drivers - 1,
        shipments=tuple(shipment.index for shipment in tour),
    )


def _plant(random: Random, shipments: list[ShipmentPlan], *, offline: int) -> None:
    """Put each trouble on a parcel of its own, never on the offline driver's: he is a trouble himself."""
    free = [shipment.index for shipment in shipments if shipment.driver != offline]
    for trouble, index in zip(Trouble, random.sample(free, len(Trouble)), strict=True):
        shipment = shipments[index]
        first, *rest = shipment.parcels
        if trouble is Trouble.SEAL_SWAPPED:
            first = replace(first, ware=shipment.shop.wares[-1])  # dear enough to be sealed
        shipments[index] = replace(shipment, parcels=(replace(first, trouble=trouble), *rest), way=Way.PIN)


def _decide(random: Random, shipments: list[ShipmentPlan]) -> None:
    """How each stop ends. What is dear goes hand to hand with a PIN."""
    free = [shipment.index for shipment in shipments if shipment.way is None]
    failing = set(random.sample(free, max(1, round(len(shipments) * FAILING_SHARE))))
    for index in free:
        shipment = shipments[index]
        if index in failing:
            shipments[index] = replace(shipment, reason=random.choices(_REASONS, _REASON_SHARES)[0])
        elif any(parcel.ware is shipment.shop.wares[-1] for parcel in shipment.parcels):
            shipments[index] = replace(shipment, way=Way.PIN)
        else:
            shipments[index] = replace(shipment, way=random.choices(_WAYS, _WAY_SHARES)[0])
