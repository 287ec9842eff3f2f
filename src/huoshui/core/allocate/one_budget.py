"""One budget: the multiple-choice knapsack by its dual price, in about one pass over the data.

A sample brackets the price; one pass settles everyone whose choice is the same at both ends; among the others the steps
of their hulls are taken best first until the budget is used, ties by the user's key. The price is the efficiency of the
first step that no longer fits. The last few fen then go where they lose least (last_fen.py). The bound is the dual
value at the price, less what any use of the last fen must lose: the gap is certified, not hoped for.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from huoshui.core.allocate.kernels import (
    END_MARGIN,
    Steps,
    faces,
    gathered,
    pass_between,
    price_after,
    sampled_prices,
    spend_by_run,
    take_within,
)
from huoshui.core.allocate.last_fen import Rest, use_rest
from huoshui.core.allocate.values import Certificate, Choices, Costs, Matrix, Offers, Plan

SAMPLE_USERS = 1 << 16
SAMPLE_SHARE = 16
"""A sample is at most one user in so many; it is bracketed by a sample of its own."""
SAMPLE_RUN = 64
"""Neighbouring users taken together: a few lines of the cache, which come quicker than as many apart."""
SAMPLE_RUNS_MIN = 128
SAMPLE_LEAST = 1024
"""So few users are looked at whole."""
SAMPLE_ERRORS = 3.0
"""Standard errors of the sampled spend by which the bracket is widened."""
DEAREST = 1e18
"""Few fen bring so much each; where one does, a second pass finds it."""
WARM_WIDTH = 0.004
"""A price of yesterday is first sought within this share of itself."""
WARM_LOOK_USERS_MIN = 1 << 18
"""With fewer a pass in vain costs no more than a look at a sample."""
WARM_ERRORS = 2.0
"""A price of yesterday is not tried where so large a sample says, by so many standard errors, that it is far off."""
FEN_MAX = (1 << 63) - 1
ROUNDING = 4e-12
"""Share by which the bound is raised: more than sums of ten million users in 64 bits can be off."""


def solve_one_budget(
    offers: Offers, budget_fen: int, *, edge_est: float = 1.0, warm_est: float | None = None
) -> Plan:
    """The best choices under one budget, never spending where a fen brings less than `edge_est`.

    `warm_est` is a price near the answer, such as yesterday's; it saves time and changes no choice.
    """
    if budget_fen < 0 or edge_est < 0:
        raise ValueError(f"budget and edge are at least 0: {budget_fen}, {edge_est}")
    values, costs = offers.values_est, offers.costs
    choice = np.empty(offers.users, np.int8)
    target = (float(budget_fen), float(budget_fen))
    passes = 0
    enclosed = None
    warm = None if warm_est is None else _warm_bracket(values, costs, budget_fen, warm_est)
    if warm is not None:
        low, high = (max(edge_est, end) for end in warm)
        enclosed = _pass_between(values, costs, low, high + TINY, choice)
        passes += 1
        if _side(enclosed, target, edge_est) != 0:
            enclosed = None
    if enclosed is None:
        bracket = sampled_bracket(values, costs, budget_fen, edge_est)
        enclosed, more = _enclose(values, costs, target, bracket, edge_est, choice)
        passes += more
    selected = _select(enclosed, offers.keys, budget_fen, edge_est, choice)
    spent, value, bound = selected.spent, selected.value, selected.bound
    if selected.broken_fen:
        rest = Rest(budget_fen - spent, selected.broken_fen, selected.price, edge_est)
        fen, gained, least_loss = use_rest(offers, choice, rest, value)
        spent, value, bound = spent + fen, value + gained, bound - least_loss
    # The bound is on value less edge x cost; what the plan itself spends is added to both sides.
    bound += edge_est * spent
    face, _ = faces(choice, np.array([option.amount_fen for option in offers.options], np.int64))
    return Plan(
        choice=choice,
        price_est=selected.price,
        edge_est=edge_est,
        budget_fen=budget_fen,
        spent_fen=spent,
        face_fen=int(face),
        certificate=Certificate(value_est=value, bound_est=max(bound, value)),
        passes=passes,
    )


TINY = 1e-9


@dataclass(frozen=True, slots=True)
class _Enclosed:
    """All users between two prices: what the choices at the higher one spend and are worth, and the steps below it."""

    low: float
    high: float
    spent: int
    worth: float
    steps: Steps
    spent_at_low: int


def _pass_between(values: Matrix, costs: Costs, low: float, high: float, choice: Choices) -> _Enclosed:
    spent, scores, steps, spent_at_low = pass_between(values, costs, low, high, choice)
    return _Enclosed(low, high, spent, scores + high * (1.0 + END_MARGIN) * spent, steps, spent_at_low)


def _side(enclosed: _Enclosed, target: tuple[float, float], edge_est: float) -> int:
    """0 where the prices enclose both spends of `target`; 1 where the price is higher, -1 where it is lower."""
    if enclosed.spent > target[0]:
        return 1
    if enclosed.low > edge_est and enclosed.spent_at_low <= target[1]:
        return -1
    return 0


def _enclose(
    values: Matrix,
    costs: Costs,
    target: tuple[float, float],
    bracket: tuple[float, float],
    edge_est: float,
    choice: Choices,
) -> tuple[_Enclosed, int]:
    """Passes, one if `bracket` is right, until both spends of `target` lie between the prices; and their number."""
    low, high = bracket
    width = max(high / low - 1, WARM_WIDTH) if low > 0 else 1.0
    passes = 0
    while True:
        enclosed = _pass_between(values, costs, low, high, choice)
        passes += 1
        side = _side(enclosed, target, edge_est)
        if side == 0:
            return enclosed, passes
        width *= 4
        if side > 0:
            low, high = (high if enclosed.spent > target[1] else low), high * (1 + width) + TINY
        else:
            below = max(edge_est, low / (1 + width)) if width < WIDTH_MAX else edge_est
            low, high = below, (low if enclosed.spent_at_low <= target[0] else high)


WIDTH_MAX = 1e3
"""From here on a bracket that is still too dear reaches down to the edge."""


def sampled_bracket(values: Matrix, costs: Costs, budget_fen: float, edge_est: float) -> tuple[float, float]:
    """Two prices that very likely enclose the one at which the budget is just used; the lower is never below the edge.

    Runs of neighbours are sampled evenly; the spread of their sums gives the error, so an order in the data (by
    segment, by date) makes the bracket wider and not wrong.
    """
    users = values.shape[1]
    if users <= SAMPLE_LEAST:
        return edge_est, max(2 * edge_est, DEAREST)
    values, costs, runs = _sample(values, costs, SAMPLE_USERS)
    target = budget_fen * values.shape[1] / users
    bracket = sampled_bracket(values, costs, target, edge_est)
    if values.shape[1] <= SAMPLE_LEAST:
        low, high = sampled_prices(values, costs, *bracket, target, SAMPLE_ERRORS, runs)
    else:
        sums = np.empty(runs, np.int64)
        _, error = spend_by_run(values, costs, sqrt(bracket[0] * bracket[1]), sums)
        ends = max(0.0, target - SAMPLE_ERRORS * error), target + SAMPLE_ERRORS * error
        choice = np.empty(values.shape[1], np.int8)
        enclosed, _ = _enclose(values, costs, ends, bracket, edge_est, choice)
        low, high = (price_after(enclosed.steps, enclosed.spent, enclosed.low, fen) for fen in reversed(ends))
    return low, high * (1 + WARM_WIDTH / 16) + TINY


def _warm_bracket(
    values: Matrix, costs: Costs, budget_fen: int, warm_est: float
) -> tuple[float, float] | None:
    """Prices within WARM_WIDTH of a price of yesterday at which the budget may be used up; None where at none.

    A look at a few users costs less than a pass in vain, and where spend hangs much on the price it also says where.
    """
    if warm_est <= 0:
        return None
    users, near, far = values.shape[1], -WARM_WIDTH, WARM_WIDTH
    if users >= WARM_LOOK_USERS_MIN:
        values, costs, runs = _sample(values, costs, SAMPLE_USERS)
        sums = np.empty(runs, np.int64)
        most, least = (spend_by_run(values, costs, warm_est * (1 + end), sums)[0] for end in (near, far))
        spent, error = spend_by_run(values, costs, warm_est, sums)
        over = spent - budget_fen * values.shape[1] / users
        slope = (spent - least if over > 0 else most - spent) / WARM_WIDTH
        if abs(over) > WARM_ERRORS * error + slope * WARM_WIDTH:
            return None
        if slope > 0:
            bend = abs(most + least - 2 * spent) / 4  # twice what a straight line can be off
            room = (SAMPLE_ERRORS * error + bend) / slope + WARM_WIDTH / 16
            near, far = max(near, over / slope - room), min(far, over / slope + room)
    return warm_est * (1 + near), warm_est * (1 + far)


def _sample(values: Matrix, costs: Costs, most: int) -> tuple[Matrix, Costs, int]:
    """Runs of users at even steps, `most` users at most, and how many runs."""
    options, users = values.shape
    size = min(users // SAMPLE_SHARE, most)
    run = min(SAMPLE_RUN, size // SAMPLE_RUNS_MIN + 1)
    runs = size // run
    starts = np.arange(runs, dtype=np.int64) * (users // runs)
    some_values, some_costs = (
        np.empty((options, runs * run), np.float32),
        np.empty((options, runs * run), np.int32),
    )
    gathered(values, costs, starts, run, some_values, some_costs)
    return some_values, some_costs, runs


@dataclass(frozen=True, slots=True)
class _Selected:
    """What the best steps within the budget come to. `broken_fen`: the cost of the first that did not fit, else 0."""

    price: float
    spent: int
    value: float
    bound: float
    """The dual value at the price: no plan's value less edge x cost is greater."""
    broken_fen: int


def _select(
    enclosed: _Enclosed, keys: npt.NDArray[np.uint64], budget_fen: int, edge_est: float, choice: Choices
) -> _Selected:
    """Take the steps best first, equals by key, until one no longer fits; writes into `choice`."""
    left = min(budget_fen - enclosed.spent, FEN_MAX)
    price, fen, gained, fen_at, worth_at, broken = take_within(enclosed.steps, keys, left, edge_est, choice)
    surplus = enclosed.worth - price * enclosed.spent + (worth_at - price * fen_at)
    bound = surplus + (price - edge_est) * budget_fen + ROUNDING * (enclosed.worth + abs(surplus))
    return _Selected(price, enclosed.spent + int(fen), enclosed.worth + float(gained), bound, int(broken))
