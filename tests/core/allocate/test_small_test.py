"""The small test: large enough, no dearer than it says, drawn by hash, and read back by the next import."""

import csv
from math import inf, sqrt
from pathlib import Path

import numpy as np
import pytest

from huoshui.core.allocate.assignments import Assignment, assignments_of_exploring, assignments_of_test
from huoshui.core.allocate.reserve import Limits, Standing, set_aside
from huoshui.core.allocate.small_test import Design, design_test, draw_test
from huoshui.core.allocate.values import Offers, Option
from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.facts import ArmMoments
from huoshui.core.trials.draws import user_keys
from huoshui.flow.gathering import gather
from huoshui.lake.engines import open_lake
from huoshui.lake.intake import read_folder

AT = "2026-12-01 00:00:00"
IDS = [f"U{number:05d}" for number in range(4_000)]


def design_of(
    *amounts: int, eligible: int = 10**6, budget: int | None = None, spread: float = 5_000
) -> Design:
    found = design_test(
        "gift",
        "礼",
        amounts,
        spread_fen_est=spread,
        eligible_users=eligible,
        budget_fen=budget,
        use_rate_est=0.5,
    )
    assert found is not None
    return found


def test_one_amount_is_the_test_of_the_diagnosis() -> None:
    design = design_of(1_000)
    # 2 x (2.8016 x 5,000 / 500)^2 on either side, as core/costs/outcomes.py sizes it.
    assert [arm.users for arm in design.arms] == [1_570, 1_570]
    assert design.cost_fen == 1_570 * 500
    assert design.arms[1].detectable_return_est == pytest.approx(1.0, abs=0.001)
    assert design.enough
    assert design.told().treated_users == design.told().control_users == 1_570


def test_several_amounts_share_a_control_of_the_root_of_their_number() -> None:
    design = design_of(200, 500, 1_000, 1_000)
    control, *arms = design.arms
    assert [arm.amount_fen for arm in design.arms] == [0, 200, 500, 1_000]
    assert len({arm.users for arm in arms}) == 1
    assert control.users == pytest.approx(sqrt(3) * arms[0].users, abs=1)
    assert sum(arm.probability_est for arm in design.arms) == pytest.approx(1)
    assert [arm.detectable_return_est for arm in arms] == pytest.approx([5.0, 2.0, 1.0], rel=0.001)
    assert control.detectable_return_est == inf


def test_power_is_as_promised() -> None:
    """Of many tests drawn at the least return that can be told, four in five tell it."""
    design = design_of(1_000, spread=2_000)
    arm = design.arms[1]
    rng = np.random.default_rng(1)
    error = 2_000 * sqrt(1 / arm.users + 1 / design.arms[0].users)
    seen = rng.normal(arm.detectable_return_est * 500, error, 20_000)
    assert (seen > 1.96 * error).mean() == pytest.approx(0.8, abs=0.012)


def test_what_is_not_there_is_not_tested() -> None:
    few = design_of(500, 1_000, eligible=700)
    assert few.users <= 700
    assert not few.enough
    assert few.arms[-1].detectable_return_est > 1
    poor = design_of(500, 1_000, budget=75_000)
    assert poor.cost_fen <= 75_000
    assert poor.arms[1].users == 100
    for eligible, budget in ((60, None), (10**6, 2_000)):
        assert (
            design_test(
                "gift", "礼", [500, 1_000], spread_fen_est=5_000, eligible_users=eligible, budget_fen=budget
            )
            is None
        )
    with pytest.raises(ValueError, match="amounts above 0"):
        design_test("gift", "礼", [0, 500], spread_fen_est=5_000, eligible_users=100)


def test_days_until_the_last_window_has_passed() -> None:
    at_once = design_test("gift", "礼", [1_000], spread_fen_est=500, eligible_users=9_999, window_days=14)
    coming = design_test(
        "gift", "礼", [1_000], spread_fen_est=500, eligible_users=9_999, window_days=14, users_per_day_est=7
    )
    assert at_once is not None
    assert coming is not None
    assert (at_once.days, coming.days) == (14, 14 + 9), "60 users, 7 a day"


def test_the_draw_has_the_sizes_of_the_design_and_knows_no_order() -> None:
    design = design_of(500, 1_000, spread=1_000)
    keys = user_keys(IDS)
    eligible = np.arange(len(IDS)) % 3 > 0
    arm = draw_test(design, keys, eligible, seed=4)
    assert np.bincount(arm[arm >= 0]).tolist() == [each.users for each in design.arms]
    assert (arm[~eligible] == -1).all()
    mixed = np.random.default_rng(2).permutation(len(IDS))
    assert np.array_equal(draw_test(design, keys[mixed], eligible[mixed], seed=4), arm[mixed])
    assert not np.array_equal(draw_test(design, keys, eligible, seed=5), arm)
    with pytest.raises(ValueError, match="are eligible"):
        draw_test(design, keys, np.arange(len(IDS)) < 10, seed=4)


