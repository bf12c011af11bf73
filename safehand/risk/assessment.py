"""Assessment: what the incidents on record say of each cell, as a rate with an interval and its reasons. Pure."""

from collections.abc import Sequence

import numpy as np

from safehand.risk.ground import F64, U64, Ground
from safehand.risk.model import Evidence, expect
from safehand.risk.rates import BASE_RATE_PPM, INCIDENTS_MIN, RESOLUTION, CellRisk, Known, Reason

BASE_INCIDENTS = 5
"""How many incidents the base rate weighs."""
NORMAL_95 = 1.6448536269514722
MILLION = 1_000_000


def assess(known: Known) -> list[CellRisk]:
    """Every cell of the study area: those with an incident or a parcel, and their neighbours under one parent.

    Errors
        RecordTooLarge  more cells than are looked at.
    """
    ground = ground_of(known)
    if not len(ground):
        return []
    exposed = np.fromiter(known.exposure, np.uint64, len(known.exposure))
    parcels = np.zeros(len(ground))
    parcels[ground.mesh.index(exposed)] = list(known.exposure.values())
    own = _evidence(ground, known.own)
    public = _evidence(ground, known.public) if known.public else None
    incidents = np.bincount(own.cell, minlength=len(ground))
    # One parcel more everywhere, and never fewer than were lost: a cell without any is unknown, not without risk.
    exposure = np.maximum(parcels, incidents) + 1
    expected = expect(ground, exposure, own, public)
    few = incidents < INCIDENTS_MIN
    share = np.where(few, expected.prior, expected.density) * exposure.sum() / exposure
    mean = (expected.counted.sum() + BASE_INCIDENTS) / (exposure.sum() + BASE_INCIDENTS * MILLION / BASE_RATE_PPM)
    shape = expected.shape + np.where(few, 0, expected.counted)
    base = {Reason.PUBLIC_RECORD} if public is not None else set()
    if not expected.trusted:
        base.add(Reason.NO_PATTERN)
    lows, highs = (np.minimum(1.0, mean * share * gamma_shares(shape, z)) for z in (-NORMAL_95, NORMAL_95))
    rates = np.minimum(1.0, mean * share)
    found = []
    for place, cell in enumerate(ground.mesh.cells.tolist()):
        aside = cell in known.set_aside
        rate, low, high = (mean,) * 3 if aside else (float(one[place]) for one in (rates, lows, highs))
        reasons = base | ({Reason.SET_ASIDE} if aside else set())
        reasons.add(Reason.FEW_INCIDENTS if few[place] else Reason.OWN_INCIDENTS)
        reasons |= {Reason.NO_EXPOSURE} if not parcels[place] else set()
        reasons |= {Reason.ABOVE_MEAN} if low > mean else {Reason.BELOW_MEAN} if high < mean else set()
        found.append(
            CellRisk(
                cell=f"{cell:x}",
                rate_ppm=round(rate * MILLION),
                low_ppm=round(low * MILLION),
                high_ppm=round(high * MILLION),
                incidents=int(incidents[place]),
                parcels=int(parcels[place]),
                reasons=sorted(reasons),
            )
        )
    return found


def ground_of(known: Known) -> Ground:
    """The study area of what is known.

    Errors
        RecordTooLarge  more cells than are looked at.
    """
    exposed = np.fromiter(known.exposure, np.uint64, len(known.exposure))
    return Ground.around(np.unique(np.concatenate((_cells(known.own), _cells(known.public), exposed))), RESOLUTION)


def _cells(incidents: Sequence[tuple[int, float]]) -> U64:
    return np.fromiter((cell for cell, _ in incidents), np.uint64, len(incidents))


def _evidence(ground: Ground, incidents: Sequence[tuple[int, float]]) -> Evidence:
    days = np.fromiter((age for _, age in incidents), np.float64, len(incidents))
    return Evidence(ground.mesh.index(_cells(incidents)), days)


def gamma_shares(shape: F64, normal: float) -> F64:
    """A quantile of Gamma distributions with mean 1, by the normal quantile of the same probability.

    Accuracy
        At 5 and 95 %, against tables, within 0.03 for shapes from 1 up (`tests/risk/test_assessment.py`).
    Source
        Wilson and Hilferty 1931.
    """
    return np.maximum(0.0, 1 - 1 / (9 * shape) + normal / (3 * np.sqrt(shape))) ** 3
