"""From a folder to what its randomised campaigns tell of single users: learn, write the folder, say the ten lines."""

from pathlib import Path
from typing import TYPE_CHECKING

from huoshui.base.clock import local_time, now_utc
from huoshui.serve.cli.exit_codes import FINE, ROWS_TO_CORRECT
from huoshui.serve.cli.outputs import staged
from huoshui.serve.cli.reporting import in_words
from huoshui.serve.cli.terminal import Terminal, own_command
from huoshui.serve.cli_texts import (
    CORRECTIONS_AT,
    LEARN_AT,
    LEARN_FILES_BESIDE,
    NEXT_CORRECT,
    NEXT_LEARN,
    NEXT_STEP,
    NOTHING,
    WRITING_LEARNED,
)

if TYPE_CHECKING:
    from huoshui.core.costs.assumptions import Assumptions
    from huoshui.flow.app import Settings
    from huoshui.flow.learning.values import LearnedCard

LEARN_FOLDER = "huoshui-learn"
LEARN_PAGE, LEARN_BOOK = "learn.html", "learn.xlsx"


def learn_on(
    terminal: Terminal,
    folder: Path,
    out: Path,
    *,
    seed: int,
    settings: "Settings",
    assumptions: "Assumptions",
) -> int:
    """Learn from `folder`, write model, card, page and workbook into `out`, say or give the result; the exit code."""
    from huoshui.flow.app import clear_work
    from huoshui.flow.files import shown_path, within_limits
    from huoshui.flow.learning.files import write_learning
    from huoshui.flow.learning.running import run_learning
    from huoshui.flow.learning.words import FEATURE_WORDS
    from huoshui.serve.learn_page import LearnInput, learn_lines, learn_page, write_learn_workbook

    try:
        with terminal.progress() as progress, within_limits(settings):
            run = run_learning(
                folder,
                settings=settings,
                assumptions=assumptions,
                seed=seed,
                progress=in_words(terminal, progress),
            )
            progress(terminal.word(WRITING_LEARNED), 0, 0)
            told = LearnInput(
                card=run.card,
                folder_name=shown_path(Path(folder.resolve().name)),
                made_at=local_time(now_utc(), settings.zone).isoformat(sep=" ", timespec="minutes"),
                words=FEATURE_WORDS,
                currency=settings.currency,
                seconds=run.seconds,
            )
            with staged(out) as staging:
                write_learning(run, staging)
                page = learn_page(told, settings.language)
                (staging / LEARN_PAGE).write_text(page, encoding="utf-8")
                write_learn_workbook(told, staging / LEARN_BOOK, settings.language)
                names = sorted(path.name for path in staging.iterdir())
    finally:
        clear_work(settings)
    lines = learn_lines(told, settings.language)
    status = ROWS_TO_CORRECT if run.intake.rows_set_aside or run.intake.faults else FINE
    terminal.say()
    for number, line in enumerate(lines):
        terminal.say(line, style="head" if number == 0 else "good" if number == 1 else None)
    terminal.say()
    terminal.field(LEARN_AT, out / LEARN_PAGE)
    terminal.field(NOTHING, terminal.word(LEARN_FILES_BESIDE))
    next_step = NEXT_LEARN
    if run.intake.corrections is not None:
        terminal.field(CORRECTIONS_AT, run.intake.corrections)
        next_step = NEXT_CORRECT
    terminal.field(NEXT_STEP, terminal.word(next_step, command=own_command(), folder=folder))
    written = {Path(name).stem: shown_path(out / name) for name in names}
    terminal.give(as_json(run.card, lines, written, status))
    return status


def as_json(card: "LearnedCard", lines: list[str], files: dict[str, str], status: int) -> dict[str, object]:
    """The states for programs; card.json holds every figure."""
    return {
        "ok": True,
        "exit_code": status,
        "simulated": card.simulated,
        "state": card.factor.state,
        "users": card.users,
        "rows": card.rows,
        "data_hash": card.data_hash,
        "campaigns": {one.campaign_id: one.state for one in card.campaigns},
        "summary": lines,
        "files": files,
    }
