"""report.html: the answer, then the sections, in the frame that our pages share."""

from huoshui.base.errors import Language
from huoshui.serve.report.answer import answer
from huoshui.serve.report.document import Document, contents, document
from huoshui.serve.report.input import ReportInput
from huoshui.serve.report.markup import el, join
from huoshui.serve.report.sections import SECTIONS, all_sections
from huoshui.serve.report.speech import Speech


def page(input: ReportInput, language: Language) -> str:
    """The whole page as text."""
    speech = Speech(language, input.currency)
    about = Document(
        title=speech.say("title", name=input.folder_name),
        what=speech.say("brand.what"),
        folder_name=input.folder_name,
        made_at=input.made_at,
        simulated=input.diagnosis.scope.simulated,
    )
    codes = [code for code, _ in SECTIONS]
    main = join([answer(input, speech), contents(codes, speech), join(all_sections(input, speech))])
    took = speech.say("foot.took", seconds=f"{sum(input.seconds.values()):.1f}") if input.seconds else ""
    colophon = join([el("p", speech.say("foot.made_by"), " ", took), el("p", speech.say("rounded"))])
    return document(about, main, colophon, speech)
