"""Small plans of pacing, made by hand: eight days, one audience or two, a curve that anybody can integrate."""

import numpy as np

from huoshui.core.pacing import (
    Forecast,
    PacePlan,
    Peak,
    PriceCurve,
    Protected,
    Terms,
    even_settlement,
)

DAYS = 8
HOURS = DAYS * 24


def forecast_of(
    *, a_hour: float = 10.0, peak_day: int | None = None, audiences: int = 1, days: int = DAYS + 30
) -> Forecast:
    """The same arrivals every hour, and one day of three times as many, worth 1.4 each."""
    hours = days * 24
    arrivals = np.full((audiences, hours), a_hour)
    value, peak = np.ones(hours), np.full(hours, -1)
    peaks: tuple[Peak, ...] = ()
    if peak_day is not None:
        inside = slice(peak_day * 24, peak_day * 24 + 24)
        arrivals[:, inside] *= 3
        value[inside], peak[inside] = 1.4, 0
        peaks = (Peak("2026-12-09", "sale", 3.0, 1.4),)
    return Forecast("2026-12-01", arrivals, value, peak, peaks, level_sd=0.05, dispersion=1.5)


def straight_curve(top: float = 4.0, cost: float = 200.0) -> PriceCurve:
    """Cost falls in a straight line from `cost` at a price of 0 to nothing at `top`; value is its integral."""
    prices = np.linspace(0.01, top, 400)
    costs = cost * (1 - prices / top)
    values = cost / (2 * top) * (top**2 - prices**2)
    return PriceCurve(prices, costs, values)


def plan_of(
    *,
    budget_fen: int = 172_000,
    edge: float = 1.0,
    peak_day: int | None = None,
    protected: tuple[Protected, ...] = (),
    audiences: int = 1,
    limit_hours: int = 48,
    use_share: float = 0.8,
    terms: Terms | None = None,
    a_hour: float = 10.0,
    explore_est: float = 0.0,
) -> PacePlan:
    """Eight days."""
    return PacePlan(
        forecast=forecast_of(a_hour=a_hour, peak_day=peak_day, audiences=audiences),
        hours=HOURS,
        curves=(straight_curve(),) * audiences,
        budget_fen=budget_fen,
        edge_est=edge,
        settlement=even_settlement(limit_hours, use_share),
        protected=protected,
        terms=terms or Terms(),
        explore_est=explore_est,
    )
