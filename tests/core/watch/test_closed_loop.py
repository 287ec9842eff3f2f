"""The whole loop: users drawn by the share of the day, judged at age W, the share moved by what they brought."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from shop_days import BUYERS, COST, FIRST, TERMS

from huoshui.core.trials.draws import draws, fractions, user_keys
from huoshui.core.watch import (
    CohortSums,
    DayFacts,
    cohort_sums,
    guard_day,
    issue,
    issuing_share,
    new_guard,
    trickle_share,
)

DAYS, ARRIVALS, HELD_OUT = 75, 400, 0.1
DRAWN = replace(TERMS, treated_least=0.5, treated_most=1 - HELD_OUT)


def day_of(number, state, extra, rng):
    """Who arrives on a day, who is offered something, and what they bring within their window."""
    keys = user_keys([f"{number}-{user}" for user in range(ARRIVALS)])
    rules = DRAWN.rules
    share, trickle = issuing_share(state.ladder, rules), trickle_share(state.ladder, rules)
    issued = issue(keys, "c", share=share, trickle_share=trickle)
    held_out = fractions(draws(keys, "holdout of the test", seed=1)) < HELD_OUT
    inside = issued.may | issued.trickle
    treated = issued.may & (issued.trickle | ~held_out)
    probability = np.where(issued.trickle, issued.probability_est, 1 - HELD_OUT)
    bought = rng.random(ARRIVALS) < BUYERS * (1 + extra * treated)
    value = np.where(bought, rng.lognormal(-0.5, 1.0, ARRIVALS) * COST / BUYERS, 0.0)
    cost = np.where(treated, COST, 0.0)
    return cohort_sums(
        FIRST + timedelta(days=number),
        value[inside],
        cost[inside],
        DRAWN,
        treated=treated[inside],
        probability=probability[inside],
    )


def run(extra, seed=1):
    rng = np.random.default_rng(seed)
    state, waiting, actions, cohorts = new_guard(), [], [], []
    for number in range(DAYS):
        cohort: CohortSums = day_of(number, state, extra, rng)
        cohorts.append(cohort)
        waiting.append(cohort)
        day = FIRST + timedelta(days=number + 1)
        facts = DayFacts(tuple(waiting), day - timedelta(days=1))
        state, more = guard_day(state, facts, day, DRAWN)
        waiting = [one for one in waiting if state.judged_until is None or one.day > state.judged_until]
        actions += more
    return state, actions, cohorts


def test_a_campaign_that_adds_nothing_is_thinned_then_stopped_on_incremental_evidence():
    state, actions, cohorts = run(0.0)
    assert [action.rung_after for action in actions] == ["quarter", "paused"]
    assert actions[0].evidence.basis == "incremental"
    assert state.ladder.rung == "paused"
    full, thin, none = (
        cohorts[0],
        cohorts[(actions[0].day - FIRST).days],
        cohorts[(actions[1].day - FIRST).days],
    )
    assert full.treated + full.control == ARRIVALS
    assert thin.treated + thin.control == pytest.approx(ARRIVALS / 4, abs=30)
    assert thin.control / (thin.treated + thin.control) == pytest.approx(0.16 + 0.17 * 0.1 / 0.25, abs=0.12)
    assert none.treated + none.control == 0


def test_a_campaign_that_pays_is_left_alone():
    state, actions, _ = run(1.5)
    assert actions == []
    assert state.seen.users > 20_000
