"""The report: one diagnosis as a page, ten lines, a workbook and JSON. Contract: docs/spec/report.md."""

from huoshui.serve.report.bundle import MissingBundle
from huoshui.serve.report.headline import summary_lines
from huoshui.serve.report.input import DifferenceLine, FaultLine, FileLine, IntakeAccount, ReportInput
from huoshui.serve.report.write import ReportFiles, write_report

__all__ = [
    "DifferenceLine",
    "FaultLine",
    "FileLine",
    "IntakeAccount",
    "MissingBundle",
    "ReportFiles",
    "ReportInput",
    "summary_lines",
    "write_report",
]
