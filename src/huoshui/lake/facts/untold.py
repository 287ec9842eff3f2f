"""Sales whose cost no file tells, where sums of the costs cannot show it. Nothing is scanned where all is told."""

from huoshui.lake.engines import Lake
from huoshui.lake.facts.prepared import Prepared, first_layer_prices


def unpriced_agent_fen(prepared: Prepared) -> int | None:
    """Price of agents' orders without commission whose product has no agent price; None without agent prices."""
    lake = prepared.lake
    if not (lake.has("agent_prices") and lake.has("orders", "agent_id")):
        return None
    priced = first_layer_prices(lake)
    if lake.has("products"):
        products = lake.table("products")
        every = products.anti_join(priced, products.product_id == priced.priced_product)
        if every.count().to_pyarrow().as_py() == 0:
            return 0
    orders = prepared.orders
    orders = orders.filter(orders.source == "agent", orders.commission == 0, ~orders.abuser)
    unpriced = orders.anti_join(priced, orders.product_id == priced.priced_product)
    return int(unpriced.price.sum().fill_null(0).to_pyarrow().as_py())


def part_refunded_fen(lake: Lake) -> int:
    """Price of orders marked partly refunded, where there is no refunds table to say how much."""
    if lake.has("refunds") or not lake.has("orders", "status"):
        return 0
    orders = lake.table("orders")
    orders = orders.filter(orders.status == "partly_refunded")
    parts = (column.fill_null(0) for column in (orders.paid, orders.balance_paid, orders.bonus_paid))
    return int(sum(parts).sum().fill_null(0).to_pyarrow().as_py())
