"""One budget: the multiple-choice knapsack by its dual price, in about one pass over the data.

A sample brackets the price; one pass settles everyone whose choice is the same at both ends; among the others the steps
of their hulls are taken best first until the budget is used, ties by the user's key. The price is the efficiency of the
first step that no longer fits. The last few fen then go where they lose least (see `_use_rest`). The bound is the dual
value at the price, so the gap is certified, not hoped for.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from huoshui.core.allocate.kernels import (
    END_MARGIN,
    Floats,
    Ints,
    Steps,
    best_changes,
    bracketed,
    cheapest_changes,
    faces,
    gathered,
    least_keys,
    spend_by_run,
    take_steps,
    weighted_cut,
)
from huoshui.core.allocate.values import Certificate, Choices, Costs, Matrix, Offers, Plan

SAMPLE_USERS = 1 << 16
SAMPLE_SHARE = 16
"""A sample is at most one user in so many; it is bracketed by a sample of its own."""
SAMPLE_RUN = 64
"""Neighbouring users taken together: a few lines of the cache, which come quicker than as many apart."""
SAMPLE_RUNS_MIN = 128
SAMPLE_LEAST = 256
"""So few users are looked at whole."""
SAMPLE_ERRORS = 4.0
"""Standard errors of the sampled spend by which the bracket is widened."""
WARM_WIDTH = 0.004
"""A price of yesterday is first sought within this share of itself."""
STEPS_SHARE = 16
"""Room for the steps of one user in so many to begin with; it grows in mid-pass."""
ROUNDING = 4e-12
"""Share by which the bound is raised: more than sums of ten million users in 64 bits can be off."""
CHANGE_USERS = 1024
CHANGE_USERS_FEW = 4096
"""Among so many users (of the least keys) the last few fen find their best use; more where all users are FEW_USERS."""
FEW_USERS = 1 << 16
CHANGES = 24
"""Changes of choice that are weighed together for the last few fen, one for each difference in cost."""


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
    if warm_est is not None and warm_est > 0:
        low = max(edge_est, warm_est * (1 - WARM_WIDTH))
        enclosed = _pass_between(values, costs, low, low * (1 + 2 * WARM_WIDTH) + TINY, choice)
        passes += 1
        if _side(enclosed, target, edge_est) != 0:
            enclosed = None
    if enclosed is None:
        bracket = sampled_bracket(values, costs, budget_fen, edge_est)
        enclosed, more = _enclose(values, costs, target, bracket, edge_est, choice)
        passes += more
    selected = _select(enclosed, offers.keys, budget_fen, edge_est, choice)
    spent, value = selected.spent, selected.value
    if selected.broken_fen:
        fen, gained = _use_rest(offers, choice, selected, edge_est, budget_fen - spent)
        spent, value = spent + fen, value + gained
    # The bound is on value less edge x cost; what the plan itself spends is added to both sides.
    bound = selected.bound + edge_est * spent
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

    @property
    def spent_at_low(self) -> int:
        """Fen spent at the lower price."""
        return self.spent + int(self.steps.cost.sum(dtype=np.int64))


def _pass_between(values: Matrix, costs: Costs, low: float, high: float, choice: Choices) -> _Enclosed:
    """One pass; where there are more steps than room, it goes on from where it stopped."""
    options, users = values.shape
    steps = _room(max(users // STEPS_SHARE, 1) + 1024 * options)
    at, count, spent, scores = 0, 0, 0, 0.0
    while True:
        at, fen, score, count = bracketed(values, costs, low, high, choice, steps, at, count)
        spent, scores = spent + int(fen), scores + float(score)
        if at == users:
            break
        wanted = int(1.1 * count * users / max(at, 1)) + 1024 * options
        steps = _room(max(wanted, len(steps.efficiency) + 1024 * options), _first(steps, count))
    worth = scores + high * (1.0 + END_MARGIN) * spent
    return _Enclosed(low, high, spent, worth, _first(steps, count))


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
        dearest = float(np.max(values, initial=0.0, where=np.isfinite(values)))
        return edge_est, max(edge_est, dearest) + 1.0
    values, costs, runs = _sample(values, costs)
    target = budget_fen * values.shape[1] / users
    bracket = sampled_bracket(values, costs, target, edge_est)
    sums = np.empty(runs, np.int64)
    spend_by_run(values, costs, sqrt(bracket[0] * bracket[1]), sums)
    slack = SAMPLE_ERRORS * float(sums.std()) * sqrt(runs)
    ends = (max(0.0, target - slack), target + slack)
    enclosed, _ = _enclose(values, costs, ends, bracket, edge_est, np.empty(values.shape[1], np.int8))
    order = np.argsort(-enclosed.steps.efficiency)
    ranked = enclosed.steps.efficiency[order]
    spent = enclosed.spent + np.cumsum(enclosed.steps.cost[order], dtype=np.int64)
    first, last = np.searchsorted(spent, ends, side="right")
    high = float(ranked[first]) if first < len(ranked) else enclosed.low
    low = float(ranked[last]) if last < len(ranked) else enclosed.low
    return low, high * (1 + WARM_WIDTH / 16) + TINY


def _sample(values: Matrix, costs: Costs) -> tuple[Matrix, Costs, int]:
    """Runs of users at even steps, and how many runs."""
    options, users = values.shape
    size = min(users // SAMPLE_SHARE, SAMPLE_USERS)
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
    steps, rest = enclosed.steps, budget_fen - enclosed.spent
    if enclosed.spent_at_low <= budget_fen:
        price, broken = edge_est, 0
        taken = np.ones(len(steps.cost), np.bool_)
        at_price = taken
    else:
        cut, above = weighted_cut(~steps.efficiency.view(np.uint64), steps.cost, rest)
        price = float((~np.array([cut], np.uint64)).view(np.float64)[0])
        taken, at_price = steps.efficiency > price, steps.efficiency >= price
        ties = np.flatnonzero(steps.efficiency == price)
        fitting, broken = _fitting(steps.cost[ties], keys[steps.user[ties]], rest - int(above))
        taken[ties] = fitting
    fen, gained = take_steps(taken, steps, choice)
    surplus = enclosed.worth - price * enclosed.spent
    surplus += float(steps.value[at_price].sum()) - price * int(steps.cost[at_price].sum(dtype=np.int64))
    bound = surplus + (price - edge_est) * budget_fen + ROUNDING * (enclosed.worth + abs(surplus))
    return _Selected(price, enclosed.spent + int(fen), enclosed.worth + float(gained), bound, broken)


def _fitting(
    costs: npt.NDArray[np.int32], keys: npt.NDArray[np.uint64], rest: int
) -> tuple[npt.NDArray[np.bool_], int]:
    """Which of equal steps fit, by key and then by position, and the cost of the first that does not."""
    key, below = weighted_cut(keys, costs, rest)
    fitting = keys < np.uint64(key)
    same = np.flatnonzero(keys == np.uint64(key))
    count = int(np.searchsorted(np.cumsum(costs[same], dtype=np.int64), rest - int(below), side="right"))
    fitting[same[:count]] = True
    return fitting, int(costs[same[count]])


def _use_rest(
    offers: Offers, choice: Choices, selected: _Selected, edge_est: float, rest: int
) -> tuple[int, float]:
    """Spend the last `rest` fen, less than one step, where they lose least; returns the fen and value this adds.

    Up to CHANGES users, from a fixed part of all, change their choice, up or down: the best set of such changes, found
    exactly. Which changes are weighed depends on the steps taken and not on the rest: so more rest is never worse, and
    as no change gains more than its fen at the price, one more step taken is better than any use of the rest before it.
    """
    if rest == 0 or selected.broken_fen > REST_MAX:
        return 0, 0.0
    reach = 2 * selected.broken_fen
    regret = np.full(2 * reach + 1, np.inf)
    whose, to = np.empty(len(regret), np.int64), np.empty(len(regret), np.int8)
    cheapest_changes(
        offers.values_est, offers.costs, _some_users(offers.keys), offers.keys, choice, selected.price, reach,
        regret, whose, to,
    )  # fmt: skip
    weighed: dict[int, int] = {}
    for at in np.argsort(regret, kind="stable"):
        if len(weighed) == CHANGES or not np.isfinite(regret[at]):
            break
        weighed.setdefault(int(whose[at]), int(at))
    places = np.sort(np.array(list(weighed.values()), np.int64))  # what frees fen comes first
    bits, fen = best_changes(places - reach, regret[places], rest, reach, selected.price - edge_est)
    made = places[(int(bits) >> np.arange(len(places))) & 1 == 1]
    before = _values_of(offers.values_est, whose[made], choice[whose[made]])
    choice[whose[made]] = to[made]
    return int(fen), float((_values_of(offers.values_est, whose[made], to[made]) - before).sum())


REST_MAX = 1 << 20
"""A step of more fen than this leaves its rest unspent: the tables would grow too large."""


def _some_users(keys: npt.NDArray[np.uint64]) -> Ints:
    """The users of about the CHANGE_USERS least keys: the same ones in whatever order the users come."""
    wanted = CHANGE_USERS_FEW if len(keys) <= FEW_USERS else CHANGE_USERS
    if len(keys) <= wanted:
        return np.arange(len(keys))
    found = np.empty(2 * wanted, np.int64)
    count = least_keys(keys, np.uint64((1 << 64) // len(keys) * wanted), found)
    if count > len(found):  # keys that are no hashes
        return np.sort(np.argsort(keys, kind="stable")[:wanted])
    return found[:count]


def _values_of(values: Matrix, users: Ints, choice: Choices) -> Floats:
    """What the users' choices are worth, nothing being worth 0."""
    worth = values[np.maximum(choice, 1) - 1, users].astype(np.float64)
    return np.where(choice > 0, worth, 0.0)


def _room(count: int, kept: Steps | None = None) -> Steps:
    """Room for `count` steps, the first of them as `kept` has them."""
    steps = Steps(
        np.empty(count, np.float64),
        np.empty(count, np.int32),
        np.empty(count, np.float64),
        np.empty(count, np.int32),
        np.empty(count, np.int8),
    )
    if kept is not None:
        done = len(kept.user)
        steps.efficiency[:done], steps.cost[:done], steps.value[:done] = (
            kept.efficiency,
            kept.cost,
            kept.value,
        )
        steps.user[:done], steps.to[:done] = kept.user, kept.to
    return steps


def _first(steps: Steps, count: int) -> Steps:
    efficiency, cost, value, user, to = steps
    return Steps(efficiency[:count], cost[:count], value[:count], user[:count], to[:count])
