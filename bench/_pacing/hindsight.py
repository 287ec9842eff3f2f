"""What a month could have brought at most: the linear program that knows every arrival, by its dual.

Maximise the sum of v x: at most one level each; explorers take what chance drew; newcomers and the big sale have at
least their minimums; and at the end of every day what is tied up is at most the budget - the true expected cost of what
has settled, the whole face of what was granted within the settlement limit before. Its own few lines of numpy, none of
the product's code. By weak duality any prices of at least 0 prove a bound: a slip here can only make it looser.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from _pacing.shop import DAYS, HOURS, Floats, Ints, Shop
from _pacing.world import LIMIT_HOURS, Month, uses_of

ENDS = np.arange(1, DAYS + 1) * HOURS
"""The floor is looked at at the end of each day; the last one is the month's."""


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """Value of the best, explorers counted; the price of each day's end, and of the two minimums.

    `at_edge`: by use, what it could have been given at most where each fen brings the edge. Over what it took its own
    grants to cost that settle in time: `rate`, their true expected cost, and `rate_used`, what of them was really used.
    """

    value: float
    floor_prices: Floats
    minimum_prices: Floats
    at_edge: tuple[float, ...]
    rate: float
    rate_used: float

    @property
    def price(self) -> float:
        """What the last fen of cost brings."""
        return float(self.floor_prices[-1])


def hindsight(
    shop: Shop,
    month: Month,
    *,
    had: tuple[float, ...],
    floor: bool = True,
    by_day: bool = False,
    rate: float = 1.0,
) -> Bound:
    """The bound of a month, its redemption taken to be `rate` times the plain mean of its days' on every day.

    `had`: what each use had under the policy judged; a minimum that it fell short of is asked of hindsight as far only.
    `by_day`: it also knows how much of each single day's grants will be used, which nobody can when granting. Without
    `floor` a grant ties up its expected cost at once and for ever, and the end of the month alone counts.
    """
    problem = _Problem(shop, month, month.cost if by_day else rate * month.mean_cost, had, floor)
    start = problem.first()
    scale = problem.common
    found = minimize(
        lambda prices: problem.dual(prices * scale),
        start / scale,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * len(start),
        options={"maxiter": 300, "maxfun": 400, "ftol": 1e-10},
    )
    prices = np.maximum(found.x, 0.0) * scale
    best = min((prices, start), key=lambda one: problem.dual(one)[0])
    value = problem.dual(best)[0] * problem.unit + problem.explored
    most = problem.at_price(shop.edge_est)
    count = len(problem.ends)
    expected, used = problem.rates(best)
    return Bound(value, best[:count], best[count:], most, rate * expected, rate * used)


