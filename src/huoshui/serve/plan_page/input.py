"""What the plan's page is made from: the plan, and what stands around it."""

from dataclasses import dataclass

from huoshui.core.allocate.plan_values import PeriodPlan
from huoshui.serve.report.input import Around


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanInput(Around):
    """Everything the page says. `people_file` is the list to give by, `explored_file` what chance decided, for the
    next import.
    """

    plan: PeriodPlan
    people_file: str
    explored_file: str
