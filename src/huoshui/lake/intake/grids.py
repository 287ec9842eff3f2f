"""Rows of cells with their true line numbers, from text of any delimiter: the form every kind of file is brought
to.

A grid is one table of a file (a CSV, one sheet of a workbook, an HTML table, a Parquet file) as a stream of
chunks of rows.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

from huoshui.base.limits import CELL_CHARACTERS_MAX, ROWS_PER_CHUNK
from huoshui.lake.intake.opening import Opened, text_of

DELIMITERS = (",", "\t", ";", "|")
LINES_PER_ROW_MAX = 50
"""A row that spans more lines is a quote that never closes."""
HEAD_ROWS = 40
"""Rows looked at to find the header."""
_BROKEN = re.compile("[\udc00-\udcff]")


@dataclass(slots=True)
class RawChunk:
    """Rows as they stand in the file, the line each starts on, and rows that are no rows (by line)."""

    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    unclosed: list[tuple[int, str]] = field(default_factory=list)
    cut_last: bool = False
    """Whether the last row is the file's last and has no line end."""
    position: int = 0
    """Bytes of the file read so far, for a progress bar (0: not known)."""


def text_chunks(opened: Opened, delimiter: str, *, rows_max: int = ROWS_PER_CHUNK) -> Iterator[RawChunk]:
    """The rows of a delimited text file."""
    with text_of(opened) as stream:
        # of a packed file the bytes on disk count, not those they unpack to
        packed: Any = getattr(stream.buffer, "fileobj", None) or stream.buffer
        for chunk in row_chunks(stream, delimiter, rows_max=rows_max):
            chunk.position = packed.tell()
            yield chunk


def row_chunks(stream: TextIO, delimiter: str, *, rows_max: int = ROWS_PER_CHUNK) -> Iterator[RawChunk]:
    """The rows of delimited text; a quote that never closes costs its own line only."""
    lines = _Lines(stream)
    while True:
        chunk = RawChunk()
        while len(chunk.rows) + len(chunk.unclosed) < rows_max and not lines.ended():
            _read_rows(lines, delimiter, chunk, rows_max)
        if chunk.rows or chunk.unclosed:
            chunk.cut_last = lines.ended() and not lines.last_line.endswith(("\n", "\r"))
            yield chunk
        if lines.ended():
            return


class _NeverCloses(Exception):
    """A quote that has not closed within LINES_PER_ROW_MAX lines."""


class _Lines:
    """Lines of a stream with a way back: a row that turns out to be no row is read again as one line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._kept: list[str] = []
        self._next = 0
        self.number = 0
        """Lines handed out so far."""
        self.last_line = ""

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self._next < len(self._kept):
            line = self._kept[self._next]
        else:
            line = self._stream.readline()
            if not line:
                raise StopIteration
            self._kept.append(line)
        if self._next >= LINES_PER_ROW_MAX:
            raise _NeverCloses
        self._next += 1
        self.number += 1
        self.last_line = line
        return line

    def settle(self) -> None:
        """Forget the lines handed out: the rows made of them stand."""
        del self._kept[: self._next]
        self._next = 0

    def back(self) -> str:
        """Go back to the second line handed out since `settle`; the first one is returned."""
        first = self._kept[0]
        self.number -= self._next - 1
        self._next = 1
        self.settle()
        self.last_line = first
        return first

    def ended(self) -> bool:
        """Whether there is no further line."""
        if self._next < len(self._kept):
            return False
        line = self._stream.readline()
        if line:
            self._kept.append(line)
        return not line


def _read_rows(lines: _Lines, delimiter: str, chunk: RawChunk, rows_max: int) -> None:
    """Add rows to `chunk` until it is full, the text ends, or a quote does not close."""
    reader = csv.reader(lines, delimiter=delimiter)
    while len(chunk.rows) < rows_max:
        lines.settle()
        start = lines.number
        try:
            row = next(reader)
        except StopIteration:
            return
        except (csv.Error, _NeverCloses):
            row = None
        if row is None or (lines.number - start > 1 and _swallowed(row, lines)):
            line = lines.back()
            chunk.unclosed.append((start + 1, line.rstrip("\r\n")))
            return
        chunk.rows.append(row)
        chunk.lines.append(start + 1)


def _swallowed(row: list[str], lines: _Lines) -> bool:
    """Whether a row of several lines is one opened quote that ran to the end of the text or past all measure."""
    if any(len(cell) > CELL_CHARACTERS_MAX for cell in row):
        return True
    return lines.ended() and not lines.last_line.rstrip("\r\n").endswith('"') and "\n" in row[-1]


def first_rows(opened: Opened, delimiter: str) -> RawChunk:
    """The first rows of a text file, for finding delimiter and header."""
    for chunk in text_chunks(opened, delimiter, rows_max=HEAD_ROWS):
        return chunk
    return RawChunk()


def broken_cell(row: list[str]) -> int | None:
    """The first cell that holds a byte which does not fit the file's encoding."""
    for index, cell in enumerate(row):
        if _BROKEN.search(cell):
            return index
    return None


def readable(text: str) -> str:
    r"""`text` with bytes that do not fit shown as \xNN."""
    return _BROKEN.sub(lambda match: f"\\x{ord(match[0]) - 0xDC00:02x}", text)
