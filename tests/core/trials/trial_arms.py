"""Arms of a trial with a known effect, for tests of verdicts."""

from fractions import Fraction

import numpy as np

from huoshui.core.trials.sample_ratio import SampleRatio, sample_ratio
from huoshui.core.trials.sums import Sums, sums_of

HALVES = (Fraction(1, 2), Fraction(1, 2))


def arm(units: int, mean: float, *, seed: int = 0, spread: float = 1_000.0) -> Sums:
    """Normal outcomes in fen whose mean is exactly as asked, so that a verdict does not hang on a draw."""
    drawn = np.random.default_rng(seed).normal(0, spread, units)
    drawn += mean - drawn.mean()
    return sums_of(np.rint(drawn).astype(np.int64))


def even(units: int) -> SampleRatio:
    """Arms as large as drawn."""
    return sample_ratio((units // 2, units // 2), HALVES)
