"""One budget: never over, as good as the linear program allows, and the same answer whatever way led to it."""

from itertools import pairwise, product
from typing import Any

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huoshui.core.allocate import Offers, Option, Plan, solve_one_budget
from huoshui.core.allocate.one_budget import WARM_WIDTH, _warm_bracket, sampled_bracket

KINDS = ("concave", "free", "equal", "sorted", "ruinous")
NO_LIMIT = 1 << 60


def offers_of(seed: int, users: int, options: int, kind: str) -> Offers:
    """Users whose levels bring more or less than they cost; a tenth of the cells is not allowed or missing."""
    chance = np.random.default_rng(seed)
    alike = 3 if kind == "equal" else users
    cost = chance.integers(1, 900, (options, alike))
    value = cost * chance.uniform(-0.3, 4, (options, alike))
    if kind == "free":
        cost[chance.random(cost.shape) < 0.3] = 0
    if kind == "sorted":
        value = np.sort(value, axis=1)
    if kind == "ruinous":
        value = cost * chance.integers(0, 4, cost.shape).astype(
            np.float64
        )  # whole returns: ties in efficiency everywhere
    value[chance.random(value.shape) < 0.1] = -np.inf
    value[chance.random(value.shape) < 0.02] = np.nan
    cell = chance.integers(0, alike, users) if kind == "equal" else np.arange(users)
    keys = chance.integers(0, 2**64, users, dtype=np.uint64)
    named = tuple(Option("c", 100 * (k + 1)) for k in range(options))
    return Offers(named, value[:, cell].astype(np.float32), cost[:, cell].astype(np.int32), keys)


def recount(offers: Offers, plan: Plan) -> tuple[int, float]:
    """Fen and value of the choices, summed anew."""
    user = np.flatnonzero(plan.choice > 0)
    option = plan.choice[user] - 1
    return int(offers.costs[option, user].astype(np.int64).sum()), float(
        offers.values_est[option, user].astype(np.float64).sum()
    )


def optimum(offers: Offers, budget_fen: int, edge_est: float, *, whole: bool = False) -> float:
    """What the linear program, or that in whole users, can bring above the edge, by HiGHS."""
    option, user = np.nonzero(np.isfinite(offers.values_est))
    cost = offers.costs[option, user].astype(np.float64)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(user), offers.users + 1
    model.col_cost_ = offers.values_est[option, user] - edge_est * cost
    model.col_lower_, model.col_upper_ = np.zeros(len(user)), np.ones(len(user))
    model.row_lower_ = np.full(offers.users + 1, -highspy.kHighsInf)
    model.row_upper_ = np.append(np.ones(offers.users), budget_fen)
    model.sense_ = highspy.ObjSense.kMaximize
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = 2 * np.arange(len(user) + 1)
    model.a_matrix_.index_ = np.column_stack([user, np.full(len(user), offers.users)]).ravel()
    model.a_matrix_.value_ = np.column_stack([np.ones(len(user)), cost]).ravel()
    solver = highspy.Highs()
    for name, value in (("output_flag", False), ("threads", 1), ("mip_rel_gap", 0.0), ("mip_abs_gap", 1e-9)):
        solver.setOptionValue(name, value)
    if whole:
        model.integrality_ = [highspy.HighsVarType.kInteger] * len(user)
    solver.passModel(model)
    solver.run()
    return float(solver.getInfo().objective_function_value)


def above_edge(plan: Plan) -> float:
    return plan.certificate.value_est - plan.edge_est * plan.spent_fen


instances = st.builds(
    offers_of, st.integers(0, 10**6), st.integers(1, 600), st.integers(1, 9), st.sampled_from(KINDS)
)
edges = st.sampled_from([0.0, 0.5, 1.0, 1.5])
shares = st.floats(0, 1.1)


def budget_of(offers: Offers, edge: float, share: float) -> int:
    return int(solve_one_budget(offers, NO_LIMIT, edge_est=edge).spent_fen * share)


@settings(max_examples=150)
@given(instances, edges, shares)
def test_never_over_and_the_bound_is_at_most_the_optimum_of_the_linear_program(
    offers: Offers, edge: float, share: float
) -> None:
    budget = budget_of(offers, edge, share)
    plan = solve_one_budget(offers, budget, edge_est=edge)
    spent, value = recount(offers, plan)
    assert (plan.spent_fen, plan.face_fen) == (spent, int((plan.choice.astype(np.int64) * 100).sum()))
    assert spent <= budget
    assert plan.certificate.value_est == pytest.approx(value, rel=1e-12, abs=1e-6)
    best = optimum(offers, budget, edge)
    bound = plan.certificate.bound_est - edge * plan.spent_fen
    assert above_edge(plan) <= best + 1e-9 * abs(best) + 1e-6
    assert bound <= best + 1e-7 * abs(best) + 1e-6


