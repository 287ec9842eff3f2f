"""The price at which the demand left costs what is left: the dual of the hours to come, its limits as prices.

Limits: the pot at the period's end; the pot at a strait, an hour before the end when much is granted and not settled
yet; the minimum of each protected use. Each has a price, and together they make the price of an hour for a use.
"""

from dataclasses import dataclass
from math import exp

import numpy as np

from huoshui.core.pacing.correcting import (
    Z_90,
    Corrected,
    back_of,
    back_of_cohort,
    redemption_so_far,
    ties_up_face,
)
from huoshui.core.pacing.dual import Limits, solved
from huoshui.core.pacing.values import COMMON, PRICE_FLOOR, Floats, Grid, Ints, PacePlan, PaceState

MARGIN_HOURS = 2
"""Of granting are kept at a strait, less towards the end, or the chance of an hour would have somebody refused."""
STRAITS_MOST = 4
STRAIT_NEAR = 1e-3
"""Of the budget: a strait overdrawn by less is none."""
TIED_LEAST = 0.01
"""A strait's part in a price that is worth telling."""


@dataclass(frozen=True, slots=True)
class Priced:
    """Prices by use (the common one first), what is kept for each, what stays at the edge.

    `face_shares`: of each price of this hour, the part that is for tying up the face. `tied_up`: a strait has its part
    in this hour's price.
    """

    prices_est: tuple[float, ...]
    kept_est: tuple[float, ...]
    rest_stays_est: float
    face_shares: tuple[float, ...]
    tied_up: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Ahead:
    """The hours left: arrivals (A, H) as corrected; what grants of before give back by then, and what a fen of the
    plan's cost granted then ties up at the end (H,); what is left of the minimums, by protected use.
    """

    arrivals: Floats
    back: Floats
    weight: Floats
    wanted: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """One dual with what it was made of; `at_end` (C,): what a fen of the plan's cost ties up at the period's end.

    Its limits are the straits as they stand here, the end, and the minimum of each protected use.
    """

    grid: Grid
    limits: Limits
    straits: tuple[int, ...]
    at_end: Floats

    @property
    def end(self) -> int:
        """The end's place among the limits."""
        return len(self.straits)


def priced(plan: PacePlan, state: PaceState, seen: Corrected) -> Priced:
    """The prices of the hour to come: straits are added, the tightest first, until the pot lasts through all hours."""
    ahead = _ahead(plan, state, seen)
    before = np.array(state.prices_est)
    prices = np.r_[before[COMMON], np.maximum(0.0, before[COMMON] - before[1:])]
    straits: tuple[int, ...] = ()
    while True:
        problem = _problem(plan, state, seen, ahead, straits)
        prices = solved(problem.limits, prices)
        given = _given(plan, state, ahead, problem, prices)
        tight = _tightest(plan, state, seen, ahead, given)
        if tight is None or tight in straits or len(straits) == STRAITS_MOST:
            return _told(plan, state, seen, ahead, problem, prices, given)
        straits, prices = (tight, *straits), np.r_[0.0, prices]


def _ahead(plan: PacePlan, state: PaceState, seen: Corrected) -> _Ahead:
    hours = slice(state.hour, plan.hours)
    back = np.zeros(plan.hours - state.hour)
    for one in state.cohorts:
        place = max(0, one.hour + plan.settlement.limit_hours - state.hour)
        if place < len(back):
            back[place] += back_of_cohort(plan, state, seen.redemption, one)
    late = np.arange(state.hour, plan.hours) + plan.settlement.limit_hours >= plan.hours
    weight = np.where(late, 1 / plan.settlement.use_share, seen.redemption)
    least = np.array([one.fen for one in plan.protected], np.float64)
    wanted = np.maximum(0.0, least - spent_of(plan, state, seen.redemption)[1:])
    return _Ahead(plan.forecast.arrivals[:, hours] * seen.levels[hours], np.cumsum(back), weight, wanted)


