"""A cost that the files show to exist and do not tell: what rests on it is never called measured."""

import pytest
from cost_rows import agent_row, facts, grants_row, orders_row, scope, unit_row
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.diagnosis import diagnose
from huoshui.core.costs.facts import ChannelSums, Facts
from huoshui.core.costs.left_out import left_out
from huoshui.core.costs.values import Diagnosis

NOBODY = Assumptions()
MARGINS = ("margin", "margin_per_month", "margin_rate")
TOLD_BY = {
    "agent": ("agents", "agent_fen"),
    "promoter": ("promoters", "agent_fen"),
    "site": ("sites", "site_fee_fen"),
}


def told(made: Facts) -> Diagnosis:
    return diagnose(made, NOBODY)


@given(
    shares=st.dictionaries(st.sampled_from(("direct", "ad", *TOLD_BY)), st.integers(0, 1), min_size=1),
    price=st.integers(10_000, 10**9),
)
def test_margin_is_measured_exactly_when_every_seller_that_takes_something_is_told(shares, price):
    """Each source of one price; 1 = the files hold what its sellers took."""
    rows, expected = [], set()
    for source, known in shares.items():
        kind, column = TOLD_BY.get(source, (None, "fee_fen"))
        rows.append(orders_row(source=source, orders=1, price_fen=price, **{column: known * price // 10}))
        if kind is not None and not known:
            expected.add(kind)
    made = facts(orders=rows)
    assert set(left_out(made)) == expected
    found = told(made)
    assert set(found.scope.left_out) == expected
    for code in MARGINS:
        assert found.figures[code].marking == ("partial" if expected else "measured")
        assert bool(found.figures[code].needs) == bool(expected)
    for waterfall in found.order:
        untold = expected if waterfall.source is None else set(left_out(made, waterfall.source))
        assert waterfall.parts[-1].marking == ("partial" if untold else "measured")
    assert found.figures["price"].marking == "measured"


def test_an_agent_is_told_by_commission_or_by_prices_product_by_product():
    rows = [orders_row(source="agent", orders=9, price_fen=100_000, agent_fen=5_000)]
    gaps = [agent_row(source="agent", take_fen=5_000, gap_fen=5_000)]
    assert left_out(facts(orders=rows)) == (), "a commission list covers its source"
    priced = facts(orders=rows, agents=gaps, unpriced_agent_fen=0)
    assert left_out(priced) == ()
    # A fifth of what agents sold has no agent price: the gap on it is nowhere.
    partly = facts(orders=rows, agents=gaps, unpriced_agent_fen=20_000)
    assert left_out(partly) == ("agents",)
    assert told(partly).figures["margin"].needs == ("agent_prices", "commissions")
    hardly = facts(orders=rows, agents=gaps, unpriced_agent_fen=900)
    assert left_out(hardly) == (), "less than a hundredth moves no figure"
    at_cost = facts(orders=[orders_row(source="agent", price_fen=100_000)], unpriced_agent_fen=0)
    assert left_out(at_cost) == (), "prices that leave no gap are told too"


def test_what_abusers_bought_leaves_nothing_out():
    rows = [orders_row(price_fen=100_000), orders_row(source="agent", price_fen=50_000, abuser=True)]
    assert left_out(facts(orders=rows)) == ()


def channel(name: str, amount: int, fee: int, rate: float | None = None, untold: int = 0) -> ChannelSums:
    return ChannelSums(name, None, 10, amount, fee, 0, rate, None, untold)


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ([], ()),  # no channel named: nothing shows that a fee was paid
        ([channel("alipay", 100_000, 600)], ()),
        ([channel("alipay", 100_000, 0, untold=100_000)], ("payment_fee",)),
        ([channel("alipay", 100_000, 0)], ("payment_fee",)),  # a column of nothing but 0 tells nothing
        ([channel("alipay", 90_000, 600), channel("bank", 10_000, 0)], ()),  # 0 beside others is told
        ([channel("alipay", 90_000, 600), channel("card", 10_000, 0, untold=10_000)], ("payment_fee",)),
        ([channel("free", 100_000, 0, rate=0.0)], ()),
    ],
)
def test_a_payment_through_a_named_channel_has_a_fee(channels, expected):
    made = facts(orders=[orders_row(orders=1, price_fen=100_000)], channels=channels)
    assert left_out(made) == expected


def test_principal_without_top_ups_bore_a_fee_too():
    rows = [orders_row(orders=2, price_fen=100_000, principal_fen=40_000)]
    paid = [channel("alipay", 60_000, 360)]
    assert left_out(facts(orders=rows, channels=paid)) == ("top_up_fee",)
    known = scope(tables=("orders", "recharges"))
    assert left_out(facts(orders=rows, channels=paid, scope=known)) == ()


def test_partly_refunded_orders_without_a_refund_are_not_whole():
    made = facts(orders=[orders_row(orders=2, price_fen=100_000)], part_refunded_fen=5_000)
    assert left_out(made) == ("refunds",)
    assert told(made).figures["margin"].needs == ("refunds",)


def test_no_source_is_called_thin_while_a_cost_of_some_source_is_unknown():
    """Direct keeps 5 %, agents seem to keep 20 %, of which their take is not taken out."""
    rows = [
        orders_row(source="direct", orders=9, price_fen=1_000_000, goods_fen=950_000),
        orders_row(source="agent", orders=9, price_fen=1_000_000, goods_fen=800_000),
    ]
    assert told(facts(scope=scope(days=30), orders=rows)).findings == ()
    rows[1] = orders_row(source="agent", orders=9, price_fen=1_000_000, goods_fen=800_000, agent_fen=10_000)
    assert [f.code for f in told(facts(scope=scope(days=30), orders=rows)).findings] == ["thin_margin_source"]


def test_reach_and_unit_costs_rest_on_it_and_say_so():
    made = facts(
        orders=[
            orders_row(source="agent", orders=9, price_fen=100_000, bonus_fen=50_000),
            orders_row(source="direct", orders=9, price_fen=100_000),
        ],
        grants=[grants_row(issued_fen=60_000, spent_fen=50_000)],
        unit_costs=[
            unit_row(spent_fen=50_000, granted_fen=60_000, n=5, users_rewarded=9),
            unit_row(depth="source", source="direct", spent_fen=10_000, granted_fen=10_000, n=5),
        ],
    )
    found = told(made)
    for code in ("reach_share", "incentive_total", "incentive_per_month", "CAC"):
        assert found.figures[code].marking == "partial", code
    assert found.figures["issued"].marking == "measured"
    assert [w.parts[-1].marking for w in found.incentive] == ["partial", "partial"]
    assert {cell.depth: cell.marking for cell in found.unit_costs} == {"all": "partial", "source": "measured"}
