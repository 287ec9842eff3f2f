"""A user's own worth where the truth is known: drawn to the segment by as much as chance explains."""

import numpy as np
import pytest

from huoshui.core.uplift import own_worths
from huoshui.core.uplift.worth import EDGES

USERS = 20_000


def drawn(seed, apart, orders_mean=3.0):
    """Orders, value, squares and true worth over the mean of users whose worths lie `apart` (a deviation)."""
    rng = np.random.default_rng(seed)
    true = (1 + apart * rng.normal(size=USERS)).clip(min=0.05)
    orders = rng.poisson(orders_mean, USERS)
    user = np.repeat(np.arange(USERS), orders)
    gain = np.rint(true[user] * 1_000 + rng.normal(0, 800, len(user)))
    sums = [np.bincount(user, column, minlength=USERS) for column in (gain, gain**2)]
    return orders, sums[0].astype(np.int64), sums[1], true


def one_segment(orders, value, squares):
    return own_worths(np.zeros(len(orders), np.uint8), orders, value, squares)


@pytest.mark.parametrize("apart", [0.2, 0.4])
def test_users_of_a_worth_are_worth_that_in_the_mean(apart):
    orders, value, squares, true = drawn(1, apart)
    worths = one_segment(orders, value, squares)
    for worth in np.unique(worths[orders > 0]):
        own = (worths == worth) & (orders > 0)
        if own.sum() > 200:
            assert true[own].mean() == pytest.approx(worth, rel=0.06)
    assert np.corrcoef(worths, true)[0, 1] > 0.25
    assert worths.max() - worths.min() > apart
    assert len(np.unique(worths)) <= len(EDGES) + 2


def test_where_users_do_not_differ_chance_is_not_taken_for_worth():
    worths = one_segment(*drawn(2, 0.0)[:3])
    assert np.abs(worths - 1).max() < 0.1


def test_many_orders_tell_more_than_one():
    orders, value, squares, _ = drawn(3, 0.4)
    orders[:2], value[:2], squares[:2] = (1, 40), (2_000, 80_000), (4e6, 200e6)
    one, many = one_segment(orders, value, squares)[:2]
    assert 1.0 < one < many


def test_without_orders_or_with_few_to_compare_a_user_is_worth_what_the_segment_is():
    orders, value, squares, _ = drawn(4, 0.5)
    assert (one_segment(orders, value, squares)[orders == 0] == 1).all()
    assert (one_segment(orders[:25], value[:25], squares[:25]) == 1).all()
    assert (one_segment(orders, -value, squares) == 1).all()


def test_each_segment_is_measured_by_its_own_and_no_worth_is_below_nothing():
    orders, value, squares, _ = drawn(5, 0.5)
    segment = (np.arange(USERS) % 2).astype(np.uint8)
    dear = segment == 1
    value[dear], squares[dear] = value[dear] * 5, squares[dear] * 25
    worths = own_worths(segment, orders, value, squares)
    assert worths[dear].mean() == pytest.approx(worths[~dear].mean(), rel=0.03)
    value[0], squares[0], orders[0] = -900_000, 9e10, 90
    assert own_worths(segment, orders, value, squares).min() >= 0


def test_who_answers_more_and_buys_cheaper_is_drawn_to_their_kind():
    """Drawn to the segment alone, few orders of a cheap kind count as worth more than they are."""
    rng = np.random.default_rng(6)
    kind = rng.integers(0, 4, USERS).astype(np.uint8)
    true = np.array([0.6, 0.9, 1.1, 1.4])[kind] * (1 + 0.3 * rng.normal(size=USERS)).clip(min=0.1)
    orders = rng.poisson(1.5, USERS)
    user = np.repeat(np.arange(USERS), orders)
    gain = np.rint(true[user] * 1_000 + rng.normal(0, 800, len(user)))
    value, squares = (np.bincount(user, column, minlength=USERS) for column in (gain, gain**2))
    segment, value = np.zeros(USERS, np.uint8), value.astype(np.int64)
    known = orders > 0
    by_kind = own_worths(segment, orders, value, squares, kind)
    alone = own_worths(segment, orders, value, squares)
    mean = value[known].sum() / orders[known].sum() / 1_000
    for code, apart in enumerate(true[known & (kind == one)].mean() / mean for one in range(4)):
        own = known & (kind == code)
        assert by_kind[own].mean() == pytest.approx(apart, rel=0.03)
    cheap = known & (kind == 0)
    assert alone[cheap].mean() > by_kind[cheap].mean() + 0.1
    assert len(EDGES) + 1 < len(np.unique(by_kind[known])) <= 4 * (len(EDGES) + 1), (
        "each kind has its own steps"
    )


def test_five_users_are_no_kind():
    orders, value, squares, _ = drawn(7, 0.2)
    few = np.where(np.arange(USERS) < 5, 9, 0).astype(np.uint8)
    orders[:5], value[:5], squares[:5] = 1, 3_000, 9e6
    assert own_worths(np.zeros(USERS, np.uint8), orders, value, squares, few)[:5].max() < 1.4
