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
BLOCK = 1024
"""Users at a time: their scores stay in the nearest cache."""
WAITING = 256
"""So many users between two choices are gathered before their hulls are walked, side by side."""
STEPS_SHARE = 4
"""Room for the steps of one user in so many to begin with (what stays empty takes no memory); it grows in mid-pass."""
NEAR = 16
"""Users of whom one look tells whether any is between two choices; BLOCK is a multiple."""
WIDE_BLOCK = 8192
EQUAL_LOSS = 1e-9
"""Losses that differ by less than this, and this share of them, are those of equal users."""
LANES = 512
NO_BITS, ALL_BITS = np.uint64(0), np.uint64((1 << 64) - 1)
DIVISIONS = 1024
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
def room_for_steps(count: int) -> Steps:
    """Room for `count` steps."""
    return Steps(
        np.empty(count, np.float64), np.empty(count, np.int32), np.empty(count, np.float64),
        np.empty(count, np.int32), np.empty(count, np.int8),
    )  # fmt: skip


@compiled
def first_steps(steps: Steps, count: int) -> Steps:
    """The first `count` of them."""
    return Steps(
        steps.efficiency[:count],
        steps.cost[:count],
        steps.value[:count],
        steps.user[:count],
        steps.to[:count],
    )


@compiled
def spend_by_run(values: Matrix, costs: Costs, price: float, sums: Ints) -> tuple[float, float]:
    """Fen spent at `price` by each run of len(users) / len(sums) users, into `sums`; all of it, and its error."""
    options, users = values.shape
    size = users // len(sums)
    best, fen = np.empty(size, np.float64), np.empty(size, np.float64)
    for run in range(len(sums)):
        begin, end = run * size, (run + 1) * size
        best[:] = 0.0
        fen[:] = 0.0
        for k in range(options):
            value, cost = values[k, begin:end], costs[k, begin:end]
            for i in range(size):
                score = value[i] - price * cost[i]
                better = score > best[i]  # a missing value does not win
                fen[i] = np.float64(cost[i]) if better else fen[i]
                best[i] = score if better else best[i]
        sums[run] = np.int64(fen.sum())
    return np.float64(sums.sum()), sums.std() * np.sqrt(len(sums))


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
    high_to, cost_high = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.float64)
    hulls, waiting = _room_for_hulls(options), 0
    # Sums run lane by lane: short chains, vector code, and the same order whatever the machine.
    spent_lanes, score_lanes = np.zeros(BLOCK, np.int64), np.zeros(BLOCK, np.float64)
    start = begin
    while start < users:
        size = min(BLOCK, users - start)
        if count + (waiting + size) * options > len(steps.efficiency):
            break
        at_low[:] = 0.0
        at_high[:] = 0.0
        high_to[:] = 0
        cost_high[:] = 0.0
        # Four options at a time, so that what is best so far stays in registers and memory is the limit. Where the
        # options are no multiple of four the last one is looked at again, which changes nothing.
        for k in range(0, options, 4):
            k1, k2, k3 = min(k + 1, options - 1), min(k + 2, options - 1), min(k + 3, options - 1)
            end = start + size
            v0, v1 = values[k, start:end], values[k1, start:end]
            v2, v3 = values[k2, start:end], values[k3, start:end]
            c0, c1 = costs[k, start:end], costs[k1, start:end]
            c2, c3 = costs[k2, start:end], costs[k3, start:end]
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
            stay = at_high[i] + (high_end - low_end) * cost_high[i]
            high_to[i] = 1 if at_low[i] - stay > SCORE_NOISE * at_low[i] else 0
            open_users += high_to[i]
        if open_users > 0:
            waiting = _queue(start, high_to, at_low, hulls, waiting)
        if waiting >= WAITING:
            _gather(values, costs, choice, hulls, waiting)
            count, waiting = _walk(hulls, waiting, low, steps, count), 0
        start += size
    _gather(values, costs, choice, hulls, waiting)
    count = _walk(hulls, waiting, low, steps, count)
    return min(start, users), spent_lanes.sum(), score_lanes.sum(), count


