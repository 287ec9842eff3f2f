"""The whole diagnosis: single figures, channels, cohorts, months, and findings in the order in which to mend."""

from dataclasses import replace

import pytest
from cost_rows import agent_row, cell, facts, grants_row, month_row, orders_row, scope, terms
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.diagnosis import diagnose
from huoshui.core.costs.facts import (
    ArmMoments,
    ChannelSums,
    CohortCell,
    DayIssue,
    DrainSums,
    Facts,
    SegmentSums,
    UnitCostSums,
)
from huoshui.core.costs.findings import FINDING_FEN_MIN
from huoshui.core.costs.values import Diagnosis, Figure

NOBODY = Assumptions()


def told(made: Facts, answers: Assumptions = NOBODY) -> dict[str, Figure]:
    return diagnose(made, answers).figures


def test_money_figures_of_the_orders_by_hand():
    # 60 days. 1,000 yuan: 700 paid, 200 principal, 100 bonus. Goods 800, fee 9, agents 41: value 150, margin 50.
    row = orders_row(
        orders=8, price_fen=100_000, principal_fen=20_000, bonus_fen=10_000, goods_fen=80_000, fee_fen=900,
        agent_fen=4_100, refund_fen=0,
    )  # fmt: skip
    found = told(facts(orders=[row, orders_row(price_fen=999, abuser=True)]))
    values = {code: found[code].value for code in ("price", "price_per_order", "margin", "margin_per_month")}
    assert values == {"price": 100_000, "price_per_order": 12_500, "margin": 5_000, "margin_per_month": 2_500}
    assert found["margin_rate"].value == 0.05
    assert found["payment_fee_rate"].value == 0.01, "the fee holds the top-ups', so principal counts too"
    assert found["price"].n == 8
    assert not found["margin"].gross


def test_unknown_and_answered_goods_are_marked():
    gross = told(facts(orders=[orders_row(price_fen=100, unknown_goods_fen=100)]))["margin"]
    assert (gross.gross, gross.marking, gross.needs) == (True, "measured", ("orders.cost_of_goods",))
    answered = told(facts(orders=[orders_row(price_fen=100, goods_estimated_fen=70)]))["margin"]
    assert (answered.gross, answered.marking, answered.value) == (False, "estimated", 30)


def test_incentive_figures_come_from_the_grants_or_are_missing_with_what_would_tell():
    found = told(
        facts(
            orders=[orders_row(price_fen=10_000, bonus_fen=3_000)],
            grants=[
                grants_row(issued_fen=6_000, spent_fen=3_000, expired_fen=1_000, grants=4),
                grants_row(kind="adjust", issued_fen=500),
                grants_row(issued_fen=700, abuser=True),
            ],
        )
    )
    values = {
        code: found[code].value for code in ("issued", "spent", "breakage", "liability", "manual_adjust")
    }
    assert values == {
        "issued": 7_200,
        "spent": 3_000,
        "breakage": 1_000,
        "liability": 3_200,
        "manual_adjust": 500,
    }
    assert found["reach_share"].value == 3_000 / 7_200
    assert found["incentive_per_month"].value == 3_600
    bare = told(facts(orders=[orders_row(price_fen=10_000, bonus_fen=3_000)]))
    assert bare["reach_share"].needs == ("balance_entries",)
    assert (bare["incentive_total"].value, bare["incentive_total"].marking) == (3_000, "measured")
    answered = told(facts(orders=[orders_row(price_fen=9)]), Assumptions(monthly_incentive_fen=4_000))
    assert (answered["incentive_total"].value, answered["incentive_total"].marking) == (8_000, "estimated")


def test_attributed_and_incremental_returns_are_never_mixed():
    made = facts(
        campaigns=[terms(campaign_id="blind"), terms(campaign_id="seen")],
        grants=[
            grants_row(
                campaign_id="blind", issued_fen=100_000, spent_fen=100_000, attributed_value_fen=900_000
            ),
            grants_row(
                campaign_id="seen", issued_fen=200_000, spent_fen=200_000, attributed_value_fen=600_000
            ),
        ],
        arms=[
            cell([9_250.0, 9_249.0] * 200, campaign_id="seen", amount_fen=500, spent_fen=200_000),
            cell([9_000.0, 8_999.0] * 200, campaign_id="seen", control=True),
        ],
    )
    found = told(made)
    assert found["return_attributed"].value == 5.0
    assert found["return_attributed"].basis == "attributed"
    assert found["return_incremental"].value == pytest.approx(0.5)
    assert found["return_incremental"].basis == "incremental"
    only_blind = told(facts(campaigns=[terms(campaign_id="blind")], grants=made.grants[:1]))
    assert only_blind["return_incremental"].value is None
    assert only_blind["return_incremental"].needs == ("assignments",)


