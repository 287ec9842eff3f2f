"""The drain loop: a top-up's bonus counts toward the level, and the level lowers every later price.

Each order is held against two levels: the one its user's principal alone had earned by then, and the one with bonus
counted. Where they differ, the discount the order really got tells which rule the shop applies.
"""

import ibis
from ibis.expr.types import DecimalValue, IntegerValue
from ibis.expr.types import Table as IbisTable

from huoshui.lake.engines import Lake
from huoshui.lake.facts.arithmetic import at_rate, person_key
from huoshui.lake.facts.prepared import Prepared


def drain_rows(prepared: Prepared) -> IbisTable | None:
    """One row an order whose two levels differ, materialised; None where levels or top-ups are not in the files.

    Columns: order_id, user_id, month, list_fen, discount (given), with_bonus and without (what each level would give),
    fits (the discount given is nearer the level with bonus counted).
    """
    lake = prepared.lake
    if not (lake.has("levels") and lake.has("recharges") and lake.has("orders", "level_discount")):
        return None
    steps = lake.table("levels").order_by("threshold").to_pyarrow().to_pylist()
    topped = _topped_up(lake)
    orders = prepared.orders.filter(prepared.orders.by_user, ~prepared.orders.abuser)
    orders = orders.select(
        "order", "order_id", "user_id", "person", "at", "month", "list_fen", discount="level_discount"
    )
    counted = _counted_before(orders, topped)
    rows = orders.join(counted, orders.order == counted.counted)
    rows = _with_opening(lake, rows, topped)
    without = at_rate(rows.list_fen, _discount_at(rows.principal_before + rows.opening, steps))
    with_bonus = at_rate(
        rows.list_fen, _discount_at(rows.principal_before + rows.bonus_before + rows.opening, steps)
    )
    rows = rows.mutate(with_bonus=with_bonus, without=without)
    rows = rows.filter(rows.with_bonus > rows.without)
    fits = (rows.discount - rows.with_bonus).abs() < (rows.discount - rows.without).abs()
    return lake.materialise(
        "drain_rows",
        rows.select(
            "order_id", "user_id", "month", "list_fen", "discount", "with_bonus", "without", fits=fits
        ),
    )


def _topped_up(lake: Lake) -> IbisTable:
    rows = lake.table("recharges")
    paid = rows.filter((rows.status == "paid").fill_null(True))
    return paid.select(
        topper=person_key(paid.user_id),
        topped_at=ibis.coalesce(paid.paid_at, paid.created_at),
        amount=paid.amount,
        bonus=paid.bonus.fill_null(0),
    )


def _counted_before(orders: IbisTable, topped: IbisTable) -> IbisTable:
    given = topped.filter(topped.bonus > 0).select(giver="topper").distinct()
    timed = orders.select("order", "person", "at").semi_join(given, orders.person == given.giver)
    topped = topped.view()
    joined = timed.join(topped, [timed.person == topped.topper, topped.topped_at <= timed.at])
    return joined.group_by(counted=joined.order).aggregate(
        principal_before=joined.amount.sum().fill_null(0).cast("int64"),
        bonus_before=joined.bonus.sum().fill_null(0).cast("int64"),
    )


def _with_opening(lake: Lake, rows: IbisTable, topped: IbisTable) -> IbisTable:
    """What had been topped up before the files: cum_recharge less the files' own, taken as principal."""
    if not lake.has("users", "cum_recharge"):
        return rows.mutate(opening=ibis.literal(0, "int64"))
    users = lake.table("users")
    users = users.select(known_user=person_key(users.user_id), cum_recharge=users.cum_recharge)
    inside = topped.group_by(inside_user=topped.topper).aggregate(inside=(topped.amount + topped.bonus).sum())
    known = users.left_join(inside, users.known_user == inside.inside_user)
    known = known.select(
        "known_user",
        opening=ibis.greatest(known.cum_recharge - known.inside.fill_null(0), 0).fill_null(0).cast("int64"),
    )
    joined = rows.left_join(known, rows.person == known.known_user)
    return joined.mutate(opening=joined.opening.fill_null(0)).drop("known_user")


def _discount_at(counted: IntegerValue, steps: list[dict[str, object]]) -> DecimalValue:
    """The discount of the highest level whose threshold is reached, 0 below the first."""
    cases = [
        (counted >= step["threshold"], ibis.literal(step["discount"]).cast("decimal(12, 8)"))
        for step in reversed(steps)
    ]
    return ibis.cases(*cases, else_=ibis.literal(0).cast("decimal(12, 8)"))


def drain_sums(rows: IbisTable) -> IbisTable:
    """core.costs.facts.DrainSums."""
    fits = rows.fits
    excess = fits.ifelse(rows.with_bonus - rows["without"], 0)
    return rows.aggregate(
        users=rows.user_id.nunique(where=fits),
        orders=fits.sum().fill_null(0).cast("int64"),
        fits_with_bonus=fits.sum().fill_null(0).cast("int64"),
        fits_without=(~fits).sum().fill_null(0).cast("int64"),
        excess_discount_fen=excess.sum().fill_null(0).cast("int64"),
        discount_fen=rows.discount.sum().fill_null(0).cast("int64"),
    )
