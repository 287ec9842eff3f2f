"""The few questions whose answers only the operator has; each may be passed over, none is asked twice."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from huoshui.serve.cli.terminal import Terminal
from huoshui.serve.cli_texts import (
    ANSWERS_KEPT,
    ASK_HEAD,
    BY_CATEGORY,
    NOT_ASKED,
    PROMPTS,
)

if TYPE_CHECKING:
    from huoshui.flow.assumptions import Answer, Key


def ask_what_is_missing(
    terminal: Terminal, folder: Path, has: Callable[[str, str | None], bool], *, yes: bool
) -> None:
    """Ask what the files do not tell and keep the answers beside them; with nobody to ask, say so."""
    from huoshui.flow.assumptions import (
        ASSUMPTIONS_FILE,
        open_questions,
        read_answers,
        write_answers,
    )

    path = folder / ASSUMPTIONS_FILE
    keys = open_questions(has, read_answers(path))
    if not keys or yes:
        return
    if not terminal.asks:
        names = "; ".join(key.title.say(terminal.language) for key in keys)
        terminal.say()
        terminal.say(terminal.word(NOT_ASKED, questions=names, file=path), style="quiet")
        return
    terminal.say()
    terminal.say(terminal.word(ASK_HEAD, count=len(keys)), style="head")
    categories = has("products", "category")
    answers: dict[str, Answer] = {}
    for number, key in enumerate(keys, start=1):
        terminal.say()
        prompt = BY_CATEGORY if key.name == "gross_margin" and categories else PROMPTS[key.name]
        terminal.say(f"{number}/{len(keys)}  {terminal.word(prompt)}", hang=5)
        answers.update(ask_one(terminal, key, categories=categories))
    write_answers(path, answers)
    terminal.say()
    terminal.say(terminal.word(ANSWERS_KEPT, file=path), style="quiet")


def ask_one(terminal: Terminal, key: "Key", *, categories: bool) -> "Mapping[str, Answer]":
    """The line for what was typed, asked again until it reads; an empty one passes the question over."""
    from huoshui.flow.assumptions import SKIPPED, NotUnderstood, typed_answer

    while typed := terminal.ask():
        try:
            return typed_answer(key, typed, categories=categories)
        except NotUnderstood as error:
            terminal.say(terminal.word(error.text, **error.data), style="warn", indent=2)
    return {key.name: SKIPPED}
