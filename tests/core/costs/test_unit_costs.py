"""CAC, CRC, CCV: rewards as they count, benchmarks of the other cells, and a gap whose factors multiply."""

from dataclasses import replace

import pytest
from cost_rows import facts, outcome, unit_row
from hypothesis import assume, given
from hypothesis import strategies as st

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.facts import UnitCostSums
from huoshui.core.costs.unit_costs import unit_costs
from huoshui.core.costs.values import UnitCost

NOBODY = Assumptions()


def two(one: UnitCostSums, other: UnitCostSums) -> list[UnitCostSums]:
    """Two sources' cells and the pooled cell over them."""
    names = ("granted_fen", "spent_fen", "open_fen", "fees_fen", "users_rewarded", "n")
    whole = {name: getattr(one, name) + getattr(other, name) for name in names}
    return [unit_row(kind=one.kind, **whole), one, other]


@st.composite
def cells(draw: st.DrawFn, source: str) -> UnitCostSums:
    """One source's cell, all of it settled."""
    granted = draw(st.integers(1, 10**8))
    users = draw(st.integers(1, 10**4))
    return unit_row(
        depth="source",
        source=source,
        granted_fen=granted,
        spent_fen=draw(st.integers(1, granted)),
        fees_fen=draw(st.integers(0, 10**7)),
        users_rewarded=users,
        n=draw(st.integers(1, users)),
    )


def by_source(found: tuple[UnitCost, ...]) -> dict[str | None, UnitCost]:
    return {cost.source: cost for cost in found}


def test_a_cell_by_hand():
    # 100 yuan granted, 60 spent, 20 expired, 20 open: three quarters of what was settled were used, so 15 more are
    # expected. With 5 of fees it is 80 yuan for 16 users: 5 yuan each.
    row = unit_row(granted_fen=10_000, spent_fen=6_000, open_fen=2_000, fees_fen=500, users_rewarded=40, n=16)
    (cost,) = unit_costs(facts(unit_costs=[row]), NOBODY, ())
    assert (cost.reward_fen, cost.fees_fen, cost.cost_fen, cost.n) == (7_500, 500, 8_000, 16)
    assert cost.per_unit_est == 500.0
    assert cost.benchmark_est is None
    assert cost.gap is None, "everything has nothing to be held against"


def test_what_is_wholly_open_counts_at_face_and_nobody_won_costs_nothing_a_head():
    (cost,) = unit_costs(facts(unit_costs=[unit_row(granted_fen=900, open_fen=900)]), NOBODY, ())
    assert cost.reward_fen == 900
    assert cost.per_unit_est is None


@given(cells("direct"), cells("agent"))
def test_the_factors_of_a_gap_multiply_to_the_ratio_with_its_benchmark(one, other):
    found = by_source(unit_costs(facts(unit_costs=two(one, other)), NOBODY, ()))
    for mine, benchmark in (("direct", "agent"), ("agent", "direct")):
        cost, against = found[mine], found[benchmark]
        assert cost.per_unit_est is not None
        assert against.per_unit_est is not None
        assert cost.benchmark_est == pytest.approx(against.per_unit_est)
        assert cost.gap is not None
        product = cost.gap.reach_est * cost.gap.take_up_est * cost.gap.amount_est * cost.gap.fees_est
        assert product == pytest.approx(cost.per_unit_est / cost.benchmark_est)


USUAL = {"granted_fen": 10_000, "spent_fen": 5_000, "fees_fen": 500, "users_rewarded": 100, "n": 20}


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"n": 5}, "reach"),
        ({"spent_fen": 1_000, "n": 3, "fees_fen": 100}, "reach"),
        ({"spent_fen": 500, "n": 15, "fees_fen": 50}, "take_up"),
        ({"granted_fen": 30_000, "spent_fen": 15_000, "fees_fen": 1_500}, "amount"),
        ({"spent_fen": 10_000, "fees_fen": 1_000}, "amount"),
        ({"fees_fen": 9_000}, "fees"),
    ],
)
def test_the_cause_of_a_gap_is_its_largest_adverse_factor(change, cause):
    one = unit_row(depth="source", source="direct", **(USUAL | change))
    other = unit_row(depth="source", source="agent", **USUAL)
    cost = by_source(unit_costs(facts(unit_costs=two(one, other)), NOBODY, ()))["direct"]
    assert cost.gap is not None
    assert cost.gap.cause == cause


def test_the_operators_own_benchmark_goes_first_and_says_so():
    rows = two(
        unit_row(depth="source", source="direct", **USUAL), unit_row(depth="source", source="agent", **USUAL)
    )
    found = unit_costs(facts(unit_costs=rows), Assumptions(benchmark_cac_fen=1_200), ())
    assert all(cost.benchmark_est == 1_200 and cost.benchmark_is_own for cost in found)
    pooled = unit_costs(facts(unit_costs=rows), Assumptions(benchmark_crc_fen=1_200), ())
    assert not any(cost.benchmark_is_own for cost in pooled)


