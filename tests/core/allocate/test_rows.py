"""Several rows: against HiGHS's own integer optimum on small instances, and recounted on larger ones."""

from typing import Any

import highspy
import numpy as np
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
    return_at_least,
    share_at_least,
    share_at_most,
    solve,
)

SEGMENTS = ("newcomer", "regular", "lost")
CAMPAIGNS = ("welcome", "return")


def offers_of(seed: int, users: int, *, equal: bool = False, barred: float = 0.1) -> Offers:
    """Two campaigns of three levels; `equal`: only a few kinds of users, as curves by segment make them."""
    chance = np.random.default_rng(seed)
    options = tuple(Option(campaign, amount) for campaign in CAMPAIGNS for amount in (200, 500, 1000))
    segment = chance.integers(0, len(SEGMENTS), users).astype(np.uint8)
    kind = segment.astype(np.int64) if equal else np.arange(users)
    drawn = max(users, len(SEGMENTS))
    worth, scale = chance.gamma(2, 400, drawn)[kind], chance.uniform(100, 1500, (2, drawn))[:, kind]
    amounts = np.array([option.amount_fen for option in options])[:, None]
    noise = chance.uniform(0.6, 1.3, (len(options), drawn))[:, kind]
    values = (worth * noise * (1 - np.exp(-amounts / np.repeat(scale, 3, axis=0)))).astype(np.float32)
    costs = np.rint(amounts * chance.uniform(0.3, 1, drawn)[kind]).astype(np.int32)
    values[chance.random(values.shape) < barred] = -np.inf
    keys = chance.integers(0, 2**63, users).astype(np.uint64)
    return Offers(options, values, costs, keys, SEGMENTS, segment)


def rows_of(offers: Offers, budget_fen: int, seed: int) -> tuple[Row, ...]:
    """A few rules of every kind, some of them binding."""
    chance = np.random.default_rng(seed)
    welcome, lost = Scope(campaign="welcome"), Scope(segment="lost")
    every = [
        at_most(offers, "welcome", int(budget_fen * chance.uniform(0.2, 0.8)), of=welcome),
        at_most(offers, "heads", int(offers.users * chance.uniform(0.1, 0.6)), unit="users"),
        at_least(offers, "lost", int(budget_fen * chance.uniform(0.0, 0.3)), of=lost),
        at_least(offers, "seen", int(chance.integers(0, 4)), unit="users", of=Scope(segment="newcomer")),
        return_at_least(offers, "bar", chance.uniform(1.0, 2.5), of=welcome),
        return_at_least(offers, "bar of all", chance.uniform(1.0, 2.0)),
        share_at_most(offers, "share", chance.uniform(0.2, 0.6), of=lost),
        share_at_least(offers, "least share", chance.uniform(0.0, 0.3), of=Scope("return", "regular")),
    ]
    return tuple(row for row in every if chance.random() < 0.5)


def used_by(offers: Offers, row: Row, choice: np.ndarray[Any, Any]) -> float:
    """What a choice uses of a row, user by user, in Python."""
    total = 0.0
    for user in np.flatnonzero(choice):
        k, s = choice[user] - 1, 0 if offers.segment is None else offers.segment[user]
        cost, value = float(offers.costs[k, user]), float(offers.values_est[k, user])
        total += row.of_cost[k, s] * cost + row.of_value[k, s] * value + row.of_count[k, s]
    return total


def best_by_highs(offers: Offers, budget_fen: int, rows: tuple[Row, ...], edge_est: float) -> float | None:
    """The integer optimum of value - edge x cost by a general solver, or None."""
    lp: Any = highspy.Highs()
    for name, value in (("output_flag", False), ("threads", 1), ("mip_rel_gap", 0.0), ("mip_abs_gap", 1e-9)):
        lp.setOptionValue(name, value)
    pairs = [tuple(pair) for pair in np.argwhere(np.isfinite(offers.values_est))]
    segment = np.zeros(offers.users, int) if offers.segment is None else offers.segment
    gains = [float(offers.values_est[k, i]) - edge_est * float(offers.costs[k, i]) for k, i in pairs]
    for gain in gains:
        lp.addCol(-gain, 0.0, 1.0, 0, np.empty(0, np.int32), np.empty(0))
    lp.changeColsIntegrality(
        len(pairs), np.arange(len(pairs), dtype=np.int32), np.full(len(pairs), 1, np.uint8)
    )
    every = [(float(budget_fen), [float(offers.costs[k, i]) for k, i in pairs])]
    for row in rows:
        adds = [
            row.of_cost[k, segment[i]] * offers.costs[k, i]
            + row.of_value[k, segment[i]] * float(offers.values_est[k, i])
            + row.of_count[k, segment[i]]
            for k, i in pairs
        ]
        every.append((row.limit, adds))
    every.extend((1.0, [float(i == user) for _, i in pairs]) for user in range(offers.users))
    for limit, adds in every:
        at = np.flatnonzero(adds).astype(np.int32)
        lp.addRow(-highspy.kHighsInf, limit, len(at), at, np.array(adds)[at])
    lp.run()
    if lp.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return float(np.array(gains) @ np.rint(lp.getSolution().col_value)) if pairs else 0.0


def worth(plan: Plan) -> float:
    return plan.certificate.value_est - plan.edge_est * plan.spent_fen


