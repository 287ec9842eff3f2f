"""What the intake hands on: reports, faults, conflicts and the canonical sources, all as frozen values."""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Literal

from huoshui.base.errors import Language, Text
from huoshui.lake.engines import TableSource
from huoshui.lake.intake.faults import FAULTS

SkipReason = Literal["blank", "title", "total", "repeated_header", "example", "not_our_money"]
Unit = Literal["yuan", "fen"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where it stands, what stands there, and the sentence that says so."""

    code: str
    file: str
    line: int
    column: str
    value: str
    text: Text

    def say(self, language: Language) -> str:
        """The whole fault as one line, place first."""
        if language == "zh":
            place = f"{self.file} 第 {self.line} 行" + (f" “{self.column}”列" if self.column else "")
        else:
            place = f"{self.file} line {self.line}" + (f", column '{self.column}'" if self.column else "")
        return f"{place}: {self.text.say(language)}"


def make_fault(code: str, file: str, line: int, column: str, value: str, **data: object) -> Fault:
    """The fault `code` at its place, its sentence filled in (`value` shortened to what a line can hold)."""
    shown = "".join(mark if mark.isprintable() or mark == " " else _escaped(mark) for mark in value[:61])
    shown = shown if len(value) <= 60 else shown[:57] + "..."
    template = FAULTS[code]
    filled = {"value": shown, "column": column, **data}
    text = Text(*(part.format(**filled) for part in template))
    return Fault(code, file, line, column, shown, text)


def _escaped(mark: str) -> str:
    r"""A character that cannot be seen, as it is written in programs (\n)."""
    return mark.encode("unicode_escape").decode("ascii")


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file (or one sheet): rows_read == rows_kept + rows_merged + rows_set_aside."""

    file: str
    table: str
    encoding: str
    rows_read: int
    rows_kept: int
    rows_merged: int
    rows_set_aside: int
    skipped: AnyMapping[SkipReason, int] = field(default_factory=dict)
    columns: AnyMapping[str, str] = field(default_factory=dict)
    """Header -> canonical column, as it was read."""
    columns_extra: tuple[str, ...] = ()
    columns_left_out: tuple[str, ...] = ()
    """Headers that look like card secrets, keys or passwords: never read."""
    rounded_cells: int = 0
    rounded_fen: Fraction = Fraction(0)
    """Cells with a part of a fen, and what their rounding left out in all (fen, exact)."""
    adopted: bool = False
    """Whether a Parquet file is used where it lies."""

    def __post_init__(self) -> None:
        if self.rows_read != self.rows_kept + self.rows_merged + self.rows_set_aside:
            raise AssertionError(f"rows do not add up: {self}")


@dataclass(frozen=True, slots=True)
class Conflict:
    """The same key with other content in two rows; the later one was kept."""

    table: str
    key: str
    column: str
    kept: str
    dropped: str
    kept_file: str
    dropped_file: str


@dataclass(frozen=True, slots=True)
class Stubs:
    """Ids that rows name and their own table lacks (no fault: each is counted as an unnamed member)."""

    table: str
    column: str
    target: str
    ids: int
    rows: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """Days without a single order between the first and the last: [first, last]."""

    first: date
    last: date
    days: int


@dataclass(frozen=True, slots=True)
class Intake:
    """The canonical tables of one folder and everything that happened on the way."""

    sources: dict[str, TableSource]
    files: tuple[FileReport, ...]
    faults: tuple[Fault, ...]
    fault_counts: dict[str, int]
    corrections: Path | None
    gaps: tuple[Gap, ...]
    stubs: tuple[Stubs, ...]
    conflicts: tuple[Conflict, ...]
    conflicts_count: int
    notes: tuple[Text, ...]
    extra_columns: dict[str, tuple[str, ...]]

    @property
    def rows_read(self) -> int:
        """Data rows of all files."""
        return sum(report.rows_read for report in self.files)

    @property
    def rows_set_aside(self) -> int:
        """Rows that wait for a correction."""
        return sum(report.rows_set_aside for report in self.files)
