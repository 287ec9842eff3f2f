"""One table for two readers: the page draws it as HTML, the workbook as a sheet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from huoshui.core.costs.values import Diagnosis, RowTable
from huoshui.serve.report.input import ReportInput
from huoshui.serve.report.markup import Markup, el, join
from huoshui.serve.report.speech import NOT_KNOWN, Speech

Kind = Literal["text", "fen", "whole", "percent", "rate", "ratio", "count", "mark", "flag"]
_NUMBERS = ("fen", "whole", "percent", "rate", "ratio", "count")
_WORDED = ("source", "segment", "purpose", "verdict", "kind")
"""Columns whose codes are states of ours."""
_SHARE_SHOWN_MIN = 0.0005
"""Smaller shares need their second digit to be more than 0.0%."""
_WHOLE_FROM_FEN = 1_000_000
"""Where a column of the page holds 10,000 yuan or more, its fen are noise; the workbook keeps them."""


class Interval(NamedTuple):
    """A number and its range; the workbook gives each a column of its own."""

    value: float | None
    low: float | None
    high: float | None


Cell = str | int | float | bool | Interval | None


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: what stands above it, how its cells are written, the term that defines it."""

    title: str
    kind: Kind = "text"
    term: str | None = None
    interval: bool = False


@dataclass(frozen=True, slots=True)
class DataTable:
    """Rows of cells under headings; `total_rows` exist where `rows` is only their beginning."""

    code: str
    title: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    total_rows: int | None = None

    @property
    def total(self) -> int:
        """How many rows there are in all."""
        return len(self.rows) if self.total_rows is None else self.total_rows


def heading(
    speech: Speech, code: str, kind: Kind = "text", *, term: str | None = None, interval: bool = False
) -> Heading:
    """The column `col.{code}`."""
    return Heading(title=speech.say(f"col.{code}"), kind=kind, term=term, interval=interval)


def table(
    speech: Speech,
    code: str,
    headings: Sequence[Heading],
    rows: Sequence[tuple[Cell, ...]],
    note: str = "",
    *,
    of: str = "",
) -> DataTable:
    """The table `table.{code}`, `of` one campaign where it is named; every row is as long as the headings."""
    assert all(len(row) == len(headings) for row in rows), code
    title = speech.say(f"table.{code}", name=of) if of else speech.say(f"table.{code}")
    return DataTable(code, title, tuple(headings), tuple(rows), note)


def without_empty(data: DataTable) -> DataTable:
    """The same without the columns in which no row has anything to say."""
    empty = (None, Interval(None, None, None))
    kept = [i for i in range(len(data.headings)) if any(row[i] not in empty for row in data.rows)]
    return replace(
        data,
        headings=tuple(data.headings[i] for i in kept),
        rows=tuple(tuple(row[i] for i in kept) for row in data.rows),
    )


def from_rows(
    source: RowTable, input: ReportInput, speech: Speech, *, title: str, rows_max: int | None = None
) -> DataTable:
    """A table of the diagnosis, whose column codes tell their unit by suffix (_fen, _rate_est, ...)."""
    headings = tuple(
        Heading(title=_column_title(code, input, speech), kind=_kind(code, source, index))
        for index, code in enumerate(source.columns)
    )
    rows: tuple[tuple[Cell, ...], ...] = source.rows if rows_max is None else source.rows[:rows_max]
    worded = [code if code in _WORDED else "" for code in source.columns]
    if any(worded):
        rows = tuple(
            tuple(
                speech.name_of(code, cell) if code and isinstance(cell, str) else cell
                for code, cell in zip(worded, row, strict=True)
            )
            for row in rows
        )
    return DataTable(source.code, title, headings, rows, total_rows=source.total_rows)


def html_table(
    data: DataTable, speech: Speech, *, rows_max: int | None = None, exact: bool = False
) -> Markup:
    """The table as HTML, in a box that scrolls sideways by itself on a narrow screen."""
    shown = data.rows if rows_max is None else data.rows[:rows_max]
    headings = data.headings if exact else _rounded(data)
    head = el("tr", [_head_cell(item, speech) for item in headings])
    body = [
        el(
            "tr",
            [
                _body_cell(cell, item, speech, first=index == 0)
                for index, (cell, item) in enumerate(zip(row, headings, strict=True))
            ],
        )
        for row in shown
    ]
    note = el("p", data.note, class_="note") if data.note else None
    if len(shown) < data.total:
        more = speech.say("table_more", shown=speech.count(len(shown)), total=speech.count(data.total))
        note = join([note, el("p", more, class_="note")])
    grid = el("table", el("caption", data.title, class_="unseen"), el("thead", head), el("tbody", body))
    return join(
        [
            el(
                "div",
                grid,
                class_="scroll compact" if exact else "scroll",
                tabindex="0",
                role="region",
                aria_label=data.title,
            ),
            note,
        ]
    )


