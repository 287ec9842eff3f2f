"""The price at which the demand left costs what is left, and a lower one for each protected use that needs it."""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log

import numpy as np

from huoshui.core.pacing.correcting import Corrected, back_of, back_of_cohort, ties_up_face
from huoshui.core.pacing.values import COMMON, PRICE_FLOOR, Flags, Floats, Grid, PacePlan, PaceState

STEPS = 200
NEAR = 1e-7
LOOK = 0.1
"""On the logarithm: the price of the hour to come mostly lies so near to that of the hour before."""
"""Prices and sums of fen are as good as equal when they differ by no more, as a share."""
Z_90 = 1.281552
MARGIN_HOURS = 2
"""Of granting are kept at a strait, less towards the end, or the chance of an hour would have somebody refused."""
STRAIT = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """The demand from an hour to the period's end, by the cells of its grid, all arrays (C,).

    `weight`: what a fen of the plan's cost ties up at the period's end, `at_strait` at the strait. `worth`: value of
    a fen of the plan's value; `model_floor`: the edge as a model price. `high`: arrivals one forecast in ten exceeds.
    """

    grid: Grid
    arrivals: Floats
    high: Floats
    weight: Floats
    at_strait: Floats
    worth: Floats
    model_floor: Floats


@dataclass(frozen=True, slots=True)
class Priced:
    """Prices by use (the common one first), what is kept for each, what stays at the edge.

    `face_shares`: of each price of this hour, the part that is for tying up the face. `strait`: the hour before the end
    at which the pot would be overdrawn at face, and which the prices see to; or None.
    """

    prices_est: tuple[float, ...]
    kept_est: tuple[float, ...]
    rest_stays_est: float
    face_shares: tuple[float, ...]
    strait: int | None = None


def demand_left(plan: PacePlan, state: PaceState, seen: Corrected, grid: Grid) -> Demand:
    """The demand from the state's hour on, as corrected by what was seen."""
    arrivals = (plan.forecast.arrivals[:, : plan.hours] * seen.levels[: plan.hours])[:, state.hour :]
    cells = grid.cell[:, state.hour :].ravel()
    counted = np.bincount(cells, weights=arrivals.ravel(), minlength=len(grid.use))
    total = counted.astype(np.float64)
    face = 1 / plan.settlement.use_share
    worth = seen.response * grid.factor
    return Demand(
        grid=grid,
        arrivals=total,
        high=total * exp(Z_90 * plan.forecast.level_sd) + Z_90 * np.sqrt(plan.forecast.dispersion * total),
        weight=np.where(grid.late, face, seen.redemption),
        at_strait=np.choose(grid.zone, (seen.redemption, face, 0.0)),
        worth=worth,
        model_floor=plan.edge_est * seen.redemption / worth,
    )


def granted(plan: PacePlan, demand: Demand, prices: Floats, strait_prices: Floats | None = None) -> Floats:
    """(C,) expected cost, in the plan's fen, an arrival of each cell takes at prices for each use."""
    model = prices[demand.grid.use] * demand.weight
    if strait_prices is not None:
        model = model + strait_prices[demand.grid.use] * demand.at_strait
    model = model / demand.worth
    model = np.maximum(model, demand.model_floor)
    if len(plan.curves) == 1:
        return plan.curves[0].cost_at(model) + plan.explore_est
    cost = np.empty_like(model)
    for audience, curve in enumerate(plan.curves):
        mine = demand.grid.audience == audience
        cost[mine] = curve.cost_at(model[mine])
    return cost + plan.explore_est


def needed(
    plan: PacePlan, demand: Demand, prices: Floats, strait_prices: Floats | None = None, *, high: bool = False
) -> Floats:
    """(uses,) what the demand left would tie up at the period's end, exploring users counted."""
    arrivals = demand.high if high else demand.arrivals
    fen = arrivals * demand.weight * granted(plan, demand, prices, strait_prices)
    return np.bincount(demand.grid.use, weights=fen, minlength=plan.uses).astype(np.float64)