def test_a_top_up_bonus_has_an_attributed_return_of_its_own():
    row = grants_row(
        kind="recharge_bonus",
        campaign_id=None,
        issued_fen=4_000,
        spent_fen=1_500,
        expired_fen=500,
        open_fen=2_000,
        attributed_value_fen=6_000,
    )
    figure = told(facts(grants=[row]))["return_top_up_bonus"]
    assert figure.value == 6_000 / (1_500 + 2_000 * 0.75)
    assert figure.basis == "attributed"
    assert "return_top_up_bonus" not in told(facts(grants=[replace(row, kind="task")]))


def dosed(month: str, step_back: float, **given: object) -> list[ArmMoments]:
    """A month's arms: 5 yuan bring 6, 10 yuan bring 6 + 5 x `step_back`."""
    values = {0: 1_000.0, 500: 1_600.0, 1_000: 1_600.0 + 500 * step_back}
    return [
        cell(
            [value + 1, value - 1] * 100,
            month=month,
            amount_fen=amount,
            control=amount == 0,
            spent_fen=200 * amount,
            **given,
        )
        for amount, value in values.items()
    ]


def test_the_unit_value_is_what_the_last_step_brings_in_the_last_month_known():
    months = [month_row(month="2026-07"), month_row(month="2026-08", days=29)]
    made = facts(
        months=months,
        campaigns=[terms()],
        arms=[*dosed("2026-07", 0.8), *dosed("2026-08", 0.3)],
    )
    diagnosis = diagnose(made, NOBODY)
    assert [month.unit_value_est for month in diagnosis.months] == pytest.approx([0.8, 0.3])
    assert diagnosis.figures["unit_value"].value == pytest.approx(0.3)
    assert diagnosis.figures["unit_value"].basis == "incremental"
    assert told(facts(months=months))["unit_value"].marking == "missing"


def test_a_segments_return_is_that_of_its_own_users():
    made = facts(
        campaigns=[terms()],
        arms=[*dosed("2026-07", 0.0, segment="regular"), *dosed("2026-07", 1.0, segment="dormant")],
        segments=[SegmentSums("regular", 9, 50, 40, 30), SegmentSums("dormant", 5, 70, 60, 20)],
    )
    found = diagnose(made, NOBODY).segments
    assert [row.segment for row in found] == ["dormant", "regular"], "most granted first"
    # 200 users at 6 and 200 at 11 back (or 6) for 200 x 5 + 200 x 10 spent.
    assert found[0].incremental_return_est == pytest.approx((600 + 1_100) / 1_500)
    assert found[1].incremental_return_est == pytest.approx((600 + 600) / 1_500)


def channel(name: str, amount: int, fee: int, **terms_listed: object) -> ChannelSums:
    listed: dict[str, object] = {"listed_rate": None, "listed_fixed_fen": None} | terms_listed
    return ChannelSums(name, None, 10, amount, fee, 0, **listed)  # type: ignore[arg-type]


def test_a_dear_channel_is_held_against_the_cheapest_that_really_carries_money():
    made = facts(
        channels=[
            channel("dear", 10_000_000, 250_000),
            channel("direct", 10_000_000, 60_000),
            channel("tiny", 100_000, 10),  # 500 yuan a month prove nothing
        ]
    )
    rows = {row.payment_channel: row for row in diagnose(made, NOBODY).channels}
    assert rows["dear"].cheapest == "direct"
    assert rows["dear"].saving_fen_per_month == (250_000 - 60_000) / 2
    assert rows["dear"].rate_est == 0.025
    assert (rows["direct"].cheapest, rows["direct"].saving_fen_per_month) == (None, 0)


