"""Who took what out of the orders: commissions by their rows, price gaps along the chain of agents.

An order sold by an agent of layer n at the customer's price P brings layer n the gap P - price(n), and each layer k
above it price(k+1) - price(k). Rounding each layer's price once makes the gaps add up to the whole exactly.
Chains of any depth in the data are followed; the depth is the deepest `level` there is.
"""

import ibis
from ibis.expr.types import Table as IbisTable

from huoshui.lake.engines import Lake
from huoshui.lake.facts.arithmetic import pieces_fen, row_key, share
from huoshui.lake.facts.prepared import Prepared

DEPTH_MAX = 32
"""More layers than that are a loop in the data, not a chain."""


def agent_sums(prepared: Prepared) -> IbisTable | None:
    """core.costs.facts.AgentSums of the orders of real users; None where the files know no agents at all."""
    lake = prepared.lake
    takes = [
        part
        for part in (_commission_rows(prepared), _commission_column(prepared), _gap_rows(prepared))
        if part is not None
    ]
    if not takes or not (lake.has("orders", "agent_id") or lake.has("commissions")):
        return None
    rows = ibis.union(*takes) if len(takes) > 1 else takes[0]
    return (
        rows.group_by("source", "layer", "agent_id")
        .aggregate(
            orders=rows.alike.sum().cast("int64"),
            price_fen=(rows.price * rows.alike).sum().cast("int64"),
            take_fen=(rows.amount * rows.alike).sum().cast("int64"),
            gap_fen=(rows.gap * rows.alike).sum().cast("int64"),
            bonus_take_fen=(share(rows.bonus, rows.amount, rows.price) * rows.alike).sum().cast("int64"),
        )
        .order_by("source", "layer", "agent_id")
    )


def _commission_rows(prepared: Prepared) -> IbisTable | None:
    lake = prepared.lake
    if not lake.has("commissions"):
        return None
    rows = lake.table("commissions")
    rows = rows.filter((rows.status != "rejected").fill_null(True))
    rows = rows.select(
        commission_order=row_key(rows.order_id), layer=rows.level, taker=rows.agent_id, amount=rows.amount
    )
    orders = prepared.orders.filter(~prepared.orders.abuser).mutate(alike=ibis.literal(1, "int64"))
    joined = orders.join(rows, orders.key == rows.commission_order)
    return _take(joined, joined.layer, joined.taker, joined.amount, ibis.literal(0, "int64"))


def _commission_column(prepared: Prepared) -> IbisTable | None:
    """Orders whose commission stands only in the order itself: it goes to the selling agent's layer."""
    lake = prepared.lake
    if not lake.has("orders", "agent_commission"):
        return None
    orders = prepared.orders.filter(~prepared.orders.abuser, prepared.orders.commission > 0)
    orders = orders.mutate(alike=ibis.literal(1, "int64"))
    if lake.has("commissions"):
        rows = lake.table("commissions")
        known = rows.select(commission_order=row_key(rows.order_id)).distinct()
        orders = orders.anti_join(known, orders.key == known.commission_order)
    layer: ibis.expr.types.IntegerValue = ibis.null("int64")
    if lake.has("agents", "level"):
        agents = lake.table("agents").select(seller="agent_id", seller_layer="level")
        orders = orders.left_join(agents, orders.agent_id == agents.seller)
        layer = orders.seller_layer
    return _take(orders, layer, orders.agent_id, orders.commission, ibis.literal(0, "int64"))


def _gap_rows(prepared: Prepared) -> IbisTable | None:
    lake = prepared.lake
    if not (lake.has("agent_prices") and lake.has("orders", "agent_id") and lake.has("agents")):
        return None
    chain = agent_chain(lake)
    prices = lake.table("agent_prices")
    prices = prices.group_by(priced_product=prices.product_id, priced_layer=prices.level).aggregate(
        layer_price=prices.price.min()
    )
    orders = prepared.orders
    orders = orders.filter(~orders.abuser, orders.gap > 0)
    # Orders that are alike bring each layer the same, so the chain is climbed once for all of them.
    told = orders.group_by("source", "agent_id", "product_id", "qty", "price", "bonus")
    orders = told.aggregate(alike=orders.count())
    rows = orders.join(chain, orders.agent_id == chain.seller)
    own = prices
    rows = rows.join(own, (rows.product_id == own.priced_product) & (rows.layer == own.priced_layer)).drop(
        "priced_product", "priced_layer"
    )
    above = prices.rename(
        below_product="priced_product", below_layer="priced_layer", below_price="layer_price"
    )
    rows = rows.left_join(
        above,
        (rows.product_id == above.below_product)
        & (rows.layer + 1 == above.below_layer)
        & (rows.layer < rows.seller_layer),
    )
    sold_at = rows.below_price.isnull().ifelse(rows.price, pieces_fen(rows.below_price, rows.qty))
    gap = ibis.greatest(sold_at - pieces_fen(rows.layer_price, rows.qty), 0)
    return _take(rows.mutate(step=gap), rows.layer, rows.taker, gap, gap)


def agent_chain(lake: Lake) -> IbisTable:
    """Every seller with all that stand above it: seller, seller_layer, taker, layer (1 = next to the platform).

    Layers come from `agents.level`; where it is missing they are counted from the top of the chain.
    """
    agents = lake.table("agents").select("agent_id", "upline_id", "level").distinct(on="agent_id")
    steps = agents.select(
        seller="agent_id", taker="agent_id", up="upline_id", distance=ibis.literal(0, "int64")
    )
    parts = [steps]
    for distance in range(1, DEPTH_MAX):
        parents = agents.select(parent="agent_id", parent_up="upline_id")
        nxt = steps.join(parents, steps.up == parents.parent)
        steps = lake.materialise(
            f"agent_step_{distance}",
            nxt.select("seller", taker="parent", up="parent_up", distance=ibis.literal(distance, "int64")),
        )
        if steps.count().to_pyarrow().as_py() == 0:
            break
        parts.append(steps)
    chain = ibis.union(*parts) if len(parts) > 1 else parts[0]
    depth = chain.group_by(deep_seller=chain.seller).aggregate(depth=chain.distance.max() + 1)
    chain = chain.join(depth, chain.seller == depth.deep_seller)
    known = agents.select(known_agent="agent_id", level="level")
    chain = chain.left_join(known, chain.seller == known.known_agent)
    seller_layer = ibis.coalesce(chain.level, chain.depth)
    return lake.materialise(
        "agent_chain",
        chain.select("seller", "taker", seller_layer=seller_layer, layer=seller_layer - chain.distance),
    )


def _take(
    rows: IbisTable,
    layer: ibis.expr.types.IntegerValue,
    taker: ibis.expr.types.StringValue,
    amount: ibis.expr.types.IntegerValue,
    gap: ibis.expr.types.IntegerValue,
) -> IbisTable:
    """What one layer takes of each order, or of `alike` orders together."""
    return rows.select(
        "source", "price", "bonus", "alike", layer=layer, agent_id=taker, amount=amount, gap=gap
    )
