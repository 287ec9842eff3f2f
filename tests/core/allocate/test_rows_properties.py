"""What must hold of every plan with rows: monotone, the same in any order, priced at its slope, additive, bounded."""

from dataclasses import replace
from itertools import pairwise, product
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huoshui.core.allocate import (
    Impossible,
    Offers,
    Option,
    Plan,
    Row,
    Scope,
    at_least,
    at_most,
    coupled,
    dual,
    return_at_least,
    share_at_most,
    solve,
)
from huoshui.core.allocate.dual import look, problem_of, recount, sampled
from huoshui.core.allocate.polish import Answer, Near
from huoshui.core.allocate.rows import stacked

OPTIONS = (Option("welcome", 200), Option("welcome", 500), Option("return", 300), Option("return", 800))
SEGMENTS = ("a", "b", "c", "d")


def offers_of(seed: int, users: int, *, kinds: int | None = None) -> Offers:
    """`kinds`: only so many different users, as curves by segment make them."""
    chance = np.random.default_rng(seed)
    drawn = max(users, kinds or 1)
    kind = np.arange(users) if kinds is None else chance.integers(0, kinds, users)
    amounts = np.array([option.amount_fen for option in OPTIONS])[:, None]
    worth, bend = chance.gamma(2, 300, drawn)[kind], chance.uniform(150, 900, drawn)[kind]
    noise = chance.uniform(0.6, 1.3, (4, drawn))[:, kind]
    values = (worth * noise * (1 - np.exp(-amounts / bend))).astype(np.float32)
    costs = np.rint(amounts * chance.uniform(0.3, 1, drawn)[kind]).astype(np.int32)
    values[:, chance.random(users) < 0.05] = -np.inf
    segment = kind % len(SEGMENTS)
    keys = chance.integers(0, 2**63, users).astype(np.uint64)
    return Offers(OPTIONS, values, costs, keys, SEGMENTS, segment.astype(np.uint8))


def rows_of(offers: Offers, budget_fen: int) -> tuple[Row, ...]:
    return (
        at_most(offers, "welcome", budget_fen // 2, of=Scope("welcome")),
        at_least(offers, "a", budget_fen // 5, of=Scope(segment="a")),
        at_most(offers, "heads of b", offers.users // 12, unit="users", of=Scope(segment="b")),
        share_at_most(offers, "share of c", 0.3, of=Scope(segment="c")),
        return_at_least(offers, "bar", 1.3, of=Scope("return")),
    )


def net(plan: Plan) -> float:
    return plan.certificate.value_est - plan.edge_est * plan.spent_fen


def moved(offers: Offers, order: npt.NDArray[np.int64]) -> Offers:
    assert offers.segment is not None
    return Offers(
        offers.options,
        np.ascontiguousarray(offers.values_est[:, order]),
        np.ascontiguousarray(offers.costs[:, order]),
        offers.keys[order],
        offers.segments,
        offers.segment[order],
    )


def best_by_hand(offers: Offers, budget_fen: int, previous: npt.NDArray[np.int8], changes_max: int) -> float:
    """Every possible plan of a few users."""
    best = -inf
    for choice in product(range(len(OPTIONS) + 1), repeat=offers.users):
        cost = sum(int(offers.costs[c - 1, u]) for u, c in enumerate(choice) if c)
        value = sum(float(offers.values_est[c - 1, u]) for u, c in enumerate(choice) if c)
        if cost <= budget_fen and sum(c != p for c, p in zip(choice, previous, strict=True)) <= changes_max:
            best = max(best, value - cost)
    return best


@pytest.mark.parametrize("kinds", [None, 12])
def test_many_users_and_rows_of_every_kind(kinds: int | None) -> None:
    """Beyond the sample's size, so that the prices come from a sample first."""
    offers = offers_of(1, 130_000, kinds=kinds)
    budget_fen = 130_000 * 60
    rows = (
        *rows_of(offers, budget_fen),
        at_most(offers, "few of b", 2_000, unit="users", of=Scope(segment="b")),
        at_least(offers, "much of a", budget_fen * 4 // 10, of=Scope(segment="a")),
    )
    plan = solve(offers, budget_fen=budget_fen, rows=rows)
    assert plan.passes <= 30
    assert plan.certificate.gap <= 5e-6 if kinds is None else plan.certificate.gap <= 2e-5
    assert plan.certificate.violation == 0
    problem = problem_of(offers, stacked(offers, budget_fen, rows, None), 1.0, None)
    used = problem.stack.used(recount(problem, plan.choice)).sum(1)
    assert (used <= problem.stack.limit).all()
    assert [row.used for row in plan.rows] == pytest.approx(used[1:].tolist())
    binding = [row for row in plan.rows if row.price_est > 0]
    assert binding
    for row in binding:
        assert row.slack <= 1e-3 * max(abs(row.limit), budget_fen)
    again = solve(offers, budget_fen=budget_fen, rows=rows, warm=plan.prices)
    assert again.passes <= plan.passes
    assert net(again) == pytest.approx(net(plan), rel=2e-5)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), users=st.integers(5, 400), kinds=st.sampled_from([None, 3, 8]))
def test_the_order_of_users_decides_nothing(seed: int, users: int, kinds: int | None) -> None:
    offers = offers_of(seed, users, kinds=kinds)
    budget_fen = users * 60
    rows = rows_of(offers, budget_fen)[2:]
    order = np.random.default_rng(seed).permutation(users)
    plan = solve(offers, budget_fen=budget_fen, rows=rows)
    other = solve(moved(offers, order), budget_fen=budget_fen, rows=rows)
    assert (plan.choice[order] == other.choice).all()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), users=st.integers(5, 40), kinds=st.sampled_from([None, 3]))
