"""Good rows on disk, and the meeting of many files of one table by key: DuckDB's work, not a dictionary's.

Each grid becomes one Parquet file of its own. If no key occurs twice these files are the table as they are;
otherwise the rows of each key that does are folded into one: the later file's values, and from the others the
columns it does not have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from huoshui.lake.engines import TableSource
from huoshui.lake.intake.arrow import pc
from huoshui.lake.intake.rows import EXTRA, LINE
from huoshui.lake.intake.values import Conflict
from huoshui.lake.tables import Table

CONFLICTS_LISTED_MAX = 200
_NO_TIME = datetime(1, 1, 1)
MARKS = {b"huoshui": b"canonical"}
"""Schema metadata of canonical Parquet: money as int64 fen, times local to the installation."""


@dataclass(slots=True)
class Staged:
    """The good rows of one grid on disk, and what ranks it against other files of its table."""

    label: str
    path: Path
    columns: frozenset[str]
    modified_at: float
    correction: bool = False
    rows: int = 0
    latest: datetime | None = None
    merged: int = 0


class StageWriter:
    """Writes the good rows of one grid; nothing is left behind when there are none."""

    def __init__(self, staged: Staged, schema: pa.Schema) -> None:
        self.staged = staged
        self._schema = schema.with_metadata(MARKS)
        staged.path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = pq.ParquetWriter(staged.path, self._schema, compression="zstd", compression_level=1)
        self._times = [f.name for f in schema if pa.types.is_timestamp(f.type)]

    def write(self, good: pa.Table) -> None:
        """Add rows."""
        if good.num_rows == 0:
            return
        self._writer.write_table(good.replace_schema_metadata(MARKS))
        self.staged.rows += good.num_rows
        for name in self._times:
            latest = pc.max(good[name]).as_py()
            if latest is not None and (self.staged.latest is None or latest > self.staged.latest):
                self.staged.latest = latest

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()


@dataclass(frozen=True, slots=True)
class Merged:
    """One table after its files met."""

    source: TableSource
    conflicts: tuple[Conflict, ...]
    conflicts_count: int


def open_engine(work: Path, memory_bytes: int, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that spills into `work` and never goes to the network."""
    work.mkdir(parents=True, exist_ok=True)
    return duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{memory_bytes // 1_000_000}MB",
            "threads": threads,
            "temp_directory": str(work / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
        },
    )


def merge(engine: duckdb.DuckDBPyConnection, table: Table, files: Sequence[Staged], target: Path) -> Merged:
    """The table of `files` (at least one), rows of one key folded; `Staged.merged` is filled in."""
    filled = ranked([f for f in files if f.rows])
    columns: frozenset[str] = frozenset().union(*(f.columns for f in filled))
    plain = TableSource(table.name, tuple(f.path for f in filled), columns, sum(f.rows for f in filled))
    if not filled or (table.key is None and len(filled) == 1):
        return Merged(plain, (), 0)
    engine.execute(f"CREATE OR REPLACE TEMP VIEW all_rows AS {_union(filled)}")
    present = [c.name for c in table.columns if c.name in columns]
    if table.key is None:
        return _merge_without_key(engine, table, filled, present, plain, target)
    total, keys = engine.execute(
        f"SELECT count(*), count(DISTINCT {_q(table.key)}) FROM all_rows"
    ).fetchall()[0]
    if total == keys:
        return Merged(plain, (), 0)
    return _merge_by_key(engine, table, filled, present, target)


def number_members(
    engine: duckdb.DuckDBPyConnection, users: Sequence[Staged], files: Sequence[Staged]
) -> int:
    """Put the shop's number where `files` name a member by user name, as its own user table tells; how many names."""
    parts = [
        f"SELECT json_extract_string({EXTRA}, '$.username') AS name, user_id FROM read_parquet({_text(str(f.path))})"
        for f in users
        if f.rows
    ]
    if not parts:
        return 0
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE names AS SELECT name, any_value(user_id) AS user_id "
        f"FROM ({' UNION ALL '.join(parts)}) WHERE name IS NOT NULL GROUP BY name HAVING count(DISTINCT user_id) = 1"
    )
    for file in files:
        columns = [c for c in ("user_id", "agent_id") if c in file.columns]
        numbered = ", ".join(
            f"coalesce((SELECT n.user_id FROM names n WHERE n.name = f.{c}), f.{c}) AS {c}" for c in columns
        )
        target = file.path.with_suffix(".numbered.parquet")
        engine.execute(
            f"COPY (SELECT f.* REPLACE ({numbered}) FROM read_parquet({_text(str(file.path))}) f) "
            f"TO {_text(str(target))} (FORMAT parquet)"
        )
        file.path = target
    return int(engine.execute("SELECT count(*) FROM names").fetchall()[0][0])


def ranked(files: Sequence[Staged]) -> list[Staged]:
    """The files of one table, later ones last: by the latest time inside, then file time, then name.

    Mended rows stand after all that was there when they were mended, and before what the shop exported since.
    """
    order = sorted(
        (f for f in files if not f.correction), key=lambda f: (f.latest or _NO_TIME, f.modified_at, f.label)
    )
    for mended in sorted((f for f in files if f.correction), key=lambda f: (f.modified_at, f.label)):
        place = next((i for i, f in enumerate(order) if f.modified_at > mended.modified_at), len(order))
        order.insert(place, mended)
    return order