@settings(max_examples=150)
@given(
    st.builds(
        offers_of, st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 5), st.sampled_from(KINDS)
    ),
    edges,
    shares,
)
def test_no_plan_in_whole_users_is_above_the_bound(offers: Offers, edge: float, share: float) -> None:
    budget = budget_of(offers, edge, share)
    plan = solve_one_budget(offers, budget, edge_est=edge)
    best = optimum(offers, budget, edge, whole=True)
    assert plan.certificate.bound_est - edge * plan.spent_fen >= best - 1e-9 * abs(best) - 1e-6
    assert above_edge(plan) <= best + 1e-9 * abs(best) + 1e-6


@settings(max_examples=100)
@given(instances, edges, shares, st.floats(0.01, 100), st.integers(0, 100))
def test_a_warm_start_however_wrong_and_the_order_of_users_change_no_choice(
    offers: Offers, edge: float, share: float, wrong: float, seed: int
) -> None:
    budget = budget_of(offers, edge, share)
    plan = solve_one_budget(offers, budget, edge_est=edge)
    for warm in (plan.price_est, plan.price_est * wrong + 1e-3):
        again = solve_one_budget(offers, budget, edge_est=edge, warm_est=warm)
        assert again.choice.tobytes() == plan.choice.tobytes()
        assert again.price_est == plan.price_est
    order = np.random.default_rng(seed).permutation(offers.users)
    values, costs = (part[:, order].copy() for part in (offers.values_est, offers.costs))
    mixed = solve_one_budget(Offers(offers.options, values, costs, offers.keys[order]), budget, edge_est=edge)
    assert mixed.choice.tobytes() == plan.choice[order].tobytes()


@settings(max_examples=60)
@given(instances, edges, st.lists(shares, min_size=2, max_size=5))
def test_more_budget_is_never_worse_and_the_price_is_the_slope(
    offers: Offers, edge: float, many: list[float]
) -> None:
    budgets = sorted({budget_of(offers, edge, share) for share in many})
    plans = [solve_one_budget(offers, budget, edge_est=edge) for budget in budgets]
    for before, after in pairwise(plans):
        assert above_edge(after) >= above_edge(before) - 1e-6
        assert after.price_est <= before.price_est
        # The optima of the linear programs are points of a concave curve: its slope lies between the prices.
        rise = optimum(offers, after.budget_fen, edge) - optimum(offers, before.budget_fen, edge)
        more = after.budget_fen - before.budget_fen
        noise = 1e-7 * after.certificate.bound_est + 1e-6
        assert (after.price_est - edge) * more - noise <= rise <= (before.price_est - edge) * more + noise


@settings(max_examples=150)
@given(st.integers(0, 10**6), st.sampled_from(KINDS), st.integers(1, 6), st.floats(0, 1))
def test_one_fen_more_is_never_worse_and_the_greedy_is_never_better(
    seed: int, kind: str, users: int, share: float
) -> None:
    offers = offers_of(seed, users, 3, kind)
    budget = budget_of(offers, 1.0, share)
    plan, next_plan = (solve_one_budget(offers, budget + more) for more in (0, 1))
    assert above_edge(next_plan) >= above_edge(plan) - 1e-6
    worths, costs = np.nan_to_num(offers.values_est, nan=-np.inf, neginf=-np.inf), offers.costs
    best = 0.0
    for chosen in product(range(-1, 3), repeat=users):
        picked = [(k, u) for u, k in enumerate(chosen) if k >= 0]
        fen = sum(int(costs[cell]) for cell in picked)
        if fen <= budget:
            best = max(best, sum(float(worths[cell]) - int(costs[cell]) for cell in picked))
    assert above_edge(plan) <= best + 1e-6 <= plan.certificate.bound_est - plan.spent_fen + 2e-6


@pytest.mark.parametrize("users", [0, 1, 3])
def test_nobody_no_budget_and_nothing_that_pays(users: int) -> None:
    offers = offers_of(1, users, 2, "concave")
    assert solve_one_budget(offers, 0).spent_fen == 0
    dear = solve_one_budget(offers, NO_LIMIT, edge_est=100.0)
    assert (dear.spent_fen, dear.price_est, dear.certificate.value_est) == (0, 100.0, 0.0)
    assert solve_one_budget(offers, 10**30).spent_fen == solve_one_budget(offers, NO_LIMIT).spent_fen
    with pytest.raises(ValueError, match="at least 0"):
        solve_one_budget(offers, -1)


