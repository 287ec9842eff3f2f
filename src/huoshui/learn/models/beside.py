"""What always stands beside a model: a rule of one line, ranking by who answers anyway, and chance."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huoshui.core.trials.draws import draws, fractions
from huoshui.core.uplift.row_effects import amount_shares, row_effects
from huoshui.core.uplift.rows import Features, Floats, TrialRows
from huoshui.learn.models.arms import ArmsLearner, fit_arms

CUTS = 16
"""A feature is tried at so many evenly filled places."""
SIDE_SHARE = 0.02
"""Neither side of a cut has fewer of the users than this."""


@dataclass(frozen=True, slots=True)
class RuleLearner:
    """One cut on one feature: an effect for either side. A missing value is on the low side."""

    amounts_fen: tuple[int, ...]
    feature: int
    """Position of the feature, -1 where no cut told anything."""
    cut: float
    """Up to here a value is on the low side."""
    effect_est: Floats
    """(2, K): of the low and of the high side."""
    error_est: Floats

    def effects(self, features: Features) -> Floats:
        """(N, K)."""
        return np.asarray(self.effect_est[self._high(features)])

    def errors(self, features: Features) -> Floats:
        """(N, K)."""
        return np.asarray(self.error_est[self._high(features)])

    def _high(self, features: Features) -> npt.NDArray[np.intp]:
        if self.feature < 0:
            return np.zeros(len(features), np.intp)
        return (features[:, self.feature] > self.cut).astype(np.intp)


@dataclass(frozen=True, slots=True)
class PropensityLearner:
    """Ranks by the outcome expected without regard to the arm; what it gives is a score, no effect."""

    amounts_fen: tuple[int, ...]
    anyone: ArmsLearner

    def effects(self, features: Features) -> Floats:
        """(N, K): the same score for every amount."""
        return np.repeat(self.anyone.expected(features)[:, :1], len(self.amounts_fen), axis=1)

    def errors(self, features: Features) -> Floats:
        """(N, K): a score has none."""
        return np.full((len(features), len(self.amounts_fen)), np.nan)


@dataclass(frozen=True, slots=True)
class RandomLearner:
    """Ranks by a hash of the place a row stands in: what chance alone gives."""

    amounts_fen: tuple[int, ...]
    seed: int

    def effects(self, features: Features) -> Floats:
        """(N, K): the same score for every amount."""
        place = np.arange(len(features), dtype=np.uint64)
        score = fractions(draws(place, "random ranking", seed=self.seed))
        return np.repeat(score[:, None], len(self.amounts_fen), axis=1)

    def errors(self, features: Features) -> Floats:
        """(N, K): a score has none."""
        return np.full((len(features), len(self.amounts_fen)), np.nan)


def fit_rule(rows: TrialRows) -> RuleLearner:
    """The cut whose two sides, ranked, have the greatest Qini on these rows: share x share x difference."""
    effects = row_effects(rows)
    pooled = effects @ amount_shares(rows)
    best, feature, cut = 0.0, -1, 0.0
    for at in range(rows.features.shape[1]):
        gain, where = _best_cut(rows.features[:, at], pooled)
        if gain > best:
            best, feature, cut = gain, at, where
    amounts = rows.amounts_fen
    high = rows.features[:, feature] > cut if feature >= 0 else np.zeros(rows.rows, np.bool_)
    means, errors = np.zeros((2, len(amounts))), np.zeros((2, len(amounts)))
    for side in (0, 1):
        own = effects[high == bool(side)]
        if len(own) > 1:
            means[side], errors[side] = own.mean(axis=0), own.std(axis=0) / np.sqrt(len(own))
    return RuleLearner(amounts, feature, cut, means, errors)


def _best_cut(values: npt.NDArray[np.float32], effect: Floats) -> tuple[float, float]:
    filled = np.where(np.isnan(values), -np.inf, values)
    order = np.argsort(filled, kind="stable")
    ordered, sums = filled[order], np.cumsum(effect[order])
    total, rows = sums[-1], len(values)
    best, cut = 0.0, 0.0
    for end in np.unique(np.searchsorted(ordered, _places(ordered), side="right")):
        if SIDE_SHARE * rows <= end <= (1 - SIDE_SHARE) * rows:
            share = end / rows
            gain = share * (1 - share) * abs(sums[end - 1] / end - (total - sums[end - 1]) / (rows - end))
            if gain > best:
                best, cut = float(gain), float(ordered[end - 1])
    return best, max(cut, float(np.finfo(np.float32).min))


def _places(ordered: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    at = (np.arange(1, CUTS) * len(ordered)) // CUTS
    return np.unique(np.append(ordered[at], ordered[0]))


def fit_propensity(rows: TrialRows) -> PropensityLearner:
    """Who answers, whatever the arm: all rows read as if they were of one amount."""
    alike = TrialRows(
        names=rows.names,
        features=rows.features,
        amount_fen=np.zeros_like(rows.amount_fen),
        probability=np.ones_like(rows.probability),
        outcome=rows.outcome,
    )
    return PropensityLearner(rows.amounts_fen, fit_arms(alike))
