"""The facts that cost accounting reads, as values: each class is one row of one fact table.

Amounts are whole fen summed by the engine; moments are sums of floats. `lake.facts` makes them; tests make them by
hand. `month` is 'YYYY-MM', a day 'YYYY-MM-DD', both of the business calendar.
"""

from dataclasses import dataclass, field

from huoshui.core.costs.values import Depth, FunnelCode, RowTable, Scope, Segment, UnitKind


@dataclass(frozen=True, slots=True)
class OrderSums:
    """Sold orders of one month, source and kind of user.

    `bonus_*` are the bonus-paid shares (by price) of the cost parts; `goods_fen` is 0 where goods are unknown, whose
    price is then in `unknown_goods_fen`; `value_fen` is price less everything known.
    """

    month: str
    source: str
    abuser: bool
    orders: int
    price_fen: int
    paid_fen: int
    principal_fen: int
    bonus_fen: int
    refund_fen: int
    goods_fen: int
    goods_estimated_fen: int
    unknown_goods_fen: int
    fee_fen: int
    site_fee_fen: int
    platform_cut_fen: int
    agent_fen: int
    value_fen: int
    bonus_fee_fen: int
    bonus_site_fee_fen: int
    bonus_platform_cut_fen: int
    bonus_agent_fen: int


@dataclass(frozen=True, slots=True)
class AgentSums:
    """What one agent took in one layer from one source; `layer` None where the files do not tell it."""

    source: str
    layer: int | None
    agent_id: str | None
    orders: int
    price_fen: int
    take_fen: int
    gap_fen: int
    bonus_take_fen: int


@dataclass(frozen=True, slots=True)
class GrantSums:
    """Bonus of one month, kind and campaign: what was issued and what became of it. `frozen_fen` is part of open."""

    month: str
    kind: str
    campaign_id: str | None
    abuser: bool
    grants: int
    users: int
    issued_fen: int
    spent_fen: int
    expired_fen: int
    open_fen: int
    frozen_fen: int
    never_back_fen: int
    """Spent by users who did not order again in the 60 days after, where those have passed."""
    never_back_known_fen: int
    """Spent, where those 60 days have passed."""
    attributed_value_fen: int


@dataclass(frozen=True, slots=True)
class ArmMoments:
    """Sufficient statistics of one arm of a campaign: moments of value y, covariate x and weight w = 1/probability.

    Only users whose window has passed; `n_all` counts the others too. `_30d` and `_90d`: users seen so long, and their
    margin m in it. Two cells add up field by field.
    """

    campaign_id: str
    month: str
    segment: Segment
    control: bool
    amount_fen: int
    n_all: int
    maturity_sum: float
    n: int
    granted_fen: int
    spent_fen: int
    open_fen: int
    buyers: int
    sum_w: float
    sum_wy: float
    sum_w2: float
    sum_w2y: float
    sum_w2y2: float
    sum_wx: float
    sum_w2x: float
    sum_w2x2: float
    sum_w2xy: float
    sum_wb: float
    """b: 1 for who ordered in the window, else 0; it is its own square."""
    sum_w2b: float
    n_30d: int
    sum_w_30d: float
    sum_wm_30d: float
    n_90d: int
    sum_w_90d: float
    sum_wm_90d: float


@dataclass(frozen=True, slots=True)
class CampaignTerms:
    """A campaign as the shop described it; defaults where it did not."""

    campaign_id: str
    name: str
    purpose: str | None
    first_day: str | None
    last_day: str | None
    budget_fen: int | None
    bar: float
    window_days: int
    value_cap_fen: int | None


@dataclass(frozen=True, slots=True)
class CostRule:
    """One row of the `costs` table; rates are fractions, `first_day` and `last_day` bound it where given."""

    scope: str
    scope_id: str | None
    part: str
    base: str
    first_day: str | None
    last_day: str | None
    rate: float
    fixed_fen: int


@dataclass(frozen=True, slots=True)
class MonthSums:
    """One month's people."""

    month: str
    days: int
    orders: int
    buyers: int
    new_buyers: int
    repeat_buyers: int
    price_fen: int
    value_fen: int


