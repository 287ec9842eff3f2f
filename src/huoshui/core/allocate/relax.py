"""Rules that cannot all be kept: the least that would have to give way.

The same dual with capped prices: every row may be loosened at a cost, nothing else counts, and what remains to be paid
is the smallest loosening in fen. A positive dual value proves that no plan keeps every row. The limits that are told
come from whole choices that keep them, rounded outward to what a person reads; all that must give way is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import floor

import numpy as np
import numpy.typing as npt

from huoshui.base.errors import RulesClash, Text
from huoshui.core.allocate.dual import PRICE_MAX, RADIUS_COLD, Problem, Seen, descend, recount
from huoshui.core.allocate.polish import Answer, Near, applied, fractional, nearest, regret_of, whole
from huoshui.core.allocate.rows import BUDGET, CHANGES, Told, Usage, in_words
from huoshui.core.allocate.values import Choices, Floats, Row

NEAR_USERS = 4_000
NEAR_USERS_MAX = 1 << 15
"""Beyond so many the program would take minutes; what is told is then a little more than the least that is proven."""
NEAR_GROWTH = 4
LOOSEN_PRICE = 1000.0
"""Fen of value that a fen of loosening costs: more than nearly any fen of reward brings."""
CLOSE = 1e-3
"""A loosening within this share of the least that is proven is small enough."""
TOLERANCE = 1e-6
EVERYONE = 1e30
SMALL = 1e-3
"""A loosening below this share of all is a matter of whole users: the others take it over where they can."""
SMALL_PRICE = 100.0
"""Times the cost at which rows of a small loosening give way when the others are asked to take it over."""
CENTS = 100
"""A return is told in hundredths."""
SPARE = 1e-5
"""Where a solve with the told limits found no plan, they get this share of the whole loosening to spare, then more."""
SPARE_GROWTH = 4
SPARE_FEN = 4.0
"""To spare for each row from the start, where users are many: without it the next solve has to fit to the last fen."""


@dataclass(frozen=True, slots=True)
class Loosening:
    """One row that gives way: its limit as it was and as it would have to be, as stored; `words` say it.

    `needed` is in whole fen, users or hundredths; a return has its bar for a limit, its sign turned like a minimum's.
    `fen_est`: how much that is, heads and value counted at what they usually cost.
    """

    code: str
    limit: float
    needed: float
    fen_est: float
    words: Text

    @property
    def by(self) -> float:
        """By how much, in the row's own unit."""
        return self.needed - self.limit


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The smallest loosening: `fen` in all, heads and value counted at what they usually cost; none where all hold.

    `least_fen_est`: proven; no loosening of less would do. `choice` keeps every row at the limits told.
    """

    loosenings: tuple[Loosening, ...]
    fen: float
    least_fen_est: float
    choice: Choices

    @property
    def words(self) -> Text:
        """All of them, in one line: whoever loosens less may be refused again."""
        return Text(
            "; ".join(one.words.zh for one in self.loosenings),
            "; ".join(one.words.en for one in self.loosenings),
        )

    def as_told(
        self, budget_fen: int, rows: Sequence[Row], changes_max: int | None
    ) -> tuple[int, tuple[Row, ...], int | None]:
        """The rules with their limits loosened exactly as told."""
        needed = {one.code: one.needed for one in self.loosenings}
        changes = None if changes_max is None else round(needed.get(CHANGES, changes_max))
        return (
            round(needed.get(BUDGET, budget_fen)),
            tuple(_moved(row, needed[row.code]) if row.code in needed else row for row in rows),
            changes,
        )


class Impossible(RulesClash):
    """No plan keeps every row; `relaxation` is the least that would have to give way."""

    def __init__(self, relaxation: Relaxation) -> None:
        self.relaxation = relaxation
        super().__init__(least_zh=relaxation.words.zh, least_en=relaxation.words.en)


def smallest_relaxation(
    problem: Problem, keys: npt.NDArray[np.uint64], rows: Sequence[Row], firm: Sequence[str] = ()
) -> Relaxation:
    """The least loosening of rows, in fen; rows in `firm` give way last, at PRICE_MAX times the cost."""
    stack = problem.stack
    dear = np.array([PRICE_MAX if code in firm else 1.0 for code in stack.codes])
    basis = replace(problem, value_weight=0.0, edge_est=0.0, price_max=dear)
    seen, price = descend(basis, np.zeros(len(dear)), radius=RADIUS_COLD, tolerance=TOLERANCE).best, 1.0
    least = max(0.0, -seen.bound_est)
    if problem.users > NEAR_USERS:
        # With nothing to gain nearly all choices are equally good, and none stands out. So the choices come from the
        # same problem with its values, where a fen of loosening costs more than a fen brings.
        price = LOOSEN_PRICE
        basis = replace(problem, price_max=dear * price)
        seen = descend(basis, np.zeros(len(dear)), radius=RADIUS_COLD, tolerance=TOLERANCE).best
    cost = dear / stack.unit
    regret, wanted = regret_of(basis, seen), NEAR_USERS
    while True:
        everyone = wanted >= problem.users
        most = EVERYONE if everyone else float(np.partition(regret, wanted)[wanted])
        near = nearest(basis, seen, keys, most, regret)
        left = stack.limit - seen.used.sum(1)
        answer = fractional(near, left, stack.unit, price * cost)
        loosened = np.inf if answer is None else float(answer.loosened @ cost)
        if answer is not None and (everyone or loosened <= least * (1 + CLOSE) + 1.0):
            break
        if answer is not None and wanted >= NEAR_USERS_MAX:
            break
        if everyone:
            raise ArithmeticError("the loosened rows have no answer")
        wanted *= NEAR_GROWTH
    choice = _whole_users(problem, seen, near, left, answer, price * cost)
    over = _over(problem, choice)
    small = (over > 0) & (over * cost < SMALL * float(over @ cost))
    if small.any():
        dearer = np.where(over * cost < SMALL * float(over @ cost), SMALL_PRICE, 1.0) * price * cost
        moved = fractional(near, left, stack.unit, dearer)
        other = choice if moved is None else _whole_users(problem, seen, near, left, moved, dearer)
        if (_over(problem, other) > 0).sum() < (over > 0).sum():
            choice = other
    needed = told_limits(problem, rows, choice)
    if problem.users > NEAR_USERS:
        needed = _spared(problem, rows, needed, SPARE_FEN * len(needed))
    return _relaxation(problem, rows, cost, least, choice, needed)


def widened(
    problem: Problem, rows: Sequence[Row], first: Relaxation, other: Relaxation, tried: int
) -> Relaxation:
    """`first` with some to spare, for a solve at its limits still asked for `other`; `tried`: widened so often before.

    A few fen to spare in the rows that give way are enough nearly always; else those of `other` give way as well.
    """
    stack = problem.stack
    needed = told_limits(problem, rows, first.choice)
    for one in first.loosenings:
        r = stack.codes.index(one.code)
        needed[r] = max(needed[r], one.needed)
    if tried:
        needed = np.maximum(needed, told_limits(problem, rows, other.choice))
    spare = SPARE_GROWTH * min(other.fen, CLOSE * first.fen) + SPARE * SPARE_GROWTH**tried * first.fen
    needed = _spared(problem, rows, needed, spare)
    return _relaxation(problem, rows, 1.0 / stack.unit, first.least_fen_est, first.choice, needed)


def _spared(problem: Problem, rows: Sequence[Row], needed: Floats, spare: float) -> Floats:
    """The limits told, those that give way with `spare` fen more; a bar with a hundredth more."""
    stack, by_code = problem.stack, {row.code: row for row in rows}
    more = needed.copy()
    for r, code in enumerate(stack.codes):
        row = by_code.get(code)
        if needed[r] > _limit_told(stack.limit[r], row):
            bar = _bar(row) is not None
            more[r] = (
                round(needed[r] * CENTS + 1) / CENTS if bar else np.ceil(needed[r] + spare * stack.unit[r])
            )
    return more


def told_limits(problem: Problem, rows: Sequence[Row], choice: Choices) -> Floats:
    """(R,): each row's limit, loosened to what `choice` uses of it where that is more, in what a person can enter."""
    stack, by_code = problem.stack, {row.code: row for row in rows}
    usage = recount(problem, choice)
    over = stack.used(usage).sum(1) - stack.limit
    needed = np.empty(len(over))
    for r, code in enumerate(stack.codes):
        row, limit = by_code.get(code), float(stack.limit[r])
        bar = _bar(row)
        needed[r] = _limit_told(limit, row)
        spent = 0 if row is None or bar is None else int(usage.spent[row.of_value < 0].sum())
        if over[r] > 0 and row is not None and spent:
            worth = float(usage.worth_est[row.of_value < 0].sum())
            cents = floor(CENTS * worth / spent)
            while _row_used(_moved(row, -cents / CENTS), usage) > 0:
                cents -= 1
            needed[r] = -cents / CENTS
        elif over[r] > 0:
            needed[r] = np.ceil(limit + over[r])
    return needed


