"""learn.html: whether users differ and what that is worth, then who, campaign by campaign, and the model card."""

from huoshui.base.errors import Language
from huoshui.core.uplift.response_factors import FACTOR_LEAST, FACTOR_MOST
from huoshui.flow.learning.values import CampaignLearned
from huoshui.serve.learn_page import headline, tables
from huoshui.serve.learn_page.input import LearnInput
from huoshui.serve.report.document import asset, contents, page_of
from huoshui.serve.report.markup import Markup, el, join
from huoshui.serve.report.sections.frame import bars, numbers, section, words
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import html_table, term_link
from huoshui.serve.texts import DEFINITIONS, LEARN_DEFINITIONS, PLAN_DEFINITIONS

_PACKAGE = "huoshui.serve.learn_page"
_SECTIONS = ("learn_factor", "learn_campaigns", "learn_card", "words")
_NOT_FOR = ("others", "amounts", "later", "cause")
_TERMS_BORROWED = ("control", "window", "interval", "return_incremental", "segment", "simulated", "gross")
_PLAN_TERMS_BORROWED = ("level", "expected_spent", "holdout")
_TERMS = (
    LEARN_DEFINITIONS
    | {code: DEFINITIONS[code] for code in _TERMS_BORROWED}
    | {code: PLAN_DEFINITIONS[code] for code in _PLAN_TERMS_BORROWED}
)
"""Every term of the page."""
_COMMAND = "huoshui plan DIR --period 2026-12 --budget 200000"


def learn_page(input: LearnInput, language: Language) -> str:
    """The whole page as text."""
    speech = Speech(language, input.currency)
    main = join(
        [
            _answer(input, speech),
            contents(list(_SECTIONS), speech),
            _factor(input, speech),
            _campaigns(input, speech),
            _card(input, speech),
            words(_TERMS, speech),
        ]
    )
    return page_of(
        input,
        main,
        speech,
        title=speech.say("learn.title", name=input.folder_name),
        what=speech.say("learn.what"),
        simulated=input.card.simulated,
        style=asset("learn.css", _PACKAGE),
        charts=False,
    )


def _answer(input: LearnInput, speech: Speech) -> Markup:
    """Everything on the first sheet of paper."""
    card = input.card
    ahead = headline.forward(input, speech)
    features = headline.features(input, speech)
    gross = (
        el("p", term_link("gross", speech.say("learn.marking_gross")), class_="gross") if card.gross else None
    )
    return el(
        "section",
        el("p", headline.scope(input, speech), class_="scope"),
        el("h1", headline.headline(input, speech)),
        el("p", ahead, class_="runway") if ahead else None,
        el("p", features, class_="runway") if features else None,
        gross,
        html_table(tables.campaigns_table(input, speech), speech) if card.campaigns else None,
        el("h2", speech.say("learn.next"), class_="findings-title"),
        el("ol", [el("li", step) for step in _next_steps(input, speech)], class_="steps"),
        el("p", speech.say("learn.marking"), class_="note"),
        id="answer",
        class_="answer",
    )


def _next_steps(input: LearnInput, speech: Speech) -> list[Markup]:
    plan = speech.rich("learn.next_plan", command=el("code", _COMMAND), off=el("code", "--no-learned"))
    more = speech.rich("learn.next_more")
    return [plan, more] if input.card.factor.state == "users_differ" else [more]


def _factor(input: LearnInput, speech: Speech) -> Markup:
    """Who answers more than others of their segment, by all campaigns together."""
    factor = input.card.factor
    differ = factor.state == "users_differ"
    used = speech.rich("learn.used_factor", low=f"{FACTOR_LEAST:g}", high=f"{FACTOR_MOST:g}")
    told = tables.features_table(input, speech)
    return section(
        "learn_factor",
        speech,
        el("p", factor.reason.say(speech.language)),
        el("p", headline.forward(input, speech)) if differ else None,
        el("p", used, class_="note") if differ else None,
        html_table(told, speech) if differ and told.rows else None,
        numbers(tables.factor_table(input, speech), speech) if factor.by_campaign else None,
    )


def _campaigns(input: LearnInput, speech: Speech) -> Markup:
    untold = headline.untold(input, speech)
    return section(
        "learn_campaigns",
        speech,
        [_campaign(one, speech) for one in headline.ranked(input)],
        el("p", untold, class_="note") if untold else None,
    )


def _campaign(one: CampaignLearned, speech: Speech) -> Markup:
    tone = "pays" if one.state == "users_differ" else "unknown"
    verdict = el("span", speech.say(f"learn_state.{one.state}"), class_=f"verdict verdict-{tone}")
    shown = one.state == "users_differ" and len(one.tenths) > 1
    drawn = None
    if shown:
        last = len(one.tenths) - 1
        picked = (one.tenths[1], one.tenths[0], one.tenths[last])
        codes = ("learn_tenth.best", "learn_tenth.all", "learn_tenth.worst")
        drawn = bars(
            [
                (speech.say(code), line.each_est, headline.each(line, speech), tone)
                for code, line, tone in zip(codes, picked, ("accent", "", ""), strict=True)
            ]
        )
    return join(
        [
            el("h3", one.name, " ", verdict),
            el("p", headline.campaign_sentence(one, speech).rich(speech)),
            el("p", one.average.say(speech.language), class_="note"),
            drawn,
            [
                numbers(data, speech)
                for data in (build(one, speech) for build in tables.OF_A_CAMPAIGN)
                if data.rows
            ],
        ]
    )


def _card(input: LearnInput, speech: Speech) -> Markup:
    card = input.card
    versions = ", ".join(f"{name} {version}" for name, version in card.versions.items())
    left_out = headline.uneven(input, speech)
    return section(
        "learn_card",
        speech,
        el("p", headline.scope(input, speech)),
        el("p", speech.say("learn.young", rows=speech.count(card.young))) if card.young else None,
        el("p", left_out) if left_out else None,
        html_table(tables.uneven_table(input, speech), speech) if card.uneven else None,
        el("ul", [el("li", speech.say(f"learn_not.{code}")) for code in _NOT_FOR], class_="dashes"),
        el(
            "p",
            speech.say("learn.hash", hash=card.data_hash, seed=card.seed, versions=versions),
            class_="note hash",
        ),
    )
