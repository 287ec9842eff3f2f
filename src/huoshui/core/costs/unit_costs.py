"""CAC, CRC and CCV in every cut, against a benchmark, with the reason for the gap."""

from math import log

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.facts import Facts, UnitCostSums
from huoshui.core.costs.values import CampaignOutcome, GapSplit, UnitCost


def unit_costs(
    facts: Facts, assumptions: Assumptions, outcomes: tuple[CampaignOutcome, ...]
) -> tuple[UnitCost, ...]:
    """All cells, rolled-up ones first; the four kinds add up to all rewards, with 'other' what none of three takes."""
    pooled = {row.kind: row for row in facts.unit_costs if row.depth == "all"}
    extra = {outcome.campaign_id: outcome for outcome in outcomes}
    own = {
        "CAC": assumptions.benchmark_cac_fen,
        "CRC": assumptions.benchmark_crc_fen,
        "CCV": assumptions.benchmark_ccv_fen,
    }
    return tuple(_cell(row, pooled.get(row.kind), own.get(row.kind), extra) for row in facts.unit_costs)


def _cell(
    row: UnitCostSums,
    pooled: UnitCostSums | None,
    own_fen: int | None,
    extra: dict[str, CampaignOutcome],
) -> UnitCost:
    reward = _reward(row)
    per_unit = (reward + row.fees_fen) / row.n if row.n else None
    benchmark: float | None = own_fen
    if benchmark is None and pooled is not None and row.depth != "all":
        benchmark = _others(row, pooled)
    outcome = extra.get(row.campaign_id or "") if row.depth == "campaign" else None
    gap = _gap(row, pooled, benchmark) if pooled is not None and per_unit is not None else None
    low, mean, high = _incremental(row, outcome)
    return UnitCost(
        kind=row.kind,  # type: ignore[arg-type]
        month=row.month,
        segment=row.segment,
        campaign_id=row.campaign_id,
        source=row.source,
        reward_fen=reward,
        fees_fen=row.fees_fen,
        users_rewarded=row.users_rewarded,
        n=row.n,
        marking="measured",
        per_unit_est=per_unit,
        incremental_est=mean,
        incremental_low_est=low,
        incremental_high_est=high,
        benchmark_est=benchmark,
        benchmark_is_own=own_fen is not None,
        gap=gap,
        depth=row.depth,  # type: ignore[arg-type]
    )


def _reward(row: UnitCostSums) -> int:
    """Spent + expected still to be spent: what is open, at the cell's own rate of use."""
    settled = row.granted_fen - row.open_fen
    return row.spent_fen + (round(row.open_fen * row.spent_fen / settled) if settled > 0 else row.open_fen)


def _others(row: UnitCostSums, pooled: UnitCostSums) -> float | None:
    """Pooled unit cost of the comparable cells: everything of the same kind but this cell."""
    n = pooled.n - row.n
    cost = _reward(pooled) + pooled.fees_fen - _reward(row) - row.fees_fen
    return cost / n if n > 0 and cost > 0 else None


def _gap(row: UnitCostSums, pooled: UnitCostSums, benchmark: float | None) -> GapSplit | None:
    """Unit cost = amount granted a user x share used x (1 + fees) / share who acted: four ratios that multiply.

    The ratios are against the pooled cell; with an own benchmark the same split tells the likely reason.
    """
    if benchmark is None or not (row.users_rewarded and pooled.users_rewarded and row.n and pooled.n):
        return None
    here, there = _factors(row), _factors(pooled)
    if min(*here, *there) <= 0:
        return None
    amount, take_up, fees, acted = (a / b for a, b in zip(here, there, strict=True))
    reach = 1 / acted
    adverse = {"reach": log(reach), "take_up": -log(take_up), "amount": log(amount), "fees": log(fees)}
    cause = max(adverse, key=lambda name: adverse[name])
    return GapSplit(reach, take_up, amount, fees, cause)  # type: ignore[arg-type]


def _factors(row: UnitCostSums) -> tuple[float, float, float, float]:
    reward = _reward(row)
    return (
        row.granted_fen / row.users_rewarded,
        reward / row.granted_fen if row.granted_fen else 0.0,
        1 + row.fees_fen / reward if reward else 0.0,
        row.n / row.users_rewarded,
    )


def _incremental(
    row: UnitCostSums, outcome: CampaignOutcome | None
) -> tuple[float | None, float | None, float | None]:
    """Cost per *extra* user of a campaign with a control: the share who would have anyway is taken out of n."""
    if outcome is None or outcome.anyway_share_est is None or row.n == 0:
        return None, None, None
    extra = row.n * (1 - outcome.anyway_share_est)
    cost = _reward(row) + row.fees_fen
    return None, (cost / extra if extra >= 1 else None), None
