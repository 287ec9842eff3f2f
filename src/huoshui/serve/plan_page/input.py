"""What the plan's page is made from: the plan, and what stands around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from huoshui.core.allocate.plan_values import PeriodPlan


@dataclass(frozen=True, slots=True)
class PlanInput:
    """Everything the page says. `people_file` is the list to give by, `explored_file` what
    chance decided, for the next import; `made_at` local time to the minute.
    """

    plan: PeriodPlan
    folder_name: str
    made_at: str
    people_file: str
    explored_file: str
    currency: str = "CNY"
    seconds: Mapping[str, float] = field(default_factory=dict)
