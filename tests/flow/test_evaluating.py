"""Campaigns judged from a shop's files: as recounted in plain Python, true to what is known, plain where files lack."""

from collections import defaultdict
from datetime import datetime, timedelta
from math import sqrt

import numpy as np
import pytest
from evaluated_shop import AMOUNT, CAP_FEN, DAYS, FIRST, WINDOW_DAYS, Rows, evaluated, shop

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.trials.boundaries import closed_line
from huoshui.flow.app import settings_for
from huoshui.flow.evaluating import EvaluationRun, run_evaluation
from huoshui.flow.evaluating.files import evaluation_json
from huoshui.flow.evaluating.values import CampaignEvaluated
from huoshui.sim.files import write_canonical
from huoshui.sim.world import make_world


def campaign(run: EvaluationRun, campaign_id: str) -> CampaignEvaluated:
    return next(one for one in run.found.campaigns if one.campaign_id == campaign_id)


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> tuple[Rows, EvaluationRun]:
    """A shop whose campaign brings nothing, and what was found."""
    rows = shop(1)
    return rows, evaluated(tmp_path_factory.mktemp("plain"), rows)


def recounted(rows: Rows) -> list[tuple[bool, int, int, datetime]]:
    """(treated, value in the window, value before, day) of each assignment whose window has passed, in plain Python."""
    orders = defaultdict(list)
    for _, user, at, _, paid, goods in rows["orders"]:
        orders[user].append((datetime.fromisoformat(at), (paid - goods) * 100))
    end = FIRST + timedelta(days=DAYS)
    found = []
    for _, _, user, at, arm, _, _ in rows["assignments"]:
        drawn = datetime.fromisoformat(at)
        if drawn + timedelta(days=WINDOW_DAYS) > end:
            continue
        inside = [v for when, v in orders[user] if drawn <= when < drawn + timedelta(days=WINDOW_DAYS)]
        before = [v for when, v in orders[user] if drawn - timedelta(days=60) <= when < drawn]
        found.append((arm == "treated", min(sum(inside), CAP_FEN), sum(before), drawn))
    return found


def test_effect_and_return_are_as_recounted_in_plain_python(plain):
    rows, run = plain
    told = recounted(rows)
    treated = np.array([got for got, *_ in told])
    y, x = (np.array([row[place] for row in told], np.float64) for place in (1, 2))

    def spread(a, b, own):
        return float(np.cov(a[own], b[own])[0, 1]) / own.sum()

    def over(a, b):
        everybody = np.ones(len(a), bool)
        return spread(a, b, everybody)

    def adjusted(a):
        return a - over(a, x) / over(x, x) * x

    z = adjusted(y)
    # Every grant is still open and none expired: each is expected to be used whole.
    paid = adjusted(np.where(treated, AMOUNT * 100.0, 0.0))
    effect, cost = (part[treated].mean() - part[~treated].mean() for part in (z, paid))
    apart = spread(z, z, treated) + spread(z, z, ~treated)
    together = over(z, z) * len(z) * (1 / treated.sum() + 1 / (~treated).sum())
    arm = campaign(run, "a").arms[0]
    assert arm.users == treated.sum()
    assert arm.value is not None
    assert arm.value.value_est == pytest.approx(effect, rel=1e-9)
    assert arm.value.error_est == pytest.approx(sqrt(max(apart, together)), rel=1e-9)
    assert arm.each.value_est == pytest.approx(effect / cost, rel=1e-9)
    net = arm.verdict.reading
    assert net is not None
    assert net.value_est == pytest.approx(effect - cost, rel=1e-9)
    assert net.factor_est > closed_line(0.05)


def test_the_guard_judges_what_had_matured_by_each_day(plain):
    rows, run = plain
    told = recounted(rows)
    guard = campaign(run, "a").guard
    full = FIRST + timedelta(days=DAYS - 1 - WINDOW_DAYS)
    ripe = [row for row in told if row[3].date() <= full.date()]
    assert guard.judged == len(ripe)
    assert guard.judged + guard.waiting == len(rows["assignments"])
    assert guard.evidence.last_day is not None
    assert guard.evidence.last_day <= full.date()
    cost = sum(row[0] for row in ripe) * AMOUNT * 100
    value = sum(row[1] for row in ripe if row[0])
    assert guard.evidence.loss_fen == max(0, cost - value)


def test_nothing_is_said_before_its_window_has_passed(plain):
    _, run = plain
    for one in run.found.campaigns:
        first = one.first_day + timedelta(days=one.window_days)
        assert all(step.day > first for step in one.steps)
        assert all(action.day > first for action in one.guard.actions if action.reason != "young_cohorts")


def test_what_was_given_after_a_stop_is_added_up_day_by_day(plain):
    rows, run = plain
    one = campaign(run, "a")
    assert one.advice == "stop"
    assert one.stop_on is not None
    given = [r for r in rows["balance_entries"] if r[6] == "a"]
    after = [r for r in given if datetime.fromisoformat(r[2]).date() >= one.stop_on]
    assert one.granted_fen == len(given) * AMOUNT * 100
    assert one.after_stop_fen == len(after) * AMOUNT * 100 > 0


def test_a_campaign_without_draws_has_no_increment(plain):
    _, run = plain
    one = campaign(run, "b")
    assert one.split == "no_control"
    assert one.arms == ()
    assert one.policies == ()
    assert one.guard.evidence.basis == "attributed"
    assert one.needs == ("control",)
    assert one.advice == "test"


