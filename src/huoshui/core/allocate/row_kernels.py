"""The passes over all users at price tables [option, segment], compiled. See kernels.py for the rules of arithmetic.

A score is of_value x value - of_cost x cost - of_count, less `change_price` where the choice is not yesterday's. What
a pass returns are sums by [option, segment], so the results of partitions add up: past one machine each partition runs
the same pass at the same prices, and only tables of a few kilobytes travel.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from huoshui.core.allocate.kernels import BLOCK, compiled
from huoshui.core.allocate.values import Choices, Costs, Matrix

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Segments = npt.NDArray[np.uint8]
LOWEST = np.float32(-3.0e38)
"""A value below this, or no number, is not allowed."""


class Users(NamedTuple):
    """What a pass reads: values, costs (K, N), segment (N,), and yesterday's choice where changes are charged (N,)."""

    values: Matrix
    costs: Costs
    segment: Segments
    previous: Choices


class Prices(NamedTuple):
    """What a unit of value, of cost, and a choice count for in a score, (K, S), and a change of choice."""

    of_value: Floats
    of_cost: Floats
    of_count: Floats
    change: float


@compiled
def priced(
    users: Users,
    prices: Prices,
    choice: Choices,
    spent: Ints,
    worth: Floats,
    count: Ints,
    changed: Ints,
    surplus: Floats,
) -> None:
    """Everyone's best choice at these prices, and what it uses; the first option wins among equals, nothing first.

    Adds to `spent`, `worth`, `count` (K, S), `changed` and `surplus` (S): best scores summed. `previous` is empty or
    (N,): then a choice other than yesterday's is charged, doing nothing included.
    """
    values, costs, segment, previous = users
    of_value, of_cost, of_count, change_price = prices
    options, count_of_all = values.shape
    charged = len(previous) > 0
    best, to = np.empty(BLOCK, np.float64), np.empty(BLOCK, np.int32)
    whose, before = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    for start in range(0, count_of_all, BLOCK):
        size = min(BLOCK, count_of_all - start)
        best[:] = 0.0
        to[:] = 0
        for i in range(size):
            whose[i] = segment[start + i]
        if charged:
            for i in range(size):
                before[i] = previous[start + i]
                best[i] = 0.0 if before[i] == 0 else -change_price
        for k in range(options):
            value, cost = values[k, start : start + size], costs[k, start : start + size]
            per_value, per_cost, per_user = of_value[k], of_cost[k], of_count[k]
            number = np.int32(k + 1)
            if charged:
                for i in range(size):
                    s = whose[i]
                    score = per_value[s] * value[i] - per_cost[s] * cost[i] - per_user[s]
                    score -= 0.0 if before[i] == number else change_price
                    better = (score > best[i]) & (value[i] > LOWEST)
                    to[i] = number if better else to[i]
                    best[i] = score if better else best[i]
            else:
                for i in range(size):
                    s = whose[i]
                    score = per_value[s] * value[i] - per_cost[s] * cost[i] - per_user[s]
                    better = (score > best[i]) & (value[i] > LOWEST)
                    to[i] = number if better else to[i]
                    best[i] = score if better else best[i]
        for i in range(size):
            choice[start + i] = to[i]
            s = whose[i]
            surplus[s] += best[i]
            if to[i] > 0:
                k = to[i] - 1
                spent[k, s] += costs[k, start + i]
                worth[k, s] += values[k, start + i]
                count[k, s] += 1
            if charged and to[i] != before[i]:
                changed[s] += 1


@compiled
def recounted(
    users: Users,
    choice: Choices,
    spent: Ints,
    worth: Floats,
    count: Ints,
    changed: Ints,
) -> int:
    """What `choice` uses, added to the tables as `priced` does; returns how many hold an option not allowed to them."""
    values, costs, segment, previous = users
    barred = 0
    for i in range(values.shape[1]):
        s = segment[i]
        if len(previous) > 0 and choice[i] != previous[i]:
            changed[s] += 1
        if choice[i] > 0:
            k = choice[i] - 1
            barred += 0 if values[k, i] > LOWEST else 1
            spent[k, s] += costs[k, i]
            worth[k, s] += values[k, i]
            count[k, s] += 1
    return barred


