"""One day's grants at age W, as sums that add up: what each stake wins on them, and what they brought and cost.

D is at most a bound that the terms fix, and its mean is at least 0 exactly when the return is at least the bar:
    raw          D = v - bar c                                             at most cap
    incremental  D = (T/p - (1-T)/(1-p)) (v - m) - bar c T/p               at most max((cap - m)/p, (m - floor)/(1-p))
with v the clipped value, c the cost, m a prediction made before the draw, and the bar that of the weekday. A missing
value is an error, never a zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np
import numpy.typing as npt

from huoshui.core.trials.e_process import Wealth, no_wealth, wealth_of
from huoshui.core.watch.values import GuardTerms

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sums:
    """Number, sum and sum of squares of D; parts add up."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    def __add__(self, other: Self) -> Self:
        return type(self)(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float:
        """Of none it is not a number."""
        return self.total / self.n if self.n else float("nan")

    @property
    def within(self) -> float:
        """Sum of squares about the mean, at least 0."""
        return max(0.0, self.squares - self.total**2 / self.n) if self.n else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class CohortSums:
    """One day's users at age W. `raw` is of those who got the grant, `incremental` of those who were drawn by chance.

    `value_fen` (clipped) and `cost_fen` are of those who got it.
    """

    day: date
    treated: int
    control: int
    raw: Wealth
    incremental: Wealth
    raw_d: Sums
    incremental_d: Sums
    value_fen: int
    cost_fen: int

    def __add__(self, other: Self) -> Self:
        if self.day != other.day:
            raise ValueError(f"cohorts of different days do not add up: {self.day}, {other.day}")
        return type(self)(
            self.day,
            self.treated + other.treated,
            self.control + other.control,
            self.raw + other.raw,
            self.incremental + other.incremental,
            self.raw_d + other.raw_d,
            self.incremental_d + other.incremental_d,
            self.value_fen + other.value_fen,
            self.cost_fen + other.cost_fen,
        )


def cohort_sums(
    day: date,
    value_fen: Floats,
    cost_fen: Floats,
    terms: GuardTerms,
    *,
    treated: Flags | None = None,
    probability: Floats | None = None,
    predicted_fen: Floats | None = None,
) -> CohortSums:
    """The sums of users who were granted, or drawn as control, on `day`; all (N,).

    `treated` None: everybody. `probability` of having been treated, NaN for who was not drawn; needed for anything
    incremental. Costs are at least 0, and of control nothing is paid. Values and costs NaN: an error.
    """
    if len(value_fen) != len(cost_fen) or not np.isfinite(value_fen).all() or not np.isfinite(cost_fen).all():
        raise ValueError("a value or a cost is missing: such a cohort waits, it is not worth nothing")
    if (np.asarray(cost_fen) < 0).any():
        raise ValueError("a cost is at least 0")
    got = np.ones(len(value_fen), np.bool_) if treated is None else treated
    value = np.clip(np.asarray(value_fen, np.float64), terms.floor_fen, terms.cap_fen)
    cost = np.asarray(cost_fen, np.float64)
    bar = terms.bar_on(day)
    raw = (value - bar * cost)[got]
    incremental = _incremental(value, cost, got, probability, predicted_fen, terms, bar)
    return CohortSums(
        day=day,
        treated=int(got.sum()),
        control=int((~got).sum()),
        raw=wealth_of(raw, float(terms.cap_fen)) if len(raw) else no_wealth(),
        incremental=wealth_of(incremental, incremental_unit(terms)) if len(incremental) else no_wealth(),
        raw_d=_sums(raw),
        incremental_d=_sums(incremental),
        value_fen=round(float(value[got].sum())),
        cost_fen=round(float(cost[got].sum())),
    )


def incremental_most(terms: GuardTerms) -> float:
    """The largest that an incremental D can be under the terms."""
    if terms.treated_least is None or terms.treated_most is None:
        raise ValueError("without a control nothing is incremental")
    of_treated = (terms.cap_fen - min(0, terms.floor_fen)) / terms.treated_least
    of_control = (max(0, terms.predicted_most_fen) - terms.floor_fen) / (1 - terms.treated_most)
    return max(of_treated, of_control)


def incremental_unit(terms: GuardTerms) -> float:
    """What stakes on an incremental D are shares of: the largest that it can be, and more the smaller an arm is.

    The variance of D grows by 1 / (4 p (1 - p)) over that of even arms, and the best stake falls as it grows.
    """
    most = incremental_most(terms)
    assert terms.treated_most is not None
    return most / (4 * terms.treated_most * (1 - terms.treated_most))


def added(parts: Sequence[CohortSums]) -> tuple[CohortSums, ...]:
    """Parts of the same day added up, days in order."""
    by_day: dict[date, CohortSums] = {}
    for part in parts:
        by_day[part.day] = by_day[part.day] + part if part.day in by_day else part
    return tuple(by_day[day] for day in sorted(by_day))


def _incremental(
    value: Floats,
    cost: Floats,
    got: Flags,
    probability: Floats | None,
    predicted_fen: Floats | None,
    terms: GuardTerms,
    bar: float,
) -> Floats:
    """D of those who were drawn; nothing where nobody was."""
    if probability is None or terms.treated_least is None or terms.treated_most is None:
        return np.zeros(0)
    drawn = ~np.isnan(probability)
    p, t = probability[drawn], got[drawn]
    if ((p < terms.treated_least - 1e-12) | (p > terms.treated_most + 1e-12)).any():
        raise ValueError("a probability lies outside the range that the terms fixed beforehand")
    if (cost[drawn][~t] > 0).any():
        raise ValueError("a control costs nothing")
    rest = value[drawn]
    if predicted_fen is not None:
        low = min(0, terms.floor_fen)
        rest = rest - np.clip(predicted_fen[drawn], low, max(low, terms.predicted_most_fen))
    return np.where(t, (rest - bar * cost[drawn]) / p, -rest / (1 - p))


def _sums(d: Floats) -> Sums:
    return Sums(len(d), float(d.sum()), float((d**2).sum()))
