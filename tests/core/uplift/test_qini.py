"""The Qini coefficient: definition, ties, chance, units, unequal probabilities, how often its interval holds."""

from itertools import permutations

import numpy as np
import pytest
from drawn_trials import drawn_trial, true_qini
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from huoshui.core.uplift.qini import qini, qini_curve, qini_influence
from huoshui.core.uplift.row_effects import error_of, row_effects
from huoshui.core.uplift.rows import TrialRows

ONE = np.ones(1)
columns = st.integers(2, 60).flatmap(
    lambda n: st.tuples(
        arrays(np.float64, n, elements=st.integers(-5, 5).map(float)),
        arrays(np.float64, n, elements=st.floats(-10, 10, allow_subnormal=False)),
    )
)


@given(columns)
def test_by_the_ranks_it_is_the_integral_of_the_curve(drawn):
    score, effect = drawn
    score = score + np.arange(len(score)) * 1e-4
    value, _ = qini_influence(ONE, score, effect[:, None])
    assert value == pytest.approx(true_qini(score, effect), abs=1e-9)


def test_ties_count_as_the_mean_of_all_their_orders():
    score = np.array([3.0, 1.0, 1.0, 1.0, 0.0])
    effect = np.array([2.0, -1.0, 5.0, 0.5, 1.0])
    orders = [
        true_qini(np.array([3, *(1 + 0.1 * np.array(order)), 0]), effect) for order in permutations(range(3))
    ]
    assert qini_influence(ONE, score, effect[:, None])[0] == pytest.approx(np.mean(orders), abs=1e-12)


@given(columns)
def test_turned_round_it_changes_its_sign_and_only_the_order_counts(drawn):
    score, effect = drawn
    value, moved = qini_influence(ONE, score, effect[:, None])
    assert qini_influence(ONE, -score, effect[:, None])[0] == pytest.approx(-value, abs=1e-9)
    stretched, also = qini_influence(ONE, np.exp(score), effect[:, None])
    assert stretched == pytest.approx(value, abs=1e-12)
    assert np.allclose(also, moved)
    assert abs(moved.sum()) < 1e-9 * (1 + np.abs(moved).sum())