def _q(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _union(files: Sequence[Staged]) -> str:
    parts = [
        f"SELECT *, {rank} AS _rank FROM read_parquet({_text(str(f.path))})" for rank, f in enumerate(files)
    ]
    return " UNION ALL BY NAME ".join(parts)


def _merge_by_key(
    engine: duckdb.DuckDBPyConnection, table: Table, files: Sequence[Staged], present: list[str], target: Path
) -> Merged:
    key = _q(table.key or "")
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE twice AS SELECT {key} FROM all_rows GROUP BY 1 HAVING count(*) > 1"
    )
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE meeting AS SELECT *, row_number() OVER "
        f"(PARTITION BY {key} ORDER BY _rank DESC, {LINE} DESC) AS _place FROM all_rows SEMI JOIN twice USING ({key})"
    )
    _count_merged(engine, files, "SELECT _rank, count(*) FROM meeting WHERE _place > 1 GROUP BY 1")
    others = [name for name in present if name != table.key]
    latest = ", ".join(f"{_latest(name, files)} AS {_q(name)}" for name in [*others, EXTRA])
    kept = ", ".join(map(_q, [*present, EXTRA]))
    engine.execute(
        f"COPY (SELECT {kept} FROM all_rows ANTI JOIN twice USING ({key}) UNION ALL BY NAME "
        f"SELECT {key}, {latest} FROM meeting GROUP BY {key}) "
        f"TO {_text(str(target))} (FORMAT parquet, COMPRESSION zstd)"
    )
    conflicts, count = _conflicts(engine, table, files, others)
    rows = sum(f.rows - f.merged for f in files)
    return Merged(TableSource(table.name, (target,), frozenset(present), rows), conflicts, count)


def _having(name: str, files: Sequence[Staged]) -> str:
    """The files that have a column at all; an absent column is no other content."""
    ranks = [str(rank) for rank, f in enumerate(files) if name in f.columns or name == EXTRA]
    return f"_rank IN ({', '.join(ranks)})"


def _latest(name: str, files: Sequence[Staged]) -> str:
    return f"first({_q(name)} ORDER BY _place) FILTER (WHERE {_having(name, files)})"


def _conflicts(
    engine: duckdb.DuckDBPyConnection, table: Table, files: Sequence[Staged], others: list[str]
) -> tuple[tuple[Conflict, ...], int]:
    key = _q(table.key or "")
    found: list[Conflict] = []
    differing = [
        f"count(DISTINCT coalesce({_q(name)}::VARCHAR, '')) FILTER (WHERE {_having(name, files)}) > 1"
        for name in others
    ]
    if not differing:
        return (), 0
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE quarrel AS "
        f"SELECT {key}, {', '.join(f'{d} AS d{i}' for i, d in enumerate(differing))} "
        f"FROM meeting GROUP BY {key} HAVING {' OR '.join(differing)}"
    )
    count = int(engine.execute("SELECT count(*) FROM quarrel").fetchall()[0][0])
    for number, name in enumerate(others):
        room = CONFLICTS_LISTED_MAX - len(found)
        if not count or room <= 0:
            break
        rows = engine.execute(
            f"SELECT {key}::VARCHAR, list({_q(name)}::VARCHAR ORDER BY _place), list(_rank ORDER BY _place) "
            f"FROM meeting WHERE {_having(name, files)} AND {key} IN (SELECT {key} FROM quarrel WHERE d{number}) "
            f"GROUP BY 1 ORDER BY 1 LIMIT {room}"
        ).fetchall()
        for key_text, texts, ranks in rows:
            other = next(i for i, text in enumerate(texts) if text != texts[0])
            found.append(
                Conflict(table.name, key_text, name, texts[0] or "", texts[other] or "",
                         files[ranks[0]].label, files[ranks[other]].label)
            )  # fmt: skip
    return tuple(found), count


def _merge_without_key(
    engine: duckdb.DuckDBPyConnection, table: Table, files: Sequence[Staged], present: list[str],
    plain: TableSource, target: Path,
) -> Merged:  # fmt: skip
    """Rows without a key all stand; the n-th equal row of one file and the n-th of another are the same."""
    names = ", ".join(map(_q, present))
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE meeting AS "
        f"SELECT *, row_number() OVER (PARTITION BY {names}, _nth ORDER BY _rank DESC) AS _place FROM "
        f"(SELECT *, row_number() OVER (PARTITION BY {names}, _rank ORDER BY {LINE}) AS _nth FROM all_rows)"
    )
    _count_merged(engine, files, "SELECT _rank, count(*) FROM meeting WHERE _place > 1 GROUP BY 1")
    if not any(f.merged for f in files):
        return Merged(plain, (), 0)
    engine.execute(
        f"COPY (SELECT {names}, {EXTRA} FROM meeting WHERE _place = 1) TO {_text(str(target))} (FORMAT parquet)"
    )
    rows = sum(f.rows - f.merged for f in files)
    return Merged(TableSource(table.name, (target,), frozenset(present), rows), (), 0)


def _count_merged(engine: duckdb.DuckDBPyConnection, files: Sequence[Staged], query: str) -> None:
    for rank, count in engine.execute(query).fetchall():
        files[rank].merged = int(count)
