"""From prices to whole choices: the few users nearest to a change of mind are settled by an exact small program.

At good prices nearly everyone's best choice stands. The rest enter a linear program of their alternatives (who has one
alternative is a bounded column, not a row; equal users are one column with a count), against what the others leave of
each row. Its answer splits at most as many users as there are rows; those and some hundred near them are then settled
in whole numbers.
"""

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt

from huoshui.core.allocate.dual import Problem, Seen
from huoshui.core.allocate.row_kernels import alike, alternatives, fingerprints, regrets
from huoshui.core.allocate.values import Choices, Floats

Ints = npt.NDArray[np.int64]
WHOLE_COLUMNS = 400
"""Columns that the program in whole numbers gets beside the split ones."""
NODES_MAX = 200
"""Branches it may look at: a count, not a time, so that the same input gives the same plan."""
WHOLE = 1e-6
"""As near to a whole number is whole."""

LOSS_MAX = 1e30
"""A loss above every real one, and below that of a level that is not allowed."""


@dataclass(frozen=True, slots=True)
class Near:
    """Users nearest to a change of mind, equal ones together, and what each change would do.

    `users` (M,) sorted by class, then key; class c is users[starts[c]:starts[c + 1]]. Columns (J): class, choice, what
    one user's change adds to the objective and to each row (R, J).
    """

    users: Ints
    starts: Ints
    whose: Ints
    to: Choices
    gain: Floats
    adds: Floats

    @property
    def counts(self) -> Ints:
        """Users in each class."""
        return np.diff(self.starts)


@dataclass(frozen=True, slots=True)
class Answer:
    """How many of each column change (J,), the objective gained, what is proven about it, prices of the rows.

    `loosened` (R,): by how much the rows had to give way, where they may.
    """

    taken: Floats
    gain: float
    bound: float
    prices: Floats
    loosened: Floats
    reduced: Floats


def nearest(
    problem: Problem, seen: Seen, keys: npt.NDArray[np.uint64], most: float, regret: npt.NDArray[np.float32]
) -> Near:
    """Everyone whose second best loses at most `most`, with every alternative that loses no more."""
    # Who has no alternative loses without end by one: never let what is not allowed into the program.
    most = min(most, LOSS_MAX)
    users = np.flatnonzero(regret <= np.float32(most * (1 + 1e-6)))  # regret is rounded, `most` is not
    users, starts = _classes(problem, seen.choice, users, keys)
    stands = users[starts[:-1]]
    room = len(stands) * (problem.whom.values.shape[0] + 1)
    whose, to = np.empty(room, np.int32), np.empty(room, np.int8)
    count = alternatives(problem.whom, problem.tables(seen.prices), seen.choice, stands, most, whose, to)
    whose, to = whose[:count].astype(np.int64), to[:count]
    gain, adds = _differences(problem, seen.choice, stands[whose], to)
    return Near(users, starts, whose, to, gain, adds)


def columns_near(
    problem: Problem,
    seen: Seen,
    keys: npt.NDArray[np.uint64],
    most: float,
    regret: npt.NDArray[np.float32],
) -> int:
    """At least how many columns `nearest` would have: the classes of users that it would hold."""
    users = np.flatnonzero(regret <= np.float32(most * (1 + 1e-6)))
    return len(_classes(problem, seen.choice, users, keys)[1]) - 1


def regret_of(problem: Problem, seen: Seen) -> npt.NDArray[np.float32]:
    """One pass: what each user's second best loses."""
    regret = np.empty(problem.users, np.float32)
    regrets(problem.whom, problem.tables(seen.prices), seen.choice, regret)
    return regret


def _classes(
    problem: Problem, choice: Choices, users: Ints, keys: npt.NDArray[np.uint64]
) -> tuple[Ints, Ints]:
    """Users sorted by class, then key, and where each class starts (one more than classes)."""
    bits = problem.whom.values.view(np.int32)
    prints = np.empty(len(users), np.uint64)
    salt = 1
    while True:
        fingerprints(problem.whom, bits, choice, users, salt, prints)
        order = np.lexsort((keys[users], prints))
        users, prints = users[order], prints[order]
        first = np.flatnonzero(np.append(True, prints[1:] != prints[:-1]) if len(users) else [])
        starts = np.append(first, len(users)).astype(np.int64)
        stands_for = np.repeat(users[first], np.diff(starts))
        if alike(problem.whom, bits, choice, users, stands_for):
            return users, starts
        salt += 1


