"""The files of a pace: every figure as JSON, and a workbook of the days, the what-ifs and the peaks.

Text of the data is written as text and never read as a formula.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huoshui.base.errors import Language, Text
from huoshui.core.pacing.pace_values import PeriodPace
from huoshui.flow.app import Settings
from huoshui.flow.pacing.texts import BOOK, KIND_NAMES, PEAK_SOURCES, what_if_words
from huoshui.flow.planning.files import as_json
from huoshui.flow.planning.texts import SIMULATED

PACE_JSON, PACE_XLSX = "pace.json", "pace.xlsx"
Cell = str | int | float | None
WIDTH = 18


@dataclass(frozen=True, slots=True)
class PaceFiles:
    """Where they lie."""

    figures: Path
    workbook: Path


def write_files(pace: PeriodPace, out: Path, *, settings: Settings) -> PaceFiles:
    """Write both into `out` (made if need be), each whole or not at all. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    found = PaceFiles(out / PACE_JSON, out / PACE_XLSX)
    _whole(found.figures, lambda path: path.write_bytes(as_json(pace)))
    _whole(found.workbook, lambda path: _write_workbook(pace, path, settings.language))
    return found


def _write_workbook(pace: PeriodPace, path: Path, language: Language) -> None:
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        _sheet(book, pace, language, "days", DAY_HEADINGS, _days(pace, language))
        _sheet(book, pace, language, "what_ifs", WHAT_IF_HEADINGS, _what_ifs(pace, language))
        _sheet(book, pace, language, "peaks", PEAK_HEADINGS, _peaks(pace, language))


DAY_HEADINGS = (
    "day", "kind", "peak", "arrivals", "low", "high", "granted", "used", "value", "price", "left",
)  # fmt: skip
WHAT_IF_HEADINGS = (
    "what_if", "budget", "price_mean", "used", "value", "rest", "empty", "kept_empty", "kept_value",
    "kept_rest",
)  # fmt: skip
PEAK_HEADINGS = ("day", "name", "factor", "value_factor", "source")


def _sheet(
    book: Any,
    pace: PeriodPace,
    language: Language,
    code: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
) -> None:
    sheet = book.add_worksheet(BOOK[f"sheet.{code}"].say(language))
    sheet.set_column(0, len(headings) - 1, WIDTH)
    top = 0
    if pace.scope.simulated:
        sheet.write_string(
            0, 0, SIMULATED.say(language), book.add_format({"bold": True, "font_color": "#9c3d14"})
        )
        top = 1
    bold, money = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "#,##0.00"})
    for column, heading in enumerate(headings):
        sheet.write_string(top, column, BOOK[heading].say(language), bold)
    for number, row in enumerate(rows, start=top + 1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell)
            elif cell is not None:
                sheet.write_number(number, column, cell, money if isinstance(cell, float) else None)
    sheet.freeze_panes(top + 1, 1)


def _days(pace: PeriodPace, language: Language) -> Iterable[Sequence[Cell]]:
    for one in pace.days:
        yield (
            one.day,
            KIND_NAMES[one.kind].say(language),
            one.peak,
            round(one.arrivals_est),
            round(one.arrivals_low_est),
            round(one.arrivals_high_est),
            round(one.granted_est / 100, 2),
            round(one.used_est / 100, 2),
            None if one.value_est is None else round(one.value_est / 100, 2),
            None if one.price_est is None else round(one.price_est, 4),
            round(one.left_est / 100, 2),
        )


def _what_ifs(pace: PeriodPace, language: Language) -> Iterable[Sequence[Cell]]:
    lasts = BOOK["lasts"].say(language)
    for one in pace.what_ifs:
        yield (
            what_if_words(one).say(language),
            one.budget_fen / 100,
            round(one.price_mean_est, 4),
            round(one.used_est / 100, 2),
            round(one.value_est / 100, 2),
            round(one.rest_est / 100, 2),
            one.empty_day or lasts,
            one.kept_empty_day or lasts,
            round(one.kept_value_est / 100, 2),
            round(one.kept_rest_est / 100, 2),
        )


def _peaks(pace: PeriodPace, language: Language) -> Iterable[Sequence[Cell]]:
    for one in pace.peaks:
        source: Text = PEAK_SOURCES[one.source]
        yield one.day, one.name, round(one.factor, 2), round(one.value_factor, 2), source.say(language)


def _whole(path: Path, write: Callable[[Path], object]) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        write(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
