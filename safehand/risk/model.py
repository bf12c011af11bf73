"""Where the next incidents are to be expected. Pure: arrays in, arrays out; nothing is tuned per town."""

from dataclasses import dataclass

import numpy as np

from safehand.risk.ground import F64, I64, Ground

HALF_LIFE_DAYS = 730
BANDWIDTHS_M = (150, 300, 600, 1200, 2500)
PRIOR_M_MIN = 300
"""Narrower surroundings are mostly the cell itself."""
PUBLIC = ((0, 1.0), (300, 1.0), (300, 1.4), (800, 1.0), (800, 0.7))
"""A public record comes in at its own cell (0) and smoothed, straight and to a power: peaks may differ."""
PUBLIC_FLOOR = 1e-3
"""Of the mean: a cell without any public incident is not impossible."""
UNIFORM_BEFORE, OTHERS_BEFORE = 2.0, 0.5
"""Incidents that each component is taken to have explained before any was seen."""
ROUNDS = 100
FITTED_MAX = 50_000
"""Incidents that weights are fitted to; of more, every so many-th is taken."""
SHAPE_VARIANCE_MIN = 0.02
TRUST_ERRORS = 2.0
"""The evidence must beat the uniform by so many standard errors before the density leaves it."""
TRUST_BITS = 20.0
"""And by so many bits in all (a million to one): of a few dozen incidents the standard error itself is a guess."""
UNTRUSTED = 1e-9
"""What is left of a density that is not trusted: it still says which cell comes first."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Incidents as the model sees them: in which cell, how many days ago.

    Shapes
        cell      n, an index into the ground, inside the study area.
        age_days  n, >= 0.
    """

    cell: I64
    age_days: F64

    def weights(self) -> F64:
        """What each still counts: half after HALF_LIFE_DAYS."""
        return np.exp2(-self.age_days / HALF_LIFE_DAYS)


@dataclass(frozen=True, slots=True)
class Component:
    """One guess at the density, and the same guess at each incident made without that incident.

    `personal`: it leans on the cell's own few incidents, so it is no part of a prior.
    """

    density: F64
    left_out: F64
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of each cell.

    Shapes
        density  n, sums to 1: the share of the next incidents.
        prior    n, sums to 1: the same from surroundings at PRIOR_M_MIN and wider, and from the public record.
        shape    how far true rates stray from that prior: the `kappa` of a Gamma distribution around it.
        counted  n, incidents that count, each by its age.
    trusted  whether places could be told apart; if not, the density is the exposure's own.
    """

    density: F64
    prior: F64
    shape: float
    counted: F64
    trusted: bool


def expect(ground: Ground, exposure: F64, own: Evidence, public: Evidence | None = None) -> Expectation:
    """Expect the next incidents from those before.

    A mixture of guesses (uniform, the cell itself, its neighbourhood at several widths, a public record), weighted by
    how well each foretells an incident that was left out of it; then Gamma-Poisson: `mu (kappa + c) / (kappa + mu)`.

    Shapes
        exposure  n, >= 0, 0 outside the study area; 1 in every cell where nothing better is known.
    Source
        The posterior mean of a Gamma-Poisson rate; EM for the weights of a mixture (Dempster, Laird, Rubin 1977).
    """
    uniform = exposure / max(exposure.sum(), 1e-300)
    weights = own.weights()
    counted = np.bincount(own.cell, weights, len(ground))
    guesses = [Component(uniform, uniform[own.cell])]
    if weights.sum() > 0:
        guesses += _from_own(ground, exposure, own, counted, weights)
    if public is not None and len(public.cell):
        guesses += _from_public(ground, exposure, own, public)
    if len(guesses) == 1:
        return Expectation(uniform, uniform, 1 / SHAPE_VARIANCE_MIN, counted, trusted=False)
    mixed, before = _mixed(guesses)
    trust = _trust(mixed.left_out, guesses[0].left_out)
    prior = (1 - trust) * uniform + trust * before
    shape = _shape(counted, mixed.density * counted.sum())
    mean = mixed.density * counted.sum()
    posterior = mean * (shape + counted) / (shape + mean)
    if (total := posterior.sum()) <= 0:
        return Expectation(prior, prior, shape, counted, trusted=False)
    density = (1 - trust) * uniform + trust * posterior / total
    return Expectation(density, prior, _shape(counted, prior * counted.sum()), counted, trusted=trust == 1)


def _from_own(ground: Ground, exposure: F64, own: Evidence, counted: F64, weights: F64) -> list[Component]:
    total = weights.sum()
    rest = np.maximum(1 - weights / total, 1e-9)
    here = counted / total
    guesses = [Component(here, np.maximum(here[own.cell] - weights / total, 0) / rest, personal=True)]
    for bandwidth_m in BANDWIDTHS_M:
        smooth = ground.averaged(counted, exposure, bandwidth_m)
        mass = smooth.near.sum()
        density = smooth.near / mass
        itself = smooth.own[own.cell] * weights / mass
        left_out = np.maximum(density[own.cell] - itself, 0) / rest
        guesses.append(Component(density, left_out, personal=bandwidth_m < PRIOR_M_MIN))
    return guesses


def _from_public(ground: Ground, exposure: F64, own: Evidence, public: Evidence) -> list[Component]:
    counted = np.bincount(public.cell, public.weights(), len(ground))
    inside = (exposure > 0).astype(np.float64)
    guesses = []
    for bandwidth_m, power in PUBLIC:
        rate = counted if bandwidth_m == 0 else ground.averaged(counted, inside, bandwidth_m).near
        raised = exposure * (rate + PUBLIC_FLOOR * rate.sum() / inside.sum()) ** power
        density = raised / raised.sum()
        guesses.append(Component(density, density[own.cell]))
    return guesses


def _mixed(guesses: list[Component]) -> tuple[Component, F64]:
    """One guess of all, each weighted by the incidents that it explains best; and those alone that make a prior."""
    before = np.full(len(guesses), OTHERS_BEFORE)
    before[0] = UNIFORM_BEFORE
    left_out = np.stack([guess.left_out for guess in guesses], axis=1)
    fitted = left_out[:: max(1, -(-len(left_out) // FITTED_MAX))]
    share = before / before.sum()
    for _ in range(ROUNDS if len(fitted) else 0):
        explained = fitted * share
        explained /= np.maximum(explained.sum(axis=1, keepdims=True), 1e-300)
        share = explained.sum(axis=0) + before
        share /= share.sum()
    parts = [part * guess.density for part, guess in zip(share, guesses, strict=True)]
    prior = np.sum([part for part, guess in zip(parts, guesses, strict=True) if not guess.personal], axis=0)
    return Component(np.sum(parts, axis=0), left_out @ share), prior / prior.sum()


def _trust(left_out: F64, uniform: F64) -> float:
    """1 where the incidents before were foretold better than by the uniform, beyond chance; else next to nothing."""
    if len(left_out) < 2:
        return UNTRUSTED
    gain = np.log2(np.maximum(left_out, 1e-300) / uniform)
    error = gain.std(ddof=1) / np.sqrt(len(gain))
    return 1.0 if gain.mean() > TRUST_ERRORS * error + TRUST_BITS / len(gain) else UNTRUSTED


def _shape(counted: F64, mean: F64) -> float:
    """The Gamma distribution's shape from the moments: how far counts stray from their mean beyond Poisson."""
    squared = float((mean**2).sum())
    beyond = float((((counted - mean) ** 2) - counted).sum()) / squared if squared > 0 else 0.0
    return 1 / max(beyond, SHAPE_VARIANCE_MIN)
