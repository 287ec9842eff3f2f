"""From a folder to what its campaigns brought and whether they should go on: judge, write the files, say ten lines."""

from pathlib import Path
from typing import TYPE_CHECKING

from huoshui.base.clock import local_time, now_utc
from huoshui.serve.cli.exit_codes import FINE, ROWS_TO_CORRECT
from huoshui.serve.cli.outputs import staged
from huoshui.serve.cli.reporting import in_words
from huoshui.serve.cli.terminal import Terminal, own_command
from huoshui.serve.cli_texts import (
    CORRECTIONS_AT,
    EVALUATE_AT,
    EVALUATE_FILES_BESIDE,
    NEXT_CORRECT,
    NEXT_EVALUATE,
    NEXT_STEP,
    NOTHING,
    WRITING_EVALUATED,
)

if TYPE_CHECKING:
    from huoshui.core.costs.assumptions import Assumptions
    from huoshui.flow.app import Settings
    from huoshui.flow.evaluating import Evaluation

EVALUATE_FOLDER = "huoshui-evaluate"
EVALUATE_PAGE, EVALUATE_BOOK = "evaluate.html", "evaluate.xlsx"


def evaluate_on(
    terminal: Terminal,
    folder: Path,
    out: Path,
    *,
    plan: Path | None,
    settings: "Settings",
    assumptions: "Assumptions",
) -> int:
    """Judge the campaigns of `folder`, write page, workbook and figures into `out`, say or give them; the exit code."""
    from huoshui.flow.app import clear_work
    from huoshui.flow.evaluating import run_evaluation, write_evaluation
    from huoshui.flow.files import shown_path, within_limits
    from huoshui.serve.evaluate_page import (
        EvaluateInput,
        evaluate_lines,
        evaluate_page,
        write_evaluate_workbook,
    )

    try:
        with terminal.progress() as progress, within_limits(settings):
            run = run_evaluation(
                folder,
                settings=settings,
                assumptions=assumptions,
                plan=plan,
                progress=in_words(terminal, progress),
            )
            progress(terminal.word(WRITING_EVALUATED), 0, 0)
            told = EvaluateInput(
                found=run.found,
                folder_name=shown_path(Path(folder.resolve().name)),
                made_at=local_time(now_utc(), settings.zone).isoformat(sep=" ", timespec="minutes"),
                currency=settings.currency,
                seconds=run.seconds,
            )
            with staged(out) as staging:
                write_evaluation(run.found, staging)
                page = evaluate_page(told, settings.language)
                (staging / EVALUATE_PAGE).write_text(page, encoding="utf-8")
                write_evaluate_workbook(told, staging / EVALUATE_BOOK, settings.language)
                names = sorted(path.name for path in staging.iterdir())
    finally:
        clear_work(settings)
    lines = evaluate_lines(told, settings.language)
    status = ROWS_TO_CORRECT if run.intake.rows_set_aside or run.intake.faults else FINE
    terminal.say()
    for number, line in enumerate(lines):
        terminal.say(line, style="head" if number == 0 else "good" if number == 1 else None)
    terminal.say()
    terminal.field(EVALUATE_AT, out / EVALUATE_PAGE)
    terminal.field(NOTHING, terminal.word(EVALUATE_FILES_BESIDE))
    next_step = NEXT_EVALUATE
    if run.intake.corrections is not None:
        terminal.field(CORRECTIONS_AT, run.intake.corrections)
        next_step = NEXT_CORRECT
    terminal.field(NEXT_STEP, terminal.word(next_step, command=own_command(), folder=folder))
    written = {Path(name).stem: shown_path(out / name) for name in names}
    terminal.give(as_json(run.found, lines, written, status))
    return status


def as_json(found: "Evaluation", lines: list[str], files: dict[str, str], status: int) -> dict[str, object]:
    """What to do about each campaign, for programs; evaluation.json holds every figure."""
    return {
        "ok": True,
        "exit_code": status,
        "simulated": found.simulated,
        "gross": found.gross,
        "campaigns": {
            one.campaign_id: {
                "advice": one.advice,
                "verdict": one.arms[0].verdict.state if one.arms else None,
                "guard": one.guard.rung,
                "stop_on": None if one.stop_on is None else one.stop_on.isoformat(),
                "after_stop_fen_est": one.after_stop_fen,
            }
            for one in found.campaigns
        },
        "missing": list(found.needs),
        "summary": lines,
        "files": files,
    }
