"""Workbooks (.xlsx, .xls) as rows of texts: numbers by their shortest decimal text, dates in ISO, one grid a
sheet.

The memory a workbook needs is read from its directory before it is opened; a web page or an encrypted file
under a workbook's name is said to be one.
"""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import python_calamine as calamine

from huoshui.base.errors import NotEnoughMemory
from huoshui.base.limits import ROWS_PER_CHUNK
from huoshui.lake.intake.grids import RawChunk
from huoshui.lake.intake.opening import shown_name, unreadable

BYTES_PER_XML_BYTE = 2
"""Memory a sheet takes for one byte of its unzipped XML; 1.5 to 1.75 were seen on 60,000 rows of numbers and texts."""
XLS_TIMES = 12
"""The same for the older binary format, against the file's size."""
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""Name of the stream in which a workbook with a password lies."""
BOMB_TIMES = 400
BOMB_BYTES = 2_000_000_000
EXACT_DIGITS = 10**15
"""From here on a spreadsheet's number has lost digits."""


def sheets_of(path: Path, memory_bytes: int) -> list[tuple[str, Iterator[RawChunk]]]:
    """The visible sheets of a workbook that hold anything. Raises UnreadableFile, NotEnoughMemory."""
    _check_size(path, memory_bytes)
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        names = [m.name for m in book.sheets_metadata if m.typ == calamine.SheetTypeEnum.WorkSheet]
        sheets = [(name, book.get_sheet_by_name(name)) for name in names]
    except calamine.PasswordError as error:
        raise unreadable(path, "encrypted") from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise unreadable(path, "bad_workbook", detail=str(error)[:80]) from error
    return [(name, _chunks(sheet)) for name, sheet in sheets if sheet.total_height > 0]


def _check_size(path: Path, memory_bytes: int) -> None:
    packed = path.stat().st_size
    with path.open("rb") as stream:
        is_zip = stream.read(2) == b"PK"
    if not is_zip:
        if _ENCRYPTED in path.read_bytes():
            raise unreadable(path, "encrypted")
        needed = packed * XLS_TIMES
    else:
        try:
            with zipfile.ZipFile(path) as archive:
                sizes = {info.filename: info.file_size for info in archive.infolist()}
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise unreadable(path, "bad_workbook", detail=str(error)[:80]) from error
        if not any(name.startswith("xl/") for name in sizes):
            raise unreadable(path, "archive", kind="zip")
        unpacked = sum(sizes.values())
        if unpacked > BOMB_BYTES and unpacked > packed * BOMB_TIMES:
            raise unreadable(path, "bomb", size_mb=unpacked // 1_000_000, times=unpacked // packed)
        needed = int(
            BYTES_PER_XML_BYTE * sum(s for n, s in sizes.items() if n.startswith(("xl/work", "xl/shared")))
        )
    if needed > memory_bytes:
        raise NotEnoughMemory(
            file=shown_name(path), needed_mb=needed // 1_000_000 + 1, allowed_mb=memory_bytes // 1_000_000
        )


def _chunks(sheet: calamine.CalamineSheet) -> Iterator[RawChunk]:
    chunk = RawChunk()
    # the empty rows above a table are among them, so that the numbers are those a spreadsheet shows
    for number, row in enumerate(sheet.iter_rows(), start=1):
        chunk.rows.append([cell_text(cell) for cell in row])
        chunk.lines.append(number)
        if len(chunk.rows) >= ROWS_PER_CHUNK:
            yield chunk
            chunk = RawChunk()
    if chunk.rows:
        yield chunk


def cell_text(cell: object) -> str:
    """The text of a workbook's cell. A number past 15 digits is written in powers of ten: it is ruined."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return float_text(cell)
    if isinstance(cell, int):
        return str(cell) if abs(cell) < EXACT_DIGITS else f"{cell:.14E}"
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return "" if cell is None else str(cell)


def float_text(number: float) -> str:
    """The shortest decimal text that stands for `number`, without an exponent below 15 digits."""
    if abs(number) >= EXACT_DIGITS:
        return f"{number:.14E}"
    text = format(Decimal(repr(number)), "f")
    return text.removesuffix(".0")
