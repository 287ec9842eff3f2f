"""Bad rows into files that can be mended and read again without counting twice.

While the folder is read, bad rows go to a spool on disk. At the end the spool is settled against
what was mended before: each bad row carries 校验, a digest of its original cells, and a row of a
corrections file carries the digest of the row it mends.

    original row is bad, its digest was mended           -> counted as merged
    original row is bad, its digest is still to mend     -> the half-mended row stays, the original is counted as merged
    otherwise                                            -> set aside, written to corrections/<table>.csv
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path

from huoshui.base.errors import Language, Text
from huoshui.lake.intake.grids import readable
from huoshui.lake.intake.headers import CORRECTION_HEADERS, TablePlan
from huoshui.lake.intake.opening import open_file, text_of
from huoshui.lake.intake.rows import BadRow
from huoshui.lake.intake.values import Fault

FOLDER = "corrections"
FIXED = ".fixed.csv"
OVER = Text("多出来的: ", "Too many: ")
_RISKY_START = ("=", "+", "-", "@", "\t", "\r")
_LONG_DIGITS = re.compile(r"^\d{12,}$")
_NUMBER = re.compile(r"^[+-]?[\d.,]+%?$")


@dataclass(frozen=True, slots=True)
class Spooled:
    """One bad row on the spool."""

    grid: int
    line: int
    digest: str
    origin: tuple[str, str]
    """File and line the row first stood on."""
    cells: tuple[str, ...]
    faults: tuple[Fault, ...]


@dataclass(slots=True)
class Settled:
    """What became of the bad rows: how many of each grid are merged or set aside, and their faults."""

    merged: dict[int, int] = field(default_factory=dict)
    set_aside: dict[int, int] = field(default_factory=dict)


class Corrections:
    """The spool of one reading and the corrections folder it ends in."""

    def __init__(self, work: Path, language: Language) -> None:
        self._language = language
        self.folder = work / FOLDER
        self._spool_path = work / "stage" / "bad.jsonl"
        self._spool_path.parent.mkdir(parents=True, exist_ok=True)
        self._spool = self._spool_path.open("w", encoding="utf-8")
        self._mended: set[str] = set()
        self._to_mend: set[str] = set()
        self._plans: dict[int, TablePlan] = {}

    def earlier_files(self) -> list[Path]:
        """Files of corrections left from earlier readings, in whatever form a spreadsheet saved them."""
        found = [*self.folder.glob("*.csv"), *self.folder.glob("*.xls*")]
        return sorted(path for path in found if not path.name.startswith("~$"))

    def _own_files(self) -> list[Path]:
        """The files that are written anew: a workbook saved beside them stays as it is."""
        return [
            path for path in self.earlier_files() if path.suffix == ".csv" and not path.name.endswith(FIXED)
        ]

    def mended(self, digests: list[str]) -> None:
        """Rows with these digests have been mended."""
        self._mended.update(digests)

    def put(self, grid: int, plan: TablePlan, label: str, row: BadRow) -> None:
        """Spool a bad row of the grid numbered `grid`."""
        self._plans.setdefault(grid, plan)
        cells = row.cells
        if plan.correction and len(cells) > max(plan.correction):
            marks = [cells[index] for index in plan.correction]
            digest, origin = marks[4].strip(), (marks[0].strip(), marks[1].strip())
            cells = tuple(cell for index, cell in enumerate(cells) if index not in plan.correction)
            row = replace(row, faults=tuple(_at_origin(fault, *origin) for fault in row.faults))
            self._to_mend.add(digest)
        else:
            digest, origin = digest_of(plan.headers, cells), (label, str(row.line))
        secret = {index for index, header in enumerate(plan.headers) if header in plan.left_out}
        if secret:
            cells = tuple("" if index in secret else cell for index, cell in enumerate(cells))
        faults = [[f.code, f.file, f.line, f.column, f.value, *f.text] for f in row.faults]
        self._spool.write(
            json.dumps([grid, row.line, digest, origin, cells, faults], ensure_ascii=False) + "\n"
        )

    def settle(self) -> Iterator[tuple[Spooled, bool]]:
        """Each spooled row, and whether it is set aside (else merged); call `write` when all are drawn."""
        self._spool.close()
        seen: set[str] = set()
        for row in self._rows():
            from_corrections = bool(self._plans[row.grid].correction)
            if row.digest in self._mended:
                yield row, False
            elif from_corrections:
                yield row, row.digest not in seen
                seen.add(row.digest)
            else:
                yield row, row.digest not in self._to_mend

    def write(self) -> Path | None:
        """Write the files of corrections anew; the folder if anything is left to mend."""
        self._keep_mended()
        groups: dict[tuple[str, tuple[str, ...]], Path] = {}
        writers: dict[Path, _Writer] = {}
        seen: set[str] = set()
        for row in self._rows():
            from_corrections = bool(self._plans[row.grid].correction)
            if row.digest in self._mended or (row.digest in self._to_mend and not from_corrections):
                continue
            if from_corrections and row.digest in seen:
                continue
            seen.add(row.digest) if from_corrections else None
            plan = self._plans[row.grid]
            headers = tuple(h for i, h in enumerate(plan.headers) if i not in plan.correction)
            group = (plan.table.name, headers)
            if group not in groups:
                number = 1 + sum(name == group[0] for name, _ in groups)
                groups[group] = self.folder / (
                    f"{group[0]}.csv" if number == 1 else f"{group[0]}-{number}.csv"
                )
                writers[groups[group]] = _Writer(groups[group], headers, self._language)
            writers[groups[group]].add(row)
        for writer in writers.values():
            writer.finish()
        for path in self._own_files():
            if path not in writers:
                path.unlink()
        self._spool_path.unlink(missing_ok=True)
        return self.folder if writers else None

    def _rows(self) -> Iterator[Spooled]:
        with self._spool_path.open(encoding="utf-8") as lines:
            for line in lines:
                grid, number, digest, origin, cells, faults = json.loads(line)
                found = tuple(Fault(f[0], f[1], f[2], f[3], f[4], Text(f[5], f[6])) for f in faults)
                yield Spooled(grid, number, digest, (origin[0], origin[1]), tuple(cells), found)

    def _keep_mended(self) -> None:
        """Move mended rows to <name>.fixed.csv, so that writing the rest anew loses none of them."""
        for path in self._own_files() if self._mended else ():
            header, rows = _raw_rows(path)
            place = header.index(CORRECTION_HEADERS[4]) if CORRECTION_HEADERS[4] in header else None
            if place is None:
                continue
            mended = [row for row in rows if len(row) > place and row[place].strip() in self._mended]
            if mended:
                _append_fixed(path, header, mended)


def _at_origin(fault: Fault, file: str, line: str) -> Fault:
    """A fault of a half-mended row at the place where the row first stood: the file it lies in now is written anew."""
    return replace(fault, file=file, line=int(line)) if file and line.isdecimal() else fault


def digest_of(headers: tuple[str, ...], cells: tuple[str, ...]) -> str:
    """What ties a mended row to its original: a digest of the original cells under their headers."""
    text = json.dumps([headers, cells], ensure_ascii=False)
    return "h" + blake2b(text.encode("utf-8", "backslashreplace"), digest_size=8).hexdigest()


def guarded(cell: str) -> str:
    """A cell as it may be opened in a spreadsheet: no formula runs, no long number loses digits.

    The apostrophe put before it is taken off when the cell is read again.
    """
    risky = cell.startswith(_RISKY_START) and not _NUMBER.match(cell)
    return "'" + cell if risky or _LONG_DIGITS.match(cell.strip()) else cell


class _Writer:
    """One file of corrections, complete before it takes its name."""

    def __init__(self, path: Path, headers: tuple[str, ...], language: Language) -> None:
        self._language = language
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._width = len(headers)
        self._part = path.with_suffix(".part")
        self._stream = self._part.open("w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._stream)
        self._csv.writerow([*headers, *CORRECTION_HEADERS])

    def add(self, row: Spooled) -> None:
        """Write one row: the original cells, where they stood, and why they were set aside."""
        cells = [guarded(cell) for cell in row.cells[: self._width]]
        over = row.cells[self._width :]
        cells += [""] * (self._width - len(cells))
        columns = "、".join(dict.fromkeys(f.column for f in row.faults if f.column))
        reasons = " ".join(dict.fromkeys(f.text.say(self._language) for f in row.faults))
        if over:
            reasons += " " + OVER.say(self._language) + " | ".join(over)
        self._csv.writerow([*cells, row.origin[0], row.origin[1], columns, reasons, row.digest])

    def finish(self) -> None:
        """Give the file its name."""
        self._stream.close()
        self._part.replace(self._path)


def _raw_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a file of corrections, in whatever encoding a spreadsheet saved it."""
    with text_of(open_file(path)) as stream:
        text = readable(stream.read())
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    return (rows[0], rows[1:]) if rows else ([], [])


def _append_fixed(path: Path, header: list[str], mended: list[list[str]]) -> None:
    number = 1
    while True:
        fixed = path.with_name(path.stem + (f".{number}" if number > 1 else "") + FIXED)
        old_header, old_rows = _raw_rows(fixed) if fixed.exists() else (header, [])
        if old_header == header:
            break
        number += 1
    part = fixed.with_suffix(".part")
    with part.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerows([header, *old_rows, *([guarded(cell) for cell in row] for row in mended)])
    part.replace(fixed)