def test_a_route_with_a_fixed_fee_is_dear_for_small_payments():
    # 10 payments of 1,000 yuan: 0.2 % + 5 yuan each would cost 70 yuan, not the 20 that the rate alone says.
    made = facts(
        channels=[
            channel("rated", 1_000_000, 6_000, listed_rate=0.006, listed_fixed_fen=0),
            channel("fixed", 1_000_000, 7_000, listed_rate=0.002, listed_fixed_fen=500),
        ]
    )
    rows = {row.payment_channel: row for row in diagnose(made, NOBODY).channels}
    assert rows["rated"].saving_fen_per_month == 0
    assert (rows["fixed"].cheapest, rows["fixed"].saving_fen_per_month) == ("rated", 500)


def test_cohorts_are_as_long_as_the_files_and_retention_leaves_the_unfinished_month_out():
    made = facts(
        scope=scope(months=("2026-06", "2026-07", "2026-08"), days=80),
        cohorts=[
            CohortCell("2026-06", 0, 100, 5),
            CohortCell("2026-06", 1, 40, 6),
            CohortCell("2026-07", 0, 50, 7),
            CohortCell("2026-07", 1, 3, 8),
            CohortCell("2026-08", 0, 9, 9),
        ],
        months=[
            month_row(month="2026-06", buyers=100, repeat_buyers=10),
            month_row(month="2026-07", buyers=90, repeat_buyers=28),
        ],
    )
    diagnosis = diagnose(made, NOBODY)
    assert [cohort.active for cohort in diagnosis.cohorts] == [(100, 40, 0), (50, 3), (9,)]
    assert diagnosis.figures["retention_month1"].value == 0.4
    assert diagnosis.figures["repeat_purchase_rate"].value == 38 / 190
    assert diagnosis.figures["buyers"].value == 159


def leaky(excess: int) -> Facts:
    """A shop of one month whose second agent layer took so much more than the two others."""
    return facts(
        scope=scope(days=30),
        agents=[
            agent_row(layer=layer, agent_id=str(layer), orders=1, price_fen=1_000_000, take_fen=take)
            for layer, take in ((1, 40_000), (2, 40_000 + excess), (3, 40_000))
        ],
    )


@pytest.mark.parametrize(("excess", "found"), [(9_999, []), (10_000, ["leak_layer"]), (0, [])])
def test_less_than_a_hundred_yuan_a_month_is_no_finding(excess, found):
    assert [finding.code for finding in diagnose(leaky(excess), NOBODY).findings] == found


MANY = st.fixed_dictionaries(
    {
        "excess": st.integers(0, 200_000),
        "drain": st.integers(0, 200_000),
        "abuse": st.integers(0, 200_000),
        "manual": st.integers(0, 200_000),
        "fee": st.integers(60_000, 200_000),
    }
)


def troubled(size: dict[str, int]) -> Diagnosis:
    """A month with a leak, a drain loop, abusers, gifts by hand, a dear channel and an untested campaign."""
    made = leaky(size["excess"])
    return diagnose(
        facts(
            scope=made.scope,
            agents=made.agents,
            drain=DrainSums(2, 3, 9, 1, size["drain"], 400_000),
            grants=[
                grants_row(abuser=True, issued_fen=size["abuse"], spent_fen=size["abuse"]),
                grants_row(kind="adjust", issued_fen=size["manual"], grants=2),
                grants_row(campaign_id="c", issued_fen=5_000, spent_fen=5_000, users=10),
            ],
            campaigns=[terms()],
            months=[month_row(buyers=10, value_fen=100_000)],
            channels=[channel("dear", 10_000_000, size["fee"]), channel("direct", 10_000_000, 60_000)],
        ),
        NOBODY,
    )


@given(MANY)
def test_findings_are_worst_first_priced_and_the_untested_come_last(size):
    found = troubled(size).findings
    priced = [finding for finding in found if finding.code != "no_control"]
    amounts = [finding.fen_per_month for finding in priced]
    assert amounts == sorted(amounts, reverse=True)
    expected = {
        "leak_layer": size["excess"],
        "drain_loop": size["drain"],
        "abuse": size["abuse"],
        "manual_adjust": size["manual"],
        "dear_channel": size["fee"] - 60_000,
    }
    worth = {code: fen for code, fen in expected.items() if fen >= FINDING_FEN_MIN}
    assert {finding.code: finding.fen_per_month for finding in priced} == worth
    assert found[-1].code == "no_control"
    assert (found[-1].fen_per_month, found[-1].marking) == (0, "missing")


