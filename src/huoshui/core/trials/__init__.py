"""Fair tests: who is in which arm, and what may be read of it on any day. See docs/spec/trials.md."""

from huoshui.core.trials.assign import OUTSIDE, Split, assign, unit_keys
from huoshui.core.trials.boundaries import Boundary, factor
from huoshui.core.trials.bounded import Counts, counts_of, difference_between, mean_between
from huoshui.core.trials.difference import Difference, difference
from huoshui.core.trials.e_process import BETS, Drift, Wealth, no_drift, no_wealth, wealth_of
from huoshui.core.trials.planner import TrialPlan, least_effect, plan_trial
from huoshui.core.trials.proposals import ProposalState, Refusal, Step, step_to
from huoshui.core.trials.sample_ratio import SampleRatio, sample_ratio
from huoshui.core.trials.sentences import sentences
from huoshui.core.trials.sums import Sums, folded, sums_by_arm, sums_of
from huoshui.core.trials.verdict import Guardrail, Reading, Reason, TrialRules, Verdict, VerdictState, judge

__all__ = [
    "BETS",
    "OUTSIDE",
    "Boundary",
    "Counts",
    "Difference",
    "Drift",
    "Guardrail",
    "ProposalState",
    "Reading",
    "Reason",
    "Refusal",
    "SampleRatio",
    "Split",
    "Step",
    "Sums",
    "TrialPlan",
    "TrialRules",
    "Verdict",
    "VerdictState",
    "Wealth",
    "assign",
    "counts_of",
    "difference",
    "difference_between",
    "factor",
    "folded",
    "judge",
    "least_effect",
    "mean_between",
    "no_drift",
    "no_wealth",
    "plan_trial",
    "sample_ratio",
    "sentences",
    "step_to",
    "sums_by_arm",
    "sums_of",
    "unit_keys",
    "wealth_of",
]
