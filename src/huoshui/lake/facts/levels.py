"""The drain loop: a top-up's bonus counts toward the level, which lowers every later price and raises the commission.

Each order is held against two levels: the one its user's principal alone had earned by then, and the one with bonus
counted. Where they differ, the discount the order really got tells which rule the shop applies; likewise the rate of a
promoter's commission.
"""

from typing import Any

import ibis
from ibis.expr.types import DecimalScalar, IntegerValue
from ibis.expr.types import Table as IbisTable

from huoshui.lake.engines import Lake
from huoshui.lake.facts.arithmetic import at_rate, month_of, person_key, pieces_fen, row_key
from huoshui.lake.facts.prepared import Prepared, abusers, sold_orders


def level_periods(lake: Lake) -> IbisTable | None:
    """One row a top-up of a person whose top-ups brought bonus, materialised: what counted from then to the next one.

    None where levels or top-ups are not in the files. Columns: topper, since, until (null for the last), principal
    (with what was there before the files), bonus.
    """
    if not (lake.has("levels") and lake.has("recharges")):
        return None
    topped = _topped_up(lake)
    by_time = ibis.window(group_by=topped.topper, order_by=topped.topped_at)
    # By value of time: top-ups of one instant share their totals, and but for one of them last no time at all.
    so_far = ibis.window(group_by=topped.topper, order_by=topped.topped_at, range=(None, 0))
    rows = topped.select(
        "topper",
        since=topped.topped_at,
        until=topped.topped_at.lead().over(by_time),
        principal=topped.amount.sum().over(so_far).cast("int64"),
        bonus=topped.bonus.sum().over(so_far).cast("int64"),
    )
    rows = _with_opening(lake, rows.filter(rows.bonus > 0), topped)
    rows = rows.mutate(principal=rows.principal + rows.opening).drop("opening")
    return lake.materialise("level_periods", rows)


def drain_rows(prepared: Prepared, periods: IbisTable) -> IbisTable | None:
    """One row an order whose two levels differ, materialised; None where no order tells its level's discount.

    Columns: order_id, user_id, month, list_fen, discount (given), with_bonus and without (what each level would give),
    fits (the discount given is nearer the level with bonus counted).
    """
    lake = prepared.lake
    if not lake.has("orders", "level_discount"):
        return None
    steps = [(step["threshold"], _decimal(step["discount"])) for step in _steps(lake)]
    periods = periods.mutate(
        earned=_reached(periods.principal, steps, _decimal(0)),
        held=_reached(periods.principal + periods.bonus, steps, _decimal(0)),
    )
    # Few periods stand on two levels, and only their orders are looked at.
    apart = periods.filter(periods.held > periods.earned)
    if lake.has("users", "status"):
        marked = abusers(lake)
        apart = apart.anti_join(marked, apart.topper == marked.known_abuser)
    rows = _written(_during(_bought(lake), lake.materialise("drain_periods", apart)))
    rows = rows.mutate(
        with_bonus=at_rate(rows.list_fen, rows.held), without=at_rate(rows.list_fen, rows.earned)
    )
    rows = rows.filter(rows.with_bonus > rows.without)
    fits = (rows.discount - rows.with_bonus).abs() < (rows.discount - rows.without).abs()
    return lake.materialise(
        "drain_rows",
        rows.select(
            "order_id", "user_id", "month", "list_fen", "discount", "with_bonus", "without", fits=fits
        ),
    )


