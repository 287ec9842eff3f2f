"""What the evaluation's page is made from."""

from dataclasses import dataclass

from huoshui.flow.evaluating.values import Evaluation
from huoshui.serve.report.input import Around


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateInput(Around):
    """What was found and what stands around it."""

    found: Evaluation
