"""`huoshui pace`: from a folder of files to the price of the period, its runway, and what other months would do."""

from huoshui.flow.pacing.calendar_file import CALENDAR_FILE, example_calendar, read_calendar
from huoshui.flow.pacing.commands import PaceRun, run_pace, write_pace
from huoshui.flow.pacing.what_ifs import parse_what_if

__all__ = [
    "CALENDAR_FILE",
    "PaceRun",
    "example_calendar",
    "parse_what_if",
    "read_calendar",
    "run_pace",
    "write_pace",
]