def promoted_rows(prepared: Prepared, periods: IbisTable) -> IbisTable | None:
    """One row a commission whose taker's two levels differ, materialised; None where the files cannot tell.

    What a level is paid is read off the commissions of takers whose two levels are the same: their median rate.
    Columns: commission_id, agent_id, amount, excess (fen beyond the rate their principal earned), fits.
    """
    lake = prepared.lake
    if not lake.has("commissions", "rate"):
        return None
    raw = lake.table("commissions")
    raw = raw.filter((raw.status != "rejected").fill_null(True), raw.rate > 0)
    paid = raw.select(
        "commission_id",
        "agent_id",
        "amount",
        paid_for=row_key(raw.order_id),
        person=person_key(raw.agent_id),
        rate=raw.rate.cast("float64"),
    )
    # Few who take commission top up: most commissions need no look at their order.
    takers = periods.select(taker="topper").distinct()
    paid = paid.semi_join(takers, paid.person == takers.taker)
    orders = prepared.orders.select("key", "at")
    rows = _during(paid.join(orders, paid.paid_for == orders.key), periods)
    steps = [(step["threshold"], ibis.literal(rank + 1)) for rank, step in enumerate(_steps(lake))]
    rows = rows.mutate(
        earned=_reached(rows.principal, steps, ibis.literal(0)),
        held=_reached(rows.principal + rows.bonus, steps, ibis.literal(0)),
    )
    rows = lake.materialise("promoted_levels", rows)
    plain = rows.filter(rows.earned == rows.held)
    earned_rates = plain.group_by(earned_level=plain.earned).aggregate(earned_rate=plain.rate.quantile(0.5))
    held_rates = plain.group_by(held_level=plain.held).aggregate(held_rate=plain.rate.quantile(0.5))
    rows = rows.filter(rows.held > rows.earned)
    rows = rows.join(earned_rates, rows.earned == earned_rates.earned_level)
    rows = rows.join(held_rates, rows.held == held_rates.held_level)
    rows = rows.filter(rows.held_rate > rows.earned_rate)
    fits = (rows.rate - rows.held_rate).abs() < (rows.rate - rows.earned_rate).abs()
    excess = (rows.amount * (1.0 - rows.earned_rate / rows.held_rate)).round().cast("int64")
    return lake.materialise(
        "promoted_rows",
        rows.select("commission_id", "agent_id", "amount", excess=fits.ifelse(excess, 0), fits=fits),
    )


def _bought(lake: Lake) -> IbisTable:
    """The users' sold orders as the files have them, with person and at."""
    orders = sold_orders(lake)
    orders = orders.filter(orders.user_id.notnull())
    return orders.select(
        "order_id", "user_id", "qty", "list_price", "paid", "balance_paid", "bonus_paid", "coupon", "level_discount",
        "promo_discount", person=person_key(orders.user_id), at=ibis.coalesce(orders.paid_at, orders.created_at),
    )  # fmt: skip


def _written(orders: IbisTable) -> IbisTable:
    """order_id, user_id, month, list_fen, discount (the level's), earned and held of `orders` with their periods."""
    discounts = (orders.coupon, orders.level_discount, orders.promo_discount)
    paid_in_all = (orders.paid, orders.balance_paid, orders.bonus_paid)
    before_discounts = sum(fen.fill_null(0) for fen in (*paid_in_all, *discounts))
    return orders.select(
        "order_id",
        "user_id",
        "earned",
        "held",
        month=month_of(orders.at),
        list_fen=ibis.coalesce(pieces_fen(orders.list_price, orders.qty.fill_null(1)), before_discounts),
        discount=orders.level_discount.fill_null(0),
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


def _during(rows: IbisTable, periods: IbisTable) -> IbisTable:
    """`rows` (person, at, ...) with the period of their person that they fall into; rows in none are left out."""
    return rows.join(
        periods,
        [
            rows.person == periods.topper,
            rows.at >= periods.since,
            (rows.at < periods.until) | periods.until.isnull(),
        ],
    )


def _steps(lake: Lake) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = lake.table("levels").order_by("threshold").to_pyarrow().to_pylist()
    return steps


def _decimal(value: object) -> DecimalScalar:
    return ibis.literal(value).cast("decimal(12, 8)")


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
    joined = rows.left_join(known, rows.topper == known.known_user)
    return joined.mutate(opening=joined.opening.fill_null(0)).drop("known_user")


def _reached(counted: IntegerValue, steps: list[tuple[int, Any]], below: Any) -> Any:
    """What the highest level brings whose threshold is reached; `below` under the first."""
    return ibis.cases(*((counted >= threshold, brings) for threshold, brings in reversed(steps)), else_=below)


def promoted_excess(rows: IbisTable) -> int:
    """Fen of commission paid beyond what the takers' principal had earned."""
    return int(rows.excess.sum().fill_null(0).to_pyarrow().as_py())


def drain_sums(rows: IbisTable) -> IbisTable:
    """core.costs.facts.DrainSums, but for the commission."""
    fits = rows.fits
    excess = fits.ifelse(rows.with_bonus - rows["without"], 0)
    return rows.aggregate(
        users=rows.user_id.nunique(where=fits),
        orders=fits.sum().fill_null(0).cast("int64"),
        fits_with_bonus=fits.sum().fill_null(0).cast("int64"),
        fits_without=(~fits).sum().fill_null(0).cast("int64"),
        excess_discount_fen=excess.sum().fill_null(0).cast("int64"),
        discount_fen=rows.discount.sum().fill_null(0).cast("int64"),
        excess_commission_fen=ibis.literal(0, "int64"),
    )
