"""The plan's page as text: the answer is first and true, nothing of the data can act, every link leads somewhere."""

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest
from html_pages import read
from hypothesis import given
from hypothesis import strategies as st

from huoshui.base.errors import Text
from huoshui.core.allocate.plan_values import Baseline
from huoshui.serve.plan_page import plan_lines, plan_page
from huoshui.serve.plan_page.headline import beside_sentence, headline, money
from huoshui.serve.plan_page.speech import speech_of
from huoshui.serve.report.speech import Speech
from huoshui.serve.texts import PLAN_DEFINITIONS

NAMES = ("saving", "tight", "nothing")
LANGUAGES = ("zh", "en")
ZH, EN = Speech("zh"), Speech("en")


@pytest.fixture(scope="module")
def pages(made) -> dict[tuple[str, str], str]:
    return {(name, lang): plan_page(getattr(made, name)(), lang) for name in NAMES for lang in LANGUAGES}


def test_only_our_two_scripts_may_run_and_nothing_is_fetched(pages):
    for html in pages.values():
        found = read(html)
        policy = next(
            a["content"] for _, a in found.elements if a.get("http-equiv") == "Content-Security-Policy"
        )
        allowed = set(re.findall(r"'sha256-([^']+)'", policy))
        acting = [text for attributes, text in found.scripts if attributes.get("type") != "application/json"]
        assert len(acting) == 2
        assert {base64.b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in acting} == allowed
        assert found.attributes("src") == []
        assert all(str(link).startswith("#") for link in found.attributes("href"))


def test_a_campaign_called_script_with_braces_is_harmless(pages, made):
    for language in LANGUAGES:
        assert "<script>alert" not in pages["saving", language]
        assert made.DANGEROUS in read(pages["saving", language]).text


def test_a_rule_and_a_reason_with_braces_stand_as_they_are(made):
    given = made.saving()
    rule = replace(given.plan.rules[1], words=Text("{活动} 最多 3 万", "{campaign} at most"))
    user = replace(given.plan.checked[0], reason=Text("因为 {x}", "for {x}"))
    note = Text("假定 {y}", "assumes {y}")
    plan = replace(given.plan, rules=(rule,), checked=(user,), notes=(note,))
    text = read(plan_page(replace(given, plan=plan), "zh")).text
    assert "{活动} 最多 3 万" in text
    assert "因为 {x}" in text
    assert "假定 {y}" in text


def test_every_link_leads_somewhere_and_no_id_stands_twice(pages):
    for html in pages.values():
        found = read(html)
        ids = found.attributes("id")
        assert len(ids) == len(set(ids))
        assert {str(link)[1:] for link in found.attributes("href")} <= set(ids)
        assert set(found.attributes("data-chart")) <= set(ids)


def test_every_term_of_ours_is_explained_on_the_page(pages):
    for html in pages.values():
        assert {f"word-{code}" for code in PLAN_DEFINITIONS} <= set(read(html).attributes("id"))


def test_the_answer_is_money_to_spend_and_money_to_keep(made):
    plan = made.saving().plan
    assert (
        headline(plan, ZH).plain(ZH) == "20 万元里花 18.3 万元, 1.7 万元留着; 再发出去, 每 1 元带不回 1 元。"
    )
    assert plan.unspent_fen + plan.spent_fen == plan.offers_fen
    asked = replace(plan, edge_est=1.25, price_est=1.25)
    assert headline(asked, ZH).plain(ZH).endswith("每 1 元带不回 1.25 元。")


def test_a_pot_that_is_used_up_says_what_the_next_yuan_would_bring(made):
    plan = made.tight().plan
    turnover = speech_of(plan, "zh")
    assert (
        headline(plan, turnover).plain(turnover) == "20 万元都有去处; 再多投 1 元, 预计多带来成交额 1.36 元。"
    )
    real = replace(plan, scope=replace(plan.scope, gross=False))
    assert "多赚毛利 1.36 元" in headline(real, ZH).plain(ZH)


