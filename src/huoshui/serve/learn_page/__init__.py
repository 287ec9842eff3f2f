"""What was learned of single users, as a page, a workbook and ten lines. Contract: docs/spec/learned_values.md."""

from huoshui.serve.learn_page.headline import learn_lines
from huoshui.serve.learn_page.input import LearnInput
from huoshui.serve.learn_page.page import learn_page
from huoshui.serve.learn_page.workbook import write_learn_workbook

__all__ = ["LearnInput", "learn_lines", "learn_page", "write_learn_workbook"]
