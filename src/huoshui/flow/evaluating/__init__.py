"""What campaigns brought and what the guard would have done, from a shop's own files. See docs/spec/evaluate.md."""

from huoshui.flow.evaluating.files import EvaluationFiles, write_evaluation
from huoshui.flow.evaluating.running import EvaluationRun, run_evaluation
from huoshui.flow.evaluating.values import CampaignEvaluated, Evaluation

__all__ = [
    "CampaignEvaluated",
    "Evaluation",
    "EvaluationFiles",
    "EvaluationRun",
    "run_evaluation",
    "write_evaluation",
]
