"""mapping.toml: which column of which file is what, in the operator's own hand where our words do not know it.

    zone = "Asia/Shanghai"              # times without an offset, unless a file says otherwise

    [[file]]
    match = "流水*.csv"                  # names it is for (* and ? stand for anything)
    sheet = "Sheet1"                    # only of a workbook, may be left out
    table = "balance_entries"           # or "skip": leave the file unread
    zone = "UTC"
    [file.columns]
    "变动" = "amount"
    "变动(分)" = { column = "amount", unit = "fen" }
    "经办人" = ""                        # no column of ours: kept in `extra`
    [file.values."业务"]                 # words of a choice column
    "老带新" = "task"

Everything that cannot be is one BadMapping with its line.
"""

import re
import tomllib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from huoshui.base.clock import DEFAULT_ZONE
from huoshui.base.errors import BadMapping
from huoshui.lake.intake.values import Unit
from huoshui.lake.intake.words import fold_value
from huoshui.lake.tables import TABLES, Table

MAPPING_FILE = "mapping.toml"
SKIP = "skip"


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """What a header is said to be: a column ('' for none of ours) and its unit of money if that is said."""

    column: str
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class FileMapping:
    """What mapping.toml says of files with a name like `match`."""

    match: str
    sheet: str
    table: str
    zone: str
    columns: dict[str, ColumnChoice]
    values: dict[str, dict[str, str]]
    """Header -> folded word -> choice."""

    @property
    def skipped(self) -> bool:
        """Whether these files are to be left unread."""
        return self.table == SKIP


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping.toml."""

    files: tuple[FileMapping, ...] = ()
    zone: str = DEFAULT_ZONE

    def of(self, file_name: str, sheet: str = "") -> FileMapping | None:
        """What is said of a file, first match; None leaves it to be recognised."""
        for one in self.files:
            if fnmatchcase(file_name, one.match) and one.sheet in ("", sheet):
                return one
        return None


@dataclass(slots=True)
class _Source:
    """The text of a mapping.toml, to name the line of whatever is wrong in it."""

    path: Path
    lines: list[str] = field(default_factory=list)
    start: int = 0
    """Where the [[file]] being read begins."""

    def wrong(self, token: str, zh: str, en: str) -> BadMapping:
        """The error for the line on which `token` stands."""
        for number in range(self.start, len(self.lines)):
            if token and token in self.lines[number] and not self.lines[number].lstrip().startswith("#"):
                return self.at(number + 1, zh, en)
        return self.at(self.start + 1, zh, en)

    def at(self, line: int, zh: str, en: str) -> BadMapping:
        """The error for a line."""
        return BadMapping(file=self.path.name, line=line, reason_zh=zh, reason_en=en)


def load_mapping(path: Path) -> Mapping:
    """The mapping in the file `path`. Raises BadMapping with the file's name and the line."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _Source(path).at(1, "请用 UTF-8 保存", "save it as UTF-8") from error
    except OSError as error:
        raise _Source(path).at(1, "读不了这个文件", "it cannot be read") from error
    source = _Source(path, text.splitlines())
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        line = int(place[1]) if place else max(len(source.lines), 1)
        raise source.at(line, f"写法不对: {error}", f"not written as TOML: {error}") from error
    for name in data:
        if name not in ("zone", "file"):
            raise source.wrong(name, f"不认识“{name}”", f"'{name}' is not known here")
    zone = _zone(source, data.get("zone", DEFAULT_ZONE))
    blocks = data.get("file", [])
    if not isinstance(blocks, list):
        raise source.wrong("file", "每个文件请写成 [[file]]", "write [[file]] for each file")
    starts = [n for n, line in enumerate(source.lines) if re.match(r"\s*\[\[\s*file\s*\]\]", line)]
    files = []
    for number, block in enumerate(blocks):
        source.start = starts[number] if number < len(starts) else 0
        files.append(_file(source, block, zone))
    return Mapping(tuple(files), zone)