def kept(offers: Offers, plan: Plan, rows: tuple[Row, ...]) -> bool:
    users = np.flatnonzero(plan.choice)
    spent = sum(int(offers.costs[plan.choice[i] - 1, i]) for i in users)
    assert spent == plan.spent_fen
    assert all(np.isfinite(offers.values_est[plan.choice[i] - 1, i]) for i in users)
    return spent <= plan.budget_fen and all(
        used_by(offers, row, plan.choice) <= row.limit + 1e-9 for row in rows
    )


@pytest.mark.parametrize("seed", range(20))
def test_a_rule_is_kept_just_where_it_says_so(seed: int) -> None:
    """Each kind of rule against the same sums in Python, at a limit a little above and a little below them."""
    offers = offers_of(seed, 60)
    chance = np.random.default_rng(seed)
    allowed = np.isfinite(offers.values_est)
    choice = np.array([chance.choice(np.append(0, np.flatnonzero(allowed[:, u]) + 1)) for u in range(60)])
    users = np.flatnonzero(choice)
    spent, brought = (
        part[choice[users] - 1, users].astype(np.float64) for part in (offers.costs, offers.values_est)
    )
    assert offers.segment is not None
    inside = np.array([offers.options[k].campaign == "return" for k in choice[users] - 1])
    inside &= offers.segment[users] == SEGMENTS.index("regular")
    of = Scope("return", "regular")
    fen, heads, share = spent[inside].sum(), inside.sum(), spent[inside].sum() / spent.sum()
    back = brought[inside].sum() / fen
    rules: list[tuple[Row, bool]] = []
    for off in (0.98, 1.02):
        rules += [
            (at_most(offers, "fen", fen * off, of=of), off > 1),
            (at_most(offers, "heads", heads * off, unit="users", of=of), off > 1),
            (at_least(offers, "fen least", fen * off, of=of), off < 1),
            (at_least(offers, "heads least", heads * off, unit="users", of=of), off < 1),
            (share_at_most(offers, "share", share * off, of=of), off > 1),
            (share_at_least(offers, "share least", share * off, of=of), off < 1),
            (return_at_least(offers, "bar", back * off, of=of), off < 1),
        ]
    for row, holds in rules:
        assert (used_by(offers, row, choice) <= row.limit) == holds, row.code


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), users=st.integers(5, 300), equal=st.booleans())
def test_never_worse_than_the_greedy_with_rows(seed: int, users: int, equal: bool) -> None:
    """Best offers first by what a fen brings above the edge, each where every limit still holds."""
    offers = offers_of(seed, users, equal=equal)
    budget_fen = users * 60
    rows = (
        at_most(offers, "welcome", budget_fen // 3, of=Scope("welcome")),
        at_most(offers, "lost", budget_fen // 5, of=Scope(segment="lost")),
        at_most(offers, "heads", users // 4 + 1, unit="users"),
    )
    assert offers.segment is not None
    option, user = np.nonzero(np.isfinite(offers.values_est) & (offers.values_est > offers.costs))
    rate = offers.values_est[option, user] / np.maximum(1, offers.costs[option, user])
    chosen, fen, used, greedy = set(), 0, np.zeros(len(rows)), 0.0
    for at in np.argsort(-rate, kind="stable"):
        k, u = option[at], user[at]
        cost, s = int(offers.costs[k, u]), offers.segment[u]
        adds = np.array([row.of_cost[k, s] * cost + row.of_count[k, s] for row in rows])
        if u in chosen or fen + cost > budget_fen or (used + adds > [row.limit for row in rows]).any():
            continue
        chosen.add(u)
        fen, used, greedy = fen + cost, used + adds, greedy + float(offers.values_est[k, u]) - cost
    plan = solve(offers, budget_fen=budget_fen, rows=rows)
    assert kept(offers, plan, rows)
    assert worth(plan) >= greedy - 1e-6 * max(1.0, greedy)


def against_highs(seed: int, users: int, equal: bool, edge_est: float) -> None:
    offers = offers_of(seed, users, equal=equal)
    budget_fen = int(offers.users * np.random.default_rng(seed).uniform(0, 500))
    rows = rows_of(offers, budget_fen, seed)
    best = best_by_highs(offers, budget_fen, rows, edge_est)
    if best is None:
        with pytest.raises(Impossible):
            solve(offers, budget_fen=budget_fen, rows=rows, edge_est=edge_est, exact=True)
        return
    plan = solve(offers, budget_fen=budget_fen, rows=rows, edge_est=edge_est, exact=True)
    assert kept(offers, plan, rows)
    assert worth(plan) == pytest.approx(best, rel=1e-6, abs=1e-3)
    assert plan.certificate.gap <= 1e-6
    near = solve(offers, budget_fen=budget_fen, rows=rows, edge_est=edge_est)
    assert kept(offers, near, rows)
    assert worth(near) <= best + 1e-3
    assert near.certificate.bound_est - edge_est * near.spent_fen >= best - 1e-3


@settings(max_examples=120, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    users=st.integers(1, 14),
    equal=st.booleans(),
    edge_est=st.sampled_from([0.0, 1.0, 1.3]),
)
def test_exact_is_the_optimum_of_a_general_solver(
    seed: int, users: int, equal: bool, edge_est: float
) -> None:
    against_highs(seed, users, equal, edge_est)


@pytest.mark.long
@settings(max_examples=4000, deadline=None)
@given(
    seed=st.integers(0, 10**9),
    users=st.integers(1, 14),
    equal=st.booleans(),
    edge_est=st.sampled_from([0.0, 1.0, 1.3]),
)
def test_exact_is_the_optimum_thousands_of_times(seed: int, users: int, equal: bool, edge_est: float) -> None:
    against_highs(seed, users, equal, edge_est)
