"""A feature that tells the arm is found; sound features are not, however many and however uneven the draw."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.uplift.arms_check import uneven_features
from huoshui.core.uplift.rows import TrialRows


def rows_of(seed: int, *, leak: float = 0.0, users: int = 4_000, features: int = 30) -> TrialRows:
    """Arms drawn more often for who has much of the first feature, and the probability says so."""
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(users, features))
    chance = np.where(table[:, 0] > 0, 0.7, 0.3)
    treated = rng.random(users) < chance
    table[:, 1] += leak * treated
    table[:, 2] = 4.51
    return TrialRows(
        names=tuple(f"x{number}" for number in range(features)),
        features=table.astype(np.float32),
        amount_fen=np.where(treated, 500, 0),
        probability=np.where(treated, chance, 1 - chance),
        outcome=np.zeros(users),
    )


def test_a_feature_written_after_the_draw_is_found():
    found = uneven_features(rows_of(1, leak=0.3))
    assert [one.name for one in found] == ["x1"]
    assert found[0].errors_est > 4


def test_a_feature_that_is_the_arm_itself_is_found():
    rows = rows_of(1)
    table = rows.features.copy()
    table[:, 3] = rows.amount_fen > 0
    told = TrialRows(rows.names, table, rows.amount_fen, rows.probability, rows.outcome)
    assert [one.name for one in uneven_features(told)] == ["x3"]


def test_probabilities_of_the_draw_are_taken_out():
    rows = rows_of(2)
    assert uneven_features(rows) == ()
    blind = TrialRows(rows.names, rows.features, rows.amount_fen, np.full(rows.rows, 0.5), rows.outcome)
    assert [one.name for one in uneven_features(blind)] == ["x0"]


@given(st.integers(0, 2**31))
def test_what_is_the_same_for_everybody_differs_in_no_arm(seed):
    assert "x2" not in {one.name for one in uneven_features(rows_of(seed, users=200, features=4))}


def test_false_alarms_are_rare():
    """One in a hundred by design: of 200 sound sets at most 8."""
    assert sum(bool(uneven_features(rows_of(seed, users=800, features=20))) for seed in range(200)) <= 8


def test_an_arm_that_is_not_there_says_nothing():
    rows = rows_of(1, leak=1.0)
    assert uneven_features(rows.take(rows.control)) == ()
