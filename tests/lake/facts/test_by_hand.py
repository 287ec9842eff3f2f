"""A shop so small that every fact is worked out in the comments.

Three agent layers, two campaigns, a top-up with bonus, an expiry, refunds, an abuser, a transfer, a guest, a product
that no table knows, and a month's end at night.
"""

from pathlib import Path

import pytest

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.facts import AgentSums, CampaignDay, Facts, GrantSums, OrderSums
from huoshui.flow.gathering import gather
from huoshui.lake.engines import open_lake
from huoshui.lake.intake import read_folder

# One piece of p1 costs layer 1 70 yuan, layer 2 75, layer 3 80. p2 costs the shop 40 a piece; p9 nobody knows.
FILES = {
    "orders": """
order_id,user_id,guest_key,created_at,paid_at,status,product_id,qty,paid,balance_paid,bonus_paid,cost_of_goods,payment_channel,payment_fee,source,agent_id,site_id,site_fee
o01,u1,,2026-05-30 10:00:00,,delivered,p1,1,90,0,10,60,wx,0.90,agent,A3,,
o02,u1,,2026-05-31 23:29:00,2026-05-31T15:30:00Z,delivered,p1,2,200,0,0,120,wx,2.00,agent,A2,,
o03,u2,,2026-05-31 23:59:00,2026-05-31T16:30:00Z,delivered,p2,1,0,40,10,40,,0,direct,,,
o04,u6,,2026-06-02 12:00:00,,delivered,p2,2,100,0,0,80,wx,1.00,site,,s1,3.00
o05,u6,,2026-06-03 12:00:00,,delivered,p2,1,50,0,0,40,wx,0.50,promoter,u1,,
o06,u1,,2026-06-04 12:00:00,,refunded,p2,1,30,0,0,20,wx,0.30,direct,,,
o07,u1,,2026-06-05 12:00:00,,partly_refunded,p2,1,30,0,0,20,wx,0.30,direct,,,
o08,,g1,2026-06-06 12:00:00,,refunded,p2,1,20,0,0,0,wx,0.20,direct,,,
o09,,g1,2026-06-07 12:00:00,,delivered,p2,1,20,0,0,15,wx,0.20,direct,,,
o10,u1,,2026-06-07 13:00:00,,unpaid,p2,1,999,0,0,40,wx,9.99,direct,,,
o11,u3,,2026-06-08 12:00:00,,delivered,p2,1,0,0,20,15,,0,direct,,,
o12,u1,,2026-06-09 12:00:00,,delivered,p9,1,40,0,0,,wx,0.40,direct,,,
o13,u1,,2026-06-10 12:00:00,,delivered,p2,1,50,0,0,,wx,0.50,direct,,,
o14,u1,,2026-06-11 12:00:00,,delivered,p2,1,50,0,0,40,wx,,direct,,,
o15,u5,,2026-06-13 12:00:00,,delivered,p2,1,45,0,5,40,wx,0.45,direct,,,
o16,u6,,2026-06-05 12:00:00,,delivered,p2,1,45,0,5,40,wx,0.45,direct,,,
o17,u6,,2026-06-30 12:00:00,,delivered,p2,2,100,0,0,80,wx,1.00,direct,,,
""",
    "users": "user_id,status\nu1,active\nu2,active\nu3,abuser\nu4,active\nu5,active\nu6,active\n",
    "balance_entries": """
entry_id,user_id,at,direction,amount,kind,order_id,campaign_id
e01,u1,2026-05-29 10:00:00,in,10,task,,c1
e02,u2,2026-05-31 12:00:00,in,100,recharge,,
e03,u2,2026-05-31 12:00:00,in,10,recharge_bonus,,
e04,u4,2026-06-01 09:00:00,in,10,cashback,,
e05,u6,2026-06-01 10:00:00,in,20,cashback,,c2
e06,u3,2026-06-01 11:00:00,in,30,task,,c1
e07,u6,2026-06-09 10:00:00,out,15,expire,,c2
e08,u4,2026-06-12 12:00:00,out,5,transfer,,
e09,u5,2026-06-12 12:00:00,in,5,transfer,,
""",
    "recharges": """
recharge_id,user_id,created_at,status,amount,bonus,fee,payment_channel
r1,u2,2026-05-31 12:00:00,paid,100,10,1.00,ali
r2,u2,2026-06-02 12:00:00,unpaid,500,50,5.00,ali
""",
    "refunds": "refund_id,order_id,amount,at\nf1,o06,30,2026-06-05 12:00:00\nf2,o07,10,2026-06-06 12:00:00\n",
    "commissions": """
commission_id,order_id,agent_id,level,amount,status
k1,o05,u1,1,1.50,confirmed
k2,o05,u2,2,0.50,rejected
""",
    "agents": "agent_id,upline_id,level\nA1,,1\nA2,A1,2\nA3,A2,3\n",
    "agent_prices": "product_id,level,price\np1,1,70\np1,2,75\np1,3,80\n",
    "products": "product_id,name,price,cost\np1,one,100,60\np2,two,50,40\n",
    "payment_channels": "payment_channel,provider,fee_rate,fee_fixed\nwx,direct,0.006,0\nali,direct,0.01,0\n",
    "campaigns": """
campaign_id,name,purpose,start,end,budget,window_days,value_cap
c1,first,acquire,2026-05-01 00:00:00,2026-06-30 23:00:00,100,14,500
c2,keep,retain,2026-06-01 00:00:00,2026-06-15 00:00:00,100,14,20
""",
    "assignments": """
assignment_id,campaign_id,user_id,at,arm,amount,probability
a1,c2,u6,2026-06-01 10:00:00,treated,20,0.5
a2,c2,u1,2026-06-01 10:00:00,control,0,0.5
""",
    "costs": """
scope,scope_id,part,base,rate
source,site,platform_cut,order_price,2%
all,,risk_reserve,bonus_issued,3%
""",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    base: Path = tmp_path_factory.mktemp("by_hand")
    (base / "files").mkdir()
    for name, text in FILES.items():
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


def orders(told: Facts, month: str, source: str, *, abuser: bool = False) -> OrderSums:
    (row,) = (r for r in told.orders if (r.month, r.source, r.abuser) == (month, source, abuser))
    return row


def filled(row: OrderSums) -> dict[str, int | str | bool]:
    """What is not nought."""
    return {name: getattr(row, name) for name in OrderSums.__slots__ if getattr(row, name)}


def test_the_span_begins_and_ends_with_the_orders_by_local_time(told):
    assert (told.scope.first_day, told.scope.last_day, told.scope.days) == ("2026-05-30", "2026-06-30", 32)
    assert told.scope.months == ("2026-05", "2026-06")
    assert told.scope.orders == 16, "the unpaid one is none"
    assert told.scope.users == 6, "u1 u2 u3 u5 u6 and the guest"
    assert told.scope.gross, "nobody knows what p9 cost"


def test_agent_orders_at_the_months_end(told):
    # o02 was paid at 15:30 UTC: half past eleven at night here, still May. o03 at 16:30 UTC is June.
    # o01: price 100, gap 100 - 70 = 30, value 100 - 60 - 0.90 - 30 = 9.10; a tenth of it is bonus.
    # o02: 2 pieces, price 200, gap 200 - 140 = 60, value 200 - 120 - 2 - 60 = 18.
    assert filled(orders(told, "2026-05", "agent")) == {
        "month": "2026-05", "source": "agent", "orders": 2, "price_fen": 30_000, "paid_fen": 29_000, "bonus_fen": 1_000,
        "goods_fen": 18_000, "fee_fen": 290, "agent_fen": 9_000, "value_fen": 2_710, "bonus_fee_fen": 9,
        "bonus_agent_fen": 300,
    }  # fmt: skip


def test_site_and_promoter_orders(told):
    # o04: 100 - 80 - 1 - site fee 3 - 2 % cut = 14. o05: 50 - 40 - 0.50 - 1.50 commission
    # (the rejected one is none) = 8.
    assert filled(orders(told, "2026-06", "site")) == {
        "month": "2026-06", "source": "site", "orders": 1, "price_fen": 10_000, "paid_fen": 10_000, "goods_fen": 8_000,
        "fee_fen": 100, "site_fee_fen": 300, "platform_cut_fen": 200, "value_fen": 1_400,
    }  # fmt: skip
    assert filled(orders(told, "2026-06", "promoter")) == {
        "month": "2026-06", "source": "promoter", "orders": 1, "price_fen": 5_000, "paid_fen": 5_000,
        "goods_fen": 4_000, "fee_fen": 50, "agent_fen": 150, "value_fen": 800,
    }  # fmt: skip


def test_direct_orders_with_every_kind_of_gap_in_the_files(told):
    # o03: its 40 of principal bear 1 % top-up fee: 50 - 40 - 0.40 = 9.60.        o06: all of it back: -20.30.
    # o07: 10 back: -0.30.   o08: refunded without a row: -0.20.   o09: 20 - 15 - 0.20 = 4.80.
    # o12: goods unknown: 39.60.   o13: goods from the product: 9.50.   o14: fee from the channel, 0.6 %: 9.70.
    # o15, o16: 50 - 40 - 0.45 = 9.55 each.   o17: 19.00.
    # The bonus of o15 and o16 is a tenth: 4.5 fen of fee each, rounded up; that of o03 bears no top-up fee.
    assert filled(orders(told, "2026-06", "direct")) == {
        "month": "2026-06", "source": "direct", "orders": 11, "price_fen": 49_000, "paid_fen": 43_000,
        "principal_fen": 4_000, "bonus_fen": 2_000, "refund_fen": 6_000, "goods_fen": 33_500,
        "unknown_goods_fen": 4_000, "fee_fen": 450, "value_fen": 9_050, "bonus_fee_fen": 10,
    }  # fmt: skip


def test_the_abusers_order_stands_apart(told):
    assert filled(orders(told, "2026-06", "direct", abuser=True)) == {
        "month": "2026-06", "source": "direct", "abuser": True, "orders": 1, "price_fen": 2_000, "bonus_fen": 2_000,
        "goods_fen": 1_500, "value_fen": 500,
    }  # fmt: skip
    assert len(told.orders) == 5


def test_each_layer_takes_its_step_of_the_price_gap(told):
    # o01 sold by layer 3: 100 - 80 = 20, 80 - 75 = 5, 75 - 70 = 5. o02 by layer 2: 200 - 150 = 50, 150 - 140 = 10.
    assert sorted(told.agents, key=lambda row: (row.source, row.layer or 0)) == [
        AgentSums("agent", 1, "A1", 2, 30_000, 1_500, 1_500, 50),
        AgentSums("agent", 2, "A2", 2, 30_000, 5_500, 5_500, 50),
        AgentSums("agent", 3, "A3", 1, 10_000, 2_000, 2_000, 200),
        AgentSums("promoter", 1, "u1", 1, 5_000, 150, 0, 0),
    ]


def test_what_became_of_every_grant_and_what_it_is_credited_with(told):
    # u1's task (29 May, 14 days): all in o01 (9.10); then o02 18, o06 -20.30, o07 -0.30, o12 39.60, o13 9.50, o14 9.70.
    # u2's top-up bonus: all in o03, 9.60. u4's cash-back: handed half of it on; no order of u4's own.
    # u6's cash-back: 5 in o16 (9.55), 15 expired; o04 14 and o05 8 lie in its window, o17 does not.
    # u3, abuser: 20 of 30 spent; the value is nobody's.
    found = {(r.month, r.kind, r.campaign_id): r for r in told.grants}
    assert found == {
        ("2026-05", "task", "c1"): _grant("2026-05", "task", "c1", issued=1_000, spent=1_000, credited=6_530),
        ("2026-05", "recharge_bonus", None): _grant(
            "2026-05", "recharge_bonus", None, issued=1_000, spent=1_000, credited=960
        ),
        ("2026-06", "cashback", None): _grant("2026-06", "cashback", None, issued=1_000),
        ("2026-06", "cashback", "c2"): _grant(
            "2026-06", "cashback", "c2", issued=2_000, spent=500, expired=1_500, credited=3_155
        ),
        ("2026-06", "task", "c1"): _grant("2026-06", "task", "c1", issued=3_000, spent=2_000, abuser=True),
    }
    assert (told.transfer_fen, told.handed_on_expired_fen) == (500, 0)


def _grant(
    month: str,
    kind: str,
    campaign: str | None,
    *,
    issued: int,
    spent: int = 0,
    expired: int = 0,
    credited: int = 0,
    abuser: bool = False,
) -> GrantSums:
    left = issued - spent - expired
    return GrantSums(month, kind, campaign, abuser, 1, 1, issued, spent, expired, left, 0, 0, 0, credited)


def test_both_arms_of_the_campaign(told):
    # u6 in the window: 14 + 8 + 9.55 = 31.55, capped at 20; nothing before. u1: -20.30 - 0.30 + 39.60 + 9.50 + 9.70 =
    # 38.20, capped at 20; before: 9.10 + 18. Each arm had probability 0.5, so weight 2.
    treated, control = sorted(told.arms, key=lambda row: row.control)
    assert (treated.amount_fen, treated.n, treated.granted_fen, treated.spent_fen) == (2_000, 1, 2_000, 500)
    assert (treated.sum_w, treated.sum_wy, treated.sum_w2y2, treated.sum_wx) == (
        2.0,
        4_000.0,
        16_000_000.0,
        0.0,
    )
    assert (control.amount_fen, control.n, control.granted_fen, control.buyers) == (0, 1, 0, 1)
    assert (control.sum_wy, control.sum_wx, control.sum_w2x2) == (4_000.0, 5_420.0, 4 * 2_710.0**2)
    assert control.sum_w2xy == 4 * 2_710.0 * 2_000.0
    # The files end 10 hours before the 30 days are over, so nobody has been seen so long.
    assert (treated.maturity_sum, treated.n_30d, treated.sum_w_30d, treated.sum_wm_30d) == (1.0, 0, 0.0, 0.0)
    assert (treated.n_90d, treated.sum_w_90d, treated.sum_wm_90d) == (0, 0.0, 0.0)


def test_months_and_cohorts(told):
    may, june = told.months
    assert (may.month, may.days, may.orders, may.buyers, may.new_buyers, may.repeat_buyers) == (
        "2026-05", 2, 2, 1, 1, 1,
    )  # fmt: skip
    # June: u1 again; u2, u5, u6 and the guest are new; u6 and the guest ordered twice and more.
    assert (june.days, june.orders, june.buyers, june.new_buyers, june.repeat_buyers) == (30, 13, 5, 4, 3)
    assert {(cell.month, cell.offset): cell.users for cell in told.cohorts} == {
        ("2026-05", 0): 1,
        ("2026-05", 1): 1,
        ("2026-06", 0): 4,
    }


def test_unit_costs_by_hand_and_every_reward_in_exactly_one_kind(told):
    whole = {row.kind: row for row in told.unit_costs if row.depth == "all"}
    # CAC: campaign c1 (u1, u3), and u2's top-up bonus and u4's cash-back, given before any order of theirs.
    # New by their first order that was not all given back: u1 o01 (0.90 + 30 agents), u2 o03 (0.40), u6 o04 (1.00, site
    # fee 3.00, cut 2.00), the guest o09 (0.20), u5 o15 (0.45).
    cac = whole["CAC"]
    assert (cac.granted_fen, cac.spent_fen, cac.open_fen, cac.users_rewarded) == (6_000, 4_000, 2_000, 4)
    assert (cac.fees_fen, cac.n) == (3_090 + 40 + 600 + 20 + 45, 5)
    # CRC: c2 to retain u6, who had not ordered before, so nobody was kept; its 5 in o16 bore 4 fen of fee.
    crc = whole["CRC"]
    assert (crc.granted_fen, crc.spent_fen, crc.open_fen, crc.fees_fen, crc.n) == (2_000, 500, 0, 4, 0)
    # Other: the 5 that u5 had from u4, which no grant of u5's explains. They paid for u5's first order: its fee is CAC.
    other = whole["other"]
    assert (other.granted_fen, other.spent_fen, other.fees_fen, other.n) == (0, 500, 0, 0)
    assert "CCV" not in whole
    for depth in ("all", "month", "segment", "campaign", "source", "cell"):
        rows = [row for row in told.unit_costs if row.depth == depth]
        assert sum(row.granted_fen for row in rows) == sum(row.issued_fen for row in told.grants)
        assert sum(row.spent_fen for row in rows) == sum(row.bonus_fen for row in told.orders)
        assert sum(row.fees_fen for row in rows) == 3_795 + 4
        assert sum(row.grants for row in rows) == 5
    won = {row.campaign_id: row.n for row in told.unit_costs if row.depth == "campaign" and row.kind == "CAC"}
    assert won == {"c1": 1, None: 4}, (
        "u6's first order follows a reward to retain, which is no campaign to acquire"
    )


def test_channels_take_orders_and_top_ups_together(told):
    wx, ali = told.channels
    # wx: 14 orders paid with money: 870 yuan. o14 tells no fee: 0.30 by the listed rate.
    assert (wx.payment_channel, wx.payments, wx.amount_fen, wx.estimated_fee_fen) == ("wx", 14, 87_000, 30)
    assert wx.fee_fen == 90 + 200 + 100 + 50 + 30 + 30 + 20 + 20 + 40 + 50 + 45 + 45 + 100
    assert (ali.payments, ali.amount_fen, ali.fee_fen) == (1, 10_000, 100)


def test_days_and_campaign_days(told):
    issued = {row.day: row.issued_fen for row in told.days if row.issued_fen}
    assert issued == {"2026-05-29": 1_000, "2026-05-31": 1_000, "2026-06-01": 6_000}
    assert sorted(told.campaign_days, key=lambda row: (row.campaign_id, row.day)) == [
        CampaignDay("c1", "2026-05-29", 1_000),
        CampaignDay("c1", "2026-06-01", 3_000),
        CampaignDay("c2", "2026-06-01", 2_000),
    ]
