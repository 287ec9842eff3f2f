"""plan.html: the answer, then the sections, in the frame that our pages share."""

from huoshui.base.errors import Language
from huoshui.serve.plan_page.answer import answer
from huoshui.serve.plan_page.headline import period_text
from huoshui.serve.plan_page.input import PlanInput
from huoshui.serve.plan_page.sections import SECTIONS
from huoshui.serve.plan_page.speech import speech_of
from huoshui.serve.report.document import asset, contents, page_of
from huoshui.serve.report.markup import join

_PACKAGE = "huoshui.serve.plan_page"


def plan_page(input: PlanInput, language: Language) -> str:
    """The whole page as text. Raises MissingBundle where the drawing library is not installed."""
    plan = input.plan
    speech = speech_of(plan, language, input.currency)
    main = join(
        [
            answer(input, speech),
            contents([code for code, _ in SECTIONS], speech),
            [build(plan, speech) for _, build in SECTIONS],
        ]
    )
    return page_of(
        input,
        main,
        speech,
        title=speech.say("plan.title", name=input.folder_name, period=period_text(plan.scope.period, speech)),
        what=speech.say("plan.what"),
        simulated=plan.scope.simulated,
        style=asset("plan.css", _PACKAGE),
        script=asset("checks.js", _PACKAGE),
    )
