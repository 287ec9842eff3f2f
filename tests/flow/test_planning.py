"""From files to a plan: its sums, its list, its record, its rules; on a small simulated shop."""

import csv
import json
import zipfile
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from huoshui.base.errors import BadMapping, BadOption, RulesClash
from huoshui.core.allocate import Offers, Option, at_least, at_most, solve
from huoshui.core.allocate.record import choice_hash, offers_hash
from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.values import SEGMENTS
from huoshui.core.trials.draws import draws
from huoshui.core.trials.holdout import holdout
from huoshui.flow.app import Settings, settings_for
from huoshui.flow.planning import (
    PlanRules,
    PlanRun,
    commands,
    making,
    replay,
    run_plan,
    run_what_if,
    write_plan,
    write_test,
)
from huoshui.flow.planning.files import previous_choice, read_record
from huoshui.sim.files import write_canonical
from huoshui.sim.world import make_world

PERIOD = "2026-11"
BUDGET = 2_000_000


def settings_in(work: Path, language: str = "zh") -> Settings:
    return settings_for(work=work, language="zh" if language == "zh" else "en", memory="400MB", threads=2)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated shop of 1,500 users, eight months."""
    folder = tmp_path_factory.mktemp("shop") / "files"
    write_canonical(make_world(5, users=1_500, months=8, start=date(2026, 3, 1)), folder, format="parquet")
    return folder


@pytest.fixture(scope="module")
def run(shop: Path) -> PlanRun:
    """The plan of the month after the files, without further rules."""
    return planned(shop)


def planned(shop: Path, budget: int = BUDGET, rules: PlanRules | None = None, **more: object) -> PlanRun:
    return run_plan(
        shop,
        settings=settings_in(shop.parent / "work"),
        assumptions=Assumptions(),
        period=PERIOD,
        budget_fen=budget,
        rows=rules,
        **more,
    )


@pytest.fixture(scope="module")
def written(run: PlanRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    write_plan(run, out, settings=settings_in(out))
    return out


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# --- sums --------------------------------------------------------------------------------------------------


def test_the_parts_of_the_budget_add_up_to_it(run: PlanRun):
    plan = run.plan
    assert sum(line.fen for line in plan.reserves) == plan.budget_fen
    assert plan.spent_fen + plan.unspent_fen == plan.offers_fen == plan.reserves[-1].fen
    assert 0 < plan.spent_fen <= plan.offers_fen


def test_cells_are_the_users_and_no_cell_brings_less_than_the_edge(run: PlanRun):
    plan, made = run.plan, run.made
    policy = [cell for cell in plan.cells if cell.arm == "policy"]
    assert sum(cell.users for cell in plan.cells) == plan.scope.users_with_level == (made.choice > 0).sum()
    assert sum(cell.cost_fen for cell in policy) == plan.spent_fen
    assert sum(cell.face_fen for cell in policy) == plan.face_fen
    assert sum(cell.value_est for cell in policy) == pytest.approx(plan.promise.value_est)
    for cell in policy:
        assert cell.value_est / made.factor_est >= plan.edge_est * cell.cost_fen * 0.999, cell


def test_nobody_with_a_reason_gets_a_level_and_the_holdout_none(run: PlanRun):
    held = holdout(run.people.keys, seed=run.wish.seed, period=PERIOD)
    assert held.sum() > 30
    assert not run.made.choice[held].any()
    barred = run.people.standing != 0
    assert barred.any()
    assert not run.made.choice[barred].any()
    given = dict(run.plan.not_allowed)
    assert given["abuser"] + given["holdout"] + given["no_curve"] + given.get("frozen", 0) == (
        run.plan.scope.users - run.plan.scope.users_allowed
    )


def test_a_campaign_goes_only_to_users_of_its_draw(run: PlanRun):
    told = run.facts
    taking = np.flatnonzero(run.made.choice)
    for user in taking:
        campaign = run.made.offers.options[int(run.made.choice[user]) - 1].campaign
        assert run.people.drawn[user] >> told.drawn_by.index(campaign) & 1


def test_the_campaign_without_a_list_is_never_planned_and_a_test_is_proposed(run: PlanRun):
    untold = next(one for one in run.plan.campaigns if one.campaign_id == "SIM-C07")
    assert (untold.status, untold.users, untold.curves) == ("no_random_data", 0, ())
    assert untold.small_test is not None
    assert untold.attributed_return_est is not None


def test_the_curve_rises_and_its_slope_falls(run: PlanRun):
    curve = run.plan.curve
    assert len(curve) > 5
    values, prices = [point.value_est for point in curve], [point.price_est for point in curve]
    assert values == sorted(values)
    assert all(after <= before + 1e-9 for before, after in pairwise(prices))
    assert all(point.spent_fen <= point.budget_fen for point in curve)


def test_the_plan_beats_the_other_ways_at_what_counts(run: PlanRun):
    """Value less edge x cost: the others may spend more, for less than it brings."""
    plan = run.plan
    best = plan.promise.value_est / run.made.factor_est - plan.edge_est * plan.spent_fen
    assert len(plan.baselines) >= 2
    for other in plan.baselines:
        assert other.value_est / run.made.factor_est - plan.edge_est * other.cost_fen <= best + 1


def test_twenty_users_to_judge_and_their_neighbours(run: PlanRun):
    checked = run.plan.checked
    assert len({user.user_id for user in checked}) == 20
    assert sum(user.amount_fen == 0 for user in checked) == 5
    for user in checked:
        assert user.reason.zh
        assert user.reason.en
        if user.below_fen is not None:
            assert user.below_fen < user.amount_fen
        if user.above_fen is not None:
            assert user.above_fen > user.amount_fen


def test_explorers_draw_nothing_that_is_known_to_lose(shop: Path):
    run = planned(shop, budget=10 * BUDGET, rules=PlanRules(explore_share=Fraction(1, 2)))
    made = run.made
    explores = made.aside.explored.explores & (made.choice > 0)
    assert explores.sum() > 50
    cells = {(int(made.choice[user]) - 1, int(run.people.segment[user])) for user in np.flatnonzero(explores)}
    high, cost = made.cells.high_est, made.cells.cost_est
    for cell in cells:
        assert high[cell] >= run.wish.edge_est * cost[cell], cell
    known = np.isfinite(high)
    assert (high[known] < run.wish.edge_est * cost[known]).any()


def test_a_campaign_that_is_over_is_planned_as_another_round_and_says_so(run: PlanRun):
    rules = [rule for rule in run.plan.rules if rule.kind == "campaign_budget"]
    terms = {term.campaign_id: term for term in run.facts.facts.campaigns}
    assert rules
    for rule in rules:
        whole = terms[rule.code.partition(":")[2]].budget_fen
        assert whole is not None
        assert rule.limit <= whole
        assert (rule.why is not None and "再开一次" in rule.why.zh) == (rule.limit < whole)
    assert any(rule.why is not None and "another round" in rule.why.en for rule in rules)


# --- files and record --------------------------------------------------------------------------------------


def test_the_list_holds_everybody_with_a_level(run: PlanRun, written: Path):
    rows = rows_of(written / "plan.csv")
    assert len(rows) == (run.made.choice > 0).sum()
    by_id = {row["用户ID"]: row for row in rows}
    ids = run.people.user_ids.to_pylist()
    for user in np.flatnonzero(run.made.choice):
        row = by_id[ids[user]]
        option = run.made.offers.options[int(run.made.choice[user]) - 1]
        assert (row["活动ID"], float(row["金额(元)"])) == (option.campaign, option.amount_fen / 100)
        assert float(row["预计花费(元)"]) == run.made.cost_fen[user] / 100
        assert (row["来由"] == "探索") == bool(run.made.aside.explored.explores[user])
    assert (written / "plan.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert sum(float(row["预计花费(元)"]) for row in rows if row["来由"] == "按计划") == pytest.approx(
        run.plan.spent_fen / 100
    )


def test_figures_workbook_and_what_chance_drew(run: PlanRun, written: Path):
    figures = json.loads((written / "plan.json").read_text())
    assert figures["spent_fen"] == run.plan.spent_fen
    with zipfile.ZipFile(written / "plan.xlsx") as book:
        assert sum(name.startswith("xl/worksheets/sheet") for name in book.namelist()) == 9
        formats = book.read("xl/styles.xml").decode()
        listed = book.read("xl/worksheets/sheet9.xml").decode()
    # A trailing point, as in "5.", is what "#,##0.##" makes of a whole amount.
    assert "0.0000" in formats
    assert "#,##0.##" not in formats
    assert "<autoFilter" in listed
    assert 'state="frozen"' in listed
    explored = rows_of(written / "explored.csv")
    assert {row["user_id"] for row in explored} == {
        run.people.user_ids[int(user)].as_py() for user in np.flatnonzero(run.made.aside.explored.explores)
    }


def test_the_record_makes_the_same_decisions_again(run: PlanRun, written: Path):
    stored, again = replay(written)
    assert stored.wish == run.wish
    assert choice_hash(again.offers.keys, again.choice) == stored.record.choice_hash
    assert offers_hash(again.offers) == stored.record.offers_hash
    assert again.plan == run.plan
    other = np.where(draws(run.people.keys, "other", seed=1) % 2 == 0, run.made.choice, 0).astype(np.int8)
    assert choice_hash(run.people.keys, other) != stored.record.choice_hash


def test_the_same_files_give_the_same_bytes(shop: Path, written: Path, tmp_path: Path):
    write_plan(planned(shop), tmp_path, settings=settings_in(tmp_path / "work"))
    for name in ("plan.csv", "plan.json", "explored.csv", "record.json"):
        assert (tmp_path / name).read_bytes() == (written / name).read_bytes(), name


def test_a_folder_without_a_record_says_what_to_do(tmp_path: Path, written: Path):
    with pytest.raises(BadOption, match=r"record\.json"):
        replay(tmp_path)
    for name in ("record.json", "candidates.parquet"):
        (tmp_path / name).write_bytes((written / name).read_bytes())
    (tmp_path / "record.json").write_text('{"record": 1}')
    with pytest.raises(BadOption, match="edited"):
        read_record(tmp_path)
    (tmp_path / "record.json").write_bytes((written / "record.json").read_bytes())
    (tmp_path / "candidates.parquet").write_bytes(b"PAR1")
    with pytest.raises(BadOption, match="edited"):
        read_record(tmp_path)


def test_text_of_the_data_is_no_formula(run: PlanRun, tmp_path: Path):
    ids = run.people.user_ids.to_pylist()
    first = int(np.flatnonzero(run.made.choice)[0])
    ids[first] = "=HYPERLINK(1)"
    people = replace(run.people, user_ids=pa.chunked_array([ids]))
    write_plan(replace(run, people=people), tmp_path, settings=settings_in(tmp_path / "work"))
    assert "'=HYPERLINK(1)" in {row["用户ID"] for row in rows_of(tmp_path / "plan.csv")}
    with zipfile.ZipFile(tmp_path / "plan.xlsx") as book:
        sheets = [book.read(name) for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not any(b"<f>" in sheet for sheet in sheets)
    earlier = previous_choice(tmp_path / "plan.csv", people)
    assert (earlier.choice_among(run.made.offers.options) == run.made.choice).all()


# --- rules -------------------------------------------------------------------------------------------------


def spent_by_segment(run: PlanRun, segment: str, *, but: str = "") -> int:
    """Fen of the plan for a segment; without those of the campaign `but`."""
    own = (cell for cell in run.plan.cells if cell.segment == segment and cell.arm == "policy")
    return sum(cell.cost_fen for cell in own if cell.campaign_id != but)


def test_rules_are_kept_and_what_they_cost_is_told(shop: Path, run: PlanRun):
    campaign = max(run.plan.campaigns, key=lambda one: one.cost_fen)
    segment = max(SEGMENTS, key=lambda name: spent_by_segment(run, name, but=campaign.campaign_id))
    third = spent_by_segment(run, segment, but=campaign.campaign_id) // 3
    half = campaign.cost_fen // 2
    assert third > 0
    halved = planned(shop, rules=PlanRules(campaign_budget_fen={campaign.campaign_id: half}))
    own = next(one for one in halved.plan.campaigns if one.campaign_id == campaign.campaign_id)
    assert own.cost_fen <= half
    # Apart, for a campaign's limit may leave the segment's nothing to bind.
    bound = planned(shop, rules=PlanRules(segment_maximum_fen={segment: third}))
    told = {rule.code: rule for rule in bound.plan.rules}
    assert spent_by_segment(bound, segment) <= third
    rule = told[f"segment_maximum:{segment}"]
    assert rule.binds
    assert rule.costs_est is not None
    assert rule.costs_est > 0
    assert bound.plan.promise.uncalibrated_est < run.plan.promise.uncalibrated_est


def test_cap_cool_down_protected_and_levels_left_out(shop: Path, run: PlanRun):
    option = run.made.offers.options[int(run.made.choice.max()) - 1]
    rules = PlanRules(
        cap_fen=500,
        cool_down_days=30,
        protected_fen=100_000,
        leave_out=((option.campaign, option.amount_fen),),
        explore_share=Fraction(0),
    )
    bound = planned(shop, rules=rules)
    taking = np.flatnonzero(bound.made.choice)
    amounts = np.array([0, *(each.amount_fen for each in bound.made.offers.options)])
    assert len(taking)
    assert amounts[bound.made.choice].max() <= 500
    rested = bound.people.rewarded_days[taking]
    assert ((rested < 0) | (rested >= 30)).all()
    assert option not in bound.made.offers.options
    assert {line.code: line.fen for line in bound.plan.reserves}["protected"] == 100_000
    assert sum(line.fen for line in bound.plan.reserves) == BUDGET
    assert not any(cell.arm == "explore" for cell in bound.plan.cells)


def test_rules_that_clash_name_the_least_that_gives_way(shop: Path):
    rules = PlanRules(segment_minimum_fen={"lost": 10**9})
    with pytest.raises(RulesClash) as caught:
        planned(shop, rules=rules)
    assert "流失" in caught.value.say("zh")
    assert "lost" in caught.value.say("en")


def test_a_rule_for_a_campaign_that_there_is_not_is_an_error(shop: Path):
    with pytest.raises(BadOption, match="SIM-C99"):
        planned(shop, rules=PlanRules(campaign_budget_fen={"SIM-C99": 5}))


def test_few_may_change_against_the_earlier_plan(shop: Path, run: PlanRun, written: Path, tmp_path: Path):
    same = planned(shop, previous=written / "plan.csv")
    assert same.plan.changes == 0
    tighter = planned(shop, budget=BUDGET - run.plan.unspent_fen - run.plan.spent_fen // 2)
    write_plan(tighter, tmp_path, settings=settings_in(tmp_path / "work"))
    free = planned(shop, previous=tmp_path / "plan.csv")
    assert free.plan.changes is not None
    most = free.plan.changes // 2
    assert most > 10
    held = planned(shop, rules=PlanRules(changes_max=most), previous=tmp_path / "plan.csv")
    assert held.plan.changes is not None
    assert 0 < held.plan.changes <= most == held.plan.changes_max


def test_a_list_that_is_none_of_ours_is_an_error_with_its_line(run: PlanRun, tmp_path: Path):
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(BadMapping, match=r"other\.csv line 1"):
        previous_choice(other, run.people)
    other.write_text("user_id,campaign_id,amount (yuan)\nu1,C1,5\nu2,C1,many\n")
    with pytest.raises(BadMapping, match=r"other\.csv line 3"):
        previous_choice(other, run.people)


# --- what if, and nothing to plan on -----------------------------------------------------------------------


def test_what_if_with_less_money_serves_fewer_and_the_last_yuan_brings_more(written: Path, run: PlanRun):
    least = sum(line.fen for line in run.plan.reserves if line.code != "offers") + run.plan.spent_fen // 2
    compared = run_what_if(written, budget_fen=least)
    assert compared.before == run.plan
    assert compared.after.spent_fen < compared.before.spent_fen
    assert compared.after.price_est > compared.before.price_est
    assert compared.changed_users > 0
    assert sum(users for _, users in compared.moved) == (
        compared.after.scope.users_with_level - compared.before.scope.users_with_level
    )


class Counted:
    """How often a plan was made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.plans = 0
        monkeypatch.setattr(commands, "make_plan", self)

    def __call__(self, *given: object, **named: object) -> object:
        self.plans += 1
        return making.make_plan(*given, **named)


