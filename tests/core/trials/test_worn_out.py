"""A campaign that wears out is found, with the week it began; one that pays, or never did, is not called worn out."""

import numpy as np
import pytest

from huoshui.core.trials.sums import Sums, sums_of
from huoshui.core.trials.worn_out import Arms, worn_out

COST = 250.0


def weeks(effects: list[float], *, seed: int, users: int = 400, noise: float = 1_500.0) -> list[Arms]:
    """Weeks of 70/30 arms whose treated bring `effects` more and cost COST."""
    rng = np.random.default_rng(seed)

    def arm(count: int, mean: float) -> Sums:
        before = rng.normal(0, noise, count)
        value = 5_000 + 0.5 * before + rng.normal(mean, noise, count)
        return sums_of(np.rint(value).astype(np.int64), before=np.rint(before).astype(np.int64))

    return [(arm(users, effect - COST), arm(users * 3 // 7, 0.0)) for effect in effects]


@pytest.mark.parametrize("seed", range(5))
def test_wear_is_found_with_its_week(seed):
    found = worn_out(weeks([600.0] * 4 + [0.0] * 14, seed=seed), cost_est=COST)
    assert found is not None
    assert 3 <= found.since <= 6
    assert found.since < found.seen
    assert found.value_est < 0 < found.before_est


@pytest.mark.parametrize("effect", [COST, 600.0])
def test_what_pays_is_seldom_called_worn_out(effect):
    found = [worn_out(weeks([effect] * 16, seed=100 + seed), cost_est=COST) for seed in range(60)]
    # Of campaigns exactly at the line one in twenty, of those above it none.
    assert sum(one is not None for one in found) <= (6 if effect == COST else 0)


def test_what_never_paid_is_not_worn_out():
    assert worn_out(weeks([0.0] * 16, seed=1), cost_est=COST) is None


def test_what_pays_again_is_not_worn_out():
    told = weeks([600.0] * 4 + [0.0] * 10 + [1_500.0] * 12, seed=2)
    assert worn_out(told[:14], cost_est=COST) is not None
    assert worn_out(told, cost_est=COST) is None


def test_weeks_with_too_few_users_say_nothing():
    assert worn_out(weeks([600.0] * 4 + [-900.0] * 30, seed=3, users=28), cost_est=COST) is None
    assert worn_out([], cost_est=COST) is None
    assert worn_out(weeks([600.0] * 4 + [0.0] * 14, seed=0), cost_est=0.0) is None
