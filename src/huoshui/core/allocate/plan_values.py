"""What the plan of a period says, as values: all that the page, the terminal, the workbook and the JSON show of it.

Amounts are int fen; an estimate is a float named `*_est`. Value and cost of users without a level are 0 and are left
out of every sum. Codes are stable; their words belong to whoever shows them. Contract: docs/spec/allocation.md.
"""

from dataclasses import dataclass, field
from typing import Literal

from huoshui.base.errors import Text
from huoshui.core.costs.values import Segment, SmallTest

Arm = Literal["policy", "explore", "holdout"]
"""How a user came to a level: by the plan, by chance (to keep learning), or kept without offers on purpose."""
NotAllowedCode = Literal[
    "abuser",
    "frozen",
    "deleted",
    "linked_risk",
    "holdout",
    "cool_down",
    "cap_reached",
    "no_curve",
    "excluded",
]
"""Why a user can get no offer, the first that fits; `no_curve`: nothing randomised tells what one would bring;
`linked_risk`: suspected to be one hand with others, until somebody has looked (docs/spec/risk.md)."""
CampaignStatus = Literal["planned", "nothing_pays", "no_random_data", "not_enough_data", "over", "excluded"]
"""`planned`: some user gets a level. `nothing_pays`: no amount brings the edge. `over`: ended before the period,
where the operator leaves such campaigns out."""
BaselineCode = Literal["same_for_everyone", "first_come", "as_last_month"]
RuleKind = Literal[
    "budget", "campaign_budget", "segment_minimum", "segment_maximum", "return_floor", "user_count", "changes"
]
RuleUnit = Literal["fen", "users", "return"]
ReserveCode = Literal["entitlements", "protected", "exploration", "newcomers", "offers"]
"""Where the budget goes: published rules first, then what the operator keeps back (such as for a big sale), levels by
chance, newcomers to come, and what is left to offer."""

LEVEL_USERS_MIN = 5
"""Fewer users who were given an amount tell nothing of it: neither figure nor interval is shown."""


@dataclass(frozen=True, slots=True)
class PlanScope:
    """What the plan is for and what it was made from. Days are 'YYYY-MM-DD', `period` is 'YYYY-MM'."""

    period: str
    first_day: str
    last_day: str
    data_first_day: str
    data_last_day: str
    users: int
    """Users of the files, all told."""
    users_allowed: int
    """Of them those that may get an offer."""
    users_with_level: int
    simulated: bool
    gross: bool
    """Cost of goods is unknown: value is turnover, not profit."""
    seed: int


@dataclass(frozen=True, slots=True)
class ReserveLine:
    """One part of the budget, expected cost in fen; the parts add up to the budget. `users` where it counts any."""

    code: ReserveCode
    fen: int
    users: int = 0


@dataclass(frozen=True, slots=True)
class Promise:
    """What the plan is expected to bring in the window, beyond what would come anyway, with its 95 % interval.

    `uncalibrated_est` is the plain sum of the curves' figures: too high, for the best of noisy figures were chosen.
    """

    value_est: float
    low_est: float
    high_est: float
    uncalibrated_est: float

    @property
    def factor_est(self) -> float:
        """Calibrated over plain."""
        return self.value_est / self.uncalibrated_est if self.uncalibrated_est else 1.0


@dataclass(frozen=True, slots=True)
class PlanCell:
    """Users of one segment who get one amount of one campaign, and what that costs and brings, all together.

    `face_fen` is what is granted, `cost_fen` what of it is expected to be used, with what rides on it.
    """

    campaign_id: str
    segment: Segment
    amount_fen: int
    arm: Arm
    users: int
    face_fen: int
    cost_fen: int
    value_est: float


@dataclass(frozen=True, slots=True)
class BudgetPoint:
    """What a budget would bring at its best, under the same rules. `price_est`: what its last fen brings."""

    budget_fen: int
    spent_fen: int
    value_est: float
    users: int
    price_est: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """Another way to give out the same budget, judged by the same curves; `amount_fen` of the same for everyone."""

    code: BaselineCode
    users: int
    face_fen: int
    cost_fen: int
    value_est: float
    campaign_id: str | None = None
    amount_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule after the plan: how much of its limit is used, and what it costs.

    `price_est`: value that loosening it by one unit would bring. `costs_est`: value lost to the rule as a whole (None
    where it binds nothing and so costs nothing, or was not computed). `words` say the rule in both languages.
    """

    code: str
    kind: RuleKind
    unit: RuleUnit
    used: float
    limit: float
    price_est: float
    costs_est: float | None
    words: Text
    from_table: bool = False
    """Whether it stands in the shop's own campaigns table and not in the rules file."""
    why: Text | None = None
    """How the limit comes about, where it is not simply as it was written."""

    @property
    def binds(self) -> bool:
        """Whether the plan would be better without it."""
        return self.price_est > 0