class _Problem:
    """The arrivals that may be decided, the limits that explorers leave, and the dual as a function of prices."""

    def __init__(self, shop: Shop, month: Month, costs: Floats, had: tuple[float, ...], floor: bool) -> None:
        chance = month.explores
        drawn = chance & (month.explored > 0)
        level = month.explored[drawn] - 1
        faces = np.array(shop.faces_fen, np.float64)
        use = uses_of(month)
        self.explored = float(month.value[drawn, level].sum())
        self.ends = ENDS if floor else ENDS[-1:]
        self.limit = LIMIT_HOURS if floor else 0
        self.value, self.cost, self.face = month.value[~chance], costs[~chance], faces
        self.hour, self.use = month.hour[~chance], use[~chance]
        self.true_cost, self.coin = month.cost[~chance], month.coin[~chance]
        self.rests = np.full(len(self.ends), float(shop.budget_fen))
        self.rests -= self._tied(month.hour[drawn], costs[drawn, level], faces[level])
        last = self._weights(month.hour[drawn], costs[drawn, level], faces[level])
        taken = self.taken = np.bincount(use[drawn], weights=last, minlength=3)
        asked = np.minimum([0.0, shop.newcomers_fen, shop.sale_fen], had)
        self.least = np.maximum(0.0, asked - taken)[1:]
        self.common = self._common()
        self.unit = max(1.0, self.common * float(self.rests[-1]))

    def dual(self, prices: Floats) -> tuple[float, Floats]:
        """The bound at these prices over `unit`, and its slope by price over `common`."""
        floor, minimum = prices[: len(self.ends)], prices[len(self.ends) :]
        some, best, surplus = self._granted(prices)
        cost, face, hour = self.cost[some, best], self.face[best], self.hour[some]
        slope_floor = self.rests - self._tied(hour, cost, face)
        weight = self._weights(hour, cost, face)
        slope_minimum = np.bincount(self.use[some], weights=weight, minlength=3)[1:] - self.least
        bound = surplus + float(floor @ self.rests - minimum @ self.least)
        slope = np.r_[slope_floor, slope_minimum] * self.common
        return bound / self.unit, slope / self.unit

    def rates(self, prices: Floats) -> tuple[float, float]:
        """True expected cost, and fen really used, over the cost assumed, of what these prices grant in time."""
        some, best, _ = self._granted(prices)
        early = self.hour[some] + self.limit < self.ends[-1]
        some, best = some[early], best[early]
        assumed, true, face = self.cost[some, best].sum(), self.true_cost[some, best], self.face[best]
        used = face[self.coin[some] < true / face]
        return float(true.sum() / assumed), float(used.sum() / assumed)

    def _granted(self, prices: Floats) -> tuple[Ints, Ints, float]:
        """Who is given something at these prices, which level, and what it brings beyond its price."""
        on_cost, on_face = self._by_hour(prices[: len(self.ends)])
        late = self.hour + self.limit >= self.ends[-1]
        own = np.r_[0.0, prices[len(self.ends) :]][self.use]
        cost_price = on_cost[self.hour] - np.where(late, 0.0, own)
        face_price = on_face[self.hour] - np.where(late, own, 0.0)
        score = self.value - cost_price[:, None] * self.cost - face_price[:, None] * self.face
        best = score.argmax(axis=1)
        some = np.flatnonzero(score[np.arange(len(best)), best] > 0)
        return some, best[some], float(score[some, best[some]].sum())

    def at_price(self, price: float) -> tuple[float, ...]:
        """What each use ties up at the month's end where expected cost has one price."""
        score = self.value - price * self.cost
        best = score.argmax(axis=1)
        some = np.flatnonzero(score[np.arange(len(best)), best] > 0)
        best = best[some]
        weight = self._weights(self.hour[some], self.cost[some, best], self.face[best])
        most = self.taken + np.bincount(self.use[some], weights=weight, minlength=3)
        return tuple(most.tolist())

    def first(self) -> Floats:
        """One price at the month's end, and none before it."""
        start = np.zeros(len(self.ends) + 2)
        start[len(self.ends) - 1] = self.common
        return start

    def _common(self) -> float:
        """The one price at the month's end at which its floor just holds."""
        low, high = 1e-3, 1e3
        for _ in range(40):
            middle = float(np.sqrt(low * high))
            late = self.hour + self.limit >= self.ends[-1]
            weight = np.where(late[:, None], self.face, self.cost)
            score = self.value - middle * weight
            best = score.argmax(axis=1)
            some = np.flatnonzero(score[np.arange(len(best)), best] > 0)
            over = float(weight[some, best[some]].sum()) > self.rests[-1]
            low, high = (middle, high) if over else (low, middle)
        return high

    def _by_hour(self, floor: Floats) -> tuple[Floats, Floats]:
        """(H,) price of a fen of cost and of a fen of face granted in each hour."""
        from_here = np.r_[np.cumsum(floor[::-1])[::-1], 0.0]
        hours = np.arange(DAYS * HOURS)
        first = from_here[np.searchsorted(self.ends, hours + 1)]
        settled = from_here[np.searchsorted(self.ends, hours + self.limit + 1)]
        return settled, first - settled

    def _tied(self, hour: Ints, cost: Floats, face: Floats) -> Floats:
        """What grants tie up at each day's end: face until they settle, then what was used."""
        open_from = np.searchsorted(self.ends, hour + 1)
        open_until = np.searchsorted(self.ends, hour + self.limit + 1)
        size = len(self.ends) + 1
        granted = np.cumsum(np.bincount(open_from, weights=face, minlength=size))
        settled = np.cumsum(np.bincount(open_until, weights=face - cost, minlength=size))
        return (granted - settled)[: len(self.ends)]

    def _weights(self, hour: Ints, cost: Floats, face: Floats) -> Floats:
        """What each grant ties up at the month's end."""
        return np.where(hour + self.limit >= self.ends[-1], face, cost)
