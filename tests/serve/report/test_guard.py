"""What the report says of the guard: each case once, in every file; nothing is claimed that came too late."""

import json
from dataclasses import replace
from datetime import date

import pytest
from html_pages import read
from openpyxl import load_workbook

from huoshui.core.watch import Action, Evidence, ReturnReading, Undo
from huoshui.flow.guarding.values import GuardedPast, GuardTold
from huoshui.serve.report import summary_lines, write_report
from huoshui.serve.report.guard import of_finding
from huoshui.serve.report.page import page
from huoshui.serve.report.speech import Speech

LAST = date(2026, 10, 19)
LOWERED, PAUSED = date(2026, 8, 21), date(2026, 9, 3)
RAW = ReturnReading("known", "attributed", 1.27, 1.04, 1.51, 812, 0, None)


def step(kind, day, share, reason="below_bar"):
    undo = Undo(True, 1.0, 0.0)
    return Action(kind, "C", day, 1.0, share, 0.0, reason, (), Evidence(), undo, "watch", "quarter")


def past(campaign_id, *, actions=(), split="agrees", rung="watch", withheld=0, last=LAST, raw=None, **told):
    first = {kind: next((a.day for a in actions if a.kind == kind), None) for kind in ("lower", "pause")}
    guard = GuardTold(
        rung=rung,
        share=1.0,
        actions=tuple(actions),
        evidence=Evidence(e_est=told.get("e", 2.5)),
        paused_on=first["pause"],
        lowered_on=first["lower"],
        after_lower_fen=0,
        judged=told.get("judged", 4_352),
        waiting=told.get("waiting", 7),
        days=(),
    )
    return GuardedPast(campaign_id, split, raw, last, 20.0, withheld, guard)


@pytest.fixture(scope="module")
def given(made):
    down = [step("lower", LOWERED, 0.25), step("pause", PAUSED, 0.0)]
    return replace(
        made.rich(),
        guarded=(
            past("C-ALL", actions=down, rung="paused", withheld=794_300),
            past("C-SMS", actions=down[:1], rung="watch", withheld=12_000),
            past("C-DOSE", actions=down, rung="paused", last=date(2026, 8, 9), withheld=0),
            past("C-NEW", split="broken", actions=down, withheld=5),
            past("C-VIP", split="untold", raw=RAW),
            past("C-BACK", judged=0, waiting=31),
            past("C-WKND"),
        ),
    )


@pytest.fixture(scope="module")
def texts(given):
    return {language: read(page(given, language)).text for language in ("zh", "en")}


def test_each_campaign_has_its_own_sentence(texts):
    zh, en = texts["zh"], texts["en"]
    assert (
        "2026-08-21 就会建议降到 25%(证据值过了 20), 2026-09-03 建议暂停。这期间会少发 7,943 元 (估算)" in zh
    )
    assert "现在: 看着。这期间会少发 120" in zh
    assert "证据在 2026-08-21 才够, 那时已经发完了" in zh
    assert "各组人数和抽签的概率对不上, 护栏的话不算数" in zh
    assert "按归因算, 到期 4,352 人, 每 1 元带来 1.27 (1.04–1.51)" in zh
    assert "还没有人走完窗口期 (等着 31 人)" in zh
    assert zh.count("到今天不会建议降: 证据值 2.5, 到 20 才降") == 2
    assert "on 2026-08-21 to lower to 25%" in en
    assert "on 2026-09-03 to pause" in en


def test_who_was_never_drawn_is_named_in_one_line(made, texts):
    assert f"“{made.DANGEROUS}”没有随机分过组" in texts["zh"]
    assert texts["zh"].count("没有随机分过组") == 1


def test_what_else_the_same_files_answer_is_said_where_users_were_drawn(made, texts):
    for command in ("huoshui learn", "huoshui evaluate", "huoshui plan"):
        assert command in texts["zh"]
        assert command in texts["en"]
    assert "huoshui learn" not in read(page(made.poor(), "zh")).text


def test_several_quiet_campaigns_are_one_sentence(given):
    quiet = tuple(past(code, e=e) for code, e in (("C-VIP", 0.5), ("C-BACK", 3.25), ("C-WKND", 1.0)))
    said = read(page(replace(given, guarded=quiet), "zh")).text
    assert said.count("到今天不会建议降") == 1
    assert "证据值最高 3.25" in said
    assert "到期 13,056 人" in said


def test_ten_lines_tell_it_where_money_would_have_been_kept(given):
    (said,) = [line for line in summary_lines(given, "zh") if line.startswith("若当时启用护栏")]
    assert said == "若当时启用护栏: 2026-08-21 起陆续建议降或停 2 个活动, 会少发 8,063 元 (估算)。"
    assert len(summary_lines(given, "zh")) == 10
    late = replace(given, guarded=given.guarded[2:])
    assert not [line for line in summary_lines(late, "zh") if "护栏" in line]


def test_only_the_finding_of_its_campaign_tells_the_day(given):
    speech = Speech("zh", "CNY")
    own = next(f for f in given.diagnosis.findings if f.code == "useless_campaign")
    finding = replace(own, facts=own.facts | {"campaign_id": "C-ALL"})
    assert "2026-08-21 就会建议少发或停发" in of_finding(finding, given, speech)
    for campaign in ("C-DOSE", "C-NEW", "C-WKND", None):
        silent = replace(own, facts=own.facts | {"campaign_id": campaign})
        assert of_finding(silent, given, speech) == ""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_workbook_and_figures_hold_every_campaign(tmp_path, given, language):
    files = write_report(given, tmp_path, language=language)
    codes = [one.campaign_id for one in given.guarded]
    sheet = load_workbook(files.workbook, read_only=True)[
        "若当时启用护栏" if language == "zh" else "Had the guard been on"
    ]
    rows = [row for row in sheet.iter_rows(values_only=True) if row[-1] in codes]
    assert [row[-1] for row in rows] == codes
    by_id = {row[-1]: row for row in rows}
    assert "2026-08-21" in by_id["C-ALL"]
    assert "2026-08-21" not in by_id["C-NEW"]
    assert 7_943 in by_id["C-ALL"]
    told = json.loads(files.figures.read_bytes())["guarded"]
    assert [one["campaign_id"] for one in told] == codes


def test_nothing_is_said_where_nobody_was_drawn_and_nothing_given(made):
    assert "护栏</" not in page(made.poor(), "zh").partition('id="campaigns"')[2].partition("</section>")[0]
