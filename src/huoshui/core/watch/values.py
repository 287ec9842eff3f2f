"""What the guard is told, what it reads, and what it proposes: values alone. Contract: docs/spec/watch.md."""

from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Literal

Basis = Literal["incremental", "attributed"]
"""Against a control, or of all value after a grant: the latter cannot tell who would have bought anyway."""
Rung = Literal["watch", "slow", "slower", "quarter", "paused"]
RUNGS: tuple[Rung, ...] = ("watch", "slow", "slower", "quarter", "paused")
"""From the highest issuing share down."""
BreakerCode = Literal["daily_cap", "ledger_imbalance", "burn_above_plan", "risk_spike", "no_values"]
WarningCode = Literal["young_cohorts", "pulled_forward", "margin_harm", "rule_below_bar"]
ActionKind = Literal[
    "warn", "lower", "pause", "raise", "resume", "undo", "limit", "lift", "freeze", "thaw",
]  # fmt: skip
"""lower, pause, raise, resume, undo: steps on the ladder · limit, lift: a breaker over it · freeze, thaw: steps by
figures stop and go on · warn: a person should look, nothing changes."""
ReasonCode = Literal[
    "below_bar", "surely_below_bar", "drift", "drift_sure", "young_cohorts", "recovered", "loss_cap", "by_person",
    "daily_cap", "ledger_imbalance", "burn_above_plan", "risk_spike", "no_values", "cause_gone",
    "values_late", "values_back", "pulled_forward", "margin_harm", "rule_below_bar",
]  # fmt: skip
Numbers = tuple[tuple[str, float | int | str], ...]
"""What a reason rests on, by name; units in the names."""


@dataclass(frozen=True, slots=True)
class LadderRules:
    """Shares, thresholds and waiting times of the ladder; the defaults are those of docs/spec/watch.md."""

    slow_share: float = 0.8
    slower_share: float = 0.5
    quarter_share: float = 0.25
    trickle_share: float = 0.08
    """Of all users, inside the quarter: half of them are control."""
    alarm_e: float = 20.0
    pause_e: float = 100.0
    recovered_e: float = 5.0
    """Below it, evidence of the alarm has gone."""
    drift_days: float = 1_200.0
    """Alarms of the drift detector by mistake are at least so many days apart in the mean."""
    day_factor_max: float = 4.0
    """One cohort counts for so much at most."""
    day_luck: float = 0.1
    """How far days are taken to differ for everybody, as a share of the bar, until the campaign's own days tell."""
    cool_down_days: int = 3
    undo_days: int = 7
    raise_after_days: int = 7
    feed_late_days: int = 2
    """A value feed that is so late freezes."""
    loss_fen_max: int | None = None
    """Cost less clipped value of judged cohorts at which a campaign is paused whatever the evidence; None: no cap."""

    def __post_init__(self) -> None:
        shares = (1.0, self.slow_share, self.slower_share, self.quarter_share, self.trickle_share)
        if not all(higher > lower > 0 for higher, lower in pairwise(shares)):
            raise ValueError(f"shares fall from step to step and stay above 0: {shares[1:]}")
        if not self.pause_e > self.alarm_e > self.recovered_e >= 1:
            raise ValueError("a pause needs more evidence than an alarm, and an alarm more than none")
        if self.day_factor_max <= 1 or self.drift_days <= 1 or self.day_luck < 0:
            raise ValueError(
                "a day's factor and the days between false alarms are above 1, its luck at least 0"
            )
        if min(self.cool_down_days, self.undo_days, self.raise_after_days, self.feed_late_days) < 1:
            raise ValueError("waiting times are a day at least")

    def share_of(self, rung: Rung) -> float:
        """The issuing share on a rung."""
        shares = (1.0, self.slow_share, self.slower_share, self.quarter_share, 0.0)
        return shares[RUNGS.index(rung)]


