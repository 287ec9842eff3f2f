"""tables.xlsx: every table of the report, amounts as numbers in yuan; text of the data is no formula."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from huoshui.base.limits import EXPORT_ROWS_MAX
from huoshui.serve.report import headline
from huoshui.serve.report.input import Around, ReportInput
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import Cell, DataTable, Heading, Interval
from huoshui.serve.report.tables import all_tables

_FORMATS = {"fen": "#,##0.00", "percent": "0.0%", "rate": "0.00%", "ratio": "0.00", "count": "#,##0"}
_SHEET_NAME_MAX = 31
_BARRED = re.compile(r"[\[\]:*?/\\']")
_TEXT_MAX = 32_000
"""A cell holds 32,767 characters."""
_WIDTH_MIN, _WIDTH_MAX = 8, 60
_ROWS_MEASURED = 200


def write_workbook(input: ReportInput, path: Path, speech: Speech) -> None:
    """Write all tables to `path`: a first sheet that says what it is, then a sheet a table."""
    title = speech.say("title", name=input.folder_name)
    write_tables(
        path,
        all_tables(input, speech),
        speech,
        title=title,
        about=_about(input, speech),
        simulated=input.diagnosis.scope.simulated,
    )


def write_page_tables(
    input: Around,
    path: Path,
    tables: Sequence[DataTable],
    speech: Speech,
    *,
    title: str,
    lines: Sequence[str],
    simulated: bool,
) -> None:
    """A page's tables; the first sheet says the `lines` of the terminal, and when it was made."""
    about = [*(("", line) for line in lines), (speech.say("book.made"), input.made_at)]
    write_tables(path, tables, speech, title=title, about=about, simulated=simulated)


def write_tables(
    path: Path,
    tables: Sequence[DataTable],
    speech: Speech,
    *,
    title: str,
    about: Sequence[tuple[str, str]],
    simulated: bool,
) -> None:
    """A workbook of any tables, a sheet each; the first sheet has the title, `about` in two columns, and the sheets."""
    import xlsxwriter

    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "constant_memory": True,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        formats = _formats(book)
        names = _sheet_names([speech.say("table.about"), *(data.title for data in tables)])
        first = book.add_worksheet(names[0])
        for name, data in zip(names[1:], tables, strict=True):
            _write_sheet(book.add_worksheet(name), data, formats, speech, simulated=simulated)
        sheets = list(zip(names[1:], tables, strict=True))
        _write_about(first, title, [*about, *_sheet_lines(sheets, speech)], formats)


def _formats(book: Any) -> dict[str, Any]:
    formats = {kind: book.add_format({"num_format": text}) for kind, text in _FORMATS.items()}
    formats["text"] = book.add_format({"num_format": "@"})
    formats["head"] = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    formats["title"] = book.add_format({"bold": True, "font_size": 16})
    formats["warning"] = book.add_format({"bold": True, "font_color": "#9c3d14"})
    formats["wrap"] = book.add_format({"text_wrap": True, "valign": "top"})
    return formats


def _write_sheet(
    sheet: Any, data: DataTable, formats: dict[str, Any], speech: Speech, *, simulated: bool
) -> None:
    """One table: a line that says simulated where it is, the headings, the rows."""
    top = 0
    if simulated:
        sheet.write_string(0, 0, speech.say("banner.long"), formats["warning"])
        sheet.set_header(f"&C{speech.say('banner.long')}")
        top = 1
    headings = [wide for item in data.headings for wide in _spread(item, speech)]
    kinds = [kind for _, kind in headings]
    for column, (title, kind) in enumerate(headings):
        unit = f" ({speech.unit.strip()})" if kind == "fen" else ""
        sheet.write_string(top, column, title + unit, formats["head"])
    rows = data.rows[:EXPORT_ROWS_MAX]
    for index, row in enumerate(rows, start=top + 1):
        _write_row(sheet, index, _spread_row(row, data.headings), kinds, formats, speech)
    for column, width in enumerate(_widths(headings, rows[:_ROWS_MEASURED], data.headings)):
        sheet.set_column(column, column, min(_WIDTH_MAX, max(_WIDTH_MIN, width)))
    sheet.freeze_panes(top + 1, 1)
    if rows:
        sheet.autofilter(top, 0, top + len(rows), len(headings) - 1)


