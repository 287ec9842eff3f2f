"""CAC, CRC and CCV in every cut, against a benchmark, with the reason for the gap."""

from collections import defaultdict
from dataclasses import dataclass, replace
from math import log

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.facts import Facts, UnitCostSums
from huoshui.core.costs.values import CampaignOutcome, Depth, GapCause, GapSplit, UnitCost

DIMS_OF: dict[Depth, tuple[str, ...]] = {
    "all": (),
    "month": ("month",),
    "segment": ("segment",),
    "campaign": ("campaign_id",),
    "source": ("source",),
    "cell": ("month", "segment", "campaign_id", "source"),
}
"""What each depth is cut by."""


def unit_costs(
    facts: Facts, assumptions: Assumptions, outcomes: tuple[CampaignOutcome, ...]
) -> tuple[UnitCost, ...]:
    """All cells, rolled-up ones first; the four kinds add up to all rewards, with 'other' what none of three takes."""
    rows = _with_extras(facts, assumptions)
    pooled = {row.kind: row for row in rows if row.depth == "all"}
    extra = {outcome.campaign_id: outcome for outcome in outcomes}
    own = {
        "CAC": assumptions.benchmark_cac_fen,
        "CRC": assumptions.benchmark_crc_fen,
        "CCV": assumptions.benchmark_ccv_fen,
    }
    return tuple(_cell(row, pooled.get(row.kind), own.get(row.kind), extra) for row in rows)


def _with_extras(facts: Facts, assumptions: Assumptions) -> list[UnitCostSums]:
    """The cells with the answered cost of benefits and codes: it is told by campaign, so the finest cells add it up."""
    if not assumptions.tells_extras:
        return facts.unit_costs
    sums: dict[tuple[str | None, ...], int] = defaultdict(int)
    for row in facts.unit_costs:
        if row.depth != "cell":
            continue
        fen = assumptions.extras_fen(row.campaign_id, grants=row.grants, codes=row.codes)
        for depth in DIMS_OF:
            sums[_place(row, depth)] += fen
    return [replace(row, extras_fen=sums[_place(row, row.depth)]) for row in facts.unit_costs]


def _place(row: UnitCostSums, depth: Depth) -> tuple[str | None, ...]:
    dims = DIMS_OF[depth]
    cut = (getattr(row, name) if name in dims else None for name in DIMS_OF["cell"])
    return row.kind, depth, *cut


def _cell(
    row: UnitCostSums,
    pooled: UnitCostSums | None,
    own_fen: int | None,
    extra: dict[str, CampaignOutcome],
) -> UnitCost:
    reward = _reward(row)
    per_unit = (reward + row.fees_fen) / row.n if row.n else None
    others = _others(row, pooled) if pooled is not None and row.depth != "all" else None
    benchmark: float | None = own_fen
    if benchmark is None and others is not None:
        benchmark = others.per_unit_est
    outcome = extra.get(row.campaign_id or "") if row.depth == "campaign" else None
    gap = _gap(row, others, own_fen) if others is not None and per_unit is not None else None
    low, mean, high = _incremental(row, outcome)
    return UnitCost(
        kind=row.kind,
        month=row.month,
        segment=row.segment,
        campaign_id=row.campaign_id,
        source=row.source,
        reward_fen=reward,
        fees_fen=row.fees_fen,
        users_rewarded=row.users_rewarded,
        n=row.n,
        marking="estimated" if row.extras_fen else "measured",
        per_unit_est=per_unit,
        incremental_est=mean,
        incremental_low_est=low,
        incremental_high_est=high,
        benchmark_est=benchmark,
        benchmark_is_own=own_fen is not None,
        gap=gap,
        depth=row.depth,
    )


def _reward(row: UnitCostSums) -> int:
    """Spent + expected still to be spent (what is open, at the cell's own rate of use) + benefits and codes."""
    settled = row.granted_fen - row.open_fen
    expected = round(row.open_fen * row.spent_fen / settled) if settled > 0 else row.open_fen
    return row.spent_fen + expected + row.extras_fen


@dataclass(frozen=True, slots=True)
class _Sums:
    """What the factors of a unit cost are made of."""

    granted_fen: int
    reward_fen: int
    fees_fen: int
    users: int
    n: int

    @property
    def per_unit_est(self) -> float | None:
        """Unit cost in fen; None of nobody or of nothing."""
        cost = self.reward_fen + self.fees_fen
        return cost / self.n if self.n > 0 and cost > 0 else None


def _sums(row: UnitCostSums) -> _Sums:
    return _Sums(row.granted_fen, _reward(row), row.fees_fen, row.users_rewarded, row.n)


def _others(row: UnitCostSums, pooled: UnitCostSums) -> _Sums:
    """The comparable cells: everything of the same kind but this cell.

    A user rewarded here and elsewhere counts once in `pooled`; the others are at least those of them who acted.
    """
    mine, whole = _sums(row), _sums(pooled)
    n = whole.n - mine.n
    return _Sums(
        granted_fen=whole.granted_fen - mine.granted_fen,
        reward_fen=whole.reward_fen - mine.reward_fen,
        fees_fen=whole.fees_fen - mine.fees_fen,
        users=max(whole.users - mine.users, n),
        n=n,
    )


def _gap(row: UnitCostSums, others: _Sums, own_fen: int | None) -> GapSplit | None:
    """Unit cost = amount granted a user x share used x (1 + fees) / share who acted: four ratios that multiply.

    They are against the other cells of the kind; what those lie above an own benchmark is a fifth. A reward that is
    used more costs more a head, so use above the others' counts as amount; use below theirs says that the reward does
    not attract.
    """
    mine = _sums(row)
    if min(mine.users, mine.n, others.users, others.n) <= 0:
        return None
    here, there = _factors(mine), _factors(others)
    if min(*here, *there) <= 0:
        return None
    amount, take_up, fees, acted = (a / b for a, b in zip(here, there, strict=True))
    reach = 1 / acted
    adverse: dict[GapCause, float] = {
        "reach": log(reach),
        "take_up": -log(take_up),
        "amount": log(amount) + max(0.0, log(take_up)),
        "fees": log(fees),
    }
    everywhere = 1.0
    if own_fen and others.per_unit_est is not None:
        everywhere = others.per_unit_est / own_fen
        adverse["everywhere"] = log(everywhere)
    cause = max(adverse, key=lambda name: adverse[name])
    return GapSplit(reach, take_up, amount, fees, cause, everywhere)


def _factors(sums: _Sums) -> tuple[float, float, float, float]:
    return (
        sums.granted_fen / sums.users,
        sums.reward_fen / sums.granted_fen if sums.granted_fen > 0 else 0.0,
        1 + sums.fees_fen / sums.reward_fen if sums.reward_fen > 0 else 0.0,
        sums.n / sums.users,
    )


def _incremental(
    row: UnitCostSums, outcome: CampaignOutcome | None
) -> tuple[float | None, float | None, float | None]:
    """Cost per *extra* user of a campaign with a control, low, mean and high: who would have anyway is taken out of n.

    The more would have anyway, the dearer each extra one; where all may have, there is no upper end, and where that is
    the best guess, no mean either.
    """
    if outcome is None or outcome.anyway_share_est is None or row.n == 0:
        return None, None, None
    cost = _reward(row) + row.fees_fen

    def each(anyway_share: float | None) -> float | None:
        if anyway_share is None or anyway_share >= 1:
            return None
        return cost / (row.n * (1 - max(0.0, anyway_share)))

    return each(outcome.anyway_low_est), each(outcome.anyway_share_est), each(outcome.anyway_high_est)
