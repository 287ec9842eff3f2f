"""Plans made by hand: one that leaves money unspent, one that uses it all, one where nothing may be planned."""

from dataclasses import replace

from huoshui.base.errors import Text
from huoshui.core.allocate.plan_values import (
    Baseline,
    BudgetPoint,
    CampaignPlan,
    CheckedUser,
    LevelPoint,
    PeriodPlan,
    PlanCell,
    PlanScope,
    Promise,
    ReserveLine,
    Rule,
    SegmentCurve,
    Solved,
)
from huoshui.core.costs.values import Segment, SmallTest
from huoshui.serve.plan_page import PlanInput

DANGEROUS = '<script>alert("活动")</script> {unit} & Co.'
AMOUNTS = (200, 500, 1000)
SEGMENTS: tuple[Segment, ...] = ("newcomer", "dormant", "high_value", "low_frequency", "regular")
FILES = {"people_file": "plan.csv", "explored_file": "explored.csv"}
FORMULA_USER = '=HYPERLINK("x"),"U-7"'


def saving() -> PlanInput:
    """200,000 yuan, of which 17,000 stay: a yuan more would not come back. Simulated."""
    return PlanInput(plan=_plan(), folder_name="演示店", made_at="2026-11-22 17:40", **FILES)


def tight() -> PlanInput:
    """Everything is used and the next yuan would bring 1.36; a real shop, without cost of goods."""
    plan = _plan()
    offers = plan.offers_fen
    scope = replace(plan.scope, simulated=False, gross=True)
    given = replace(plan, scope=scope, price_est=1.36, spent_fen=offers - 40, unspent_fen=40)
    return PlanInput(plan=given, folder_name="shop", made_at="2026-11-22 17:40", **FILES)


def nothing() -> PlanInput:
    """No campaign has randomised data: all money stays."""
    plan = _plan()
    untested = plan.campaigns[2]
    given = replace(
        plan,
        scope=replace(plan.scope, users_with_level=0, simulated=False),
        price_est=1.0,
        spent_fen=0,
        face_fen=0,
        unspent_fen=plan.budget_fen,
        promise=Promise(0.0, 0.0, 0.0, 0.0),
        cells=(),
        curve=(),
        baselines=(),
        rules=(),
        campaigns=(untested,),
        checked=(),
        reserves=(ReserveLine("offers", plan.budget_fen),),
        offers_fen=plan.budget_fen,
        not_allowed=(("no_curve", 14_980),),
        explore_share=0.0,
    )
    return PlanInput(plan=given, folder_name="shop", made_at="2026-11-22 17:40", **FILES)


def _plan() -> PeriodPlan:
    cells = _cells()
    spent = sum(cell.cost_fen for cell in cells if cell.arm == "policy")
    budget = 20_000_000
    explore = sum(cell.cost_fen for cell in cells if cell.arm == "explore")
    entitlements, newcomers = 2_400_000, 350_000
    offers = budget - entitlements - newcomers - explore
    value = sum(cell.value_est for cell in cells if cell.arm == "policy")
    return PeriodPlan(
        scope=_scope(cells),
        budget_fen=budget,
        edge_est=1.0,
        price_est=1.0,
        offers_fen=offers,
        spent_fen=spent,
        face_fen=sum(cell.face_fen for cell in cells if cell.arm == "policy"),
        unspent_fen=offers - spent,
        promise=Promise(value * 0.94, value * 0.85, value * 1.03, value),
        solved=Solved(value, value * 1.0000004, 4e-7, 0.0, 3),
        reserves=(
            ReserveLine("entitlements", entitlements, 3_100),
            ReserveLine("exploration", explore, 450),
            ReserveLine("newcomers", newcomers, 820),
            ReserveLine("offers", offers, 14_000),
        ),
        cells=cells,
        curve=_curve(value / spent),
        baselines=(
            Baseline("same_for_everyone", 14_000, 19_800_000, spent, value * 0.66, "C01", 500),
            Baseline("first_come", 9_200, 19_900_000, spent, value * 0.48),
            Baseline("as_last_month", 11_000, 19_000_000, spent, value * 0.61),
        ),
        rules=_rules(budget),
        campaigns=_campaigns(),
        checked=_checked(),
        not_allowed=(
            ("cool_down", 2_210),
            ("holdout", 990),
            ("cap_reached", 640),
            ("no_curve", 1_010),
            ("abuser", 170),
        ),
        holdout_share=0.05,
        explore_share=0.03,
        cap_fen=4_000,
        cool_down_days=7,
        changes=1_204,
        changes_max=2_000,
        notes=(
            Text(
                "面额里预计有 82.0% 会被用掉, 按过去的使用率算。",
                "82.0% of the face value is expected to be used.",
            ),
            Text(
                "假定 12 月的用户和最近三个月差不多。",
                "December's users are taken to be like the last three months'.",
            ),
        ),
    )


def _scope(cells: tuple[PlanCell, ...]) -> PlanScope:
    return PlanScope(
        period="2026-12",
        first_day="2026-12-01",
        last_day="2026-12-31",
        data_first_day="2026-08-01",
        data_last_day="2026-11-30",
        users=20_000,
        users_allowed=14_980,
        users_with_level=sum(cell.users for cell in cells if cell.arm == "policy"),
        simulated=True,
        gross=False,
        seed=7,
    )


