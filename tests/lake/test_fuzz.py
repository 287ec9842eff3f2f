"""Broken files: whatever is done to a file, nobody sees a traceback and no row is lost without a word.

Seeded: a failing file is named with its number, and `fuzzed(number)` makes it again.
"""

import gzip
import importlib.util
import random
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pyarrow.parquet as pq
import pytest

from huoshui.base.errors import HuoshuiError, InputError
from huoshui.lake.intake import Intake, read_folder
from huoshui.lake.intake.folder import grids_of
from huoshui.lake.intake.opening import open_file

FILES_A_FOLDER = 25
MEMORY_BYTES = 300_000_000
ROW_CODES = {"row_too_long", "unclosed_quote", "no_header"}
"""Faults of a whole row or file: no single column is to blame."""


def load_shaped() -> ModuleType:
    """tests/lake/shaped.py; importlib mode puts no folder on the path."""
    spec = importlib.util.spec_from_file_location("shaped", Path(__file__).with_name("shaped.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["shaped"] = module
    spec.loader.exec_module(module)
    return module


shaped = load_shaped()
Mutation = Callable[[random.Random, bytes], bytes]


def flip(dice: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(dice.randint(1, 8)):
        out[dice.randrange(len(out))] ^= 1 << dice.randrange(8)
    return bytes(out)


def overwrite(dice: random.Random, data: bytes) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + dice.randbytes(dice.randint(1, 30)) + data[at + dice.randint(0, 30) :]


def cut(dice: random.Random, data: bytes) -> bytes:
    return data[: dice.randrange(len(data) + 1)]


def behead(dice: random.Random, data: bytes) -> bytes:
    return data[dice.randrange(len(data)) :]


def stray_quote(dice: random.Random, data: bytes) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + b'"' * dice.randint(1, 3) + data[at:]


def lose_mark(dice: random.Random, data: bytes) -> bytes:
    places = [m.start() for m in re.finditer(rb"[,;\t\n\"]", data)] or [0]
    at = dice.choice(places)
    return data[:at] + data[at + 1 :]


def more_marks(dice: random.Random, data: bytes) -> bytes:
    at = dice.randrange(len(data))
    return (
        data[:at]
        + dice.choice([b",", b"\n", b"\r", b"\x00", b"\t,", "，".encode(), b"\xef\xbb\xbf"])
        + data[at:]
    )


def mixed_encodings(dice: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    at = dice.randrange(len(lines))
    text = lines[at].decode("utf-8", "ignore")
    lines[at] = text.encode(dice.choice(["gb18030", "utf-16-le", "latin-1", "big5"]), "ignore")
    return b"\n".join(lines)


def shuffled_columns(dice: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    width = lines[0].count(b",") + 1
    order = dice.sample(range(width), width)
    out = []
    for line in lines:
        cells = line.split(b",")
        out.append(b",".join(cells[i] for i in order) if len(cells) == width else line)
    return b"\n".join(out)


def doubled_lines(dice: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    at = dice.randrange(len(lines))
    return b"\n".join(lines[:at] + [lines[at]] * dice.randint(2, 5) + lines[at:])


def nonsense_cell(dice: random.Random, data: bytes) -> bytes:
    cells = data.split(b",")
    words = [
        "1.23E+17",
        "#REF!",
        "abc",
        "2026-02-30",
        "-5",
        "99999999999999999",
        "合计",
        "=1+1",
        "x" * 11_000,
        "\\",
        "\u202e",
    ]
    cells[dice.randrange(len(cells))] = dice.choice(words).encode()
    return b",".join(cells)


def total_and_header_again(dice: random.Random, data: bytes) -> bytes:
    head, _, body = data.partition(b"\n")
    return b"\n".join([head, body, head, "合计".encode() + b"," * head.count(b","), b""])


def gzipped(dice: random.Random, data: bytes) -> bytes:
    return cut(dice, gzip.compress(data, mtime=0))


MUTATIONS: tuple[Mutation, ...] = (
    flip, overwrite, cut, behead, stray_quote, lose_mark, more_marks, mixed_encodings, shuffled_columns, doubled_lines,
    nonsense_cell, nonsense_cell, total_and_header_again, gzipped,
)  # fmt: skip
SUFFIXES = (".csv", ".xlsx", ".xls", ".parquet", ".tsv", ".csv.gz", ".txt")


def fuzzed(number: int) -> tuple[str, bytes]:
    """The broken file with this number."""
    dice = random.Random(number)
    name, data, _ = shaped.shaped_file(dice, number)
    for mutation in dice.choices(MUTATIONS, k=dice.choice([1, 1, 1, 2, 3])):
        data = mutation(dice, data) if data else data
    if dice.random() < 0.05:
        name = name.partition(".")[0] + dice.choice(SUFFIXES)
    return name, data


def check_folder(folder: Path, work: Path, numbers: range) -> dict[str, int]:
    """Read the files with these numbers as one folder; what became of them."""
    seen = {"unreadable": 0, "rows": 0, "kept": 0, "merged": 0, "set_aside": 0, "faults": 0, "files": 0}
    for number in numbers:
        name, data = fuzzed(number)
        path = shaped.write(folder, name, data)
        try:
            for grid in grids_of(open_file(path), MEMORY_BYTES):
                for _ in grid.chunks:
                    pass
        except HuoshuiError as error:
            check_error(error, name)
            seen["unreadable"] += 1
            path.unlink()
    try:
        intake = read_folder(folder, work=work, memory_bytes=MEMORY_BYTES)
    except HuoshuiError as error:
        check_error(error, "")
        return seen
    check_intake(intake)
    for report in intake.files:
        seen["files"] += 1
        seen["rows"] += report.rows_read
        seen["kept"] += report.rows_kept
        seen["merged"] += report.rows_merged
        seen["set_aside"] += report.rows_set_aside
    seen["faults"] += sum(intake.fault_counts.values())
    return seen


def check_error(error: HuoshuiError, name: str) -> None:
    """A file that cannot be read is named, in both languages."""
    assert isinstance(error, InputError), repr(error)
    assert name in error.say("zh")
    assert re.search("[\u4e00-\u9fff]", error.say("zh"))
    assert error.say("en")


def check_intake(intake: Intake) -> None:
    """Nothing lost: rows add up, what is kept is in the Parquet, and each fault says where and what."""
    for report in intake.files:
        assert report.rows_read == report.rows_kept + report.rows_merged + report.rows_set_aside
        assert min(report.rows_read, report.rows_kept, report.rows_merged, report.rows_set_aside) >= 0
    for name, source in intake.sources.items():
        kept = sum(report.rows_kept for report in intake.files if report.table == name)
        assert sum(pq.read_metadata(path).num_rows for path in source.paths) == source.rows == kept
    for fault in intake.faults:
        assert fault.file
        assert fault.line >= 1
        assert fault.column or fault.code in ROW_CODES
        assert re.search("[\u4e00-\u9fff]", fault.text.zh)
        assert fault.text.en
        assert "{" not in fault.text.zh or "{" in fault.value
    assert intake.rows_set_aside == 0 or intake.corrections is not None


def run(tmp_path: Path, first: int, count: int) -> dict[str, int]:
    total: dict[str, int] = {}
    for start in range(first, first + count, FILES_A_FOLDER):
        numbers = range(start, min(start + FILES_A_FOLDER, first + count))
        try:
            seen = check_folder(tmp_path / str(start), tmp_path / f"work{start}", numbers)
        except Exception as error:
            raise AssertionError(f"files {numbers}: {error!r}") from error
        total = {key: total.get(key, 0) + value for key, value in seen.items()}
    return total


@pytest.mark.parametrize("first", range(0, 500, 100))
def test_500_broken_files(tmp_path: Path, first: int) -> None:
    seen = run(tmp_path, first, 100)
    # a run that refuses everything, or keeps everything, proves nothing
    assert seen["files"] > 40
    assert seen["kept"] > 500
    assert seen["set_aside"] > 20


@pytest.mark.long
def test_10_000_broken_files(tmp_path: Path) -> None:
    seen = run(tmp_path, 0, 10_000)
    assert seen["files"] > 4_000
    assert seen["set_aside"] > 4_000


def test_a_sound_file_is_kept_whole(tmp_path: Path) -> None:
    """The yardstick: unbroken, every row of every kind of file is read."""
    for number in range(40):
        dice = random.Random(number)
        name, data, rows = shaped.shaped_file(dice, number)
        shaped.write(tmp_path / "in", name, data)
        intake = read_folder(tmp_path / "in", work=tmp_path / "work", memory_bytes=MEMORY_BYTES)
        (report,) = intake.files
        assert not intake.faults, (name, [fault.say("zh") for fault in intake.faults[:3]])
        assert report.rows_read == len(rows) - 1 == report.rows_kept, name
        (tmp_path / "in" / name).unlink()
