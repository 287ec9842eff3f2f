"""The return of an arm: by hand without anything known before, its sums exact, its interval that of the boundary."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huoshui.core.trials.difference import difference
from huoshui.core.trials.returns import STEPS, ReturnSums, return_between, return_sums_of
from huoshui.core.trials.sums import sums_of

AMOUNTS = st.lists(st.tuples(st.integers(-5_000, 50_000), st.integers(0, 2_000)), min_size=2, max_size=30)


def arm(rows: np.ndarray, before: np.ndarray | None = None) -> ReturnSums:
    zeros = np.zeros(len(rows), np.int64)
    return return_sums_of(
        rows[:, 0],
        rows[:, 1],
        before=zeros if before is None else before,
        size=np.ones(len(rows), np.int64),
        events=rows[:, 0],
    )


def drawn(seed: int, users: int, *, each: float, cost: int) -> tuple[ReturnSums, ReturnSums]:
    """Treated who use `cost` or nothing, half and half, and bring `each` a fen of it; control."""
    rng = np.random.default_rng(seed)
    before = rng.lognormal(7, 1, (2, users)).astype(np.int64)
    paid = np.where(rng.random(users) < 0.5, cost, 0)
    value = before + rng.lognormal(6, 1, (2, users)).astype(np.int64)
    value[0] += np.rint(2 * each * paid * rng.random(users)).astype(np.int64)
    treated = arm(np.stack([value[0], paid], axis=1), before[0])
    return treated, arm(np.stack([value[1], np.zeros(users, np.int64)], axis=1), before[1])


@given(AMOUNTS, st.integers(-3_000, 3_000))
@settings(max_examples=60)
def test_net_sums_are_those_of_net_outcomes(rows, steps):
    table = np.array(rows, np.int64)
    direct = sums_of(STEPS * table[:, 0] - steps * table[:, 1], events=table[:, 0])
    assert arm(table).net(steps) == direct


@given(AMOUNTS, AMOUNTS)
@settings(max_examples=40)
def test_parts_add_up(one, other):
    both = np.array(one + other, np.int64)
    assert arm(np.array(one, np.int64)) + arm(np.array(other, np.int64)) == arm(both)


def test_the_return_is_value_over_cost_beyond_control():
    treated, control = drawn(1, 4_000, each=1.5, cost=500)
    found = return_between(treated, control, factor=2.24)
    value, cost = difference(treated.value, control.value), difference(treated.cost, control.cost)
    assert found.value_est == pytest.approx(value.value_est / cost.value_est)
    assert found.low_est is not None
    assert found.high_est is not None
    # Each end is the last return at which value less return x cost is not told from 0.
    for end in (found.low_est, found.high_est):
        net = difference(treated.net(round(end * STEPS)), control.net(round(end * STEPS)))
        assert abs(net.value_est) == pytest.approx(2.24 * net.error_est, rel=0.02)


def test_the_truth_lies_inside_as_often_as_it_should():
    inside = 0
    for seed in range(200):
        found = return_between(*drawn(seed, 800, each=1.2, cost=500), factor=1.96)
        assert found.low_est is not None
        assert found.high_est is not None
        inside += found.low_est <= 1.2 <= found.high_est
    assert inside >= 182


def test_without_cost_there_is_no_return():
    treated, control = drawn(2, 500, each=1.0, cost=0)
    assert return_between(treated, control, factor=1.96).value_est is None
