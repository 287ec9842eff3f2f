"""The sentences of the answer, in every state the data can leave them in."""

from dataclasses import replace

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from huoshui.core.costs.values import Figure, Waterfall, WaterfallPart
from huoshui.serve.report import headline, summary_lines
from huoshui.serve.report.speech import Speech

ZH, EN = Speech("zh"), Speech("en")


def with_figures(given, **changes):
    figures = {**given.diagnosis.figures, **{k: v for k, v in changes.items() if v is not None}}
    for code in (k for k, v in changes.items() if v is None):
        figures.pop(code)
    return replace(given, diagnosis=replace(given.diagnosis, figures=figures))


def falling(*parts: WaterfallPart) -> Waterfall:
    return Waterfall("incentive", None, sum(part.fen for part in parts), parts)


def reach(made, *parts: WaterfallPart) -> str:
    diagnosis = replace(made.rich().diagnosis, incentive=(falling(*parts),) if parts else ())
    return headline.reach_sentence(diagnosis, ZH).plain(ZH)


def test_who_takes_most_is_named(made):
    said = reach(
        made,
        WaterfallPart("agent_layer", 1_140, 2),
        WaterfallPart("open", 3_140),
        WaterfallPart("reached", 5_720),
    )
    assert said == "每 100 元激励, 真正到用户手里 57.2 元; 二级代理拿走 11.4 元。"


def test_what_nobody_takes_is_named_beside_who_takes_most(made):
    said = reach(
        made,
        WaterfallPart("agent_layer", 300, 1),
        WaterfallPart("breakage", 1_700),
        WaterfallPart("reached", 8_000),
    )
    assert said == "每 100 元激励, 真正到用户手里 80.0 元; 一级代理拿走 3.0 元, 过期作废占 17.0 元。"


def test_nothing_taken_and_nothing_known(made):
    assert reach(made, WaterfallPart("reached", 100)) == "每 100 元激励, 真正到用户手里 100.0 元。"
    assert reach(made).startswith("每 100 元成交, 最后剩毛利 6.3 元(实测); 激励有多少到了用户手里还看不出")
    gross = replace(
        made.rich().diagnosis, incentive=(), scope=replace(made.rich().diagnosis.scope, gross=True)
    )
    said = headline.reach_sentence(gross, ZH).plain(ZH)
    assert said == "每月成交 133.6 万元; 激励有多少到了用户手里还看不出, 缺余额流水。"
    assert (
        headline.reach_sentence(replace(gross, figures={}), ZH)
        .plain(ZH)
        .startswith("还看不出激励有多少到了用户手里")
    )


def test_runway_in_every_state(made):
    given = made.rich()

    def said(changed, speech=ZH) -> str:
        return headline.runway_sentence(changed, speech).plain(speech)

    assert said(given) == "照现在的速度还能撑 11 天(8–14 天); 不是钱少, 是有 5 处在漏。"
    assert (
        said(given, EN)
        == "At today's pace the pot lasts 11 days (8–14); it is not too small, it leaks in 5 places."
    )
    exact = with_figures(given, runway_days=Figure("runway_days", 1.0, "days", "measured"))
    assert said(exact) == "照现在的速度还能撑 1 天; 不是钱少, 是有 5 处在漏。"
    assert "lasts 1 day;" in said(exact, EN)
    far = with_figures(
        given, runway_days=Figure("runway_days", 4_000.0, "days", "measured", low_est=1.0, high_est=9e3)
    )
    assert said(far) == "照现在的速度, 余额池一年内不会见底。"
    burning = with_figures(given, burn_per_day=Figure("burn_per_day", 9e9, "fen_per_day", "measured"))
    assert said(burning).endswith("另有 5 处小漏。")
    whole = replace(given, diagnosis=replace(given.diagnosis, findings=()))
    assert said(whole) == "照现在的速度还能撑 11 天(8–14 天)。"
    blind = with_figures(
        given, runway_days=Figure("runway_days", None, "days", "missing", ("campaigns.budget",))
    )
    assert said(blind) == "每天烧掉约 4,310 元, 有 5 处在漏; 还能撑几天算不出: 缺活动表的「预算」。"
    assert said(with_figures(blind, burn_per_day=None)) == "还算不出能撑几天: 缺活动表的「预算」。"
    assert (
        said(with_figures(given, burn_per_day=None, runway_days=None)) == "还算不出能撑几天: 缺余额池总额。"
    )