@compiled
def regrets(
    users: Users,
    prices: Prices,
    choice: Choices,
    regret: npt.NDArray[np.float32],
) -> None:
    """Each user's regret of the second best at these prices: what turning away from `choice` loses, at least 0."""
    values, costs, segment, previous = users
    of_value, of_cost, of_count, change_price = prices
    options, count_of_all = values.shape
    charged = len(previous) > 0
    best, second = np.empty(BLOCK, np.float64), np.empty(BLOCK, np.float64)
    for start in range(0, count_of_all, BLOCK):
        size = min(BLOCK, count_of_all - start)
        best[:] = -np.inf
        second[:] = -np.inf
        for k in range(-1, options):
            for i in range(size):
                user = start + i
                score = 0.0
                if k >= 0:
                    s = segment[user]
                    score = of_value[k, s] * values[k, user] - of_cost[k, s] * costs[k, user] - of_count[k, s]
                    score = score if values[k, user] > LOWEST else -np.inf
                if charged and previous[user] != k + 1:
                    score -= change_price
                if choice[user] == k + 1:
                    best[i] = score
                else:
                    second[i] = max(second[i], score)
        for i in range(size):
            regret[start + i] = max(0.0, best[i] - second[i])


@compiled
def alternatives(
    users: Users,
    prices: Prices,
    choice: Choices,
    some: npt.NDArray[np.int64],
    most: float,
    whose: npt.NDArray[np.int32],
    to: Choices,
) -> int:
    """Every choice of `some` that loses at most `most` against their own, but their own: position in `some`, choice.

    Into `whose` and `to`, room for each option and nothing of each user; returns how many.
    """
    values, costs, segment, previous = users
    of_value, of_cost, of_count, change_price = prices
    options = values.shape[0]
    count = 0
    score = np.empty(options + 1, np.float64)
    for at in range(len(some)):
        user = some[at]
        s = segment[user]
        score[0] = 0.0
        for k in range(options):
            score[k + 1] = (
                of_value[k, s] * values[k, user] - of_cost[k, s] * costs[k, user] - of_count[k, s]
                if values[k, user] > LOWEST
                else -np.inf
            )
        if len(previous) > 0:
            for number in range(options + 1):
                score[number] -= 0.0 if previous[user] == number else change_price
        for number in range(options + 1):
            if number != choice[user] and score[choice[user]] - score[number] <= most:
                whose[count] = at
                to[count] = number
                count += 1
    return count


@compiled
def fingerprints(
    users: Users,
    value_bits: npt.NDArray[np.int32],
    choice: Choices,
    some: npt.NDArray[np.int64],
    salt: int,
    prints: npt.NDArray[np.uint64],
) -> None:
    """A hash of all that tells one of `some` from another, so that equal users can be counted instead of listed."""
    _, costs, segment, previous = users
    for at in range(len(some)):
        user = some[at]
        mixed = np.uint64(salt) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(segment[user])
        mixed = (mixed << np.uint64(8)) ^ np.uint64(choice[user])
        if len(previous) > 0:
            mixed = (mixed << np.uint64(8)) ^ np.uint64(previous[user])
        # Mixed before the costs come: else choice and cost meet in the same bits, and no salt tells 0, 1 from 1, 0.
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(29)
        for k in range(costs.shape[0]):
            word = (np.uint64(np.uint32(value_bits[k, user])) << np.uint64(32)) | np.uint64(costs[k, user])
            mixed = (mixed ^ word) * np.uint64(0xBF58476D1CE4E5B9)
            mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0x94D049BB133111EB)
        prints[at] = mixed ^ (mixed >> np.uint64(32))


@compiled
def alike(
    users: Users,
    value_bits: npt.NDArray[np.int32],
    choice: Choices,
    some: npt.NDArray[np.int64],
    stands_for: npt.NDArray[np.int64],
) -> bool:
    """Whether each of `some` equals the user who stands for them in everything but the key."""
    _, costs, segment, previous = users
    for at in range(len(some)):
        one, other = some[at], stands_for[at]
        if segment[one] != segment[other] or choice[one] != choice[other]:
            return False
        if len(previous) > 0 and previous[one] != previous[other]:
            return False
        for k in range(costs.shape[0]):
            if costs[k, one] != costs[k, other] or value_bits[k, one] != value_bits[k, other]:
                return False
    return True