def test_a_drain_loop_that_most_orders_contradict_is_no_finding():
    made = facts(scope=scope(days=30), drain=DrainSums(2, 3, 4, 6, 90_000, 400_000))
    assert diagnose(made, NOBODY).findings == ()


def test_a_source_that_keeps_less_than_half_the_margin_of_all_is_named():
    rows = [
        orders_row(source="direct", orders=9, price_fen=1_000_000, goods_fen=800_000),
        orders_row(source="ad", orders=9, price_fen=1_000_000, goods_fen=980_000),
    ]
    made = facts(scope=scope(days=30), orders=rows)
    (finding,) = diagnose(made, NOBODY).findings
    # All keep 11 %; the ad keeps 2 %: 9 % of 10,000 yuan.
    assert (finding.code, finding.facts["source"], finding.fen_per_month) == (
        "thin_margin_source",
        "ad",
        90_000,
    )
    gross = facts(scope=scope(days=30, gross=True), orders=rows)
    assert diagnose(gross, NOBODY).findings == (), "without cost of goods there is no margin to be thin"


def test_a_thin_source_says_how_much_of_it_an_agent_layer_explains():
    rows = [
        orders_row(source="direct", orders=9, price_fen=1_000_000, goods_fen=600_000),
        orders_row(source="agent", orders=9, price_fen=1_000_000, goods_fen=600_000, agent_fen=340_000),
    ]
    # The third layer takes 24 % where the other two take 5 % each: 19 % of 10,000 yuan is its excess.
    takes = [
        agent_row(layer=layer, orders=9, price_fen=1_000_000, take_fen=fen)
        for layer, fen in ((1, 50_000), (2, 50_000), (3, 240_000))
    ]
    found = diagnose(facts(scope=scope(days=30), orders=rows, agents=takes), NOBODY).findings
    by_code = {finding.code: finding for finding in found}
    # All keep 23 %, agents 6 %: 17 % of 10,000 yuan, all of which the layer explains.
    thin = by_code["thin_margin_source"]
    assert (thin.fen_per_month, thin.facts["layers_fen"]) == (170_000, 170_000)
    assert by_code["leak_layer"].fen_per_month == 190_000
    assert [finding.code for finding in found] == ["leak_layer", "thin_margin_source"]
    # Dearer goods: 4 % below nothing, 18 % of all. The gap is now the larger amount; the cause still comes first.
    rows[1] = replace(rows[1], goods_fen=700_000, value_fen=rows[1].value_fen - 100_000)
    found = diagnose(facts(scope=scope(days=30), orders=rows, agents=takes), NOBODY).findings
    assert [(finding.code, finding.fen_per_month) for finding in found] == [
        ("leak_layer", 190_000),
        ("thin_margin_source", 220_000),
    ]


def test_unit_cost_figures_need_grants():
    cells = [UnitCostSums("CAC", "all", None, None, None, None, 900, 900, 0, 100, 10, 0, 10, 5)]
    with_grants = told(facts(unit_costs=cells, grants=[grants_row(issued_fen=900, spent_fen=900)]))
    assert (with_grants["CAC"].value, with_grants["CAC"].n) == (200, 5)
    assert with_grants["CRC"].value is None
    without = told(facts(unit_costs=cells))["CAC"]
    assert (without.value, without.marking, without.needs) == (None, "missing", ("balance_entries",))


def test_nothing_at_all_is_no_traceback_but_missing_figures():
    found = diagnose(facts(scope=scope(last_day="2026-07-01", months=("2026-07",), days=1)), NOBODY)
    assert found.incentive == found.order == found.campaigns == found.findings == ()
    assert found.figures["price"].value == 0
    assert found.daily_burn_fen == (("2026-07-01", 0),)
    burning = facts(scope=scope(last_day="2026-07-01", days=1), days=[DayIssue("2026-07-01", 5, 0, 0, 0)])
    assert told(burning)["burn_per_day"].value == 5
