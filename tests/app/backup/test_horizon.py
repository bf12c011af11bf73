"""The world is shown what the archive holds, and nothing that would die with our disk."""

from safehand.app.backup.horizon import Horizon


def test_entries_wait_for_a_round_that_began_after_they_were_committed() -> None:
    horizon = Horizon()
    before = horizon.begin()

    assert horizon.kept(5) == 0
    horizon.end(before)  # it may have read the write-ahead log before they were in it
    assert horizon.kept(5) == 0
    after = horizon.begin()
    assert horizon.kept(7) == 0
    horizon.end(after)
    assert horizon.kept(7) == 5
    horizon.end(horizon.begin())
    assert horizon.kept(7) == 7


def test_a_round_that_fails_shows_nothing() -> None:
    horizon = Horizon()
    horizon.kept(3)

    for _ in range(10):
        horizon.begin()
    assert horizon.kept(3) == 0
    horizon.end(horizon.begin())
    assert horizon.kept(3) == 3


def test_a_disk_that_stays_away_holds_the_log_up_for_its_time_only() -> None:
    horizon = Horizon(hold_max_s=0.0)

    assert horizon.kept(4) == 4
    assert horizon.kept(9) == 9


def test_what_was_shown_stays_shown() -> None:
    horizon = Horizon()
    horizon.kept(4)
    horizon.end(horizon.begin())

    assert horizon.kept(4) == 4
    assert horizon.kept(20) == 4
    assert horizon.kept(20) == 4