def cell_text(cell: Cell, item: Heading, speech: Speech) -> str:
    """One cell as text."""
    if isinstance(cell, Interval):
        if cell.low is not None and cell.high is None:
            least = speech.say("interval.least", low=cell_text(cell.low, item, speech))
            return least if cell.value is None else f"{cell_text(cell.value, item, speech)} ({least})"
        if cell.value is None:
            return NOT_KNOWN
        value = cell_text(cell.value, item, speech)
        if cell.low is None or cell.high is None:
            return value
        low, high = (cell_text(bound, item, speech) for bound in (cell.low, cell.high))
        return f"{value} ({speech.span(low, high)})"
    if cell is None or cell == "":
        return NOT_KNOWN
    if item.kind == "mark":
        return speech.say(f"mark.{cell}")
    if isinstance(cell, str):
        return cell
    if item.kind == "flag" or isinstance(cell, bool):
        return speech.say("common.yes" if cell else "common.no")
    return _number_text(cell, item.kind, speech)


def value_term(diagnosis: Diagnosis) -> str:
    """The word that says what value is here: without goods turnover, without a cost of the files an upper bound."""
    if diagnosis.scope.gross:
        return "gross"
    return "left_out" if diagnosis.scope.left_out else "value"


def _number_text(number: float, kind: Kind, speech: Speech) -> str:
    if kind == "fen":
        return speech.exact(number)
    if kind == "whole":
        return speech.count(number / 100)
    if kind == "percent" and number != 1 and (number == 0 or abs(number) >= _SHARE_SHOWN_MIN):
        return f"{number * 100:.1f}%"
    if kind in ("percent", "rate"):
        return speech.rate(number) if kind == "rate" else speech.percent(number)
    if kind == "ratio":
        return speech.ratio(number)
    return speech.count(number) if kind == "count" else str(number)


def mark_tag(marking: str, speech: Speech) -> Markup:
    """实测 / 按您填写估算 / 缺数据, told apart by shape as well as by word."""
    return el("span", speech.say(f"mark.{marking}"), class_=f"mark mark-{marking}")


def term_link(term: str, text: str) -> Markup:
    """A word that opens its definition: in place with scripts, at the end of the page without."""
    return el("a", text, class_="term", href=f"#word-{term}", data_word=term)


def _head_cell(item: Heading, speech: Speech) -> Markup:
    title = term_link(item.term, item.title) if item.term else item.title
    unit = el("small", f" {speech.unit.strip()}") if item.kind in ("fen", "whole") else None
    return el("th", title, unit, scope="col", class_="number" if item.kind in _NUMBERS else None)


def _rounded(data: DataTable) -> tuple[Heading, ...]:
    """Headings under which large amounts stand without their fen."""
    return tuple(
        replace(item, kind="whole")
        if item.kind == "fen" and _largest(data, index) >= _WHOLE_FROM_FEN
        else item
        for index, item in enumerate(data.headings)
    )


def _largest(data: DataTable, column: int) -> float:
    cells = (row[column] for row in data.rows)
    numbers = (cell.value if isinstance(cell, Interval) else cell for cell in cells)
    return max((abs(number) for number in numbers if isinstance(number, int | float)), default=0.0)


def _body_cell(cell: Cell, item: Heading, speech: Speech, *, first: bool) -> Markup:
    if item.kind == "mark" and isinstance(cell, str):
        return el("td", mark_tag(cell, speech))
    text = cell_text(cell, item, speech)
    if first:
        return el("th", text, scope="row")
    return el("td", text, class_="number" if item.kind in _NUMBERS else None)


def _kind(code: str, source: RowTable, index: int) -> Kind:
    if code.endswith(("_fen", "_fen_est")):
        return "fen"
    if code.endswith(("_rate", "_rate_est", "_share", "_share_est")):
        return "percent"
    first = next((row[index] for row in source.rows if row[index] is not None), None)
    if isinstance(first, float):
        return "ratio"
    return "count" if isinstance(first, int) else "text"


def _column_title(code: str, input: ReportInput, speech: Speech) -> str:
    known = speech.optional(f"col.{code}") or speech.optional(f"col.{code.removesuffix('_est')}")
    if known is not None:
        return known
    for name, text in input.names.items():
        if name.rpartition(".")[2] == code.removesuffix("_fen"):
            return speech.word(text)
    return code
