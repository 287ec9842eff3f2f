"""Two diagnoses to design against: a rich one with believable figures, and one from orders alone."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from huoshui.base.errors import Text
from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.values import (
    AgentTake,
    AmountOutcome,
    CampaignOutcome,
    ChannelCost,
    Cohort,
    Diagnosis,
    DrainLoop,
    Figure,
    Finding,
    FunnelStep,
    GapSplit,
    KeyUse,
    MonthFigures,
    RfmCell,
    RowTable,
    Scope,
    SegmentFigures,
    SmallTest,
    UnitCost,
    Waste,
    Waterfall,
    WaterfallPart,
)
from huoshui.serve.report import DifferenceLine, FaultLine, FileLine, IntakeAccount, ReportInput

TOTAL = 61_248_000
"""Put into incentive in the rich fixture, in fen."""
DANGEROUS = '<script>alert("x")</script> & </script>'
FORMULA = '=HYPERLINK("http://example.com","x")'

NAMES = {
    "orders": Text("订单", "Orders"),
    "orders.cost_of_goods": Text("货品成本", "Cost of goods"),
    "orders.bonus_paid": Text("激励余额支付", "Paid with bonus"),
    "orders.payment_fee": Text("支付手续费", "Payment fee"),
    "orders.payment_channel": Text("支付通道", "Payment channel"),
    "orders.agent_id": Text("代理ID", "Agent id"),
    "users": Text("用户", "Users"),
    "users.cum_spend": Text("累计消费", "Cumulative spend"),
    "users.created_at": Text("注册时间", "Registered at"),
    "balance_entries": Text("余额流水", "Balance entries"),
    "balance_entries.campaign_id": Text("活动ID", "Campaign id"),
    "recharges": Text("充值", "Top-ups"),
    "commissions": Text("佣金", "Commissions"),
    "agent_prices": Text("代理拿货价", "Agent prices"),
    "levels": Text("会员等级规则", "Level rules"),
    "campaigns": Text("活动", "Campaigns"),
    "campaigns.budget": Text("预算", "Budget"),
    "assignments": Text("分组名单", "Assignments"),
    "costs": Text("其它成本", "Other costs"),
    "events": Text("行为事件", "Events"),
    "products": Text("商品", "Products"),
    "orders.level_discount": Text("等级优惠", "Level discount"),
}
UNLOCKS = {
    "balance_entries": Text(
        "激励余额从发出到用掉的每一步: 到手率、过期、未兑付。",
        "Every step of incentive balance: reach, expiry, open liability.",
    ),
    "assignments": Text(
        "增量回报: 到底哪些购买是激励带来的。",
        "Incremental return: which purchases the incentive really brought.",
    ),
    "events": Text("漏斗和促单成本: 人在哪一步走掉。", "The funnel and the cost of a conversion."),
    "costs": Text("平台抽成、风险准备金、冻结资金。", "Platform cut, risk reserve, frozen funds."),
    "campaigns": Text("每个活动花了多少、带来多少。", "What each campaign cost and brought."),
    "users": Text(
        "新客、沉睡、流失的划分和历史累计。", "Newcomers, dormant and lost users, and earlier history."
    ),
}


def rich(*, simulated: bool = True, folder_name: str = "星河数卡 2026 年 7–10 月") -> ReportInput:
    """Everything is known: campaigns with controls, three layers of agents, a drain loop."""
    return ReportInput(
        diagnosis=Diagnosis(
            scope=_scope(simulated=simulated),
            figures=_figures(),
            incentive=_incentive(),
            order=_orders(),
            layers=_layers(),
            agents=_agents(),
            unit_costs=_unit_costs(),
            campaigns=_campaigns(),
            small_tests=_tests(),
            cohorts=_cohorts(),
            months=_months(),
            channels=_channels(),
            segments=_segments(),
            rfm=_rfm(),
            funnel=_funnel(),
            key_uses=_key_uses(),
            drain_loop=DrainLoop(
                users=1_846,
                orders=9_417,
                excess_discount_fen=6_892_300,
                excess_commission_fen=0,
                discount_fen=21_440_700,
                confidence_est=0.963,
            ),
            waste=_waste(),
            findings=_findings(),
            daily_burn_fen=_daily(),
        ),
        intake=_intake(),
        folder_name=folder_name,
        made_at="2026-10-20 09:41",
        differences=_differences(),
        names=NAMES,
        unlocks=UNLOCKS,
        seconds={"read": 3.2, "compute": 1.7},
    )


def poor(*, simulated: bool = False) -> ReportInput:
    """Orders alone, and three answers: nearly everything is estimated or missing."""
    orders = 8_412
    return ReportInput(
        diagnosis=Diagnosis(
            scope=Scope(
                first_day="2026-09-01",
                last_day="2026-10-20",
                days=50,
                months=("2026-09", "2026-10"),
                orders=orders,
                users=3_120,
                simulated=simulated,
                gross=False,
                book_mode="mirror",
                lots_inferred=False,
                history_before=False,
                tables=("orders",),
                missing_tables=("users", "balance_entries", "campaigns", "assignments", "costs", "events"),
            ),
            figures=_poor_figures(),
            incentive=(),
            order=_poor_orders(),
            layers=(),
            agents=(),
            unit_costs=(
                UnitCost("CAC", None, None, None, None, 1_249_920, 0, 1_008, 1_008, "estimated", 1_240.0),
            ),
            campaigns=(),
            small_tests=(),
            cohorts=(
                Cohort("2026-09", 1_904, (1_904, 611), (20_412_000, 6_120_000)),
                Cohort("2026-10", 1_216, (1_216,), (12_014_000,)),
            ),
            months=_poor_months(),
            channels=(
                ChannelCost("聚合支付甲", None, 5_120, 26_004_000, 442_068, "measured", "微信直连", 170_000),
                ChannelCost("微信直连", None, 3_292, 18_867_900, 113_207, "measured", None, 0),
            ),
            segments=(),
            rfm=(),
            funnel=(),
            key_uses=(),
            drain_loop=None,
            waste=(
                Waste("anyway", Figure("waste_anyway", None, "fen_per_month", "missing", ("assignments",))),
            ),
            findings=(
                Finding(
                    "dear_channel",
                    170_000,
                    "measured",
                    None,
                    {
                        "payment_channel": "聚合支付甲",
                        "rate_est": 0.017,
                        "cheapest": "微信直连",
                        "amount_fen": 26_004_000,
                    },
                ),
            ),
        ),
        intake=IntakeAccount(files=(FileLine("订单.csv", "orders", orders, orders, 0, 0),)),
        folder_name="小店订单",
        made_at="2026-10-20 09:41",
        assumptions=Assumptions(monthly_incentive_fen=5_000_000, gross_margin=Fraction(9, 100)),
        names=NAMES,
        unlocks=UNLOCKS,
    )


def _intake() -> IntakeAccount:
    return IntakeAccount(
        files=(
            FileLine("订单-7-8月.csv", "orders", 38_211, 38_190, 0, 21),
            FileLine("订单-9-10月.xlsx", "orders", 41_876, 40_102, 1_760, 14),
            FileLine("余额流水.csv.gz", "balance_entries", 62_340, 62_334, 0, 6),
            FileLine("会员.csv", "users", 20_514, 20_514, 0, 0),
            FileLine("分组名单.parquet", "assignments", 46_800, 46_800, 0, 0),
        ),
        faults=(
            FaultLine(
                "订单-7-8月.csv",
                1_204,
                "实付金额",
                "十二元",
                Text("“十二元”不是金额", "'十二元' is not an amount of money"),
            ),
            FaultLine(
                "订单-7-8月.csv",
                5_077,
                "订单号",
                "1.23E+17",
                Text("订单号被表格软件改坏了, 无法还原", "The order id was ruined by a spreadsheet"),
            ),
            FaultLine(
                "订单-9-10月.xlsx",
                88,
                "下单时间",
                "2026-13-02",
                Text("“2026-13-02”不是日期", "'2026-13-02' is not a date"),
            ),
        ),
        corrections="corrections/orders.csv",
        gaps=("2026-08-17",),
        stubs={"orders.agent_id": 3, "users": 41},
        conflicts=12,
        notes=(
            Text(
                "余额流水里 118 笔没有写类型, 按备注认出了 112 笔。",
                "118 balance entries had no kind; 112 were told by their memo.",
            ),
        ),
    )


def _differences() -> tuple[DifferenceLine, ...]:
    return (
        DifferenceLine(
            "balance_after",
            Text("余额流水累加 / 变动后余额", "Sum of entries / balance after"),
            37,
            184_320,
            Text(
                "多半是后台手工改过余额, 没有留下流水",
                "Balances were probably edited by hand without an entry",
            ),
            ("U10442", "U10981"),
        ),
        DifferenceLine(
            "channel_fee",
            Text("手续费 / 通道费率", "Fee / channel rate"),
            212,
            -9_180,
            Text("通道在 9 月调过费率", "The channel changed its rate in September"),
        ),
    )


def _poor_figures() -> dict[str, Figure]:
    return _by_code(
        Figure("incentive_per_month", 5_000_000, "fen_per_month", "estimated", ("balance_entries",)),
        Figure("burn_per_day", 166_667.0, "fen_per_day", "estimated", ("balance_entries",)),
        Figure("reach_share", None, "ratio", "missing", ("balance_entries",)),
        Figure("runway_days", None, "days", "missing", ("campaigns.budget",)),
        Figure("return_incremental", None, "ratio", "missing", ("assignments",), basis="incremental"),
        Figure("unit_value", None, "ratio", "missing", ("assignments",), basis="incremental"),
        Figure("price", 44_871_900, "fen", "measured"),
        Figure("margin", 4_038_471.0, "fen", "estimated", ("orders.cost_of_goods",)),
        Figure("margin_rate", 0.09, "ratio", "estimated", ("orders.cost_of_goods",)),
        Figure("liability", None, "fen", "missing", ("balance_entries",)),
        Figure("CAC", 1_240.0, "fen", "estimated", ("users.cum_spend",), n=1_008),
        Figure("payment_fee_rate", 0.0138, "ratio", "measured"),
        Figure("repeat_purchase_rate", 0.412, "ratio", "measured", n=3_120),
    )


def _poor_orders() -> tuple[Waterfall, ...]:
    return (
        Waterfall(
            "order",
            None,
            44_871_900,
            (
                WaterfallPart("goods", 38_589_834, marking="estimated", needs=("orders.cost_of_goods",)),
                WaterfallPart("payment_fee", 619_232),
                WaterfallPart("subsidy", 1_624_363, marking="estimated"),
                WaterfallPart("margin", 4_038_471, marking="estimated"),
            ),
        ),
    )


def _poor_months() -> tuple[MonthFigures, ...]:
    return (
        MonthFigures(
            "2026-09",
            30,
            5_204,
            2_210,
            1_904,
            306,
            27_904_000,
            2_511_360,
            0,
            0,
            0,
            None,
            None,
            None,
            None,
            None,
        ),
        MonthFigures(
            "2026-10",
            20,
            3_208,
            1_780,
            1_216,
            564,
            16_967_900,
            1_527_111,
            0,
            0,
            0,
            None,
            None,
            None,
            None,
            None,
        ),
    )


def _scope(*, simulated: bool) -> Scope:
    return Scope(
        first_day="2026-07-01",
        last_day="2026-10-20",
        days=112,
        months=("2026-07", "2026-08", "2026-09", "2026-10"),
        orders=78_292,
        users=20_514,
        simulated=simulated,
        gross=False,
        book_mode="mirror",
        lots_inferred=True,
        history_before=True,
        tables=("orders", "balance_entries", "users", "assignments", "campaigns"),
        missing_tables=("events", "costs"),
    )


def _by_code(*figures: Figure) -> dict[str, Figure]:
    return {figure.code: figure for figure in figures}


def _figures() -> dict[str, Figure]:
    return _by_code(
        Figure("incentive_total", TOTAL, "fen", "measured"),
        Figure("incentive_per_month", 16_405_714, "fen_per_month", "measured"),
        Figure("price_per_month", 133_583_652, "fen_per_month", "measured"),
        Figure("margin_per_month", 8_415_777, "fen_per_month", "measured"),
        Figure("burn_per_day", 431_000.0, "fen_per_day", "measured"),
        Figure("runway_days", 11.2, "days", "measured", low_est=8.0, high_est=14.0),
        Figure("reach_share", 0.572, "ratio", "measured"),
        Figure(
            "return_incremental",
            1.18,
            "ratio",
            "measured",
            low_est=0.94,
            high_est=1.43,
            n=18_240,
            basis="incremental",
        ),
        Figure("return_attributed", 2.64, "ratio", "measured", n=18_240, basis="attributed"),
        Figure("unit_value", 0.87, "ratio", "measured", low_est=0.61, high_est=1.12, basis="incremental"),
        Figure("price", 498_712_300, "fen", "measured"),
        Figure("margin", 31_418_900, "fen", "measured"),
        Figure("margin_rate", 0.063, "ratio", "measured"),
        Figure("issued", 54_210_000, "fen", "measured"),
        Figure("spent", 38_901_000, "fen", "measured"),
        Figure("breakage", 3_552_000, "fen", "measured"),
        Figure("liability", 8_342_000, "fen", "measured"),
        Figure("pot_left", 4_820_000, "fen", "measured"),
        Figure("CAC", 1_864.0, "fen", "measured", n=6_210),
        Figure("CRC", 972.0, "fen", "measured", n=4_804),
        Figure("CCV", None, "fen", "missing", ("events",)),
        Figure("retention_month1", 0.318, "ratio", "measured", n=6_210),
        Figure("repeat_purchase_rate", 0.441, "ratio", "measured", n=13_980),
        Figure("payment_fee_rate", 0.0127, "ratio", "measured"),
        Figure("manual_adjust", 1_184_000, "fen", "measured"),
    )


def _shares(total: int, *parts: tuple[str, int | None, float]) -> tuple[WaterfallPart, ...]:
    """Parts by their share; the last takes what is left, so that they add up."""
    made = [WaterfallPart(code, round(total * share), layer) for code, layer, share in parts[:-1]]  # type: ignore[arg-type]
    code, layer, _ = parts[-1]
    return (*made, WaterfallPart(code, total - sum(part.fen for part in made), layer))  # type: ignore[arg-type]


def _incentive() -> tuple[Waterfall, ...]:
    takes = (
        ("platform_cut", None, 0.031),
        ("agent_layer", 1, 0.042),
        ("agent_layer", 2, 0.114),
        ("agent_layer", 3, 0.046),
        ("payment_fee", None, 0.019),
        ("site_fee", None, 0.013),
        ("reserve", None, 0.020),
        ("frozen", None, 0.012),
        ("abuse", None, 0.034),
        ("breakage", None, 0.058),
        ("open", None, 0.039),
        ("reached", None, 0.0),
    )
    inputs = _shares(
        TOTAL, ("bonus_issued", None, 0.885), ("reserve_on_bonus", None, 0.020), ("share_of_costs", None, 0.0)
    )
    agent, direct = 27_900_000, 19_800_000
    return (
        Waterfall("incentive", None, TOTAL, _shares(TOTAL, *takes), inputs),
        Waterfall(
            "incentive",
            "agent",
            agent,
            _shares(
                agent,
                ("agent_layer", 1, 0.092),
                ("agent_layer", 2, 0.25),
                ("agent_layer", 3, 0.10),
                ("payment_fee", None, 0.02),
                ("breakage", None, 0.06),
                ("reached", None, 0),
            ),
        ),
        Waterfall(
            "incentive",
            "direct",
            direct,
            _shares(
                direct,
                ("payment_fee", None, 0.018),
                ("abuse", None, 0.06),
                ("breakage", None, 0.055),
                ("open", None, 0.07),
                ("reached", None, 0),
            ),
        ),
    )


def _orders() -> tuple[Waterfall, ...]:
    total, agent = 498_712_300, 174_500_000
    parts = (
        ("goods", None, 0.785),
        ("payment_fee", None, 0.0127),
        ("agent_layer", 1, 0.009),
        ("agent_layer", 2, 0.028),
        ("agent_layer", 3, 0.0098),
        ("site_fee", None, 0.006),
        ("platform_cut", None, 0.0046),
        ("refund", None, 0.0038),
        ("subsidy", None, 0.078),
        ("margin", None, 0.0),
    )
    return (
        Waterfall("order", None, total, _shares(total, *parts)),
        Waterfall(
            "order",
            "agent",
            agent,
            _shares(
                agent,
                ("goods", None, 0.80),
                ("payment_fee", None, 0.012),
                ("agent_layer", 1, 0.026),
                ("agent_layer", 2, 0.08),
                ("agent_layer", 3, 0.028),
                ("subsidy", None, 0.05),
                ("margin", None, 0),
            ),
        ),
    )


def _layers() -> tuple[AgentTake, ...]:
    price = 174_500_000
    return (
        AgentTake(1, None, 27_400, price, 6_980_000, 6_980_000, 2_572_000, 0.041, 0),
        AgentTake(2, None, 26_102, 166_200_000, 19_113_000, 18_420_000, 6_982_000, 0.041, 12_299_000),
        AgentTake(3, None, 24_871, 158_400_000, 6_494_000, 6_120_000, 2_817_000, 0.041, 0),
    )


def _agents() -> tuple[AgentTake, ...]:
    return tuple(
        AgentTake(
            2 if k < 8 else 3,
            f"SIM-A{2100 + k}",
            3_800 - 140 * k,
            24_000_000 - 900_000 * k,
            2_880_000 - 120_000 * k,
            2_700_000 - 115_000 * k,
            980_000 - 40_000 * k,
            0.041,
            max(0, 1_700_000 - 160_000 * k),
        )
        for k in range(14)
    )


def _unit_costs() -> tuple[UnitCost, ...]:
    return (
        UnitCost(
            "CAC",
            None,
            None,
            None,
            None,
            10_420_000,
            1_155_000,
            8_904,
            6_210,
            "measured",
            1_864.0,
            2_910.0,
            2_280.0,
            4_020.0,
            1_800.0,
            True,
        ),
        UnitCost(
            "CRC",
            None,
            None,
            None,
            None,
            4_211_000,
            458_000,
            9_120,
            4_804,
            "measured",
            972.0,
            1_640.0,
            1_210.0,
            2_540.0,
        ),
        UnitCost("CCV", None, None, None, None, 0, 0, 0, 0, "missing", None),
        UnitCost("other", None, None, None, None, 2_914_000, 0, 1_022, 0, "measured", None),
        *(
            _month_cost("CAC", month, cost)
            for month, cost in (("2026-07", 1_602.0), ("2026-08", 1_790.0), ("2026-09", 2_204.0))
        ),
        *(
            _month_cost("CRC", month, cost)
            for month, cost in (("2026-07", 880.0), ("2026-08", 960.0), ("2026-09", 1_091.0))
        ),
        _cell("CAC", "agent", 2_894.0, 904, GapSplit(1.04, 1.62, 1.05, 0.97, "take_up")),
        _cell("CAC", "direct", 1_567.0, 771, GapSplit(0.97, 0.98, 1.0, 0.97, "take_up")),
        _cell("CRC", "direct", 2_590.0, 402, GapSplit(1.74, 1.12, 1.08, 1.02, "reach")),
    )


def _month_cost(kind: Literal["CAC", "CRC"], month: str, cost: float) -> UnitCost:
    spent = round(cost * 2_000)
    return UnitCost(kind, month, None, None, None, spent, 0, 2_900, 2_000, "measured", cost, depth="month")


def _cell(kind: Literal["CAC", "CRC"], source: str, cost: float, n: int, gap: GapSplit) -> UnitCost:
    return UnitCost(
        kind,
        "2026-09",
        "newcomer" if kind == "CAC" else "dormant",
        "C-NEW" if kind == "CAC" else "C-BACK",
        source,
        round(cost * n * 0.9),
        round(cost * n * 0.1),
        n * 2,
        n,
        "measured",
        cost,
        benchmark_est=1_690.0,
        gap=gap,
        depth="cell",
    )


def _campaign(
    key: str,
    name: str,
    purpose: str,
    verdict: str,
    value: float | None,
    half: float,
    *,
    spent: int,
    control: int = 2_400,
    maturity: float = 1.0,
    attributed: float = 2.4,
    lost: float | None = None,
    amounts: tuple[AmountOutcome, ...] = (),
) -> CampaignOutcome:
    known = value is not None
    cost = spent * 1.06
    return CampaignOutcome(
        campaign_id=key,
        name=name,
        purpose=purpose,
        window_days=14,
        bar_est=1.0,
        first_day="2026-08-01",
        last_day="2026-09-30",
        users_treated=4_800,
        users_control=control if known else 0,
        granted_fen=round(spent * 1.3),
        spent_fen=spent,
        expired_fen=round(spent * 0.18),
        open_fen=round(spent * 0.12),
        cost_fen_est=cost,
        attributed_value_fen=round(spent * attributed),
        attributed_return_est=attributed,
        incremental_value_fen_est=value * cost if value is not None else None,
        incremental_low_fen_est=(value - half) * cost if value is not None else None,
        incremental_high_fen_est=(value + half) * cost if value is not None else None,
        incremental_return_est=value,
        return_low_est=value - half if value is not None else None,
        return_high_est=value + half if value is not None else None,
        maturity_est=maturity,
        anyway_share_est=0.63 if known else None,
        lost_fen_per_month=lost,
        margin_30d_treated_est=2_140.0 if known else None,
        margin_30d_control_est=1_830.0 if known else None,
        margin_90d_treated_est=4_410.0 if known else None,
        margin_90d_control_est=4_290.0 if known else None,
        verdict=verdict,
        amounts=amounts,  # type: ignore[arg-type]
    )


def _campaigns() -> tuple[CampaignOutcome, ...]:
    amounts = (
        AmountOutcome(200, 2_410, 148.0, 262.0, 150.0, 374.0, 1.77),
        AmountOutcome(500, 2_380, 361.0, 571.0, 442.0, 700.0, 1.45),
        AmountOutcome(1_000, 2_402, 702.0, 648.0, 490.0, 806.0, 0.23),
        AmountOutcome(2_000, 2_391, 1_388.0, 655.0, 470.0, 840.0, 0.01),
    )
    # fmt: off
    return (
        _campaign("C-NEW", "新人首单立减", "acquire", "pays", 1.86, 0.31, spent=4_812_000),
        _campaign("C-ALL", "全场周三返现", "retain", "useless", 0.04, 0.16, spent=7_420_000, lost=1_780_000.0),
        _campaign("C-SMS", "沉睡召回短信礼", "reactivate", "negative", -0.42, 0.22, spent=2_310_000, lost=820_000.0),
        _campaign("C-DOSE", "随机面额红包", "convert", "below_bar", 0.71, 0.18, spent=5_604_000, amounts=amounts),
        _campaign("C-VIP", "高价值客专享包", "retain", "pays", 2.31, 0.44, spent=3_908_000),
        _campaign("C-BACK", "满 60 天回归礼", "reactivate", "unclear", 1.08, 0.52, spent=1_920_000),
        _campaign("C-WKND", "周末加码", "convert", "immature", 1.34, 0.61, spent=1_140_000, maturity=0.43),
        _campaign("C-TARGET", DANGEROUS, "convert", "unknown", None, 0.0, spent=6_103_000, attributed=4.2),
    )
    # fmt: on


def _tests() -> tuple[SmallTest, ...]:
    return (SmallTest("C-TARGET", DANGEROUS, 1_200, 1_200, 14, 312_000, 1.0),)


def _cohorts() -> tuple[Cohort, ...]:
    return (
        Cohort("2026-07", 2_110, (2_110, 702, 561, 388), (31_204_000, 11_020_000, 9_001_000, 6_120_000)),
        Cohort("2026-08", 1_904, (1_904, 588, 402), (28_101_000, 9_100_000, 6_604_000)),
        Cohort("2026-09", 1_388, (1_388, 371), (20_010_000, 5_704_000)),
        Cohort("2026-10", 808, (808,), (11_402_000,)),
    )


def _months() -> tuple[MonthFigures, ...]:
    # fmt: off
    return (
        MonthFigures("2026-07", 31, 20_104, 6_010, 2_110, 3_900, 128_104_000, 9_804_000, 13_204_000, 9_610_000, 0,
                     12_500_000, "2026-07-27", 1.42, 1.10, 1.74),
        MonthFigures("2026-08", 31, 21_877, 6_402, 1_904, 4_498, 139_010_000, 10_104_000, 14_880_000, 10_804_000,
                     1_104_000, 12_500_000, "2026-08-24", 1.21, 0.94, 1.48),
        MonthFigures("2026-09", 30, 22_410, 6_390, 1_388, 5_002, 142_408_000, 9_411_000, 16_102_000, 11_604_000,
                     1_420_000, 13_000_000, "2026-09-21", 0.98, 0.71, 1.25),
        MonthFigures("2026-10", 20, 13_901, 4_880, 808, 4_072, 89_190_300, 5_010_000, 10_024_000, 6_883_000,
                     1_028_000, 13_000_000, None, 0.87, 0.61, 1.12),
    )
    # fmt: on


def _channels() -> tuple[ChannelCost, ...]:
    return (
        ChannelCost(
            "聚合支付乙", "aggregator_b", 18_402, 112_804_000, 2_594_492, "measured", "微信直连", 510_000
        ),
        ChannelCost(
            "聚合支付甲", "aggregator_a", 22_911, 140_210_000, 2_243_360, "measured", "微信直连", 372_000
        ),
        ChannelCost("微信直连", "wechat", 12_004, 70_102_000, 420_612, "measured", None, 0),
        ChannelCost("支付宝直连", "alipay", 9_870, 60_800_000, 364_800, "estimated", None, 0),
    )


def _segments() -> tuple[SegmentFigures, ...]:
    return (
        SegmentFigures("newcomer", 4_210, 12_804_000, 9_010_000, 18_402_000, 1.62, 1.31, 1.93),
        SegmentFigures("high_value", 2_104, 9_402_000, 8_204_000, 24_010_000, 1.88, 1.42, 2.34),
        SegmentFigures("regular", 5_602, 17_040_000, 13_102_000, 30_204_000, 0.31, 0.08, 0.54),
        SegmentFigures("low_frequency", 3_204, 8_010_000, 5_120_000, 9_804_000, 0.74, 0.41, 1.07),
        SegmentFigures("dormant", 3_110, 5_804_000, 2_910_000, 4_020_000, 0.52, 0.12, 0.92),
        SegmentFigures("lost", 2_284, 1_150_000, 555_000, 610_000, None, None, None),
    )


def _rfm() -> tuple[RfmCell, ...]:
    return tuple(
        RfmCell(r, f, 90 + 37 * r * f - 12 * abs(r - f) ** 2, 410_000 * r * f)
        for r in range(1, 6)
        for f in range(1, 6)
    )


def _funnel() -> tuple[FunnelStep, ...]:
    return (
        FunnelStep("registered", 20_514),
        FunnelStep("browsed", 16_402),
        FunnelStep("carted", 11_870),
        FunnelStep("ordered", 9_204),
        FunnelStep("ordered_again", 4_061),
    )


def _key_uses() -> tuple[KeyUse, ...]:
    return (
        KeyUse("newcomers", 18_374_400, 12_804_000, TOTAL),
        KeyUse("peaks", None, 9_120_000, TOTAL, ("2026-08-18", "2026-09-09", "2026-10-01")),
    )


def _waste() -> tuple[Waste, ...]:
    return (
        Waste(
            "anyway",
            Figure(
                "waste_anyway",
                3_904_000.0,
                "fen_per_month",
                "measured",
                low_est=3_210_000.0,
                high_est=4_600_000.0,
                basis="incremental",
            ),
        ),
        Waste("flat", Figure("waste_flat", 712_000.0, "fen_per_month", "measured", basis="incremental")),
        Waste(
            "never_back",
            Figure("waste_never_back", 1_204_000, "fen_per_month", "measured", basis="attributed"),
        ),
        Waste("abuse", Figure("waste_abuse", 557_000, "fen_per_month", "measured")),
        Waste("layer", Figure("waste_layer", 3_294_000.0, "fen_per_month", "estimated")),
        Waste("drain_loop", Figure("waste_drain_loop", 1_846_000, "fen_per_month", "measured")),
    )


def _findings() -> tuple[Finding, ...]:
    return (
        Finding(
            "leak_layer",
            3_294_000,
            "measured",
            None,
            {
                "layer": 2,
                "rate_est": 0.115,
                "benchmark_est": 0.041,
                "gap_share_est": 0.96,
                "orders": 26_102,
            },
            _agent_rows(),
        ),
        Finding(
            "drain_loop",
            1_846_000,
            "measured",
            None,
            {"users": 1_846, "orders": 9_417, "confidence_est": 0.963},
            _discount_rows(),
        ),
        Finding(
            "useless_campaign",
            1_780_000,
            "measured",
            "incremental",
            _facts("C-ALL", "全场周三返现", 0.04),
            _user_rows(),
        ),
        Finding(
            "negative_campaign", 820_000, "measured", "incremental", _facts("C-SMS", "沉睡召回短信礼", -0.42)
        ),
        Finding(
            "dear_channel",
            510_000,
            "measured",
            None,
            {
                "payment_channel": "聚合支付乙",
                "rate_est": 0.023,
                "cheapest": "微信直连",
                "amount_fen": 112_804_000,
            },
        ),
        Finding("manual_adjust", 320_000, "measured", None, {"grants": 118}),
        Finding(
            "no_control",
            0,
            "missing",
            None,
            {"campaign_id": "C-TARGET", "name": DANGEROUS, "control_users": 1_200, "days": 14},
        ),
    )


def _facts(campaign_id: str, name: str, return_est: float) -> dict[str, str | int | float | None]:
    return {
        "campaign_id": campaign_id,
        "name": name,
        "return_est": return_est,
        "low_est": return_est - 0.2,
        "high_est": return_est + 0.2,
        "attributed_return_est": 2.4,
        "users": 4_800,
        "control": 2_400,
    }


def _agent_rows() -> RowTable:
    columns = ("agent_id", "source", "orders", "price_fen", "take_fen", "gap_fen", "bonus_take_fen")
    rows = tuple(
        (
            f"SIM-A{2100 + k}",
            "agent",
            3_800 - 12 * k,
            24_000_000 - 90_000 * k,
            2_880_000 - 12_000 * k,
            2_700_000,
            980_000,
        )
        for k in range(220)
    )
    return RowTable("layer", columns, rows, 260)


def _discount_rows() -> RowTable:
    columns = ("order_id", "user_id", "month", "list_fen", "discount_fen", "earned_fen", "excess_fen")
    rows = tuple(
        (f"SIM-O{50_000 + k}", f"SIM-U{10_000 + k}", "2026-09", 12_000, 480 + k, 120, 360 + k)
        for k in range(60)
    )
    return RowTable("drain_loop", columns, rows, 9_417)


def _user_rows() -> RowTable:
    columns = ("user_id", "arm", "at", "spent_fen", "value_fen", "memo")
    rows = (
        ("SIM-U10442", "treated", "2026-08-05 10:00", 1_000, 2_140, FORMULA),
        ("SIM-U10981", "control", "2026-08-05 10:00", 0, 2_180, "+86 13"),
    )
    return RowTable("useless_campaign", columns, rows, 4_800)


def _daily() -> tuple[tuple[str, int], ...]:
    start = date(2026, 7, 1)
    return tuple(
        (
            (start + timedelta(days=k)).isoformat(),
            380_000
            + 900 * k
            + (160_000 if (start + timedelta(days=k)).weekday() >= 5 else 0)
            + (7_919 * k) % 90_000,
        )
        for k in range(112)
    )
