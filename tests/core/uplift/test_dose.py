"""Curves of single users: the nearest of their shape, flat where they are flat, and nothing granted above."""

import numpy as np
import pytest
from drawn_trials import drawn_trial
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from huoshui.core.uplift.dose import dose_shape, fit_doses
from huoshui.core.uplift.row_effects import average_covariance, average_effects
from huoshui.core.uplift.rows import Effects, TrialRows
from huoshui.core.uplift.shapes import generators_of

AMOUNTS = (100, 200, 500, 800, 1_000, 2_000, 3_000, 5_000)
tables = st.integers(1, 8).flatmap(
    lambda k: st.tuples(
        st.just(AMOUNTS[:k]),
        arrays(np.float64, (6, k), elements=st.floats(-5, 20, allow_subnormal=False, width=32)),
    )
)


def effects(amounts, table, low=None):
    table = np.asarray(table, float)
    return Effects(amounts, table, table - 1.0 if low is None else np.asarray(low, float), table + 1.0)


@pytest.mark.parametrize("shape", ["concave", "monotone"])
@given(drawn=tables, weight=st.floats(0.5, 2))
def test_it_is_the_nearest_curve_of_the_shape(shape, drawn, weight):
    """Nearest in a cone: of the shape, no generator would bring it nearer, and none in use is too much."""
    amounts, table = drawn
    weights = weight ** np.arange(len(amounts))
    doses = fit_doses(effects(amounts, table), shape=shape, weights=weights)
    system = generators_of(amounts, shape)
    for row, fitted in zip(table, doses.effect_est, strict=True):
        left, small = weights * (row - fitted), 1e-6 * (1 + np.abs(row).max()) ** 2 * weights.max()
        assert np.linalg.solve(system, fitted).min() >= -1e-6 * (1 + np.abs(row).max())
        assert (left @ system).max() <= small
        assert abs(left @ fitted) <= small


@given(drawn=tables)
def test_a_concave_curve_rises_ever_less_and_fitting_it_again_changes_nothing(drawn):
    amounts, table = drawn
    doses = fit_doses(effects(amounts, table))
    steps = np.diff(np.c_[np.zeros(len(table)), doses.effect_est]) / np.diff((0, *amounts))
    scale = 1e-7 * (1 + np.abs(table).max())
    assert (steps >= -scale).all()
    assert (np.diff(steps, axis=1) <= scale).all()
    again = fit_doses(effects(amounts, doses.effect_est))
    assert np.allclose(again.effect_est, doses.effect_est, atol=1e-6 * (1 + np.abs(table).max()))


@given(drawn=tables)
def test_nothing_is_allowed_above_the_flat_point_and_less_would_bring_less(drawn):
    amounts, table = drawn
    doses = fit_doses(effects(amounts, table))
    most = doses.effect_est.max(axis=1).clip(min=0)
    at = np.array([0, *amounts])
    curve = np.c_[np.zeros(len(table)), doses.effect_est]
    for user, flat in enumerate(doses.flat_fen):
        here = np.searchsorted(at, flat)
        assert curve[user, here] >= most[user] * (1 - 1e-3) - 1e-12
        assert here == 0 or curve[user, here - 1] < most[user] * (1 - 1e-3) + 1e-12
    assert (doses.allowed == (np.array(amounts) <= doses.flat_fen[:, None])).all()


def test_a_curve_that_stops_rising_is_flat_from_there_on():
    doses = fit_doses(
        effects((50, 100, 150, 200, 300), [[0.37, 0.44, 0.54, 0.54, 0.53], [-1, -1, 0, -2, -1]])
    )
    assert doses.flat_fen.tolist() == [150, 0]
    assert doses.allowed.sum(axis=1).tolist() == [3, 0]


def test_an_edge_a_fen_ends_a_curve_where_more_brings_too_little():
    table = [[10.0, 16.0, 19.0, 20.0]]
    flat = [
        fit_doses(effects((100, 200, 300, 400), table), edge_est=edge).flat_fen[0]
        for edge in (0.0, 0.02, 0.05, 0.2)
    ]
    assert flat == [400, 300, 200, 0]


def test_the_least_amount_that_works_is_the_first_that_is_sure_and_never_above_the_flat_point():
    table = [[1.0, 3.0, 3.5], [1.0, 3.0, 3.5], [4.0, 3.0, 2.0]]
    low = [[-1.0, 0.5, 1.0], [-1.0, -0.5, -1.0], [-1.0, 0.5, 1.0]]
    doses = fit_doses(effects((100, 200, 300), table, low))
    assert doses.works_fen.tolist() == [200, 0, 0]


def test_a_threshold_keeps_its_step_where_the_shape_allows_it():
    table = [[0.0, 0.0, 6.0, 6.0]]
    amounts = (100, 200, 300, 400)
    assert fit_doses(effects(amounts, table), shape="monotone").effect_est.tolist() == table
    assert fit_doses(effects(amounts, table)).effect_est[0, 0] > 0.5


@pytest.mark.parametrize(
    ("height", "shape"), [((0.06, 0.10, 0.12), "concave"), ((0.0, 0.0, 0.12), "monotone")]
)
def test_the_shape_is_concave_unless_the_average_effects_speak_against_it(height, shape):
    rng = np.random.default_rng(1)
    arm = rng.integers(0, 4, 40_000)
    chance = 0.2 + np.array((0.0, *height))[arm]
    rows = TrialRows(
        ("a",), np.zeros((40_000, 1), np.float32), np.array((0, 200, 500, 1_000))[arm], np.full(40_000, 0.25),
        (rng.random(40_000) < chance).astype(float),
    )  # fmt: skip
    assert dose_shape(rows) == shape


def test_errors_of_average_effects_move_together_and_by_unit():
    trial = drawn_trial(1, 8_000, amounts=(200, 800), household=4)
    covariance = average_covariance(trial.rows)
    errors = [one.error_est for one in average_effects(trial.rows)]
    assert np.sqrt(np.diag(covariance)).tolist() == pytest.approx(errors, rel=1e-3)
    assert 0.2 < covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]) < 0.8


def test_an_effect_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="no number"):
        fit_doses(effects((100,), [[np.nan]]))
