"""Holdout, exploration, caps and reserves: who gets no offer, who gets one by chance, and what that costs."""

from dataclasses import replace
from datetime import date
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.allocate.one_budget import solve_one_budget
from huoshui.core.allocate.reserve import (
    ALLOWED,
    NOT_ALLOWED,
    Limits,
    Standing,
    budget_share,
    entitlement_costs,
    expected,
    explore,
    newcomers_line,
    set_aside,
    with_newcomers,
)
from huoshui.core.allocate.values import Offers, Option
from huoshui.core.costs.facts import CampaignTerms, GrantSums
from huoshui.core.trials.draws import below, draws, splitmix64
from huoshui.core.trials.holdout import holdout

OPTIONS = (Option("gift", 200), Option("gift", 500), Option("back", 1_000))
MONTH = "2026-12"


def offers_of(users: int, values: npt.NDArray[np.float32] | None = None) -> Offers:
    if values is None:
        values = np.repeat(np.array([[300], [600], [1_100]], np.float32), users, axis=1)
    costs = np.repeat(np.array([[150], [400], [800]], np.int32), users, axis=1)
    return Offers(OPTIONS, values, costs, splitmix64(np.arange(users, dtype=np.uint64)))


def test_first_reason_wins_and_each_user_counts_once() -> None:
    users = 12
    values = np.full((3, users), 500, np.float32)
    values[:, 4] = -np.inf
    values[:, 5] = np.nan
    offers = offers_of(users, values)

    def flags(*at: int) -> npt.NDArray[np.bool_]:
        return np.isin(np.arange(users), at)

    standing = Standing(
        abuser=flags(0, 1),
        frozen=flags(1, 2),
        deleted=flags(3),
        excluded=flags(0, 6),
        granted_fen=np.where(np.arange(users) == 7, 900, 0),
        days_since=np.where(np.arange(users) == 8, 6, 7),
    )
    limits = Limits(holdout_share=0, explore_share=0, cap_fen=1_000, cool_down_days=7)
    aside = set_aside(offers, standing, limits, seed=1, period=MONTH, budget_fen=10_000)
    named = {number: NOT_ALLOWED[code] for number, code in enumerate(aside.reason) if code != ALLOWED}
    assert named == {
        0: "abuser", 1: "abuser", 2: "frozen", 3: "deleted", 4: "no_curve", 5: "no_curve", 6: "excluded",
        7: "cap_reached", 8: "cool_down",
    }  # fmt: skip
    assert dict(aside.counts())["abuser"] == 2
    assert sum(count for _, count in aside.counts()) == 9
    assert not np.isfinite(aside.offers.values_est[:, aside.reason != ALLOWED]).any()
    assert np.isfinite(aside.offers.values_est[:, 9:]).all()


def test_a_cap_takes_the_levels_above_what_is_left() -> None:
    offers = offers_of(3)
    standing = Standing(granted_fen=np.array([0, 400, 600]))
    limits = Limits(holdout_share=0, explore_share=0, cap_fen=1_000)
    aside = set_aside(offers, standing, limits, seed=1, period=MONTH, budget_fen=10_000)
    assert np.isfinite(aside.offers.values_est).T.tolist() == [
        [True, True, True],
        [True, True, False],
        [True, False, False],
    ]
    assert np.isfinite(offers.values_est).all(), "what was given in stays as it was"


def test_exploration_has_the_probabilities_it_logs() -> None:
    users = 200_000
    offers = offers_of(users)
    allowed = np.ones((3, users), np.bool_)
    allowed[2, ::2] = False
    limits = Limits(explore_share=0.5, explore_budget_share=0.99)
    found = explore(offers, allowed, limits, seed=9, period=MONTH, budget_fen=10**9)
    assert found.share_est == 0.5
    assert found.explores.sum() == pytest.approx(100_000, abs=4 * sqrt(50_000))
    root = sqrt(3)
    for half, options in ((slice(0, None, 2), 2), (slice(1, None, 2), 3)):
        drawn = found.choice[half][found.explores[half]]
        logged = found.probability_est[half][found.explores[half]]
        for choice in range(options + 1):
            wanted = (1.0 if choice else root) / (options + root)
            assert np.unique(logged[drawn == choice]) == pytest.approx([wanted], rel=1e-6)
            assert (drawn == choice).mean() == pytest.approx(wanted, abs=0.01)
    assert not found.choice[~found.explores].any()
    assert not (found.choice[::2] == 3).any()
    # Weighted by 1/probability each level's users stand for all who explore.
    weight = 1 / found.probability_est[found.explores].astype(float)
    assert weight[found.choice[found.explores] == 0].sum() == pytest.approx(found.explores.sum(), rel=0.03)