def _differences(problem: Problem, choice: Choices, users: Ints, to: Choices) -> tuple[Floats, Floats]:
    """What turning each of `users` from their choice to `to` adds to the objective, and to each row (R, J)."""
    stack = problem.stack
    values, costs, segments, previous = problem.whom
    segment = segments[users].astype(np.int64)
    gain, adds = np.zeros(len(users)), np.zeros((len(stack.codes), len(users)))
    for number, sign in ((to, 1.0), (choice[users], -1.0)):
        some = np.flatnonzero(number > 0)
        k, s, u = number[some].astype(np.int64) - 1, segment[some], users[some]
        value, cost = values[k, u].astype(np.float64), costs[k, u].astype(np.float64)
        gain[some] += sign * (problem.value_weight * value - problem.edge_est * cost)
        part = stack.of_cost[:, k, s] * cost + stack.of_value[:, k, s] * value + stack.of_count[:, k, s]
        adds[:, some] += sign * part
        if len(previous):
            adds += sign * stack.of_change[:, None] * (number != previous[users])
    return gain, adds


def fractional(near: Near, left: Floats, unit: Floats, loosen_at: Floats | None = None) -> Answer | None:
    """The linear program over `near`; `left` (R,) is what the others leave of each row. None: no answer keeps the rows.

    `loosen_at` (R,): what loosening each row by one costs the objective, where rows may be loosened.
    """
    lp = _program(near, left, unit, loosen_at, None)
    lp.setOptionValue("presolve", "off")
    lp.run()
    return _answer(lp, near, unit, loosen_at)


def whole(
    near: Near,
    left: Floats,
    unit: Floats,
    answer: Answer | None,
    *,
    gap: float,
    columns: int = WHOLE_COLUMNS,
    loosen_at: Floats | None = None,
    nodes: int = NODES_MAX,
) -> Answer | None:
    """Whole users: those the linear answer splits and those of about `columns` nearest columns; the others as it says.

    Without `answer` every column is decided anew. `gap`: how far below the best it may stay, in the objective's unit.
    """
    if answer is None:
        chosen, fixed = np.ones(len(near.to), np.bool_), np.zeros(len(near.to))
    else:
        fixed = np.rint(answer.taken)
        split = np.abs(answer.taken - fixed) > WHOLE
        order = np.argsort(np.abs(answer.reduced), kind="stable")
        wanted = np.unique(near.whose[np.concatenate([np.flatnonzero(split), order[:columns]])])
        chosen = np.isin(near.whose, wanted)
        fixed[chosen] = 0
    part = Near(
        near.users, near.starts, near.whose[chosen], near.to[chosen], near.gain[chosen], near.adds[:, chosen]
    )
    lp = _program(part, left - near.adds @ fixed, unit, loosen_at, gap)
    lp.setOptionValue("mip_max_nodes", nodes)
    lp.run()
    found = _answer(lp, part, unit, loosen_at)
    if found is None:
        return None
    taken = fixed.copy()
    taken[chosen] = np.rint(found.taken)
    base = float(near.gain @ fixed)
    return Answer(taken, base + found.gain, base + found.bound, found.prices, found.loosened, found.reduced)


