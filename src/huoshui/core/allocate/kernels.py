"""The passes over all users, compiled. Each reads the matrices once, block by block, in order.

Arithmetic is 64-bit: a pass is bound by memory, so exactness costs nothing. A score is value - price x cost. Two users
with the same numbers choose alike; on equal scores the option that stands first wins.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numba as nb
import numpy as np
import numpy.typing as npt

from huoshui.core.allocate.values import Choices, Costs, Matrix

_F = TypeVar("_F", bound=Callable[..., Any])
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
BLOCK = 512
"""Users at a time: their scores stay in the nearest cache."""


def compiled(function: _F) -> _F:
    """Machine code on first use, kept on disk; sums may use fused multiply-add, never another order."""
    compiler = nb.njit(cache=True, nogil=True, error_model="numpy", fastmath={"nsz", "contract"})
    return cast(_F, compiler(function))


class Steps(NamedTuple):
    """Steps of users' hulls, one a row: value per fen, fen, value, whose, and the choice it leads to."""

    efficiency: Floats
    cost: Ints
    value: Floats
    user: npt.NDArray[np.int32]
    to: Choices


@compiled
def spend_by_block(values: Matrix, costs: Costs, price: float, sums: Ints) -> None:
    """Fen spent at `price` by each run of len(users) / len(sums) users, into `sums`."""
    options, users = values.shape
    size = users // len(sums)
    best = np.empty(size, np.float64)
    spent = np.empty(size, np.int32)
    for block in range(len(sums)):
        start = block * size
        best[:] = 0.0
        spent[:] = 0
        for k in range(options):
            value, cost = values[k, start : start + size], costs[k, start : start + size]
            for i in range(size):
                score = value[i] - price * cost[i]
                better = score > best[i]
                spent[i] = cost[i] if better else spent[i]
                best[i] = score if better else best[i]
        sums[block] = np.int64(spent.astype(np.int64).sum())


@compiled
def bracketed(
    values: Matrix, costs: Costs, low: float, high: float, choice: Choices, steps: Steps
) -> tuple[int, float, int]:
    """One pass for a price between `low` and `high`: everyone's choice at `high`, and the steps down to `low`.

    A user whose choice is the same at both ends has it at every price between. For the others each step of their upper
    hull goes into `steps` (efficiency, cost, value, user, option), best first. Returns spent fen and value of the
    choices at `high`, and the number of steps (-1: `steps` is too short).
    """
    options, users = values.shape
    at_low, at_high = np.empty(BLOCK, np.float64), np.empty(BLOCK, np.float64)
    low_to, high_to = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    cost_high, value_high = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.float32)
    spent, worth, count = np.int64(0), 0.0, 0
    for start in range(0, users, BLOCK):
        size = min(BLOCK, users - start)
        at_low[:] = 0.0
        at_high[:] = 0.0
        low_to[:] = 0
        high_to[:] = 0
        cost_high[:] = 0
        value_high[:] = 0.0
        for k in range(options):
            value, cost = values[k, start : start + size], costs[k, start : start + size]
            to = np.int32(k + 1)
            for i in range(size):
                fen, gain = np.float64(cost[i]), np.float64(value[i])
                below, above = gain - low * fen, gain - high * fen
                better = below > at_low[i]
                low_to[i] = to if better else low_to[i]
                at_low[i] = below if better else at_low[i]
                better = above > at_high[i]
                high_to[i] = to if better else high_to[i]
                cost_high[i] = cost[i] if better else cost_high[i]
                value_high[i] = value[i] if better else value_high[i]
                at_high[i] = above if better else at_high[i]
        open_users = 0
        block_spent, block_worth = np.int64(0), 0.0
        for i in range(size):
            block_spent += np.int64(cost_high[i])
            block_worth += np.float64(value_high[i])
            open_users += 1 if low_to[i] != high_to[i] else 0
            choice[start + i] = high_to[i]
        spent += block_spent
        worth += block_worth
        if open_users == 0:
            continue
        for i in range(size):
            if low_to[i] == high_to[i]:
                continue
            user = start + i
            cost_now, value_now = np.float64(cost_high[i]), np.float64(value_high[i])
            while True:
                to, slope = _next_step(values, costs, user, cost_now, value_now)
                if to < 0 or slope < low:
                    break
                if count == len(steps.efficiency):
                    return spent, worth, -1
                steps.efficiency[count] = slope
                steps.cost[count] = np.int64(costs[to, user] - cost_now)
                steps.value[count] = values[to, user] - value_now
                steps.user[count] = user
                steps.to[count] = to + 1
                count += 1
                cost_now, value_now = np.float64(costs[to, user]), np.float64(values[to, user])
    return spent, worth, count


