"""A verdict for each way that a trial can stand, in the order of asking, and never a number where nothing is read."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trial_arms import HALVES, arm, even

from huoshui.core.trials.sample_ratio import sample_ratio
from huoshui.core.trials.sums import Sums, sums_of
from huoshui.core.trials.verdict import Guardrail, TrialRules, Verdict, judge

RULES = TrialRules(units_planned=10_000)


def _judged(effect: float, units: int = 4_000, **more: object) -> Verdict:
    half = units // 2
    rules = more.pop("rules", RULES)
    return judge(
        arm(half, 500 + effect, seed=1),
        arm(half, 500, seed=2),
        even(units),
        rules,  # type: ignore[arg-type]
        units_per_day_est=100.0,
        **more,  # type: ignore[arg-type]
    )


def _codes(verdict: Verdict) -> list[str]:
    return [reason.code for reason in verdict.reasons]


def test_a_clear_gain_ships_and_a_clear_loss_is_rolled_back() -> None:
    ship, back = _judged(200), _judged(-200)
    assert (ship.state, _codes(ship)) == ("ship", ["gain_shown"])
    assert (back.state, _codes(back)) == ("roll_back", ["loss_shown"])
    assert ship.reading is not None
    assert back.reading is not None
    assert ship.reading.value_est == pytest.approx(200, abs=1)
    assert 0 < ship.reading.low_est < 200 < ship.reading.high_est
    assert ship.days_left_est is None


def test_that_buying_stops_is_seen_though_nobody_buys() -> None:
    nobody, some = sums_of(np.zeros(1_000, np.int64)), sums_of(np.array([0, 0, 0, 900] * 250))
    assert judge(nobody, some, even(2_000), TrialRules(2_000)).state == "roll_back"
    assert judge(some, nobody, even(2_000), TrialRules(2_000)).state == "ship"


def test_a_small_effect_waits_and_says_how_long() -> None:
    soon, late, never = _judged(90), _judged(60), _judged(5)
    for verdict in (soon, late, never):
        assert (verdict.state, _codes(verdict)) == ("waiting", ["not_decided_yet"])
        assert verdict.days_left_most == 60
    # closed: decided where 2.2414 x spread x sqrt(4 x planned) / units reaches the effect, at 100 a day.
    for verdict, effect in ((soon, 90), (late, 60)):
        needed = 2.2414 * 1_000 * np.sqrt(4 * 10_000) / effect
        assert verdict.days_left_est == pytest.approx(min(60, (needed - 4_000) / 100), abs=2)
    assert never.days_left_est == 60
    assert soon.chance_est is not None
    assert never.chance_est is not None
    assert soon.chance_est > 0.8 > 0.3 > never.chance_est > 0.02


def test_the_chance_of_an_answer_is_that_of_trials_gone_on() -> None:
    """From what is known at 40 of 100, 20,000 trials are drawn on to their end."""
    verdict = _judged(60)
    assert verdict.reading is not None
    now = verdict.reading.value_est / verdict.reading.error_est
    rng = np.random.default_rng(9)
    steps, left = 300, 10_000 / 4_000 - 1
    drift = now + rng.normal(size=(20_000, 1))
    noise = rng.normal(size=(20_000, steps)) * np.sqrt(left / steps)
    path = now + (drift * left / steps + noise).cumsum(axis=1)
    answered = (np.abs(path) > 2.2414 * np.sqrt(2.5)).any(axis=1).mean()
    assert verdict.chance_est == pytest.approx(answered, abs=0.02)


def test_a_test_for_one_look_says_nothing_before_its_end() -> None:
    rules = TrialRules(10_000, boundary="fixed")
    early = _judged(900, rules=rules)
    assert (early.state, early.days_left_est) == ("waiting", 60)
    assert early.chance_est == pytest.approx(1.0)
    assert _judged(60, 10_000, rules=rules).state == "ship"


def test_without_a_rate_of_arrival_no_days_are_told() -> None:
    verdict = judge(arm(2_000, 560, seed=1), arm(2_000, 500, seed=2), even(4_000), RULES)
    assert (verdict.state, verdict.days_left_est, verdict.days_left_most) == ("waiting", None, None)


def test_at_the_planned_end_or_out_of_budget_it_is_inconclusive() -> None:
    assert _codes(_judged(10, 10_000)) == ["units_reached"]
    spent = _judged(10, rules=TrialRules(10_000, budget_fen=5_000), spent_fen=5_000)
    assert (spent.state, _codes(spent)) == ("inconclusive", ["budget_spent"])
    assert _judged(10, rules=TrialRules(10_000, budget_fen=5_000), spent_fen=4_999).state == "waiting"
    assert _judged(200, 10_000).state == "ship", "what is shown at the end is shown"


def test_arms_of_the_wrong_size_are_unhealthy_and_nothing_is_read() -> None:
    broken = sample_ratio((6_000, 5_000), HALVES)
    verdict = judge(arm(2_000, 9_000, seed=1), arm(2_000, 500, seed=2), broken, RULES)
    assert (verdict.state, _codes(verdict)) == ("unhealthy", ["arm_sizes"])
    assert verdict.reading is None
    assert dict(verdict.reasons[0].numbers)["off_units_est"] == 500.0


@pytest.mark.parametrize(
    ("treated", "control", "code"),
    [
        (Sums(), Sums(), "too_few_units"),
        (arm(29, 900), arm(500, 1), "too_few_units"),
        (sums_of(np.array([9] * 19 + [0] * 500)), sums_of(np.array([9] * 20 + [0] * 499)), "too_few_events"),
        (sums_of(np.array([7] * 50)), sums_of(np.array([7] * 50)), "no_spread"),
    ],
)
def test_too_little_is_no_data(treated: Sums, control: Sums, code: str) -> None:
    verdict = judge(treated, control, even(1_000), RULES)
    assert (verdict.state, _codes(verdict), verdict.reading) == ("no_data", [code], None)
    ended = judge(treated, control, even(1_000), TrialRules(10_000, budget_fen=1), spent_fen=1)
    assert (ended.state, _codes(ended)) == ("inconclusive", [code, "budget_spent"])


def test_the_line_moves_what_is_a_gain() -> None:
    assert _judged(200, rules=TrialRules(10_000, line_est=-50.0)).state == "ship"
    assert _judged(200, rules=TrialRules(10_000, line_est=180.0)).state == "waiting"
    assert _judged(200, rules=TrialRules(10_000, line_est=400.0)).state == "roll_back"


def test_a_harmed_guardrail_rolls_a_gain_back() -> None:
    rail = Guardrail("90 days", arm(2_000, 300, seed=3), arm(2_000, 500, seed=4))
    verdict = _judged(300, guardrails=(rail,))
    assert (verdict.state, _codes(verdict)) == ("roll_back", ["guardrail_harmed"])
    assert verdict.guardrails[0][0] == "90 days"
    borne = Guardrail("90 days", arm(2_000, 300, seed=3), arm(2_000, 500, seed=4), margin_est=300.0)
    assert _judged(300, guardrails=(borne,)).state == "ship"


def test_an_open_guardrail_is_named_and_holds_a_ship_only_if_it_must_be_safe() -> None:
    open_rail = Guardrail("90 days", arm(2_000, 490, seed=3), arm(2_000, 500, seed=4))
    verdict = _judged(300, guardrails=(open_rail,))
    assert (verdict.state, _codes(verdict)) == ("ship", ["gain_shown", "guardrail_open"])
    strict = Guardrail("90 days", arm(2_000, 490, seed=3), arm(2_000, 500, seed=4), must_be_safe=True)
    assert _judged(300, guardrails=(strict,)).state == "waiting"
    unread = Guardrail("90 days", Sums(), Sums(), must_be_safe=True)
    assert _judged(300, guardrails=(unread,)).state == "waiting"


@settings(max_examples=30)
@given(st.integers(-400, 400), st.integers(100, 3_000))
def test_arms_exchanged_mirror_the_verdict(effect: int, half: int) -> None:
    one, other = arm(half, 500 + effect, seed=1), arm(half, 500, seed=2)
    there, back = (judge(*pair, even(2 * half), RULES) for pair in ((one, other), (other, one)))
    mirror = {"ship": "roll_back", "roll_back": "ship"}
    assert back.state == mirror.get(there.state, there.state)
    assert there.reading is not None
    assert back.reading is not None
    assert there.reading.low_est == pytest.approx(-back.reading.high_est)


def test_arms_share_the_chance_of_an_error() -> None:
    one = _judged(150)
    three = judge(
        arm(2_000, 650, seed=1),
        arm(2_000, 500, seed=2),
        even(4_000),
        TrialRules(20_000, arms=4),
        units_all=8_000,
    )
    assert one.reading is not None
    assert three.reading is not None
    assert three.reading.factor_est > one.reading.factor_est


@pytest.mark.parametrize("boundary", ["closed", "open"])
def test_trials_of_nothing_end_wrongly_as_seldom_as_told(boundary: str) -> None:
    """200 trials, judged after each of 10 days: the product's own path from rows to verdict."""
    rng, wrong = np.random.default_rng(6), 0
    rules = TrialRules(2_000, boundary=boundary)  # type: ignore[arg-type]
    for _ in range(200):
        treated, control, decided = Sums(), Sums(), False
        for day in range(1, 11):
            bought = np.where(rng.random(200) < 0.3, rng.integers(100, 5_000, 200), 0)
            treated, control = treated + sums_of(bought[:100]), control + sums_of(bought[100:])
            verdict = judge(treated, control, even(200 * day), rules)
            decided |= verdict.state in ("ship", "roll_back")
        wrong += decided
    assert wrong <= 200 * 0.05 + 2.6 * np.sqrt(200 * 0.05 * 0.95)


def test_rules_without_sense_are_errors() -> None:
    for planned, arms, alpha in ((10, 2, 0.05), (1_000, 1, 0.05), (1_000, 2, 0.0)):
        with pytest.raises(ValueError):
            TrialRules(planned, arms=arms, alpha=alpha)
