"""The controller, hour by hour: never over the budget, the same in pieces, small steps, nothing below the edge."""

import itertools
from dataclasses import replace
from math import log

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paced_plans import HOURS, plan_of, straight_curve

from huoshui.core.pacing import (
    Cohort,
    Measured,
    Observed,
    PaceState,
    Protected,
    Settled,
    Terms,
    begun_at,
    decide,
    opening,
    play,
)
from huoshui.core.pacing.correcting import corrected, peak_factor
from huoshui.core.pacing.pricing import spent_of


class Shop:
    """Arrivals, grants and settlements of chance, within the controller's own bounds."""

    def __init__(self, plan, seed: int, *, used: float = 0.8, traffic: float = 1.0) -> None:
        self.plan, self.rng, self.used, self.traffic = plan, np.random.default_rng(seed), used, traffic
        self.open: dict[int, list[int]] = {}

    def hour(self, decision) -> Observed:
        """What happens in the decision's hour; more is wanted than the price allows, so that the floor is met."""
        hour, plan = decision.hour, self.plan
        arrivals = [int(self.rng.poisson(rate * self.traffic)) for rate in plan.forecast.arrivals[:, hour]]
        face: list[int] = []
        for audience, came in enumerate(arrivals):
            cost = came * float(straight_curve().cost_at(np.array([decision.model_price_est[audience]]))[0])
            wanted = int(cost / plan.settlement.use_share * self.rng.uniform(0.0, 3.0))
            face.append(min(wanted, max(0, decision.may_commit_fen[audience] - sum(face))))
        self.open[hour] = [sum(face), int(sum(face) * min(1.0, self.used * self.rng.uniform(0.8, 1.2)))]
        return Observed(
            hour,
            tuple(arrivals),
            tuple(face),
            tuple(plan.settlement.use_share * fen for fen in face),
            tuple(self.settled(hour)),
        )

    def settled(self, hour: int):
        limit = self.plan.settlement.limit_hours
        for granted in sorted(self.open):
            face, used = self.open[granted]
            age = hour + 1 - granted
            told = used * age // limit - used * (age - 1) // limit
            released = face - used if age == limit else 0
            if told or released:
                yield Settled(granted, told, released)
            if age == limit:
                del self.open[granted]


def run(plan, seed, *, hours=HOURS, **shop):
    """All decisions of a month."""
    world = Shop(plan, seed, **shop)
    decisions = [opening(plan)]
    observed = []
    for _ in range(hours):
        observed.append(world.hour(decisions[-1]))
        decisions.append(decide(plan, decisions[-1].state, observed[-1]))
    return decisions, observed


@settings(max_examples=3, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    budget=st.integers(0, 250_000),
    traffic=st.floats(0.0, 4.0),
    used=st.floats(0.0, 1.2),
)
def test_never_over_the_budget_whatever_happens(seed, budget, traffic, used):
    plan = plan_of(budget_fen=budget, protected=(Protected("new", budget // 3, audience=1),), audiences=2)
    decisions, observed = run(plan, seed, hours=100, traffic=traffic, used=used)
    committed = released = 0
    for decision, hour in zip(decisions[1:], observed, strict=True):
        committed += sum(hour.committed_fen)
        released += sum(one.released_fen for one in hour.settled)
        assert decision.left_fen == budget - committed + released
        assert decision.left_fen >= 0
        assert min(decision.may_commit_fen) >= 0
        assert max(decision.may_commit_fen) <= decision.left_fen


@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 2**31), cuts=st.sets(st.integers(1, 95), max_size=19))
def test_one_run_equals_the_run_cut_in_pieces_and_a_replay(seed, cuts):
    plan = plan_of(peak_day=3)
    decisions, observed = run(plan, seed, hours=96)
    again = opening(plan)
    for hour, seen in enumerate(observed):
        state = again.state
        if hour in cuts:
            state = msgspec.json.decode(msgspec.json.encode(state), type=PaceState)
        again = decide(plan, state, seen)
        assert again == decisions[hour + 1]


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**31), traffic=st.floats(0.2, 3.0), edge=st.floats(0.5, 2.0))
def test_steps_are_bounded_and_no_price_lies_below_the_edge(seed, traffic, edge):
    plan = plan_of(edge=edge)
    decisions, _ = run(plan, seed, hours=100, traffic=traffic)
    assert min(decision.price_est for decision in decisions) >= edge
    model = [decision.model_price_est[0] * decision.response_est for decision in decisions]
    floor = [edge * decision.redemption_est for decision in decisions]
    assert all(price >= least * (1 - 1e-12) for price, least in zip(model, floor, strict=True))
    prices = [decision.state.prices_est[0] for decision in decisions]
    steps = [abs(log(after / before)) for before, after in itertools.pairwise(prices)]
    assert max(steps) <= log(1 + plan.terms.step_max) + 1e-12
    assert all(step == 0 or step >= log(1 + plan.terms.still) for step in steps)


