"""Whether a shop's files are those of a simulated platform: by the label beside them, their metadata, their ids."""

from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from huoshui.base.errors import SimulatedAndReal
from huoshui.base.limits import SIMULATED_PREFIX
from huoshui.core.ledger import DataKind
from huoshui.lake.engines import Lake

LABEL_FILE: Final = "模拟数据.txt"
IDS: Final = (("orders", "order_id"), ("balance_entries", "entry_id"), ("recharges", "recharge_id"))
"""Tables whose ids are looked at; in one of them either all begin so, or none."""


def data_of(folder: Path, lake: Lake) -> DataKind:
    """What the files of a folder hold. Raises SimulatedAndReal where one table holds both."""
    simulated = (folder / LABEL_FILE).is_file() or any(map(_is_labelled, sorted(folder.glob("*.parquet"))))
    for table, column in IDS:
        if lake.has(table, column):
            rows = lake.table(table)
            begins = rows[column].startswith(SIMULATED_PREFIX)
            counted = rows.aggregate(rows=rows.count(), simulated=begins.sum()).to_pyarrow().to_pylist()[0]
            if 0 < counted["simulated"] < counted["rows"]:
                raise _both(table, **counted)
            simulated = simulated or counted["simulated"] > 0
    return "simulated" if simulated else "real"


def _is_labelled(file: Path) -> bool:
    """What a file that cannot be read would say, the intake tells."""
    try:
        metadata = pq.read_schema(file).metadata or {}
    except (OSError, pa.ArrowInvalid):
        return False
    return metadata.get(b"huoshui.simulated") == b"1"


def _both(table: str, *, rows: int, simulated: int) -> SimulatedAndReal:
    return SimulatedAndReal(
        reason_zh=f"{table} 表的 {rows:,} 行里, {simulated:,} 行的编号以 {SIMULATED_PREFIX} 开头, 是模拟的",
        reason_en=f"of {rows:,} rows of {table}, {simulated:,} have ids with {SIMULATED_PREFIX} and are simulated",
    )