@dataclass(frozen=True, slots=True)
class ChannelSums:
    """Payments of one channel: orders and top-ups together."""

    payment_channel: str
    provider: str | None
    payments: int
    amount_fen: int
    fee_fen: int
    estimated_fee_fen: int
    listed_rate: float | None
    listed_fixed_fen: int | None
    untold_fen: int = 0
    """The part of `amount_fen` of which neither a fee nor a listed rate is known."""


@dataclass(frozen=True, slots=True)
class UnitCostSums:
    """One cell of CAC, CRC or CCV; None in a dimension stands for all of it when `depth` says it was rolled up."""

    kind: UnitKind
    depth: Depth
    month: str | None
    segment: Segment | None
    campaign_id: str | None
    source: str | None
    granted_fen: int
    spent_fen: int
    open_fen: int
    fees_fen: int
    grants: int
    codes: int
    """Grants handed out as a gift card or code."""
    users_rewarded: int
    """People rewarded, each once a month."""
    n: int
    """What was got for it: new buyers (CAC), kept buyers, each once a month (CRC), conversions (CCV)."""
    extras_fen: int = 0
    """Benefits at cost and codes, where the operator told what they cost; no file does."""


@dataclass(frozen=True, slots=True)
class CohortCell:
    """Users of one first month who ordered `offset` months after."""

    month: str
    offset: int
    users: int
    value_fen: int


@dataclass(frozen=True, slots=True)
class SegmentSums:
    """Users in a segment at the end of the span, and bonus by the segment at its grant."""

    segment: Segment
    users: int
    granted_fen: int
    spent_fen: int
    attributed_value_fen: int


@dataclass(frozen=True, slots=True)
class RfmSums:
    """Users by fifth of recency and of frequency."""

    recency: int
    frequency: int
    users: int
    value_fen: int


@dataclass(frozen=True, slots=True)
class DrainSums:
    """Orders of users whose level with bonus counted lies above the one their principal earned."""

    users: int
    orders: int
    fits_with_bonus: int
    fits_without: int
    excess_discount_fen: int
    discount_fen: int
    excess_commission_fen: int = 0


@dataclass(frozen=True, slots=True)
class DayIssue:
    """Bonus that left the pot on one day; `price_fen` is that day's turnover."""

    day: str
    issued_fen: int
    campaign_issued_fen: int
    newcomer_fen: int
    price_fen: int


@dataclass(frozen=True, slots=True)
class CampaignDay:
    """What one campaign paid out on one day."""

    campaign_id: str
    day: str
    issued_fen: int


@dataclass(frozen=True, slots=True)
class Facts:
    """All fact tables of one folder. Empty lists where the files cannot tell; `scope` says what they hold."""

    scope: Scope
    orders: list[OrderSums]
    months: list[MonthSums]
    agents: list[AgentSums] = field(default_factory=list)
    grants: list[GrantSums] = field(default_factory=list)
    arms: list[ArmMoments] = field(default_factory=list)
    campaigns: list[CampaignTerms] = field(default_factory=list)
    campaign_days: list[CampaignDay] = field(default_factory=list)
    rules: list[CostRule] = field(default_factory=list)
    channels: list[ChannelSums] = field(default_factory=list)
    unit_costs: list[UnitCostSums] = field(default_factory=list)
    cohorts: list[CohortCell] = field(default_factory=list)
    segments: list[SegmentSums] = field(default_factory=list)
    rfm: list[RfmSums] = field(default_factory=list)
    funnel: dict[FunnelCode, int] = field(default_factory=dict)
    days: list[DayIssue] = field(default_factory=list)
    drain: DrainSums | None = None
    top_up_fen: int = 0
    transfer_fen: int = 0
    """Balance handed from user to user."""
    handed_on_expired_fen: int = 0
    """Bonus that expired where no grant of its user explains it: it had been handed on."""
    unpriced_agent_fen: int | None = None
    """Agents' orders of products without an agent price; None where the files hold no agent prices."""
    part_refunded_fen: int = 0
    """Orders marked partly refunded, where no file tells how much."""
    rows: dict[str, RowTable] = field(default_factory=dict)
    """The rows behind a finding, by its code."""
