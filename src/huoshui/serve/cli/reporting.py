"""From a folder to its report: run the diagnosis, hand the report plain values, say the ten lines."""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from huoshui.base.clock import local_time, now_utc
from huoshui.base.errors import Text
from huoshui.base.money import yuan_text
from huoshui.serve.cli.bars import ProgressCall
from huoshui.serve.cli.exit_codes import FINE, ROWS_TO_CORRECT
from huoshui.serve.cli.outputs import staged
from huoshui.serve.cli.terminal import Terminal, own_command
from huoshui.serve.cli_texts import (
    CORRECTIONS_AT,
    FILES_BESIDE,
    NEXT_CORRECT,
    NEXT_OPEN,
    NEXT_STEP,
    NOTHING,
    READING,
    REPORT_AT,
    STAGES,
    WRITING_REPORT,
)

if TYPE_CHECKING:
    from huoshui.core.costs.assumptions import Assumptions
    from huoshui.flow.app import Settings
    from huoshui.flow.diagnosis import DiagnosisRun
    from huoshui.flow.files import Intake
    from huoshui.serve.report import ReportInput


def report_on(
    terminal: Terminal,
    folder: Path,
    out: Path,
    *,
    settings: "Settings",
    assumptions: "Assumptions",
    intake: "Intake | None" = None,
    title: str = "",
    notes: tuple[Text, ...] = (),
    next_step: Text = NEXT_OPEN,
) -> int:
    """Diagnose `folder`, write the four files into `out`, say or give the result; the exit code.

    An `intake` at hand spares a second reading. `title` is what the report calls the folder, `notes` go among
    what is known of the files.
    """
    from huoshui.flow.app import clear_work
    from huoshui.flow.diagnosis import run_diagnosis
    from huoshui.flow.files import shown_path, within_limits
    from huoshui.serve.report import summary_lines, write_report

    try:
        with terminal.progress() as progress, within_limits(settings):
            run = run_diagnosis(
                folder,
                settings=settings,
                assumptions=assumptions,
                progress=in_words(terminal, progress),
                intake=intake,
            )
            progress(terminal.word(WRITING_REPORT), 0, 0)
            told = report_input(
                run, settings, title=title or shown_path(Path(folder.resolve().name)), notes=notes
            )
            with staged(out) as staging:
                files = write_report(told, staging, language=settings.language)
                names = [path.name for path in (files.html, files.summary, files.workbook, files.figures)]
    finally:
        clear_work(settings)
    lines = summary_lines(told, settings.language)
    status = ROWS_TO_CORRECT if run.intake.rows_set_aside or run.intake.faults else FINE
    say_result(terminal, lines, out / names[0], run, next_step)
    terminal.give(as_json(told, lines, {Path(name).stem: shown_path(out / name) for name in names}, status))
    return status


def in_words(terminal: Terminal, progress: ProgressCall) -> ProgressCall:
    """`progress` with stage codes in the user's language; what is no stage is a file being read."""

    def say(what: str, done: int, total: int) -> None:
        stage = STAGES.get(what)
        progress(terminal.word(stage) if stage else terminal.word(READING, file=what), done, total)

    return say


def say_result(
    terminal: Terminal, lines: list[str], page: Path, run: "DiagnosisRun", next_step: Text
) -> None:
    """The ten lines, where the report is, and one thing to do next."""
    terminal.say()
    for number, line in enumerate(lines):
        terminal.say(line, style="head" if number == 0 else None)
    terminal.say()
    terminal.field(REPORT_AT, page)
    terminal.field(NOTHING, terminal.word(FILES_BESIDE))
    if run.intake.corrections is not None:
        terminal.field(CORRECTIONS_AT, run.intake.corrections)
        next_step = NEXT_CORRECT
    terminal.field(NEXT_STEP, terminal.word(next_step, command=own_command()))


def as_json(told: "ReportInput", lines: list[str], files: dict[str, str], status: int) -> dict[str, object]:
    """The run for programs. figures.json holds every further value."""
    diagnosis, intake = told.diagnosis, told.intake
    return {
        "ok": True,
        "exit_code": status,
        "simulated": diagnosis.scope.simulated,
        "currency": told.currency,
        "rows": {
            "read": intake.rows_read,
            "kept": intake.rows_kept,
            "merged": intake.rows_merged,
            "set_aside": intake.rows_set_aside,
            "dropped": intake.rows_dropped,
        },
        "figures": {code: msgspec.to_builtins(figure) for code, figure in diagnosis.figures.items()},
        "findings": [
            {"code": f.code, "fen_per_month": f.fen_per_month, "marking": f.marking, "facts": f.facts}
            for f in diagnosis.findings
        ],
        "summary": lines,
        "files": files,
        "seconds": dict(told.seconds),
    }


def report_input(
    run: "DiagnosisRun", settings: "Settings", *, title: str, notes: tuple[Text, ...] = ()
) -> "ReportInput":
    """The run as the plain values that the report takes."""
    from huoshui.flow.files import shown_path, table_titles, table_unlocks
    from huoshui.serve.report import DifferenceLine, FaultLine, FileLine, IntakeAccount, ReportInput

    intake = run.intake
    account = IntakeAccount(
        files=tuple(
            FileLine(f.file, f.table, f.rows_read, f.rows_kept, f.rows_merged, f.rows_set_aside)
            for f in intake.files
        ),
        faults=tuple(FaultLine(f.file, f.line, f.column, f.value, f.text) for f in intake.faults),
        corrections=None if intake.corrections is None else shown_path(intake.corrections),
        gaps=tuple(gap_text(gap.first.isoformat(), gap.last.isoformat()) for gap in intake.gaps),
        stubs={f"{stub.table}.{stub.column}": stub.ids for stub in intake.stubs},
        conflicts=intake.conflicts_count,
        notes=notes + intake.notes,
    )
    return ReportInput(
        diagnosis=run.diagnosis,
        intake=account,
        folder_name=title,
        made_at=local_time(now_utc(), settings.zone).isoformat(sep=" ", timespec="minutes"),
        assumptions=run.assumptions,
        differences=tuple(
            DifferenceLine(
                d.code, d.title, d.rows, d.amount_fen, d.cause, tuple(map(example_text, d.examples))
            )
            for d in run.differences
        ),
        tables=run.tables,
        names=table_titles(),
        unlocks=table_unlocks(),
        seconds=run.seconds,
        currency=settings.currency,
    )


def example_text(example: tuple[str, int]) -> str:
    """One row that does not add up, and by how much."""
    name, off_fen = example
    return f"{name} ({yuan_text(off_fen)})"


def gap_text(first: str, last: str) -> str:
    """One day, or the span of days, without an order."""
    return first if first == last else f"{first} – {last}"
