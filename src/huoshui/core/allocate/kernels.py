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
Keys = npt.NDArray[np.uint64]
BLOCK = 512
"""Users at a time: their scores stay in the nearest cache."""
WIDE_BLOCK = 8192
END_MARGIN = 1e-6
"""By this share the ends of a bracket are read wider than they are."""
SCORE_NOISE = 1e-12
"""Differences of scores below this share of them are rounding."""


def compiled(function: _F) -> _F:
    """Machine code on first use, kept on disk where there is a place; sums may be fused, never put in another order."""
    kept = {"nogil": True, "error_model": "numpy", "fastmath": {"nsz", "contract"}}
    try:
        return cast(_F, nb.njit(cache=True, **kept)(function))
    except RuntimeError:
        # Neither the folder of the code nor the user's cache can be written: compiled anew in each process.
        return cast(_F, nb.njit(**kept)(function))


class Steps(NamedTuple):
    """Steps of users' hulls, one a row: value per fen, fen, value, whose, and the choice it leads to."""

    efficiency: Floats
    cost: npt.NDArray[np.int32]
    value: Floats
    user: npt.NDArray[np.int32]
    to: Choices


@compiled
def spend_by_run(values: Matrix, costs: Costs, price: float, sums: Ints) -> None:
    """Fen spent at `price` by each run of len(users) / len(sums) users, into `sums`."""
    options, users = values.shape
    size = users // len(sums)
    for run in range(len(sums)):
        spent = np.int64(0)
        for user in range(run * size, (run + 1) * size):
            best, cost = 0.0, np.int64(0)
            for k in range(options):
                score = values[k, user] - price * costs[k, user]
                cost = np.int64(costs[k, user]) if score > best else cost
                best = score if score > best else best  # noqa: FURB136 - a missing value must not win
            spent += cost
        sums[run] = spent


@compiled
def gathered(
    values: Matrix, costs: Costs, starts: Ints, run: int, some_values: Matrix, some_costs: Costs
) -> None:
    """Copy the `run` users from each of `starts` on into the matrices of a sample."""
    for k in range(values.shape[0]):
        for at in range(len(starts)):
            for i in range(run):
                some_values[k, at * run + i] = values[k, starts[at] + i]
                some_costs[k, at * run + i] = costs[k, starts[at] + i]


@compiled
def bracketed(
    values: Matrix,
    costs: Costs,
    low: float,
    high: float,
    choice: Choices,
    steps: Steps,
    begin: int,
    count: int,
) -> tuple[int, int, float, int]:
    """One pass for a price between `low` and `high`: everyone's choice at `high`, and the steps down to `low`.

    A user whose choice is the same at both ends has it at every price between. For the others each step of their upper
    hull with an efficiency of at least `low` goes into `steps`, from position `count` on. The ends are read a little
    wider than they are (END_MARGIN), so that a tie there is in the steps whole or not at all. Begins at user `begin`,
    ends early where `steps` may be too short: returns the next user (N: done), fen and scores at `high`, and `count`.
    """
    options, users = values.shape
    low_end, high_end = low * (1.0 - END_MARGIN), high * (1.0 + END_MARGIN)
    at_low, at_high = np.empty(BLOCK, np.float64), np.empty(BLOCK, np.float64)
    high_to, cost_high = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    # Sums run lane by lane: short chains, vector code, and the same order whatever the machine.
    spent_lanes, score_lanes = np.zeros(BLOCK, np.int64), np.zeros(BLOCK, np.float64)
    start = begin
    while start < users:
        size = min(BLOCK, users - start)
        if count + size * options > len(steps.efficiency):
            break
        at_low[:] = 0.0
        at_high[:] = 0.0
        high_to[:] = 0
        cost_high[:] = 0
        # Four options at a time, so that what is best so far stays in registers and memory is the limit. Where the
        # options are no multiple of four the last one is looked at again, which changes nothing.
        for k in range(0, options, 4):
            k1, k2, k3 = min(k + 1, options - 1), min(k + 2, options - 1), min(k + 3, options - 1)
            end = start + size
            v0, v1, v2, v3 = (
                values[k, start:end],
                values[k1, start:end],
                values[k2, start:end],
                values[k3, start:end],
            )
            c0, c1, c2, c3 = (
                costs[k, start:end],
                costs[k1, start:end],
                costs[k2, start:end],
                costs[k3, start:end],
            )
            for i in range(size):
                a, b, to, fen = at_low[i], at_high[i], high_to[i], cost_high[i]
                a, b, to, fen = _better(a, b, to, fen, v0[i], c0[i], low_end, high_end, np.int32(k + 1))
                a, b, to, fen = _better(a, b, to, fen, v1[i], c1[i], low_end, high_end, np.int32(k1 + 1))
                a, b, to, fen = _better(a, b, to, fen, v2[i], c2[i], low_end, high_end, np.int32(k2 + 1))
                a, b, to, fen = _better(a, b, to, fen, v3[i], c3[i], low_end, high_end, np.int32(k3 + 1))
                at_low[i], at_high[i], high_to[i], cost_high[i] = a, b, to, fen
        open_users = 0
        for i in range(size):
            spent_lanes[i] += np.int64(cost_high[i])
            score_lanes[i] += at_high[i]
            choice[start + i] = np.int8(high_to[i])
            stay = at_high[i] + (high_end - low_end) * np.float64(cost_high[i])
            high_to[i] = 1 if at_low[i] - stay > SCORE_NOISE * at_low[i] else 0
            open_users += high_to[i]
        if open_users > 0:
            for i in range(size):
                if high_to[i] > 0:
                    count = _walk(values, costs, start + i, choice[start + i], low, at_low[i], steps, count)
        start += size
    return min(start, users), spent_lanes.sum(), score_lanes.sum(), count


