"""Features as columns that a linear learner can read: cut at their ends, straightened, centred, of one spread.

Made from training rows alone and applied to any. A missing value counts as the mean; where values are missing often
enough to tell something, that they are is a column of its own.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Features = npt.NDArray[np.float32]
CUT_SHARE = 0.005
"""Beyond this share of the values at either end they count as that of the end: one whale moves no line."""
SKEWED = 2.0
"""Columns of values not below 0 that are more skewed than this are read by their logarithm."""
MISSING_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of P features: arrays (F,), and how many rows of them are missing flags."""

    low: Floats
    high: Floats
    logged: npt.NDArray[np.bool_]
    mean: Floats
    spread: Floats
    """0 for a feature that does not vary: its column is 0."""
    missing_mean: Floats
    """Share missing where that is a column of its own, else NaN."""

    @property
    def count(self) -> int:
        """P: how many columns there are."""
        return len(self.low) + int(np.isfinite(self.missing_mean).sum())

    def of(self, features: Features) -> Floats:
        """(N, P)."""
        wide = np.clip(features.astype(np.float64), self.low, self.high)
        wide[:, self.logged] = np.log1p(wide[:, self.logged])
        steady = np.where(self.spread > 0, self.spread, 1.0)
        wide = np.where(np.isnan(wide) | (self.spread <= 0), 0.0, (wide - self.mean) / steady)
        flags = np.flatnonzero(np.isfinite(self.missing_mean))
        share = self.missing_mean[flags]
        missing = (np.isnan(features[:, flags]) - share) / np.sqrt(share * (1 - share))
        return np.concatenate([wide, missing], axis=1)


def columns_of(features: Features) -> Columns:
    """From training rows (N, F)."""
    wide = features.astype(np.float64)
    count = wide.shape[1]
    low, high, mean, spread = np.zeros(count), np.zeros(count), np.zeros(count), np.zeros(count)
    logged, missing = np.zeros(count, np.bool_), np.full(count, np.nan)
    for at in range(count):
        known = wide[~np.isnan(wide[:, at]), at]
        lacking = 1 - len(known) / max(1, len(wide))
        if MISSING_SHARE <= lacking <= 1 - MISSING_SHARE:
            missing[at] = lacking
        if not len(known):
            continue
        low[at], high[at] = _ends(known)
        cut = known.clip(low[at], high[at])
        logged[at] = low[at] >= 0 and _skewness(cut) > SKEWED and len(np.unique(cut[:1000])) > 2
        cut = np.log1p(cut) if logged[at] else cut
        mean[at], spread[at] = cut.mean(), cut.std()
        if spread[at] <= 1e-9 * max(1.0, abs(mean[at])):
            spread[at] = 0.0
    return Columns(low, high, logged, mean, spread, missing)


def _ends(known: Floats) -> tuple[float, float]:
    """Where values are cut; a rare flag is no end: it keeps its values."""
    low, high = np.quantile(known, (CUT_SHARE, 1 - CUT_SHARE), method="lower")
    return (float(low), float(high)) if low < high else (float(known.min()), float(known.max()))


def _skewness(values: Floats) -> float:
    spread = values.std()
    return float((((values - values.mean()) / spread) ** 3).mean()) if spread > 0 else 0.0