@compiled
def _better(
    at_low: float,
    at_high: float,
    high_to: int,
    cost_high: float,
    value: float,
    cost: int,
    low: float,
    high: float,
    to: int,
) -> tuple[float, float, int, float]:
    """The best so far of one user at both prices, one more option seen."""
    fen, gain = np.float64(cost), np.float64(value)
    below, above = gain - low * fen, gain - high * fen
    at_low = below if below > at_low else at_low  # noqa: FURB136 - a missing value must not win
    better = above > at_high
    return at_low, above if better else at_high, to if better else high_to, fen if better else cost_high


@compiled
def pass_between(
    values: Matrix, costs: Costs, low: float, high: float, choice: Choices
) -> tuple[int, float, Steps, int]:
    """One pass of `bracketed`, the room growing with the steps: where there is none left it goes on from there.

    Returns fen and scores at `high`, the steps, and fen at `low`.
    """
    options, users = values.shape
    more = (BLOCK + WAITING) * options
    steps = room_for_steps(max(users // STEPS_SHARE, 1) + more)
    at, count, spent, scores = 0, 0, np.int64(0), 0.0
    while True:
        at, fen, score, count = bracketed(values, costs, low, high, choice, steps, at, count)
        spent, scores = spent + fen, scores + score
        if at == users:
            break
        wanted = np.int64(1.1 * count * users / max(at, 1))
        grown = room_for_steps(max(wanted, len(steps.cost)) + more)
        grown.efficiency[:count], grown.cost[:count] = steps.efficiency[:count], steps.cost[:count]
        grown.value[:count], grown.user[:count] = steps.value[:count], steps.user[:count]
        grown.to[:count] = steps.to[:count]
        steps = grown
    steps = first_steps(steps, count)
    return spent, scores, steps, spent + steps.cost.sum()


class Hulls(NamedTuple):
    """Users between two choices, side by side: all they may get (K, lanes), and how far each has come (lanes,)."""

    value: Floats
    cost: Floats
    user: npt.NDArray[np.int32]
    at_low: Floats
    value_now: Floats
    cost_now: Floats
    last: Floats
    best: npt.NDArray[np.int32]
    slope: Floats
    width: Floats


@compiled
def _room_for_hulls(options: int) -> Hulls:
    lanes = WAITING + BLOCK
    return Hulls(
        np.empty((options, lanes), np.float64), np.empty((options, lanes), np.float64),
        np.empty(lanes, np.int32), np.empty(lanes, np.float64), np.empty(lanes, np.float64),
        np.empty(lanes, np.float64), np.empty(lanes, np.float64), np.empty(lanes, np.int32),
        np.empty(lanes, np.float64), np.empty(lanes, np.float64),
    )  # fmt: skip


@compiled
def _queue(start: int, torn: Ints, at_low: Floats, hulls: Hulls, lane: int) -> int:
    """Put the users from `start` on that are `torn` (1, not 0; BLOCK of them, 0 past the last user) into the lanes from
    `lane` on; returns the next free one.
    """
    user, end = hulls.user, lane
    for first in range(0, BLOCK, NEAR):
        some = np.int32(0)
        for i in range(first, first + NEAR):
            some |= torn[i]
        if some == 0:
            continue
        for i in range(first, first + NEAR):
            user[end] = start + i  # overwritten by the next one where this user is not torn
            hulls.at_low[end] = at_low[i]
            end += np.int64(torn[i])
    return end


@compiled
def _gather(values: Matrix, costs: Costs, choice: Choices, hulls: Hulls, waiting: int) -> None:
    """What the users in the first `waiting` lanes may get, each at their choice."""
    user = hulls.user
    for k in range(values.shape[0]):
        of_value, of_cost, row_value, row_cost = values[k], costs[k], hulls.value[k], hulls.cost[k]
        for j in range(waiting):
            whose = np.uint64(user[j])  # no look at whether it counts from the end
            row_value[j] = of_value[whose]
            row_cost[j] = of_cost[whose]
    for j in range(waiting):
        now = choice[user[j]]
        hulls.value_now[j] = hulls.value[now - 1, j] if now > 0 else 0.0
        hulls.cost_now[j] = hulls.cost[now - 1, j] if now > 0 else 0.0
        hulls.last[j] = np.inf


@compiled
def _walk(hulls: Hulls, waiting: int, low: float, steps: Steps, count: int) -> int:
    """Put the steps of the first `waiting` lanes' hulls, down to an efficiency of `low`, into `steps` at `count`.

    Steps of one user come in their order.
    """
    low_end = low * (1.0 - END_MARGIN)
    value, cost, user, at_low, value_now, cost_now, last, best, slope, _ = hulls
    while waiting > 0:
        _next_steps(hulls, waiting)
        kept = 0
        for i in range(waiting):
            if best[i] < 0 or slope[i] < low:
                continue
            to = best[i]
            slope_now = min(slope[i], last[i])  # a hull bends one way; rounding must not say otherwise
            steps.efficiency[count] = slope_now
            steps.cost[count] = np.int32(cost[to, i] - cost_now[i])
            steps.value[count] = value[to, i] - value_now[i]
            steps.user[count] = user[i]
            steps.to[count] = to + 1
            count += 1
            if at_low[i] - (value[to, i] - low_end * cost[to, i]) > SCORE_NOISE * at_low[i]:
                user[kept], at_low[kept], last[kept] = user[i], at_low[i], slope_now
                value_now[kept], cost_now[kept] = value[to, i], cost[to, i]
                for k in range(value.shape[0]):
                    value[k, kept], cost[k, kept] = value[k, i], cost[k, i]
                kept += 1
        waiting = kept
    return count


@compiled
def _next_steps(hulls: Hulls, waiting: int) -> None:
    """`_next_step` of the first `waiting` lanes together."""
    value, cost, _, _, value_now, cost_now, _, best, slope, width = hulls
    best[:waiting] = -1
    slope[:waiting] = 0.0
    width[:waiting] = np.inf
    for k in range(value.shape[0]):
        of_value, of_cost, option = value[k], cost[k], np.int32(k)
        for i in range(waiting):
            fen = of_cost[i] - cost_now[i]
            rise = (of_value[i] - value_now[i]) / fen
            better = (fen > 0.0) & ((rise > slope[i]) | ((rise == slope[i]) & (fen > width[i])))
            best[i] = option if better else best[i]
            width[i] = fen if better else width[i]
            slope[i] = rise if better else slope[i]


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
def weighted_cut(ranks: Keys, weights: npt.NDArray[np.int32], limit: int, flip: np.uint64) -> tuple[int, int]:
    """The least rank r at which the weights of all ranks up to r exceed `limit`, and the weights of those below r.

    A rank is its number with the bits of `flip` turned: all of them turned put the greatest first. Nothing is sorted:
    the range of the ranks is cut into DIVISIONS, and the one in which the limit lies again. The weights of all must
    exceed `limit`.
    """
    if len(ranks) == 0:
        raise ValueError("a cut of nothing")
    below = np.int64(0)
    sums = np.empty(DIVISIONS, np.int64)
    while True:
        least, most = ranks[0] ^ flip, ranks[0] ^ flip
        for j in range(len(ranks)):
            rank = ranks[j] ^ flip
            least, most = min(least, rank), max(most, rank)
        shift = np.uint64(0)
        while (most - least) >> shift >= np.uint64(DIVISIONS):
            shift += np.uint64(1)
        sums[:] = 0
        for j in range(len(ranks)):
            sums[((ranks[j] ^ flip) - least) >> shift] += weights[j]
        at = 0
        while below + sums[at] <= limit:
            below += sums[at]
            at += 1
            if at == DIVISIONS:
                raise ValueError("the weights of all are within the limit")
        if shift == 0:
            return least + np.uint64(at), below
        inside = (((ranks ^ flip) - least) >> shift) == np.uint64(at)
        ranks, weights = ranks[inside], weights[inside]


@compiled
def price_cut(steps: Steps, limit: int) -> tuple[float, int]:
    """The efficiency of the first of the steps, best first, with which they cost more than `limit`; fen before it."""
    cut, before = weighted_cut(steps.efficiency.view(np.uint64), steps.cost, limit, ALL_BITS)
    price = np.empty(1, np.uint64)
    price[0] = cut ^ ALL_BITS
    return price.view(np.float64)[0], before


@compiled
def price_after(steps: Steps, spent: int, low: float, fen: float) -> float:
    """The price at which more than `fen` are first spent: `spent` above all `steps`, then theirs; `low` where never."""
    if fen >= spent + steps.cost.sum():
        return low
    return price_cut(steps, np.int64(fen) - spent)[0]


@compiled
def sampled_prices(
    values: Matrix, costs: Costs, low: float, high: float, target: float, errors: float, runs: int
) -> tuple[float, float]:
    """The prices between `low` and `high` at which a small sample spends `errors` standard errors more than `target`,
    and less: those of the sums of its `runs` runs.
    """
    options, users = values.shape
    choice, steps = np.empty(users, np.int8), room_for_steps((users + BLOCK + WAITING) * options)
    _, spent, _, count = bracketed(values, costs, low, high, choice, steps, 0, 0)
    steps = first_steps(steps, count)
    price, size = price_after(steps, spent, low, target), users // runs
    sums = np.zeros(runs, np.int64)
    for j in range(count):
        sums[np.uint64(steps.user[j] // size)] += steps.cost[j] if steps.efficiency[j] >= price else 0
    slack = errors * sums.std() * np.sqrt(runs)
    return (
        price_after(steps, spent, low, target + slack), price_after(steps, spent, low, max(0.0, target - slack))
    )  # fmt: skip


@compiled
def tied(steps: Steps, keys: Keys, price: float) -> tuple[npt.NDArray[np.int32], Keys]:
    """Cost and user's key of every step at just this `price`."""
    cost, key = np.empty(len(steps.cost), np.int32), np.empty(len(steps.cost), np.uint64)
    count = 0
    for j in range(len(steps.cost)):
        if steps.efficiency[j] == price:
            cost[count], key[count] = steps.cost[j], keys[steps.user[j]]
            count += 1
    return cost[:count], key[:count]


@compiled
def take_steps(
    steps: Steps, price: float, tied_keys: Keys, key: np.uint64, left: int, choice: Choices
) -> tuple[int, float, int, float, int]:
    """Write the choices that the steps above `price` lead to, and those at it (their keys: `tied_keys`) below `key`;
    at `key` they are taken while `left` fen last. Returns fen and value of those taken, fen and value of all at or
    above `price`, and the cost of the first step that did not fit, 0 where all did.
    """
    spent, worth, spent_at, worth_at = np.int64(0), 0.0, np.int64(0), 0.0
    broken, ties = np.int64(0), 0
    for start in range(0, len(steps.cost), WIDE_BLOCK):
        gained, gained_at = 0.0, 0.0  # summed by blocks: rounding does not grow with the number of steps
        for j in range(start, min(len(steps.cost), start + WIDE_BLOCK)):
            if steps.efficiency[j] < price:
                continue
            fen, value = np.int64(steps.cost[j]), steps.value[j]
            spent_at += fen
            gained_at += value
            if steps.efficiency[j] == price:
                if ties == len(tied_keys):
                    raise ValueError("more steps at the price than keys")
                own = tied_keys[ties]
                ties += 1
                if own > key or (own == key and broken > 0):
                    continue
                if own == key and fen > left:
                    broken = fen
                    continue
                left -= fen if own == key else 0
            spent += fen
            gained += value
            choice[steps.user[j]] = steps.to[j]
        worth += gained
        worth_at += gained_at
    return spent, worth, spent_at, worth_at, broken


@compiled
def take_within(
    steps: Steps, keys: Keys, limit: int, edge: float, choice: Choices
) -> tuple[float, int, float, int, float, int]:
    """Write the choices of the steps, best first, equals by key, until one no longer fits into `limit`.

    Returns the price, `edge` where all fit, and what `take_steps` does.
    """
    if steps.cost.sum() <= limit:
        all_of_them = take_steps(steps, -np.inf, keys[:0], ALL_BITS, 0, choice)
        return (edge, *all_of_them)
    price, before = price_cut(steps, limit)
    costs_tied, keys_tied = tied(steps, keys, price)
    key, below = weighted_cut(keys_tied, costs_tied, limit - before, NO_BITS)
    taken = take_steps(steps, price, keys_tied, np.uint64(key), limit - before - below, choice)
    return (price, *taken)


@compiled
def least_keys(keys: Keys, below: np.uint64, found: Ints) -> int:
    """The users whose key is less than `below`, into `found` as far as it reaches; returns how many there are."""
    count = 0
    for start in range(0, len(keys), WIDE_BLOCK):
        block = keys[start : start + WIDE_BLOCK]
        some = np.uint64(0)
        for i in range(len(block)):
            some |= np.uint64(block[i] < below)
        if some:
            for i in range(len(block)):
                if block[i] < below:
                    if count < len(found):
                        found[count] = start + i
                    count += 1
    return count


@compiled
def undecided(values: Matrix, costs: Costs, price: float, most: float, found: Ints) -> int:
    """The users whose second best at `price` loses at most `most`, into `found` (N,); returns how many there are."""
    options, users = values.shape
    best, second = np.empty(BLOCK, np.float64), np.empty(BLOCK, np.float64)
    count = 0
    for start in range(0, users, BLOCK):
        size = min(BLOCK, users - start)
        best[:] = 0.0
        second[:] = -np.inf
        for k in range(
            0, options, 2
        ):  # two at a time, see `bracketed`; the last of an odd number stands alone
            end, other, alone = start + size, min(k + 1, options - 1), k + 1 == options
            v0, v1, c0, c1 = (
                values[k, start:end],
                values[other, start:end],
                costs[k, start:end],
                costs[other, start:end],
            )
            for i in range(size):
                top, next_best = _two_best(best[i], second[i], np.float64(v0[i]) - price * np.float64(c0[i]))
                score = np.float64(v1[i]) - price * np.float64(c1[i])
                best[i], second[i] = _two_best(top, next_best, -np.inf if alone else score)
        near = 0
        for i in range(size):
            near += 1 if best[i] - second[i] <= most else 0
        if near > 0:
            for i in range(size):
                if best[i] - second[i] <= most:
                    found[count] = start + i
                    count += 1
    return count


@compiled
def _two_best(best: float, second: float, score: float) -> tuple[float, float]:
    """The two best scores, one more seen; a missing value never wins."""
    lesser = best if best < score else score  # noqa: FURB136
    return score if score > best else best, lesser if lesser > second else second  # noqa: FURB136


class Changes(NamedTuple):
    """Changes of choice, the one that loses least first: fen more, loss, whose, to.

    `beyond`: the least that a change loses whose difference in cost was too large.
    """

    more: Ints
    loss: Floats
    user: Ints
    to: Choices
    beyond: float


@compiled
def cheapest_changes(
    values: Matrix, costs: Costs, users: Ints, keys: Keys, choice: Choices, price: float, most: float, reach: int,
    copies: int,
) -> Changes:  # fmt: skip
    """Among `users`, for every difference in cost up to `reach` fen the `copies` changes that lose least at `price`.

    A change that costs d fen more (or less) loses price x d less the value it adds; those that lose `most` or more are
    left out. On equal losses the user of the lesser key wins.
    """
    kept, beyond = np.zeros(2 * reach + 1, np.int64), np.inf  # so many for each difference, best first
    regret, whose = np.empty((2 * reach + 1, copies), np.float64), np.empty((2 * reach + 1, copies), np.int64)
    to = np.empty(regret.shape, np.int8)
    for at in range(len(users)):
        user = users[at]
        now = choice[user]
        cost_now = np.int64(costs[now - 1, user]) if now > 0 else np.int64(0)
        value_now = np.float64(values[now - 1, user]) if now > 0 else 0.0
        for k in range(-1, values.shape[0]):
            more = (np.int64(costs[k, user]) if k >= 0 else np.int64(0)) - cost_now
            gain = (np.float64(values[k, user]) if k >= 0 else 0.0) - value_now
            loss = max(0.0, price * more - gain)
            if more == 0 or not loss < most or np.isnan(gain):
                continue
            if more < -reach or more > reach:
                beyond = min(beyond, loss)
                continue
            losses, owners, choices = regret[reach + more], whose[reach + more], to[reach + more]
            c = kept[reach + more]
            kept[reach + more] = min(c + 1, copies)
            while c > 0 and (
                loss < losses[c - 1] or (loss == losses[c - 1] and keys[user] < keys[owners[c - 1]])
            ):
                c -= 1
                if c + 1 < copies:
                    losses[c + 1], owners[c + 1], choices[c + 1] = losses[c], owners[c], choices[c]
            if c < copies:
                losses[c], owners[c], choices[c] = loss, user, k + 1
    places, count = np.empty(kept.sum(), np.int64), 0
    for row in range(2 * reach + 1):
        for c in range(kept[row]):
            places[count] = row * copies + c
            count += 1
    places = places[np.argsort(regret.ravel()[places], kind="mergesort")]
    return Changes(
        places // copies - reach, regret.ravel()[places], whose.ravel()[places], to.ravel()[places], beyond
    )


@compiled
def _one_more(
    before: Floats, old: Floats, loss: float, new: Floats, bits: npt.NDArray[np.uint8], bit: np.uint8
) -> None:
    """The least loss of states, one more change seen: reached with it from `before`, or as of `old`; `bit`: which."""
    for i in range(len(old)):
        changed = before[i] + loss
        bits[i] |= bit if changed < old[i] else np.uint8(0)
        new[i] = min(old[i], changed)


@compiled
def best_changes(
    more: Ints, loss: Floats, rest: int, depth: int, height: int, worth_of_fen: float
) -> tuple[int, int]:
    """Which of at most 62 changes to make so that `rest` fen are best used: the bits of a number, and fen they cost.

    Exact by dynamic programming over the fen, as long as no part of the changes, in their order, frees more than
    `depth` fen or costs more than `rest` and `height`. A fen used is worth `worth_of_fen`, less what the changes lose.
    """
    if min(depth, rest, height) < 0:
        raise ValueError("no room for a use of less than nothing")
    size = depth + rest + height + 1
    lost, with_it = np.full(size, np.inf), np.full(size, np.inf)
    made = np.zeros(((len(more) + 7) // 8, size), np.uint8)  # a bit a change: whether it led to the state
    lost[depth] = 0.0
    low, high = depth, depth + 1  # what has been reached so far
    for at in range(len(more)):
        step = more[at]
        # Written beside: no state is read after it was changed, and the loop runs side by side.
        begin, end = max(low + step, 0), min(high + step, size)
        low, high = max(0, min(low, low + step)), min(size, max(high, high + step))
        with_it[low:high] = lost[low:high]
        if begin < end:
            _one_more(
                lost[begin - step : end - step], lost[begin:end], loss[at], with_it[begin:end],
                made[at >> 3][begin:end], np.uint8(1 << (at & 7)),
            )  # fmt: skip
        lost, with_it = with_it, lost
    best, found = depth, 0.0
    for state in range(low, min(high, depth + rest + 1)):
        gain = worth_of_fen * (state - depth) - lost[state]
        if gain > found:
            best, found = state, gain
    chosen, state = np.int64(0), best
    for at in range(len(more) - 1, -1, -1):
        if made[at >> 3, state] >> (at & 7) & 1:
            chosen |= np.int64(1) << at
            state -= more[at]
    return chosen, best - depth


@compiled
def best_use(
    changes: Changes, count: int, rest: int, reach: int, worth_of_fen: float
) -> tuple[Ints, int, float]:
    """Which of the first `count` changes (at most 62) of different users are made so that `rest` fen are best used.

    Of changes with one difference in cost only those are weighed that lose no more than the first, as in a crowd of
    equal users. Returns the positions of the changes made, the fen they cost, and what all of it loses, fen left over
    included.
    """
    weighed, copy, kept = np.empty(count, np.int64), np.zeros(count, np.int64), 0
    for at in range(len(changes.more)):
        if kept == count:
            break
        new, before = True, 0
        for other in range(kept):
            new &= changes.user[weighed[other]] != changes.user[at]
            if changes.more[weighed[other]] == changes.more[at]:
                before += 1
                new &= changes.loss[at] <= changes.loss[weighed[other]] * (1.0 + EQUAL_LOSS) + EQUAL_LOSS
        if new:
            weighed[kept], copy[kept] = at, before
            kept += 1
    weighed, copy = weighed[:kept], copy[:kept]
    # What frees fen comes first, but one round after the other: so a crowd goes up and down and not far.
    order = np.argsort(copy * (4 * reach + 1) + changes.more[weighed])
    weighed, crowds = weighed[order], kept > 0 and copy.max() > 0
    more, loss = changes.more[weighed], changes.loss[weighed]
    bits, fen = best_changes(more, loss, rest, reach, reach if crowds else 0, worth_of_fen)
    made, lost = np.zeros(kept, np.bool_), worth_of_fen * (rest - fen)
    for at in range(kept):
        if (bits >> at) & 1:
            made[at] = True
            lost += loss[at]
    return weighed[made], fen, lost


@compiled
def least_loss(
    changes: Changes, rest: int, reach: int, worth_of_fen: float, known: float, work: int
) -> float:
    """The least that any use of `rest` fen loses against the price: what its changes lose, and the fen left over.

    `known`: what one use loses. Each change (at most `reach` fen up or down) may be made as often as one likes, so no
    set of changes loses less. An order can always be found in which their sum stays between -`reach` and the greater
    of `reach` and `rest`: the shortest ways over these sums, nothing that loses `known` or more being followed. 0 after
    more than `work` looks.
    """
    if min(rest, reach) < 0:
        raise ValueError("no room for a use of less than nothing")
    more, loss = changes.more, changes.loss
    top = max(reach, rest)
    size = reach + top + 1
    lost = np.full(size, np.inf)
    waits, queue, first, waiting = np.zeros(size, np.bool_), np.empty(size, np.int64), 0, 1
    lost[reach], queue[0] = 0.0, reach
    looks = 0
    while waiting > 0:
        state = queue[first]
        first, waiting = (first + 1) % size, waiting - 1
        waits[state] = False
        looks += len(more)
        if looks > work:
            return 0.0
        for at in range(len(more)):
            to, with_it = state + more[at], lost[state] + loss[at]
            if 0 <= to < size and with_it < known and with_it < lost[to]:
                lost[to] = with_it
                if not waits[to]:
                    waits[to] = True
                    queue[(first + waiting) % size] = to
                    waiting += 1
    least = min(known, changes.beyond)
    for state in range(reach + rest + 1):
        least = min(least, lost[state] + worth_of_fen * (reach + rest - state))
    return least


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
    lanes = np.empty(LANES, np.uint8)
    rows = 255  # so often one byte may be counted up
    for start in range(0, len(choice), rows * LANES):
        block = choice[start : start + rows * LANES]
        whole = len(block) // LANES
        for k in range(1, len(counts)):
            option = np.int8(k)
            lanes[:] = 0
            for row in range(whole):
                line = block[row * LANES : (row + 1) * LANES]
                for i in range(LANES):
                    lanes[i] += np.uint8(line[i] == option)
            counts[k] += lanes.sum()
        for i in range(whole * LANES, len(block)):
            counts[block[i]] += 1
    counts[0] = len(choice) - counts[1:].sum()
    total = np.int64(0)
    for k in range(len(amounts)):
        total += counts[k + 1] * amounts[k]
    return total, counts