def _problem(
    plan: PacePlan, state: PaceState, seen: Corrected, ahead: _Ahead, straits: tuple[int, ...]
) -> _Problem:
    grid = plan.grid if not straits else plan.grid_of(straits)
    cells = grid.cell[:, state.hour :].ravel()
    arrivals = np.bincount(cells, weights=ahead.arrivals.ravel(), minlength=len(grid.use)).astype(np.float64)
    face, worth = 1 / plan.settlement.use_share, seen.response * grid.factor
    at_end = np.where(grid.late, face, seen.redemption)
    at_strait = np.array([np.choose(zone, (seen.redemption, face, 0.0)) for zone in grid.zones])
    at_strait = at_strait.reshape(len(straits), len(arrivals))
    mine = grid.use == np.arange(1, plan.uses)[:, None]
    weight = np.vstack([at_strait, at_end[None], np.where(mine, -at_end, 0.0)])
    left, margin = left_of(plan, state), _margin(plan, state, ahead)
    rest = [
        left + back_of(plan, state, seen.redemption, strait) - margin[strait - 1 - state.hour]
        for strait in straits
    ]
    rest.append(left + back_of(plan, state, seen.redemption, plan.hours))
    held_to = np.where(grid.use == COMMON, seen.response, seen.promise) * grid.factor
    floor = plan.edge_est * seen.redemption / held_to
    limits = Limits(
        plan.curves, grid.audience, arrivals, worth, floor, weight,
        room=np.r_[rest, np.zeros(plan.uses - 1)] - plan.explore_est * (weight @ arrivals),
        low=np.r_[np.zeros(len(straits)), lowest_price(plan), np.zeros(plan.uses - 1)],
        high=np.full(len(weight), highest_price(plan, worth, at_end)),
    )  # fmt: skip
    # What nobody could use at the edge is not asked for.
    most = -weight[len(straits) + 1 :] @ (
        arrivals * (limits.cost_at(np.zeros(len(weight))) + plan.explore_est)
    )
    limits.room[len(straits) + 1 :] -= np.minimum(ahead.wanted, most)
    return _Problem(grid, limits, straits, at_end)


def _given(plan: PacePlan, state: PaceState, ahead: _Ahead, problem: _Problem, prices: Floats) -> Floats:
    """(A, H) expected cost, in the plan's fen, of what each hour left grants at these prices."""
    cost = problem.limits.cost_at(prices) + plan.explore_est
    return ahead.arrivals * cost[problem.grid.cell[:, state.hour :]]


def _tied(plan: PacePlan, seen: Corrected, given: Floats) -> Floats:
    """(H,) what grants of so much an hour tie up at each hour's end: face until they settle, then what is used."""
    face, limit = 1 / plan.settlement.use_share, plan.settlement.limit_hours
    tied = np.cumsum(given) * face
    if limit < len(given):
        tied[limit:] -= np.cumsum(np.maximum(given * (face - seen.redemption), 0.0))[: len(given) - limit]
    return tied


def _margin(plan: PacePlan, state: PaceState, ahead: _Ahead) -> Floats:
    """(H,) what is to be left at each hour's end: some hours of granting, less within the limit of the end."""
    left = np.arange(len(ahead.back))[::-1] / max(1, plan.settlement.limit_hours)
    a_hour = left_of(plan, state) / len(ahead.back)
    return MARGIN_HOURS * a_hour * np.minimum(1.0, left)


def _tightest(plan: PacePlan, state: PaceState, seen: Corrected, ahead: _Ahead, given: Floats) -> int | None:
    """The hour before which these prices would overdraw the pot most; None where they nowhere do."""
    rest = (
        left_of(plan, state) + ahead.back - _tied(plan, seen, given.sum(axis=0)) - _margin(plan, state, ahead)
    )
    # The last hour's end is the period's, which has its own price.
    least = int(rest[:-1].argmin()) if len(rest) > 1 else 0
    if len(rest) < 2 or rest[least] >= -STRAIT_NEAR * plan.budget_fen:
        return None
    return state.hour + least + 1


