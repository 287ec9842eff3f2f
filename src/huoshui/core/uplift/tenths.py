"""What a yuan brings by who gets it: the best tenth of a ranking, everybody, the worst; and how many users it takes.

A ranking is made without seeing the outcomes it is judged by, so that the tenths say what it is worth.
"""

from dataclasses import dataclass
from math import ceil

import numpy as np

from huoshui.core.uplift.qini import by_amount
from huoshui.core.uplift.row_effects import Estimate, amount_shares, average_effects, error_of, row_effects
from huoshui.core.uplift.rows import Floats, Rows, TrialRows

TENTHS = 10
DETECTED = 2.8
"""Standard errors at which a difference is found in four of five tries at 5 %."""
LEARNED_TIMES = 4
"""A ranking has to be learned before it can be shown: so many times the users that would show one known beforehand."""
DIFFERENCE_SHARE = 0.3
"""Differences between users that are worth finding: spread so much of the average effect."""


@dataclass(frozen=True, slots=True)
class TenthReturn:
    """A tenth of the users (all: `tenth` 0): incremental value per user and per fen of cost, with its interval."""

    tenth: int
    users: int
    value: Estimate
    cost_fen_est: float

    @property
    def each(self) -> Estimate:
        """Value per fen of cost; NaN where it costs nothing."""
        if self.cost_fen_est <= 0:
            return Estimate(float("nan"), float("nan"))
        return Estimate(self.value.value_est / self.cost_fen_est, self.value.error_est / self.cost_fen_est)


def tenth_returns(
    rows: TrialRows,
    score: Floats,
    cost_fen_est: Floats,
    *,
    expected_est: Floats | None = None,
    part: Rows | None = None,
) -> tuple[TenthReturn, ...]:
    """Everybody, then the tenths, best first, all amounts together by their users.

    `rows.outcome` is a value in fen; `score` (N,) or (N, K) foretells the effect; `cost_fen_est` (K,) is the expected
    cost of a user assigned to each amount. `part` (N,): scores of different parts are ranked apart.
    """
    effects, shares = row_effects(rows, expected_est), amount_shares(rows)
    told, cost = effects @ shares, float(cost_fen_est @ shares)
    place = _places(by_amount(score, effects.shape[1]) @ shares, part)
    everybody = TenthReturn(0, rows.rows, _mean(told, np.ones(rows.rows, np.bool_), rows), cost)
    return (
        everybody,
        *(
            TenthReturn(number + 1, int((place == number).sum()), _mean(told, place == number, rows), cost)
            for number in range(TENTHS)
        ),
    )


def users_needed(
    rows: TrialRows, *, least_effect_est: float, expected_est: Floats | None = None
) -> int | None:
    """So many rows of this mix of arms find differences worth finding in four of five tries; None: cannot be told.

    Worth finding: a spread of 30 % of the average effect, which counts as at least `least_effect_est` (what pays).
    """
    shares = amount_shares(rows)
    average = float(np.array([one.value_est for one in average_effects(rows, expected_est)]) @ shares)
    spread = DIFFERENCE_SHARE * max(abs(average), least_effect_est)
    if not spread > 0:
        return None
    noise = float((row_effects(rows, expected_est) @ shares).std())
    return ceil(LEARNED_TIMES * (DETECTED * noise / spread) ** 2)


def _places(score: Floats, part: Rows | None) -> Rows:
    """(N,): tenth of each row, 0 for the highest scores; ties by place."""
    place = np.zeros(len(score), np.intp)
    for number in np.unique(part) if part is not None else (None,):
        own = np.arange(len(score)) if number is None or part is None else np.flatnonzero(part == number)
        order = own[np.argsort(-score[own], kind="stable")]
        place[order] = np.arange(len(own)) * TENTHS // max(1, len(own))
    return place


def _mean(told: Floats, own: np.ndarray[tuple[int], np.dtype[np.bool_]], rows: TrialRows) -> Estimate:
    users = int(own.sum())
    if users < 2:
        return Estimate(float("nan"), float("nan"))
    mean = float(told[own].mean())
    return Estimate(mean, error_of(np.where(own, told - mean, 0.0) * (rows.rows / users), rows.unit))