def _cells() -> tuple[PlanCell, ...]:
    made = []
    for number, segment in enumerate(SEGMENTS):
        for step, amount in enumerate(AMOUNTS):
            users = 514 - 70 * number - 108 * step
            face = users * amount
            rate = 1.9 - 0.12 * number - 0.2 * step
            campaign = "C01" if segment in ("newcomer", "low_frequency") else "C02"
            cost = face * 82 // 10
            made.append(
                PlanCell(campaign, segment, amount * 10, "policy", users, face * 10, cost, cost * rate)
            )
    made.append(PlanCell("C01", "regular", 5_000, "explore", 120, 600_000, 400_000, 460_000.0))
    made.append(PlanCell("C02", "newcomer", 2_000, "explore", 230, 460_000, 200_000, 190_000.0))
    return tuple(made)


def _curve(mean: float) -> tuple[BudgetPoint, ...]:
    points = []
    for part in range(1, 13):
        spent = part * 1_600_000
        price = 2.6 * (1 - part / 15)
        points.append(
            BudgetPoint(spent, spent, spent * mean * (1.35 - part * 0.027), 900 * part, round(price, 3))
        )
    return tuple(points)


def _rules(budget: int) -> tuple[Rule, ...]:
    return (
        Rule(
            "budget",
            "budget",
            "fen",
            18_300_000,
            budget,
            0.0,
            None,
            Text("余额池 20 万元", "Pot of ¥200,000"),
        ),
        Rule(
            "campaign_C02",
            "campaign_budget",
            "fen",
            8_000_000,
            8_000_000,
            0.21,
            310_000.0,
            Text("老客回馈最多花 8 万元", "At most ¥80,000 for Loyal"),
            from_table=True,
        ),
        Rule(
            "newcomer_min",
            "segment_minimum",
            "fen",
            3_000_000,
            3_000_000,
            0.34,
            580_000.0,
            Text("新客至少 3 万元", "At least ¥30,000 to newcomers"),
        ),
        Rule(
            "roi",
            "return_floor",
            "return",
            1.62,
            1.2,
            0.0,
            None,
            Text("平均回报不低于 1.20", "Return of 1.20"),
        ),
    )


def _campaigns() -> tuple[CampaignPlan, ...]:
    def curve(segment: Segment, top: float) -> SegmentCurve:
        points = tuple(
            LevelPoint(
                amount_fen=amount * 10,
                value_est=top * share,
                low_est=top * share - 900,
                high_est=top * share + 900,
                cost_est=amount * 8.2,
                n=1_400,
                users=420,
            )
            for amount, share in zip(AMOUNTS, (0.4, 0.75, 1.0), strict=True)
        )
        return SegmentCurve(segment, 3_000, points)

    test = SmallTest("C03", "周末充值礼", 1_200, 1_200, 14, 960_000, 1.0)
    return (
        CampaignPlan(
            "C01", "新客首单礼", "acquire", "planned", 1.0, None, 4_100, 9_000_000, 7_400_000, 11_000_000.0,
            (curve("newcomer", 11_000.0), curve("low_frequency", 8_000.0), SegmentCurve("lost", 900, ())),
        ),
        CampaignPlan(
            "C02", "老客回馈", "retain", "planned", 1.2, 8_000_000, 5_200, 9_800_000, 8_000_000, 12_000_000.0,
            (curve("dormant", 9_000.0), curve("high_value", 7_500.0), curve("regular", 5_200.0)),
        ),
        CampaignPlan(
            "C03", "周末充值礼", "convert", "no_random_data", 1.0, None, 0, 0, 0, 0.0, (), test, 3.4
        ),
        CampaignPlan(
            "C04", DANGEROUS, "reactivate", "nothing_pays", 1.0, None, 0, 0, 0, 0.0, (curve("lost", 900.0),)
        ),
        CampaignPlan("C05", "国庆返现", "convert", "over", 1.0, None, 0, 0, 0, 0.0),
        CampaignPlan("C06", "召回券", "reactivate", "not_enough_data", 1.0, None, 0, 0, 0, 0.0, (), test),
    )  # fmt: skip


def _checked() -> tuple[CheckedUser, ...]:
    people = []
    for number in range(20):
        given = number % 4 != 3
        people.append(
            CheckedUser(
                user_id=FORMULA_USER if number == 0 else f"SIM-U{number:05d}",
                segment=SEGMENTS[number % 5],
                campaign_id="C01" if given else None,
                campaign_name=(DANGEROUS if number == 0 else "新客首单礼") if given else None,
                amount_fen=5_000 if given else 0,
                arm="explore" if number == 6 else "policy",
                reason=Text(
                    "新客, 50 元预计多带来 84.20 元毛利, 每元换回 2.05 元, 高过边线 1.00。"
                    if given
                    else "常客, 20 元预计只多带来 12.10 元毛利, 每元换回 0.74 元, 不到边线 1.00。",
                    "Newcomer: 50 is expected to bring 84.20, 2.05 a yuan, above the edge of 1.00."
                    if given
                    else "Regular: 20 would bring 12.10, 0.74 a yuan, below the edge of 1.00.",
                ),
                history=(
                    Text("注册 12 天, 下过 1 单, 共 68.00 元", "registered 12 days ago, 1 order of 68.00"),
                    Text("最近一次 11 月 24 日", "last on 24 November"),
                ),
                value_est=8_420.0 if given else 0.0,
                cost_fen=4_100 if given else 0,
                below_fen=2_000 if given else None,
                below_value_est=3_900.0 if given else None,
                above_fen=10_000 if given else 2_000,
                above_value_est=9_100.0 if given else 1_210.0,
            )
        )
    return tuple(people)
