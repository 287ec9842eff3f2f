"""Off-policy estimates are the formulas they are called by, and their intervals cover what is true."""

from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from logged_decisions import ACTIONS, drawn, true_value
from scipy.optimize import brentq
from scipy.special import ndtri, stdtrit
from scipy.stats import binom

from huoshui.core.uplift.off_policy import (
    LoggedDecisions,
    off_policy_gain,
    off_policy_return,
    off_policy_value,
)

ESTIMATORS = ("ips", "snips", "dr")
SEEDS = st.integers(0, 2**32 - 1)


def told(log, estimator, reward=None, **more):
    model = log.model if estimator == "dr" else None
    reward = log.reward if reward is None else reward
    return off_policy_value(log.decisions, reward, log.policy, estimator=estimator, model=model, **more)


@given(seed=SEEDS, n=st.integers(2, 30))
def test_estimates_are_their_formulas_in_exact_arithmetic(seed, n):
    log = drawn(np.random.default_rng(seed), n)
    weighted, weights, doubly = Fraction(0), Fraction(0), Fraction(0)
    for i in range(n):
        action = int(log.decisions.action[i])
        weight = Fraction(log.policy[i, action]) / Fraction(log.decisions.probability[i])
        reward, model = Fraction(log.reward[i]), [Fraction(q) for q in log.model[i]]
        weighted, weights = weighted + weight * reward, weights + weight
        direct = sum(Fraction(log.policy[i, k]) * model[k] for k in range(ACTIONS))
        doubly += direct + weight * (reward - model[action])
    for estimator, exact in (("ips", weighted / n), ("snips", weighted / weights), ("dr", doubly / n)):
        found = told(log, estimator)
        assert found.value_est == pytest.approx(float(exact), rel=1e-12, abs=1e-15)


@given(seed=SEEDS)
def test_no_model_however_wrong_biases_dr(seed):
    """Over every action the log might have taken, the mean of one decision's term is the true value."""
    rng = np.random.default_rng(seed)
    logging, policy = rng.dirichlet(np.ones(ACTIONS), 2)
    truth, model = rng.normal(size=ACTIONS), 100 * rng.normal(size=ACTIONS)
    tables = [np.repeat(row[None], 2, axis=0) for row in (policy, model)]
    mean = 0.0
    for action in range(ACTIONS):
        twice = LoggedDecisions(np.array([action, action]), np.repeat(logging[action], 2))
        found = off_policy_value(
            twice, np.repeat(truth[action], 2), tables[0], estimator="dr", model=tables[1]
        )
        mean += logging[action] * found.value_est
    assert mean == pytest.approx(float(policy @ truth), abs=1e-6)


@given(seed=SEEDS, constant=st.floats(-50, 50))
def test_a_constant_added_to_rewards_moves_snips_and_dr_by_just_that(seed, constant):
    log = drawn(np.random.default_rng(seed), 300)
    for estimator in ("snips", "dr"):
        first = told(log, estimator)
        model = log.model + constant if estimator == "dr" else None
        moved = off_policy_value(
            log.decisions, log.reward + constant, log.policy, estimator=estimator, model=model
        )
        assert moved.state == first.state
        for name in ("value_est", "low_est", "high_est"):
            before, after = getattr(first, name), getattr(moved, name)
            assert (before is None) == (after is None)
            assert before is None or after == pytest.approx(before + constant, abs=1e-6)


@given(seed=SEEDS, factor=st.floats(0.01, 100))
def test_intervals_scale_with_rewards_and_turn_with_their_sign(seed, factor):
    log = drawn(np.random.default_rng(seed), 400, amount=0.5)
    for estimator in ("ips", "snips"):
        first, scaled, turned = (told(log, estimator, log.reward * by) for by in (1.0, factor, -1.0))
        assert first.state == scaled.state == turned.state
        if first.low_est is not None:
            assert scaled.low_est == pytest.approx(first.low_est * factor, rel=1e-6)
            assert scaled.high_est == pytest.approx(first.high_est * factor, rel=1e-6)
            assert turned.low_est == pytest.approx(-first.high_est, rel=1e-6)
            assert first.low_est < first.value_est < first.high_est


