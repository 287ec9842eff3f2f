"""Sums of the sold orders: by month and source, by channel, by buyer; cohorts, fifths and the funnel."""

import ibis
from ibis.expr.types import Table as IbisTable

from huoshui.base.errors import KeyClash
from huoshui.lake.engines import Lake
from huoshui.lake.facts.arithmetic import at_rate, days, month_of, month_text, person_key
from huoshui.lake.facts.prepared import Prepared, bonus_share, end_of, listed_channels, sold_orders

ROUNDING_FEN = 100
"""A cumulative sum of the shop that exceeds the files' by no more says nothing of a time before them."""


def order_sums(prepared: Prepared) -> IbisTable:
    """core.costs.facts.OrderSums: every cost part by month, source and kind of user."""
    orders = prepared.orders
    paid, agent = orders.price - orders.principal - orders.bonus, orders.commission + orders.gap
    sums = orders.group_by("month", "source", "abuser").aggregate(
        orders=orders.count(),
        price_fen=_sum(orders.price),
        paid_fen=_sum(paid),
        principal_fen=_sum(orders.principal),
        bonus_fen=_sum(orders.bonus),
        refund_fen=_sum(orders.refund),
        goods_fen=_sum(orders.goods),
        goods_estimated_fen=_sum(orders.goods_estimated),
        unknown_goods_fen=_sum(orders.unknown_goods),
        fee_fen=_sum(orders.fee),
        site_fee_fen=_sum(orders.site_fee),
        platform_cut_fen=_sum(orders.platform_cut),
        agent_fen=_sum(agent),
        value_fen=_sum(orders.value),
        bonus_fee_fen=_sum(bonus_share(orders, orders.fee - orders.carried_fee)),
        bonus_site_fee_fen=_sum(bonus_share(orders, orders.site_fee)),
        bonus_platform_cut_fen=_sum(bonus_share(orders, orders.platform_cut)),
        bonus_agent_fen=_sum(bonus_share(orders, agent)),
    )
    return sums.mutate(month=month_text(sums.month)).order_by("month", "source", "abuser")


def user_months(prepared: Prepared) -> IbisTable:
    """One row a buyer and month, materialised: person, month, orders, price, value; abusers left out."""
    orders = prepared.orders.filter(~prepared.orders.abuser)
    return prepared.lake.materialise(
        "user_months",
        orders.group_by("person", "month").aggregate(
            orders=orders.count(), price=_sum(orders.price), value=_sum(orders.value)
        ),
    )


def buyers(prepared: Prepared) -> IbisTable:
    """One row a buyer, materialised; abusers left out.

    Columns: person, first_at, last_at, first_kept_at and first_kept_key (the first order not wholly refunded: its time,
    and row_key of its order_id), orders, price, value, orders_90 and margin_90 (the last 90 days), source (of the
    first order), old (had bought before the files begin, told by a cum_spend larger than what the files hold).
    """
    orders = prepared.orders.filter(~prepared.orders.abuser)
    recent = orders.at >= end_of(prepared) - days(90)
    rows = orders.group_by("person").aggregate(
        # Two ids on one key would have to fall together twice.
        one_id=(orders.second_key.min() == orders.second_key.max()).fill_null(True),
        orders_90=recent.sum(),
        margin_90=(orders.value - orders.bonus).sum(where=recent).fill_null(0).cast("int64"),
        first_at=orders.at.min(),
        last_at=orders.at.max(),
        orders=orders.count(),
        price=_sum(orders.price),
        value=_sum(orders.value),
        first_kept_at=orders.at.min(where=orders.refund < orders.price),
    )
    # Kept, or the engine would add it all up a second time for the join to the first orders.
    sums = prepared.lake.materialise("buyer_sums", rows)
    rows = _with_first_orders(orders, sums)
    people = prepared.lake.materialise("buyers", _with_old(prepared.lake, rows))
    prepared.lake.drop(sums)
    if not people.one_id.all().fill_null(True).to_pyarrow().as_py():
        raise KeyClash
    return people


def _with_first_orders(orders: IbisTable, rows: IbisTable) -> IbisTable:
    """`source` of the first order, `first_kept_key`; of orders at one instant the least key, so that runs agree."""
    ends = rows.select("person", "first_at", "first_kept_at")
    near = orders.join(ends, "person")
    is_first, is_kept = near.at == near.first_at, near.at == near.first_kept_at
    near = near.filter(is_first | is_kept.fill_null(False))
    firsts = near.group_by(buyer=near.person).aggregate(
        source=near.source.argmin(near.key, where=near.at == near.first_at),
        first_kept_key=near.key.min(where=(near.at == near.first_kept_at) & (near.refund < near.price)),
    )
    return rows.join(firsts, rows.person == firsts.buyer).drop("buyer")


