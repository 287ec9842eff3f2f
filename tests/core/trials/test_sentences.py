"""Every verdict and reason has its sentence in both languages, with its numbers in it."""

import re
from typing import get_args

import numpy as np
import pytest
from trial_arms import arm, even

from huoshui.core.trials.sentences import _REASONS, _VERDICTS, sentences
from huoshui.core.trials.sums import sums_of
from huoshui.core.trials.verdict import (
    Guardrail,
    Reason,
    ReasonCode,
    TrialRules,
    Verdict,
    VerdictState,
    judge,
)

NUMBERS = tuple(
    (name, 1_234.5)
    for name in (
        "value_est", "low_est", "high_est", "units", "least", "events", "planned", "spent_fen", "budget_fen",
        "arm", "off_units_est", "p_always", "p_value",
    )
)  # fmt: skip


@pytest.mark.parametrize("state", get_args(VerdictState))
def test_every_verdict_is_said(state: VerdictState) -> None:
    assert state in _VERDICTS
    (head,) = sentences(Verdict(state, (), days_left_est=3), "fen")
    assert re.search(r"[\u4e00-\u9fff]", head.zh)
    assert "{" not in head.zh + head.en


@pytest.mark.parametrize("code", get_args(ReasonCode))
def test_every_reason_is_said_whole(code: ReasonCode) -> None:
    assert code in _REASONS
    numbers = (*NUMBERS, ("name", "90 天毛利"))
    for unit in ("fen", "share", "count"):
        _, told = sentences(Verdict("waiting", (Reason(code, numbers),)), unit)
        assert re.search(r"[\u4e00-\u9fff]", told.zh)
        assert "{" not in told.zh + told.en


def test_days_left_and_money_are_said() -> None:
    rules = TrialRules(10_000)
    verdict = judge(
        arm(2_000, 590, seed=1), arm(2_000, 500, seed=2), even(4_000), rules, units_per_day_est=100.0
    )
    head, reason = sentences(verdict, "fen")
    assert head.zh == f"还差大约 {verdict.days_left_est} 天。"
    assert "0.90 元" in reason.zh
    assert "0.90 yuan" in reason.en
    unknown = judge(arm(2_000, 590, seed=1), arm(2_000, 500, seed=2), even(4_000), rules)
    assert "未知" in sentences(unknown, "fen")[0].zh


def test_a_share_is_said_in_points() -> None:
    yes = [sums_of((np.arange(20_000) % 1_000 < per_mille).astype(np.int64)) for per_mille in (120, 100)]
    verdict = judge(yes[0], yes[1], even(40_000), TrialRules(50_000))
    assert verdict.state == "ship"
    assert "2.00 个百分点" in sentences(verdict, "share")[1].zh


def test_a_harmed_guardrail_is_named() -> None:
    rail = Guardrail("90 天毛利", arm(2_000, 100, seed=3), arm(2_000, 500, seed=4))
    verdict = judge(
        arm(2_000, 590, seed=1), arm(2_000, 500, seed=2), even(4_000), TrialRules(10_000), guardrails=(rail,)
    )
    assert "90 天毛利" in sentences(verdict, "fen")[1].zh
