"""The penalised line: differences that the rows do not show are drawn to nothing, others are left alone."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from huoshui.learn.models.linear import fit_linear

GROUPS = np.array([-1, 0, 0, 0, 1, 1, 1])


def drawn(seed, users, second):
    rng = np.random.default_rng(seed)
    table = np.c_[np.ones(users), rng.normal(size=(users, 6))]
    line = table @ np.array([-1.0, 0.6, -0.4, 0.3, *second])
    return table, line, rng


def test_answers_are_fitted_as_a_plain_ridge_fits_them_at_the_same_penalty():
    table, line, rng = drawn(1, 4_000, (0.2, 0.1, -0.2))
    answer = (rng.random(4_000) < expit(line)).astype(float)
    fit = fit_linear(table, answer, np.array([-1, 0, 0, 0, 0, 0, 0]), family="answers")
    peer = LogisticRegression(C=1 / fit.penalties[0], tol=1e-10, max_iter=1_000).fit(table[:, 1:], answer)
    assert np.allclose(fit.coefficients[1:], peer.coef_[0], atol=1e-3)
    assert fit.coefficients[0] == pytest.approx(peer.intercept_[0], abs=1e-3)


@pytest.mark.parametrize("family", ["answers", "values"])
def test_a_group_of_nothing_is_drawn_to_nothing_and_a_strong_one_is_not(family):
    table, line, rng = drawn(2, 3_000, (0.0, 0.0, 0.0))
    outcome = (
        (rng.random(3_000) < expit(line)).astype(float)
        if family == "answers"
        else 5 * line + rng.normal(size=3_000)
    )
    fit = fit_linear(table, outcome, GROUPS, family=family)
    assert fit.penalties[1] > 20 * fit.penalties[0]
    assert np.abs(fit.coefficients[4:]).max() < 0.2 * np.abs(fit.coefficients[1:4]).min()


@pytest.mark.parametrize("family", ["answers", "values"])
def test_its_errors_hold_the_truth_as_often_as_they_say(family):
    inside = []
    for seed in range(80):
        table, line, rng = drawn(seed, 1_500, (0.3, -0.2, 0.1))
        chance = expit(line)
        outcome = (
            (rng.random(1_500) < chance).astype(float)
            if family == "answers"
            else line + rng.normal(size=1_500)
        )
        fit = fit_linear(table, outcome, GROUPS, family=family)
        errors = np.sqrt(np.diag(fit.covariance))
        inside.append(np.abs(fit.coefficients - [-1.0, 0.6, -0.4, 0.3, 0.3, -0.2, 0.1]) < 1.96 * errors)
    assert np.mean(inside) > 0.91


def test_an_arm_without_a_single_answer_runs_off_nowhere():
    table = np.c_[np.ones(400), np.repeat([0.0, 1.0], 200), np.random.default_rng(1).normal(size=400)]
    answer = np.r_[np.random.default_rng(2).random(200) < 0.3, np.zeros(200)].astype(float)
    fit = fit_linear(table, answer, np.array([-1, -1, 0]), family="answers")
    assert np.isfinite(fit.coefficients).all()
    assert fit.coefficients[1] < -3