def _row_used(row: Row, usage: Usage) -> float:
    """What `usage` takes of one row."""
    return float(((row.of_cost * usage.spent) + (row.of_value * usage.worth_est)).sum(0).sum())


def _whole_users(
    problem: Problem, seen: Seen, near: Near, left: Floats, answer: Answer, loosen_at: Floats
) -> Choices:
    """Whole users near the linear answer; rounded down where the program in whole numbers finds none."""
    size = max(float(loosen_at.min() * problem.stack.unit.min()), float(answer.loosened @ loosen_at))
    settled = whole(near, left, problem.stack.unit, answer, gap=1e-6 * size, loosen_at=loosen_at)
    taken = settled.taken if settled is not None else np.floor(answer.taken + 1e-6)
    return applied(near, taken, seen.choice)


def _over(problem: Problem, choice: Choices) -> Floats:
    """(R,): by how much `choice` breaks each row."""
    over: Floats = problem.stack.used(recount(problem, choice)).sum(1) - problem.stack.limit
    return np.where(over > 0, over, 0.0)


def _bar(row: Row | None) -> float | None:
    """The bar of a return that a person can lower; None of any other row."""
    if row is None or row.kind != "return":
        return None
    bars = row.of_cost[row.of_value < 0]
    return float(bars[0])


