"""Parquet used where it lies: allowed by the types, proven by one aggregate query, else left to the reading of
rows.

What is proven is what the careful reading would have refused: no required cell empty, no unknown choice, no
amount below zero or past all measure, no time outside the century, no key twice. A file that is not marked as
ours must also hold clean texts and no personal data (that would have to be hashed).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from huoshui.base.clock import DEFAULT_ZONE
from huoshui.base.money import FEN_MAX
from huoshui.lake.engines import AdoptedColumn, Reading, TableSource
from huoshui.lake.intake.cells import MISSING
from huoshui.lake.intake.headers import ColumnPlan, TablePlan

_TEXT_TYPES = (pa.types.is_string, pa.types.is_large_string)
_SPECIAL_TEXT = r"^['=]|^[+-]?\d(\.\d+)?[eE]\+\d{1,3}$|[\x00-\x1f\x7f]"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A Parquet file that may be adopted: its plan, its reader, and whether it says that it is ours."""

    path: Path
    file: pq.ParquetFile
    plan: TablePlan
    canonical: bool


def adopt(engine: duckdb.DuckDBPyConnection, candidates: Sequence[Candidate]) -> TableSource | None:
    """The files of one table as its source, read where they lie; None if anything speaks against it."""
    first = candidates[0]
    table = first.plan.table
    same_schema = all(c.file.schema_arrow.equals(first.file.schema_arrow) for c in candidates)
    if (
        first.plan.missing
        or first.plan.shape
        or not same_schema
        or (table.key is None and len(candidates) > 1)
    ):
        return None
    if any(c.canonical != first.canonical for c in candidates):
        return None
    there = {p.column.name for p in first.plan.columns}
    if any(c.required and c.name not in there for c in table.columns):
        return None
    adopted: list[AdoptedColumn] = []
    for plan in first.plan.columns:
        reading = _reading(plan, first.file.schema_arrow.field(plan.index).type, first.canonical)
        if reading is None:
            return None
        adopted.append(AdoptedColumn(plan.column.name, first.file.schema_arrow.names[plan.index], reading))
    paths = tuple(c.path for c in candidates)
    if not _proven(engine, first.plan, adopted, paths, first.canonical):
        return None
    rows = sum(c.file.metadata.num_rows for c in candidates)
    return TableSource(table.name, paths, frozenset(there), rows, tuple(adopted))


def _reading(plan: ColumnPlan, kind: pa.DataType, canonical: bool) -> Reading | None:
    """How a physical type becomes the column without losing anything; None if it cannot."""
    column = plan.column
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    whole = pa.types.is_integer(kind) and not pa.types.is_uint64(kind)
    decimal_places = kind.scale if isinstance(kind, pa.Decimal128Type) else None
    fits = whole or (isinstance(kind, pa.Decimal128Type) and kind.precision <= 18)
    match column.kind:
        case "id":
            return "same" if whole or any(test(kind) for test in _TEXT_TYPES) else None
        case "text" | "choice":
            textual = any(test(kind) for test in _TEXT_TYPES)
            return "same" if textual and (canonical or not column.hashed) else None
        case "fen":
            if whole and (canonical or plan.how.unit == "fen"):
                return "same"
            in_yuan = fits and not canonical and plan.how.unit == "yuan"
            return "fen_of_yuan" if in_yuan and (decimal_places or 0) <= 2 else None
        case "price":
            return "same" if fits and plan.how.unit == "yuan" and (decimal_places or 0) <= 6 else None
        case "rate":
            return (
                "same"
                if decimal_places is not None and not plan.how.percent and fits and decimal_places <= 8
                else None
            )
        case "count":
            return "same" if whole else None
        case "time":
            if not pa.types.is_timestamp(kind):
                return "same" if pa.types.is_date32(kind) else None
            if kind.tz:
                return "local_of_instant"
            return "same" if plan.how.zone == DEFAULT_ZONE else None
        case "flag":
            return "same" if pa.types.is_boolean(kind) else None


def _proven(
    engine: duckdb.DuckDBPyConnection, plan: TablePlan, adopted: Sequence[AdoptedColumn], paths: Sequence[Path],
    canonical: bool,
) -> bool:  # fmt: skip
    """Whether one aggregate over the files finds nothing that reading row by row would have refused or merged."""
    checks: list[str] = []
    for column_plan, column in zip(plan.columns, adopted, strict=True):
        checks += _doubts(
            column_plan, '"' + column.name_in_file.replace('"', '""') + '"', column.reading, canonical
        )
    counts = [f"count(*) FILTER (WHERE {check})" for check in checks]
    key = next((a.name_in_file for a in adopted if a.name == plan.table.key), None)
    if key is not None:
        # distinct hashes prove distinct keys; equal ones may be two keys, and then the rows are read one by one
        counts.append('count(*) - count(DISTINCT hash("' + key.replace('"', '""') + '"))')
    files = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    try:
        found = engine.execute(f"SELECT {', '.join(counts)} FROM read_parquet([{files}])").fetchall()[0]
    except duckdb.Error:
        # whatever the engine cannot read the row reader will name, with its place
        return False
    return not any(found)


def _doubts(plan: ColumnPlan, name: str, reading: Reading, canonical: bool) -> list[str]:
    """SQL conditions that are true for a cell the careful reading might refuse or read otherwise."""
    column = plan.column
    doubts = [f"{name} IS NULL"] if column.required else []
    match column.kind:
        case "id" | "text":
            empty = ", ".join("'" + word.replace("'", "''") + "'" for word in sorted(MISSING))
            nobody = " OR {0} = '0'" if column.kind == "id" and not column.required else ""
            text = f"{name}::VARCHAR"
            if not canonical:
                doubts.append(
                    f"({text} <> trim({text}) OR lower({text}) IN ({empty}) "
                    f"OR regexp_matches({text}, '{_SPECIAL_TEXT.replace(chr(39), chr(39) * 2)}'){nobody.format(text)})"
                )
            elif column.required:
                doubts.append(f"{text} = ''")
        case "choice":
            doubts.append(f"{name} NOT IN ({', '.join(repr(choice) for choice in column.choices)})")
        case "fen" | "price" | "count":
            most = FEN_MAX // 100 if reading == "fen_of_yuan" or column.kind == "price" else FEN_MAX
            doubts.append(f"abs({name}) > {most}")
            if not column.signed:
                doubts.append(f"{name} < 0")
        case "rate":
            doubts.append(f"({name} < 0 OR {name} > {999 if column.name == 'bar' else 1})")
        case "time":
            doubts.append(f"({name} < TIMESTAMP '2000-01-02' OR {name} >= TIMESTAMP '2099-12-31')")
        case "flag":
            pass
    return doubts
