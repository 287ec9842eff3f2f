"""What is left, what it brought, and when to stop: figures to watch, and the guard. See docs/spec/watch.md."""

from huoshui.core.watch.breakers import (
    BreakerLimits,
    BreakerReading,
    DayBooks,
    breaches,
    read_breakers,
    within_user_cap,
)
from huoshui.core.watch.burn import BurnDay, Runway, runway
from huoshui.core.watch.cohorts import CohortSums, cohort_sums
from huoshui.core.watch.guard import DayFacts, GuardState, guard_day, new_guard
from huoshui.core.watch.issuing import Issued, issue
from huoshui.core.watch.ladder import issuing_share, step, trickle_share
from huoshui.core.watch.margins import Guardrail, HorizonSums, MarginGap, guardrail, horizon_sums
from huoshui.core.watch.record import action_record, state_of, state_record
from huoshui.core.watch.retention import BackReading, CohortBack, retention
from huoshui.core.watch.returns import ArmSums, ReturnReading, arm_sums, matured_return, maturity
from huoshui.core.watch.sentences import sentence_of
from huoshui.core.watch.values import (
    RUNGS,
    Action,
    Breach,
    Evidence,
    GuardTerms,
    Ladder,
    LadderRules,
    Limit,
    Order,
    Undo,
)
from huoshui.core.watch.week import DayWorth, Week, week_of
from huoshui.core.watch.young import (
    MaturityCurve,
    YoungCohort,
    YoungSignal,
    maturity_curve,
    young_signal,
)

__all__ = [
    "RUNGS",
    "Action",
    "ArmSums",
    "BackReading",
    "Breach",
    "BreakerLimits",
    "BreakerReading",
    "BurnDay",
    "CohortBack",
    "CohortSums",
    "DayBooks",
    "DayFacts",
    "DayWorth",
    "Evidence",
    "GuardState",
    "GuardTerms",
    "Guardrail",
    "HorizonSums",
    "Issued",
    "Ladder",
    "LadderRules",
    "Limit",
    "MarginGap",
    "MaturityCurve",
    "Order",
    "ReturnReading",
    "Runway",
    "Undo",
    "Week",
    "YoungCohort",
    "YoungSignal",
    "action_record",
    "arm_sums",
    "breaches",
    "cohort_sums",
    "guard_day",
    "guardrail",
    "horizon_sums",
    "issue",
    "issuing_share",
    "matured_return",
    "maturity",
    "maturity_curve",
    "new_guard",
    "read_breakers",
    "retention",
    "runway",
    "sentence_of",
    "state_of",
    "state_record",
    "step",
    "trickle_share",
    "week_of",
    "within_user_cap",
    "young_signal",
]
