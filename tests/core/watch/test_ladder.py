"""The ladder: what may lead down, what leads up, when it stands still, and that a person can always lead back."""

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huoshui.core.watch import (
    RUNGS,
    Breach,
    Evidence,
    GuardTerms,
    Ladder,
    LadderRules,
    Limit,
    Order,
    issuing_share,
    new_guard,
    state_of,
    state_record,
    step,
    trickle_share,
)

FIRST = date(2026, 11, 1)
CODES = ("daily_cap", "ledger_imbalance", "burn_above_plan", "risk_spike", "no_values")
TERMS = GuardTerms("c", 1.0, 3_000, rules=LadderRules(loss_fen_max=1_000))
BY_FIGURES = ("below_bar", "surely_below_bar", "drift", "drift_sure", "young_cohorts", "recovered")

breaches = st.lists(
    st.builds(Breach, st.sampled_from(CODES), st.sampled_from([0.0, 0.5])),
    max_size=2,
    unique_by=lambda breach: breach.code,
)
evidences = st.builds(
    Evidence,
    e_est=st.sampled_from([0.01, 1.0, 4.0, 19.0, 20.0, 99.0, 100.0, 1e6]),
    drifted=st.booleans(),
    drift_est=st.sampled_from([0.0, 1_300.0]),
    since_drift_e_est=st.sampled_from([None, 0.2, 3.0, 25.0, 120.0]),
    loss_fen=st.sampled_from([0, 999, 1_000]),
    young_rung=st.sampled_from(["watch", "slow", "slower"]),
    warnings=st.sampled_from([(), (("young_cohorts", ()),), (("margin_harm", (("days", 90),)),)]),
    breaches=breaches.map(tuple),
    values_late_days=st.sampled_from([0, 0, 1, 2, 9, None]),
)
orders = st.one_of(
    st.none(),
    st.none(),
    st.none(),
    st.just(Order("pause", "boss")),
    st.builds(Order, st.just("resume"), st.just("boss"), st.sampled_from(RUNGS[:-1])),
)
stories = st.lists(st.tuples(st.integers(1, 4), evidences, orders), min_size=1, max_size=25)


def told(story, terms=TERMS):
    """Each day of a story: the ladder before, the ladder after, its evidence, its order, its actions."""
    ladder, day = Ladder(), FIRST
    for wait, evidence, order in story:
        day += timedelta(days=wait)
        after, actions = step(ladder, evidence, day, terms, order)
        yield ladder, after, evidence, order, actions, day
        ladder = after


def quiet(**changes):
    return replace(Evidence(), **changes)


def after_days(ladder, evidence, days, start=FIRST):
    actions = []
    for number in range(days):
        ladder, more = step(ladder, evidence, start + timedelta(days=number), TERMS)
        actions += more
    return ladder, actions


@given(stories)
def test_nothing_pauses_but_sure_evidence_the_loss_cap_or_a_person(story):
    for before, after, evidence, order, actions, _ in told(story):
        if before.rung != "paused" and after.rung == "paused":
            sure = max(evidence.e_est, evidence.since_drift_e_est or 0.0) >= 100
            assert sure or evidence.loss_fen >= 1_000 or order == Order("pause", "boss")
        assert all(a.rung_after == "paused" for a in actions if a.kind == "pause")
        lead = [a for a in actions if a.rung_before == "paused" != a.rung_after]
        assert not lead or order is not None


@given(stories)
def test_no_step_by_figures_in_a_cool_down_or_without_values(story):
    for before, after, evidence, _, actions, day in told(story):
        steps = [a for a in actions if a.reason in BY_FIGURES and a.kind != "warn"]
        if before.quiet_until is not None and day < before.quiet_until:
            assert not steps
        if evidence.values_late_days is None or evidence.values_late_days >= 2:
            assert after.frozen
            assert not steps


@given(stories)
def test_a_day_moves_up_one_rung_at_most_and_only_after_the_wait(story):
    for before, _, _, _, actions, day in told(story):
        for action in actions:
            if action.kind == "raise":
                assert RUNGS.index(action.rung_before) - RUNGS.index(action.rung_after) == 1
                assert before.stepped_on is None or (day - before.stepped_on).days >= 7