def _with_old(lake: Lake, rows: IbisTable) -> IbisTable:
    if not lake.has("users", "cum_spend"):
        return rows.mutate(old=ibis.literal(False))
    users = lake.table("users")
    spent = users.select(known_user=person_key(users.user_id), cum_spend=users.cum_spend)
    joined = rows.left_join(spent, rows.person == spent.known_user)
    return joined.mutate(old=(joined.cum_spend > joined.price + ROUNDING_FEN).fill_null(False)).drop(
        "known_user", "cum_spend"
    )


def month_sums(months: IbisTable, people: IbisTable) -> IbisTable:
    """core.costs.facts.MonthSums without days (the caller knows the calendar)."""
    first = people.select(buyer=people.person, first_month=month_of(people.first_at), old=people.old)
    rows = months.join(first, months.person == first.buyer)
    is_new = (rows.month == rows.first_month) & ~rows.old
    is_repeat = (rows.orders > 1) | (rows.month > rows.first_month) | rows.old
    sums = rows.group_by("month").aggregate(
        orders=_sum(rows.orders),
        buyers=rows.count(),
        new_buyers=is_new.sum().fill_null(0),
        repeat_buyers=is_repeat.sum().fill_null(0),
        price_fen=_sum(rows.price),
        value_fen=_sum(rows.value),
    )
    return sums.mutate(month=month_text(sums.month)).order_by("month")


def cohort_cells(months: IbisTable) -> IbisTable:
    """core.costs.facts.CohortCell: buyers by first month in the files and months since."""
    first = months.group_by(buyer=months.person).aggregate(first_month=months.month.min())
    rows = months.join(first, months.person == first.buyer)
    offset = (rows.month // 100 - rows.first_month // 100) * 12 + rows.month % 100 - rows.first_month % 100
    cells = rows.group_by(month=rows.first_month, offset=offset.cast("int64")).aggregate(
        users=rows.count(), value_fen=_sum(rows.value)
    )
    return cells.mutate(month=month_text(cells.month)).order_by("month", "offset")


def rfm_cells(people: IbisTable) -> IbisTable:
    """core.costs.facts.RfmSums: fifths by last order and by number of orders.

    Ties by an order's id before the buyer's: a guest's is drawn anew for each folder of work.
    """
    ties = [people.first_kept_key, people.person]
    recency = ibis.ntile(5).over(ibis.window(order_by=[people.last_at, *ties])) + 1
    frequency = ibis.ntile(5).over(ibis.window(order_by=[people.orders, people.price, *ties])) + 1
    rows = people.mutate(recency=recency.cast("int64"), frequency=frequency.cast("int64"))
    return (
        rows.group_by("recency", "frequency")
        .aggregate(users=rows.count(), value_fen=_sum(rows.value))
        .order_by("recency", "frequency")
    )


def channel_sums(prepared: Prepared) -> IbisTable:
    """core.costs.facts.ChannelSums: money taken by each channel, orders and top-ups together, and its fee."""
    lake = prepared.lake
    orders = sold_orders(lake)
    orders = orders.filter(orders.paid > 0, orders.payment_channel.notnull())
    payments = orders.select("payment_channel", amount=orders.paid, own_fee=orders.payment_fee)
    if lake.has("recharges", "payment_channel"):
        rows = lake.table("recharges")
        rows = rows.filter((rows.status == "paid").fill_null(True), rows.payment_channel.notnull())
        top_ups = rows.select(payment_channel=rows.payment_channel, amount=rows.amount, own_fee=rows.fee)
        payments = payments.union(top_ups)
    listed = listed_channels(lake)
    rows = payments.left_join(listed, payments.payment_channel == listed.listed_channel)
    by_rate = (at_rate(rows.amount, rows.listed_rate) + rows.listed_fixed).fill_null(0)
    return (
        rows.group_by("payment_channel")
        .aggregate(
            provider=rows.provider.max(),
            payments=rows.count(),
            amount_fen=_sum(rows.amount),
            fee_fen=_sum(rows.own_fee),
            estimated_fee_fen=_sum(rows.own_fee.isnull().ifelse(by_rate, 0)),
            listed_rate=rows.listed_rate.max().cast("float64"),
            listed_fixed_fen=rows.listed_fixed.max(),
            untold_fen=_sum((rows.own_fee.isnull() & rows.listed_rate.isnull()).ifelse(rows.amount, 0)),
        )
        .order_by(ibis.desc("amount_fen"), "payment_channel")
    )


def _sum(values: ibis.expr.types.IntegerValue) -> ibis.expr.types.IntegerScalar:
    return values.sum().fill_null(0).cast("int64")
