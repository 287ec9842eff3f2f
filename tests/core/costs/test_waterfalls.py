"""Both waterfalls: parts add up to the total to the fen, whatever the rows hold; layers held by hand."""

from cost_rows import agent_row, facts, grants_row, orders_row, rule, scope
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.diagnosis import diagnose
from huoshui.core.costs.facts import AgentSums, Facts, GrantSums, OrderSums
from huoshui.core.costs.values import Waterfall
from huoshui.core.costs.waterfalls import (
    agent_takes,
    incentive_waterfall,
    incentive_waterfall_of,
    layer_takes,
    order_waterfall,
    reserve_rate,
    riding_fen,
)

SOURCES = ("direct", "agent", "promoter")
FEN = st.integers(0, 10**9)
SHARE = st.integers(0, 100)


@st.composite
def order_rows(draw: st.DrawFn) -> OrderSums:
    """Sums as orders can give them: bonus is part of the price, a bonus share part of its cost."""
    price = draw(st.integers(1, 10**9))
    bonus = price * draw(SHARE) // 100
    costs = {name: price * draw(SHARE) // 400 for name in ("fee", "site_fee", "platform_cut", "agent")}
    return orders_row(
        source=draw(st.sampled_from(SOURCES)),
        abuser=draw(st.booleans()),
        orders=draw(st.integers(1, 1000)),
        price_fen=price,
        bonus_fen=bonus,
        refund_fen=price * draw(SHARE) // 100,
        goods_fen=price * draw(SHARE) // 100,
        **{f"{name}_fen": amount for name, amount in costs.items()},
        **{f"bonus_{name}_fen": amount * bonus // price for name, amount in costs.items()},
    )


@st.composite
def grant_rows(draw: st.DrawFn) -> GrantSums:
    """A grant is spent, expired or open, and nothing else."""
    spent, expired, still_open = draw(FEN), draw(FEN), draw(FEN)
    return grants_row(
        abuser=draw(st.booleans()),
        issued_fen=spent + expired + still_open,
        spent_fen=spent,
        expired_fen=expired,
        open_fen=still_open,
        frozen_fen=still_open * draw(SHARE) // 100,
    )


@st.composite
def books(draw: st.DrawFn) -> Facts:
    """Orders and grants that agree: honest orders drew at least what honest grants say was spent."""
    orders = draw(st.lists(order_rows(), min_size=1, max_size=6))
    grants = draw(st.lists(grant_rows(), max_size=6))
    drawn = sum(row.bonus_fen for row in orders if not row.abuser)
    spent = sum(row.spent_fen for row in grants if not row.abuser)
    if spent > drawn:
        more = spent - drawn
        orders.append(orders_row(source="direct", orders=1, price_fen=more, bonus_fen=more))
    agents = [
        agent_row(source=row.source, layer=layer, orders=row.orders, take_fen=part, bonus_take_fen=bonus_part)
        for row in orders
        if not row.abuser
        for layer, part, bonus_part in (
            (1, row.agent_fen // 2, row.bonus_agent_fen // 2),
            (None, row.agent_fen - row.agent_fen // 2, 0),
        )
    ]
    rules = [
        rule(part="risk_reserve", rate=draw(st.floats(0, 0.2))),
        rule(part="frozen", base="month", fixed_fen=draw(st.integers(0, 10**7))),
    ]
    return facts(
        orders=orders,
        grants=grants,
        agents=agents,
        rules=rules,
        transfer_fen=draw(st.one_of(st.just(0), FEN)),
        handed_on_expired_fen=draw(st.one_of(st.just(0), FEN)),
    )


def closes(waterfall: Waterfall) -> None:
    """Parts add up to the total, inputs too, and nothing that is taken away is below zero."""
    assert sum(part.fen for part in waterfall.parts) == waterfall.total_fen
    assert all(part.fen >= 0 for part in waterfall.parts[:-1]), waterfall.parts
    if waterfall.kind == "incentive":
        assert sum(part.fen for part in waterfall.inputs) == waterfall.total_fen
        assert all(part.fen >= 0 for part in waterfall.inputs)


@given(books())
def test_order_waterfall_closes_in_all_and_by_source(made):
    whole = order_waterfall(made)
    by_source = [order_waterfall(made, source) for source in SOURCES]
    for waterfall in (whole, *by_source):
        if waterfall is not None:
            closes(waterfall)
    totals = [waterfall.total_fen for waterfall in by_source if waterfall is not None]
    assert sum(totals) == (whole.total_fen if whole else 0)
    if whole is not None:
        honest = [row for row in made.orders if not row.abuser]
        assert whole.parts[-1].code == "margin"
        assert whole.parts[-1].fen == sum(row.value_fen - row.bonus_fen for row in honest)


@given(books())
def test_incentive_waterfall_closes_and_ends_in_what_real_users_spent(made):
    whole = incentive_waterfall(made)
    issued = sum(row.issued_fen for row in made.grants)
    if whole is None:
        assert issued == 0
        return
    closes(whole)
    reached = whole.parts[-1]
    assert reached.code == "reached"
    assert reached.fen == sum(row.bonus_fen for row in made.orders if not row.abuser)
    for source in SOURCES:
        part = incentive_waterfall_of(made, source)
        if part is not None:
            closes(part)
            mine = [row for row in made.orders if row.source == source and not row.abuser]
            assert part.parts[-1].fen == sum(row.bonus_fen for row in mine)


def test_every_step_of_the_incentive_waterfall_by_hand():
    # 1,000 yuan issued, of which 100 to abusers. Honest: 500 spent, 150 expired, 250 open (50 of it frozen).
    # 3 % reserve on 1,000; 20 yuan frozen funds a month over two months. The 500 spent bore 40 of agents
    # (30 layer 2, 10 layer 1), 5 fees, 3 site, 2 cut; the abusers' 90 bore 0.90 of fees and 1.10 of agents.
    # Put in = 1000 + 30 + 40 + 50 + 2 = 1,122; reach 500/1122.
    made = facts(
        orders=[
            orders_row(
                source="agent",
                orders=9,
                price_fen=100_000,
                bonus_fen=50_000,
                agent_fen=8_000,
                bonus_agent_fen=4_000,
                fee_fen=1_000,
                bonus_fee_fen=500,
                site_fee_fen=600,
                bonus_site_fee_fen=300,
                platform_cut_fen=400,
                bonus_platform_cut_fen=200,
            ),
            orders_row(
                abuser=True,
                price_fen=9_000,
                bonus_fen=9_000,
                bonus_fee_fen=90,
                fee_fen=90,
                agent_fen=110,
                bonus_agent_fen=110,
            ),
        ],
        grants=[
            grants_row(issued_fen=90_000, spent_fen=50_000, expired_fen=15_000, frozen_fen=5_000),
            grants_row(issued_fen=10_000, spent_fen=9_000, abuser=True),
        ],
        agents=[
            agent_row(layer=2, orders=9, take_fen=6_000, bonus_take_fen=3_000),
            agent_row(layer=1, orders=9, take_fen=2_000, bonus_take_fen=1_000),
        ],
        rules=[rule(rate=0.03), rule(part="frozen", base="month", fixed_fen=2_000)],
    )
    waterfall = incentive_waterfall(made)
    assert waterfall is not None
    assert waterfall.total_fen == 112_200
    assert [(part.code, part.layer, part.fen) for part in waterfall.parts] == [
        ("platform_cut", None, 200),
        ("agent_layer", 1, 1_000),
        ("agent_layer", 2, 3_000),
        ("payment_fee", None, 500),
        ("site_fee", None, 300),
        ("reserve", None, 3_000),
        ("frozen", None, 9_000),
        ("abuse", None, 10_200),
        ("breakage", None, 15_000),
        ("open", None, 20_000),
        ("reached", None, 50_000),
    ]
    assert [(part.code, part.fen) for part in waterfall.inputs] == [
        ("bonus_issued", 100_000),
        ("reserve_on_bonus", 3_000),
        ("frozen_on_bonus", 4_000),
        ("share_of_costs", 5_200),
    ]
    assert waterfall.left_share == 50_000 / 112_200


def test_bonus_handed_on_by_transfer_reached_a_user_and_older_bonus_is_an_input():
    # 60 spent by the user it was given to, 40 open at the giver: 25 of them were handed on and spent by
    # another, and 5 more came from before the files.
    made = facts(
        orders=[orders_row(price_fen=9_000, bonus_fen=9_000)],
        grants=[grants_row(issued_fen=10_000, spent_fen=6_000)],
        transfer_fen=2_500,
    )
    waterfall = incentive_waterfall(made)
    assert waterfall is not None
    assert {part.code: part.fen for part in waterfall.inputs} == {"bonus_issued": 10_000, "bonus_before": 500}
    assert {part.code: part.fen for part in waterfall.parts} == {"open": 1_500, "reached": 9_000}
    assert diagnose(made, Assumptions()).figures["liability"].value == 1_500


def test_bonus_that_expired_with_another_user_is_breakage_and_no_longer_owed():
    made = facts(
        orders=[orders_row(price_fen=6_000, bonus_fen=6_000)],
        grants=[
            grants_row(issued_fen=10_000, spent_fen=6_000, expired_fen=1_000, frozen_fen=500),
            grants_row(issued_fen=900, spent_fen=200, abuser=True),
        ],
        handed_on_expired_fen=700,
    )
    waterfall = incentive_waterfall(made)
    assert waterfall is not None
    taken = {part.code: part.fen for part in waterfall.parts}
    assert taken == {"frozen": 500, "abuse": 900, "breakage": 1_700, "open": 1_800, "reached": 6_000}
    found = diagnose(made, Assumptions()).figures
    assert (found["breakage"].value, found["liability"].value) == (1_700, 1_800 + 500 + 700)


def test_unknown_goods_are_no_margin_and_answered_goods_are_estimated():
    unknown = order_waterfall(facts(orders=[orders_row(price_fen=500, unknown_goods_fen=500)]))
    assert unknown is not None
    assert (unknown.parts[-1].code, unknown.parts[-1].marking) == ("unknown_goods", "missing")
    assert unknown.parts[-1].needs == ("orders.cost_of_goods",)
    answered = order_waterfall(
        facts(orders=[orders_row(price_fen=500, goods_fen=100, goods_estimated_fen=300)])
    )
    assert answered is not None
    assert [(part.code, part.fen, part.marking) for part in answered.parts] == [
        ("goods", 400, "estimated"),
        ("margin", 100, "estimated"),
    ]


def test_agents_that_no_row_accounts_for_are_said_to_be_unknown():
    made = facts(
        orders=[orders_row(source="agent", orders=10, price_fen=10_000, agent_fen=900)],
        agents=[agent_row(layer=1, orders=10, take_fen=500)],
    )
    waterfall = order_waterfall(made)
    assert waterfall is not None
    takes = {(part.code, part.layer): part.fen for part in waterfall.parts if part.code.startswith("agent")}
    assert takes == {("agent_layer", 1): 500, ("agent_unknown", None): 400}


def test_rounding_by_a_fen_an_order_is_the_largest_layer_and_no_unknown_agent():
    made = facts(
        orders=[orders_row(source="agent", orders=10, price_fen=10_000, agent_fen=903)],
        agents=[agent_row(layer=1, orders=10, take_fen=300), agent_row(layer=2, orders=10, take_fen=600)],
    )
    waterfall = order_waterfall(made)
    assert waterfall is not None
    assert [(part.layer, part.fen) for part in waterfall.parts if part.code == "agent_layer"] == [
        (1, 300),
        (2, 603),
    ]


def test_reserve_follows_its_campaign_its_months_and_its_fixed_sums():
    made = facts(
        grants=[
            grants_row(month="2026-07", campaign_id="c", issued_fen=10_000),
            grants_row(month="2026-08", campaign_id="c", issued_fen=20_000),
            grants_row(month="2026-08", campaign_id="d", issued_fen=40_000),
        ],
        rules=[
            rule(scope="campaign", scope_id="c", rate=0.05, first_day="2026-08-01"),
            rule(rate=0.01, last_day="2026-07-31"),
            rule(base="month", fixed_fen=700, first_day="2026-08-01"),
            rule(part="frozen", rate=0.5),
        ],
    )
    assert riding_fen(made, "risk_reserve") == 1_000 + 100 + 700
    assert reserve_rate(made) == 1_800 / 70_000


def rows_of_layers(rates: dict[int, tuple[int, int]], source: str = "agent") -> list[AgentSums]:
    return [
        agent_row(
            source=source, layer=layer, agent_id=f"{source}{layer}", orders=10, price_fen=price, take_fen=take
        )
        for layer, (price, take) in rates.items()
    ]


def test_a_layer_is_held_against_the_other_layers_of_its_own_source():
    # Agents: 4 %, 11 %, 4 % of 1,000 yuan. Layer 2, against the pooled 4 % of the others, took 70 yuan more.
    # Promoters take 1 % in one layer: one other layer is no benchmark, and they do not soften the agents'.
    made = facts(
        agents=[
            *rows_of_layers({1: (100_000, 4_000), 2: (100_000, 11_000), 3: (100_000, 4_000)}),
            *rows_of_layers({1: (500_000, 5_000)}, source="promoter"),
        ]
    )
    takes = {take.layer: take for take in layer_takes(made, None)}
    assert takes[2].excess_fen == 7_000
    assert takes[2].benchmark_rate_est == 0.04
    assert takes[1].excess_fen == takes[3].excess_fen == 0
    assert takes[1].take_fen == 9_000
    assert next(take.layer for take in layer_takes(made, None)) == 2


def test_one_other_layer_is_no_benchmark_and_the_operators_own_goes_first():
    made = facts(agents=rows_of_layers({1: (100_000, 4_000), 2: (100_000, 11_000)}))
    assert all(take.benchmark_rate_est is None and take.excess_fen == 0 for take in layer_takes(made, None))
    own = {take.layer: take.excess_fen for take in layer_takes(made, 0.05)}
    assert own == {1: 0, 2: 6_000}


@given(st.lists(st.tuples(st.sampled_from([1, 2, 3, None]), st.sampled_from("abc"), FEN, FEN), max_size=12))
def test_takes_by_agent_and_by_layer_add_up_to_the_rows(rows):
    made = facts(
        agents=[
            agent_row(layer=layer, agent_id=who, orders=1, price_fen=price, take_fen=take)
            for layer, who, price, take in rows
        ]
    )
    layers = layer_takes(made, None)
    agents = agent_takes(made, layers)
    whole = sum(take for *_, take in rows)
    assert sum(take.take_fen for take in layers) == sum(take.take_fen for take in agents) == whole
    assert all(take.excess_fen >= 0 for take in (*layers, *agents))


def test_no_orders_and_no_bonus_give_no_picture():
    assert order_waterfall(facts()) is None
    assert incentive_waterfall(facts(orders=[orders_row(price_fen=100)])) is None
    assert incentive_waterfall_of(facts(orders=[orders_row(price_fen=100)]), "direct") is None
    assert order_waterfall(facts(orders=[orders_row(price_fen=100, abuser=True)], scope=scope())) is None
