"""The page as text: nothing of the data can act, nothing is fetched, every link and every figure is there."""

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest
from html_pages import read

from huoshui.base.limits import FINDING_ROWS_MAX
from huoshui.serve.report.page import page

SIZE_MAX = 3 * 1024 * 1024
LANGUAGES = ("zh", "en")


@pytest.fixture(scope="module")
def pages(made) -> dict[tuple[str, str], str]:
    given = {"rich": made.rich(), "poor": made.poor()}
    return {
        (name, language): page(value, language) for name, value in given.items() for language in LANGUAGES
    }


def test_is_small_enough_for_a_phone(pages):
    assert all(len(html.encode()) <= SIZE_MAX for html in pages.values())


def test_fetches_nothing(pages):
    for html in pages.values():
        found = read(html)
        assert found.attributes("src") == []
        assert all(str(link).startswith("#") for link in found.attributes("href"))
        assert "url(" not in html.partition("<style>")[2].partition("</style>")[0]


def test_only_our_two_scripts_may_run(pages):
    for html in pages.values():
        found = read(html)
        policy = next(
            a["content"] for tag, a in found.elements if a.get("http-equiv") == "Content-Security-Policy"
        )
        assert policy.startswith("default-src 'none'; script-src 'sha256-")
        allowed = set(re.findall(r"'sha256-([^']+)'", policy))
        acting = [text for attributes, text in found.scripts if attributes.get("type") != "application/json"]
        hashes = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in acting}
        assert len(acting) == 2
        assert hashes == allowed
        assert not [name for _, attrs in found.elements for name in attrs if name.startswith("on")]


def test_a_campaign_called_script_is_harmless(pages, made):
    for language in LANGUAGES:
        html = pages["rich", language]
        assert "<script>alert" not in html
        assert made.DANGEROUS in read(html).text
        assert (
            made.DANGEROUS.replace("<", "\\u003c")
            .replace(">", "\\u003e")
            .replace("&", "\\u0026")
            .replace('"', '\\"')
            not in html.partition("<main>")[0]
        )


def test_a_dangerous_name_stays_data_in_charts_too(made):
    given = made.rich()
    first = replace(given.diagnosis.campaigns[0], name=made.DANGEROUS + "<!--")
    diagnosis = replace(given.diagnosis, campaigns=(first, *given.diagnosis.campaigns[1:]))
    found = read(page(replace(given, diagnosis=diagnosis, folder_name=made.DANGEROUS), "zh"))
    blocks = [
        json.loads(text) for attributes, text in found.scripts if attributes.get("type") == "application/json"
    ]
    names = [row["name"] for block in blocks for row in block.get("rows", [])]
    assert made.DANGEROUS + "<!--" in names
    assert len([1 for attributes, _ in found.scripts if attributes.get("type") != "application/json"]) == 2


def test_every_link_leads_somewhere_and_no_id_stands_twice(pages):
    for html in pages.values():
        found = read(html)
        ids = found.attributes("id")
        assert len(ids) == len(set(ids))
        assert {str(link)[1:] for link in found.attributes("href")} <= set(ids)
        assert {f"chart-{code}" for code in ()} | set(found.attributes("data-chart")) <= set(ids)


def test_every_chart_has_words_and_a_table(pages):
    for html in pages.values():
        for tag, attributes in read(html).elements:
            if "plot" in str(attributes.get("class")):
                assert tag == "div"
                assert attributes["role"] == "img"
                assert len(str(attributes["aria-label"])) > 8


def test_says_the_figures_of_the_diagnosis(pages, made):
    text = read(pages["rich", "zh"]).text
    for said in (
        "每 100 元激励, 真正到用户手里 57.2 元; 二级代理拿走 11.4 元。",
        "照现在的速度还能撑 11 天(8–14 天); 不是钱少, 是有 5 处在漏。",
        "先改这一条: 重谈二级代理的拿货价, 收回多拿的部分, 每月约省 3.3 万元。",
        "读了 209,741 行: 计入 207,940 行, 重复合并 1,760 行, 待改 41 行, 丢弃 0 行。",
        "再多投 1 元, 预计多赚毛利 0.87 元",
        "“十二元”不是金额",
        "增量回报 0.04 (-0.12 – 0.20)",
        "没有对照组, 现在谁也不知道值不值",
        "191,130",
        "1.62 (1.31–1.93)",
    ):
        assert said in text, said


def test_findings_open_at_most_the_allowed_rows_and_say_how_many_there_are(pages):
    html = pages["rich", "zh"]
    behind = html.partition('<details class="finding">')[2].partition("</details>")[0]
    assert behind.count("<tr>") == FINDING_ROWS_MAX + 1
    assert "这里显示 200 行, 共 260 行; 其余在 tables.xlsx 里。" in behind


def test_every_figure_of_the_first_page_carries_its_mark_and_opens_its_definition(pages):
    for html in pages.values():
        tiles = re.findall(r'<div class="tile(?!s).*?(?=<div class="tile|<h2)', html, re.DOTALL)
        assert len(tiles) == 8
        for tile in tiles:
            assert "mark-measured" in tile or "mark-estimated" in tile or "mark-missing" in tile
            assert 'href="#word-' in tile


def test_orders_alone_still_show_six_figures_in_money_and_say_what_is_missing(pages):
    html = pages["poor", "zh"]
    first = read(html.partition("<nav")[0]).text
    money = re.findall(r"[\d,.]+ 万?元", first)
    assert len(set(money)) >= 6
    assert "按您填写估算" in first
    assert "补上分组名单表就能算" in first
    assert "激励值不值, 现在谁也不知道" in first
    assert html.count('class="empty"') >= 8


def test_simulated_is_said_on_screen_on_paper_and_in_the_title(made):
    for language, words in (("zh", "模拟数据"), ("en", "Simulated data")):
        html = page(made.rich(simulated=True), language)
        assert html.count(words) >= 4
        assert "@top-center" in html
        live = page(made.rich(simulated=False), language)
        assert "@top-center" not in live
        assert 'class="banner"' not in live


def test_turnover_is_never_called_profit(made):
    given = made.rich()
    scope = replace(given.diagnosis.scope, gross=True)
    figures = {
        code: replace(f, gross=code.startswith(("margin", "return", "unit")))
        for code, f in given.diagnosis.figures.items()
    }
    html = page(replace(given, diagnosis=replace(given.diagnosis, scope=scope, figures=figures)), "zh")
    text = read(html).text
    assert "预计多成交 0.87 元(成交额口径, 不是利润)" in text
    assert text.count("成交额口径") >= 6
