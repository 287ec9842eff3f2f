"""The guard over months: it finds what is bad, bears chance, waits for values, and tells the same however it is cut."""

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shop_days import FIRST, TERMS, cohorts

from huoshui.core.watch import (
    Breach,
    DayFacts,
    Guardrail,
    GuardState,
    Order,
    YoungSignal,
    action_record,
    guard_day,
    new_guard,
    state_of,
    state_record,
)

W = TERMS.window_days
SLOW = YoungSignal("slow", "", return_est=0.6, z_est=-2.7, users=400, cohorts=5)


def judged_on(cohort):
    """The morning after its window closed."""
    return cohort.day + timedelta(days=W + 1)


def run(days, state=None, terms=TERMS, orders=None):
    state, actions = state or new_guard(), []
    for cohort in days:
        day = judged_on(cohort)
        facts = DayFacts((cohort,), day - timedelta(days=1), order=(orders or {}).get(day))
        state, more = guard_day(state, facts, day, terms)
        actions += more
    return state, actions


def test_a_bad_campaign_is_lowered_and_then_paused():
    days = cohorts(1, [0.5] * 25)
    _, actions = run(days)
    assert [action.rung_after for action in actions] == ["quarter", "paused"]
    assert [action.reason for action in actions] == ["below_bar", "surely_below_bar"]
    assert actions[0].evidence.basis == "attributed"
    assert dict(actions[0].numbers)["e_est"] >= 20
    assert (actions[0].day - judged_on(days[0])).days < 12


def test_an_action_can_be_written_down_whole():
    _, actions = run(cohorts(1, [0.5] * 25))
    told = json.loads(json.dumps(action_record(actions[0])))
    assert told["day"] == actions[0].day.isoformat()
    assert told["evidence"]["e_est"] == actions[0].evidence.e_est
    assert told["undo"] == {"needed": True, "share": 1.0, "trickle_share": 0.0, "how": "order"}


def test_with_a_control_raw_evidence_counts_half_and_not_at_all_where_values_may_be_negative():
    drawn = replace(TERMS, treated_least=0.5, treated_most=0.9)
    state, _ = run(cohorts(1, [0.5] * 8))
    raw = state.seen.log_e(TERMS)
    assert state.seen.log_e(drawn) == pytest.approx(np.log((np.exp(raw) + 1) / 2))
    assert state.seen.basis(drawn) == "attributed"
    below = replace(drawn, floor_fen=-1_000)
    assert (state.seen.log_e(below), state.seen.basis(below)) == (0.0, "incremental")


def test_of_campaigns_just_at_the_bar_hardly_one_is_lowered():
    # A cap so high that clipping takes next to nothing: the true return is 1.
    terms = replace(TERMS, cap_fen=10_000)
    lowered = sum(bool(run(cohorts(seed, [1.0] * 45, terms=terms), terms=terms)[1]) for seed in range(40))
    assert lowered <= 2


def test_a_good_campaign_goes_on():
    assert run(cohorts(2, [1.3] * 60))[1] == []


def test_a_campaign_that_turns_bad_is_found_by_its_drift():
    state, actions = run(cohorts(3, [1.3] * 40 + [0.5] * 30))
    assert actions[0].reason == "drift"
    assert actions[0].rung_after == "quarter"
    assert judged_on(cohorts(3, [1.0] * 41)[-1]) <= actions[0].day
    assert state.ladder.rung == "paused"
    assert actions[-1].reason == "drift_sure"


def test_one_terrible_day_is_no_proof_however_many_users_it_has():
    days = cohorts(4, [0.0], users=20_000)
    state, actions = run(days)
    assert actions == []
    assert state.seen.evidence(TERMS).e_est <= 4


@given(st.lists(st.integers(0, 39), max_size=4), st.integers(0, 3))
@settings(max_examples=20, deadline=None)
def test_one_run_equals_the_run_cut_in_pieces_and_written_down_between(cuts, seed):
    days = cohorts(seed, [1.2] * 20 + [0.4] * 20, users=40)
    whole_state, whole = run(days)
    state, pieces = new_guard(), []
    edges = [0, *sorted(set(cuts)), len(days)]
    for begin, end in pairwise(edges):
        state, more = run(days[begin:end], state)
        pieces += more
        state = state_of(json.loads(json.dumps(state_record(state))))
    assert pieces == whole
    assert state_record(state) == state_record(whole_state)


def test_cohorts_given_together_in_any_order_and_in_parts_are_judged_as_one_by_one():
    days = cohorts(5, [0.5] * 12)
    last = judged_on(days[-1])
    parts = [part for day in cohorts(6, [0.5] * 12) for part in (day,)]
    together, _ = guard_day(
        new_guard(), DayFacts((*days[::-1], *parts), last - timedelta(days=1)), last, TERMS
    )
    merged = [one + other for one, other in zip(days, parts, strict=True)]
    one_by_one, _ = run(merged)
    assert together.seen.log_e(TERMS) == pytest.approx(one_by_one.seen.log_e(TERMS))
    assert together.seen.users == one_by_one.seen.users == 2_400


