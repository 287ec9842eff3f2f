"""What a level means for money: one newcomer's reward a group, room under caps, and waits that only grow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.risk import LEVELS, Caps, Waits, one_a_group, room_fen, spendable_s
from huoshui.core.risk.caps import NO_CAP_FEN

HOUR = 3_600
ROWS = st.lists(
    st.tuples(st.integers(-1, 3), st.booleans(), st.booleans(), st.integers(0, 5), st.integers(0, 900)),
    max_size=14,
)


def columns(rows):
    group, wanting, had, order, granted = (
        (list(column) for column in zip(*rows, strict=True)) if rows else ([],) * 5
    )
    return (
        np.array(group, np.int64), np.array(wanting, np.bool_), np.array(had, np.bool_),
        np.array(order, np.int64), np.array(granted, np.int64),
    )  # fmt: skip


@given(ROWS)
def test_a_group_has_one_newcomers_reward_and_none_after_it(rows):
    group, wanting, had, order, _ = columns(rows)
    allowed = one_a_group(group, wanting, had, order)
    assert not (allowed & ~wanting).any()
    for number in set(group.tolist()) - {-1}:
        own = group == number
        asking = own & wanting & ~had[own].any()
        assert allowed[own].sum() == asking.any()
        if asking.any():
            assert order[own & allowed][0] == order[asking].min()
    alone = group == -1
    assert (allowed[alone] == (wanting & ~had)[alone]).all()


@given(ROWS, st.integers(0, 1_000), st.integers(0, 2_000))
def test_room_is_the_lesser_of_the_users_and_the_groups(rows, user_cap, group_cap):
    group, _, _, _, granted = columns(rows)
    room = room_fen(granted, group, Caps(user_cap, group_cap))
    for place in range(len(rows)):
        own = max(0, user_cap - granted[place])
        if group[place] >= 0:
            own = min(own, max(0, group_cap - granted[group == group[place]].sum()))
        assert room[place] == own
    assert (room_fen(granted, group, Caps()) == NO_CAP_FEN).all()


def test_a_higher_level_never_waits_less():
    level = np.arange(len(LEVELS)).astype(np.uint8)
    waits = spendable_s(np.full(4, 100), level, Waits(1, 2, 3, 4)) - 100
    assert waits.tolist() == [HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR]
    with pytest.raises(ValueError):
        Waits(linked=100, watch=10)


def test_a_cap_below_nothing_is_refused():
    with pytest.raises(ValueError):
        Caps(group_fen=-1)
