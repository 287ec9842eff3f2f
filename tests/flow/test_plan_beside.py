"""A plan held beside what ran: whole or refused, by its own decisions, and plain where none of them is in the files."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from evaluated_shop import evaluated, shop, write

from huoshui.base.errors import BadOption
from huoshui.core.costs.assumptions import Assumptions
from huoshui.flow.app import settings_for
from huoshui.flow.evaluating import run_evaluation
from huoshui.flow.planning import run_plan, write_plan
from huoshui.flow.planning.files import read_decisions

ROWS = shop(11, users=900, effect=0.9)


def settings_in(folder: Path):
    return settings_for(work=folder, language="zh", memory="400MB", threads=1)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("beside") / "files"
    write(place, ROWS)
    return place


@pytest.fixture(scope="module")
def plan(files, tmp_path_factory) -> Path:
    """A plan of the next month that gives somebody something."""
    settings = settings_in(tmp_path_factory.mktemp("work"))
    run = run_plan(
        files,
        settings=settings,
        assumptions=Assumptions(),
        period="2026-09",
        budget_fen=2_000_000,
        learned=False,
    )
    assert run.plan.scope.users_with_level > 30
    out = tmp_path_factory.mktemp("plan")
    write_plan(run, out, settings=settings)
    return out


def beside(files: Path, plan: Path, work: Path):
    return run_evaluation(files, settings=settings_in(work), assumptions=Assumptions(), plan=plan).found


def test_the_plan_stands_beside_what_ran_by_its_own_decisions(files, plan, tmp_path):
    found = beside(files, plan, tmp_path)
    one = next(campaign for campaign in found.campaigns if campaign.campaign_id == "a")
    table = pq.read_table(plan / "candidates.parquet")
    options = json.loads((plan / "record.json").read_text())["options"]
    own = [place for place, option in enumerate(options, start=1) if option["campaign"] == "a"]
    takes = set(table.filter(np.isin(table["choice"].to_numpy(), own))["user_ids"].to_pylist())
    ripe = [row[2] for row in ROWS["assignments"] if row[3] < "2026-08-15"]
    assert one.plan_rows == len([user for user in ripe if user in takes]) > 0
    (line,) = [line for line in one.policies if line.policy == "plan"]
    assert line.net_est != 0
    assert not found.plan_unmet
    assert {
        line.policy for line in next(c for c in found.campaigns if c.campaign_id == "b").policies
    } == set()


@pytest.mark.parametrize("edited", ["record.json", "plan.json", "candidates.parquet", "gone"])
def test_an_edited_plan_is_refused_by_the_name_of_its_file(files, plan, tmp_path, edited):
    copy = tmp_path / "copy"
    shutil.copytree(plan, copy)
    name = "plan.json" if edited == "gone" else edited
    if edited == "gone":
        (copy / name).unlink()
    elif name == "candidates.parquet":
        table = pq.read_table(copy / name)
        choice = table["choice"].to_numpy().copy()
        choice[np.flatnonzero(choice)[0]] = 0
        pq.write_table(table.set_column(table.column_names.index("choice"), "choice", [choice]), copy / name)
    else:
        path = copy / name
        path.write_text(path.read_text().replace('"budget_fen": 2000000', '"budget_fen": 2000001'))
    with pytest.raises(BadOption) as refused:
        beside(files, copy, tmp_path / "work")
    told = {language: refused.value.say(language) for language in ("zh", "en")}
    assert "--plan" in told["zh"]
    for text in told.values():
        assert name in text
        assert not {"record.json", "plan.json", "candidates.parquet"} - {name} & set(text.split())
    assert "被改过" in told["zh"]
    assert "changed or gone" in told["en"]


def test_another_version_of_ours_is_no_edit(plan, tmp_path, monkeypatch):
    monkeypatch.setattr("huoshui.flow.planning.files._versions", lambda: {"huoshui": "another"})
    assert read_decisions(plan, option="--plan").options


def test_a_plan_of_other_users_says_that_it_tells_nothing(plan, tmp_path):
    others = {
        name: [
            tuple(f"x{cell}" if str(cell)[:1] == "u" and str(cell)[1:].isdigit() else cell for cell in row)
            for row in rows
        ]
        for name, rows in ROWS.items()
    }
    write(tmp_path / "files", others)
    found = beside(tmp_path / "files", plan, tmp_path / "work")
    assert found.plan_unmet
    assert {one.plan_rows for one in found.campaigns} == {0}
    assert not any(line.policy == "plan" for one in found.campaigns for line in one.policies)


def test_arms_of_unequal_chances_are_compared_and_their_split_is_checked(tmp_path):
    rows = shop(12, users=1_500, effect=0.6, treated=0.7)
    rng = np.random.default_rng(5)
    two = []
    for row in rows["assignments"]:
        if row[4] == "control":
            two.append((*row[:6], 0.3))
        else:
            more = rng.random() < 2 / 7
            two.append((*row[:5], 10 if more else 5, 0.2 if more else 0.5))
    rows["assignments"] = two
    run = evaluated(tmp_path, rows)
    one = next(campaign for campaign in run.found.campaigns if campaign.campaign_id == "a")
    assert one.split == "agrees"
    assert [arm.amount_fen for arm in one.arms] == [None, 500, 1000]
    assert all(arm.value is not None and arm.value.value_est > 0 for arm in one.arms)
    assert one.ratio is not None
    arms = (("control", 0), ("treated", 5), ("treated", 10))
    counts = [sum(row[4] == arm and row[5] == fen for row in two) for arm, fen in arms]
    assert list(one.ratio.counts) == counts
