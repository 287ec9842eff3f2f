"""From facts to the whole diagnosis: every figure, waterfall, cell and finding, in one pure function."""

from collections import defaultdict
from dataclasses import replace

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.effects import Arm, Effect, adjusted, arms_of, slope, total_effect
from huoshui.core.costs.facts import ArmMoments, ChannelSums, Facts, MonthSums
from huoshui.core.costs.findings import findings
from huoshui.core.costs.left_out import SHARE_MIN, marked
from huoshui.core.costs.outcomes import arm_cost, campaign_outcomes, riding_rate, small_tests
from huoshui.core.costs.pot import burn_series, empty_day, key_uses, month_budget, pot_figures
from huoshui.core.costs.summary import figures
from huoshui.core.costs.unit_costs import unit_costs
from huoshui.core.costs.values import (
    ChannelCost,
    Cohort,
    Diagnosis,
    DrainLoop,
    FunnelStep,
    Marking,
    MonthFigures,
    RfmCell,
    SegmentFigures,
    Waterfall,
)
from huoshui.core.costs.waste import per_month, waste
from huoshui.core.costs.waterfalls import (
    agent_takes,
    incentive_waterfall,
    incentive_waterfall_of,
    layer_takes,
    order_waterfall,
    sources_of,
)

CHANNEL_FEN_MIN = 100_000
"""A channel with less than 1,000 yuan a month is no proof of a cheap route."""


def diagnose(facts: Facts, assumptions: Assumptions) -> Diagnosis:
    """The diagnosis of one folder's facts; what the files cannot tell is empty or marked missing, never invented."""
    outcomes = campaign_outcomes(facts, assumptions)
    own_rate = assumptions.benchmark_layer_rate
    layers = layer_takes(facts, None if own_rate is None else float(own_rate))
    loop = _drain_loop(facts)
    sources = sources_of(facts.orders)
    draft = Diagnosis(
        scope=facts.scope,
        figures={},
        incentive=_incentive(facts, sources),
        order=tuple(w for w in (order_waterfall(facts), *(order_waterfall(facts, s) for s in sources)) if w),
        layers=layers,
        agents=agent_takes(facts, layers),
        unit_costs=unit_costs(facts, assumptions, outcomes),
        campaigns=outcomes,
        small_tests=small_tests(facts, outcomes),
        cohorts=_cohorts(facts),
        months=tuple(_month(facts, assumptions, row) for row in facts.months),
        channels=_channels(facts),
        segments=_segments(facts, assumptions),
        rfm=tuple(RfmCell(row.recency, row.frequency, row.users, row.value_fen) for row in facts.rfm),
        funnel=tuple(FunnelStep(code, users) for code, users in facts.funnel.items()),
        key_uses=key_uses(facts, assumptions),
        drain_loop=loop,
        waste=waste(facts, outcomes, layers, loop),
        findings=(),
        daily_burn_fen=tuple(burn_series(facts)),
    )
    draft = replace(draft, figures={**figures(facts, assumptions, draft), **pot_figures(facts, assumptions)})
    return marked(replace(draft, findings=findings(facts, draft)), facts)


def _incentive(facts: Facts, sources: list[str]) -> tuple[Waterfall, ...]:
    """In all and by source; a source alone knows only what was spent there, which is no reach without the whole."""
    whole = incentive_waterfall(facts)
    if whole is None:
        return ()
    return (whole, *(w for w in (incentive_waterfall_of(facts, s) for s in sources) if w))


def _drain_loop(facts: Facts) -> DrainLoop | None:
    if facts.drain is None:
        return None
    row = facts.drain
    telling = row.fits_with_bonus + row.fits_without
    return DrainLoop(
        users=row.users,
        orders=row.orders,
        excess_discount_fen=row.excess_discount_fen,
        excess_commission_fen=row.excess_commission_fen,
        discount_fen=row.discount_fen,
        confidence_est=row.fits_with_bonus / telling if telling else 0.0,
    )


def _cohorts(facts: Facts) -> tuple[Cohort, ...]:
    cells: dict[str, dict[int, tuple[int, int]]] = defaultdict(dict)
    for cell in facts.cohorts:
        cells[cell.month][cell.offset] = (cell.users, cell.value_fen)
    cohorts = []
    for month, by_offset in sorted(cells.items()):
        length = facts.scope.months.index(facts.scope.months[-1]) - facts.scope.months.index(month) + 1
        rows = [by_offset.get(offset, (0, 0)) for offset in range(length)]
        cohorts.append(Cohort(month, rows[0][0], tuple(u for u, _ in rows), tuple(v for _, v in rows)))
    return tuple(cohorts)


def _channels(facts: Facts) -> tuple[ChannelCost, ...]:
    """Each channel against the cheapest one that really carries money (its fee as it would be, rate and fixed sum)."""
    proven = [
        row
        for row in facts.channels
        if per_month(facts, row.amount_fen) >= CHANNEL_FEN_MIN and not _untold(row)
    ]
    costs = []
    for row in facts.channels:
        fee = row.fee_fen + row.estimated_fee_fen
        best = min(proven, key=lambda other: _fee_on(other, row), default=None)
        saving = 0.0 if best is None else per_month(facts, fee - _fee_on(best, row))
        marking: Marking = "estimated" if row.estimated_fee_fen else "measured"
        if _untold(row):
            marking = "partial" if fee else "missing"
        costs.append(
            ChannelCost(
                payment_channel=row.payment_channel,
                provider=row.provider,
                payments=row.payments,
                amount_fen=row.amount_fen,
                fee_fen=fee,
                marking=marking,
                cheapest=None if best is None or best is row else best.payment_channel,
                saving_fen_per_month=0 if best is row else max(0, round(saving)),
            )
        )
    return tuple(costs)


