"""What an amount is expected to bring and to cost, from randomised assignments alone. See docs/spec/uplift.md."""

from huoshui.core.uplift.calibration import Calibration, Group, calibrate
from huoshui.core.uplift.curves import CostTerms, ResponseCurve, ResponsePoint, fit_curves, fit_responses
from huoshui.core.uplift.pooling import Response
from huoshui.core.uplift.rows import Effects, TrialRows
from huoshui.core.uplift.worth import own_worths

__all__ = [
    "Calibration",
    "CostTerms",
    "Effects",
    "Group",
    "Response",
    "ResponseCurve",
    "ResponsePoint",
    "TrialRows",
    "calibrate",
    "fit_curves",
    "fit_responses",
    "own_worths",
]