def test_the_list_is_read_by_the_next_import(tmp_path: Path) -> None:
    """Control orders 20 yuan, the small amount 30, the large one 50: the import finds those very differences."""
    design = design_of(500, 1_000, spread=1_000)
    arm = draw_test(design, user_keys(IDS), np.ones(len(IDS), np.bool_), seed=4)
    rows = list(assignments_of_test(design, arm, IDS, at=AT))
    assert len(rows) == design.users
    cells = imported(tmp_path, rows, {0: 20, 500: 30, 1_000: 50})
    assert {(cell.campaign_id, cell.control, cell.amount_fen): cell.n for cell in cells} == {
        ("gift", each.amount_fen == 0, each.amount_fen): each.users for each in design.arms
    }
    for cell, each in zip(sorted(cells, key=lambda c: c.amount_fen), design.arms, strict=True):
        assert cell.sum_w == pytest.approx(each.users / each.probability_est, rel=1e-6)
        assert cell.sum_wy / cell.sum_w == pytest.approx(
            {0: 2_000, 500: 3_000, 1_000: 5_000}[each.amount_fen]
        )


def test_what_explorers_drew_is_read_by_the_next_import(tmp_path: Path) -> None:
    users = len(IDS)
    options = (Option("gift", 500), Option("gift", 1_000), Option("back", 800))
    values = np.full((3, users), 900, np.float32)
    values[2, ::2] = -np.inf
    offers = Offers(options, values, np.full((3, users), 400, np.int32), user_keys(IDS))
    limits = Limits(explore_share=0.5, explore_budget_share=0.9)
    aside = set_aside(offers, Standing(), limits, seed=1, period="2026-12", budget_fen=10**8)
    rows = list(assignments_of_exploring(aside.explored, options, IDS, at=AT))
    nothing = aside.explored.explores & (aside.explored.choice == 0)
    # Who drew nothing might have drawn from "gift", and every second one from "back" too.
    assert sum(row.arm == "control" for row in rows) == nothing.sum() + nothing[1::2].sum()
    assert sum(row.arm == "explore" for row in rows) == np.count_nonzero(aside.explored.choice)
    cells = imported(tmp_path, rows, {0: 20, 500: 30, 1_000: 50, 800: 40})
    counted = {(cell.campaign_id, cell.amount_fen): cell.n for cell in cells}
    for number, option in enumerate(options, start=1):
        drawn = int((aside.explored.choice == number).sum())
        assert counted[option.campaign, option.amount_fen] == drawn > 50
    for cell in cells:
        wanted = {0: 2_000, 500: 3_000, 1_000: 5_000, 800: 4_000}[cell.amount_fen]
        assert cell.sum_wy / cell.sum_w == pytest.approx(wanted)


def imported(base: Path, rows: list[Assignment], yuan: dict[int, int]) -> list[ArmMoments]:
    """The arms that the product finds in these rows, where a user of amount x spends yuan[x] once, two days after."""
    files = base / "files"
    files.mkdir()
    with (files / "assignments.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(Assignment._fields)
        writer.writerows(rows)
    spends = {row.user_id: yuan[round(float(row.amount) * 100)] for row in rows}
    orders = [
        "order_id,user_id,created_at,status,paid,cost_of_goods",
        "o0,x,2026-06-01 10:00:00,delivered,1,0",
    ]
    orders += [f"o-{name},{name},2026-12-03 10:00:00,delivered,{paid},0" for name, paid in spends.items()]
    orders.append("o9,x,2027-03-31 10:00:00,delivered,1,0")
    (files / "orders.csv").write_text("\n".join(orders) + "\n", encoding="utf-8")
    intake = read_folder(files, work=base / "work", memory_bytes=400_000_000, language="zh")
    assert intake.rows_set_aside == 0
    lake = open_lake(intake.sources, work=base / "work", memory_bytes=400_000_000, threads=1)
    try:
        arms = gather(lake, Assumptions(), step=lambda code: None).arms
    finally:
        lake.close()
    summed: dict[tuple[str, int], ArmMoments] = {}
    assert {cell.segment for cell in arms} == {"newcomer"}, "nobody ordered before"
    for cell in arms:
        assert (cell.campaign_id, cell.amount_fen) not in summed
        summed[cell.campaign_id, cell.amount_fen] = cell
    return list(summed.values())
