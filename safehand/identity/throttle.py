"""How often may be failed: a leaky bucket per subject, one row each, shared by all processes.

An attempt is charged *before* it is checked and refunded if it was right, so that a thousand
guesses sent at once get no further than a thousand sent one by one.
"""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from safehand.kernel.clock import Clock
from safehand.store.database import Store, Tx

SWEPT_AT_ONCE = 20  # drained rows removed with each charge: more than a charge can add


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` failures at once, then one per `interval_ms`."""

    burst: int
    interval_ms: int


PER_LOGIN = Rate(burst=10, interval_ms=30_000)
"""For a login from browsers that it is not known in: 2,890 guesses a day, wherever they come from."""
PER_BROWSER = Rate(burst=10, interval_ms=30_000)
"""For a login in one known browser: strangers cannot reach this bucket, so they lock nobody out."""
PER_OWNER = Rate(burst=10, interval_ms=30_000)
"""For a password typed once more by whoever is signed in."""
CEREMONIES_PER_ADDRESS = Rate(burst=120, interval_ms=500)
RECOVERY_PER_ADDRESS = Rate(burst=10, interval_ms=10_000)
PER_ADDRESS = Rate(burst=50, interval_ms=5_000)
CODES_PER_ADDRESS = Rate(burst=10, interval_ms=10_000)
CODES_IN_ALL = Rate(burst=600, interval_ms=1_000)
"""With 50 codes alive, 1,200 guesses in ten minutes hit one with probability 5e-8. Beyond that enrolment pauses:
better than a stranger's device in the fleet."""


@dataclass(frozen=True, slots=True)
class Charge:
    """One attempt to be counted against one subject."""

    subject: bytes
    rate: Rate

    @classmethod
    def of(cls, kind: str, value: str, rate: Rate) -> "Charge":
        """A subject by its kind (`login`, `address`) and value; the database keeps a hash of them."""
        return cls(hashlib.sha256(f"safehand/throttle/v1\n{kind}\n{value}".encode()).digest(), rate)


@dataclass(frozen=True, slots=True)
class Throttle:
    """Counts failures. Uses transactions of its own: a count must stay when the attempt is rolled back."""

    store: Store
    clock: Clock

    async def charge(self, *charges: Charge) -> int:
        """Count one attempt against each subject, in order; stops at the first that is full.

        Every caller names the wider subject first (address, then login), so that two never wait for each other.

        Shapes
            ->  0, or the milliseconds to wait until that subject takes another attempt. Those before it stay charged.
        """
        async with self.store.transaction() as tx:
            return await self.charge_in(tx, *charges)

    async def charge_in(self, tx: Tx, *charges: Charge) -> int:
        """As `charge`, as the last thing in a transaction that only reads besides, and is left without an error."""
        now_ms = self.clock.now_ms()
        wait_ms = await _charge_all(tx, charges, now_ms)
        # Last: a sweep that held rows while it waited for a charge would be waited for in turn.
        await _sweep(tx, now_ms)
        return wait_ms

    async def refund(self, *charges: Charge) -> None:
        """Take the charges back: the attempt was right."""
        async with self.store.transaction() as tx:
            await self.refund_in(tx, *charges)

    async def refund_in(self, tx: Tx, *charges: Charge) -> None:
        """As `refund`, as the last thing in the transaction by which somebody gets in: both happen or neither."""
        for charge in charges:
            await tx.run(
                "UPDATE throttles SET drained_ms = drained_ms - $2 WHERE subject = $1",
                charge.subject,
                charge.rate.interval_ms,
            )


async def _charge_all(tx: Tx, charges: Sequence[Charge], now_ms: int) -> int:
    for charge in charges:
        if wait_ms := await _charge(tx, charge, now_ms):
            return wait_ms
    return 0


async def _charge(tx: Tx, charge: Charge, now_ms: int) -> int:
    rate = charge.rate
    taken = await tx.fetch(
        """
        INSERT INTO throttles AS t (subject, drained_ms) VALUES ($1, $2::bigint + $3::bigint)
        ON CONFLICT (subject) DO UPDATE SET drained_ms = greatest(t.drained_ms, $2) + $3
        WHERE greatest(t.drained_ms, $2) + $3 <= $2 + $4
        RETURNING 1
        """,
        charge.subject,
        now_ms,
        rate.interval_ms,
        rate.burst * rate.interval_ms,
    )
    if taken:
        return 0
    [row] = await tx.fetch("SELECT drained_ms FROM throttles WHERE subject = $1", charge.subject)
    return max(1, int(row["drained_ms"]) + rate.interval_ms - now_ms - rate.burst * rate.interval_ms)


async def _sweep(tx: Tx, now_ms: int) -> None:
    """Remove some rows that count nothing any more, so that invented logins don't fill the table."""
    await tx.run(
        """
        DELETE FROM throttles WHERE subject IN (
            SELECT subject FROM throttles WHERE drained_ms < $1 ORDER BY drained_ms LIMIT $2 FOR UPDATE SKIP LOCKED)
        """,
        now_ms,
        SWEPT_AT_ONCE,
    )


def address_subject(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one IPv6 customer has."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def network_of(address: str) -> str | None:
    """A network as coarse as says nothing about one person: an IPv4 /24, an IPv6 /48; None if it is no address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))
