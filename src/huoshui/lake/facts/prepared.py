"""One row an order with every cost on it, one row a grant: what all fact tables are summed from.

Both are materialised once in the engine's own file, so that the fact tables scan a few narrow columns instead of
joining the raw tables again each time.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import ibis
from ibis.expr.types import BooleanValue, IntegerValue, StringValue, TimestampScalar
from ibis.expr.types import Table as IbisTable

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.facts import CostRule
from huoshui.lake.engines import Lake
from huoshui.lake.facts.arithmetic import at_rate, days, month_of, person_key, pieces_fen, row_key, share
from huoshui.lake.facts.spends import inferred_bonus
from huoshui.lake.tables import SOLD_STATUSES


@dataclass(frozen=True, slots=True)
class Prepared:
    """The lake with its prepared tables, and what the facts must know of the files."""

    lake: Lake
    orders: IbisTable
    """One row a sold order (costed_orders), amounts in whole fen.

    key (row_key of order_id), person, second_key (another hash of the user's id), by_user (not a guest), at, day, month
    (202608), source, agent_id, product_id, qty, price, principal, bonus, refund, goods, goods_estimated, unknown_goods
    (its price), fee, carried_fee (the top-ups' part of it), site_fee, platform_cut, commission, gap, abuser, value
    (price less everything known). Writing the table costs as much as computing it, so what few facts read, they take
    from `sold_orders`.
    """
    first_day: date
    last_day: date
    lots_inferred: bool

    @property
    def days(self) -> int:
        """Days of the span, both ends counted."""
        return (self.last_day - self.first_day).days + 1


def prepare_orders(lake: Lake, rules: list[CostRule], assumptions: Assumptions) -> Prepared:
    """Materialise costed_orders; orders never paid for are left out."""
    inferred = not lake.has("orders", "bonus_paid") and lake.has("balance_entries")
    sold = _sold(lake, inferred)
    costed = _costed(lake, sold, rules, assumptions)
    orders = lake.materialise("costed_orders", costed)
    ends = (
        orders.aggregate(first=orders.at.min().date(), last=orders.at.max().date())
        .to_pyarrow()
        .to_pylist()[0]
    )
    if ends["first"] is None:
        ends = {"first": date(1970, 1, 1), "last": date(1970, 1, 1)}
    return Prepared(lake, orders, ends["first"], ends["last"], inferred)


def end_of(prepared: Prepared) -> TimestampScalar:
    """The first instant after the span."""
    return ibis.timestamp(prepared.last_day.isoformat()) + days(1)


def sold_or_unknown(orders: IbisTable) -> BooleanValue:
    """Orders that were paid for; without a status column every order counts."""
    return orders.status.isnull() | orders.status.isin(SOLD_STATUSES)


def sold_orders(lake: Lake) -> IbisTable:
    """The orders that were paid for, as the files have them."""
    orders = lake.table("orders")
    return orders.filter(sold_or_unknown(orders))


def _sold(lake: Lake, infer_bonus: bool) -> IbisTable:
    orders = sold_orders(lake)
    who = ibis.coalesce(orders.user_id, "guest:" + orders.guest_key, "order:" + orders.order_id)
    person = person_key(who)
    at = ibis.coalesce(orders.paid_at, orders.created_at)
    table = orders.mutate(
        key=row_key(orders.order_id),
        person=person,
        second_key=person_key(orders.user_id + "/"),
        by_user=orders.user_id.notnull(),
        at=at,
        paid=orders.paid.fill_null(0),
        principal=orders.balance_paid.fill_null(0),
        bonus=orders.bonus_paid.fill_null(0),
        qty=orders.qty.fill_null(1),
        source=ibis.coalesce(orders.source, _source_told_by_ids(orders)),
        channel=orders.payment_channel,
    )
    if not infer_bonus:
        return table
    drawn = inferred_bonus(lake)
    joined = table.left_join(drawn, table.key == drawn.drawing_order).drop("drawing_order")
    bonus = ibis.least(joined.bonus_drawn.fill_null(0), joined.principal)
    return joined.mutate(bonus=bonus, principal=joined.principal - bonus).drop("bonus_drawn")


def _source_told_by_ids(orders: IbisTable) -> StringValue:
    """A file without a source column still tells agents and sites by their ids."""
    return ibis.cases(
        (orders.agent_id.notnull(), "agent"),
        (orders.site_id.notnull(), "site"),
        else_="direct",
    )


def _costed(lake: Lake, sold: IbisTable, rules: list[CostRule], assumptions: Assumptions) -> IbisTable:
    table = sold.mutate(price=sold.paid + sold.principal + sold.bonus)
    table = _with_refund(lake, table)
    table = _with_goods(lake, table, assumptions)
    table = _with_fees(lake, table)
    table = _with_agents(lake, table)
    table = _with_abusers(lake, table)
    table = table.mutate(
        site_fee=table.site_fee.fill_null(0),
        platform_cut=_platform_cut(table, rules),
    )
    taken = (
        table.refund
        + table.goods
        + table.goods_estimated
        + table.fee
        + table.site_fee
        + table.platform_cut
        + table.commission
        + table.gap
    )
    return table.select(
        "key", "person", "second_key", "by_user", "at", "source", "agent_id", "product_id", "qty", "price", "principal",
        "bonus", "refund", "goods", "goods_estimated", "unknown_goods", "fee", "carried_fee", "site_fee",
        "platform_cut", "commission", "gap", "abuser",
        day=table.at.date(),
        month=month_of(table.at),
        value=table.price - taken,
    )  # fmt: skip


def _with_refund(lake: Lake, table: IbisTable) -> IbisTable:
    """Refunds by order, at most the price; a refunded order without a refund row gave back its whole price."""
    whole = (table.status == "refunded").fill_null(False).ifelse(table.price, 0)
    if not lake.has("refunds"):
        return table.mutate(refund=whole)
    rows = lake.table("refunds")
    refunds = rows.group_by(refunded_order=row_key(rows.order_id)).aggregate(
        refunded=rows.amount.sum().cast("int64")
    )
    joined = table.left_join(refunds, table.key == refunds.refunded_order)
    return joined.mutate(refund=ibis.least(joined.refunded.fill_null(whole), joined.price)).drop(
        "refunded_order", "refunded"
    )


def _with_goods(lake: Lake, table: IbisTable, assumptions: Assumptions) -> IbisTable:
    """Cost of goods: the order's own, else the product's, else what the answered margin leaves, else unknown."""
    if lake.has("products"):
        products = lake.table("products")
        products = products.select(
            known_product=products.product_id, piece_cost=products.cost, category=products.category
        )
        table = table.left_join(products, table.product_id == products.known_product).drop("known_product")
        by_product = pieces_fen(table.piece_cost, table.qty)
        table = table.mutate(known_goods=ibis.coalesce(table.cost_of_goods, by_product))
    else:
        table = table.mutate(known_goods=table.cost_of_goods, category=ibis.null("string"))
    known = table.known_goods
    answered = _answered_margin(table.category, assumptions)
    estimated = (table.price - at_rate(table.price, answered)).fill_null(0)
    return table.mutate(
        goods=known.fill_null(0),
        goods_estimated=known.isnull().ifelse(estimated, 0),
        unknown_goods=(known.isnull() & answered.isnull()).ifelse(table.price, 0),
    )


def _answered_margin(category: StringValue, assumptions: Assumptions) -> ibis.expr.types.DecimalValue:
    overall = _rate(assumptions.gross_margin)
    by_category = [
        (category == name, _rate(rate)) for name, rate in assumptions.gross_margin_by_category.items()
    ]
    return ibis.cases(*by_category, else_=overall) if by_category else overall


def _rate(rate: Fraction | None) -> ibis.expr.types.DecimalScalar:
    return ibis.literal(None if rate is None else round(float(rate), 8)).cast("decimal(12, 8)")


def _with_fees(lake: Lake, table: IbisTable) -> IbisTable:
    """Payment fee: the order's own, else its channel's listed rate; plus the top-ups' fee its principal carries."""
    table = table.mutate(fee=table.payment_fee)
    if lake.has("payment_channels", "fee_rate"):
        listed = listed_channels(lake)
        table = table.left_join(listed, table.channel == listed.listed_channel).drop("listed_channel")
        by_rate = at_rate(table.paid, table.listed_rate) + table.listed_fixed
        table = table.mutate(fee=ibis.coalesce(table.payment_fee, (table.paid > 0).ifelse(by_rate, 0)))
    carried = at_rate(table.principal, ibis.literal(top_up_fee_rate(lake)).cast("decimal(12, 8)"))
    return table.mutate(fee=table.fee.fill_null(0) + carried, carried_fee=carried)


def listed_channels(lake: Lake) -> IbisTable:
    """One row a channel: listed_channel, provider, listed_rate, listed_fixed (fen)."""
    channels = lake.table("payment_channels")
    return channels.group_by(listed_channel=channels.payment_channel).aggregate(
        provider=channels.provider.max(),
        listed_rate=channels.fee_rate.max(),
        listed_fixed=channels.fee_fixed.max().fill_null(0),
    )


def top_up_fee_rate(lake: Lake) -> float:
    """What a fen of principal cost to take in: fees of paid top-ups over their amounts (0 without any)."""
    if not lake.has("recharges", "fee"):
        return 0.0
    rows = lake.table("recharges")
    paid = rows.filter(rows.status.isnull() | (rows.status == "paid"))
    sums = paid.aggregate(fee=paid.fee.sum(), amount=paid.amount.sum()).to_pyarrow().to_pylist()[0]
    return sums["fee"] / sums["amount"] if sums["fee"] and sums["amount"] else 0.0


def _with_agents(lake: Lake, table: IbisTable) -> IbisTable:
    """Commission not rejected (its rows, else the order's column), and the price gap above the first layer's price."""
    table = table.mutate(commission=table.agent_commission.fill_null(0))
    if lake.has("commissions"):
        rows = lake.table("commissions")
        rows = rows.filter((rows.status != "rejected").fill_null(True))
        paid_out = rows.group_by(commission_order=row_key(rows.order_id)).aggregate(
            paid_out=rows.amount.sum().cast("int64")
        )
        table = table.left_join(paid_out, table.key == paid_out.commission_order)
        table = table.mutate(commission=table.paid_out.fill_null(table.commission))
    if not lake.has("agent_prices"):
        return table.mutate(gap=ibis.literal(0, "int64"))
    first = first_layer_prices(lake)
    table = table.left_join(first, (table.product_id == first.priced_product) & table.agent_id.notnull())
    gap = ibis.greatest(table.price - pieces_fen(table.first_price, table.qty), 0).fill_null(0)
    # Promoters and advertisers bring the customer for a commission; they do not buy at a level's price.
    gap = table.source.isin(("promoter", "ad", "direct")).ifelse(0, gap)
    # A commission as large as the whole gap is that gap, written down by the shop: counted once.
    return table.mutate(gap=((table.commission - gap).abs() <= 1).ifelse(0, gap))


def first_layer_prices(lake: Lake) -> IbisTable:
    """What the platform itself is paid a piece: the first layer's price, by product."""
    prices = lake.table("agent_prices")
    return (
        prices.filter(prices.level == prices.level.min())
        .group_by(priced_product=prices.product_id)
        .aggregate(first_price=prices.price.min())
    )


def _with_abusers(lake: Lake, table: IbisTable) -> IbisTable:
    if not lake.has("users", "status"):
        return table.mutate(abuser=ibis.literal(False))
    marked = abusers(lake)
    joined = table.left_join(marked, table.person == marked.known_abuser)
    return joined.mutate(abuser=joined.known_abuser.notnull()).drop("known_abuser")


def abusers(lake: Lake) -> IbisTable:
    """known_abuser: whom the shop marked as abusers, each once."""
    users = lake.table("users")
    return users.filter(users.status == "abuser").select(known_abuser=person_key(users.user_id)).distinct()


def _platform_cut(table: IbisTable, rules: list[CostRule]) -> IntegerValue:
    """Cut by the rules whose base is the order price, by source, site and date; fixed sums are not an order's."""
    cut: IntegerValue = ibis.literal(0, "int64")
    for rule in rules:
        if rule.part != "platform_cut" or rule.base != "order_price" or rule.rate == 0:
            continue
        applies = _in_scope(table, rule) & _in_dates(table, rule)
        rate = ibis.literal(round(rule.rate, 8)).cast("decimal(12, 8)")
        cut = cut + applies.ifelse(at_rate(table.price, rate), 0)
    return cut


def _in_scope(table: IbisTable, rule: CostRule) -> BooleanValue:
    if rule.scope == "source":
        return (table.source == rule.scope_id).fill_null(False)
    if rule.scope == "site":
        same = table.site_id == rule.scope_id if rule.scope_id else table.site_id.notnull()
        return same.fill_null(False)
    return ibis.literal(rule.scope == "all")


def _in_dates(table: IbisTable, rule: CostRule) -> BooleanValue:
    inside: BooleanValue = ibis.literal(True)
    if rule.first_day:
        inside = inside & (table.at.date() >= ibis.date(rule.first_day))
    if rule.last_day:
        inside = inside & (table.at.date() <= ibis.date(rule.last_day))
    return inside


def riding_costs(orders: IbisTable) -> IntegerValue:
    """What the sale of an order cost: fees without the top-ups', agents, site, cut. Bonus bears its share of them."""
    fees = orders.fee - orders.carried_fee + orders.site_fee + orders.platform_cut
    return fees + orders.commission + orders.gap


def bonus_share(table: IbisTable, part: IntegerValue) -> IntegerValue:
    """The bonus-paid share of one cost part of an order, by price."""
    return share(table.bonus, part, table.price)
