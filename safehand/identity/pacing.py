"""How fast one asker may ask: a token bucket each, in this process's memory. It costs no query.

The buckets are generous: they are no policy about how much somebody may do, they keep one asker from slowing the
others down. What is guessed at (passwords, codes) is counted in the database, by throttle.py.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from safehand.identity.errors import AskedTooFast
from safehand.identity.model import Principal, PrincipalKind
from safehand.identity.throttle import address_subject

SUBJECTS_MAX = 50_000
"""Askers remembered; the one heard longest ago is forgotten first, with a full bucket."""


@dataclass(frozen=True, slots=True)
class Pace:
    """`burst` requests at once, then so many a second."""

    burst: int
    per_s: float


PACES: Mapping[PrincipalKind, Pace] = MappingProxyType(
    {
        PrincipalKind.STAFF: Pace(burst=2_000, per_s=100),
        PrincipalKind.MERCHANT: Pace(burst=5_000, per_s=200),
        PrincipalKind.DEVICE: Pace(burst=5_000, per_s=200),  # a depot's scanner on its busiest evening
        PrincipalKind.RECIPIENT: Pace(burst=200, per_s=5),
    }
)
"""After somebody is known: one bucket for each person, key, device and link."""
PER_ADDRESS = Pace(burst=2_000, per_s=200)
"""Before anybody is known: one bucket for each address. Many people share one behind a company's router."""


@dataclass(slots=True)
class Pacer:
    """The buckets of one process."""

    now_s: Callable[[], float] = time.monotonic
    paces: Mapping[PrincipalKind, Pace] = field(default_factory=lambda: PACES)
    per_address: Pace = PER_ADDRESS
    subjects_max: int = SUBJECTS_MAX
    _buckets: "OrderedDict[str, tuple[float, float]]" = field(default_factory=OrderedDict, repr=False)
    """Subject to (requests left, when that was so)."""

    def admit(self, principal: Principal) -> None:
        """Count a request of somebody known; strangers are counted by their address alone.

        Errors
            AskedTooFast
        """
        pace = self.paces.get(principal.kind)
        if pace is not None:
            self._spend(principal.id, pace)

    def admit_address(self, address: str) -> None:
        """Count a request by where it comes from.

        Errors
            AskedTooFast
        """
        self._spend(address_subject(address), self.per_address)

    def _spend(self, subject: str, pace: Pace) -> None:
        now_s = self.now_s()
        left, at_s = self._buckets.get(subject, (float(pace.burst), now_s))
        left = min(float(pace.burst), left + (now_s - at_s) * pace.per_s)
        if left < 1:
            raise AskedTooFast(wait_s=int((1 - left) / pace.per_s) + 1)
        self._buckets[subject] = (left - 1, now_s)
        self._buckets.move_to_end(subject)
        if len(self._buckets) > self.subjects_max:
            self._buckets.popitem(last=False)
