"""Arms have their shares for any ids, trials are independent, and linked users are of one arm."""

from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huoshui.core.trials.assign import OUTSIDE, Split, assign, unit_keys
from huoshui.core.trials.draws import user_keys

ARMS = [2, 0, 2, 0, 1, 1, 2, 2, -1, 2, 0, 0, -1, 2, 0, 1, -1, 0, -1, -1]
USERS = 4_000
id_shapes = st.sampled_from(["{}", "U{}", "{:08d}", "用户{}", "{}@shop", "x" * 40 + "{}"])
weights = st.lists(st.integers(1, 20), min_size=2, max_size=5).map(tuple)


@settings(max_examples=40)
@given(id_shapes, weights, st.integers(0, 10**6), st.text("abcdef 测试", min_size=1, max_size=8))
def test_arms_have_their_shares_whatever_the_ids(
    shape: str, split: tuple[int, ...], start: int, name: str
) -> None:
    keys = user_keys([shape.format(start + number) for number in range(USERS)])
    arms = assign(Split(name, split), keys)
    for arm, share in enumerate(Split(name, split).shares):
        expected, error = USERS * float(share), sqrt(USERS * float(share) * (1 - float(share)))
        assert abs(int((arms == arm).sum()) - expected) <= 6 * error + 1


def test_arms_of_two_trials_are_independent() -> None:
    keys = user_keys([f"U{number}" for number in range(100_000)])
    one, other = assign(Split("one", (1, 1)), keys), assign(Split("other", (1, 1)), keys)
    counts = np.bincount(2 * one + other, minlength=4)
    chi2 = float(((counts - 25_000) ** 2 / 25_000).sum())
    assert chi2 < 21, "3 degrees of freedom: beyond 1 in 10,000"


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_letting_more_users_in_moves_nobody(one: float, other: float) -> None:
    keys = user_keys([str(number) for number in range(2_000)])
    small, large = (assign(Split("t", (2, 1), share=share), keys) for share in sorted((one, other)))
    inside = small != OUTSIDE
    assert np.array_equal(small[inside], large[inside])


def test_who_is_in_is_not_who_is_treated() -> None:
    keys = user_keys([str(number) for number in range(100_000)])
    arms = assign(Split("t", (1, 1), share=0.3), keys)
    inside = arms[arms != OUTSIDE]
    assert len(inside) == pytest.approx(30_000, abs=5 * sqrt(21_000))
    assert inside.mean() == pytest.approx(0.5, abs=5 * 0.5 / sqrt(30_000))


def test_the_ineligible_are_outside_and_change_nobody_else() -> None:
    keys = user_keys([str(number) for number in range(1_000)])
    eligible = np.arange(1_000) % 3 > 0
    arms, free = assign(Split("t", (1, 1)), keys, eligible=eligible), assign(Split("t", (1, 1)), keys)
    assert (arms[~eligible] == OUTSIDE).all()
    assert np.array_equal(arms[eligible], free[eligible])


@given(st.lists(st.integers(-1, 6), min_size=1, max_size=60), st.permutations(range(7)))
def test_linked_users_are_one_unit_whatever_their_group_is_called(group: list[int], names: list[int]) -> None:
    keys = user_keys([str(number) for number in range(len(group))])
    groups = np.array(group)
    units = unit_keys(keys, groups)
    renamed = np.where(groups < 0, -1, np.array(names)[groups])
    assert np.array_equal(units, unit_keys(keys, renamed))
    for number in set(group) - {-1}:
        assert len(set(units[groups == number].tolist())) == 1
    assert np.array_equal(units[groups < 0], keys[groups < 0])
    assert np.array_equal(units[::-1], unit_keys(keys[::-1], groups[::-1])), "nor in which order they come"
    assert len(np.unique(units)) == len(set(group) - {-1}) + group.count(-1)


def test_arms_are_the_same_in_every_version() -> None:
    """Logged arms are drawn again: these may never change."""
    keys = user_keys([f"U{number}" for number in range(1_000, 1_020)])
    drawn = assign(Split("welcome", (1, 1, 2), share=0.8), keys).tolist()
    assert drawn == ARMS


def test_a_split_says_what_is_wrong() -> None:
    for trial, split, share in (
        ("", (1, 1), 1.0),
        ("a|b", (1, 1), 1.0),
        ("t", (1,), 1.0),
        ("t", (1, 0), 1.0),
        ("t", (1, 1), 0.0),
    ):
        with pytest.raises(ValueError):
            Split(trial, split, share=share)
    assert Split("t", (1, 2)).shares == (Fraction(1, 3), Fraction(2, 3))