@compiled
def _better(
    at_low: float,
    at_high: float,
    high_to: int,
    cost_high: int,
    value: float,
    cost: int,
    low: float,
    high: float,
    to: int,
) -> tuple[float, float, int, int]:
    """The best so far of one user at both prices, one more option seen."""
    fen, gain = np.float64(cost), np.float64(value)
    below, above = gain - low * fen, gain - high * fen
    at_low = below if below > at_low else at_low  # noqa: FURB136 - a missing value must not win
    better = above > at_high
    return at_low, above if better else at_high, to if better else high_to, cost if better else cost_high


@compiled
def _walk(
    values: Matrix, costs: Costs, user: int, choice: int, low: float, at_low: float, steps: Steps, count: int
) -> int:
    """Put the steps of one user's hull, from `choice` down to an efficiency of `low`, into `steps` at `count`.

    `at_low` is the user's best score at the low end of the pass: where it is reached, no step is left.
    """
    cost_now, value_now, last = 0.0, 0.0, np.inf
    low_end = low * (1.0 - END_MARGIN)
    if choice > 0:
        cost_now, value_now = np.float64(costs[choice - 1, user]), np.float64(values[choice - 1, user])
    while at_low - (value_now - low_end * cost_now) > SCORE_NOISE * at_low:
        to, slope = _next_step(values, costs, user, cost_now, value_now)
        if to < 0 or slope < low:
            break
        last = min(slope, last)  # a hull bends one way; rounding must not say otherwise
        steps.efficiency[count] = last
        steps.cost[count] = np.int32(costs[to, user] - cost_now)
        steps.value[count] = values[to, user] - value_now
        steps.user[count] = user
        steps.to[count] = to + 1
        count += 1
        cost_now, value_now = np.float64(costs[to, user]), np.float64(values[to, user])
    return count


@compiled
def _next_step(
    values: Matrix, costs: Costs, user: int, cost_now: float, value_now: float
) -> tuple[int, float]:
    """The next corner of a user's upper hull: its option and slope; -1 where none gains. Ties go to the dearer."""
    best, slope, width = -1, 0.0, np.inf
    for k in range(values.shape[0]):
        # No branches: which option is better is anyone's guess, and a wrong guess costs more than the division.
        fen = np.float64(costs[k, user]) - cost_now
        rise = (np.float64(values[k, user]) - value_now) / fen
        better = (fen > 0.0) & ((rise > slope) | ((rise == slope) & (fen > width)))
        best = k if better else best
        width = fen if better else width
        slope = rise if better else slope
    return best, slope


@compiled
def weighted_cut(ranks: Keys, weights: npt.NDArray[np.int32], limit: int) -> tuple[int, int]:
    """The least rank r at which the weights of all ranks up to r exceed `limit`, and the weights of those below r.

    Found digit by digit from the top, so that nothing is sorted. The weights of all must exceed `limit`.
    """
    below, prefix = np.int64(0), np.uint64(0)
    sums = np.empty(256, np.int64)
    for digit in range(8):
        shift = np.uint64(56 - 8 * digit)
        sums[:] = 0
        for j in range(len(ranks)):
            # Shifting by 64 is undefined: the first digit has no prefix to compare.
            if digit == 0 or (ranks[j] >> (shift + np.uint64(8))) == prefix:
                sums[(ranks[j] >> shift) & np.uint64(255)] += weights[j]
        at = 0
        while below + sums[at] <= limit:
            below += sums[at]
            at += 1
        prefix = (prefix << np.uint64(8)) | np.uint64(at)
    return prefix, below


