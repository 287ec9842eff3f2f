"""From a folder to what its randomised campaigns tell of single users: learn, write the folder, say the ten lines."""

from typing import TYPE_CHECKING

from huoshui.serve.cli.on_folder import OnFolder, around, at_work, names_in, say_outcome, status_of, written
from huoshui.serve.cli.outputs import staged
from huoshui.serve.cli_texts import LEARN_AT, LEARN_FILES_BESIDE, NEXT_LEARN

if TYPE_CHECKING:
    from huoshui.flow.learning.values import LearnedCard

LEARN_FOLDER = "huoshui-learn"
LEARN_PAGE, LEARN_BOOK = "learn.html", "learn.xlsx"


def learn_on(on: OnFolder, *, seed: int) -> int:
    """Learn from the folder, write model, card, page and workbook, say or give the result; the exit code."""
    from huoshui.flow.learning.files import write_learning
    from huoshui.flow.learning.running import run_learning
    from huoshui.flow.learning.words import FEATURE_WORDS
    from huoshui.serve.learn_page import LearnInput, learn_lines, learn_page, write_learn_workbook

    language = on.settings.language
    with at_work(on) as progress:
        run = run_learning(
            on.folder, settings=on.settings, assumptions=on.assumptions, seed=seed, progress=progress
        )
        progress("writing", 0, 0)
        told = LearnInput(card=run.card, words=FEATURE_WORDS, **around(on, run.seconds))
        with staged(on.out) as staging:
            write_learning(run, staging)
            (staging / LEARN_PAGE).write_text(learn_page(told, language), encoding="utf-8")
            write_learn_workbook(told, staging / LEARN_BOOK, language)
            names = names_in(staging)
    lines, status = learn_lines(told, language), status_of(run.intake)
    places = [(LEARN_AT, on.out / LEARN_PAGE)]
    say_outcome(on, run.intake, lines, places=places, beside=LEARN_FILES_BESIDE, next_step=NEXT_LEARN)
    on.terminal.give(as_json(run.card, lines, written(on.out, names), status))
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