def _limit_told(limit: float, row: Row | None) -> float:
    bar = _bar(row)
    return limit if bar is None else -bar


def _moved(row: Row, needed: float) -> Row:
    """`row` with the limit told."""
    if _bar(row) is None:
        return replace(row, limit=needed)
    return replace(row, of_cost=np.where(row.of_value < 0, -needed, row.of_cost))


def _relaxation(
    problem: Problem, rows: Sequence[Row], cost: Floats, least: float, choice: Choices, needed: Floats
) -> Relaxation:
    """What gives way, the greatest first."""
    stack, by_code = problem.stack, {row.code: row for row in rows}
    limits = np.array([_limit_told(stack.limit[r], by_code.get(code)) for r, code in enumerate(stack.codes)])
    bars = np.array([_bar(by_code.get(code)) is not None for code in stack.codes])
    by = np.where(bars, _over(problem, choice), needed - limits)
    told = []
    for r in np.argsort(-by / stack.unit, kind="stable"):
        if needed[r] > limits[r]:
            code, limit, new = stack.codes[r], float(limits[r]), float(needed[r])
            words = _words(code, by_code.get(code), limit, new)
            told.append(Loosening(code, limit, new, float(by[r] / stack.unit[r]), words))
    return Relaxation(tuple(told), float(by @ cost), least, choice)


def _words(code: str, row: Row | None, limit: float, needed: float) -> Text:
    heads = code == CHANGES or (row is not None and bool(row.of_count.any()))
    unit: Told = "users" if heads else "fen"
    if row is None or row.kind == "at_most":
        name = {BUDGET: Text("预算", "the budget"), CHANGES: Text("改动人数", "users changed")}.get(code)
        told = row.words if row is not None and row.words else name or Text(code, code)
        was, new = in_words(limit, unit), in_words(needed, unit)
        return Text(
            f"{told.zh}: 上限由 {was.zh} 提到 {new.zh}", f"{told.en}: limit up from {was.en} to {new.en}"
        )
    told = row.words or Text(code, code)
    if row.kind != "share":
        unit = "return" if row.kind == "return" else unit
        was, new = in_words(-limit, unit), in_words(0.0 - needed, unit)
        return Text(
            f"{told.zh}: 下限由 {was.zh} 降到 {new.zh}", f"{told.en}: minimum down from {was.en} to {new.en}"
        )
    short = in_words(needed - limit, "fen")
    return Text(f"{told.zh}: 还差 {short.zh}", f"{told.en}: short by {short.en}")
