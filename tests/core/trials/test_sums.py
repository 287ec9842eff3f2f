"""Sums of an arm are exact: merged in any order, by shard and by day, they are those of one pass."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.trials.sums import VALUE_MOST, Sums, folded, sums_by_arm, sums_of

amounts = st.integers(-VALUE_MOST + 1, VALUE_MOST - 1)
rows = st.lists(st.tuples(amounts, amounts, st.integers(1, 1_000)), max_size=40)


def _sums(part: list[tuple[int, int, int]]) -> Sums:
    y, x, m = (np.array([row[at] for row in part], np.int64) for at in range(3))
    return sums_of(y, before=x, size=m)


@given(rows, st.lists(st.integers(0, 40), max_size=5), st.randoms(use_true_random=False))
def test_parts_in_any_order_are_one_pass(
    units: list[tuple[int, int, int]], cuts: list[int], chance: object
) -> None:
    ends = sorted({0, len(units), *(min(cut, len(units)) for cut in cuts)})
    parts = [_sums(units[a:b]) for a, b in pairwise(ends)]
    chance.shuffle(parts)  # type: ignore[attr-defined]
    assert sum(parts, Sums()) == _sums(units)


@given(rows)
def test_sums_of_products_are_exact_however_large(units: list[tuple[int, int, int]]) -> None:
    sums = _sums(units)
    assert sums.yy == sum(y * y for y, _, _ in units)
    assert sums.yx == sum(y * x for y, x, _ in units)
    assert sums.xx == sum(x * x for _, x, _ in units)
    assert (sums.my, sums.mx, sums.mm) == (
        sum(m * y for y, _, m in units),
        sum(m * x for _, x, m in units),
        sum(m * m for _, _, m in units),
    )
    assert (sums.y, sums.x, sums.m) == tuple(sum(row[at] for row in units) for at in range(3))
    assert sums.events == sum(y != 0 for y, _, _ in units)


def test_the_spread_of_users_alone_is_the_variance_of_their_mean() -> None:
    y = np.random.default_rng(1).integers(0, 10_000, 500)
    assert sums_of(y).spread() == pytest.approx(y.var(ddof=1) / len(y))
    x = np.random.default_rng(2).integers(0, 10_000, 500)
    both = sums_of(y, before=x)
    assert both.spread("y", "x") == pytest.approx(np.cov(y, x)[0, 1] / len(y))
    assert both.spread("x", "x") == pytest.approx(x.var(ddof=1) / len(y))


def test_the_spread_of_groups_is_that_of_means_drawn_by_group() -> None:
    """A mean over users of groups of many sizes, drawn 4,000 times: its variance, not that of users drawn alone."""
    rng = np.random.default_rng(3)
    size = rng.integers(1, 9, (4_000, 150))
    of_group = rng.normal(1_000, 300, size.shape)
    outcome = np.rint(size * of_group + rng.normal(0, 200, size.shape) * np.sqrt(size)).astype(np.int64)
    means = outcome.sum(axis=1) / size.sum(axis=1)
    told = [sums_of(y, size=m).spread() for y, m in zip(outcome[:200], size[:200], strict=True)]
    assert np.mean(told) == pytest.approx(means.var(), rel=0.08)


def test_rows_fold_into_units() -> None:
    unit = np.array([7, 3, 7, 9, 3, 7], np.uint64)
    keys, (y, x), users = folded(unit, np.array([1, 2, 4, 8, 16, 32]), np.array([1, 1, 1, 1, 1, 1]))
    assert keys.tolist() == [3, 7, 9]
    assert y.tolist() == [18, 37, 8]
    assert x.tolist() == users.tolist() == [2, 3, 1]


def test_arms_are_summed_apart_and_outsiders_nowhere() -> None:
    arm = np.array([0, 1, -1, 1, 0], np.int8)
    control, treated = sums_by_arm(arm, 2, np.array([5, 7, 100, 0, 1]), events=np.array([1, 1, 1, 1, 0]))
    assert (control.units, control.y, control.events) == (2, 6, 1)
    assert (treated.units, treated.y, treated.events) == (2, 7, 2)


def test_what_is_no_whole_number_or_too_large_is_an_error() -> None:
    with pytest.raises(TypeError, match="whole numbers"):
        sums_of(np.array([1.5]))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="below"):
        sums_of(np.array([VALUE_MOST]))
    with pytest.raises(ValueError, match="same units"):
        sums_of(np.array([1, 2]), before=np.array([1]))


def test_an_empty_arm_has_no_mean_and_no_spread() -> None:
    assert np.isnan(Sums().mean)
    assert np.isnan(Sums().spread())
    assert np.isnan(sums_of(np.array([5])).spread())
