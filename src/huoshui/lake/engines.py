"""The analytics engine behind the facts: DuckDB over canonical Parquet, bounded in memory, never on the network.

`open_lake` gives every canonical table as an Ibis table with all its columns; a column or table the files lack is
there as typed NULLs or without rows, and `Lake.has` tells which. Facts are written once against that.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import ibis
import ibis.expr.datatypes as dt
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table as IbisTable

from huoshui.base.clock import DEFAULT_ZONE
from huoshui.base.limits import ENGINE_SHARE, PROCESS_BYTES
from huoshui.lake.tables import TABLES, Column, Kind

IBIS_TYPES: dict[Kind, dt.DataType] = {
    "id": dt.string,
    "text": dt.string,
    "choice": dt.string,
    "fen": dt.int64,
    "price": dt.Decimal(18, 6),
    "rate": dt.Decimal(12, 8),
    "count": dt.int64,
    "time": dt.Timestamp(scale=6),
    "flag": dt.boolean,
}


SCRATCH = "scratch"
"""The engine's name for where materialised tables lie."""

Reading = Literal["same", "fen_of_yuan", "local_of_instant"]
"""How a column of an adopted file becomes ours: a cast that loses nothing, yuan x 100, an instant's local time."""


@dataclass(frozen=True, slots=True)
class AdoptedColumn:
    """One column of a Parquet file that is used where it lies: our name, its name in the file, how it is read."""

    name: str
    name_in_file: str
    reading: Reading = "same"


@dataclass(frozen=True, slots=True)
class TableSource:
    """Where one canonical table lies: its Parquet files, and which columns they hold.

    Without `adopted` the files are in canonical types and names; with it they are a shop's own, read through casts.
    """

    name: str
    paths: tuple[Path, ...]
    columns: frozenset[str]
    rows: int
    adopted: tuple[AdoptedColumn, ...] = ()


@ibis.udf.scalar.builtin(
    name="timezone", signature=((dt.string, dt.Timestamp(timezone="UTC")), dt.Timestamp())
)
def _local_time(zone, instant):  # type: ignore[no-untyped-def]
    """Local time of an instant (a cast to a zoned type would silently keep UTC)."""


class Engine(Backend):  # type: ignore[misc]
    """DuckDB by Ibis, its answers read without pandas: importing it takes half a second, and nothing here needs it."""

    def to_pyarrow(
        self, expr: ibis.Expr, /, *, params: Any = None, limit: int | str | None = None, **kwargs: Any
    ) -> Any:
        """The answer to `expr` as an Arrow table, column or scalar in the types of `expr`."""
        self._run_pre_execute_hooks(expr)
        sql = self.compile(expr.as_table(), params=params, limit=limit, **kwargs)
        return expr.__pyarrow_result__(self.con.sql(sql).to_arrow_table())


class Lake:
    """The canonical tables of one folder on one engine."""

    def __init__(self, backend: Backend, sources: dict[str, TableSource]) -> None:
        self.backend = backend
        self.sources = sources
        self._tables = {name: self._attach(name) for name in TABLES}

    def table(self, name: str) -> IbisTable:
        """The canonical table `name` with all its columns."""
        return self._tables[name]

    def has(self, name: str, column: str | None = None) -> bool:
        """Whether the files hold table `name` (with at least one row), and its `column` if one is given."""
        source = self.sources.get(name)
        return source is not None and source.rows > 0 and (column is None or column in source.columns)

    def materialise(self, name: str, expression: IbisTable) -> IbisTable:
        """Compute `expression` once; further facts scan that. It spills to the work folder when memory is short."""
        return self.backend.create_table(name, expression, database=(SCRATCH, "main"))

    def batches(self, expression: IbisTable, rows: int) -> Any:
        """The answer to `expression`, so many rows at a time: to be read to its end before anything else is asked."""
        self.backend._run_pre_execute_hooks(expression)
        return self.backend.con.sql(self.backend.compile(expression)).to_arrow_reader(rows)

    def drop(self, *tables: IbisTable) -> None:
        """Let go of materialised `tables` that no later fact reads: what memory they held need not spill."""
        for table in tables:
            # Ibis's own drop_table writes a statement that this engine refuses.
            self.backend.raw_sql(f"DROP TABLE {table.get_name()}")

    def close(self) -> None:
        """Let go of the engine."""
        self.backend.disconnect()

    def _attach(self, name: str) -> IbisTable:
        table = TABLES[name]
        source = self.sources.get(name)
        if source is None or source.rows == 0:
            empty = ibis.memtable([], schema={c.name: IBIS_TYPES[c.kind] for c in table.columns})
            return self.backend.create_view(name, empty, overwrite=True)
        files = self.backend.read_parquet(
            [str(path) for path in source.paths], table_name=f"{name}_files", union_by_name=True
        )
        return self.backend.create_view(
            name, files.select([_typed(files, column, source) for column in table.columns]), overwrite=True
        )


def engine_bytes(memory_bytes: int) -> int:
    """The engine's part of what a run may take: what the process itself leaves, and never less than a third."""
    return max(int(memory_bytes * ENGINE_SHARE) - PROCESS_BYTES, memory_bytes // 3)


def open_lake(sources: dict[str, TableSource], *, work: Path, memory_bytes: int, threads: int = 2) -> Lake:
    """The tables of `sources` on a DuckDB; the process keeps to about `memory_bytes` and spills into `work`."""
    work.mkdir(parents=True, exist_ok=True)
    (work / "facts.duckdb").unlink(missing_ok=True)
    backend = Engine().connect(
        str(work / "facts.duckdb"),
        memory_limit=f"{engine_bytes(memory_bytes) // 1_000_000}MB",
        threads=threads,
        temp_directory=str(work / "spill"),
        autoinstall_known_extensions=False,
        autoload_known_extensions=False,
        preserve_insertion_order=False,
    )
    # A temporary table would lie in memory as it is; compressed, all tables of ten million orders fit without spilling.
    backend.raw_sql(f"ATTACH ':memory:' AS {SCRATCH} (COMPRESS)")
    return Lake(backend, sources)


def _typed(files: IbisTable, column: Column, source: TableSource) -> ibis.Value:
    wanted = IBIS_TYPES[column.kind]
    if column.name not in source.columns:
        return ibis.null(wanted).name(column.name)
    adopted = next(
        (a for a in source.adopted if a.name == column.name), AdoptedColumn(column.name, column.name)
    )
    values = files[adopted.name_in_file]
    match adopted.reading:
        case "same":
            return values.cast(wanted).name(column.name)
        case "fen_of_yuan":
            return (values.cast(dt.Decimal(20, 2)) * 100).cast(dt.int64).name(column.name)
        case "local_of_instant":
            return _local_time(DEFAULT_ZONE, values).cast(wanted).name(column.name)
