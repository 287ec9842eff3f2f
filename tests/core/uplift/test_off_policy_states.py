"""What a log cannot tell is said as a state, with its evidence, never as a number that looks like one."""

import numpy as np
import pytest
from logged_decisions import drawn

from huoshui.core.uplift.off_policy import (
    LoggedDecisions,
    off_policy_gain,
    off_policy_return,
    off_policy_value,
    overlap_of,
)

N = 2_000


def fixed(action, n=N, actions=3):
    """A policy that always does `action`."""
    return np.eye(actions)[np.full(n, action)]


def logged(shares, *, seed=1, n=N, noted=None):
    """Actions drawn by `shares`, noted with `noted` or with what they were drawn by; rewards of mean 2 + action."""
    rng = np.random.default_rng(seed)
    action = rng.choice(len(shares), n, p=shares)
    noted = np.asarray(shares if noted is None else noted)
    return LoggedDecisions(action, noted[action]), 2.0 + action + rng.normal(size=n)


def without_interval(found):
    return found.low_est is None and found.high_est is None and found.error_est is None


def test_nothing_logged_nothing_said():
    empty = LoggedDecisions(np.empty(0, np.int64), np.empty(0))
    one_user = LoggedDecisions(np.zeros(50, np.int64), np.full(50, 0.5), np.zeros(50, np.int64))
    for decisions, policy in ((empty, np.empty((0, 3))), (one_user, fixed(0, 50))):
        found = off_policy_value(decisions, np.ones(len(decisions)), policy)
        assert (found.state, found.value_est) == ("no_decisions", None)
        assert off_policy_gain(decisions, np.ones(len(decisions)), policy).state == "no_decisions"
        assert off_policy_return(decisions, *[np.ones(len(decisions))] * 2, policy).state == "no_decisions"


@pytest.mark.parametrize("estimator", ["ips", "snips", "dr"])
def test_a_policy_that_was_never_tried_has_no_value_whatever_the_model_says(estimator):
    decisions, reward = logged([0.5, 0.5, 0.0])
    model = np.full((N, 3), 9.0) if estimator == "dr" else None
    found = off_policy_value(decisions, reward, fixed(2), estimator=estimator, model=model)
    assert (found.state, found.value_est, found.overlap.matched) == ("no_overlap", None, 0)
    assert without_interval(found)


def test_few_effective_decisions_give_a_figure_without_an_interval():
    decisions, reward = logged([0.495, 0.495, 0.01])
    found = off_policy_value(decisions, reward, fixed(2))
    assert found.overlap.effective_est == pytest.approx(found.overlap.matched)
    assert found.overlap.matched < 30
    assert found.state == "too_few_overlapping"
    assert found.value_est is not None
    assert without_interval(found)


def test_decisions_of_few_users_are_few():
    decisions, reward = logged([0.4, 0.3, 0.3])
    of_twenty = LoggedDecisions(decisions.action, decisions.probability, np.arange(N) % 20)
    assert off_policy_value(decisions, reward, fixed(2)).state == "known"
    assert off_policy_value(of_twenty, reward, fixed(2)).state == "too_few_overlapping"


@pytest.mark.parametrize("successes", [0, 1, 2, 30])
def test_a_handful_of_rewards_carries_no_interval(successes):
    decisions, _ = logged([0.4, 0.3, 0.3])
    reward = np.zeros(N)
    reward[np.flatnonzero(decisions.action == 2)[:successes]] = 1.0
    found = off_policy_value(decisions, reward, fixed(2))
    assert found.state == ("known" if successes == 30 else "few_carry_it")
    assert without_interval(found) == (successes != 30)


def test_one_huge_amount_carries_no_interval():
    decisions, reward = logged([0.4, 0.3, 0.3])
    reward[np.flatnonzero(decisions.action == 2)[0]] = 1e5
    assert off_policy_value(decisions, reward, fixed(2)).state == "few_carry_it"


