"""Rules that cannot all be kept: the least that would have to give way.

The same dual with capped prices: every row may be loosened at a cost, nothing else counts, and what remains to be paid
is the smallest loosening in fen. A positive dual value proves that no plan keeps every row. The answer comes from whole
choices that do keep the loosened rows, so loosening by so much is enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from huoshui.base.errors import RulesClash, Text
from huoshui.core.allocate.dual import PRICE_MAX, RADIUS_COLD, Problem, descend, recount
from huoshui.core.allocate.polish import applied, fractional, nearest, regret_of, whole
from huoshui.core.allocate.rows import BUDGET, CHANGES, Unit, in_words
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
"""A loosening below this share of all is a matter of whole users."""


@dataclass(frozen=True, slots=True)
class Loosening:
    """One row that gives way: its limit as it was and as it would have to be, as stored; `words` say it.

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

    `least_fen_est`: proven; no loosening of less would do. `choice` keeps every row once it is loosened.
    """

    loosenings: tuple[Loosening, ...]
    fen: float
    least_fen_est: float
    choice: Choices

    @property
    def words(self) -> Text:
        """Those that matter, in one line: what rounding to whole users adds to a row is left out."""
        told = [one for one in self.loosenings if one.fen_est >= SMALL * self.fen] or list(self.loosenings)
        return Text("; ".join(one.words.zh for one in told), "; ".join(one.words.en for one in told))


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
    settled = whole(
        near, left, stack.unit, answer, gap=1e-6 * price * max(1.0, loosened), loosen_at=price * cost
    )
    taken = settled.taken if settled is not None else np.floor(answer.taken + 1e-6)
    choice = applied(near, taken, seen.choice)
    over = np.maximum(0.0, stack.used(recount(problem, choice)).sum(1) - stack.limit)
    return Relaxation(_told(problem, rows, over), float(over @ cost), least, choice)


def _told(problem: Problem, rows: Sequence[Row], over: Floats) -> tuple[Loosening, ...]:
    """What gives way, the greatest first."""
    stack, by_code = problem.stack, {row.code: row for row in rows}
    told = []
    for r in np.argsort(-over / stack.unit, kind="stable"):
        if over[r] > 0:
            code, limit = stack.codes[r], float(stack.limit[r])
            needed = limit + float(over[r])
            fen = float(over[r] / stack.unit[r])
            told.append(Loosening(code, limit, needed, fen, _words(code, by_code.get(code), limit, needed)))
    return tuple(told)


def _words(code: str, row: Row | None, limit: float, needed: float) -> Text:
    heads = code == CHANGES or (row is not None and bool(row.of_count.any()))
    unit: Unit = "users" if heads else "fen"
    if row is None or row.kind == "at_most":
        name = {BUDGET: Text("预算", "the budget"), CHANGES: Text("改动人数", "users changed")}.get(code)
        told = row.words if row is not None and row.words else name or Text(code, code)
        was, new = in_words(limit, unit), in_words(needed, unit)
        return Text(
            f"{told.zh}: 上限由 {was.zh} 提到 {new.zh}", f"{told.en}: limit up from {was.en} to {new.en}"
        )
    told = row.words or Text(code, code)
    if row.kind == "at_least":
        was, new = in_words(-limit, unit), in_words(0.0 - needed, unit)
        return Text(
            f"{told.zh}: 下限由 {was.zh} 降到 {new.zh}", f"{told.en}: minimum down from {was.en} to {new.en}"
        )
    short = in_words(needed - limit, "fen")
    return Text(f"{told.zh}: 还差 {short.zh}", f"{told.en}: short by {short.en}")
