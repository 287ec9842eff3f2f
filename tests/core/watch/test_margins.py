"""The guardrail: harm, purchases pulled forward, gains that stay; and silence without a holdout or enough users."""

import numpy as np
import pytest

from huoshui.core.watch import HorizonSums, guardrail, horizon_sums


def horizon(days, seed, *, window_gain, after_gain, users=6_000, control=2_000):
    """Users buy in the window and after it; the treated gain so many fen in each."""
    rng = np.random.default_rng(seed)
    treated = np.arange(users + control) < users
    base = rng.poisson(0.4, len(treated)) * 1_000
    within = rng.poisson(0.2, len(treated)) * 1_000 + window_gain * treated
    after = rng.poisson(0.5, len(treated)) * 1_000 + after_gain * treated
    whole = (within + after).astype(np.int64)
    return horizon_sums(days, whole, within.astype(np.int64), treated, before_fen=base.astype(np.int64))


@pytest.mark.parametrize(
    ("window_gain", "after_gain", "state"),
    [(300, 0, "holds"), (300, -300, "pulled_forward"), (100, -400, "harm"), (0, 0, "unclear")],
)
def test_the_longest_horizon_decides(window_gain, after_gain, state):
    rail = guardrail(
        [
            horizon(30, 1, window_gain=300, after_gain=0),
            horizon(90, 2, window_gain=window_gain, after_gain=after_gain),
        ]
    )
    assert (rail.state, rail.days) == (state, 90)
    numbers = dict(rail.numbers)
    assert numbers["days"] == 90
    assert numbers["whole_low_est"] < window_gain + after_gain < numbers["whole_high_est"]
    assert numbers["after_low_est"] < after_gain < numbers["after_high_est"]


def test_a_horizon_with_too_few_buyers_does_not_decide():
    few = horizon(90, 3, window_gain=0, after_gain=-900, users=80, control=40)
    rail = guardrail([horizon(30, 1, window_gain=300, after_gain=0), few])
    assert (rail.state, rail.days) == ("holds", 30)
    assert guardrail([few]).state == "immature"
    assert guardrail([]).state == "immature"


def test_without_a_holdout_nothing_is_known():
    alone = horizon(30, 1, window_gain=300, after_gain=0, control=0)
    rail = guardrail([alone])
    assert (rail.state, rail.gaps[0].state) == ("unknown", "no_control")


def test_parts_add_up_exactly():
    one, other = (horizon(30, seed, window_gain=0, after_gain=0) for seed in (4, 5))
    assert (one + other).whole_treated == other.whole_treated + one.whole_treated
    assert (one + other).after_control.units == 4_000
    with pytest.raises(ValueError, match="different length"):
        one + HorizonSums(90)


def test_looked_at_every_day_a_campaign_without_effect_rarely_sounds():
    sounded = 0
    for seed in range(30):
        sums = HorizonSums(30)
        states = set()
        for look in range(15):
            sums += horizon(30, 1_000 * seed + look, window_gain=0, after_gain=0, users=300, control=100)
            states.add(guardrail([sums]).state)
        sounded += bool(states & {"harm", "pulled_forward"})
    assert sounded <= 3
