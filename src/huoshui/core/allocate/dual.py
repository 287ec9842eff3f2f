"""The dual of many rows: prices at which everyone's own best choice keeps every row, as near as prices alone can.

The dual function is convex and piecewise linear: everyone's best score at the prices, plus prices x limits. One pass
gives its value and a slope, by segment. Each pass adds one cut a segment to a small linear program (HiGHS), whose
answer inside a trust region is where the next pass looks. Every value seen is a bound on what any plan can bring.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt

from huoshui.core.allocate.row_kernels import Prices, Users, priced, recounted
from huoshui.core.allocate.rows import Stack, Usage
from huoshui.core.allocate.values import Choices, Floats, Offers

SAMPLE_USERS = 50_000
SEGMENT_SAMPLE_MIN = 1_000
"""A small segment is sampled by at least so many of its users, or by all of them."""
CUT_PASSES_MAX = 60
RADIUS_COLD = 1.0
RADIUS_WARM = 0.02
"""Trust region of prices in units of the pot's: a fen of value per fen spent."""
PRICE_MAX = 1e4
"""No row is priced higher; a dual that wants to be has no feasible plan behind it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """The users, the rows, and what is maximised: `value_weight` x value - `edge_est` x cost.

    `weight` (S,): users that each user of a segment stands for, where these are a sample. `price_max` (R,): prices in
    units of the pot's are capped; a cap says what a unit of the row may be loosened for.
    """

    whom: Users
    stack: Stack
    edge_est: float
    value_weight: float
    price_max: Floats
    weight: Floats

    @property
    def users(self) -> int:
        """N."""
        return len(self.whom.segment)

    def tables(self, prices: Floats) -> Prices:
        """The prices of the rows (R,) as a pass reads them."""
        stack = self.stack
        return Prices(
            self.value_weight - np.tensordot(prices, stack.of_value, 1),
            self.edge_est + np.tensordot(prices, stack.of_cost, 1),
            np.tensordot(prices, stack.of_count, 1),
            float(prices @ stack.of_change),
        )

    def worth(self, usage: Usage) -> float:
        """What is maximised, of what is used."""
        value = self.value_weight * float(usage.worth_est.sum()) if self.value_weight else 0.0
        return value - self.edge_est * float(usage.spent.sum())


@dataclass(frozen=True, slots=True)
class Seen:
    """One pass: prices (R,), the dual's value there, its part by segment (S,), what each segment used (R, S)."""

    prices: Floats
    bound_est: float
    surplus_est: Floats
    used: Floats
    usage: Usage
    choice: Choices


def problem_of(offers: Offers, stack: Stack, edge_est: float, previous: Choices | None) -> Problem:
    """All users, each for themselves."""
    segments = len(offers.segments)
    segment = offers.segment if offers.segment is not None else np.zeros(offers.users, np.uint8)
    if offers.users and int(segment.max()) >= segments:
        raise ValueError(f"segment {int(segment.max())} of {segments}")
    return Problem(
        Users(
            np.ascontiguousarray(offers.values_est),
            np.ascontiguousarray(offers.costs),
            segment,
            np.empty(0, np.int8) if previous is None else previous,
        ),
        stack,
        edge_est,
        1.0,
        np.full(len(stack.codes), PRICE_MAX),
        np.ones(segments),
    )


