"""From a row of cells to a plan: which table this is, and which column each cell becomes.

All headers decide together, with the file's name as a hint: words such as 金额 or 时间 belong to many tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from huoshui.base.clock import DEFAULT_ZONE
from huoshui.lake.intake.cells import How
from huoshui.lake.intake.mapping import FileMapping
from huoshui.lake.intake.shops import SHAPES, Shape
from huoshui.lake.intake.words import (
    EXAMPLE_HEADERS,
    FILE_WORDS,
    all_column_words,
    choice_words,
    column_words,
    fold,
    is_fen_header,
    is_percent_header,
    is_personal_header,
    is_secret_header,
)
from huoshui.lake.tables import TABLES, Column, Table

CORRECTION_HEADERS = ("文件", "行", "列", "原因", "校验")
"""What a file of corrections adds to the original cells."""


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """One cell of the row: where it stands, what it is called there, and which column it becomes."""

    index: int
    header: str
    column: Column
    how: How


@dataclass(frozen=True, slots=True)
class TablePlan:
    """How the rows under one header become rows of one table."""

    table: Table
    headers: tuple[str, ...]
    columns: tuple[ColumnPlan, ...]
    extra: tuple[tuple[int, str], ...]
    left_out: tuple[str, ...]
    missing: tuple[Column, ...]
    shape: Shape | None = None
    helpers: tuple[tuple[str, int], ...] = ()
    """Cells a shape works with itself: its name for them, and where they stand."""
    correction: tuple[int, ...] = ()
    """Where 文件 行 列 原因 校验 stand, in a file of corrections."""

    @property
    def width(self) -> int:
        """Cells of the header row."""
        return len(self.headers)

    @property
    def names(self) -> dict[str, str]:
        """Header -> column."""
        return {plan.header: plan.column.name for plan in self.columns}


def plan_of(
    cells: Sequence[str], *, file_name: str, zone: str = DEFAULT_ZONE
) -> tuple[TablePlan | None, int]:
    """The likeliest plan of a header row and its score (columns recognised, hints added); None below two columns."""
    headers = tuple(cell.strip() for cell in cells)
    folded = tuple(fold(header) for header in headers)
    correction = _correction(headers)
    for shape in SHAPES:
        if shape.fits(folded):
            return _shape_plan(shape, headers, folded, zone, correction), 1000 + len(shape.columns)
    best: TablePlan | None = None
    best_score = 0
    if sum(word in all_column_words() for word in folded) < 2:
        # most rows are no header: seen at once
        return None, 0
    hints = hinted_tables(file_name)
    for name, table in TABLES.items():
        if sum(word in column_words(name) for word in folded) < 2:
            continue
        plan = _table_plan(table, headers, folded, zone, correction)
        score = _score(plan, hints.get(name, 0))
        if len(plan.columns) >= 2 and score > best_score:
            best, best_score = plan, score
    return best, best_score


def mapped_plan(said: FileMapping, headers: tuple[str, ...]) -> TablePlan:
    """The plan a mapping.toml asks for; headers it does not speak of stay in `extra`."""
    table = TABLES[said.table]
    columns: list[ColumnPlan] = []
    extra: list[tuple[int, str]] = []
    left_out: list[str] = []
    seen: set[str] = set()
    for index, header in enumerate(headers):
        choice = said.columns.get(header)
        if is_secret_header(header):
            left_out.append(header)
        elif choice and choice.column and choice.column not in seen:
            seen.add(choice.column)
            plan = _column_plan(table, index, header, choice.column, said.zone, choice.unit)
            words = said.values.get(header) or said.values.get(choice.column)
            columns.append(
                replace(plan, how=replace(plan.how, words={**plan.how.words, **words})) if words else plan
            )
        elif is_personal_header(header):
            left_out.append(header)
        elif header:
            extra.append((index, header))
    correction = _correction(headers)
    extra = [one for one in extra if one[0] not in correction]
    return TablePlan(
        table,
        headers,
        tuple(columns),
        tuple(extra),
        tuple(left_out),
        _missing(table, columns),
        None,
        (),
        correction,
    )


def _correction(headers: tuple[str, ...]) -> tuple[int, ...]:
    """Where a file of corrections says which row it mends; empty for any other file."""
    places = tuple(headers.index(word) for word in CORRECTION_HEADERS if word in headers)
    return places if len(places) == len(CORRECTION_HEADERS) else ()


@lru_cache(maxsize=100)
def hinted_tables(file_name: str) -> dict[str, int]:
    """Tables whose word the file's name holds -> length of the longest such word (longer says more)."""
    name = fold(file_name)
    hints: dict[str, int] = {}
    for table, text in FILE_WORDS.items():
        for word in map(fold, text.split()):
            if word in name:
                hints[table] = max(hints.get(table, 0), len(word) * (3 if not word.isascii() else 1))
    return hints


