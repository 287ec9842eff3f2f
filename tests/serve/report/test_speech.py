"""Numbers as people say them; HTML that data cannot break."""

import html
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huoshui.serve.report.markup import Markup, el, escaped, json_block
from huoshui.serve.report.speech import Speech

ZH, EN = Speech("zh"), Speech("en")


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (0, "0 元", "¥0"),
        (1_864, "18.64 元", "¥18.64"),
        (1_000, "10 元", "¥10"),
        (431_000, "4,310 元", "¥4,310"),
        (1_700_000, "1.7 万元", "¥17,000"),
        (-1_700_000, "-1.7 万元", "-¥17,000"),
        (12_345_678_900, "1.23 亿元", "¥123,000,000"),
    ],
)
def test_amounts(fen, zh, en):
    assert ZH.amount(fen) == zh
    assert EN.amount(fen) == en


def test_another_currency_is_named():
    assert Speech("zh", "USD").amount(1_700_000) == "1.7 万美元"
    assert Speech("en", "USD").amount(1_864) == "$18.64"
    assert Speech("en", "SGD").amount(1_864) == "SGD 18.64"


def test_shares_days_intervals():
    assert [ZH.percent(x) for x in (0.572, 0.006, 0.0, 1.0)] == ["57.2%", "0.60%", "0.0%", "100%"]
    assert [EN.days(x) for x in (1.0, 6.78, 11.2)] == ["1 day", "6.8 days", "11 days"]
    assert ZH.days(11.2) == "11 天"
    assert ZH.span("0.94", "1.43") == "0.94–1.43"
    assert ZH.span("-0.64", "-0.20") == "-0.64 – -0.20"
    assert EN.inside("Layer-2 agents") == "layer-2 agents"
    assert EN.inside("CAC") == "CAC"
    assert ZH.inside("二级代理") == "二级代理"


@given(st.text())
def test_text_of_the_data_is_never_markup(text):
    shown = el("p", text, title=text)
    assert html.unescape(escaped(text)) == text
    assert shown.count("<") == 2
    assert escaped(Markup("<b>")) == "<b>"


@given(st.dictionaries(st.text(), st.text()))
def test_data_in_a_script_block_cannot_leave_it(data):
    block = json_block("x", data)
    body = block.removeprefix('<script type="application/json" id="x">').removesuffix("</script>")
    assert "<" not in body
    assert json.loads(body) == data


def test_a_sentence_escapes_its_data_and_keeps_our_emphasis():
    said = ZH.rich("headline.first", action="<i>", saving=el("strong", "1 < 2"))
    assert "&lt;i&gt;" in said
    assert "<strong>1 &lt; 2</strong>" in said
