"""What was observed corrects what was expected: the level of demand, peaks, redemption and response."""

from dataclasses import dataclass, replace
from math import exp, log, sqrt

import numpy as np

from huoshui.core.pacing.tracking import LEVEL, OWN, PEAKS, carried, seen_at
from huoshui.core.pacing.values import Cohort, Floats, Observed, PacePlan, PaceState, Settled


@dataclass(frozen=True, slots=True, eq=False)
class Corrected:
    """What the forecast and the plan are multiplied by, as of a state; `levels` (H,) by hour, peaks counted.

    `promise`: the response by which a protected use is held to the edge.
    """

    level: float
    levels: Floats
    redemption: float
    response: float
    promise: float


Z_90 = 1.281552
RATIO_MAX = 20.0
"""No correction goes further than twenty times either way: beyond it the forecast is of something else."""


def learned(plan: PacePlan, state: PaceState, observed: Observed) -> PaceState:
    """The state with one hour's observations taken in; its prices stand as they were.

    Raises ValueError for an hour out of order, an amount below 0, or a settlement of what was not granted.
    """
    _check(plan, state, observed)
    terms, hour = plan.terms, observed.hour
    count = None if observed.arrivals is None else sum(observed.arrivals)
    cohort = Cohort(hour, sum(observed.committed_fen), sum(observed.expected_est))
    cohorts = (*state.cohorts, cohort) if cohort.face_fen else state.cohorts
    cohorts = _settled(cohorts, observed.settled)
    fade = 0.5 ** (1 / terms.redemption_half_life)
    settled, of_settled, still_open = 0.0, 0.0, []
    for one in cohorts:
        if one.open_fen or hour + 1 - one.hour < plan.settlement.limit_hours:
            still_open.append(one)
        else:
            settled, of_settled = settled + one.redeemed_fen, of_settled + one.expected_est
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
        used_seen=state.used_seen * fade + settled,
        used_expected=state.used_expected * fade + of_settled,
        settled_seen=state.settled_seen + settled,
        settled_expected=state.settled_expected + of_settled,
        response_sum=told,
        response_weight=weight,
        cohorts=tuple(still_open),
        track=seen_at(plan, state.track, hour, count),
    )


def corrected(plan: PacePlan, state: PaceState) -> Corrected:
    """All corrections of a state, each computed once."""
    return Corrected(
        level_of(state),
        levels_ahead(plan, state),
        redemption_of(plan, state),
        response_of(state),
        promise_of(state),
    )


def ties_up_face(plan: PacePlan, hour: int, horizon: int) -> bool:
    """Whether what is granted in an hour and not used comes back too late to be given again before a horizon."""
    return hour + plan.settlement.limit_hours >= horizon


def level_of(state: PaceState) -> float:
    """Arrivals of late over those forecast."""
    return _within(exp(state.track.mean[LEVEL]))


def levels_ahead(plan: PacePlan, state: PaceState) -> Floats:
    """(H,) what each hour's forecast is multiplied by: the level, its slope carried on and damped, and peaks seen."""
    most = log(RATIO_MAX)
    return np.exp(np.clip(carried(plan, state.track, state.hour), -most, most))


def peak_factor(plan: PacePlan, state: PaceState) -> float:
    """Seen over forecast at peaks so far, the level apart; 1 before any."""
    hour = min(state.hour, plan.hours - 1)
    own = state.track.mean[OWN] if plan.forecast.peak[hour] >= 0 else 0.0
    return _within(exp(state.track.mean[PEAKS] + own))


def redemption_of(plan: PacePlan, state: PaceState) -> float:
    """Used over what the plan expects to be used by that age, open grants too (Bornhuetter and Ferguson 1972)."""
    seen, expected = state.used_seen, state.used_expected
    for one in state.cohorts:
        seen += one.redeemed_fen
        expected += one.expected_est * plan.settlement.share_by(state.hour - one.hour)
    return _within(seen / expected)


def redemption_so_far(plan: PacePlan, state: PaceState, redemption: float) -> float:
    """Used over expected of all that was granted in the period, open grants as they are expected to end."""
    seen, expected = state.settled_seen, state.settled_expected
    for one in state.cohorts:
        rest = 1.0 - plan.settlement.share_by(state.hour - one.hour)
        seen += one.redeemed_fen + redemption * one.expected_est * rest
        expected += one.expected_est
    return _within(seen / expected) if expected > 0 else redemption


def response_of(state: PaceState) -> float:
    """Measured over promised value: mean of a normal posterior, at least a twentieth."""
    return _within(state.response_sum / state.response_weight)


def promise_of(state: PaceState) -> float:
    """The plan's own promise (1) until what was measured speaks against it; the response where that is higher."""
    response = response_of(state)
    return max(response, min(1.0, response + Z_90 / sqrt(state.response_weight)))


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


def _within(ratio: float) -> float:
    return exp(min(log(RATIO_MAX), max(-log(RATIO_MAX), log(max(ratio, 1e-9)))))
