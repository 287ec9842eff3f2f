"""pace.html: the answer with its one chart, what other months would do, the days, peaks, assumptions, words."""

from huoshui.base.errors import Language
from huoshui.core.pacing.pace_values import PeriodPace
from huoshui.serve.pace_page import headline, tables
from huoshui.serve.pace_page.input import PaceInput
from huoshui.serve.plan_page.headline import edge_text, money, period_text
from huoshui.serve.report.document import contents, page_of
from huoshui.serve.report.markup import Markup, el, join
from huoshui.serve.report.sections.frame import chart, numbers, section, sentence, tile, words
from huoshui.serve.report.speech import NOT_KNOWN, Speech
from huoshui.serve.report.table import html_table, term_link
from huoshui.serve.texts import DEFINITIONS, PACE_DEFINITIONS, PLAN_DEFINITIONS

_TERMS_BORROWED = (
    "incentive", "pot", "value", "margin", "unit_value", "runway_days", "simulated", "gross",
)  # fmt: skip
_PLAN_TERMS_BORROWED = ("edge", "face", "expected_spent")
_TERMS = (
    PACE_DEFINITIONS
    | {code: DEFINITIONS[code] for code in _TERMS_BORROWED}
    | {code: PLAN_DEFINITIONS[code] for code in _PLAN_TERMS_BORROWED}
)
"""Every term of the page."""
_CHART_ROWS = 9
_DAYS_MAX = 40


def pace_page(input: PaceInput, language: Language) -> str:
    """The whole page as text. Raises MissingBundle where the drawing library is not installed."""
    pace = input.pace
    speech = Speech(language, input.currency)
    period = period_text(pace.scope.period, speech)
    sections = (
        ("pace_if", _what_ifs(pace, speech)),
        ("pace_days", _days(pace, speech)),
        ("pace_peaks", _peaks(pace, speech)),
        ("pace_assumed", _assumed(pace, speech)),
        ("words", words(_TERMS, speech)),
    )
    main = join(
        [
            _answer(pace, speech),
            contents([code for code, _ in sections], speech),
            [block for _, block in sections],
        ]
    )
    return page_of(
        input,
        main,
        speech,
        title=speech.say("pace.title", name=input.folder_name, period=period),
        what=speech.say("pace.what"),
        simulated=pace.scope.simulated,
    )


def _answer(pace: PeriodPace, speech: Speech) -> Markup:
    scope = pace.scope
    told = speech.say(
        "pace.scope",
        period=period_text(scope.period, speech),
        budget=money(pace.budget_fen, speech),
        begins=scope.begins,
        first=scope.data_first_day,
        last=scope.data_last_day,
    )
    gross = el("p", term_link("gross", speech.say("gross.short")), class_="gross") if scope.gross else None
    return el(
        "section",
        el("p", told, class_="scope"),
        el("h1", headline.headline(pace, speech).rich(speech)),
        el("p", headline.runway_sentence(pace, speech).rich(speech), class_="runway"),
        gross,
        _tiles(pace, speech),
        _chart(pace, speech),
        el("p", speech.say("pace.marking"), class_="note"),
        id="answer",
        class_="answer",
    )


def _tiles(pace: PeriodPace, speech: Speech) -> Markup:
    band = NOT_KNOWN
    if pace.runway_low_est is not None:
        high = "∞" if pace.runway_high_est is None else speech.number_of_days(pace.runway_high_est)
        band = speech.span(speech.number_of_days(pace.runway_low_est), high)
    days = [day for day in pace.days if not day.past]
    arrivals = sum(day.arrivals_est for day in days)
    tiles: tuple[tuple[str, str | None, str, dict[str, str]], ...] = (
        ("price", "unit_value", speech.ratio(pace.price_est), {"edge": edge_text(pace.edge_est)}),
        (
            "runway",
            "runway_days",
            NOT_KNOWN if pace.runway_est is None else speech.days(pace.runway_est),
            {"band": band},
        ),
        ("left", "uncommitted", money(pace.left_fen, speech), {"back": money(pace.back_est, speech)}),
        ("used", "expected_spent", money(pace.used_est, speech), {"value": money(pace.value_est, speech)}),
        ("stays", "edge", money(pace.rest_stays_est, speech), {}),
        ("arrivals", "arrival", speech.count(arrivals), {"days": str(len(days))}),
        ("offers", None, money(pace.offers_fen, speech), {"budget": money(pace.budget_fen, speech)}),
        ("settle", "settlement", str(pace.settle_hours), {"share": speech.percent(pace.use_share_est)}),
    )
    drawn = [
        tile(speech.say(f"pace.tile_{code}"), term, value, speech.say(f"pace.tile_{code}_below", **data))
        for code, term, value, data in tiles
    ]
    return el("div", drawn, class_="tiles")


def _chart(pace: PeriodPace, speech: Speech) -> Markup:
    """What is left of the pot at each day's end, above what each day is expected to use."""
    data = {
        "days": [day.day[5:] for day in pace.days],
        "left": [round(day.left_est / 100, 2) for day in pace.days],
        "used": [round(day.used_est / 100, 2) for day in pace.days],
        "peaks": [bool(day.peak) for day in pace.days],
        "past": [day.past for day in pace.days],
        "names": [day.peak or "" for day in pace.days],
        "words": {code: speech.say(f"pace_chart.{code}") for code in ("left", "used", "peak", "past")},
    }
    first, last = pace.days[0], pace.days[-1]
    label = speech.say(
        "chart.pace",
        first=first.day,
        start=money(pace.offers_fen, speech),
        last=last.day,
        end=money(last.left_est, speech),
    )
    return chart("pace", "pace", data, label=label, rows=_CHART_ROWS)


def _what_ifs(pace: PeriodPace, speech: Speech) -> Markup:
    lines = [el("li", headline.what_if_sentence(one, pace, speech).rich(speech)) for one in pace.what_ifs]
    return section(
        "pace_if",
        speech,
        el("ul", lines, class_="dashes"),
        html_table(tables.what_if_table(pace, speech), speech),
    )


def _days(pace: PeriodPace, speech: Speech) -> Markup:
    return section(
        "pace_days",
        speech,
        el("p", headline.demand_sentence(pace, speech).rich(speech)),
        numbers(tables.days_table(pace, speech), speech, rows_max=_DAYS_MAX, opened=True),
    )


def _peaks(pace: PeriodPace, speech: Speech) -> Markup:
    said = headline.peaks_sentence(pace, speech)
    if said is None:
        return section("pace_peaks", speech, sentence("pace_peaks.none", speech))
    uses = html_table(tables.uses_table(pace, speech), speech) if pace.uses else None
    return section(
        "pace_peaks",
        speech,
        el("p", said.rich(speech)),
        html_table(tables.peaks_table(pace, speech), speech),
        uses,
    )


def _assumed(pace: PeriodPace, speech: Speech) -> Markup:
    lines: list[Markup | str] = [speech.say(f"pace_assumed.{code}") for code in ("price", "steps", "floor")]
    lines += [note.say(speech.language) for note in pace.notes]
    return section("pace_assumed", speech, el("ul", [el("li", line) for line in lines], class_="dashes"))