def _program(
    near: Near, left: Floats, unit: Floats, loosen_at: Floats | None, whole_gap: float | None
) -> Any:
    """HiGHS's model: a column a change, then a column a row that may be loosened; rows, then classes with several."""
    columns, rows = len(near.to), len(left)
    lp: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (("output_flag", False), ("threads", 1), ("random_seed", 1)):
        lp.setOptionValue(name, value)
    lp.setOptionValue("primal_feasibility_tolerance", 1e-9)
    slack = rows if loosen_at is not None else 0
    size = max(1.0, float(np.abs(near.gain).max(initial=0.0)))
    counts = near.counts[near.whose].astype(np.float64)
    lp.addVars(
        columns + slack, np.zeros(columns + slack), np.append(counts, np.full(slack, highspy.kHighsInf))
    )
    cost = -near.gain
    if loosen_at is not None:
        cost = np.append(cost, loosen_at * unit_size(unit, near))
    lp.changeColsCost(columns + slack, np.arange(columns + slack, dtype=np.int32), cost / size)
    scale = unit_size(unit, near)
    for r in range(rows):
        at = np.flatnonzero(near.adds[r]).astype(np.int32)
        entry = near.adds[r, at] / scale[r]
        if slack:
            at, entry = np.append(at, np.int32(columns + r)), np.append(entry, -1.0)
        lp.addRow(-highspy.kHighsInf, left[r] / scale[r], len(at), at, entry)
    _one_each(lp, near)
    if whole_gap is not None:
        kinds = np.full(columns, highspy.HighsVarType.kInteger.value, np.uint8)
        lp.changeColsIntegrality(columns, np.arange(columns, dtype=np.int32), kinds)
        lp.setOptionValue("mip_abs_gap", whole_gap / size)
        lp.setOptionValue("mip_rel_gap", 0.0)
        lp.setOptionValue("mip_feasibility_tolerance", 1e-9)
    return lp


def unit_size(unit: Floats, near: Near) -> Floats:
    """(R,): what a row's entries are divided by, so that a usual one is near 1."""
    usual = np.abs(near.adds).max(axis=1, initial=0.0)
    return np.where(usual > 0, usual, np.maximum(unit, 1e-9))


def _one_each(lp: Any, near: Near) -> None:
    """A class with several alternatives: together no more changes than users."""
    order = np.argsort(near.whose, kind="stable").astype(np.int32)
    several, begin, counts = np.unique(near.whose[order], return_index=True, return_counts=True)
    at = np.flatnonzero(counts > 1)
    if not len(at):
        return
    taken = np.concatenate([order[begin[j] : begin[j] + counts[j]] for j in at])
    starts = np.concatenate([[0], np.cumsum(counts[at])]).astype(np.int32)
    upper = near.counts[several[at]].astype(np.float64)
    lp.addRows(
        len(at),
        np.full(len(at), -highspy.kHighsInf),
        upper,
        len(taken),
        starts[:-1],
        taken,
        np.ones(len(taken)),
    )


def _answer(lp: Any, near: Near, unit: Floats, loosen_at: Floats | None) -> Answer | None:
    """What HiGHS found; None where there is nothing."""
    info, status = lp.getInfo(), lp.getModelStatus()
    if status not in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kSolutionLimit):
        return None
    solution = lp.getSolution()
    values = np.array(solution.col_value)
    columns, rows = len(near.to), near.adds.shape[0]
    size = max(1.0, float(np.abs(near.gain).max(initial=0.0)))
    scale = unit_size(unit, near)
    dual = -np.array(solution.row_dual)[:rows] / scale * size if solution.dual_valid else np.zeros(rows)
    reduced = np.array(solution.col_dual)[:columns] if solution.dual_valid else np.zeros(columns)
    loosened = values[columns:] * scale if loosen_at is not None else np.zeros(rows)
    proven = (
        -info.mip_dual_bound * size if info.mip_node_count >= 0 else -info.objective_function_value * size
    )
    taken = values[:columns]
    return Answer(taken, float(near.gain @ taken), float(proven), np.maximum(0.0, dual), loosened, reduced)


def applied(near: Near, taken: Floats, choice: Choices) -> Choices:
    """`choice` with the changes taken: in each class the users with the smallest keys change first."""
    result = choice.copy()
    position = near.starts[:-1].copy()
    for column in np.flatnonzero(taken > 0.5):
        group, count = near.whose[column], int(taken[column])
        result[near.users[position[group] : position[group] + count]] = near.to[column]
        position[group] += count
    return result
