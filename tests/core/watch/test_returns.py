"""Matured returns: by hand, by coverage, and silent where little is known."""

import numpy as np
import pytest

from huoshui.core.watch import GuardTerms, arm_sums, matured_return, maturity

TERMS = GuardTerms("c", 1.0, 3_000)


def drawn(rng, users, buyers, cost):
    value = np.where(rng.random(users) < buyers, rng.lognormal(5.5, 1.0, users), 0.0)
    return arm_sums(value, np.full(users, cost), TERMS)


def test_attributed_return_is_clipped_value_over_cost():
    value, cost = np.array([9_000.0, -5.0, 100.0] * 20), np.array([100.0, 50.0, 60.0] * 20)
    told = matured_return(arm_sums(value, cost, TERMS), None, maturity_est=1.0)
    assert told.return_est == pytest.approx(3_100 / 210)
    assert (told.state, told.basis, told.treated, told.control) == ("known", "attributed", 60, 0)
    assert told.low_est < told.return_est < told.high_est


def test_weights_are_hajek():
    value = np.array([100.0, 300.0] * 40)
    weights = np.array([1.0, 3.0] * 40)
    told = matured_return(arm_sums(value, np.full(80, 50.0), TERMS, weights=weights), None, maturity_est=1.0)
    assert told.return_est == pytest.approx((100 + 900) / 4 / 50)


def test_the_interval_of_an_incremental_return_holds_the_truth_about_95_times_in_100():
    mean = float(np.minimum(np.random.default_rng(0).lognormal(5.5, 1.0, 2_000_000), 3_000).mean())
    true = 0.1 * mean / 20
    inside = 0
    for seed in range(300):
        rng = np.random.default_rng(seed + 1)
        told = matured_return(drawn(rng, 4_000, 0.25, 20.0), drawn(rng, 1_000, 0.15, 0.0), maturity_est=1.0)
        assert told.basis == "incremental"
        inside += told.low_est <= true <= told.high_est
    assert 0.91 <= inside / 300 <= 0.985


def test_shards_add_up():
    rng = np.random.default_rng(3)
    value, cost = rng.lognormal(5, 1, 100), rng.uniform(10, 90, 100)
    whole = matured_return(arm_sums(value, cost, TERMS), None, maturity_est=1.0)
    parts = arm_sums(value[:30], cost[:30], TERMS) + arm_sums(value[30:], cost[30:], TERMS)
    assert matured_return(parts, None, maturity_est=1.0).low_est == pytest.approx(whole.low_est)


def test_nothing_is_told_of_nobody_of_the_immature_or_of_few():
    none = arm_sums(np.zeros(0), np.zeros(0), TERMS)
    assert matured_return(none, None, maturity_est=None).state == "no_data"
    assert matured_return(none, None, maturity_est=0.4).state == "immature"
    few = arm_sums(np.ones(29), np.ones(29), TERMS)
    assert matured_return(few, None, maturity_est=1.0).state == "too_few"
    many = arm_sums(np.ones(90), np.ones(90), TERMS)
    assert matured_return(many, few, maturity_est=1.0).return_est is None
    with pytest.raises(ValueError, match="missing"):
        arm_sums(np.array([np.nan]), np.ones(1), TERMS)


def test_a_cost_that_may_be_nothing_leaves_no_interval():
    cost = np.zeros(90)
    cost[0] = 1.0
    told = matured_return(arm_sums(np.ones(90), cost, TERMS), None, maturity_est=1.0)
    assert (told.low_est, told.high_est) == (None, None)


def test_maturity_is_the_mean_share_of_the_window_that_has_passed():
    assert maturity(np.array([7.0, 28.0]), np.array([30.0, 10.0]), window_days=14) == pytest.approx(0.625)
    assert maturity(np.zeros(0), np.zeros(0), window_days=14) is None


def test_where_value_follows_cost_the_return_is_known_exactly():
    cost = np.random.default_rng(5).uniform(10, 90, 200)
    told = matured_return(arm_sums(2 * cost, cost, TERMS), None, maturity_est=1.0)
    assert (told.low_est, told.high_est) == (pytest.approx(2, abs=1e-6), pytest.approx(2, abs=1e-6))
