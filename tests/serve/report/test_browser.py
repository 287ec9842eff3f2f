"""The page in a real browser: no network, no complaint, both themes, a phone, paper, taps that answer."""

import unicodedata
from dataclasses import replace

import pytest

from huoshui.serve.report import write_report

pytest.importorskip("playwright", reason="not run: no playwright")

from html_pages import DESK, PHONE
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

A4_POINTS = (595, 842)


@pytest.fixture(scope="module")
def reports(made, tmp_path_factory):
    """Rich and poor, and one whose names are as long as names get, in both languages."""
    given = {"rich": made.rich(), "poor": made.poor(), "crowded": crowded(made.rich())}
    folder = tmp_path_factory.mktemp("reports")
    return {
        (name, language): write_report(value, folder / name / language, language=language).html
        for name, value in given.items()
        for language in ("zh", "en")
    }


def crowded(given):
    """Every name at its longest: the first sheet of paper must still hold the answer."""
    long = "一个名字特别特别长的活动, 运营把规则、门槛和时间全写进了名字里面, 还加上了第二波第三波"
    found = tuple(
        replace(
            f,
            facts={
                k: long if k in ("name", "payment_channel", "cheapest") else v for k, v in f.facts.items()
            },
        )
        for f in given.diagnosis.findings
    )
    campaigns = tuple(replace(c, name=long) for c in given.diagnosis.campaigns)
    return replace(
        given,
        folder_name=long,
        diagnosis=replace(given.diagnosis, findings=found[2:5] + found[:2], campaigns=campaigns),
    )


class Opened:
    """A page with everything it asked for and complained about."""

    def __init__(self, browser: Browser, path, *, size=DESK, scheme="light") -> None:
        self.context = browser.new_context(viewport=size, color_scheme=scheme)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.dialogs: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        self.page.goto(path.as_uri())
        self.page.wait_for_function("document.documentElement.dataset.ready === 'true'")

    def __enter__(self) -> "Opened":
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


@pytest.mark.parametrize(
    ("name", "language", "size", "scheme"),
    [
        ("rich", "zh", DESK, "light"),
        ("rich", "zh", PHONE, "dark"),
        ("rich", "en", DESK, "dark"),
        ("rich", "en", PHONE, "light"),
        ("poor", "zh", PHONE, "light"),
        ("poor", "en", DESK, "dark"),
        ("crowded", "zh", PHONE, "dark"),
        ("crowded", "en", PHONE, "light"),
    ],
)
def test_opens_without_network_or_complaint_and_fits(browser, reports, name, language, size, scheme):
    with Opened(browser, reports[name, language], size=size, scheme=scheme) as opened:
        assert opened.complaints == []
        assert opened.dialogs == []
        assert [url for url in opened.requests if not url.startswith("file:")] == []
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        plots = opened.page.locator(".plot")
        assert plots.count() == opened.page.locator(".plot svg").count() >= 2
        assert opened.page.evaluate(
            "[...document.querySelectorAll('.plot svg')].every(s => s.querySelectorAll('path, line').length > 1)"
        )


def test_the_theme_follows_the_system_and_the_switch(browser, reports):
    def paper(opened) -> str:
        return opened.page.evaluate("getComputedStyle(document.body).backgroundColor")

    with Opened(browser, reports["rich", "zh"], scheme="dark") as opened:
        dark = paper(opened)
        drawn = opened.page.locator(".plot svg").first.inner_html()
        opened.page.click("#theme")
        light = paper(opened)
        assert dark != light
        assert opened.page.locator(".plot svg").first.inner_html() != drawn
        opened.page.click("#theme")
        assert paper(opened) == dark
        assert opened.complaints == []


def test_a_tap_on_a_term_shows_its_meaning_and_escape_closes_it(browser, reports):
    with Opened(browser, reports["rich", "zh"], size=PHONE) as opened:
        opened.page.click(".tile a.term >> nth=3")
        box = opened.page.locator("#word")
        assert "再多投 1 元激励, 预计多赚几元" in box.inner_text()
        edges = box.bounding_box()
        assert edges is not None
        assert edges["x"] >= 0
        assert edges["x"] + edges["width"] <= PHONE["width"]
        opened.page.keyboard.press("Escape")
        assert box.is_hidden()


def test_a_source_can_be_chosen_and_a_finding_opened(browser, reports):
    with Opened(browser, reports["rich", "zh"]) as opened:
        chart = opened.page.locator('.plot[data-chart="chart-incentive"]')
        everything = chart.inner_html()
        opened.page.click('.choice[data-for="chart-incentive"] button >> nth=1')
        assert chart.inner_html() != everything
        rows = opened.page.locator(".finding >> nth=0").locator("tbody tr")
        assert not rows.first.is_visible()
        opened.page.click(".finding >> nth=0 >> summary")
        assert rows.first.is_visible()
        assert rows.count() == 200
        assert opened.complaints == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ["rich", "poor", "crowded"])
def test_the_first_sheet_holds_the_answer_and_the_second_begins_with_the_next_section(
    browser, reports, tmp_path, name, language
):
    with Opened(browser, reports[name, language], scheme="dark") as opened:
        path = tmp_path / "report.pdf"
        opened.page.pdf(path=path, prefer_css_page_size=True, print_background=True)
        assert opened.page.evaluate("document.documentElement.dataset.theme ?? 'none'") == "none"
    sheets = PdfReader(path).pages
    width, height = (round(float(edge)) for edge in sheets[0].mediabox[2:])
    assert abs(width - A4_POINTS[0]) <= 1
    assert abs(height - A4_POINTS[1]) <= 1
    first, second = (squeezed(sheet.extract_text()) for sheet in sheets[:2])
    missing = {"zh": "还算不出,写着补什么", "en": "cannotbeknownyet;sayswhatisneeded"}[language]
    assert missing in first, "the last line of the answer must stand on the first sheet"
    heading = {"zh": "钱去哪了", "en": "Wherethemoneygoes"}[language]
    simulated = {
        "zh": "模拟数据:由程序生成,不是任何真实店铺的经营情况",
        "en": "Simulateddata:generated,notthebusinessofanyrealshop",
    }[language]
    if name == "poor":
        assert second.startswith(heading)
    else:
        assert second.removeprefix(simulated).startswith(heading)
        assert all(simulated in squeezed(sheet.extract_text()) for sheet in sheets)


def squeezed(text: str) -> str:
    """Without spaces; the radicals that a PDF stores for some characters made characters again."""
    return unicodedata.normalize("NFKC", "".join(text.split()))
