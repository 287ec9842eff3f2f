"""What campaigns brought and what the guard would have done, as a page, a workbook and ten lines."""

from huoshui.serve.evaluate_page.headline import evaluate_lines
from huoshui.serve.evaluate_page.input import EvaluateInput
from huoshui.serve.evaluate_page.page import evaluate_page
from huoshui.serve.evaluate_page.workbook import write_evaluate_workbook

__all__ = ["EvaluateInput", "evaluate_lines", "evaluate_page", "write_evaluate_workbook"]
