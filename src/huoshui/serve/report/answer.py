"""The first page: the answer in plain words, eight figures, the findings, the rows. It fills one A4."""

from huoshui.base.limits import FINDING_ROWS_MAX
from huoshui.core.costs.values import Figure, Finding, FindingCode, Waterfall
from huoshui.serve.report import findings, guard, headline
from huoshui.serve.report.input import ReportInput
from huoshui.serve.report.markup import Markup, el, join, styles
from huoshui.serve.report.names import figure_name, needs_text, part_name
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import from_rows, html_table, mark_tag, term_link
from huoshui.serve.texts import DEFINITIONS

_TERM_OF: dict[FindingCode, str] = {
    "leak_layer": "price_gap",
    "drain_loop": "drain_loop",
    "dear_channel": "payment_fee_rate",
    "fee_heavy": "payment_fee_rate",
    "no_control": "control",
    "breakage": "breakage",
    "manual_adjust": "manual_adjust",
    "thin_margin_source": "margin_rate",
}
"""The word of a finding that may need its definition."""
_STRIP_PARTS_MAX = 6
"""Parts of the hundred named under the strip; the rest is "others", and all stand in the next section."""


def answer(input: ReportInput, speech: Speech) -> Markup:
    """Everything that stands on the first sheet of paper."""
    diagnosis = input.diagnosis
    waterfall = headline.opening_waterfall(diagnosis)
    untold = headline.left_out_sentence(input, speech)
    return el(
        "section",
        el("p", headline.scope_line(input, speech), class_="scope"),
        el("h1", headline.reach_sentence(diagnosis, speech).rich(speech)),
        _strip(waterfall, speech) if waterfall is not None else None,
        el("p", term_link("left_out", untold.plain(speech)), class_="left-out") if untold else None,
        el("p", headline.runway_sentence(input, speech).rich(speech), class_="runway"),
        el("p", headline.first_sentence(input, speech).rich(speech), class_="first-thing"),
        _tiles(input, speech),
        _findings(input, speech),
        el("p", headline.worth_sentence(input, speech).rich(speech), class_="worth"),
        _foot(input, speech),
        id="answer",
        class_="answer",
    )


def _strip(waterfall: Waterfall, speech: Speech) -> Markup:
    """The hundred yuan as one bar: what reaches users first, then who takes the rest, most first."""
    reached = waterfall.parts[-1]
    taken = sorted((part for part in waterfall.parts[:-1] if part.fen > 0), key=lambda part: -part.fen)
    dearest = headline.dearest_part(waterfall)
    named, others = taken[:_STRIP_PARTS_MAX], taken[_STRIP_PARTS_MAX:]
    pieces = [(part_name(reached, speech), max(0, reached.fen), "reached")]
    pieces += [
        (part_name(part, speech), part.fen, "dearest" if part is dearest else "taken") for part in named
    ]
    if others:
        pieces.append((speech.say("strip.others"), sum(part.fen for part in others), "taken"))
    shares = [(name, fen / waterfall.total_fen, tone) for name, fen, tone in pieces]
    bar = [el("i", class_=tone, style=styles({"flex-grow": round(share, 5)})) for _, share, tone in shares]
    legend = [
        el("li", el("span", name), " ", el("b", speech.of_hundred(share)), class_=tone)
        for name, share, tone in shares
    ]
    return el("div", el("div", bar, class_="bar", aria_hidden="true"), el("ul", legend), class_="strip")


def _tiles(input: ReportInput, speech: Speech) -> Markup:
    return el(
        "div", [_tile(figure, input, speech) for figure in headline.tiles(input.diagnosis)], class_="tiles"
    )