@dataclass(frozen=True, slots=True)
class Loosening:
    """The smallest change of one rule that would make all of them possible together; `unit` as in Rule."""

    code: str
    unit: RuleUnit
    limit: float
    needed: float
    words: Text


@dataclass(frozen=True, slots=True)
class LevelPoint:
    """One amount of a response curve: expected value and cost a user, in fen, with a 95 % interval of the value."""

    amount_fen: int
    value_est: float
    low_est: float
    high_est: float
    cost_est: float
    n: int
    """Users of the randomised data behind it."""
    users: int
    """Users who get it in this plan."""

    @property
    def known(self) -> bool:
        """Whether it may be told: enough were tried, or the plan itself builds on it."""
        return self.n >= LEVEL_USERS_MIN or self.users > 0


@dataclass(frozen=True, slots=True)
class SegmentCurve:
    """What the amounts of a campaign bring in one segment; without points nothing is known there."""

    segment: Segment
    users_allowed: int
    points: tuple[LevelPoint, ...]


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """One campaign in the plan, or why it is not in it."""

    campaign_id: str
    name: str
    purpose: str | None
    status: CampaignStatus
    bar_est: float
    budget_fen: int | None
    users: int
    face_fen: int
    cost_fen: int
    value_est: float
    curves: tuple[SegmentCurve, ...] = ()
    small_test: SmallTest | None = None
    """What would tell, where the data do not."""
    attributed_return_est: float | None = None
    """What history without a control says; it cannot tell who would have bought anyway."""


@dataclass(frozen=True, slots=True)
class CheckedUser:
    """One of the users drawn at random, to be judged by eye: right or wrong?

    `history` are lines that the operator knows the user by; `below_fen`, `above_fen`: the next amounts (None: there is
    none), and what they would bring.
    """

    user_id: str
    segment: Segment
    campaign_id: str | None
    campaign_name: str | None
    amount_fen: int
    """0: nothing."""
    arm: Arm
    reason: Text
    history: tuple[Text, ...]
    value_est: float
    cost_fen: int
    below_fen: int | None = None
    below_value_est: float | None = None
    above_fen: int | None = None
    above_value_est: float | None = None


@dataclass(frozen=True, slots=True)
class Solved:
    """How near to the best the plan is known to be. `gap` 1e-6: at most a millionth of the value is missed."""

    value_est: float
    bound_est: float
    gap: float
    violation: float
    passes: int


@dataclass(frozen=True, slots=True)
class PeriodPlan:
    """The whole plan of a period.

    `budget_fen` is the pot; `offers_fen` the part of it that offers may cost. `spent_fen` is what they are expected to
    cost, `face_fen` what is granted on paper, `unspent_fen` what stays, for no user is worth it at the edge.
    `price_est`: what the last fen brings (at least the edge). Texts and codes only: no row of users, which the files
    hold.
    """

    scope: PlanScope
    budget_fen: int
    edge_est: float
    price_est: float
    offers_fen: int
    spent_fen: int
    face_fen: int
    unspent_fen: int
    promise: Promise
    solved: Solved
    reserves: tuple[ReserveLine, ...]
    cells: tuple[PlanCell, ...]
    curve: tuple[BudgetPoint, ...]
    baselines: tuple[Baseline, ...]
    rules: tuple[Rule, ...]
    campaigns: tuple[CampaignPlan, ...]
    checked: tuple[CheckedUser, ...]
    not_allowed: tuple[tuple[NotAllowedCode, int], ...]
    """How many users for which reason, each user once."""
    holdout_share: float
    explore_share: float
    cap_fen: int | None = None
    cool_down_days: int | None = None
    changes: int | None = None
    """Users who may get an offer and whose level differs from the earlier plan, where one was given."""
    changes_max: int | None = None
    sampled_users: int | None = None
    """So many users, drawn at random, stand for all in `curve` and in what rules cost; None: all were counted."""
    notes: tuple[Text, ...] = field(default=())
    """What was assumed and what to mind, one sentence each."""


@dataclass(frozen=True, slots=True)
class Infeasible:
    """The rules cannot all be kept: the least that would have to give way."""

    loosenings: tuple[Loosening, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two plans of the same users side by side: `before` as it stands, `after` with another budget or rules."""

    before: PeriodPlan
    after: PeriodPlan
    changed_users: int
    moved: tuple[tuple[Segment, int], ...]
    """By segment, how many users more (or fewer) get a level."""