def _told(
    plan: PacePlan,
    state: PaceState,
    seen: Corrected,
    ahead: _Ahead,
    problem: _Problem,
    prices: Floats,
    given: Floats,
) -> Priced:
    """The prices of this hour by use, and what is kept."""
    face, late = 1 / plan.settlement.use_share, ties_up_face(plan, state.hour, plan.hours)
    weight = face if late else seen.redemption
    at_end = prices[problem.end] - np.r_[0.0, prices[problem.end + 1 :]]
    tied = tied_face = 0.0
    for strait, price in zip(problem.straits, prices, strict=False):
        near = ties_up_face(plan, state.hour, strait)
        tied += float(price) * (face if near else seen.redemption) / weight
        tied_face += float(price) * face / weight if near else 0.0
    held_to = np.where(np.arange(plan.uses) == COMMON, seen.response, seen.promise)
    both = np.maximum(at_end + tied, lowest_price(plan) * seen.response / held_to)
    shares = np.clip((np.where(late, at_end, 0.0) + tied_face) / both, 0.0, 1.0)
    stays = 0.0
    if prices[problem.end] <= lowest_price(plan) and not tied:
        used = float((ahead.weight * given).sum())
        stays = max(0.0, left_of(plan, state) + back_of(plan, state, seen.redemption, plan.hours) - used)
    return Priced(
        prices_est=tuple(both.tolist()),
        kept_est=_kept(plan, seen, ahead, problem, given, plan.use[:, state.hour : plan.hours]),
        rest_stays_est=stays,
        face_shares=tuple(shares.tolist()),
        tied_up=tied > TIED_LEAST * both[COMMON],
    )


def _kept(
    plan: PacePlan, seen: Corrected, ahead: _Ahead, problem: _Problem, given: Floats, use: Ints
) -> tuple[float, ...]:
    """By use, what others may not touch: what a high forecast could still use of its minimum, beyond what comes back.

    A grant ties up its face at once, and what it leaves comes back later: the most that is wanting at any hour.
    """
    limits = problem.limits
    noise = Z_90 * np.sqrt(plan.forecast.dispersion * limits.arrivals)
    high = limits.arrivals * exp(Z_90 * plan.forecast.level_sd) + noise
    fen = high * problem.at_end * (limits.cost_at(np.zeros(len(limits.room))) + plan.explore_est)
    most = np.bincount(problem.grid.use, weights=fen, minlength=plan.uses)
    kept = [0.0]
    for place, wanted in enumerate(ahead.wanted, start=1):
        own = np.where(use == place, given, 0.0).sum(axis=0)
        planned = float((own * ahead.weight).sum())
        asked = min(float(wanted), float(most[place]))
        if planned <= 0:
            kept.append(0.0)
            continue
        kept.append(max(0.0, float((_tied(plan, seen, own * (asked / planned)) - ahead.back).max())))
    return tuple(kept)


def left_of(plan: PacePlan, state: PaceState) -> int:
    """The uncommitted rest in fen: the budget less what was granted at face, with what came back."""
    return plan.budget_fen - state.committed_fen + state.released_fen


def spent_of(plan: PacePlan, state: PaceState, redemption: float) -> Floats:
    """(uses,) what each use has had: expected cost as it is used, face near the end."""
    so_far = redemption_so_far(plan, state, redemption)
    return so_far * np.array(state.early_est) + np.array(state.late_fen, np.float64)


def lowest_price(plan: PacePlan) -> float:
    """Below it a price of the pot decides nothing any more: the edge alone does, also where whole face is tied up."""
    return max(plan.edge_est * plan.settlement.use_share, PRICE_FLOOR)


def highest_price(plan: PacePlan, worth: Floats, weight: Floats) -> float:
    """A price at which nobody gets anything any more."""
    top = max(float(curve.prices[-1]) for curve in plan.curves)
    return max(top * 1.01 * float((worth / weight).max()), plan.edge_est, PRICE_FLOOR) * 1.01


def may_commit(plan: PacePlan, state: PaceState, kept_est: tuple[float, ...], use: int) -> int:
    """Face that a use may be granted in this hour: the rest, less what is kept for other uses."""
    others = sum(kept for place, kept in enumerate(kept_est) if place not in (use, COMMON))
    return max(0, int(left_of(plan, state) - others))