def test_what_if_plans_only_what_is_new_and_comes_to_what_two_fresh_plans_come_to(
    shop: Path, written: Path, run: PlanRun, monkeypatch: pytest.MonkeyPatch
):
    half = run.plan.budget_fen - run.plan.unspent_fen - run.plan.spent_fen // 2
    fresh = planned(shop, budget=half)
    counted = Counted(monkeypatch)
    compared = run_what_if(written, budget_fen=half)
    assert counted.plans == 1
    assert compared.before == run.plan
    assert compared.after == fresh.plan
    assert compared.changed_users == (fresh.made.choice != run.made.choice).sum()
    same = run_what_if(written, budget_fen=run.plan.budget_fen)
    assert counted.plans == 1
    assert (same.changed_users, same.moved, same.after) == (0, (), run.plan)


@pytest.mark.parametrize("edited", ["record.json", "plan.json", "none"])
def test_what_if_does_not_trust_files_that_were_edited(
    written: Path, run: PlanRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edited: str
):
    """What was kept of the plan counts only where all of it is as it was written."""
    counted = Counted(monkeypatch)
    for name in ("record.json", "plan.json", "candidates.parquet"):
        (tmp_path / name).write_bytes((written / name).read_bytes())
    if edited == "none":
        (tmp_path / "plan.json").unlink()
    else:
        path = tmp_path / edited
        path.write_text(path.read_text().replace(f'"budget_fen": {BUDGET}', f'"budget_fen": {BUDGET - 1}'))
    compared = run_what_if(tmp_path, budget_fen=BUDGET // 2)
    assert counted.plans == 2
    assert compared.before.budget_fen == (BUDGET - 1 if edited == "record.json" else BUDGET)


def test_orders_alone_give_a_plan_that_spends_nothing(shop: Path, tmp_path: Path):
    folder = tmp_path / "orders"
    folder.mkdir()
    (folder / "orders.parquet").write_bytes((shop / "orders.parquet").read_bytes())
    bare = run_plan(
        folder,
        settings=settings_in(tmp_path / "work"),
        assumptions=Assumptions(),
        period=PERIOD,
        budget_fen=BUDGET,
    )
    plan = bare.plan
    assert plan.spent_fen == 0
    assert plan.unspent_fen == plan.offers_fen == BUDGET
    assert plan.campaigns == ()
    assert dict(plan.not_allowed)["no_curve"] > 0
    write_plan(bare, tmp_path / "out", settings=settings_in(tmp_path / "work"))
    assert rows_of(tmp_path / "out" / "plan.csv") == []


@pytest.mark.parametrize("period", ["2026", "2026-13", "26-11", "2026-1a", "2026/11"])
def test_a_period_is_a_month(shop: Path, period: str):
    with pytest.raises(BadOption, match="--period"):
        run_plan(
            shop,
            settings=settings_in(shop.parent / "work"),
            assumptions=Assumptions(),
            period=period,
            budget_fen=BUDGET,
        )


@pytest.mark.parametrize("period", ["2026-03", "2020-01", "2028-03"])
def test_a_month_that_the_files_cannot_tell_of_is_refused(shop: Path, period: str):
    with pytest.raises(BadOption) as caught:
        run_plan(
            shop,
            settings=settings_in(shop.parent / "work"),
            assumptions=Assumptions(),
            period=period,
            budget_fen=BUDGET,
        )
    assert "2026-03-01" in caught.value.say("zh")


# --- the small test ----------------------------------------------------------------------------------------


def test_the_small_test_of_an_untold_campaign_is_drawn_among_users_without_a_level(
    run: PlanRun, tmp_path: Path
):
    design = write_test(run, "SIM-C07", tmp_path / "test.csv")
    rows = rows_of(tmp_path / "test.csv")
    assert len(rows) == design.users
    assert {row["arm"] for row in rows} >= {"control"}
    given = {
        run.people.user_ids[int(user)].as_py()
        for user in np.flatnonzero((run.made.choice > 0) | run.made.aside.explored.explores)
    }
    assert given.isdisjoint(row["user_id"] for row in rows)
    assert len({row["user_id"] for row in rows}) == len(rows)
    with pytest.raises(BadOption, match="SIM-C99"):
        write_test(run, "SIM-C99", tmp_path / "none.csv")


# --- users without any alternative -------------------------------------------------------------------------


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_rows_are_solved_where_most_users_may_get_nothing():
    """What is not allowed must not enter the programs that decide the last users: it would bring minus infinity."""
    users = 50_000
    values = np.full((2, users), -np.inf, np.float32)
    values[0, ::40], values[1, ::40] = 200.0, 300.0
    costs = np.repeat(np.array([[100], [180]], np.int32), users, axis=1)
    offers = Offers(
        (Option("A", 100), Option("A", 180)),
        values,
        costs,
        draws(np.arange(users, dtype=np.uint64), "t", seed=1),
    )
    rows = (at_most(offers, "most", 61_234.0), at_least(offers, "least", 10_000.0))
    plan = solve(offers, budget_fen=90_000, rows=rows)
    assert plan.spent_fen <= 61_234
    assert np.isfinite(values[plan.choice[::40] - 1, np.arange(0, users, 40)][plan.choice[::40] > 0]).all()
    assert plan.certificate.gap < 1e-3
    assert plan.certificate.violation == 0.0
