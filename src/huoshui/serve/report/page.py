"""report.html: the answer, then the sections, in the frame that our pages share."""

from huoshui.base.errors import Language
from huoshui.serve.report.answer import answer
from huoshui.serve.report.document import contents, page_of
from huoshui.serve.report.input import ReportInput
from huoshui.serve.report.markup import el, join
from huoshui.serve.report.sections import SECTIONS, all_sections
from huoshui.serve.report.speech import Speech


def page(input: ReportInput, language: Language) -> str:
    """The whole page as text."""
    speech = Speech(language, input.currency)
    codes = [code for code, _ in SECTIONS]
    main = join([answer(input, speech), contents(codes, speech), join(all_sections(input, speech))])
    return page_of(
        input,
        main,
        speech,
        title=speech.say("title", name=input.folder_name),
        what=speech.say("brand.what"),
        simulated=input.diagnosis.scope.simulated,
        note=el("p", speech.say("rounded")),
    )
