"""Writing a simulated platform to a folder, labelled as simulated in every way a reader could look for it."""

import json
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from huoshui.base.errors import BadOption
from huoshui.lake.tables import TABLES, Column, Table
from huoshui.sim.rows import Column as Cells
from huoshui.sim.world import World

LABEL_FILE: Final = "模拟数据.txt"
TRUTH_FILE: Final = Path("truth") / "truth.json"
METADATA: Final = {"huoshui": "canonical", "huoshui.simulated": "1"}
BOM: Final = b"\xef\xbb\xbf"
_LABEL: Final = """本文件夹里的数据是活水 (Huoshui) 模拟出来的, 不是真实平台的数据。
没有真实的人、订单或资金; 所有编号都以 SIM- 开头。只用于试用和测试。
truth/truth.json 是模拟时埋下的答案, 导入时不会读取。
种子 {seed}, 从 {start} 到 {as_of}。

The data in this folder is simulated by Huoshui. No person, order or payment in it is real; every id begins with SIM-.
It is for trying and testing only. truth/truth.json holds the planted answers and is not read on import.
Seed {seed}, from {start} to {as_of}.
"""
_PREFIX: Final = b"SIM-"


def write_canonical(
    world: World,
    out: Path,
    *,
    format: Literal["csv", "parquet"] = "csv",
    headers: Literal["zh", "canonical"] = "zh",
) -> None:
    """One file a canonical table into `out`, the truth into out/truth, and the label. Raises BadOption on a used folder.

    CSV: UTF-8 with BOM, yuan with two decimals, Chinese or canonical headers. Parquet: canonical names and types.
    """
    prepare_folder(world, out)
    for name, columns in world.tables.items():
        if format == "csv":
            write_csv(
                _text_table(TABLES[name], columns, headers), out / f"{_file_name(TABLES[name], headers)}.csv"
            )
        else:
            table = _typed_table(TABLES[name], columns)
            pa.parquet.write_table(table, out / f"{name}.parquet", compression="zstd")


def is_simulated(folder: Path) -> bool:
    """Whether `folder` holds what this module wrote: by the label file, Parquet metadata, or the ids themselves."""
    if (folder / LABEL_FILE).is_file():
        return True
    for path in sorted(folder.glob("*.parquet")):
        if (pa.parquet.read_schema(path).metadata or {}).get(b"huoshui.simulated") == b"1":
            return True
    for path in sorted(folder.glob("*.csv")):
        with path.open("rb") as file:
            lines = [file.readline(100_000) for _ in range(2)]
        if _PREFIX in lines[1]:
            return True
    return False


def prepare_folder(world: World, out: Path) -> None:
    """Make `out` with the label and the truth; a folder that holds anything else is refused, nothing is overwritten."""
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / LABEL_FILE).is_file())):
        raise BadOption(
            option="out",
            value=out,
            reason_zh="这里已有别的文件; 请换一个空文件夹, 以免真实数据和模拟数据混在一起",
            reason_en="other files are there; name an empty folder, so that real and simulated data never mix",
        )
    (out / TRUTH_FILE).parent.mkdir(parents=True, exist_ok=True)
    truth = world.truth
    label = _LABEL.format(seed=world.seed, start=truth.start, as_of=truth.as_of)
    (out / LABEL_FILE).write_text(label, encoding="utf-8")
    text = json.dumps(truth.as_dict(), ensure_ascii=False, indent=1)
    (out / TRUTH_FILE).write_text(text + "\n", encoding="utf-8")


def write_csv(table: pa.Table, path: Path) -> None:
    """Text columns as CSV with the mark that lets Excel read Chinese; missing cells are empty."""
    with path.open("wb") as file:
        file.write(BOM)
        options = pyarrow.csv.WriteOptions(quoting_style="none", quoting_header="none")
        pyarrow.csv.write_csv(table, file, options)


def yuan(amount_fen: "np.ndarray[tuple[int], np.dtype[np.int64]]", scale: int = 2) -> pa.Array:
    """Whole fen as an exact decimal of yuan, without a float in between."""
    words = np.empty((len(amount_fen), 2), dtype=np.int64)
    words[:, 0] = amount_fen * 10 ** (scale - 2)
    words[:, 1] = amount_fen >> 63
    return pa.Array.from_buffers(pa.decimal128(18, scale), len(amount_fen), [None, pa.py_buffer(words)])


def _file_name(table: Table, headers: Literal["zh", "canonical"]) -> str:
    return table.title.zh if headers == "zh" else table.name


def _text_table(table: Table, columns: dict[str, Cells], headers: Literal["zh", "canonical"]) -> pa.Table:
    cells = [_as_text(column, columns[column.name]) for column in table.columns]
    return pa.table(
        cells, names=[column.title.zh if headers == "zh" else column.name for column in table.columns]
    )


def _as_text(column: Column, cells: Cells) -> pa.Array:
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


def _typed(column: Column, cells: Cells) -> pa.Array:
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
