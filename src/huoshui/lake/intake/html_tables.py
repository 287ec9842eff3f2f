"""Web pages under a workbook's name, as many shops export them: the rows of their tables.

Only the text of cells is taken; nothing of the page runs or is fetched.
"""

from html.parser import HTMLParser

from huoshui.lake.intake.grids import RawChunk
from huoshui.lake.intake.opening import Opened, text_of, unreadable

HTML_BYTES_MAX = 200_000_000
"""A page is held in memory whole."""


def html_tables(opened: Opened) -> list[RawChunk]:
    """The tables of a web page, one chunk each, with the lines their rows begin on. Raises UnreadableFile."""
    if opened.size_bytes > HTML_BYTES_MAX:
        raise unreadable(opened.path, "html")
    parser = _Tables()
    with text_of(opened) as stream:
        parser.feed(stream.read())
    parser.close()
    found = [chunk for chunk in parser.tables if len(chunk.rows) > 1]
    if not found:
        raise unreadable(opened.path, "html")
    return found


class _Tables(HTMLParser):
    """Collects rows of cells; a cell that spans columns is followed by empty ones."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[RawChunk] = []
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._span = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("table", "worksheet"):
            self.tables.append(RawChunk())
        elif tag in ("tr", "row") and self.tables:
            self._end_row()
            self._row = []
            self.tables[-1].lines.append(self.getpos()[0])
        elif tag in ("td", "th", "cell") and self._row is not None:
            self._end_cell()
            self._cell = []
            span = dict(attrs).get("colspan") or "1"
            self._span = min(int(span), 50) if span.isdecimal() else 1
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "cell"):
            self._end_cell()
        elif tag in ("tr", "row", "table"):
            self._end_row()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is not None and self._row is not None:
            self._row += ["".join(self._cell).strip(), *[""] * (self._span - 1)]
        self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is not None and self.tables:
            self.tables[-1].rows.append(self._row)
        self._row = None
