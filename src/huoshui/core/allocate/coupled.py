"""Who gets what under a budget and further rows: prices first, then the few users that prices leave undecided.

A sample gives the prices nearly, a few passes over everyone settle them (dual.py); the users nearest to a change of
mind are then decided exactly, more of them while that does not do (polish.py). The result is recounted in whole fen
and heads. What the dual proves bounds what any plan can bring, so the gap is certified.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from huoshui.core.allocate.dual import (
    RADIUS_COLD,
    RADIUS_WARM,
    SAMPLE_USERS,
    Problem,
    Seen,
    descend,
    look,
    problem_of,
    recount,
    row_positions,
    sampled,
)
from huoshui.core.allocate.kernels import faces
from huoshui.core.allocate.one_budget import solve_one_budget
from huoshui.core.allocate.polish import (
    NODES_MAX,
    Answer,
    Near,
    applied,
    columns_near,
    fractional,
    nearest,
    regret_of,
    whole,
)
from huoshui.core.allocate.relax import Impossible, Relaxation, smallest_relaxation, widened
from huoshui.core.allocate.rows import BUDGET, Stack, Usage, stacked
from huoshui.core.allocate.values import Certificate, Choices, Floats, Offers, Plan, Row

SORTED_USERS_MAX = 1 << 21
"""Up to so many users are put in the order of their keys first, so that their order in the input decides nothing."""
TOLERANCE = 2e-7
"""The descent ends when what it may still gain is less than this share of the bound."""
GAP = 1e-6
"""A linear answer farther below the bound than this share gets more users to decide about."""
WHOLE_GAP = 2e-7
"""How far below its best, as a share of the bound, the program in whole numbers may stay."""
FULL_PASSES_MAX = 20
NEAR_USERS = 4_000
NEAR_USERS_MAX = 1 << 18
"""Beyond so many the program would take longer than it could win: the gap is as shown."""
NEAR_GROWTH = 4
UNROUNDED_MAX = 2
"""Where so many linear answers found no whole users, rows are too tight for more of them to help."""
PROVE_GAP = 5e-6
PROVE_COLUMNS = 1_500
"""So few alternatives within a wider gap, as curves by segment leave, are all decided in whole numbers."""
TIGHTENINGS_MAX = 6
EVERYONE = 1e30
"""A regret that nobody has: everyone, with every alternative."""
EXACT_NODES_MAX = 1_000_000
TRIES_MAX = 5
"""So often the limits told are tried, and widened where no plan is found at them, before anyone is told of them."""
PRICE_AT_CAP = 0.99
NOISE_FEN = 1e-6
"""A bound above the value by less is the value: 64-bit sums know no better."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Choices that keep every row, what they use, the best bound proven (in the objective), prices, passes taken."""

    choice: Choices
    usage: Usage
    bound_est: float
    prices: Floats
    passes: int


def solve(
    offers: Offers,
    *,
    budget_fen: int,
    rows: Sequence[Row] = (),
    edge_est: float = 1.0,
    warm: Mapping[str, float] | None = None,
    previous: Choices | None = None,
    changes_max: int | None = None,
    exact: bool = False,
    proof: bool = True,
) -> Plan:
    """The best choices under a budget and `rows`, never spending freely where a fen brings less than `edge_est`.

    `warm`: prices of an earlier plan (`Plan.prices`); they save time. `previous` (N,): yesterday's choices, of whom at
    most `changes_max` may change. `exact`: the proven optimum, for thousands of users rather than millions. Without
    `proof` no time is taken to come nearer than the rounded linear answer: for points of a curve.
    Raises Impossible with the smallest relaxation where no plan keeps every row.
    """
    if budget_fen < 0 or edge_est < 0:
        raise ValueError(f"budget and edge are at least 0: {budget_fen}, {edge_est}")
    if (previous is None) != (changes_max is None):
        raise ValueError("yesterday's choices and how many may change belong together")
    if not rows and previous is None and not exact:
        start = None if warm is None else edge_est + warm.get(BUDGET, 0.0)
        return solve_one_budget(offers, budget_fen, edge_est=edge_est, warm_est=start)
    ordered, before, order = _by_key(offers, previous)
    stack = stacked(ordered, budget_fen, tuple(rows), changes_max)
    problem = problem_of(ordered, stack, edge_est, before)
    settled = _answered(problem, ordered.keys, rows, warm, exact, proof)
    if isinstance(settled, Relaxation):
        tried = settled
        for times in range(TRIES_MAX):
            told_fen, told_rows, told_changes = tried.as_told(budget_fen, rows, changes_max)
            told = problem_of(ordered, stacked(ordered, told_fen, told_rows, told_changes), edge_est, before)
            again = _answered(told, ordered.keys, told_rows, None, exact, proof)
            if isinstance(again, Settled):
                break
            tried = widened(problem, rows, tried, again, times)
        raise Impossible(_in_order(tried, order))
    plan = _plan(ordered, problem, settled, budget_fen)
    if order is None:
        return plan
    return replace(plan, choice=_back(plan.choice, order))


