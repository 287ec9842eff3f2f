"""What a campaign brought: cost, return, verdict, amounts, and a small test that finds what it says it finds."""

from math import sqrt

import numpy as np
import pytest
from cost_rows import cell, facts, grants_row, month_row, outcome, rule, scope, terms
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.effects import Z_95
from huoshui.core.costs.facts import ArmMoments, Facts
from huoshui.core.costs.outcomes import CONTROL_SHARE, campaign_outcomes, small_tests
from huoshui.core.costs.values import CampaignOutcome, SmallTest


def around(mean: float, spread: float, users: int = 400) -> list[float]:
    """Values with exactly this mean and about this spread: half of them above, half below."""
    return [mean + spread, mean - spread] * (users // 2)


def trial(
    treated: list[float], control: list[float], *, spent: int, open_fen: int = 0, granted: int | None = None
) -> list[ArmMoments]:
    """One campaign's two arms; `spent` and so on are of all treated users."""
    granted = spent + open_fen if granted is None else granted
    return [
        cell(treated, amount_fen=500, granted_fen=granted, spent_fen=spent, open_fen=open_fen),
        cell(control, control=True),
    ]


def only(made: Facts) -> CampaignOutcome:
    """The one campaign there is."""
    (found,) = campaign_outcomes(made, Assumptions())
    return found


def test_every_money_figure_of_a_campaign_by_hand():
    # 400 users got 5 yuan: 2,000 yuan granted, 1,200 spent, 300 expired, 500 open. Of what was settled 4/5 was
    # used, so 400 more are expected; 3 % reserve on 2,000 rides on it: 1,200 + 400 + 60 = 1,660 yuan.
    # 30 yuan more a user than the control's 100: 12,000 yuan of value, 12,000/1,660 back for each yuan.
    made = facts(
        arms=trial(around(13_000, 10), around(10_000, 10), spent=120_000, open_fen=50_000, granted=200_000),
        grants=[
            grants_row(
                campaign_id="c", users=400, issued_fen=200_000, spent_fen=120_000, expired_fen=30_000,
                attributed_value_fen=996_000,
            )
        ],
        campaigns=[terms()],
        rules=[rule(rate=0.03)],
    )  # fmt: skip
    found = only(made)
    assert found.cost_fen_est == pytest.approx(166_000)
    assert found.incremental_value_fen_est == pytest.approx(400 * 3_000)
    assert found.incremental_return_est == pytest.approx(1_200_000 / 166_000)
    assert found.attributed_return_est == pytest.approx(996_000 / 166_000)
    error = 400 * sqrt(2 * (100 * 400 / 399) / 400)
    assert found.incremental_low_fen_est == pytest.approx(1_200_000 - Z_95 * error)
    assert found.return_high_est == pytest.approx((1_200_000 + Z_95 * error) / 166_000)
    assert found.lost_fen_per_month == 0.0
    assert (found.users_treated, found.users_control, found.verdict) == (400, 400, "pays")
    assert (found.granted_fen, found.spent_fen, found.expired_fen, found.open_fen) == (
        200_000,
        120_000,
        30_000,
        50_000,
    )


def test_what_is_lost_counts_all_treated_users_at_the_rate_of_the_mature_ones():
    # 400 mature users lost 3 yuan each (5 spent, 2 brought); 100 more are still in their window.
    # 500 x 3 yuan over 60 days: 750 yuan a month of 30 days.
    arms = [
        cell(around(10_200, 1), amount_fen=500, n_all=500, granted_fen=200_000, spent_fen=200_000),
        cell(around(10_000, 1), control=True),
    ]
    made = facts(arms=arms, campaigns=[terms()], grants=[grants_row(campaign_id="c", issued_fen=200_000)])
    assert only(made).lost_fen_per_month == pytest.approx(75_000)


SPREAD = 200.0
ERROR = SPREAD * sqrt(2 / 399)
"""Standard error of the difference, in fen a user, of two arms of 400 such users."""


@pytest.mark.parametrize(
    ("effect", "bar", "verdict"),
    [
        # Each user cost 500 fen; the interval is effect -+ 1.96 errors (28 fen); a bar of 1 lies at 500.
        (500 + 3 * ERROR, 1.0, "pays"),
        (500 + 1 * ERROR, 1.0, "unclear"),
        (500 - 1 * ERROR, 1.0, "unclear"),
        (500 - 3 * ERROR, 1.0, "below_bar"),
        (3 * ERROR, 1.0, "below_bar"),
        (1 * ERROR, 1.0, "useless"),
        (0.0, 1.0, "useless"),
        (-1 * ERROR, 1.0, "useless"),
        (-3 * ERROR, 1.0, "negative"),
        (500 + 3 * ERROR, 1.5, "below_bar"),
        (3 * ERROR, 5.0, "useless"),  # surely there, and surely less than a tenth of the bar
        (3 * ERROR, 0.0, "pays"),
        (-3 * ERROR, 0.0, "negative"),
        (1 * ERROR, 0.01, "unclear"),
    ],
)
def test_verdicts(effect, bar, verdict):
    made = facts(
        arms=trial(around(9_000 + effect, SPREAD), around(9_000, SPREAD), spent=200_000),
        campaigns=[terms(bar=bar)],
        grants=[grants_row(campaign_id="c", issued_fen=200_000, spent_fen=200_000)],
    )
    assert only(made).verdict == verdict


def test_without_a_control_it_is_unknown_and_nothing_is_called_incremental():
    made = facts(
        arms=[cell(around(9_000, 5), amount_fen=500, spent_fen=200_000)],
        campaigns=[terms()],
        grants=[
            grants_row(campaign_id="c", issued_fen=200_000, spent_fen=200_000, attributed_value_fen=10**6)
        ],
    )
    found = only(made)
    assert found.verdict == "unknown"
    assert found.attributed_return_est == 5.0
    incremental = [
        getattr(found, name)
        for name in ("incremental_value_fen_est", "incremental_return_est", "return_low_est", "return_high_est",
                     "lost_fen_per_month", "anyway_share_est", "incremental_low_fen_est")
    ]  # fmt: skip
    assert incremental == [None] * len(incremental)


def test_open_windows_are_immature_and_maturity_says_how_far_they_are():
    young = [
        cell([], amount_fen=500, n_all=80, maturity_sum=20.0),
        cell([], control=True, n_all=20, maturity_sum=5.0),
    ]
    found = only(facts(arms=young, campaigns=[terms()], grants=[grants_row(campaign_id="c", issued_fen=100)]))
    assert (found.verdict, found.maturity_est) == ("immature", 0.25)


def test_the_share_who_would_have_ordered_anyway_is_controls_rate_over_theirs():
    arms = [
        cell(around(10, 1), amount_fen=500, buyers=200, spent_fen=1),
        cell(around(10, 1), control=True, buyers=150),
    ]
    made = facts(arms=arms, campaigns=[terms()], grants=[grants_row(campaign_id="c", issued_fen=1)])
    assert only(made).anyway_share_est == 0.75


def test_each_amount_is_held_against_control_and_its_step_against_the_amount_below():
    # 5 yuan bring 8, 10 yuan bring 11, 20 yuan bring 11: the steps return 8/5, 3/5 and 0.
    arms = [cell(around(1_000, 1), control=True)]
    for amount, value in ((500, 800), (1_000, 1_100), (2_000, 1_100)):
        money = amount * 400
        arms.append(cell(around(1_000 + value, 1), amount_fen=amount, granted_fen=money, spent_fen=money))
    amounts = only(facts(arms=arms, campaigns=[terms()])).amounts
    assert [amount.value_per_user_est for amount in amounts] == pytest.approx([800, 1_100, 1_100])
    assert [amount.cost_per_user_est for amount in amounts] == pytest.approx([500, 1_000, 2_000])
    assert [amount.marginal_return_est for amount in amounts] == pytest.approx([1.6, 0.6, 0.0])


def test_margins_30_and_90_days_after_are_weighted_means_of_those_seen_so_long():
    # 5 yuan: weights 1 and 4 with 300 and 200 a user. 10 yuan: one user seen so long, 640. In all (220 x 2 + 640) / 3.
    # Control: weights 2 and 8 with 100 and 50.
    arms = [
        cell(around(10, 1), amount_fen=500, n_30d=2, sum_w_30d=5.0, sum_wm_30d=300.0 + 4 * 200),
        cell(around(10, 1), amount_fen=1_000, n_30d=1, sum_w_30d=3.0, sum_wm_30d=3 * 640.0,
             n_90d=1, sum_w_90d=3.0, sum_wm_90d=3 * 900.0),
        cell(around(10, 1), control=True, n_30d=2, sum_w_30d=10.0, sum_wm_30d=2 * 100.0 + 8 * 50),
    ]  # fmt: skip
    found = only(facts(arms=arms, campaigns=[terms()]))
    assert found.margin_30d_treated_est == pytest.approx((220 * 2 + 640) / 3)
    assert found.margin_30d_control_est == 60.0
    assert (found.margin_90d_treated_est, found.margin_90d_control_est) == (900.0, None)


def test_the_largest_loss_comes_first_and_campaigns_that_did_nothing_are_left_out():
    arms = []
    for name, effect in (("small", 400.0), ("large", -100.0), ("good", 900.0)):
        arms += [
            cell(around(9_000 + effect, 1), campaign_id=name, amount_fen=500, spent_fen=200_000),
            cell(around(9_000, 1), campaign_id=name, control=True),
        ]
    names = ("good", "idle", "small", "large")
    made = facts(arms=arms, campaigns=[terms(campaign_id=name) for name in names])
    assert [found.campaign_id for found in campaign_outcomes(made, Assumptions())] == [
        "large",
        "small",
        "good",
    ]


def untested(users: int, cost_per_user: float, spread: float, bar: float = 1.0) -> SmallTest:
    """The small test for a campaign without control, where controls of others tell the spread."""
    made = facts(arms=[cell(around(5_000, spread), campaign_id="other", control=True)])
    plain = outcome(users_treated=users, cost_fen_est=users * cost_per_user, bar_est=bar)
    (found,) = small_tests(made, (plain,))
    return found


@pytest.mark.parametrize("users", [150, 600, 5_000, 60_000])
def test_the_small_test_finds_a_return_on_the_bar_four_times_in_five(users):
    """Its own groups, drawn 3,000 times with an effect of exactly the bar, judged by the 5 % rule."""
    cost, spread = 500.0, 2_500.0
    test = untested(users, cost, spread)
    rng = np.random.default_rng(users)
    drawn = rng.normal(cost, spread / sqrt(test.treated_users), 3_000)
    drawn -= rng.normal(0.0, spread / sqrt(test.control_users), 3_000)
    error = spread * sqrt(1 / test.treated_users + 1 / test.control_users)
    power = (drawn > Z_95 * error).mean()
    assert power > 0.77
    if test.control_users > users * CONTROL_SHARE + 1:
        assert power < 0.83, "no larger than it must be"
    assert test.detectable_return_est <= 1.01
    assert test.cost_fen == round(test.treated_users * cost)


@given(st.integers(1, 10**6), st.floats(10, 10**5), st.floats(0, 10**5), st.floats(0.1, 5))
def test_a_small_test_is_always_possible_and_never_blunter_than_the_bar(users, cost, spread, bar):
    test = untested(users, cost, spread, bar)
    assert test.control_users >= 1
    assert test.treated_users >= test.control_users
    assert test.detectable_return_est <= bar * 1.02 + 1e-9


@pytest.mark.parametrize("value_fen", [0, 10_000, -10_000])
def test_without_any_control_the_spread_is_a_buyers_mean_month(value_fen):
    made = facts(months=[month_row(buyers=10, value_fen=value_fen)])
    (found,) = small_tests(made, (outcome(users_treated=100, cost_fen_est=50_000.0),))
    assert found.control_users >= 1
    assert found.detectable_return_est >= 0
    assert small_tests(facts(), (outcome(users_treated=100, cost_fen_est=1.0),)) == ()


def test_campaigns_with_a_verdict_need_no_small_test():
    made = facts(months=[month_row(buyers=10, value_fen=100)], scope=scope())
    assert small_tests(made, (outcome(verdict="immature"), outcome(users_treated=0))) == ()


def test_benefits_and_codes_count_in_the_return_by_what_the_campaign_granted():
    # 100 grants of 5 yuan, all spent, with 1 yuan of benefits each: 6 yuan a user, so a return of 1.5 becomes 1.25.
    made = facts(
        arms=[
            cell(
                around(1_750, 1), amount_fen=500, spent_fen=100 * 500, granted_fen=100 * 500, n=100, n_all=100
            ),
            cell(around(1_000, 1), control=True),
        ],
        campaigns=[terms()],
        grants=[grants_row(campaign_id="c", grants=100, issued_fen=50_000, spent_fen=50_000)],
    )
    (plain,) = campaign_outcomes(made, Assumptions())
    (dearer,) = campaign_outcomes(made, Assumptions(benefit_cost_fen=100))
    (by_name,) = campaign_outcomes(
        made, Assumptions(benefit_cost_fen=1, benefit_cost_by_campaign_fen={"c": 100})
    )
    (coded,) = campaign_outcomes(made, Assumptions(code_cost_fen=7, code_cost_by_campaign_fen={"c": 100}))
    (other,) = campaign_outcomes(made, Assumptions(code_cost_fen=100))
    assert (plain.cost_fen_est, other.cost_fen_est) == (50_000, 50_000), (
        "a grant is no code unless something says so"
    )
    for found in (dearer, by_name, coded):
        assert found.cost_fen_est == pytest.approx(60_000)
        assert plain.incremental_return_est is not None
        assert found.incremental_return_est == pytest.approx(plain.incremental_return_est * 5 / 6)
