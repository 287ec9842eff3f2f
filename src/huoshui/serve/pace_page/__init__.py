"""The pace of a period as one page and ten lines. Contract: docs/spec/pacing.md."""

from huoshui.serve.pace_page.headline import pace_lines
from huoshui.serve.pace_page.input import PaceInput
from huoshui.serve.pace_page.page import pace_page

__all__ = ["PaceInput", "pace_lines", "pace_page"]
