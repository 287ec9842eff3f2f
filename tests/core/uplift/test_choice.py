"""Which learner is taken, and whether users differ at all: with scores whose worth is known."""

import numpy as np
import pytest
from drawn_trials import drawn_trial

from huoshui.core.costs.effects import Z_95
from huoshui.core.uplift.choice import COUNTED_TWICE, choose, folds_of


def asked(trial, scores, *, seed=0, choosable=None):
    fold = folds_of(trial.rows, 5, seed=seed)
    return choose(trial.rows, fold=fold, apart=scores, choosable=choosable or tuple(scores))


def noise(trial, seed):
    return np.random.default_rng(seed).normal(size=trial.truth.shape)


def test_the_best_is_taken_and_the_others_stand_beside_it():
    trial = drawn_trial(1, 8_000)
    scores = {"bad": noise(trial, 1), "good": trial.truth, "beside": trial.truth * 2}
    found = asked(trial, scores, choosable=("bad", "good"))
    assert (found.state, found.chosen) == ("users_differ", "good")
    behind = {one.name: one.behind for one in found.candidates}
    assert behind["good"].value_est == 0.0
    assert behind["bad"].low_est > 0
    assert [one.name for one in found.candidates if not one.choosable] == ["beside"]


def test_of_two_that_are_alike_the_simpler_is_taken_whoever_is_ahead_by_chance():
    ahead = set()
    for seed in range(12):
        trial = drawn_trial(seed, 4_000)
        scores = {
            name: trial.truth + 0.02 * noise(trial, seed + at) for at, name in enumerate(("simple", "other"))
        }
        found = asked(trial, scores)
        behind = {one.name: one.behind for one in found.candidates}["simple"]
        ahead.add(behind.value_est > 0)
        assert (found.chosen == "simple") == (behind.value_est <= behind.error_est)
    assert ahead == {True, False}


def test_without_differences_they_are_hardly_ever_found_however_many_learners_try():
    """The best of five rankings by chance: its own interval would lie above 0 far too often."""
    found, naive = [], []
    for seed in range(200):
        trial = drawn_trial(seed, 800, apart=0.0)
        scores = {f"chance {number}": noise(trial, 7 * seed + number) for number in range(5)}
        choice = asked(trial, scores, seed=seed)
        found.append(choice.state == "users_differ")
        naive.append(
            max(one.qini.value_est / one.qini.error_est for one in choice.candidates) * COUNTED_TWICE > Z_95
        )
    assert np.mean(found) < 0.05
    assert np.mean(naive) > 0.07


def test_no_detectable_average_never_means_stop():
    trial = drawn_trial(3, 6_000, mean=0.0, apart=0.09)
    found = asked(trial, {"good": trial.truth})
    (average,) = found.averages
    assert average.state == "not_detectable"
    assert "never means stop" in average.reason.en
    assert found.state == "users_differ"


def test_too_few_rows_leave_everything_untold():
    trial = drawn_trial(4, 40)
    found = asked(trial, {"good": trial.truth})
    assert (found.state, found.chosen, found.candidates, found.averages) == ("too_few", None, (), ())
    assert np.isnan(found.deciding.value_est)


def test_averages_are_told_by_amount():
    trial = drawn_trial(5, 30_000, amounts=(200, 800))
    for average, exact in zip(
        asked(trial, {"good": trial.truth}).averages, trial.truth.mean(axis=0), strict=True
    ):
        assert average.effect.low_est <= exact <= average.effect.high_est
        assert average.state == "above_nothing"


@pytest.mark.parametrize("household", [1, 4])
def test_folds_are_even_within_arms_and_keep_units_together(household):
    trial = drawn_trial(6, 4_000, amounts=(200, 800), household=household)
    fold = folds_of(trial.rows, 5, seed=1)
    for arm in range(3):
        counts = np.bincount(fold[trial.rows.arm == arm], minlength=5)
        assert np.ptp(counts) <= household
    if household > 1:
        assert (fold.reshape(-1, household) == fold.reshape(-1, household)[:, :1]).all()
    assert (fold == folds_of(trial.rows, 5, seed=1)).all()
    assert (fold != folds_of(trial.rows, 5, seed=2)).any()


def test_an_amount_that_few_got_may_be_missing_from_a_fold():
    trial = drawn_trial(7, 3_000, amounts=(200, 800))
    few = np.flatnonzero(trial.rows.arm == 2)[3:]
    rows = trial.rows.take(np.setdiff1d(np.arange(3_000), few))
    truth = np.delete(trial.truth, few, axis=0)
    fold = folds_of(rows, 5, seed=0)
    found = choose(rows, fold=fold, apart={"good": truth}, choosable=("good",))
    assert np.isfinite(found.deciding.value_est)
