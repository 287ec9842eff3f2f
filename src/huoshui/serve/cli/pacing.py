"""From a folder to the pace of a period: run it, write its files and its page, say the ten lines."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from huoshui.serve.cli.exit_codes import FINE
from huoshui.serve.cli.on_folder import OnFolder, around, at_work, names_in, say_outcome, status_of, written
from huoshui.serve.cli.outputs import staged
from huoshui.serve.cli.planning import budget_asked, edge_asked
from huoshui.serve.cli.terminal import Terminal
from huoshui.serve.cli_texts import NEXT_PACE, PACE_AT, PACE_FILES_BESIDE

if TYPE_CHECKING:
    from huoshui.core.pacing.pace_values import PeriodPace

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


def pace_on(on: OnFolder, asked: PaceAsked) -> int:
    """Pace a period on the folder, write the files and the page, say or give the result; the exit code."""
    from huoshui.flow.pacing import CALENDAR_FILE, parse_what_if, read_calendar, run_pace, write_pace
    from huoshui.flow.rows_file import read_rows
    from huoshui.serve.pace_page import PaceInput, pace_lines, pace_page

    language = on.settings.language
    what_ifs = [parse_what_if(typed) for typed in asked.what_if]
    budget_fen, edge_est = budget_asked(asked.budget), edge_asked(asked.edge)
    rows = None if asked.rows is None else read_rows(asked.rows)
    own = on.folder / CALENDAR_FILE
    place = asked.calendar if asked.calendar is not None else own if own.is_file() else None
    calendar = None if place is None else read_calendar(place)
    with at_work(on) as progress:
        run = run_pace(
            on.folder,
            settings=on.settings,
            assumptions=on.assumptions,
            period=asked.period,
            budget_fen=budget_fen,
            edge_est=edge_est,
            rows=rows,
            calendar=calendar,
            what_ifs=what_ifs,
            progress=progress,
        )
        progress("writing", 0, 0)
        with staged(on.out) as staging:
            write_pace(run, staging, settings=on.settings)
            told = PaceInput(pace=run.pace, **around(on, run.seconds))
            (staging / PACE_PAGE).write_text(pace_page(told, language), encoding="utf-8")
            names = names_in(staging)
    lines, status = pace_lines(told, language), status_of(run.intake)
    places = [(PACE_AT, on.out / PACE_PAGE)]
    say_outcome(on, run.intake, lines, places=places, beside=PACE_FILES_BESIDE, next_step=NEXT_PACE)
    on.terminal.give(as_json(run.pace, lines, written(on.out, names), status))
    return status


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
