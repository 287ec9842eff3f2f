"""Write the four files, whole or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from huoshui.base.errors import Language
from huoshui.serve.report.figures import figures_json
from huoshui.serve.report.headline import summary_lines
from huoshui.serve.report.input import ReportInput
from huoshui.serve.report.page import page
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.workbook import write_workbook


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """Where the four files lie."""

    html: Path
    summary: Path
    workbook: Path
    figures: Path


def write_report(input: ReportInput, out: Path, *, language: Language) -> ReportFiles:
    """Write report.html, summary.txt, tables.xlsx and figures.json into `out` (made if need be).

    Each is written beside its place and moved there when whole, so that a reader never sees half a file.
    Raises MissingBundle where the drawing library is not installed, OSError where `out` cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    found = ReportFiles(out / "report.html", out / "summary.txt", out / "tables.xlsx", out / "figures.json")
    speech = Speech(language, input.currency)
    html = page(input, language).encode()
    summary = ("\n".join(summary_lines(input, language)) + "\n").encode()
    figures = figures_json(input)
    _whole(found.html, lambda path: path.write_bytes(html))
    _whole(found.summary, lambda path: path.write_bytes(summary))
    _whole(found.workbook, lambda path: write_workbook(input, path, speech))
    _whole(found.figures, lambda path: path.write_bytes(figures))
    return found


def _whole(path: Path, write: Callable[[Path], object]) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        write(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