@given(columns, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(drawn, chance):
    score, effect = drawn
    order = list(range(len(score)))
    chance.shuffle(order)
    value, moved = qini_influence(ONE, score, effect[:, None])
    again, also = qini_influence(ONE, score[order], effect[order][:, None])
    assert again == pytest.approx(value, abs=1e-9)
    assert np.allclose(also, moved[order])


@given(columns)
@settings(max_examples=50)
def test_the_influence_is_what_a_row_less_would_change(drawn):
    """Leaving rows out one at a time (jackknife) tells the same error, up to terms that vanish with the rows."""
    score, effect = (np.tile(column, 8)[:160] for column in drawn)
    value, moved = qini_influence(ONE, score, effect[:, None])
    keep = ~np.eye(len(score), dtype=bool)
    less = np.array([qini_influence(ONE, score[own], effect[own][:, None])[0] for own in keep])
    n = len(score)
    vanishing = np.abs(effect).max() / n
    assert np.allclose((n - 1) * (value - less), moved, atol=0.12 * np.abs(moved).max() + vanishing + 1e-7)


def test_a_ranking_by_chance_has_none_within_the_error():
    found = []
    for seed in range(150):
        trial = drawn_trial(seed, 800)
        score = np.random.default_rng(1_000 + seed).normal(size=800)
        found.append(qini(trial.rows, score))
    z = np.array([one.value_est / one.error_est for one in found])
    assert abs(z.mean()) < 4 / np.sqrt(len(z))
    assert 0.8 < z.std() < 1.2
    assert np.mean([one.state != "not_detectable" for one in found]) < 0.12


@pytest.mark.parametrize("uneven", [False, True])
def test_its_interval_holds_the_truth_as_often_as_it_says(uneven):
    """Unequal probabilities too: without 1/probability the uneven draw would lie."""
    truth = drawn_trial(99_999, 200_000, uneven=uneven)
    by_base_and_effect = truth.truth[:, 0] + 0.5 * truth.base
    exact = true_qini(by_base_and_effect, truth.truth[:, 0])
    inside = []
    for seed in range(200):
        trial = drawn_trial(seed, 1_000, uneven=uneven)
        found = qini(trial.rows, trial.truth[:, 0] + 0.5 * trial.base)
        inside.append(found.low_est <= exact <= found.high_est)
    assert 0.90 <= np.mean(inside) <= 0.99


def test_what_the_outcome_was_expected_to_be_makes_it_quieter_and_not_other():
    quiet, loud = [], []
    for seed in range(60):
        trial = drawn_trial(seed, 1_000)
        expected = np.stack([trial.base, trial.base + trial.truth[:, 0]], axis=1)
        quiet.append(qini(trial.rows, trial.truth, expected_est=expected))
        loud.append(qini(trial.rows, trial.truth))
    apart = np.array([one.value_est - other.value_est for one, other in zip(quiet, loud, strict=True)])
    assert abs(apart.mean()) < 4 * apart.std() / np.sqrt(len(apart))
    assert np.mean([one.error_est for one in quiet]) < np.mean([one.error_est for one in loud])


def test_users_drawn_together_are_one_unit():
    one = drawn_trial(3, 2_000)
    rows = one.rows
    twice = TrialRows(
        rows.names,
        np.repeat(rows.features, 2, axis=0),
        np.repeat(rows.amount_fen, 2),
        np.repeat(rows.probability, 2),
        np.repeat(rows.outcome, 2),
        unit=np.repeat(np.arange(2_000, dtype=np.uint64), 2),
    )
    alone, together = qini(rows, one.truth), qini(twice, np.repeat(one.truth, 2, axis=0))
    assert together.value_est == pytest.approx(alone.value_est, rel=1e-9)
    assert together.error_est == pytest.approx(alone.error_est, rel=1e-3)


def test_several_amounts_are_ranked_each_by_its_own_score():
    trial = drawn_trial(5, 20_000, amounts=(200, 500, 1_000))
    good = qini(trial.rows, trial.truth)
    mixed = trial.truth.copy()
    mixed[:, 1] = -mixed[:, 1]
    exact = np.mean([true_qini(column, column) for column in trial.truth.T])
    assert good.low_est <= exact <= good.high_est
    assert good.state == "better_than_chance"
    assert qini(trial.rows, mixed).value_est < 0.6 * good.value_est


def test_scores_of_several_models_are_ranked_within_their_part():
    trial = drawn_trial(6, 4_000)
    part = np.arange(4_000) % 4
    shifted = trial.truth + 10.0 * part[:, None]
    whole = qini(trial.rows, trial.truth, part=part)
    assert qini(trial.rows, shifted, part=part).value_est == pytest.approx(whole.value_est, rel=1e-9)
    assert qini(trial.rows, shifted).value_est < 0.5 * whole.value_est


def test_too_few_rows_are_said_to_be_too_few_and_have_no_figure():
    trial = drawn_trial(7, 4_000)
    few = trial.rows.take(np.flatnonzero(trial.rows.control)[:29].tolist() + list(range(2_000, 2_020)))
    for rows in (few, trial.rows.take(trial.rows.amount_fen > 0), trial.rows.take(trial.rows.outcome == 0)):
        found = qini(rows, np.arange(rows.rows, dtype=float))
        assert found.state == "too_few"
        assert np.isnan([found.value_est, found.low_est, found.high_est]).all()
        assert found.reason.zh
        assert found.reason.en


def test_the_curve_ends_at_the_average_effect_and_holds_the_truth():
    inside = []
    truth = drawn_trial(99_999, 200_000)
    order = np.argsort(-truth.truth[:, 0])
    at = np.linspace(0, 1, 21)
    exact = np.interp(at, np.arange(200_001) / 200_000, np.r_[0, np.cumsum(truth.truth[order, 0])] / 200_000)
    for seed in range(100):
        trial = drawn_trial(seed, 1_500)
        curve = qini_curve(trial.rows, trial.truth)
        inside.append((curve.low_est <= exact) & (exact <= curve.high_est))
        assert curve.gain_est[-1] == pytest.approx(row_effects(trial.rows).mean(), abs=1e-12)
    assert (np.mean(inside, axis=0)[1:] >= 0.88).all()


def test_an_error_needs_two_units():
    assert np.isnan(error_of(np.zeros(5), np.zeros(5, np.uint64)))
