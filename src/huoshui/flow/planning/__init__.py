"""`huoshui plan` and `huoshui what-if`: from a folder of files to who gets what, and what another budget would do."""

from huoshui.flow.planning.commands import SEED, PlanRun, replay, run_plan, run_what_if, write_plan
from huoshui.flow.planning.files import PlanFiles
from huoshui.flow.planning.rules import PlanRules
from huoshui.flow.planning.testing import write_test

__all__ = [
    "SEED",
    "PlanFiles",
    "PlanRules",
    "PlanRun",
    "replay",
    "run_plan",
    "run_what_if",
    "write_plan",
    "write_test",
]