@compiled
def _next_step(
    values: Matrix, costs: Costs, user: int, cost_now: float, value_now: float
) -> tuple[int, float]:
    """The next corner of a user's upper hull: its option and slope; -1 where none gains. Ties go to the dearer."""
    best, slope = -1, 0.0
    for k in range(values.shape[0]):
        fen = costs[k, user] - cost_now
        if fen > 0:
            rise = (np.float64(values[k, user]) - value_now) / fen
            if rise > slope or (rise == slope and best >= 0 and costs[k, user] > costs[best, user]):
                best, slope = k, rise
    return best, slope


@compiled
def take_steps(order: Ints, steps: Steps, rest: int, choice: Choices) -> tuple[int, float, int]:
    """Take steps in `order` (best first) while `rest` fen last; then whatever still fits, user by user in their order.

    Returns fen and value taken, and the position of the first step that did not fit (len(order): all did).
    """
    first = np.empty(len(steps.user), np.int64)
    for j in range(len(steps.user)):
        first[j] = first[j - 1] if j > 0 and steps.user[j] == steps.user[j - 1] else j
    stopped = np.zeros(len(steps.user), np.bool_)
    spent, worth, stop = np.int64(0), 0.0, len(order)
    for at in range(len(order)):
        j = order[at]
        if stopped[first[j]]:
            continue
        if steps.cost[j] <= rest - spent:
            spent += steps.cost[j]
            worth += steps.value[j]
            choice[steps.user[j]] = steps.to[j]
        else:
            stopped[first[j]] = True
            stop = min(stop, at)
    return spent, worth, stop


@compiled
def hull_histogram(values: Matrix, costs: Costs, edges: Floats, fen: Ints, gain: Floats, users: Ints) -> None:
    """Every step of every user's hull, summed by efficiency: bin b holds edges[b] <= efficiency < edges[b + 1].

    Into `fen`, `gain` (value) and `users` (users whose first step it is), each len(edges) - 1; steps beyond either end
    go to the bin there, steps below the first edge nowhere. What costs nothing goes to the last bin.
    """
    last = len(edges) - 2
    for user in range(values.shape[1]):
        cost_now, value_now = 0.0, 0.0
        for k in range(values.shape[0]):
            if costs[k, user] == 0 and values[k, user] > value_now:
                value_now = np.float64(values[k, user])
        begun = value_now > 0
        if begun:
            gain[last] += value_now
            users[last] += 1
        while True:
            to, slope = _next_step(values, costs, user, cost_now, value_now)
            if to < 0 or slope < edges[0]:
                break
            at = min(np.searchsorted(edges, slope, side="right") - 1, last)
            fen[at] += np.int64(costs[to, user] - cost_now)
            gain[at] += values[to, user] - value_now
            users[at] += 0 if begun else 1
            begun = True
            cost_now, value_now = np.float64(costs[to, user]), np.float64(values[to, user])


@compiled
def faces(choice: Choices, amounts: Ints) -> tuple[int, Ints]:
    """Face value of all choices in fen, and how many chose each option (nothing first)."""
    counts = np.zeros(len(amounts) + 1, np.int64)
    for i in range(len(choice)):
        counts[choice[i]] += 1
    total = np.int64(0)
    for k in range(len(amounts)):
        total += counts[k + 1] * amounts[k]
    return total, counts