def test_exploration_shrinks_to_what_the_budget_bears() -> None:
    offers = offers_of(50_000)
    allowed = np.ones((3, 50_000), np.bool_)
    full = explore(offers, allowed, Limits(), seed=2, period=MONTH, budget_fen=10**9)
    less = explore(offers, allowed, Limits(), seed=2, period=MONTH, budget_fen=1_000_000)
    assert full.share_est == 0.03
    assert less.cost_fen == pytest.approx(50_000, rel=0.2)
    assert less.explores.sum() < full.explores.sum()
    assert (less.explores <= full.explores).all(), "the same people, fewer of them"
    assert less.explores.sum() == pytest.approx(less.share_est * 50_000, rel=0.35)
    none = explore(offers, allowed, Limits(), seed=2, period=MONTH, budget_fen=0)
    assert not none.explores.any()
    assert none.cost_fen == 0


@given(st.integers(0, 2_000_000), st.integers(0, 2_000_000), st.floats(0, 0.9), st.integers(0, 5))
def test_lines_add_up_to_the_budget_and_nothing_is_over(
    budget: int, entitled: int, share: float, seed: int
) -> None:
    offers = offers_of(400)
    limits = Limits(explore_share=share, explore_budget_share=0.5)
    aside = set_aside(
        offers, Standing(), limits, seed=seed, period=MONTH, budget_fen=budget, entitlements_fen=entitled
    )
    assert sum(line.fen for line in aside.lines) == budget
    assert all(line.fen >= 0 for line in aside.lines)
    assert aside.short_fen == max(0, entitled - budget)
    plan = solve_one_budget(aside.offers, aside.offers_fen)
    choice = aside.choices(plan.choice)
    assert not choice[aside.of_reason("holdout")].any()
    taking = np.flatnonzero(choice)
    cost = int(offers.costs[choice[taking].astype(int) - 1, taking].sum())
    assert cost == plan.spent_fen + aside.explored.cost_fen
    assert cost <= max(0, budget - entitled)


def test_the_order_of_users_decides_nothing() -> None:
    offers = offers_of(3_000)
    mixed = np.random.default_rng(4).permutation(3_000)
    other = Offers(OPTIONS, offers.values_est[:, mixed], offers.costs[:, mixed], offers.keys[mixed])
    limits = Limits(explore_share=0.2)
    one = set_aside(offers, Standing(), limits, seed=1, period=MONTH, budget_fen=300_000)
    two = set_aside(other, Standing(), limits, seed=1, period=MONTH, budget_fen=300_000)
    assert np.array_equal(one.reason[mixed], two.reason)
    assert np.array_equal(one.explored.choice[mixed], two.explored.choice)
    assert np.array_equal(one.explored.probability_est[mixed], two.explored.probability_est)
    assert one.lines == two.lines


def test_who_explores_is_not_who_is_held_out() -> None:
    keys = splitmix64(np.arange(300_000, dtype=np.uint64))
    held = holdout(keys, seed=1, period=MONTH)
    explores = below(draws(keys, "explore", seed=1, period=MONTH), 0.5)
    assert explores[held].mean() == pytest.approx(0.5, abs=4 * sqrt(0.25 / 15_000))


def test_expected_is_the_mean_with_the_width_of_one_more_month() -> None:
    assert expected(()) == expected([])
    assert expected(()).mean_est == 0
    last = expected([9_999, 90, 100, 110])
    assert (last.mean_est, last.months) == (100, 3)
    error = 1.96 * sqrt(100 * 4 / 3)
    assert last.low_est == pytest.approx(100 - error)
    assert last.high_est == pytest.approx(100 + error)
    assert expected([100]).low_est == pytest.approx(100 - 1.96 * sqrt(200))
    assert expected([0, 0, 3]).low_est == 0


def grants(
    month: str, kind: str, issued: int, spent: int, expired: int, campaign: str | None = None
) -> GrantSums:
    return GrantSums(month, kind, campaign, False, 1, 1, issued, spent, expired, 0, 0, 0, 0, 0)


