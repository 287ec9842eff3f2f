"""Closings made by hand: one that is even and signed, one with everything in it that can be off."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from huoshui.core.ledger.period import (
    ZERO,
    AccountRoll,
    Amounts,
    Approval,
    Bucket,
    CampaignRoll,
    Line,
    Off,
    PeriodClose,
)
from huoshui.core.ledger.three_way import Payment, three_way
from huoshui.flow.closing import Closing, Figures
from huoshui.serve.close_page import CloseInput
from huoshui.store.close import SignedClose

HOSTILE = '=HYPERLINK("http://x")</script><b>"&'
AT = datetime(2026, 9, 2, 3, 4, tzinfo=UTC)
USERS = (
    Line("opening", 0, Amounts(10_000_00, 2_500_05, 0)),
    Line("topped_up", 812, Amounts(34_000_00, 0, 0)),
    Line("issued", 1_204, Amounts(0, 12_345_67, 0)),
    Line("refunded", 9, Amounts(50_00, 12_34, 0)),
    Line("owed", 2, Amounts(0, 0, 88_00)),
    Line("spent", 2_011, Amounts(-21_000_00, -9_876_54, 0)),
    Line("expired", 77, Amounts(0, -321_09, 0)),
    Line("clawed_back", 3, Amounts(0, -66_00, 0)),
    Line("paid_off", 1, Amounts(0, -20_00, -20_00)),
    Line("withdrawn", 12, Amounts(-1_500_00, 0, 0)),
    Line("late", 1, Amounts(7_77, 0, 0)),
    Line("closing", 0, Amounts(21_557_77, 4_574_43, 68_00)),
)
ACCOUNTS = (
    AccountRoll(
        "a1", "agent", "甲代理 (一级)", ZERO, Amounts(0, 900_00), Amounts(0, 400_00), ZERO, Amounts(0, 500_00)
    ),
    AccountRoll("c1", "campaign", HOSTILE, Amounts(0, 5), ZERO, Amounts(0, 4), ZERO, Amounts(0, 1)),
    AccountRoll(
        "s1", "sales", "sales", ZERO, Amounts(21_000_00, 9_876_54), ZERO, ZERO, Amounts(21_000_00, 9_876_54)
    ),
)
CLOSE = PeriodClose(
    period="2026-08",
    users=USERS,
    campaigns=(
        CampaignRoll(
            "c1", HOSTILE, 2_500_05, {"issued": 12_345_67, "spent": -9_876_54, "expired": -321_09}, 4_648_09
        ),
        CampaignRoll("c2", "老客召回", 0, {"clawed_back": -66_00, "late": -7_66}, -73_66),
    ),
    accounts=ACCOUNTS,
    late=(Line("topped_up", 1, Amounts(7_77, 0, 0)),),
    liability=(Bucket("overdue", 2, 3_00), Bucket("days_30", 40, 1_000_00), Bucket("later", 400, 3_571_43)),
    approvals=(
        Approval("pot", "p", 50_000_00, 1, 2, "大促", "财务甲", AT, "财务乙", AT),
        Approval("clawback", "l", 66_00, 66_00, 0, "发错了", "财务甲", AT, "财务甲", AT),
        Approval("grant", "g", 800_00, 0, 0, HOSTILE, "运营丙", AT, None, None),
    ),
    off=(),
)
FIGURES = Figures(CLOSE, None, "Asia/Shanghai", date(2026, 8, 1), date(2026, 9, 1))
SIGNED = SignedClose(
    period="2026-08",
    id=UUID(int=7),
    starts_at=AT,
    ends_at=AT,
    size=12_345,
    sealed_below=99,
    root=bytes(range(32)),
    figures="",
    signed_by="财务甲",
    reason="",
    signed_at=AT,
)


def even() -> CloseInput:
    return CloseInput(Closing(FIGURES, SIGNED), "2026-09-02 11:05", "2026-09-02 11:04")


def off() -> CloseInput:
    shop = [Payment("R1", 10_000), Payment("R2", 5_000), Payment(HOSTILE, 700)]
    booked = [Payment("R1", 10_000), Payment("R2", 4_970), Payment("R9", 100)]
    bill = [Payment("R1", 10_000), Payment("R2", 5_000), Payment("R8", 60_000)]
    close = replace(
        CLOSE, off=(Off("wallets", "", -1), Off("accounts", HOSTILE, 12_00), Off("lots", "老客召回", 7))
    )
    figures = replace(FIGURES, close=close, payments=three_way(shop, booked, bill))
    return CloseInput(
        Closing(figures, replace(SIGNED, reason="通道次日结算, 见附件")),
        "2026-09-02 11:05",
        "2026-09-02 11:04",
    )


def simulated() -> CloseInput:
    return replace(even(), closing=replace(even().closing, data="simulated"))


def draft() -> CloseInput:
    return CloseInput(Closing(FIGURES, None), "2026-09-02 11:05")
