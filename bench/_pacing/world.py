"""The month as it really is, drawn from a seed: arrivals, what they are worth and cost, coins. No policy reads this.

The world of docs/spec/pacing.md: 120,000 arrivals in 30 days, weekends x1.3, three x3 peak days with value x1.4, days
and hours that stray, redemption that strays by the day; 15 % are newcomers; 48 h to settle.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt

from _pacing.shop import DAYS, HOURS, Floats, Ints, Sample, Shop
from huoshui.core.pacing import CalendarDay, History, even_settlement

Scenario = Literal["right", "growing", "falling", "dearer", "small_peaks"]
SCENARIOS: tuple[Scenario, ...] = ("right", "growing", "falling", "dearer", "small_peaks")
SCENARIO_WORDS: dict[Scenario, str] = {
    "right": "forecast right",
    "growing": "traffic +25 %, growing",
    "falling": "traffic -25 %, falling",
    "dearer": "values -30 %, redemption +20 %",
    "small_peaks": "peaks half as forecast",
}
FACES = (500, 1_000, 2_000)
ARRIVALS = 120_000
WEEKEND = 1.3
PEAK, PEAK_VALUE = 3.0, 1.4
NEWCOMERS = 0.15
LIMIT_HOURS = 48
USE_SHARE = 0.65
DAY_SD, HOUR_SD, REDEMPTION_DAY_SD = 0.06, 0.08, 0.10
HISTORY_DAYS = 70
SAMPLE = 20_000
EXPLORE = 0.03
BUDGET_SHARE = 0.42
"""Of what the expected month would cost at a price of 1."""
NEWCOMERS_SHARE, SALE_SHARE = 0.20, 0.20
"""Protected minimums, of the budget."""
HELD_OUT_ERROR = 0.3
"""Standard error of a day's measured over promised value."""
FIRST_DAY = date(2026, 12, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Month:
    """The truth of one month, arrivals in the order in which they come.

    `hour`, `audience`, `explored` (0 none, else level) (N,); `model_value`, `model_cost` (N, K) as the plan's model has
    them; `value`, `cost` (N, K) as they are, in expectation; `mean_cost` the same at the month's own mean rate of
    redemption instead of the day's; `coin` (N,) uniform; `delay` (N,) hours until it is used.
    """

    scenario: Scenario
    seed: int
    hour: Ints
    audience: Ints
    explores: npt.NDArray[np.bool_]
    explored: Ints
    peak_hours: Ints
    model_value: Floats
    model_cost: Floats
    value: Floats
    cost: Floats
    mean_cost: Floats
    coin: Floats
    delay: Ints
    measured_noise: Floats


def draw(seed: int, scenario: Scenario, *, scale: float = 1.0) -> tuple[Shop, Month]:
    """The shop as its operator knows it, and the month that comes. `scale`: arrivals over 120,000."""
    rng = np.random.default_rng([seed, SCENARIOS.index(scenario), 20_261_123])
    peaks = tuple(int(rng.integers(low, high)) for low, high in ((5, 10), (14, 19), (23, 28)))
    shape = _day_shape()
    base = _ordinary_day(peaks) * scale
    shop = _shop(rng, base, shape, peaks)
    return shop, _month(rng, scenario, seed, base, shape, peaks, shop)


def _day_shape() -> Floats:
    """Share of a day by hour: nights are quiet, noon and evening are not."""
    hours = np.arange(HOURS)
    bumps = 0.25 + np.exp(-(((hours - 12) / 2.5) ** 2)) + 1.8 * np.exp(-(((hours - 20.5) / 2.5) ** 2))
    return bumps / bumps.sum()


def _weights(first: date, days: int, peaks: tuple[int, ...]) -> Floats:
    """Each day over an ordinary weekday."""
    weight = np.array(
        [WEEKEND if (first + timedelta(days=day)).weekday() >= 5 else 1.0 for day in range(days)]
    )
    weight[list(peaks)] *= PEAK
    return weight


def _ordinary_day(peaks: tuple[int, ...]) -> float:
    return ARRIVALS / float(_weights(FIRST_DAY, DAYS, peaks).sum())


def _counts(rng: np.random.Generator, expected: Floats) -> Ints:
    """(D, 24) arrivals that stray by day and by hour about what is expected."""
    days, hours = expected.shape
    day = rng.lognormal(-(DAY_SD**2) / 2, DAY_SD, (days, 1))
    hour = rng.lognormal(-(HOUR_SD**2) / 2, HOUR_SD, (days, hours))
    return rng.poisson(expected * day * hour)


def _levels(rng: np.random.Generator, audience: Ints) -> tuple[Floats, Floats]:
    """What the model says of so many arrivals: concave in the amount, most of it to few, newcomers less worth."""
    n = len(audience)
    amounts = np.array(FACES, np.float64)
    top = rng.lognormal(6.55, 0.9, n) * np.where(audience == 1, 0.75, 1.0)
    scale = rng.lognormal(6.4, 0.6, n)
    rate = rng.beta(6.5, 3.5, n)
    value = top[:, None] * (1 - np.exp(-amounts / scale[:, None]))
    return value, amounts * rate[:, None]


def _audiences(rng: np.random.Generator, n: int) -> Ints:
    return (rng.random(n) < NEWCOMERS).astype(np.int64)


def _shop(rng: np.random.Generator, base: float, shape: Floats, peaks: tuple[int, ...]) -> Shop:
    first = FIRST_DAY - timedelta(days=HISTORY_DAYS)
    expected = base * _weights(first, HISTORY_DAYS, (11, 41))[:, None] * shape
    counts = _counts(rng, expected)
    fresh = rng.binomial(counts, NEWCOMERS)
    history = History(first.isoformat(), np.stack([counts - fresh, fresh]).astype(np.float64))
    told = [CalendarDay((first + timedelta(days=day)).isoformat(), "sale", PEAK) for day in (11, 41)]
    told += [
        CalendarDay((FIRST_DAY + timedelta(days=day)).isoformat(), "sale", PEAK, PEAK_VALUE) for day in peaks
    ]
    audience = _audiences(rng, SAMPLE)
    value, cost = _levels(rng, audience)
    score = value - cost
    best = score.argmax(axis=1)
    paying = score.max(axis=1) > 0
    # The peaks' arrivals are worth more, so that more of them would be given something; so much is left out here.
    a_head = float(cost[np.arange(SAMPLE), best][paying].sum()) / SAMPLE
    scale = base / _ordinary_day(peaks)
    budget = round(BUDGET_SHARE * a_head * ARRIVALS * scale)
    return Shop(
        history=history,
        calendar=tuple(told),
        sample=Sample(value, cost, audience),
        faces_fen=FACES,
        budget_fen=budget,
        edge_est=1.0,
        first_day=FIRST_DAY.isoformat(),
        settlement=even_settlement(LIMIT_HOURS, USE_SHARE),
        explore_share=EXPLORE,
        newcomers_fen=round(NEWCOMERS_SHARE * budget),
        sale_fen=round(SALE_SHARE * budget),
    )


def _month(
    rng: np.random.Generator,
    scenario: Scenario,
    seed: int,
    base: float,
    shape: Floats,
    peaks: tuple[int, ...],
    shop: Shop,
) -> Month:
    weight = _weights(FIRST_DAY, DAYS, peaks)
    along = (np.arange(DAYS * HOURS) / (DAYS * HOURS - 1)).reshape(DAYS, HOURS)
    traffic = {"growing": 1 + 0.5 * along, "falling": 1 - 0.5 * along}.get(scenario, np.ones_like(along))
    if scenario == "small_peaks":
        weight[list(peaks)] /= 2
    counts = _counts(rng, base * weight[:, None] * shape * traffic).ravel()
    hour = np.repeat(np.arange(DAYS * HOURS), counts)
    n = len(hour)
    audience = _audiences(rng, n)
    value, cost = _levels(rng, audience)
    peak_hours = np.isin(np.arange(DAYS * HOURS) // HOURS, peaks)
    worth = np.where(peak_hours[hour], PEAK_VALUE, 1.0) * (0.7 if scenario == "dearer" else 1.0)
    day = rng.lognormal(-(REDEMPTION_DAY_SD**2) / 2, REDEMPTION_DAY_SD, DAYS)
    used = day[hour // HOURS] * (1.2 if scenario == "dearer" else 1.0)
    amounts = np.array(shop.faces_fen, np.float64)
    rate = cost / amounts
    explores = rng.random(n) < EXPLORE
    return Month(
        scenario=scenario,
        seed=seed,
        hour=hour,
        audience=audience,
        explores=explores,
        explored=np.where(explores, rng.integers(0, len(FACES) + 1, n), 0),
        peak_hours=np.flatnonzero(peak_hours),
        model_value=value,
        model_cost=cost,
        value=value * worth[:, None],
        cost=amounts * np.minimum(0.98, rate * used[:, None]),
        mean_cost=amounts * np.minimum(0.98, rate * used.mean()),
        coin=rng.random(n),
        delay=rng.integers(0, LIMIT_HOURS, n),
        measured_noise=rng.normal(0.0, 1.0, DAYS),
    )


COMMON_USE, NEWCOMERS_USE, SALE_USE = range(3)


def uses_of(month: Month) -> Ints:
    """(N,) which use each arrival belongs to: newcomers first, then whoever comes on a peak day."""
    at_peak = np.isin(month.hour, month.peak_hours)
    return np.where(month.audience == 1, NEWCOMERS_USE, np.where(at_peak, SALE_USE, COMMON_USE))
