"""What is learned from a folder and what a plan does with it: means stay, reasons say so, a record makes it again."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.values import SEGMENTS
from huoshui.core.uplift.response_factors import UNKNOWN
from huoshui.core.uplift.row_effects import Estimate
from huoshui.flow.app import Settings, settings_for
from huoshui.flow.learning import reason_words
from huoshui.flow.learning.factors import UserFactors, _by_place, rows_each
from huoshui.flow.learning.rows import learning_rows, on_scale
from huoshui.flow.learning.words import FEATURE_WORDS
from huoshui.flow.planning import PlanRun, replay, run_plan, write_plan
from huoshui.flow.planning.facts import PlanFacts
from huoshui.flow.planning.matrix import Cells, audience, cells_of, offers_of
from huoshui.flow.planning.notes import notes_of
from huoshui.lake.facts.features import FEATURES
from huoshui.sim.files import write_canonical
from huoshui.sim.world import make_world

PERIOD = "2026-11"
BUDGET = 3_000_000


def settings_in(work: Path) -> Settings:
    return settings_for(work=work, language="zh", memory="400MB", threads=2)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> PlanRun:
    """The plan of a small platform where it shows beforehand who answers."""
    folder = tmp_path_factory.mktemp("shop") / "files"
    write_canonical(make_world(3, users=6_000, answers="visible"), folder, format="parquet")
    return run_plan(
        folder,
        settings=settings_in(folder.parent / "work"),
        assumptions=Assumptions(),
        period=PERIOD,
        budget_fen=BUDGET,
    )


@pytest.fixture(scope="module")
def written(run: PlanRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    write_plan(run, out, settings=settings_in(out))
    return out


def test_it_shows_who_answers_and_the_plan_says_so(run: PlanRun):
    learned = run.facts.learned
    assert learned is not None
    assert learned.state == "users_differ"
    assert learned.slope.low_est > 0
    assert run.made.cells.learned is learned
    assert len(learned.factors) > 20
    assert "SIM-C02" not in learned.campaigns, "a campaign that brings nothing has nobody who answers more"
    notes = "\n".join(note.zh for note in run.plan.notes)
    assert "反应倍数" in notes
    assert f"{learned.slope.value_est:.2f}" in notes


def test_factors_move_users_and_leave_each_segment_as_the_control_told_it(run: PlanRun):
    cells, people = run.made.cells, run.people
    learned, plain = offers_of(cells, people), offers_of(replace(cells, learned=None), people)
    moved = 0
    for row, option in enumerate(cells.options):
        meant = audience(cells, people, option.campaign) & np.isfinite(learned.values_est[row])
        for segment in range(len(SEGMENTS)):
            own = meant & (people.segment == segment)
            if own.any():
                with_it, without = learned.values_est[row][own], plain.values_est[row][own]
                assert with_it.mean() == pytest.approx(without.mean(), rel=1e-4, abs=0.01)
                moved += int((np.abs(with_it - without) > 1).sum())
    assert moved > 1_000


def test_the_list_says_the_factor_and_why(run: PlanRun, written: Path):
    with (written / "plan.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    factors = np.array([float(row["反应倍数"]) for row in rows])
    assert (np.abs(factors - 1) > 0.1).sum() > 20
    for row, factor in zip(rows, factors, strict=True):
        said = "反应约是同群人的" in row["原因"]
        if row["来由"] == "按计划":
            assert said == (abs(factor - 1) >= 0.05) or abs(abs(factor - 1) - 0.05) < 0.006, row
    with_reason = [row["原因"] for row in rows if "反应约是" in row["原因"] and row["原因"].endswith(")")]
    assert with_reason
    names = [words.more.zh for words in FEATURE_WORDS.values()] + [w.less.zh for w in FEATURE_WORDS.values()]
    assert all(any(f"({name})" in reason for name in names) for reason in with_reason)
    told = {user.user_id: user for user in run.plan.checked}
    for row in rows:
        if row["用户ID"] in told:
            assert told[row["用户ID"]].reason.zh == row["原因"]


def test_the_record_makes_the_same_plan_again_without_learning(run: PlanRun, written: Path):
    stored, again = replay(written)
    assert stored.facts.learned == run.facts.learned
    assert again.plan == run.plan
    assert (again.choice == run.made.choice).all()
    assert json.loads((written / "record.json").read_text())["wish"]["learned"] is True


def test_without_what_was_learned_the_plan_is_that_of_segments_and_own_worths(run: PlanRun):
    off = cells_of(
        run.facts, Assumptions(), run.wish.rules, first_day="2026-11-01", seed=run.wish.seed, learned=False
    )
    never = replace(run.made.cells, learned=None)
    assert off.learned is None
    assert (offers_of(off, run.people).values_est == offers_of(never, run.people).values_est).all()
    assert (offers_of(off, run.people).values_est != run.made.offers.values_est).any()
    assert not any("反应倍数" in note for note in notes_with(run, run.facts, off))


def notes_with(run: PlanRun, facts: PlanFacts, cells: Cells) -> list[str]:
    told = notes_of(facts, cells, run.made.aside, run.wish.first_day, BUDGET, 0)
    return [text for note in told for text in note]


def test_no_difference_is_said_plainly(run: PlanRun):
    assert run.facts.learned is not None
    nothing = replace(
        run.facts.learned, state="no_detectable_difference", factors=(1.0,), campaigns=(), strengths=()
    )
    facts = replace(run.facts, learned=nothing)
    cells = cells_of(facts, Assumptions(), run.wish.rules, first_day="2026-11-01", seed=run.wish.seed)
    assert cells.learned is None
    said = "\n".join(notes_with(run, facts, cells))
    assert "看不出同一群里谁反应更多" in said
    assert "no detectable difference" in said


def test_a_campaign_counts_a_factor_as_far_as_its_users_bore_it_out():
    factors = UserFactors(
        "users_differ", UNKNOWN_REASON, (1.0, 0.5, 2.0), ("a", "b"), (1.0, 0.5), ("x",), UNKNOWN, 0, 0
    )
    assert factors.factors_in("a").tolist() == [1.0, 0.5, 2.0]
    assert factors.factors_in("b").tolist() == [1.0, 0.75, 1.5]
    assert factors.factors_in("c").tolist() == [1.0, 1.0, 1.0]


UNKNOWN_REASON = FEATURE_WORDS["orders_7"].name


def test_every_feature_has_words_and_no_word_lies_idle():
    assert set(FEATURE_WORDS) == set(FEATURES)
    assert reason_words(FEATURES, 0) is None
    assert reason_words(FEATURES, 1) == FEATURE_WORDS[FEATURES[0]].more
    assert reason_words(FEATURES, 2 * len(FEATURES)) == FEATURE_WORDS[FEATURES[-1]].less
    assert 2 * len(FEATURES) < 256, "a reason fits a byte"


def test_counts_are_read_by_their_logarithm_and_shares_as_they_are():
    column = np.array([-2.0, 0.0, 9.0], np.float32)
    assert on_scale("margin_30", column).tolist() == pytest.approx([-np.log(3), 0, np.log(10)])
    for name in ("bonus_share", "source_agent", "device_3", "has_upline"):
        assert on_scale(name, column).tolist() == column.tolist()


def table_of(users: int, **columns: object) -> pa.Table:
    rng = np.random.default_rng(1)
    control = np.arange(users) % 2 == 0
    told = {
        "assignment": np.arange(users),
        "campaign_id": np.full(users, "k"),
        "person": np.arange(users, dtype=np.uint64),
        "control": control,
        "segment": np.full(users, "regular"),
        "amount_fen": np.where(control, 0, 500),
        "probability": np.full(users, 0.5),
        "mature": np.ones(users, bool),
        "value_fen": np.full(users, 7),
        "orders": np.ones(users, np.int64),
        **{name: rng.normal(size=users).astype(np.float32) for name in FEATURES},
    }
    return pa.table(told | columns)


def test_young_rows_small_arms_and_features_that_tell_the_arm_are_left_out():
    amount = np.where(np.arange(400) % 2 == 0, 0, np.where(np.arange(400) < 20, 900, 500))
    leak = np.where(np.arange(400) % 2 == 0, 0.0, 1.0).astype(np.float32)
    table = table_of(400, amount_fen=amount, rewards_90=leak, device_8=np.zeros(400, np.float32))
    told = learning_rows(table)
    (part,) = told.orders
    assert part.rows.amounts_fen == (500,), "an amount of ten users is left out"
    assert part.rows.rows == len(told.value_fen["k"]) == 390
    assert "rewards_90" not in told.names
    assert [one.name for one in told.uneven["k"]] == ["rewards_90"]
    assert "device_8" not in told.names, "it is the same for everybody"
    young = learning_rows(table_of(400, mature=np.arange(400) < 200))
    assert (young.young, young.orders[0].rows.rows) == (200, 200)
    assert learning_rows(table_of(40)).orders == ()


def test_a_figure_that_is_not_known_is_no_number():
    assert np.isnan(UNKNOWN.value_est)
    assert Estimate(1.0, 0.5).low_est < 0.1


@given(st.lists(st.integers(0, 1_000), max_size=12), st.integers(1, 3_000))
def test_small_campaigns_are_read_whole_and_large_ones_alike(sizes, most):
    each = rows_each(sizes, most)
    read = sum(min(size, each) for size in sizes)
    assert read <= max(most, len(sizes))
    if sum(sizes) <= most:
        assert read == sum(sizes)
    else:
        assert read > most - len(sizes), "to within a row a campaign all that may be read is read"


def test_features_read_in_any_order_come_by_place():
    read = pa.table({"moment": [2, 0, 1], "a": pa.array([20, None, 10], pa.float32()), "b": [2.0, 0.0, 1.0]})
    columns = _by_place(read, 3)
    assert columns["b"].tolist() == [0, 1, 2]
    assert columns["a"][1:].tolist() == [10, 20]
    assert np.isnan(columns["a"][0])


@pytest.mark.parametrize("places", [[0, 1], [0, 1, 1]])
def test_a_user_left_out_or_told_twice_shifts_nobodys_answers(places):
    with pytest.raises(AssertionError):
        _by_place(pa.table({"moment": places, "a": [1.0] * len(places)}), 3)
