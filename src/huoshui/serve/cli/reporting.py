"""From a folder to its report: run the diagnosis, hand the report plain values, say the ten lines."""

from typing import TYPE_CHECKING

import msgspec

from huoshui.base.errors import Text
from huoshui.base.money import yuan_text
from huoshui.serve.cli.on_folder import OnFolder, around, at_work, say_outcome, status_of, written
from huoshui.serve.cli.outputs import staged
from huoshui.serve.cli_texts import (
    FILES_BESIDE,
    NEXT_OPEN,
    REPORT_AT,
)

if TYPE_CHECKING:
    from huoshui.flow.diagnosis import DiagnosisRun
    from huoshui.flow.files import Intake
    from huoshui.serve.report import ReportInput


def report_on(
    on: OnFolder,
    *,
    intake: "Intake | None" = None,
    title: str = "",
    notes: tuple[Text, ...] = (),
    next_step: Text = NEXT_OPEN,
) -> int:
    """Diagnose the folder, write the four files, say or give the result; the exit code.

    An `intake` at hand spares a second reading. `title` is what the report calls the folder, `notes` go among
    what is known of the files.
    """
    from huoshui.flow.diagnosis import run_diagnosis
    from huoshui.serve.report import summary_lines, write_report

    language = on.settings.language
    with at_work(on) as progress:
        run = run_diagnosis(
            on.folder, settings=on.settings, assumptions=on.assumptions, progress=progress, intake=intake
        )
        progress("writing", 0, 0)
        told = report_input(on, run, title=title, notes=notes)
        with staged(on.out) as staging:
            files = write_report(told, staging, language=language)
            names = [path.name for path in (files.html, files.summary, files.workbook, files.figures)]
    lines, status = summary_lines(told, language), status_of(run.intake)
    places = [(REPORT_AT, on.out / names[0])]
    say_outcome(on, run.intake, lines, places=places, beside=FILES_BESIDE, next_step=next_step, good=False)
    on.terminal.give(as_json(told, lines, written(on.out, names), status))
    return status


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
        "guard": {
            past.campaign_id: {
                "rung": past.guard.rung,
                "proposed_on": None if past.proposed_on is None else past.proposed_on.isoformat(),
                "in_time": past.in_time,
                "withheld_fen_est": past.withheld_fen,
            }
            for past in told.guarded
        },
        "summary": lines,
        "files": files,
        "seconds": dict(told.seconds),
    }


def report_input(
    on: OnFolder, run: "DiagnosisRun", *, title: str = "", notes: tuple[Text, ...] = ()
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
        assumptions=run.assumptions,
        differences=tuple(
            DifferenceLine(
                d.code, d.title, d.rows, d.amount_fen, d.cause, tuple(map(example_text, d.examples))
            )
            for d in run.differences
        ),
        tables=run.tables,
        guarded=run.guarded,
        names=table_titles(),
        unlocks=table_unlocks(),
        **around(on, run.seconds, title=title),
    )


def example_text(example: tuple[str, int]) -> str:
    """One row that does not add up, and by how much."""
    name, off_fen = example
    return f"{name} ({yuan_text(off_fen)})"


def gap_text(first: str, last: str) -> str:
    """One day, or the span of days, without an order."""
    return first if first == last else f"{first} – {last}"
