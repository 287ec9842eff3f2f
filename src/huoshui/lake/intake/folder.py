"""A folder of a shop's files into canonical Parquet: look at each, read it in chunks, let the files of a table
meet.

The path of one file: opening (what is it) -> grids (rows with lines) -> headers (which table) -> rows (values
or reasons) -> stage (on disk); then, per table, stage.merge; then what can only be said of the whole (stubs,
gaps).
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from huoshui.base.clock import DEFAULT_ZONE
from huoshui.base.errors import Language, MissingFolder, NothingToRead, Text, UnreadableFile
from huoshui.base.limits import COLUMNS_MAX, MEMORY_BYTES_DEFAULT
from huoshui.lake.engines import TableSource
from huoshui.lake.intake.adopting import Candidate, adopt
from huoshui.lake.intake.corrections import Corrections
from huoshui.lake.intake.faults import FAULTS_LISTED_MAX
from huoshui.lake.intake.grids import DELIMITERS, HEAD_ROWS, RawChunk, first_rows, readable, text_chunks
from huoshui.lake.intake.guessing import MappingProposal, propose
from huoshui.lake.intake.headers import TablePlan, mapped_plan, plan_of
from huoshui.lake.intake.html_tables import html_tables
from huoshui.lake.intake.keys import installation_key
from huoshui.lake.intake.mapping import MAPPING_FILE, FileMapping, Mapping, load_mapping
from huoshui.lake.intake.opening import SUFFIXES, Opened, open_file, shown_name, unreadable
from huoshui.lake.intake.parquet_files import is_canonical, open_parquet, parquet_chunks
from huoshui.lake.intake.rows import GridReader
from huoshui.lake.intake.shops import OF_NO_USE_HEADERS, Shape
from huoshui.lake.intake.stage import Merged, Staged, StageWriter, merge, number_members, open_engine
from huoshui.lake.intake.values import Conflict, Fault, FileReport, Intake, SkipReason, make_fault
from huoshui.lake.intake.wholeness import find_gaps, find_stubs
from huoshui.lake.intake.words import fold
from huoshui.lake.intake.workbooks import sheets_of
from huoshui.lake.tables import TABLES

Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Grid:
    """One table of a file before it is read: its label, its first rows and all its chunks."""

    label: str
    hint: str
    encoding: str
    chunks: Iterator[RawChunk]
    sheet: str = ""
    damaged: bool = False
    canonical: bool = False
    """Whether our own writer made it: personal data is hashed already."""


@dataclass(slots=True)
class Counts:
    """What became of the rows of one grid, before files meet."""

    plan: TablePlan
    staged: Staged
    encoding: str
    read: int = 0
    set_aside: int = 0
    superseded: int = 0
    skipped: Counter[SkipReason] = field(default_factory=Counter)
    rounded_cells: int = 0
    rounded_fen: Fraction = Fraction(0)


def data_files(folder: Path) -> list[Path]:
    """The files of `folder` that may hold tables, by name. Raises MissingFolder."""
    if not folder.is_dir():
        raise MissingFolder(folder=str(folder))
    found = []
    for path in folder.iterdir():
        name = path.name.lower().removesuffix(".gz")
        if path.is_file() and not name.startswith((".", "~$")) and name.endswith(SUFFIXES):
            found.append(path)
    return sorted(found, key=lambda p: p.name)


OF_NO_USE = Text(
    "{file} 是店铺自己的设置表, 里面没有诊断用得上的内容, 没有读。",
    "{file} is a settings table of the shop with nothing for the diagnosis; it was not read.",
)
SUBFOLDER = Text(
    "子文件夹 {name} 里还有 {files} 个表格文件, 没有读。要读的话请移到这个文件夹里。",
    "The folder {name} inside holds {files} more table files, which were not read. Move them up to read them.",
)
OTHER_KIND = Text(
    "{file} 没有读: 只读 CSV、Excel 和 Parquet (可以是 .gz)。",
    "{file} was not read: only CSV, workbooks and Parquet are (also as .gz).",
)
LEFT_BY_MAPPING = Text(
    "{file} 没有读: mapping.toml 里写了 skip。",
    "{file} was not read: mapping.toml says skip.",
)
NOT_A_TABLE = Text(
    "{file} 里没有认得出来的表头, 没有读。",
    "{file} has no header that is known here and was not read.",
)
OUR_REPORT = "figures.json"
"""A folder that holds it is a report of ours, and its workbook is nobody's data."""
GUIDE_SHEETS = ("说明", "Read me")
"""Sheets of our own template that say how to fill it."""
NAMES_ONLY = Text(
    "这家店导出的订单和充值里只有会员名, 没有会员编号。把 user 表一起放进来, 才能和流水对上。",
    "This shop's exports hold members' names and not their numbers. Add its user table to match them with entries.",
)
CUT_BY_SHOP = Text(
    "{file} 正好 {rows} 行: {shop} 一次最多导出这么多, 后面的很可能被截掉了。"
    "请按更短的日期分几次导出, 一起放进文件夹。",
    "{file} has exactly {rows} rows, the most that {shop} exports at once: the rest was probably cut. Export shorter "
    "periods and put the files together.",
)


