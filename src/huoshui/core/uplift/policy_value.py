"""What a ranking is worth where it is used: value per user of treating its first part, and of a whole plan's choice."""

from dataclasses import dataclass

import numpy as np

from huoshui.core.uplift.qini import gain_at
from huoshui.core.uplift.row_effects import Estimate, error_of, mean_of, row_effects
from huoshui.core.uplift.rows import Floats, Rows, TrialRows


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """Incremental outcome where the first `treated_share` of a ranking are treated, and how sure it is.

    `per_user`: over all users; `per_treated`: over those treated; `over_average`: per user, beyond treating as many
    drawn by chance.
    """

    treated_share: float
    per_user: Estimate
    per_treated: Estimate
    over_average: Estimate


def policy_value(
    rows: TrialRows, score: Floats, treated_share: float, *, expected_est: Floats | None = None
) -> PolicyValue:
    """The value of treating the first of a ranking made without seeing these outcomes; several amounts: their mean."""
    if not 0 < treated_share <= 1:
        raise ValueError(f"a share above 0, at most 1: {treated_share}")
    effects = row_effects(rows, expected_est)
    value, influence = gain_at(rows, score, effects, treated_share)
    everybody, moved = gain_at(rows, score, effects, 1.0)
    error = error_of(influence, rows.unit)
    beyond = error_of(influence - treated_share * moved, rows.unit)
    return PolicyValue(
        treated_share,
        per_user=Estimate(value, error),
        per_treated=Estimate(value / treated_share, error / treated_share),
        over_average=Estimate(value - treated_share * everybody, beyond),
    )


def value_of_choice(rows: TrialRows, choice: Rows, *, expected_est: Floats | None = None) -> Estimate:
    """Incremental outcome per user of giving each its chosen level (0: nothing, k: the k-th amount)."""
    effects = np.concatenate([np.zeros((rows.rows, 1)), row_effects(rows, expected_est)], axis=1)
    return mean_of(np.take_along_axis(effects, choice[:, None], axis=1)[:, 0], rows.unit)
