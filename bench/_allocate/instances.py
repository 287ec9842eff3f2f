"""Seeded instances: what N users would bring and cost at each of K levels, by families that were not chosen to suit us.

concave     value rises and flattens, its size and speed a user's own; 10 % noise on each cell
step        nothing before a threshold, then a jump; or an S; or a dip before the rise: not concave, not monotone
correlated  value is 1 to 1.6 times the cost for everyone, so that nearly all efficiencies lie together
ties        a thousand cells of equal users: the curves of segments, as a plan by segment gives them
alike       nine cells of equal users in all, so that the budget runs out amid a crowd of equals
barred      concave, a third of the cells not allowed, one user in five allowed nothing, a tenth of the cells free
sorted      concave, users in order of what they bring: neighbours are alike and a sample may mislead
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from huoshui.core.allocate import Offers, Option, solve_one_budget

Floats = npt.NDArray[np.float64]
Family = Callable[[np.random.Generator, int, Floats], tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]]
AMOUNT_STEP_FEN = 200
CAMPAIGNS = 2
CHUNK = 1 << 16
"""Users made at a time: the making needs little more memory than what is made."""


def offers_of(family: str, *, users: int, options: int = 8, seed: int = 1) -> Offers:
    """The same users for the same arguments. Levels alternate between two campaigns."""
    amounts = AMOUNT_STEP_FEN * np.arange(1, options + 1, dtype=np.float64)
    values, costs = np.empty((options, users), np.float32), np.empty((options, users), np.int32)
    for chunk, start in enumerate(range(0, users, CHUNK)):
        stop = min(users, start + CHUNK)
        chance = np.random.default_rng([seed, sorted(FAMILIES).index(family), chunk])
        values[:, start:stop], costs[:, start:stop] = FAMILIES[family](chance, stop - start, amounts)
        if family == "sorted":
            values[:, start:stop] *= np.float32(1 + 0.5 * start / users)
    keys = np.random.default_rng([seed, 99]).integers(0, 2**64, users, dtype=np.uint64)
    named = tuple(Option(f"campaign-{k % CAMPAIGNS}", int(amounts[k])) for k in range(options))
    return Offers(named, values, costs, keys)


def spend_at_edge_fen(offers: Offers) -> int:
    """What would be spent down to an edge of 1, were there no budget: the scale of budgets."""
    return solve_one_budget(offers, 1 << 60).spent_fen


def a_day_later(offers: Offers, *, seed: int = 2) -> Offers:
    """The same users with every value off by about 1 %: what a warm start meets."""
    values = offers.values_est.copy()
    for chunk, start in enumerate(range(0, offers.users, CHUNK)):
        part = values[:, start : start + CHUNK]
        part *= 1 + 0.01 * np.random.default_rng([seed, chunk]).standard_normal(part.shape, dtype=np.float32)
    return Offers(offers.options, values, offers.costs, offers.keys)


def _concave(chance: np.random.Generator, users: int, amounts: Floats) -> tuple[Floats, Floats]:
    size, speed = chance.gamma(2.0, 300.0, users), chance.uniform(100, 1500, users)
    share = chance.uniform(0.5, 1.0, (len(amounts), users))
    noise = 1 + 0.1 * chance.standard_normal((len(amounts), users))
    return size * (1 - np.exp(-amounts[:, None] / speed)) * noise, amounts[:, None] * share


def _step(chance: np.random.Generator, users: int, amounts: Floats) -> tuple[Floats, Floats]:
    size, middle = chance.gamma(2.0, 400.0, users), chance.uniform(200, 1600, users)
    face = amounts[:, None]
    jump = size * (face >= middle)
    ess = size / (1 + np.exp((middle - face) / 120))
    dip = size * (np.tanh((face - middle) / 400) - 0.4 * np.exp(-(((face - middle / 2) / 150) ** 2)))
    kind = chance.integers(0, 3, users)
    value = np.select([kind == 0, kind == 1], [jump, ess], dip) + 20 * chance.standard_normal(
        (len(amounts), users)
    )
    return value, face * chance.uniform(0.5, 1.0, (len(amounts), users))


def _correlated(chance: np.random.Generator, users: int, amounts: Floats) -> tuple[Floats, Floats]:
    cost = amounts[:, None] * chance.uniform(0.5, 1.0, (len(amounts), users))
    return cost * (1.3 + 0.3 * np.tanh(chance.standard_normal(users))) + 10 * chance.standard_normal(
        cost.shape
    ), cost


def _cells(count: int) -> Callable[[np.random.Generator, int, Floats], tuple[Floats, Floats]]:
    def of(chance: np.random.Generator, users: int, amounts: Floats) -> tuple[Floats, Floats]:
        value, cost = _concave(np.random.default_rng(count), count, amounts)
        cell = chance.integers(0, count, users)
        return value[:, cell], cost[:, cell]

    return of


def _barred(chance: np.random.Generator, users: int, amounts: Floats) -> tuple[Floats, Floats]:
    value, cost = _concave(chance, users, amounts)
    value[chance.random(value.shape) < 1 / 3] = -np.inf
    value[:, chance.random(users) < 0.2] = -np.inf
    value[chance.random(value.shape) < 0.02] = np.nan
    cost[chance.random(cost.shape) < 0.1] = 0
    return value, cost


def _sorted(chance: np.random.Generator, users: int, amounts: Floats) -> tuple[Floats, Floats]:
    value, cost = _concave(chance, users, amounts)
    order = np.argsort(value[-1])
    return value[:, order], cost[:, order]


def _narrow(made: Callable[[np.random.Generator, int, Floats], tuple[Floats, Floats]]) -> Family:
    def of(
        chance: np.random.Generator, users: int, amounts: Floats
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]:
        value, cost = made(chance, users, amounts)
        return value.astype(np.float32), np.rint(cost).astype(np.int32)

    return of


FAMILIES: dict[str, Family] = {
    "concave": _narrow(_concave),
    "step": _narrow(_step),
    "correlated": _narrow(_correlated),
    "ties": _narrow(_cells(1000)),
    "alike": _narrow(_cells(9)),
    "barred": _narrow(_barred),
    "sorted": _narrow(_sorted),
}
