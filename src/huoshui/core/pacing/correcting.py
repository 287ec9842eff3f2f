"""What was observed corrects what was expected: the level of demand, peaks, redemption and response."""

from dataclasses import dataclass, replace
from math import exp, log

import numpy as np

from huoshui.core.pacing.values import Cohort, Floats, Observed, PacePlan, PaceState, Settled


@dataclass(frozen=True, slots=True, eq=False)
class Corrected:
    """What the forecast and the plan are multiplied by, as of a state; `levels` (H,) by hour, peaks counted."""

    level: float
    levels: Floats
    redemption: float
    response: float


RATIO_MAX = 20.0
"""No correction goes further than twenty times either way: beyond it the forecast is of something else."""


def learned(plan: PacePlan, state: PaceState, observed: Observed) -> PaceState:
    """The state with one hour's observations taken in; its prices stand as they were.

    Raises ValueError for an hour out of order, an amount below 0, or a settlement of what was not granted.
    """
    _check(plan, state, observed)
    terms, hour = plan.terms, observed.hour
    state = _counted(plan, state, observed)
    cohort = Cohort(hour, sum(observed.committed_fen), sum(observed.expected_est))
    cohorts = (*state.cohorts, cohort) if cohort.face_fen else state.cohorts
    cohorts = _settled(cohorts, observed.settled)
    fade = 0.5 ** (1 / terms.redemption_half_life)
    seen, expected, still_open = state.used_seen * fade, state.used_expected * fade, []
    for one in cohorts:
        if one.open_fen or hour + 1 - one.hour < plan.settlement.limit_hours:
            still_open.append(one)
        else:
            seen, expected = seen + one.redeemed_fen, expected + one.expected_est
    early, late = list(state.early_est), list(state.late_fen)
    near_end = ties_up_face(plan, hour, plan.hours)
    for audience, use in enumerate(plan.use[:, hour].tolist()):
        if near_end:
            late[use] += observed.committed_fen[audience]
        else:
            early[use] += observed.expected_est[audience]
    told, weight = state.response_sum, state.response_weight
    if observed.measured is not None and observed.measured.variance_est > 0:
        found = observed.measured
        told += found.promised_est * found.measured_est / found.variance_est
        weight += found.promised_est**2 / found.variance_est
    return replace(
        state,
        hour=hour + 1,
        committed_fen=state.committed_fen + cohort.face_fen,
        redeemed_fen=state.redeemed_fen + sum(one.redeemed_fen for one in observed.settled),
        released_fen=state.released_fen + sum(one.released_fen for one in observed.settled),
        early_est=tuple(early),
        late_fen=tuple(late),
        used_seen=seen,
        used_expected=expected,
        response_sum=told,
        response_weight=weight,
        cohorts=tuple(still_open),
    )


def corrected(plan: PacePlan, state: PaceState) -> Corrected:
    """All corrections of a state, each computed once."""
    return Corrected(
        level_of(state), levels_ahead(plan, state), redemption_of(plan, state), response_of(state)
    )


def ties_up_face(plan: PacePlan, hour: int, horizon: int) -> bool:
    """Whether what is granted in an hour and not used comes back too late to be given again before a horizon."""
    return hour + plan.settlement.limit_hours >= horizon


def level_of(state: PaceState) -> float:
    """Arrivals of late over those forecast."""
    return _within(state.level_seen / state.level_expected)


def levels_ahead(plan: PacePlan, state: PaceState) -> Floats:
    """(H,) what each hour's forecast is multiplied by: the level, its slope carried on and damped, and peaks seen."""
    hours = np.arange(plan.forecast.arrivals.shape[1], dtype=np.float64)
    terms = plan.terms
    ahead = np.clip(hours - state.hour, 0.0, None)
    carried = (
        terms.trend_hours * (1.0 - np.exp(-ahead / terms.trend_hours)) if terms.trend_hours else 0.0 * ahead
    )
    levels = level_of(state) * np.exp(slope_of(plan, state) * carried)
    for place in range(len(plan.forecast.peaks)):
        mine = plan.forecast.peak == place
        if mine.any():
            levels[mine] *= peak_factor(plan, state, place)
    return levels


def slope_of(plan: PacePlan, state: PaceState) -> float:
    """Growth of the logarithm of the level an hour: a quick mean against a slow one, over what lies between them."""
    terms = plan.terms
    between = (terms.trend_half_life - terms.level_half_life) / log(2)
    if between <= 0:
        return 0.0
    return log(level_of(state) / _within(state.trend_seen / state.trend_expected)) / between


