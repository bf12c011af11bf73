"""The reckoning itself: what the long tests would not forgive is planted here, and it is seen."""

from pathlib import Path

import pytest

from safehand.ledger.entry import entry_of
from safehand.ledger.frontier import Frontier
from safehand.ledger.merkle import leaf_hash
from safehand.ledger.signing import load_or_create_key
from tests.faults.outsider import Outsider, roots
from tests.faults.reckoning import Fact, broken_chains, counted_twice, missing

ENTRIES = [(bytes([index]) * 32, b"fact %d" % index) for index in range(70)]


def transfer(handover: str, after: str, giver: str, taker: str, cause: str) -> Fact:
    name = "custody.transferred.v1"
    told = {"handover": handover, "after": after, "giver": giver, "taker": taker, "cause": cause}
    return {"name": name, "parcel": "pcl_a", **told}


DAY = [
    transfer("h1", "h0", "shop", "ana", "s1"),
    {"name": "custody.offered.v1", "parcel": "pcl_a", "cause": "s2"},
    transfer("h2", "h1", "ana", "ben", "s3"),
]


def test_a_good_day_has_nothing_twice_and_no_gap() -> None:
    assert counted_twice(DAY) == []
    assert broken_chains(DAY) == []
    assert missing({"s1": 1, "s2": 2}, {"s1": 1}) == []


@pytest.mark.parametrize(
    "again",
    [DAY[1], DAY[2], transfer("h2", "h1", "ana", "ben", "s9")],
    ids=["an offer", "a transfer", "the same handover by another statement"],
)
def test_what_counts_twice_is_seen(again: Fact) -> None:
    assert counted_twice([*DAY, again]) != []


@pytest.mark.parametrize(
    "after_it",
    [transfer("h3", "h1", "ben", "ana", "s4"), transfer("h3", "h2", "ana", "ben", "s4")],
    ids=["another beginning", "another giver"],
)
def test_a_gap_between_changes_of_hands_is_seen(after_it: Fact) -> None:
    assert broken_chains([*DAY, after_it]) == ["pcl_a"]


def test_an_acknowledged_statement_that_is_gone_or_became_another_fact_is_seen() -> None:
    assert missing({"s1": 1, "s2": 9}, {"s1": 1, "s2": 2, "s3": 3}) == ["s2", "s3"]


def test_roots_are_those_of_the_log() -> None:
    frontier, expected = Frontier(), []
    for salt, fact in ENTRIES:
        expected.append((frontier.size, frontier.root()))
        frontier.extend(leaf_hash(entry_of(salt, fact)))
    expected.append((frontier.size, frontier.root()))

    assert list(roots(ENTRIES)) == expected


@pytest.mark.parametrize(
    "final",
    [ENTRIES[:40], [*ENTRIES[:9], ENTRIES[10], ENTRIES[9], *ENTRIES[11:]], [(b"\0" * 32, b"other"), *ENTRIES[1:]]],
    ids=["a cut log", "two entries swapped", "another first entry"],
)
def test_a_log_that_does_not_continue_what_was_shown_is_seen(final: list[tuple[bytes, bytes]], tmp_path: Path) -> None:
    key = load_or_create_key(tmp_path / "log.key", "log.example/one").verifier
    seen = Outsider("http://nowhere.test", tmp_path, key, roots={s: r for s, r in roots(ENTRIES) if s in {10, 50}})

    assert seen.contradictions(ENTRIES) == []
    assert seen.contradictions(final) != []
