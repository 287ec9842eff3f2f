"""The passes, each against the same thing done slowly."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba.core import caching

from huoshui.core.allocate import Offers, Option, solve_one_budget
from huoshui.core.allocate.kernels import (
    Changes,
    Steps,
    best_changes,
    compiled,
    faces,
    hull_histogram,
    least_keys,
    least_loss,
    spend_by_run,
    take_steps,
    weighted_cut,
)

ranks = st.lists(st.tuples(st.integers(0, 2**64 - 1) | st.integers(0, 3), st.integers(0, 50)), min_size=1)


@given(ranks, st.floats(0, 1, exclude_max=True))
def test_a_cut_is_where_the_sorted_sum_passes_the_limit(drawn: list[tuple[int, int]], share: float) -> None:
    total = sum(weight for _, weight in drawn)
    if total == 0:
        return
    limit = int(total * share)
    cut, below = weighted_cut(
        np.array([rank for rank, _ in drawn], np.uint64),
        np.array([w for _, w in drawn], np.int32),
        limit,
        np.uint64(0),
    )
    assert below == sum(weight for rank, weight in drawn if rank < cut) <= limit
    assert sum(weight for rank, weight in drawn if rank <= cut) > limit


changes = st.lists(
    st.tuples(st.integers(-9, 9).filter(bool), st.integers(0, 40).map(lambda tenths: tenths / 10)), max_size=8
)


@given(changes, st.integers(0, 20))
def test_the_last_fen_are_used_as_well_as_by_trying_all(drawn: list[tuple[int, float]], rest: int) -> None:
    drawn = sorted(drawn)
    more, loss = np.array([m for m, _ in drawn], np.int64), np.array([part for _, part in drawn], np.float64)
    reach = 100
    bits, fen = best_changes(more, loss, rest, reach, 0, 1.5)
    made = np.array([bits >> at & 1 == 1 for at in range(len(drawn))], bool)
    best = 0.0
    for some in product([False, True], repeat=len(drawn)):
        chosen = np.array(some, bool)
        if more[chosen].sum() <= rest:
            best = max(best, 1.5 * more[chosen].sum() - loss[chosen].sum())
    assert more[made].sum() == fen <= rest
    assert 1.5 * fen - loss[made].sum() == pytest.approx(best)


def matrices(users: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(8)
    costs = chance.integers(1, 500, (5, users), dtype=np.int32)
    return (costs * chance.uniform(0.2, 4, costs.shape)).astype(np.float32), costs


def histogram(values: np.ndarray, costs: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, ...]:
    fen, users = np.zeros(len(edges) - 1, np.int64), np.zeros(len(edges) - 1, np.int64)
    gain = np.zeros(len(edges) - 1)
    hull_histogram(np.ascontiguousarray(values), np.ascontiguousarray(costs), edges, fen, gain, users)
    return fen, gain, users


def test_the_curve_of_all_is_that_of_its_halves_added_and_plans_lie_on_it() -> None:
    values, costs = matrices(3000)
    edges = np.geomspace(0.5, 5, 40)
    whole = histogram(values, costs, edges)
    halves = [histogram(values[:, part], costs[:, part], edges) for part in (slice(1700), slice(1700, None))]
    for all_of_it, one, other in zip(whole, *halves, strict=True):
        np.testing.assert_allclose(all_of_it, one + other, rtol=1e-12)
    keys = np.random.default_rng(9).integers(0, 2**64, 3000, dtype=np.uint64)
    offers = Offers(tuple(Option("c", 1) for _ in range(5)), values, costs, keys)
    plan = solve_one_budget(offers, 1 << 60, edge_est=float(edges[10]))
    assert plan.spent_fen == whole[0][10:].sum()
    assert plan.certificate.value_est == pytest.approx(whole[1][10:].sum())
    assert np.count_nonzero(plan.choice) == whole[2][10:].sum()


def test_spend_by_run_adds_up_to_the_plan_at_that_price() -> None:
    values, costs = matrices(640)
    sums = np.zeros(10, np.int64)
    total, error = spend_by_run(values, costs, 1.7, sums)
    score = values - 1.7 * costs
    best = score.argmax(axis=0)
    spent = np.where(score.max(axis=0) > 0, costs[best, np.arange(640)], 0)
    assert sums.tolist() == spent.reshape(10, 64).sum(axis=1).tolist()
    assert total == spent.sum()
    assert error == pytest.approx(sums.std() * np.sqrt(10))


@given(st.lists(st.integers(0, 3), max_size=60), st.integers(2**63, 2**64 - 1))
def test_faces_and_least_keys_count_right(choices: list[int], below: int) -> None:
    total, counts = faces(np.array(choices, np.int8), np.array([100, 250, 900], np.int64))
    assert counts.tolist() == [choices.count(option) for option in range(4)]
    assert total == 100 * counts[1] + 250 * counts[2] + 900 * counts[3]
    keys = np.random.default_rng(len(choices)).integers(0, 2**64, len(choices) * 500, dtype=np.uint64)
    found = np.empty(10, np.int64)
    count = least_keys(keys, np.uint64(below), found)
    expected = np.flatnonzero(keys < np.uint64(below))
    assert count == len(expected)
    assert found[: min(count, 10)].tolist() == expected[:10].tolist()


def test_what_cannot_be_is_an_error_and_no_look_past_the_end() -> None:
    """It ended the interpreter: once more is spent than there is, the rest is below 0 and no table holds it."""
    none, few = np.array([], np.uint64), np.array([5, 7], np.uint64)
    weights = np.array([1, 2], np.int32)
    for ranks, limit in ((none, 0), (few, 3), (few, 1 << 40)):
        with pytest.raises(ValueError, match=r"cut of nothing|within the limit"):
            weighted_cut(ranks, weights[: len(ranks)], limit, np.uint64(0))
    more, loss, user, to = np.array([1]), np.array([0.5]), np.array([0]), np.array([1], np.int8)
    for rest, depth, height in ((-1, 100, 0), (-(1 << 40), 100, 0), (3, -1, 0), (3, 100, -1)):
        with pytest.raises(ValueError, match="less than nothing"):
            best_changes(more, loss, rest, depth, height, 1.0)
    for rest, reach in ((-1, 100), (3, -1)):
        with pytest.raises(ValueError, match="less than nothing"):
            least_loss(Changes(more, loss, user, to, np.inf), rest, reach, 1.0, 2.0, 100)
    steps = Steps(np.array([2.0]), weights[:1], np.array([2.0]), np.zeros(1, np.int32), to)
    with pytest.raises(ValueError, match="more steps at the price than keys"):
        take_steps(steps, 2.0, none, np.uint64(0), 5, np.zeros(1, np.int8))


def test_where_nothing_can_be_kept_it_is_compiled_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching.FunctionCache, "_impl_class", NowhereToKeep)

    @compiled
    def doubled(number: int) -> int:
        return 2 * number

    assert doubled(21) == 42


class NowhereToKeep(caching.CompileResultCacheImpl):
    _locator_classes = ()