def test_each_order_counts_for_the_last_grant_alone(tmp_path):
    rows = shop(2, users=60)
    rows["orders"] = [
        ("o1", "u1", "2026-06-05 00:00:00", "delivered", 40, 10),
        ("o2", "u9", "2026-08-28 00:00:00", "delivered", 9, 9),
    ]
    rows["balance_entries"] = [
        (f"g{day}", "u1", f"2026-06-{day:02d} 00:00:00", "in", 1, "cashback", "b") for day in (1, 3, 6)
    ]
    guard = campaign(evaluated(tmp_path, rows), "b").guard
    # 30 yuan once, for the second of three grants of 1 yuan: no loss.
    assert guard.judged == 3
    assert guard.evidence.loss_fen == 0
    rows["orders"][0] = ("o1", "u1", "2026-06-05 00:00:00", "delivered", 12, 10)
    assert campaign(evaluated(tmp_path / "less", rows), "b").guard.evidence.loss_fen == 100


def test_arms_that_do_not_fit_the_draw_are_not_read(tmp_path):
    rows = shop(3)
    lost = [row for number, row in enumerate(rows["assignments"]) if row[4] == "treated" or number % 2]
    one = campaign(evaluated(tmp_path, {**rows, "assignments": lost}), "a")
    assert one.split == "broken"
    assert one.advice == "look"
    assert one.arms[0].verdict.state == "unhealthy"
    assert one.arms[0].value is None
    assert one.arms[0].each.value_est is None


def test_what_pays_is_kept_and_what_wears_out_is_found(tmp_path):
    kept = campaign(evaluated(tmp_path / "kept", shop(4, users=1_600, effect=1.2, treated=0.7)), "a")
    assert kept.advice == "keep"
    assert kept.stop_on is None
    worn = campaign(evaluated(tmp_path / "worn", shop(5, users=2_400, effect=1.2, fades=40)), "a")
    assert [step.kind for step in worn.steps] == ["ship", "worn_out"]
    since = worn.steps[1].since - FIRST.date()
    assert timedelta(days=32) <= since <= timedelta(days=54)
    assert worn.advice == "stop"


def test_without_chances_arms_are_compared_and_the_split_is_untold(plain, tmp_path):
    one = campaign(evaluated(tmp_path, shop(1), drop=("assignments.probability",)), "a")
    assert one.split == "untold"
    assert one.arms[0].value == campaign(plain[1], "a").arms[0].value
    assert one.guard.evidence.basis == "attributed"
    assert one.policies == ()
    assert "probability" in one.needs


@pytest.mark.parametrize(
    ("without", "drop", "needs"),
    [
        (("assignments", "users"), (), {"assignments", "linked_ids"}),
        (("balance_entries",), (), {"balance_entries"}),
        (("campaigns", "assignments", "balance_entries"), (), {"assignments", "balance_entries"}),
        ((), ("orders.cost_of_goods",), {"goods"}),
    ],
)
def test_files_that_lack_something_say_what(tmp_path, without, drop, needs):
    run = evaluated(tmp_path, shop(4, users=300, effect=2.0), without=without, drop=drop)
    assert set(run.found.needs) == needs
    if "balance_entries" in without and "assignments" in without:
        assert run.found.campaigns == ()
    if "goods" in needs:
        assert "keep" not in {one.advice for one in run.found.campaigns}


def test_other_ways_of_giving_stand_beside_nothing(plain):
    _, run = plain
    lines = {line.policy: line for line in campaign(run, "a").policies}
    assert lines["nothing"].net_est == 0
    assert lines["ran"].net_est is not None
    assert lines["ran"].net_est < 0
    # Five yuan bring nothing, so the best amount is none.
    assert lines["best"].net_est == 0


def test_the_same_files_give_the_same_bytes(plain, tmp_path):
    rows, run = plain
    assert evaluation_json(evaluated(tmp_path, rows).found) == evaluation_json(run.found)


def simulated(folder, seed: int, users: int) -> dict[str, CampaignEvaluated]:
    world = make_world(seed, users=users)
    write_canonical(world, folder / "files", format="parquet")
    settings = settings_for(work=folder / "work", language="zh", memory="400MB", threads=1)
    run = run_evaluation(folder / "files", settings=settings, assumptions=Assumptions())
    assert run.found.simulated
    return {one.campaign_id: one for one in run.found.campaigns}


def hold(found: dict[str, CampaignEvaluated]) -> None:
    """What is known of every platform: see docs/spec/world.md."""
    by_name = {one.name: one for one in found.values()}
    for name in ("[模拟] 全员感恩回馈", "[模拟] 连环短信返现"):
        one = by_name[name]
        assert one.arms[0].verdict.state == "roll_back"
        assert one.advice == "over_bad"
    for name in ("[模拟] 新人首单礼", "[模拟] 高价值专属回馈"):
        one = by_name[name]
        assert one.arms[0].verdict.state != "roll_back"
        assert one.advice in ("keep", "wait", "unclear", "no_data")
        assert one.guard.rung in ("watch", "slow", "slower")
    assert by_name["[模拟] 下单即返券"].split == "no_control"
    assert {one.split for one in found.values()} <= {"agrees", "no_control"}


def test_a_simulated_platform_is_judged_as_its_truth_is(tmp_path):
    hold(simulated(tmp_path, 3, 4_000))


@pytest.mark.long
@pytest.mark.parametrize("seed", [11, 12, 13, 14, 15])
def test_simulated_platforms_are_judged_as_their_truth_is(tmp_path, seed):
    hold(simulated(tmp_path, seed, 20_000))


@pytest.mark.long
def test_the_weekend_campaign_is_found_worn_out_where_there_are_users_enough(tmp_path):
    found = simulated(tmp_path, 11, 40_000)
    hold(found)
    worn = next(one for one in found.values() if one.name == "[模拟] 周末加油站")
    assert "worn_out" in [step.kind for step in worn.steps]
    assert worn.advice == "stop"
