"""A period's close as one page that prints on A4, as a workbook, and as lines on the terminal."""

from huoshui.serve.close_page.headline import close_lines
from huoshui.serve.close_page.input import CloseInput
from huoshui.serve.close_page.page import close_page
from huoshui.serve.close_page.tables import all_tables
from huoshui.serve.close_page.workbook import write_close_workbook

__all__ = ["CloseInput", "all_tables", "close_lines", "close_page", "write_close_workbook"]