@given(stories)
def test_every_change_of_share_is_told_and_has_its_undo(story):
    for before, after, evidence, _, actions, day in told(story):
        share = issuing_share(before, TERMS.rules)
        for action in actions:
            assert action.share_before == share
            assert action.undo.share == share
            share = action.share_after
        assert share == issuing_share(after, TERMS.rules)
        if not actions:
            continue
        last = actions[-1]
        undone, _ = step(after, evidence, day, replace_loss(TERMS), Order("undo", "boss", action=last))
        assert issuing_share(undone, TERMS.rules) == last.undo.share
        assert trickle_share(undone, TERMS.rules) == last.undo.trickle_share


def replace_loss(terms):
    return replace(terms, rules=replace(terms.rules, loss_fen_max=None))


@given(stories)
def test_the_share_is_the_least_of_the_rung_and_its_limits_and_never_a_pause(story):
    for _, after, _, _, _, _ in told(story):
        shares = [TERMS.rules.share_of(after.rung), *(limit.share for limit in after.limits)]
        assert issuing_share(after, TERMS.rules) == min(shares)
        assert trickle_share(after, TERMS.rules) <= issuing_share(after, TERMS.rules)


@settings(max_examples=30)
@given(stories)
def test_where_it_stands_can_be_written_down_and_read_again(story):
    for _, after, _, _, _, _ in told(story):
        state = replace(new_guard(FIRST), ladder=after)
        assert state_of(json.loads(json.dumps(state_record(state)))).ladder == after


@settings(max_examples=30)
@given(stories)
def test_the_same_story_is_told_the_same(story):
    assert list(told(story)) == list(told(story))


@pytest.mark.parametrize(
    ("evidence", "rung", "reason"),
    [
        (quiet(young_rung="slow"), "slow", "young_cohorts"),
        (quiet(young_rung="slower"), "slower", "young_cohorts"),
        (quiet(e_est=20.0), "quarter", "below_bar"),
        (quiet(drifted=True, since_drift_e_est=1.0), "quarter", "drift"),
        (quiet(e_est=100.0), "paused", "surely_below_bar"),
        (quiet(since_drift_e_est=100.0), "paused", "drift_sure"),
        (quiet(loss_fen=1_000), "paused", "loss_cap"),
    ],
)
def test_each_evidence_leads_to_its_rung_at_once(evidence, rung, reason):
    ladder, (action,) = step(Ladder(), evidence, FIRST, TERMS)
    assert (ladder.rung, action.reason) == (rung, reason)
    assert action.share_after == TERMS.rules.share_of(rung)
    assert action.trickle_share_after == (0.08 if rung == "quarter" else 0.0)


def test_up_again_a_rung_a_week_once_the_evidence_has_gone():
    ladder, _ = step(Ladder(), quiet(e_est=50.0), FIRST, TERMS)
    ladder, actions = after_days(ladder, quiet(e_est=6.0), 30, FIRST + timedelta(days=1))
    assert (ladder.rung, actions) == ("quarter", [])
    ladder, actions = after_days(ladder, quiet(e_est=1.0), 22, FIRST + timedelta(days=31))
    assert [action.rung_after for action in actions] == ["slower", "slow", "watch"]
    assert [(b.day - a.day).days for a, b in pairwise(actions)] == [7, 7]


def test_an_undo_holds_for_a_week_against_the_same_evidence():
    ladder, (action,) = step(Ladder(), quiet(e_est=50.0), FIRST, TERMS)
    ladder, (undo,) = step(ladder, quiet(e_est=50.0), FIRST, TERMS, Order("undo", "boss", action=action))
    assert (undo.kind, ladder.rung) == ("undo", "watch")
    ladder, actions = after_days(ladder, quiet(e_est=50.0), 7, FIRST)
    assert actions == []
    _, (again,) = step(ladder, quiet(e_est=50.0), FIRST + timedelta(days=7), TERMS)
    assert again.rung_after == "quarter"


@given(stories)
def test_what_a_published_rule_gives_is_never_withheld_only_warned_of(story):
    terms = replace(TERMS, entitlement=True)
    without_orders = [(wait, evidence, None) for wait, evidence, _ in story]
    for before, after, evidence, _, actions, _ in told(without_orders, terms):
        assert issuing_share(after, terms.rules) == 1.0
        assert {action.kind for action in actions} <= {"warn", "freeze", "thaw"}
        sure = max(evidence.e_est, evidence.since_drift_e_est or 0.0) >= 20 or evidence.drifted
        assert ("rule_below_bar" in after.warned) == (sure and not after.frozen)
        assert before.rung == "watch"
    with pytest.raises(ValueError, match="change the rule"):
        step(Ladder(), quiet(), FIRST, terms, Order("pause", "boss"))


