"""Why a user gets what they get: the scores at the plan's prices, the runner-up, and the rules in the way."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huoshui.core.allocate.rows import BUDGET, CHANGES, Stack, stacked
from huoshui.core.allocate.values import Choices, Floats, Offers, Option, Plan, Row


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that a user could get: `choice` 0 is nothing. `score_est` is value less every price it pays."""

    choice: int
    option: Option | None
    value_est: float
    cost_fen: int
    score_est: float


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A row that stands in the way of what the pot's price alone would give: what it charges that choice more."""

    code: str
    price_est: float
    charge_est: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one user gets and why.

    `more_below_est`: at a pot price below this they would get something dearer; `less_above_est`: above this, something
    cheaper (None: at no price). `without_rows`: what the pot's price alone would give, `obstacles` the rows that say
    no, the greatest first. `below`, `above`: the next amounts of the same campaign (below the lowest: nothing; above
    nothing: the runner-up). `tie`: the chosen and the runner-up score alike, so whole users and the key decided.
    """

    user: int
    chosen: Candidate
    runner_up: Candidate | None
    more_below_est: float | None
    less_above_est: float | None
    without_rows: Candidate
    obstacles: tuple[Obstacle, ...]
    below: Candidate | None
    above: Candidate | None
    allowed: int
    """How many options this user may get at all."""

    @property
    def tie(self) -> bool:
        """Whether prices alone do not decide; rounding to whole users then may also go against the scores."""
        return self.runner_up is not None and self.runner_up.score_est >= self.chosen.score_est - 1e-6


def explain(
    offers: Offers, plan: Plan, user: int, *, rows: Sequence[Row] = (), previous: Choices | None = None
) -> Explanation:
    """Explain the choice of the user at position `user`; `rows` and `previous` as the plan was made with."""
    stack = stacked(offers, plan.budget_fen, tuple(rows), None if previous is None else 0)
    known = plan.prices
    prices = np.array([known.get(code, 0.0) for code in stack.codes])
    before = None if previous is None else int(previous[user])
    charges = _charges(offers, stack, prices, user, before)
    value, cost = offers.values_est[:, user].astype(np.float64), offers.costs[:, user].astype(np.float64)
    allowed = np.flatnonzero(value > -3e38)
    values, costs = np.append(0.0, value), np.append(0.0, cost)
    scores = values - plan.edge_est * costs - charges.sum(0)
    possible = np.append(0, allowed + 1)

    def candidate(choice: int) -> Candidate:
        option = offers.options[choice - 1] if choice else None
        return Candidate(choice, option, float(values[choice]), int(costs[choice]), float(scores[choice]))

    chosen = int(plan.choice[user])
    others = possible[possible != chosen]
    runner_up = candidate(int(others[np.argmax(scores[others])])) if len(others) else None
    # The pot's price moves every score by its cost: where another line crosses the chosen one, the choice flips.
    rate = plan.price_est + (scores[others] - scores[chosen]) / np.where(
        costs[others] == costs[chosen], np.nan, costs[others] - costs[chosen]
    )
    dearer, cheaper = rate[costs[others] > costs[chosen]], rate[costs[others] < costs[chosen]]
    plain = values - plan.price_est * costs
    free = int(possible[np.argmax(plain[possible])])
    below, above = _neighbours(offers.options, possible, chosen)
    return Explanation(
        user=user,
        chosen=candidate(chosen),
        runner_up=runner_up,
        more_below_est=float(dearer.max()) if len(dearer) else None,
        less_above_est=float(cheaper.min()) if len(cheaper) else None,
        without_rows=candidate(free),
        obstacles=_obstacles(stack, prices, charges, chosen, free),
        below=None if below is None else candidate(below),
        above=runner_up if chosen == 0 else None if above is None else candidate(above),
        allowed=len(allowed),
    )


def next_amounts(options: Sequence[Option]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For each choice (nothing first) the next amount below and above in its campaign, as choices; 0: there is none."""
    below, above = np.zeros(len(options) + 1, np.int64), np.zeros(len(options) + 1, np.int64)
    for k, option in enumerate(options):
        less = [(o.amount_fen, j) for j, o in enumerate(options) if _before(o, option)]
        more = [(o.amount_fen, j) for j, o in enumerate(options) if _before(option, o)]
        below[k + 1] = max(less)[1] + 1 if less else 0
        above[k + 1] = min(more)[1] + 1 if more else 0
    return below, above


def _before(one: Option, other: Option) -> bool:
    return one.campaign == other.campaign and one.amount_fen < other.amount_fen


def _neighbours(
    options: Sequence[Option], possible: npt.NDArray[np.int64], choice: int
) -> tuple[int | None, int | None]:
    """The nearest allowed amounts of the campaign of `choice`; nothing stands below its lowest."""
    if choice == 0:
        return None, None
    own = options[choice - 1]
    inside = [int(c) for c in possible if c and options[c - 1].campaign == own.campaign]
    less = [(options[c - 1].amount_fen, c) for c in inside if options[c - 1].amount_fen < own.amount_fen]
    more = [(options[c - 1].amount_fen, c) for c in inside if options[c - 1].amount_fen > own.amount_fen]
    return (max(less)[1] if less else 0), (min(more)[1] if more else None)


def _charges(offers: Offers, stack: Stack, prices: Floats, user: int, before: int | None) -> Floats:
    """(R, K + 1): what each row charges each choice of this user."""
    s = 0 if offers.segment is None else int(offers.segment[user])
    value = np.where(offers.values_est[:, user] > -3e38, offers.values_est[:, user], 0).astype(np.float64)
    adds = stack.of_cost[:, :, s] * offers.costs[:, user] + stack.of_value[:, :, s] * value
    adds = np.concatenate([np.zeros((len(prices), 1)), adds + stack.of_count[:, :, s]], axis=1)
    if before is not None:
        adds[stack.codes.index(CHANGES)] = np.arange(adds.shape[1]) != before
    return np.asarray(prices[:, None] * adds, np.float64)


def _obstacles(stack: Stack, prices: Floats, charges: Floats, chosen: int, free: int) -> tuple[Obstacle, ...]:
    """Rows but the pot that charge what the pot alone would give more than what is given."""
    if chosen == free:
        return ()
    more = charges[:, free] - charges[:, chosen]
    return tuple(
        Obstacle(stack.codes[r], float(prices[r]), float(more[r]))
        for r in np.argsort(-more, kind="stable")
        if more[r] > 0 and stack.codes[r] != BUDGET
    )
