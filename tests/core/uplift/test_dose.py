"""Curves of single users: the nearest of their shape, flat where they are flat, and nothing granted above."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import nnls

from huoshui.core.uplift.dose import fit_doses
from huoshui.core.uplift.rows import Effects
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
@given(drawn=tables, weight=st.floats(0.1, 10))
def test_it_is_the_nearest_curve_of_the_shape(shape, drawn, weight):
    amounts, table = drawn
    weights = weight ** np.arange(len(amounts))
    doses = fit_doses(effects(amounts, table), shape=shape, weights=weights)
    root = np.sqrt(weights / weights.max())
    system = generators_of(amounts, shape) * root[:, None]
    for row, fitted in zip(table, doses.effect_est, strict=True):
        exact = generators_of(amounts, shape) @ nnls(system, root * row)[0]
        assert np.abs(root * (fitted - exact)).max() <= 1e-6 * (1 + np.abs(row).max())


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


def test_an_effect_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="no number"):
        fit_doses(effects((100,), [[np.nan]]))
