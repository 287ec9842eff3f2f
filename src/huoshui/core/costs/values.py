"""What a diagnosis says, as values: every figure with its unit, its marking and what it would need to be better.

Amounts are int fen; anything estimated is a float named `*_est`. Codes are stable; their words, in Chinese and
English, belong to whoever shows them. The meaning of each figure: docs/glossary.md and docs/spec/costs.md.
"""

from dataclasses import dataclass, field
from typing import Literal

Marking = Literal["measured", "estimated", "partial", "missing"]
"""实测 | 按您填写估算 | 有成本没扣 | 缺数据. `partial`: a cost evidently exists, but no file tells how much."""
LeftOut = Literal["agents", "promoters", "sites", "payment_fee", "top_up_fee", "refunds"]
"""Costs that may evidently exist and not be told."""
Basis = Literal["incremental", "attributed"]
Unit = Literal["fen", "ratio", "days", "count", "fen_per_day", "fen_per_month"]
Segment = Literal["newcomer", "lost", "dormant", "high_value", "low_frequency", "regular", "unknown"]
SEGMENTS: tuple[Segment, ...] = (
    "newcomer", "lost", "dormant", "high_value", "low_frequency", "regular", "unknown",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: `value` in `unit` (None when missing), an 80 or 95 % interval where there is one.

    `needs` names the columns ("orders.cost_of_goods") or tables ("assignments") that would make it measured.
    `gross` is True where cost of goods is unknown: the figure is turnover, not profit (成交额口径).
    """

    code: str
    value: float | int | None
    unit: Unit
    marking: Marking
    needs: tuple[str, ...] = ()
    low_est: float | None = None
    high_est: float | None = None
    n: int | None = None
    basis: Basis | None = None
    gross: bool = False


PartCode = Literal[
    # what a waterfall takes away, in drawing order
    "goods", "payment_fee", "agent_layer", "agent_unknown", "site_fee", "platform_cut", "refund", "subsidy",
    "reserve", "frozen", "abuse", "breakage", "open", "unknown_goods",
    # what is left at its end
    "margin", "reached",
    # what the incentive waterfall starts from
    "bonus_issued", "bonus_before", "reserve_on_bonus", "frozen_on_bonus", "share_of_costs",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class WaterfallPart:
    """One step: `fen` >= 0 is taken away (or is what is left, for the last); `layer` for agents only."""

    code: PartCode
    fen: int
    layer: int | None = None
    marking: Marking = "measured"
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Where `total_fen` goes. `parts` add up to it exactly, the last being what is left; `source` None is all.

    `inputs` says what the total is made of (incentive waterfall); they too add up to `total_fen`.
    """

    kind: Literal["incentive", "order"]
    source: str | None
    total_fen: int
    parts: tuple[WaterfallPart, ...]
    inputs: tuple[WaterfallPart, ...] = ()

    @property
    def left_share(self) -> float | None:
        """What is left at the end, as a share of the total; None of nothing."""
        return self.parts[-1].fen / self.total_fen if self.total_fen > 0 else None


@dataclass(frozen=True, slots=True)
class AgentTake:
    """What one agent (or a whole layer, agent_id None) took out of the orders, and out of their bonus-paid share."""

    layer: int | None
    agent_id: str | None
    orders: int
    price_fen: int
    take_fen: int
    gap_fen: int
    """The part of `take_fen` that is a price gap (级差价), which no commission column shows."""
    bonus_take_fen: int
    benchmark_rate_est: float | None = None
    excess_fen: int = 0
    """What lies above the benchmark rate; 0 without one."""
    excess_by_source: tuple[tuple[str, int], ...] = ()
    """Where the excess lies; 0 left out."""
    compared_rate_est: float | None = None
    """Take per order price in the sources that have a benchmark (others sell on other terms)."""


GapCause = Literal["reach", "take_up", "amount", "fees", "everywhere"]


@dataclass(frozen=True, slots=True)
class GapSplit:
    """Why a unit cost differs from its benchmark: factors that multiply to the ratio.

    The first four are against the other cells of its kind. An operator's own benchmark is one number and has no factors
    to hold them against: `everywhere_est` is the other cells' unit cost over it, the part that is not this cell's.
    """

    reach_est: float
    take_up_est: float
    amount_est: float
    fees_est: float
    cause: GapCause
    everywhere_est: float = 1.0


UnitKind = Literal["CAC", "CRC", "CCV", "other"]
Depth = Literal["all", "month", "segment", "campaign", "source", "cell"]


@dataclass(frozen=True, slots=True)
class UnitCost:
    """CAC, CRC, CCV or other costs of one cell; None in a dimension means all of it.

    `per_unit_est` = cost_fen / n (None without any); `incremental_est` divides by *extra* users, where a control is.
    Where the control may have done as well, its upper end is None: no cost is too high to be excluded.
    """

    kind: UnitKind
    month: str | None
    segment: Segment | None
    campaign_id: str | None
    source: str | None
    reward_fen: int
    fees_fen: int
    users_rewarded: int
    n: int
    marking: Marking
    per_unit_est: float | None
    incremental_est: float | None = None
    incremental_low_est: float | None = None
    incremental_high_est: float | None = None
    benchmark_est: float | None = None
    benchmark_is_own: bool = False
    gap: GapSplit | None = None
    depth: Depth = "all"
    """Which dimensions this row is cut by; in the others it is everything."""

    @property
    def cost_fen(self) -> int:
        """Rewards and what rides on them."""
        return self.reward_fen + self.fees_fen


@dataclass(frozen=True, slots=True)
class AmountOutcome:
    """One amount of a campaign against nothing, and against the next lower amount (the marginal yuan)."""

    amount_fen: int
    n: int
    cost_per_user_est: float
    value_per_user_est: float
    """Incremental value a user against control, in fen."""
    low_est: float
    high_est: float
    marginal_return_est: float | None
    """Extra value per extra fen over the next lower amount (or over nothing)."""


Verdict = Literal["pays", "below_bar", "useless", "negative", "unclear", "unknown", "immature"]
"""pays: return above its bar, interval and all · below_bar · useless: no effect, or one far below it ·
negative: does harm · unclear: the interval spans the bar · unknown: no control group · immature: windows still open."""


@dataclass(frozen=True, slots=True)
class CampaignOutcome:
    """What one campaign cost and brought. Incremental figures are None without a control group."""

    campaign_id: str
    name: str
    purpose: str | None
    window_days: int
    bar_est: float
    first_day: str | None
    last_day: str | None
    users_treated: int
    users_control: int
    granted_fen: int
    spent_fen: int
    expired_fen: int
    open_fen: int
    cost_fen_est: float
    """Spent + expected still to be spent + what rides on the grant."""
    attributed_value_fen: int | None
    attributed_return_est: float | None
    incremental_value_fen_est: float | None
    incremental_low_fen_est: float | None
    incremental_high_fen_est: float | None
    incremental_return_est: float | None
    return_low_est: float | None
    return_high_est: float | None
    maturity_est: float
    anyway_share_est: float | None
    """Share of what was spent that went to users who would have ordered anyway."""
    lost_fen_per_month: float | None
    """Cost minus incremental value, a month, where positive."""
    margin_30d_treated_est: float | None
    margin_30d_control_est: float | None
    margin_90d_treated_est: float | None
    margin_90d_control_est: float | None
    verdict: Verdict
    amounts: tuple[AmountOutcome, ...] = ()
    gross: bool = False
    anyway_low_est: float | None = None
    anyway_high_est: float | None = None
    """95 % of `anyway_share_est`; above 1 where control may have ordered more than the rewarded."""


@dataclass(frozen=True, slots=True)
class SmallTest:
    """The smallest test that would tell whether a campaign without a control works."""

    campaign_id: str
    name: str
    control_users: int
    treated_users: int
    days: int
    cost_fen: int
    detectable_return_est: float


@dataclass(frozen=True, slots=True)
class Cohort:
    """Users whose first order fell in `month`; `active[k]` of them ordered again in the k-th month after."""

    month: str
    users: int
    active: tuple[int, ...]
    value_fen: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """One month, for the series."""

    month: str
    days: int
    orders: int
    buyers: int
    new_buyers: int
    repeat_buyers: int
    price_fen: int
    value_fen: int
    issued_fen: int
    spent_fen: int
    expired_fen: int
    budget_fen: int | None
    empty_day: str | None
    """The day on which the month's pot was used up."""
    unit_value_est: float | None
    """Incremental value of the last fen (单位余额价值, lambda), with its interval."""
    unit_value_low_est: float | None
    unit_value_high_est: float | None


@dataclass(frozen=True, slots=True)
class ChannelCost:
    """One payment channel's true fee and what its volume would cost on the cheapest comparable route."""

    payment_channel: str
    provider: str | None
    payments: int
    amount_fen: int
    fee_fen: int
    marking: Marking
    cheapest: str | None
    saving_fen_per_month: int

    @property
    def rate_est(self) -> float | None:
        """Fee as a share of what was paid through it; None where no fee is told."""
        return self.fee_fen / self.amount_fen if self.amount_fen > 0 and self.marking != "missing" else None


@dataclass(frozen=True, slots=True)
class SegmentFigures:
    """One segment as of now (users) and as of each grant (money)."""

    segment: Segment
    users: int
    granted_fen: int
    spent_fen: int
    attributed_value_fen: int | None
    incremental_return_est: float | None
    return_low_est: float | None
    return_high_est: float | None


@dataclass(frozen=True, slots=True)
class RfmCell:
    """Users by how lately (5 = most), how often and how much they bought, in fifths."""

    recency: int
    frequency: int
    users: int
    value_fen: int


FunnelCode = Literal["registered", "browsed", "carted", "ordered", "ordered_again"]


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """Users who reached a step in the span: registered, browsed, carted, ordered, ordered again."""

    code: FunnelCode
    users: int


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A use that must not starve (newcomers, big sales): planned and actual share of the incentive."""

    code: Literal["newcomers", "peaks"]
    planned_fen: int | None
    actual_fen: int
    total_fen: int
    days: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DrainLoop:
    """Top-up bonus that counts toward the level: discount (and commission) given beyond what principal earned."""

    users: int
    orders: int
    excess_discount_fen: int
    excess_commission_fen: int
    discount_fen: int
    confidence_est: float
    """Share of the orders that can tell whose discount fits the level with bonus and not the one without."""


WasteKind = Literal["anyway", "flat", "never_back", "abuse", "layer", "drain_loop"]
"""would have done it anyway · beyond the level where response is flat · never came back · abusers · a layer above its
benchmark · the drain loop."""
WASTE_KINDS: tuple[WasteKind, ...] = ("anyway", "flat", "never_back", "abuse", "layer", "drain_loop")


@dataclass(frozen=True, slots=True)
class Waste:
    """One kind of waste, a month. Kinds may name the same yuan twice and are never added."""

    kind: WasteKind
    figure: Figure


FindingCode = Literal[
    "negative_campaign", "useless_campaign", "below_bar_campaign", "leak_layer", "drain_loop", "dear_channel",
    "abuse", "never_back", "flat_amount", "breakage", "manual_adjust", "no_control", "frozen", "subsidy_heavy",
    "thin_margin_source", "site_cut", "fee_heavy",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowTable:
    """The rows behind something: column codes and at most `limits.EXPORT_ROWS_MAX` rows; `total_rows` of them exist."""

    code: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]
    total_rows: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend, in fen a month, worst first; `facts` fills its sentence; `rows` shows what is behind it."""

    code: FindingCode
    fen_per_month: int
    marking: Marking
    basis: Basis | None
    facts: dict[str, str | int | float | None]
    rows: RowTable | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What the figures speak of."""

    first_day: str
    last_day: str
    days: int
    months: tuple[str, ...]
    orders: int
    users: int
    simulated: bool
    gross: bool
    """Cost of goods unknown: value is turnover, not profit."""
    book_mode: Literal["mirror", "native"]
    lots_inferred: bool
    """Which bonus an order drew was inferred (bonus first, oldest first), for the files do not tell."""
    history_before: bool
    """Users had bought before the files begin and `cum_spend` tells it; else CAC may read too low."""
    tables: tuple[str, ...]
    missing_tables: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()
    """Costs that the files show to exist and do not tell: figures that rest on them are `partial`."""
    left_out_needs: tuple[str, ...] = ()
    """The tables and columns that would tell them."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything the report shows. Tuples are ordered as they should be read; empty where the files cannot tell."""

    scope: Scope
    figures: dict[str, Figure]
    """By code: reach_share, incentive_total, issued, spent, breakage, liability, burn_per_day, runway_days, pot_left,
    return_attributed, return_incremental, unit_value, margin, margin_rate, price, CAC, CRC, CCV, retention_month1,
    repeat_purchase_rate, payment_fee_rate, manual_adjust, ..."""
    incentive: tuple[Waterfall, ...]
    order: tuple[Waterfall, ...]
    layers: tuple[AgentTake, ...]
    agents: tuple[AgentTake, ...]
    unit_costs: tuple[UnitCost, ...]
    campaigns: tuple[CampaignOutcome, ...]
    small_tests: tuple[SmallTest, ...]
    cohorts: tuple[Cohort, ...]
    months: tuple[MonthFigures, ...]
    channels: tuple[ChannelCost, ...]
    segments: tuple[SegmentFigures, ...]
    rfm: tuple[RfmCell, ...]
    funnel: tuple[FunnelStep, ...]
    key_uses: tuple[KeyUse, ...]
    drain_loop: DrainLoop | None
    waste: tuple[Waste, ...]
    findings: tuple[Finding, ...]
    daily_burn_fen: tuple[tuple[str, int], ...] = field(default=())