@given(cells("direct"), cells("agent"), st.integers(1, 10**6))
def test_against_an_own_benchmark_the_factors_and_what_is_dear_everywhere_multiply_to_the_ratio(
    one, other, own
):
    found = by_source(unit_costs(facts(unit_costs=two(one, other)), Assumptions(benchmark_cac_fen=own), ()))
    cost = found["direct"]
    assert cost.gap is not None
    assert cost.per_unit_est is not None
    product = cost.gap.reach_est * cost.gap.take_up_est * cost.gap.amount_est * cost.gap.fees_est
    assert product * cost.gap.everywhere_est == pytest.approx(cost.per_unit_est / own)


def test_a_benchmark_that_every_cell_exceeds_is_not_one_cells_fault():
    rows = two(
        unit_row(depth="source", source="direct", **(USUAL | {"n": 18})),
        unit_row(depth="source", source="agent", **USUAL),
    )
    found = unit_costs(facts(unit_costs=rows), Assumptions(benchmark_cac_fen=50), ())
    gap = by_source(found)["direct"].gap
    assert gap is not None
    assert (gap.cause, gap.everywhere_est) == ("everywhere", pytest.approx(275 / 50))
    generous = by_source(unit_costs(facts(unit_costs=rows), Assumptions(benchmark_cac_fen=300), ()))[
        "direct"
    ].gap
    assert generous is not None
    assert generous.cause == "reach"


def test_benefits_and_codes_are_counted_where_they_were_told_and_mark_what_they_move():
    spent = {"granted_fen": 1_000, "spent_fen": 1_000, "users_rewarded": 10, "n": 5}
    rows = [
        unit_row(**{name: 2 * fen for name, fen in spent.items()}, grants=20, codes=10),
        unit_row(depth="campaign", campaign_id="c", **spent, grants=10),
        unit_row(depth="campaign", **spent, grants=10, codes=10),
        unit_row(depth="cell", month="2026-07", campaign_id="c", **spent, grants=10),
        unit_row(depth="cell", month="2026-07", **spent, grants=10, codes=10),
        unit_row(kind="other", spent_fen=70),
    ]
    told = Assumptions(benefit_cost_fen=50, code_cost_fen=5)
    found = {
        (cost.kind, cost.depth, cost.campaign_id): cost
        for cost in unit_costs(facts(unit_costs=rows), told, ())
    }
    assert found["CAC", "cell", "c"].reward_fen == 1_500
    assert found["CAC", "campaign", None].reward_fen == 1_050, (
        "no benefits outside campaigns, but a gift card each"
    )
    whole = found["CAC", "all", None]
    assert (whole.reward_fen, whole.per_unit_est, whole.marking) == (2_550, 255.0, "estimated")
    assert found["other", "all", None].marking == "measured"


@given(st.lists(st.tuples(st.sampled_from(["CAC", "CRC", "CCV", "other"]), cells("direct")), max_size=8))
def test_the_kinds_add_up_to_all_that_was_spent(rows):
    made = [replace(row, kind=kind, depth="all", source=None) for kind, row in rows]
    found = unit_costs(facts(unit_costs=made), NOBODY, ())
    assert sum(cost.cost_fen for cost in found) == sum(row.spent_fen + row.fees_fen for _, row in rows)


def test_a_unit_cost_per_extra_user_takes_out_those_who_would_have_anyway():
    rows = [
        unit_row(
            depth="campaign", campaign_id="c", granted_fen=9_000, spent_fen=9_000, users_rewarded=90, n=45
        )
    ]
    tried = outcome(campaign_id="c", anyway_share_est=0.8, anyway_low_est=0.5, anyway_high_est=0.9)
    (cost,) = unit_costs(facts(unit_costs=rows), NOBODY, (tried,))
    assert (cost.per_unit_est, cost.incremental_est) == (200.0, pytest.approx(1_000.0))
    assert cost.incremental_low_est == pytest.approx(400.0), "if half would have anyway"
    assert cost.incremental_high_est == pytest.approx(2_000.0), "if nine of ten would have"
    small = replace(tried, anyway_low_est=-0.2, anyway_high_est=1.05)
    (cost,) = unit_costs(facts(unit_costs=rows), NOBODY, (small,))
    assert cost.incremental_low_est == 200.0, "more than all of them cannot be extra"
    assert cost.incremental_high_est is None, "perhaps nobody was extra: no cost is too high"
    (unknown,) = unit_costs(facts(unit_costs=rows), NOBODY, (outcome(campaign_id="c"),))
    assert unknown.incremental_est is None
    (nobody_extra,) = unit_costs(
        facts(unit_costs=rows), NOBODY, (outcome(campaign_id="c", anyway_share_est=1.0),)
    )
    assert nobody_extra.incremental_est is None


@given(cells("direct"), cells("agent"))
def test_a_dearer_cell_has_a_dearer_benchmark_beside_it(one, other):
    found = by_source(unit_costs(facts(unit_costs=two(one, other)), NOBODY, ()))
    dear, cheap = sorted(("direct", "agent"), key=lambda source: -(found[source].per_unit_est or 0))
    assume(found[dear].per_unit_est != found[cheap].per_unit_est)
    assert (found[dear].benchmark_est or 0) < (found[dear].per_unit_est or 0)
    assert (found[cheap].benchmark_est or 0) > (found[cheap].per_unit_est or 0)