def test_a_sample_that_lies_costs_passes_and_no_fen() -> None:
    """Whoever is sampled brings nothing; the rest does: the bracket is wrong, the answer is not."""
    users, options = 20_000, 4
    offers = offers_of(3, users, options, "concave")
    seen = mask_of_sampled(offers)
    values = offers.values_est.copy()
    values[:, seen] = -1.0
    lying = Offers(offers.options, values, offers.costs, offers.keys)
    budget = budget_of(lying, 1.0, 0.2)
    plan = solve_one_budget(lying, budget)
    order = np.random.default_rng(5).permutation(users)
    fair = solve_one_budget(
        Offers(offers.options, values[:, order], offers.costs[:, order], offers.keys[order]), budget
    )
    assert plan.passes > 1
    assert plan.choice[order].tobytes() == fair.choice.tobytes()
    assert plan.certificate.gap < 1e-5


def mask_of_sampled(offers: Offers) -> Any:
    """Which users the sample holds: those whose change moves the bracket, found by marking each with its position."""
    from huoshui.core.allocate.one_budget import SAMPLE_USERS, _sample

    marks = np.tile(np.arange(offers.users, dtype=np.int32), (len(offers.options), 1))
    _, sampled, _ = _sample(offers.values_est, marks, SAMPLE_USERS)
    mask = np.zeros(offers.users, bool)
    mask[sampled[0]] = True
    return mask


def test_keys_that_are_no_hashes_cost_time_and_nothing_else() -> None:
    for keys in (np.zeros(70_000, np.uint64), np.arange(70_000, dtype=np.uint64)):
        plain = offers_of(4, 70_000, 3, "concave")
        offers = Offers(plain.options, plain.values_est, plain.costs, keys)
        plan = solve_one_budget(offers, budget_of(offers, 1.0, 0.3))
        assert plan.spent_fen == recount(offers, plan)[0] <= plan.budget_fen
        assert plan.certificate.gap < 1e-5


@pytest.mark.parametrize("kinds", [2, 5, 9])
def test_crowds_of_equal_users_are_proven_to_be_given_the_best(kinds: int) -> None:
    """What no change fits stays unspent; the linear program would split a user, whole users cannot."""
    chance = np.random.default_rng(kinds)
    users, kind = 30_000, chance.integers(0, kinds, 30_000)
    costs = np.cumsum(chance.integers(90, 300, (4, kinds)), axis=0).astype(np.int32)[:, kind]
    values = (1200 * np.sqrt(costs) * chance.uniform(0.5, 1, kinds)[kind] / 20).astype(np.float32)
    keys = chance.integers(0, 2**64, users, dtype=np.uint64)
    offers = Offers(tuple(Option("c", 100 * (k + 1)) for k in range(4)), values, costs, keys)
    for share in (0.02, 0.3, 0.31, 0.7):
        budget = budget_of(offers, 1.0, share)
        plan = solve_one_budget(offers, budget)
        assert plan.spent_fen == recount(offers, plan)[0] <= budget
        assert plan.certificate.gap <= 1e-6


def test_the_bracket_holds_the_price_of_all() -> None:
    for kind, share in product(KINDS, (0.01, 0.3, 0.9)):
        offers = offers_of(5, 150_000, 4, kind)
        plan = solve_one_budget(offers, budget_of(offers, 1.0, share))
        low, high = sampled_bracket(offers.values_est, offers.costs, plan.budget_fen, 1.0)
        assert low <= plan.price_est <= high
        assert plan.passes == 1


def test_a_look_says_where_near_a_price_of_yesterday_and_that_it_is_far_off() -> None:
    """Nearly all efficiencies lie together: spend hangs so much on the price that a sample tells it well."""
    plain = offers_of(6, 300_000, 3, "concave")
    return_of = 1.5 + 0.01 * np.random.default_rng(6).standard_normal(plain.users)
    values = (plain.costs * return_of).astype(np.float32)
    offers = Offers(plain.options, values, plain.costs, plain.keys)
    plan = solve_one_budget(offers, budget_of(offers, 1.0, 0.4))
    for wrong in (-0.7, 0.0, 0.7):
        bracket = _warm_bracket(
            values, offers.costs, plan.budget_fen, plan.price_est * (1 + wrong * WARM_WIDTH)
        )
        assert bracket is not None
        assert bracket[0] <= plan.price_est <= bracket[1] <= bracket[0] * (1 + WARM_WIDTH)
    for far in (plan.price_est * 0.98, plan.price_est * 1.02):
        assert _warm_bracket(values, offers.costs, plan.budget_fen, far) is None
        again = solve_one_budget(offers, plan.budget_fen, warm_est=far)
        assert (again.passes, again.choice.tobytes()) == (plan.passes, plan.choice.tobytes())
