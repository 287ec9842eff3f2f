"""What treating the first of a ranking is worth, where the truth is known."""

import numpy as np
import pytest
from drawn_trials import drawn_trial

from huoshui.core.uplift.policy_value import policy_value, value_of_choice
from huoshui.core.uplift.qini import gain_at


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_its_intervals_hold_the_truth_as_often_as_they_say(share):
    many = drawn_trial(99_999, 200_000).truth[:, 0]
    gain = float(np.where(many > np.quantile(many, 1 - share), many, 0.0).mean())
    inside = []
    for seed in range(200):
        trial = drawn_trial(seed, 1_200)
        found = policy_value(trial.rows, trial.truth, share)
        beyond = gain - share * many.mean()
        inside.append(
            (
                found.per_user.low_est <= gain <= found.per_user.high_est,
                found.over_average.low_est <= beyond <= found.over_average.high_est,
            )
        )
        assert found.per_treated.value_est == pytest.approx(found.per_user.value_est / share)
    assert (np.mean(inside, axis=0) >= 0.90).all()
    assert (np.mean(inside, axis=0) <= 0.995).all()


def test_treating_everybody_is_the_average_and_beats_it_by_nothing():
    trial = drawn_trial(1, 2_000)
    found = policy_value(trial.rows, trial.truth, 1.0)
    assert found.over_average.value_est == pytest.approx(0.0, abs=1e-12)
    assert found.over_average.error_est == pytest.approx(0.0, abs=1e-12)


def test_a_score_that_is_the_same_for_all_brings_the_average():
    trial = drawn_trial(2, 2_000)
    found = policy_value(trial.rows, np.zeros(2_000), 0.3)
    assert found.over_average.value_est == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1])
def test_a_share_outside_of_0_to_1_is_refused(share):
    trial = drawn_trial(3, 200)
    with pytest.raises(ValueError, match="share"):
        policy_value(trial.rows, trial.truth, share)


def test_a_choice_of_levels_is_worth_what_its_levels_bring():
    trial = drawn_trial(4, 60_000, amounts=(200, 800))
    choice = np.where(trial.truth[:, 0] > 0.08, 1, np.where(trial.truth[:, 1] > 0.08, 2, 0))
    exact = np.take_along_axis(np.c_[np.zeros(60_000), trial.truth], choice[:, None], axis=1).mean()
    found = value_of_choice(trial.rows, choice)
    assert found.low_est <= exact <= found.high_est
    nothing = value_of_choice(trial.rows, np.zeros(60_000, np.intp))
    assert nothing.value_est == 0.0


def test_the_threshold_is_an_estimate_too():
    """Leaving rows out one at a time (jackknife) tells the same influence: also that a row moves the threshold."""
    rng = np.random.default_rng(1)
    trial = drawn_trial(1, 400)
    score, effect = rng.permutation(400).astype(float), 5 + 0.1 * rng.normal(size=(400, 1))
    value, moved = gain_at(trial.rows, score, effect, 0.3)
    less = np.array(
        [gain_at(trial.rows.take(own), score[own], effect[own], 0.3)[0] for own in ~np.eye(400, dtype=bool)]
    )
    assert np.allclose(399 * (value - less), moved, atol=0.2)
