"""evaluate.xlsx: every table of an evaluation."""

from pathlib import Path

from huoshui.base.errors import Language
from huoshui.serve.evaluate_page.headline import evaluate_lines
from huoshui.serve.evaluate_page.input import EvaluateInput
from huoshui.serve.evaluate_page.tables import all_tables
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.workbook import write_page_tables


def write_evaluate_workbook(input: EvaluateInput, path: Path, language: Language) -> None:
    """Write the tables to `path`; the first sheet says what the terminal says."""
    speech = Speech(language, input.currency)
    write_page_tables(
        input,
        path,
        all_tables(input, speech),
        speech,
        title=speech.say("evaluate.title", name=input.folder_name),
        lines=evaluate_lines(input, language),
        simulated=input.found.simulated,
    )