def priced(plan: PacePlan, state: PaceState, seen: Corrected) -> Priced:
    """One price for all that shares the pot, and a lower one for each use whose minimum it would not reach.

    The pot must last to the period's end, and before it through hours when much is granted and not settled yet.
    """
    demand = demand_left(plan, state, seen, plan.grid)
    rest = left_of(plan, state) + back_of(plan, state, seen.redemption, plan.hours)
    lowest, highest = lowest_price(plan), highest_price(plan, demand)
    least = np.array([0.0, *(one.fen for one in plan.protected)])
    wanted = np.maximum(0.0, least - spent_of(state, seen.redemption))
    edge = np.full(plan.uses, lowest)
    at_edge = needed(plan, demand, edge)
    kept = np.minimum(wanted, needed(plan, demand, edge, high=True)) if plan.protected else wanted
    apart = np.zeros(plan.uses, bool)

    def solved(together: Flags, to_spend: float, near: float) -> float:
        def off(price: float) -> float:
            return float(needed(plan, demand, np.full(plan.uses, price))[together].sum()) - to_spend

        return root(off, (lowest, highest), near=near, scale=to_spend)

    while True:
        for_all = rest - float(kept[apart].sum())
        common = solved(~apart, for_all, state.prices_est[COMMON])
        short = ~apart & (needed(plan, demand, np.full(plan.uses, common)) < wanted)
        if not short.any():
            break
        apart |= short
    prices = np.full(plan.uses, common)
    for use in np.flatnonzero(apart):
        own = solved(np.arange(plan.uses) == use, float(wanted[use]), state.prices_est[use])
        prices[use] = min(common, own)
    stays = for_all - float(at_edge[~apart].sum()) if common <= lowest else 0.0
    held = np.where(apart, kept, 0.0)
    strait, margin = _strait(plan, state, prices, held, seen)
    late = ties_up_face(plan, state.hour, plan.hours)
    shares = np.full(plan.uses, 1.0 if late else 0.0)
    if strait is not None:
        prices, shares = _through(plan, state, seen, strait, prices, held, for_all, margin)
    return Priced(
        tuple(prices.tolist()), tuple(kept.tolist()), max(0.0, stays), tuple(shares.tolist()), strait
    )


def _through(
    plan: PacePlan,
    state: PaceState,
    seen: Corrected,
    strait: int,
    prices: Floats,
    kept: Floats,
    for_all: float,
    margin: float,
) -> tuple[Floats, Floats]:
    """Prices of this hour when the pot must last through a strait too, and the part of each that is for face.

    What is tied up at the strait has a price of its own.

    The price at the strait is the least at which the pot lasts through it; the one at the end gives way accordingly.
    A use with a price of its own keeps it: its minimum stands.
    """
    demand = demand_left(plan, state, seen, plan.grid_of(strait))
    room = left_of(plan, state) + back_of(plan, state, seen.redemption, strait) - margin
    highest = highest_price(plan, demand)
    common = kept <= 0
    at_end = prices.copy()

    def over(strait_price: float) -> float:
        at_strait = np.where(common, strait_price, 0.0)

        def off(price: float) -> float:
            everywhere = np.full(plan.uses, price)
            return float(needed(plan, demand, everywhere, at_strait)[common].sum()) - for_all

        at_end[common] = root(off, (PRICE_FLOOR, highest), near=float(prices[COMMON]), scale=for_all)
        tied = demand.arrivals * demand.at_strait * granted(plan, demand, at_end, at_strait)
        used = np.bincount(demand.grid.use, weights=tied, minlength=plan.uses)
        return float(used.sum() + np.maximum(0.0, kept - used).sum()) - room

    strait_price = root(
        over, (PRICE_FLOOR, highest), near=0.5 * float(prices[COMMON]), scale=room, exact=STRAIT
    )
    over(strait_price)
    face = 1 / plan.settlement.use_share
    near, late = ties_up_face(plan, state.hour, strait), ties_up_face(plan, state.hour, plan.hours)
    weight = face if late else seen.redemption
    at_strait = np.where(common, strait_price * (face if near else seen.redemption) / weight, 0.0)
    both = at_end + at_strait
    for_face = np.where(late, at_end, 0.0) + np.where(near, at_strait, 0.0)
    return np.maximum(both, lowest_price(plan)), for_face / both