def test_a_rest_too_small_for_any_reward_is_no_decision_to_keep(made):
    plan = made.saving().plan
    few = replace(plan, unspent_fen=plan.budget_fen // 10_000)
    assert "留着" not in headline(few, ZH).plain(ZH)


def test_a_small_rest_is_told_to_the_yuan(made):
    plan = replace(made.saving().plan, budget_fen=3_000_000, unspent_fen=31_800)
    assert headline(plan, ZH).plain(ZH).startswith("3 万元里花 29,682 元, 318 元留着;")


def test_a_pot_that_rules_eat_up_says_so(made):
    plan = replace(made.saving().plan, offers_fen=0, unspent_fen=0, spent_fen=0, price_est=2.87)
    assert headline(plan, ZH).plain(ZH).startswith("20 万元都被按规则一定要给的占了")
    assert "2.87 元" in headline(plan, ZH).plain(ZH)


def test_what_keeps_money_is_judged_by_what_is_earned(made):
    plan = made.saving().plan
    way = Baseline("first_come", 9, 9, plan.spent_fen * 9, plan.promise.value_est + plan.spent_fen * 7)
    said = beside_sentence(replace(plan, baselines=(way,)), ZH)
    assert said is not None
    assert said.code == "plan.beside"
    assert "先到先得净亏" in said.plain(ZH)


def test_without_data_it_says_so_and_leads_to_the_small_test(pages):
    text = read(pages["nothing", "zh"]).text
    assert "20 万元先都留着; 现在的数据说不出发给谁划算。" in text
    assert "随机挑 2,400 人, 一半照发、一半不发, 看 14 天, 大约花 9,600 元" in text
    assert "归因回报是 3.40, 但它分不出谁本来就会买" in text
    assert "净赚 " not in text


def test_without_money_or_without_campaigns_left_it_says_just_that(made):
    plan = made.saving().plan
    broke = replace(plan, budget_fen=0, offers_fen=0, unspent_fen=0, spent_fen=0, price_est=4.7)
    assert headline(broke, ZH).plain(ZH) == "没有钱可发; 要是有 1 元, 预计多赚毛利 4.70 元。"
    scope = replace(plan.scope, users_with_level=0, users_allowed=0)
    barred = replace(plan, scope=scope, unspent_fen=plan.budget_fen)
    assert "没有一个用户可以发" in headline(barred, ZH).plain(ZH)
    given = made.nothing().plan
    out = replace(given, campaigns=tuple(replace(c, status="excluded") for c in given.campaigns))
    assert headline(out, ZH).plain(ZH) == "20 万元先都留着; 您的规则没有留下能用的活动。"


def test_how_a_limit_comes_about_stands_with_its_rule(made):
    given = made.saving()
    rules = tuple(replace(rule, why=Text("剩下的按天摊 {x}。", "by days {x}.")) for rule in given.plan.rules)
    text = read(plan_page(replace(given, plan=replace(given.plan, rules=rules)), "zh")).text
    assert "预计多赚 0.34 元。剩下的按天摊 {x}。" in text


def test_where_nothing_pays_it_does_not_blame_the_data(made):
    plan = made.saving().plan
    none = replace(plan, scope=replace(plan.scope, users_with_level=0), unspent_fen=plan.budget_fen)
    assert headline(none, ZH).plain(ZH) == "20 万元先都留着; 随便发给谁, 每 1 元都带不回 1 元。"


def test_without_cost_of_goods_no_profit_is_told(pages):
    text = read(pages["tight", "zh"]).text
    assert "多带来成交额" in text
    assert "说不出利润" in text
    assert "这份计划比它多" in text
    assert "成交额口径, 不是利润" in text
    said = text.rpartition("这些词是什么意思")[0]
    for promise in ("净赚", "多赚毛利", "预计多赚"):
        assert promise not in said, promise
    english = read(pages["tight", "en"]).text
    assert "not profit" in english
    assert " is earned" not in english


def test_where_cost_of_goods_is_known_gain_is_called_margin(pages):
    text = read(pages["saving", "zh"]).text.rpartition("这些词是什么意思")[0]
    assert "预计多赚毛利" in text
    assert "成交额" not in text


def test_an_amount_that_hardly_anybody_was_given_has_no_figure(made):
    given = made.saving()
    campaign = given.plan.campaigns[0]
    curve = campaign.curves[0]
    odd = replace(curve.points[2], value_est=777_777.0, low_est=-888_888.0, high_est=999_999.0, users=0)
    for n, told in ((4, False), (5, True)):
        points = (*curve.points[:2], replace(odd, n=n))
        curves = (replace(curve, points=points), *campaign.curves[1:])
        plan = replace(given.plan, campaigns=(replace(campaign, curves=curves), *given.plan.campaigns[1:]))
        html = plan_page(replace(given, plan=plan), "zh")
        assert ("7,777.77" in html) == told
        assert ("9999.99" in html) == told
        assert ("数据不够" in html) != told
    used = replace(odd, n=1, users=3)
    assert used.known


def test_a_figure_from_a_part_of_the_users_says_so(made):
    given = made.saving()
    for sampled in (None, 60_000):
        text = read(plan_page(replace(given, plan=replace(given.plan, sampled_users=sampled)), "zh")).text
        assert text.count("按随机取的约 60,000 人算出来") == (2 if sampled else 0)


def test_no_explorer_is_told_why(made):
    plan = made.saving().plan
    none = tuple(replace(r, users=0, fen=0) if r.code == "exploration" else r for r in plan.reserves)
    text = read(plan_page(replace(made.saving(), plan=replace(plan, reserves=none)), "zh")).text
    assert "这次没有人探索" in text


def test_a_plan_that_is_no_better_says_so(made):
    plan = made.saving().plan
    way = Baseline("first_come", 100, 1000, plan.spent_fen, plan.promise.value_est * 1.01)
    said = beside_sentence(replace(plan, baselines=(way,)), ZH)
    assert said is not None
    assert "见下面" in said.plain(ZH)
    free = replace(plan, baselines=(way,), rules=())
    said = beside_sentence(free, ZH)
    assert said is not None
    assert "先别换发法" in said.plain(ZH)


def test_a_plan_that_loses_money_says_so(made):
    given = made.saving()
    promise = replace(given.plan.promise, value_est=given.plan.spent_fen / 2)
    text = "\n".join(plan_lines(replace(given, plan=replace(given.plan, promise=promise)), "zh"))
    assert "净亏" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_ten_lines_at_most_and_simulated_first(made, name, language):
    given = getattr(made, name)()
    lines = plan_lines(given, language)
    assert 3 <= len(lines) <= 10
    assert all(lines)
    assert (("模拟数据" in lines[0]) or ("SIMULATED" in lines[0])) == given.plan.scope.simulated


def test_simulated_data_is_labelled(pages):
    for language, word in (("zh", "模拟数据"), ("en", "Simulated data")):
        assert read(pages["saving", language]).text.count(word) >= 2
        assert "@top-center" in pages["saving", language]
        assert "@top-center" not in pages["tight", language]


def test_each_rule_says_what_it_costs_and_one_that_does_not_bind_is_free(pages):
    text = read(pages["saving", "zh"]).text
    assert "这条规则要花掉 5,800 元。 做到 3 万元, 下限 3 万元。松 1 元, 预计多赚 0.34 元。" in text
    assert "另有 1 条规则没碰到, 不花钱: 平均回报不低于 1.20。" in text
    assert text.index("新客至少 3 万元") < text.index("老客回馈最多花 8 万元")


def test_the_parts_of_the_pot_add_up(made):
    plan = made.saving().plan
    others = sum(line.fen for line in plan.reserves if line.code != "offers")
    assert plan.spent_fen + plan.unspent_fen + others == plan.budget_fen


def test_people_to_check_carry_their_answers_data(pages, made):
    found = read(pages["saving", "zh"])
    block = next(text for attributes, text in found.scripts if attributes.get("id") == "check-data")
    data = json.loads(block)
    assert len(data["rows"]) == len(made.saving().plan.checked) == 20
    assert data["rows"][0][0] == made.FORMULA_USER
    assert data["rows"][3] == ["SIM-U00003", "low_frequency", "", "0.00"]
    radios = [a for tag, a in found.elements if tag == "input" and a.get("type") == "radio"]
    assert len(radios) == 40


@given(fen=st.integers(min_value=-(10**12), max_value=10**12))
def test_money_loses_only_a_tenth_that_is_none(fen):
    for speech in (ZH, EN):
        said, plain = money(fen, speech), speech.amount(fen)
        assert said == plain or plain.replace(".0", "", 1) == said or plain.replace(".00", "", 1) == said


def test_a_rest_above_the_edge_is_none_that_nobody_is_worth(made):
    """Rules may leave money though the next yuan would pay: then that is what is told."""
    plan = replace(made.saving().plan, price_est=1.36)
    assert "再多投 1 元, 预计多赚毛利 1.36 元" in headline(plan, ZH).plain(ZH)