def _write_row(
    sheet: Any, index: int, cells: Sequence[Cell], kinds: list[str], formats: dict[str, Any], speech: Speech
) -> None:
    """Each cell by its type; text of the data only ever as text. Empty cells stay empty."""
    for column, (value, kind) in enumerate(zip(cells, kinds, strict=True)):
        if isinstance(value, str):
            if value:
                text = speech.say(f"mark.{value}") if kind == "mark" else value[:_TEXT_MAX]
                sheet.write_string(index, column, text, formats["text"])
        elif isinstance(value, bool):
            sheet.write_string(
                index, column, speech.say("common.yes" if value else "common.no"), formats["text"]
            )
        elif isinstance(value, int | float):
            number = value / 100 if kind == "fen" else value
            sheet.write_number(index, column, number, formats.get(kind, formats["ratio"]))


def _widths(
    headings: list[tuple[str, str]], rows: Sequence[tuple[Cell, ...]], kinds: tuple[Heading, ...]
) -> list[int]:
    """How wide each column should be, judged by its heading and its first rows."""
    widths = [_width(title) for title, _ in headings]
    for row in rows:
        for column, cell in enumerate(_spread_row(row, kinds)):
            text = f"{cell / 100:,.2f}" if isinstance(cell, int | float) else str(cell or "")
            widths[column] = max(widths[column], _width(text))
    return widths


def _about(input: ReportInput, speech: Speech) -> list[tuple[str, str]]:
    """What the file is, and the ten lines."""
    scope = input.diagnosis.scope
    lines: list[tuple[str, str]] = [("", speech.say("book.about"))]
    if scope.simulated:
        lines.append((speech.say("banner"), speech.say("banner.long")))
    return [
        *lines,
        (speech.say("book.folder"), input.folder_name),
        (speech.say("book.span"), headline.scope_line(input, speech)),
        (speech.say("book.made"), input.made_at),
        *(("", line) for line in headline.summary_lines(input, speech.language)[1:]),
        *(
            (speech.say(f"mark.{mark}"), speech.say(f"marks.{mark}"))
            for mark in ("measured", "estimated", "partial", "missing")
        ),
    ]


def _sheet_lines(sheets: list[tuple[str, DataTable]], speech: Speech) -> list[tuple[str, str]]:
    """What each sheet holds."""
    lines = [("", ""), (speech.say("book.sheets"), speech.say("book.rows"))]
    for name, data in sheets:
        shown = min(len(data.rows), EXPORT_ROWS_MAX)
        cut = speech.say("book.cut", shown=speech.count(shown), total=speech.count(data.total))
        lines.append((name, cut if shown < data.total else speech.count(shown)))
    return lines


def _write_about(sheet: Any, title: str, lines: list[tuple[str, str]], formats: dict[str, Any]) -> None:
    """The first sheet."""
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, title, formats["title"])
    for row, (left, right) in enumerate(lines, start=2):
        sheet.write_string(row, 0, left[:_TEXT_MAX], formats["wrap"])
        sheet.write_string(row, 1, right[:_TEXT_MAX], formats["wrap"])


def _spread(item: Heading, speech: Speech) -> list[tuple[str, str]]:
    if not item.interval:
        return [(item.title, item.kind)]
    low, high = (speech.say(code, title=item.title) for code in ("book.low", "book.high"))
    return [(item.title, item.kind), (low, item.kind), (high, item.kind)]


def _spread_row(row: tuple[Cell, ...], headings: tuple[Heading, ...]) -> Sequence[Cell]:
    """A row with each interval as three cells."""
    if not any(item.interval for item in headings):
        return row
    cells: list[Cell] = []
    for cell, item in zip(row, headings, strict=True):
        if not item.interval:
            cells.append(cell)
        elif isinstance(cell, Interval):
            cells += [cell.value, cell.low, cell.high]
        else:
            cells += [cell, None, None]
    return cells


def _sheet_names(titles: list[str]) -> list[str]:
    """Names that Excel takes: at most 31 characters, no brackets, slashes or quotes, no two alike."""
    names: list[str] = []
    for title in titles:
        plain = _BARRED.sub(" ", title).strip()[:_SHEET_NAME_MAX] or "-"
        name, k = plain, 2
        while name.lower() in (taken.lower() for taken in names):
            suffix = f" {k}"
            name, k = plain[: _SHEET_NAME_MAX - len(suffix)] + suffix, k + 1
        names.append(name)
    return names


def _width(text: str) -> int:
    """Columns a text takes: a CJK character counts two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text) + 2
