"""From a folder to what its campaigns brought and whether they should go on: judge, write the files, say ten lines."""

from pathlib import Path
from typing import TYPE_CHECKING

from huoshui.serve.cli.on_folder import OnFolder, around, at_work, names_in, say_outcome, status_of, written
from huoshui.serve.cli.outputs import staged
from huoshui.serve.cli_texts import EVALUATE_AT, EVALUATE_FILES_BESIDE, NEXT_EVALUATE

if TYPE_CHECKING:
    from huoshui.flow.evaluating import Evaluation

EVALUATE_FOLDER = "huoshui-evaluate"
EVALUATE_PAGE, EVALUATE_BOOK = "evaluate.html", "evaluate.xlsx"


def evaluate_on(on: OnFolder, *, plan: Path | None) -> int:
    """Judge the folder's campaigns, write page, workbook and figures, say or give them; the exit code."""
    from huoshui.flow.evaluating import run_evaluation, write_evaluation
    from huoshui.serve.evaluate_page import (
        EvaluateInput,
        evaluate_lines,
        evaluate_page,
        write_evaluate_workbook,
    )

    language = on.settings.language
    with at_work(on) as progress:
        run = run_evaluation(
            on.folder, settings=on.settings, assumptions=on.assumptions, plan=plan, progress=progress
        )
        progress("writing", 0, 0)
        told = EvaluateInput(found=run.found, **around(on, run.seconds))
        with staged(on.out) as staging:
            write_evaluation(run.found, staging)
            (staging / EVALUATE_PAGE).write_text(evaluate_page(told, language), encoding="utf-8")
            write_evaluate_workbook(told, staging / EVALUATE_BOOK, language)
            names = names_in(staging)
    lines, status = evaluate_lines(told, language), status_of(run.intake)
    places = [(EVALUATE_AT, on.out / EVALUATE_PAGE)]
    say_outcome(on, run.intake, lines, places=places, beside=EVALUATE_FILES_BESIDE, next_step=NEXT_EVALUATE)
    on.terminal.give(as_json(run.found, lines, written(on.out, names), status))
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
                "plan_rows": one.plan_rows,
            }
            for one in found.campaigns
        },
        "missing": list(found.needs),
        "summary": lines,
        "files": files,
    }