def peak_factor(plan: PacePlan, state: PaceState, place: int) -> float:
    """Seen over forecast at a peak: its own hours count fully, those of peaks before it against the calendar's word."""
    day = _mean_peak(plan)
    if not day:
        return 1.0
    trust = plan.terms.peak_trust * day
    others_seen = sum(state.peak_seen) - state.peak_seen[place]
    others_expected = sum(state.peak_expected) - state.peak_expected[place]
    before = (trust + others_seen) / (trust + others_expected)
    own = day / 12
    return _within((own * before + state.peak_seen[place]) / (own + state.peak_expected[place]))


def redemption_of(plan: PacePlan, state: PaceState) -> float:
    """Used over what the plan expects to be used by that age, open grants too (Bornhuetter and Ferguson 1972)."""
    seen, expected = state.used_seen, state.used_expected
    for one in state.cohorts:
        seen += one.redeemed_fen
        expected += one.expected_est * plan.settlement.share_by(state.hour - one.hour)
    return _within(seen / expected)


def response_of(state: PaceState) -> float:
    """Measured over promised value: mean of a normal posterior, at least a twentieth."""
    return _within(state.response_sum / state.response_weight)


def back_of(plan: PacePlan, state: PaceState, redemption: float, horizon: int) -> float:
    """Fen of open commitments expected to be released in time to be given again before a horizon."""
    return sum(
        back_of_cohort(plan, state, redemption, one)
        for one in state.cohorts
        if not ties_up_face(plan, one.hour, horizon)
    )


def back_of_cohort(plan: PacePlan, state: PaceState, redemption: float, one: Cohort) -> float:
    """What of one hour's grants is open and expected never to be used."""
    rest = 1.0 - plan.settlement.share_by(state.hour - one.hour)
    return max(0.0, one.open_fen - redemption * one.expected_est * rest)


def _counted(plan: PacePlan, state: PaceState, observed: Observed) -> PaceState:
    """Arrivals against the forecast: ordinary hours tell the level, those of a peak how large it is."""
    if observed.arrivals is None:
        return state
    seen = float(sum(observed.arrivals))
    expected = float(plan.forecast.arrivals[:, observed.hour].sum())
    place = int(plan.forecast.peak[observed.hour])
    if place >= 0:
        counts, forecast = list(state.peak_seen), list(state.peak_expected)
        counts[place] += seen
        forecast[place] += expected * level_of(state)
        return replace(state, peak_seen=tuple(counts), peak_expected=tuple(forecast))
    quick = 0.5 ** (1 / plan.terms.level_half_life)
    slow = 0.5 ** (1 / plan.terms.trend_half_life)
    return replace(
        state,
        level_seen=state.level_seen * quick + seen,
        level_expected=state.level_expected * quick + expected,
        trend_seen=state.trend_seen * slow + seen,
        trend_expected=state.trend_expected * slow + expected,
    )


def _settled(cohorts: tuple[Cohort, ...], settled: tuple[Settled, ...]) -> tuple[Cohort, ...]:
    """The cohorts with what became known; what they cannot hold raises."""
    by_hour = {one.hour: one for one in cohorts}
    for told in settled:
        mine = by_hour.get(told.hour)
        if mine is None:
            raise ValueError(f"a settlement of hour {told.hour}, of which nothing is open")
        used, released = mine.redeemed_fen + told.redeemed_fen, mine.released_fen + told.released_fen
        mine = Cohort(mine.hour, mine.face_fen, mine.expected_est, used, released)
        if told.redeemed_fen < 0 or told.released_fen < 0 or mine.open_fen < 0:
            raise ValueError(f"hour {told.hour}: more settled than granted")
        by_hour[told.hour] = mine
    return tuple(by_hour.values())


def _check(plan: PacePlan, state: PaceState, observed: Observed) -> None:
    audiences = len(plan.curves)
    if observed.hour != state.hour or observed.hour >= plan.hours:
        raise ValueError(f"hour {state.hour} of {plan.hours} wanted: {observed.hour}")
    for told in (observed.committed_fen, observed.expected_est, observed.arrivals or (0,) * audiences):
        if len(told) != audiences or min(told) < 0:
            raise ValueError(f"{audiences} numbers of at least 0 wanted: {told}")


def _mean_peak(plan: PacePlan) -> float:
    """Arrivals forecast for a day of a peak."""
    inside = plan.forecast.peak[: plan.hours] >= 0
    hours = int(inside.sum())
    return float(plan.forecast.arrivals[:, : plan.hours][:, inside].sum()) / hours * 24 if hours else 0.0


def _within(ratio: float) -> float:
    return exp(min(log(RATIO_MAX), max(-log(RATIO_MAX), log(max(ratio, 1e-9)))))