@compiled
def take_steps(taken: npt.NDArray[np.bool_], steps: Steps, choice: Choices) -> tuple[int, float]:
    """Write the choices that the steps marked as `taken` lead to; returns their fen and value."""
    spent, worth = np.int64(0), 0.0
    for j in range(len(taken)):
        if taken[j]:
            spent += np.int64(steps.cost[j])
            worth += steps.value[j]
            choice[steps.user[j]] = steps.to[j]
    return spent, worth


@compiled
def least_keys(keys: Keys, below: np.uint64, found: Ints) -> int:
    """The users whose key is less than `below`, into `found` as far as it reaches; returns how many there are."""
    count = 0
    for start in range(0, len(keys), WIDE_BLOCK):
        block = keys[start : start + WIDE_BLOCK]
        some = np.int64(0)
        for i in range(len(block)):
            some += np.int64(block[i] < below)
        if some > 0:
            for i in range(len(block)):
                if block[i] < below:
                    if count < len(found):
                        found[count] = start + i
                    count += 1
    return count


@compiled
def cheapest_changes(
    values: Matrix, costs: Costs, users: Ints, keys: Keys, choice: Choices, price: float, reach: int,
    regret: Floats, whose: Ints, to: Choices,
) -> None:  # fmt: skip
    """Among `users`, the change of choice that loses least at `price` for every difference in cost.

    A change that costs d fen more (or less) goes to position `reach` + d; what it loses is price x d less the value it
    adds. On equal losses the user of the lesser key wins. `regret` comes in full of infinity.
    """
    for at in range(len(users)):
        user = users[at]
        now = choice[user]
        cost_now = np.int64(costs[now - 1, user]) if now > 0 else np.int64(0)
        value_now = np.float64(values[now - 1, user]) if now > 0 else 0.0
        for k in range(-1, values.shape[0]):
            more = (np.int64(costs[k, user]) if k >= 0 else np.int64(0)) - cost_now
            if more != 0 and -reach <= more <= reach:
                gain = (np.float64(values[k, user]) if k >= 0 else 0.0) - value_now
                loss, place = price * more - gain, reach + more
                if loss < regret[place] or (
                    loss == regret[place] < np.inf and keys[user] < keys[whose[place]]
                ):
                    regret[place], whose[place], to[place] = loss, user, k + 1


@compiled
def best_changes(more: Ints, loss: Floats, rest: int, reach: int, worth_of_fen: float) -> tuple[int, int]:
    """Which of at most 62 changes to make so that `rest` fen are best used: the bits of a number, and fen they cost.

    Exact by dynamic programming over the fen, as long as no part of the changes, in their order, frees more than
    `reach` fen or costs more than `rest`. A fen used is worth `worth_of_fen`, less what the changes lose.
    """
    size = reach + rest + 1
    lost, made = np.full(size, np.inf), np.zeros(size, np.int64)
    lost[reach] = 0.0
    for at in range(len(more)):
        bit = np.int64(1) << at
        if more[at] > 0:
            for state in range(size - 1, more[at] - 1, -1):
                with_it = lost[state - more[at]] + loss[at]
                if with_it < lost[state]:
                    lost[state], made[state] = with_it, made[state - more[at]] | bit
        else:
            for state in range(size + more[at]):
                with_it = lost[state - more[at]] + loss[at]
                if with_it < lost[state]:
                    lost[state], made[state] = with_it, made[state - more[at]] | bit
    best, found = reach, 0.0
    for state in range(size):
        gain = worth_of_fen * (state - reach) - lost[state]
        if gain > found:
            best, found = state, gain
    return made[best], best - reach


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
    for start in range(0, len(choice), WIDE_BLOCK):
        block = choice[start : start + WIDE_BLOCK]
        for k in range(len(counts)):
            same, option = np.int32(0), np.int8(k)
            for i in range(len(block)):
                same += np.int32(block[i] == option)
            counts[k] += same
    total = np.int64(0)
    for k in range(len(amounts)):
        total += counts[k + 1] * amounts[k]
    return total, counts
