"""One budget: the multiple-choice knapsack by its dual price, in about one pass over the data.

A sample brackets the price; one pass settles everyone whose choice is the same at both ends; among the few others the
steps of their hulls are taken best first until the budget is used. The price is the efficiency of the first step that
no longer fits. The bound is the dual value at that price, so the gap is certified, not hoped for.
"""

from math import sqrt

import numpy as np
import numpy.typing as npt

from huoshui.core.allocate.kernels import Steps, bracketed, faces, spend_by_block, take_steps
from huoshui.core.allocate.values import Certificate, Costs, Matrix, Offers, Plan

SAMPLE_USERS = 1 << 17
SAMPLE_RUN = 16
"""Neighbouring users taken together: one line of the cache."""
SAMPLE_ERRORS = 4.0
"""Standard errors of the sampled spend by which the bracket is widened."""
WARM_WIDTH = 0.004
"""A price of yesterday is first sought within this share of itself."""
HALVING_STOP = 0.0005
"""The sampled price is found to this share; the one exact pass does the rest."""
STEPS_SHARE = 16
"""Room for the steps of one user in so many; more room is made where it does not do."""


def solve_one_budget(
    offers: Offers, budget_fen: int, *, edge_est: float = 1.0, warm_est: float | None = None
) -> Plan:
    """The best choices under one budget, never spending where a fen brings less than `edge_est`.

    `warm_est` is a price near the answer, such as yesterday's; it saves time and changes no choice.
    """
    if budget_fen < 0 or edge_est < 0:
        raise ValueError(f"budget and edge are at least 0: {budget_fen}, {edge_est}")
    values, costs = offers.values_est, offers.costs
    choice = np.zeros(offers.users, np.int8)
    bracket = _warm(warm_est, edge_est) or sampled_bracket(values, costs, budget_fen, edge_est)
    passes, room = 0, max(1024, offers.users // STEPS_SHARE)
    width = 2.0
    while True:
        low, high = bracket
        steps = _room_for(room)
        spent, worth, count = bracketed(values, costs, low, high, choice, steps)
        passes += 1
        if count < 0:
            room *= 4
            continue
        steps = _first(steps, count)
        if spent > budget_fen:
            bracket = (high, high * width)
        elif spent + int(steps.cost.sum()) <= budget_fen and low > edge_est:
            bracket = (max(edge_est, low / width), low)
        else:
            break
        width *= 4
    order = _best_first(steps.efficiency, offers.keys, steps.user)
    more, gained, stop = take_steps(order, steps, budget_fen - spent, choice)
    price = float(steps.efficiency[order[stop]]) if stop < len(order) else edge_est
    # At the price, every step at least as efficient is in the dual's optimum, whether it fitted or not.
    inside = steps.efficiency >= price
    surplus = (worth - price * spent) + float((steps.value[inside] - price * steps.cost[inside]).sum())
    total, value = int(spent + more), float(worth + gained)
    bound = surplus + (price - edge_est) * budget_fen + edge_est * total
    face, _ = faces(choice, np.array([option.amount_fen for option in offers.options], np.int64))
    return Plan(
        choice=choice,
        price_est=price,
        edge_est=edge_est,
        budget_fen=budget_fen,
        spent_fen=total,
        face_fen=int(face),
        certificate=Certificate(value_est=value, bound_est=max(bound, value)),
        passes=passes,
    )


def sampled_bracket(values: Matrix, costs: Costs, budget_fen: int, edge_est: float) -> tuple[float, float]:
    """Two prices that very likely enclose the one at which the budget is just used; the lower is never below the edge.

    Runs of neighbours are sampled evenly; the spread of their sums gives the error, so an order in the data (by
    segment, by date) makes the bracket wider and not wrong.
    """
    values, costs, share = _sample(values, costs)
    target = budget_fen * share
    sums = np.zeros(max(1, values.shape[1] // SAMPLE_RUN), np.int64)

    def spend(price: float) -> float:
        spend_by_block(values, costs, price, sums)
        return float(sums.sum())

    low, high = edge_est, max(edge_est, _dearest(values, costs)) * 1.001 + 1e-9
    if spend(low) <= target * (1 - _slack(sums, share)):
        return edge_est, edge_est * (1 + WARM_WIDTH) + 1e-9
    while high - low > HALVING_STOP * high:
        middle = (low + high) / 2 if low < high / 4 else sqrt(low * high)
        low, high = (middle, high) if spend(middle) > target else (low, middle)
    spend(low)
    slack, width = _slack(sums, share), HALVING_STOP
    while low > edge_est and spend(low) < target * (1 + slack):
        low, width = max(edge_est, low * (1 - width)), min(0.5, width * 2)
    width = HALVING_STOP
    while spend(high) > target * (1 - slack):
        high, width = high * (1 + width), width * 2
    return low, high


def _sample(values: Matrix, costs: Costs) -> tuple[Matrix, Costs, float]:
    """Runs of users at even steps, and what share of all users they are."""
    users = values.shape[1]
    stride = users // SAMPLE_USERS
    if stride < 2:
        return values, costs, 1.0
    runs = users // (stride * SAMPLE_RUN)
    starts = np.arange(runs) * (stride * SAMPLE_RUN)
    taken = (starts[:, None] + np.arange(SAMPLE_RUN)).ravel()
    return values[:, taken], costs[:, taken], len(taken) / users


def _slack(sums: npt.NDArray[np.int64], share: float) -> float:
    """By what share the true spend can lie off the sampled one."""
    total = float(sums.sum())
    if share >= 1.0 or total <= 0:
        return 0.0
    return min(0.5, SAMPLE_ERRORS * float(sums.std()) * sqrt(len(sums)) / total)


def _dearest(values: Matrix, costs: Costs) -> float:
    """The greatest value per fen of any option that costs something: at a higher price nobody spends."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.where(costs > 0, values / costs, 0)
    return float(np.nanmax(rates, initial=0.0))


def _warm(price_est: float | None, edge_est: float) -> tuple[float, float] | None:
    if price_est is None or price_est <= 0:
        return None
    low = max(edge_est, price_est * (1 - WARM_WIDTH))
    return low, max(low, price_est) * (1 + WARM_WIDTH)


def _first(steps: Steps, count: int) -> Steps:
    return Steps(
        steps.efficiency[:count],
        steps.cost[:count],
        steps.value[:count],
        steps.user[:count],
        steps.to[:count],
    )


def _room_for(count: int) -> Steps:
    return Steps(
        np.empty(count, np.float64),
        np.empty(count, np.int64),
        np.empty(count, np.float64),
        np.empty(count, np.int32),
        np.empty(count, np.int8),
    )


def _best_first(
    efficiency: npt.NDArray[np.float64], keys: npt.NDArray[np.uint64], user: npt.NDArray[np.int32]
) -> npt.NDArray[np.int64]:
    """Steps by efficiency, the greatest first; equals by the key of their user, whose own steps keep their order."""
    order = np.argsort(-efficiency, kind="stable")
    ranked = efficiency[order]
    if (ranked[1:] == ranked[:-1]).any():
        order = np.lexsort((np.arange(len(user)), keys[user], -efficiency))
    return order
