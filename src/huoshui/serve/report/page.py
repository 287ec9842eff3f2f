"""report.html: one file, no network. Only our two scripts may run, by their hashes; nothing is fetched."""

import base64
import hashlib
from importlib.resources import files

from huoshui.base.errors import Language
from huoshui.serve.report.answer import answer
from huoshui.serve.report.bundle import echarts_module
from huoshui.serve.report.input import ReportInput
from huoshui.serve.report.markup import Markup, el, join, json_block
from huoshui.serve.report.sections import SECTIONS, all_sections
from huoshui.serve.report.speech import Speech

_LANGUAGE_TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}


def page(input: ReportInput, language: Language) -> str:
    """The whole page as text."""
    speech = Speech(language, input.currency)
    simulated = input.diagnosis.scope.simulated
    scripts = (_asset("theme.js"), echarts_module() + _asset("charts.js"))
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=_policy(scripts)),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="referrer", content="no-referrer"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", _title(input, speech)),
        _raw("style", _asset("theme.css") + _asset("report.css") + _paper_mark(speech, simulated=simulated)),
        _raw("script", scripts[0]),
    )
    body = el(
        "body",
        el("a", speech.say("skip"), href="#answer", class_="skip"),
        el("div", speech.say("banner.long"), class_="banner", role="note") if simulated else None,
        el("noscript", el("p", speech.say("no_script"), class_="no-script")),
        _masthead(input, speech),
        el("main", answer(input, speech), _contents(speech), all_sections(input, speech)),
        _colophon(input, speech),
        el("div", id="word", class_="word", role="dialog", aria_live="polite", hidden=True),
        json_block("words-ui", {"close": speech.say("foot.close")}),
        _raw("script", scripts[1], type="module"),
        class_="simulated" if simulated else None,
    )
    return f"<!doctype html>\n{el('html', head, body, lang=_LANGUAGE_TAGS[language])}\n"


def _policy(scripts: tuple[str, ...]) -> str:
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts
    )
    allowed = f"script-src {hashes}; style-src 'unsafe-inline'"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _raw(tag: str, text: str, **attributes: str) -> Markup:
    """A script or style of ours: its text stands as it is, so it must not be able to end its own element."""
    assert f"</{tag}" not in text.lower(), f"{tag} would end early"
    opening = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return Markup(f"<{tag}{opening}>{text}</{tag}>")


def _asset(name: str) -> str:
    return files("huoshui.serve.report").joinpath("assets", name).read_text(encoding="utf-8")


def _paper_mark(speech: Speech, *, simulated: bool) -> str:
    """The word on every sheet of paper, held by the page's upper margin."""
    if not simulated:
        return ""
    look = "font-family: sans-serif; font-size: 8.5pt; color: var(--loss)"
    return f'@page {{ @top-center {{ content: "{speech.say("banner.long")}"; {look}; }} }}'


def _title(input: ReportInput, speech: Speech) -> str:
    title = speech.say("title", name=input.folder_name)
    return f"{speech.say('banner')} · {title}" if input.diagnosis.scope.simulated else title


def _masthead(input: ReportInput, speech: Speech) -> Markup:
    return el(
        "header",
        el("div", el("b", speech.say("brand")), " ", el("span", speech.say("brand.what")), class_="brand"),
        el(
            "div",
            el("span", input.folder_name, class_="folder"),
            " ",
            el("span", speech.say("made", at=input.made_at)),
            class_="from",
        ),
        el(
            "div",
            el("button", speech.say("theme.switch"), type="button", id="theme"),
            el("button", speech.say("print"), type="button", id="print"),
            class_="tools",
        ),
        class_="masthead",
    )


def _contents(speech: Speech) -> Markup:
    links = [el("li", el("a", speech.say(f"section.{code}"), href=f"#{code}")) for code, _ in SECTIONS]
    return el("nav", el("ol", links), class_="contents", aria_label=speech.say("contents"))


def _colophon(input: ReportInput, speech: Speech) -> Markup:
    took = speech.say("foot.took", seconds=f"{sum(input.seconds.values()):.1f}") if input.seconds else ""
    lines = [el("p", speech.say("foot.made_by"), " ", took), el("p", speech.say("rounded"))]
    if input.diagnosis.scope.simulated:
        lines.insert(0, el("p", speech.say("banner.long"), class_="strong"))
    return el("footer", join(lines), class_="colophon")
