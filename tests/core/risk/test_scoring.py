"""How odd habits are, and where the line lies: chances that hold among lone users, and a line told by households."""

import numpy as np
import pytest
from drawn_links import links_of, plain_people, unknown_times
from hypothesis import given, settings
from hypothesis import strategies as st

from huoshui.core.risk import LinkLimits
from huoshui.core.risk.habits import LONE_MIN, habits_of, oddity
from huoshui.core.risk.linking import grouped, ties_of
from huoshui.core.risk.members import Members, members_of
from huoshui.core.risk.scoring import (
    DECOYS_MIN,
    STEP,
    beside,
    habits_of_groups,
    steps_of,
    threshold,
)

DAY = 86_400


def test_habits_are_shares_of_what_a_user_did():
    people = plain_people(
        3,
        days_seen=np.array([10, 10, 1]),
        rewards=np.array([5, 0, 0]),
        reward_fen=np.array([300, 0, 0]),
        own_fen=np.array([100, 500, 0]),
        orders=np.array([4, 2, 0]),
        bonus_orders=np.array([1, 0, 0]),
        cash_like_orders=np.array([2, 2, 0]),
    )
    assert habits_of(people).tolist() == [[0.75, 0.5, 0.25, 0.5], [0, 0, 0, 1.0], [0, 0, 0, 0]]


def test_of_lone_users_one_in_ten_is_as_odd_as_ten():
    """Whatever the habits look like: the oddity is ranked among lone users of the same age."""
    rng = np.random.default_rng(3)
    users = 4_000
    days = rng.choice([3, 60, 900], users)
    people = plain_people(
        users,
        registered_s=(1_000 - days) * DAY,
        reward_fen=(rng.pareto(1.1, users) * 500).astype(np.int64),
        own_fen=rng.integers(0, 5_000, users),
        rewards=rng.poisson(days / 30),
        days_seen=days,
    )
    odd = oddity(people, np.ones(users, np.bool_), as_of_s=1_000 * DAY)
    for age in (3, 60, 900):
        assert (odd[days == age] >= np.log(10)).mean() == pytest.approx(0.1, abs=0.01)


def test_too_few_lone_users_tell_nothing():
    people = plain_people(LONE_MIN)
    lone = np.ones(LONE_MIN, np.bool_)
    assert not np.isnan(oddity(people, lone, as_of_s=0)).any()
    lone[0] = False
    assert np.isnan(oddity(people, lone, as_of_s=0)).all()


def test_the_chance_of_a_group_holds_among_strangers():
    rng = np.random.default_rng(4)
    odd = rng.exponential(size=30_000)
    members = Members(5_000, np.repeat(np.arange(5_000), 6), np.arange(30_000))
    strength = habits_of_groups(members, odd)
    for tens in (1, 2):
        assert (strength >= tens).mean() == pytest.approx(10.0**-tens, rel=0.25)


def test_a_step_for_each_kind_beyond_two_for_size_for_a_week_and_for_a_mark():
    def steps(size, kinds, **columns):
        links = links_of([(user, kind, 1) for user in range(size) for kind in kinds], 2_000)
        people = plain_people(2_000, **columns)
        groups = grouped(ties_of(links, LinkLimits(distinct_share=0.0)), unknown_times(2_000))
        return steps_of(groups, members_of(groups.group), people).tolist()

    assert steps(5, ("device", "payment")) == [0]
    assert steps(5, ("device", "payment", "contact")) == [1]
    assert steps(6, ("device", "payment")) == [1]
    assert steps(10, ("device", "payment")) == [2]
    apart = np.arange(2_000, dtype=np.int64) * DAY
    assert steps(5, ("device", "payment"), registered_s=apart * 8) == [0]
    assert steps(5, ("device", "payment"), registered_s=apart // 8) == [1]
    assert steps(5, ("device", "payment"), marked=np.arange(2_000) == 3) == [1]


def test_beside_stand_those_who_share_an_address_and_nothing_else():
    rows = [(user, kind, 1) for user in range(4) for kind in ("address", "device")]
    rows += [(user, "address", 2) for user in range(4, 7)] + [(user, "address", 3) for user in range(7, 9)]
    rows += [(user, "device", 4) for user in range(9, 13)] + [(4, "address", 1)]
    ties = ties_of(links_of(rows, 13), LinkLimits(distinct_share=0.0))
    found = beside(ties, grouped(ties, unknown_times(13)))
    assert (found.count, found.user.tolist()) == (1, [4, 5, 6])


@settings(max_examples=60)
@given(st.integers(0, 1_000), st.integers(40, 400), st.floats(0.5, 2.0))
def test_where_all_are_innocent_a_line_is_seldom_drawn(seed, count, spread):
    """Groups and households alike in habits, whatever those look like: at most one such shop in ten is told wrong."""
    rng = np.random.default_rng(seed)
    wrong = 0
    for _ in range(20):
        habits, decoys = rng.exponential(spread, count), rng.exponential(spread, 2 * count)
        wrong += threshold(habits, rng.integers(0, 4, count), decoys).state == "chosen"
    assert wrong <= 7


def test_most_of_the_guilty_and_few_innocents_lie_above_the_line():
    rng = np.random.default_rng(5)
    shares, found = [], []
    for _ in range(40):
        innocent, guilty = rng.exponential(0.4, 300), rng.exponential(3.0, 40)
        steps = np.r_[rng.binomial(2, 0.2, 300), rng.binomial(5, 0.5, 40)]
        line = threshold(np.r_[innocent, guilty], steps, rng.exponential(0.4, 400))
        assert line.state == "chosen"
        above = np.r_[innocent, guilty] + STEP * steps >= line.score
        assert above.sum() == line.groups_at_or_above
        shares.append(above[:300].sum() / above.sum())
        found.append(above[300:].mean())
    assert np.mean(shares) <= 0.1
    assert np.mean(found) > 0.5


def test_too_few_households_draw_no_line():
    habits, steps = np.full(50, 9.0), np.zeros(50, np.int64)
    line = threshold(habits, steps, np.zeros(DECOYS_MIN - 1))
    assert (line.state, line.score) == ("too_few_beside", None)
    assert threshold(habits, steps, np.zeros(DECOYS_MIN)).state == "chosen"


def test_what_cannot_be_told_is_above_no_line():
    line = threshold(np.full(4, np.nan), np.full(4, 9), np.zeros(100))
    assert (line.state, line.groups_at_or_above) == ("none_stands_out", 0)


def test_clear_rings_do_not_pay_for_families():
    """A hundred groups far above everybody else would leave room for eleven innocents at 10 %: none is let in."""
    rng = np.random.default_rng(6)
    innocent, guilty, decoys = rng.exponential(0.4, 300), rng.uniform(9, 12, 100), rng.exponential(0.4, 600)
    line = threshold(np.r_[innocent, guilty], np.zeros(400, np.int64), decoys)
    assert (innocent >= line.score).sum() <= 2
    assert (guilty >= line.score).all()