def test_the_first_price_is_the_one_at_which_the_forecast_costs_the_budget():
    plan = plan_of(peak_day=5, budget_fen=190_000, limit_hours=6)
    price = opening(plan).price_est
    hours = np.arange(HOURS)
    late = hours + plan.settlement.limit_hours >= HOURS
    weight = np.where(late, 1 / plan.settlement.use_share, 1.0)
    model = np.maximum(price * weight, plan.edge_est) / plan.forecast.value_factor[:HOURS]
    cost = 200.0 * np.maximum(0.0, 1 - model / 4.0)
    assert float((plan.forecast.arrivals[0, :HOURS] * cost * weight).sum()) == pytest.approx(
        190_000, rel=1e-2
    )


def test_near_the_end_a_grant_costs_its_whole_face():
    plan = plan_of(terms=Terms(step_max=1e9))
    shop = Shop(plan, 3)
    decision = opening(plan)
    ratios = []
    while decision.hour < HOURS:
        whole = decision.model_price_est[0] + decision.face_price_est[0] / plan.settlement.use_share
        at_cost = decision.state.prices_est[0] * decision.redemption_est / decision.response_est
        ratios.append(whole / max(at_cost, plan.edge_est * decision.redemption_est / decision.response_est))
        decision = decide(plan, decision.state, shop.hour(decision))
    first_late = HOURS - plan.settlement.limit_hours
    assert ratios[first_late - 1] == pytest.approx(1.0)
    assert ratios[first_late] == pytest.approx(1 / plan.settlement.use_share, rel=0.1)
    assert "near_end" in decide(plan, decision_before(plan, first_late), quiet(first_late)).reasons


def decision_before(plan, hour):
    return replace(opening(plan).state, hour=hour)


def quiet(hour: int, **more) -> Observed:
    """An hour with as many arrivals as forecast and nothing granted."""
    return Observed(hour, more.pop("arrivals", (10,)), (0,), (0.0,), **more)


def test_what_lies_beyond_the_edge_stays_and_is_said():
    plan = plan_of(budget_fen=10_000_000)
    decision = opening(plan)
    assert decision.price_est == plan.edge_est
    needed = float(plan.forecast.arrivals[0, :HOURS].sum()) * 150.0
    late = plan.settlement.limit_hours * 10.0 * 150.0
    assert decision.rest_stays_est == pytest.approx(10_000_000 - needed - late * (1 / 0.8 - 1), rel=0.02)
    after = decide(plan, decision.state, quiet(0))
    assert after.reasons[:2] == ("edge", "rest_stays")


def test_commitments_not_yet_used_are_not_spent_twice():
    plan = plan_of()
    told = Observed(0, (10,), (50_000,), (40_000.0,), (Settled(0, 833, 0),))
    after = decide(plan, opening(plan).state, told)
    assert after.left_fen == plan.budget_fen - 50_000
    assert after.back_est == pytest.approx(10_000, rel=1e-2)
    assert after.price_est > opening(plan).price_est


def test_late_settlement_does_not_bias_redemption():
    plan = plan_of(limit_hours=96)
    decisions, _ = run(plan, 5, used=0.8)
    ratios = [decision.redemption_est for decision in decisions]
    assert max(abs(log(ratio)) for ratio in ratios) < 0.1
    more, _ = run(plan, 5, used=0.95, hours=HOURS)
    assert more[-1].redemption_est > 1.08


def test_an_hour_nobody_counted_is_not_an_hour_without_arrivals():
    plan = plan_of()
    state = opening(plan).state
    missing = decide(plan, state, quiet(0, arrivals=None))
    empty = decide(plan, state, quiet(0, arrivals=(0,)))
    assert missing.level_est == 1.0
    assert "no_count" in missing.reasons
    assert empty.level_est < 1.0


def test_a_peak_half_as_large_frees_money_during_it_and_for_the_next():
    plan = plan_of(peak_day=5)
    state = replace(opening(plan).state, hour=5 * 24)
    for hour in range(5 * 24, 5 * 24 + 6):
        decision = decide(plan, state, quiet(hour, arrivals=(15,)))
        state = decision.state
    assert "peak_smaller" in decision.reasons
    assert decision.level_est == pytest.approx(1.0, abs=0.03)
    assert peak_factor(plan, state) == pytest.approx(0.5, abs=0.06)
    assert decision.price_est < opening(plan).price_est


def test_value_measured_below_the_promise_raises_what_the_model_must_promise():
    plan = plan_of(edge=1.5, budget_fen=10_000_000)
    state = opening(plan).state
    told = decide(plan, state, quiet(0, measured=Measured(1_000.0, 500.0, 100.0**2)))
    assert told.response_est == pytest.approx((25 + 50) / (25 + 100))
    assert told.model_price_est[0] == pytest.approx(1.5 / told.response_est)
    unknown = decide(plan, state, quiet(0, measured=Measured(1_000.0, 500.0, 0.0)))
    assert unknown.response_est == 1.0


