"""How fast the pot empties, and how long it lasts, with an 80 % band.

Burn of a day = fen that left the pot: granted and reserved, less what came back. The days ahead are expected by a
forecast (core/pacing's), or by day type: weekday, weekend, the operator's peaks by their factor. The band draws what
days did against what was expected of them: blocks of days, so that days that hang together stay together, and twice,
for the level itself is known from few days (a history that might have been, then the days to come from it).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt

from huoshui.core.trials.draws import draws, fractions

Floats = npt.NDArray[np.float64]
HISTORY_DAYS = 56
"""Older days say little about the next ones."""
BAND_DAYS_LEAST = 7
BLOCK_DAYS = 3
PATHS = 1_000
HORIZON_DAYS = 366
FAR = 4
"""An end of the band further off than so many times the point, and two weeks, is not looked for."""
TOGETHER_MOST = 0.8
"""The most that neighbouring days are taken to hang together: more cannot be told from weeks."""
WEEKEND = (5, 6)


@dataclass(frozen=True, slots=True)
class BurnDay:
    """One day of the pot. `expected_fen_est`: what a forecast had said of it; None: its day type says it."""

    day: date
    committed_fen: int
    returned_fen: int = 0
    expected_fen_est: float | None = None

    @property
    def net_fen(self) -> int:
        """What left the pot and did not come back."""
        return self.committed_fen - self.returned_fen


@dataclass(frozen=True, slots=True)
class Runway:
    """Days until the uncommitted rest is 0. `state`:

    known · empty (nothing is left) · beyond (it lasts longer than can be looked ahead, `days_est` None) · not_burning
    · unknown (no day was told). `band`: why there is none. An end of the band that is None lies beyond the horizon.
    """

    state: Literal["known", "empty", "beyond", "not_burning", "unknown"]
    days_est: float | None
    low_est: float | None
    high_est: float | None
    band: Literal["known", "too_few_days", "none"]
    burn_fen_est: float | None
    """Mean net burn a day, of the days read."""
    days_read: int
    horizon_days: int


def runway(
    rest_fen: int,
    history: Sequence[BurnDay],
    ahead_fen_est: Sequence[float] | None = None,
    *,
    peaks: Mapping[date, float] | None = None,
    seed: int = 0,
) -> Runway:
    """From the uncommitted rest after the last day of `history`.

    `ahead_fen_est`: expected net burn of the days that follow, by a forecast (of core/pacing: what its days grant);
    where it ends, its last week goes on. Without one, day types: `peaks` are the operator's days and factors, past ones
    and those to come.
    """
    days = sorted(history, key=lambda day: day.day)[-HISTORY_DAYS:]
    if not days:
        return Runway("unknown", None, None, None, "none", None, 0, 0)
    net = np.array([day.net_fen for day in days], np.float64)
    burn = float(net.mean())
    if rest_fen <= 0:
        return Runway("empty", 0.0, 0.0, 0.0, "known", burn, len(days), 0)
    if burn <= 0:
        return Runway("not_burning", None, None, None, "none", burn, len(days), 0)
    expected, ahead = _expected(days, net, ahead_fen_est, peaks or {})
    readable = expected > 0
    ratios = net[readable] / expected[readable]
    if not len(ratios) or not ahead.sum() > 0:
        return Runway("not_burning", None, None, None, "none", burn, len(days), len(ahead))
    # A forecast may be off by a factor that its own past shows; day types are read from these very days.
    central = ahead * (net[readable].sum() / expected[readable].sum())
    point = _days_until(rest_fen, central[None])[0]
    band: Literal["known", "too_few_days"] = "too_few_days" if len(ratios) < BAND_DAYS_LEAST else "known"
    low = high = None
    if band == "known":
        horizon = len(ahead) if np.isinf(point) else min(len(ahead), int(FAR * point) + 14)
        ends = _days_until(rest_fen, ahead[:horizon] * _paths(ratios, horizon, seed))
        # Paths that never empty the pot are infinite, so a quantile is one of the paths and not between two.
        low, high = (_told(end) for end in np.quantile(ends, (0.1, 0.9), method="inverted_cdf"))
    state: Literal["known", "beyond"] = "known" if np.isfinite(point) else "beyond"
    return Runway(state, _told(point), low, high, band, burn, len(days), len(ahead))


def _expected(
    days: Sequence[BurnDay],
    net: Floats,
    ahead_fen_est: Sequence[float] | None,
    peaks: Mapping[date, float],
) -> tuple[Floats, Floats]:
    """Of the days past and of those to come."""
    if ahead_fen_est is not None and len(ahead_fen_est):
        told = np.array([np.nan if day.expected_fen_est is None else day.expected_fen_est for day in days])
        past = np.where(np.isnan(told), net.mean(), told)
        given = np.asarray(ahead_fen_est, np.float64)[:HORIZON_DAYS]
        week = given[-7:]
        more = np.resize(week, HORIZON_DAYS - len(given)) if len(given) < HORIZON_DAYS else np.zeros(0)
        return past, np.concatenate([given, more])
    factor = np.array([peaks.get(day.day, 1.0) for day in days])
    weekend = np.array([day.day.weekday() in WEEKEND for day in days])
    means = {kind: _mean_of(net, factor, weekend == kind) for kind in (False, True)}
    last = days[-1].day
    coming = [last + timedelta(days=number + 1) for number in range(HORIZON_DAYS)]
    ahead = np.array([means[day.weekday() in WEEKEND] * peaks.get(day, 1.0) for day in coming])
    past = np.array([means[bool(kind)] for kind in weekend]) * factor
    return past, ahead


def _mean_of(net: Floats, factor: Floats, own: npt.NDArray[np.bool_]) -> float:
    """Mean burn of an ordinary day of a type; of all days where none of the type was seen."""
    chosen = own if own.any() else np.ones(len(net), np.bool_)
    return float(net[chosen].sum() / factor[chosen].sum())


def _paths(ratios: Floats, horizon: int, seed: int) -> Floats:
    """(paths, horizon): actual over expected of days to come, as they might be."""
    n = len(ratios)
    # Two levels were fitted to these days, so they lie nearer to them than days to come will.
    mean = ratios.mean()
    ratios = mean + (ratios - mean) * sqrt(n / (n - 2)) * _beyond_blocks(ratios - mean)
    history = ratios[_blocks(PATHS, n, n, seed, "runway history")]
    days = _blocks(PATHS, horizon, n, seed, "runway days")
    return np.take_along_axis(history, days, axis=1)


def _beyond_blocks(off: Floats) -> float:
    """How much more days that hang together sum up to than blocks show: by the correlation of neighbours, if above 0.

    The sum of an autoregressive series varies by (1 + r) / (1 - r); blocks of b days carry 1 + 2 sum (1 - j / b) r^j of
    it. r is seen too low in short series, by (1 + 3 r) / n (Kendall 1954).
    """
    square, n = float((off**2).sum()), len(off)
    if not square > 0:
        return 1.0
    seen = float((off[1:] * off[:-1]).sum()) / square
    r = min(TOGETHER_MOST, max(0.0, seen + (1 + 3 * seen) / n))
    carried = 1 + 2 * sum((1 - lag / BLOCK_DAYS) * r**lag for lag in range(1, BLOCK_DAYS))
    return sqrt((1 + r) / (1 - r) / carried)


def _blocks(rows: int, columns: int, of: int, seed: int, purpose: str) -> npt.NDArray[np.intp]:
    """(rows, columns) positions among `of` days in blocks of BLOCK_DAYS, drawn by hash, the last next to the first."""
    blocks = -(-columns // BLOCK_DAYS)
    drawn = fractions(draws(np.arange(rows * blocks, dtype=np.uint64), purpose, seed=seed))
    starts = (drawn * of).astype(np.intp).reshape(rows, blocks, 1)
    return ((starts + np.arange(BLOCK_DAYS)) % of).reshape(rows, -1)[:, :columns]


def _days_until(rest_fen: int, burns: Floats) -> Floats:
    """(paths): days, with the share of the last one, until burns (paths, days) add up to the rest; inf where never."""
    sums = np.cumsum(burns, axis=1)
    reached = sums >= rest_fen
    first = reached.argmax(axis=1)
    row = np.arange(len(burns))
    before = sums[row, first] - burns[row, first]
    part = (rest_fen - before) / np.where(burns[row, first] > 0, burns[row, first], 1.0)
    return np.where(reached.any(axis=1), first + part.clip(0, 1), np.inf)


def _told(days: float) -> float | None:
    return float(days) if np.isfinite(days) else None
