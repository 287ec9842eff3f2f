"""What another budget or other rules would change: two plans side by side, the price of a rule, the curve."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huoshui.core.allocate.coupled import solve
from huoshui.core.allocate.kernels import hull_histogram
from huoshui.core.allocate.relax import Impossible
from huoshui.core.allocate.values import Choices, Costs, CurvePoint, Floats, Matrix, Offers, Plan, Row

BINS = 4_096
"""Of the curve's histogram: prices so many steps apart in equal ratios, about 60 KB a partition."""
PRICE_LOW = 0.01
"""Nobody asks what a fen brings that brings less than a hundredth of one."""
BUDGETS = 10
"""Budgets at which a curve with rows is computed."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Two plans for the same users. `moved` (S,): users with a level after less before, by segment."""

    before: Plan
    after: Plan
    changed_users: int
    moved: tuple[int, ...]

    @property
    def value_est(self) -> float:
        """Value after less value before."""
        return self.after.certificate.value_est - self.before.certificate.value_est

    @property
    def spent_fen(self) -> int:
        """Expected cost after less before."""
        return self.after.spent_fen - self.before.spent_fen


@dataclass(frozen=True, slots=True)
class RulePrice:
    """What one rule costs: value and cost without it less with it.

    `net_est` is value less edge x cost, which a rule can only lower. `at_most_est`: what its price says, times how far
    the plan without it goes beyond its limit; as far as the plan's bound is tight, the loss is not more.
    """

    code: str
    value_est: float
    spent_fen: int
    net_est: float
    at_most_est: float


def what_if(
    offers: Offers,
    plan: Plan,
    *,
    rows: Sequence[Row] = (),
    budget_fen: int | None = None,
    edge_est: float | None = None,
    previous: Choices | None = None,
    changes_max: int | None = None,
) -> WhatIf:
    """The plan again with what is given here changed, starting from its prices. Raises Impossible as `solve` does."""
    after = solve(
        offers,
        budget_fen=plan.budget_fen if budget_fen is None else budget_fen,
        rows=rows,
        edge_est=plan.edge_est if edge_est is None else edge_est,
        warm=plan.prices,
        previous=previous,
        changes_max=changes_max,
    )
    segments = len(offers.segments)
    segment = np.zeros(offers.users, np.uint8) if offers.segment is None else offers.segment
    more = np.bincount(segment[after.choice > 0], minlength=segments)
    less = np.bincount(segment[plan.choice > 0], minlength=segments)
    changed = int((after.choice != plan.choice).sum())
    return WhatIf(plan, after, changed, tuple(int(n) for n in more - less))


def price_of_rule(offers: Offers, plan: Plan, rows: Sequence[Row], code: str) -> RulePrice:
    """What the rule `code` of `rows`, which `plan` was made with, costs: solved again without it."""
    rule = next((row for row in rows if row.code == code), None)
    if rule is None:
        raise ValueError(f"no rule {code!r}: {[row.code for row in rows]}")
    price = plan.prices.get(code, 0.0)
    if price <= 0:
        return RulePrice(code, 0.0, 0, 0.0, 0.0)
    without = what_if(offers, plan, rows=[row for row in rows if row.code != code])
    net = max(0.0, without.value_est - plan.edge_est * without.spent_fen)
    used = _used(offers, rule, without.after.choice)
    missed = plan.certificate.bound_est - plan.certificate.value_est
    return RulePrice(
        code, without.value_est, without.spent_fen, net, price * max(0.0, used - rule.limit) + missed
    )


def curve(
    offers: Offers,
    *,
    rows: Sequence[Row] = (),
    edge_est: float = 0.0,
    budgets_fen: Sequence[int] = (),
    points: int = 64,
) -> tuple[CurvePoint, ...]:
    """What each budget would bring at its best, the smallest first.

    Without rows: the whole curve in one pass, its slope being the price; it ends where a fen brings `edge_est`. With
    rows: solved at `budgets_fen` (else at ten, up to what all would take), each from the prices of the one before; a
    budget at which the rows cannot be kept has no point.
    """
    if not rows:
        low = max(PRICE_LOW, edge_est)
        edges = np.geomspace(low, max(dearest(offers.values_est, offers.costs), low) * 1.01, BINS + 1)
        return points_of(edges, histogram(offers, edges), points)
    if not budgets_fen:
        most = solve(offers, budget_fen=int(offers.costs.max(axis=0).sum(dtype=np.int64)), edge_est=edge_est)
        budgets_fen = [round(most.spent_fen * step / BUDGETS) for step in range(1, BUDGETS + 1)]
    found, warm = [], None
    for budget_fen in sorted(budgets_fen):
        try:
            plan = solve(offers, budget_fen=budget_fen, rows=rows, edge_est=edge_est, warm=warm)
        except Impossible:
            continue
        warm = plan.prices
        value, users = plan.certificate.value_est, int((plan.choice > 0).sum())
        found.append(CurvePoint(plan.price_est, plan.spent_fen, value, users))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Histogram:
    """Steps of all users' hulls by efficiency: fen, value, users whose first step it is. Partitions add up."""

    fen: npt.NDArray[np.int64]
    value_est: Floats
    users: npt.NDArray[np.int64]

    def __add__(self, other: "Histogram") -> "Histogram":
        return Histogram(self.fen + other.fen, self.value_est + other.value_est, self.users + other.users)


def histogram(offers: Offers, edges: Floats) -> Histogram:
    """One pass: the steps of all hulls between each pair of `edges` (prices, ascending)."""
    bins = len(edges) - 1
    found = Histogram(np.zeros(bins, np.int64), np.zeros(bins), np.zeros(bins, np.int64))
    hull_histogram(offers.values_est, offers.costs, edges, found.fen, found.value_est, found.users)
    return found


def points_of(edges: Floats, steps: Histogram, points: int) -> tuple[CurvePoint, ...]:
    """The curve from its histogram, best steps first, about `points` of them at even steps of the spend."""
    fen, value, users = (np.cumsum(part[::-1]) for part in (steps.fen, steps.value_est, steps.users))
    if not len(fen) or (fen[-1] == 0 and value[-1] == 0):
        return (CurvePoint(float(edges[0]), 0, 0.0, 0),)
    wanted = np.unique(np.searchsorted(fen, np.linspace(fen[0], fen[-1], points)))
    wanted = np.minimum(wanted, len(fen) - 1)
    slopes = edges[:-1][::-1]
    return tuple(CurvePoint(float(slopes[b]), int(fen[b]), float(value[b]), int(users[b])) for b in wanted)


def dearest(values: Matrix, costs: Costs) -> float:
    """The greatest value per fen of any option that costs something."""
    best = 0.0
    for value, cost in zip(values, costs, strict=True):
        paid = cost > 0
        best = max(best, float((value[paid] / cost[paid]).max(initial=0.0)))
    return best


def _used(offers: Offers, row: Row, choice: Choices) -> float:
    """What a set of choices takes of one row."""
    users = np.flatnonzero(choice)
    k = choice[users].astype(np.int64) - 1
    s = np.zeros(len(users), np.int64) if offers.segment is None else offers.segment[users].astype(np.int64)
    cost, value = offers.costs[k, users].astype(np.float64), offers.values_est[k, users].astype(np.float64)
    return float((row.of_cost[k, s] * cost + row.of_value[k, s] * value + row.of_count[k, s]).sum())
