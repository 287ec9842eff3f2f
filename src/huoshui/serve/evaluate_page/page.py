"""evaluate.html: what to do about each campaign, then campaign by campaign, suspected groups, what is missing."""

import re

from huoshui.base.errors import Language
from huoshui.core.trials import sentences
from huoshui.flow.evaluating.values import Advice, CampaignEvaluated
from huoshui.serve.evaluate_page import headline, tables
from huoshui.serve.evaluate_page.input import EvaluateInput
from huoshui.serve.report.document import asset, contents, page_of
from huoshui.serve.report.markup import Child, Markup, el, join
from huoshui.serve.report.sections.frame import chart, numbers, section, words
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import html_table, term_link, without_empty
from huoshui.serve.texts import DEFINITIONS, EVALUATE_DEFINITIONS, PLAN_DEFINITIONS

_PACKAGE = "huoshui.serve.evaluate_page"
_SECTIONS = ("evaluate_campaigns", "evaluate_linked", "evaluate_missing", "words")
_TERMS_BORROWED = (
    "control", "window", "interval", "bar", "return_incremental", "return_attributed", "simulated", "gross",
)  # fmt: skip
_PLAN_TERMS_BORROWED = ("level", "holdout")
_TERMS = (
    EVALUATE_DEFINITIONS
    | {code: DEFINITIONS[code] for code in _TERMS_BORROWED}
    | {code: PLAN_DEFINITIONS[code] for code in _PLAN_TERMS_BORROWED}
)
"""Every term of the page."""
_COMMAND = "huoshui plan DIR --period 2026-12 --budget 200000"
_GOOD: tuple[Advice, ...] = ("keep", "over_good")
_BAD: tuple[Advice, ...] = ("look", "stop", "amounts", "reduce", "over_bad", "over_amounts")
_STEPS: tuple[tuple[Advice, str], ...] = (
    ("look", "evaluate.next_look"),
    ("stop", "evaluate.next_stop"),
    ("amounts", "evaluate.next_amounts"),
    ("test", "evaluate.next_test"),
)
_CHART_ROWS = 5
_CHART_DAYS_MIN = 7
"""Of fewer days on which anything was given a chart shows nothing."""
_LINKED_ROWS_MAX = 20


def evaluate_page(input: EvaluateInput, language: Language) -> str:
    """The whole page as text. Raises MissingBundle where the drawing library is not installed."""
    speech = Speech(language, input.currency)
    main = join(
        [
            _answer(input, speech),
            contents(list(_SECTIONS), speech),
            section(
                "evaluate_campaigns",
                speech,
                [_campaign(number, one, input, speech) for number, one in enumerate(input.found.campaigns)],
            ),
            _linked(input, speech),
            _missing(input, speech),
            words(_TERMS, speech),
        ]
    )
    return page_of(
        input,
        main,
        speech,
        title=speech.say("evaluate.title", name=input.folder_name),
        what=speech.say("evaluate.what"),
        simulated=input.found.simulated,
        style=asset("evaluate.css", _PACKAGE),
    )


def _answer(input: EvaluateInput, speech: Speech) -> Markup:
    """Everything on the first sheet of paper."""
    found = input.found
    gross = (
        el("p", term_link("gross", speech.say("evaluate.marking_gross")), class_="gross")
        if found.gross
        else None
    )
    clauses = re.split(r"(?<=[,:]) ", headline.headline(input, speech))
    saved = headline.saved(input, speech)
    linked = headline.linked(input, speech)
    unmet = headline.plan_unmet(input, speech)
    grid = without_empty(tables.campaigns_table(input, speech))
    return el(
        "section",
        el("p", headline.scope(input, speech), class_="scope"),
        el("h1", join((el("span", part, class_="clause") for part in clauses), " ")),
        el("p", saved, class_="runway") if saved else None,
        el("p", linked, class_="runway") if linked else None,
        el("p", unmet, class_="gross") if unmet else None,
        gross,
        html_table(grid, speech) if grid.rows else None,
        el("h2", speech.say("evaluate.next"), class_="findings-title"),
        el("ol", [el("li", step) for step in _next_steps(input, speech)], class_="steps"),
        el("p", speech.say("evaluate.marking"), class_="note"),
        id="answer",
        class_="answer",
    )


def _next_steps(input: EvaluateInput, speech: Speech) -> list[Child]:
    steps: list[Child] = []
    for advice, code in _STEPS:
        names = [one.name for one in input.found.campaigns if one.advice == advice]
        if names:
            steps.append(speech.say(code, names=speech.say("common.comma").join(names)))
    steps.append(speech.rich("evaluate.next_plan", command=el("code", _COMMAND)))
    return steps