def _strait(
    plan: PacePlan, state: PaceState, prices: Floats, kept: Floats, seen: Corrected
) -> tuple[int | None, float]:
    """The hour before which these prices would overdraw the pot most, None where they nowhere do; fen to spare there.

    The rest at an hour's end = what is left - face granted since + what is released by then, of new and of old grants.
    """
    hours, limit = slice(state.hour, plan.hours), plan.settlement.limit_hours
    face = 1 / plan.settlement.use_share
    late = np.arange(plan.hours)[hours] + limit >= plan.hours
    weight = np.where(late, face, seen.redemption)
    model = np.maximum(prices[plan.use[:, hours]] * weight, plan.edge_est * seen.redemption)
    model = model / (seen.response * plan.forecast.value_factor[hours])
    cost = np.array([curve.cost_at(row) for curve, row in zip(plan.curves, model, strict=True)])
    by_audience = plan.forecast.arrivals[:, hours] * seen.levels[hours] * (cost + plan.explore_est)
    given = by_audience.sum(axis=0)
    rest = left_of(plan, state) - np.cumsum(given * face)
    back = np.zeros(len(rest))
    if limit < len(rest):
        back[limit:] += np.maximum(given * (face - seen.redemption), 0.0)[: len(rest) - limit]
    for one in state.cohorts:
        place = max(0, one.hour + limit - state.hour)
        if place < len(rest):
            back[place] += back_of_cohort(plan, state, seen.redemption, one)
    rest += np.cumsum(back)
    for use in np.flatnonzero(kept):
        own = np.where(plan.use[:, hours] == use, by_audience, 0.0).sum(axis=0) * weight
        rest -= np.maximum(0.0, kept[use] - np.cumsum(own))
    to_the_end = np.arange(len(rest))[::-1] / max(1, limit)
    margin = MARGIN_HOURS * float(given.mean()) * face * np.minimum(1.0, to_the_end)
    least = int((rest - margin).argmin())
    strait = None if rest[least] >= margin[least] else state.hour + least + 1
    return strait, float(margin[least])


def left_of(plan: PacePlan, state: PaceState) -> int:
    """The uncommitted rest in fen: the budget less what was granted at face, with what came back."""
    return plan.budget_fen - state.committed_fen + state.released_fen


def spent_of(state: PaceState, redemption: float) -> Floats:
    """(uses,) what each use has had: expected cost, face near the end."""
    return redemption * np.array(state.early_est) + np.array(state.late_fen, np.float64)


def lowest_price(plan: PacePlan) -> float:
    """Below it a price of the pot decides nothing any more: the edge alone does, also where whole face is tied up."""
    return max(plan.edge_est * plan.settlement.use_share, PRICE_FLOOR)


def highest_price(plan: PacePlan, demand: Demand) -> float:
    """A price at which nobody gets anything any more."""
    top = max(float(curve.prices[-1]) for curve in plan.curves)
    return max(top * 1.01 * float((demand.worth / demand.weight).max()), plan.edge_est, PRICE_FLOOR) * 1.01


def may_commit(plan: PacePlan, state: PaceState, kept_est: tuple[float, ...], use: int) -> int:
    """Face that a use may be granted in this hour: the rest, less what is kept for other uses."""
    others = sum(kept for place, kept in enumerate(kept_est) if place not in (use, COMMON))
    return max(0, int(left_of(plan, state) - others))


def root(
    off: Callable[[float], float],
    ends: tuple[float, float],
    *,
    near: float,
    scale: float,
    exact: float = NEAR,
) -> float:
    """The least price between two at which `off`, which never rises with it, is not above 0.

    `near`: where to look first; `exact` as a share of `scale`.
    """

    def of(log_price: float) -> float:
        return off(exp(log_price))

    low, high, close = log(ends[0]), log(ends[1]), exact * max(scale, 1.0)
    if low < log(max(near, PRICE_FLOOR)) < high:
        middle = log(near)
        found = of(middle)
        other = min(high, max(low, middle + (LOOK if found > 0 else -LOOK)))
        beyond = of(other)
        if (beyond > 0) != (found > 0):
            below, above = sorted(((middle, found), (other, beyond)))
            return exp(crossing(of, below, above, near=close))
    off_low = of(low)
    if off_low <= 0:
        return ends[0]
    off_high = of(high)
    if off_high > 0:
        return ends[1]
    return exp(crossing(of, (low, off_low), (high, off_high), near=close))


def crossing(
    off: Callable[[float], float], low: tuple[float, float], high: tuple[float, float], *, near: float
) -> float:
    """Where `off`, which never rises, comes within `near` of 0 between a point above it and one not above it.

    False position with the weight of a stale end halved (the Illinois rule; Dowell and Jarratt 1971).
    """
    (left, off_left), (right, off_right), moved = low, high, ""
    for _ in range(STEPS):
        middle = left + (right - left) * off_left / (off_left - off_right)
        found = off(middle)
        if abs(found) <= near or right - left < NEAR:
            return middle
        if found > 0:
            left, off_left, off_right = middle, found, off_right / (2 if moved == "left" else 1)
            moved = "left"
        else:
            right, off_right, off_left = middle, found, off_left / (2 if moved == "right" else 1)
            moved = "right"
    return right
