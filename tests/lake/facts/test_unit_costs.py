"""Unit costs on a shop worked out by hand: whom a reward kept, whom it converted, where every fen of cost stands."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.facts import Facts, UnitCostSums
from huoshui.flow.gathering import gather
from huoshui.lake.engines import open_lake
from huoshui.lake.intake import read_folder

FILES = {
    "campaigns": """
campaign_id,name,purpose,window_days
keep,keep,retain,14
turn,turn,convert,14
win,win,acquire,14
""",
    "users": "user_id,status\nabe,abuser\n"
    + "".join(f"{who},active\n" for who in ("gia", "kay", "lee", "ned", "tom", "una", "vic", "wes")),
    "orders": """
order_id,user_id,created_at,status,paid,balance_paid,bonus_paid,cost_of_goods,payment_fee
k1,kay,2026-01-01 12:00:00,delivered,50,0,0,40,0
k2,kay,2026-01-20 12:00:00,delivered,50,0,0,40,0
k3,kay,2026-03-30 12:00:00,delivered,50,0,0,40,0
t1,tom,2026-02-06 12:00:00,delivered,50,0,0,40,0
u1,una,2026-02-06 12:00:00,delivered,50,0,0,40,0
v1,vic,2026-02-05 12:00:00,delivered,50,0,0,40,0
w0,wes,2026-01-30 12:00:00,delivered,50,0,0,40,0
w1,wes,2026-02-05 12:00:00,delivered,50,0,0,40,0
a1,abe,2026-02-05 12:00:00,delivered,50,0,0,40,0
n1,ned,2026-02-03 12:00:00,delivered,6,0,4,5,1.00
n2,ned,2026-02-04 12:00:00,delivered,4,0,6,5,2.00
l1,lee,2026-02-03 12:00:00,delivered,5,0,5,5,1.00
l2,lee,2026-02-04 12:00:00,delivered,5,0,5,5,3.00
""",
    "balance_entries": """
entry_id,user_id,at,direction,amount,kind,order_id,campaign_id
e1,kay,2026-01-05 10:00:00,in,5,task,,keep
e2,kay,2026-01-25 10:00:00,in,5,task,,keep
e3,kay,2026-02-10 10:00:00,in,5,task,,keep
e4,tom,2026-02-02 10:00:00,in,5,task,,turn
e5,tom,2026-02-04 10:00:00,in,5,task,,turn
e6,una,2026-02-02 10:00:00,in,5,task,,turn
e7,vic,2026-02-03 10:00:00,in,5,task,,turn
e8,wes,2026-02-02 10:00:00,in,5,task,,turn
e9,abe,2026-02-02 10:00:00,in,5,task,,turn
f1,ned,2026-02-01 10:00:00,in,10,task,,win
f2,gia,2026-02-01 10:00:00,in,10,赠送礼品卡,,
f3,gia,2026-02-02 10:00:00,in,20,礼品卡,,
""",
    "events": """
