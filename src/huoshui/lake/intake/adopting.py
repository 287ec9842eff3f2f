"""Parquet used where it lies: allowed by the types, proven by one aggregate query, else left to the reading of
rows.

What is proven is what the careful reading would have refused: no required cell empty, no unknown choice, no
amount below zero or past all measure, no time outside the century, no key twice. A file that is not marked as
ours must also hold clean texts and no personal data (that would have to be hashed).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from huoshui.base.clock import DEFAULT_ZONE
from huoshui.base.money import FEN_MAX
from huoshui.lake.engines import AdoptedColumn, Reading, TableSource
from huoshui.lake.intake.cells import MISSING
from huoshui.lake.intake.headers import ColumnPlan, TablePlan

_TEXT_TYPES = (pa.types.is_string, pa.types.is_large_string)
_SPECIAL_TEXT = r"^['=]|^[+-]?\d(\.\d+)?[eE]\+\d{1,3}$|[\x00-\x1f\x7f]"
SORTED_KEY_BYTES = 50
"""Memory of the whole run a key's hash may claim: 8 bytes, twice while they are fetched, a third of it in all."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A Parquet file that may be adopted: its plan, its reader, and whether it says that it is ours."""

    path: Path
    file: pq.ParquetFile
    plan: TablePlan
    canonical: bool


def adopt(
    engine: duckdb.DuckDBPyConnection, candidates: Sequence[Candidate], *, memory_bytes: int
) -> TableSource | None:
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
    rows = sum(c.file.metadata.num_rows for c in candidates)
    in_memory = rows <= memory_bytes // SORTED_KEY_BYTES
    if not _proven(engine, first.plan, adopted, paths, first.canonical, in_memory=in_memory):
        return None
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
    canonical: bool, *, in_memory: bool,
) -> bool:  # fmt: skip
    """Whether nothing is in the files that reading row by row would have refused or merged.

    Bounds and empty cells stand in the statistics of the files, so the engine reads those alone; texts are
    scanned only where the statistics settle nothing.
    """
    bounds: list[str] = []
    scans: list[str] = []
    for column_plan, column in zip(plan.columns, adopted, strict=True):
        name = _quoted(column.name_in_file)
        bounds += _out_of_bounds(column_plan, name, column.reading, canonical)
        scans += _doubtful_cells(column_plan, name, canonical)
    key = next((a.name_in_file for a in adopted if a.name == plan.table.key), None)
    files = f"read_parquet([{', '.join(_literal(str(path)) for path in paths)}])"
    try:
        for checks in (bounds, [f"bool_or({scan})" for scan in scans]):
            if checks and any(engine.execute(f"SELECT {', '.join(checks)} FROM {files}").fetchall()[0]):
                return False
        return key is None or _unique(engine, _quoted(key), files, in_memory=in_memory)
    except duckdb.Error:
        # whatever the engine cannot read the row reader will name, with its place
        return False


def _unique(engine: duckdb.DuckDBPyConnection, key: str, files: str, *, in_memory: bool) -> bool:
    """Whether no key stands twice, by 64-bit hashes: equal ones may be two keys, and then rows are read one by one.

    Sorting the hashes takes half of what the engine's table of distinct ones takes; where there is no room for
    them that table, which spills, has the word.
    """
    if not in_memory:
        query = f"SELECT count(*) > count(DISTINCT hash({key})) FROM {files}"
        return not engine.execute(query).fetchall()[0][0]
    fetched = engine.execute(f"SELECT hash({key}) AS number FROM {files}").fetchnumpy()
    hashes = np.asarray(fetched["number"])
    if len(hashes) > 1:
        middle = len(hashes) // 2
        hashes.partition(middle)
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(np.ndarray.sort, (hashes[:middle], hashes[middle:])))
    return not bool((hashes[1:] == hashes[:-1]).any())


def _out_of_bounds(plan: ColumnPlan, name: str, reading: Reading, canonical: bool) -> list[str]:
    """SQL aggregates that are true where a column holds an empty cell or a value past all measure."""
    column = plan.column
    doubts = [f"count(*) > count({name})"] if column.required else []
    match column.kind:
        case "id" | "text":
            if canonical and column.required:
                doubts.append(f"min({name})::VARCHAR = ''")
        case "fen" | "price" | "count":
            most = FEN_MAX // 100 if reading == "fen_of_yuan" or column.kind == "price" else FEN_MAX
            doubts += [f"max({name}) > {most}", f"min({name}) < {-most if column.signed else 0}"]
        case "rate":
            doubts += [f"min({name}) < 0", f"max({name}) > {999 if column.name == 'bar' else 1}"]
        case "time":
            doubts += [f"min({name}) < TIMESTAMP '2000-01-02'", f"max({name}) >= TIMESTAMP '2099-12-31'"]
        case "choice" | "flag":
            pass
    return doubts


def _doubtful_cells(plan: ColumnPlan, name: str, canonical: bool) -> list[str]:
    """SQL conditions that are true for a text the careful reading might refuse or read otherwise."""
    column = plan.column
    if column.kind == "choice":
        return [f"{name} NOT IN ({', '.join(map(repr, column.choices))})"]
    if column.kind not in ("id", "text") or canonical:
        return []
    text = f"{name}::VARCHAR"
    empty = ", ".join(map(_literal, sorted(MISSING)))
    nobody = f" OR {text} = '0'" if column.kind == "id" and not column.required else ""
    special = f"regexp_matches({text}, {_literal(_SPECIAL_TEXT)})"
    return [f"({text} <> trim({text}) OR lower({text}) IN ({empty}) OR {special}{nobody})"]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