def _campaign(number: int, one: CampaignEvaluated, input: EvaluateInput, speech: Speech) -> Markup:
    tone = "pays" if one.advice in _GOOD else "negative" if one.advice in _BAD else "unknown"
    tag = el("span", speech.say(f"advice.{one.advice}"), class_=f"verdict verdict-{tone}")
    contaminated = speech.say("evaluate.contaminated", users=speech.count(one.control_granted))
    notes = [
        _verdict(one, speech),
        headline.amounts_sentence(one, speech),
        headline.split_sentence(one, speech),
        contaminated if one.control_granted else "",
        headline.rail_sentence(one, speech),
        headline.today_sentence(one, speech),
    ]
    terms = speech.say(
        "evaluate.cap",
        bar=speech.ratio(one.bar_est),
        days=one.window_days,
        cap=speech.amount(one.cap_fen),
    )
    needs = [speech.say(f"need.{need}") for need in one.needs]
    return join(
        [
            el("h3", one.name, " ", tag),
            el("p", headline.campaign_sentence(one, speech).rich(speech)),
            el("ul", [el("li", note) for note in notes if note], class_="dashes"),
            _hindsight(one, speech),
            _drawn(number, one, speech),
            _folded(one, input, speech),
            el("p", " ".join([terms, *needs]), class_="note"),
        ]
    )


def _verdict(one: CampaignEvaluated, speech: Speech) -> str:
    """The verdict in the words of the trial; empty where arms are not compared, or where it has worn out since."""
    if not one.arms or any(step.kind == "worn_out" for step in one.steps):
        return ""
    said = sentences(one.arms[0].verdict, "fen")
    return speech.sentences(*(text.say(speech.language) for text in said))


def _hindsight(one: CampaignEvaluated, speech: Speech) -> Markup:
    """What would have been proposed on which day, and what was given after."""
    steps = tables.steps_table(one, speech)
    if not steps.rows:
        guard = one.guard
        none = speech.say(
            "hindsight.none", judged=speech.count(guard.judged), waiting=speech.count(guard.waiting)
        )
        return el("p", none, class_="note")
    after = headline.after_sentence(one, speech)
    lower = one.guard.after_lower_fen
    return join(
        [
            el("p", term_link("hindsight", speech.say("hindsight.head")), class_="hindsight"),
            el(
                "ul",
                [el("li", el("b", str(day)), " ", str(text)) for day, text in steps.rows],
                class_="dashes",
            ),
            el("p", after) if after else None,
            el("p", speech.say("hindsight.lower", amount=speech.amount(lower))) if lower else None,
        ]
    )


def _drawn(number: int, one: CampaignEvaluated, speech: Speech) -> Markup | None:
    """What was given each day, with the days on which action would have been proposed."""
    days = [day for day in one.guard.days if day.day <= one.last_day]
    if sum(day.issued_fen > 0 for day in days) < _CHART_DAYS_MIN:
        return None
    shown = {day.day.isoformat() for day in days}
    flags = [
        {"day": day.isoformat(), "name": speech.say(code)}
        for day, code in (
            (one.guard.lowered_on, "evaluate.flag_lower"),
            (one.stop_on, "evaluate.flag_stop"),
        )
        if day is not None and day.isoformat() in shown
    ]
    data = {
        "name": speech.say("evaluate.issued"),
        "names": [day.day.isoformat() for day in days],
        "values": [day.issued_fen / 100 for day in days],
        "flags": flags,
    }
    label = speech.say("evaluate.chart", name=one.name)
    return chart(f"evaluate-{number}", "daily", data, label=label, rows=_CHART_ROWS, caption=label)


def _folded(one: CampaignEvaluated, input: EvaluateInput, speech: Speech) -> list[Markup]:
    built = [
        tables.arms_table(one, speech),
        tables.policies_table(one, speech, input.found.plan_folder),
    ]
    return [numbers(data, speech) for data in built if data.rows]


def _linked(input: EvaluateInput, speech: Speech) -> Markup:
    risk = input.found.risk
    if risk is None:
        return section("evaluate_linked", speech, el("p", speech.say("evaluate.linked_unread")))
    grid = tables.linked_table(input, speech)
    return section(
        "evaluate_linked",
        speech,
        el("p", headline.linked(input, speech)),
        el("p", risk.line.say(speech.language), class_="note"),
        numbers(grid, speech, rows_max=_LINKED_ROWS_MAX) if grid.rows else None,
    )


def _missing(input: EvaluateInput, speech: Speech) -> Markup:
    needs = [*input.found.needs, *(need for one in input.found.campaigns for need in one.needs)]
    told = [el("li", speech.say(f"need.{need}")) for need in dict.fromkeys(needs)]
    body = el("ul", told, class_="dashes") if told else el("p", speech.say("evaluate.nothing_missing"))
    return section("evaluate_missing", speech, body)
