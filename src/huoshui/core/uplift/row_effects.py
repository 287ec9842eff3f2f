"""The effect of one row: unbiased for each user, very noisy; what every figure about a ranking is made of.

Doubly robust scores (Robins, Rotnitzky and Zhao 1994): what a model that did not see the row expects of both arms, plus
the row's own surprise over its probability. The assignment is by chance and its probability known, so that a mean of
them is right whatever the model says; a good model only makes them quieter.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from huoshui.core.costs.effects import Z_95
from huoshui.core.uplift.rows import Floats, Keys, TrialRows


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its standard error."""

    value_est: float
    error_est: float

    @property
    def low_est(self) -> float:
        """Lower end of the 95 % interval."""
        return self.value_est - Z_95 * self.error_est

    @property
    def high_est(self) -> float:
        """Upper end of the 95 % interval."""
        return self.value_est + Z_95 * self.error_est

    def __sub__(self, other: float) -> "Estimate":
        return Estimate(self.value_est - other, self.error_est)


def arm_weights(rows: TrialRows) -> Floats:
    """(N, K + 1): 1/probability in a user's own arm, 0 elsewhere; each arm's mean is 1 (Hajek)."""
    own = rows.arm[:, None] == np.arange(len(rows.amounts_fen) + 1)
    weights = own / rows.probability[:, None]
    return np.asarray(weights / weights.mean(axis=0))


def arm_means(rows: TrialRows) -> Floats:
    """(K + 1,): weighted mean of the outcome in each arm, control first."""
    return np.asarray(rows.outcome @ arm_weights(rows) / max(1, rows.rows))


def row_effects(rows: TrialRows, expected_est: Floats | None = None) -> Floats:
    """(N, K): an unbiased effect of each amount on each user.

    `expected_est` (N, K + 1): the outcome that a model which did not see the row expects in each arm, control first.
    """
    weights = arm_weights(rows)
    if expected_est is None:
        means = rows.outcome @ weights / max(1, rows.rows)
        expected_est = np.broadcast_to(means, weights.shape)
    elif expected_est.shape != weights.shape:
        raise ValueError(f"{weights.shape} wanted: {expected_est.shape}")
    by_arm = expected_est + weights * (rows.outcome[:, None] - expected_est)
    return np.asarray(by_arm[:, 1:] - by_arm[:, :1])


def amount_shares(rows: TrialRows) -> Floats:
    """(K,): share of each amount among the treated: how much it counts where one figure is told of all amounts."""
    users = np.bincount(rows.arm, minlength=len(rows.amounts_fen) + 1)[1:]
    return np.asarray(users / max(1, users.sum()))


def average_effects(rows: TrialRows, expected_est: Floats | None = None) -> tuple[Estimate, ...]:
    """The average effect of each amount."""
    effects = row_effects(rows, expected_est)
    return tuple(mean_of(column, rows.unit) for column in effects.T)


def average_covariance(rows: TrialRows, expected_est: Floats | None = None) -> Floats:
    """(K, K): of the average effects' errors; one control serves all amounts, so they move together."""
    effects = row_effects(rows, expected_est)
    apart = effects - effects.mean(axis=0)
    if rows.unit is not None:
        apart = np.stack([by_unit(column, rows.unit) for column in apart.T], axis=1)
    return np.asarray(apart.T @ apart / rows.rows**2)


def mean_of(column: Floats, unit: Keys | None) -> Estimate:
    """A mean over rows, its error by units."""
    mean = float(column.mean())
    return Estimate(mean, error_of(column - mean, unit))


def error_of(influence: Floats, unit: Keys | None) -> float:
    """Standard error of a mean of row influences; rows of one unit move together."""
    sums = influence if unit is None else by_unit(influence, unit)
    units = len(sums)
    if units < 2:
        return float("nan")
    return sqrt(float((sums**2).sum()) * units / (units - 1)) / len(influence)


def by_unit(influence: Floats, unit: Keys) -> Floats:
    """Sums of a column over the rows of each unit."""
    numbers: npt.NDArray[np.intp] = np.unique(unit, return_inverse=True)[1]
    return np.asarray(np.bincount(numbers, influence))