def _file(source: _Source, block: object, zone: str) -> FileMapping:
    if not isinstance(block, dict):
        raise source.wrong("file", "每个文件请写成 [[file]]", "write [[file]] for each file")
    for name in block:
        if name not in ("match", "sheet", "table", "zone", "columns", "values"):
            raise source.wrong(name, f"不认识“{name}”", f"'{name}' is not known here")
    match, table = block.get("match"), block.get("table")
    if not isinstance(match, str) or not match:
        raise source.wrong(
            "match", "缺少 match: 写上文件名, 可以用 *", "match is missing: a file name, * allowed"
        )
    if not isinstance(table, str) or (table != SKIP and table not in TABLES):
        known = "、".join([*TABLES, SKIP])
        raise source.wrong(
            "table", f"没有“{table}”这张表; 可以写: {known}", f"no table '{table}'; one of: {known}"
        )
    columns, values = block.get("columns", {}), block.get("values", {})
    if table == SKIP:
        return FileMapping(match, str(block.get("sheet", "")), table, zone, {}, {})
    own_zone = _zone(source, block.get("zone", zone))
    chosen = _columns(source, columns, TABLES[table])
    words = _values(source, values, TABLES[table], chosen)
    return FileMapping(match, str(block.get("sheet", "")), table, own_zone, chosen, words)


def _columns(source: _Source, columns: object, table: Table) -> dict[str, ColumnChoice]:
    if not isinstance(columns, dict):
        raise source.wrong("columns", "columns 请写成 [file.columns]", "write [file.columns]")
    chosen: dict[str, ColumnChoice] = {}
    for header, said in columns.items():
        unit = None
        if isinstance(said, dict):
            unit = said.get("unit")
            if unit not in ("yuan", "fen"):
                raise source.wrong(
                    header, f"unit 只能写 yuan 或 fen, 不是“{unit}”", f"unit is yuan or fen, not '{unit}'"
                )
            said = said.get("column", "")
        if not isinstance(said, str) or (said and said not in table.names):
            known = "、".join(table.names)
            raise source.wrong(
                header,
                f"{table.name} 表没有“{said}”这一列; 可以写: {known}",
                f"{table.name} has no '{said}'; one of: {known}",
            )
        other = next((h for h, choice in chosen.items() if said and choice.column == said), None)
        if other:
            raise source.wrong(
                header,
                f"“{header}”和“{other}”都写成了 {said}, 只能有一列",
                f"'{header}' and '{other}' are both {said}; only one can be",
            )
        chosen[header] = ColumnChoice(said, unit)
    return chosen


def _values(
    source: _Source, values: object, table: Table, chosen: dict[str, ColumnChoice]
) -> dict[str, dict[str, str]]:
    if not isinstance(values, dict) or not all(isinstance(words, dict) for words in values.values()):
        raise source.wrong("values", '取值请写成 [file.values."列名"]', 'write [file.values."header"]')
    found: dict[str, dict[str, str]] = {}
    for header, words in values.items():
        name = chosen[header].column if header in chosen else header
        column = next((c for c in table.columns if c.name == name and c.kind == "choice"), None)
        if column is None:
            raise source.wrong(header, f"“{header}”不是可以选值的列", f"'{header}' is no column of choices")
        for word, choice in words.items():
            if choice not in column.choices:
                known = "、".join(column.choices)
                raise source.wrong(
                    word, f"“{choice}”不能选; 可以写: {known}", f"'{choice}' is no choice; one of: {known}"
                )
        found[header] = {fold_value(word): choice for word, choice in words.items()}
    return found


def _zone(source: _Source, name: object) -> str:
    try:
        return ZoneInfo(str(name)).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise source.wrong(
            "zone",
            f"没有“{name}”这个时区, 例如 Asia/Shanghai",
            f"no time zone '{name}', such as Asia/Shanghai",
        ) from error
