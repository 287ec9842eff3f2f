"""Exact intervals of a bounded mean: never wrong oftener than told, by counting every way that units can fall."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huoshui.core.trials.bounded import Counts, counts_of, difference_between, log_wealth, mean_between

MOST = 3_000
amounts = st.lists(st.integers(0, MOST), min_size=1, max_size=60)


@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=3),
    st.lists(st.floats(0, 1), min_size=3, max_size=3),
    st.integers(1, 4),
)
def test_bets_on_more_than_the_mean_win_nothing_in_the_mean(
    weights: list[int], values: list[float], units: int
) -> None:
    """Every way that units can fall, with its chance: bets on more than the true mean have won 1 in the mean."""
    chances = np.array(weights) / sum(weights)
    each = np.array(values[: len(weights)])
    mean = float(chances @ each)
    if mean < 1e-6:
        return
    won = 0.0
    for way in product(range(len(weights)), repeat=units):
        many = np.bincount(way, minlength=len(weights)).astype(float)
        won += float(np.prod(chances[list(way)]) * np.exp(log_wealth(each, many, mean)))
    assert won == pytest.approx(1.0, rel=1e-6)


@given(st.floats(0.02, 0.98), st.sampled_from([0.05, 0.2, 0.5]))
@settings(max_examples=12)
def test_any_of_ten_looks_misses_as_seldom_as_told(share: float, alpha: float) -> None:
    """Yes and no, followed through every path by counts: the chance of ever having missed."""
    alive, missed = np.array([1.0]), 0.0
    for units in range(1, 11):
        alive = np.append(alive * (1 - share), 0) + np.append(0, alive * share)
        for yes in range(units + 1):
            low, high = mean_between(Counts(1, np.array([units - yes, 0, yes])), alpha=alpha)
            if not low <= share <= high:
                missed += alive[yes]
                alive[yes] = 0.0
    assert missed <= alpha


@given(amounts, st.lists(st.integers(0, 60), max_size=4))
def test_parts_add_up_exactly(values: list[int], cuts: list[int]) -> None:
    whole = counts_of(np.array(values), MOST)
    ends = sorted({0, len(values), *(min(cut, len(values)) for cut in cuts)})
    parts = [counts_of(np.array(values[a:b], np.int64), MOST) for a, b in pairwise(ends)]
    total = parts[0]
    for part in parts[1:]:
        total = part + total
    assert np.array_equal(total.cells, whole.cells)
    assert whole.units == len(values)


@given(amounts, st.sampled_from([0.01, 0.1]))
@settings(max_examples=30)
def test_fewer_steps_only_widen(values: list[int], alpha: float) -> None:
    low, high = mean_between(counts_of(np.array(values), MOST, steps=MOST), alpha=alpha)
    low_rough, high_rough = mean_between(counts_of(np.array(values), MOST, steps=7), alpha=alpha)
    assert low_rough <= low + 1e-6
    assert high <= high_rough + 1e-6
    assert low <= np.mean(values) + 1e-6
    assert np.mean(values) <= high + 1e-6


@given(amounts)
@settings(max_examples=30)
def test_less_seen_from_the_cap_is_more(values: list[int]) -> None:
    low, high = mean_between(counts_of(np.array(values), MOST), alpha=0.05)
    low_from, high_from = mean_between(counts_of(MOST - np.array(values), MOST), alpha=0.05)
    assert low == pytest.approx(MOST - high_from, abs=1e-6)
    assert high == pytest.approx(MOST - low_from, abs=1e-6)


def test_many_units_make_it_narrow_and_differences_mirror() -> None:
    rng = np.random.default_rng(5)
    one, other = (counts_of((rng.random(50_000) < p).astype(np.int64), 1, steps=1) for p in (0.06, 0.05))
    low, high = mean_between(one, alpha=0.05)
    assert high - low < 5 * 1.96 * np.sqrt(0.06 * 0.94 / 50_000)
    there, back = difference_between(one, other, alpha=0.05), difference_between(other, one, alpha=0.05)
    assert there == pytest.approx((-back[1], -back[0]))
    assert there[0] < 0.01 < there[1]


def test_nothing_seen_is_no_knowledge() -> None:
    assert mean_between(counts_of(np.array([], np.int64), MOST), alpha=0.05) == (0.0, MOST)


def test_a_value_beyond_the_cap_is_an_error() -> None:
    for bad in (-1, MOST + 1):
        with pytest.raises(ValueError, match="values from 0"):
            counts_of(np.array([bad]), MOST)
    with pytest.raises(ValueError, match="one cap"):
        counts_of(np.array([1]), 5) + counts_of(np.array([1]), 6)
