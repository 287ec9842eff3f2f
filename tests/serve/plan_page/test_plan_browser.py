"""The plan's page in a real browser: no network, no complaint, a phone, paper, answers that are kept and saved."""

import csv
import unicodedata

import pytest

from huoshui.serve.plan_page import plan_page

pytest.importorskip("playwright", reason="not run: no playwright")

from html_pages import DESK, PHONE
from pypdf import PdfReader


@pytest.fixture(scope="module")
def pages(made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans")
    found = {}
    for name in ("saving", "nothing"):
        for language in ("zh", "en"):
            path = folder / f"{name}-{language}.html"
            path.write_text(plan_page(getattr(made, name)(), language), encoding="utf-8")
            found[name, language] = path
    return found


def opened(browser, path, *, size=DESK, scheme="light"):
    context = browser.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    page.complaints, page.asked = [], []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_function("document.documentElement.dataset.checks === 'true'")
    return page


@pytest.mark.parametrize(
    ("name", "language", "size", "scheme"),
    [
        ("saving", "zh", DESK, "light"),
        ("saving", "zh", PHONE, "dark"),
        ("saving", "en", PHONE, "light"),
        ("nothing", "zh", PHONE, "light"),
        ("nothing", "en", DESK, "dark"),
    ],
)
def test_opens_without_network_or_complaint_and_fits(browser, pages, name, language, size, scheme):
    page = opened(browser, pages[name, language], size=size, scheme=scheme)
    assert page.complaints == []
    assert [url for url in page.asked if not url.startswith("file:")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert page.locator(".plot").count() == page.locator(".plot svg").count()
    assert (page.locator(".plot").count() > 3) == (name == "saving")
    page.context.close()


def test_answers_are_counted_kept_and_saved_as_a_safe_table(browser, pages, made, tmp_path):
    page = opened(browser, pages["saving", "zh"])
    cards = page.locator("[data-check]")
    assert page.locator("#check-far").inner_text() == "看了 0 / 20 人, 0 个不对"
    cards.nth(0).get_by_text("不对").click()
    cards.nth(0).locator(".why").fill('=1+1, "怪"')
    cards.nth(2).get_by_text("对", exact=True).click()
    assert page.locator("#check-far").inner_text() == "看了 2 / 20 人, 1 个不对"
    page.reload()
    page.wait_for_function("document.documentElement.dataset.checks === 'true'")
    assert page.locator("#check-far").inner_text() == "看了 2 / 20 人, 1 个不对"
    with page.expect_download() as waiting:
        page.click("#check-save")
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    assert path.name == "huoshui-核对-2026-12.csv"
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(raw.decode("utf-8-sig").splitlines()))
    assert len(rows) == 21
    assert rows[1][0] == "'" + made.FORMULA_USER
    assert rows[1][4:] == ["不对", '\'=1+1, "怪"']
    assert rows[3][4:] == ["对", ""]
    assert rows[4][4:] == ["", ""]
    assert page.complaints == []
    page.context.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_first_sheet_holds_the_answer(browser, pages, tmp_path, language):
    page = opened(browser, pages["saving", language], scheme="dark")
    path = tmp_path / "plan.pdf"
    page.pdf(path=path, prefer_css_page_size=True, print_background=True)
    sheets = [squeezed(sheet.extract_text()) for sheet in PdfReader(path).pages]
    last = {"zh": "括号里是95%的范围", "en": "bracketsholdthe95%range"}[language]
    heading = {"zh": "每格是人数", "en": "Eachcellisanumberofusers"}[language]
    assert last in sheets[0]
    assert heading in sheets[1]
    simulated = {"zh": "模拟数据:由程序生成", "en": "Simulateddata:generated"}[language]
    assert all(simulated in sheet for sheet in sheets)
    page.context.close()


def squeezed(text: str) -> str:
    """Without spaces; the radicals that a PDF stores for some characters made characters again."""
    return unicodedata.normalize("NFKC", "".join(text.split()))
