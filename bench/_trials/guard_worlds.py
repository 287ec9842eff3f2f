"""Campaigns with a known true return, for the guard: the world of docs/spec/watch.md's figures.

15 % of those who are granted buy once within W = 14 days, after 4 days in the mean; amounts are lognormal with sigma 1
and clipped at 30 times the cost. The scale is solved so that mean clipped value over cost is the return exactly.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import ndtr

from huoshui.core.trials.e_process import Wealth, wealth_of
from huoshui.core.watch import CohortSums, GuardTerms, YoungCohort
from huoshui.core.watch.cohorts import Sums, incremental_unit

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
FIRST = date(2026, 1, 1)
WINDOW = 14
COST = 1_000
CAP = 30 * COST
BUYERS = 0.15
DELAY_DAYS = 4.0
TERMS = GuardTerms("bench", 1.0, CAP, window_days=WINDOW)


@dataclass(frozen=True, slots=True)
class Granted:
    """Cohorts x users: clipped value at age W, and the age at which it came."""

    value: Floats
    age: npt.NDArray[np.int64]

    def by_age(self) -> tuple[Floats, Floats]:
        """Cohorts x ages 1..W: clipped value by the end of that age, and its squares."""
        days, _ = self.value.shape
        sums, squares = np.zeros((days, WINDOW + 1)), np.zeros((days, WINDOW + 1))
        rows = np.arange(days)[:, None]
        np.add.at(sums, (rows, self.age), self.value)
        np.add.at(squares, (rows, self.age), self.value**2)
        return sums.cumsum(axis=1)[:, 1:], squares.cumsum(axis=1)[:, 1:]

    def cohorts(self, terms: GuardTerms = TERMS) -> list[CohortSums]:
        """All of them as the product's sums."""
        got = np.ones(self.value.shape, np.bool_)
        return summed(self.value, got, terms, first=0)


def granted(rng: np.random.Generator, returns: Floats, users: int) -> Granted:
    """Cohorts with these true returns."""
    scale = np.array([scale_of(float(one)) for one in np.unique(returns)])
    own = scale[np.searchsorted(np.unique(returns), returns)]
    shape = (len(returns), users)
    amount = np.minimum(rng.lognormal(0.0, 1.0, shape) * own[:, None], CAP)
    bought = rng.random(shape) < BUYERS
    # A delay that would end after the window is drawn again: the law of an exponential below W.
    late = 1 - np.exp(-WINDOW / DELAY_DAYS)
    delay = -DELAY_DAYS * np.log1p(-late * rng.random(shape))
    return Granted(np.where(bought, amount, 0.0), np.ceil(delay).astype(np.int64).clip(1, WINDOW))


@cache
def scale_of(true_return: float) -> float:
    """The median amount at which mean clipped value over cost is this return."""
    if true_return == 0:
        return 0.0
    wanted = true_return * COST / BUYERS
    return float(brentq(lambda scale: _clipped_mean(scale) - wanted, 1e-6, 100.0 * CAP))


def _clipped_mean(scale: float) -> float:
    """E min(X, cap) of X lognormal with this median and sigma 1."""
    gap = np.log(CAP / scale)
    return float(scale * np.exp(0.5) * ndtr(gap - 1) + CAP * ndtr(-gap))


def young(by_age: tuple[Floats, Floats], users: int, today: int) -> list[YoungCohort]:
    """Cohorts whose window is open on the morning of day `today`, as the product reads them."""
    told = []
    for number in range(max(0, today - WINDOW), min(today, len(by_age[0]))):
        age = today - number - 1
        if age >= 1:
            value, squares = by_age[0][number, age - 1], by_age[1][number, age - 1]
            told.append(YoungCohort(age, users, round(value), float(squares), users * COST))
    return told


def summed(value: Floats, got: Flags, terms: GuardTerms, *, first: int) -> list[CohortSums]:
    """What `cohort_sums` tells of cohorts (days, users) of day `first` and after, all of them at once.

    Who has not `got` it is control, drawn with the probability of the terms. A test holds the two against each other.
    """
    days, users = value.shape
    dates = [FIRST + timedelta(days=first + number) for number in range(days)]
    due = np.array([terms.bar_on(day) for day in dates])[:, None] * COST
    clipped = value.clip(terms.floor_fen, terms.cap_fen)
    raw, treated = np.where(got, clipped - due, 0.0), got.sum(axis=1)
    # A d of 0 changes no wealth: users of the other arm may stay where they are.
    raw_logs = wealth_of(raw, float(terms.cap_fen)).logs
    drawn, drawn_logs, each = np.zeros((days, 0)), np.zeros_like(raw_logs), 0
    if terms.treated_least is not None:
        p, each = terms.treated_least, users
        drawn = np.where(got, (clipped - due) / p, -clipped / (1 - p))
        drawn_logs = wealth_of(drawn, incremental_unit(terms)).logs
    raw_sums, drawn_sums = ((d.sum(axis=1).tolist(), (d**2).sum(axis=1).tolist()) for d in (raw, drawn))
    worth = (clipped * got).sum(axis=1)
    return [
        CohortSums(
            day, n, users - n, Wealth(raw_logs[at], n), Wealth(drawn_logs[at], each),
            Sums(n, raw_sums[0][at], raw_sums[1][at]), Sums(each, drawn_sums[0][at], drawn_sums[1][at]),
            round(float(worth[at])), n * COST,
        )
        for at, (day, n) in enumerate(zip(dates, treated.tolist(), strict=True))
    ]  # fmt: skip


# --- with a control ----------------------------------------------------------------------------------------


def drawn_terms(control: float, *, bar: float = 1.0) -> GuardTerms:
    """Terms of a campaign with this share of control."""
    return GuardTerms(
        "bench", bar, CAP, window_days=WINDOW, treated_least=1 - control, treated_most=1 - control
    )


def drawn_cohorts(
    rng: np.random.Generator, days: range, *, users: int, control: float, extra: float, terms: GuardTerms
) -> list[CohortSums]:
    """Days' users: everybody buys as they would anyway (worth 1.0 of cost), the treated `extra` of cost more."""
    shape = len(days), users
    treated = rng.random(shape) >= control
    value = _bought(rng, shape, 1.0) + treated * _bought(rng, shape, extra)
    return summed(value, treated, terms, first=days.start)


def bar_of(extra: float, *, users: int = 4_000_000, seed: int = 0) -> float:
    """The incremental return on clipped value of such a campaign, by drawing: there is no closed form of the sum."""
    rng = np.random.default_rng(seed)
    base, more = _bought(rng, (users,), 1.0), _bought(rng, (users,), extra)
    return float((np.minimum(base + more, CAP) - np.minimum(base, CAP)).mean()) / COST


def _bought(rng: np.random.Generator, shape: tuple[int, ...], worth: float) -> Floats:
    """Amounts of who buys, 0 of the rest, worth so many times the cost in the mean."""
    bought = rng.random(shape) < BUYERS
    value = np.zeros(shape)
    value[bought] = rng.lognormal(0.0, 1.0, int(bought.sum())) * scale_of(worth)
    return value