def sampled(problem: Problem) -> Problem:
    """Even steps through each segment: a problem of about SAMPLE_USERS users that stands for all."""
    values, costs, segment, previous = problem.whom
    order = np.argsort(segment, kind="stable")
    sizes = np.bincount(segment, minlength=len(problem.weight))
    taken, start = [], 0
    weight = np.ones(len(sizes))
    for s, size in enumerate(sizes):
        wanted = min(size, max(SEGMENT_SAMPLE_MIN, size * SAMPLE_USERS // problem.users))
        if wanted:
            taken.append(order[start + (np.arange(wanted) * size) // wanted])
            weight[s] = size / wanted
        start += size
    users = np.sort(np.concatenate(taken))
    some = Users(
        np.ascontiguousarray(values[:, users]),
        np.ascontiguousarray(costs[:, users]),
        segment[users],
        previous[users] if len(previous) else previous,
    )
    return replace(problem, whom=some, weight=weight)


def look(problem: Problem, prices: Floats) -> Seen:
    """One pass at `prices`."""
    shape = problem.stack.of_cost.shape[1:]
    usage = empty_usage(shape)
    surplus, choice = np.zeros(shape[1]), np.empty(problem.users, np.int8)
    priced(
        problem.whom,
        problem.tables(prices),
        choice,
        usage.spent,
        usage.worth_est,
        usage.count,
        usage.changed,
        surplus,
    )
    surplus = surplus * problem.weight
    bound = float(surplus.sum()) + float(prices @ problem.stack.limit)
    return Seen(prices, bound, surplus, problem.stack.used(usage) * problem.weight, usage, choice)


def recount(problem: Problem, choice: Choices) -> Usage:
    """What `choice` uses, exact in fen and heads; a choice that is not allowed is an error."""
    usage = empty_usage(problem.stack.of_cost.shape[1:])
    barred = recounted(
        problem.whom,
        choice,
        usage.spent,
        usage.worth_est,
        usage.count,
        usage.changed,
    )
    if barred:
        raise ValueError(f"{barred} choices are not allowed to their users")
    return usage


def empty_usage(shape: tuple[int, ...]) -> Usage:
    """Nothing used, (K, S)."""
    return Usage(
        np.zeros(shape, np.int64), np.zeros(shape), np.zeros(shape, np.int64), np.zeros(shape[1], np.int64)
    )


class Cuts:
    """The small linear program: prices (R,) in units of the pot's, one height a segment, and every cut seen so far."""

    def __init__(self, problem: Problem, unit: float) -> None:
        stack = problem.stack
        self.unit = unit
        """Fen of value that the program counts as one, so that its numbers stay near 1."""
        self.scale = stack.unit
        self.rows, self.segments = stack.of_cost.shape[0], stack.of_cost.shape[2]
        self.lp: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        self.lp.setOptionValue("output_flag", False)
        self.lp.setOptionValue("threads", 1)
        self.lp.setOptionValue("presolve", "off")
        columns = self.rows + self.segments
        lower = np.concatenate([np.zeros(self.rows), np.full(self.segments, -highspy.kHighsInf)])
        upper = np.concatenate([problem.price_max, np.full(self.segments, highspy.kHighsInf)])
        self.lp.addVars(columns, lower, upper)
        cost = np.concatenate([stack.limit / stack.unit / unit, np.ones(self.segments)])
        self.lp.changeColsCost(columns, np.arange(columns, dtype=np.int32), cost)

    def add(self, seen: Seen) -> None:
        """Surplus of a segment at other prices >= its surplus here - used x (other - these prices)."""
        slopes = seen.used.T / self.scale / self.unit
        at = seen.surplus_est / self.unit + slopes @ (seen.prices * self.scale)
        index = np.arange(self.rows, dtype=np.int32)
        starts, indices, entries = [0], [], []
        for s in range(self.segments):
            filled = np.flatnonzero(slopes[s])
            indices.append(np.append(index[filled], np.int32(self.rows + s)))
            entries.append(np.append(slopes[s][filled], 1.0))
            starts.append(starts[-1] + len(filled) + 1)
        self.lp.addRows(
            self.segments,
            at,
            np.full(self.segments, highspy.kHighsInf),
            starts[-1],
            np.array(starts[:-1], np.int32),
            np.concatenate(indices).astype(np.int32),
            np.concatenate(entries),
        )

    def lowest(self, lower: Floats, upper: Floats) -> tuple[Floats, float]:
        """Where in the box the cuts are lowest (prices in units of the pot's), and how low."""
        self.lp.changeColsBounds(self.rows, np.arange(self.rows, dtype=np.int32), lower, upper)
        self.lp.run()
        if self.lp.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            self.lp.clearSolver()
            self.lp.run()
        if self.lp.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise ArithmeticError(f"cutting planes: {self.lp.getModelStatus()}")
        found = np.array(self.lp.getSolution().col_value)[: self.rows]
        return np.clip(found, lower, upper), self.lp.getInfo().objective_function_value * self.unit


@dataclass(frozen=True, slots=True)
class Descent:
    """The lowest dual value seen, and what it took. `open_est`: how much lower the cuts still allow it to be."""

    best: Seen
    passes: int
    open_est: float


def descend(
    problem: Problem,
    prices: Floats,
    *,
    radius: float,
    tolerance: float,
    passes_max: int = CUT_PASSES_MAX,
    enough: Callable[[Seen], bool] | None = None,
) -> Descent:
    """Down the dual from `prices` until the cuts promise less than `tolerance` of it; `enough` may stop it earlier."""
    scale, cap = problem.stack.unit, problem.price_max
    best = look(problem, np.clip(prices * scale, 0, cap) / scale)
    limits = float(np.abs(problem.stack.limit / scale).max())
    size = max(1.0, abs(best.bound_est), float(np.abs(best.surplus_est).sum()), limits)
    cuts = Cuts(problem, size / 1e3)
    cuts.add(best)
    passes, promised = 1, np.inf
    while passes < passes_max and not (enough and enough(best)):
        centre = best.prices * scale
        lower, upper = np.maximum(0.0, centre - radius), np.minimum(cap, centre + radius)
        found, low = cuts.lowest(lower, upper)
        promised = best.bound_est - low
        edges = ((found <= lower) & (lower > 0)) | ((found >= upper) & (upper < cap))
        at_edge = bool(edges.any())
        if promised <= tolerance * max(1.0, abs(best.bound_est)):
            if not at_edge:
                break
            radius *= 8
            if radius > 4 * PRICE_MAX:
                break
            continue
        seen = look(problem, found / scale)
        passes += 1
        cuts.add(seen)
        gained = best.bound_est - seen.bound_est
        if gained > 0.5 * promised and at_edge:
            radius *= 2.5
        elif gained < 0.1 * promised:
            radius *= 0.5
        if gained > 0:
            best = seen
    return Descent(best, passes, float(max(0.0, promised)))


def row_positions(codes: tuple[str, ...], prices: dict[str, float]) -> npt.NDArray[np.float64]:
    """Prices by code as an array in the rows' order; a row without a price starts at 0."""
    return np.array([max(0.0, prices.get(code, 0.0)) for code in codes])
