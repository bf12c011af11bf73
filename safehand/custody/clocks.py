"""Clocks: when something happened, by a device that may be wrong about it. Pure."""

from safehand.events.event import Event

CLOCK_AHEAD_MS = 60 * 60 * 1000
"""No clock tells the future: a device's may be this much before ours."""
CLOCK_BEHIND_MS = 3 * 365 * 24 * 60 * 60 * 1000
"""A phone may be offline for long; one that begins again in 1970 has forgotten the time."""


def jumped(at_ms: int, received_ms: int) -> bool:
    """Whether a clock cannot be right that says so of what reached us then."""
    return not received_ms - CLOCK_BEHIND_MS <= at_ms <= received_ms + CLOCK_AHEAD_MS


def happened_ms(event: Event) -> int:
    """When it happened, by the teller's clock where that can be right; else when we heard of it."""
    if event.device is not None and jumped(event.at_ms, event.received_ms):
        return event.received_ms
    return event.at_ms
