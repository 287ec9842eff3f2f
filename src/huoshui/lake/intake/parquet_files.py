"""Parquet: used where it lies when its types lose nothing, else read as rows of texts like any other file.

A float of money is taken by its shortest decimal text, as a spreadsheet shows it, and never counted with.
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from huoshui.base.limits import COLUMNS_MAX, ROWS_PER_CHUNK
from huoshui.lake.intake.arrow import Array, pc
from huoshui.lake.intake.grids import RawChunk
from huoshui.lake.intake.opening import unreadable
from huoshui.lake.intake.workbooks import float_text
from huoshui.lake.tables import Table

MARK = b"huoshui"
_DAMAGED = (pa.ArrowException, OSError, UnicodeDecodeError)
"""What Arrow raises on a file that is not what it says, names and texts that are no UTF-8 included."""


def open_parquet(path: Path) -> pq.ParquetFile:
    """The Parquet file at `path`. Raises UnreadableFile."""
    try:
        file = pq.ParquetFile(path)
    except _DAMAGED as error:
        raise unreadable(path, "bad_parquet", detail=str(error)[:80]) from error
    if len(file.schema_arrow.names) > COLUMNS_MAX:
        raise unreadable(path, "too_many_columns", columns=len(file.schema_arrow.names))
    return file


def is_canonical(file: pq.ParquetFile) -> bool:
    """Whether the file says that it is ours: money as int64 fen, times local."""
    return (file.schema_arrow.metadata or {}).get(MARK) == b"canonical"


def parquet_chunks(path: Path, file: pq.ParquetFile, table: Table | None) -> Iterator[RawChunk]:
    """The rows as texts, the column names first (line 0; rows count from 1).

    With `table` the file is canonical: its whole fen become yuan text again, so that one parser reads all.
    """
    names = [name for name in file.schema_arrow.names if not name.startswith("_")]
    yield RawChunk([list(names)], [0])
    fen = {c.name for c in table.columns if c.kind == "fen"} if table else set()
    done = 0
    try:
        for batch in file.iter_batches(batch_size=ROWS_PER_CHUNK, columns=names):
            columns = [_texts(batch.column(i), names[i] in fen) for i in range(len(names))]
            count = batch.num_rows
            yield RawChunk(
                [list(row) for row in zip(*columns, strict=True)], list(range(done + 1, done + count + 1))
            )
            done += count
    except _DAMAGED as error:
        raise unreadable(path, "bad_parquet", detail=str(error)[:80]) from error


def _texts(values: Array, fen: bool) -> list[str]:
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    kind = values.type
    if fen and pa.types.is_integer(kind):
        return ["" if v is None else str(Decimal(v).scaleb(-2)) for v in values.to_pylist()]
    if pa.types.is_floating(kind):
        return ["" if v is None or v != v else float_text(v) for v in values.cast(pa.float64()).to_pylist()]
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return ["" if v is None else v.decode("utf-8", "backslashreplace") for v in values.to_pylist()]
    if pa.types.is_nested(kind):
        return ["" if v is None else str(v) for v in values.to_pylist()]
    if pa.types.is_timestamp(kind) and kind.tz:
        values = values.cast(pa.timestamp("us", "UTC"), safe=False)
    elif pa.types.is_timestamp(kind):
        values = values.cast(pa.timestamp("us"), safe=False)
    texts: list[str] = pc.fill_null(values.cast(pa.string()), "").to_pylist()
    return texts