@dataclass(frozen=True, slots=True)
class GuardTerms:
    """What a campaign is held against. All of it is fixed before the first outcome.

    `treated_least`, `treated_most`: the range of the probabilities of being treated, the trickle's half included; None
    where nobody is ever drawn as control. `predicted_most_fen`: the most a predicted value may be (0: no predictions).
    `week`: the bar of each weekday over the mean one, Monday first (week.py reads it from the shop's own days); empty:
    every day alike. `entitlement`: given by a published rule, so never withheld: its guard warns, and that is all.
    `gross`: cost of goods is unknown, so values are turnover and no profit.
    """

    campaign_id: str
    bar_est: float
    cap_fen: int
    floor_fen: int = 0
    window_days: int = 14
    treated_least: float | None = None
    treated_most: float | None = None
    predicted_most_fen: int = 0
    week: tuple[float, ...] = ()
    entitlement: bool = False
    gross: bool = False
    rules: LadderRules = field(default_factory=LadderRules)

    def __post_init__(self) -> None:
        if self.bar_est < 0 or self.window_days < 1:
            raise ValueError("a bar is at least 0, a window at least a day")
        if not self.cap_fen > max(self.floor_fen, 0) or self.predicted_most_fen > self.cap_fen:
            raise ValueError("a value's cap is above 0, its floor and its prediction")
        if (self.treated_least is None) != (self.treated_most is None):
            raise ValueError("both ends of the probabilities, or neither")
        least, most = self.treated_least, self.treated_most
        if least is not None and most is not None and not 0 < least <= most < 1:
            raise ValueError("probabilities lie between 0 and 1")

        if self.week and (len(self.week) != 7 or min(self.week) <= 0 or not 0.8 < sum(self.week) / 7 < 1.25):
            raise ValueError("a week has seven factors above 0, about 1 in the mean")

    def bar_on(self, day: date) -> float:
        """The bar of users granted on a day."""
        return self.bar_est * (self.week[day.weekday()] if self.week else 1.0)

    @property
    def has_control(self) -> bool:
        """Whether anything incremental can be said."""
        return self.treated_least is not None


@dataclass(frozen=True, slots=True)
class Breach:
    """A plain breaker that has tripped: at most `share` may be issued while it lasts."""

    code: BreakerCode
    share: float
    numbers: Numbers = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the figures say on a day, and what they rest on.

    `e_est` is of everything judged since the beginning. `drift_est` is the running sum of the drift detector;
    `since_drift_e_est` the e-value of the cohorts after its last alarm, None without one; `drifted`: there was an
    alarm, and the cohorts since have not spoken for the bar.
    """

    e_est: float = 1.0
    drifted: bool = False
    drift_est: float = 0.0
    since_drift_e_est: float | None = None
    basis: Basis = "attributed"
    gross: bool = False
    cohorts: int = 0
    users: int = 0
    first_day: date | None = None
    last_day: date | None = None
    loss_fen: int = 0
    young_rung: Rung = "watch"
    """How far young cohorts would slow: watch, slow or slower."""
    warnings: tuple[tuple[WarningCode, Numbers], ...] = ()
    breaches: tuple[Breach, ...] = ()
    values_late_days: int | None = 0
    """How many days the value feed is behind; None: nothing was ever received."""

    def __post_init__(self) -> None:
        if self.young_rung in ("quarter", "paused"):
            raise ValueError("young cohorts warn and slow, they never stop a campaign")


@dataclass(frozen=True, slots=True)
class Limit:
    """A breaker that lies over the rung. `by_hand`: a person put it back, so that it stays until they lift it."""

    code: BreakerCode
    share: float
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Undo:
    """What leads back: `Order("undo", ...)` with the action restores `share` and `trickle_share`.

    Nothing to undo, because no share changed: `needed` is False; then `how` says what ends it.
    """

    needed: bool
    share: float
    trickle_share: float
    how: Literal["order", "look", "send_values"] = "order"


@dataclass(frozen=True, slots=True)
class Action:
    """One proposed change, with all that a person needs to judge it. Issued grants are never touched.

    `rung_before`, `rung_after` tell the step; `limit` the limit that was put on or lifted.
    """

    kind: ActionKind
    campaign_id: str
    day: date
    share_before: float
    share_after: float
    trickle_share_after: float
    reason: ReasonCode
    numbers: Numbers
    evidence: Evidence
    undo: Undo
    rung_before: Rung
    rung_after: Rung
    limit: Limit | None = None
    limit_on: bool = False
    """Whether `limit` lies over the rung after this action."""
    limit_share_before: float = 1.0
    """What the same breaker allowed before; 1 where it did not lie over the rung."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a person says: pause, resume at a rung, or undo an action. `by` is their name."""

    kind: Literal["pause", "resume", "undo"]
    by: str
    rung: Rung = "quarter"
    action: Action | None = None

    def __post_init__(self) -> None:
        if not self.by:
            raise ValueError("an order names who gave it")
        if (self.kind == "undo") != (self.action is not None):
            raise ValueError("an undo, and nothing else, names its action")
        if self.kind == "resume" and self.rung == "paused":
            raise ValueError("nobody resumes into a pause")


@dataclass(frozen=True, slots=True)
class Ladder:
    """Where a campaign stands. A plain value: stored, sent and compared as it is."""

    rung: Rung = "watch"
    stepped_on: date | None = None
    quiet_until: date | None = None
    """No step by figures before this day."""
    reason: ReasonCode | None = None
    """Of the last step."""
    limits: tuple[Limit, ...] = ()
    waived: tuple[Limit, ...] = ()
    """Breakers that a person ended, or led back to a share, while their cause went on."""
    warned: tuple[WarningCode, ...] = ()
    frozen: bool = False
    day: date | None = None
    """The last day that was told."""
