"""Writing a simulated platform to a folder as canonical tables; the acg-faka export comes from faka.py."""

from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from huoshui.lake.tables import TABLES, Column, Table
from huoshui.sim.faka import write_acg_faka
from huoshui.sim.label import BOM, is_simulated, prepare_folder
from huoshui.sim.rows import Column as Cells
from huoshui.sim.world import World

__all__ = ["is_simulated", "write_acg_faka", "write_canonical"]

METADATA: Final = {"huoshui": "canonical", "huoshui.simulated": "1"}


def write_canonical(
    world: World,
    out: Path,
    *,
    format: Literal["csv", "parquet"] = "csv",  # noqa: A002  as the option is called
    headers: Literal["zh", "canonical"] = "zh",
) -> None:
    """One file a canonical table into `out`, the truth into out/truth, and the label.

    CSV: UTF-8 with BOM, yuan with two decimals, Chinese or canonical headers. Parquet: canonical names and
    types. Raises BadOption on a folder that holds anything else.
    """
    prepare_folder(world, out)
    for name, columns in world.tables.items():
        if format == "csv":
            write_csv(
                _text_table(TABLES[name], columns, headers), out / f"{_file_name(TABLES[name], headers)}.csv"
            )
        else:
            table = _typed_table(TABLES[name], columns)
            pq.write_table(table, out / f"{name}.parquet", compression="zstd")


def write_csv(table: pa.Table, path: Path) -> None:
    """Text columns as CSV with the mark that lets Excel read Chinese; missing cells are empty."""
    options = pa_csv.WriteOptions(include_header=False, quoting_style="none")
    with path.open("wb") as file:
        file.write(BOM + (",".join(table.column_names) + "\n").encode())
        pa_csv.write_csv(table, file, options)


def yuan(amount_fen: "np.ndarray[tuple[int], np.dtype[np.int64]]", scale: int = 2) -> "pa.Array[Any]":
    """Whole fen as an exact decimal of yuan, without a float in between."""
    words = np.empty((len(amount_fen), 2), dtype=np.int64)
    words[:, 0] = amount_fen * 10 ** (scale - 2)
    words[:, 1] = amount_fen >> 63
    return pa.Array.from_buffers(
        pa.decimal128(18, scale), len(amount_fen), [None, pa.py_buffer(words.tobytes())]
    )


def _file_name(table: Table, headers: Literal["zh", "canonical"]) -> str:
    return table.title.zh if headers == "zh" else table.name


def _text_table(table: Table, columns: dict[str, Cells], headers: Literal["zh", "canonical"]) -> pa.Table:
    cells = [_as_text(column, columns[column.name]) for column in table.columns]
    return pa.table(
        cells, names=[column.title.zh if headers == "zh" else column.name for column in table.columns]
    )


def _as_text(column: Column, cells: Cells) -> "pa.Array[Any]":
    if column.kind in ("fen", "price"):
        return yuan(np.asarray(cells)).cast(pa.string())
    if column.kind == "flag":
        return pa.array(["1" if cell else "0" for cell in cells])
    if column.kind == "time":
        return pa.array(np.asarray(cells), type=pa.timestamp("s")).cast(pa.string())
    if column.kind == "count":
        return pa.array(cells, type=pa.int64()).cast(pa.string())
    return pa.array(cells, type=pa.string())


def _typed_table(table: Table, columns: dict[str, Cells]) -> pa.Table:
    cells = [_typed(column, columns[column.name]) for column in table.columns]
    return pa.table(cells, names=list(table.names)).replace_schema_metadata(METADATA)


def _typed(column: Column, cells: Cells) -> "pa.Array[Any]":
    if column.kind == "fen":
        return pa.array(cells, type=pa.int64())
    if column.kind == "price":
        return yuan(np.asarray(cells), 6)
    if column.kind == "rate":
        return pa.array(cells, type=pa.string()).cast(pa.decimal128(12, 8))
    if column.kind == "time":
        return pa.array(np.asarray(cells), type=pa.timestamp("s")).cast(pa.timestamp("us"))
    if column.kind == "count":
        return pa.array(cells, type=pa.int64())
    if column.kind == "flag":
        return pa.array(cells, type=pa.bool_())
    return pa.array(cells, type=pa.string())
