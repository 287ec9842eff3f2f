"""close.xlsx: every table of a close, amounts as numbers in yuan."""

from pathlib import Path

from huoshui.base.errors import Language
from huoshui.serve.close_page.headline import close_lines
from huoshui.serve.close_page.input import CloseInput
from huoshui.serve.close_page.tables import all_tables
from huoshui.serve.plan_page.headline import period_text
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.workbook import write_tables


def write_close_workbook(input: CloseInput, path: Path, language: Language) -> None:
    """Write the tables to `path`; the first sheet says what the terminal says, and who signed."""
    speech = Speech(language, input.currency)
    figures, signed = input.closing.figures, input.closing.signed
    about = [("", line) for line in close_lines(input, language)]
    if signed is not None:
        about.append(("", speech.say("close.signed", name=signed.signed_by, at=input.signed_at)))
        about += [("", speech.say("close.reason", reason=signed.reason))] if signed.reason else []
        about.append(("", speech.say("close.seal", size=speech.count(signed.size), root=signed.root.hex())))
    write_tables(
        path,
        all_tables(figures, speech),
        speech,
        title=speech.say("close.title", period=period_text(figures.close.period, speech)),
        about=[*about, (speech.say("book.made"), input.made_at)],
        simulated=input.simulated,
    )
