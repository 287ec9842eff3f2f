"""Every action says in both languages what changes, why and what leads back; money in yuan, no placeholder left."""

import re
from dataclasses import replace
from datetime import date
from typing import get_args

import pytest

from huoshui.core.watch import (
    Breach,
    DayFacts,
    Evidence,
    GuardTerms,
    Ladder,
    LadderRules,
    Order,
    guard_day,
    new_guard,
    sentence_of,
    step,
)
from huoshui.core.watch.margins import Guardrail, MarginGap
from huoshui.core.watch.sentences import LIMITS, REASONS
from huoshui.core.watch.values import BreakerCode, ReasonCode
from huoshui.core.watch.young import YoungSignal

DAY = date(2026, 11, 1)
TERMS = GuardTerms("c", 1.0, 3_000, rules=LadderRules(loss_fen_max=123_456))
SIZE = {"cohorts": 9, "users": 800}
BREACHES = {
    "daily_cap": (("committed_fen", 100_000), ("daily_cap_fen", 99_900)),
    "ledger_imbalance": (("ledger_findings", 2),),
    "burn_above_plan": (
        ("long_days", 7), ("long_fen", 9), ("long_planned_fen", 7),
        ("short_days", 1), ("short_fen", 3), ("short_planned_fen", 1),
    ),
    "risk_spike": (("risky", 12), ("granted", 90), ("risky_usual_est", 0.02)),
    "no_values": (("late_days", 9),),
}  # fmt: skip


def actions_of(evidence, ladder=None, order=None):
    return step(ladder or Ladder(), evidence, DAY, TERMS, order)[1]


def every_action():
    yield from actions_of(Evidence(e_est=33.0, **SIZE))
    yield from actions_of(Evidence(e_est=333.0, basis="incremental", **SIZE))
    yield from actions_of(Evidence(drifted=True, since_drift_e_est=2.0, **SIZE))
    yield from actions_of(Evidence(since_drift_e_est=200.0, **SIZE))
    rule = replace(TERMS, entitlement=True)
    yield from step(Ladder(), Evidence(e_est=33.0, gross=True, **SIZE), DAY, rule)[1]
    yield from actions_of(Evidence(**SIZE), Ladder(rung="slower", stepped_on=date(2026, 1, 1)))
    yield from actions_of(Evidence(loss_fen=123_456))
    yield from actions_of(Evidence(), order=Order("pause", "boss"))
    yield from actions_of(Evidence(), Ladder(rung="paused"), Order("resume", "boss"))
    for code, numbers in BREACHES.items():
        limited, (on,) = step(Ladder(), Evidence(breaches=(Breach(code, 0.0, numbers),)), DAY, TERMS)
        yield on
        yield from actions_of(Evidence(), limited)
        yield from actions_of(Evidence(), limited, Order("undo", "boss", action=on))
    yield from actions_of(Evidence(values_late_days=None))
    yield from actions_of(Evidence(), Ladder(frozen=True))
    young = YoungSignal("slow", "", return_est=0.6, z_est=-2.7, users=400, cohorts=5)
    for part in ("harm", "pulled_forward"):
        gaps = (
            MarginGap(90, "whole", "known", -210.0, -300.0, -100.0, 900, 300),
            MarginGap(90, "after", "known", -410.0, -500.0, -100.0, 900, 300),
        )
        facts = DayFacts((), DAY, young=young, guardrail=Guardrail(part, 90, gaps))
        yield from guard_day(new_guard(), facts, DAY, TERMS)[1]


ACTIONS = list(every_action())


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: f"{action.kind}-{action.reason}")
def test_an_action_says_what_why_and_the_way_back(action):
    text = sentence_of(action)
    assert not re.search(r"[{}]", text.zh + text.en)
    assert re.search(r"[\u4e00-\u9fff]", text.zh)
    assert not re.search(r"[\u4e00-\u9fff]", text.en)
    if action.undo.needed:
        assert f"{action.undo.share:.0%}" in text.zh
        assert f"{action.undo.share:.0%}" in text.en


def test_every_reason_and_breaker_has_its_words_and_is_said_here():
    assert set(REASONS) == set(get_args(ReasonCode)) == {action.reason for action in ACTIONS}
    assert set(LIMITS) == set(get_args(BreakerCode))


def test_money_is_said_in_yuan_to_the_fen():
    (pause,) = actions_of(Evidence(loss_fen=123_456))
    assert "1,234.56" in sentence_of(pause).zh or "1234.56" in sentence_of(pause).zh


def test_attributed_evidence_is_called_so():
    raw, drawn = (
        actions_of(Evidence(e_est=33.0, basis=basis, **SIZE))[0] for basis in ("attributed", "incremental")
    )
    assert "没有对照组" in sentence_of(raw).zh
    assert "Against a control" in sentence_of(drawn).en


def test_turnover_is_never_called_profit():
    for gross in (True, False):
        (action,) = actions_of(Evidence(e_est=33.0, gross=gross, **SIZE))
        assert ("成交额口径, 不是利润" in sentence_of(action).zh) == gross