def test_a_cohort_waits_for_the_feed_and_a_late_feed_freezes():
    (cohort,) = cohorts(7, [0.0])
    day = judged_on(cohort)
    early, _ = guard_day(new_guard(), DayFacts((cohort,), day - timedelta(days=2)), day, TERMS)
    assert early.seen.cohorts == 0
    none, (freeze,) = guard_day(new_guard(), DayFacts((cohort,), None), day, TERMS)
    assert (freeze.kind, freeze.reason, freeze.share_after) == ("freeze", "values_late", 1.0)
    assert none.seen.cohorts == 0
    full, actions = guard_day(early, DayFacts((cohort,), day - timedelta(days=1)), day, TERMS)
    assert (full.seen.cohorts, actions) == (1, ())


def test_without_values_nothing_moves_and_nothing_counts_as_zero():
    days = cohorts(8, [0.5] * 30)
    state, _ = run(days[:5])
    day = judged_on(days[-1])
    stale = DayFacts(tuple(days[5:]), judged_on(days[4]) - timedelta(days=1), young=SLOW)
    after, actions = guard_day(state, stale, day, TERMS)
    assert after.seen.cohorts == 5
    assert {action.kind for action in actions} == {"freeze", "warn"}
    back, actions = guard_day(after, DayFacts(tuple(days[5:]), day - timedelta(days=1)), day, TERMS)
    assert back.seen.cohorts == 30
    assert [action.kind for action in actions] == ["thaw", "pause"]


def test_what_comes_for_a_cohort_that_was_judged_is_counted_and_changes_nothing():
    days = cohorts(9, [1.0] * 3)
    state, _ = run(days)
    after, _ = guard_day(state, DayFacts((days[1], days[2]), judged_on(days[2])), judged_on(days[2]), TERMS)
    assert after.late_users == 200
    assert after.seen.log_e(TERMS) == state.seen.log_e(TERMS)


def test_a_person_resumes_and_evidence_begins_anew_with_what_is_granted_since():
    days = cohorts(1, [0.5] * 60)
    state, _ = run(days[:25])
    assert state.ladder.rung == "paused"
    still, actions = run(days[25:30], state)
    assert (still.ladder.rung, actions) == ("paused", [])
    day = judged_on(days[30])
    facts = DayFacts((days[30],), day - timedelta(days=1), order=Order("resume", "boss", "quarter"))
    resumed, (action,) = guard_day(still, facts, day, TERMS)
    assert (action.kind, action.rung_after, resumed.begun) == ("resume", "quarter", day)
    assert resumed.seen.cohorts == 0
    later, actions = run([cohort for cohort in days[31:] if cohort.day < day], resumed)
    assert later.seen.cohorts == 0
    assert all(action.kind == "raise" for action in actions)


def test_young_cohorts_and_the_guardrail_warn_and_slow_but_never_stop():
    day = FIRST
    state = new_guard()
    rail = Guardrail("harm", 90, ())
    for number in range(40):
        day = FIRST + timedelta(days=number)
        facts = DayFacts((), day - timedelta(days=1), young=replace(SLOW, state="slower"), guardrail=rail)
        state, _ = guard_day(state, facts, day, TERMS)
    assert state.ladder.rung == "slower"
    assert state.ladder.warned == ("young_cohorts", "margin_harm")


def test_a_breaker_lies_over_the_rung():
    breach = Breach("ledger_imbalance", 0.0, (("ledger_findings", 2),))
    facts = DayFacts((), FIRST, breaches=(breach,))
    state, (action,) = guard_day(new_guard(), facts, FIRST, TERMS)
    assert isinstance(state, GuardState)
    assert (state.ladder.rung, action.share_after, action.limit.code) == ("watch", 0.0, "ledger_imbalance")


def test_the_loss_that_counts_against_the_cap_is_cost_less_clipped_value():
    terms = replace(TERMS, rules=replace(TERMS.rules, loss_fen_max=30_000))
    state, actions = run(cohorts(3, [0.0] * 3), terms=terms)
    assert [(action.kind, action.reason) for action in actions] == [("pause", "loss_cap")]
    assert state.seen.evidence(terms).loss_fen == 30_000
    assert isinstance(actions[0].day, date)


def test_while_an_alarm_of_drift_is_open_the_next_one_does_not_begin_again():
    terms = replace(TERMS, rules=replace(TERMS.rules, drift_days=20.0))
    seen, alarms, since = new_guard().seen, 0, 0
    for cohort in cohorts(1, [0.4] * 30):
        before = seen
        seen = before.after(cohort, terms)
        alarms += seen.drift_day == cohort.day
        since = 0 if seen.drifted and not before.drifted else since + 100
        if seen.drifted:
            assert seen.raw.since_drift.count == since
    assert alarms >= 2
