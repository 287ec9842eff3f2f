"""learn.xlsx: every table of what was learned."""

from pathlib import Path

from huoshui.base.errors import Language
from huoshui.serve.learn_page.headline import learn_lines
from huoshui.serve.learn_page.input import LearnInput
from huoshui.serve.learn_page.tables import all_tables
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.workbook import write_page_tables


def write_learn_workbook(input: LearnInput, path: Path, language: Language) -> None:
    """Write the tables to `path`; the first sheet says what the terminal says."""
    speech = Speech(language, input.currency)
    write_page_tables(
        input,
        path,
        all_tables(input, speech),
        speech,
        title=speech.say("learn.title", name=input.folder_name),
        lines=learn_lines(input, language),
        simulated=input.card.simulated,
    )