def _tile(figure: Figure, input: ReportInput, speech: Speech) -> Markup:
    if figure.value is None:
        below: Markup | str = (
            speech.say("tile.needs", needs=needs_text(figure, input, speech)) if figure.needs else ""
        )
    else:
        told = (headline.range_text(figure, speech), headline.people_text(figure, speech))
        whole = figure.marking == "partial" and speech.say(
            "tile.completes", needs=needs_text(figure, input, speech)
        )
        below = " · ".join(text for text in (*told, whole) if text)
    return el(
        "div",
        el("div", _name(figure, speech), class_="name"),
        el("div", headline.figure_text(figure, speech), class_="value"),
        el("div", mark_tag(figure.marking, speech), " ", below, class_="below"),
        el("div", term_link("gross", speech.say("gross.short")), class_="below") if figure.gross else None,
        class_="tile missing" if figure.value is None else "tile",
    )


def _name(figure: Figure, speech: Speech) -> Markup | str:
    name = figure_name(figure.code, speech)
    return term_link(figure.code, name) if figure.code in DEFINITIONS else name


def _findings(input: ReportInput, speech: Speech) -> Markup:
    ranked = findings.ranked(input.diagnosis)
    found = ranked[: findings.FINDINGS_SHOWN]
    if not found:
        return el("p", speech.say("findings.none"), class_="lead")
    more = len(ranked) - len(found)
    return join(
        [
            el("h2", speech.counted("things", len(found)), class_="findings-title"),
            el(
                "div",
                [_finding(rank, item, input, speech) for rank, item in enumerate(found, start=1)],
                class_="findings",
            ),
            el(
                "p",
                speech.say("findings.note", more=more) if more else speech.say("findings.note_all"),
                class_="note",
            ),
        ]
    )


def _finding(rank: int, finding: Finding, input: ReportInput, speech: Speech) -> Markup:
    name = el(
        "span",
        el("span", findings.title(finding, speech), class_="what"),
        el("span", findings.action(finding, speech), class_="how"),
        class_="text",
    )
    priced = finding.fen_per_month > 0
    amount = el(
        "span",
        el("b", speech.amount(finding.fen_per_month) if priced else speech.say("findings.unpriced")),
        el(
            "small",
            speech.say("findings.a_month") + " " if priced else None,
            mark_tag(finding.marking, speech),
        ),
        class_="amount",
    )
    return el(
        "details",
        el("summary", el("span", str(rank), class_="rank"), name, amount),
        el("div", _behind(finding, input, speech), class_="behind"),
        class_="finding",
    )


def _behind(finding: Finding, input: ReportInput, speech: Speech) -> Markup:
    """Why, how it is meant, and the rows."""
    said = [el("p", findings.why(finding, speech)), el("p", findings.saving(finding, speech), class_="note")]
    if finding.basis:
        basis = speech.say(f"findings.basis_{finding.basis}")
        said.append(el("p", term_link(f"return_{finding.basis}", basis), class_="note"))
    past = guard.of_finding(finding, input, speech)
    if past:
        said.append(el("p", term_link("guard", past), class_="note"))
    term = _TERM_OF.get(finding.code)
    if term is not None:
        words = speech.say("findings.term", term=speech.word(DEFINITIONS[term].term))
        said.append(el("p", term_link(term, words), class_="note"))
    if finding.rows is None or not finding.rows.rows:
        return join([*said, el("p", speech.say("findings.no_rows"), class_="note")])
    data = from_rows(
        finding.rows, input, speech, title=findings.title(finding, speech), rows_max=FINDING_ROWS_MAX
    )
    return join([*said, html_table(data, speech, rows_max=FINDING_ROWS_MAX, exact=True)])


def _foot(input: ReportInput, speech: Speech) -> Markup:
    marks = ["measured", "estimated", *(["partial"] if input.diagnosis.scope.left_out else []), "missing"]
    legend = [el("span", mark_tag(mark, speech), " ", speech.say(f"marks.{mark}")) for mark in marks]
    return el(
        "div",
        el("p", headline.rows_sentence(input, speech).rich(speech), class_="rows"),
        el("p", legend, class_="legend"),
        class_="foot",
    )