def unread_files(folder: Path) -> list[Text]:
    """What lies in the folder and is not read, said so that nobody thinks that it was."""
    notes = []
    for path in sorted(folder.iterdir()):
        if (path / OUR_REPORT).is_file():
            continue
        if path.is_dir() and not path.name.startswith("."):
            inside = sum(
                p.is_file() and p.name.lower().removesuffix(".gz").endswith(SUFFIXES) for p in path.iterdir()
            )
            if inside:
                notes.append(SUBFOLDER.filled(name=shown_name(path), files=inside))
        elif path.suffix.lower() in (
            ".zip",
            ".rar",
            ".7z",
            ".ods",
            ".et",
            ".numbers",
            ".sql",
            ".pdf",
            ".docx",
            ".wps",
        ):
            notes.append(OTHER_KIND.filled(file=shown_name(path)))
    return notes


class FolderReader:
    """One reading of one folder."""

    def __init__(
        self, folder: Path, work: Path, memory_bytes: int, language: Language, mapping: Mapping
    ) -> None:
        self.mapping = mapping
        self.folder = folder
        self.work = work
        self.memory_bytes = memory_bytes
        self.language = language
        self.counts: list[Counts] = []
        self.faults: list[Fault] = []
        self.fault_counts: Counter[str] = Counter()
        self.notes: list[Text] = []
        self.adopted: dict[str, TableSource] = {}
        self.adopted_reports: list[FileReport] = []
        self.key = installation_key(work)
        # the other half is for the chunk being read and what Python holds
        self.engine = open_engine(work, memory_bytes // 2)
        stage = work / "stage"
        if stage.exists():
            shutil.rmtree(stage)
        self.corrections = Corrections(work, language)
        self.corrections_folder: Path | None = None
        self._progress: Progress | None = None
        self._total_bytes = 0
        self._done_bytes = 0

    def run(self, progress: Progress | None) -> Intake:
        """Read every file, then let them meet."""
        files = data_files(self.folder)
        self.notes += unread_files(self.folder)
        # Parquet last: whether it can be used in place depends on what else its table has
        opened = sorted(self._open_all(files), key=lambda one: one.kind == "parquet")
        parquet: list[Opened] = []
        self._progress, self._total_bytes = progress, sum(one.size_bytes for one in opened)
        for one in opened:
            self._tell(shown_name(one.path), 0)
            if one.kind == "parquet":
                parquet.append(one)
                continue
            for grid in grids_of(one, self.memory_bytes):
                self._read_grid(grid, one.path)
            self._done_bytes += one.size_bytes
        for path in self.corrections.earlier_files():
            for grid in grids_of(open_file(path), self.memory_bytes):
                grid.label = f"{path.parent.name}/{grid.label}"
                self._read_grid(grid, path)
        self._read_parquet([one.path for one in parquet])
        self._settle()
        self._done_bytes = self._total_bytes
        self._tell("", 0)
        if not self.counts and not self.faults and not self.adopted:
            raise NothingToRead(folder=str(self.folder))
        merged = self._merge()
        return self._intake(merged)

    def _open_all(self, files: list[Path]) -> Iterator[Opened]:
        """Look at each file. A .txt that is no table is a reader's note; any other is an error."""
        for path in files:
            try:
                yield open_file(path)
            except UnreadableFile:
                if path.suffix.lower() != ".txt":
                    raise
                self.notes.append(NOT_A_TABLE.filled(file=shown_name(path)))

    def _read_parquet(self, paths: list[Path]) -> None:
        """Parquet files, table by table: in place where nothing speaks against it, else row by row."""
        by_table: dict[str, list[Candidate]] = {}
        for path in paths:
            file = open_parquet(path)
            said = self.mapping.of(shown_name(path))
            first = RawChunk([list(file.schema_arrow.names)], [0])
            plan, _ = find_header(
                first, shown_name(path), None if said and said.skipped else said, self.mapping.zone
            )
            if plan is None:
                self._fault(make_fault("no_header", shown_name(path), 1, "", ""))
                continue
            candidate = Candidate(path, file, plan, is_canonical(file))
            by_table.setdefault(plan.table.name, []).append(candidate)
        for name, candidates in by_table.items():
            alone = not any(c.plan.table.name == name for c in self.counts)
            source = adopt(self.engine, candidates, memory_bytes=self.memory_bytes) if alone else None
            if source is not None:
                self.adopted[name] = source
                self.adopted_reports += [_adopted_report(c) for c in candidates]
                continue
            for c in candidates:
                chunks = parquet_chunks(c.path, c.file, c.plan.table if c.canonical else None)
                grid = Grid(shown_name(c.path), shown_name(c.path), "parquet", chunks, canonical=c.canonical)
                self._read_grid(grid, c.path)

    def _read_grid(self, grid: Grid, path: Path) -> None:
        first = next(grid.chunks, None)
        if first is None:
            return
        said = self.mapping.of(shown_name(path), grid.sheet)
        if said is not None and said.skipped:
            self.notes.append(LEFT_BY_MAPPING.filled(file=grid.label))
            return
        if said is None and is_of_no_use(first):
            self.notes.append(OF_NO_USE.filled(file=grid.label))
            return
        plan, at = find_header(first, grid.hint, said, self.mapping.zone)
        if plan is None:
            if path.suffix.lower() == ".txt" or grid.sheet:
                if grid.sheet not in GUIDE_SHEETS:
                    self.notes.append(NOT_A_TABLE.filled(file=grid.label))
                return
            self._fault(make_fault("no_header", grid.label, 1, "", ""))
            return
        if plan.width > COLUMNS_MAX:
            raise unreadable(path, "too_many_columns", columns=plan.width)
        if plan.missing:
            title = plan.table.title
            for column in plan.missing:
                shown = column.title.say(self.language)
                self._fault(
                    make_fault(
                        "missing_column",
                        grid.label,
                        first.lines[at],
                        shown,
                        "",
                        table=title.say(self.language),
                    )
                )
            return
        reader = GridReader(
            plan, grid.label, grid.encoding, None if grid.canonical else self.key, damaged=grid.damaged
        )
        columns = frozenset(name for name in reader.schema.names if name in plan.table.names)
        target = self.work / "stage" / plan.table.name / f"{len(self.counts):04d}.parquet"
        staged = Staged(grid.label, target, columns, path.stat().st_mtime, bool(plan.correction))
        counts = Counts(plan, staged, grid.encoding)
        self.counts.append(counts)
        counts.skipped["title"] += sum(any(map(str.strip, row)) for row in first.rows[:at])
        writer = StageWriter(staged, reader.schema)
        try:
            self._read_chunk(reader, _after(first, at), counts, writer)
            for chunk in grid.chunks:
                self._tell(grid.label, chunk.position)
                self._read_chunk(reader, chunk, counts, writer)
        finally:
            writer.close()
        self._note_shape(plan.shape)

    def _note_cut(self) -> None:
        """Files of exactly as many rows as a shop exports at once, unless a later file runs on from them."""
        for counts in self.counts:
            shape, staged = counts.plan.shape, counts.staged
            rows = counts.read + counts.skipped["not_our_money"]
            if shape is None or shape.rows_suspicious != rows or staged.latest is None:
                continue
            runs_on = any(
                other.staged.latest is not None
                and other.staged.latest > staged.latest
                and (other.staged.merged or staged.merged)
                for other in self.counts
                if other.plan.table is counts.plan.table
            )
            if not runs_on:
                self.notes.append(CUT_BY_SHOP.filled(file=staged.label, rows=f"{rows:,}", shop=shape.shop))

    def _note_shape(self, shape: Shape | None) -> None:
        """The traps of the shop a file comes from, said once each."""
        if shape is None:
            return
        self.notes += [note for note in shape.notes if note not in self.notes]

    def _read_chunk(self, reader: GridReader, chunk: RawChunk, counts: Counts, writer: StageWriter) -> None:
        got = reader.read(chunk)
        writer.write(got.good)
        counts.read += got.good.num_rows + len(got.bad)
        counts.skipped.update(got.skipped)
        counts.rounded_cells += got.rounded_cells
        counts.rounded_fen += got.rounded_fen
        self.corrections.mended(got.digests)
        number = len(self.counts) - 1
        for row in got.bad:
            self.corrections.put(number, reader.plan, reader.label, row)

    def _settle(self) -> None:
        """What became of the bad rows, once it is known which of them have been mended."""
        for row, set_aside in self.corrections.settle():
            counts = self.counts[row.grid]
            if not set_aside:
                counts.superseded += 1
                continue
            counts.set_aside += 1
            for fault in row.faults:
                self._fault(fault)
        self.corrections_folder = self.corrections.write()

    def _tell(self, label: str, position: int) -> None:
        """Tell whoever watches how many bytes are done."""
        if self._progress is not None:
            self._progress(label, min(self._done_bytes + position, self._total_bytes), self._total_bytes)

    def _fault(self, fault: Fault) -> None:
        self.fault_counts[fault.code] += 1
        if len(self.faults) < FAULTS_LISTED_MAX:
            self.faults.append(fault)

    def _merge(self) -> dict[str, Merged]:
        named = [
            c.staged for c in self.counts if c.plan.shape and c.plan.shape.names_members and c.staged.rows
        ]
        users = [c.staged for c in self.counts if c.plan.table.name == "users" and c.plan.shape]
        if named and users:
            number_members(self.engine, users, named)
        elif named:
            self.notes.append(NAMES_ONLY)
        merged = {}
        for name, table in TABLES.items():
            files = [c.staged for c in self.counts if c.plan.table.name == name]
            if files:
                merged[name] = merge(self.engine, table, files, self.work / "stage" / f"{name}.parquet")
        return merged

    def _intake(self, merged: dict[str, Merged]) -> Intake:
        extra: dict[str, tuple[str, ...]] = {}
        for counts in self.counts:
            name = counts.plan.table.name
            headers = (header for _, header in counts.plan.extra)
            extra[name] = tuple(dict.fromkeys((*extra.get(name, ()), *headers)))
        sources = {**self.adopted, **{name: one.source for name, one in merged.items()}}
        conflicts: list[Conflict] = [c for one in merged.values() for c in one.conflicts]
        self._note_cut()
        return Intake(
            sources=sources,
            files=(*(_report(c) for c in self.counts), *self.adopted_reports),
            faults=tuple(self.faults),
            fault_counts=dict(self.fault_counts),
            corrections=self.corrections_folder,
            gaps=find_gaps(self.engine, sources),
            stubs=find_stubs(self.engine, sources),
            conflicts=tuple(conflicts),
            conflicts_count=sum(one.conflicts_count for one in merged.values()),
            notes=tuple(self.notes),
            extra_columns={name: headers for name, headers in extra.items() if headers},
        )


def read_folder(
    folder: Path,
    *,
    work: Path,
    memory_bytes: int,
    language: Language = "zh",
    mapping: Mapping | None = None,
    progress: Progress | None = None,
) -> Intake:
    """The canonical tables of `folder` as Parquet in `work`, with all that was found on the way.

    Without `mapping` a mapping.toml in the folder is followed. `progress` is told the file, the bytes
    done and the bytes in all.

    Raises MissingFolder, NothingToRead, UnreadableFile, NotEnoughMemory, BadMapping.
    """
    own = folder / MAPPING_FILE
    if mapping is None:
        mapping = load_mapping(own) if own.is_file() else Mapping()
    reader = FolderReader(folder, work, memory_bytes, language, mapping)
    try:
        return reader.run(progress)
    finally:
        reader.engine.close()


def grids_of(opened: Opened, memory_bytes: int) -> Iterator[Grid]:
    """The tables of one file: one, or one a sheet. Raises UnreadableFile, NotEnoughMemory."""
    path = opened.path
    if opened.kind == "text":
        delimiter = best_delimiter(opened, shown_name(path))
        yield Grid(
            shown_name(path),
            shown_name(path),
            opened.encoding,
            text_chunks(opened, delimiter),
            damaged=opened.damaged,
        )
    elif opened.kind == "workbook":
        sheets = sheets_of(path, memory_bytes)
        for name, chunks in sheets:
            label = shown_name(path) if len(sheets) == 1 else f"{shown_name(path)} › {name}"
            yield Grid(label, f"{path.stem} {name}", "xlsx", chunks, sheet=name if len(sheets) > 1 else "")
    elif opened.kind == "html":
        for number, chunk in enumerate(html_tables(opened), start=1):
            label = shown_name(path) if number == 1 else f"{shown_name(path)} › {number}"
            yield Grid(label, shown_name(path), "html", iter([chunk]), damaged=opened.damaged)
    else:
        file = open_parquet(path)
        plan, _ = plan_of(file.schema_arrow.names, file_name=shown_name(path))
        canonical = is_canonical(file)
        table = plan.table if plan and canonical else None
        yield Grid(
            shown_name(path),
            shown_name(path),
            "parquet",
            parquet_chunks(path, file, table),
            canonical=canonical,
        )


def find_header(
    chunk: RawChunk, hint: str, said: FileMapping | None, zone: str
) -> tuple[TablePlan | None, int]:
    """The likeliest header among the first rows: its plan and its place in `chunk.rows`."""
    best: tuple[TablePlan | None, int] = (None, 0)
    best_score = 0
    for at, row in enumerate(chunk.rows[:HEAD_ROWS]):
        headers = tuple(readable(cell).strip() for cell in row)
        if said is not None:
            score = len(set(headers) & set(said.columns))
            plan = mapped_plan(said, headers) if score > best_score else None
        else:
            plan, score = plan_of(headers, file_name=hint, zone=zone)
        if plan is not None and score > best_score:
            best, best_score = (plan, at), score
    return best


def is_of_no_use(chunk: RawChunk) -> bool:
    """Whether the header is that of a shop's table which holds nothing of ours."""
    return any(
        signature <= {fold(cell) for cell in row}
        for row in chunk.rows[:HEAD_ROWS]
        for signature in OF_NO_USE_HEADERS
    )


def guess_mapping(folder: Path, *, memory_bytes: int = MEMORY_BYTES_DEFAULT) -> MappingProposal:
    """What mapping.toml could say of `folder`. Raises MissingFolder, UnreadableFile, NotEnoughMemory."""
    proposals = []
    for path in data_files(folder):
        opened = open_file(path)
        for grid in grids_of(opened, memory_bytes):
            first = next(grid.chunks, RawChunk())
            if opened.kind == "parquet":
                body = next(grid.chunks, RawChunk())
                first = RawChunk(first.rows + body.rows[:HEAD_ROWS], first.lines + body.lines[:HEAD_ROWS])
            if not first.rows:
                continue
            plan, at = find_header(first, grid.hint, None, DEFAULT_ZONE)
            if plan is None and path.suffix.lower() == ".txt":
                continue
            headers = [readable(cell).strip() for cell in first.rows[at]]
            rows = [[readable(cell) for cell in row] for row in first.rows[at + 1 : at + 1 + HEAD_ROWS]]
            proposals.append(propose(shown_name(path), grid.sheet, plan, headers, rows))
    return MappingProposal(tuple(proposals))


def best_delimiter(opened: Opened, hint: str) -> str:
    """The delimiter under which the first rows have the likeliest header."""
    best, best_score = ",", -1
    for delimiter in DELIMITERS:
        chunk = first_rows(opened, delimiter)
        score = max((plan_of([readable(c) for c in row], file_name=hint)[1] for row in chunk.rows), default=0)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _after(chunk: RawChunk, at: int) -> RawChunk:
    """`chunk` without its header row and what stands before it."""
    header_line = chunk.lines[at]
    unclosed = [one for one in chunk.unclosed if one[0] > header_line]
    return RawChunk(chunk.rows[at + 1 :], chunk.lines[at + 1 :], unclosed, chunk.cut_last)


def _adopted_report(candidate: Candidate) -> FileReport:
    rows = candidate.file.metadata.num_rows
    plan = candidate.plan
    return FileReport(
        file=shown_name(candidate.path),
        table=plan.table.name,
        encoding="parquet",
        rows_read=rows,
        rows_kept=rows,
        rows_merged=0,
        rows_set_aside=0,
        columns=plan.names,
        columns_extra=tuple(header for _, header in plan.extra),
        columns_left_out=plan.left_out,
        adopted=True,
    )


def _report(counts: Counts) -> FileReport:
    staged = counts.staged
    return FileReport(
        file=staged.label,
        table=counts.plan.table.name,
        encoding=counts.encoding,
        rows_read=counts.read,
        rows_kept=staged.rows - staged.merged,
        rows_merged=staged.merged + counts.superseded,
        rows_set_aside=counts.set_aside,
        skipped={reason: n for reason, n in counts.skipped.items() if n},
        columns=counts.plan.names,
        columns_extra=tuple(header for _, header in counts.plan.extra),
        columns_left_out=counts.plan.left_out,
        rounded_cells=counts.rounded_cells,
        rounded_fen=counts.rounded_fen,
    )