def test_large_weights_that_were_seen_once_or_twice_carry_nothing():
    """A log that nearly always does the same: what it did in the rest hangs on a few decisions of weight 200."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        agree = rng.random(N) < 0.85
        rare = rng.random(N) < 0.005
        action = np.where(rare, np.where(agree, 1, 0), np.where(agree, 0, 1))
        decisions = LoggedDecisions(action, np.where(rare, 0.005, 0.995))
        policy = np.where(agree[:, None], [[1.0, 0.0]], [[1.0, 0.0]])
        found = off_policy_value(decisions, agree * 1.0, policy, estimator="ips")
        assert found.state in ("few_carry_it", "too_few_overlapping", "unsupported")
        assert without_interval(found)


def test_a_log_that_did_nearly_the_same_is_not_refused():
    decisions, reward = logged([0.998, 0.002])
    found = off_policy_value(decisions, reward, fixed(0, actions=2))
    assert 0 < (decisions.action == 1).sum() < 9
    assert found.state == "known"


@pytest.mark.parametrize(("n", "state"), [(200, "known"), (5_000, "unsupported")])
def test_what_few_decisions_happened_to_miss_is_not_called_untried(n, state):
    """The policy does in 3 of 100 what the log does in one of 1,000: none among 200 is chance."""
    decisions = LoggedDecisions(np.zeros(n, np.int64), np.full(n, 0.999))
    reward = np.random.default_rng(1).normal(size=n)
    assert off_policy_value(decisions, reward, np.tile([0.97, 0.03], (n, 1))).state == state


def test_probabilities_that_cannot_be_are_told():
    decisions, reward = logged([0.2, 0.2, 0.6], noted=[0.35, 0.35, 0.3])
    found = off_policy_value(decisions, reward, fixed(2))
    assert (found.state, found.value_est) == ("wrong_probabilities", None)
    assert found.overlap.mean_weight_low > 1


def test_true_probabilities_are_hardly_ever_told_to_be_wrong():
    states = [
        off_policy_value(log.decisions, log.reward, log.policy).state
        for log in (drawn(np.random.default_rng(seed), 400, spread=1.5) for seed in range(300))
    ]
    assert sum(state in ("wrong_probabilities", "unsupported") for state in states) <= 2


@pytest.mark.parametrize(
    ("estimator", "state"), [("ips", "unsupported"), ("snips", "unsupported"), ("dr", "leans_on_model")]
)
def test_what_the_log_never_tried_is_told(estimator, state):
    decisions, reward = logged([0.5, 0.5, 0.0])
    policy = np.tile([0.4, 0.3, 0.3], (N, 1))
    model = np.tile([2.0, 3.0, 4.0], (N, 1)) if estimator == "dr" else None
    found = off_policy_value(decisions, reward, policy, estimator=estimator, model=model)
    assert found.state == state
    assert found.overlap.mean_weight_high < 1
    assert found.overlap.mean_weight_est == pytest.approx(0.7, abs=0.02)
    assert without_interval(found) == (state == "unsupported")


def test_weights_left_to_the_model_are_told_with_their_share():
    decisions, reward = logged([0.48, 0.48, 0.04])
    policy, model = np.tile([0.4, 0.4, 0.2], (N, 1)), np.tile([2.0, 3.0, 4.0], (N, 1))
    every = off_policy_value(decisions, reward, policy, estimator="dr", model=model)
    some = off_policy_value(decisions, reward, policy, estimator="dr", model=model, weight_max=2.0)
    assert (every.state, every.model_share_est) == ("known", 0.0)
    assert some.state == "leans_on_model"
    assert some.model_share_est == pytest.approx(0.2, abs=0.05)
    assert some.error_est < every.error_est


def test_a_return_without_a_cost_is_no_number():
    decisions, reward = logged([0.4, 0.3, 0.3])
    free, noise = np.zeros(N), np.random.default_rng(3).normal(size=N)
    for cost in (free, noise):
        found = off_policy_return(decisions, reward, cost, fixed(2), against=fixed(0))
        assert (found.state, found.return_est, found.low_est) == ("no_cost", None, None)
        assert found.value_est == pytest.approx(2, abs=0.3)


def test_overlap_is_that_of_the_worse_of_two():
    decisions, reward = logged([0.9, 0.095, 0.005])
    assert off_policy_gain(decisions, reward, fixed(1)).state == "known"
    found = off_policy_gain(decisions, reward, fixed(1), against=fixed(2))
    assert found.state == "too_few_overlapping"
    assert found.overlap == overlap_of(decisions, fixed(2))


@pytest.mark.parametrize(
    "change",
    [
        {"policy": np.full((N, 3), 0.4)},
        {"policy": fixed(0)[:-1]},
        {"policy": fixed(0)[:, :2] * 0 + 0.5},
        {"reward": np.full(N, np.nan)},
        {"reward": np.ones(N - 1)},
        {"estimator": "dr"},
        {"estimator": "snips", "model": np.ones((N, 3))},
        {"estimator": "ips", "weight_max": 5.0},
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(change):
    decisions, reward = logged([0.4, 0.3, 0.3])
    asked = {"reward": reward, "policy": fixed(0)} | change
    with pytest.raises(ValueError):
        off_policy_value(decisions, **asked)


@pytest.mark.parametrize("probability", [0.0, -0.1, 1.1, np.nan])
def test_a_probability_logged_is_one(probability):
    with pytest.raises(ValueError):
        LoggedDecisions(np.zeros(2, np.int64), np.array([0.5, probability]))