def test_a_minimum_is_held_to_the_plans_promise_until_what_was_measured_speaks_against_it():
    use = Protected("new", 115_000, audience=1)
    plan = plan_of(audiences=2, protected=(use,), edge=1.5)
    state = opening(plan).state
    seen = Observed(0, (10, 10), (0, 0), (0.0, 0.0))
    noisy = decide(plan, state, replace(seen, measured=Measured(1_000.0, 600.0, 300.0**2)))
    assert noisy.response_est == pytest.approx((25 + 0.6 / 0.09) / (25 + 1 / 0.09))
    assert corrected(plan, noisy.state).promise == 1.0
    plain = decide(plan, state, seen)
    assert noisy.kept_est[0] == pytest.approx(plain.kept_est[0], rel=0.02)
    sure = decide(plan, state, replace(seen, measured=Measured(1_000.0, 600.0, 50.0**2)))
    assert sure.response_est < corrected(plan, sure.state).promise < 0.75
    better = decide(plan, state, replace(seen, measured=Measured(1_000.0, 1_400.0, 50.0**2)))
    assert corrected(plan, better.state).promise == better.response_est > 1.3


def test_what_a_use_has_had_counts_as_it_was_used_and_not_as_the_latest_days_are():
    plan = plan_of()
    state = replace(
        opening(plan).state,
        early_est=(10_000.0,),
        settled_seen=9_000.0,
        settled_expected=10_000.0,
    )
    assert spent_of(plan, state, 1.3)[0] == pytest.approx(9_000.0)


def test_no_hour_of_the_plan_is_overdrawn_when_a_peak_comes_shortly_before_the_end():
    use = Protected("new", 45_000, audience=1)
    plan = plan_of(peak_day=6, audiences=2, protected=(use,), terms=Terms(step_max=1e9, still=0.0))
    decision = opening(plan)
    assert "tied_up" in decide(plan, decision.state, Observed(0, (10, 10), (0, 0), (0.0, 0.0))).reasons
    played = play(plan)
    assert played.empty_hour is None
    assert min(day.left_est for day in played.days) >= 0
    spread = [day.price_est for day in played.days[:6]]
    assert max(spread) / min(spread) < 1.1
    assert played.rest_est < 0.02 * plan.budget_fen


def test_a_protected_use_has_its_own_lower_price_and_others_cannot_take_its_money():
    # The same curve and arrivals for both: without protection each would have half of the pot.
    use = Protected("new", 115_000, audience=1)
    plain, kept = plan_of(audiences=2), plan_of(audiences=2, protected=(use,))
    free, held = opening(plain), opening(kept)
    assert held.state.prices_est[1] < free.price_est < held.state.prices_est[0]
    assert held.may_commit_fen[1] == kept.budget_fen
    assert held.may_commit_fen[0] == pytest.approx(kept.budget_fen - 115_000, abs=1)
    generous = opening(plan_of(audiences=2, protected=(replace(use, fen=1_000),)))
    assert generous.state.prices_est == pytest.approx((free.price_est,) * 2)


def test_a_minimum_that_nobody_is_worth_is_not_kept_from_others():
    use = Protected("new", 160_000, peaks=frozenset({0}))
    plan = plan_of(peak_day=5, protected=(use,), edge=3.5)
    decision = opening(plan)
    # 720 arrivals at a model price of 3.5 / 1.4, the margin of a high forecast, and the face that a peak ties up.
    assert 720 * 75 / 0.8 < decision.kept_est[0] < 720 * 75 / 0.8 * 1.15
    after = replace(decision.state, hour=7 * 24)
    assert decide(plan, after, quiet(7 * 24)).kept_est[0] == 0.0


def test_what_cannot_be_raises():
    plan = plan_of()
    state = opening(plan).state
    with pytest.raises(ValueError, match="hour 0"):
        decide(plan, state, quiet(1))
    with pytest.raises(ValueError, match="nothing is open"):
        decide(plan, state, quiet(0, settled=(Settled(-3, 5, 0),)))
    with pytest.raises(ValueError, match="more settled"):
        decide(plan, state, Observed(0, (1,), (10,), (8.0,), (Settled(0, 8, 3),)))
    with pytest.raises(ValueError, match="at least 0"):
        decide(plan, state, Observed(0, (1,), (-10,), (8.0,)))
    with pytest.raises(ValueError, match="open in cohorts"):
        begun_at(plan, hour=5, committed_fen=10)
    with pytest.raises(ValueError, match="over"):
        opening(plan, begun=replace(state, hour=HOURS))


def test_a_period_may_begin_with_what_others_granted():
    plan = plan_of()
    cohorts = (Cohort(40, 30_000, 24_000.0, redeemed_fen=4_000),)
    begun = begun_at(
        plan, hour=50, committed_fen=50_000, redeemed_fen=20_000, released_fen=4_000, cohorts=cohorts
    )
    decision = opening(plan, begun=begun)
    assert decision.left_fen == plan.budget_fen - 50_000 + 4_000
    assert decision.hour == 50
