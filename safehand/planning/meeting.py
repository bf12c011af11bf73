"""Goods of a vehicle that drives no more: another one meets it, takes them over and serves their orders. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from safehand.planning.day import Order, Way
from safehand.planning.drafts import Draft, Meet
from safehand.planning.inserting import Lane, insert_all, keeps_all, with_meeting
from safehand.planning.problem import I64
from safehand.planning.running import Running

TAKERS_MAX = 6
"""Tours that are tried for a meeting, those first that come nearest."""
GAPS_MAX = 2
ROUNDS_MAX = 3
"""Vehicles that share what one had."""


@dataclass(frozen=True, slots=True)
class Stranded:
    """Goods of one vehicle: orders yet to be delivered, with the ways open to them, and what it had collected."""

    giver: str
    orders: Sequence[Order]
    collected: tuple[str, ...]
    ways: Mapping[str, Sequence[Way]]


def taken_over(
    running: Running, drafts: Mapping[str, Draft], stranded: Stranded
) -> tuple[dict[str, Draft], list[Order]]:
    """The drafts after the meetings that leave least behind, and the orders that are left."""
    now, left, collected = dict(drafts), list(stranded.orders), stranded.collected
    goods = {order.id: stranded.giver for order in stranded.orders}
    for _ in range(ROUNDS_MAX):
        if not left and not collected:
            break
        tried = []
        for draft in _nearest(running, now, stranded.giver):
            for carried in dict.fromkeys([collected, ()]):  # what was collected may be too much to take
                tried += _tried(running, draft, Stranded(stranded.giver, left, carried, stranded.ways), goods)
        if not tried:
            break
        best = min(tried, key=lambda one: (one.missing, len(collected) - len(one.collected), one.longer_m))
        now[best.draft.shift.id] = best.draft
        left, collected = best.left, tuple(one for one in collected if one not in best.collected)
    return now, left


@dataclass(frozen=True, slots=True)
class _Tried:
    """A draft with a meeting, and what it leaves."""

    draft: Draft
    left: list[Order]
    collected: tuple[str, ...]
    missing: int
    longer_m: int


def _tried(running: Running, draft: Draft, stranded: Stranded, goods: Mapping[str, str]) -> list[_Tried]:
    progress = running.progress[stranded.giver]
    meet = Meet(stranded.giver, progress.place, progress.now_s, stranded.collected)
    found = []
    for met in with_meeting(Lane(draft), meet, GAPS_MAX):
        filled, left = insert_all({draft.shift.id: met}, stranded.orders, stranded.ways, goods)
        whole = filled[draft.shift.id].with_items(filled[draft.shift.id].items)
        if whole.items != draft.items and keeps_all(whole):
            missing = sum(order.priority for order in left)
            found.append(_Tried(whole, left, stranded.collected, missing, whole.metres - draft.metres))
    return found


def _nearest(running: Running, drafts: Mapping[str, Draft], giver: str) -> list[Draft]:
    spots = running.travel.spots()
    there = spots[running.progress[giver].place]

    def away(draft: Draft) -> float:
        return float(np.hypot(*(spots[_rows(draft)] - there).T).min())

    able = [draft for draft in drafts.values() if not draft.progress.broken]
    return sorted(able, key=away)[:TAKERS_MAX]


def _rows(draft: Draft) -> I64:
    return np.array(draft.places, np.int64)
