"""The plan of a dawn: which parcels come from which carrier, in which cage, and what is wrong with a few."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from safehand.demo.errors import SizeImpossible
from safehand.events.vocabulary import ExceptionKind
from safehand.labels.numbers import make_sscc

CARRIERS = ("Pohjoisen Rahti", "Baltic Parcel", "Lapin Linja")
PARCELS_MIN, PARCELS_MAX = 60, 100_000
CAGE_HOLDS = 170
ROUTE_HOLDS = 220
LANES_MAX = 24
PREFIX = "6400002"
"""GS1 prefix of the carriers' cages. Invented."""
SSCC_EXTENSION = 5


class Wrong(StrEnum):
    """What is wrong with a parcel, and the exception that must name it; a missort is put right at the scan."""

    SHORT = "short"
    OVER = "over"
    UNLABELLED = "unlabelled"
    OVERWEIGHT = "overweight"
    TAMPERED = "tampered"
    MISSORT = "missort"

    @property
    def kind(self) -> ExceptionKind | None:
        """The exception's kind; None where nothing is wrong any more once the scan has told."""
        return None if self is Wrong.MISSORT else ExceptionKind(self.value)


ONE_IN = 200
"""So many parcels come for one that has each trouble; at least one of each."""


@dataclass(frozen=True, slots=True)
class Arriving:
    """One parcel: its carrier, the number of its cage, where it goes by the sort plan, and what is wrong with it."""

    index: int
    carrier: int
    cage: str
    postal_code: str
    lane: str
    route: str
    wrong: Wrong | None

    @property
    def reference(self) -> str:
        """What its carrier calls it."""
        return f"dawn-{self.index + 1:06d}"


@dataclass(frozen=True, slots=True)
class DawnPlan:
    """A whole dawn."""

    seed: int
    parcels: tuple[Arriving, ...]
    routes: tuple[tuple[str, str, str], ...]
    """For each route the postal code that leads to it, its lane, and its name."""

    def troubled(self) -> Counter[Wrong]:
        """How many have what trouble."""
        return Counter(parcel.wrong for parcel in self.parcels if parcel.wrong is not None)


def plan_dawn(*, seed: int, parcels: int) -> DawnPlan:
    """Draw a dawn.

    Errors
        SizeImpossible  too few parcels for each trouble, or more than a depot sorts.
    """
    if not PARCELS_MIN <= parcels <= PARCELS_MAX:
        raise SizeImpossible("parcels", parcels, PARCELS_MIN, PARCELS_MAX)
    random = Random(f"dawn {seed}")
    routes = _routes(max(3, -(-parcels // ROUTE_HOLDS)))
    troubles = [wrong for wrong in Wrong for _ in range(max(1, parcels // ONE_IN))]
    wrong_at = dict(zip(random.sample(range(parcels), len(troubles)), troubles, strict=True))
    filled: Counter[int] = Counter()
    drawn = []
    for index in range(parcels):
        carrier = random.randrange(len(CARRIERS))
        cage = make_sscc(SSCC_EXTENSION, PREFIX, carrier * 100_000 + filled[carrier] // CAGE_HOLDS)
        filled[carrier] += 1
        code, lane, route = random.choice(routes)
        wrong = wrong_at.get(index)
        if wrong is Wrong.OVER:
            code, lane, route = "99999", "", ""  # nobody's plan leads there
        drawn.append(Arriving(index, carrier, cage, code, lane, route, wrong))
    return DawnPlan(seed, tuple(drawn), routes)


def _routes(count: int) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (f"{number + 100:05d}", f"LANE-{number % LANES_MAX + 1:02d}", f"R{number + 1:03d}") for number in range(count)
    )
