"""What users did, one row an event, as the live score of potential reads it: looks, carts, top-ups opened, orders.

An order is two events, made and paid. Files seldom tell when an event was recorded, so it counts as recorded when it
happened; the live loop knows both.
"""

import ibis
from ibis.expr.types import IntegerValue, StringValue
from ibis.expr.types import Table as IbisTable

from huoshui.lake.engines import Lake
from huoshui.lake.facts.arithmetic import micros, person_key, row_key
from huoshui.lake.facts.features import EVENT_KINDS
from huoshui.lake.facts.prepared import sold_or_unknown

LOOKS = ("viewed", "carted", "top_up_seen")
"""Kinds of a shop's events, in the order of their codes; then: order made, order paid, anything else."""
ORDERED, PAID, OTHER = range(len(LOOKS), len(LOOKS) + 3)


def event_stream(lake: Lake) -> IbisTable:
    """Columns: person (person_key of the user's id), at_us, kind (a code), price (fen, 0 unknown), product, key.

    `product` is -1 or a number of at least 0. Guests and visitors without an account are left out; rows in no order.
    """
    return ibis.union(_looks(lake), _orders(lake, paid=False), _orders(lake, paid=True))


def _looks(lake: Lake) -> IbisTable:
    events, products = lake.table("events"), lake.table("products")
    prices = products.select(priced=products.product_id, yuan=products.price)
    rows = events.filter(events.user_id.notnull() & events.at.notnull())
    rows = rows.left_join(prices, rows.product_id == prices.priced)
    kind = ibis.cases(
        *((rows.type.isin(EVENT_KINDS[name]), place) for place, name in enumerate(LOOKS)), else_=OTHER
    )
    return rows.select(
        person=person_key(rows.user_id),
        at_us=micros(rows.at),
        kind=kind.cast("int64"),
        price=(rows.yuan * 100).cast("int64").fill_null(0),
        product=_number_of(rows.product_id),
        key=row_key(ibis.literal("event:") + rows.event_id),
    )


def _orders(lake: Lake, *, paid: bool) -> IbisTable:
    orders = lake.table("orders")
    rows = orders.filter(orders.user_id.notnull() & (sold_or_unknown(orders) if paid else True))
    at = ibis.coalesce(rows.paid_at, rows.created_at) if paid else rows.created_at
    price = rows.paid.fill_null(0) + rows.balance_paid.fill_null(0) + rows.bonus_paid.fill_null(0)
    return rows.select(
        person=person_key(rows.user_id),
        at_us=micros(at),
        kind=ibis.literal(PAID if paid else ORDERED, "int64"),
        price=price,
        product=_number_of(rows.product_id),
        key=row_key(ibis.literal("paid:" if paid else "ordered:") + rows.order_id),
    )


def _number_of(product_id: StringValue) -> IntegerValue:
    """The engine makes a number of nothing, too."""
    return ibis.ifelse(product_id.notnull(), row_key(product_id), -1)
