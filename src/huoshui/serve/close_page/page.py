"""close.html: what users hold, the roll-forward and the signature on the first sheet; then every table."""

from collections.abc import Callable

from huoshui.base.errors import Language
from huoshui.flow.closing import Figures
from huoshui.serve.close_page import tables
from huoshui.serve.close_page.headline import headline, scope
from huoshui.serve.close_page.input import CloseInput
from huoshui.serve.plan_page.headline import period_text
from huoshui.serve.report.document import Document, asset, contents, document
from huoshui.serve.report.markup import Markup, el, join
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import DataTable, html_table

_PACKAGE = "huoshui.serve.close_page"
Build = Callable[[Figures, Speech], DataTable]
SECTIONS: tuple[tuple[str, str | None, Build], ...] = (
    ("liability", "due_lead", tables.liability_table),
    ("campaigns", "campaigns_lead", tables.campaigns_table),
    ("agents", None, tables.agents_table),
    ("accounts", "accounts_lead", tables.accounts_table),
    ("late", "late_lead", tables.late_table),
    ("approvals", None, tables.approvals_table),
)


def close_page(input: CloseInput, language: Language) -> str:
    """The whole page as text."""
    figures = input.closing.figures
    speech = Speech(language, input.currency)
    period = period_text(figures.close.period, speech)
    about = Document(
        title=speech.say("close.title", period=period),
        what=speech.say("close.what"),
        folder_name=period,
        made_at=input.made_at,
        simulated=input.simulated,
        style=asset("close.css", _PACKAGE),
        charts=False,
    )
    sections = _sections(figures, speech)
    nav = contents([code for code, _ in sections], speech) if sections else None
    main = join([_answer(input, speech), nav, [section for _, section in sections]])
    return document(about, main, el("p", speech.say("close.made_by")), speech)


def _answer(input: CloseInput, speech: Speech) -> Markup:
    """Everything on the first sheet: the sentence, the roll-forward, what is off, the signature."""
    figures = input.closing.figures
    off = html_table(tables.off_table(figures, speech), speech, exact=True) if figures.off else None
    return el(
        "section",
        el("p", scope(input, speech), class_="scope"),
        el("h1", headline(input, speech)),
        html_table(tables.users_table(figures, speech), speech, exact=True),
        el("p", speech.say("close.equation"), class_="note"),
        el("h2", speech.say("section.close_off"), class_="findings-title") if off else None,
        off,
        _signature(input, speech),
        id="answer",
        class_="answer roll",
    )


def _signature(input: CloseInput, speech: Speech) -> Markup:
    """Who signed, on what seal; of a draft how it is signed. On paper there is room for a pen."""
    signed = input.closing.signed
    pen = el("p", speech.say("close.sign_here"), class_="pen")
    if signed is None:
        period = input.closing.figures.close.period
        return el("div", el("p", speech.say("close.unsigned", period=period)), pen, class_="signature")
    return el(
        "div",
        el("p", speech.say("close.signed", name=signed.signed_by, at=input.signed_at), class_="name"),
        el("p", speech.say("close.reason", reason=signed.reason)) if signed.reason else None,
        el(
            "p",
            speech.say("close.seal", size=speech.count(signed.size), root=signed.root.hex()),
            class_="note",
        ),
        el("p", speech.say("close.id", id=signed.id), class_="note"),
        pen,
        class_="signature",
    )


def _sections(figures: Figures, speech: Speech) -> list[tuple[str, Markup]]:
    """Every table that has rows, under its title; the three-way check after the campaigns and accounts."""
    found = []
    for code, lead, build in SECTIONS:
        data = build(figures, speech)
        if data.rows:
            found.append((f"close_{code}", _section(f"close_{code}", lead, [data], speech)))
    payments = figures.payments
    if payments is not None:
        told = [tables.payments_table(payments, speech)]
        if payments.unequal:
            told += [tables.causes_table(payments, speech), tables.unequal_table(payments, speech)]
        lead = speech.say("close.payments_lead", agreed=speech.count(payments.agreed))
        section = _titled("close_payments", lead, told, speech)
        found.insert(len(found) - bool(figures.close.approvals), ("close_payments", section))
    return found


def _section(code: str, lead: str | None, told: list[DataTable], speech: Speech) -> Markup:
    return _titled(code, speech.say(f"close.{lead}") if lead else "", told, speech)


def _titled(code: str, lead: str, told: list[DataTable], speech: Speech) -> Markup:
    """A section: its title, what it is about, its tables; a second table has a title of its own."""
    parts = [
        join([el("h3", data.title) if at else None, html_table(data, speech, exact=True)])
        for at, data in enumerate(told)
    ]
    return el(
        "section",
        el("h2", speech.say(f"section.{code}")),
        el("p", lead, class_="lead") if lead else None,
        parts,
        id=code,
    )