event_id,user_id,at,type
b1,tom,2026-02-01 09:00:00,browse
b2,wes,2026-02-01 09:00:00,cart
b3,abe,2026-02-01 09:00:00,browse
b4,una,2026-01-20 09:00:00,browse
b5,una,2026-02-02 10:00:01,browse
""",
    "recharges": "recharge_id,user_id,created_at,status,amount\nr1,vic,2026-02-01 09:00:00,unpaid,100\n",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return _gathered(tmp_path_factory.mktemp("unit_costs"), FILES)


def _gathered(base: Path, files: dict[str, str]) -> Facts:
    (base / "files").mkdir()
    for name, text in files.items():
        (base / "files" / f"{name}.csv").write_text(text.lstrip(), encoding="utf-8")
    intake = read_folder(
        base / "files", work=base / "work", memory_bytes=400_000_000, language="zh", progress=None
    )
    assert intake.rows_set_aside == 0
    lake = open_lake(intake.sources, work=base / "work", memory_bytes=400_000_000, threads=1)
    try:
        return gather(lake, Assumptions(), step=lambda code: None)
    finally:
        lake.close()


def cell(told: Facts, kind: str, depth: str = "all", **dims: str | None) -> UnitCostSums:
    (row,) = (
        row
        for row in told.unit_costs
        if (row.kind, row.depth) == (kind, depth)
        and all(getattr(row, name) == value for name, value in dims.items())
    )
    return row


def test_a_buyer_is_kept_once_a_month_by_the_months_first_reward(told):
    # Kay: rewards on 5 and 25 January, ordered on the 20th: kept in January. On 10 February: next order after 48 days.
    whole = cell(told, "CRC")
    assert (whole.grants, whole.users_rewarded, whole.n) == (3, 2, 1)
    assert cell(told, "CRC", "month", month="2026-01").n == 1
    assert cell(told, "CRC", "month", month="2026-02").n == 0
    assert cell(told, "CRC", "campaign", campaign_id="keep").n == 1


def test_an_order_is_one_conversion_and_needs_intent_and_a_week_without_orders(told):
    # Tom browsed, had two rewards and one order: one conversion. Vic tried to top up: intent. Una browsed too early
    # and a second too late; Wes had ordered three days before; Abe is an abuser: rewards that converted nobody.
    whole = cell(told, "CCV")
    assert (whole.grants, whole.granted_fen, whole.users_rewarded, whole.n) == (6, 3_000, 5, 2)
    assert cell(told, "CCV", "campaign", campaign_id="turn").n == 2


def test_an_intent_lasts_seven_days_whichever_weeks_they_fall_in(tmp_path):
    shown = {
        "at_once": timedelta(0),
        "six_days": -timedelta(days=6),
        "seven_days": -timedelta(days=7),
        "too_old": -timedelta(days=7, seconds=1),
        "weeks_ago": -timedelta(days=13),
        "too_late": timedelta(seconds=1),
    }
    rows: dict[str, list[str]] = {"orders": [], "balance_entries": [], "events": []}
    for kind, offset in shown.items():
        for day in range(7):
            who, at = f"{kind}{day}", datetime(2026, 2, 2 + day, 10)
            rows["balance_entries"].append(f"e-{who},{who},{at},in,5,task,,{kind}")
            rows["events"].append(f"b-{who},{who},{at + offset},browse")
            rows["orders"].append(f"o-{who},{who},{at + timedelta(days=1)},delivered,50,0,0,40,0")
    files = {
        name: "\n".join([FILES[name].strip().splitlines()[0], *lines]) + "\n" for name, lines in rows.items()
    }
    files["campaigns"] = "campaign_id,name,purpose,window_days\n" + "".join(
        f"{kind},{kind},convert,14\n" for kind in shown
    )
    told = _gathered(tmp_path, files)
    converted = {kind: cell(told, "CCV", "campaign", campaign_id=kind).n for kind in shown}
    assert converted == dict.fromkeys(shown, 0) | {"at_once": 7, "six_days": 7, "seven_days": 7}


def test_without_events_a_campaign_to_convert_is_believed_to_have_picked_whom_it_should(tmp_path):
    told = _gathered(tmp_path, {name: text for name, text in FILES.items() if name != "events"})
    assert cell(told, "CCV").n == 3, "Tom, Una and Vic; Wes had ordered, Abe is an abuser"


def test_what_rides_on_later_orders_or_on_bonus_of_no_grant_is_other(told):
    # Ned's reward to win paid 4 of n1, his first order, whose 1.00 of fee is CAC whole; and 6 of n2: 1.20 of its fee.
    # Lee spent 5 and 5 that no grant explains: l1 is a first order; half of l2's fee of 3.00 rode on it.
    other = cell(told, "other")
    assert (other.granted_fen, other.spent_fen, other.fees_fen, other.n) == (0, 1_000, 120 + 150, 0)
    assert cell(told, "other", "campaign", campaign_id="win").fees_fen == 120
    cac = cell(told, "CAC", "campaign", campaign_id="win")
    assert (cac.spent_fen, cac.fees_fen, cac.n) == (1_000, 100, 1)
    for depth in {row.depth for row in told.unit_costs}:
        rows = [row for row in told.unit_costs if row.depth == depth]
        assert sum(row.spent_fen for row in rows) == sum(row.bonus_fen for row in told.orders)
        # First orders' fees whole (n1, l1), and of the rest the bonus's share.
        assert sum(row.fees_fen for row in rows) == 100 + 100 + 120 + 150


def test_a_gift_card_is_incentive_only_where_it_was_given_away(told):
    assert {row.kind: row.issued_fen for row in told.grants if row.campaign_id is None} == {
        "gift_card_given": 1_000
    }
    cac = cell(told, "CAC", "campaign", campaign_id=None)
    assert (cac.granted_fen, cac.grants, cac.codes) == (1_000, 1, 1)
