"""Who a user was at a decision and what they did after, worked out in the comments; ties and edges to the second."""

from pathlib import Path

import pytest

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.facts import ArmMoments, Facts
from huoshui.flow.gathering import gather
from huoshui.lake.engines import open_lake
from huoshui.lake.intake import read_folder

# Goods cost the shop nothing, so an order's value is its price and its margin what was not bonus. The bar of 1 April is
# drawn from 1 January on: margins a 10, b 20, c 30, g 35, d 40, e 50, h 55 yuan, and 80 % of the way up is 48. f's
# great order lies a second too early for it. By value, bonus included, g's 60 would be above the bar and e's 50 below.
FILES = {
    "orders": """
order_id,user_id,created_at,status,paid,bonus_paid,cost_of_goods
o01,f,2025-12-31 23:59:59,delivered,900,0,0
o02,a,2026-01-01 00:00:00,delivered,10,0,0
o03,b,2026-02-01 10:00:00,delivered,20,0,0
o04,c,2026-02-02 10:00:00,delivered,30,0,0
o05,d,2026-02-05 11:00:00,delivered,40,0,0
o06,e,2026-02-04 10:00:00,delivered,25,0,0
o07,e,2026-02-04 10:00:00,delivered,25,0,0
o08,g,2026-02-05 10:00:00,delivered,35,25,0
o09,d,2026-04-05 10:00:00,delivered,7,3,0
o10,d,2026-05-04 09:59:59,delivered,1,0,0
o11,d,2026-05-05 10:00:00,delivered,100,0,0
o12,e,2026-04-05 10:00:01,delivered,60,0,0
o13,g,2026-07-30 10:00:00,delivered,5,0,0
o14,h,2026-03-31 23:59:59,delivered,55,0,0
""",
    "campaigns": "campaign_id,name,purpose,window_days,value_cap\nk,K,retain,14,\n",
    "balance_entries": """
entry_id,user_id,at,direction,amount,kind,campaign_id
g1,d,2026-04-05 10:00:00,in,8,cashback,k
""",
    # The orders of e lie at one instant; the second of d's assignments is at the instant of the first and of o09.
    "assignments": """
assignment_id,campaign_id,user_id,at,arm,amount,probability
s1,k,d,2026-04-05 10:00:00,treated,8,0.5
s2,k,d,2026-04-05 10:00:00,control,0,0.25
s3,k,e,2026-04-05 10:00:00,control,0,0.5
s4,k,g,2026-04-05 10:00:00,control,0,0.5
s5,k,z,2026-04-05 10:00:00,control,0,0.5
""",
}


def told(base: Path) -> Facts:
    (base / "files").mkdir(parents=True)
    for name, text in FILES.items():
        (base / "files" / f"{name}.csv").write_text(text.lstrip(), encoding="utf-8")
    intake = read_folder(
        base / "files", work=base / "work", memory_bytes=400_000_000, language="zh", progress=None
    )
    assert intake.rows_set_aside == 0
    lake = open_lake(intake.sources, work=base / "work", memory_bytes=400_000_000, threads=2)
    try:
        return gather(lake, Assumptions(), step=lambda code: None)
    finally:
        lake.close()


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return told(tmp_path_factory.mktemp("decisions") / "first")


def cell(facts: Facts, segment: str, *, control: bool = True) -> ArmMoments:
    (found,) = (row for row in facts.arms if (row.segment, row.control) == (segment, control))
    return found


def test_high_value_is_by_margin_of_the_90_days_before_against_the_bar_of_the_month(facts):
    # d and g lie below 48, with one order in 90 days each. e's two orders make 50. z never ordered.
    found = {(row.segment, row.control): row.n_all for row in facts.arms}
    assert found == {
        ("high_value", True): 1,
        ("low_frequency", False): 1,
        ("low_frequency", True): 2,
        ("newcomer", True): 1,
    }


def test_an_order_at_the_instant_of_the_assignment_comes_after_it(facts):
    # o09 (10 yuan, 3 of them bonus) lies in d's window, o05 in the 60 days before. e's two orders lie before it by 60
    # days to the second, and o12 after.
    treated = cell(facts, "low_frequency", control=False)
    assert (treated.sum_wy, treated.sum_wx, treated.buyers) == (2 * 1_000.0, 2 * 4_000.0, 1)
    assert (cell(facts, "high_value").sum_wy, cell(facts, "high_value").sum_wx) == (2 * 6_000.0, 2 * 5_000.0)


def test_margins_after_leave_bonus_out_and_are_weighted(facts):
    # d treated, weight 2: 7 of margin on o09 and 1 on o10, the last second of 30 days; then 100 on o11. As control: 4.
    treated = cell(facts, "low_frequency", control=False)
    assert (treated.n_30d, treated.sum_w_30d, treated.sum_wm_30d) == (1, 2.0, 2 * 800.0)
    assert (treated.n_90d, treated.sum_w_90d, treated.sum_wm_90d) == (1, 2.0, 2 * 10_800.0)
    control = cell(facts, "low_frequency")
    assert (control.n_30d, control.sum_w_30d, control.sum_wm_30d) == (2, 4.0 + 2.0, 4 * 800.0)
    assert cell(facts, "newcomer").sum_wm_90d == 0.0


def test_a_grant_belongs_to_one_assignment_even_where_two_fall_on_one_instant(facts, tmp_path):
    granted = {row.control: row.granted_fen for row in facts.arms if row.granted_fen}
    assert sum(granted.values()) == 800
    assert len(granted) == 1
    again = told(tmp_path / "again")
    assert again.arms == facts.arms
    assert again.unit_costs == facts.unit_costs
