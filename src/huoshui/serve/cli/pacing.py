"""From a folder to the pace of a period: run it, write its files and its page, say the ten lines."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from huoshui.base.clock import local_time, now_utc
from huoshui.serve.cli.exit_codes import FINE, ROWS_TO_CORRECT
from huoshui.serve.cli.outputs import staged
from huoshui.serve.cli.planning import budget_asked, edge_asked
from huoshui.serve.cli.reporting import in_words
from huoshui.serve.cli.terminal import Terminal, own_command
from huoshui.serve.cli_texts import (
    CORRECTIONS_AT,
    NEXT_CORRECT,
    NEXT_PACE,
    NEXT_STEP,
    NOTHING,
    PACE_AT,
    PACE_FILES_BESIDE,
    WRITING_PACE,
)

if TYPE_CHECKING:
    from huoshui.core.costs.assumptions import Assumptions
    from huoshui.core.pacing.pace_values import PeriodPace
    from huoshui.flow.app import Settings
    from huoshui.flow.pacing import PaceRun

PACE_FOLDER = "huoshui-pace"
PACE_PAGE = "pace.html"


@dataclass(frozen=True, slots=True)
class PaceAsked:
    """What the command line asks of a pace, as typed."""

    period: str
    budget: str
    edge: str
    rows: Path | None
    calendar: Path | None
    what_if: list[str]


def pace_on(
    terminal: Terminal,
    folder: Path,
    out: Path,
    asked: PaceAsked,
    *,
    settings: "Settings",
    assumptions: "Assumptions",
) -> int:
    """Pace a period on `folder`, write the files and the page into `out`, say or give the result; the exit code."""
    from huoshui.flow.app import clear_work
    from huoshui.flow.files import shown_path, within_limits
    from huoshui.flow.pacing import CALENDAR_FILE, parse_what_if, read_calendar, run_pace, write_pace
    from huoshui.flow.rows_file import read_rows
    from huoshui.serve.pace_page import PaceInput, pace_lines, pace_page

    what_ifs = [parse_what_if(typed) for typed in asked.what_if]
    budget_fen, edge_est = budget_asked(asked.budget), edge_asked(asked.edge)
    rows = None if asked.rows is None else read_rows(asked.rows)
    own = folder / CALENDAR_FILE
    place = asked.calendar if asked.calendar is not None else own if own.is_file() else None
    calendar = None if place is None else read_calendar(place)
    try:
        with terminal.progress() as progress, within_limits(settings):
            run = run_pace(
                folder,
                settings=settings,
                assumptions=assumptions,
                period=asked.period,
                budget_fen=budget_fen,
                edge_est=edge_est,
                rows=rows,
                calendar=calendar,
                what_ifs=what_ifs,
                progress=in_words(terminal, progress),
            )
            progress(terminal.word(WRITING_PACE), 0, 0)
            with staged(out) as staging:
                write_pace(run, staging, settings=settings)
                told = PaceInput(
                    pace=run.pace,
                    folder_name=shown_path(Path(folder.resolve().name)),
                    made_at=local_time(now_utc(), settings.zone).isoformat(sep=" ", timespec="minutes"),
                    currency=settings.currency,
                    seconds=run.seconds,
                )
                (staging / PACE_PAGE).write_text(pace_page(told, settings.language), encoding="utf-8")
                names = sorted(path.name for path in staging.iterdir())
    finally:
        clear_work(settings)
    lines = pace_lines(told, settings.language)
    status = ROWS_TO_CORRECT if run.intake.rows_set_aside or run.intake.faults else FINE
    say_pace(terminal, lines, out, run, folder)
    written = {Path(name).stem: shown_path(out / name) for name in names}
    terminal.give(as_json(run.pace, lines, written, status))
    return status


def say_pace(terminal: Terminal, lines: list[str], out: Path, run: "PaceRun", folder: Path) -> None:
    """The ten lines, where the page is, and what to do next."""
    terminal.say()
    for number, line in enumerate(lines):
        terminal.say(line, style="head" if number == 0 else "good" if number == 1 else None)
    terminal.say()
    terminal.field(PACE_AT, out / PACE_PAGE)
    terminal.field(NOTHING, terminal.word(PACE_FILES_BESIDE))
    next_step = NEXT_PACE
    if run.intake.corrections is not None:
        terminal.field(CORRECTIONS_AT, run.intake.corrections)
        next_step = NEXT_CORRECT
    terminal.field(NEXT_STEP, terminal.word(next_step, command=own_command(), folder=folder))


def as_json(pace: "PeriodPace", lines: list[str], files: dict[str, str], status: int) -> dict[str, object]:
    """The sums for programs; pace.json holds every day."""
    return {
        "ok": True,
        "exit_code": status,
        "simulated": pace.scope.simulated,
        "pace": {
            "period": pace.scope.period,
            "begins": pace.scope.begins,
            "budget_fen": pace.budget_fen,
            "offers_fen": pace.offers_fen,
            "committed_fen": pace.committed_fen,
            "left_fen": pace.left_fen,
            "price_est": pace.price_est,
            "edge_est": pace.edge_est,
            "used_est": pace.used_est,
            "value_est": pace.value_est,
            "rest_stays_est": pace.rest_stays_est,
            "runway_days_est": pace.runway_est,
            "runway_low_est": pace.runway_low_est,
            "runway_high_est": pace.runway_high_est,
            "gross": pace.scope.gross,
        },
        "what_ifs": list(pace.what_ifs),
        "summary": lines,
        "files": files,
    }


def say_calendar_example(terminal: Terminal) -> None:
    """The calendar with everything explained and nothing in force, ready to be sent into a file."""
    from huoshui.flow.pacing import CALENDAR_FILE, example_calendar

    if not terminal.machine:
        terminal.out.file.write(example_calendar())
    terminal.give({"ok": True, "exit_code": FINE, "file": CALENDAR_FILE, "text": example_calendar()})
