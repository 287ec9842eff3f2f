"""Whether the arms have as many units as the draw gave them. Where they do not, somebody is missing: nothing is read.

Looked at every day, a plain test would stop one healthy trial in a hundred. So the daily check is an e-value: how much
better the counts are told by shares that were drawn from around the planned ones (Dirichlet; Lindon and Malek 2022,
"Anytime-valid inference for multinomial count data"), averaged over how near around. Beside it the plain chance of
counts as far off, for one look at a trial that has ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import exp, isfinite, log
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, bdtrc, chdtrc, gammaln

SampleRatioState = Literal["no_data", "agrees", "broken"]
STOPS_BELOW = 0.001
_NEARNESS = np.array([1e1, 1e2, 1e3, 1e4, 1e5, 1e6])
"""How near the planned shares others are thought to lie: so many units' worth."""
_CHI_SQUARE_LEAST = 10.0
"""With fewer units expected in an arm, the chance is counted exactly, arm by arm."""


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Counts of units against planned shares. `p_value` is of one look; `p_always` may be looked at every day.

    `off_units_est` is how many units each arm has beyond its share, of those seen.
    """

    state: SampleRatioState
    counts: tuple[int, ...]
    off_units_est: tuple[float, ...]
    p_value: float
    p_always: float


def sample_ratio(counts: Sequence[int], shares: Sequence[Fraction], *, one_look: bool = False) -> SampleRatio:
    """Check the units assigned and found, control first. `one_look`: the trial has ended and this is the only check."""
    if len(counts) != len(shares) or min(shares) <= 0 or sum(shares) != 1 or min(counts) < 0:
        raise ValueError(f"counts from 0 on and shares that add up to 1 are wanted: {counts}, {shares}")
    n = sum(counts)
    nan = float("nan")
    if n == 0:
        return SampleRatio("no_data", tuple(counts), (0.0,) * len(counts), nan, nan)
    planned = np.array([float(share) for share in shares])
    seen = np.array(counts, np.float64)
    always, once = min(1.0, exp(min(0.0, -_log_e(seen, planned)))), _one_look(seen, planned)
    state: SampleRatioState = "broken" if (once if one_look else always) < STOPS_BELOW else "agrees"
    return SampleRatio(state, tuple(counts), tuple((seen - n * planned).tolist()), once, always)


def _log_e(seen: npt.NDArray[np.float64], planned: npt.NDArray[np.float64]) -> float:
    """Logarithm of the mean over nearness of the Dirichlet-multinomial likelihood over that of the planned shares."""
    around = _NEARNESS[:, None] * planned
    likelihood = gammaln(_NEARNESS) - gammaln(_NEARNESS + seen.sum())
    likelihood += (gammaln(around + seen) - gammaln(around)).sum(axis=1) - seen @ np.log(planned)
    top = float(likelihood.max())
    return top + log(float(np.exp(likelihood - top).mean()))


def _one_look(seen: npt.NDArray[np.float64], planned: npt.NDArray[np.float64]) -> float:
    """Chance of counts as far off: chi-square, or the exact binomial of the worst arm times the number of arms."""
    n = seen.sum()
    expected = n * planned
    if expected.min() >= _CHI_SQUARE_LEAST:
        return float(chdtrc(len(seen) - 1, ((seen - expected) ** 2 / expected).sum()))
    below = bdtr(seen, int(n), planned)
    above = np.where(seen > 0, bdtrc(np.maximum(seen - 1, 0), int(n), planned), 1.0)
    worst = float(np.minimum(below, above).min())
    assert isfinite(worst)
    # Two arms are one count: what one has, the other lacks.
    return min(1.0, 2 * worst * (1 if len(seen) == 2 else len(seen)))
