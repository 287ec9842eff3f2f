"""What one fen has brought, of cohorts whose window has passed, on clipped value. Immature users are told, not judged.

Return = mean value over mean cost: attributed of everybody who got the grant, incremental against a control with
weights 1/probability (Hajek). 95 % interval by Fieller: all r for which value - r x cost is not told from 0. Where the
cost itself is not told from 0 there is no interval. One look's interval: for looks every day read the e-value.
"""

from dataclasses import dataclass, fields
from math import sqrt
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from huoshui.core.watch.values import Basis, GuardTerms

Floats = npt.NDArray[np.float64]
Z_95 = 1.959964
USERS_LEAST = 30


@dataclass(frozen=True, slots=True)
class ArmSums:
    """Weighted sums of one arm: w, w2 the weights; v value, c cost. Parts add up."""

    n: int = 0
    w: float = 0.0
    wv: float = 0.0
    wc: float = 0.0
    w2: float = 0.0
    w2v: float = 0.0
    w2c: float = 0.0
    w2vv: float = 0.0
    w2vc: float = 0.0
    w2cc: float = 0.0

    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, part.name) + getattr(other, part.name) for part in fields(self)))

    def mean(self, value_weight: float, cost_weight: float) -> tuple[float, float]:
        """Hajek mean of value_weight x v + cost_weight x c, and its variance (linearised)."""
        a, b = value_weight, cost_weight
        m = (a * self.wv + b * self.wc) / self.w
        squares = a * a * self.w2vv + 2 * a * b * self.w2vc + b * b * self.w2cc
        about = squares - 2 * m * (a * self.w2v + b * self.w2c) + m * m * self.w2
        return m, max(0.0, about) / self.w**2 * self.n / max(1, self.n - 1)


@dataclass(frozen=True, slots=True)
class ReturnReading:
    """A matured return. `low_est`, `high_est` None: no end that the data could exclude (or no interval at all)."""

    state: Literal["no_data", "immature", "too_few", "known"]
    basis: Basis
    return_est: float | None
    low_est: float | None
    high_est: float | None
    treated: int
    control: int
    maturity_est: float | None
    """Mean share of the window that has passed, of all users who got the grant, judged or not."""


def arm_sums(
    value_fen: Floats, cost_fen: Floats, terms: GuardTerms, *, weights: Floats | None = None
) -> ArmSums:
    """The sums of matured users of one arm (N,); `weights` 1/probability of their arm, 1 if None."""
    if not (np.isfinite(value_fen).all() and np.isfinite(cost_fen).all()):
        raise ValueError("a value or a cost is missing: it is not worth nothing")
    v = np.clip(np.asarray(value_fen, np.float64), terms.floor_fen, terms.cap_fen)
    c = np.asarray(cost_fen, np.float64)
    w = np.ones(len(v)) if weights is None else weights
    w2 = w * w
    sums = (w, w * v, w * c, w2, w2 * v, w2 * c, w2 * v * v, w2 * v * c, w2 * c * c)
    return ArmSums(len(v), *(float(part.sum()) for part in sums))


def maturity(age_days: Floats, users: Floats, *, window_days: int) -> float | None:
    """Mean share of the window that has passed, by cohort's age and users; None of nobody."""
    total = float(users.sum())
    if not total:
        return None
    return float((np.clip(age_days / window_days, 0, 1) * users).sum() / total)


def matured_return(treated: ArmSums, control: ArmSums | None, *, maturity_est: float | None) -> ReturnReading:
    """The return of matured users; against `control` where there is one."""
    basis: Basis = "attributed" if control is None else "incremental"
    others = 0 if control is None else control.n

    def told(
        state: Literal["no_data", "immature", "too_few", "known"],
        point: float | None = None,
        ends: tuple[float | None, float | None] = (None, None),
    ) -> ReturnReading:
        return ReturnReading(state, basis, point, *ends, treated.n, others, maturity_est)

    if not treated.n:
        return told("no_data" if not maturity_est else "immature")
    if treated.n < USERS_LEAST or (control is not None and others < USERS_LEAST):
        return told("too_few")
    value, value_variance = treated.mean(1, 0)
    cost, cost_variance = treated.mean(0, 1)
    if cost <= 0:
        return told("too_few")
    both = treated.mean(1, 1)[1]
    covariance = (both - value_variance - cost_variance) / 2
    if control is not None:
        mean, variance = control.mean(1, 0)
        value, value_variance = value - mean, value_variance + variance
    return told("known", value / cost, _fieller(value, cost, value_variance, cost_variance, covariance))


def _fieller(
    value: float, cost: float, value_variance: float, cost_variance: float, covariance: float
) -> tuple[float | None, float | None]:
    z2 = Z_95**2
    a = cost**2 - z2 * cost_variance
    b = value * cost - z2 * covariance
    c = value**2 - z2 * value_variance
    if a <= 0 or b * b < a * c:
        return None, None
    root = sqrt(b * b - a * c)
    return (b - root) / a, (b + root) / a
