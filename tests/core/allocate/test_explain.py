"""Explanations, comparisons and the curve say what the plan itself would do."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huoshui.core.allocate import (
    Offers,
    Option,
    Scope,
    at_least,
    at_most,
    curve,
    explain,
    next_amounts,
    price_of_rule,
    solve,
    what_if,
)
from huoshui.core.allocate.compare import dearest, histogram

OPTIONS = (Option("welcome", 200), Option("welcome", 500), Option("return", 300))


def offers_of(seed: int, users: int) -> Offers:
    chance = np.random.default_rng(seed)
    values = chance.gamma(2, 250, (3, users)).astype(np.float32)
    costs = chance.integers(50, 400, (3, users)).astype(np.int32)
    values[chance.random(values.shape) < 0.1] = -np.inf
    segment = chance.integers(0, 2, users).astype(np.uint8)
    return Offers(
        OPTIONS, values, costs, chance.integers(0, 2**63, users).astype(np.uint64), ("a", "b"), segment
    )


def by_hand(values: list[float], costs: list[int]) -> Offers:
    """One user, three options."""
    column = np.array(values, np.float32)[:, None]
    return Offers(OPTIONS, column, np.array(costs, np.int32)[:, None], np.zeros(1, np.uint64))


def test_the_lines_of_one_user_by_hand() -> None:
    # Scores at a pot price p: 300 - 100 p, 500 - 250 p, 200 - 200 p.
    offers = by_hand([300, 500, 200], [100, 250, 200])
    told = explain(offers, solve(offers, budget_fen=1000), 0)
    assert told.chosen.choice == 2
    assert told.chosen.score_est == 250
    assert told.runner_up is not None
    assert (told.runner_up.choice, told.runner_up.score_est) == (1, 200)
    assert told.less_above_est == pytest.approx(200 / 150)
    assert told.more_below_est is None
    assert told.below is not None
    assert told.below.choice == 1
    assert told.above is None
    assert not told.obstacles
    assert not told.tie


def test_the_rule_in_the_way_is_named() -> None:
    offers = offers_of(3, 400)
    rows = (
        at_most(offers, "welcome", 2_000, of=Scope("welcome")),
        at_least(offers, "a", 15_000, of=Scope(segment="a")),
    )
    plan = solve(offers, budget_fen=25_000, rows=rows)
    blocked = [
        told for told in (explain(offers, plan, user, rows=rows) for user in range(400)) if told.obstacles
    ]
    assert blocked
    for told in blocked:
        assert told.without_rows.choice != told.chosen.choice
        assert all(one.charge_est > 0 and one.price_est > 0 for one in told.obstacles)
    charged = {one.code for told in blocked for one in told.obstacles if told.without_rows.choice in (1, 2)}
    assert "welcome" in charged


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), budget_fen=st.integers(0, 40_000))
def test_a_choice_flips_where_its_explanation_says(seed: int, budget_fen: int) -> None:
    offers = offers_of(seed, 60)
    plan = solve(offers, budget_fen=budget_fen)
    for user in range(0, 60, 7):
        told = explain(offers, plan, user)
        if told.less_above_est is not None and told.chosen.choice and not told.tie:
            price = told.less_above_est
            assert price >= plan.price_est - 1e-9
            costs, values = offers.costs[:, user].astype(float), offers.values_est[:, user].astype(float)
            for at, still in ((price * (1 - 1e-6), True), (price * (1 + 1e-6), False)):
                scores = np.append(0.0, np.where(np.isfinite(values), values - at * costs, -np.inf))
                assert (scores.argmax() == told.chosen.choice) == (still and at > (told.more_below_est or 0))


def test_next_amounts_stay_within_their_campaign() -> None:
    below, above = next_amounts((Option("a", 200), Option("b", 300), Option("a", 1000), Option("a", 500)))
    assert below.tolist() == [0, 0, 0, 4, 1]
    assert above.tolist() == [0, 4, 0, 0, 3]


def test_another_budget_is_the_plan_of_that_budget() -> None:
    offers = offers_of(5, 3000)
    rows = (at_most(offers, "welcome", 60_000, of=Scope("welcome")),)
    plan = solve(offers, budget_fen=150_000, rows=rows)
    told = what_if(offers, plan, rows=rows, budget_fen=200_000)
    fresh = solve(offers, budget_fen=200_000, rows=rows)
    assert told.value_est > 0
    assert told.after.certificate.value_est == pytest.approx(fresh.certificate.value_est, rel=1e-4)
    assert sum(told.moved) == (told.after.choice > 0).sum() - (plan.choice > 0).sum()
    assert told.changed_users == (told.after.choice != plan.choice).sum() > 0


def test_a_rule_costs_what_is_missing_with_it() -> None:
    offers = offers_of(6, 3000)
    rows = (
        at_most(offers, "welcome", 60_000, of=Scope("welcome")),
        at_most(offers, "loose", 10**9, of=Scope("return")),
    )
    plan = solve(offers, budget_fen=150_000, rows=rows)
    cost = price_of_rule(offers, plan, rows, "welcome")
    without = solve(offers, budget_fen=150_000, rows=rows[1:])
    assert cost.value_est == pytest.approx(
        without.certificate.value_est - plan.certificate.value_est, rel=1e-3
    )
    assert 0 < cost.net_est <= cost.at_most_est * 1.001 + 1
    assert price_of_rule(offers, plan, rows, "loose").net_est == 0


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_curve_is_what_plans_along_it_bring(seed: int) -> None:
    offers = offers_of(seed, 500)
    points = curve(offers, edge_est=1.0)
    values = [point.value_est for point in points]
    assert values == sorted(values)
    for point in points[:: max(1, len(points) // 6)]:
        plan = solve(offers, budget_fen=point.spent_fen)
        assert plan.certificate.value_est <= point.value_est * (1 + 1e-6) + 1e-3
        assert plan.certificate.value_est >= point.value_est * (1 - 2e-3) - 1e-3
    for before, after in pairwise(points[1:]):
        slope = (after.value_est - before.value_est) / (after.spent_fen - before.spent_fen)
        assert after.price_est * (1 - 1e-9) <= slope <= before.price_est * (1 + 1e-2)


def test_a_curve_with_rows_is_monotone_and_below_the_one_without() -> None:
    offers = offers_of(8, 2000)
    rows = (at_most(offers, "welcome", 50_000, of=Scope("welcome")),)
    points = curve(offers, rows=rows, edge_est=1.0)
    assert len(points) == 10
    values = [point.value_est for point in points]
    assert all(a <= b + 1e-3 for a, b in pairwise(values))
    for point in points:
        assert point.value_est <= solve(offers, budget_fen=point.spent_fen).certificate.bound_est + 1e-3


def test_histograms_of_halves_add_up_to_the_whole() -> None:
    offers = offers_of(9, 1000)
    edges = np.geomspace(0.1, dearest(offers.values_est, offers.costs) * 1.01, 200)
    halves = [_part(offers, slice(0, 400)), _part(offers, slice(400, 1000))]
    both, whole = histogram(halves[0], edges) + histogram(halves[1], edges), histogram(offers, edges)
    assert (both.fen == whole.fen).all()
    assert (both.users == whole.users).all()
    assert np.allclose(both.value_est, whole.value_est)


def _part(offers: Offers, users: slice) -> Offers:
    assert offers.segment is not None
    return Offers(
        offers.options,
        np.ascontiguousarray(offers.values_est[:, users]),
        np.ascontiguousarray(offers.costs[:, users]),
        offers.keys[users],
        offers.segments,
        offers.segment[users],
    )
