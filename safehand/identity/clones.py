"""Clones: a device that speaks from two places at once raises an alarm, for people to look at.

A running copy of the app draws a nonce, its *instance*, when it starts, and names it in the query of its requests: the
query is signed, and the bytes of protocol v1 stay as they are. Instances follow one another. One that comes back after
another has spoken means that two run at once, with one key. A thief who copies the nonce too is not found so; then the
sequence numbers collide.
"""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import structlog

from safehand.identity.errors import NotYours
from safehand.identity.pages import PAGE_MAX, Page, page_of
from safehand.kernel.ids import DeviceId, PartyId, UserId, is_id, new_id
from safehand.store.database import Record, Tx

ALARM = "alm"
CLOCK_BACK_MS = 120_000
"""How far a device's clock may step back without an alarm: what a network's time sets right is less."""
PAST_INSTANCES_MAX = 8
SEEN_EVERY_MS = 60_000  # how exactly the last request is noted
INSTANCE = re.compile(rb"[?&]instance=([A-Za-z0-9_-]{22})(?:&|$)")

log = structlog.get_logger(__name__)

_RAISE = """
    INSERT INTO device_alarms AS a (id, device, kind, first_ms, last_ms, times) VALUES ($1, $2, $3, $4, $4, 1)
    ON CONFLICT (device, kind) WHERE closed_ms IS NULL DO UPDATE SET last_ms = $4, times = a.times + 1
    RETURNING times
"""


class AlarmKind(StrEnum):
    """What looks like a clone. A word is added, never renamed."""

    TWO_INSTANCES = "two_instances"
    """A copy of the app that another had followed spoke again."""
    CLOCK_BACK = "clock_back"
    """A request was signed minutes before one that came earlier."""
    SEQUENCE_REUSED = "sequence_reused"
    """One sequence number for two statements."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm about a device; raised again while it is open, it counts on."""

    id: str
    device: DeviceId
    party: PartyId
    kind: AlarmKind
    first_ms: int
    last_ms: int
    times: int
    closed_ms: int | None
    closed_by: UserId | None


@dataclass(frozen=True, slots=True)
class _Heard:
    """One request: the hash of the instance that it names, and when it was signed and came."""

    device: DeviceId
    instance: bytes | None
    at_ms: int
    now_ms: int


@dataclass(frozen=True, slots=True)
class Clones:
    """Watches from where devices speak, in the caller's transaction."""

    async def note(self, tx: Tx, device: DeviceId, target: bytes, at_ms: int, now_ms: int) -> None:
        """A request of this device has come, signed at `at_ms` by its clock. Raises alarms, refuses nothing."""
        said = INSTANCE.search(target)
        instance = hashlib.sha256(b"safehand/instance/v1\n" + said[1]).digest() if said else None
        rows = await tx.fetch(
            "SELECT instance, since_ms, past, last_at_ms, seen_ms FROM device_instances WHERE device = $1", device
        )
        if not rows:
            await tx.run(
                "INSERT INTO device_instances (device, instance, since_ms, past, last_at_ms, seen_ms)"
                " VALUES ($1, $2, $3, '{}', $3, $4) ON CONFLICT DO NOTHING",
                device,
                instance,
                at_ms,
                now_ms,
            )
            return
        [before] = rows
        if at_ms < before["last_at_ms"] - CLOCK_BACK_MS:
            await self.alarm(tx, device, AlarmKind.CLOCK_BACK, now_ms)
        if instance is not None and instance in before["past"]:
            if at_ms <= before["since_ms"]:
                return  # it was under way when the next one began
            await self.alarm(tx, device, AlarmKind.TWO_INSTANCES, now_ms)
        await self._keep(tx, before, _Heard(device, instance, at_ms, now_ms))

    async def _keep(self, tx: Tx, before: Record, heard: _Heard) -> None:
        same = heard.instance is None or heard.instance == before["instance"]
        if same and before["seen_ms"] > heard.now_ms - SEEN_EVERY_MS:
            return
        current, since_ms, past = before["instance"], before["since_ms"], list(before["past"])
        if not same:
            past = [*past, current][-PAST_INSTANCES_MAX:] if current is not None else past
            current, since_ms = heard.instance, heard.at_ms
        await tx.run(
            "UPDATE device_instances SET instance = $2, since_ms = $3, past = $4, seen_ms = $6,"
            " last_at_ms = greatest(last_at_ms, $5) WHERE device = $1",
            heard.device,
            current,
            since_ms,
            past,
            heard.at_ms,
            heard.now_ms,
        )

    async def alarm(self, tx: Tx, device: DeviceId, kind: AlarmKind, now_ms: int) -> None:
        """Raise an alarm; one that is open counts on."""
        [row] = await tx.fetch(_RAISE, new_id(ALARM, now_ms), device, kind.value, now_ms)
        if row["times"] == 1:
            log.warning("device_alarm", resource=device, kind=kind.value)

    async def get(self, tx: Tx, id: str) -> Alarm:
        """One alarm.

        Errors
            NotYours  there is none.
        """
        rows = []
        if is_id(ALARM, id):
            rows = await tx.fetch(
                "SELECT a.*, d.party FROM device_alarms a JOIN devices d ON d.id = a.device WHERE a.id = $1", id
            )
        if not rows:
            raise NotYours()
        return _alarm(rows[0])

    async def page(self, tx: Tx, only: Collection[str] | None = None, *, after: str | None = None) -> Page[Alarm]:
        """A page of alarms, newest first, closed ones too: all, or about the devices of these parties."""
        rows = await tx.fetch(
            "SELECT a.*, d.party FROM device_alarms a JOIN devices d ON d.id = a.device"
            " WHERE ($1::text[] IS NULL OR d.party = ANY($1)) AND ($2::text IS NULL OR a.id < $2)"
            " ORDER BY a.id DESC LIMIT $3",
            None if only is None else list(only),
            after,
            PAGE_MAX + 1,
        )
        return page_of([_alarm(row) for row in rows])

    async def close(self, tx: Tx, id: str, by: UserId, now_ms: int) -> None:
        """Somebody has looked at it. Twice is the same as once."""
        await tx.run(
            "UPDATE device_alarms SET closed_ms = $2, closed_by = $3 WHERE id = $1 AND closed_ms IS NULL",
            id,
            now_ms,
            by,
        )


def _alarm(row: Record) -> Alarm:
    return Alarm(**dict(row.items()) | {"kind": AlarmKind(row["kind"])})
