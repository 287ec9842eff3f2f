"""How a simulated folder says what it is, in every way a reader could look for it."""

import json
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from huoshui.base.errors import BadOption
from huoshui.lake.simulated import LABEL_FILE
from huoshui.sim.world import World

TRUTH_FILE: Final = Path("truth") / "truth.json"
BOM: Final = b"\xef\xbb\xbf"
_LABEL: Final = """本文件夹里的数据是活水 (Huoshui) 模拟出来的, 不是真实平台的数据。
没有真实的人、订单或资金; 所有编号都以 SIM- 开头。只用于试用和测试。
truth/truth.json 是模拟时埋下的答案, 导入时不会读取。
种子 {seed}, 从 {start} 到 {as_of}。

The data in this folder is simulated by Huoshui. No person, order or payment in it is real; every id begins
with SIM-. For trying and testing only. truth/truth.json holds the planted answers and is not read on import.
Seed {seed}, from {start} to {as_of}.
"""
_PREFIX: Final = b"SIM-"


def is_simulated(folder: Path) -> bool:
    """Whether `folder` holds simulated data: by the label file, Parquet metadata, or the ids themselves."""
    if (folder / LABEL_FILE).is_file():
        return True
    for path in sorted(folder.glob("*.parquet")):
        if (pq.read_schema(path).metadata or {}).get(b"huoshui.simulated") == b"1":
            return True
    for path in sorted(folder.glob("*.csv")):
        with path.open("rb") as file:
            lines = [file.readline(100_000) for _ in range(2)]
        if _PREFIX in lines[1]:
            return True
    return False


def prepare_folder(world: World, out: Path) -> None:
    """Make `out` with the label and the truth; a folder that holds anything else is refused."""
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / LABEL_FILE).is_file())):
        raise BadOption(
            option="out",
            value=out,
            reason_zh="这里已有别的文件; 请换一个空文件夹, 以免真实数据和模拟数据混在一起",
            reason_en="other files are there; name an empty folder, so that real and simulated never mix",
        )
    (out / TRUTH_FILE).parent.mkdir(parents=True, exist_ok=True)
    truth = world.truth
    label = _LABEL.format(seed=world.seed, start=truth.start, as_of=truth.as_of)
    (out / LABEL_FILE).write_text(label, encoding="utf-8")
    text = json.dumps(truth.as_dict(), ensure_ascii=False, indent=1)
    (out / TRUTH_FILE).write_text(text + "\n", encoding="utf-8")
