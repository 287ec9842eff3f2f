"""What `huoshui evaluate` found, as values: all that its page, workbook, lines and evaluation.json show."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from huoshui.core.trials import Reading, SampleRatio, Verdict
from huoshui.core.trials.returns import EachReading
from huoshui.core.uplift.off_policy import State
from huoshui.core.watch import Guardrail
from huoshui.flow.guarding.values import GuardTold, SplitState
from huoshui.flow.risk import RiskTold

Need = Literal[
    "assignments", "control", "probability", "value_cap", "balance_entries", "goods", "campaign_id", "linked_ids",
]  # fmt: skip
"""What the files lack, by the column that would give it."""
Advice = Literal[
    "look", "stop", "amounts", "reduce", "keep", "wait", "unclear", "test", "no_data",
    "over_good", "over_bad", "over_amounts", "over_unclear",
]  # fmt: skip
"""What a person should do now; `over_*`: of a campaign that has ended."""
PolicyName = Literal["ran", "nothing", "best", "plan"]


@dataclass(frozen=True, slots=True)
class ArmEvaluated:
    """One amount against control. `amount_fen` None: all amounts together.

    `verdict` is on value less bar x cost; `value` the value a user beyond control, `each` value a yuan of cost. All
    intervals hold at every look.
    """

    amount_fen: int | None
    users: int
    verdict: Verdict
    value: Reading | None
    each: EachReading


@dataclass(frozen=True, slots=True)
class TrialStep:
    """What comparing the arms would first have said on the morning of `day`.

    ship, roll_back: of all users drawn up to `since`. worn_out: `value_est`, net of cost a user, of those drawn from
    `since` on, `before_est` of those before.
    """

    day: date
    kind: Literal["ship", "roll_back", "worn_out"]
    since: date
    reading: Reading | None
    value_est: float | None
    before_est: float | None


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """Value less cost a user, beyond giving nothing, if a policy had decided; None where nothing can be said."""

    policy: PolicyName
    state: State
    net_est: float | None
    low_est: float | None
    high_est: float | None
    users: int


@dataclass(frozen=True, slots=True)
class CampaignEvaluated:
    """One campaign. `ratio` None where nobody was drawn; `policies` empty without chances logged."""

    campaign_id: str
    name: str
    purpose: str | None
    bar_est: float
    window_days: int
    cap_fen: int
    first_day: date
    last_day: date
    running: bool
    treated: int
    control: int
    control_granted: int
    """Of control, users who got the grant all the same."""
    granted_fen: int
    split: SplitState
    ratio: SampleRatio | None
    arms: tuple[ArmEvaluated, ...]
    rail: Guardrail
    guard: GuardTold
    steps: tuple[TrialStep, ...]
    stop_on: date | None
    """The first day, up to the last grant, on which stopping would have been proposed: by the guard or the arms."""
    after_stop_fen: int
    """Given from that day on."""
    policies: tuple[PolicyLine, ...]
    plan_rows: int | None
    """Of the users drawn by known chances, those whom the plan gives anything in this campaign; None without a plan."""
    needs: tuple[Need, ...]
    advice: Advice


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All of it. `needs` are missing for every campaign; `risk` None where no file links accounts."""

    data_first_day: str
    data_last_day: str
    simulated: bool
    gross: bool
    campaigns: tuple[CampaignEvaluated, ...]
    needs: tuple[Need, ...]
    risk: RiskTold | None
    plan_folder: str | None

    @property
    def plan_unmet(self) -> bool:
        """Whether no decision of the plan falls on anybody who was drawn in these files."""
        return self.plan_folder is not None and not any(one.plan_rows for one in self.campaigns)
