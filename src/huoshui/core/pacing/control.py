"""The controller: an hour's observations in, the next hour's price out. Plain numbers, no clock, no chance."""

from dataclasses import replace
from math import log

from huoshui.core.pacing.correcting import (
    Corrected,
    back_of,
    corrected,
    learned,
    peak_factor,
    ties_up_face,
)
from huoshui.core.pacing.pricing import Priced, left_of, may_commit, priced
from huoshui.core.pacing.tracking import tracked_from
from huoshui.core.pacing.values import (
    COMMON,
    Cohort,
    Decision,
    Observed,
    PacePlan,
    PaceState,
    ReasonCode,
)

TOLD = 0.05
"""A correction of less than a twentieth is no reason worth telling."""
CALM = 1e-9
"""Stands for nothing at all where a ratio needs more than nothing."""


def opening(plan: PacePlan, *, begun: PaceState | None = None) -> Decision:
    """The price of the first hour. `begun`: where a period stands that others have paced so far (see `begun_at`)."""
    state = begun or begun_at(plan, hour=0)
    if state.hour >= plan.hours:
        raise ValueError(f"hour {state.hour} of {plan.hours}: the period is over")
    seen = corrected(plan, state)
    found = priced(plan, state, seen)
    return _decision(plan, replace(state, prices_est=found.prices_est), seen, found, ("opening",))


def decide(plan: PacePlan, state: PaceState, observed: Observed) -> Decision:
    """Take in the hour just past and price the next; after the last hour every price is that of the last.

    Raises ValueError for an hour out of order, numbers below 0, or a settlement of what was not granted.
    """
    after = learned(plan, state, observed)
    seen = corrected(plan, after)
    if after.hour >= plan.hours:
        ended = Priced(state.prices_est, (0.0,) * plan.uses, 0.0, (0.0,) * plan.uses)
        return _decision(plan, after, seen, ended, ("ended",))
    found = priced(plan, after, seen)
    prices = tuple(
        _stepped(before, wanted, plan.terms.step_max, plan.terms.still)
        for before, wanted in zip(state.prices_est, found.prices_est, strict=True)
    )
    moved = replace(after, prices_est=prices)
    return _decision(plan, moved, seen, found, _reasons(plan, state, moved, seen, found, observed))


def begun_at(
    plan: PacePlan,
    *,
    hour: int,
    committed_fen: int = 0,
    redeemed_fen: int = 0,
    released_fen: int = 0,
    cohorts: tuple[Cohort, ...] = (),
    spent_est: tuple[float, ...] = (),
) -> PaceState:
    """A state before `hour`: nothing learned yet, with what was granted so far; `spent_est` by use, the common first.

    Raises ValueError where the sums and the open `cohorts` cannot both be true.
    """
    open_fen = sum(one.open_fen for one in cohorts)
    if open_fen != committed_fen - redeemed_fen - released_fen:
        raise ValueError(
            f"{open_fen} fen open in cohorts, {committed_fen - redeemed_fen - released_fen} in sums"
        )
    terms = plan.terms
    used = max(plan.budget_fen / plan.hours * terms.redemption_prior_hours, CALM)
    weight = 1 / terms.response_sd**2
    return PaceState(
        hour=hour,
        prices_est=(max(plan.edge_est, CALM),) * plan.uses,
        committed_fen=committed_fen,
        redeemed_fen=redeemed_fen,
        released_fen=released_fen,
        early_est=spent_est or (0.0,) * plan.uses,
        late_fen=(0,) * plan.uses,
        track=tracked_from(plan),
        used_seen=used,
        used_expected=used,
        settled_seen=0.0,
        settled_expected=0.0,
        response_sum=weight,
        response_weight=weight,
        cohorts=cohorts,
    )


def _stepped(before: float, wanted: float, step_max: float, still: float) -> float:
    """Towards what is wanted: not at all for a little, and no more than a step an hour."""
    if abs(log(wanted / before)) < log(1 + still):
        return before
    return min(max(wanted, before / (1 + step_max)), before * (1 + step_max))


def _decision(
    plan: PacePlan, state: PaceState, seen: Corrected, found: Priced, reasons: tuple[ReasonCode, ...]
) -> Decision:
    hour = min(state.hour, plan.hours - 1)
    worth = seen.response * float(plan.forecast.value_factor[hour])
    late = ties_up_face(plan, hour, plan.hours)
    weight = 1 / plan.settlement.use_share if late else seen.redemption
    on_cost, on_face, commit = [], [], []
    for use in plan.use[:, hour].tolist():
        whole = state.prices_est[use] * weight
        least = plan.edge_est * seen.redemption
        if use != COMMON:
            least *= seen.response / seen.promise
        # At the edge the pot is plenty: what is tied up costs nothing, and what is used its own worth.
        by_face = found.face_shares[use] if whole > least else 0.0
        whole = max(whole, least)
        on_cost.append(whole * (1 - by_face) / worth)
        on_face.append(whole * by_face * plan.settlement.use_share / worth)
        commit.append(may_commit(plan, state, found.kept_est, use) if state.hour < plan.hours else 0)
    return Decision(
        state=state,
        hour=state.hour,
        price_est=max(state.prices_est[COMMON], plan.edge_est),
        model_price_est=tuple(on_cost),
        face_price_est=tuple(on_face),
        may_commit_fen=tuple(commit),
        left_fen=left_of(plan, state),
        back_est=back_of(plan, state, seen.redemption, plan.hours),
        rest_stays_est=found.rest_stays_est,
        kept_est=found.kept_est[1:],
        level_est=seen.level,
        redemption_est=seen.redemption,
        response_est=seen.response,
        reasons=reasons,
    )


def _reasons(
    plan: PacePlan, before: PaceState, now: PaceState, seen: Corrected, found: Priced, observed: Observed
) -> tuple[ReasonCode, ...]:
    """How the price moved first, then what is not as forecast."""
    was, price, wanted = before.prices_est[COMMON], now.prices_est[COMMON], found.prices_est[COMMON]
    told: list[ReasonCode] = []
    if left_of(plan, now) <= 0:
        told.append("pot_empty")
    if wanted <= plan.edge_est:
        told.append("edge")
        if found.rest_stays_est >= 1:
            told.append("rest_stays")
    if price != wanted:
        told.append("held_still" if price == was else "step_limited")
    elif not told:
        told.append("steady")
    if any(price_of_use < price for price_of_use in now.prices_est[1:]):
        told.append("protected")
    if found.tied_up:
        told.append("tied_up")
    if ties_up_face(plan, now.hour, plan.hours):
        told.append("near_end")
    if observed.arrivals is None:
        told.append("no_count")
    pairs: tuple[tuple[float, ReasonCode, ReasonCode], ...] = (
        (seen.level, "more_demand", "less_demand"),
        (seen.redemption, "more_redeemed", "less_redeemed"),
        (seen.response, "value_higher", "value_lower"),
    )
    pairs = (*pairs, (peak_factor(plan, now), "peak_larger", "peak_smaller"))
    for ratio, more, less in pairs:
        if abs(log(ratio)) > log(1 + TOLD):
            told.append(more if ratio > 1 else less)
    return tuple(told)