def test_order_of_decisions_is_of_no_account_and_so_is_the_name_of_a_unit():
    log = drawn(np.random.default_rng(1), 2_000)
    unit = np.arange(2_000) // 4
    order = np.random.default_rng(2).permutation(2_000)
    one = LoggedDecisions(log.decisions.action, log.decisions.probability, unit)
    other = LoggedDecisions(
        log.decisions.action[order], log.decisions.probability[order], 7 * unit[order] + 3
    )
    first = off_policy_value(one, log.reward, log.policy, estimator="snips")
    again = off_policy_value(other, log.reward[order], log.policy[order], estimator="snips")
    for name in ("value_est", "low_est", "high_est", "error_est"):
        assert getattr(first, name) == pytest.approx(getattr(again, name), rel=1e-9)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_decision_written_four_times_is_no_more_certain_where_its_unit_is_told(estimator):
    log = drawn(np.random.default_rng(3), 1_000)
    four = np.repeat(np.arange(1_000), 4)
    model = {"model": log.model[four]} if estimator == "dr" else {}
    alone = told(log, estimator)
    as_units, as_many = (
        off_policy_value(
            LoggedDecisions(log.decisions.action[four], log.decisions.probability[four], unit),
            log.reward[four], log.policy[four], estimator=estimator, **model,
        )
        for unit in (four, None)
    )  # fmt: skip
    assert as_units.low_est == pytest.approx(alone.low_est, rel=1e-9)
    assert as_units.high_est == pytest.approx(alone.high_est, rel=1e-9)
    assert as_many.high_est - as_many.low_est < 0.6 * (alone.high_est - alone.low_est)


@pytest.mark.parametrize("shape", [{}, {"amount": 0.8}, {"rate": 0.06}], ids=["plain", "skewed", "rare"])
def test_intervals_cover_the_truth(shape):
    truth, rng, logs = true_value(**shape), np.random.default_rng(4), 160
    missed, answered = dict.fromkeys(ESTIMATORS, 0), dict.fromkeys(ESTIMATORS, 0)
    for _ in range(logs):
        log = drawn(rng, 1_200, **shape)
        for estimator in ESTIMATORS:
            found = told(log, estimator)
            if found.state == "known":
                answered[estimator] += 1
                missed[estimator] += not found.low_est <= truth <= found.high_est
    for estimator, count in missed.items():
        assert answered[estimator] > 0.95 * logs
        assert 0.01 * logs < count < 0.10 * logs, (estimator, count)


@pytest.mark.parametrize(("successes", "near"), [(12, 0.03), (30, 0.005), (300, 0.002)])
def test_of_yes_and_no_the_interval_is_that_of_a_share(successes, near):
    """Of a thousand weighted alike: the exact one that counts half of what was seen (mid-p), in shares of its width."""
    n, half = 1_000, 0.025
    reward = (np.arange(n) < successes).astype(float)
    decisions = LoggedDecisions(np.arange(n) % 2, np.full(n, 0.5))
    found = off_policy_value(decisions, reward, np.full((n, 2), 0.5), estimator="ips")
    here = partial(binom.pmf, successes, n)
    low = brentq(lambda p: binom.sf(successes, n, p) + here(p) / 2 - half, 1e-9, successes / n)
    high = brentq(lambda p: binom.cdf(successes, n, p) - here(p) / 2 - half, successes / n, 1 - 1e-9)
    assert found.low_est == pytest.approx(low, abs=near * (high - low) / 2)
    assert found.high_est == pytest.approx(high, abs=near * (high - low) / 2)


@pytest.mark.parametrize("successes", [4, 5])
def test_of_a_handful_of_rewards_the_interval_is_wider_than_that_of_equal_ones(successes):
    """Their tail is hardly seen: the end that lies in it is at least a tenth of the width beyond mid-p's."""
    n = 1_000
    reward = (np.arange(n) < successes).astype(float)
    decisions = LoggedDecisions(np.arange(n) % 2, np.full(n, 0.5))
    found = off_policy_value(decisions, reward, np.full((n, 2), 0.5), estimator="ips")
    low, high = {4: (1.272e-3, 9.620e-3), 5: (1.834e-3, 11.047e-3)}[successes]
    assert found.low_est < low
    assert found.high_est > high + 0.1 * (high - low)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_of_normal_rewards_it_is_students(level):
    """Rewards at the quantiles of a normal law: no skewness, next to no kurtosis, every weight 1."""
    n = 40
    reward = ndtri((np.arange(n) + 0.5) / n)
    decisions = LoggedDecisions(np.arange(n) % 2, np.full(n, 0.5), np.arange(n))
    found = off_policy_value(decisions, reward, np.full((n, 2), 0.5), estimator="ips", level=level)
    wide = -stdtrit(n - 1, (1 - level) / 2) * reward.std(ddof=1) / np.sqrt(n)
    assert found.high_est == pytest.approx(wide, rel=0.002)
    assert found.low_est == pytest.approx(-wide, rel=0.002)


