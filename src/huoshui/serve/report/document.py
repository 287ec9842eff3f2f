"""One HTML file that needs nothing else: head, masthead, body, our scripts. The report and the plan's page are such.

Only our two scripts may run, by their hashes; nothing is fetched.
"""

import base64
import hashlib
from dataclasses import dataclass
from importlib.resources import files

from huoshui.base.errors import Language
from huoshui.serve.report.bundle import echarts_module
from huoshui.serve.report.input import Around
from huoshui.serve.report.markup import Child, Markup, el, join, json_block
from huoshui.serve.report.speech import Speech

_LANGUAGE_TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
REPORT_PACKAGE = "huoshui.serve.report"


@dataclass(frozen=True, slots=True)
class Document:
    """What stands around a page: `title` of the window, `what` beside our name, whose data, when made, extra form.

    `style` and `script` come after those that every page has. A page without `charts` is small: it carries no library.
    """

    title: str
    what: str
    folder_name: str
    made_at: str
    simulated: bool
    style: str = ""
    script: str = ""
    charts: bool = True


def page_of(
    input: Around,
    main: Child,
    speech: Speech,
    *,
    title: str,
    what: str,
    simulated: bool,
    style: str = "",
    script: str = "",
    charts: bool = True,
    note: Child = None,
) -> str:
    """The whole page of a command over a folder: whose data, when made and by whom, in how many seconds, `note`.

    Raises MissingBundle where a page with `charts` finds no drawing library.
    """
    about = Document(title, what, input.folder_name, input.made_at, simulated, style, script, charts)
    took = speech.say("foot.took", seconds=f"{sum(input.seconds.values()):.1f}") if input.seconds else ""
    made_by = el("p", speech.say("foot.made_by"), " ", took)
    return document(about, main, join([made_by, note]), speech)


def document(about: Document, main: Child, colophon: Child, speech: Speech) -> str:
    """The whole file as text; `main` begins with an element of id `answer`."""
    library = echarts_module() if about.charts else ""
    scripts = (asset("theme.js"), library + asset("charts.js") + about.script)
    mark = _paper_mark(speech, simulated=about.simulated)
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=_policy(scripts)),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="referrer", content="no-referrer"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", f"{speech.say('banner')} · {about.title}" if about.simulated else about.title),
        _raw("style", asset("theme.css") + asset("report.css") + about.style + mark),
        _raw("script", scripts[0]),
    )
    body = el(
        "body",
        el("a", speech.say("skip"), href="#answer", class_="skip"),
        el("div", speech.say("banner.long"), class_="banner", role="note") if about.simulated else None,
        el("noscript", el("p", speech.say("no_script"), class_="no-script")),
        _masthead(about, speech),
        el("main", main),
        _colophon(colophon, speech, simulated=about.simulated),
        el("div", id="word", class_="word", role="dialog", aria_live="polite", hidden=True),
        json_block("words-ui", {"close": speech.say("foot.close")}),
        _raw("script", scripts[1], type="module"),
        class_="simulated" if about.simulated else None,
    )
    return f"<!doctype html>\n{el('html', head, body, lang=_LANGUAGE_TAGS[speech.language])}\n"


def asset(name: str, package: str = REPORT_PACKAGE) -> str:
    """A style or script of ours."""
    return files(package).joinpath("assets", name).read_text(encoding="utf-8")


def contents(codes: list[str], speech: Speech) -> Markup:
    """Links to the sections `section.{code}`."""
    links = [el("li", el("a", speech.say(f"section.{code}"), href=f"#{code}")) for code in codes]
    return el("nav", el("ol", links), class_="contents", aria_label=speech.say("contents"))


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


def _paper_mark(speech: Speech, *, simulated: bool) -> str:
    """The word on every sheet of paper, held by the page's upper margin."""
    if not simulated:
        return ""
    look = "font-family: sans-serif; font-size: 8.5pt; color: var(--loss)"
    return f'@page {{ @top-center {{ content: "{speech.say("banner.long")}"; {look}; }} }}'


def _masthead(about: Document, speech: Speech) -> Markup:
    return el(
        "header",
        el("div", el("b", speech.say("brand")), " ", el("span", about.what), class_="brand"),
        el(
            "div",
            el("span", about.folder_name, class_="folder"),
            " ",
            el("span", speech.say("made", at=about.made_at)),
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


def _colophon(lines: Child, speech: Speech, *, simulated: bool) -> Markup:
    mark = el("p", speech.say("banner.long"), class_="strong") if simulated else None
    return el("footer", join([mark, lines]), class_="colophon")
