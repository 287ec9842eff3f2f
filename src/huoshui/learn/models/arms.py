"""The learner of arms: one line for who gets nothing, one for who gets something, told together.

A T-learner whose second line is the first and a difference. Differences that the rows do not show are drawn to none
(`linear`), which is what keeps two lines, each with noise of its own, from inventing effects. One direction is asked
for by itself: do those respond more who answer anyway, or those who do not? For no difference on the scale of odds is
one on that of answers. Several amounts share the difference and tilt it by the root of the amount; each amount's
height is its own.
Values of which many are 0 are read in two parts: whether there is any, and how much.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from huoshui.core.uplift.rows import Features, Floats, TrialRows
from huoshui.learn.models.columns import Columns, columns_of
from huoshui.learn.models.linear import Family, LinearFit, fit_linear

ZERO_SHARE = 0.2
"""Values with at least so many zeros are read in two parts."""
OUTLIER_SHARE = 0.01
"""Sizes beyond this share at either end count as that of the end while a line is fitted."""
USERS_AT_ONCE = 1 << 15


@dataclass(frozen=True, slots=True)
class Lines:
    """The line of control and what each amount adds to it, on the scale of the link."""

    answers: bool
    tilt: Floats
    """(K,): where each amount stands among all, mean 0; all 0 for one amount."""
    axis: Floats
    """(P,): from columns to how likely an answer is anyway, of spread 1."""
    coefficients: Floats
    covariance: Floats
    penalties: Floats

    def height(self, table: Floats) -> Floats:
        """(N, K + 1): expected outcome of users with columns `table` (N, P) in each arm, control first."""
        count, amounts = table.shape[1], len(self.tilt)
        ends = [count, 2 * count + 1]
        base, alike, tilted = np.split(self.coefficients[1 + amounts :], ends)
        with_axis = np.concatenate([table, (table @ self.axis)[:, None]], axis=1)
        nothing = self.coefficients[0] + table @ base
        added = self.coefficients[1 : 1 + amounts] + (with_axis @ alike)[:, None]
        if len(tilted):
            added = added + np.outer(with_axis @ tilted, self.tilt)
        linear = np.concatenate([nothing[:, None], nothing[:, None] + added], axis=1)
        return np.asarray(expit(linear) if self.answers else linear)

    def variance(self, table: Floats, amount: int, up: Floats, down: Floats) -> Floats:
        """(N,): of up x (the amount's line) - down x (control's line)."""
        columns = _columns(table, np.full(len(table), amount + 1), self.tilt, self.axis)
        gradient = columns * up[:, None]
        own = 1 + len(self.tilt)
        gradient[:, 0] -= down
        gradient[:, own : own + table.shape[1]] -= table * down[:, None]
        return np.asarray(((gradient @ self.covariance) * gradient).sum(axis=1).clip(min=0))


@dataclass(frozen=True, slots=True)
class ArmsLearner:
    """Effects by the learner of arms; `sizes` where the outcome is read in two parts."""

    amounts_fen: tuple[int, ...]
    columns: Columns
    lines: Lines
    sizes: Lines | None
    size_low: float
    size_high: float

    def expected(self, features: Features) -> Floats:
        """(N, K + 1): the outcome expected in each arm, control first."""
        table = self.columns.of(features)
        heights = self.lines.height(table)
        return heights if self.sizes is None else heights * self._sizes(table)

    def effects(self, features: Features) -> Floats:
        """(N, K)."""
        heights = self.expected(features)
        return np.asarray(heights[:, 1:] - heights[:, :1])

    def errors(self, features: Features) -> Floats:
        """(N, K): standard errors of the effects."""
        parts = [
            self._errors(self.columns.of(features[start : start + USERS_AT_ONCE]))
            for start in range(0, len(features), USERS_AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.amounts_fen)))

    def _sizes(self, table: Floats) -> Floats:
        assert self.sizes is not None
        return np.asarray(self.sizes.height(table).clip(self.size_low, self.size_high))

    def _errors(self, table: Floats) -> Floats:
        heights = self.lines.height(table)
        slopes = heights * (1 - heights) if self.lines.answers else np.ones_like(heights)
        sizes = np.ones_like(heights) if self.sizes is None else self._sizes(table)
        errors = np.empty((len(table), len(self.amounts_fen)))
        for at in range(len(self.amounts_fen)):
            up, down = sizes * slopes, heights
            variance = self.lines.variance(table, at, up[:, at + 1], up[:, 0])
            if self.sizes is not None:
                variance = variance + self.sizes.variance(table, at, down[:, at + 1], down[:, 0])
            errors[:, at] = np.sqrt(variance)
        return errors


def fit_arms(rows: TrialRows) -> ArmsLearner:
    """From rows drawn by chance, every arm with some."""
    columns = columns_of(rows.features)
    table, arm = columns.of(rows.features), rows.arm
    amounts = rows.amounts_fen
    if rows.binary:
        lines = _lines(table, arm, amounts, rows.outcome, "answers")
        return ArmsLearner(amounts, columns, lines, None, 0.0, 0.0)
    some = rows.outcome != 0
    low, high = _ends(rows.outcome[some])
    cut = rows.outcome.clip(min(low, 0.0), max(high, 0.0))
    if some.mean() > 1 - ZERO_SHARE:
        return ArmsLearner(amounts, columns, _lines(table, arm, amounts, cut, "values"), None, 0.0, 0.0)
    lines = _lines(table, arm, amounts, some.astype(np.float64), "answers")
    sizes = _lines(table[some], arm[some], amounts, cut[some], "values", sizes=True)
    return ArmsLearner(amounts, columns, lines, sizes, low, high)


def _ends(values: Floats) -> tuple[float, float]:
    if not len(values):
        return 0.0, 0.0
    low, high = np.quantile(values, (OUTLIER_SHARE, 1 - OUTLIER_SHARE))
    return float(low), float(high)


def _lines(
    table: Floats,
    arm: npt.NDArray[np.intp],
    amounts: tuple[int, ...],
    outcome: Floats,
    family: Family,
    *,
    sizes: bool = False,
) -> Lines:
    """`sizes`: the amounts' heights are drawn to each other's nothing too, for few orders tell them."""
    root = np.sqrt(np.array(amounts, np.float64))
    tilt = (root - root.mean()) / root.std() if len(amounts) > 1 else np.zeros(len(amounts))
    count = table.shape[1]
    axis = _axis(table, outcome, family)
    wide = _columns(table, arm, tilt, axis)
    heights, base, alike, by_axis, tilted = -1, 0, 1, 2, 3
    groups = [-1] + [4 if sizes else heights] * len(amounts) + [base] * count + [alike] * count + [by_axis]
    groups += [tilted] * (count + 1 if len(amounts) > 1 else 0)
    fit: LinearFit = fit_linear(wide, outcome, np.array(groups), family=family)
    return Lines(family == "answers", tilt, axis, fit.coefficients, fit.covariance, fit.penalties)


def _axis(table: Floats, outcome: Floats, family: Family) -> Floats:
    """The direction in which an answer is ever more likely, whatever the arm."""
    columns = np.concatenate([np.ones((len(table), 1)), table], axis=1)
    groups = np.array([-1] + [0] * table.shape[1])
    direction = fit_linear(columns, outcome, groups, family=family).coefficients[1:]
    spread = float((table @ direction).std())
    return np.asarray(direction / spread) if spread > 1e-9 else np.zeros(len(direction))


def _columns(table: Floats, arm: npt.NDArray[np.intp], tilt: Floats, axis: Floats) -> Floats:
    """[1 | which amount | columns | columns and axis of the treated | those times the tilt of their amount]."""
    treated = (arm > 0)[:, None]
    which = arm[:, None] == np.arange(1, len(tilt) + 1)
    with_axis = np.concatenate([table, (table @ axis)[:, None]], axis=1)
    parts = [np.ones((len(table), 1)), which.astype(np.float64), table, with_axis * treated]
    if len(tilt) > 1:
        parts.append(with_axis * np.where(arm > 0, tilt[np.maximum(arm, 1) - 1], 0.0)[:, None])
    return np.concatenate(parts, axis=1)