def _answered(
    problem: Problem,
    keys: npt.NDArray[np.uint64],
    rows: Sequence[Row],
    warm: Mapping[str, float] | None,
    exact: bool,
    proof: bool,
) -> Settled | Relaxation:
    """Choices that keep every row, or what would have to give way."""
    settled = _settled(problem, keys, warm, exact, proof)
    if settled is not None:
        return settled
    relaxation = smallest_relaxation(problem, keys, rows)
    return relaxation if relaxation.loosenings else _kept(problem, keys, relaxation.choice, exact)


def _settled(
    problem: Problem,
    keys: npt.NDArray[np.uint64],
    warm: Mapping[str, float] | None,
    exact: bool,
    proof: bool,
) -> Settled | None:
    """Prices from a sample or from `warm`, then from everyone, then whole choices."""
    radius = RADIUS_COLD
    prices = np.zeros(len(problem.stack.codes))
    if warm is not None:
        prices, radius = row_positions(problem.stack.codes, dict(warm)), RADIUS_WARM
    elif problem.users > 2 * SAMPLE_USERS:
        prices = descend(sampled(problem), prices, radius=radius, tolerance=1e-6).best.prices
        radius = RADIUS_WARM
    passes_max = FULL_PASSES_MAX if problem.users > 2 * SAMPLE_USERS else 3 * FULL_PASSES_MAX
    found = descend(problem, prices, radius=radius, tolerance=TOLERANCE, passes_max=passes_max)
    if (found.best.prices * problem.stack.unit >= PRICE_AT_CAP * problem.price_max).any():
        return None
    settled = _whole_choices(problem, keys, found.best, found.passes)
    if exact:
        return _proven(problem, keys, found.best, settled, nodes=EXACT_NODES_MAX)
    near = PROVE_GAP * abs(settled.bound_est) if settled is not None else 0.0
    if not proof or settled is None or settled.bound_est - problem.worth(settled.usage) <= near:
        return settled
    return _proven(problem, keys, found.best, settled, nodes=NODES_MAX, columns_max=PROVE_COLUMNS)


def _whole_choices(problem: Problem, keys: npt.NDArray[np.uint64], seen: Seen, passes: int) -> Settled | None:
    """Decide about the nearest users, and about more of them while the rows do not hold or the gap is wide."""
    unit, limit = problem.stack.unit, problem.stack.limit
    regret, wanted = regret_of(problem, seen), NEAR_USERS
    passes += 1
    improved, unrounded = False, 0
    while True:
        everyone = wanted >= problem.users
        most = EVERYONE if everyone else float(np.partition(regret, wanted)[wanted])
        near = nearest(problem, seen, keys, most, regret)
        left = limit - seen.used.sum(1)
        answer = fractional(near, left, unit)
        if answer is not None:
            short = seen.bound_est - problem.worth(seen.usage) - answer.gain
            if not everyone and short > GAP * abs(seen.bound_est):
                if not improved:
                    better = look(problem, answer.prices)
                    passes += 1
                    improved = True
                    if better.bound_est < seen.bound_est:
                        seen = better
                        regret = regret_of(problem, seen)
                        passes += 1
                        continue
                if wanted < NEAR_USERS_MAX:
                    wanted *= NEAR_GROWTH
                    continue
            settled = _rounded(problem, seen, near, answer, passes)
            if settled is not None:
                return settled
            unrounded += 1
        if everyone or wanted >= NEAR_USERS_MAX or unrounded == UNROUNDED_MAX:
            return None
        wanted *= NEAR_GROWTH


def _rounded(problem: Problem, seen: Seen, near: Near, answer: Answer, passes: int) -> Settled | None:
    """Whole users from the linear answer; the limits a little tighter where rounding errors still broke one."""
    limit, unit = problem.stack.limit, problem.stack.unit
    tight = np.zeros(len(limit))
    base = seen.used.sum(1)
    for _ in range(TIGHTENINGS_MAX):
        found = whole(near, limit - tight - base, unit, answer, gap=WHOLE_GAP * abs(seen.bound_est))
        if found is None:
            return None
        choice = applied(near, found.taken, seen.choice)
        usage = recount(problem, choice)
        over = problem.stack.used(usage).sum(1) - limit
        if (over <= 0).all():
            prices = _finer(answer.prices, seen)
            return Settled(choice, usage, seen.bound_est, prices, passes)
        tight += np.where(over > 0, 2 * over + 1e-12 * np.abs(limit), 0.0)
    return None


def _finer(prices: Floats, seen: Seen) -> Floats:
    """The linear answer's prices where it has any, else the descent's."""
    return prices if prices.any() else seen.prices


