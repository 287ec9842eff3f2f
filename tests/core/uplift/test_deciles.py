"""Predicted effects beside observed ones: the slope, the tenths, and effects put right by them."""

import numpy as np
import pytest
from drawn_trials import drawn_trial

from huoshui.core.uplift.deciles import average_alone, correction, effect_calibration

MANY = drawn_trial(1, 60_000)


@pytest.mark.parametrize(
    ("times", "state"),
    [(1.0, "as_predicted"), (3.0, "overstated"), (0.25, "understated"), (-1.0, "not_detectable")],
)
def test_the_slope_tells_by_how_much_differences_are_overstated(times, state):
    found = effect_calibration(MANY.rows, times * MANY.truth)
    assert found.state == state
    assert found.slope.low_est <= 1 / times <= found.slope.high_est


def test_the_slopes_interval_holds_the_truth_as_often_as_it_says():
    inside = []
    for seed in range(150):
        trial = drawn_trial(seed, 1_500, household=3)
        slope = effect_calibration(trial.rows, 2 * trial.truth).slope
        inside.append(slope.low_est <= 0.5 <= slope.high_est)
    assert 0.89 <= np.mean(inside) <= 0.99


def test_tenths_hold_all_users_and_show_what_was_predicted():
    found = effect_calibration(MANY.rows, MANY.truth)
    assert sum(one.users for one in found.deciles) == 60_000
    predicted = [one.predicted_est for one in found.deciles]
    assert predicted == sorted(predicted)
    inside = [one.observed.low_est <= one.predicted_est <= one.observed.high_est for one in found.deciles]
    assert sum(inside) >= 8


def test_the_same_prediction_for_all_has_no_slope():
    found = effect_calibration(MANY.rows, np.full((60_000, 1), 0.08))
    assert found.state == "no_spread"
    assert np.isnan(found.slope.value_est)


def test_too_few_rows_tell_nothing():
    few = MANY.rows.take(np.arange(20))
    found = effect_calibration(few, np.zeros((20, 1)))
    assert found.state == "too_few"
    assert np.isnan(found.slope.value_est)


def test_what_was_overstated_is_scaled_to_what_was_seen():
    raw = 3 * MANY.truth + 1.0
    calibration = effect_calibration(MANY.rows, raw)
    put_right = correction(MANY.rows, raw, calibration=calibration)
    effects = put_right.applied((500,), raw, np.full(raw.shape, 0.01))
    wrong = np.sqrt(((effects.effect_est - MANY.truth) ** 2).mean())
    assert wrong < 0.015
    inside = (effects.low_est <= MANY.truth) & (MANY.truth <= effects.high_est)
    assert inside.mean() > 0.8


def test_what_looks_turned_round_is_taken_for_no_difference():
    raw = -MANY.truth
    calibration = effect_calibration(MANY.rows, raw)
    effects = correction(MANY.rows, raw, calibration=calibration).applied((500,), raw, np.zeros(raw.shape))
    assert np.ptp(effects.effect_est) == 0.0


def test_the_average_alone_is_the_same_for_everybody_and_has_its_interval():
    trial = drawn_trial(2, 8_000, amounts=(200, 800))
    effects = average_alone(trial.rows).applied((200, 800), np.zeros((5, 2)), np.zeros((5, 2)))
    assert np.ptp(effects.effect_est, axis=0).tolist() == [0.0, 0.0]
    assert (effects.low_est[0] <= trial.truth.mean(axis=0)).all()
    assert (trial.truth.mean(axis=0) <= effects.high_est[0]).all()