def _score(plan: TablePlan, hint: int) -> int:
    complete = 12 if not plan.missing else -2 * len(plan.missing)
    exact = sum(2 for column in plan.columns if fold(column.header) in _own_words(column.column))
    own_key = 3 if plan.table.key and any(c.column.name == plan.table.key for c in plan.columns) else 0
    strange = min(sum(bool(header) for header in plan.headers) - len(plan.columns), 10)
    return 4 * len(plan.columns) + exact + complete + own_key + 3 * min(hint, 12) - strange


def _own_words(column: Column) -> tuple[str, str]:
    return fold(column.name), fold(column.title.zh)


def _table_plan(
    table: Table, headers: tuple[str, ...], folded: tuple[str, ...], zone: str, correction: tuple[int, ...]
) -> TablePlan:
    words = column_words(table.name)
    order = {word: place for place, word in enumerate(words)}
    chosen: dict[str, int] = {}
    for index, word in enumerate(folded):
        name = words.get(word)
        if name is None or index in correction or is_secret_header(headers[index]):
            continue
        # of two headers that say the same, the one whose word stands first in our list says it better
        if name not in chosen or order[word] < order[folded[chosen[name]]]:
            chosen[name] = index
    by_index = {index: name for name, index in chosen.items()}
    return _plan(table, headers, by_index, zone, correction, None)


def _shape_plan(
    shape: Shape, headers: tuple[str, ...], folded: tuple[str, ...], zone: str, correction: tuple[int, ...]
) -> TablePlan:
    table = TABLES[shape.table]
    by_index: dict[int, str] = {}
    helpers: list[tuple[str, int]] = []
    for index, word in enumerate(folded):
        name = shape.columns.get(word, "")
        if not name or index in correction or name in by_index.values():
            continue
        if name.startswith("_"):
            helpers.append((name, index))
        else:
            by_index[index] = name
    return _plan(table, headers, by_index, zone, correction, shape, tuple(helpers))


def _plan(
    table: Table, headers: tuple[str, ...], by_index: dict[int, str], zone: str, correction: tuple[int, ...],
    shape: Shape | None, helpers: tuple[tuple[str, int], ...] = (),
) -> TablePlan:  # fmt: skip
    columns = [
        _column_plan(table, index, headers[index], name, zone, None, shape)
        for index, name in sorted(by_index.items())
    ]
    used = {*by_index, *correction, *(index for _, index in helpers)}
    rest = [i for i in range(len(headers)) if i not in used]
    left_out = tuple(h for h in (headers[i] for i in rest) if is_secret_header(h) or is_personal_header(h))
    extra = tuple(
        (i, headers[i])
        for i in rest
        if headers[i] and headers[i] not in left_out and fold(headers[i]) not in EXAMPLE_HEADERS
    )
    return TablePlan(
        table,
        headers,
        tuple(columns),
        extra,
        left_out,
        _missing(table, columns, shape),
        shape,
        helpers,
        correction,
    )


def _column_plan(
    table: Table, index: int, header: str, name: str, zone: str, unit: str | None, shape: Shape | None = None
) -> ColumnPlan:
    column = table.column(name)
    fen = unit == "fen" or (unit is None and column.kind in ("fen", "price") and is_fen_header(header))
    words = choice_words(table.name, column) if column.kind == "choice" else {}
    if shape and name in shape.words:
        words = {**words, **shape.words[name]}
    return ColumnPlan(
        index, header, column, How("fen" if fen else "yuan", zone, words, is_percent_header(header))
    )


def derived_columns(table: Table, columns: Sequence[ColumnPlan], shape: Shape | None) -> tuple[str, ...]:
    """Columns that other cells stand in for: by the shape, or an amount's sign and the words of a memo."""
    there = {plan.column.name for plan in columns}
    derived = list(shape.derived) if shape else []
    if table.name == "balance_entries" and "amount" in there:
        derived += ["direction", *(["kind"] if "memo" in there else [])]
    return tuple(name for name in dict.fromkeys(derived) if name not in there)


def _missing(table: Table, columns: Sequence[ColumnPlan], shape: Shape | None = None) -> tuple[Column, ...]:
    there = {plan.column.name for plan in columns} | set(derived_columns(table, columns, shape))
    return tuple(column for column in table.columns if column.required and column.name not in there)
