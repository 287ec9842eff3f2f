"""Breakers: each trips on its own bound, says its numbers, and says unknown where it was told nothing."""

from dataclasses import replace

import numpy as np
import pytest

from huoshui.core.watch import BreakerLimits, DayBooks, breaches, read_breakers, within_user_cap

LIMITS = BreakerLimits(daily_cap_fen=1_000)
CALM = DayBooks(
    committed_fen=(100,) * 7,
    planned_fen=(100,) * 7,
    ledger_findings=0,
    granted=100,
    risky=2,
    risky_usual_est=0.02,
    values_late_days=0,
)


def tripped(**changes):
    return {breach.code: breach.share for breach in breaches(read_breakers(replace(CALM, **changes), LIMITS))}


def test_a_calm_day_trips_nothing_and_every_breaker_answers():
    readings = read_breakers(CALM, LIMITS)
    assert [reading.state for reading in readings] == ["quiet"] * 5
    assert all(reading.numbers and reading.share == 1.0 for reading in readings)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"committed_fen": (100,) * 6 + (1_000,), "planned_fen": (900,) * 7}, {"daily_cap": 0.0}),
        ({"committed_fen": (100,) * 6 + (999,), "planned_fen": (900,) * 7}, {}),
        ({"ledger_findings": 1}, {"ledger_imbalance": 0.0}),
        ({"committed_fen": (130,) * 7}, {"burn_above_plan": 0.5}),
        ({"committed_fen": (100,) * 6 + (300,)}, {"burn_above_plan": 0.5}),
        ({"committed_fen": (100,) * 6 + (200,)}, {}),
        ({"committed_fen": (140,) * 6 + (100,)}, {}),
        ({"planned_fen": (0,) * 7}, {"burn_above_plan": 0.5}),
        ({"risky": 10}, {"risk_spike": 0.5}),
        ({"risky": 9, "granted": 100}, {}),
        ({"risky": 12, "granted": 300, "risky_usual_est": 0.001}, {}),
        ({"risky": 12, "risky_usual_est": 0.05}, {}),
        ({"values_late_days": 6}, {}),
        ({"values_late_days": 7}, {"no_values": 0.5}),
        ({"values_late_days": None}, {"no_values": 0.5}),
    ],
)
def test_each_breaker_trips_on_its_own_bound(changes, expected):
    assert tripped(**changes) == expected


def test_what_was_not_told_is_unknown_and_not_quiet():
    readings = read_breakers(DayBooks(values_late_days=0), BreakerLimits())
    assert {reading.code: (reading.state, reading.reason) for reading in readings} == {
        "daily_cap": ("unknown", "not_set"),
        "ledger_imbalance": ("unknown", "not_told"),
        "burn_above_plan": ("unknown", "not_told"),
        "risk_spike": ("unknown", "not_told"),
        "no_values": ("quiet", ""),
    }
    few = read_breakers(replace(CALM, committed_fen=(100,) * 6), LIMITS)
    assert [r.reason for r in few if r.code == "burn_above_plan"] == ["too_few_days"]


def test_the_cap_of_a_user_is_asked_before_each_grant():
    granted = np.array([0, 400, 500, 501])
    assert within_user_cap(granted, 500, cap_fen=1_000).tolist() == [True, True, True, False]
