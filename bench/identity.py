"""Decisions: what it costs to ask whether somebody may, with every policy there is."""

import logging
import time

import structlog

from bench.measure import Measure, percentile
from safehand.identity.actions import KIND_OF, Action
from safehand.identity.policy import Policies, load_policies
from tests.identity.matrix import COLUMNS
from tests.identity.test_matrix import asker, objects

EACH = 2
"""Things that everybody is asked about for each action."""
NOTHING = "permit (principal, action, resource) when { false };"


def decisions() -> Measure:
    """One decision with the full set of policies, over everybody and every action; the floor is a set of one policy."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    try:
        full, bare = _times_ms(load_policies()), _times_ms(Policies.of(NOTHING))
    finally:
        structlog.configure(**before)
    floor_ms = percentile(bare, 0.5)
    return Measure(
        subject="decision",
        value=percentile(full, 0.5),
        unit="ms, median",
        must="at most",
        bound=1,
        floor=f"one policy: {floor_ms:.2f} ms",
        detail=f"99 of 100 within {percentile(full, 0.99):.2f} ms; {len(full):,} decisions",
    )


def _times_ms(policies: Policies) -> list[float]:
    times = []
    for column in COLUMNS.split():
        me = asker(column)
        for action in Action:
            for thing in objects(KIND_OF[action])[:EACH]:
                start = time.perf_counter()
                policies.decide(me, action, thing)
                times.append((time.perf_counter() - start) * 1_000)
    return times
