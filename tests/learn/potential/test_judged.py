"""AUC, its error and calibration, against what they are defined as."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huoshui.learn.potential.judged import auc_of, chances, fit_odds, judged

SCORES = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40)


@given(rows=SCORES)
def test_auc_is_the_share_of_pairs_in_order_ties_half(rows):
    score, label = (np.array(column, float) for column in zip(*rows, strict=True))
    ones, noughts = score[label == 1], score[label == 0]
    if not len(ones) or not len(noughts):
        with pytest.raises(ValueError):
            auc_of(score, label.astype(int))
        return
    pairs = [(one > other) + (one == other) / 2 for one in ones for other in noughts]
    area, moves = auc_of(score, label.astype(int))
    assert area == pytest.approx(np.mean(pairs))
    assert moves.sum() == pytest.approx(0, abs=1e-9)


def test_intervals_hold_where_rows_of_a_user_hang_together():
    """Ten rows a user, alike: the interval of the AUC covers, and is far wider than of rows as draws."""
    rng, missed, runs = np.random.default_rng(1), 0, 200
    for _ in range(runs):
        keen, cold = rng.normal(size=(2, 80))
        users = np.repeat(np.arange(80), 10)
        label = (rng.random(800) < chances(1.5 * cold[users])).astype(int)
        score = keen[users]
        found = judged(chances(score), label, users, silence=rng.normal(size=800), base_rate=0.5)
        missed += not found.auc.low <= 0.5 <= found.auc.high
        by_row = judged(chances(score), label, np.arange(800), silence=score, base_rate=0.5)
    assert 0.01 * runs < missed < 0.11 * runs
    assert found.auc.high - found.auc.low > 1.5 * (by_row.auc.high - by_row.auc.low)


def test_chances_twice_too_bold_have_a_slope_of_a_half():
    rng = np.random.default_rng(2)
    odds = rng.normal(size=20_000)
    label = (rng.random(20_000) < chances(odds)).astype(int)
    users = np.arange(20_000)
    for bold, shift in ((1.0, 0.0), (2.0, 0.5)):
        found = judged(chances(bold * odds + shift), label, users, silence=odds, base_rate=0.5)
        assert found.slope.value == pytest.approx(1 / bold, abs=0.04)
        assert found.intercept.value == pytest.approx(-shift / bold, abs=0.04)


def test_a_logistic_fit_is_where_its_slope_is_nothing():
    rng = np.random.default_rng(3)
    columns = np.column_stack([np.ones(3_000), rng.normal(size=(3_000, 4))])
    truth = np.array([-1.0, 0.8, 0.0, -0.5, 2.0])
    label = (rng.random(3_000) < chances(columns @ truth)).astype(int)
    found = fit_odds(columns, label, ridge=5.0)
    penalty = np.array([0.0, 5, 5, 5, 5])
    slope = columns.T @ (chances(columns @ found) - label) + penalty * found
    assert np.abs(slope).max() < 1e-3
    np.testing.assert_allclose(found, truth, atol=0.25)


def test_labels_that_one_column_parts_cleanly_are_still_fitted():
    columns = np.column_stack([np.ones(100), np.linspace(-1, 1, 100)])
    found = fit_odds(columns, (columns[:, 1] > 0).astype(int), ridge=1.0)
    assert np.isfinite(found).all()
    assert found[1] > 2
