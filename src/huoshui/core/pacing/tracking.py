"""Demand against the forecast, hour by hour: one Gaussian filter over what can be otherwise than forecast.

On the logarithm of arrivals over forecast: the level, its slope an hour, today's stray, what all peaks have in common
and what the peak under way has of its own. A local linear trend with a damped slope (Harvey 1989; Gardner and McKenzie
1985); counts are seen through their own likelihood, not their logarithm, so that few or none mislead nobody.
"""

from math import exp, sqrt

import numpy as np

from huoshui.core.pacing.values import Floats, PacePlan, Track

HOURS = 24
LEVEL, SLOPE, DAY, PEAKS, OWN = range(5)
PARTS = 5
NEWTON_STEPS = 30
NEWTON_NEAR = 1e-12


def tracked_from(plan: PacePlan) -> Track:
    """Nothing seen yet: as forecast, as surely as the forecast says."""
    terms, forecast = plan.terms, plan.forecast
    sds = (forecast.start_sd, terms.slope_sd / HOURS, forecast.day_sd, terms.peaks_sd, terms.own_sd)
    return Track((0.0,) * PARTS, tuple(np.diag(np.square(sds)).ravel().tolist()))


def seen_at(plan: PacePlan, track: Track, hour: int, count: int | None) -> Track:
    """What an hour's arrivals tell (None: nobody counted), and what the hour after it may bring."""
    mean, covariance = np.array(track.mean), np.array(track.covariance).reshape(PARTS, PARTS)
    expected = float(plan.forecast.arrivals[:, hour].sum())
    if count is not None and expected > 0:
        parts = _parts(plan, hour)
        before, spread = float(parts @ mean), covariance @ parts
        variance = float(parts @ spread)
        after, told = _mode(before, variance, count, expected, plan.forecast.dispersion)
        mean = mean + spread * ((after - before) / variance)
        covariance = covariance - np.outer(spread, spread) / (variance + 1 / told)
    return _aged(plan, mean, covariance, hour + 1)


def carried(plan: PacePlan, track: Track, hour: int) -> Floats:
    """(H,) mean of the logarithm for each hour, as of `hour`: today's stray for today, a peak's own for the peak."""
    forecast = plan.forecast
    hours = np.arange(forecast.arrivals.shape[1])
    ahead = np.clip((hours - hour).astype(np.float64), 0.0, None)
    days = HOURS * plan.terms.slope_days
    slope = (1 - np.exp(-ahead / days)) / (1 - exp(-1 / days))
    logs: Floats = track.mean[LEVEL] + track.mean[SLOPE] * slope
    logs += np.where(hours // HOURS == hour // HOURS, track.mean[DAY], 0.0)
    logs += np.where(forecast.peak >= 0, track.mean[PEAKS], 0.0)
    if hour < len(hours) and forecast.peak[hour] >= 0:
        logs += np.where(forecast.peak == forecast.peak[hour], track.mean[OWN], 0.0)
    return logs


def _parts(plan: PacePlan, hour: int) -> Floats:
    at_peak = float(plan.forecast.peak[hour] >= 0)
    return np.array([1.0, 0.0, 1.0, at_peak, at_peak])


def _slope_kept(plan: PacePlan) -> float:
    return exp(-1 / (HOURS * plan.terms.slope_days))


def _aged(plan: PacePlan, mean: Floats, covariance: Floats, hour: int) -> Track:
    """One hour on: the slope moves the level, both stray, and a new day or peak has its own."""
    terms, forecast = plan.terms, plan.forecast
    kept = _slope_kept(plan)
    step = np.eye(PARTS)
    step[LEVEL, SLOPE], step[SLOPE, SLOPE] = 1.0, kept
    stray = np.zeros(PARTS)
    stray[LEVEL] = terms.level_drift_sd**2 / HOURS
    stray[SLOPE] = (terms.slope_sd / HOURS) ** 2 * (1 - kept**2)
    if hour % HOURS == 0:
        step[DAY, DAY], stray[DAY] = 0.0, forecast.day_sd**2
    if hour < len(forecast.peak) and forecast.peak[hour] != forecast.peak[hour - 1]:
        step[OWN, OWN], stray[OWN] = 0.0, terms.own_sd**2
    covariance = step @ covariance @ step.T + np.diag(stray)
    covariance = (covariance + covariance.T) / 2
    return Track(tuple((step @ mean).tolist()), tuple(covariance.ravel().tolist()))


def _mode(
    mean: float, variance: float, count: int, expected: float, dispersion: float
) -> tuple[float, float]:
    """Where prior and a count's likelihood are highest together, and how much the count tells there."""
    low, high = mean - 12 * sqrt(variance), mean + 12 * sqrt(variance)
    place = mean
    for _ in range(NEWTON_STEPS):
        rate = expected * exp(min(place, 30.0)) / dispersion
        slope = (count / dispersion - rate) - (place - mean) / variance
        low, high = (place, high) if slope > 0 else (low, place)
        after = place + slope / (rate + 1 / variance)
        if not low < after < high:
            after = (low + high) / 2
        if abs(after - place) < NEWTON_NEAR:
            break
        place = after
    return place, max(expected * exp(min(place, 30.0)) / dispersion, 1e-12)