def test_a_good_model_narrows_dr():
    log = drawn(np.random.default_rng(5), 4_000, rate=0.9)
    good = off_policy_value(log.decisions, log.reward, log.policy, estimator="dr", model=log.truth)
    assert good.error_est < 0.95 * told(log, "ips").error_est


def test_what_was_done_is_the_mean_of_what_came_of_it():
    log = drawn(np.random.default_rng(6), 3_000)
    same = off_policy_value(log.decisions, log.reward, log.logging, estimator="ips")
    assert same.value_est == pytest.approx(log.reward.mean())
    assert same.overlap.effective_est == pytest.approx(3_000)
    assert same.overlap.mean_weight_est == pytest.approx(1)
    assert same.overlap.mean_weight_low <= 1 <= same.overlap.mean_weight_high


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_gain_over_what_was_done_is_the_difference_with_the_interval_of_the_difference(estimator):
    log = drawn(np.random.default_rng(7), 4_000, spread=1.5)
    model = log.model if estimator == "dr" else None
    own = told(log, estimator)
    gain = off_policy_gain(log.decisions, log.reward, log.policy, estimator=estimator, model=model)
    assert gain.value_est == pytest.approx(own.value_est - log.reward.mean())
    done = log.reward.std() / np.sqrt(len(log.reward))
    assert gain.error_est < np.hypot(own.error_est, done)
    against = off_policy_gain(
        log.decisions, log.reward, log.policy, against=log.logging, estimator=estimator, model=model
    )
    assert against.value_est == pytest.approx(gain.value_est, abs=0.02)
    same = off_policy_gain(
        log.decisions, log.reward, log.policy, against=log.policy, estimator=estimator, model=model
    )
    assert (same.state, same.low_est, same.value_est, same.high_est) == ("known", 0.0, 0.0, 0.0)


def costed(rng, n, *, base=200.0):
    """Amounts 0, 5, 10 yuan in fen; value rises less and less; cost is the amount where an order follows."""
    logging, amounts = np.array([0.4, 0.3, 0.3]), np.array([0, 500, 1_000])
    chance, worth = np.array([0.10, 0.22, 0.26]), 4_000
    action = rng.choice(3, n, p=logging)
    bought = rng.random(n) < chance[action]
    reward, cost = bought * worth + base, bought * amounts[action]
    policy = np.repeat(np.array([[0.0, 1.0, 0.0]]), n, axis=0)
    nothing = np.repeat(np.array([[1.0, 0.0, 0.0]]), n, axis=0)
    truth = (chance[1] - chance[0]) * worth / (chance[1] * amounts[1])
    return LoggedDecisions(action, logging[action]), reward, cost.astype(float), policy, nothing, truth


def test_return_beyond_nothing_is_value_over_cost_and_its_interval_covers():
    rng, missed, logs = np.random.default_rng(8), 0, 120
    for _ in range(logs):
        decisions, reward, cost, policy, nothing, truth = costed(rng, 2_000)
        found = off_policy_return(decisions, reward, cost, policy, against=nothing)
        assert found.return_est == pytest.approx(found.value_est / found.cost_est)
        assert found.state == "known"
        missed += not found.low_est <= truth <= found.high_est
    assert 0.01 * logs < missed < 0.10 * logs


def test_return_takes_out_what_would_have_come_anyway():
    decisions, reward, cost, policy, nothing, truth = costed(np.random.default_rng(9), 40_000)
    beyond = off_policy_return(decisions, reward, cost, policy, against=nothing)
    everything = off_policy_return(decisions, reward, cost, policy)
    assert beyond.return_est == pytest.approx(truth, rel=0.1)
    assert everything.return_est > 2 * beyond.return_est
    assert everything.value_est - beyond.value_est == pytest.approx(reward[decisions.action == 0].mean())
