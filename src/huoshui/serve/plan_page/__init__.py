"""The plan of a period as one page and ten lines. Contract: docs/spec/plan_page.md."""

from huoshui.serve.plan_page.headline import plan_lines
from huoshui.serve.plan_page.input import PlanInput
from huoshui.serve.plan_page.page import plan_page

__all__ = ["PlanInput", "plan_lines", "plan_page"]
