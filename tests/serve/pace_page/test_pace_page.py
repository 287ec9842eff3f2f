"""The pace's page and lines: the answer is true, nothing of the data can act, every link leads somewhere; a browser."""

from dataclasses import replace

import pytest
from html_pages import DESK, PHONE, read

from huoshui.serve.pace_page import pace_lines, pace_page
from huoshui.serve.texts import PACE_DEFINITIONS

NAMES = ("lasting", "keeping", "empty")
LANGUAGES = ("zh", "en")


@pytest.fixture(scope="module")
def pages(made) -> dict[tuple[str, str], str]:
    return {(name, lang): pace_page(getattr(made, name)(), lang) for name in NAMES for lang in LANGUAGES}


def test_a_peak_called_script_with_braces_is_harmless(pages, made):
    for language in LANGUAGES:
        assert "<script>alert" not in pages["lasting", language]
        assert made.DANGEROUS in read(pages["lasting", language]).text


def test_every_link_leads_somewhere_and_no_id_stands_twice(pages):
    for html in pages.values():
        found = read(html)
        ids = found.attributes("id")
        assert len(ids) == len(set(ids))
        assert {str(link)[1:] for link in found.attributes("href")} <= set(ids)
        assert {f"word-{code}" for code in PACE_DEFINITIONS} <= set(ids)
        assert found.attributes("src") == []


def test_at_most_ten_lines_and_simulated_data_says_so_first(made):
    for name in NAMES:
        for language, mark in (("zh", "模拟数据"), ("en", "SIMULATED")):
            lines = pace_lines(getattr(made, name)(), language)
            assert 2 < len(lines) <= 10
            assert mark in lines[0]


def test_the_answer_says_price_runway_and_what_would_happen(made):
    said = "\n".join(pace_lines(made.lasting(), "zh"))
    assert "每 1 元至少带回 1.31 元才发" in said
    assert "还能撑 17 天(八成可能在 14 到 21 天之间)" in said
    assert "来的人多 25%: 价不动的话 12-27 就发不出了" in said
    assert "来的人少 25%: 价不动的话会剩 1,800 元没发" in said
    assert "大促比预计小 50%: 也撑得到最后" in said
    assert "12-30 起大半发不出" in said


def test_money_that_stays_is_said_and_turnover_is_no_margin(made):
    assert "到月底预计剩 2,500 元" in pace_lines(made.keeping(), "zh")[1]
    given = made.lasting()
    gross = replace(given, pace=replace(given.pace, scope=replace(given.pace.scope, gross=True)))
    assert "成交额" in pace_lines(gross, "zh")[1]
    assert "没有可以挑人发的余额" in pace_lines(made.empty(), "zh")[1]


@pytest.mark.parametrize(
    ("name", "language", "size", "scheme"),
    [("lasting", "zh", DESK, "light"), ("lasting", "en", PHONE, "dark"), ("empty", "zh", PHONE, "light")],
)
def test_opens_without_complaint_draws_its_chart_and_fits(
    browser, pages, tmp_path, name, language, size, scheme
):
    path = tmp_path / "pace.html"
    path.write_text(pages[name, language], encoding="utf-8")
    context = browser.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_selector(".plot svg")
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    context.close()
