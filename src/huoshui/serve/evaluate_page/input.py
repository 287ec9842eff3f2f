"""What the evaluation's page is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from huoshui.flow.evaluating.values import Evaluation


@dataclass(frozen=True, slots=True)
class EvaluateInput:
    """What was found and what stands around it."""

    found: Evaluation
    folder_name: str
    made_at: str
    currency: str = "CNY"
    seconds: Mapping[str, float] = field(default_factory=dict)
