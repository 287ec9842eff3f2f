"""Findings in words: full with all facts, shorter without, never with a hole in them."""

from dataclasses import replace
from typing import get_args

import pytest

from huoshui.core.costs.values import Finding, FindingCode
from huoshui.serve.report import findings
from huoshui.serve.report.speech import Speech
from huoshui.serve.texts import FINDINGS

FACTS: dict[str, str | int | float | None] = {
    "name": "周三返现",
    "return_est": -0.42,
    "layer": 2,
    "rate_est": 0.115,
    "benchmark_est": 0.04,
    "all_est": 0.06,
    "users": 12,
    "orders": 1_300,
    "grants": 73,
    "payment_channel": "聚合",
    "cheapest": "直连",
    "amount_fen": 1_000,
    "expired_fen": 120_000,
    "share_est": 0.2,
    "source": "agent",
    "control_users": 410,
    "days": 14,
}
LANGUAGES = ("zh", "en")


@pytest.mark.parametrize("code", get_args(FindingCode))
@pytest.mark.parametrize("language", LANGUAGES)
def test_facts_fill_the_sentence_and_their_lack_shortens_it(code, language):
    speech = Speech(language)
    full = Finding(code, 120_000, "measured", None, FACTS)
    bare = Finding(code, 120_000, "measured", None, {})
    for say in (findings.title, findings.action, findings.why, findings.saving):
        for finding in (full, bare):
            said = say(finding, speech)
            assert said.strip()
            assert not set("{}") & set(said)
            assert "None" not in said
    assert findings.title(bare, speech) == speech.word(FINDINGS[code].title_plain)


def test_facts_are_said_in_their_unit():
    zh = Speech("zh")

    def title(code, **facts):
        return findings.title(Finding(code, 1, "measured", None, facts), zh)

    assert (
        title("leak_layer", layer=2, rate_est=0.115, benchmark_est=0.04)
        == "二级代理拿走订单额的 11.5%, 比基准 4.0% 高"
    )
    assert (
        title("flat_amount", name="试探", amount_fen=1_000) == "活动「试探」面额超过 10 元之后, 多给也不多买"
    )
    assert (
        title("negative_campaign", name="短信", return_est=-0.42)
        == "活动「短信」在帮倒忙: 每花 1 元, 毛利反而少 0.42 元"
    )
    assert title("thin_margin_source", source="agent", rate_est=-0.0207, all_est=0.0413) == (
        "来源「代理」的毛利率只有 -2.07%, 整体是 4.1%"
    )
    assert title("dear_channel", payment_channel="乙", cheapest="直连", rate_est=0.0249).startswith(
        "支付通道「乙」费率 2.49%"
    )


def test_a_gain_is_never_called_a_loss():
    finding = Finding("negative_campaign", 1, "measured", None, {"name": "x", "return_est": 0.3})
    assert findings.title(finding, Speech("zh")) == FINDINGS["negative_campaign"].title_plain.zh


def test_what_has_no_price_is_not_called_a_saving():
    finding = Finding("no_control", 0, "missing", None, {})
    assert findings.saving(finding, Speech("zh")) == "值不值, 试了才知道"


def untested(made, *, users: int, campaigns: int):
    given = made.rich().diagnosis
    base = next(f for f in given.findings if f.code == "no_control")
    found = tuple(
        replace(base, facts={**base.facts, "campaign_id": f"C{k}", "name": f"活动{k}"})
        for k in range(campaigns)
    )
    tests = tuple(replace(given.small_tests[0], campaign_id=f"C{k}") for k in range(campaigns))
    return replace(given, findings=found, small_tests=tests, scope=replace(given.scope, users=users))


def test_many_campaigns_nobody_can_judge_are_one_finding_that_lists_them(made):
    told = findings.ranked(untested(made, users=20_000, campaigns=27))
    assert len(told) == 1
    assert findings.title(told[0], Speech("zh")) == FINDINGS["no_control"].title_plain.zh
    assert told[0].rows is not None
    assert [row[1] for row in told[0].rows.rows] == [f"活动{k}" for k in range(27)]


def test_a_test_that_needs_more_users_than_there_are_is_not_proposed(made):
    assert "1,200 人" in findings.action(
        findings.ranked(untested(made, users=2_400, campaigns=1))[0], Speech("zh")
    )
    few = untested(made, users=2_399, campaigns=1)
    assert findings.small_tests(few) == ()
    assert findings.action(findings.ranked(few)[0], Speech("zh")) == FINDINGS["no_control"].action_plain.zh


def test_findings_keep_their_order_and_the_unpriced_come_last(made):
    told = findings.ranked(made.rich().diagnosis)
    amounts = [finding.fen_per_month for finding in told]
    assert amounts == sorted(amounts, reverse=True)
    assert told[-1].code == "no_control"
