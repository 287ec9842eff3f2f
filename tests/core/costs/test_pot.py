"""The pot: burn over whole weeks, the rest and what empties it, and a band that holds as often as it says."""

from datetime import date, timedelta

import numpy as np
import pytest
from cost_rows import facts, grants_row, orders_row, scope, terms
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.facts import CampaignDay, DayIssue, Facts
from huoshui.core.costs.pot import (
    RECENT_DAYS,
    burn_series,
    empty_day,
    key_uses,
    month_budget,
    peak_days,
    pot_figures,
    pot_left,
)

FIRST = date(2026, 7, 1)
NOBODY = Assumptions()


def day(number: int) -> str:
    """The `number`-th day of the files, from 0."""
    return (FIRST + timedelta(days=number)).isoformat()


def issuing(amounts: list[int], **given_facts: object) -> Facts:
    """A shop that issued so much on each day, the last of them its last day."""
    last = day(len(amounts) - 1)
    return facts(
        scope=scope(first_day=day(0), last_day=last, days=len(amounts), months=("2026-07", "2026-08")),
        days=[DayIssue(day(i), fen, 0, 0, 1_000) for i, fen in enumerate(amounts) if fen],
        **given_facts,
    )


def test_burn_is_the_mean_of_the_last_four_weeks_and_days_without_any_count():
    amounts = [999_999] * 5 + [700, 0, 0, 0, 0, 0, 0] * 4
    made = issuing(amounts)
    assert len(burn_series(made)) == len(amounts)
    figure = pot_figures(made, NOBODY)["burn_per_day"]
    assert (figure.value, figure.n, figure.marking) == (100, RECENT_DAYS, "measured")


def test_days_before_bonus_was_first_given_are_no_days_of_burning():
    # Bonus began ten days ago at 3 yuan a day: 3 a day, not 3 x 10 / 28. A pot of 60 yuan lasts 20 days.
    made = issuing([0] * 30 + [300] * 10)
    found = pot_figures(made, Assumptions(pot_fen=6_000 + 300 * 9))
    assert (found["burn_per_day"].value, found["burn_per_day"].n) == (300, 10)
    assert found["pot_left"].value == 6_000, "9 of the ten days lie in August"
    assert found["runway_days"].value == pytest.approx(20.0)


def test_a_week_of_uneven_days_is_not_surer_than_a_month_of_them():
    """Each weekday was seen once, so their spread is all there is to tell the band from."""
    young = pot_figures(issuing([0] * 30 + [100, 500, 100, 500, 100, 500]), Assumptions(pot_fen=9_000))
    assert young["runway_days"].low_est < young["runway_days"].value * 0.9
    first_day = pot_figures(issuing([0] * 30 + [100]), Assumptions(pot_fen=9_000))["runway_days"]
    assert first_day.high_est is None, "one day tells no spread"


def test_bonus_given_before_the_first_order_has_left_the_pot_too():
    # The first order came on 11 July; ten days of a yuan each had been given by then.
    whole = issuing([100] * 20)
    late = facts(
        scope=scope(first_day=day(10), last_day=day(19), days=10, months=("2026-07",)), days=whole.days
    )
    assert burn_series(late) == burn_series(whole)
    assert pot_left(late, Assumptions(pot_fen=5_000))[0] == 3_000
    assert pot_figures(late, NOBODY)["burn_per_day"].n == 20


def test_without_a_pot_the_runway_is_missing_and_says_what_would_tell():
    found = pot_figures(issuing([100] * 30), NOBODY)
    assert found["runway_days"].value is None
    assert found["runway_days"].needs == ("campaigns.budget",)
    assert found["pot_left"].marking == "missing"


def test_the_answered_pot_is_the_months_so_what_the_month_issued_is_gone_from_it():
    # 40 days: July whole, 9 days of August at 1 yuan each. A pot of 30 yuan a month has 21 left.
    made = issuing([100] * 40)
    answered = Assumptions(pot_fen=3_000)
    assert pot_left(made, answered) == (2_100, "estimated", ("campaigns.budget",))
    assert pot_figures(made, answered)["runway_days"].value == 21.0
    assert pot_left(made, Assumptions(pot_fen=500))[0] == 0
    assert pot_left(made, Assumptions(monthly_incentive_fen=1_000))[0] == 100


def test_the_rest_of_running_budgets_is_emptied_by_what_those_campaigns_pay_and_by_nothing_else():
    # A runs on with 600 yuan left at 20 yuan a day: 30 days. The shop also gives 100 yuan a day in top-up bonus
    # and an ended campaign's money, which come out of no budget that is left.
    amounts = [12_000] * 28
    made = issuing(
        amounts,
        campaigns=[
            terms(campaign_id="a", first_day=day(0), last_day=day(60), budget_fen=60_000 + 28 * 2_000),
            terms(campaign_id="ended", first_day=day(0), last_day=day(20), budget_fen=900_000),
        ],
        campaign_days=[CampaignDay("a", day(i), 2_000) for i in range(28)]
        + [CampaignDay("ended", day(i), 5_000) for i in range(20)],
    )
    found = pot_figures(made, NOBODY)
    assert found["pot_left"].value == 60_000
    assert found["pot_left"].marking == "measured"
    assert found["runway_days"].value == pytest.approx(30.0)
    assert found["burn_per_day"].value == 12_000, "the burn shown is everything that leaves the pot"


