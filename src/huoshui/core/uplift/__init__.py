"""What an amount is expected to bring and to cost, from randomised assignments alone.

Curves by segment and what a plan keeps of its promise: docs/spec/uplift.md. Single users: docs/spec/learning.md.
Policies that did not run: docs/spec/off_policy.md.
"""

from huoshui.core.uplift.calibration import Calibration, Group, calibrate
from huoshui.core.uplift.choice import Average, Candidate, Choice, choose, folds_of
from huoshui.core.uplift.curves import CostTerms, ResponseCurve, ResponsePoint, fit_curves, fit_responses
from huoshui.core.uplift.deciles import Correction, Decile, EffectCalibration, effect_calibration
from huoshui.core.uplift.dose import Doses, dose_shape, fit_doses
from huoshui.core.uplift.model_card import FeatureWeight, ModelCard
from huoshui.core.uplift.off_policy import (
    LoggedDecisions,
    OffPolicyReturn,
    OffPolicyValue,
    Overlap,
    off_policy_gain,
    off_policy_return,
    off_policy_value,
    overlap_of,
)
from huoshui.core.uplift.policy_value import PolicyValue, policy_value, value_of_choice
from huoshui.core.uplift.pooling import Response
from huoshui.core.uplift.qini import Qini, QiniCurve, qini, qini_curve
from huoshui.core.uplift.reasons import Reason
from huoshui.core.uplift.row_effects import Estimate, average_effects, row_effects
from huoshui.core.uplift.rows import Effects, TrialRows
from huoshui.core.uplift.worth import own_worths

__all__ = [
    "Average",
    "Calibration",
    "Candidate",
    "Choice",
    "Correction",
    "CostTerms",
    "Decile",
    "Doses",
    "EffectCalibration",
    "Effects",
    "Estimate",
    "FeatureWeight",
    "Group",
    "LoggedDecisions",
    "ModelCard",
    "OffPolicyReturn",
    "OffPolicyValue",
    "Overlap",
    "PolicyValue",
    "Qini",
    "QiniCurve",
    "Reason",
    "Response",
    "ResponseCurve",
    "ResponsePoint",
    "TrialRows",
    "average_effects",
    "calibrate",
    "choose",
    "dose_shape",
    "effect_calibration",
    "fit_curves",
    "fit_doses",
    "fit_responses",
    "folds_of",
    "off_policy_gain",
    "off_policy_return",
    "off_policy_value",
    "overlap_of",
    "own_worths",
    "policy_value",
    "qini",
    "qini_curve",
    "row_effects",
    "value_of_choice",
]
