"""Trees read out of scikit-learn answer as it does; arrays from elsewhere are checked before they are followed."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from huoshui.learn.models.boosted import _read_out


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(1)
    drawn = rng.normal(size=(3_000, 5)).astype(np.float32)
    drawn[rng.random(3_000) < 0.2, 2] = np.nan
    drawn[:, 3] = np.rint(drawn[:, 3])
    return drawn


@pytest.mark.parametrize("answers", [True, False])
def test_they_answer_as_the_library_does(table, answers):
    line = table[:, 0] + np.nan_to_num(table[:, 2], nan=2.0) * table[:, 3]
    made = HistGradientBoostingClassifier if answers else HistGradientBoostingRegressor
    model = made(max_iter=30, max_leaf_nodes=9, random_state=1).fit(table, line > 0 if answers else line)
    trees = _read_out(model, 5)
    unseen = np.random.default_rng(2).normal(size=(4_000, 5)).astype(np.float32)
    unseen[::7, 2] = np.nan
    unseen[:3_000:3] = table[::3]
    exact = model.decision_function(unseen) if answers else model.predict(unseen)
    assert np.allclose(trees.sums(unseen.astype(np.float64)), exact, atol=1e-10)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("left", 0, "back or outside"),
        ("right", 10_000, "back or outside"),
        ("feature", 5, "feature"),
        ("roots", 10_000, "begins"),
    ],
)
def test_an_index_that_leads_astray_is_refused(table, field, value, words):
    model = HistGradientBoostingRegressor(max_iter=3, random_state=1).fit(table, table[:, 0])
    trees = _read_out(model, 5)
    wrong = getattr(trees, field).copy()
    wrong[0] = value
    with pytest.raises(ValueError, match=words):
        replace(trees, **{field: wrong})
    with pytest.raises(ValueError, match="wanted"):
        replace(trees, value=trees.value[:-1])
    with pytest.raises(ValueError, match="columns"):
        trees.sums(np.zeros((2, 4)))