def _proven(
    problem: Problem,
    keys: npt.NDArray[np.uint64],
    seen: Seen,
    settled: Settled | None,
    *,
    nodes: int,
    columns_max: int | None = None,
) -> Settled | None:
    """The optimum: whatever loses more than the gap cannot be in it; the rest is decided in whole numbers.

    With more than `columns_max` left to decide, `settled` stays as it is.
    """
    size = max(1.0, abs(seen.bound_est))
    known = -EVERYONE if settled is None else problem.worth(settled.usage)
    most = EVERYONE if settled is None else max(0.0, seen.bound_est - known) + 1e-9 * size
    regret = regret_of(problem, seen)
    if columns_max is not None and columns_near(problem, seen, keys, most, regret) > columns_max:
        return settled
    near = nearest(problem, seen, keys, most, regret)
    left, base = problem.stack.limit - seen.used.sum(1), problem.worth(seen.usage)
    tight = np.zeros(len(left))
    for _ in range(TIGHTENINGS_MAX):
        found = whole(near, left - tight, problem.stack.unit, None, gap=1e-9 * size, nodes=nodes)
        if found is None:
            return settled
        choice = applied(near, found.taken, seen.choice)
        usage = recount(problem, choice)
        over = problem.stack.used(usage).sum(1) - problem.stack.limit
        if (over <= 0).all():
            bound = min(seen.bound_est, max(base + found.bound, known))
            bound = bound if settled is None else min(bound, settled.bound_est)
            if settled is not None and problem.worth(usage) < known:
                return Settled(settled.choice, settled.usage, bound, settled.prices, settled.passes)
            prices = seen.prices if settled is None else settled.prices
            return Settled(choice, usage, bound, prices, 0 if settled is None else settled.passes)
        tight += np.where(over > 0, 2 * over + 1e-12 * np.abs(left), 0.0)
    return settled


def _plan(offers: Offers, problem: Problem, settled: Settled, budget_fen: int) -> Plan:
    usage, stack = settled.usage, problem.stack
    spent, value = int(usage.spent.sum()), float(usage.worth_est.sum())
    face, _ = faces(settled.choice, np.array([option.amount_fen for option in offers.options], np.int64))
    bound = settled.bound_est + problem.edge_est * spent
    bound = bound if bound > value + NOISE_FEN else value
    return Plan(
        choice=settled.choice,
        price_est=problem.edge_est + float(settled.prices[0]),
        edge_est=problem.edge_est,
        budget_fen=budget_fen,
        spent_fen=spent,
        face_fen=int(face),
        certificate=Certificate(value, bound, _violation(stack, usage)),
        rows=stack.results(usage, settled.prices)[1:],
        passes=settled.passes,
    )


def _violation(stack: Stack, usage: Usage) -> float:
    """The largest excess of a row, as a share of its limit (of 1 where that is 0)."""
    over = stack.used(usage).sum(1) - stack.limit
    return float(np.maximum(0.0, over / np.maximum(1.0, np.abs(stack.limit))).max())


def _kept(problem: Problem, keys: npt.NDArray[np.uint64], choice: Choices, exact: bool) -> Settled:
    """Rows so tight that only the search for a relaxation found choices that keep them, improved where small."""
    free = look(problem, np.zeros(len(problem.stack.codes)))
    settled = Settled(choice, recount(problem, choice), free.bound_est, free.prices, 1)
    nodes, columns_max = (EXACT_NODES_MAX, None) if exact else (NODES_MAX, PROVE_COLUMNS)
    return _proven(problem, keys, free, settled, nodes=nodes, columns_max=columns_max) or settled


def _back(choice: Choices, order: npt.NDArray[np.int64]) -> Choices:
    """Choices in the order of the input."""
    result = np.empty_like(choice)
    result[order] = choice
    return result


def _in_order(relaxation: Relaxation, order: npt.NDArray[np.int64] | None) -> Relaxation:
    return relaxation if order is None else replace(relaxation, choice=_back(relaxation.choice, order))


def _by_key(
    offers: Offers, previous: Choices | None
) -> tuple[Offers, Choices | None, npt.NDArray[np.int64] | None]:
    """The users in the order of their keys (None: they are, or there are too many to move)."""
    if offers.users > SORTED_USERS_MAX or (offers.keys[1:] >= offers.keys[:-1]).all():
        return offers, previous, None
    order = np.argsort(offers.keys, kind="stable")
    moved = Offers(
        options=offers.options,
        values_est=np.ascontiguousarray(offers.values_est[:, order]),
        costs=np.ascontiguousarray(offers.costs[:, order]),
        keys=offers.keys[order],
        segments=offers.segments,
        segment=None if offers.segment is None else offers.segment[order],
    )
    return moved, None if previous is None else previous[order], order