def test_a_campaign_nobody_can_judge_is_no_leak(made):
    given = made.rich()
    only = tuple(f for f in given.diagnosis.findings if f.code == "no_control")
    changed = replace(given, diagnosis=replace(given.diagnosis, findings=only))
    assert "漏" not in headline.runway_sentence(changed, ZH).plain(ZH)
    assert headline.first_sentence(changed, ZH).plain(ZH) == (
        "先做这一件: 随机留出 1,200 人不发, 14 天后就知道; 值不值, 试了才知道。"
    )


def test_without_a_control_group_nobody_knows_and_the_small_test_is_named(made):
    given = with_figures(made.rich(), unit_value=None, return_incremental=None)
    said = headline.worth_sentence(given, ZH).plain(ZH)
    assert said.startswith("激励值不值, 现在谁也不知道: 没有对照组。")
    assert "2,400 人随机分两组, 14 天, 约花 3,120 元" in said
    none = replace(given, diagnosis=replace(given.diagnosis, small_tests=()))
    assert "随机留出 5% 的人不发" in headline.worth_sentence(none, ZH).plain(ZH)


def test_incremental_stands_in_where_the_last_yuan_is_unknown(made):
    said = headline.worth_sentence(with_figures(made.rich(), unit_value=None), ZH).plain(ZH)
    assert said == "每花 1 元激励, 比不发多赚 1.18 元(增量回报)。"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_ten_lines_from_rich_and_from_poor(made, language):
    for given in (made.rich(), made.poor()):
        lines = summary_lines(given, language)
        assert len(lines) == 10
        assert all(line and "\n" not in line and "{" not in line for line in lines)
    assert ("模拟数据" if language == "zh" else "SIMULATED DATA") in summary_lines(made.rich(), language)[0]
    assert "模拟" not in summary_lines(made.poor(), language)[0]


def test_a_folder_name_cannot_add_lines(made):
    assert len(summary_lines(made.rich(folder_name="a\nb\r\nc"), "zh")) == 10
    assert summary_lines(made.rich(folder_name="a\nb"), "zh")[0].count("a b") == 1


@over(st.data())
def test_whatever_is_missing_the_lines_hold(made, data):
    full = made.rich()
    diagnosis = full.diagnosis
    kept = data.draw(st.sets(st.sampled_from(sorted(diagnosis.figures))))
    lost = data.draw(st.sets(st.sampled_from(sorted(diagnosis.figures))))
    figures = {
        c: replace(f, value=None, marking="missing") if c in lost else f
        for c, f in diagnosis.figures.items()
        if c in kept
    }
    found = data.draw(st.lists(st.sampled_from(diagnosis.findings), unique_by=id).map(tuple))
    changed = replace(
        diagnosis,
        figures=figures,
        findings=found,
        incentive=data.draw(st.sampled_from([(), diagnosis.incentive])),
        order=data.draw(st.sampled_from([(), diagnosis.order])),
        small_tests=data.draw(st.sampled_from([(), diagnosis.small_tests])),
    )
    for language in ("zh", "en"):
        lines = summary_lines(replace(full, diagnosis=changed), language)
        assert 6 <= len(lines) <= 10
        assert all(line.strip() and "None" not in line and "nan" not in line for line in lines)


def test_turnover_under_the_name_of_margin_is_left_out(made):
    given = made.rich().diagnosis
    figures = {
        code: replace(f, gross=True) if code.startswith("margin") else f for code, f in given.figures.items()
    }
    codes = [figure.code for figure in headline.tiles(replace(given, figures=figures))]
    assert len(codes) == headline.TILES_SHOWN
    assert not [code for code in codes if code.startswith("margin")]


def test_goods_refunds_and_what_is_not_used_yet_are_no_leak():
    fall = falling(
        WaterfallPart("goods", 8_000), WaterfallPart("refund", 900), WaterfallPart("open", 500),
        WaterfallPart("payment_fee", 100), WaterfallPart("margin", 500),
    )  # fmt: skip
    dearest = headline.dearest_part(fall)
    assert dearest is not None
    assert dearest.code == "payment_fee"
