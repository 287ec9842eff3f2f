"""Predicted effects held against observed ones, by tenths and as a slope; and predictions put right by what was seen.

The slope is the best linear prediction of the row effects by the predicted ones (Chernozhukov et al. 2018): 1 where
differences between users are as large as predicted, 0 where none is there, below 1 where they are overstated.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from huoshui.base.errors import Text
from huoshui.core.costs.effects import Z_95
from huoshui.core.uplift.qini import by_amount, too_few
from huoshui.core.uplift.row_effects import Estimate, amount_shares, average_effects, error_of, row_effects
from huoshui.core.uplift.rows import Effects, Floats, Rows, TrialRows

CalibrationState = Literal[
    "as_predicted", "overstated", "understated", "not_detectable", "no_spread", "too_few"
]
DECILES = 10
SLOPE_BEFORE = Estimate(1.0, 0.5)
"""What is thought of the slope before any data: a prediction is about right, and may be half or one and a half."""

REASONS: dict[CalibrationState, Text] = {
    "as_predicted": Text(
        "用户之间的差别和预测的一样大, 在误差以内。", "Users differ as predicted, within the error."
    ),
    "overstated": Text(
        "预测夸大了用户之间的差别。", "The predicted differences between users are overstated."
    ),
    "understated": Text("实际的差别比预测的大。", "Users differ by more than was predicted."),
    "not_detectable": Text(
        "看不出预测高的用户真的更有反应: 斜率的区间包含 0。",
        "Nothing shows that users of a high prediction respond more: the slope's interval includes 0.",
    ),
    "no_spread": Text("预测对每个用户都一样。", "The prediction is the same for everybody."),
}


@dataclass(frozen=True, slots=True)
class Decile:
    """A tenth of the users by predicted effect: the mean predicted, the mean observed."""

    users: int
    predicted_est: float
    observed: Estimate


@dataclass(frozen=True, slots=True)
class EffectCalibration:
    """Observed on predicted effects: the slope (NaN where nothing can be told) and the tenths, lowest first."""

    state: CalibrationState
    reason: Text
    slope: Estimate
    deciles: tuple[Decile, ...]


def effect_calibration(
    rows: TrialRows,
    predicted_est: Floats,
    *,
    expected_est: Floats | None = None,
    part: Rows | None = None,
    groups: int = DECILES,
) -> EffectCalibration:
    """How effects predicted (N, K) without seeing these outcomes compare with what came; see `qini` for the rest."""
    untold = Estimate(float("nan"), float("nan"))
    lacking = too_few(rows)
    if lacking is not None:
        return EffectCalibration("too_few", lacking, untold, ())
    effects, shares = row_effects(rows, expected_est), amount_shares(rows)
    predicted = by_amount(predicted_est, effects.shape[1])
    centred = predicted - _means_of_parts(predicted, part)
    spread = float((centred**2 @ shares).mean())
    if spread <= 1e-12 * float((predicted**2 @ shares).mean()):
        return EffectCalibration("no_spread", REASONS["no_spread"], untold, ())
    slope = float(((centred * effects) @ shares).mean()) / spread
    left = effects - effects.mean(axis=0) - slope * centred
    found = Estimate(slope, error_of(((centred * left) @ shares) / spread, rows.unit))
    state = _state(found)
    return EffectCalibration(state, REASONS[state], found, _deciles(rows, predicted, effects, groups))


def _state(slope: Estimate) -> CalibrationState:
    if slope.low_est <= 0:
        return "not_detectable"
    if slope.high_est < 1:
        return "overstated"
    return "understated" if slope.low_est > 1 else "as_predicted"


def _means_of_parts(table: Floats, part: Rows | None) -> Floats:
    if part is None:
        return np.asarray(table.mean(axis=0))
    means = np.empty_like(table)
    for number in np.unique(part):
        own = part == number
        means[own] = table[own].mean(axis=0)
    return means


def _deciles(rows: TrialRows, predicted: Floats, effects: Floats, groups: int) -> tuple[Decile, ...]:
    shares = amount_shares(rows)
    order = predicted.argsort(axis=0, kind="stable")
    group = np.empty(order.shape, np.intp)
    np.put_along_axis(group, order, (np.arange(rows.rows) * groups // rows.rows)[:, None], axis=0)
    found = []
    for number in range(groups):
        own = group == number
        users = own.sum(axis=0)
        means = np.where(own, effects, 0.0).sum(axis=0) / users
        influence = (own * (effects - means) / users * rows.rows) @ shares
        found.append(
            Decile(
                users=round(float(users @ shares)),
                predicted_est=float((np.where(own, predicted, 0.0).sum(axis=0) / users) @ shares),
                observed=Estimate(float(means @ shares), error_of(influence, rows.unit)),
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Correction:
    """How a learner's effects are put right: each amount's mean is the observed one, differences are times the slope.

    Arrays (K,): the learner's own mean `centre_est`, the observed `average_est` and its error.
    """

    slope: Estimate
    centre_est: Floats
    average_est: Floats
    average_error_est: Floats

    def applied(self, amounts_fen: tuple[int, ...], raw_est: Floats, raw_error_est: Floats) -> Effects:
        """The effects to act on; `raw_error_est` (N, K): the learner's own standard errors, NaN where it has none."""
        apart = raw_est - self.centre_est
        effect = self.average_est + self.slope.value_est * apart
        error = np.sqrt(
            self.average_error_est**2
            + (self.slope.error_est * apart) ** 2
            + (self.slope.value_est * raw_error_est) ** 2
        )
        return Effects(amounts_fen, effect, effect - Z_95 * error, effect + Z_95 * error)


def correction(
    rows: TrialRows, raw_est: Floats, *, calibration: EffectCalibration, expected_est: Floats | None = None
) -> Correction:
    """From effects predicted (N, K) and their calibration; without a slope told, everybody gets the average."""
    averages = average_effects(rows, expected_est)
    return Correction(
        slope=_believed(calibration.slope)
        if calibration.state not in ("no_spread", "too_few")
        else Estimate(0.0, 0.0),
        centre_est=np.asarray(raw_est.mean(axis=0)),
        average_est=np.array([average.value_est for average in averages]),
        average_error_est=np.array([average.error_est for average in averages]),
    )


def average_alone(rows: TrialRows, *, expected_est: Floats | None = None) -> Correction:
    """Everybody gets the average effect of each amount."""
    averages = average_effects(rows, expected_est)
    values: list[npt.NDArray[np.float64]] = [
        np.zeros(len(averages)),
        np.array([average.value_est for average in averages]),
        np.array([average.error_est for average in averages]),
    ]
    return Correction(Estimate(0.0, 0.0), *values)


def unknown(amounts: int) -> Correction:
    """Too few rows for an average: every effect is NaN."""
    nothing = np.full(amounts, np.nan)
    return Correction(Estimate(0.0, 0.0), nothing, nothing, nothing)


def _believed(slope: Estimate) -> Estimate:
    """The slope seen, drawn to what is thought before, never below 0: what looks turned round is no difference."""
    if slope.error_est <= 0:
        return Estimate(max(0.0, slope.value_est), 0.0)
    seen, before = slope.error_est**-2, SLOPE_BEFORE.error_est**-2
    mean = (seen * slope.value_est + before * SLOPE_BEFORE.value_est) / (seen + before)
    return Estimate(max(0.0, mean), (seen + before) ** -0.5)
