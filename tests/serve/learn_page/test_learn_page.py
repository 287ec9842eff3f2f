"""The learned page as text: the answer first and plain, nothing of the data can act, what is unknown is no number."""

import base64
import hashlib
import re
import zipfile
from dataclasses import replace

import pytest
from html_pages import read

from huoshui.core.uplift.response_factors import UNKNOWN
from huoshui.serve.learn_page import learn_lines, learn_page, write_learn_workbook
from huoshui.serve.learn_page.headline import ranked
from huoshui.serve.texts import LEARN_DEFINITIONS

NAMES = ("differing", "alike", "few")
LANGUAGES = ("zh", "en")


@pytest.fixture(scope="module")
def pages(made) -> dict[tuple[str, str], str]:
    return {(name, lang): learn_page(getattr(made, name)(), lang) for name in NAMES for lang in LANGUAGES}


def test_only_our_scripts_may_run_and_nothing_of_the_data_acts(pages, made):
    for html in pages.values():
        found = read(html)
        policy = next(
            a["content"] for _, a in found.elements if a.get("http-equiv") == "Content-Security-Policy"
        )
        allowed = set(re.findall(r"'sha256-([^']+)'", policy))
        acting = [text for attributes, text in found.scripts if attributes.get("type") != "application/json"]
        assert {base64.b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in acting} == allowed
        assert found.attributes("src") == []
        assert "<script>alert" not in html
    assert made.DANGEROUS in read(pages["differing", "zh"]).text


def test_every_link_leads_somewhere_and_every_term_is_explained(pages):
    for html in pages.values():
        found = read(html)
        ids = found.attributes("id")
        assert len(ids) == len(set(ids))
        assert {str(link)[1:] for link in found.attributes("href")} <= set(ids)
        assert {f"word-{code}" for code in LEARN_DEFINITIONS} <= set(ids)


def test_the_answer_says_what_a_yuan_brings_by_who_gets_it(pages, made):
    text = read(pages["differing", "zh"]).text
    assert text.index("看得出谁反应更多") < text.index("模型卡")
    assert "2.67(2.27–3.07)" in text
    assert "平均 1.02" in text
    assert "最后十分之一 -0.07" in text
    assert "0.59 倍(0.35–0.83)" in text
    assert "近 30 天加购物车多、近 90 天毛利少、用券多" in text


def test_no_difference_is_said_plainly_with_what_it_would_take(pages, made):
    assert "看不出用户之间的差别" in read(pages["alike", "zh"]).text
    assert "No detectable difference between users" in read(pages["alike", "en"]).text
    lines = "\n".join(learn_lines(made.alike(), "zh"))
    assert "人数已经够多" in lines
    assert "“乙”: 看不出差别, 平均每 1 元带回 1.02(0.62–1.42)。" in lines
    assert "大约要 36,000 人" in "\n".join(learn_lines(made.differing(), "zh"))
    for html in (pages["alike", "zh"], pages["few", "zh"]):
        assert "反应多的人" not in read(html).text
    assert "只有 60 个" in read(pages["few", "zh"]).text


def test_turnover_is_no_profit(pages):
    assert "成交额, 不是利润" in read(pages["alike", "zh"]).text
    assert "带回的是成交额" not in read(pages["differing", "zh"]).text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_ten_lines_at_most_and_simulated_data_says_so(made, name, language):
    lines = learn_lines(getattr(made, name)(), language)
    assert 2 <= len(lines) <= 10
    assert ("模拟数据" if language == "zh" else "simulated") in lines[0]
    assert not any("nan" in line.lower() for line in lines)


def test_what_is_not_known_is_a_dash_and_never_nan(pages, made):
    for html in pages.values():
        assert not re.search(r"\bnan\b", read(html).text, re.IGNORECASE)
    broken = made.card(campaigns=(made.campaign("甲", "users_differ", slope=UNKNOWN, forward=UNKNOWN),))
    unknown = replace(broken.campaigns[0].tenths[1], each_est=float("nan"), low_est=float("nan"))
    tenths = (broken.campaigns[0].tenths[0], unknown, *broken.campaigns[0].tenths[2:])
    told = made.told(replace(broken, campaigns=(replace(broken.campaigns[0], tenths=tenths),)))
    assert "nan" not in read(learn_page(told, "zh")).text


def test_features_left_out_are_named_with_the_campaign(pages):
    text = read(pages["differing", "zh"]).text
    assert "近 90 天得过奖励" in text
    assert "9.30" in text


def test_campaigns_whose_users_differ_come_first(made):
    assert [one.state for one in ranked(made.differing())] == [
        "users_differ",
        "no_detectable_difference",
        "too_few",
    ]


def test_the_workbook_holds_every_table_and_no_formula(made, tmp_path):
    path = tmp_path / "learn.xlsx"
    write_learn_workbook(made.differing(), path, "zh")
    with zipfile.ZipFile(path) as book:
        sheets = [book.read(name) for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) >= 9
    assert not any(b"<f>" in sheet for sheet in sheets)
