"""The runway against a sum by hand, and months played through: as forecast, busier, with the price kept."""

import numpy as np
import pytest
from paced_plans import DAYS, HOURS, plan_of

from huoshui.core.pacing import Truth, begun_at, opening, play, runway


def test_the_runway_is_the_rest_over_what_an_hour_costs_at_this_price():
    plan = plan_of(limit_hours=0)
    decision = opening(plan)
    a_day = 24 * 10 * 200.0 * (1 - decision.price_est / 4.0)
    found = runway(plan, decision)
    assert found.days_est == pytest.approx(plan.budget_fen / a_day, rel=1e-3)
    assert found.low_est < found.days_est < found.high_est


def test_the_runway_of_an_empty_pot_is_nothing_and_of_an_idle_one_unknown():
    empty = plan_of(budget_fen=0)
    assert runway(empty, opening(empty)).days_est == 0.0
    plenty = plan_of(budget_fen=10**12)
    assert runway(plenty, opening(plenty)).days_est is None


def test_a_month_as_forecast_keeps_its_price_and_uses_the_pot():
    plan = plan_of(peak_day=4, limit_hours=6)
    played = play(plan)
    # Within the settlement limit of the end nothing comes back in time: what will be released is not used.
    assert played.used_est > 0.95 * plan.budget_fen
    assert played.empty_hour is None or played.empty_hour > HOURS - 12
    prices = [day.price_est for day in played.days]
    assert max(prices) / min(prices) < 1.08
    assert len(played.days) == DAYS
    assert sum(day.value_est for day in played.days) == pytest.approx(played.value_est)


@pytest.mark.parametrize(
    "truth",
    [Truth(traffic=1.25), Truth(traffic=1.0, traffic_end=1.6), Truth(redemption=1.2), Truth(peaks=3.0)],
)
def test_a_busier_month_ends_with_the_controller_and_not_before_without_it(truth):
    plan = plan_of(peak_day=4, limit_hours=6)
    paced, kept = play(plan, truth=truth), play(plan, truth=truth, price_kept=opening(plan).price_est)
    assert paced.empty_hour is None or paced.empty_hour > HOURS - 12
    assert kept.empty_hour is not None
    assert kept.empty_hour < HOURS - 12
    assert kept.price_mean_est == pytest.approx(kept.price_first_est)
    assert paced.value_est > kept.value_est


def test_a_quieter_month_is_not_left_with_the_money():
    plan = plan_of(edge=0.1)
    paced, kept = (
        play(plan, truth=Truth(traffic=0.75)),
        play(plan, truth=Truth(traffic=0.75), price_kept=opening(plan).price_est),
    )
    assert paced.rest_est < 0.08 * plan.budget_fen < kept.rest_est
    assert paced.value_est > kept.value_est


def test_long_settlement_means_face_value_and_takes_no_longer():
    plan = plan_of(limit_hours=45 * 24)
    played = play(plan)
    granted = sum(day.granted_est for day in played.days)
    assert granted == pytest.approx(plan.budget_fen, rel=0.02)


def test_a_period_taken_over_half_way_plays_its_other_half():
    plan = plan_of()
    begun = begun_at(plan, hour=HOURS // 2, committed_fen=86_000, redeemed_fen=70_000, released_fen=16_000)
    played = play(plan, begun=begun)
    assert [day.day for day in played.days] == list(range(DAYS // 2, DAYS))
    assert np.isfinite(played.value_est)


def test_a_peak_that_would_tie_up_everything_at_once_is_made_dearer_and_nobody_refused_for_long():
    """Two in five of what is granted comes back only after 48 hours: the floor would bind on the peak day."""
    plan = plan_of(peak_day=4, use_share=0.5)
    played = play(plan)
    assert min(day.left_est for day in played.days) >= 0
    refused = [day.day for day in played.days if day.granted_est < 0.5 * played.days[0].granted_est]
    before, after = played.days[3].price_est, played.days[-1].price_est
    assert before > after * 1.05
    assert len(refused) <= 3
