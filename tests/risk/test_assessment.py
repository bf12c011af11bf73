"""Assessment: rates with intervals, what speaks for a cell, and what may not."""

from dataclasses import fields

import numpy as np
import pytest

from safehand.risk.assessment import NORMAL_95, assess, gamma_shares
from safehand.risk.ground import cells_of
from safehand.risk.model import Evidence
from safehand.risk.rates import INCIDENTS_MIN, CellRisk, Known, Reason, cell_at, is_cell
from safehand.risk.records import COLUMNS
from tests.risk.town import LAT, LON, a_town

HOT, QUIET = int(cell_at(LAT, LON), 16), int(cell_at(LAT + 0.02, LON), 16)


def a_known(*, hot: int = 0, quiet: int = 0, parcels: int = 10_000, **more: object) -> Known:
    own = [(HOT, 10.0)] * hot + [(QUIET, 10.0)] * quiet
    town = a_town(300)
    around = {int(cell): parcels for cell in cells_of(town.lat, town.lon, 9)}
    return Known(own, (), {HOT: parcels, QUIET: parcels} | around, **more)  # type: ignore[arg-type]


def at(cells: list[CellRisk], cell: int) -> CellRisk:
    [found] = [one for one in cells if one.cell == f"{cell:x}"]
    return found


def test_where_more_is_lost_of_as_many_parcels_the_rate_is_higher_and_says_why() -> None:
    cells = assess(a_known(hot=60, quiet=6))

    hot, quiet = at(cells, HOT), at(cells, QUIET)
    assert hot.low_ppm > quiet.high_ppm
    assert {Reason.OWN_INCIDENTS, Reason.ABOVE_MEAN} <= set(hot.reasons)
    assert 0 < hot.low_ppm < hot.rate_ppm < hot.high_ppm


def test_twice_the_parcels_with_the_same_losses_is_half_the_rate() -> None:
    once = at(assess(a_known(hot=60)), HOT)
    known = a_known(hot=60)
    twice = at(assess(Known(known.own, (), {**known.exposure, HOT: 20_000})), HOT)

    assert twice.rate_ppm == pytest.approx(once.rate_ppm / 2, rel=0.1)


def test_fewer_than_five_incidents_show_the_prior_and_say_so() -> None:
    few, none = (at(assess(a_known(hot=count, quiet=80)), HOT) for count in (INCIDENTS_MIN - 1, 0))
    enough = at(assess(a_known(hot=INCIDENTS_MIN + 5, quiet=80)), HOT)

    assert Reason.FEW_INCIDENTS in few.reasons
    assert few.rate_ppm < 2 * none.rate_ppm + 50  # what its neighbours hear of it
    assert Reason.FEW_INCIDENTS not in enough.reasons
    assert enough.rate_ppm > 5 * few.rate_ppm


def test_before_anything_is_known_every_cell_has_the_assumed_rate() -> None:
    cells = assess(a_known(parcels=0))

    # Five assumed incidents on 10,000 assumed parcels, and one parcel more a cell.
    assert {cell.rate_ppm for cell in cells} == {round(5_000_000 / (10_000 + len(cells)))}
    assert all({Reason.NO_PATTERN, Reason.NO_EXPOSURE, Reason.FEW_INCIDENTS} <= set(cell.reasons) for cell in cells)
    assert assess(Known((), (), {})) == []


def test_a_cell_that_was_set_aside_has_the_mean() -> None:
    contested = at(assess(a_known(hot=60, set_aside={HOT})), HOT)

    assert Reason.SET_ASIDE in contested.reasons
    assert contested.rate_ppm < at(assess(a_known(hot=60)), HOT).rate_ppm / 5


@pytest.mark.parametrize(
    ("shape", "low", "high"), [(1, 0.0513, 2.9957), (2, 0.1777, 2.3719), (5, 0.3940, 1.8307), (50, 0.7793, 1.2434)]
)
def test_an_interval_is_the_gamma_distributions(shape: float, low: float, high: float) -> None:
    """Against tables of chi-squared quantiles, divided by twice the shape."""
    assert gamma_shares(np.array([shape]), -NORMAL_95) == pytest.approx(low, abs=0.03)
    assert gamma_shares(np.array([shape]), NORMAL_95) == pytest.approx(high, abs=0.03)


def test_nothing_goes_in_but_type_time_place_and_exposure() -> None:
    """No dwelling, no person, no group of people, nothing that a neighbour told."""
    assert COLUMNS == ("type", "ts", "lat", "lon")
    assert [field.name for field in fields(Evidence)] == ["cell", "age_days"]
    assert [field.name for field in fields(Known)] == ["own", "public", "exposure", "set_aside"]


@pytest.mark.parametrize("text", ["", "x" * 15, "8" * 15, "88283082bffffff"[:14], "-1", cell_at(0, 0)[:-1] + "g"])
def test_what_is_no_cell_is_known(text: str) -> None:
    assert not is_cell(text)
    assert is_cell(cell_at(0, 0))


def test_a_year_of_a_town_has_the_true_rate_within_its_intervals() -> None:
    draw = np.random.default_rng(5)
    town = a_town(300)
    cells = np.unique(cells_of(town.lat, town.lon, 9)).tolist()
    truth = dict(zip(cells, draw.gamma(2, 500, len(cells)).tolist(), strict=True))
    own = [(cell, 100.0) for cell in cells for _ in range(draw.poisson(truth[cell] / 1e6 * 20_000))]

    found = {int(one.cell, 16): one for one in assess(Known(own, (), dict.fromkeys(cells, 20_000)))}

    inside = [found[cell].low_ppm <= truth[cell] <= found[cell].high_ppm for cell in cells]
    assert sum(inside) >= 0.75 * len(inside)