def test_a_campaign_that_began_three_days_ago_burns_at_its_own_pace():
    made = issuing(
        [1_000] * 28,
        campaigns=[terms(campaign_id="a", first_day=day(25), last_day=day(60), budget_fen=33_000)],
        campaign_days=[CampaignDay("a", day(i), 1_000) for i in (25, 26, 27)],
    )
    assert pot_figures(made, NOBODY)["runway_days"].value == pytest.approx(30.0)


@pytest.mark.parametrize("days_left", [5, 11, 25])
def test_the_band_of_the_runway_holds_in_80_of_100_futures(days_left):
    """Weekdays differ, days scatter, the past four weeks are all that is known."""
    rng = np.random.default_rng(days_left)
    week = np.array([0.7, 0.8, 0.9, 1.0, 1.1, 1.4, 1.1])
    shape, trials, held = 12.0, 600, 0
    for _ in range(trials):
        burn = 100_000 * np.tile(week, 20) * rng.gamma(shape, 1 / shape, 140)
        past, coming = np.rint(burn[:RECENT_DAYS]).astype(int), np.cumsum(burn[RECENT_DAYS:])
        made = issuing(past.tolist())
        left = 100_000 * days_left
        runway = pot_figures(made, Assumptions(pot_fen=left + int(past[: made.scope.days].sum())))[
            "runway_days"
        ]
        gone = int(np.searchsorted(coming, left))
        reached = coming[gone - 1] if gone else 0.0
        true = gone + (left - reached) / (coming[gone] - reached)
        assert runway.low_est is not None
        assert runway.high_est is not None
        held += runway.low_est <= true <= runway.high_est
    assert 0.75 <= held / trials <= 0.87, held / trials


@given(st.lists(st.integers(0, 10**7), min_size=28, max_size=60), st.integers(0, 10**10))
def test_the_band_holds_its_middle(amounts, pot):
    figures = pot_figures(issuing(amounts), Assumptions(pot_fen=pot))
    runway = figures["runway_days"]
    if runway.value is None:
        return
    assert runway.low_est is not None
    assert 0 <= runway.low_est <= runway.value + 1e-6
    assert runway.high_est is None or runway.high_est >= runway.value - 1e-6


def test_where_nothing_is_known_but_an_answer_the_burn_is_estimated():
    made = facts()
    told = pot_figures(made, Assumptions(monthly_incentive_fen=30_000))
    assert (told["burn_per_day"].value, told["burn_per_day"].marking) == (1_000, "estimated")
    assert pot_figures(made, NOBODY)["burn_per_day"].marking == "missing"


def test_a_months_budget_is_its_part_of_every_campaigns_days():
    # 62 days of July and August: half of it each; the other lies in July alone; one has no budget.
    made = facts(
        campaigns=[
            terms(campaign_id="a", first_day="2026-07-01", last_day="2026-08-31", budget_fen=62_000),
            terms(campaign_id="b", first_day="2026-07-10", last_day="2026-07-12", budget_fen=900),
            terms(campaign_id="c", first_day="2026-07-10", last_day="2026-07-12"),
        ],
        campaign_days=[
            CampaignDay("a", "2026-07-01", 31_000),
            CampaignDay("b", "2026-07-11", 900),
            CampaignDay("a", "2026-08-30", 30_999),
        ],
    )
    assert month_budget(made, "2026-07") == 31_900
    assert month_budget(made, "2026-08") == 31_000
    assert empty_day(made, "2026-07") == "2026-07-11"
    assert empty_day(made, "2026-08") is None
    assert month_budget(facts(), "2026-07") is None


def test_big_sales_are_days_of_twice_the_median_turnover_and_their_share_is_held_against_the_plan():
    quiet = [DayIssue(day(i), 100, 0, 40, 10_000) for i in range(9)]
    made = facts(days=[*quiet, DayIssue(day(9), 600, 0, 0, 20_000), DayIssue(day(10), 0, 0, 0, 0)])
    assert peak_days(made) == {day(9)}
    uses = {use.code: use for use in key_uses(made, Assumptions(peak_share=None))}
    assert (uses["peaks"].actual_fen, uses["peaks"].total_fen, uses["peaks"].planned_fen) == (
        600,
        1_500,
        None,
    )
    assert uses["newcomers"].actual_fen == 360
    assert uses["newcomers"].planned_fen is None


def test_the_newcomers_plan_is_the_answer_or_else_the_budgets_to_acquire():
    made = facts(
        days=[DayIssue(day(0), 1_000, 0, 100, 1)],
        campaigns=[
            terms(campaign_id="a", purpose="acquire", budget_fen=3_000),
            terms(campaign_id="b", purpose="retain", budget_fen=7_000),
        ],
        grants=[grants_row(issued_fen=1_000)],
        orders=[orders_row(price_fen=1)],
    )
    assert key_uses(made, NOBODY)[0].planned_fen == 300
    assert key_uses(facts(), NOBODY) == ()