def test_more_budget_is_never_worse_and_the_price_is_the_slope(
    seed: int, users: int, kinds: int | None
) -> None:
    offers = offers_of(seed, users, kinds=kinds)
    rows = rows_of(offers, users * 100)[2:]
    plans = [solve(offers, budget_fen=users * fen, rows=rows, exact=True) for fen in (0, 20, 60, 120, 240)]
    for less, more in pairwise(plans):
        assert net(less) <= net(more) + 1e-6
        # No budget brings more than the bound at these prices allows: its slope is the price.
        step = more.budget_fen - less.budget_fen
        near = solve(offers, budget_fen=less.budget_fen, rows=rows)
        bound = near.certificate.bound_est - near.edge_est * near.spent_fen
        slack = 1e-4 * max(1.0, abs(bound)) + _split(offers)
        assert net(more) <= bound + (near.price_est - 1.0) * step + slack


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), users=st.integers(100, 300), kinds=st.integers(5, 20))
def test_without_proof_a_plan_is_as_lawful_and_nearly_as_good(seed: int, users: int, kinds: int) -> None:
    offers = offers_of(seed, users, kinds=kinds)
    rows = rows_of(offers, users * 60)[2:]
    proven = solve(offers, budget_fen=users * 60, rows=rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coupled, "_proven", None)
        plain = solve(offers, budget_fen=users * 60, rows=rows, proof=False)
    assert plain.certificate.violation == 0
    assert net(plain) <= net(proven) + 1e-6
    bound = plain.certificate.bound_est - plain.edge_est * plain.spent_fen
    assert net(proven) <= bound + 1e-6
    # The linear answer splits at most as many users as there are rows, the pot's among them.
    assert net(plain) >= net(proven) - (len(rows) + 1) * _split(offers)


def _split(offers: Offers) -> float:
    """What one user at most brings: in whole users a slope is true to within one."""
    return float(offers.values_est[np.isfinite(offers.values_est)].max(initial=0.0))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    users=st.integers(1, 5),
    changes_max=st.integers(0, 5),
    budget_fen=st.integers(0, 2_000),
)
def test_at_most_so_many_change_and_those_the_best(
    seed: int, users: int, changes_max: int, budget_fen: int
) -> None:
    offers = offers_of(seed, users)
    previous = np.random.default_rng(seed).integers(0, 5, users).astype(np.int8)
    best = best_by_hand(offers, budget_fen, previous, changes_max)
    if best == -inf:
        with pytest.raises(Impossible):
            solve(offers, budget_fen=budget_fen, previous=previous, changes_max=changes_max, exact=True)
        return
    plan = solve(offers, budget_fen=budget_fen, previous=previous, changes_max=changes_max, exact=True)
    assert (plan.choice != previous).sum() <= changes_max
    assert plan.rows[-1].used == (plan.choice != previous).sum()
    assert net(plan) == pytest.approx(best, abs=1e-2)


def test_usage_of_halves_adds_up_to_the_whole() -> None:
    offers = offers_of(4, 3000)
    rows = rows_of(offers, 10**6)
    plan = solve(offers, budget_fen=200_000, rows=rows[2:])
    prices = np.array([0.3, 0.1, 0.0, 40.0, 0.2, 0.05])
    parts = []
    for users in (np.arange(1100), np.arange(1100, 3000), np.arange(3000)):
        part = moved(offers, users)
        problem = problem_of(part, stacked(offers, 200_000, rows, None), 1.0, None)
        parts.append((look(problem, prices), recount(problem, plan.choice[users])))
    for first, second, whole in zip(*parts, strict=True):
        usages = [one.usage if hasattr(one, "usage") else one for one in (first, second, whole)]
        both = usages[0] + usages[1]
        assert (both.spent == usages[2].spent).all()
        assert (both.count == usages[2].count).all()
        assert np.allclose(both.worth_est, usages[2].worth_est)
    assert np.allclose(parts[0][0].surplus_est + parts[1][0].surplus_est, parts[2][0].surplus_est)


