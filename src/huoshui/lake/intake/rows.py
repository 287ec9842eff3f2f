"""Rows under a header into canonical columns; what cannot be read is handed back row by row, with every reason.

The reader of one grid: it knows the plan of its header and turns each chunk of raw rows into an Arrow table
of good rows, a list of bad rows and the counts of lines that were no data.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import pyarrow as pa

from huoshui.lake.intake.arrow import Array, pc
from huoshui.lake.intake.cells import How, Refusal, is_padded
from huoshui.lake.intake.columns import ARROW_TYPES, hash_column, read_column
from huoshui.lake.intake.grids import RawChunk, broken_cell, readable
from huoshui.lake.intake.headers import ColumnPlan, TablePlan, derived_columns
from huoshui.lake.intake.shops import Texts, entry_defaults
from huoshui.lake.intake.values import Fault, SkipReason, make_fault
from huoshui.lake.intake.words import EXAMPLE_HEADERS, TOTAL_WORDS, choice_words, fold

LINE = "_line"
EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row set aside: where it began, its original cells, and its faults."""

    line: int
    cells: tuple[str, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class ReadChunk:
    """One chunk read: good rows in canonical types (with `extra` and `_line`), bad rows, lines that were no data."""

    good: pa.Table
    bad: list[BadRow]
    skipped: Counter[SkipReason]
    rounded_cells: int
    rounded_fen: Fraction
    digests: list[str]
    """Of a file of corrections: the digests of the rows that are good now."""


@dataclass(slots=True)
class GridReader:
    """Reads chunks of one grid by its plan."""

    plan: TablePlan
    label: str
    encoding: str
    key: bytes | None
    """The installation's key; None where personal data is hashed already."""
    damaged: bool = False
    short_rows_allowed: bool | None = None
    padded: dict[str, bool] = field(default_factory=dict)

    def read(self, chunk: RawChunk) -> ReadChunk:
        """The rows of `chunk` (header and what stands before it already taken off)."""
        skipped: Counter[SkipReason] = Counter()
        bad = [
            BadRow(line, (text,), (make_fault("unclosed_quote", self.label, line, "", text),))
            for line, text in ((line, readable(text)) for line, text in chunk.unclosed)
        ]
        rows, lines = self._of_right_width(chunk, skipped, bad)
        if not rows:
            return ReadChunk(self._empty(), bad, skipped, 0, Fraction(0), [])
        texts_by_index = [
            pc.utf8_trim_whitespace(pa.array(column, pa.string())) for column in zip(*rows, strict=True)
        ]
        good, faults, rounded_cells, rounded_fen, dropped = self._columns(texts_by_index, lines)
        for row, row_faults in sorted(faults.items()):
            reason = self._no_data(rows[row])
            if reason:
                skipped[reason] += 1
            else:
                bad.append(BadRow(lines[row], tuple(rows[row]), tuple(row_faults)))
        for reason, count in dropped.items():
            skipped[reason] += count
        bad.sort(key=lambda one: one.line)
        digests: list[str] = []
        if self.plan.correction:
            place = self.plan.correction[4]
            digests = [row[place].strip() for number, row in enumerate(rows) if number not in faults]
        return ReadChunk(good, bad, skipped, rounded_cells, rounded_fen, digests)

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of the good rows."""
        fields = [pa.field(p.column.name, ARROW_TYPES[p.column.kind]) for p in self._all_columns()]
        return pa.schema([*fields, pa.field(EXTRA, pa.string()), pa.field(LINE, pa.int64())])

    def _empty(self) -> pa.Table:
        return self.schema.empty_table()

    def _all_columns(self) -> list[ColumnPlan]:
        """The plan's columns and those computed from other cells of the row."""
        plans = list(self.plan.columns)
        for name in derived_columns(self.plan.table, self.plan.columns, self.plan.shape):
            column = self.plan.table.column(name)
            words = choice_words(self.plan.table.name, column) if column.kind == "choice" else {}
            plans.append(ColumnPlan(-1, column.title.zh, column, How(words=words)))
        return plans

    def _of_right_width(
        self, chunk: RawChunk, skipped: Counter[SkipReason], bad: list[BadRow]
    ) -> tuple[list[list[str]], list[int]]:
        """Rows as wide as the header; blank ones are counted, others of a wrong width are set aside."""
        width = self.plan.width
        if self.short_rows_allowed is None:
            short = sum(0 < len(row) < width for row in chunk.rows)
            # spreadsheets drop empty cells at the end of whole blocks of rows; a lone short row is an accident
            self.short_rows_allowed = short > 20 and short * 5 > len(chunk.rows)
        rows: list[list[str]] = []
        lines: list[int] = []
        last = len(chunk.rows) - 1
        for number, (row, line) in enumerate(zip(chunk.rows, chunk.lines, strict=True)):
            if not any(map(str.strip, row)):
                skipped["blank"] += 1
                continue
            if len(row) != width or self.damaged:
                cut = chunk.cut_last and number == last
                fixed = self._mend_width(row, line, cut)
                if isinstance(fixed, BadRow):
                    reason = self._no_data(row)
                    if reason:
                        skipped[reason] += 1
                    else:
                        bad.append(fixed)
                    continue
                row = fixed
            rows.append(row)
            lines.append(line)
        return rows, lines

    def _mend_width(self, row: list[str], line: int, cut: bool) -> list[str] | BadRow:
        width = self.plan.width
        broken = broken_cell(row) if self.damaged else None
        if broken is not None:
            shown = [readable(cell) for cell in row]
            column = self._header(broken)
            found = make_fault("wrong_byte", self.label, line, column, shown[broken], encoding=self.encoding)
            return BadRow(line, tuple(shown), (found,))
        if len(row) > width:
            if not any(map(str.strip, row[width:])):
                return row[:width]
            over = next(cell for cell in row[width:] if cell.strip())
            found = make_fault("row_too_long", self.label, line, "", over, cells=len(row), columns=width)
            return BadRow(line, tuple(row), (found,))
        if len(row) == width:
            return row
        read = {plan.index for plan in self.plan.columns}
        if (self.short_rows_allowed and not cut) or not any(
            index in read for index in range(len(row), width)
        ):
            return [*row, *[""] * (width - len(row))]
        found = make_fault(
            "row_too_short", self.label, line, self._header(len(row)), "", cells=len(row), columns=width
        )
        return BadRow(line, tuple(row), (found,))

    def _header(self, index: int) -> str:
        """What to call a column: its header, or its number where there is none."""
        return (self.plan.headers[index] if index < self.plan.width else "") or f"#{index + 1}"

    def _columns(
        self, by_index: list[Array], lines: list[int]
    ) -> tuple[pa.Table, dict[int, list[Fault]], int, Fraction, Counter[SkipReason]]:
        texts: Texts = {p.column.name: by_index[p.index] for p in self.plan.columns}
        texts.update({name: by_index[index] for name, index in self.plan.helpers})
        headers = {p.column.name: p.header for p in self.plan.columns}
        shape, count = self.plan.shape, len(lines)
        if shape:
            # a shape may count on all of its columns, even where a file has lost some
            blank = pa.array([""] * count)
            texts.update({name: blank for name in shape.columns.values() if name not in texts})
            texts = shape.derive(texts) if shape.derive else texts
        elif self.plan.table.name == "balance_entries":
            texts = entry_defaults(texts)
        faults: dict[int, list[Fault]] = {}
        values: list[Array] = []
        rounded_cells, rounded_fen = 0, Fraction(0)
        for plan in self._all_columns():
            column = plan.column
            cells = texts.get(column.name)
            if cells is None:
                cells = pa.array([""] * count)
            read = read_column(column, cells, self._how(plan, cells))
            rounded_cells += read.rounded_cells
            rounded_fen += read.rounded_fen
            header = headers.get(column.name, plan.header)
            for row, refusal in read.refused.items():
                faults.setdefault(row, []).append(
                    self._fault(refusal, lines[row], header, cells[row].as_py())
                )
            if column.required and read.values.null_count:
                for row in np.flatnonzero(read.values.is_null().to_numpy(zero_copy_only=False)).tolist():
                    if row not in read.refused:
                        missing = self._fault(
                            Refusal("missing_value"), lines[row], header, cells[row].as_py()
                        )
                        faults.setdefault(row, []).append(missing)
            values.append(self._finished(plan, read.values))
        dropped: Counter[SkipReason] = Counter()
        keep = np.ones(count, dtype=bool)
        keep[list(faults)] = False
        self._drop(texts, by_index, keep, faults, dropped)
        arrays = [*values, self._extra(by_index, count), pa.array(lines, pa.int64())]
        table = pa.Table.from_arrays(arrays, schema=self.schema)
        return (
            (table if keep.all() else table.filter(pa.array(keep))),
            faults,
            rounded_cells,
            rounded_fen,
            dropped,
        )

    def _drop(
        self, texts: Texts, by_index: list[Array], keep: np.ndarray, faults: dict[int, list[Fault]],
        dropped: Counter[SkipReason],
    ) -> None:  # fmt: skip
        """Take out example rows, and rows that are not about our money at all."""
        for index, header in enumerate(self.plan.headers):
            if fold(header) in EXAMPLE_HEADERS:
                marked = pc.not_equal(by_index[index], "").to_numpy(zero_copy_only=False)
                self._leave_out(marked, "example", keep, faults, dropped)
        if self.plan.shape and self.plan.shape.keep:
            other = ~self.plan.shape.keep(texts).to_numpy(zero_copy_only=False)
            self._leave_out(other, "not_our_money", keep, faults, dropped)

    @staticmethod
    def _leave_out(
        mask: np.ndarray, reason: SkipReason, keep: np.ndarray, faults: dict[int, list[Fault]],
        dropped: Counter[SkipReason],
    ) -> None:  # fmt: skip
        for row in np.flatnonzero(mask).tolist():
            faults.pop(row, None)
        dropped[reason] += int(mask.sum())
        keep[mask] = False

    def _how(self, plan: ColumnPlan, cells: Array) -> How:
        """The plan's way of reading; for ids, whether a spreadsheet visibly cut this file's long numbers."""
        if plan.column.kind != "id":
            return plan.how
        name = plan.column.name
        if name not in self.padded:
            long = cells.filter(pc.match_substring_regex(cells, r"^\d{16,}$")).to_pylist()
            self.padded[name] = len(long) >= 3 and sum(map(is_padded, long)) * 10 >= 9 * len(long)
        return replace(plan.how, ids_padded=self.padded[name])

    def _finished(self, plan: ColumnPlan, values: Array) -> Array:
        column = plan.column
        if column.hashed:
            return values if self.key is None else hash_column(values, self.key)
        if column.name == "device" and self.key is not None:
            return _device_kind(values, self.key)
        if column.kind == "id" and not column.required:
            # databases write 0 for "nobody"
            return pc.if_else(pc.equal(values, "0"), pa.scalar(None, pa.string()), values)
        return values

    def _fault(self, refusal: Refusal, line: int, header: str, value: str) -> Fault:
        return make_fault(refusal.code, self.label, line, header, value, **refusal.data)

    def _no_data(self, row: list[str]) -> SkipReason | None:
        """Why a row that cannot be read is no data at all: the header again, or a line of totals."""
        cells = [cell.strip() for cell in row]
        if tuple(cells[: self.plan.width]) == self.plan.headers:
            return "repeated_header"
        filled = [cell for cell in cells if cell]
        first = fold(filled[0]) if filled else ""
        if TOTAL_WORDS.match(first) or re.match(r"^(合计|总计|小计|共计|共\d+[条笔行])", first):
            return "total"
        return None

    def _extra(self, by_index: list[Array], count: int) -> Array:
        """Unknown columns as one JSON text a row (null where all are empty)."""
        pieces = []
        for index, header in self.plan.extra:
            cells = by_index[index]
            name = json.dumps(header, ensure_ascii=False)
            escaped = pc.replace_substring(pc.replace_substring(cells, "\\", "\\\\"), '"', '\\"')
            if _any(pc.match_substring_regex(cells, r"[\x00-\x1f]")):
                escaped = pa.array(
                    [json.dumps(c, ensure_ascii=False)[1:-1] for c in cells.to_pylist()], pa.string()
                )
            pair = pc.binary_join_element_wise(f'{name}: "', escaped, '", ', "")
            # empty texts and no nulls: Arrow's join drops rows whose parts are all null
            pieces.append(pc.if_else(pc.equal(cells, ""), "", pair))
        if not pieces:
            return pa.nulls(count, pa.string())
        joined = pc.utf8_rtrim(pc.binary_join_element_wise(*pieces, ""), ", ")
        whole = pc.binary_join_element_wise("{", joined, "}", "")
        return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), whole)


def _any(mask: Array) -> bool:
    return bool(pc.any(mask, min_count=0).as_py())


def _device_kind(values: Array, key: bytes) -> Array:
    """A kind of device stays as text; what could point at one device is hashed."""
    telling = pc.or_(
        pc.greater(pc.utf8_length(values), 24), pc.match_substring_regex(values, r"[0-9a-fA-F]{6}|\d{5}")
    )
    if not _any(pc.fill_null(telling, False)):
        return values
    return pc.if_else(telling, hash_column(values, key), values)
