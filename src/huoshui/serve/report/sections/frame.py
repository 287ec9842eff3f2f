"""The frame of a section: heading, the sentence that says it, charts with tables, what empty ones say."""

from collections.abc import Mapping, Sequence

from huoshui.serve.report.headline import left_out_costs
from huoshui.serve.report.input import ReportInput
from huoshui.serve.report.markup import Child, Markup, el, json_block
from huoshui.serve.report.names import name_of_need
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import DataTable, html_table, term_link
from huoshui.serve.texts import Definition

TABLE_ROWS_MAX = 60
"""Rows of a section's table on the page; the workbook holds all."""


def section(code: str, speech: Speech, *blocks: Child) -> Markup:
    """One section under its heading; `section.{code}` names it, `lead.{code}` says what it is for."""
    return el(
        "section",
        el("h2", speech.say(f"section.{code}"), data_mark=speech.say("banner")),
        el("p", speech.say(f"lead.{code}"), class_="lead"),
        *blocks,
        id=code,
    )


def subtitle(code: str, speech: Speech, *, term: str | None = None, **data: str) -> Markup:
    """A heading within a section."""
    text = speech.say(f"sub.{code}", **data)
    return el("h3", term_link(term, text) if term else text)


def left_out(input: ReportInput, speech: Speech) -> Markup | None:
    """What the figures below leave out, where a cost that exists is in no file."""
    costs = left_out_costs(input.diagnosis, speech)
    if not costs:
        return None
    return el("p", term_link("left_out", speech.say("left_out.head", costs=costs)), class_="gross")


def chart(
    code: str,
    kind: str,
    data: Mapping[str, object],
    *,
    label: str,
    rows: int,
    caption: Child = None,
) -> Markup:
    """A chart: its data for our script, a label for those who cannot see it, a height for `rows` rows."""
    return el(
        "figure",
        el(
            "div",
            class_="plot",
            data_chart=f"chart-{code}",
            data_kind=kind,
            data_rows=rows,
            role="img",
            aria_label=label,
        ),
        json_block(f"chart-{code}", dict(data)),
        el("figcaption", caption) if caption else None,
        class_="chart",
    )


def numbers(
    data: DataTable, speech: Speech, *, rows_max: int = TABLE_ROWS_MAX, opened: bool = False
) -> Markup:
    """The table below a chart: folded on the screen, open on paper."""
    return el(
        "details",
        el("summary", speech.say("numbers.show", title=data.title)),
        html_table(data, speech, rows_max=rows_max),
        class_="numbers",
        open=opened,
    )


def empty(code: str, needs: Sequence[str], input: ReportInput, speech: Speech) -> Markup:
    """A section that the files cannot fill: what is missing and what one would see."""
    missing = [need for need in needs if need not in input.diagnosis.scope.tables]
    asked = speech.say("common.comma").join(name_of_need(need, input, speech) for need in missing)
    return el(
        "div",
        el("p", speech.say("empty.needs", needs=asked)) if asked else None,
        el("p", speech.say(f"empty.{code}"), class_="note"),
        class_="empty",
    )


def words(used: Mapping[str, Definition], speech: Speech) -> Markup:
    """Every term of the page, defined; its links lead here."""
    entries = [
        el("div", el("dt", speech.word(d.term)), el("dd", speech.word(d.meaning)), id=f"word-{code}")
        for code, d in used.items()
    ]
    return section("words", speech, el("dl", entries, class_="words"))


def tile(name: str, term: str | None, value: str, below: str) -> Markup:
    """A figure of the first page under its name, and what it is meant by."""
    return el(
        "div",
        el("div", term_link(term, name) if term else name, class_="name"),
        el("div", value, class_="value"),
        el("div", below, class_="below"),
        class_="tile",
    )


def sentence(code: str, speech: Speech, **data: str) -> Markup:
    """A paragraph of ours."""
    return el("p", speech.rich(code, **data))


def bars(items: Sequence[tuple[str, float, str, str]], *, scale: float | None = None) -> Markup:
    """Horizontal bars in HTML alone: name, length, text at its end, tone."""
    longest = scale or max((length for _, length, _, _ in items), default=0) or 1
    rows = [
        el(
            "li",
            el("span", name, class_="name"),
            el(
                "span",
                el("i", class_=tone, style=f"width:{max(0.0, length) / longest * 100:.2f}%"),
                class_="track",
            ),
            el("span", text, class_="end"),
        )
        for name, length, text, tone in items
    ]
    return el("ul", rows, class_="bars")


def heat(
    rows: Sequence[tuple[str, Sequence[tuple[str, float] | None]]],
    columns: Sequence[str],
    corner: str,
    title: str,
) -> Markup:
    """A heat map that is a table: each cell's text and its warmth from 0 to 1."""
    head = el(
        "tr",
        el("th", corner, scope="col"),
        [el("th", name, scope="col", class_="number") for name in columns],
    )
    body = [
        el("tr", el("th", name, scope="row"), [_heat_cell(cell) for cell in cells]) for name, cells in rows
    ]
    grid = el(
        "table", el("caption", title, class_="unseen"), el("thead", head), el("tbody", body), class_="heat"
    )
    return el("div", grid, class_="scroll", tabindex="0", role="region", aria_label=title)


def _heat_cell(cell: tuple[str, float] | None) -> Markup:
    if cell is None:
        return el("td")
    text, warmth = cell
    return el("td", text, class_="number", style=f"--warmth:{min(1.0, max(0.0, warmth)):.2f}")
