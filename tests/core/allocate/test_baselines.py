"""Other ways to give out the budget: within it, fair to themselves, and never better than the plan."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.allocate.baselines import as_last_month, baselines, first_come, judge, same_for_everyone
from huoshui.core.allocate.one_budget import solve_one_budget
from huoshui.core.allocate.values import Offers, Option
from huoshui.core.trials.draws import splitmix64

OPTIONS = (Option("gift", 200), Option("gift", 500), Option("back", 1_000))
SEGMENTS = ("regular", "lost")


def offers_of(values: list[list[float]], costs: list[list[int]], segment: list[int] | None = None) -> Offers:
    users = len(values[0])
    return Offers(
        OPTIONS,
        np.array(values, np.float32),
        np.array(costs, np.int32),
        np.arange(users, dtype=np.uint64),  # the order of hashes is that of the columns
        SEGMENTS,
        np.array(segment or [0] * users, np.uint8),
    )


NO = float("-inf")


def test_same_for_everyone_takes_the_amount_that_brings_most() -> None:
    offers = offers_of(
        [[100, 100, 100, 100], [500, 300, 100, 0], [NO, NO, NO, NO]], [[50] * 4, [100] * 4, [9] * 4]
    )
    # 200 fen serve four users with the small amount (400) and two with the large one (800).
    assert same_for_everyone(offers, 200).tolist() == [2, 2, 0, 0]
    assert same_for_everyone(offers, 99).tolist() == [1, 0, 0, 0]
    assert same_for_everyone(offers, 0).tolist() == [0, 0, 0, 0]


def test_each_campaign_has_its_amount_and_nobody_gets_two() -> None:
    offers = offers_of(
        [[NO, 10, 10, 10], [NO, 90, 90, 90], [60, 999, NO, NO]], [[10] * 4, [30] * 4, [10, 10, 10, 10]]
    )
    # "back" brings more a fen and is given first; of "gift" the larger amount, to those who have nothing yet.
    assert same_for_everyone(offers, 1_000).tolist() == [3, 3, 2, 2]
    assert same_for_everyone(offers, 50).tolist() == [3, 3, 2, 0]


def test_what_brings_nothing_is_not_given_to_everyone() -> None:
    offers = offers_of([[-5, -5], [0, 0], [NO, NO]], [[1, 1], [1, 1], [1, 1]])
    assert same_for_everyone(offers, 100).tolist() == [0, 0]


def test_first_come_first_served() -> None:
    offers = offers_of(
        [[100, 100, 100], [500, 300, 900], [NO, NO, 150]], [[50] * 3, [100, 300, 100], [140] * 3]
    )
    assert first_come(offers, 10_000).tolist() == [2, 2, 3], "the largest amount open to each"
    assert first_come(offers, 100).tolist() == [2, 0, 0], "whatever the third would have brought"
    late = np.array([3, 2, 1])
    assert first_come(offers, 140, first_seen=late).tolist() == [0, 0, 3]
    assert first_come(offers, 239, first_seen=late).tolist() == [0, 0, 3], "it stops at the first too dear"


def test_as_last_month_keeps_the_mix_and_fits_the_budget() -> None:
    users = 10_000
    segment = [0] * 6_000 + [1] * 4_000
    offers = offers_of([[1.0] * users] * 3, [[100] * users, [200] * users, [400] * users], segment)
    granted = {
        ("regular", "gift", 200): 300, ("regular", "gift", 450): 100, ("lost", "back", 1_000): 50,
        ("lost", "gone", 100): 999, ("moon", "gift", 200): 999,
    }  # fmt: skip
    # 300 x 100 + 100 x 200 + 50 x 400 = 70,000; ten times that is the budget.
    choice = as_last_month(offers, 700_000, granted)
    assert judge(offers, choice).cost_fen == 700_000
    assert np.bincount(choice[:6_000], minlength=4).tolist() == [2_000, 3_000, 1_000, 0]
    assert np.bincount(choice[6_000:], minlength=4).tolist() == [3_500, 0, 0, 500]
    small = judge(offers, as_last_month(offers, 69_950, granted))
    assert 69_000 < small.cost_fen <= 69_950


def test_as_last_month_gives_the_rest_to_others_where_a_segment_is_too_small() -> None:
    offers = offers_of([[1.0] * 100] * 3, [[10] * 100] * 3, [0] * 90 + [1] * 10)
    granted = {("regular", "gift", 200): 1, ("lost", "gift", 500): 1}
    choice = as_last_month(offers, 600, granted)
    assert np.bincount(choice[90:], minlength=3)[2] == 10
    assert judge(offers, choice).cost_fen == pytest.approx(600, abs=20)
    everybody = as_last_month(offers, 10**9, granted)
    assert judge(offers, everybody).users == 100


def test_as_last_month_obeys_what_is_not_allowed() -> None:
    values = [[1.0, NO, 1.0, NO], [1.0] * 4, [NO] * 4]
    offers = offers_of(values, [[10] * 4] * 3)
    choice = as_last_month(offers, 10**6, {("regular", "gift", 200): 4, ("regular", "back", 1_000): 9})
    assert choice.tolist() == [1, 0, 1, 0]
    assert not as_last_month(offers, 10**6, {}).any()
    assert not as_last_month(offers, 0, {("regular", "gift", 200): 4}).any()


@given(st.integers(0, 2**32 - 1), st.integers(0, 40_000))
def test_none_is_over_the_budget_or_beats_the_plan(seed: int, budget: int) -> None:
    rng = np.random.default_rng(seed)
    users = 120
    values = rng.normal(400, 500, (3, users)).astype(np.float32)
    values[rng.random((3, users)) < 0.2] = -np.inf
    offers = Offers(
        OPTIONS,
        values,
        rng.integers(0, 900, (3, users), dtype=np.int32),
        splitmix64(np.arange(users, dtype=np.uint64)),
        SEGMENTS,
        rng.integers(0, 2, users).astype(np.uint8),
    )
    last = {("regular", "gift", 200): 5, ("lost", "back", 900): 3}
    plan = solve_one_budget(offers, budget, edge_est=0)
    found = baselines(offers, budget, last_month=last)
    assert [base.code for base in found] == ["same_for_everyone", "first_come", "as_last_month"]
    for base in found:
        assert base.cost_fen <= budget
        # At edge 0 the certificate bounds the value of whatever fits into the budget.
        assert base.value_est <= plan.certificate.bound_est * (1 + 1e-6) + 1e-3
    assert [base.code for base in baselines(offers, budget)] == ["same_for_everyone", "first_come"]


def test_the_same_amount_for_all_is_named() -> None:
    offers = offers_of([[9, 9], [1, 1], [NO, NO]], [[1, 1], [1, 1], [1, 1]])
    same = baselines(offers, 10)[0]
    assert (same.campaign_id, same.amount_fen, same.users, same.face_fen) == ("gift", 200, 2, 400)