def _untold(row: ChannelSums) -> bool:
    """Whether too much of the channel's payments has no known fee to call its rate measured."""
    return row.untold_fen > 0 and row.untold_fen >= SHARE_MIN * row.amount_fen


def _fee_on(route: ChannelSums, volume: ChannelSums) -> float:
    """What `volume`'s payments would cost on `route`: by its listed terms, else at its measured share."""
    if route.listed_rate is not None:
        return volume.amount_fen * route.listed_rate + volume.payments * (route.listed_fixed_fen or 0)
    fee = route.fee_fen + route.estimated_fee_fen
    return volume.amount_fen * fee / route.amount_fen if route.amount_fen else 0.0


def _segments(facts: Facts, assumptions: Assumptions) -> tuple[SegmentFigures, ...]:
    by_segment: dict[str, list[ArmMoments]] = defaultdict(list)
    for cell in facts.arms:
        by_segment[cell.segment].append(cell)
    rows = []
    for row in facts.segments:
        effect, cost = _pooled_return(by_segment[row.segment], facts, assumptions)
        known = effect is not None and cost > 0
        rows.append(
            SegmentFigures(
                segment=row.segment,
                users=row.users,
                granted_fen=row.granted_fen,
                spent_fen=row.spent_fen,
                attributed_value_fen=row.attributed_value_fen,
                incremental_return_est=effect.mean_est / cost if effect and known else None,
                return_low_est=effect.low_est / cost if effect and known else None,
                return_high_est=effect.high_est / cost if effect and known else None,
            )
        )
    return tuple(sorted(rows, key=lambda figures: -figures.granted_fen))


def _pooled_return(
    cells: list[ArmMoments], facts: Facts, assumptions: Assumptions
) -> tuple[Effect | None, float]:
    """Incremental value and cost of all campaigns with a control, one after the other, added up (fen)."""
    value = variance = cost = 0.0
    for arms, control, use_rate, riding in _by_campaign(cells, facts, assumptions):
        effect = total_effect(arms, control)
        value += effect.mean_est
        variance += effect.error_est**2
        cost += sum(arm_cost(arm, use_rate, riding) for arm in arms)
    return (Effect(value, variance**0.5), cost) if cost > 0 else (None, 0.0)


def _by_campaign(
    cells: list[ArmMoments], facts: Facts, assumptions: Assumptions
) -> list[tuple[list[Arm], Arm, float, float]]:
    """Treated arms, control, the rate at which grants are used, and what rides on a fen granted; a campaign each."""
    by_campaign: dict[str, list[ArmMoments]] = defaultdict(list)
    for cell in cells:
        by_campaign[cell.campaign_id].append(cell)
    found = []
    for campaign_id, more in by_campaign.items():
        control, arms = arms_of(more)
        if control is not None and arms:
            granted = sum(cell.granted_fen - cell.open_fen for cell in more)
            use_rate = sum(cell.spent_fen for cell in more) / granted if granted else 1.0
            found.append((arms, control, use_rate, riding_rate(facts, assumptions, campaign_id)))
    return found


def _month(facts: Facts, assumptions: Assumptions, row: MonthSums) -> MonthFigures:
    grants = [grant for grant in facts.grants if grant.month == row.month]
    cells = [cell for cell in facts.arms if cell.month == row.month]
    lowest, mean, highest = _unit_value(cells, facts, assumptions)
    return MonthFigures(
        month=row.month,
        days=row.days,
        orders=row.orders,
        buyers=row.buyers,
        new_buyers=row.new_buyers,
        repeat_buyers=row.repeat_buyers,
        price_fen=row.price_fen,
        value_fen=row.value_fen,
        issued_fen=sum(grant.issued_fen for grant in grants),
        spent_fen=sum(grant.spent_fen for grant in grants),
        expired_fen=sum(grant.expired_fen for grant in grants),
        budget_fen=month_budget(facts, row.month),
        empty_day=empty_day(facts, row.month),
        unit_value_est=mean,
        unit_value_low_est=lowest,
        unit_value_high_est=highest,
    )


def _unit_value(
    cells: list[ArmMoments], facts: Facts, assumptions: Assumptions
) -> tuple[float | None, float | None, float | None]:
    """Incremental value of the last fen: over campaigns with a control, the step to their highest amount."""
    value = variance = cost = 0.0
    for arms, control, use_rate, riding in _by_campaign(cells, facts, assumptions):
        theta = slope([control, *arms])
        top, below = arms[-1], arms[-2] if len(arms) > 1 else control
        upper, lower = adjusted(top, theta), adjusted(below, theta)
        below_cost = arm_cost(below, use_rate, riding) / below.n if below is not control else 0.0
        cost += top.n * (arm_cost(top, use_rate, riding) / top.n - below_cost)
        value += top.n * (upper.mean_est - lower.mean_est)
        variance += top.n**2 * (upper.error_est**2 + lower.error_est**2)
    if cost <= 0:
        return None, None, None
    effect = Effect(value, variance**0.5)
    return effect.low_est / cost, effect.mean_est / cost, effect.high_est / cost
