"""Rules over many users, as rows: built from a few words, and stacked into the tables that a pass needs.

Every rule is a sum over what is chosen: fen spent, users, or value, of one campaign, one segment, both or all. Caps of
a single user and exclusions are no rows: they are -inf in the matrix.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from huoshui.base.errors import Text
from huoshui.core.allocate.values import Floats, Offers, Row, RowKind, RowResult

Unit = Literal["fen", "users"]
Told = Literal["fen", "users", "share", "return"]
BUDGET = "budget"
"""Code of the row of the pot itself."""
CHANGES = "changes"
"""Code of the row that bounds the changes against yesterday."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom and what a rule is about: a campaign, a segment, one amount; None is all of them."""

    campaign: str | None = None
    segment: str | None = None
    amount_fen: int | None = None

    def table(self, offers: Offers) -> Floats:
        """(K, S): 1 where an option and a segment belong to it. A name that there is not is an error."""
        options = np.array(
            [
                self.campaign in (None, option.campaign) and self.amount_fen in (None, option.amount_fen)
                for option in offers.options
            ]
        )
        segments = np.array([self.segment in (None, name) for name in offers.segments])
        if not options.any() or not segments.any():
            raise ValueError(f"nothing is offered in {self}")
        return np.asarray(np.outer(options, segments), np.float64)

    @property
    def words(self) -> Text:
        """Its name, by the codes of the campaign and the segment."""
        parts = [part for part in (self.campaign, self.segment) if part]
        if self.amount_fen is not None:
            parts.append(f"{self.amount_fen / 100:g}")
        return Text(" · ".join(parts) or "全部", " · ".join(parts) or "all")


EVERYTHING = Scope()


def at_most(
    offers: Offers,
    code: str,
    limit: float,
    *,
    unit: Unit = "fen",
    of: Scope = EVERYTHING,
    words: Text | None = None,
) -> Row:
    """Expected cost (fen) or head count (users) of `of` is at most `limit`."""
    told = words or Text("{of} 至多 {limit}", "{of} at most {limit}")
    return _counted(code, limit, unit, of.table(offers), _filled(told, of, limit, unit), "at_most")


def at_least(
    offers: Offers,
    code: str,
    limit: float,
    *,
    unit: Unit = "fen",
    of: Scope = EVERYTHING,
    words: Text | None = None,
) -> Row:
    """Expected cost (fen) or head count (users) of `of` is at least `limit`."""
    told = words or Text("{of} 至少 {limit}", "{of} at least {limit}")
    return _counted(code, -limit, unit, -of.table(offers), _filled(told, of, limit, unit), "at_least")


def share_at_most(offers: Offers, code: str, share: float, *, of: Scope, words: Text | None = None) -> Row:
    """Of all that is spent, at most `share` (0 to 1) goes to `of`."""
    told = words or Text("{of} 至多占花费的 {limit}", "{of} at most {limit} of the spend")
    return _row(code, 0.0, _filled(told, of, share, "share"), "share", of_cost=of.table(offers) - share)


def share_at_least(offers: Offers, code: str, share: float, *, of: Scope, words: Text | None = None) -> Row:
    """Of all that is spent, at least `share` (0 to 1) goes to `of`."""
    told = words or Text("{of} 至少占花费的 {limit}", "{of} at least {limit} of the spend")
    return _row(code, 0.0, _filled(told, of, share, "share"), "share", of_cost=share - of.table(offers))


def return_at_least(
    offers: Offers, code: str, bar: float, *, of: Scope = EVERYTHING, words: Text | None = None
) -> Row:
    """Expected value of `of` is at least `bar` times its expected cost, on average."""
    told = words or Text("{of} 平均每元至少带回 {limit}", "{of} brings at least {limit} a yuan on average")
    part = of.table(offers)
    told = _filled(told, of, bar, "return")
    return _row(code, 0.0, told, "return", of_cost=bar * part, of_value=-part)


def in_words(amount: float, unit: Told) -> Text:
    """An amount as a person reads it."""
    if unit == "fen":
        yuan = f"{amount / 100:,.2f}".removesuffix(".00")
        return Text(f"{yuan} 元", f"{yuan} yuan")
    if unit == "users":
        return Text(f"{amount:,.0f} 人", f"{amount:,.0f} users")
    if unit == "share":
        return Text(f"{amount:.1%}", f"{amount:.1%}")
    return Text(f"{amount:.2f} 元", f"{amount:.2f} yuan")


def _filled(told: Text, of: Scope, limit: float, unit: Told) -> Text:
    name, amount = of.words, in_words(limit, unit)
    return Text(told.zh.format(of=name.zh, limit=amount.zh), told.en.format(of=name.en, limit=amount.en))