def test_entitlements_are_expected_as_granted_a_day_times_the_share_used() -> None:
    rows = [
        grants("2026-08", "recharge_bonus", 10**9, 0, 0),
        grants("2026-09", "recharge_bonus", 300_000, 90_000, 10_000),
        grants("2026-10", "recharge_bonus", 310_000, 0, 0),
        grants("2026-11", "recharge_bonus", 300_000, 0, 0),
        grants("2026-11", "cashback", 91_000, 0, 0),
        grants("2026-11", "cashback", 10**9, 0, 0, "dose"),
        grants("2026-11", "adjust", 10**9, 0, 0),
    ]
    months = ("2026-08", "2026-09", "2026-10", "2026-11")
    costs = entitlement_costs(rows, months, days=31, offered=frozenset({"dose"}))
    assert [(cost.kind, cost.face_fen, cost.cost_fen) for cost in costs] == [
        ("cashback", 31_000, 31_000),
        ("recharge_bonus", 310_000, 279_000),
    ]
    assert entitlement_costs(rows, (), days=31) == ()


def test_newcomers_to_come_stand_in_as_users_and_their_share_is_a_line() -> None:
    offers = offers_of(1_000)
    values, costs = np.array([900, -np.inf, -np.inf], np.float32), np.array([150, 400, 800], np.int32)
    more = with_newcomers(
        offers, 200, values_est=values, costs=costs, segment="all", seed=1, period=MONTH, holdout_share=0.05
    )
    assert more.users == 1_190
    assert len(np.unique(more.keys)) == 1_190
    plan = solve_one_budget(more, 60_000)
    line = newcomers_line(more, plan.choice, 1_000)
    assert (line.fen, line.users) == (190 * 150, 190), (
        "they bring most a fen, so all of them are served first"
    )
    assert plan.spent_fen <= 60_000
    known = solve_one_budget(more, 10**9)
    assert newcomers_line(more, known.choice, 1_000).fen == 190 * 150


# --- what may be drawn, and what of a campaign's own budget is for the period -------------------------------


def test_what_is_known_to_lose_is_never_drawn() -> None:
    users = 30_000
    segment = (np.arange(users) % 2).astype(np.uint8)
    offers = replace(offers_of(users), segments=("new", "old"), segment=segment)
    explorable = np.array([[True, False], [True, True], [False, False]])
    limits = Limits(explore_share=0.5, explore_budget_share=0.9)
    aside = set_aside(
        offers, Standing(), limits, seed=3, period=MONTH, budget_fen=10**9, explorable=explorable
    )
    explored = aside.explored
    taking = np.flatnonzero(explored.choice)
    drawn = set(zip(explored.choice[taking].tolist(), segment[taking].tolist(), strict=True))
    assert drawn == {(1, 0), (2, 0), (2, 1)}


TERM = CampaignTerms("gift", "Gift", "retain", "2026-11-01", "2027-01-31", 900_000, 1.0, 14, None)
GRANTED = GrantSums("2026-11", "task", "gift", False, 10, 9, 300_000, 150_000, 100_000, 50_000, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("changed", "limit", "days", "left", "reopened"),
    [
        # 900,000 less 150,000 spent and 0.6 of 50,000 open: 720,000, for 31 of 62 days.
        ({}, 360_000, 31, 62, False),
        ({"last_day": "2026-12-31"}, 720_000, 31, 31, False),
        ({"last_day": "2026-12-10"}, 720_000, 10, 10, False),
        ({"last_day": None}, 720_000, 31, None, False),
        ({"first_day": "2026-12-22"}, 175_609, 10, 41, False),
        ({"first_day": "2027-01-01"}, 0, 0, 31, False),
        ({"first_day": "2027-01-01", "last_day": None}, 0, 0, None, False),
        ({"first_day": "2026-10-01", "last_day": "2026-11-30"}, 457_377, 31, 61, True),
        ({"first_day": "2026-11-20", "last_day": "2026-11-29"}, 900_000, 10, 10, True),
        ({"budget_fen": 100_000}, 0, 31, 62, False),
    ],
)
def test_a_campaign_has_for_the_period_what_is_left_by_days(
    changed: dict[str, Any], limit: int, days: int, left: int | None, reopened: bool
) -> None:
    share = budget_share(
        replace(TERM, **changed),
        [GRANTED, replace(GRANTED, campaign_id="other")],
        use_share_est=0.6,
        first_day=date(2026, 12, 1),
        next_day=date(2027, 1, 1),
    )
    assert share is not None
    assert (share.limit_fen, share.days, share.days_left, share.reopened) == (limit, days, left, reopened)
    assert share.used_fen == (0 if reopened else 180_000)


def test_a_campaign_without_a_budget_has_no_share() -> None:
    days = {"first_day": date(2026, 12, 1), "next_day": date(2027, 1, 1)}
    assert budget_share(replace(TERM, budget_fen=None), [], use_share_est=1.0, **days) is None