def test_a_limit_comes_and_goes_with_its_cause_and_a_person_may_waive_it():
    tripped = quiet(breaches=(Breach("daily_cap", 0.0, (("committed_fen", 9),)),))
    ladder, (on,) = step(Ladder(), tripped, FIRST, TERMS)
    assert (on.kind, on.share_after, ladder.rung) == ("limit", 0.0, "watch")
    same, nothing = step(ladder, tripped, FIRST, TERMS)
    assert (same, nothing) == (ladder, ())
    waived, (undo,) = step(ladder, tripped, FIRST, TERMS, Order("undo", "boss", action=on))
    assert (undo.share_after, waived.waived) == (1.0, (Limit("daily_cap", 1.0),))
    gone, _ = step(waived, quiet(), FIRST + timedelta(days=1), TERMS)
    assert gone.waived == ()
    lifted, (off,) = step(ladder, quiet(), FIRST + timedelta(days=1), TERMS)
    assert (off.kind, off.share_after) == ("lift", 1.0)
    back, _ = step(lifted, quiet(), FIRST + timedelta(days=1), TERMS, Order("undo", "boss", action=off))
    held, actions = step(back, quiet(), FIRST + timedelta(days=9), TERMS)
    assert (issuing_share(held, TERMS.rules), actions) == (0.0, ())


def test_a_limit_that_tightens_is_undone_to_what_it_was():
    loose = quiet(breaches=(Breach("daily_cap", 0.5),))
    tight = quiet(breaches=(Breach("daily_cap", 0.0),))
    ladder, _ = step(Ladder(), loose, FIRST, TERMS)
    ladder, (on,) = step(ladder, tight, FIRST, TERMS)
    assert (on.share_before, on.share_after) == (0.5, 0.0)
    undone, _ = step(ladder, tight, FIRST, TERMS, Order("undo", "boss", action=on))
    assert issuing_share(undone, TERMS.rules) == 0.5


def test_nothing_but_a_person_ever_ends_a_pause():
    ladder, _ = step(Ladder(), quiet(e_est=500.0), FIRST, TERMS)
    ladder, actions = after_days(ladder, quiet(e_est=0.01), 200, FIRST + timedelta(days=1))
    assert (ladder.rung, actions) == ("paused", [])
    ladder, (action,) = step(
        ladder, quiet(), FIRST + timedelta(days=300), TERMS, Order("resume", "boss", "slow")
    )
    assert (action.kind, ladder.rung, action.share_after) == ("resume", "slow", 0.8)


def test_a_warning_is_told_once_and_again_after_it_had_gone():
    warned = quiet(warnings=(("pulled_forward", (("days", 90),)),))
    ladder, (first,) = step(Ladder(), warned, FIRST, TERMS)
    assert (first.kind, first.share_after, first.undo.needed) == ("warn", 1.0, False)
    ladder, actions = step(ladder, warned, FIRST + timedelta(days=1), TERMS)
    assert actions == ()
    ladder, _ = step(ladder, quiet(), FIRST + timedelta(days=2), TERMS)
    _, (again,) = step(ladder, warned, FIRST + timedelta(days=3), TERMS)
    assert again.reason == "pulled_forward"


def test_impossible_orders_rules_and_days_are_refused():
    with pytest.raises(ValueError, match="names who gave it"):
        Order("pause", "")
    with pytest.raises(ValueError, match="nobody resumes into a pause"):
        Order("resume", "boss", "paused")
    with pytest.raises(ValueError, match="names its action"):
        Order("undo", "boss")
    with pytest.raises(ValueError, match="shares fall"):
        LadderRules(slow_share=0.4)
    with pytest.raises(ValueError, match="a pause needs more evidence"):
        LadderRules(pause_e=10)
    with pytest.raises(ValueError, match="never stop a campaign"):
        Evidence(young_rung="quarter")
    ladder, (action,) = step(Ladder(), quiet(e_est=50.0), FIRST, TERMS)
    with pytest.raises(ValueError, match="not undone at d"):
        step(ladder, quiet(), FIRST, replace(TERMS, campaign_id="d"), Order("undo", "boss", action=action))
    with pytest.raises(ValueError, match="comes after"):
        step(ladder, quiet(), FIRST - timedelta(days=1), TERMS)