def _counted(code: str, limit: float, unit: Unit, table: Floats, words: Text, kind: RowKind) -> Row:
    if unit == "fen":
        return _row(code, limit, words, kind, of_cost=table)
    return _row(code, limit, words, kind, of_count=table)


def _row(
    code: str,
    limit: float,
    words: Text,
    kind: RowKind,
    *,
    of_cost: Floats | None = None,
    of_value: Floats | None = None,
    of_count: Floats | None = None,
) -> Row:
    tables = [table for table in (of_cost, of_value, of_count) if table is not None]
    nothing = np.zeros_like(tables[0])
    return Row(
        code,
        float(limit),
        nothing if of_cost is None else of_cost,
        nothing if of_value is None else of_value,
        nothing if of_count is None else of_count,
        words,
        kind,
    )


@dataclass(frozen=True, slots=True)
class Usage:
    """What a set of choices uses: tables (K, S), `changed` (S,). The usages of partitions add up."""

    spent: npt.NDArray[np.int64]
    worth_est: Floats
    count: npt.NDArray[np.int64]
    changed: npt.NDArray[np.int64]

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.spent + other.spent,
            self.worth_est + other.worth_est,
            self.count + other.count,
            self.changed + other.changed,
        )


@dataclass(frozen=True, slots=True)
class Stack:
    """R rows on one another: `of_cost`, `of_value`, `of_count` (R, K, S), `of_change` and `limit` (R,).

    `unit` (R,): what one unit of the row is worth in fen spent, so that prices divided by it are of one size.
    """

    codes: tuple[str, ...]
    limit: Floats
    of_cost: Floats
    of_value: Floats
    of_count: Floats
    of_change: Floats
    unit: Floats

    def used(self, usage: Usage) -> Floats:
        """(R, S): what `usage` takes of each row, by segment."""
        table = (self.of_cost * usage.spent).sum(1) + (self.of_value * usage.worth_est).sum(1)
        table += (self.of_count * usage.count).sum(1) + self.of_change[:, None] * usage.changed
        return np.asarray(table, np.float64)

    def results(self, usage: Usage, prices: Floats) -> tuple[RowResult, ...]:
        """Each row after the solve."""
        used = self.used(usage).sum(1)
        return tuple(
            RowResult(code, float(u), float(limit), float(price))
            for code, u, limit, price in zip(self.codes, used, self.limit, prices, strict=True)
        )


def stacked(offers: Offers, budget_fen: int, rows: tuple[Row, ...], changes_max: int | None) -> Stack:
    """The budget first, the rows in their order, the bound on changes last."""
    shape = (len(offers.options), len(offers.segments))
    nothing, every = np.zeros(shape), np.ones(shape)
    for row in rows:
        if not row.of_cost.shape == row.of_value.shape == row.of_count.shape == shape:
            raise ValueError(f"row {row.code}: tables of shape {shape} wanted, not {row.of_cost.shape}")
    codes = (BUDGET, *(row.code for row in rows), *((CHANGES,) if changes_max is not None else ()))
    if len(set(codes)) != len(codes):
        raise ValueError(f"row codes are not distinct: {codes}")
    last = [] if changes_max is None else [nothing]
    of_cost = np.array([every, *(row.of_cost for row in rows), *last])
    of_value = np.array([nothing, *(row.of_value for row in rows), *last])
    of_count = np.array([nothing, *(row.of_count for row in rows), *last])
    of_change = np.zeros(len(codes))
    limit = [float(budget_fen), *(row.limit for row in rows)]
    if changes_max is not None:
        of_change[-1] = 1.0
        limit.append(float(changes_max))
    cost, value = _usual(offers)
    unit = _greatest(of_cost) + _greatest(of_value) * value / cost + (_greatest(of_count) + of_change) / cost
    if not (unit > 0).all():
        raise ValueError(
            f"rows that bind nobody: {[c for c, u in zip(codes, unit, strict=True) if not u > 0]}"
        )
    return Stack(codes, np.array(limit), of_cost, of_value, of_count, of_change, unit)


def _greatest(tables: Floats) -> Floats:
    return np.asarray(np.abs(tables).max(axis=(1, 2)), np.float64)


def _usual(offers: Offers) -> tuple[float, float]:
    """Cost and value of a usual option, both above 0: the size of things."""
    step = max(1, offers.users // 4096)
    values, costs = offers.values_est[:, ::step], offers.costs[:, ::step]
    allowed = np.isfinite(values)
    if not allowed.any():
        return 1.0, 1.0
    cost = float(costs[allowed].mean(dtype=np.float64))
    value = float(np.abs(values[allowed]).mean(dtype=np.float64))
    return max(1.0, cost), value if value > 0 else 1.0
