"""How well a ranking finds the users whom an amount moves: the Qini curve, its coefficient, and how sure they are.

q(phi): incremental outcome per user of all, where the first phi of the ranking are treated. Qini coefficient: the
integral of q(phi) - phi q(1) over phi, 0 for chance. Users of one score are treated in equal part, so that a tie is a
straight piece. By the ranks: Qini = mean of (1/2 - phi of a row) x (effect of the row), exactly.
Intervals by the influence function of that mean, the rank's own error included (Yadlowsky et al. 2021), summed by unit.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from huoshui.base.errors import Text
from huoshui.core.costs.effects import USERS_MIN
from huoshui.core.uplift.row_effects import Estimate, amount_shares, error_of, row_effects
from huoshui.core.uplift.rows import Floats, Rows, TrialRows

QiniState = Literal["better_than_chance", "not_detectable", "worse_than_chance", "too_few"]
OUTCOMES_LEAST = 20
"""Rows whose outcome is not the usual one: with fewer, no interval that leans on many can be believed."""
CURVE_POINTS = 21
NEAR_SHARE = 0.05
"""The effect at the edge of the treated is read from so much of the users on either side."""

TOO_FEW = Text(
    "数据太少: {treated} 人发了, {control} 人没发, {answers} 人的结果与多数不同; "
    "至少要 {least}、{least}、{answers_least} 人。",
    "Too few: {treated} treated, {control} not, {answers} with another outcome than most; "
    "{least}, {least} and {answers_least} are needed.",
)
REASONS: dict[QiniState, Text] = {
    "better_than_chance": Text(
        "排序比随机好, 95% 区间在 0 以上。",
        "The ranking is better than chance: the 95 % interval lies above 0.",
    ),
    "not_detectable": Text(
        "看不出用户之间有差别: 95% 区间包含 0。",
        "No detectable difference between users: the 95 % interval includes 0.",
    ),
    "worse_than_chance": Text(
        "排序比随机差, 95% 区间在 0 以下。",
        "The ranking is worse than chance: the 95 % interval lies below 0.",
    ),
}


@dataclass(frozen=True, slots=True)
class Qini:
    """A Qini coefficient; NaN where there are too few rows to tell."""

    state: QiniState
    reason: Text
    value_est: float
    low_est: float
    high_est: float
    error_est: float
    users: int


@dataclass(frozen=True, slots=True)
class QiniCurve:
    """q(phi) with the ends of its 95 % interval at each point; a straight line from 0 to the last is chance."""

    treated_share: Floats
    gain_est: Floats
    low_est: Floats
    high_est: Floats


def qini(
    rows: TrialRows, score: Floats, *, expected_est: Floats | None = None, part: Rows | None = None
) -> Qini:
    """The Qini coefficient of a ranking by `score`, highest first, that was made without seeing these outcomes.

    `score` (N,) or, one an amount, (N, K): the amounts' coefficients are then put together by their users.
    `expected_est`: see `row_effects`. `part` (N,): scores of different parts come from different models and are ranked
    apart.
    """
    lacking = too_few(rows)
    if lacking is not None:
        nothing = float("nan")
        return Qini("too_few", lacking, nothing, nothing, nothing, nothing, rows.rows)
    value, influence = qini_influence(amount_shares(rows), score, row_effects(rows, expected_est), part)
    return qini_of(Estimate(value, error_of(influence, rows.unit)), rows.rows)


def qini_of(found: Estimate, users: int) -> Qini:
    """An estimate of the coefficient with what it says."""
    state: QiniState = "not_detectable"
    if found.low_est > 0:
        state = "better_than_chance"
    elif found.high_est < 0:
        state = "worse_than_chance"
    return Qini(state, REASONS[state], found.value_est, found.low_est, found.high_est, found.error_est, users)


def too_few(rows: TrialRows) -> Text | None:
    """Why these rows tell nothing, None where they do."""
    control = int(rows.control.sum())
    treated = rows.rows - control
    answers = 0
    if rows.rows:
        values, counts = np.unique(rows.outcome, return_counts=True)
        answers = rows.rows - int(counts.max()) if len(values) > 1 else 0
    if min(control, treated) >= USERS_MIN and answers >= OUTCOMES_LEAST:
        return None
    return TOO_FEW.filled(
        treated=treated, control=control, answers=answers, least=USERS_MIN, answers_least=OUTCOMES_LEAST
    )


def qini_influence(
    shares: Floats, score: Floats, effects: Floats, part: Rows | None = None
) -> tuple[float, Floats]:
    """The coefficient of amounts that count with `shares`, and (N,) the influence of each row on it, mean 0."""
    table = by_amount(score, effects.shape[1])
    influence = np.zeros(len(table))
    value = 0.0
    for own in _parts(part, len(table)):
        for column, share in enumerate(shares):
            one, moved = _of_one(table[own, column], effects[own, column])
            value += share * one * len(own) / len(table)
            influence[own] += share * moved
    return value, influence


def by_amount(score: Floats, amounts: int) -> Floats:
    """(N, K) of a score (N,) or (N, K)."""
    table = np.broadcast_to(score[:, None], (len(score), amounts)) if score.ndim == 1 else score
    if table.shape[1] != amounts:
        raise ValueError(f"a score for each of {amounts} amounts wanted: {score.shape}")
    if np.isnan(table).any():
        raise ValueError("a score that is no number")
    return np.asarray(table)


def ranks(score: Floats) -> tuple[Rows, Floats, Floats]:
    """Group of each row (0: highest score), and where each group begins and ends, as shares of all rows."""
    _, group, counts = np.unique(-score, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts) / len(score)
    return np.asarray(group), np.asarray(ends - counts / len(score)), np.asarray(ends)


def _of_one(score: Floats, effect: Floats) -> tuple[float, Floats]:
    group, begins, ends = ranks(score)
    place = ((begins + ends) / 2)[group]
    sums = np.bincount(group, effect)
    below = (sums.sum() - np.cumsum(sums) + sums / 2)[group] / len(score)
    product = (0.5 - place) * effect
    influence = product - below
    return float(product.mean()), np.asarray(influence - influence.mean())


def _parts(part: Rows | None, rows: int) -> list[npt.NDArray[np.intp]]:
    if part is None:
        return [np.arange(rows)]
    return [np.flatnonzero(part == number) for number in np.unique(part)]


def qini_curve(rows: TrialRows, score: Floats, *, expected_est: Floats | None = None) -> QiniCurve:
    """q(phi) at even steps of the treated share, all amounts together."""
    effects = row_effects(rows, expected_est)
    shares = np.linspace(0, 1, CURVE_POINTS)
    points = [gain_at(rows, score, effects, float(share)) for share in shares]
    gain = np.array([mean for mean, _ in points])
    reach = np.array([Estimate(0.0, error_of(moved, rows.unit)).high_est for _, moved in points])
    return QiniCurve(shares, gain, gain - reach, gain + reach)


def gain_at(rows: TrialRows, score: Floats, effects: Floats, treated_share: float) -> tuple[float, Floats]:
    """q(phi) and (N,) the influence of each row on it."""
    table = by_amount(score, effects.shape[1])
    value, influence = 0.0, np.zeros(rows.rows)
    for column, share in enumerate(amount_shares(rows)):
        one, moved = _gain_of_one(table[:, column], effects[:, column], treated_share)
        value += share * one
        influence += share * moved
    return value, influence


def _gain_of_one(score: Floats, effect: Floats, treated_share: float) -> tuple[float, Floats]:
    """The threshold moves with the rows: what a row moves of it is worth the effect at the edge."""
    group, begins, ends = ranks(score)
    taken = ((treated_share - begins) / (ends - begins)).clip(0, 1)[group]
    gain = np.concatenate([[0.0], np.cumsum(np.bincount(group, effect))]) / len(score)
    at = np.concatenate([[0.0], ends])
    low, high = max(0.0, treated_share - NEAR_SHARE), min(1.0, treated_share + NEAR_SHARE)
    edge = float(np.interp(high, at, gain) - np.interp(low, at, gain)) / (high - low)
    value = float((taken * effect).mean())
    return value, np.asarray(taken * effect - value - edge * (taken - treated_share))