def test_the_dual_is_everyones_best_score_and_the_prices_of_the_limits() -> None:
    """User by user in Python, at prices that nothing chose; so no plan that keeps the rows is worth more."""
    offers = offers_of(7, 300)
    rows = rows_of(offers, 30_000)
    stack = stacked(offers, 30_000, rows, 40)
    previous = np.random.default_rng(7).integers(0, 5, 300).astype(np.int8)
    prices = np.array([0.3, 0.1, 0.05, 40.0, 0.2, 0.05, 30.0])
    assert offers.segment is not None
    total = float(prices @ stack.limit)
    for user in range(300):
        s, scores = offers.segment[user], [-30.0 * (previous[user] != 0)]
        for k in range(len(OPTIONS)):
            value, cost = float(offers.values_est[k, user]), int(offers.costs[k, user])
            if np.isfinite(value):
                uses = (
                    stack.of_cost[:, k, s] * cost + stack.of_value[:, k, s] * value + stack.of_count[:, k, s]
                )
                scores.append(value - cost - float(prices @ uses) - 30.0 * (previous[user] != k + 1))
        total += max(scores)
    seen = look(problem_of(offers, stack, 1.0, previous), prices)
    assert seen.bound_est == pytest.approx(total, rel=1e-9)


def test_a_sample_stands_for_all() -> None:
    offers = offers_of(9, 120_000)
    problem = problem_of(offers, stacked(offers, 6_000_000, rows_of(offers, 6_000_000), None), 1.0, None)
    prices = np.array([0.5, 0.1, 0.0, 40.0, 0.2, 0.05])
    some, every = look(sampled(problem), prices), look(problem, prices)
    assert some.bound_est == pytest.approx(every.bound_est, rel=0.02)
    np.testing.assert_allclose(some.used.sum(1), every.used.sum(1), rtol=0.05)


def test_a_program_that_takes_too_much_is_found_out_and_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Choices are recounted: what the solver of whole numbers takes for kept may be over by its tolerance."""
    offers = offers_of(10, 400)
    rows = (at_most(offers, "welcome", 7_000, of=Scope("welcome")),)
    real, asked = coupled.whole, []

    def careless(near: Near, left: npt.NDArray[np.float64], *rest: Any, **named: Any) -> Answer | None:
        asked.append(left)
        return real(near, left + 150, *rest, **named)

    monkeypatch.setattr(coupled, "whole", careless)
    plan = solve(offers, budget_fen=20_000, rows=rows)
    assert len(asked) > 1
    assert plan.spent_fen <= 20_000
    assert plan.certificate.violation == 0
    assert plan.rows[0].used <= 7_000


@pytest.mark.parametrize("seed", range(6))
def test_nor_does_their_order_where_a_sample_gives_the_prices(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (coupled, dual):
        monkeypatch.setattr(module, "SAMPLE_USERS", 60)
    monkeypatch.setattr(dual, "SEGMENT_SAMPLE_MIN", 5)
    offers = offers_of(seed, 1200)
    rows = rows_of(offers, 72_000)[:1]
    order = np.random.default_rng(seed).permutation(1200)
    plan = solve(offers, budget_fen=72_000, rows=rows)
    other = solve(moved(offers, order), budget_fen=72_000, rows=rows)
    assert (plan.choice[order] == other.choice).all()
    assert plan.prices == other.prices


def test_what_is_asked_wrongly_is_refused() -> None:
    offers = offers_of(5, 20)
    with pytest.raises(ValueError, match="nothing is offered"):
        at_most(offers, "x", 1, of=Scope("no such campaign"))
    with pytest.raises(ValueError, match="not distinct"):
        solve(offers, budget_fen=1, rows=(at_most(offers, "x", 1), at_most(offers, "x", 2)))
    with pytest.raises(ValueError, match="belong together"):
        solve(offers, budget_fen=1, changes_max=3)
    with pytest.raises(ValueError, match="at least 0"):
        solve(offers, budget_fen=-1)
    with pytest.raises(ValueError, match="tables of shape"):
        solve(offers, budget_fen=1, rows=(replace(at_most(offers, "x", 1), of_cost=np.ones((1, 1))),))
    with pytest.raises(ValueError, match="segment"):
        solve(
            replace(offers, segment=np.full(20, 9, np.uint8)), budget_fen=1, rows=(at_most(offers, "x", 1),)
        )


def test_nobody_and_nothing_allowed() -> None:
    none = offers_of(6, 0)
    assert solve(none, budget_fen=100, rows=(at_most(none, "x", 1),)).spent_fen == 0
    barred = offers_of(6, 10)
    barred.values_est[:] = -np.inf
    plan = solve(barred, budget_fen=100, rows=(at_most(barred, "x", 50),))
    assert not plan.choice.any()
    with pytest.raises(Impossible):
        solve(barred, budget_fen=100, rows=(at_least(barred, "x", 50),))
