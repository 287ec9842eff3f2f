"""Evidence that may be looked at every day: bets against a claim, and what they have won.

The claim is that the mean of d is at least 0, where d is at most `most` (both in the same unit). Who doubts it bets a
share lam of his wealth against every d: the wealth is multiplied by 1 - lam d / most, which in the mean does not grow
while the claim is true. The wealth of a set of bets, on average, is an e-value: it reaches 20 with a chance of at most
1 in 20, however often one looks (Ville 1939; Waudby-Smith and Ramdas 2024, doi 10.1093/jrsssb/qkad009). Bets are fixed
beforehand, so the wealth of a day is a factor: days add up in any order. Nothing is assumed but that d never exceeds
`most` and that its mean, given what came before, is at least 0; below 0 a d may be as far as it likes.
"""

from dataclasses import dataclass
from math import log
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
BETS = np.sin(np.pi * (np.arange(24) + 0.5) / 48) ** 2
"""Shares that are bet: few know beforehand how far off a claim will be. From 0.1 % to 99.9 %, spread as the arcsine law
is, Cover's universal portfolio (1991): whatever share proves best, the mean falls behind it by half a log n and a
constant, and half of all bets are large ones, as a claim that is far off asks for. None bets all, so none is ruined."""
_DAYS_AT_ONCE = 1 << 22
"""So many products of values and bets lie in memory at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Wealth:
    """What each bet has won, as logarithms (..., bets), and of how many values. Disjoint parts add up in any order.

    Leading axes are processes of their own, run side by side.
    """

    logs: Floats
    count: int

    def __add__(self, other: Self) -> Self:
        return type(self)(self.logs + other.logs, self.count + other.count)

    @property
    def log_e(self) -> Floats:
        """Logarithm of the e-value (...): of the mean over the bets."""
        return _log_mean(self.logs)

    @property
    def e(self) -> Floats:
        """The e-value (...); infinite where it is beyond what a float holds."""
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(self.log_e))


def no_wealth(*shape: int, bets: Floats = BETS) -> Wealth:
    """Nothing bet yet: e-value 1 in each of `shape` processes."""
    return Wealth(np.zeros((*shape, len(bets))), 0)


def wealth_of(d: Floats, most: Floats | float, *, bets: Floats = BETS) -> Wealth:
    """The factor that values d (..., n), each at most `most`, multiply the wealth by.

    `most` is above 0 and known before d is; it may differ from value to value. A d above it is an error: then a bet
    could end below nothing. NaN is an error: a value that is missing is no value of zero. A d of 0 changes nothing.
    """
    if not (np.asarray(most) > 0).all():
        raise ValueError("the most a value may be is above 0")
    shares = np.asarray(d, np.float64) / most
    if not (shares <= 1 + 1e-12).all():
        raise ValueError(
            f"a value is missing or above the most it may be: {shares[~(shares <= 1)][0]:g} of it"
        )
    logs = np.zeros((*shares.shape[:-1], len(bets)))
    step = max(1, _DAYS_AT_ONCE // max(1, logs.size))
    for start in range(0, shares.shape[-1], step):
        part = shares[..., start : start + step, None]
        logs += np.log1p(-bets * part).sum(axis=-2)
    return Wealth(logs, shares.shape[-1])


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """Evidence that the claim held and no longer does: bets begun anew every day, added up (Shiryaev, Roberts).

    While the claim is true the sum of n days is n in the mean and reaches A within n days with a chance of at most
    n / A (Doob; e-detectors: Shin, Ramdas and Rinaldo 2024); alarms by mistake are A days apart in the mean.
    `logs` (..., bets) are logarithms, one sum a bet; -inf before the first day.
    """

    logs: Floats
    days: int

    def after(self, day: Wealth) -> "Drift":
        """One day on. The order of days matters here: what comes late is what drifted."""
        return Drift(np.logaddexp(self.logs, 0.0) + day.logs, self.days + 1)

    @property
    def log_sum(self) -> Floats:
        """Logarithm of the sum over starts, on average over the bets (...)."""
        return _log_mean(self.logs)

    def alarmed(self, *, alpha: float, days: int) -> npt.NDArray[np.bool_]:
        """Whether to alarm (...), with a chance of at most `alpha` within so many days while the claim is true."""
        return np.asarray(self.log_sum >= log(days / alpha))


def no_drift(*shape: int, bets: Floats = BETS) -> Drift:
    """Before the first day."""
    return Drift(np.full((*shape, len(bets)), -np.inf), 0)


def _log_mean(logs: Floats) -> Floats:
    """Logarithm of the mean of exp over the last axis, never overflowing; of zeros it is 0 to the last bit."""
    number = np.logaddexp.reduce(np.zeros(logs.shape[-1]))
    return np.asarray(np.logaddexp.reduce(logs, axis=-1) - number)
